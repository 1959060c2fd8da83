//! Rare boxes from the field: what an edit does to what they point at, and which keys they name.

use crate::args;
use crate::distances::HERE;
use crate::program::{prkit, sample};
use crate::reader;
use serde_json::Value;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

const LONG: &str = "https://license.example.com/a/path/that/is/longer/than/the/one/before/rightsmanager.asmx";
const KID: &str = "00112233-4455-6677-8899-aabbccddeeff";
const SECOND: &str = "10112233-4455-6677-8899-aabbccddeeff";
const STRANGER: &str = "deadbeef-0000-1111-2222-333344445555";

fn boxes(name: &str) -> std::path::PathBuf {
    sample("boxes").join(name)
}

/// Sets a longer license URL, and gives the report, the file before, and the file after.
fn grown(name: &str, more: &[&str]) -> (Value, Vec<u8>, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.mp4");
    let mut args = args!["reheader", "--json", "--verify", "--la-url", LONG, boxes(name), "-o", &out];
    args.extend(more.iter().map(OsString::from));
    let run = prkit(args);
    assert_eq!(run.status, 0, "{name}: {}", run.stderr);
    (run.one(), fs::read(boxes(name)).unwrap(), fs::read(out).unwrap())
}

#[test]
fn what_rare_pointers_address_keeps_its_bytes() {
    for name in [
        "canon-ctbo.mp4",
        "novatek-gps.mp4",
        "iloc-in-meco.mp4",
        "iloc-in-udta-meta.mp4",
        "iloc-reference-to-itself.mp4",
        "free-with-content.mp4",
    ] {
        let (report, before, after) = grown(name, &[]);
        assert!(after.len() > before.len(), "{name} grew");
        assert_eq!(reader::read(&before), reader::read(&after), "{name}");
        assert_eq!(report["verified"], "samples", "{name}");
    }
}

#[test]
fn offsets_that_do_not_count_in_this_file_keep_their_numbers() {
    let field = |file: &[u8], kind: &[u8], at: usize| {
        let start = file.windows(4).position(|window| window == kind).unwrap() + at;
        u32::from_be_bytes(file[start..start + 4].try_into().unwrap())
    };
    let (_, _, after) = grown("imdt-trun-offset-1500.mp4", &["--where", "moof"]);
    assert_eq!(field(&after, b"trun", 12), 1500);
    let (report, _, after) = grown("samples-in-another-file.mp4", &[]);
    assert_eq!(field(&after, b"tfhd", 16), 3000);
    assert_eq!(report["verified"], "patch", "no sample is in the file");
}

#[test]
fn content_in_a_free_box_is_kept_unless_its_space_is_asked_for() {
    let content = b"gps [1700000000000]$GPRMC";
    let has = |file: &[u8]| file.windows(content.len()).any(|window| window == content);
    let (kept, before, after) = grown("free-with-content.mp4", &[]);
    assert!(has(&before) && has(&after));
    assert_eq!(kept["strategy"], "copy");
    let (used, ..) = grown("free-with-content.mp4", &["--force=slack-content"]);
    assert_eq!(used["strategy"], "slack");
}

