//! Which inputs are taken, and where results go.

use crate::args;
use crate::program::{copy, prkit, prkit_with, sample};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use std::fs;
use std::path::Path;

const URL: &str = "https://new.example.com/rightsmanager.asmx";

#[test]
fn a_folder_is_walked_by_content_and_foreign_files_are_no_failures() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, from: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::copy(sample(from), path).unwrap();
    };
    put("a/init.bin", "dash-live/video-init.mp4");
    put("a/b/1.m4s", "rotation/1.m4s");
    put(".hidden/init.mp4", "dash-live/video-init.mp4");
    put("a/.hidden.mp4", "dash-live/video-init.mp4");
    put("notes.mp4", "bad/text.txt");
    put("object.pro", "objects/small.pro");
    let run = prkit(args!["show", "--json", "--ordered", folder.path()]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let names: Vec<_> = run
        .json()
        .iter()
        .map(|line| Path::new(line["path"].as_str().unwrap()).file_name().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["1.m4s", "init.bin"]);
    assert!(run.stderr.contains("2 other files skipped"), "{}", run.stderr);

    let only = prkit(args!["show", "--json", "--include", "*.m4s", folder.path()]);
    assert_eq!(only.json().len(), 1);
    let but = prkit(args!["show", "--json", "--exclude", "a/b/*", folder.path()]);
    assert_eq!(but.json().len(), 1);
}

#[test]
fn links_in_folders_are_not_followed_and_a_named_link_stays_one() {
    use std::os::unix::fs::symlink;
    let (folder, file) = copy(&sample("dash-live/video-init.mp4"));
    let walked = tempfile::tempdir().unwrap();
    let link = walked.path().join("link.mp4");
    symlink(&file, &link).unwrap();
    symlink(folder.path(), walked.path().join("folder")).unwrap();
    assert_eq!(prkit(args!["show", "--json", walked.path()]).json().len(), 0);
    assert_eq!(prkit(args!["show", "--json", "-L", walked.path()]).json().len(), 2);

    let run = prkit(args!["reheader", "--la-url", URL, "-i", &link]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert_eq!(prkit(args!["show", "--json", &file]).one()["pssh"][1]["pro"]["header"]["la_url"], URL);
}

#[test]
fn names_come_from_a_list_too() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("list");
    let names = [sample("dash-live/video-init.mp4"), sample("rotation/1.m4s")];
    fs::write(&list, format!("{}\n{}\r\n\n", names[0].display(), names[1].display())).unwrap();
    assert_eq!(prkit(args!["show", "--json", "--files-from", &list]).json().len(), 2);
    let nul = format!("{}\0{}\0", names[0].display(), names[1].display());
    assert_eq!(
        prkit_with(args!["show", "--json", "--files-from", "-", "-0"], nul.as_bytes()).json().len(),
        2
    );
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_name_of_a_list() {
    let name = sample("rotation/1.m4s");
    for end in ["\n", "\0"] {
        let list = format!("\u{FEFF}{}{end}{}{end}", name.display(), name.display());
        let mut args = args!["show", "--json", "--files-from", "-"];
        args.extend((end == "\0").then(|| "-0".into()));
        let run = prkit_with(args, list.as_bytes());
        assert_eq!((run.status, run.json().len()), (0, 2), "{}", run.stderr);
    }
}

#[test]
fn a_list_that_is_a_folder_is_wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    let run = prkit(args!["show", "--files-from", folder.path(), sample("rotation/1.m4s")]);
    assert_eq!((run.status, run.text()), (2, ""));
    assert!(run.stderr.contains(&format!("{}: it is a folder", folder.path().display())), "{}", run.stderr);
}

#[test]
fn a_list_that_cannot_be_read_is_said_once_and_the_other_inputs_go_on() {
    let name = sample("rotation/1.m4s");
    let folder = tempfile::tempdir().unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_prkit"))
        .args(args!["show", "--json", "--files-from", "-", &name])
        .stdin(fs::File::open(folder.path()).unwrap())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(text(&output.stdout).lines().count(), 2, "{}", text(&output.stdout));
    assert_eq!(text(&output.stderr).matches("-: cannot read the list").count(), 1);
    // A file that can be opened, and whose first byte cannot be read.
    let list = Path::new("/proc/self/mem");
    if list.exists() {
        let run = prkit(args!["show", "--json", "--files-from", list, &name]);
        assert_eq!((run.status, run.json().len()), (3, 2), "{}", run.stderr);
        assert_eq!(run.stderr.matches("/proc/self/mem: cannot read the list").count(), 1, "{}", run.stderr);
    }
    // Something that is no list.
    let run = prkit_with(args!["show", "--json", "--files-from", "-"], &vec![b'x'; 1 << 20]);
    assert_eq!((run.status, run.json().len()), (3, 1), "{}", run.stderr);
    assert!(run.stderr.contains("longer than 65536 bytes"), "{}", run.stderr);
}

