//! Uploads that nobody completed.

use crate::args;
use crate::bucket::{Bucket, Piece, error, serve};
use crate::program::sample;
use crate::s3::run;
use crate::server::Request;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// A bucket in which a run was stopped before its uploads were completed, and another program's upload beside them.
fn left() -> Arc<Mutex<Bucket>> {
    let mut film = std::fs::read(sample("edge/store-10k.mp4")).unwrap();
    film.extend((6_u32 << 20).to_be_bytes());
    film.extend(b"free");
    film.resize(film.len() - 8 + (6 << 20), 0);
    let mut films = Bucket::default();
    for name in ["show/1.mp4", "show/2.mp4", "other/3.mp4"] {
        films.put(name, vec![Piece::Bytes(film.clone())], Vec::new());
    }
    let films = Arc::new(Mutex::new(films));
    let is_end = |request: &Request| {
        let is_film = !request.path().contains("scratch") && request.target.contains("uploadId");
        is_film && matches!(request.method.as_str(), "POST" | "DELETE")
    };
    let dead =
        serve(&films, move |request, _| is_end(request).then(|| error(403, "Dead")), |_, answer| answer);
    let stopped = run(
        &dead,
        args!["reheader", "--la-url", "https://lic.example/longer-than-before", "s3://films/", "-i"],
    );
    assert_eq!(stopped.status, 3, "{}", stopped.stderr);
    let part = (vec![Piece::Bytes(vec![0; 100])], "\"x\"".to_owned());
    let theirs = ("show/4.mp4".to_owned(), Vec::new(), BTreeMap::from([(1, part)]));
    films.lock().unwrap().uploads.insert("zz".to_owned(), theirs);
    films
}

fn keys(films: &Mutex<Bucket>) -> Vec<String> {
    let mut keys: Vec<String> = films.lock().unwrap().uploads.values().map(|(key, ..)| key.clone()).collect();
    keys.sort();
    keys
}

#[test]
fn uploads_that_were_left_are_listed_and_aborted_and_those_of_others_are_not() {
    let films = left();
    assert_eq!(keys(&films), ["other/3.mp4", "show/1.mp4", "show/2.mp4", "show/4.mp4"]);
    let server = serve(&films, |_, _| None, |_, answer| answer);
    let outcomes = |more: &[&str]| {
        let mut all = args!["recover", "--json", "s3://films/show/"];
        all.extend(more.iter().map(std::ffi::OsString::from));
        let done = run(&server, all);
        assert_eq!(done.status, 0, "{}{}", done.text(), done.stderr);
        assert!(done.stderr.contains("1 unfinished uploads of other programs"), "{}", done.stderr);
        let of = |report: &serde_json::Value| {
            format!("{} {}", report["path"].as_str().unwrap(), report["outcome"].as_str().unwrap())
        };
        let mut outcomes: Vec<String> = done.json().iter().map(of).collect();
        outcomes.sort();
        outcomes
    };
    assert_eq!(outcomes(&["--list"]), ["s3://films/show/1.mp4 pending", "s3://films/show/2.mp4 pending"]);
    // Begun in 2020.
    assert_eq!(
        outcomes(&["--older-than", "65535"]),
        ["s3://films/show/1.mp4 left-alone", "s3://films/show/2.mp4 left-alone"]
    );
    assert_eq!(keys(&films).len(), 4);
    assert_eq!(outcomes(&[]), ["s3://films/show/1.mp4 removed", "s3://films/show/2.mp4 removed"]);
    assert_eq!(keys(&films), ["other/3.mp4", "show/4.mp4"]);
    assert!(outcomes(&[]).is_empty());
}

#[test]
fn a_server_that_lists_no_uploads_is_named() {
    let films = left();
    let server = serve(
        &films,
        |request, _| request.target.contains("uploads").then(|| error(501, "NotImplemented")),
        |_, answer| answer,
    );
    let refused = run(&server, args!["recover", "s3://films/"]);
    let why = "its unfinished uploads cannot be listed: the server answered 501 NotImplemented";
    assert!(refused.status == 3 && refused.stderr.contains(why), "{}", refused.stderr);
    assert_eq!(keys(&films).len(), 4);
}