#[test]
fn verify_that_compared_no_sample_does_not_say_so() {
    let folder = tempfile::tempdir().unwrap();
    for (name, verified) in [("dash-live/video-init.mp4", "patch"), ("dash-ondemand/audio.mp4", "samples")] {
        let out = folder.path().join("out.mp4");
        let args = args![
            "reheader",
            "--json",
            "--verify",
            "--la-url",
            LONG,
            sample(name),
            "-o",
            &out,
            "--overwrite"
        ];
        assert_eq!(prkit(args).one()["verified"], verified, "{name}");
    }
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn all_keys_of_all_sample_entries_and_groups_are_shown() {
    let shown = |name: &str| prkit(args!["show", "--json", boxes(name)]).one()["tracks"][0].clone();
    assert_eq!(strings(&shown("multi-key-seig.mp4")["kids"]), [KID, SECOND]);
    assert_eq!(strings(&shown("second-entry-other-key.mp4")["kids"]).len(), 2);
    let several = prkit(args!["show", boxes("multi-key-seig.mp4")]);
    assert!(several.text().contains(&format!("  keys {KID}, {SECOND}")), "{}", several.text());
    let text = prkit(args!["show", boxes("second-entry-other-key.mp4")]);
    assert!(text.text().contains("  keys "), "{}", text.text());
    let subtitles = shown("encrypted-stpp.mp4");
    assert_eq!((&subtitles["scheme"], strings(&subtitles["kids"]).len()), (&"cenc".into(), 1));
}

#[test]
fn from_media_takes_every_key_of_a_group() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.mp4");
    let run = prkit(args!["reheader", "--from-media", boxes("multi-key-seig.mp4"), "-o", &out]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let file = if out.exists() { out } else { boxes("multi-key-seig.mp4") };
    let shown = prkit(args!["show", "--json", file]).one();
    let kids: Vec<&str> = shown["pssh"][0]["pro"]["header"]["kids"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|kid| kid["kid"].as_str())
        .collect();
    assert_eq!(kids, [KID, SECOND]);
}

#[test]
fn keys_of_versions_nobody_knows_are_named_and_not_taken() {
    let mut file = fs::read(boxes("multi-key-seig.mp4")).unwrap();
    let at = file.windows(4).position(|window| window == b"sgpd").unwrap() + 4;
    file[at] = 3;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("unknown.mp4");
    fs::write(&path, file).unwrap();
    let run = prkit(args!["reheader", "-n", "--from-media", &path]);
    assert_eq!(run.status, 3);
    assert!(run.stderr.contains("sgpd[0] at byte"), "{}", run.stderr);
    let lint = prkit(args!["lint", "--json", &path]).one();
    assert!(rules(&lint).contains(&"BOX-07".to_owned()), "{lint}");
    let check = prkit(args!["check", "--json", &path]).one();
    assert!(rules(&check).contains(&"CHK-12".to_owned()), "{check}");
}

fn rules(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().into_iter().flatten();
    findings.filter_map(|finding| finding["rule"].as_str().map(str::to_owned)).collect()
}

#[test]
fn check_compares_every_key_and_where_saio_leads() {
    for (name, rule) in [
        ("second-entry-other-key.mp4", "CHK-01"),
        ("piff-senc-override.mp4", "CHK-05"),
        ("saio-not-senc.mp4", "CHK-17"),
        ("saio-16-early.mp4", "CHK-17"),
    ] {
        let run = prkit(args!["check", "--json", boxes(name)]);
        assert_eq!(run.status, 1, "{name}: {}{}", run.text(), run.stderr);
        assert!(rules(&run.one()).contains(&rule.to_owned()), "{name}: {}", run.text());
    }
    for name in ["dash-ondemand/audio.mp4", "boxes/multi-key-seig.mp4"] {
        let run = prkit(args!["check", "--json", sample(name)]);
        assert_eq!(rules(&run.one()), [""; 0], "{name}: {}", run.text());
    }
}

#[test]
fn the_refusal_of_a_stale_pointer_names_what_overrides_it() {
    let run = prkit(args!["reheader", "-n", "--la-url", LONG, boxes("saio-not-senc.mp4")]);
    if run.status != 0 {
        assert!(run.stderr.contains("--force=stale overrides this"), "{}", run.stderr);
    }
    let early =
        prkit(args!["reheader", "-n", "--where", "moof", "--la-url", LONG, boxes("saio-16-early.mp4")]);
    assert!(early.status == 0 || early.stderr.contains("--force=stale overrides this"), "{}", early.stderr);
}

#[test]
fn check_that_compared_nothing_does_not_say_that_all_agree() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clear.mp4");
    let clear = crate::distances::movie(&[HERE], |a| a.distance(4, "file", "chunk"), crate::distances::mdat);
    // Without its pssh box, which becomes filler.
    let at = clear.windows(4).position(|window| window == b"pssh").unwrap();
    let mut clear = clear;
    clear[at..at + 4].copy_from_slice(b"free");
    fs::write(&path, clear).unwrap();
    let run = prkit(args!["check", &path]);
    assert!(run.text().contains("nothing to compare") && !run.text().contains("all agree"), "{}", run.text());
}

#[test]
fn an_index_range_that_covers_more_than_the_index_is_a_warning() {
    let folder = copy_of_samples();
    let mpd = folder.path().join("manifests/ondemand.mpd");
    let text = fs::read_to_string(&mpd).unwrap();
    assert!(text.contains("indexRange='1571-1722'"));
    let file = fs::read(folder.path().join("dash-ondemand/audio.mp4")).unwrap();
    let size = u32::from_be_bytes(file[1723..1727].try_into().unwrap());
    fs::write(&mpd, text.replace("1571-1722", &format!("1571-{}", 1722 + size))).unwrap();
    let root = format!("--root={}", folder.path().display());
    let run = prkit(args!["check", "--json", root, &mpd]);
    let reports = run.json();
    let found: Vec<&Value> =
        reports.iter().flat_map(|report| report["findings"].as_array().into_iter().flatten()).collect();
    let range = found.iter().find(|finding| finding["rule"] == "CHK-10").unwrap();
    assert_eq!(range["level"], "warning");
    assert!(range["message"].as_str().unwrap().contains("covers more than the index"), "{range}");
}

fn copy_of_samples() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["manifests/ondemand.mpd", "dash-ondemand/audio.mp4"] {
        let to = folder.path().join(name);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(sample(name), to).unwrap();
    }
    folder
}

