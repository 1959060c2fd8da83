//! Commands that edit objects where they are, and what a dry run tells of that.

use crate::bucket::{Bucket, Piece, bytes, serve};
use crate::program::{prkit, sample};
use crate::s3::run;
use crate::server::Server;
use crate::{args, film};
use serde_json::{Value, json};
use std::ffi::OsString;
use std::sync::{Arc, Mutex};

const URL: &str = "https://lic.example/rightsmanager.asmx?tenant=7";

fn bytes_of(name: &str) -> Vec<u8> {
    std::fs::read(sample(name)).unwrap()
}

/// A sample with filler behind it, so that it is edited in parts.
fn long(name: &str) -> Vec<u8> {
    let mut long = bytes_of(name);
    long.extend((6_u32 << 20).to_be_bytes());
    long.extend(b"free");
    long.resize(long.len() - 8 + (6 << 20), 0);
    long
}

fn serving(objects: Vec<(&str, Vec<Piece>)>, headers: &[(&str, &str)]) -> (Arc<Mutex<Bucket>>, Server) {
    let headers: Vec<_> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let mut bucket = Bucket::default();
    for (name, pieces) in objects {
        bucket.put(name, pieces, headers.clone());
    }
    let bucket = Arc::new(Mutex::new(bucket));
    let server = serve(&bucket, |_, _| None, |_, answer| answer);
    (bucket, server)
}

/// What the server counts of an object.
fn counted(server: &Server, keys: &[&str]) -> Vec<Value> {
    let exchanges = server.exchanges();
    let of = |key: &&str| {
        let path = format!("/films/{key}");
        let (mut requests, mut up, mut down, mut copied) = (0, 0, 0, 0);
        for (request, sent) in exchanges.iter().filter(|(request, _)| request.path() == path) {
            requests += 1;
            up += if request.method == "PUT" { request.body.len() as u64 } else { 0 };
            down += if request.range().is_some() { *sent } else { 0 };
            copied += request.header("x-amz-copy-source-range").map_or(0, |range| {
                let (first, last) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
                last.parse::<u64>().unwrap() + 1 - first.parse::<u64>().unwrap()
            });
        }
        json!({"requests": requests, "bytes_up": up, "bytes_down": down, "bytes_copied": copied})
    };
    keys.iter().map(of).collect()
}

#[test]
fn a_dry_run_tells_what_the_edit_then_transfers() {
    let folder = tempfile::tempdir().unwrap();
    let keys = ["film.mp4", "init.mp4", "long.mp4", "manifest.mpd", "movie.mp4", "other.mp4"];
    let objects = vec![
        (keys[0], film::pieces(&film::on_demand(folder.path()))),
        (keys[1], vec![Piece::Bytes(bytes_of("dash-live/video-init.mp4"))]),
        (keys[2], vec![Piece::Bytes(long("dash-live/video-init.mp4"))]),
        (keys[3], vec![Piece::Bytes(bytes_of("dash-live/manifest.mpd"))]),
        (keys[4], vec![Piece::Bytes(long("progressive/movie.mp4"))]),
        // Nothing is edited in it.
        (keys[5], vec![Piece::Bytes([&8_u32.to_be_bytes()[..], b"free"].concat())]),
    ];
    let (_bucket, server) = serving(objects, &[("x-amz-tagging", "title=a+%26+b")]);
    let with = |more: &[&str]| {
        let mut all = args!["reheader", "--la-url", URL, "s3://films/"];
        all.extend(more.iter().map(OsString::from));
        run(&server, all)
    };
    let dry = with(&["--json", "--ordered", "-n"]);
    assert_eq!(dry.status, 0, "{}{}", dry.text(), dry.stderr);
    assert!(server.requests().iter().all(|request| request.method == "GET"));
    let told: Vec<Value> = dry.json().iter().map(|report| report["transfer"].clone()).collect();
    let done = with(&["--json", "-i"]);
    assert_eq!(done.status, 0, "{}{}", done.text(), done.stderr);
    assert!(done.json().iter().all(|report| report.get("transfer").is_none()));
    let counts = counted(&server, &keys);
    assert_eq!(told, counts);
    let sum = |name: &str| counts.iter().map(|count| count[name].as_u64().unwrap()).sum::<u64>();
    assert!(sum("bytes_up") > 15 << 20 && sum("bytes_copied") > 2_000_000_000, "{counts:?}");
    let total = format!("{} requests; ", sum("requests"));
    assert!(dry.stderr.contains(&total), "{total}: {}", dry.stderr);
    assert!(!done.stderr.contains(&total));
}

