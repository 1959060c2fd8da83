//! What `docs/ci.md` offers to pipelines: the steps of the action and the hooks, run as they would be.

use crate::program::{root, sample};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The command of the action's step, and the variables it is given, with the inputs filled in.
fn step(folder: &Path, inputs: &[(&str, &str)]) -> Command {
    let action = fs::read_to_string(root().join("action.yml")).unwrap();
    let run = action.lines().find_map(|line| line.trim().strip_prefix("run: '")?.strip_suffix('\''));
    let mut command = Command::new("bash");
    command.args(["-c", run.unwrap()]).current_dir(folder);
    command.env("GITHUB_ACTION_PATH", root()).env("GITHUB_OUTPUT", folder.join("output"));
    let mut declared = Vec::new();
    let mut given = 0;
    for line in action.lines() {
        if let Some(name) = line.strip_prefix("  ").filter(|line| !line.starts_with(' ')) {
            declared.push((name.trim_end_matches(':').to_owned(), String::new()));
        } else if let (Some(default), Some(last)) =
            (line.trim().strip_prefix("default: "), declared.last_mut())
        {
            last.1 = default.trim_matches('"').to_owned();
        } else if let Some((variable, input)) = line.trim().split_once(": ${{ inputs.") {
            let input = input.trim_end_matches(" }}");
            let default = &declared.iter().find(|(name, _)| name == input).unwrap().1;
            let value = inputs.iter().find(|(name, _)| *name == input).map_or(&**default, |(_, value)| value);
            command.env(variable, value);
            given += 1;
        }
    }
    assert_eq!(given, 5, "every input reaches the step");
    command
}

#[test]
fn the_action_lints_checks_and_writes_sarif() {
    if Command::new("bash").arg("--version").output().is_err() {
        crate::program::skipped("no bash here");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let program = env!("CARGO_BIN_EXE_prkit");
    let good = sample("dash-live/video-init.mp4");
    let bad = sample("manifests/broken.mpd");
    for (paths, level, status) in [
        (format!("{}\n\n", good.display()), "error", 0),
        (format!("{}\n{}\n", good.display(), bad.display()), "warning", 1),
        ("nothing-there.mpd".to_owned(), "error", 3),
    ] {
        let _ = fs::remove_file(folder.path().join("prkit.sarif"));
        let inputs = [("paths", &*paths), ("level", level), ("program", program)];
        let run = step(folder.path(), &inputs).output().unwrap();
        let said = String::from_utf8_lossy(&run.stderr);
        assert_eq!(run.status.code(), Some(status), "{paths}: {said}");
        let sarif: Value =
            serde_json::from_slice(&fs::read(folder.path().join("prkit.sarif")).unwrap()).unwrap();
        assert_eq!(sarif["version"], "2.1.0");
        let results = sarif["runs"][0]["results"].as_array().unwrap();
        assert_eq!(results.is_empty(), status != 1, "{sarif}");
        let output = fs::read_to_string(folder.path().join("output")).unwrap();
        assert!(output.ends_with("sarif=prkit.sarif\n"), "{output}");
    }
}

#[test]
fn hooks_take_the_files_that_they_are_for() {
    let hooks = fs::read_to_string(root().join(".pre-commit-hooks.yaml")).unwrap();
    let entries: Vec<&str> =
        hooks.lines().filter_map(|line| line.trim().strip_prefix("entry: prkit ")).collect();
    assert_eq!(entries, ["lint", "check"]);
    for (entry, file, status) in [
        ("lint", "dash-live/video-init.mp4", 0),
        ("lint", "bad/size-below-header.mp4", 3),
        ("check", "manifests/multivariant.m3u8", 0),
        ("check", "keys/cpd_laurl_differs.cpix.xml", 1),
    ] {
        let run = Command::new(env!("CARGO_BIN_EXE_prkit")).arg(entry).arg(sample(file)).output().unwrap();
        let said = String::from_utf8_lossy(&run.stderr).into_owned() + &String::from_utf8_lossy(&run.stdout);
        assert_eq!(run.status.code(), Some(status), "{entry} {file}: {said}");
    }
}
