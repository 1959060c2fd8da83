//! What is printed on a terminal does not steer it, whatever is in a file or its name.

use crate::args;
use crate::program::{prkit, sample};
use nix::pty::openpty;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// A title, a bell, an erasing step back, a colour by one character, text from right to left, a line of its own.
const EVIL: &str = "\u{1b}]0;pwned\u{7}\u{8}\u{9b}31m\u{202e}\rFORGED\nFORGED";

/// The same in a file, where lines are lines.
const TEXT: &str = "\u{1b}]0;pwned\u{7}\u{8}\u{9b}31m\u{202e}\rFORGED";

/// What the program prints where standard output and standard error are a terminal.
fn on_terminal(args: impl IntoIterator<Item: AsRef<OsStr>>) -> String {
    let pty = openpty(None, None).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_prkit"));
    command.args(args).env("TERM", "xterm-256color").env_remove("NO_COLOR").stdin(Stdio::null());
    command.stdout(pty.slave.try_clone().unwrap()).stderr(pty.slave);
    let mut child = command.spawn().unwrap();
    drop(command);
    let mut printed = Vec::new();
    // Linux ends a terminal that nobody else has open with an error.
    let _ = File::from(pty.master).read_to_end(&mut printed);
    child.wait().unwrap();
    String::from_utf8(printed).unwrap()
}

/// Runs with a terminal, and fails where anything of the text got through that steers one.
fn is_harmless(args: Vec<OsString>) -> String {
    let printed = on_terminal(&args);
    for part in ["\u{1b}]", "\u{7}", "\u{8}", "\u{9b}", "\u{202e}", "\rFORGED", "\nFORGED"] {
        let at = printed.find(part);
        let around =
            at.map(|at| String::from_utf8_lossy(&printed.as_bytes()[at.saturating_sub(200)..at + 1]));
        assert!(at.is_none(), "{args:?}: {part:?} behind {around:?}");
    }
    // With nothing to recover, there is no object.
    assert!(!printed.is_empty() || args[0] == "recover", "{args:?}: nothing was printed");
    printed
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn object_of(xml: &str) -> Vec<u8> {
    let header = utf16(xml);
    let mut bytes = (header.len() as u32 + 10).to_le_bytes().to_vec();
    bytes.extend([1, 0, 1, 0]);
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header);
    bytes
}

/// A header with such text wherever it has any.
fn evil_header() -> String {
    format!(
        "<WRMHEADER xmlns=\"urn:{TEXT}\" version=\"4.{TEXT}\"><DATA><PROTECTINFO LICENSEREQUESTED=\"{TEXT}\"><KIDS>\
         <KID ALGID=\"{TEXT}\" CHECKSUM=\"{TEXT}\" VALUE=\"{TEXT}\"></KID></KIDS></PROTECTINFO><LA_URL>https://{TEXT}</LA_URL>\
         <LUI_URL>{TEXT}</LUI_URL><DS_ID>{TEXT}</DS_ID><a{TEXT}></a><KID xmlns=\"urn:x\"></KID>\
         <CUSTOMATTRIBUTES><a>{TEXT}</a></CUSTOMATTRIBUTES><DECRYPTORSETUP>{TEXT}</DECRYPTORSETUP></DATA></WRMHEADER>"
    )
}

fn put(folder: &Path, name: &str, bytes: &[u8]) -> OsString {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path.into_os_string()
}

#[test]
fn a_terminal_is_one_for_the_program() {
    let args = args!["show", sample("dash-live/video-init.mp4")];
    let printed = on_terminal(&args);
    assert!(printed.contains("\u{1b}["), "styles show that it knows: {printed:?}");
}

