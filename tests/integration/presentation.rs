//! Presentations: a manifest and what it names change together, and byte ranges go on addressing the same boxes.

use crate::args;
use crate::program::{Run, prkit, sample};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const LONG: &str =
    "--la-url=https://license.example.com/a/much/longer/address/than/there/was/before/rightsmanager.asmx";

const ONDEMAND: &str = "manifests/ondemand.mpd";
/// The license URL beside the object in it.
pub const LAURL: &str = "<dashif:Laurl>https://license.example.com/</dashif:Laurl>";

/// A copy of the samples that manifests name.
pub struct Copy {
    folder: tempfile::TempDir,
}

impl Copy {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for part in ["manifests", "dash-live", "dash-ondemand", "rotation", "piff"] {
            let to = folder.path().join(part);
            fs::create_dir(&to).unwrap();
            for entry in fs::read_dir(sample(part)).unwrap() {
                let from = entry.unwrap().path();
                fs::write(to.join(from.file_name().unwrap()), fs::read(&from).unwrap()).unwrap();
            }
        }
        let copy = Self { folder };
        // What is about other things is no success where a license URL beside an object stays another one.
        let text = copy.text(ONDEMAND);
        assert!(text.contains(LAURL));
        copy.write(ONDEMAND, text.replace(LAURL, ""));
        copy
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.at(name)).unwrap()
    }

    pub fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).unwrap()
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.at(name), bytes).unwrap();
    }

    /// Runs the program, which may follow references into all of the copy.
    pub fn run(&self, args: &[&str], manifests: &[&str]) -> Run {
        let mut all: Vec<std::ffi::OsString> = args.iter().map(Into::into).collect();
        if args[0] == "check" || args.contains(&"--presentation") {
            all.extend(["--root".into(), self.folder.path().into()]);
        }
        all.extend(manifests.iter().map(|name| self.at(name).into_os_string()));
        prkit(all)
    }

    /// Everything, by name.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(self.folder.path()).unwrap().to_string_lossy().into_owned();
                    files.insert(name, fs::read(path).unwrap());
                }
            }
        }
        files
    }
}

fn ok(run: &Run) {
    assert_eq!(run.status, 0, "{}{}", run.text(), run.stderr);
}

/// The values of an attribute, in order.
fn values<'t>(text: &'t str, attribute: &str) -> Vec<&'t str> {
    let quoted = |rest: &'t str| {
        let quote = rest.chars().next()?;
        rest[1..].split(quote).next()
    };
    let name = format!(" {attribute}=");
    let parts = text.match_indices(&name).map(|(at, found)| &text[at + found.len()..]);
    parts.filter_map(quoted).collect()
}

/// First and last byte.
fn bytes_of<'f>(file: &'f [u8], range: &str) -> &'f [u8] {
    let (first, last) = range.split_once('-').unwrap();
    &file[first.parse().unwrap()..=last.parse::<usize>().unwrap()]
}

/// The types of whole boxes, which fill the bytes.
fn boxes(mut bytes: &[u8]) -> Vec<String> {
    let mut types = Vec::new();
    while !bytes.is_empty() {
        let size = u32::from_be_bytes(bytes[..4].try_into().unwrap()) as usize;
        types.push(String::from_utf8(bytes[4..8].to_vec()).unwrap());
        bytes = &bytes[size..];
    }
    types
}

/// What a playlist addresses: by map and by segment.
fn playlist<'f>(text: &str, file: &'f [u8]) -> (&'f [u8], Vec<&'f [u8]>) {
    let number = |text: &str| text.parse::<usize>().unwrap();
    let mut map: &[u8] = &[];
    let (mut segments, mut at) = (Vec::new(), 0);
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("#EXT-X-MAP:") {
            let range = rest.split("BYTERANGE=\"").nth(1).unwrap().split('"').next().unwrap();
            let (len, first) = range.split_once('@').unwrap();
            map = &file[number(first)..number(first) + number(len)];
        } else if let Some(rest) = line.strip_prefix("#EXT-X-BYTERANGE:") {
            let (len, first) = rest.split_once('@').map_or((rest, None), |(len, first)| (len, Some(first)));
            let first = first.map_or(at, number);
            at = first + number(len);
            segments.push(&file[first..at]);
        }
    }
    (map, segments)
}

