//! Nothing takes work with the square of what is in an input: four times as much is about four times the work.

#![allow(clippy::pedantic, clippy::as_conversions)]

use crate::check::{Library, compare, gather};
use crate::input::strangers;
use crate::report::{Asked, lint};
use crate::table::{Cells, Columns, Table, Text};
use crate::title::Roots;
use crate::work::steps_of;
use crate::{Content, Document, Input};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prkit_bmff::Scope;
use prkit_plan::Wrong;
use prkit_playready::{KeyId, Keyring, Object, RecordType};
use std::fs;

const FEW: usize = 50;
const SYSTEM: [u8; 16] =
    [0x9a, 0x04, 0xf0, 0x79, 0x98, 0x40, 0x42, 0x86, 0xab, 0x92, 0xe6, 0x5b, 0xe0, 0x88, 0x5f, 0x95];

fn leaf(kind: &[u8; 4], content: &[&[u8]]) -> Vec<u8> {
    let content = content.concat();
    [&u32::try_from(content.len() + 8).unwrap().to_be_bytes()[..], kind, &content].concat()
}

fn kid(i: usize) -> KeyId {
    KeyId::from_uuid_bytes((i as u128 + 1).to_be_bytes())
}

/// An object for one key.
fn object(i: usize) -> Vec<u8> {
    let id = kid(i).to_guid_base64();
    let text = format!(
        "<WRMHEADER xmlns=\"http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader\" version=\"4.0.0.0\"><DATA>\
         <PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO><KID>{id}</KID></DATA></WRMHEADER>"
    );
    let text: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    Object::encode([(RecordType::Header, &text[..])]).unwrap()
}

fn pssh(i: usize) -> Vec<u8> {
    let object = object(i);
    let len = u32::try_from(object.len()).unwrap().to_be_bytes();
    leaf(b"pssh", &[&[0; 4], &SYSTEM, &len, &object])
}

/// A fragment with boxes in it, whose samples have a key that none of them names.
fn fragment(boxes: usize) -> Vec<u8> {
    let entry = [&[0, 0, 1, 8][..], &kid(usize::MAX / 2).to_uuid_bytes()].concat();
    let sgpd = leaf(b"sgpd", &[&[1, 0, 0, 0], b"seig", &20_u32.to_be_bytes(), &1_u32.to_be_bytes(), &entry]);
    let boxes: Vec<u8> = (0..boxes).flat_map(pssh).collect();
    leaf(b"moof", &[&leaf(b"traf", &[&sgpd]), &boxes])
}

fn opened(bytes: Vec<u8>) -> Document {
    let ftyp = leaf(b"ftyp", &[b"iso6\0\0\0\0"]);
    let document = Document::of(Content::Memory([ftyp, bytes].concat().into()), Scope::default()).unwrap();
    assert!(document.fault().is_none());
    document
}

/// Steps of the work on few and on four times as many; what is the same for all is little.
fn assert_linear(what: &str, steps: impl Fn(usize) -> usize) {
    let (few, many) = (steps(FEW), steps(4 * FEW));
    assert!(few > 0, "{what}: nothing is counted");
    // A search takes two steps more.
    assert!(many <= 6 * few + 20, "{what}: {few} steps, {many} of four times as many");
}

#[test]
fn what_is_around_the_boxes_of_a_fragment_is_read_once() {
    for boxes in [1, 4 * FEW] {
        let document = opened([fragment(boxes), leaf(b"mdat", &[])].concat());
        let objects = document.objects().unwrap();
        assert_eq!(objects.len(), boxes);
        // Once for all its boxes, and once for what is said of the fragment itself.
        assert_eq!(steps_of(|| drop(lint(&document, &objects, Asked::default()))), 2);
    }
}

#[test]
fn the_fragments_are_looked_through_once_for_all_boxes_of_a_file() {
    let fragments: Vec<u8> = (0..FEW).flat_map(|_| fragment(0)).collect();
    let boxes: Vec<u8> = (0..FEW).flat_map(pssh).collect();
    let document = opened([leaf(b"moov", &[&boxes]), fragments].concat());
    let objects = document.objects().unwrap();
    // Once for all boxes, and once for what is said of the fragments themselves.
    assert_eq!(steps_of(|| drop(lint(&document, &objects, Asked::default()))), 2 * FEW);
    let refused = steps_of(|| {
        for (i, found) in objects.iter().enumerate() {
            assert!(strangers(&document, found, &[kid(i)]).unwrap().is_some());
        }
    });
    assert_eq!(refused, FEW, "for what all of them use");
}

/// Steps of a check of files in a folder.
fn checked(files: &[(&str, Vec<u8>)], input: &str) -> usize {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    steps_of(|| {
        let library = Library::default();
        let titles = Roots::new(&[], Vec::new()).unwrap();
        let mut inputs = [Ok(Input::of_path(&folder.path().join(input)))].into_iter();
        let mut gathered = gather(&mut inputs, &library, &titles, false, None);
        assert!(gathered.inputs.iter().all(|input| input.error.is_none()), "{:?}", gathered.inputs[0].error);
        let findings = compare(&mut gathered.sets[0], &library, &Keyring::default());
        assert!(findings.compared > 0);
    })
}