#[test]
fn text_of_a_header_is_shown_and_not_sent() {
    let root = tempfile::tempdir().unwrap();
    let object = put(root.path(), "a.pro", &object_of(&evil_header()));
    let header = put(root.path(), "a.xml", evil_header().as_bytes());
    for file in [object, header] {
        for command in ["show", "lint", "extract", "check"] {
            is_harmless(args![command, &file]);
        }
        for command in ["show", "lint", "check"] {
            let printed = is_harmless(args![command, "--json", &file]);
            for line in printed.lines().filter(|line| line.starts_with('{')) {
                serde_json::from_str::<serde_json::Value>(line).unwrap();
            }
        }
        is_harmless(args!["show", "-n", &file]);
        is_harmless(args!["lint", "--fix", "-n", &file]);
        is_harmless(args!["reheader", "-n", "--la-url", "https://a.test/", &file]);
        is_harmless(args!["reheader", "-n", "--la-url", EVIL, &file]);
    }
}

#[test]
fn text_of_a_file_is_shown_and_not_sent() {
    let root = tempfile::tempdir().unwrap();
    let replaced = |bytes: &[u8], from: &[u8], to: &[u8]| {
        let mut bytes = bytes.to_vec();
        while let Some(at) = bytes.windows(from.len()).position(|window| window == from) {
            bytes[at..at + from.len()].copy_from_slice(to);
        }
        bytes
    };
    let init = fs::read(sample("dash-live/video-init.mp4")).unwrap();
    let mut files = Vec::new();
    for (i, from) in [b"cenc", b"avc1", b"encv", b"isom", b"vide", b"mvhd", b"mvex"].into_iter().enumerate() {
        files.push(put(root.path(), &format!("{i}.mp4"), &replaced(&init, from, b"\x1b]\x07\x08")));
    }
    let object = object_of(&evil_header());
    let base64 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &object);
    let mpd = format!(
        "<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" xmlns:mspr=\"urn:microsoft:playready\"><Period id=\"{TEXT}\"><AdaptationSet \
         id=\"{TEXT}\"><ContentProtection schemeIdUri=\"urn:uuid:9a04f079-9840-4286-ab92-e65be0885f95\" value=\"{TEXT}\">\
         <mspr:pro>{base64}</mspr:pro><Laurl>https://{TEXT}</Laurl></ContentProtection><ContentProtection \
         schemeIdUri=\"urn:uuid:{TEXT}\"/><Representation id=\"{TEXT}\"><BaseURL>{TEXT}.mp4</BaseURL></Representation></AdaptationSet>\
         </Period></MPD>"
    );
    files.push(put(root.path(), "a.mpd", mpd.as_bytes()));
    files.push(put(root.path(), "b.mpd", TEXT.as_bytes()));
    let line = TEXT.replace('\r', " ");
    let m3u8 = format!(
        "#EXTM3U\n#EXT-X-KEY:METHOD=SAMPLE-AES,KEYFORMAT=\"com.microsoft.playready\",URI=\"data:text/plain;charset=UTF-16;base64,{base64}\"\n\
         #EXT-X-KEY:METHOD={line},KEYFORMAT=\"{line}\",URI=\"{line}\"\n#EXT-X-MAP:URI=\"{line}\"\n#EXTINF:1,{line}\n{line}.m4s\n"
    );
    files.push(put(root.path(), "a.m3u8", m3u8.as_bytes()));
    files.push(put(root.path(), "a.txt", TEXT.as_bytes()));
    for file in &files {
        for command in ["show", "lint", "check", "extract"] {
            is_harmless(args![command, file]);
            if command != "extract" {
                is_harmless(args![command, "--json", file]);
            }
        }
        is_harmless(args!["reheader", "-n", "--la-url", "https://a.test/", file]);
        is_harmless(args!["reheader", "-n", "--json", "--la-url", "https://a.test/", file]);
        is_harmless(args![
            "inject",
            "-n",
            "--system",
            "widevine",
            "--kid",
            "00112233-4455-6677-8899-aabbccddeeff",
            file
        ]);
        is_harmless(args!["remove", "-n", "--all", file]);
        is_harmless(args!["kid", "--in", file, "00112233-4455-6677-8899-aabbccddeeff"]);
        is_harmless(args!["els", "list", file]);
        is_harmless(args!["soap", "show", file]);
        is_harmless(args!["license", "show", file]);
        is_harmless(args!["policy", "check", file]);
    }
}

