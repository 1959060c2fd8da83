//! No edit in place ends well while a manifest of the title says something else: it is refused by name before the first write.

use crate::args;
use crate::program::{Run, prkit, sample};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

const MANIFESTS: [&str; 4] = ["ondemand.mpd", "list.mpd", "media.m3u8", "multivariant.m3u8"];
pub const LONG: &str = "--la-url=https://license.example.com/another/much/longer/address/rightsmanager.asmx";

/// A title: four manifests over one file, in folders of its own.
pub struct Title {
    top: tempfile::TempDir,
}

impl Title {
    /// Of no files.
    pub fn empty() -> Self {
        Self { top: tempfile::tempdir().unwrap() }
    }

    /// `manifests` and `media` are folders below the top.
    pub fn new(manifests: &str, media: &str) -> Self {
        let title = Self::empty();
        title.add("", manifests, media);
        title
    }

    /// A title in a folder of the top.
    pub fn add(&self, folder: &str, manifests: &str, media: &str) {
        let file = self.at(folder).join(media).join("audio.mp4");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::copy(sample("dash-ondemand/audio.mp4"), &file).unwrap();
        let to = self.at(folder).join(manifests);
        fs::create_dir_all(&to).unwrap();
        let way = if media.is_empty() { String::new() } else { format!("{media}/") };
        for name in MANIFESTS {
            let text = fs::read_to_string(sample(&format!("manifests/{name}"))).unwrap();
            let text = text.replace("../dash-ondemand/", &way).replace(crate::presentation::LAURL, "");
            fs::write(to.join(name), text).unwrap();
        }
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.top.path().join(name)
    }

    pub fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let (mut files, mut folders) = (BTreeMap::new(), vec![self.at("")]);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.insert(path.clone(), fs::read(&path).unwrap());
                }
            }
        }
        files
    }

    pub fn restore(&self, files: &BTreeMap<PathBuf, Vec<u8>>) {
        files.iter().for_each(|(path, bytes)| fs::write(path, bytes).unwrap());
    }

    pub fn run(&self, args: &[&str], names: &[&str]) -> Run {
        let mut all: Vec<OsString> = args.iter().map(OsString::from).collect();
        all.extend(names.iter().map(|name| self.at(name).into_os_string()));
        prkit(all)
    }

    pub fn agrees(&self) -> bool {
        self.run(&["check"], &[""]).status == 0
    }
}

/// Every command that writes, with growth, shrinkage and the same length.
pub fn commands() -> Vec<Vec<String>> {
    let pro = format!("--pro=@{}", sample("objects/large.pro").display());
    let all: [&[&str]; 11] = [
        &["reheader", LONG],
        &["reheader", "--no-la-url"],
        &["reheader", "--canonicalize"],
        &["reheader", LONG, "--fit=same"],
        &["reheader", "--header-version=4.3"],
        &["reheader", "--els=2K", "--force=manifest-store"],
        &["inject", &pro, "--if-exists=replace", "--force=manifest-store,key-id"],
        &["remove", "--force=last-system"],
        &["remove", "--collapse", "--force=last-system"],
        &["els", "reserve", "--size=2K", "--force=manifest-store"],
        &["lint", "--fix", "--level=note"],
    ];
    all.iter().map(|args| args.iter().map(|arg| (*arg).to_owned()).collect()).collect()
}

