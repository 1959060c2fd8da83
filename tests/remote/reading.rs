//! Reading over HTTP: how often is asked, and what comes of answers of every kind.

use crate::program::{Run, prkit, root, sample};
use crate::server::{Answer, Server};
use crate::{args, film};
use std::time::{Duration, Instant};

/// The report of an input, without its name.
fn report(run: &Run) -> serde_json::Value {
    assert_eq!(run.status, 0, "{}{}", run.text(), run.stderr);
    let mut report = run.one();
    report.as_object_mut().unwrap().remove("path").unwrap();
    report
}

fn show(url: &str) -> Run {
    prkit(args!["show", "--json", url])
}

#[test]
fn what_is_said_of_an_address_is_what_is_said_of_the_file() {
    let server = Server::of_folder(&root().join("samples"));
    for name in [
        "dash-live/video-init.mp4",
        "dash-live/manifest.mpd",
        "progressive/movie.mp4",
        "dash-ondemand/audio.mp4",
        "objects/large.pssh",
        "rotation/1.m4s",
    ] {
        let there = show(&server.url(name));
        assert_eq!(there.one()["path"], server.url(name));
        assert_eq!(report(&there), report(&prkit(args!["show", "--json", sample(name)])), "{name}");
        let lint = |input: std::ffi::OsString| prkit(args!["lint", "--json", input]);
        let (mut there, mut here) = (lint(server.url(name).into()).one(), lint(sample(name).into()).one());
        there["path"] = "".into();
        here["path"] = "".into();
        assert_eq!(there, here, "{name}");
    }
    let extract = |input: std::ffi::OsString| prkit(args!["extract", "--raw", "--index", "1", input]).stdout;
    let url = server.url("dash-ondemand/audio.mp4");
    assert_eq!(extract(url.into()), extract(sample("dash-ondemand/audio.mp4").into()));
}

#[test]
fn an_edit_of_what_is_behind_an_address_goes_to_a_file_and_is_the_same() {
    let server = Server::of_folder(&root().join("samples"));
    let folder = tempfile::tempdir().unwrap();
    let out = |name: &str| folder.path().join(name);
    for name in ["progressive/movie.mp4", "dash-ondemand/audio.mp4", "dash-live/manifest.mpd"] {
        let edit = |input: std::ffi::OsString, output: &str| {
            let run = prkit(args![
                "reheader",
                "--la-url",
                "https://lic.example/a",
                input,
                "-o",
                out(output),
                "--overwrite"
            ]);
            assert_eq!(run.status, 0, "{}{}", run.text(), run.stderr);
            std::fs::read(out(output)).unwrap()
        };
        assert!(edit(server.url(name).into(), "there") == edit(sample(name).into(), "here"), "{name}");
    }
    // A folder takes the name from the address.
    let run = prkit(args![
        "reheader",
        "--la-url",
        "https://lic.example/a",
        server.url("rotation/1.m4s?x=1"),
        "-o",
        folder.path()
    ]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(out("1.m4s").is_file());
    let run =
        prkit(args!["reheader", "--la-url", "https://lic.example/a", server.url("rotation/1.m4s"), "-i"]);
    assert_ne!(run.status, 0);
    assert!(run.stderr.contains("-o"), "{}", run.stderr);
}

#[test]
fn an_init_segment_is_one_request_and_a_film_of_two_gibibytes_two_rounds_of_few_bytes() {
    let folder = tempfile::tempdir().unwrap();
    film::on_demand(folder.path());
    film::moov_last(folder.path());
    std::fs::copy(sample("dash-live/video-init.mp4"), folder.path().join("init.mp4")).unwrap();
    let server = Server::of_folder(folder.path());

    report(&show(&server.url("init.mp4")));
    assert_eq!(server.requests().len(), 1);

    let there = report(&show(&server.url("film.mp4")));
    let requests = server.requests();
    assert_eq!(there, report(&prkit(args!["show", "--json", folder.path().join("film.mp4")])));
    assert!(requests.len() <= 821, "{} requests", requests.len());
    let bytes: u64 = requests.iter().map(|request| request.range().unwrap()).map(|(a, b)| b + 1 - a).sum();
    assert!(bytes < 5_000_000, "{bytes} bytes");

    // What `moov` alone is asked for, the index answers.
    let run = prkit(args!["show", "--json", "--where", "moov", server.url("film.mp4")]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(server.requests().len() <= 3);

    report(&show(&server.url("progressive.mp4")));
    let requests = server.requests();
    assert!(requests.len() <= 3, "{:?}", requests.iter().map(|request| request.range()).collect::<Vec<_>>());
}

#[test]
fn a_server_without_ranges_is_asked_once() {
    let server = Server::new(|_| Answer::new(200, std::fs::read(sample("progressive/movie.mp4")).unwrap()));
    let there = report(&show(&server.url("movie.mp4")));
    assert_eq!(there, report(&prkit(args!["show", "--json", sample("progressive/movie.mp4")])));
    assert_eq!(server.requests().len(), 1);
    // One that is too long is not read to its end.
    let server = Server::new(|_| Answer::new(200, vec![0; 64 * 1024 * 1024 + 1]));
    let run = show(&server.url("movie.mp4"));
    assert_eq!(run.status, 3);
    assert!(run.stderr.contains("longer than 67108864 bytes"), "{}", run.stderr);
}

/// A gzip file (RFC 1952) of blocks that are stored as they are.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = vec![0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF];
    let count = bytes.chunks(0xFFFF).count();
    for (number, block) in bytes.chunks(0xFFFF).enumerate() {
        let len = block.len() as u16;
        packed.push(u8::from(number + 1 == count));
        packed.extend(len.to_le_bytes());
        packed.extend((!len).to_le_bytes());
        packed.extend(block);
    }
    let sum = bytes.iter().fold(!0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xEDB8_8320 & (sum & 1).wrapping_neg()))
    });
    packed.extend((!sum).to_le_bytes());
    packed.extend((bytes.len() as u32).to_le_bytes());
    packed
}