#[test]
fn names_are_shown_and_not_sent() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join(format!("d{EVIL}"));
    fs::create_dir(&folder).unwrap();
    let bytes = fs::read(sample("edge/store-10k.mp4")).unwrap();
    let name = format!("e{EVIL}.mp4");
    let file = put(&folder, &name, &bytes);
    let (junk, missing) = (put(&folder, &format!("j{EVIL}.mp4"), b"junk"), folder.join(format!("m{EVIL}")));
    let (list, log) = (folder.join(format!("l{EVIL}")), folder.join(format!("log{EVIL}")));
    fs::write(&list, missing.as_os_str().as_encoded_bytes()).unwrap();
    let url = "--la-url=https://new.example.test/rm.asmx";
    for input in [&file, &junk, &missing.clone().into_os_string(), &folder.clone().into_os_string()] {
        for command in ["show", "lint", "check", "extract"] {
            is_harmless(args![command, input]);
        }
        is_harmless(args!["show", "--json", input]);
        is_harmless(args!["reheader", "-n", url, input]);
        is_harmless(args!["reheader", "-i", url, "--sync=none", "--write=rename", input]);
        is_harmless(args!["reheader", "-i", "--json", url, "--sync=none", input]);
        is_harmless(args!["reheader", url, "-o", folder.join(format!("o{EVIL}")), input]);
        is_harmless(args![
            "inject",
            "-n",
            "--system=widevine",
            "--kid=00112233-4455-6677-8899-aabbccddeeff",
            input
        ]);
        is_harmless(args!["recover", "--list", input]);
        is_harmless(args!["recover", "--list", "--json", input]);
        is_harmless(args!["undo", input]);
        is_harmless(args!["kid", "--in", input, "00112233-4455-6677-8899-aabbccddeeff"]);
        is_harmless(args!["reheader", "-n", url, "--presentation", input]);
        is_harmless(args!["reheader", "-n", url, "--edits", input, &file]);
        is_harmless(args!["reheader", "-n", format!("--la-url=@{}", Path::new(input).display()), &file]);
        is_harmless(args!["reheader", "-n", "--add-kid", input, &file]);
        is_harmless(args!["check", "--keys", format!("@{}", Path::new(input).display()), &file]);
    }
    is_harmless(args!["show", "--files-from", &list]);
    is_harmless(args!["show", "--files-from", &missing]);
    is_harmless(args!["extract", &file, "-o", &list]);
    is_harmless(args![
        "reheader",
        "-i",
        "--la-url",
        "https://third.example.test/rm.asmx",
        "--log",
        &log,
        &file
    ]);
    is_harmless(args![
        "reheader",
        "-i",
        "--la-url",
        "https://third.example.test/rm.asmx",
        "--log",
        &log,
        &file
    ]);
    is_harmless(args!["undo", &log]);
    is_harmless(args!["undo", &log]);
    // Other journals than ours, and what only looks like one.
    fs::write(folder.join(".prkit-journal"), "junk").unwrap();
    fs::write(folder.join(format!(".e{EVIL}.mp4.prkit-journal")), "junk").unwrap();
    fs::write(folder.join(format!(".e{EVIL}.mp4.prkit-new-abc")), "junk").unwrap();
    is_harmless(args!["recover", &folder]);
    is_harmless(args!["reheader", "-i", url, &folder]);
    // What the parser of the command line repeats.
    is_harmless(args![EVIL]);
    is_harmless(args!["show", format!("--{EVIL}")]);
    is_harmless(args!["show", format!("--{EVIL}=x")]);
    is_harmless(args!["show", "--index", EVIL]);
    is_harmless(args!["show", "--type", EVIL]);
    is_harmless(args!["status", EVIL]);
    is_harmless(args!["kid", EVIL]);
    is_harmless(args!["new", "--kid", EVIL]);
    is_harmless(args!["completions", EVIL]);
}