#[test]
fn after_every_command_all_manifests_agree_or_nothing_was_changed_and_it_is_said_with_whom() {
    for (manifests, media) in [("", ""), ("", "media"), ("", "media/a")] {
        let title = Title::new(manifests, media);
        assert!(title.agrees());
        let audio = if media.is_empty() { "audio.mp4".to_owned() } else { format!("{media}/audio.mp4") };
        let inputs: [&[&str]; 6] = [
            &[&audio],
            &["ondemand.mpd"],
            &["multivariant.m3u8"],
            &["media.m3u8", "multivariant.m3u8"],
            &[&audio, "list.mpd"],
            &[""],
        ];
        let before = title.files();
        let (mut refused, mut changed) = (0, 0);
        for command in commands() {
            for inputs in inputs {
                let args: Vec<&str> = command.iter().map(String::as_str).chain(["-i"]).collect();
                let run = title.run(&args, inputs);
                let said = format!("{command:?} {inputs:?}: {}{}", run.text(), run.stderr);
                if run.status == 3 {
                    assert!(title.files() == before, "{said}");
                    refused += u32::from(run.stderr.contains("--alone"));
                } else {
                    changed += u32::from(title.files() != before);
                }
                let check = title.run(&["check"], &[""]);
                assert_eq!(check.status, 0, "{said}\n{}", check.text());
                title.restore(&before);
            }
        }
        // Of 66: none of them is passed over by another reason only.
        assert!(refused >= 30 && changed >= 4, "{refused} refused, {changed} changed");
    }
}