#[test]
fn a_name_that_is_no_text_is_base64_in_json() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(std::ffi::OsStr::from_bytes(b"\xFF\x1b[31m.mp4"));
    fs::copy(sample("dash-live/video-init.mp4"), &path).unwrap();
    let shown = prkit(args!["show", "--json", &path]).one();
    assert_eq!(shown["path_base64"], STANDARD.encode(path.as_os_str().as_bytes()));
    assert!(shown.get("path").is_none());
    assert!(!prkit(args!["show", &path]).text().contains('\x1b'));
}

#[test]
fn standard_input_goes_through_the_same_detection() {
    let file = fs::read(sample("dash-live/video-init.mp4")).unwrap();
    let shown = prkit_with(args!["show", "--json", "-"], &file).one();
    assert_eq!((&shown["kind"], &shown["path"]), (&json!("mp4"), &json!("-")));
    // Nothing named and no terminal: standard input.
    assert_eq!(prkit_with(args!["show", "--json"], &file).one()["kind"], "mp4");
    let object = fs::read(sample("objects/small.pro")).unwrap();
    assert_eq!(prkit_with(args!["show", "--json"], &object).one()["kind"], "pro");
    assert_eq!(prkit_with(args!["show", "--json"], STANDARD.encode(&object).as_bytes()).one()["kind"], "pro");
    // Longer than what is kept in memory.
    let movie = fs::read(sample("progressive/movie.mp4")).unwrap();
    assert_eq!(prkit_with(args!["show", "--json"], &movie).one()["size"], movie.len());
}

#[test]
fn pasted_data_is_read_in_every_form_and_edited_in_its_own() {
    let object = fs::read(sample("objects/small.pro")).unwrap();
    let hex: String = object.iter().map(|b| format!("{b:02X}")).collect();
    let header = &object[10..];
    let xml =
        String::from_utf16(&header.chunks(2).map(|b| u16::from_le_bytes([b[0], b[1]])).collect::<Vec<_>>())
            .unwrap();
    for (data, kind, form) in [
        (STANDARD.encode(&object), "pro", "pro"),
        (hex.clone(), "pro", "pro"),
        (STANDARD.encode(fs::read(sample("objects/small.pssh")).unwrap()), "pssh", "pssh"),
        (STANDARD.encode(header), "header", "header"),
        (STANDARD.encode(xml.as_bytes()), "header", "header"),
    ] {
        let shown = prkit(args!["show", "--json", "--data", &data]).one();
        assert_eq!((&shown["kind"], &shown["pssh"][0]["form"]), (&json!(kind), &json!(form)), "{data:.40}");
        assert!(shown["pssh"][0]["pro"]["header"]["la_url"].is_string(), "{data:.40}");
        let new = prkit(args!["reheader", "--la-url", URL, "--data", &data, "-o", "-"]);
        assert_eq!(new.status, 0, "{}", new.stderr);
        let again = prkit(args!["show", "--json", "--data", new.text()]).one();
        assert_eq!(again["kind"], kind);
        assert_eq!(again["pssh"][0]["pro"]["header"]["la_url"], URL);
    }
    let new = prkit(args!["reheader", "--la-url", URL, "--data", &hex, "-o", "-"]);
    assert!(new.text().chars().all(|c| c.is_ascii_hexdigit()), "{}", new.text());
}

#[test]
fn a_name_that_reads_like_data_gets_a_hint() {
    let data = STANDARD.encode(fs::read(sample("objects/small.pro")).unwrap());
    let run = prkit(args!["show", &data]);
    assert_eq!(run.status, 3);
    assert!(run.stderr.contains("use --data"), "{}", run.stderr);
}