#[test]
fn a_dry_run_tells_people_of_the_transfer() {
    let init = || vec![Piece::Bytes(bytes_of("dash-live/video-init.mp4"))];
    let (_bucket, server) = serving(vec![("init.mp4", init())], &[]);
    let dry = run(&server, args!["reheader", "--la-url", URL, "s3://films/init.mp4", "-n"]);
    let old = bytes_of("dash-live/video-init.mp4").len();
    let json = run(&server, args!["reheader", "--json", "--la-url", URL, "s3://films/init.mp4", "-n"]).one();
    let new = json["size_after"].as_u64().unwrap();
    let line = format!("transfer  2 requests; {new} bytes up, {old} down, 0 copied by the server");
    assert!(dry.text().contains(&line), "{}", dry.text());
    // A file is transferred nowhere.
    let here = prkit(args!["reheader", "--json", "--la-url", URL, sample("dash-live/video-init.mp4"), "-n"]);
    assert!(here.one().get("transfer").is_none());
}

/// Each command makes of an object what it makes of a file, in one request and in parts; done again, it writes nothing.
#[test]
fn every_command_that_edits_makes_of_an_object_what_it_makes_of_a_file() {
    let reserve = args!["els", "reserve", "--size", "10240"];
    let inject = args![
        "inject",
        "--kid",
        "00112233-4455-6677-8899-aabbccddeeff",
        "--la-url",
        URL,
        "--if-exists",
        "replace"
    ];
    let cases = [
        (reserve, "dash-live/video-init.mp4"),
        (inject, "dash-live/video-init.mp4"),
        (args!["remove"], "dash-live/video-init.mp4"),
        (args!["lint", "--fix"], "edge/object-length-wrong.mp4"),
        (args!["lint", "--fix"], "edge/record-past-the-end.mp4"),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (command, name) in cases {
        for old in [bytes_of(name), long(name)] {
            let file = folder.path().join("old.mp4");
            std::fs::write(&file, &old).unwrap();
            let here = prkit([command.clone(), args![&file, "-o", "-"]].concat());
            assert_eq!(here.status, 0, "{command:?}: {}", here.stderr);
            assert!(here.stdout != old, "{command:?} {name}: nothing changes");
            let (bucket, server) =
                serving(vec![("old.mp4", vec![Piece::Bytes(old.clone())])], &[("content-type", "video/mp4")]);
            let there =
                || run(&server, [command.clone(), args!["s3://films/old.mp4", "-i", "--json"]].concat());
            let done = there();
            assert_eq!(done.status, 0, "{command:?}: {}{}", done.text(), done.stderr);
            {
                let bucket = bucket.lock().unwrap();
                let object = &bucket.objects["old.mp4"];
                assert!(bytes(&object.pieces) == here.stdout, "{command:?} {name}: other bytes");
                assert!(object.headers.contains(&("content-type".to_owned(), "video/mp4".to_owned())));
                assert!(bucket.uploads.is_empty());
            }
            let is_long = old.len() > 5 << 20;
            let copies = |requests: &[crate::server::Request]| {
                requests.iter().any(|request| request.header("x-amz-copy-source").is_some())
            };
            assert_eq!(copies(&server.requests()), is_long, "{command:?} {name}");
            there();
            assert!(server.requests().iter().all(|request| request.method == "GET"), "{command:?}");
        }
    }
}

#[test]
fn objects_below_a_name_are_worked_at_side_by_side_as_the_files_of_a_folder() {
    let names: Vec<String> = (0..40).map(|number| format!("show/{number:02}.mp4")).collect();
    let mut bucket = Bucket::default();
    for name in &names {
        bucket.put(name, vec![Piece::Bytes(bytes_of("dash-live/video-init.mp4"))], Vec::new());
    }
    let bucket = Arc::new(Mutex::new(bucket));
    let most = Arc::new(Mutex::new((0_usize, 0_usize)));
    let seen = Arc::clone(&most);
    let server = Server::new(move |request| {
        {
            let mut seen = seen.lock().unwrap();
            seen.0 += 1;
            seen.1 = seen.1.max(seen.0);
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
        let answer = bucket.lock().unwrap().answer(request);
        seen.lock().unwrap().0 -= 1;
        answer
    });
    let done = run(&server, args!["reheader", "--la-url", URL, "s3://films/show/", "-i", "-j", "4"]);
    assert_eq!(done.status, 0, "{}", done.stderr);
    assert_eq!(most.lock().unwrap().1, 4, "requests at a time");
    assert!(done.stderr.contains("40 changed"), "{}", done.stderr);
}
