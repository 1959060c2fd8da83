//! What people paste: dumps and literals of other programs, and what is said of what they should not have pasted.

use crate::args;
use crate::program::{prkit, prkit_with, sample};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fs;

fn boxed() -> Vec<u8> {
    let object = fs::read(sample("objects/small.pro")).unwrap();
    let size = u32::try_from(object.len() + 32).unwrap();
    let system = 0x9a04_f079_9840_4286_ab92_e65b_e088_5f95_u128.to_be_bytes();
    let len = u32::try_from(object.len()).unwrap();
    [&size.to_be_bytes()[..], b"pssh\0\0\0\0", &system, &len.to_be_bytes(), &object].concat()
}

fn lines(bytes: &[u8], offset: impl Fn(usize) -> String, cells: impl Fn(&[u8]) -> String) -> String {
    let lines = bytes.chunks(16).enumerate().map(|(n, line)| format!("{}{}\n", offset(n * 16), cells(line)));
    lines.collect::<String>() + &offset(bytes.len()) + "\n"
}

fn joined(bytes: &[u8], one: impl Fn(&u8) -> String, between: &str) -> String {
    bytes.iter().map(one).collect::<Vec<_>>().join(between)
}

/// Words of two bytes, the low one first; the last one is filled up.
fn words(line: &[u8]) -> String {
    line.chunks(2).map(|word| format!(" {:02x}{:02x}", word.get(1).unwrap_or(&0), word[0])).collect()
}

#[test]
fn what_programs_print_of_bytes_is_read_and_changed_in_the_same_form() {
    let octal = |at: usize| format!("{at:07o}");
    let hex = |at: usize| format!("{at:07x}");
    for odd in [false, true] {
        let mut bytes = boxed();
        if odd {
            // A byte behind the box: its size, and whatever is behind, are what they are.
            bytes.push(0);
        }
        let b = &bytes;
        let mut forms = vec![
            ("od -t x1", lines(b, octal, |l| joined(l, |x| format!(" {x:02x}"), ""))),
            ("od -A x -t x1", lines(b, |at| format!("{at:06x}"), |l| joined(l, |x| format!(" {x:02x}"), ""))),
            ("od -t u1", lines(b, octal, |l| joined(l, |x| format!(" {x:3}"), ""))),
            ("od -b", lines(b, octal, |l| joined(l, |x| format!(" {x:03o}"), ""))),
            ("od -t d1", lines(b, octal, |l| joined(l, |x| format!(" {:4}", x.cast_signed()), ""))),
            ("hexdump", lines(b, hex, words)),
            ("od -x", lines(b, octal, words)),
            (
                "octal C string",
                format!("const char pssh[] = \"{}\";", joined(b, |x| format!("\\{x:03o}"), "")),
            ),
            ("octal without quotes", joined(b, |x| format!("\\{x:03o}"), "")),
            (
                "casts of Java",
                format!("new byte[] {{ {} }};", joined(b, |x| format!("(byte)0x{x:02x}"), ", ")),
            ),
            ("casts of Java with a space", joined(b, |x| format!("(byte) 0x{x:02X}"), ", ")),
            ("bytes with a prefix", joined(b, |x| format!("0x{x:02x}"), " ")),
            ("bytes with a prefix, in lines", joined(b, |x| format!("0X{x:02X}"), "\n").to_lowercase()),
            ("Swift", format!("let a: [UInt8] = [{}]", joined(b, |x| format!("0x{x:02x}"), ", "))),
            (
                "casts of Kotlin",
                format!("byteArrayOf({})", joined(b, |x| format!("0x{x:02x}.toByte()"), ", ")),
            ),
            (
                "NSData",
                format!(
                    "<{}>",
                    b.chunks(4).map(|g| joined(g, |x| format!("{x:02x}"), "")).collect::<Vec<_>>().join(" ")
                ),
            ),
        ];
        let members = b.iter().enumerate().map(|(i, x)| format!("\"{i}\":{x}")).collect::<Vec<_>>().join(",");
        forms.push(("JSON of a Uint8Array", format!("{{{members}}}")));
        for (name, text) in forms {
            let run = prkit(args!["show", "--json", "--data", &text]);
            let shown = run.one();
            assert_eq!(shown["pssh"][0]["system"], "playready", "{name}: {}", run.stderr);
            let run =
                prkit_with(args!["reheader", "--la-url", "https://n/", "-o", "-", "-"], text.as_bytes());
            assert_eq!(run.status, 0, "{name}: {}", run.stderr);
            let new = run.text();
            let again = prkit(args!["show", "--json", "--data", new]).one();
            assert_eq!(again["pssh"][0]["pro"]["header"]["la_url"], "https://n/", "{name}: {new}");
            let kinds = |text: &str| -> String {
                let mut kinds: Vec<char> =
                    text.chars().filter(|c| !c.is_ascii_hexdigit() && !c.is_whitespace()).collect();
                kinds.sort_unstable();
                kinds.dedup();
                kinds.into_iter().collect()
            };
            assert_eq!(kinds(new), kinds(&text), "{name}: {new}");
        }
    }
}

