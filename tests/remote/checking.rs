//! Titles behind addresses: what is asked for is what somebody named, and what that refers to on the same host.

use crate::args;
use crate::program::{prkit, root, sample};
use crate::server::{Answer, Server};

fn findings(run: &crate::program::Run) -> Vec<(String, String)> {
    let said = |finding: &serde_json::Value| {
        (finding["rule"].as_str().unwrap().to_owned(), finding["message"].as_str().unwrap().to_owned())
    };
    run.json().iter().flat_map(|report| report["findings"].as_array().unwrap()).map(said).collect()
}

/// A title with all files that its manifest names.
fn title() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let of = |from: &str, to: &str| std::fs::copy(sample(from), folder.path().join(to)).unwrap();
    of("dash-live/manifest.mpd", "manifest.mpd");
    of("dash-live/video-init.mp4", "vi.mp4");
    of("dash-live/audio-init.mp4", "ai.mp4");
    for number in 1..=10 {
        of("dash-live/video-1.m4s", &format!("v{number}.m4s"));
        of("dash-live/audio-1.m4s", &format!("a{number}.m4s"));
    }
    folder
}

#[test]
fn a_title_is_checked_as_it_is_on_disk() {
    let whole = title();
    for folder in [root().join("samples/dash-live"), whole.path().to_owned()] {
        let server = Server::of_folder(&folder);
        let there = prkit(args!["check", "--json", server.url("manifest.mpd")]);
        let here = prkit(args!["check", "--json", folder.join("manifest.mpd")]);
        let found: Vec<_> = findings(&there)
            .into_iter()
            .map(|(rule, said)| (rule, said.replace(&server.url(""), "")))
            .collect();
        assert_eq!((there.status, found), (here.status, findings(&here)), "{}", there.stderr);
        for field in ["compared", "kind", "set"] {
            assert_eq!(there.json()[0][field], here.json()[0][field], "{field}");
        }
        let paths: Vec<String> = server.requests().iter().map(|request| request.path().to_owned()).collect();
        let mut once = paths.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), paths.len(), "something is asked for twice: {paths:?}");
        assert_eq!(paths.len(), 1 + 2 + 20);
    }
}

/// A playlist that names others, on its own host and elsewhere.
#[test]
fn playlists_are_followed_on_their_host_and_nowhere_else() {
    let strangers = Server::new(|_| Answer::new(200, "#EXTM3U\n"));
    let elsewhere = strangers.url("v/list.m3u8");
    let main = format!(
        "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv/list.m3u8?token=word-1\n#EXT-X-STREAM-INF:BANDWIDTH=2\n{elsewhere}\n\
         #EXT-X-STREAM-INF:BANDWIDTH=3\nhttp://169.254.169.254/latest/list.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=4\n\
         https://cdn.example.com/list.m3u8?token=word-2\n"
    );
    let server = Server::new(move |request| match request.path() {
        "/main.m3u8" => Answer::new(200, &main[..]),
        "/v/list.m3u8" => Answer::new(200, "#EXTM3U\n#EXTINF:1,\n1.m4s\n#EXT-X-ENDLIST\n"),
        "/v/1.m4s" => Answer::file(&sample("rotation/1.m4s"), request),
        _ => Answer::new(404, ""),
    });
    for follow in [&[][..], &["--follow-hosts"]] {
        // A host that cannot be reached is an error in a moment only where names are resolved.
        if !follow.is_empty() && std::env::var_os("PRKIT_TEST_OFFLINE").is_some() {
            continue;
        }
        let mut args = args!["check", "--json", "--http-timeout", "1", server.url("main.m3u8")];
        args.extend(follow.iter().map(Into::into));
        let run = prkit(args);
        let said = format!("{:?}", findings(&run));
        assert!(said.contains("leads into the local network"), "{said}{}", run.stderr);
        assert_eq!(said.contains("is on another host"), follow.is_empty(), "{said}");
        assert!(
            !run.text().contains("word-") && !run.stderr.contains("word-"),
            "{}{}",
            run.text(),
            run.stderr
        );
        let mut paths: Vec<String> =
            server.requests().iter().map(|request| request.path().to_owned()).collect();
        paths.sort();
        assert_eq!(paths, ["/main.m3u8", "/v/1.m4s", "/v/list.m3u8"]);
        assert_eq!(strangers.requests().len(), 0, "a port that nobody named was asked");
    }
}

#[test]
fn a_local_manifest_asks_nobody_unless_told_to() {
    let server = Server::new(|_| Answer::new(404, ""));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("main.m3u8");
    std::fs::write(&path, format!("#EXTM3U\n#EXTINF:1,\n{}\n#EXT-X-ENDLIST\n", server.url("1.m4s"))).unwrap();
    for args in [args!["check", "--json", &path], args!["check", "--json", "--follow-hosts", &path]] {
        let run = prkit(args);
        assert!(format!("{:?}", findings(&run)).contains("leads into the local network"), "{}", run.text());
    }
    assert_eq!(server.requests().len(), 0);
}
