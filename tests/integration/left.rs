//! What an edit leaves though nothing excluded it: named by its place, in a report and in a line, and no success.

use crate::args;
use crate::asm::Asm;
use crate::program::{copy, prkit, prkit_with, sample};
use serde_json::{Value, json};
use std::ffi::OsString;
use std::fs;
use std::path::Path;

const URL: &str = "--la-url=https://new.example/rm.asmx";

/// Exit status and report of an edit of one input that is not carried out.
fn edited(input: impl AsRef<Path>, more: &[&str]) -> (i32, Value) {
    let more = more.iter().map(OsString::from);
    let args = args!["reheader", URL, "-n", "--json"].into_iter().chain(more);
    let run = prkit(args.chain([input.as_ref().into()]));
    (run.status, run.one())
}

/// Elements, lines or boxes that were left.
fn left(report: &Value) -> Vec<String> {
    let place = |left: &Value| {
        let path = left["box"].as_str().or(left["path"].as_str()).unwrap();
        let (offset, line) = (&left["offset"], &left["line"]);
        assert!(offset.is_u64() != line.is_u64() && left["why"].is_string(), "{left}");
        path.rsplit('/').next().unwrap().to_owned()
    };
    report["left"].as_array().unwrap().iter().map(place).collect()
}

fn written(folder: &tempfile::TempDir, name: &str, bytes: impl AsRef<[u8]>) -> std::path::PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    path
}

/// A box of some system with PlayReady's object in it, or other data.
fn pssh(system: [u8; 16], data: &[u8]) -> Vec<u8> {
    let data_len = u32::try_from(data.len()).unwrap();
    [&(data_len + 32).to_be_bytes()[..], b"pssh\0\0\0\0", &system, &data_len.to_be_bytes(), data].concat()
}

const PLAYREADY: [u8; 16] =
    [0x9a, 4, 0xf0, 0x79, 0x98, 0x40, 0x42, 0x86, 0xab, 0x92, 0xe6, 0x5b, 0xe0, 0x88, 0x5f, 0x95];
const WIDEVINE: [u8; 16] =
    [0xed, 0xef, 0x8b, 0xa9, 0x79, 0xd6, 0x4a, 0xce, 0xa3, 0xc8, 0x27, 0xdc, 0xd5, 0x1d, 0x21, 0xed];

#[test]
fn an_object_under_another_system_or_under_none_is_left_and_named() {
    for (name, places) in [
        ("cpix-no-system-id.xml", &["cpix:SmoothStreamingProtectionHeaderData"][..]),
        ("smooth-other-system.ismc", &["ProtectionHeader[0]"]),
        ("system-id-typo.pssh", &["pssh[0]"]),
        ("other-system-playready-payload.pssh", &["pssh[0]"]),
    ] {
        let (status, report) = edited(sample("field").join(name), &[]);
        assert_eq!(
            (status, left(&report)),
            (3, places.iter().map(|place| (*place).to_owned()).collect()),
            "{name}"
        );
    }
}

#[test]
fn what_cannot_be_read_is_left_while_the_rest_is_changed() {
    let (status, report) = edited(sample("field/cpix-trailing-plus.xml"), &[]);
    assert_eq!((status, &report["changed"]), (3, &json!(true)));
    assert_eq!(left(&report), ["cpix:ContentProtectionData"]);
    // Base64 of an element where that of an object is due: the object in the element is changed, and only that.
    let (status, report) = edited(sample("field/cpix-base64-of-element.xml"), &[]);
    assert_eq!((status, &report["changed"], left(&report)), (0, &json!(true), vec![]));
}

#[test]
fn a_box_of_playready_with_junk_in_it_is_left_beside_one_that_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    let good = fs::read(sample("objects/small.pssh")).unwrap();
    let file = written(&folder, "two.pssh", [good.clone(), pssh(PLAYREADY, b"anything but that")].concat());
    let (status, report) = edited(&file, &[]);
    assert_eq!((status, &report["changed"], left(&report)), (3, &json!(true), vec!["pssh[1]".to_owned()]));
    assert_eq!(report["left"][0]["offset"], json!(good.len()));
    let run = prkit(args!["reheader", URL, "-n", &file]);
    assert!(run.text().contains(&format!("left  /pssh[1] at byte {}: ", good.len())), "{}", run.text());
    // Another system's data is not ours to read.
    let file = written(&folder, "other.pssh", [good, pssh(WIDEVINE, b"anything but that")].concat());
    let (status, report) = edited(&file, &[]);
    assert_eq!((status, left(&report).len()), (0, 0));
}

