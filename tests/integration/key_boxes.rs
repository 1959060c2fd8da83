//! Boxes that name keys, in every form: sample entries, `tenc`, sample groups, and the boxes of PIFF.

use crate::args;
use crate::asm::Asm;
use crate::program::{Run, prkit};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

const FIRST: &str = "00112233-4455-6677-8899-aabbccddeeff";
const SECOND: &str = "10112233-4455-6677-8899-aabbccddeeff";
const THIRD: &str = "20112233-4455-6677-8899-aabbccddeeff";
const STRANGER: &str = "deadbeef-0000-1111-2222-333344445555";

const PIFF_TENC: [u8; 16] = *uuid::uuid!("8974dbce-7be7-4c51-84f9-7148f9882554").as_bytes();
const PIFF_SENC: [u8; 16] = *uuid::uuid!("a2394f52-5a9b-4f14-a244-6c427c648df4").as_bytes();

fn id(kid: &str) -> Vec<u8> {
    let digits: Vec<u8> = kid.bytes().filter(|byte| *byte != b'-').collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// A protected track, and a fragment of it.
struct File {
    /// Type of its sample entry, and what is between the fields of all entries and `sinf`.
    format: [u8; 4],
    fields: Vec<u8>,
    /// `sinf` boxes, each with one of these.
    tenc: Vec<Vec<u8>>,
    /// `sgpd` boxes of the track and of the fragment.
    in_track: Vec<Vec<u8>>,
    in_fragment: Vec<Vec<u8>>,
    /// The box of encryption data in the fragment.
    senc: Vec<u8>,
    /// Key IDs of the header.
    named: Vec<&'static str>,
}

impl Default for File {
    fn default() -> Self {
        Self {
            format: *b"encv",
            fields: vec![0; 70],
            tenc: vec![tenc(0, FIRST)],
            in_track: Vec::new(),
            in_fragment: Vec::new(),
            senc: Vec::new(),
            named: vec![FIRST],
        }
    }
}

fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32 + 8).to_be_bytes()[..], kind, content].concat()
}

fn tenc(version: u8, kid: &str) -> Vec<u8> {
    boxed(b"tenc", &[&[version, 0, 0, 0, 0, 0, 1, 8][..], &id(kid)].concat())
}

/// Entries of a `sgpd` box with keys: one with a vector a sample, one with a constant vector, one with several keys.
fn one(kid: &str) -> Vec<u8> {
    [&[0, 0, 1, 8][..], &id(kid)].concat()
}

fn constant(kid: &str) -> Vec<u8> {
    [&[0, 0x19, 1, 0][..], &id(kid), &[16], &[7; 16]].concat()
}

fn several(kids: &[&str]) -> Vec<u8> {
    let keys = kids.iter().flat_map(|kid| [&[8][..], &id(kid)].concat());
    [&[0x80, 0x19, 1, 0, kids.len() as u8][..], &keys.collect::<Vec<u8>>()].concat()
}

/// A `sgpd` box of a version; 3 stands for version 2 as the edition of 2015 has it, 4 for version 1 with equal lengths.
fn sgpd(version: u8, entries: &[Vec<u8>]) -> Vec<u8> {
    let written = match version {
        3 => 2,
        4 => 1,
        version => version,
    };
    let own = matches!(version, 1 | 2);
    let mut content = vec![written, 0, 0, 0];
    content.extend(b"seig");
    match version {
        4 => content.extend((entries[0].len() as u32).to_be_bytes()),
        1 | 2 => content.extend([0; 4]),
        _ => {}
    }
    if matches!(version, 2 | 3) {
        content.extend([0, 0, 0, 1]);
    }
    content.extend((entries.len() as u32).to_be_bytes());
    for entry in entries {
        if own {
            content.extend((entry.len() as u32).to_be_bytes());
        }
        content.extend(entry);
    }
    boxed(b"sgpd", &content)
}