#[test]
fn byte_ranges_address_the_same_boxes_after_growth_and_after_shrinkage() {
    let copy = Copy::new();
    let manifests = ["manifests/ondemand.mpd", "manifests/list.mpd", "manifests/multivariant.m3u8"];
    let audio = "dash-ondemand/audio.mp4";
    let (old, list, media) =
        (copy.read(audio), copy.text("manifests/list.mpd"), copy.text("manifests/media.m3u8"));
    let before: Vec<&[u8]> = values(&list, "mediaRange").iter().map(|range| bytes_of(&old, range)).collect();
    assert_eq!(before.len(), 10);
    let mut last = old.len();
    for (change, grows) in [(LONG, true), ("--no-la-url", false), ("--els=10K", true), ("--els=strip", false)]
    {
        let run = copy.run(&["reheader", change, "--presentation", "-i"], &manifests);
        ok(&run);
        let new = copy.read(audio);
        assert_eq!(new.len() > last, grows, "{change}");
        last = new.len();
        let list = copy.text("manifests/list.mpd");
        let after: Vec<&[u8]> = values(&list, "mediaRange").iter().map(|r| bytes_of(&new, r)).collect();
        assert!(before == after, "{change}: segments of the list");
        let (map, segments) = playlist(&copy.text("manifests/media.m3u8"), &new);
        assert!(before == segments, "{change}: segments of the playlist");
        let init = |bytes| boxes(bytes).iter().filter(|kind| *kind != "free").cloned().collect::<Vec<_>>();
        assert_eq!(init(map), ["ftyp", "moov"], "{change}");
        let ondemand = copy.text("manifests/ondemand.mpd");
        assert_eq!(boxes(bytes_of(&new, values(&ondemand, "indexRange")[0])), ["sidx"], "{change}");
        for text in [&ondemand, &list] {
            assert_eq!(init(bytes_of(&new, values(text, "range")[0])), ["ftyp", "moov"], "{change}");
        }
        let check = copy.run(&["check"], &manifests);
        ok(&check);
        // The same again.
        let files = copy.files();
        let again = copy.run(&["reheader", change, "--presentation", "-i", "--json"], &manifests);
        ok(&again);
        assert!(again.json().iter().all(|line| line["changed"] == false), "{}", again.text());
        assert!(files == copy.files());
    }
    // Implicit ranges stay implicit: only numbers changed.
    let lines = |text: &str| text.lines().filter(|line| line.starts_with("#EXT-X-BYTERANGE")).count();
    assert_eq!(lines(&copy.text("manifests/media.m3u8")), lines(&media));
    assert_eq!(copy.text("manifests/media.m3u8").matches('@').count(), media.matches('@').count());
}

#[test]
fn an_empty_store_comes_into_the_files_of_a_presentation_and_not_into_its_manifests() {
    let stores = |copy: &Copy, name: &str| {
        let run = copy.run(&["els", "list", "--json"], &[name]);
        let stores =
            run.json().into_iter().flat_map(|line| line["stores"].as_array().cloned().unwrap_or_default());
        stores.count()
    };
    for manifest in ["manifests/list.mpd", "manifests/media.m3u8", "manifests/ondemand.mpd"] {
        let audio = "dash-ondemand/audio.mp4";
        let copy = Copy::new();
        ok(&copy.run(&["reheader", "--els=10K", "--presentation", "-i"], &[manifest]));
        assert_eq!((stores(&copy, audio), stores(&copy, manifest)), (1, 0), "{manifest}");
        ok(&copy.run(&["check"], &[manifest]));
        // Who insists gets it, and an edit that is not about it keeps it.
        let copy = Copy::new();
        let insist = ["reheader", "--els=10K", "--force=manifest-store", "--presentation", "-i"];
        ok(&copy.run(&insist, &[manifest]));
        let held = stores(&copy, manifest);
        assert!(stores(&copy, audio) == 1 && held > 0, "{manifest}");
        ok(&copy.run(&["reheader", LONG, "--presentation", "-i"], &[manifest]));
        assert_eq!((stores(&copy, audio), stores(&copy, manifest)), (1, held), "{manifest}");
    }
}