#[test]
fn compressed_manifests_are_unpacked_also_where_ranges_of_what_is_sent_are_had() {
    let body = gzip(&std::fs::read(sample("dash-live/manifest.mpd")).unwrap());
    let expected = report(&prkit(args!["show", "--json", sample("dash-live/manifest.mpd")]));
    for has_ranges in [false, true] {
        let body = body.clone();
        let server = Server::new(move |request| {
            assert_eq!(request.header("accept-encoding"), Some("identity"));
            let answer = match request.range().filter(|_| has_ranges) {
                Some(_) => {
                    Answer::new(206, &body[..100]).with("Content-Range", format!("bytes 0-99/{}", body.len()))
                }
                None => Answer::new(200, &body[..]),
            };
            answer.with("Content-Encoding", "gzip")
        });
        assert_eq!(report(&show(&server.url("m.mpd"))), expected, "{has_ranges}");
    }
    for (encoding, said) in [("br", "encoding br"), ("gzip", "compressed")] {
        let server = Server::new(move |_| Answer::new(200, "neither").with("Content-Encoding", encoding));
        let run = show(&server.url("m.mpd"));
        assert!(run.status == 3 && run.stderr.contains(said), "{}", run.stderr);
    }
}

#[test]
fn an_empty_file_is_told_so() {
    let server = Server::new(|_| Answer::new(416, "").with("Content-Range", "bytes */0"));
    let run = show(&server.url("empty"));
    assert!(run.status == 3 && run.stderr.contains("empty"), "{}", run.stderr);
}

#[test]
fn redirects_are_followed_to_their_end_and_not_into_the_local_network() {
    let film = sample("dash-ondemand/audio.mp4");
    let server = Server::new({
        let film = film.clone();
        move |request| match request.path() {
            "/a" => Answer::new(302, "").with("Location", "/b?token=1"),
            "/b" => Answer::new(307, "").with("Location", "film.mp4"),
            "/film.mp4" => Answer::file(&film, request),
            "/round" => Answer::new(301, "").with("Location", "/round"),
            "/inside" => Answer::new(302, "").with("Location", "http://127.0.0.1:1/latest/meta-data"),
            "/file" => Answer::new(302, "").with("Location", "file:///etc/passwd"),
            _ => Answer::new(404, ""),
        }
    });
    assert_eq!(report(&show(&server.url("a"))), report(&prkit(args!["show", "--json", &film])));
    // What is behind the redirects is asked from then on.
    let paths: Vec<String> = server.requests().iter().map(|request| request.path().to_owned()).collect();
    assert_eq!(paths[..3], ["/a", "/b", "/film.mp4"]);
    assert!(paths[3..].iter().all(|path| path == "/film.mp4"), "{paths:?}");
    for (path, said) in [
        ("round", "more than 10 redirects"),
        ("inside", "127.0.0.1, an address of the local network"),
        ("file", "addresses of this kind are not read"),
        ("none", "the server answered 404"),
    ] {
        let run = show(&server.url(path));
        assert!(run.status == 3 && run.stderr.contains(said), "{path}: {}", run.stderr);
    }
}

#[test]
fn an_address_behind_a_redirect_that_runs_out_is_asked_for_again() {
    let film = sample("progressive/movie.mp4");
    let server = Server::new({
        let film = film.clone();
        move |request| match request.target.as_str() {
            "/film" => Answer::new(302, "").with("Location", format!("/signed?until={}", request.number + 1)),
            signed if signed == format!("/signed?until={}", request.number) => Answer::file(&film, request),
            _ => Answer::new(403, ""),
        }
    });
    assert_eq!(report(&show(&server.url("film"))), report(&prkit(args!["show", "--json", &film])));
}