#[test]
fn what_is_excluded_by_the_selection_is_not_left() {
    let folder = tempfile::tempdir().unwrap();
    let good = fs::read(sample("objects/small.pssh")).unwrap();
    let object = fs::read(sample("objects/small.pro")).unwrap();
    let file = written(&folder, "two.pssh", [good, pssh(WIDEVINE, &object)].concat());
    assert_eq!(edited(&file, &[]).0, 3);
    for excluded in [
        &["--system=playready"][..],
        &["--index=0"],
        &["--kid=00112233-4455-6677-8899-aabbccddeeff"],
        &["--if-la-url=*"],
        &["--if-version=4.3"],
        &["--where=moov"],
    ] {
        let (status, report) = edited(&file, excluded);
        assert_eq!((status, left(&report)), (0, Vec::new()), "{excluded:?}");
    }
}

#[test]
fn an_object_that_holds_a_license_store_alone_is_nothing_selected() {
    let (status, report) = edited(sample("field/store-only.mp4"), &[]);
    assert_eq!((status, &report["matched"], &report["changed"]), (0, &json!(0), &json!(false)));
    assert_eq!(report["left"], json!([]));
}

#[test]
fn a_key_line_whose_object_is_elsewhere_is_left() {
    let line = "#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,KEYFORMAT=\"com.microsoft.playready\",URI=\"https://keys.example/1\"\n";
    let clear = "#EXT-X-KEY:METHOD=SAMPLE-AES,KEYFORMAT=\"com.apple.streamingkeydelivery\",URI=\"skd://1\"\n";
    let run = |text: String| {
        let run = prkit_with(args!["reheader", URL, "-n", "--json", "-"], text.as_bytes());
        (run.status, left(&run.one()))
    };
    assert_eq!(run(format!("#EXTM3U\n{line}1.m4s\n")), (3, vec!["EXT-X-KEY[0]".to_owned()]));
    assert_eq!(run(format!("#EXTM3U\n{clear}1.m4s\n")), (0, Vec::new()));
}

#[test]
fn a_batch_counts_what_was_left_and_goes_on_with_it() {
    let (folder, doc) = copy(&sample("field/cpix-no-system-id.xml"));
    fs::copy(sample("dash-live/video-init.mp4"), folder.path().join("init.mp4")).unwrap();
    let log = folder.path().join("log.jsonl");
    let again = |option: &str| {
        prkit(args!["reheader", URL, "-i", option, &log, &doc, folder.path().join("init.mp4")])
    };
    let run = again("--log");
    assert_eq!(run.status, 3);
    assert!(run.stderr.contains("1 object in 1 input left as it was"), "{}", run.stderr);
    // What is done is not looked at again; what left something is.
    let run = again("--resume");
    assert!(run.stderr.contains("1 left as they were, 1 done before"), "{}", run.stderr);
    assert_eq!(run.status, 3);
}

#[test]
fn every_command_that_writes_is_no_success_when_something_is_left() {
    let object = format!("--pro=@{}", sample("objects/small.pro").display());
    let folder = tempfile::tempdir().unwrap();
    let good = fs::read(sample("objects/small.pssh")).unwrap();
    let odd = fs::read(sample("objects/small.pro")).unwrap();
    let file = written(&folder, "two.pssh", [good, pssh(WIDEVINE, &odd)].concat());
    for command in [
        args!["reheader", "--header-version=lowest"],
        args!["reheader", object],
        args!["remove"],
        args!["els", "strip"],
        args!["els", "reserve"],
        args!["lint", "--fix"],
    ] {
        let run = prkit(command.iter().cloned().chain(args!["-n", "--json", &file]));
        assert_eq!(
            (run.status, left(&run.one())),
            (3, vec!["pssh[1]".to_owned()]),
            "{command:?} {}",
            run.stderr
        );
    }
}

/// A file with a PlayReady box in `moov`, and these bytes in a track, in `udta`, in `moov` itself, or in a fragment.
fn with_aside(place: &[&[u8; 4]], put: &dyn Fn(&mut Asm)) -> Vec<u8> {
    let mut a = Asm::default();
    a.leaf(b"ftyp", b"iso6\0\0\0\0iso6");
    let aside = |a: &mut Asm, root: &[u8; 4]| {
        if place.first() == Some(&root) {
            place[1..].iter().for_each(|kind| a.open(kind));
            put(a);
            place[1..].iter().for_each(|_| a.close());
        }
    };
    a.open(b"moov");
    aside(&mut a, b"moov");
    a.put(&fs::read(sample("objects/small.pssh")).unwrap());
    a.close();
    a.open(b"moof");
    aside(&mut a, b"moof");
    a.close();
    if place.is_empty() {
        put(&mut a);
    }
    a.leaf(b"mdat", b"0123456789");
    a.finish()
}

