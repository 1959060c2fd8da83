//! Neighbours of other programs' test vectors: headers in other encodings, boxes of other systems and versions, cut ones.

use crate::args;
use crate::program::{prkit, prkit_with, sample};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

const KID: &str = "00112233-4455-6677-8899-aabbccddeeff";
const PLAYREADY: [u8; 16] = *uuid::uuid!("9a04f079-9840-4286-ab92-e65be0885f95").as_bytes();
const WIDEVINE: [u8; 16] = *uuid::uuid!("edef8ba9-79d6-4ace-a3c8-27dcd51d21ed").as_bytes();

fn object() -> Vec<u8> {
    fs::read(sample("objects/small.pro")).unwrap()
}

fn put(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn pssh(version: u8, flags: u8, system: [u8; 16], kids: &[u8], data: &[u8]) -> Vec<u8> {
    let mut content = vec![version, 0, 0, flags];
    content.extend(system);
    if version > 0 {
        content.extend((kids.len() as u32).to_be_bytes());
        kids.iter().for_each(|kid| content.extend([*kid; 16]));
    }
    content.extend((data.len() as u32).to_be_bytes());
    content.extend(data);
    boxed(b"pssh", &content)
}

fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32 + 8).to_be_bytes()[..], kind, content].concat()
}

fn rules(path: &Path) -> Vec<String> {
    let run = prkit(args!["lint", "--json", path]);
    let findings: Vec<Value> = run
        .json()
        .iter()
        .flat_map(|report| report["findings"].as_array().cloned().unwrap_or_default())
        .collect();
    findings.iter().filter_map(|finding| finding["rule"].as_str().map(str::to_owned)).collect()
}

