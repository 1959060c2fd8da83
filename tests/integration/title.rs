//! A title does not leave its roots: no form of reference leads an edit, or a look, outside of them.

use crate::args;
use crate::program::{Run, prkit, sample};
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::{Path, PathBuf};

const URL: &str = "--la-url=https://license.example.com/another/much/longer/address/rightsmanager.asmx";
const REFERENCE: &str = "../dash-ondemand/audio.mp4";

/// `t/show` with a manifest, `t/media` with what it must not touch.
struct Folders {
    top: tempfile::TempDir,
}

impl Folders {
    fn new() -> Self {
        let folders = Self { top: tempfile::tempdir().unwrap() };
        for folder in ["show/v", "media"] {
            fs::create_dir_all(folders.at(folder)).unwrap();
        }
        fs::copy(sample("dash-ondemand/audio.mp4"), folders.at("media/audio.mp4")).unwrap();
        folders
    }

    fn at(&self, name: &str) -> PathBuf {
        self.top.path().canonicalize().unwrap().join("t").join(name)
    }

    /// A manifest with another reference in it.
    fn manifest(&self, sample_name: &str, reference: &str) -> PathBuf {
        let text = fs::read_to_string(sample(sample_name)).unwrap();
        assert!(text.contains(REFERENCE), "{sample_name}");
        let path = self.at("show").join(Path::new(sample_name).file_name().unwrap());
        fs::write(&path, text.replace(REFERENCE, reference)).unwrap();
        path
    }

    /// Content and time of change: whatever is done to it, this tells.
    fn state(&self) -> Vec<(PathBuf, i64, i64, Vec<u8>)> {
        let mut state = Vec::new();
        let mut folders = vec![self.at("")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let entry = entry.unwrap();
                let metadata = entry.path().symlink_metadata().unwrap();
                if metadata.is_dir() {
                    folders.push(entry.path());
                } else if metadata.is_file() {
                    let bytes = fs::read(entry.path()).unwrap();
                    state.push((entry.path(), metadata.ctime(), metadata.ctime_nsec(), bytes));
                }
            }
        }
        state.sort();
        state
    }

    fn edit(&self, more: &[OsString], manifest: &Path) -> Run {
        let mut args: Vec<OsString> = ["reheader", "--presentation", "-i", URL].map(OsString::from).into();
        args.extend(more.iter().cloned());
        args.push(manifest.into());
        prkit(args)
    }

    fn root(&self, name: &str) -> OsString {
        let mut root = OsString::from("--root=");
        root.push(self.at(name));
        root
    }
}

/// Forms of one reference that lead outside, and whether `--root media` lets them in.
fn forms(folders: &Folders) -> Vec<(String, bool)> {
    let audio = folders.at("media/audio.mp4");
    symlink("../media/audio.mp4", folders.at("show/link.mp4")).unwrap();
    symlink(&audio, folders.at("show/absolute.mp4")).unwrap();
    symlink("../media", folders.at("show/linked")).unwrap();
    symlink("linked", folders.at("show/chain")).unwrap();
    symlink("../link.mp4", folders.at("show/v/deep.mp4")).unwrap();
    let audio = audio.display();
    vec![
        ("../media/audio.mp4".to_owned(), true),
        ("v/../../media/audio.mp4".to_owned(), true),
        ("./.././media/./audio.mp4".to_owned(), true),
        ("%2e%2e/media/audio.mp4".to_owned(), true),
        ("%2E./media/audio.mp4".to_owned(), true),
        ("v/%2e%2e/%2e%2e/media/audio.mp4".to_owned(), true),
        ("../media/audio.mp4?token=1".to_owned(), true),
        ("../media/audio%2emp4".to_owned(), true),
        ("..%2fmedia%2faudio.mp4".to_owned(), false),
        ("v/..%2F..%2Fmedia/audio.mp4".to_owned(), false),
        (format!("file://{audio}"), true),
        (format!("file:{audio}"), true),
        (format!("file://localhost{audio}"), true),
        (format!("FILE://{audio}"), true),
        (format!("{audio}"), true),
        ("/media/audio.mp4".to_owned(), false),
        ("../../../../../../../../../../etc/hostname".to_owned(), false),
        ("link.mp4".to_owned(), true),
        ("absolute.mp4".to_owned(), true),
        ("linked/audio.mp4".to_owned(), true),
        ("chain/audio.mp4".to_owned(), true),
        ("v/deep.mp4".to_owned(), true),
    ]
}

#[test]
fn no_form_of_reference_leads_an_edit_outside() {
    let folders = Folders::new();
    for (form, may_be_allowed) in forms(&folders) {
        for name in ["manifests/ondemand.mpd", "manifests/media.m3u8"] {
            let manifest = folders.manifest(name, &form);
            let before = folders.state();
            let run = folders.edit(&[], &manifest);
            assert_eq!(run.status, 3, "{form}: {}{}", run.text(), run.stderr);
            // Dots are taken out as everywhere (RFC 3986, 5.2.4): the rest is as it was written.
            let plain = if form.contains("/.") { "media/audio.mp4" } else { &form };
            let plain = if form.contains("etc") { "etc/hostname" } else { plain };
            assert!(run.stderr.contains(plain), "{form}: {}", run.stderr);
            let has_option = run.stderr.contains("--root") || run.stderr.contains("--map");
            assert!(has_option || form.contains("%2"), "{form}: {}", run.stderr);
            assert!(folders.state() == before, "{form}");
            if !may_be_allowed {
                continue;
            }
            // The root that the message names is the one to give.
            if !form.starts_with('/') {
                let named = format!("--root {} ", folders.at("media").display());
                assert!(run.stderr.contains(&named), "{form}: {}", run.stderr);
            }
            let run = folders.edit(&[folders.root("media")], &manifest);
            assert_eq!(run.status, 0, "{form}: {}{}", run.text(), run.stderr);
            let media = folders.at("media/audio.mp4");
            assert!(
                fs::read(&media).unwrap() != fs::read(sample("dash-ondemand/audio.mp4")).unwrap(),
                "{form}"
            );
            fs::copy(sample("dash-ondemand/audio.mp4"), &media).unwrap();
        }
    }
}