#[test]
fn a_key_in_the_place_of_an_input_is_not_repeated() {
    const KID: &str = "00112233-4455-6677-8899-aabbccddeeff";
    const KEY: &str = "5ec7e75ec7e75ec7e75ec7e75ec7e75e";
    let root = tempfile::tempdir().unwrap();
    let file = put(root.path(), "a.mp4", &fs::read(sample("dash-live/video-init.mp4")).unwrap());
    let list = put(root.path(), "keys.txt", format!("{KID}:{KEY}\n{KID} {KEY}\n{KEY}\n").as_bytes());
    let base64 = "XsfnXsfnXsfnXsfnXsfnXg==";
    let before = fs::read(&file).unwrap();
    for key in [
        KEY,
        "{5ec7e75e-c7e7-5ec7-e75e-c7e75ec7e75e}",
        base64,
        &base64[..22],
        &format!("{KID}={KEY}"),
        &KEY[1..],
    ] {
        for run in [
            prkit(args!["reheader", "-i", "--add-kid", KID, key, &file]),
            prkit(args!["reheader", "-n", "--json", "--set-kid", KID, key, &file]),
            prkit(args!["inject", "-i", "--kid", KID, &file, key]),
            prkit(args!["check", "--keys", KID, key, &file]),
            prkit(args!["checksum", "--kid", KID, key]),
            prkit(args!["derive-key", "--kid", KID, key]),
            prkit(args!["reheader", "--add-kid", KID, "--", key]),
            prkit(args![key]),
        ] {
            let said = format!("{}{}", run.text(), run.stderr);
            let digits = key.trim_start_matches(KID).trim_matches(['=', '{', '}']);
            assert!(!said.contains(digits) && !said.contains("5ec7e75ec"), "{key}: {said}");
            assert_ne!(run.status, 0, "{key}: {said}");
        }
        assert!(fs::read(&file).unwrap() == before, "nothing was done");
    }
    let run = prkit(args!["reheader", "-i", "--add-kid", KID, KEY, &file]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("INPUT 1 is no file, and looks like a key"), "{}", run.stderr);
    // The lines that --keys was meant to read.
    for json in [["--json"].as_slice(), &[]] {
        let mut words = args!["show", "--files-from", &list];
        words.extend(json.iter().map(OsString::from));
        let run = prkit(words);
        assert_eq!(run.status, 3, "{}", run.stderr);
        assert!(
            !run.stderr.contains("5ec7e7") && !run.text().contains("5ec7e7"),
            "{}{}",
            run.text(),
            run.stderr
        );
    }
    // A file of such a name is a file.
    let named = put(root.path(), KEY, &before);
    let run = prkit(args!["show", &named]);
    assert!(run.status == 0 && run.text().contains(KEY), "{}", run.stderr);
    let moved = Command::new(env!("CARGO_BIN_EXE_prkit"))
        .current_dir(root.path())
        .args(["show", KEY])
        .output()
        .unwrap();
    assert_eq!(moved.status.code(), Some(0));
}

#[test]
fn what_the_parser_refuses_is_told_like_what_the_program_refuses() {
    for typed in
        [args!["show", "--no-such"], args!["show", "--system=none", "x"], args!["nothing"], args!["undo"]]
    {
        for color in [None, Some("--color=always"), Some("--color=never")] {
            let typed: Vec<OsString> = typed.iter().cloned().chain(color.map(OsString::from)).collect();
            let run = prkit(typed.clone());
            assert_eq!(run.status, 2, "{typed:?}");
            assert!(run.stderr.starts_with("prkit: ") && !run.stderr.contains('\u{1b}'), "{}", run.stderr);
            assert!(run.stderr.ends_with("For more information, try '--help'.\n"), "{}", run.stderr);
            assert!(!on_terminal(&typed).contains('\u{1b}'));
        }
    }
    assert!(on_terminal(args!["show", "--help"]).contains('\u{1b}'));
    assert!(!on_terminal(args!["show", "--color", "never", "--help"]).contains('\u{1b}'));
    assert!(prkit(args!["show", "--help", "--color=always"]).text().contains('\u{1b}'));
}
