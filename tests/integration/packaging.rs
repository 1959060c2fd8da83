//! What packages are made with: completions and manual pages.

use crate::args;
use crate::program::{prkit, root};
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
fn asking_for_help_twice_gives_help() {
    for (twice, once) in [
        (args!["help", "--help"], args!["help"]),
        (args!["help", "-h"], args!["help"]),
        (args!["help", "show", "--help"], args!["help", "show"]),
        (args!["help", "els", "--help", "fill"], args!["help", "els", "fill"]),
    ] {
        let run = prkit(&twice);
        assert_eq!((run.status, run.text()), (0, prkit(once).text()), "{twice:?}");
    }
    assert_eq!(prkit(args!["help", "nothing", "--help"]).status, 2);
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
            // What an option takes is behind it: --force[=KIND].
            let option = option.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).next().unwrap();
            assert!(page.contains(option), "{command}: {option} is not in its page");
        }
        assert!(page.contains("EXIT STATUS"), "{command}");
    }
    for nested in ["prkit-els-fill.1", "prkit-policy-url.1"] {
        assert!(pages.join(nested).exists(), "{nested}");
    }
    let again = prkit(args!["man", "--all", &pages]);
    assert_eq!(again.status, 3);
    assert!(again.stderr.contains("--overwrite"), "{}", again.stderr);
    assert_eq!(prkit(args!["man", "--all", &pages, "--overwrite"]).status, 0);
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
            crate::program::skipped(&format!("no {shell} here"));
            continue;
        };
        let script = prkit(args!["completions", shell]).stdout;
        child.stdin.take().unwrap().write_all(&script).unwrap();
        assert!(child.wait().unwrap().success(), "{shell}");
    }
}

/// Commands in backquotes, with their words: `prkit els fill f.mp4 --license DIR`.
fn commands_in(text: &str) -> Vec<Vec<String>> {
    let spans = text.split('`').skip(1).step_by(2);
    let spans = spans.filter(|span| span.starts_with("prkit ") && !span.contains('\n'));
    spans.map(|span| span.split_whitespace().skip(1).map(str::to_owned).collect()).collect()
}

#[test]
fn every_command_and_option_that_the_docs_name_exists() {
    let all = commands();
    let mut pages: Vec<_> =
        fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.extend([root().join("README.md"), root().join("CONTRIBUTING.md")]);
    for page in pages.iter().filter(|page| page.extension().is_some_and(|extension| extension == "md")) {
        // Blocks have a fence of three; what is in them is run.
        let text = fs::read_to_string(page).unwrap();
        let outside: String = text.split("```").step_by(2).collect();
        for words in commands_in(&outside) {
            let shown = format!("{}: prkit {}", page.display(), words.join(" "));
            assert!(all.contains(&words[0]), "{shown}");
            let nested = ["els", "license", "policy", "soap"].contains(&words[0].as_str());
            let is_command = |word: &&String| word.chars().all(|c| c.is_ascii_lowercase());
            let mut args = vec![words[0].clone()];
            args.extend(words.iter().skip(1).filter(is_command).take(usize::from(nested)).cloned());
            let help = prkit(args.iter().map(String::as_str).chain(["--help"]));
            assert_eq!(help.status, 0, "{shown}");
            for word in words.iter().filter(|word| word.starts_with('-') && word.len() > 1) {
                let option = word.split('=').next().unwrap();
                let named = help.text().split(|c: char| c.is_whitespace() || ",[]".contains(c));
                assert!(named.into_iter().any(|name| name == option), "{shown}: {option}");
            }
        }
    }
}