#[test]
fn check_does_not_read_what_is_outside_and_says_so() {
    let folders = Folders::new();
    for (form, may_be_allowed) in forms(&folders) {
        let manifest = folders.manifest("manifests/ondemand.mpd", &form);
        // What is there would be found: its box is broken.
        fs::write(folders.at("media/audio.mp4"), b"\0\0\0\x18ftypiso6\0\0\0\0isommp41\0\0\0\x04moov")
            .unwrap();
        let run = prkit(args!["check", "--json", &manifest]);
        let text = run.text();
        assert!(!text.contains("CHK-17") && !text.contains("CHK-10"), "{form}: {text}");
        assert!(text.contains("CHK-12") && text.contains("not checked"), "{form}: {text}");
        assert_eq!(run.one()["files"]["checked"], 0, "{form}: {text}");
        if may_be_allowed {
            let run = prkit(args!["check", "--json", folders.root("media"), &manifest]);
            assert!(run.text().contains("CHK-17"), "{form}: {}", run.text());
        }
    }
}

#[test]
fn a_folder_that_was_given_is_the_root_of_every_title_in_it() {
    let folders = Folders::new();
    let manifest = folders.manifest("manifests/ondemand.mpd", "../media/audio.mp4");
    let run = prkit(args!["reheader", "--presentation", "-i", URL, folders.at("")]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let run = prkit(args![
        "reheader",
        "--presentation",
        "-n",
        "--exit-code",
        URL,
        folders.root("media"),
        &manifest
    ]);
    assert_eq!(run.status, 0, "{}", run.text());
    // The folder of the manifest alone is not enough, given or not.
    for input in [folders.at("show"), manifest] {
        assert_eq!(prkit(args!["reheader", "--presentation", "-n", URL, input]).status, 3);
    }
    assert_eq!(prkit(args!["check", "--root=/no/such/folder", folders.at("show")]).status, 2);
}

#[test]
fn links_that_stay_inside_are_followed() {
    let folders = Folders::new();
    fs::rename(folders.at("media/audio.mp4"), folders.at("show/v/audio.mp4")).unwrap();
    symlink(folders.at("show/v"), folders.at("show/w")).unwrap();
    symlink("w/audio.mp4", folders.at("show/a.mp4")).unwrap();
    for form in ["a.mp4", "w/audio.mp4", "v/../a.mp4"] {
        let manifest = folders.manifest("manifests/ondemand.mpd", form);
        let run = folders.edit(&[], &manifest);
        assert_eq!(run.status, 0, "{form}: {}", run.stderr);
        assert!(folders.at("show/a.mp4").symlink_metadata().unwrap().is_symlink());
        let check = prkit(args!["check", &manifest]);
        assert_eq!(check.status, 0, "{form}: {}", check.text());
        fs::copy(sample("dash-ondemand/audio.mp4"), folders.at("show/v/audio.mp4")).unwrap();
    }
}

#[test]
fn playlists_outside_are_not_followed_either() {
    let folders = Folders::new();
    fs::copy(sample("manifests/media.m3u8"), folders.at("media/media.m3u8")).unwrap();
    let text = fs::read_to_string(sample("manifests/multivariant.m3u8")).unwrap();
    let manifest = folders.at("show/m.m3u8");
    fs::write(&manifest, text.replace("media.m3u8", "../media/media.m3u8")).unwrap();
    let before = folders.state();
    let run = folders.edit(&[], &manifest);
    assert_eq!(run.status, 3, "{}", run.stderr);
    assert!(run.stderr.contains("../media/media.m3u8"), "{}", run.stderr);
    assert!(folders.state() == before);
    // A manifest that is a link to one outside, found in a folder.
    fs::remove_file(&manifest).unwrap();
    fs::copy(sample("manifests/ondemand.mpd"), folders.at("media/m.mpd")).unwrap();
    symlink("../media/m.mpd", folders.at("show/m.mpd")).unwrap();
    let before = folders.state();
    let run = prkit(args!["reheader", "--presentation", "-i", "-L", URL, folders.at("show")]);
    assert_eq!(run.status, 3, "{}", run.stderr);
    assert!(run.stderr.contains("--root"), "{}", run.stderr);
    assert!(folders.state() == before);
}

#[test]
fn a_range_outside_still_guards_an_input_of_the_same_call() {
    let folders = Folders::new();
    let manifest = folders.manifest("manifests/ondemand.mpd", "../media/audio.mp4");
    let run = prkit(args!["reheader", "-n", URL, folders.at("media/audio.mp4"), manifest]);
    assert_eq!(run.status, 3, "{}", run.text());
    assert!(run.stderr.contains("addresses it by byte range"), "{}", run.stderr);
}