#[test]
fn every_local_file_of_every_kind_of_manifest_is_taken_along() {
    let copy = Copy::new();
    for (manifest, files) in [
        ("manifests/template.mpd", &["dash-live/video-init.mp4"][..]),
        ("manifests/timeline.mpd", &["rotation/1.m4s", "rotation/2.m4s", "manifests/timeline.mpd"]),
        (
            "manifests/multivariant.m3u8",
            // Manifests beside it that name the same file are of the same title.
            &[
                "dash-ondemand/audio.mp4",
                "manifests/list.mpd",
                "manifests/media.m3u8",
                "manifests/multivariant.m3u8",
                "manifests/ondemand.mpd",
            ],
        ),
        ("manifests/show.ism", &["piff/movie.mp4", "manifests/show.ismc"]),
    ] {
        let before = copy.files();
        let run = copy.run(&["reheader", LONG, "--presentation", "-i", "--json"], &[manifest]);
        ok(&run);
        let after = copy.files();
        let mut changed: Vec<&str> =
            before.keys().filter(|name| before[*name] != after[*name]).map(String::as_str).collect();
        let mut expected = files.to_vec();
        expected.sort_unstable();
        changed.sort_unstable();
        assert_eq!(changed, expected, "{manifest}");
        assert!(before.keys().eq(after.keys()), "{manifest}: nothing is left behind");
        // The manifest comes last, one line a file.
        let lines = run.json();
        assert!(lines.last().unwrap()["path"].as_str().unwrap().ends_with(manifest), "{}", run.text());
        assert!(lines.iter().all(|line| line["schema"] == 1 && line["error"].is_null()));
    }
}

#[test]
fn a_length_does_not_change_under_a_byte_range_of_the_same_call() {
    let copy = Copy::new();
    let before = copy.files();
    for manifest in [
        "manifests/ondemand.mpd",
        "manifests/list.mpd",
        "manifests/media.m3u8",
        "manifests/multivariant.m3u8",
    ] {
        let audio = "dash-ondemand/audio.mp4";
        for to in [&["-n"][..], &["-i"]] {
            let args =
                [&["reheader", "--json", LONG, "--kid=00112233-4455-6677-8899-aabbccddeeff"], to].concat();
            let run = copy.run(&args, &[audio, manifest]);
            assert_eq!(run.status, 3, "{}", run.text());
            let error = run.json()[0]["error"].as_str().unwrap().to_owned();
            assert!(error.contains("--presentation") && error.contains("by byte range"), "{error}");
            assert!(copy.read(audio) == before[audio]);
        }
        for (name, bytes) in &before {
            copy.write(name, bytes);
        }
    }
    // A folder is one call, too.
    let run = copy.run(&["reheader", LONG, "-n"], &["."]);
    assert_eq!(run.status, 3);
    // What keeps its boxes in place is nobody's business.
    ok(&copy.run(&["remove", "--force", "-n"], &["dash-ondemand/audio.mp4", "manifests/list.mpd"]));
    let run = copy
        .run(&["remove", "--collapse", "--force", "-n"], &["dash-ondemand/audio.mp4", "manifests/list.mpd"]);
    assert_eq!(run.status, 3, "{}", run.text());
    // Alone, its manifests are unknown.
    for (name, bytes) in &before {
        copy.write(name, bytes);
    }
    ok(&copy.run(&["reheader", LONG, "-n"], &["dash-ondemand/audio.mp4"]));
}

#[test]
fn one_file_that_cannot_be_changed_leaves_all_as_they_were() {
    let copy = Copy::new();
    let mut broken = copy.read("rotation/2.m4s");
    broken.truncate(broken.len() - 7);
    copy.write("rotation/2.m4s", broken);
    let before = copy.files();
    let run = copy.run(&["reheader", LONG, "--presentation", "-i", "--json"], &["manifests/timeline.mpd"]);
    assert_eq!(run.status, 3, "{}", run.text());
    assert!(copy.files() == before);
    let lines = run.json();
    assert!(lines[0]["path"].as_str().unwrap().ends_with("2.m4s"), "{}", run.text());
    assert!(lines[1]["error"].as_str().unwrap().contains("nothing of the presentation was changed"));
    // The same for a broken document, and for one that is refused by a rule.
    copy.write("rotation/2.m4s", fs::read(sample("rotation/2.m4s")).unwrap());
    copy.write("manifests/media.m3u8", "no playlist");
    let before = copy.files();
    let run = copy.run(&["reheader", LONG, "--presentation", "-i"], &["manifests/multivariant.m3u8"]);
    assert_eq!(run.status, 3, "{}", run.text());
    assert!(copy.files() == before);
}