#[test]
fn an_object_in_a_media_file_where_nothing_looks_for_one_is_left_and_named() {
    let object = fs::read(sample("objects/small.pro")).unwrap();
    let text = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &object);
    let boxed = |a: &mut Asm| a.put(&pssh(PLAYREADY, &object));
    let other_system = |a: &mut Asm| a.put(&pssh(WIDEVINE, &object));
    let raw = |a: &mut Asm| a.leaf(b"vndr", &object);
    let vendor = |a: &mut Asm| a.leaf(b"uuid", &[&[7; 16][..], &object].concat());
    let written = |a: &mut Asm| a.leaf(b"vndr", format!("\0\x01pro={text};").as_bytes());
    let wide = |a: &mut Asm| {
        a.leaf(b"vndr", &text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    };
    let hex: String = object.iter().map(|byte| format!("{byte:02x}")).collect();
    let digits = |a: &mut Asm| a.leaf(b"vndr", hex.as_bytes());
    let folder = tempfile::tempdir().unwrap();
    for (place, put, last) in [
        (&[b"moov", b"trak"][..], &boxed as &dyn Fn(&mut Asm), "pssh[0]"),
        (&[b"moov", b"trak", b"mdia", b"minf", b"stbl"], &boxed, "pssh[0]"),
        (&[b"moov", b"udta"], &boxed, "pssh[0]"),
        (&[b"moov", b"udta"], &other_system, "pssh[0]"),
        (&[b"moov", b"mvex"], &boxed, "pssh[0]"),
        (&[b"moof", b"traf"], &boxed, "pssh[0]"),
        (&[b"moov", b"udta"], &raw, "vndr[0]"),
        (&[b"moov"], &vendor, "uuid[0]"),
        (&[b"moof", b"traf"], &raw, "vndr[0]"),
        (&[b"moov", b"trak", b"udta"], &written, "vndr[0]"),
        (&[b"moov", b"trak", b"udta"], &wide, "vndr[0]"),
        (&[], &digits, "vndr[0]"),
    ] {
        let bytes = with_aside(place, put);
        let file = written_to(&folder, &bytes);
        let (status, report) = edited(&file, &[]);
        assert_eq!((status, &report["changed"]), (3, &json!(true)), "{place:?}");
        assert_eq!(left(&report), [last], "{place:?}");
        // A box is named by where it begins, bytes in one that nobody knows by where they do.
        let at = report["left"][0]["offset"].as_u64().unwrap() as usize;
        let begins = if last == "pssh[0]" { at + 4 } else { at - 4 };
        let kind: &[u8] = if last == "uuid[0]" { &[7; 4] } else { &last.as_bytes()[..4] };
        assert_eq!(&bytes[begins..begins + 4], kind, "{place:?}");
        for command in ["show", "lint"] {
            let shown = prkit(args![command, "--json", &file]).one();
            let rules: Vec<&str> = shown["findings"]
                .as_array()
                .unwrap()
                .iter()
                .filter_map(|found| found["rule"].as_str())
                .collect();
            assert!(rules.contains(&"BOX-11"), "{command} {place:?}: {rules:?}");
        }
        let checked = prkit(args!["check", &file]);
        assert!(checked.text().contains("CHK-12") && !checked.text().contains("all agree"), "{place:?}");
        for excluded in ["--where=moov", "--index=0", "--kid=00112233-4455-6677-8899-aabbccddeeff"] {
            assert_eq!(edited(&file, &[excluded]).0, 0, "{excluded} {place:?}");
        }
    }
}

#[test]
fn what_a_media_file_holds_that_is_no_object_is_not_left() {
    let folder = tempfile::tempdir().unwrap();
    let widevine = |a: &mut Asm| a.put(&pssh(WIDEVINE, b"anything but that"));
    let words = |a: &mut Asm| a.leaf(b"vndr", &b"words of a camera, and some numbers ".repeat(20));
    let filler = |a: &mut Asm| a.leaf(b"free", &pssh(PLAYREADY, b"what was there before"));
    for (place, put) in [
        (&[b"moov", b"udta"][..], &widevine as &dyn Fn(&mut Asm)),
        (&[b"moov", b"udta"], &words),
        (&[b"moov"], &filler),
        (&[b"moof", b"traf"], &words),
    ] {
        let (status, report) = edited(written_to(&folder, &with_aside(place, put)), &[]);
        assert_eq!((status, left(&report).len()), (0, 0), "{place:?}");
    }
}

fn written_to(folder: &tempfile::TempDir, bytes: &[u8]) -> std::path::PathBuf {
    written(folder, "aside.mp4", bytes)
}
