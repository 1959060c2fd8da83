//! Answers of key services: objects in every encoding that can be written again, and those that cannot.

use crate::args;
use crate::program::{prkit, prkit_with};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use std::fs;

// Both give objects and boxes whose base64 has padding, or lacks it.
const OLD: &str = "https://old.example/rm?a1";
const NEW: &str = "https://new.example/a/longer/paths";
const KID: &str = "00112233-4455-6677-8899-aabbccddeeff";

/// The bytes of an object, or of its box, with this license URL.
fn bytes(as_: &str, url: &str) -> Vec<u8> {
    let run = prkit(args!["new", "--kid", KID, "--la-url", url, "--as", as_, "--raw", "-o", "-"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    run.stdout
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn base64(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

type Encode = fn(&[u8]) -> String;

const ENCODINGS: [(&str, Encode); 16] = [
    ("base64", |b| base64(b)),
    ("base64 without padding", |b| STANDARD_NO_PAD.encode(b)),
    ("hex", hex),
    ("hex in capitals", |b| hex(b).to_uppercase()),
    ("hex with a prefix", |b| format!("0x{}", hex(b))),
    ("base64 of base64", |b| base64(base64(b))),
    ("base64 of base64 for URLs", |b| base64(URL_SAFE.encode(b))),
    ("base64 of base64 without padding", |b| base64(STANDARD_NO_PAD.encode(b))),
    ("base64 for URLs of base64", |b| URL_SAFE_NO_PAD.encode(format!("{}\n", base64(b)))),
    ("base64 of hex", |b| base64(hex(b))),
    ("hex of base64", |b| hex(base64(b).as_bytes())),
    ("base64 three times", |b| base64(base64(base64(b)))),
    ("base64 of JSON", |b| base64(format!("{{\"status\":\"OK\",\"drm\":[{{\"data\":\"{}\"}}]}}", base64(b)))),
    ("base64 of JSON with hex", |b| base64(format!("[{{\"data\":\"{}\"}}]", hex(b)))),
    ("base64 of an element", |b| {
        base64(format!("<mspr:pro xmlns:mspr=\"urn:microsoft:playready\">{}</mspr:pro>", base64(b)))
    }),
    ("base64 of a key line", |b| {
        base64(format!(
            "#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,KEYFORMAT=\"com.microsoft.playready\",URI=\"data:;base64,{}\"\n",
            base64(b)
        ))
    }),
];

/// Documents around a string.
fn documents(string: &str) -> Vec<(&'static str, String)> {
    let json = format!("{{\"drm\": [{{\"pssh\": \"{string}\"}}], \"key\": \"AAECAwQFBgcICQoLDA0ODw==\"}}");
    let escaped = json.replace('"', "\\\"");
    vec![
        ("a.json", json.clone()),
        ("slashes.json", json.replace('/', "\\/")),
        ("inside.json", format!("{{\"response\": \"{escaped}\", \"n\": 1}}")),
    ]
}

/// What `reheader` makes of a document, with its status and what was said.
fn reheader(name: &str, text: &str, url: &str) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    let run = prkit(args!["reheader", "-i", "--la-url", url, &path]);
    let said = format!("{}{}", String::from_utf8_lossy(&run.stdout), run.stderr);
    (run.status, said, fs::read_to_string(&path).unwrap())
}

#[test]
fn an_object_in_any_encoding_becomes_another_one_in_the_same() {
    for as_ in ["pro", "pssh"] {
        let (old, new) = (bytes(as_, OLD), bytes(as_, NEW));
        for (encoding, encode) in ENCODINGS {
            let written = documents(&encode(&old)).into_iter().zip(documents(&encode(&new)));
            for ((name, before), (_, expected)) in written {
                let what = format!("{as_} as {encoding} in {name}");
                let (status, said, after) = reheader(name, &before, NEW);
                assert_eq!(status, 0, "{what}: {said}");
                // A slash that was escaped may be written as it is.
                assert_eq!(after.replace("\\/", "/"), expected.replace("\\/", "/"), "{what}");
                let (status, said, back) = reheader(name, &after, OLD);
                assert_eq!(status, 0, "{what}: {said}");
                assert_eq!(back.replace("\\/", "/"), before.replace("\\/", "/"), "{what}");
                let shown = prkit_with(args!["show", "--json", "-"], before.as_bytes()).one();
                assert_eq!(shown["pssh"].as_array().map(Vec::len), Some(1), "{what}: {shown}");
            }
        }
    }
}

#[test]
fn an_object_in_any_encoding_is_found_in_an_envelope() {
    for (encoding, encode) in ENCODINGS {
        for as_ in ["pro", "pssh"] {
            let text = format!(
                "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><R><Data>{}</Data></R></s:Body></s:Envelope>",
                encode(&bytes(as_, OLD)).replace('<', "&lt;")
            );
            let shown = prkit_with(args!["soap", "show", "--json", "-"], text.as_bytes()).one();
            assert_eq!(shown["objects"].as_array().map(Vec::len), Some(1), "{as_} as {encoding}: {shown}");
        }
    }
}

#[test]
fn an_object_in_an_encoding_that_cannot_be_written_again_is_left_and_named() {
    for as_ in ["pro", "pssh"] {
        let old = bytes(as_, OLD);
        let capitals = hex(&old).to_uppercase();
        let mixed: String = [&capitals[..60], &hex(&old)[60..]].concat();
        let quoted: Vec<String> = base64(&old)
            .as_bytes()
            .chunks(72)
            .map(|line| String::from_utf8_lossy(line).into_owned())
            .collect();
        for string in
            [mixed, quoted.join("=\\r\\n").replace("==", "=3D=3D"), format!("pssh={}", base64(&old))]
        {
            let text = format!("{{\"pssh\": \"{string}\"}}");
            let (status, said, after) = reheader("a.json", &text, NEW);
            assert_eq!(status, 3, "{as_} {text}: {said}");
            assert_eq!(after, text, "{said}");
        }
        let numbers: Vec<String> = old.iter().map(ToString::to_string).collect();
        let text = format!("<MPD x='[{}]'><Period/></MPD>", numbers.join(","));
        let (status, said, after) = reheader("a.mpd", &text, NEW);
        assert_eq!((status, after), (3, text), "{as_}: {said}");
    }
}

#[test]
fn other_strings_are_none() {
    for string in [
        base64([7; 300]),
        hex(&[7; 300]),
        base64(base64([7; 300])),
        base64("{\"kid\": \"ABEiM0RVZneImaq7zN3u/w==\", \"key\": \"AAECAwQFBgcICQoLDA0ODw==\"}"),
        "[".repeat(2000),
        base64("a".repeat(2000)),
    ] {
        let text = format!("{{\"a\": \"{string}\"}}");
        let (status, said, after) = reheader("a.json", &text, NEW);
        assert_eq!((status, after), (0, text), "{said}");
        assert!(!said.contains("AAECAwQF"), "{said}");
    }
}