#[test]
fn ranges_are_found_among_the_boxes_of_a_file() {
    assert_linear("ranges", |n| {
        let mut media = leaf(b"ftyp", &[b"iso6\0\0\0\0"]);
        let mut list = String::from("#EXTM3U\n");
        for _ in 0..n {
            let start = media.len();
            media.extend([leaf(b"moof", &[]), leaf(b"mdat", &[])].concat());
            list += &format!("#EXTINF:2,\n#EXT-X-BYTERANGE:16@{start}\na.mp4\n");
        }
        checked(&[("a.mp4", media), ("list.m3u8", list.into())], "list.m3u8")
    });
}

#[test]
fn key_lines_are_compared_with_their_own_objects() {
    let line = |i: usize, format: &str| {
        let data = STANDARD.encode(object(i));
        format!(
            "#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,KEYFORMAT=\"{format}\",URI=\"data:text/plain;charset=UTF-16;base64,{data}\"\n"
        )
    };
    assert_linear("keys that change", |n| {
        let lines = (0..n).map(|i| line(i, "com.microsoft.playready") + &format!("{i}.m4s\n"));
        checked(&[("list.m3u8", format!("#EXTM3U\n{}", lines.collect::<String>()).into())], "list.m3u8")
    });
    assert_linear("keys of one segment", |n| {
        let lines: String = (0..n).map(|i| line(i, "com.microsoft.playready")).collect();
        checked(&[("list.m3u8", format!("#EXTM3U\n{lines}1.m4s\n").into())], "list.m3u8")
    });
    assert_linear("formats of one segment", |n| {
        let lines: String = (0..n).map(|i| line(0, &format!("com.microsoft.playready.{i}"))).collect();
        checked(&[("list.m3u8", format!("#EXTM3U\n{lines}1.m4s\n").into())], "list.m3u8")
    });
    assert_linear("keys of CPIX", |n| {
        let systems: String = (0..n)
            .map(|i| {
                let data = STANDARD.encode(pssh(i));
                format!(
                    "<DRMSystem kid=\"{}\" systemId=\"9a04f079-9840-4286-ab92-e65be0885f95\"><PSSH>{data}</PSSH></DRMSystem>",
                    kid(i)
                )
            })
            .collect();
        let keys: String = (0..n).map(|i| format!("<ContentKey kid=\"{}\"/>", kid(i))).collect();
        let text = format!(
            "<CPIX xmlns=\"urn:dashif:org:cpix\"><ContentKeyList>{keys}</ContentKeyList><DRMSystemList>{systems}</DRMSystemList></CPIX>"
        );
        checked(&[("keys.xml", text.into())], "keys.xml")
    });
}

/// A column that is taken for granted.
struct Granted;

impl Columns for Granted {
    type Row = ();

    fn check(&self, _: &str) -> Result<(), Wrong> {
        Ok(())
    }

    fn check_row(&self, _: &Cells) -> Result<(), Wrong> {
        Ok(())
    }

    fn make(&self, _: &Cells, _: bool) -> Result<(), Wrong> {
        Ok(())
    }

    fn files(&self, _: &Cells) -> Vec<String> {
        Vec::new()
    }

    fn digest(&self, file: &str) -> (String, [u8; 32]) {
        (file.to_owned(), [0; 32])
    }
}

#[test]
fn patterns_are_found_by_what_is_plain_in_them() {
    for pattern in ["**/title#/*.m4s", "**/v/title#-*.m4s", "**/*-title#.m4s", "a*/**/title#/**", "title#/**"]
    {
        let steps = |rows: usize| {
            let folder = tempfile::tempdir().unwrap();
            let table = folder.path().join("table.csv");
            let lines: Vec<_> =
                (0..rows).map(|i| format!("{},x\n", pattern.replace('#', &format!("{i:04}")))).collect();
            let lines = lines.concat();
            fs::write(&table, format!("path,la-url\n{lines}")).unwrap();
            let table = Table::new(Text::open(&table).unwrap(), Granted).unwrap();
            let mut document = opened([fragment(1), leaf(b"mdat", &[])].concat());
            let objects = document.objects().unwrap();
            steps_of(|| {
                for i in 0..10 {
                    let name =
                        pattern.replace('#', &format!("{i:04}")).replace("**", "x/y").replace('*', "z");
                    document.path = Some(folder.path().join(name));
                    assert!(table.for_object(&document, &objects[0]).unwrap().is_some(), "{pattern}");
                }
            })
        };
        // The first rows have what all have, and no other.
        assert!(steps(10) <= 60 && steps(200) <= 60, "{pattern}: {}, {}", steps(10), steps(200));
    }
}