fn object(kids: &[&str]) -> Vec<u8> {
    let mut args = args!["new", "--la-url=https://a.example/", "--as=pssh", "--raw", "-o", "-"];
    args.extend(kids.iter().map(|kid| format!("--kid={kid}").into()));
    let run = prkit(args);
    assert_eq!(run.status, 0, "{}", run.stderr);
    run.stdout
}

impl File {
    fn build(&self) -> Vec<u8> {
        let mut a = Asm::default();
        a.leaf(b"ftyp", b"iso6\0\0\0\0iso6");
        a.open(b"moov");
        a.put(&object(&self.named));
        a.open(b"trak");
        let mut tkhd = [0; 84];
        tkhd[15] = 1;
        a.leaf(b"tkhd", &tkhd);
        [b"mdia", b"minf", b"stbl"].into_iter().for_each(|kind| a.open(kind));
        a.full(b"stsd", 0, 0);
        a.u32(1);
        a.open(&self.format);
        a.put(&[0, 0, 0, 0, 0, 0, 0, 1]);
        a.put(&self.fields);
        for tenc in &self.tenc {
            a.open(b"sinf");
            a.leaf(b"frma", b"what");
            a.leaf(b"schm", b"\0\0\0\0cenc\0\x01\0\0");
            a.leaf(b"schi", tenc);
            a.close();
        }
        a.leaf(b"btrt", &[0; 12]);
        a.close();
        a.close();
        self.in_track.iter().for_each(|sgpd| a.put(sgpd));
        (0..4).for_each(|_| a.close());
        a.close();
        a.open(b"moof");
        a.leaf(b"mfhd", &[0; 8]);
        a.open(b"traf");
        a.full(b"tfhd", 0, 0x2_0010);
        a.u32(1);
        a.u32(10);
        a.close();
        self.in_fragment.iter().for_each(|sgpd| a.put(sgpd));
        a.put(&self.senc);
        a.close();
        a.close();
        a.leaf(b"mdat", b"0123456789");
        a.finish()
    }

    fn written(&self) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.mp4");
        fs::write(&path, self.build()).unwrap();
        (folder, path)
    }

    /// The key IDs that `show` prints of the track.
    fn shown(&self) -> Vec<String> {
        let (_folder, path) = self.written();
        let shown = prkit(args!["show", "--json", path]).one();
        strings(&shown["tracks"][0]["kids"])
    }

    /// The rules that `check` finds broken.
    fn checked(&self) -> Vec<String> {
        let (_folder, path) = self.written();
        let run = prkit(args!["check", "--json", path]).one();
        let findings = run["findings"].as_array().into_iter().flatten();
        findings.filter_map(|finding| finding["rule"].as_str().map(str::to_owned)).collect()
    }

    /// The key IDs of the header that `reheader --from-media` makes, or why it makes none.
    fn header_of_media(&self) -> Result<Vec<String>, String> {
        let (folder, path) = self.written();
        let out = folder.path().join("out.mp4");
        let run: Run = prkit(args!["reheader", "--from-media", "--header-version=4.2", &path, "-o", &out]);
        if run.status != 0 {
            return Err(run.stderr);
        }
        let shown = prkit(args!["show", "--json", if out.exists() { out } else { path }]).one();
        let kids = shown["pssh"][0]["pro"]["header"]["kids"].as_array().cloned().unwrap_or_default();
        Ok(kids.iter().map(|kid| kid["kid"].as_str().unwrap().to_owned()).collect())
    }
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

