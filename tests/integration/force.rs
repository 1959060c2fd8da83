//! Refusals that can be overridden by kind, and outputs that can be replaced.

use crate::args;
use crate::distances::positions::with_free;
use crate::distances::tables::{be64, with_table};
use crate::distances::{HERE, mdat, movie};
use crate::program::{Run, prkit, sample};
use prkit_playready::Override;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

const KID: &str = "00112233-4455-6677-8899-aabbccddeeff";
const LONG: &str = "https://license.example.com/a/path/that/is/longer/than/the/one/before/rightsmanager.asmx";
const C2PA: [u8; 16] =
    [0xd8, 0xfe, 0xc3, 0xd6, 0x1b, 0x0e, 0x48, 0x3c, 0x92, 0x97, 0x58, 0x28, 0x87, 0x7e, 0xc4, 0x81];

/// A refusal, by the kind that overrides it.
struct Refused {
    kind: &'static str,
    /// Wrong usage, or a failed input.
    status: i32,
    args: Vec<OsString>,
}

fn license(name: &str) -> PathBuf {
    sample(&format!("licenses/{name}.xmr"))
}

/// Every kind at least once, each with the way in which the command meets it.
fn refusals(folder: &Path) -> Vec<Refused> {
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let signed = movie(
        &[HERE],
        |a| a.distance(4, "file", "chunk"),
        |a| {
            mdat(a);
            a.open(b"uuid");
            a.put(&C2PA);
            a.close();
        },
    );
    let signed = write("signed.mp4", &signed);
    let stale = write("stale.mp4", &movie(&[HERE], |a| a.u32(100), mdat));
    let clear = write("clear.m3u8", b"#EXTM3U\n#EXTINF:2,\n1.m4s\n");
    let full = write("full.mp4", &fs::read(sample("edge/store-10k.mp4")).unwrap());
    assert_eq!(prkit(args!["els", "fill", "-i", "--license", license("rental"), &full]).status, 0);
    let unknown = write("unknown.mp4", &with_table(100_000, "moov", &|targets| be64(targets[2])));
    let content = write("content.mp4", &with_free(&b"GPS \x01 a record of a dashcam ".repeat(20)));
    let other_version = write("version.pssh", &{
        let mut bytes = fs::read(sample("objects/small.pssh")).unwrap();
        bytes[8] = 2;
        bytes
    });
    let audio = || sample("dash-ondemand/audio.mp4");
    let bare = write("store.pro", &[&[18, 0, 0, 0, 1, 0, 3, 0, 8, 0][..], &[0; 8]].concat());
    let no_header = format!("--pro=@{}", bare.display());
    let long = format!("https://license.example.com/{}", "a".repeat(3_000));
    let kept = || sample("licenses/filled-store.mp4");
    let other_key = "--set-kid=deadbeef-0000-1111-2222-333344445555";
    let refused = |kind, status, args| Refused { kind, status, args };
    let aescbc = args!["reheader", "-n", "--header-version=4.3", "--algid=aescbc", audio()];
    vec![
        refused("signature", 3, args!["reheader", "-n", "--la-url", LONG, signed]),
        refused("stale", 3, args!["reheader", "-n", "--la-url", LONG, stale]),
        refused("unknown-position", 3, args!["reheader", "-n", "--la-url", LONG, unknown]),
        refused("slack-content", 3, args!["reheader", "-n", "--fit=slack", "--la-url", LONG, content]),
        refused("version", 3, args!["reheader", "-n", "--la-url", LONG, other_version]),
        refused("key-id", 3, args!["reheader", "-n", other_key, audio()]),
        refused(
            "key-id",
            3,
            args!["inject", "-n", "--kid=deadbeef-0000-1111-2222-333344445555", "--if-exists=add", audio()],
        ),
        refused("unencrypted", 3, args!["inject", "-n", "--kid", KID, "--la-url", LONG, clear]),
        refused("last-system", 3, args!["remove", "-n", sample("manifests/show.ismc")]),
        refused("algorithm", 3, aescbc),
        refused("algorithm", 2, args!["new", "--from-media", audio(), "--algid=aescbc"]),
        refused(
            "algorithm",
            3,
            args!["inject", "-n", "--from-media", "--algid=aescbc", "--if-exists=add", audio()],
        ),
        refused("too-long", 2, args!["new", "--kid", KID, "--els=15K"]),
        refused("too-long", 3, args!["els", "reserve", "-n", "--size=15K", audio()]),
        refused("too-long", 3, args!["reheader", "-n", "--els=15K", audio()]),
        refused("manifest-store", 2, args!["new", "--kid", KID, "--els=10K", "--for=mpd"]),
        refused("manifest-store", 2, args!["new", "--kid", KID, "--els=10K", "--for=smooth"]),
        refused("manifest-store", 3, args!["els", "reserve", "-n", sample("manifests/show.ismc")]),
        refused("manifest-store", 3, args!["els", "reserve", "-n", sample("manifests/media.m3u8")]),
        refused(
            "key-id",
            3,
            args!["els", "fill", "-n", "--license", license("root"), sample("edge/store-10k.mp4")],
        ),
        refused("filled-store", 3, args!["els", "fill", "-n", "--license", license("leaf"), full]),
        refused("filled-store", 3, args!["els", "strip", "-n", kept()]),
        refused("filled-store", 3, args!["reheader", "-n", "--els=strip", kept()]),
        refused("too-long", 3, args!["reheader", "-n", "--la-url", long, sample("edge/store-10k.mp4")]),
        refused("no-header", 2, args!["reheader", "-n", no_header, sample("objects/small.pro")]),
    ]
}

