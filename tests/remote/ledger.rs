//! Runs over a bucket that are written down, gone on with and taken back.

use crate::args;
use crate::bucket::{Bucket, Piece, bytes, serve};
use crate::program::{Run, sample};
use crate::s3::run;
use crate::server::{Request, Server};
use std::ffi::OsString;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const LOG: &str = "s3://films/runs/one/";
const NAMES: [&str; 3] = ["show/1.mp4", "show/2.mp4", "show/long.mp4"];

type Films = Arc<Mutex<Bucket>>;

/// Two short films and one that is edited in parts; objects have something beside their bytes.
fn films() -> (Films, Vec<Vec<u8>>) {
    let movie = std::fs::read(sample("edge/store-10k.mp4")).unwrap();
    let mut long = movie.clone();
    long.extend((5_u32 << 20).to_be_bytes());
    long.extend(b"free");
    long.resize(long.len() - 8 + (5 << 20), 0);
    let mut bucket = Bucket::default();
    let mut olds = Vec::new();
    for name in NAMES {
        let old = if name.contains("long") { long.clone() } else { movie.clone() };
        bucket.put(name, vec![Piece::Bytes(old.clone())], headers());
        olds.push(old);
    }
    (Arc::new(Mutex::new(bucket)), olds)
}

fn headers() -> Vec<(String, String)> {
    [("content-type", "video/mp4"), ("x-amz-meta-title", "7")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
}

fn serving(films: &Films) -> Server {
    serve(films, |_, _| None, |_, answer| answer)
}

/// An edit that changes its own result again: every time it is done, the host of the URL is longer.
fn edit(more: &[&str]) -> Vec<OsString> {
    edit_of("s3://films/show/", more)
}

fn edit_of(input: &str, more: &[&str]) -> Vec<OsString> {
    let mut all = args!["reheader", "--json", "--la-url-replace", "https://lic=https://lic.x", input, "-i"];
    all.extend(more.iter().map(OsString::from));
    all
}

/// How often an object was edited.
fn times(films: &Films, name: &str) -> usize {
    let now = bytes(&films.lock().unwrap().objects[name].pieces);
    // What is behind the film itself is filler.
    let film = String::from_utf8_lossy(&now[..now.len().min(1 << 21)]).replace('\0', "");
    (1..9).rev().find(|times| film.contains(&format!("//lic{}.e", ".x".repeat(*times)))).unwrap_or(0)
}

fn is_as_before(films: &Films, olds: &[Vec<u8>]) {
    let films = films.lock().unwrap();
    for (name, old) in NAMES.iter().zip(olds) {
        assert!(bytes(&films.objects[*name].pieces) == *old, "{name}: other bytes");
        assert_eq!(films.objects[*name].headers, headers(), "{name}");
    }
}

fn ok(run: &Run) {
    assert_eq!(run.status, 0, "{}{}", run.text(), run.stderr);
}

#[test]
fn a_run_is_recorded_in_a_bucket_done_once_and_taken_back() {
    let (films, olds) = films();
    let server = serving(&films);
    ok(&run(&server, edit(&["--log", LOG])));
    let requests = server.requests();
    for name in NAMES {
        assert_eq!(times(&films, name), 1, "{name}");
        // Its record is there before the object is touched, and is made once.
        let target = format!("/films/{name}");
        let edited = requests.iter().position(|r| r.method != "GET" && r.path() == target).unwrap();
        let is_record = |r: &Request| {
            let is_this = String::from_utf8_lossy(&r.body).contains(&format!("s3://films/{name}"));
            r.method == "PUT" && r.path().starts_with("/films/runs/one/edits/") && is_this
        };
        let recorded = requests.iter().position(is_record).unwrap();
        assert!(recorded < edited, "{name}: {recorded} {edited}");
        assert_eq!(requests[recorded].header("if-none-match"), Some("*"));
        let record: serde_json::Value = serde_json::from_slice(&requests[recorded].body).unwrap();
        assert_eq!(record["url"], format!("s3://films/{name}"));
        let (tag, size) =
            (record["before"]["tag"].as_str().unwrap(), record["before"]["size"].as_u64().unwrap());
        assert!(!tag.is_empty() && !tag.contains('"') && size > 10_000, "{record}");
        assert!(!record["spans"][0]["bytes"].as_str().unwrap().is_empty());
    }
    // The same run again finds that it was done; another run would do it again.
    let again = run(&server, edit(&["--resume", LOG]));
    ok(&again);
    assert!(again.json().iter().all(|report| report["done_before"] == true), "{}", again.text());
    assert!(server.requests().iter().all(|request| request.method == "GET"));
    let taken = run(&server, edit(&["--log", LOG]));
    assert!(taken.status == 2 && taken.stderr.contains("runs/one/ exists; --resume"), "{}", taken.stderr);
    let other = run(&server, args!["remove", "s3://films/show/", "-i", "--resume", LOG]);
    assert!(other.status == 2 && other.stderr.contains("other options"), "{}", other.stderr);
    server.requests();
    let dry = run(&server, args!["undo", LOG, "--dry-run"]);
    ok(&dry);
    assert!(server.requests().iter().all(|request| request.method == "GET"));
    ok(&run(&server, args!["undo", LOG]));
    is_as_before(&films, &olds);
    let again = run(&server, args!["undo", "--json", LOG]);
    ok(&again);
    assert!(again.json().iter().all(|report| report["changed"] == false), "{}", again.text());
}

#[test]
fn only_objects_that_are_wanted_are_edited() {
    let (films, _) = films();
    let server = serving(&films);
    ok(&run(&server, edit(&["--include", "2*", "--log", LOG])));
    assert_eq!(NAMES.map(|name| times(&films, name)), [0, 1, 0]);
    ok(&run(&server, edit(&["--exclude", "*.mp4"])));
    assert_eq!(NAMES.map(|name| times(&films, name)), [0, 1, 0]);
}

#[test]
fn what_somebody_else_wrote_meanwhile_is_not_taken_back() {
    let (films, _) = films();
    let server = serving(&films);
    ok(&run(&server, edit(&["--log", LOG])));
    films.lock().unwrap().put(NAMES[0], vec![Piece::Bytes(b"another film".to_vec())], Vec::new());
    let undone = run(&server, args!["undo", LOG]);
    assert!(undone.status == 3 && undone.stderr.contains("not as the batch left it"), "{}", undone.stderr);
    assert_eq!(bytes(&films.lock().unwrap().objects[NAMES[0]].pieces), b"another film");
    assert_eq!(times(&films, NAMES[1]) + times(&films, NAMES[2]), 0);
}

/// A run ends at each of its requests, as if it was killed there; the next one goes on with it.
#[test]
fn a_run_that_ends_anywhere_is_gone_on_with_and_edits_nothing_twice() {
    let local = tempfile::tempdir().unwrap();
    for (kind, log, step) in [("store", LOG.to_owned(), 1), ("file", String::new(), 3)] {
        for at in (0..60).step_by(step) {
            let (films, olds) = films();
            let log = if log.is_empty() {
                local.path().join(format!("{at}.log")).to_str().unwrap().to_owned()
            } else {
                log.clone()
            };
            let dead = serve(
                &films,
                // The last request is done, and its answer is lost.
                move |request, bucket| {
                    (request.number > at).then(|| crate::bucket::error(403, "Dead")).or_else(|| {
                        let answer = bucket.answer(request);
                        Some(if request.number == at { crate::bucket::error(403, "Dead") } else { answer })
                    })
                },
                |_, answer| answer,
            );
            let first = run(&dead, edit(&["--log", &log, "-j", "1"]));
            let ended = dead.requests().len() <= at;
            let server = serving(&films);
            let begun = films.lock().unwrap().objects.contains_key("runs/one/run.json")
                || kind == "file" && std::path::Path::new(&log).exists();
            ok(&run(&server, edit(&[if begun { "--resume" } else { "--log" }, &log])));
            for name in NAMES {
                assert_eq!(times(&films, name), 1, "{kind} {at}: {name}; {}", first.stderr);
            }
            ok(&run(&server, args!["undo", &log]));
            is_as_before(&films, &olds);
            if ended {
                ok(&first);
                break;
            }
            assert!(at < 57, "more requests than expected");
        }
    }
}

#[test]
fn two_attempts_at_the_same_time_edit_every_object_once() {
    let (films, olds) = films();
    let server = serve(&films, |_, _| None, |_, answer| answer.late(Duration::from_millis(15)));
    ok(&run(&server, edit_of("s3://films/none/", &["--log", LOG])));
    let attempts: Vec<Run> = std::thread::scope(|scope| {
        let attempts: Vec<_> =
            (0..3).map(|_| scope.spawn(|| run(&server, edit(&["--resume", LOG])))).collect();
        attempts.into_iter().map(|attempt| attempt.join().unwrap()).collect()
    });
    for name in NAMES {
        assert_eq!(times(&films, name), 1, "{name}");
    }
    let done: usize =
        attempts.iter().map(|run| run.json().iter().filter(|report| report["changed"] == true).count()).sum();
    assert_eq!(done, NAMES.len(), "{}", attempts.iter().map(Run::text).collect::<String>());
    attempts.iter().for_each(ok);
    ok(&run(&server, args!["undo", LOG]));
    is_as_before(&films, &olds);
}

#[test]
fn a_record_in_a_file_tells_of_files_and_objects() {
    let (films, olds) = films();
    let server = serving(&films);
    let folder = tempfile::tempdir().unwrap();
    let (log, file) = (folder.path().join("run.log"), folder.path().join("4.mp4"));
    std::fs::write(&file, &olds[0]).unwrap();
    let both = |more: &[&str]| {
        let mut all = edit(more);
        all.push(file.clone().into_os_string());
        all
    };
    ok(&run(&server, both(&["--log", log.to_str().unwrap()])));
    for name in NAMES {
        assert_eq!(times(&films, name), 1, "{name}");
    }
    let edited = std::fs::read(&file).unwrap();
    assert_ne!(edited, olds[0]);
    let again = run(&server, both(&["--resume", log.to_str().unwrap()]));
    ok(&again);
    assert_eq!(again.json().iter().filter(|report| report["done_before"] == true).count(), 4);
    assert_eq!(std::fs::read(&file).unwrap(), edited);
    ok(&run(&server, args!["undo", &log]));
    is_as_before(&films, &olds);
    assert_eq!(std::fs::read(&file).unwrap(), olds[0]);
    // Of a file no record in a bucket is made: it could not tell that its edit was done.
    let refused = run(&server, both(&["--log", LOG]));
    assert!(
        refused.status == 3 && refused.stderr.contains("a record in a file keeps this one"),
        "{}",
        refused.stderr
    );
    assert_eq!(std::fs::read(&file).unwrap(), olds[0]);
}