#[test]
fn an_empty_store_goes_into_files_and_not_into_manifests() {
    let copy = Copy::new();
    let large = format!("--pro=@{}", sample("objects/large.pro").display());
    for manifest in ["manifests/ondemand.mpd", "manifests/show.ism"] {
        ok(&copy.run(&["reheader", &large, "--presentation", "-i"], &[manifest]));
    }
    let capacity = |name: &str| {
        let shown = prkit([std::ffi::OsString::from("show"), "--json".into(), copy.at(name).into()]).one();
        shown["pssh"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|found| found["system"] == "playready")
            .map(|found| found["pro"]["els"]["capacity"].as_u64())
            .collect::<Vec<_>>()
    };
    assert_eq!(capacity("dash-ondemand/audio.mp4"), [Some(10_240)]);
    assert_eq!(capacity("piff/movie.mp4"), [Some(10_240)]);
    assert!(capacity("manifests/ondemand.mpd").iter().all(Option::is_none));
    assert!(capacity("manifests/show.ismc").iter().all(Option::is_none));
    let again =
        copy.run(&["reheader", &large, "--presentation", "-i", "--json"], &["manifests/ondemand.mpd"]);
    assert!(again.json().iter().all(|line| line["changed"] == false), "{}", again.text());
    // Put in, it is the same.
    let copy = Copy::new();
    let manifest = &["manifests/template.mpd"];
    ok(&copy.run(&["inject", &large, "--if-exists=replace", "--presentation", "-i"], manifest));
    let size = |name| copy.read(name).len() - fs::read(sample(name)).unwrap().len();
    assert!(size("dash-live/video-init.mp4") > 10_000 && size("manifests/template.mpd") < 3000);
}

#[test]
fn a_dry_run_lists_everything_and_changes_nothing() {
    let copy = Copy::new();
    let before = copy.files();
    let run = copy.run(
        &["reheader", LONG, "--presentation", "-n", "--exit-code", "--json", "--plan"],
        &["manifests/multivariant.m3u8"],
    );
    assert_eq!(run.status, 1);
    assert!(copy.files() == before);
    let lines = run.json();
    assert_eq!(lines.len(), 5);
    assert!(
        lines
            .iter()
            .all(|line| line["changed"] == true && line["dry_run"] == true && !line["plan"].is_null())
    );
    assert_eq!(lines[1]["patched"]["byte range"], 2, "{}", run.text());
}

#[test]
fn another_folder_gets_the_whole_presentation() {
    let copy = Copy::new();
    let top = Path::new("manifests/all.mpd");
    let text = copy.text("manifests/list.mpd").replace("../dash-ondemand/", "media/");
    fs::create_dir(copy.at("manifests/media")).unwrap();
    copy.write("manifests/media/audio.mp4", copy.read("dash-ondemand/audio.mp4"));
    copy.write("manifests/all.mpd", text);
    let before = copy.files();
    let out = tempfile::tempdir().unwrap();
    let to = format!("-o={}/new/", out.path().display());
    ok(&copy.run(&["reheader", LONG, "--presentation", &to], &["manifests/all.mpd"]));
    assert!(copy.files() == before);
    let new = fs::read_to_string(out.path().join("new/all.mpd")).unwrap();
    let audio = fs::read(out.path().join("new/media/audio.mp4")).unwrap();
    let old = copy.read("manifests/media/audio.mp4");
    let (old_text, ranges) = (copy.text(top.to_str().unwrap()), values(&new, "mediaRange"));
    for (before, after) in values(&old_text, "mediaRange").iter().zip(ranges) {
        assert!(bytes_of(&old, before) == bytes_of(&audio, after));
    }
    // What is not below the manifest has no place there; one file is no place for several.
    let run = copy.run(&["reheader", LONG, "--presentation", &to, "--overwrite"], &["manifests/list.mpd"]);
    assert_eq!(run.status, 3);
    assert!(run.stderr.contains("not below the folder of the manifest"), "{}", run.stderr);
    for to in ["-o=-", "-o=x.mpd"] {
        assert_eq!(copy.run(&["reheader", LONG, "--presentation", to], &["manifests/all.mpd"]).status, 2);
    }
}