fn with(args: &[OsString], more: &str) -> Run {
    prkit(args.iter().cloned().chain([OsString::from(more)]))
}

#[test]
fn each_refusal_that_force_overrides_names_its_kind_and_only_that_kind_overrides_it() {
    let folder = tempfile::tempdir().unwrap();
    let refusals = refusals(folder.path());
    for kind in Override::ALL {
        assert!(refusals.iter().any(|refused| refused.kind == kind.name()), "nothing triggers {kind:?}");
    }
    for Refused { kind, status, args } in refusals {
        let refused = prkit(&args);
        assert_eq!(refused.status, status, "{args:?}: {}{}", refused.text(), refused.stderr);
        let hint = format!("; --force={kind} overrides this");
        assert_eq!(refused.stderr.matches(&hint).count(), 1, "{args:?}: {}", refused.stderr);
        let others = Override::ALL.iter().map(|kind| kind.name()).filter(|other| *other != kind);
        let others = others.collect::<Vec<_>>().join(",");
        assert_eq!(with(&args, &format!("--force={others}")).stderr, refused.stderr, "{args:?}");
        for force in ["--force".to_owned(), "--force=all".to_owned(), format!("--force={kind}")] {
            let done = with(&args, &force);
            assert_eq!(done.status, 0, "{args:?} {force}: {}", done.stderr);
            assert!(!done.stderr.contains("overrides this"), "{args:?} {force}: {}", done.stderr);
        }
    }
}

#[test]
fn no_other_refusal_offers_force() {
    let folder = tempfile::tempdir().unwrap();
    let audio = || sample("dash-ondemand/audio.mp4");
    let full = sample("licenses/filled-store.mp4");
    for args in [
        args!["reheader", "-n", "--header-version=4.0", "--algid=aescbc", audio()],
        args!["reheader", "-n", "--fit=same", "--la-url", LONG, audio()],
        args!["inject", "-n", "--kid", KID, "--la-url", LONG, audio()],
        args!["els", "reserve", "-n", "--size=12K", full],
        args!["els", "reserve", "-n", "--size=11", audio()],
        args!["reheader", "-n", "--la-url", LONG, sample("bad/cut-in-pssh.mp4")],
        args!["reheader", "-o", folder.path().join("a"), "--la-url", LONG, folder.path()],
    ] {
        let refused = prkit(&args);
        assert!(!refused.stderr.contains("--force"), "{args:?}: {}", refused.stderr);
    }
}

#[test]
fn force_takes_its_kinds_behind_an_equals_sign_only() {
    let object = sample("objects/small.pro");
    let as_input = prkit(args!["reheader", "-n", "--la-url", LONG, "--force", &object]);
    assert_eq!(as_input.status, 0, "{}", as_input.stderr);
    let unknown = prkit(args!["reheader", "-n", "--la-url", LONG, "--force=everything", &object]);
    assert_eq!(unknown.status, 2);
    for kind in ["all", "signature", "key-id", "algorithm", "stale"] {
        assert!(unknown.stderr.contains(kind), "{}", unknown.stderr);
    }
    assert!(!unknown.stderr.contains("without kinds"), "{}", unknown.stderr);
    assert_eq!(prkit(args!["reheader", "-n", "--la-url", LONG, "--force=", &object]).status, 2);
}

#[test]
fn outputs_are_replaced_by_overwrite_and_by_force_without_kinds_with_a_note() {
    let folder = tempfile::tempdir().unwrap();
    let (target, pages, all) =
        (folder.path().join("out"), folder.path().join("man"), folder.path().join("all"));
    let (object, response) = (sample("objects/small.pro"), sample("messages/response.xml"));
    for args in [
        args!["reheader", "--la-url", LONG, &object, "-o", &target],
        args!["new", "--kid", KID, "-o", &target],
        args!["extract", &object, "-o", &target],
        args!["extract", &object, "--all", &all],
        args!["soap", "extract", &response, "-o", &target],
        args!["soap", "extract", &response, "--all", &all],
        args!["man", "--all", &pages],
    ] {
        // What is there may be of the command before.
        assert_eq!(with(&args, "--overwrite").status, 0, "{args:?}");
        let refused = prkit(&args);
        assert_eq!(refused.status, 3, "{args:?}");
        assert!(refused.stderr.contains("exists; --overwrite replaces it"), "{}", refused.stderr);
        assert!(!with(&args, "--overwrite").stderr.contains("0.2"), "{args:?}");
        let forced = with(&args, "--force");
        assert_eq!(
            (forced.status, forced.stderr.matches("until version 0.2").count()),
            (0, 1),
            "{args:?}: {}",
            forced.stderr
        );
    }
    let args = args!["reheader", "--la-url", LONG, &object, "-o", &target];
    for kinds in ["--force=signature", "--force=all", "--force=all,signature"] {
        let kept = with(&args, kinds);
        assert_eq!(kept.status, 3, "kinds are about refusals, not about outputs: {kinds}");
        assert!(kept.stderr.contains("exists; --overwrite replaces it"), "{}", kept.stderr);
    }
    fs::remove_file(&target).unwrap();
    let new = with(&args, "--force");
    assert_eq!((new.status, new.stderr.contains("0.2")), (0, false), "nothing was replaced: {}", new.stderr);
}
