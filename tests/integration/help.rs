//! Help that teaches: examples that run, topics, the exit status.

use crate::args;
use crate::program::{prkit, root, sample};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Commands and those below them, as they are typed.
fn commands() -> Vec<String> {
    let listed = |path: &[&str]| -> Vec<String> {
        let help = prkit(path.iter().copied().chain(["--help"]));
        let Some((_, list)) = help.text().split_once("Commands:") else { return Vec::new() };
        let list = list.split("\n\n").next().unwrap();
        let names = list.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
        names.filter(|name| !name.is_empty() && *name != "help").map(str::to_owned).collect()
    };
    let mut all = Vec::new();
    for name in listed(&[]) {
        let below = listed(&[&name]);
        match below.is_empty() {
            true => all.push(name),
            false => all.extend(below.iter().map(|nested| format!("{name} {nested}"))),
        }
    }
    all
}

/// The files that examples name.
fn stage(folder: &Path) {
    let put = |name: &str, from: &str| fs::copy(sample(from), folder.join(name)).unwrap();
    put("film.mp4", "dash-ondemand/audio.mp4");
    put("segment.m4s", "rotation/1.m4s");
    put("store.mp4", "edge/store-10k.mp4");
    put("filled.mp4", "licenses/filled-store.mp4");
    put("license.xmr", "licenses/rental.xmr");
    put("request.xml", "messages/request.xml");
    put("response.xml", "messages/response.xml");
    put("box.pssh", "objects/small.pssh");
    let manifest = fs::read_to_string(sample("dash-ondemand/manifest.mpd")).unwrap();
    fs::write(folder.join("manifest.mpd"), manifest.replace("audio.mp4", "film.mp4")).unwrap();
    let object = prkit(args!["new", "00112233-4455-6677-8899-aabbccddeeff", "--base64"]);
    fs::write(folder.join("pssh.txt"), object.stdout).unwrap();
    let clear = prkit(args![
        "remove",
        sample("dash-live/video-init.mp4"),
        "--system=all",
        "--force=last-system",
        "-o",
        folder.join("clear.mp4")
    ]);
    assert_eq!(clear.status, 0, "{}", clear.stderr);
    fs::create_dir(folder.join("catalogue")).unwrap();
    for name in ["1.m4s", "2.m4s"] {
        fs::copy(sample(&format!("rotation/{name}")), folder.join("catalogue").join(name)).unwrap();
    }
}

/// Words of a command, with those in quotes as one.
fn words(command: &str) -> Vec<String> {
    let parts = command.split('"').enumerate();
    parts
        .flat_map(|(number, part)| match number % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect(),
            _ => vec![part.to_owned()],
        })
        .collect()
}

/// The commands that help shows, which stand deeper than the words around them.
fn examples(help: &str) -> Vec<String> {
    let (_, behind) = help.split_once("Examples:").unwrap();
    let lines = behind.lines().filter_map(|line| line.strip_prefix("    prkit "));
    lines.map(str::to_owned).collect()
}

#[test]
fn every_command_has_examples_in_help_and_manual_and_they_work() {
    for command in commands() {
        let help = prkit(command.split(' ').chain(["--help"]));
        let examples = examples(help.text());
        assert!(!examples.is_empty(), "{command} has no example");
        let page = prkit(["man"].into_iter().chain(command.split(' ')));
        let page = page.text().replace('\\', "");
        let folder = tempfile::tempdir().unwrap();
        stage(folder.path());
        for example in examples {
            assert!(page.contains(&format!("prkit {example}")), "{command}: its page has not: {example}");
            let run = Command::new(env!("CARGO_BIN_EXE_prkit"))
                .args(words(&example))
                .current_dir(folder.path())
                .env("KEY", "00112233445566778899aabbccddeeff")
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&run.stderr).into_owned();
            // What looks for faults may find some.
            let finds = ["lint", "check", "license lint", "policy lint"].contains(&command.as_str());
            let is_done = run.status.code() == Some(0) || finds && run.status.code() == Some(1);
            assert!(is_done, "prkit {example}: {:?} {said}", run.status);
        }
        assert!(help.text().contains("Exit status:\n  0    Done"), "{command}");
    }
}

#[test]
fn every_topic_is_listed_and_its_commands_work() {
    let help = prkit(args!["--help"]);
    let (_, list) = help.text().split_once("Topics: prkit help ").unwrap();
    let topics: Vec<&str> = list.trim().split(", ").collect();
    assert_eq!(topics.len(), fs::read_dir(root().join("crates/cli/topics")).unwrap().count());
    for topic in topics {
        let text = prkit(args!["help", topic]);
        assert_eq!(text.status, 0, "{topic}");
        assert!(text.text().lines().all(|line| line.chars().count() <= 110), "{topic}");
        let folder = tempfile::tempdir().unwrap();
        stage(folder.path());
        for example in text.text().lines().filter_map(|line| line.strip_prefix("  prkit ")) {
            if example.contains(char::is_uppercase) {
                // A form, not an example.
                continue;
            }
            let words = words(&example.replace('\'', "\""));
            let run = Command::new(env!("CARGO_BIN_EXE_prkit"))
                .args(words)
                .current_dir(folder.path())
                .output()
                .unwrap();
            // What --fit refuses is the point of one of them.
            let is_refusal = example.contains("--fit");
            assert_eq!(
                run.status.code(),
                Some(if is_refusal { 3 } else { 0 }),
                "{example}: {}",
                String::from_utf8_lossy(&run.stderr)
            );
        }
    }
    assert_eq!(prkit(args!["help", "nothing"]).status, 2);
}
