//! Results that go into a bucket: from files, and from other objects.

use crate::args;
use crate::bucket::{Bucket, Piece, bytes, serve};
use crate::program::{prkit, sample};
use crate::s3::run;
use crate::server::{Request, Server};
use std::ffi::OsString;
use std::sync::{Arc, Mutex};

const URL: &str = "https://lic.example/rightsmanager.asmx?tenant=7";

fn bucket(objects: &[(&str, Vec<u8>)]) -> (Arc<Mutex<Bucket>>, Server) {
    let mut bucket = Bucket::default();
    for (name, object) in objects {
        let headers =
            [("content-type", "video/mp4"), ("x-amz-meta-title", "7"), ("cache-control", "max-age=60")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        bucket.put(name, vec![Piece::Bytes(object.clone())], headers);
    }
    let bucket = Arc::new(Mutex::new(bucket));
    let server = serve(&bucket, |_, _| None, |_, answer| answer);
    (bucket, server)
}

fn init() -> Vec<u8> {
    std::fs::read(sample("dash-live/video-init.mp4")).unwrap()
}

/// The same with 6 MiB of filler behind it.
fn long() -> Vec<u8> {
    let mut long = init();
    long.extend((6_u32 << 20).to_be_bytes());
    long.extend(b"free");
    long.resize(long.len() - 8 + (6 << 20), 0);
    long
}

fn edit(from: &str, to: &str, more: &[&str]) -> Vec<OsString> {
    let mut all = args!["reheader", "--json", "--la-url", URL, from, "-o", to];
    all.extend(more.iter().map(OsString::from));
    all
}

/// What the same edit makes of a file.
fn edited(old: &[u8]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let from = folder.path().join("old.mp4");
    std::fs::write(&from, old).unwrap();
    let done = prkit(args!["reheader", "--la-url", URL, &from, "-o", "-"]);
    assert_eq!(done.status, 0, "{}", done.stderr);
    done.stdout
}

fn get(bucket: &Mutex<Bucket>, name: &str) -> Vec<u8> {
    bytes(&bucket.lock().unwrap().objects[name].pieces)
}

#[test]
fn a_folder_of_objects_goes_below_another_name_by_copies_with_all_that_is_beside_the_bytes() {
    let (bucket, server) = bucket(&[("show/hd/long.mp4", long()), ("show/init.mp4", init())]);
    let log = tempfile::tempdir().unwrap().keep().join("log");
    let more = ["--log", log.to_str().unwrap()];
    let done = run(&server, edit("s3://films/show/", "s3://films/new/", &more));
    assert_eq!(done.status, 0, "{}{}", done.text(), done.stderr);
    let mut outputs: Vec<String> =
        done.json().iter().map(|report| report["output"].as_str().unwrap().to_owned()).collect();
    outputs.sort();
    assert_eq!(outputs, ["s3://films/new/hd/long.mp4", "s3://films/new/init.mp4"]);
    assert!(get(&bucket, "new/init.mp4") == edited(&init()) && get(&bucket, "show/init.mp4") == init());
    assert!(get(&bucket, "new/hd/long.mp4") == edited(&long()) && get(&bucket, "show/hd/long.mp4") == long());
    let up: usize = server.requests().iter().map(|request| request.body.len()).sum();
    assert!(up < (5 << 20) + (64 << 10), "{up} bytes up: what the server has is copied there");
    for name in ["new/init.mp4", "new/hd/long.mp4"] {
        let bucket = bucket.lock().unwrap();
        let headers = &bucket.objects[name].headers;
        for kept in
            [("content-type", "video/mp4"), ("x-amz-meta-title", "7"), ("cache-control", "max-age=60")]
        {
            assert!(headers.contains(&(kept.0.to_owned(), kept.1.to_owned())), "{name}: {headers:?}");
        }
    }
    // What is there is not replaced, unless that is asked for; a run that is gone on with makes nothing again.
    let again = run(&server, edit("s3://films/show/", "s3://films/new/", &[]));
    assert!(again.status == 3 && again.stderr.contains("s3://films/new/init.mp4 exists"), "{}", again.stderr);
    assert!(again.stderr.contains("--overwrite"), "{}", again.stderr);
    assert!(
        server
            .requests()
            .iter()
            .filter(|request| request.method == "PUT")
            .all(|r| r.header("if-none-match").is_some() || r.target.contains("uploadId"))
    );
    let resumed = run(&server, edit("s3://films/show/", "s3://films/new/", &["--resume", more[1]]));
    assert_eq!(resumed.status, 0, "{}{}", resumed.text(), resumed.stderr);
    assert!(resumed.json().iter().all(|report| report["done_before"] == true), "{}", resumed.text());
    assert!(server.requests().iter().all(|request| request.method == "GET"));
    let over = run(&server, edit("s3://films/show/", "s3://films/new/", &["--overwrite"]));
    assert_eq!(over.status, 0, "{}", over.stderr);
}

#[test]
fn files_go_into_a_bucket_as_what_players_look_for_and_objects_into_a_folder() {
    let (bucket, server) = bucket(&[("show/hd/init.mp4", init())]);
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("hd")).unwrap();
    std::fs::write(folder.path().join("hd/a.mp4"), init()).unwrap();
    std::fs::write(folder.path().join("b.m4a"), init()).unwrap();
    let from = folder.path().to_str().unwrap();
    let done = run(&server, edit(from, "s3://films/up", &[]));
    assert_eq!(done.status, 0, "{}{}", done.text(), done.stderr);
    for (name, kind) in [("up/hd/a.mp4", "video/mp4"), ("up/b.m4a", "audio/mp4")] {
        assert!(get(&bucket, name) == edited(&init()), "{name}");
        let bucket = bucket.lock().unwrap();
        let kind = ("content-type".to_owned(), kind.to_owned());
        assert!(bucket.objects[name].headers.contains(&kind), "{name}");
    }
    // One object under a name of its own, and over itself.
    let one = run(&server, edit("s3://films/show/hd/init.mp4", "s3://films/one.mp4", &[]));
    assert_eq!(one.status, 0, "{}", one.stderr);
    assert!(get(&bucket, "one.mp4") == edited(&init()));
    let itself = run(&server, edit("s3://films/one.mp4", "s3://films/one.mp4", &["--overwrite"]));
    assert!(
        itself.status == 3 && itself.stderr.contains("the target is the input itself"),
        "{}",
        itself.stderr
    );
    // Below the name that was given, as below a folder.
    let out = folder.path().join("out/");
    let down = run(&server, edit("s3://films/show/", out.to_str().unwrap(), &[]));
    assert_eq!(down.status, 0, "{}", down.stderr);
    assert!(std::fs::read(out.join("hd/init.mp4")).unwrap() == edited(&init()));
    let is_about = |request: &Request| request.path().ends_with("one.mp4") && request.method == "PUT";
    assert_eq!(server.requests().iter().filter(|request| is_about(request)).count(), 1);
}