#[test]
fn the_key_of_an_entry_is_found_behind_whatever_its_format_puts_in_front() {
    let quicktime_text = [&[0; 43][..], b"\x09Helvetica"].concat();
    let fields: [(&[u8; 4], Vec<u8>); 18] = [
        (b"encs", b"http://www.w3.org/ns/ttml\0\0\0".to_vec()),
        (b"encs", b"http://www.w3.org/ns/ttml\0urn:schema\0image/png\0".to_vec()),
        (b"encs", format!("{}\0\0\0", "urn:a:namespace ".repeat(100)).into_bytes()),
        (b"enct", b"text/vtt\0\0".to_vec()),
        (b"enct", Vec::new()),
        (b"enct", boxed(b"vttC", b"WEBVTT")),
        (b"enct", [&[0; 30][..], &boxed(b"ftab", b"\0\x01\0\x01\x05Serif")].concat()),
        (b"enct", quicktime_text),
        (b"encm", b"\0application/x\0".to_vec()),
        (b"encm", boxed(b"uri ", b"\0\0\0\0urn:x\0")),
        (b"encm", b"a\0b\0c\0d\0e\0f\0".to_vec()),
        (b"encu", b"\0\0\0\0".to_vec()),
        (b"encu", vec![0xA5; 333]),
        (b"encp", vec![1; 7]),
        (b"enca", vec![0; 20]),
        (b"enca", [&[0, 1][..], &[0; 18], &[0; 16], &boxed(b"wave", b"")].concat()),
        (b"enca", [&[0, 2][..], &[0; 54]].concat()),
        (b"encv", [&[0; 70][..], &boxed(b"avcC", &[1; 30]), &boxed(b"pasp", &[0; 8])].concat()),
    ];
    for (format, fields) in fields {
        let file = File { format: *format, fields: fields.clone(), ..File::default() };
        assert_eq!(file.shown(), [FIRST], "{format:?} {fields:?}");
        let other = File { named: vec![STRANGER], ..file };
        assert!(other.checked().contains(&"CHK-01".to_owned()), "{format:?} {fields:?}");
    }
}

#[test]
fn the_keys_of_all_boxes_of_an_entry_count_in_both_forms_of_them() {
    let piff = boxed(b"uuid", &[&PIFF_TENC[..], &[0, 0, 0, 0, 0, 0, 1, 8], &id(SECOND)].concat());
    let file = File { tenc: vec![tenc(0, FIRST), piff, tenc(1, THIRD)], ..File::default() };
    assert_eq!(file.shown(), [FIRST, SECOND, THIRD]);
    assert_eq!(file.checked().iter().filter(|rule| *rule == "CHK-01").count(), 1);
    let all = File { named: vec![FIRST, SECOND, THIRD], ..file };
    assert_eq!(all.checked(), [""; 0]);
}

#[test]
fn boxes_of_versions_nobody_has_defined_are_named_and_their_keys_are_not_taken() {
    let senc = |version: u8| boxed(b"senc", &[version, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8]);
    let odd_sgpd = |version: u8| {
        let mut sgpd = sgpd(1, &[one(SECOND)]);
        sgpd[8] = version;
        sgpd
    };
    let odd_entry = || {
        let mut entry = one(SECOND);
        entry[0] = 0x40;
        sgpd(1, &[entry])
    };
    for file in [
        File { tenc: vec![tenc(2, SECOND)], ..File::default() },
        File { tenc: vec![tenc(255, SECOND)], ..File::default() },
        File { in_track: vec![odd_sgpd(3)], ..File::default() },
        File { in_fragment: vec![odd_sgpd(9)], ..File::default() },
        File { in_track: vec![odd_entry()], ..File::default() },
        File { in_fragment: vec![odd_entry()], ..File::default() },
        File { senc: senc(2), ..File::default() },
    ] {
        assert!(!file.shown().contains(&SECOND.to_owned()));
        let rules = file.checked();
        assert!(rules.contains(&"CHK-12".to_owned()) && !rules.contains(&"CHK-01".to_owned()), "{rules:?}");
        if file.in_fragment.is_empty() && file.senc.is_empty() {
            let refused = file.header_of_media().unwrap_err();
            assert!(refused.contains("at byte"), "{refused}");
        }
    }
    for version in [0, 1] {
        assert_eq!(File { senc: senc(version), ..File::default() }.checked(), [""; 0]);
        assert_eq!(File { tenc: vec![tenc(version, FIRST)], ..File::default() }.shown(), [FIRST]);
    }
}