#[test]
fn an_object_for_keys_the_file_does_not_use_is_refused_and_more_keys_are_normal() {
    let audio = || sample("dash-ondemand/audio.mp4");
    let folder = tempfile::tempdir().unwrap();
    let made = |as_: &str, more: &[&str]| {
        let path = folder.path().join(as_);
        let kid = format!("--kid={STRANGER}");
        let args = args!["new", kid, "--header-version=4.0", "--la-url", LONG, "--as", as_, "-o", &path];
        let run = prkit(args.into_iter().chain(more.iter().map(OsString::from)));
        assert_eq!(run.status, 0, "{as_}: {}", run.stderr);
        format!("@{}", path.display())
    };
    let (pro, pssh) = (made("pro", &[]), made("pssh", &[]));
    let header = folder.path().join("header.xml");
    let run = prkit(args!["extract", "--what", "header", "-o", &header, &pro[1..]]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let header = format!("@{}", header.display());
    for args in [
        args!["reheader", "-n", format!("--set-kid={STRANGER}"), audio()],
        args!["reheader", "-n", "--pro", &pro, audio()],
        args!["reheader", "-n", "--header", &header, audio()],
        args!["inject", "-n", "--if-exists=add", format!("--kid={STRANGER}"), audio()],
        args!["inject", "-n", "--if-exists=add", "--pro", &pro, audio()],
        args!["inject", "-n", "--if-exists=add", "--header", &header, audio()],
        args!["inject", "-n", "--if-exists=add", "--pssh", &pssh, audio()],
        args!["inject", "-n", "--if-exists=replace", format!("--kid={STRANGER}"), audio()],
    ] {
        let run = prkit(&args);
        assert_eq!(run.status, 3, "{args:?}: {}", run.text());
        assert!(run.stderr.contains(STRANGER) && run.stderr.contains(KID), "{}", run.stderr);
        let forced = prkit(args.iter().cloned().chain([OsString::from("--force=key-id")]));
        assert_eq!(forced.status, 0, "{}", forced.stderr);
    }
    for args in [
        args![
            "inject",
            "-n",
            "--if-exists=add",
            format!("--kid={KID}"),
            format!("--kid={STRANGER}"),
            audio()
        ],
        args!["reheader", "-n", "--la-url", LONG, audio()],
    ] {
        let run = prkit(&args);
        assert_eq!(run.status, 0, "{args:?}: {}", run.stderr);
    }
}

#[test]
fn a_box_that_goes_into_moov_of_an_init_segment_is_noted_and_no_other_is() {
    let noted = |path: &Path, more: &[&str]| {
        let args = args!["inject", "-n", "--if-exists=add", format!("--kid={KID}"), "--force=key-id", path];
        let run = prkit(args.into_iter().chain(more.iter().map(OsString::from)));
        assert!(matches!(run.status, 0 | 3), "{}: {}", path.display(), run.stderr);
        run.stderr.contains("DASH-IF deprecates") || run.text().contains("DASH-IF deprecates")
    };
    for init in ["dash-live/video-init.mp4", "dash-live/audio-init.mp4", "dash-live/video-init-cbcs.mp4"] {
        assert!(noted(&sample(init), &[]), "{init}");
    }
    for (path, more) in [
        ("dash-ondemand/audio.mp4", &[][..]),
        ("dash-live/video-1.m4s", &["--where=moof"]),
        ("manifests/ondemand.mpd", &[]),
        ("field/plain.mp4", &[]),
    ] {
        assert!(!noted(&sample(path), more), "{path}");
    }
}

#[test]
fn an_unknown_box_in_front_does_not_hide_a_pssh_box() {
    let shown = prkit(args!["show", "--json", boxes("unknown-box-before-pssh.bin")]).one();
    assert_eq!((&shown["kind"], &shown["pssh"][0]["system"]), (&"mp4".into(), &"playready".into()));
}

/// `small.pssh` with a change.
fn changed_pssh(folder: &Path, change: impl FnOnce(&mut Vec<u8>)) -> std::path::PathBuf {
    let path = folder.join("changed.pssh");
    let mut bytes = fs::read(sample("objects/small.pssh")).unwrap();
    change(&mut bytes);
    let len = u32::try_from(bytes.len()).unwrap();
    bytes[..4].copy_from_slice(&len.to_be_bytes());
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn versions_flags_and_key_ids_that_are_odd_are_findings_and_an_undefined_version_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let lint = |path: &Path| rules(&prkit(args!["lint", "--json", path]).one());
    let flags = changed_pssh(folder.path(), |bytes| bytes[11] = 1);
    assert!(lint(&flags).contains(&"BOX-08".to_owned()));
    let twice = changed_pssh(folder.path(), |bytes| {
        bytes[8] = 1;
        let kid =
            [0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff];
        bytes.splice(28..28, [&2_u32.to_be_bytes()[..], &kid, &kid].concat());
    });
    assert!(lint(&twice).contains(&"BOX-09".to_owned()));
    let other = changed_pssh(folder.path(), |bytes| bytes[8] = 2);
    assert!(lint(&other).contains(&"BOX-07".to_owned()));
    let before = fs::read(&other).unwrap();
    let run = prkit(args!["reheader", "-i", "--la-url", LONG, &other]);
    assert_eq!(run.status, 3, "{}", run.text());
    assert!(run.stderr.contains("version 2") && run.stderr.contains("--force=version"), "{}", run.stderr);
    assert_eq!(fs::read(&other).unwrap(), before);
    let forced = prkit(args!["reheader", "-i", "--la-url", LONG, "--force=version", &other]);
    assert_eq!(forced.status, 0, "{}", forced.stderr);
}
