//! Defaults of options, from the user's configuration folder.

use crate::program::{Run, sample};
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output};

const KID: &str = "00112233-4455-6677-8899-aabbccddeeff";

/// Runs the program in a folder where this is the configuration.
fn with<A: AsRef<OsStr>>(config: &str, args: impl IntoIterator<Item = A>) -> Run {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join("prkit")).unwrap();
    std::fs::write(home.path().join("prkit/config.toml"), config).unwrap();
    run(home.path(), home.path(), args)
}

fn run<A: AsRef<OsStr>>(home: &Path, folder: &Path, args: impl IntoIterator<Item = A>) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_prkit"));
    // Each system has a folder of its own.
    command
        .args(args)
        .env("XDG_CONFIG_HOME", home)
        .env("APPDATA", home)
        .env("HOME", home)
        .current_dir(folder);
    let Output { status, stdout, stderr } = command.output().unwrap();
    Run { status: status.code().unwrap_or(-1), stdout, stderr: String::from_utf8_lossy(&stderr).into_owned() }
}

#[test]
fn defaults_are_those_of_the_file_and_what_is_typed_counts_more() {
    let config = "color = \"always\"\nla-url = \"https://a.test/\"\nds-id = \"00112233-4455-6677-8899-aabbccddeeff\"\n";
    let made = with(config, ["new", KID, "--as", "xml"]);
    assert!(
        made.text().contains("<LA_URL>https://a.test/</LA_URL><DS_ID>"),
        "{}{}",
        made.text(),
        made.stderr
    );
    let typed = with(config, ["new", KID, "--as", "xml", "--la-url", "https://b.test/"]);
    assert!(typed.text().contains("<LA_URL>https://b.test/</LA_URL>"), "{}", typed.text());
    let film = sample("dash-ondemand/audio.mp4");
    let escape = "\u{1b}[";
    assert!(with(config, [OsStr::new("show"), film.as_os_str()]).text().contains(escape));
    assert!(!with("", [OsStr::new("show"), film.as_os_str()]).text().contains(escape));
    assert!(
        !with(config, [OsStr::new("show"), film.as_os_str(), OsStr::new("--color=never")])
            .text()
            .contains(escape)
    );
    let all = with("", [OsStr::new("show"), film.as_os_str(), OsStr::new("--json")]).one();
    let one =
        with("system = \"widevine\"", [OsStr::new("show"), film.as_os_str(), OsStr::new("--json")]).one();
    assert!(all["pssh"].as_array().unwrap().len() > 1);
    assert!(one["pssh"].as_array().unwrap().iter().all(|object| object["system"] == "widevine"), "{one}");
    assert_eq!(with("jobs = 3", ["show", "--help"]).text().matches("[default: 3]").count(), 1);
}

#[test]
fn no_edit_of_what_is_there_depends_on_it() {
    let film = sample("dash-ondemand/audio.mp4");
    let config = "la-url = \"https://a.test/\"\nds-id = \"00112233-4455-6677-8899-aabbccddeeff\"\nsystem = \"widevine\"\n";
    for edit in [
        &["reheader", "--lui-url", "https://b.test/"][..],
        &["remove"],
        &["inject", "--pro", PRO, "--if-exists", "add"],
    ] {
        let args =
            || edit.iter().chain(&["-n", "--plan", "--json"]).map(OsStr::new).chain([film.as_os_str()]);
        let (plain, configured) = (with("", args()), with(config, args()));
        assert_eq!(plain.status, 0, "{}", plain.stderr);
        assert_eq!((configured.text(), configured.status), (plain.text(), 0), "{edit:?}");
    }
}

const PRO: &str = "BgIAAAEAAQD8ATwAVwBSAE0ASABFAEEARABFAFIAIAB4AG0AbABuAHMAPQAiAGgAdAB0AHAAOgAvAC8AcwBjAGgAZQBtAGEAcwAuAG0AaQBjAHIAbwBzAG8AZgB0AC4AYwBvAG0ALwBEAFIATQAvADIAMAAwADcALwAwADMALwBQAGwAYQB5AFIAZQBhAGQAeQBIAGUAYQBkAGUAcgAiACAAdgBlAHIAcwBpAG8AbgA9ACIANAAuADAALgAwAC4AMAAiAD4APABEAEEAVABBAD4APABQAFIATwBUAEUAQwBUAEkATgBGAE8APgA8AEsARQBZAEwARQBOAD4AMQA2ADwALwBLAEUAWQBMAEUATgA+ADwAQQBMAEcASQBEAD4AQQBFAFMAQwBUAFIAPAAvAEEATABHAEkARAA+ADwALwBQAFIATwBUAEUAQwBUAEkATgBGAE8APgA8AEsASQBEAD4ATQB5AEkAUgBBAEYAVgBFAGQAMgBhAEkAbQBhAHEANwB6AE4AMwB1AC8AdwA9AD0APAAvAEsASQBEAD4APABDAEgARQBDAEsAUwBVAE0APgBRAHUASwBtAFYAagBLADgAQgAzAGsAPQA8AC8AQwBIAEUAQwBLAFMAVQBNAD4APAAvAEQAQQBUAEEAPgA8AC8AVwBSAE0ASABFAEEARABFAFIAPgA=";