#[test]
fn groups_of_every_version_and_form_name_their_keys_in_tracks_and_in_fragments() {
    for version in 0..5 {
        for entries in [
            vec![one(SECOND)],
            vec![constant(SECOND)],
            vec![several(&[SECOND])],
            vec![one(SECOND), one(THIRD)],
            vec![constant(SECOND), constant(THIRD)],
            vec![several(&[SECOND, THIRD])],
            vec![constant(THIRD), several(&[THIRD, SECOND]), one(THIRD)],
        ] {
            if version == 4 && entries.iter().any(|entry| entry.len() != entries[0].len()) {
                continue;
            }
            let has_third = entries.concat().windows(16).any(|window| window == id(THIRD));
            let what = format!("version {version}: {entries:?}");
            let boxes = [sgpd(version, &entries)];
            // A group of something else beside it.
            let roll = boxed(b"sgpd", b"\x01\0\0\0roll\0\0\0\x02\0\0\0\x01\xff\xff");
            let in_track = File { in_track: vec![roll.clone(), boxes[0].clone()], ..File::default() };
            let mut kids = in_track.header_of_media().unwrap();
            kids.sort();
            let expected: &[&str] = if has_third { &[FIRST, SECOND, THIRD] } else { &[FIRST, SECOND] };
            assert_eq!(kids, expected, "{what}");
            let in_fragment = File { in_fragment: vec![roll, boxes[0].clone()], ..File::default() };
            for file in [in_track, in_fragment] {
                let rules = file.checked();
                assert!(rules.contains(&"CHK-05".to_owned()), "{what}: {rules:?}");
                let all = File { named: vec![FIRST, SECOND, THIRD], ..file };
                assert_eq!(all.checked(), [""; 0], "{what}");
            }
        }
    }
}

#[test]
fn a_group_that_is_not_protected_needs_no_key() {
    let clear = [&[0, 0, 0, 0][..], &id(STRANGER)].concat();
    for version in 0..5 {
        let boxes = vec![sgpd(version, &[clear.clone(), clear.clone()])];
        for file in [
            File { in_track: boxes.clone(), ..File::default() },
            File { in_fragment: boxes.clone(), ..File::default() },
        ] {
            assert_eq!(file.checked(), [""; 0], "version {version}");
            assert_eq!(file.header_of_media().unwrap(), [FIRST]);
        }
    }
}

#[test]
fn a_box_of_piff_with_a_key_of_its_own_counts_whatever_its_vectors_are() {
    let senc = |flags: u8, algorithm: u8, iv_size: u8, kid: &str| {
        let own = [&[0, 0, algorithm, iv_size][..], &id(kid)].concat();
        let own = if flags & 1 == 1 { own } else { Vec::new() };
        let samples = [&[0, 0, 0, 1][..], &vec![9; usize::from(iv_size)]].concat();
        boxed(b"uuid", &[&PIFF_SENC[..], &[0, 0, 0, flags], &own, &samples].concat())
    };
    for iv_size in [0, 5, 8, 16] {
        for algorithm in [1, 2] {
            for flags in [1, 3] {
                let file = File { senc: senc(flags, algorithm, iv_size, STRANGER), ..File::default() };
                assert!(file.checked().contains(&"CHK-05".to_owned()), "{iv_size} {algorithm} {flags}");
                let right = File { senc: senc(flags, algorithm, iv_size, FIRST), ..File::default() };
                assert_eq!(right.checked(), [""; 0]);
            }
        }
        // No key of its own, and nothing that is encrypted with it.
        for senc in
            [senc(0, 1, iv_size, STRANGER), senc(2, 1, iv_size, STRANGER), senc(1, 0, iv_size, STRANGER)]
        {
            assert_eq!(File { senc, ..File::default() }.checked(), [""; 0]);
        }
    }
}