#[test]
fn what_is_no_object_is_named_for_what_it_is() {
    let gzip =
        [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0x4B, 0x4C, 0x4A, 6, 0, 0xC2, 0x41, 0x24, 0x35, 3, 0, 0, 0];
    for (text, looks) in [
        ("<!doctype html><title>Access denied</title>".to_owned(), "an HTML page"),
        ("\n<!DOCTYPE HTML PUBLIC \"-//W3C//DTD\"><html>".to_owned(), "an HTML page"),
        (STANDARD.encode(gzip), "base64 of gzip"),
        (joined(&gzip, |x| format!("{x:02x}"), ""), "hex of gzip"),
        (STANDARD.encode(b"%PDF-1.7 and more of it"), "base64 of a PDF document"),
    ] {
        let run = prkit(args!["show", "--data", &text]);
        assert_eq!(run.status, 3, "{text}");
        assert!(run.stderr.contains(looks), "{text}: {}", run.stderr);
    }
}

#[test]
fn a_header_of_something_else_is_given_to_no_catalogue() {
    let header = |namespace: &str, inside: &str| {
        format!("<WRMHEADER{namespace} version=\"4.1.0.0\">{inside}</WRMHEADER>")
    };
    let right = " xmlns=\"http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader\"";
    let data = "<DATA><LA_URL>https://a/</LA_URL></DATA>";
    let folder = tempfile::tempdir().unwrap();
    let given = |text: &str| {
        let path = folder.path().join("header.xml");
        fs::write(&path, text).unwrap();
        let given = format!("@{}", path.display());
        let run = prkit(args!["reheader", "--header", given, "-n", sample("objects/small.pro")]);
        (run.status, run.stderr)
    };
    assert_eq!(given(&header(right, data)).0, 0);
    assert_eq!(given(&header("", data)).0, 0);
    for (text, says) in [
        (header(" xmlns=\"urn:other\"", data), "urn:other"),
        (header(" xmlns=\"\"", data), "the namespace of the header is \"\""),
        (header(&right.replace("2007", "2006"), data), "2006"),
        ("<x:WRMHEADER xmlns:x=\"urn:other\"><x:DATA></x:DATA></x:WRMHEADER>".to_owned(), "urn:other"),
        (header(right, ""), "no DATA"),
        (header(right, "<LA_URL>https://a/</LA_URL>"), "no DATA"),
        (header(right, "<DATA xmlns=\"urn:other\"></DATA>"), "no DATA"),
    ] {
        let (status, said) = given(&text);
        assert!(status != 0 && said.contains(says), "{text}: {status} {said}");
    }
}

#[test]
fn a_box_of_another_system_in_the_place_of_an_object_is_named_for_its_system() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pssh");
    for (system, name) in [
        (0xedef_8ba9_79d6_4ace_a3c8_27dc_d51d_21ed_u128, "a pssh box of widevine's"),
        (
            0x0123_4567_89ab_cdef_0123_4567_89ab_cdef,
            "a pssh box of the system 01234567-89ab-cdef-0123-456789abcdef",
        ),
    ] {
        let boxed = [&[0, 0, 0, 32][..], b"pssh\0\0\0\0", &system.to_be_bytes(), &[0; 4]].concat();
        fs::write(&path, boxed).unwrap();
        let run = prkit(args![
            "reheader",
            "-n",
            "--pro",
            format!("@{}", path.display()),
            sample("objects/small.pssh")
        ]);
        assert_ne!(run.status, 0);
        assert!(run.stderr.contains(name), "{}", run.stderr);
    }
}