#[test]
fn what_is_elsewhere_or_missing_is_named_and_the_rest_goes_on() {
    let copy = Copy::new();
    let text = copy.text("manifests/template.mpd");
    copy.write("manifests/template.mpd", text.replace("../dash-live/", "https://cdn.example.com/"));
    let run = copy.run(&["reheader", LONG, "--presentation", "-n"], &["manifests/template.mpd"]);
    ok(&run);
    assert!(
        run.stderr.contains("on other machines, stayed as they are: https://cdn.example.com/"),
        "{}",
        run.stderr
    );
    copy.write("manifests/timeline.mpd", copy.text("manifests/timeline.mpd").replace(" r=\"1\"", " r=\"2\""));
    let run = copy.run(&["reheader", LONG, "--presentation", "-i"], &["manifests/timeline.mpd"]);
    ok(&run);
    assert!(run.stderr.contains("1 file that it names, not there, stayed"), "{}", run.stderr);
    assert!(copy.read("rotation/1.m4s") != fs::read(sample("rotation/1.m4s")).unwrap());
}

#[test]
fn a_range_of_two_files_that_move_differently_is_refused() {
    let copy = Copy::new();
    let text = copy.text("manifests/ondemand.mpd");
    // One SegmentBase for two representations, one of which has no PlayReady box to grow.
    let start = text.find("<SegmentBase").unwrap();
    let end = text.find("</SegmentBase>").unwrap() + "</SegmentBase>".len();
    let base = text[start..end].to_owned();
    let other = "<Representation id='b' bandwidth='1'><BaseURL>other.mp4</BaseURL></Representation>";
    let without = [&text[..start], &text[end..]].concat();
    let at = without.find("<Representation").unwrap();
    let with = [&without[..at], &base, other, &without[at..]].concat();
    copy.write("manifests/ondemand.mpd", with);
    let audio = copy.read("dash-ondemand/audio.mp4");
    copy.write("manifests/other.mp4", &audio);
    ok(&copy.run(&["remove", "-i"], &["manifests/other.mp4"]));
    let before = copy.files();
    let run = copy.run(&["reheader", LONG, "--presentation", "-i"], &["manifests/ondemand.mpd"]);
    assert_eq!(run.status, 3, "{}", run.text());
    assert!(run.stderr.contains("counts in several files"), "{}", run.stderr);
    assert!(copy.files() == before);
    // Both grow by the same: one range is right for both.
    copy.write("manifests/other.mp4", &audio);
    ok(&copy.run(&["reheader", LONG, "--presentation", "-i"], &["manifests/ondemand.mpd"]));
    ok(&copy.run(&["check"], &["manifests/ondemand.mpd"]));
}

#[test]
fn inputs_that_belong_to_no_presentation_are_edited_by_themselves() {
    let copy = Copy::new();
    let run = copy.run(
        &["reheader", LONG, "--presentation", "-i", "--json"],
        &["dash-live/audio-init.mp4", "dash-ondemand/audio.mp4", "manifests/ondemand.mpd"],
    );
    ok(&run);
    let mut names: Vec<String> = run
        .json()
        .iter()
        .map(|line| line["path"].as_str().unwrap().rsplit('/').next().unwrap().to_owned())
        .collect();
    names.sort_unstable();
    let title = ["audio.mp4", "list.mpd", "media.m3u8", "multivariant.m3u8", "ondemand.mpd"];
    assert_eq!(names, [&["audio-init.mp4"], &title[..]].concat());
    // A whole folder: every presentation in it, and every other file.
    let copy = Copy::new();
    let run = copy.run(&["reheader", LONG, "--presentation", "-i", "--exclude=broken.mpd"], &["."]);
    ok(&run);
    let run =
        copy.run(&["reheader", LONG, "--presentation", "-n", "--exit-code", "--exclude=broken.mpd"], &["."]);
    ok(&run);
    ok(&copy.run(&["check"], &["manifests/ondemand.mpd", "manifests/multivariant.m3u8"]));
}