#[test]
fn objects_of_every_kind_are_edited_as_what_they_are() {
    for (name, kind) in
        [("objects/small.pro", "pro"), ("objects/large.pssh", "pssh"), ("objects/large.pro", "pro")]
    {
        let (_folder, path) = copy(&sample(name));
        let run = prkit(args!["reheader", "--la-url", URL, "-i", &path]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        let shown = prkit(args!["show", "--json", &path]).one();
        assert_eq!(
            (&shown["kind"], &shown["pssh"][0]["pro"]["header"]["la_url"]),
            (&json!(kind), &json!(URL))
        );
        assert!(shown["slack"].as_array().is_none_or(Vec::is_empty), "no filler beside a box of its own");
    }
}

#[test]
fn exactly_one_of_in_place_output_and_dry_run() {
    let input = sample("dash-live/video-init.mp4");
    for args in [
        args!["reheader", "--la-url", URL, &input],
        args!["reheader", "--la-url", URL, "-i", "-n", &input],
        args!["reheader", "-n", &input],
        args!["reheader", "-n", "--la-url", URL, "--no-la-url", &input],
    ] {
        assert_eq!(prkit(args).status, 2);
    }
}

#[test]
fn a_folder_is_mirrored_and_existing_files_need_overwrite() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let live = sample("dash-live");
    let run = prkit(args!["reheader", "--la-url", URL, "-o", &out, &live]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(out.join("video-init.mp4").exists());
    let again = prkit(args!["reheader", "--la-url", URL, "-o", &out, &live]);
    assert_eq!(again.status, 3);
    assert!(again.stderr.contains("--overwrite"), "{}", again.stderr);
    assert_eq!(prkit(args!["reheader", "--la-url", URL, "--overwrite", "-o", &out, &live]).status, 0);
    let itself =
        prkit(args!["reheader", "--la-url", URL, "--overwrite", "-o", &out, out.join("video-init.mp4")]);
    assert_eq!(itself.status, 3);
    assert!(itself.stderr.contains("use -i"), "{}", itself.stderr);
}

#[test]
fn two_inputs_on_one_target_are_an_error_before_any_write() {
    let folder = tempfile::tempdir().unwrap();
    let (out, input) = (folder.path().join("out/"), sample("dash-live/video-init.mp4"));
    // Inputs of one name are told apart by their folders (outputs.rs), and one that is named twice is not.
    let twice = input.with_file_name("../dash-live/video-init.mp4");
    let run = prkit(args!["reheader", "--la-url", URL, "-o", &out, &input, &twice]);
    assert_eq!(run.status, 2, "{}", run.stderr);
    assert!(run.stderr.contains("would both be written"), "{}", run.stderr);
    assert!(!out.exists());
}

#[test]
fn a_stream_gets_the_whole_new_file() {
    let input = sample("dash-ondemand/audio.mp4");
    let streamed = prkit(args!["reheader", "--la-url", URL, "-o", "-", &input]);
    let (folder, _) = copy(&input);
    let out = folder.path().join("out.mp4");
    prkit(args!["reheader", "--la-url", URL, "-o", &out, &input]);
    assert!(streamed.stdout == fs::read(&out).unwrap());
}

#[test]
fn a_dry_run_changes_nothing_and_says_what_it_would() {
    let (_folder, path) = copy(&sample("dash-ondemand/audio.mp4"));
    let before = fs::read(&path).unwrap();
    let run = prkit(args!["reheader", "--json", "--plan", "--exit-code", "--la-url", URL, "-n", &path]);
    assert_eq!(run.status, 1);
    let report = run.one();
    assert_eq!((&report["changed"], &report["dry_run"]), (&json!(true), &json!(true)));
    assert_eq!(fs::read(&path).unwrap(), before);
    // The plan is exact: carried out by hand, it gives the same file.
    let mut by_hand = Vec::new();
    for segment in report["plan"]["segments"].as_array().unwrap() {
        match segment["keep"].as_array() {
            Some(keep) => {
                let span = keep[0].as_u64().unwrap() as usize..keep[1].as_u64().unwrap() as usize;
                by_hand.extend_from_slice(&before[span]);
            }
            None => by_hand.extend(STANDARD.decode(segment["put"].as_str().unwrap()).unwrap()),
        }
    }
    prkit(args!["reheader", "--la-url", URL, "-i", &path]);
    assert!(fs::read(&path).unwrap() == by_hand);
    assert_eq!(prkit(args!["reheader", "--exit-code", "--la-url", URL, "-n", &path]).status, 0);
}

#[test]
fn selecting_narrows_what_is_changed() {
    let rotation = sample("rotation/1.m4s");
    let matched = |extra: &[&str]| {
        let base = ["reheader", "--json", "-n", "--la-url", URL].map(std::ffi::OsString::from);
        let extra = extra.iter().map(std::ffi::OsString::from);
        let run = prkit(base.into_iter().chain(extra).chain([rotation.clone().into()]));
        (run.status, run.one()["matched"].as_u64().unwrap())
    };
    assert_eq!(matched(&[]), (0, 1));
    assert_eq!(matched(&["--where", "moov"]), (0, 0));
    assert_eq!(matched(&["--where", "moov", "--require"]), (3, 0));
    assert_eq!(matched(&["--where", "moov,moof"]), (0, 1));
    assert_eq!(matched(&["--kid", "00112233-4455-6677-8899-aabbccddeeff"]), (0, 1));
    assert_eq!(matched(&["--kid", "00112233-4455-6677-8899-aabbccddeefe"]), (0, 0));
    assert_eq!(matched(&["--if-version", "4.0"]), (0, 1));
    assert_eq!(matched(&["--if-version", "4.3.0.0"]), (0, 0));
    assert_eq!(matched(&["--if-la-url", "*"]), (0, 0));
    assert_eq!(matched(&["--index", "0"]), (0, 1));
    assert_eq!(matched(&["--index", "1"]), (0, 0));
}

#[test]
fn a_url_can_hold_the_key_id() {
    let (_folder, path) = copy(&sample("dash-live/video-init.mp4"));
    let run = prkit(args!["reheader", "--la-url", "https://x.example/{kid}", "-i", &path]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let url = &prkit(args!["show", "--json", "--system", "playready", &path]).one()["pssh"][0]["pro"]["header"]
        ["la_url"];
    assert_eq!(url, "https://x.example/00112233-4455-6677-8899-aabbccddeeff");
}

#[test]
fn a_store_gives_way_when_asked() {
    let (_folder, path) = copy(&sample("edge/store-10k.mp4"));
    let long = "https://license.example.com/a/path/longer/than/the/one/before/rightsmanager.asmx";
    let run = prkit(args![
        "reheader",
        "--json",
        "--els-min",
        "8K",
        "--fit",
        "store",
        "--la-url",
        long,
        "-i",
        &path
    ]);
    let report = run.one();
    assert_eq!(report["strategy"], "store", "{}", run.stderr);
    let (before, after) = (report["els_before"].as_u64().unwrap(), report["els_after"].as_u64().unwrap());
    assert!(before == 10_240 && after < before && after >= 8192, "{before} {after}");
    let shown = prkit(args!["show", "--json", &path]).one();
    assert_eq!(shown["pssh"][0]["pro"]["els"]["capacity"], after);
    let too_far = prkit(args![
        "reheader",
        "--els-min",
        "10K",
        "--fit",
        "store",
        "--la-url",
        format!("{long}?x"),
        "-i",
        &path
    ]);
    assert_eq!(too_far.status, 3);
    assert!(too_far.stderr.contains("--fit any"), "{}", too_far.stderr);
}

#[test]
fn extract_gives_what_is_asked_in_the_form_asked() {
    let input = sample("objects/small.pssh");
    let object = fs::read(sample("objects/small.pro")).unwrap();
    let xml = prkit(args!["extract", &input]);
    assert!(xml.text().starts_with("<WRMHEADER ") && xml.text().ends_with("</WRMHEADER>"));
    assert_eq!(prkit(args!["extract", "--raw", &input]).stdout, &object[10..]);
    assert_eq!(prkit(args!["extract", "--what", "object", "--raw", &input]).stdout, object);
    assert_eq!(prkit(args!["extract", "--what", "object", &input]).text().trim(), STANDARD.encode(&object));
    assert_eq!(prkit(args!["extract", "--what", "box", "--raw", &input]).stdout, fs::read(&input).unwrap());
    for shape in
        ["pro", "pssh", "mspr-pro", "cenc-pssh", "ext-x-key", "ext-x-session-key", "protection-header"]
    {
        let made = prkit(args!["extract", "--as", shape, &input]);
        let read = prkit(args!["extract", "--what", "object", "--raw", "--data", made.text()]);
        assert_eq!(read.stdout, object, "{shape}: {}", made.text());
    }
}

#[test]
fn several_different_objects_are_a_failure_with_a_list() {
    let folder = tempfile::tempdir().unwrap();
    let inputs = [sample("rotation/1.m4s"), sample("dash-live/video-init-cbcs.mp4")];
    let run = prkit(args!["extract", &inputs[0], &inputs[1]]);
    assert_eq!(run.status, 3);
    assert!(run.stderr.contains("several different ones"), "{}", run.stderr);
    let all = prkit(args!["extract", "--all", folder.path().join("all"), &inputs[0], &inputs[1]]);
    assert_eq!(all.status, 0, "{}", all.stderr);
    assert_eq!(fs::read_dir(folder.path().join("all")).unwrap().count(), 2);
    // Identical copies count once.
    assert_eq!(
        prkit(args!["extract", sample("dash-live/video-init.mp4"), sample("dash-live/audio-init.mp4")])
            .status,
        0
    );
}

#[test]
fn a_whole_header_or_object_can_be_replaced() {
    let (folder, path) = copy(&sample("dash-live/video-init.mp4"));
    let header = folder.path().join("header.xml");
    let xml = "<WRMHEADER xmlns=\"http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader\" version=\"4.1.0.0\"><DATA></DATA></WRMHEADER>";
    fs::write(&header, format!("{xml}\n")).unwrap();
    let run = prkit(args!["reheader", "--header", format!("@{}", header.display()), "-i", &path]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(prkit(args!["extract", &path]).text(), xml);
    let object = STANDARD.encode(fs::read(sample("objects/large.pro")).unwrap());
    let run = prkit(args!["reheader", "--pro", &object, "-i", &path]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(prkit(args!["extract", "--what", "object", "--base64", &path]).text().trim(), object);
}

#[test]
fn what_is_read_is_never_written_over() {
    let (_folder, file) = copy(&sample("dash-live/video-init.mp4"));
    let before = fs::read(&file).unwrap();
    let link = file.with_file_name("link.mp4");
    std::os::unix::fs::symlink(&file, &link).unwrap();
    for target in [&file, &link] {
        let run = prkit(args!["extract", "--index=1", "--overwrite", "-o", target, &file]);
        assert_eq!(run.status, 2, "{}", run.stderr);
        let run = prkit(args!["show", "--html", target, &file]);
        assert_eq!(run.status, 2, "{}", run.stderr);
        assert!(run.stderr.contains("is no page"), "{}", run.stderr);
    }
    assert_eq!(fs::read(&file).unwrap(), before);
    let page = file.with_file_name("page.html");
    for _ in 0..2 {
        assert_eq!(prkit(args!["show", "--html", &page, &file]).status, 0);
    }
}

#[test]
fn a_walk_skips_segments_without_a_place_for_a_box_whatever_becomes_of_the_result() {
    let folder = tempfile::tempdir().unwrap();
    let tree = folder.path().join("tree");
    fs::create_dir(&tree).unwrap();
    for name in ["dash-live/audio-1.m4s", "rotation/init.mp4"] {
        fs::copy(sample(name), tree.join(Path::new(name).file_name().unwrap())).unwrap();
    }
    let object = format!("--pro=@{}", sample("objects/small.pro").display());
    let out = folder.path().join("out/");
    for to in [args!["-n"], args!["-o", &out], args!["-i"]] {
        let run = prkit([args!["inject", "--if-exists=add", &object, &tree], to].concat());
        assert_eq!(run.status, 0, "{}", run.stderr);
    }
}

#[test]
fn a_failed_input_does_not_claim_what_it_planned() {
    let (_folder, file) = copy(&sample("dash-live/video-init.mp4"));
    let target = file.with_file_name("there.mp4");
    fs::write(&target, "somebody's").unwrap();
    let run = prkit(args!["reheader", "--json", "--la-url=https://a.test/", "-o", &target, &file]);
    assert_eq!(run.status, 3);
    let report = run.one();
    assert_eq!((&report["changed"], &report["strategy"]), (&false.into(), &serde_json::Value::Null));
    assert_eq!((&report["bytes_written"], &report["size_after"]), (&0.into(), &report["size_before"]));
    assert_eq!(report["boxes"][0]["changed"], false);
}
