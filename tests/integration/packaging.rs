//! What packages are made with: completions and manual pages.

use crate::args;
use crate::program::prkit;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

fn commands() -> Vec<String> {
    let help = prkit(args!["--help"]);
    let list = help.text().split("Commands:").nth(1).unwrap().split("Options:").next().unwrap();
    let names = list.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    names.filter(|name| !name.is_empty() && *name != "help").map(str::to_owned).collect()
}

#[test]
fn every_command_has_a_page_with_its_options() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("new/man1");
    assert_eq!(prkit(args!["man", "--all", &pages]).status, 0);
    for command in commands() {
        let page = fs::read_to_string(pages.join(format!("prkit-{command}.1"))).unwrap().replace('\\', "");
        let help = prkit(args![&command, "--help"]);
        let options = help.text().lines().filter(|line| line.trim_start().starts_with('-'));
        for option in options.flat_map(str::split_whitespace).filter(|word| word.starts_with("--")) {
            let option = option.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
            assert!(page.contains(option), "{command}: {option} is not in its page");
        }
        assert!(page.contains("EXIT STATUS"), "{command}");
    }
    for nested in ["prkit-els-fill.1", "prkit-policy-url.1"] {
        assert!(pages.join(nested).exists(), "{nested}");
    }
    let again = prkit(args!["man", "--all", &pages]);
    assert_eq!(again.status, 3);
    assert!(again.stderr.contains("--force"), "{}", again.stderr);
    assert_eq!(prkit(args!["man", "--all", &pages, "--force"]).status, 0);
    let one = prkit(args!["man", "els", "fill"]);
    assert_eq!(one.text(), fs::read_to_string(pages.join("prkit-els-fill.1")).unwrap());
    assert!(prkit(args!["man"]).text().contains(".TH prkit 1"));
    assert_eq!(prkit(args!["man", "nothing"]).status, 2);
}

#[test]
fn completions_name_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = prkit(args!["completions", shell]);
        assert_eq!(run.status, 0, "{shell}: {}", run.stderr);
        for command in commands() {
            assert!(run.text().contains(&command), "{shell}: {command}");
        }
    }
    assert_eq!(prkit(args!["completions", "tcsh"]).status, 2);
}

#[test]
fn completions_are_good_scripts() {
    for shell in ["bash", "zsh", "fish"] {
        let Ok(mut child) = Command::new(shell).arg("-n").stdin(Stdio::piped()).spawn() else {
            eprintln!("no {shell} here: skipped");
            continue;
        };
        let script = prkit(args!["completions", shell]).stdout;
        child.stdin.take().unwrap().write_all(&script).unwrap();
        assert!(child.wait().unwrap().success(), "{shell}");
    }
}
