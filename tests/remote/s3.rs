//! The program with objects of a bucket.

use crate::bucket::{Bucket, Piece, bytes, len, part, serve};
use crate::program::{Run, prkit, root, sample};
use crate::server::{Request, Server};
use crate::{args, film};
use std::ffi::OsString;
use std::io::Read as _;
use std::process::Command;
use std::sync::{Arc, Mutex};

pub fn run(server: &Server, args: Vec<OsString>) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_prkit"))
        .args(args)
        .env("AWS_ACCESS_KEY_ID", "id-1234")
        .env("AWS_SECRET_ACCESS_KEY", "word-1234")
        .env("AWS_ENDPOINT_URL", format!("http://{}", server.address))
        .output()
        .unwrap();
    Run {
        status: output.status.code().unwrap_or(-1),
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A bucket with these samples.
fn bucket(names: &[&str]) -> (Arc<Mutex<Bucket>>, Server) {
    let mut bucket = Bucket::default();
    for name in names {
        bucket.put(name, vec![Piece::Bytes(std::fs::read(sample(name)).unwrap())], Vec::new());
    }
    let bucket = Arc::new(Mutex::new(bucket));
    let server = serve(&bucket, |_, _| None, |_, answer| answer);
    (bucket, server)
}

const NAMES: [&str; 4] = [
    "dash-live/video-init.mp4",
    "dash-live/manifest.mpd",
    "dash-ondemand/audio.mp4",
    "progressive/movie.mp4",
];

#[test]
fn objects_are_shown_as_files_are_and_a_folder_is_all_below_a_name() {
    let (_bucket, server) = bucket(&NAMES);
    for name in NAMES {
        let mut there = run(&server, args!["show", "--json", format!("s3://films/{name}")]).one();
        assert_eq!(there["path"], format!("s3://films/{name}"));
        let mut here = prkit(args!["show", "--json", sample(name)]).one();
        there["path"] = "".into();
        here["path"] = "".into();
        assert_eq!(there, here, "{name}");
    }
    let paths = |input: &str| {
        let mut paths: Vec<String> = run(&server, args!["show", "--json", "--ordered", input])
            .json()
            .iter()
            .map(|report| report["path"].as_str().unwrap().to_owned())
            .collect();
        paths.sort();
        paths
    };
    assert_eq!(
        paths("s3://films/dash-live/"),
        ["s3://films/dash-live/manifest.mpd", "s3://films/dash-live/video-init.mp4"]
    );
    assert_eq!(paths("s3://films").len(), 4);
    let run = run(&server, args!["show", "s3://films/none.mp4"]);
    assert!(run.status == 3 && run.stderr.contains("no such asset"), "{}", run.stderr);
}

#[test]
fn objects_are_edited_where_they_are_and_become_what_files_become() {
    let url = "https://lic.example/rightsmanager.asmx?tenant=7";
    let (bucket, server) = bucket(&NAMES);
    let inputs = NAMES.map(|name| OsString::from(format!("s3://films/{name}")));
    let edit = [args!["reheader", "--json", "--la-url", url, "-i"], inputs.to_vec()].concat();
    let done = run(&server, edit.clone());
    assert_eq!(done.status, 0, "{}{}", done.text(), done.stderr);
    let folder = tempfile::tempdir().unwrap();
    for name in NAMES {
        let output = folder.path().join("new");
        let here =
            prkit(args!["reheader", "--la-url", url, sample(name), "-o", &output, "--overwrite", "--alone"]);
        assert_eq!(here.status, 0, "{}", here.stderr);
        let now = bytes(&bucket.lock().unwrap().objects[name].pieces);
        assert!(now == std::fs::read(&output).unwrap(), "{name}");
    }
    // Done again, nothing is written.
    server.requests();
    let again = run(&server, edit.clone());
    assert_eq!(again.status, 0, "{}", again.stderr);
    assert!(server.requests().iter().all(|request| request.method == "GET"));
    assert!(!done.stderr.contains("word-1234") && !done.text().contains("1234"));
    // From the bucket to a file.
    let output = folder.path().join("file");
    let out = run(&server, args!["reheader", "--la-url", "https://b/", &inputs[0], "-o", &output]);
    assert!(out.status == 0 && output.is_file(), "{}", out.stderr);
    let refused = run(
        &server,
        args!["reheader", "--la-url", "https://b/", &inputs[0], "-o", "https://cdn.example/new"],
    );
    assert!(refused.status == 2 && refused.stderr.contains("nothing is written there"), "{}", refused.stderr);
    assert!(!root().join("https:").exists());
}

#[test]
fn a_title_in_a_bucket_is_checked_and_other_buckets_are_not_asked() {
    let names = ["dash-live/manifest.mpd", "dash-live/video-init.mp4", "dash-live/video-1.m4s"];
    let (bucket, server) = bucket(&names);
    {
        let mut bucket = bucket.lock().unwrap();
        for (from, to) in
            [("dash-live/video-init.mp4", "dash-live/vi.mp4"), ("dash-live/video-1.m4s", "dash-live/v1.m4s")]
        {
            let object = bucket.objects[from].pieces.clone();
            bucket.put(to, object, Vec::new());
        }
        let list = "#EXTM3U\n#EXTINF:1,\ns3://others/1.m4s\n#EXT-X-ENDLIST\n";
        bucket.put("list.m3u8", vec![Piece::Bytes(list.as_bytes().to_vec())], Vec::new());
    }
    let done = run(&server, args!["check", "--json", "s3://films/dash-live/manifest.mpd"]);
    let said = done.text();
    assert!(
        said.contains("11 files were not checked: the first, s3://films/dash-live/ai.mp4, is not there"),
        "{said}"
    );
    assert!(
        said.contains("9 files were not checked: the first, s3://films/dash-live/v2.m4s, is not there"),
        "{said}"
    );
    server.requests();
    let done = run(&server, args!["check", "--json", "s3://films/list.m3u8"]);
    assert!(done.text().contains("is on another host"), "{}{}", done.text(), done.stderr);
    assert!(server.requests().iter().all(|request| request.path() == "/films/list.m3u8"));
}

#[test]
fn a_film_of_two_gibibytes_is_edited_with_six_mebibytes_up_and_eleven_down() {
    let folder = tempfile::tempdir().unwrap();
    let path = film::on_demand(folder.path());
    let mut films = Bucket::default();
    films.put("film.mp4", film::pieces(&path), Vec::new());
    let films = Arc::new(Mutex::new(films));
    let server = serve(&films, |_, _| None, |_, answer| answer);
    let url = format!("https://lic.example/{}", "x".repeat(70));
    let edit = |input: OsString| args!["reheader", "--json", "--la-url", &url, "-i", input];
    let done = run(&server, edit("s3://films/film.mp4".into()));
    assert_eq!(done.status, 0, "{}{}", done.text(), done.stderr);
    assert_eq!(done.one()["method"], "server-copied");
    let requests: Vec<Request> =
        server.requests().into_iter().filter(|request| request.path() == "/films/film.mp4").collect();
    let up: usize = requests.iter().map(|request| request.body.len()).sum();
    let down: u64 = requests.iter().filter_map(Request::range).map(|(first, last)| last + 1 - first).sum();
    eprintln!("{} requests, {up} bytes up, {down} down", requests.len());
    assert!(requests.len() <= 835 && up <= 6 << 20 && down <= 11 << 20);
    // A stream has the bytes of the plan alone, without filler that makes the file cheaper to write.
    let mut here = Command::new(env!("CARGO_BIN_EXE_prkit"))
        .args(args!["reheader", "--la-url", &url, &path, "-o", "-"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut stream = here.stdout.take().unwrap();
    let films = films.lock().unwrap();
    let new = &films.objects["film.mp4"].pieces;
    for start in (0..len(new)).step_by(16 << 20) {
        let end = (start + (16 << 20)).min(len(new));
        let mut read = vec![0; (end - start) as usize];
        stream.read_exact(&mut read).unwrap();
        assert!(bytes(&part(new, start, end)) == read, "{start}");
    }
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    assert!(here.wait().unwrap().success());
    drop(films);
    server.requests();
    let again = run(&server, edit("s3://films/film.mp4".into()));
    assert_eq!(again.status, 0, "{}", again.stderr);
    assert!(server.requests().iter().all(|request| request.method == "GET"));
}