#[test]
fn what_is_wrong_with_the_file_is_told_with_its_line_and_help_is_given_all_the_same() {
    for (config, why, line) in [
        ("jobs = 2\n\nin-place = true\n", "there is no key \"in-place\"; expected one of jobs, ", "line 3"),
        ("jobs = 65\n", "jobs is \"65\"; expected 1 to 64", "line 1"),
        ("\ncolor = \"red\"\n", "expected auto, always or never", "line 2"),
        ("system = \"none\"\n", "widevine", "line 1"),
        ("ds-id = \"x\"\n", "16 bytes in base64", "line 1"),
        ("color = \"auto\"\njobs = \n", "expected a value", "line 2"),
        ("[reheader]\nla-url = \"https://a.test/\"\n", "there is no key \"reheader\"", "line 1"),
    ] {
        let run = with(config, ["kid", KID]);
        assert_eq!((run.status, run.text()), (2, ""), "{config:?}");
        let is_told =
            run.stderr.contains("config.toml") && run.stderr.contains(why) && run.stderr.contains(line);
        assert!(is_told, "{config:?}: {}", run.stderr);
        for args in [&["--help"][..], &["kid", "--help"], &["--version"], &["man"]] {
            assert_eq!(with(config, args).status, 0, "{config:?} {args:?}");
        }
    }
}

#[test]
fn the_folder_in_which_it_runs_is_not_read() {
    let [home, folder] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    for name in ["config.toml", "prkit.toml", ".prkit.toml", "prkit/config.toml", ".config/prkit/config.toml"]
    {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "la-url = \"https://evil.test/\"\n").unwrap();
    }
    let made = run(home.path(), folder.path(), ["new", KID, "--as", "xml"]);
    assert!(made.status == 0 && !made.text().contains("evil"), "{}", made.text());
}

#[test]
fn config_shows_each_key_and_where_it_is_from() {
    let shown = with("# mine\njobs = 4\n\"la-url\" = \"https://a.test/\"\n", ["config"]);
    assert_eq!(shown.status, 0, "{}", shown.stderr);
    let lines: Vec<&str> = shown.text().lines().collect();
    assert!(lines[0].ends_with("config.toml"), "{lines:?}");
    assert!(
        lines[1].contains("jobs") && lines[1].contains(" 4 ") && lines[1].contains("line 2"),
        "{lines:?}"
    );
    assert!(lines[2].contains("color") && lines[2].contains("not set"), "{lines:?}");
    assert!(
        lines.iter().any(|line| line.contains("https://a.test/") && line.contains("line 3")),
        "{lines:?}"
    );
    let home = tempfile::tempdir().unwrap();
    assert!(run(home.path(), home.path(), ["config"]).text().contains("there is no such file"));
}

#[test]
fn shells_complete_systems_and_ids_are_taken_all_the_same() {
    for shell in ["bash", "zsh", "fish"] {
        let script = with("jobs = 3", ["completions", shell]);
        for name in ["playready", "widevine", "all"] {
            let line = script.text().lines().any(|line| line.contains(name) && line.contains("fairplay"));
            let lines = script.text().contains(name) && script.text().contains("fairplay");
            assert!(line || shell == "fish" && lines, "{shell}: {name}");
        }
        assert!(!script.text().contains("[default: 3]"), "{shell}");
    }
    let film = sample("dash-ondemand/audio.mp4");
    let id = "edef8ba9-79d6-4ace-a3c8-27dcd51d21ed";
    let shown = with(
        "",
        [OsStr::new("show"), film.as_os_str(), OsStr::new("--system"), OsStr::new(id), OsStr::new("--json")],
    );
    assert_eq!(shown.one()["pssh"][0]["system"], "widevine");
    assert!(!with("", ["show", "--help"]).text().contains("fairplay"), "the list is too long for help");
}

#[cfg(unix)]
#[test]
fn a_configuration_that_may_not_be_read_is_somebody_elses() {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::process::CommandExt as _;
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("prkit");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("config.toml"), "what is this").unwrap();
    std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o000)).unwrap();
    let run = |args: [&str; 1]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_prkit"));
        if nix::unistd::Uid::effective().is_root() {
            command.uid(65534).gid(65534);
        }
        command.args(args).env("XDG_CONFIG_HOME", home.path()).current_dir("/").output().unwrap()
    };
    let shown = run(["config"]);
    let text = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.status.success() && text.contains("not read: permission denied"), "{text}");
    assert!(run(["--help"]).status.success());
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
}