#[test]
fn copies_of_the_old_files_are_kept_if_asked_for() {
    let copy = Copy::new();
    let before = copy.files();
    ok(&copy.run(&["reheader", LONG, "--presentation", "-i", "--backup=.old"], &["manifests/list.mpd"]));
    for name in ["manifests/list.mpd", "dash-ondemand/audio.mp4"] {
        assert!(copy.read(&format!("{name}.old")) == before[name]);
    }
    // A name that is taken stops all of it, and the copies that were made go again.
    copy.write("manifests/list.mpd.old", "taken");
    fs::remove_file(copy.at("dash-ondemand/audio.mp4.old")).unwrap();
    let before = copy.files();
    let run = copy
        .run(&["reheader", "--no-la-url", "--presentation", "-i", "--backup=.old"], &["manifests/list.mpd"]);
    assert_eq!(run.status, 3, "{}", run.text());
    assert!(copy.files() == before);
}

#[test]
fn stores_are_made_in_the_files_that_a_manifest_names() {
    let copy = Copy::new();
    for (what, capacity) in [(&["reserve"][..], Some(10240)), (&["strip"], None)] {
        let args = [&["els"], what, &["-i", "--json", "--presentation"]].concat();
        let run = copy.run(&args, &[ONDEMAND]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        let listed = copy.run(&["els", "list", "--json"], &["dash-ondemand/audio.mp4"]).one();
        assert_eq!(listed["stores"][0]["capacity"].as_u64(), capacity);
        assert_eq!(copy.run(&["check"], &[ONDEMAND]).status, 0);
        let listed = copy.run(&["els", "list", "--json"], &[ONDEMAND]).one();
        assert_eq!(listed["stores"].as_array().unwrap().len(), 0, "manifests are written without");
    }
    copy.run(&["els", "reserve", "-i", "--presentation"], &[ONDEMAND]);
    let license = format!("--license={}", sample("licenses/rental.xmr").display());
    let run = copy.run(&["els", "fill", "-i", "--presentation", &license], &[ONDEMAND]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let listed = copy.run(&["els", "list", "--json"], &["dash-ondemand/audio.mp4"]).one();
    assert_eq!(listed["stores"][0]["licenses"].as_array().unwrap().len(), 1);
}

#[test]
fn a_manifest_whose_ranges_move_says_what_changed() {
    let copy = Copy::new();
    let run = copy.run(&["els", "reserve", "-n", "--presentation"], &[ONDEMAND]);
    assert!(run.text().contains("would change what it refers to"), "{}", run.text());
    assert!(!run.text().contains("0 objects"), "{}", run.text());
}

#[test]
fn a_folder_that_holds_manifest_and_media_is_mirrored_with_their_references() {
    let copy = Copy::new();
    let out = tempfile::tempdir().unwrap();
    let to = format!("-o{}/", out.path().display());
    let refused = copy.run(&["reheader", "--presentation", LONG, &to], &[ONDEMAND]);
    assert_eq!(refused.status, 3);
    assert!(refused.stderr.contains("audio.mp4"), "{}", refused.stderr);
    assert!(refused.stderr.contains("name a folder that holds both"), "{}", refused.stderr);
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
    fs::remove_dir_all(copy.at("dash-live")).unwrap();
    for other in fs::read_dir(copy.at("manifests")).unwrap() {
        let path = other.unwrap().path();
        if path != copy.at(ONDEMAND) {
            fs::remove_file(path).unwrap();
        }
    }
    let run = copy.run(&["reheader", "--presentation", LONG, &to, "--json"], &[""]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let manifest = out.path().join(ONDEMAND);
    let media = out.path().join("dash-ondemand/audio.mp4");
    assert!(manifest.exists() && media.exists());
    let checked = prkit(args!["check", "--json", manifest]);
    assert_eq!(checked.status, 0, "{}", checked.text());
}