#[test]
fn an_object_for_none_of_the_keys_of_a_file_is_refused_wherever_the_file_names_them() {
    const NONE: &str = "00000000-0000-0000-0000-000000000000";
    let piff = boxed(b"uuid", &[&PIFF_TENC[..], &[0, 0, 0, 0, 0, 0, 1, 8], &id(FIRST)].concat());
    let own = boxed(
        b"uuid",
        &[&PIFF_SENC[..], &[0, 0, 0, 1, 0, 0, 1, 8], &id(FIRST), &[0, 0, 0, 1], &[9; 8]].concat(),
    );
    let rotating = || vec![tenc(0, NONE)];
    let files = [
        File::default(),
        File { format: *b"encs", fields: b"http://www.w3.org/ns/ttml\0\0\0".to_vec(), ..File::default() },
        File { tenc: vec![piff], ..File::default() },
        File { tenc: vec![tenc(0, SECOND), tenc(0, FIRST)], ..File::default() },
        File {
            tenc: rotating(),
            in_fragment: vec![sgpd(0, &[constant(SECOND), one(FIRST)])],
            ..File::default()
        },
        File { tenc: rotating(), in_track: vec![sgpd(3, &[several(&[SECOND, FIRST])])], ..File::default() },
        File { tenc: rotating(), senc: own, ..File::default() },
    ];
    let folder = tempfile::tempdir().unwrap();
    let made = |as_: &str, kid: &str| {
        let path = folder.path().join(format!("{as_}-{kid}"));
        let kid = format!("--kid={kid}");
        let run = prkit(args![
            "new",
            kid,
            "--la-url=https://a.example/",
            "--as",
            as_,
            "--raw",
            "--overwrite",
            "-o",
            &path
        ]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        format!("@{}", path.display())
    };
    let commands = |kid: &str| {
        let header = folder.path().join("header.xml");
        let run =
            prkit(args!["extract", "--what=header", "--overwrite", "-o", &header, &made("pro", kid)[1..]]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        let header = format!("@{}", header.display());
        let reheader: [Vec<String>; 4] = [
            vec![format!("--set-kid={kid}")],
            vec![format!("--add-kid={kid}"), format!("--remove-kid={THIRD}")],
            vec![format!("--pro={}", made("pro", kid))],
            vec![format!("--header={header}")],
        ];
        let inject: [Vec<String>; 4] = [
            vec![format!("--kid={kid}")],
            vec![format!("--pro={}", made("pro", kid))],
            vec![format!("--header={header}")],
            vec![format!("--pssh={}", made("pssh", kid))],
        ];
        let with = |command: &str, more: &[&str], options: &[Vec<String>]| -> Vec<Vec<String>> {
            let first: Vec<String> =
                [&[command, "-n"][..], more].concat().into_iter().map(str::to_owned).collect();
            options.iter().map(|options| [&first[..], options].concat()).collect()
        };
        [
            with("reheader", &[], &reheader),
            with("inject", &["--if-exists=add"], &inject),
            with("inject", &["--if-exists=replace"], &inject),
        ]
        .concat()
    };
    for (number, file) in files.into_iter().enumerate() {
        // A header of a key that the file does not use, and that may go.
        let (_folder, path) = File { named: vec![THIRD], ..file }.written();
        for (kid, is_used) in [(STRANGER, false), (FIRST, true)] {
            for command in commands(kid) {
                let run = |more: &[&str]| {
                    let args = command.iter().map(String::as_str).chain(more.iter().copied());
                    prkit(args.map(std::ffi::OsString::from).chain([path.clone().into()]))
                };
                let first = run(&[]);
                assert_eq!(
                    first.status,
                    if is_used { 0 } else { 3 },
                    "{number} {command:?}: {}",
                    first.stderr
                );
                if !is_used {
                    assert!(first.stderr.contains("--force=key-id"), "{}", first.stderr);
                    let forced = run(&["--force=key-id"]);
                    assert_eq!(forced.status, 0, "{number} {command:?}: {}", forced.stderr);
                }
            }
        }
    }
}

/// A PIFF box of encryption data without samples, with a key of its own.
fn piff_senc(kid: &str) -> Vec<u8> {
    boxed(b"uuid", &[&PIFF_SENC[..], &[0, 0, 0, 1, 0, 0, 1, 8], &id(kid), &[0; 4]].concat())
}

#[test]
fn keys_of_fragments_are_shown_and_a_header_in_front_of_them_gets_them() {
    for file in [
        File { in_fragment: vec![sgpd(1, &[one(SECOND)])], ..File::default() },
        File { senc: piff_senc(SECOND), ..File::default() },
    ] {
        let (_folder, path) = file.written();
        let shown = prkit(args!["show", "--json", &path]).one();
        assert_eq!(strings(&shown["fragment_kids"]), [SECOND]);
        assert!(prkit(args!["show", &path]).text().contains(&format!("fragments  key {SECOND}")));
        assert!(file.checked().contains(&"CHK-05".to_owned()));
        assert_eq!(file.header_of_media().unwrap(), [FIRST, SECOND]);
        let named = File { named: vec![FIRST, SECOND], ..file };
        assert_eq!(named.checked(), [""; 0]);
    }
    // Several, each once, and none that the track names.
    let groups = sgpd(1, &[one(FIRST), several(&[THIRD, SECOND]), one(THIRD)]);
    let file = File { in_fragment: vec![groups], ..File::default() };
    assert_eq!(file.header_of_media().unwrap(), [FIRST, THIRD, SECOND]);
    let (_folder, path) = file.written();
    assert_eq!(strings(&prkit(args!["show", "--json", path]).one()["fragment_kids"]), [THIRD, SECOND]);
}

#[test]
fn keys_of_a_fragment_with_an_object_of_its_own_are_not_those_of_the_file() {
    // The object stands in the moof, in front of its tracks.
    let mut file = File { in_fragment: vec![sgpd(1, &[one(SECOND)])], ..File::default() }.build();
    let at = file.windows(4).position(|kind| kind == b"traf").unwrap() - 4;
    let own = object(&[SECOND]);
    let moof = file.windows(4).position(|kind| kind == b"moof").unwrap() - 4;
    let size = u32::from_be_bytes(file[moof..moof + 4].try_into().unwrap()) + own.len() as u32;
    file[moof..moof + 4].copy_from_slice(&size.to_be_bytes());
    file.splice(at..at, own);
    let folder = tempfile::tempdir().unwrap();
    let (path, out) = (folder.path().join("a.mp4"), folder.path().join("out.mp4"));
    fs::write(&path, file).unwrap();
    let run = prkit(args!["reheader", "--from-media", "--header-version=4.2", &path, "-o", &out]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let shown = prkit(args!["show", "--json", out]).one();
    let kids = |object: usize| shown["pssh"][object]["pro"]["header"]["kids"].clone();
    assert_eq!((kids(0).as_array().unwrap().len(), &kids(0)[0]["kid"]), (1, &FIRST.into()));
    assert_eq!((kids(1).as_array().unwrap().len(), &kids(1)[0]["kid"]), (1, &SECOND.into()));
}

#[test]
fn a_plain_senc_with_the_flag_of_a_key_is_named_and_no_key_is_taken_from_it() {
    let senc = boxed(b"senc", &[&[0, 0, 0, 1, 0, 0, 1, 8][..], &id(SECOND), &[0, 0, 0, 1], &[3; 8]].concat());
    let file = File { senc, ..File::default() };
    assert!(file.checked().contains(&"CHK-12".to_owned()));
    let error = file.header_of_media().unwrap_err();
    assert!(error.contains("senc") && error.contains("readers differ"), "{error}");
    let (_folder, path) = file.written();
    assert!(prkit(args!["lint", path]).text().contains("BOX-07"));
}