#[test]
fn the_message_names_each_manifest_and_what_helps_and_alone_edits_all_the_same() {
    let title = Title::new("", "media");
    fs::remove_file(title.at("list.mpd")).unwrap();
    fs::remove_file(title.at("multivariant.m3u8")).unwrap();
    let before = title.files();
    let run = title.run(&["reheader", LONG, "-i", "--fit=slack", "--json"], &["ondemand.mpd"]);
    assert_eq!(run.status, 3);
    let error = run.json()[0]["error"].as_str().unwrap().to_owned();
    for expected in
        ["media.m3u8", "media/audio.mp4", "also carries this header", "add it", "--presentation", "--alone"]
    {
        assert!(error.contains(expected), "{expected}: {error}");
    }
    // One message for each.
    for other in ["media.m3u8", "media/audio.mp4"] {
        let said = format!("{other} also carries this header; add it, or use --presentation, or --alone\n");
        assert_eq!(run.stderr.matches(&said).count(), 1, "{}", run.stderr);
    }
    assert!(title.files() == before);
    let run = title.run(&["reheader", LONG, "-i", "--alone"], &["ondemand.mpd"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(!title.agrees());
    title.restore(&before);
    let both = prkit(args!["reheader", LONG, "-n", "--alone", "--presentation", title.at("ondemand.mpd")]);
    assert_eq!(both.status, 2);
}

#[test]
fn what_is_selected_in_the_same_run_counts_as_changed() {
    let title = Title::new("", "media");
    // One that has no ranges of any length that changes.
    let same = ["reheader", "--la-url=https://b.example/x", "-n"];
    fs::remove_file(title.at("multivariant.m3u8")).unwrap();
    let first = title.run(
        &["reheader", "--la-url=https://a.example/x", "-i", "--presentation"],
        &["ondemand.mpd", "list.mpd", "media.m3u8"],
    );
    assert_eq!(first.status, 0, "{}", first.stderr);
    assert!(title.agrees());
    let all = ["media/audio.mp4", "ondemand.mpd", "list.mpd", "media.m3u8"];
    assert_eq!(title.run(&same, &all).status, 0, "{}", title.run(&same, &all).stderr);
    assert_eq!(title.run(&same, &[""]).status, 0);
    let list: Vec<String> = all.iter().map(|name| title.at(name).to_string_lossy().into_owned()).collect();
    let run = crate::program::prkit_with(
        args!["reheader", "--la-url=https://b.example/x", "-n", "--files-from=-"],
        list.join("\n").as_bytes(),
    );
    assert_eq!(run.status, 0, "{}", run.stderr);
    for left_out in 1..all.len() {
        let some: Vec<&str> =
            all.iter().enumerate().filter(|(i, _)| *i != left_out).map(|(_, name)| *name).collect();
        let run = title.run(&same, &some);
        assert_eq!(run.status, 3, "{some:?}: {}", run.text());
        assert!(run.stderr.contains(all[left_out]), "{}", run.stderr);
        let exclude = format!("--exclude={}", all[left_out]);
        assert_eq!(title.run(&[same.as_slice(), &[&exclude]].concat(), &[""]).status, 3);
    }
}

#[test]
fn a_title_with_byte_ranges_in_a_catalogue_is_left_whole_and_the_others_change() {
    let title = Title::new("a", "media");
    fs::create_dir_all(title.at("b")).unwrap();
    for name in ["video-init.mp4", "audio-init.mp4"] {
        fs::copy(sample(&format!("dash-live/{name}")), title.at("b").join(name)).unwrap();
    }
    fs::rename(title.at("media"), title.at("a/media")).unwrap();
    let before = title.files();
    let run = title.run(&["reheader", LONG, "-i"], &[""]);
    assert_eq!(run.status, 3);
    let after = title.files();
    let changed: Vec<&Path> =
        before.keys().filter(|path| before[*path] != after[*path]).map(PathBuf::as_path).collect();
    assert_eq!(changed, [title.at("b/audio-init.mp4"), title.at("b/video-init.mp4")], "{}", run.stderr);
    assert!(run.stderr.contains("nothing of its title is changed, because"), "{}", run.stderr);
    let only = title.run(&["reheader", LONG, "-i"], &["a"]);
    assert_eq!(only.status, 3);
    assert!(title.files() == after);
}

#[test]
fn a_manifest_that_cannot_be_read_is_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audio.mp4");
    fs::copy(sample("dash-ondemand/audio.mp4"), &file).unwrap();
    fs::write(folder.path().join("broken.mpd"), "no manifest at all").unwrap();
    let run = prkit(args!["reheader", LONG, "-i", &file]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stderr.contains("broken.mpd: it is not known what it says"), "{}", run.stderr);
    // What is called like one and is none of the title's is not named at all.
    fs::remove_file(folder.path().join("broken.mpd")).unwrap();
    fs::copy(sample("dash-live/manifest.mpd"), folder.path().join("other.mpd")).unwrap();
    let run = prkit(args!["reheader", "--no-la-url", "-i", &file]);
    assert_eq!((run.status, run.stderr.contains("other.mpd")), (0, false), "{}", run.stderr);
}

#[test]
fn addresses_of_other_machines_count_where_they_are_mapped() {
    let title = Title::new("", "media");
    for name in ["list.mpd", "media.m3u8", "multivariant.m3u8"] {
        fs::remove_file(title.at(name)).unwrap();
    }
    let path = title.at("ondemand.mpd");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("media/audio.mp4", "https://cdn.example/audio.mp4")).unwrap();
    let run = title.run(&["reheader", LONG, "-n"], &["media/audio.mp4"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let map = format!("--map=https://cdn.example={}", title.at("media").display());
    let run = title.run(&["reheader", LONG, "-n", &map], &["media/audio.mp4"]);
    assert_eq!(run.status, 3, "{}", run.text());
    assert!(run.stderr.contains("ondemand.mpd addresses it by byte range"), "{}", run.stderr);
}

#[test]
fn presentation_takes_all_manifests_along_whatever_of_the_title_is_named() {
    for named in ["ondemand.mpd", "media.m3u8", "audio.mp4"] {
        let title = Title::new("", "");
        let before = title.files();
        let run = title.run(&["reheader", LONG, "-i", "--presentation"], &[named]);
        assert_eq!(run.status, 0, "{named}: {}", run.stderr);
        let after = title.files();
        assert!(before.iter().all(|(path, bytes)| after[path] != *bytes), "{named}: {}", run.text());
        assert!(title.agrees(), "{named}");
    }
    // One that was left out by name is left out; one above the folder is not taken, and not passed over.
    let title = Title::new("", "");
    let run = title.run(&["reheader", LONG, "-n", "--presentation", "--exclude=*.m3u8"], &[""]);
    assert!(run.status == 0 && !run.text().contains("m3u8"), "{}{}", run.text(), run.stderr);
    let title = Title::new("", "media");
    let text = fs::read_to_string(title.at("media.m3u8")).unwrap();
    fs::write(title.at("media/media.m3u8"), text.replace("media/audio.mp4", "audio.mp4")).unwrap();
    let before = title.files();
    let run = title.run(&["reheader", LONG, "-i", "--presentation"], &["media/media.m3u8"]);
    assert_eq!(run.status, 3, "{}", run.text());
    assert!(
        run.stderr.contains("names files of it, too, from a folder above: name it, too"),
        "{}",
        run.stderr
    );
    assert!(title.files() == before);
}

/// A manifest with its media in a folder beside it, and playlists in folders of their own below it.
fn spread() -> Title {
    let title = Title::new("", "media");
    for name in ["list.mpd", "multivariant.m3u8", "media.m3u8"] {
        let text =
            fs::read_to_string(title.at(name)).unwrap().replace("media/audio.mp4", "../../media/audio.mp4");
        fs::remove_file(title.at(name)).unwrap();
        if name == "media.m3u8" {
            fs::create_dir_all(title.at("hls/audio")).unwrap();
            fs::write(title.at("hls/audio/media.m3u8"), text).unwrap();
        }
    }
    title
}

#[test]
fn playlists_in_folders_of_their_own_are_of_the_title_of_the_manifest_above() {
    let title = spread();
    assert!(title.agrees());
    let before = title.files();
    for input in ["hls/audio/media.m3u8", "ondemand.mpd", "media/audio.mp4"] {
        let run = title.run(&["reheader", LONG, "-i"], &[input]);
        assert_eq!(run.status, 3, "{input}: {}", run.text());
        let others = ["media.m3u8", "ondemand.mpd", "audio.mp4"].into_iter();
        for other in others.filter(|other| !input.ends_with(other)) {
            assert!(run.stderr.contains(other), "{input}: {}", run.stderr);
        }
        assert!(title.files() == before, "{input}");
    }
    for input in ["ondemand.mpd", "media/audio.mp4"] {
        let run = title.run(&["reheader", LONG, "-i", "--presentation"], &[input]);
        assert_eq!(run.status, 0, "{input}: {}", run.stderr);
        let after = title.files();
        assert!(before.iter().all(|(path, bytes)| after[path] != *bytes), "{input}: {}", run.text());
        assert!(title.agrees(), "{input}");
        title.restore(&before);
    }
}

#[test]
fn playlists_without_byte_ranges_are_of_the_title_above_too() {
    let title = Title::empty();
    fs::create_dir_all(title.at("media")).unwrap();
    fs::create_dir_all(title.at("hls")).unwrap();
    fs::copy(sample("dash-live/audio-init.mp4"), title.at("media/init.mp4")).unwrap();
    let text =
        fs::read_to_string(sample("manifests/media.m3u8")).unwrap().replace(crate::presentation::LAURL, "");
    let text: String = text
        .lines()
        .filter(|line| !line.starts_with("#EXT-X-BYTERANGE"))
        .map(|line| {
            let line = line
                .replace(",BYTERANGE=\"1571@0\"", "")
                .replace("../dash-ondemand/audio.mp4", "../media/init.mp4");
            format!("{line}\n")
        })
        .collect();
    fs::write(title.at("hls/media.m3u8"), &text).unwrap();
    fs::write(title.at("top.m3u8"), text.replace("../media", "media")).unwrap();
    let before = title.files();
    let run = title.run(&["reheader", LONG, "-i"], &["hls/media.m3u8"]);
    assert!(run.status == 3 && run.stderr.contains("top.m3u8 also carries"), "{}{}", run.text(), run.stderr);
    assert!(title.files() == before);
}

#[test]
fn a_title_is_not_changed_without_one_of_its_manifests() {
    let title = Title::new("a", "media");
    fs::rename(title.at("media"), title.at("a/media")).unwrap();
    fs::create_dir_all(title.at("outside")).unwrap();
    fs::copy(sample("dash-ondemand/audio.mp4"), title.at("outside/audio.mp4")).unwrap();
    let list = fs::read_to_string(title.at("a/list.mpd")).unwrap();
    let second = "<d:Representation id=\"o\" bandwidth=\"1\"><d:BaseURL>../../outside/audio.mp4</d:BaseURL>\
                  </d:Representation></d:AdaptationSet>";
    fs::write(title.at("a/list.mpd"), list.replace("</d:AdaptationSet>", second)).unwrap();
    let before = title.files();
    for inputs in [&["a/ondemand.mpd"][..], &["a"], &["a/list.mpd", "a/ondemand.mpd"], &["a/media/audio.mp4"]]
    {
        let run = title.run(&["reheader", LONG, "-i", "--presentation"], inputs);
        assert_eq!(run.status, 3, "{inputs:?}: {}", run.text());
        assert!(run.stderr.contains("outside/audio.mp4 leads outside"), "{inputs:?}: {}", run.stderr);
        let refused = "nothing of its title is changed, because";
        assert!(run.stderr.contains(refused), "{inputs:?}: {}", run.stderr);
        assert!(title.files() == before, "{inputs:?}");
    }
}

#[test]
fn a_manifest_that_is_cut_off_is_a_warning() {
    let title = Title::new("", "");
    for name in ["list.mpd", "media.m3u8", "multivariant.m3u8"] {
        fs::remove_file(title.at(name)).unwrap();
    }
    let whole = fs::read(title.at("ondemand.mpd")).unwrap();
    let cut = whole.windows(8).position(|bytes| bytes == b"<BaseURL").unwrap();
    fs::write(title.at("ondemand.mpd"), &whole[..cut]).unwrap();
    let run = title.run(&["reheader", LONG, "-n"], &["audio.mp4"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stderr.contains("ondemand.mpd: it is not known what it says"), "{}", run.stderr);
    assert!(run.stderr.contains("it may be cut off: "), "{}", run.stderr);
}

#[test]
fn titles_of_a_catalogue_have_a_log_by_a_name_without_a_folder_and_are_taken_back() {
    let title = Title::new("a", "media");
    fs::rename(title.at("media"), title.at("a/media")).unwrap();
    for name in ["b", "c", "d"] {
        title.add(name, "", "");
    }
    let before = title.files();
    let run = |args: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_prkit"));
        let output = command.current_dir(title.top.path()).args(args).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let edit = ["reheader", "--presentation", "-i", LONG, "a", "b", "c", "d"];
    // Killed anywhere, gone on with, killed again.
    let mut kills = 0;
    for wait in [20, 60, 100, 140, 200, 300, 500] {
        let record = if title.at("log").exists() { "--resume=log" } else { "--log=log" };
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_prkit"));
        command.current_dir(title.top.path()).args(edit).arg(record);
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        let mut child = command.spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(wait));
        let is_over = child.try_wait().unwrap().is_some();
        child.kill().unwrap();
        child.wait().unwrap();
        kills += u32::from(!is_over);
        // What was killed before the log had its first line left nothing to go on with.
        let log = title.at("log");
        if log.exists() && fs::read(&log).unwrap().is_empty() {
            fs::remove_file(log).unwrap();
        }
    }
    assert!(kills > 0);
    let record = if title.at("log").exists() { "--resume=log" } else { "--log=log" };
    let (status, stderr) = run(&[&edit[..], &[record]].concat());
    assert_eq!(status, Some(0), "{stderr}");
    assert!(title.run(&["check"], &["a", "b", "c", "d"]).status == 0);
    assert!(before.iter().all(|(path, bytes)| fs::read(path).unwrap() != *bytes));
    let (status, stderr) = run(&[&edit[..], &["--resume=log"]].concat());
    assert!(status == Some(0) && stderr.contains("done before") && stderr.contains("0 changed"), "{stderr}");
    let (status, stderr) = run(&["undo", "log"]);
    assert_eq!(status, Some(0), "{stderr}");
    fs::remove_file(title.at("log")).unwrap();
    assert!(title.files() == before, "every title is as it was, and nothing is left beside them");
}