#[test]
fn an_object_that_is_made_of_a_header_in_any_encoding_is_in_utf_16() {
    let object = object();
    let units = object[10..].chunks(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
    let xml: String = char::decode_utf16(units).map(Result::unwrap).collect();
    let wide = |swap: bool| -> Vec<u8> {
        xml.encode_utf16()
            .flat_map(|unit| if swap { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect()
    };
    let around = |header: &[u8]| {
        let len = header.len() as u16;
        [&(u32::from(len) + 10).to_le_bytes()[..], &[1, 0, 1, 0], &len.to_le_bytes(), header].concat()
    };
    let declared = |encoding: &str| format!("<?xml version=\"1.0\" encoding=\"{encoding}\"?>\r\n{xml}\r\n");
    let folder = tempfile::tempdir().unwrap();
    for (name, header) in [
        ("utf-8", xml.clone().into_bytes()),
        ("utf-8 with a mark", [b"\xEF\xBB\xBF", xml.as_bytes()].concat()),
        ("utf-8 with a declaration", declared("utf-8").into_bytes()),
        ("utf-16 with a declaration", declared("utf-16").encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("utf-16", wide(false)),
        ("an object in utf-8", around(xml.as_bytes())),
        ("a box in utf-8", pssh(0, 0, PLAYREADY, &[], &around(xml.as_bytes()))),
    ] {
        let input = put(folder.path(), name, header);
        for as_ in
            ["pro", "pssh", "mspr-pro", "cenc-pssh", "ext-x-key", "ext-x-session-key", "protection-header"]
        {
            let out = folder.path().join("out");
            let run = prkit(args!["extract", "--overwrite", "--as", as_, "-o", &out, &input]);
            assert_eq!(run.status, 0, "{name} as {as_}: {}", run.stderr);
            let lint = prkit(args!["lint", "--level=error", &out]);
            assert_eq!(lint.status, 0, "{name} as {as_}: {}", lint.text());
            let shown = prkit(args!["show", "--json", &out]).one();
            assert_eq!(shown["pssh"][0]["pro"]["length"], object.len(), "{name} as {as_}: {shown}");
        }
    }
}

#[test]
fn a_box_is_of_the_system_whose_data_is_in_it_in_every_document() {
    let data = [&[0x12, 0x10][..], &[7; 16]].concat();
    let base64 = STANDARD.encode(&data);
    let uuid = "edef8ba9-79d6-4ace-a3c8-27dcd51d21ed";
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        (
            "a.mpd",
            format!(
                "<MPD xmlns='urn:mpeg:dash:schema:mpd:2011' xmlns:cenc='urn:mpeg:cenc:2013'><Period><AdaptationSet>\
                 <ContentProtection schemeIdUri='urn:uuid:{uuid}'><cenc:pssh>{base64}</cenc:pssh></ContentProtection>\
                 </AdaptationSet></Period></MPD>"
            ),
        ),
        (
            "a.xml",
            format!(
                "<CPIX xmlns='urn:dashif:org:cpix'><DRMSystemList><DRMSystem kid='{KID}' systemId='{uuid}'><PSSH>{base64}\
                 </PSSH></DRMSystem></DRMSystemList></CPIX>"
            ),
        ),
        (
            "a.ismc",
            format!(
                "<SmoothStreamingMedia><Protection><ProtectionHeader SystemID='{uuid}'>{base64}</ProtectionHeader>\
                 </Protection></SmoothStreamingMedia>"
            ),
        ),
        (
            "a.m3u8",
            format!(
                "#EXTM3U\n#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,KEYFORMAT=\"urn:uuid:{uuid}\",URI=\"data:;base64,{base64}\"\n"
            ),
        ),
    ] {
        let path = put(folder.path(), name, text);
        let run = prkit(args!["extract", "--system=widevine", "--what=box", "--raw", path]);
        assert_eq!(run.status, 0, "{name}: {}", run.stderr);
        assert_eq!(run.stdout, pssh(0, 0, WIDEVINE, &[], &data), "{name}");
    }
}

#[test]
fn a_box_of_an_undefined_version_is_kept_and_named_by_every_command_that_would_change_it() {
    let folder = tempfile::tempdir().unwrap();
    for version in [2, 3, 255] {
        let odd = pssh(version, 0, PLAYREADY, &[1], &object());
        let moov = boxed(b"moov", &[boxed(b"mvhd", &[0; 100]), odd.clone()].concat());
        let lone = put(folder.path(), "a.pssh", &odd);
        let movie = put(folder.path(), "a.mp4", [boxed(b"ftyp", b"isom\0\0\0\0isom"), moov].concat());
        for path in [&lone, &movie] {
            assert!(rules(path).contains(&"BOX-07".to_owned()), "version {version}");
            let mut commands = vec![
                args!["reheader", "-n", "--la-url=https://new.example/", path],
                args!["reheader", "-n", "--set-kid=10112233-4455-6677-8899-aabbccddeeff", path],
                args!["reheader", "-n", "--els=10K", path],
            ];
            if path == &movie {
                commands.push(args!["inject", "-n", "--if-exists=replace", format!("--kid={KID}"), path]);
            }
            for command in commands {
                let run = prkit(&command);
                assert_eq!(run.status, 3, "{command:?}: {}", run.text());
                assert!(run.stderr.contains(&format!("version {version}")), "{}", run.stderr);
                let forced = prkit(command.iter().cloned().chain(["--force=version".into()]));
                assert_eq!(forced.status, 0, "{command:?}: {}", forced.stderr);
            }
        }
    }
}

#[test]
fn flags_and_repeated_key_ids_of_a_box_are_findings_however_many_there_are() {
    let folder = tempfile::tempdir().unwrap();
    for (flags, kids, rule, count) in [
        (1, &[][..], "BOX-08", 1),
        (0x80, &[1, 2], "BOX-08", 1),
        (0, &[1, 2], "BOX-08", 0),
        (0, &[1, 2, 1], "BOX-09", 1),
        (0, &[1, 1, 1, 1], "BOX-09", 1),
        (0, &[1, 2, 3], "BOX-09", 0),
    ] {
        let path = put(folder.path(), "a.pssh", pssh(1, flags, PLAYREADY, kids, &object()));
        let found = rules(&path).iter().filter(|found| *found == rule).count();
        assert_eq!(found, count, "flags {flags}, {kids:?}");
    }
}

#[test]
fn boxes_nobody_knows_hide_no_pssh_box_whatever_their_types_and_sizes_are() {
    let large = |content: &[u8]| {
        [&[0, 0, 0, 1][..], b"what", &(content.len() as u64 + 16).to_be_bytes(), content].concat()
    };
    let ours = pssh(0, 0, PLAYREADY, &[], &object());
    for front in [
        boxed(b"what", &[0; 16]),
        boxed(b"what", b""),
        boxed(b"what", &[1; 10_000]),
        boxed(b"\xA9too", b"text"),
        boxed(b"v-1.", &[9; 5]),
        large(&[3; 20]),
        large(b""),
        [boxed(b"what", &[2; 30]), large(&[3; 20]), boxed(b"more", b"x")].concat(),
    ] {
        for (bytes, count) in
            [([&front[..], &ours].concat(), 1), ([&front[..], &ours, &front, &ours].concat(), 2)]
        {
            let shown = prkit_with(args!["show", "--json", "-"], &bytes).one();
            assert_eq!(shown["pssh"].as_array().map(Vec::len), Some(count), "{:?}", &front[..8]);
        }
    }
    // What only looks like a size and a type.
    for text in [
        &b"\0\0\0\x10a text and nothing else"[..],
        b"\0\0\0\x01what\0\0\0\0\0\0\0\x04",
        &[0, 0, 0, 9, 1, 2, 3, 4, 0],
    ] {
        assert_eq!(prkit_with(args!["show", "-"], text).status, 3);
    }
}

#[test]
fn a_cut_box_says_how_many_bytes_are_due_for_what_is_there() {
    let whole = pssh(1, 0, PLAYREADY, &[1, 2], &object());
    for (cut, said) in [
        (8, "0 bytes of content where at least 24 are due"),
        (28, "20 bytes of content where at least 24 are due"),
        (40, "claims 2 key ids, which do not fit into its 32 bytes"),
        (63, "claims 2 key ids, which do not fit into its 55 bytes"),
        (64, "56 bytes of content where at least 60 are due"),
        (67, "59 bytes of content where at least 60 are due"),
        (68, "bytes of data"),
        (whole.len() - 1, "bytes of data"),
    ] {
        let run = prkit_with(args!["show", "-"], &whole[..cut]);
        assert!(run.text().contains(said), "{cut}: {}", run.text());
    }
}

#[test]
fn one_bad_character_of_base64_is_one_finding_in_every_document() {
    let base64 = STANDARD.encode(object());
    let folder = tempfile::tempdir().unwrap();
    for at in [5, 100, base64.len() - 3] {
        for bad in ['!', '*', '.', '#'] {
            let bad = format!("{}{bad}{}", &base64[..at], &base64[at + 1..]);
            for (name, text) in [
                (
                    "a.mpd",
                    format!(
                        "<MPD xmlns='urn:mpeg:dash:schema:mpd:2011'><Period><AdaptationSet mimeType='video/mp4'>\
                         <ContentProtection schemeIdUri='urn:uuid:9a04f079-9840-4286-ab92-e65be0885f95'>\
                         <mspr:pro xmlns:mspr='urn:microsoft:playready'>{bad}</mspr:pro></ContentProtection></AdaptationSet>\
                         </Period></MPD>"
                    ),
                ),
                (
                    "a.m3u8",
                    format!(
                        "#EXTM3U\n#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,KEYFORMAT=\"com.microsoft.playready\",KEYFORMATVERSIONS=\"1\",\
                         URI=\"data:text/plain;charset=UTF-16;base64,{bad}\"\n#EXTINF:1,\na.m4s\n"
                    ),
                ),
                (
                    "a.ismc",
                    format!(
                        "<SmoothStreamingMedia><Protection><ProtectionHeader SystemID='9a04f079-9840-4286-ab92-e65be0885f95'>\
                         {bad}</ProtectionHeader></Protection></SmoothStreamingMedia>"
                    ),
                ),
            ] {
                let path = put(folder.path(), name, text);
                assert_eq!(rules(&path).len(), 1, "{name} {at}: {:?}", rules(&path));
            }
        }
    }
}