#[test]
fn what_passes_is_tried_again_and_what_does_not_is_not() {
    let film = sample("progressive/movie.mp4");
    let expected = report(&prkit(args!["show", "--json", &film]));
    let faults: [fn(Answer) -> Answer; 6] = [
        |_| Answer::new(500, "<html>"),
        |_| Answer::new(503, "").with("Retry-After", "1"),
        |_| Answer::new(429, ""),
        |answer| answer.cut(0),
        |answer| answer.cut(5000),
        |answer| answer.late(Duration::from_millis(2500)),
    ];
    for (i, fault) in faults.into_iter().enumerate() {
        let film = film.clone();
        // Every other request fails.
        let server = Server::new(move |request| {
            let answer = Answer::file(&film, request);
            if request.number % 2 == 0 { fault(answer) } else { answer }
        });
        let began = Instant::now();
        let run = prkit(args!["show", "--json", "--http-timeout", "1", server.url("film.mp4")]);
        assert_eq!(report(&run), expected, "{i}");
        assert!(i != 1 || began.elapsed() >= Duration::from_secs(1), "it came back too early");
    }
    for status in [400, 401, 403, 404] {
        let server = Server::new(move |_| Answer::new(status, "a secret page"));
        let run = show(&server.url("film.mp4"));
        assert_eq!(server.requests().len(), 1);
        assert!(
            run.status == 3 && run.stderr.contains(&status.to_string()) && !run.stderr.contains("secret")
        );
    }
    let server = Server::new(|_| Answer::new(502, ""));
    let run = show(&server.url("film.mp4"));
    assert_eq!((run.status, server.requests().len()), (3, 6), "{}", run.stderr);
}

#[test]
fn a_file_that_changes_while_it_is_read_is_never_mixed() {
    let film = sample("progressive/movie.mp4");
    for header in [("ETag", "\"two\""), ("Content-Range", "bytes 0-0/9")] {
        let film = film.clone();
        let server = Server::new(move |request| {
            let mut answer = Answer::file(&film, request);
            if request.number > 0 {
                answer.headers.retain(|(name, _)| name != header.0);
                answer = answer.with(header.0, header.1);
            }
            answer
        });
        let run = show(&server.url("film.mp4"));
        assert!(run.status == 3 && run.stderr.contains("changed while it was read"), "{}", run.stderr);
    }
    // A range that nobody asked for.
    let server = Server::new(move |request| {
        let mut answer = Answer::file(&film, request);
        if request.number > 0 {
            answer.headers.retain(|(name, _)| name != "Content-Range");
            answer = answer.with("Content-Range", "bytes 0-9/1176214");
        }
        answer
    });
    let run = show(&server.url("film.mp4"));
    assert!(run.status == 3 && run.stderr.contains("bytes 0..10 of 1176214"), "{}", run.stderr);
}

#[test]
fn headers_go_along_and_nothing_secret_is_told() {
    let server = Server::new(|request| match request.header("authorization") {
        Some("Bearer word-1234") => Answer::file(&sample("dash-live/video-init.mp4"), request),
        _ => Answer::new(401, ""),
    });
    let url = server.url("init.mp4?sig=word-5678");
    let header = "Authorization: Bearer word-1234";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("header");
    std::fs::write(&file, format!("{header}\n")).unwrap();
    for header in [header.to_owned(), format!("@{}", file.display())] {
        let run = prkit(args!["show", "--json", "--http-header", header, &url]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        assert!(!run.text().contains("word-") && run.one()["path"].as_str().unwrap().ends_with("init.mp4?…"));
    }
    let user = url.replace("http://", "http://user:word-9@");
    for args in [
        args!["show", &url],
        args!["show", &user],
        args!["show", "--http-header", "Authorization: Bearer word-1", &url],
        args!["check", &url],
        args!["lint", "--json", &url],
        args!["show", "--http-header", "word-1234", &url],
        args!["show", "http://127.0.0.1:1/a?x=word-1"],
        args!["reheader", "--la-url", "https://lic.example/", "-n", &url],
    ] {
        let run = prkit(&args);
        assert_ne!(run.status, 0, "{args:?}");
        assert!(
            !run.stderr.contains("word-") && !run.text().contains("word-"),
            "{args:?}: {}{}",
            run.stderr,
            run.text()
        );
    }
}

#[test]
fn a_list_may_name_addresses() {
    let server = Server::of_folder(&root().join("samples"));
    let list = format!(
        "{}\n{}\n",
        server.url("dash-live/video-init.mp4"),
        sample("dash-live/audio-init.mp4").display()
    );
    let run = crate::program::prkit_with(args!["show", "--json", "--files-from", "-"], list.as_bytes());
    assert_eq!((run.status, run.json().len()), (0, 2), "{}", run.stderr);
}
