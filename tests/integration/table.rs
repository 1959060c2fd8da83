//! `--edits`: which inputs, keys and fragments get which options.

use crate::args;
use crate::program::{Run, prkit, prkit_with, sample};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Two tenants with two files each, and a segment whose key rotates.
fn catalogue() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for tenant in ["a", "b"] {
        fs::create_dir(root.path().join(tenant)).unwrap();
        for file in ["1.mp4", "2.mp4"] {
            fs::copy(sample("dash-live/video-init.mp4"), root.path().join(tenant).join(file)).unwrap();
        }
    }
    fs::copy(sample("rotation/1.m4s"), root.path().join("r.m4s")).unwrap();
    root
}

fn with(root: &Path, table: &str, more: &[&str]) -> Run {
    let path = root.join("table.txt");
    fs::write(&path, table).unwrap();
    let mut args = args!["reheader", "-i", "--json", "--edits", path, root];
    args.extend(more.iter().map(Into::into));
    prkit(args)
}

/// Another command with a table.
fn of(command: &[&str], root: &Path, table: &str, more: &[&str]) -> Run {
    let path = root.join("table.txt");
    fs::write(&path, table).unwrap();
    let mut args: Vec<_> = command.iter().map(Into::into).collect();
    args.extend(args!["--edits", path, "--json", root]);
    args.extend(more.iter().map(Into::into));
    prkit(args)
}

fn line<'r>(lines: &'r [Value], file: &str) -> &'r Value {
    lines.iter().find(|line| line["path"].as_str().unwrap().ends_with(file)).unwrap()
}

fn headers(path: &Path) -> Vec<Value> {
    let shown = prkit(args!["show", "--json", path]).one();
    let all = shown["pssh"].as_array().unwrap().iter();
    all.filter(|found| found["system"] == "playready").map(|found| found["pro"]["header"].clone()).collect()
}

fn url(root: &Path, file: &str) -> String {
    headers(&root.join(file))[0]["la_url"].as_str().unwrap_or("none").to_owned()
}

#[test]
fn the_first_row_that_fits_counts() {
    let root = catalogue();
    let table =
        "path,la-url,custom-attributes\na/1.mp4,https://one/,\na/*,https://a/,<T>a</T>\nb/**,https://b/,\n";
    let run = with(root.path(), table, &[]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let of = |file: &str| url(root.path(), file);
    assert_eq!(
        [of("a/1.mp4"), of("a/2.mp4"), of("b/1.mp4"), of("b/2.mp4")],
        ["https://one/", "https://a/", "https://b/", "https://b/"]
    );
    assert_eq!(headers(&root.path().join("a/1.mp4"))[0]["custom_attributes"], Value::Null);
    assert_eq!(headers(&root.path().join("a/2.mp4"))[0]["custom_attributes"], "<T>a</T>");
    // What no row fits stays.
    assert_eq!(fs::read(root.path().join("r.m4s")).unwrap(), fs::read(sample("rotation/1.m4s")).unwrap());
}

#[test]
fn json_lines_say_the_same_and_a_row_comes_after_what_all_get() {
    let root = catalogue();
    let table =
        "{\"path\": \"a/1.mp4\", \"la-url\": \"https://one/\"}\n\n{\"path\": \"b/*\", \"no-la-url\": true}\n";
    let run = with(root.path(), table, &["--la-url=https://all/", "--lui-url=https://page/"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let of = |file: &str| url(root.path(), file);
    assert_eq!([of("a/1.mp4"), of("a/2.mp4"), of("b/1.mp4")], ["https://one/", "https://all/", "none"]);
    assert_eq!(headers(&root.path().join("a/1.mp4"))[0]["lui_url"], "https://page/");
}

#[test]
fn a_member_that_a_row_in_json_has_twice_is_not_lost() {
    let root = catalogue();
    let keys = ["99999999-0000-0000-0000-000000000001", "99999999-0000-0000-0000-000000000002"];
    let [first, second] = keys;
    let more = ["--force=key-id", "--header-version=4.2"];
    let twice = format!("{{\"path\": \"a/1.mp4\", \"add-kid\": \"{first}\", \"add-kid\": \"{second}\"}}\n");
    let run = with(root.path(), &twice, &more);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let named = headers(&root.path().join("a/1.mp4"))[0]["kids"].to_string();
    assert!(keys.iter().all(|key| named.contains(key)), "{named}");
    // What has one value cannot have two.
    let urls = "{\"path\": \"a/2.mp4\", \"la-url\": \"https://one/\", \"la-url\": \"https://two/\"}\n";
    let refused = with(root.path(), urls, &[]);
    assert!(refused.status != 0 && refused.stderr.contains("la-url"), "{}", refused.stderr);
}

#[test]
fn keys_have_their_own_urls() {
    let root = catalogue();
    let kid = headers(&root.path().join("a/1.mp4"))[0]["kids"][0]["kid"].as_str().unwrap().to_owned();
    let table =
        format!("kid,la-url\n{kid},https://key/\n99999999-0000-0000-0000-000000000000,https://other/\n");
    let run = with(root.path(), &table, &[]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(url(root.path(), "b/2.mp4"), "https://key/");
    assert!(run.stderr.contains("table.txt, line 3, fitted nothing"), "{}", run.stderr);
    assert_eq!(with(root.path(), &table, &["--strict-table"]).status, 3);
}

#[test]
fn fragments_have_their_own_urls() {
    let root = catalogue();
    let moofs = headers(&root.path().join("r.m4s")).len();
    let run = with(root.path(), "moof,la-url\n0,https://first/\n1-99,https://later/\n", &["--include=*.m4s"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let urls: Vec<_> =
        headers(&root.path().join("r.m4s")).iter().map(|header| header["la_url"].clone()).collect();
    assert_eq!(urls[0], "https://first/");
    assert!(urls[1..].iter().all(|url| url == "https://later/"));
    assert_eq!(urls.len(), moofs);
}

#[test]
fn fragments_are_found_by_their_time() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("0.m4s");
    fs::copy(sample("rotation/1.m4s"), &file).unwrap();
    // It begins somewhere; before that nothing fits.
    let start = |from: &str, to: &str| {
        let table = format!("from,to,la-url\n{from},{to},https://then/\n");
        with(root.path(), &table, &[]);
        headers(&file).iter().any(|header| header["la_url"] == "https://then/")
    };
    assert!(!start("100000", ""));
    assert!(start("0", "100000"));
}

#[test]
fn a_table_that_makes_no_sense_is_a_usage_error() {
    let root = catalogue();
    let run = with(root.path(), "path,la_url\na/*,https://a/\n", &[]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("no column \"la_url\""), "{}", run.stderr);
    assert_eq!(with(root.path(), "moof,la-url\nlast,https://a/\n", &[]).status, 2);
    assert_eq!(with(root.path(), "{\"what\": 1}\n", &[]).status, 2);
    // An option that cannot be is the row's fault, and says which.
    let run = with(root.path(), "path,header-version\na/1.mp4,4.9\n", &[]);
    assert_eq!(run.status, 3);
    assert!(run.stderr.contains("table.txt, line 2, column header-version: "), "{}", run.stderr);
    assert!(run.stderr.contains("expected 4.0, 4.1, 4.2, 4.3 or lowest"), "{}", run.stderr);
}

#[test]
fn a_wrong_cell_is_found_before_anything_is_written() {
    let root = catalogue();
    let before = fs::read(root.path().join("a/1.mp4")).unwrap();
    for (table, message) in [
        ("path,custom-attributes,els\n\"a/1.mp4\",\"<a>\n</a>\",\na/2.mp4,,5\n", "line 4, column els: "),
        ("path,la-url\na/1.mp4,\"https://a/\na/2.mp4,https://b/\n", "line 2, column la-url: the cell goes"),
        (
            "path,custom-attributes\n\"a/1.mp4\",\"<a/>\na/2.mp4,<b/>\n",
            "line 2, column custom-attributes: the",
        ),
        ("path,la-url,els\r\na/1.mp4,https://a/,\r\n\r\na/2.mp4,,5\r\n", "line 4, column els: "),
        (
            "{\"path\": \"a/1.mp4\", \"la-url\": \"x\"}\n{\"checksum\": \"yes\"}\n",
            "line 2, column checksum: ",
        ),
        ("{\"path\": \"a/1.mp4\", \"la-url\": {}}\n", "line 1, column la-url: expected text"),
        ("kid,la-url\nMyIRAFVEd2aImaq7zN3u/w==,https://a/\n", "line 2, column kid: "),
        ("from,to,la-url\n1,0,https://a/\n", "line 2, column to: expected a time behind"),
        ("from,la-url\nsoon,https://a/\n", "line 2, column from: expected seconds"),
        ("path,la-url\na/1.mp4,https://a/,https://b/\n", "line 2, it has 3 cells"),
        ("path,la-url,existing\na/1.mp4,https://a/,perhaps\n", "column existing: expected true or false"),
    ] {
        let run = with(root.path(), table, &[]);
        assert_eq!(run.status, 2, "{table}: {}", run.stderr);
        assert!(run.stderr.contains(message), "{message}: {}", run.stderr);
    }
    assert_eq!(fs::read(root.path().join("a/1.mp4")).unwrap(), before);
}

#[test]
fn a_row_without_options_keeps_what_it_fits_from_later_ones() {
    let root = catalogue();
    let before = fs::read(root.path().join("a/1.mp4")).unwrap();
    let run = with(root.path(), "path,la-url\na/1.mp4,\n**/*.mp4,https://a/\n", &[]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(fs::read(root.path().join("a/1.mp4")).unwrap(), before);
    assert_eq!(url(root.path(), "b/1.mp4"), "https://a/");
}

#[test]
fn what_no_row_fits_is_not_as_asked_but_not_selected() {
    let root = catalogue();
    let run = with(root.path(), "path,la-url\na/1.mp4,https://a/\na/2.mp4,\n", &[]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let lines = run.json();
    assert_eq!(line(&lines, "a/1.mp4")["matched"], 1);
    for path in ["a/2.mp4", "b/1.mp4", "r.m4s"] {
        assert_eq!(line(&lines, path)["matched"], 0, "{path}");
    }
    assert!(run.stderr.contains("1 changed, ") && !run.stderr.contains("as asked"), "{}", run.stderr);
}

#[test]
fn a_table_beside_the_catalogue_is_relative_to_its_own_folder() {
    let root = catalogue();
    fs::create_dir(root.path().join("tables")).unwrap();
    let table = root.path().join("tables/t.csv");
    fs::write(&table, "path,la-url\n../a/1.mp4,https://one/\n../b/*.mp4,https://b/\n").unwrap();
    let through = root.path().join("a/../b/../a/1.mp4");
    let run =
        prkit(args!["reheader", "-i", "--edits", table, through, root.path().join("b"), "--strict-table"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(url(root.path(), "a/1.mp4"), "https://one/");
    assert_eq!(url(root.path(), "b/2.mp4"), "https://b/");
}

#[test]
fn a_table_may_come_through_a_pipe() {
    let root = catalogue();
    let file = root.path().join("a/1.mp4");
    let table = format!("path,la-url\n{},https://one/\n", file.display());
    let run = prkit_with(args!["reheader", "-i", "--edits", "-", root.path()], table.as_bytes());
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(url(root.path(), "a/1.mp4"), "https://one/");
    assert_eq!(url(root.path(), "a/2.mp4"), "none");
}

#[test]
fn a_row_says_what_makes_room_for_its_header() {
    let root = tempfile::tempdir().unwrap();
    for file in ["1.mp4", "2.mp4"] {
        let made = root.path().join(file);
        let run = prkit(args!["els", "reserve", sample("dash-live/video-init.mp4"), "-o", made]);
        assert_eq!(run.status, 0, "{}", run.stderr);
    }
    let table = "path,els-min,la-url\n1.mp4,1K,https://a/\n2.mp4,,https://a/\n";
    let run = of(&["reheader", "-n"], root.path(), table, &[]);
    let lines = run.json();
    assert_eq!(line(&lines, "1.mp4")["strategy"], "store");
    assert_ne!(line(&lines, "2.mp4")["strategy"], "store");
}

#[test]
fn a_row_and_the_command_line_are_one_change() {
    let root = catalogue();
    let plan = |table: &str, more: &[&str]| {
        let run = of(&["reheader", "-n", "--force=key-id"], root.path(), table, more);
        let line = line(&run.json(), "a/1.mp4").clone();
        assert_eq!(line["error"], Value::Null, "{table} {more:?}: {}", run.stderr);
        line["changed"] == true
    };
    // What the one allows, the other may ask for.
    assert!(plan("path,header-version\na/1.mp4,4.3\n", &["--decryptor-setup=ondemand"]));
    assert!(!plan("path,lui-url\na/1.mp4,https://help/\n", &["--existing"]));
    assert!(!plan("path,existing\na/1.mp4,true\n", &["--lui-url=https://help/"]));
    // Of two that say the same, the row counts, and the other is not looked at.
    assert!(plan("path,algid\na/1.mp4,aesctr\n", &["--algid=aescbc", "--la-url=https://a/"]));
    // The keys of both.
    let kid = "10000000-0000-0000-0000-000000000001";
    let table = "path,remove-kid\na/1.mp4,00112233445566778899aabbccddeeff\n";
    assert!(plan(table, &[&format!("--add-kid={kid}")]));
}

#[test]
fn boxes_are_put_in_as_rows_say() {
    let root = catalogue();
    let kid = "10000000-0000-0000-0000-000000000001";
    let table = format!(
        "path,add-kid,la-url,if-exists,pssh-version\na/1.mp4,{kid},https://one/,replace,\na/2.mp4,,,keep,\nb/*,{kid},,,1\n"
    );
    let run = of(
        &["inject", "-i"],
        root.path(),
        &table,
        &["--if-exists=add", "--lui-url=https://page/", "--force=key-id"],
    );
    assert_eq!(run.status, 0, "{}", run.stderr);
    let lines = run.json();
    assert_eq!(line(&lines, "a/2.mp4")["changed"], false);
    assert_eq!(line(&lines, "r.m4s")["changed"], false);
    let one = headers(&root.path().join("a/1.mp4"));
    assert_eq!(one.len(), 1);
    assert_eq!((&one[0]["kids"][0]["kid"], &one[0]["la_url"]), (&kid.into(), &"https://one/".into()));
    assert_eq!(one[0]["lui_url"], "https://page/");
    let two = headers(&root.path().join("b/1.mp4"));
    assert_eq!((two.len(), &two[0]["la_url"]), (2, &Value::Null));
    let shown = prkit(args!["show", "--json", "--system=playready", root.path().join("b/1.mp4")]).one();
    assert_eq!(shown["pssh"][0]["version"], 1);
    // The same again finds it there.
    let again = of(
        &["inject", "-i"],
        root.path(),
        &table,
        &["--if-exists=add", "--lui-url=https://page/", "--force=key-id"],
    );
    assert!(again.json().iter().all(|line| line["changed"] == false), "{}", again.text());
}

#[test]
fn a_row_that_says_how_and_not_what_is_no_row_without_options() {
    let root = catalogue();
    let kid = "10000000-0000-0000-0000-000000000001";
    for (column, cell) in [("where", "moov"), ("pssh-version", "1"), ("if-exists", "add")] {
        let table = format!("path,{column}\na/1.mp4,{cell}\n");
        let before = fs::read(root.path().join("a/1.mp4")).unwrap();
        let run = of(&["inject", "-i"], root.path(), &table, &[]);
        assert_eq!(run.status, 3, "{table}: {}", run.stderr);
        assert!(run.stderr.contains("line 2, it says how a box is put in"), "{}", run.stderr);
        assert_eq!(fs::read(root.path().join("a/1.mp4")).unwrap(), before);
        // Beside a box on the command line it is one.
        let kid = format!("--kid={kid}");
        let options = [&*kid, "--if-exists=add", "--force=key-id"];
        let run = of(&["inject", "-n"], root.path(), &table, &options);
        assert_eq!(run.status, 0, "{table}: {}", run.stderr);
    }
}

#[test]
fn a_whole_box_in_a_row_comes_before_options_for_all() {
    let root = catalogue();
    let object =
        prkit(args!["new", "10000000-0000-0000-0000-000000000001", "--base64"]).text().trim().to_owned();
    let table = format!("path,pro\na/1.mp4,{object}\n");
    let all = ["--kid=20000000-0000-0000-0000-000000000001", "--la-url=https://all/", "--if-exists=replace"];
    let more = ["--include=*.mp4", "--force=key-id"];
    let run = of(&["inject", "-i"], root.path(), &table, &[&all[..], &more].concat());
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(url(root.path(), "a/1.mp4"), "none");
    assert_eq!(url(root.path(), "a/2.mp4"), "https://all/");
}

#[test]
fn fragments_get_boxes_by_key_and_number() {
    let root = catalogue();
    let before = headers(&root.path().join("r.m4s")).len();
    let kid = headers(&root.path().join("r.m4s"))[0]["kids"][0]["kid"].as_str().unwrap().to_owned();
    let new = "10000000-0000-0000-0000-000000000001";
    let table = format!("moof,kid,add-kid\n0,99999999-0000-0000-0000-000000000000,{new}\n0,{kid},{new}\n");
    let options = ["--if-exists=add", "--strict-table", "--force=key-id"];
    let run = of(&["inject", "-i"], root.path(), &table, &options);
    assert_eq!(run.status, 3, "{}", run.stderr);
    assert!(run.stderr.contains("line 2, fitted nothing"), "{}", run.stderr);
    assert!(!run.stderr.contains("line 3, fitted nothing"), "{}", run.stderr);
    assert_eq!(headers(&root.path().join("r.m4s")).len(), before + 1);
}

#[test]
fn a_manifest_gets_the_object_of_its_row() {
    let root = tempfile::tempdir().unwrap();
    for file in ["1.mpd", "2.mpd"] {
        fs::copy(sample("manifests/ondemand.mpd"), root.path().join(file)).unwrap();
    }
    let table =
        "path,add-kid,la-url,if-exists\n2.mpd,00112233-4455-6677-8899-aabbccddeeff,https://a/,replace\n";
    let run = of(&["inject", "-i"], root.path(), table, &[]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let lines = run.json();
    assert_eq!((&lines[0]["changed"], &lines[1]["changed"]), (&false.into(), &true.into()));
}

#[test]
fn a_presentation_follows_its_table() {
    let root = tempfile::tempdir().unwrap();
    for folder in ["manifests", "dash-ondemand"] {
        fs::create_dir(root.path().join(folder)).unwrap();
    }
    for file in ["manifests/ondemand.mpd", "dash-ondemand/audio.mp4"] {
        fs::copy(sample(file), root.path().join(file)).unwrap();
    }
    let table = root.path().join("t.csv");
    fs::write(&table, "path,la-url\ndash-ondemand/audio.mp4,https://a/\n").unwrap();
    let mpd = root.path().join("manifests/ondemand.mpd");
    let inside = format!("--root={}", root.path().display());
    let run = prkit(args![
        "reheader",
        "-i",
        "--json",
        "--presentation",
        &inside,
        "--edits",
        table,
        &mpd,
        "--strict-table"
    ]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(url(root.path(), "dash-ondemand/audio.mp4"), "https://a/");
    let run = prkit(args!["check", inside, mpd]);
    assert!(!run.text().contains("byte range"), "{}", run.text());
}

#[test]
fn a_run_that_goes_on_counts_rows_of_files_that_are_done() {
    let root = catalogue();
    let log = root.path().join("log.jsonl");
    let table = "path,la-url\na/1.mp4,https://one/\na/*,https://a/\nb/*,https://b/\n";
    let record = format!("--log={}", log.display());
    assert_eq!(with(root.path(), table, &[&record, "--strict-table"]).status, 0);
    let record = format!("--resume={}", log.display());
    let run = with(root.path(), table, &[&record, "--strict-table"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(!run.stderr.contains("fitted nothing"), "{}", run.stderr);
    // A line for each input, also where nothing was left to do.
    let lines = run.json();
    assert_eq!(lines.len(), 5, "{}", run.text());
    assert!(lines.iter().all(|line| line["done_before"] == true && line["changed"] == false));
    let undone = prkit(args!["undo", log]);
    assert_eq!(undone.status, 0, "{}", undone.stderr);
    assert_eq!(url(root.path(), "a/1.mp4"), "none");
}

#[test]
fn a_table_goes_into_another_folder_too() {
    let root = catalogue();
    let target = tempfile::tempdir().unwrap();
    let output = format!("-o{}", target.path().display());
    let run = of(&["reheader"], root.path(), "path,la-url\na/*,https://a/\n", &[&output]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(url(target.path(), "a/1.mp4"), "https://a/");
    assert_eq!(url(root.path(), "a/1.mp4"), "none");
}

#[test]
fn a_large_table_is_found_as_a_small_one() {
    let root = catalogue();
    let mut table = "path,la-url\n".to_owned();
    for number in 0..70_000 {
        table += &format!("c/{number}.mp4,https://c/{number}/\n");
    }
    table += "a/*,https://a/\nb/2.mp4,https://b/\n";
    let run = with(root.path(), &table, &[]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let of = |file: &str| url(root.path(), file);
    assert_eq!([of("a/1.mp4"), of("b/1.mp4"), of("b/2.mp4")], ["https://a/", "none", "https://b/"]);
    assert!(run.stderr.contains("70000 rows fitted nothing"), "{}", run.stderr);
}

#[test]
fn fragments_are_counted_over_the_whole_file() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("both.m4s");
    let parts =
        ["rotation/1.m4s", "rotation/2.m4s", "rotation/1.m4s"].map(|part| fs::read(sample(part)).unwrap());
    fs::write(&file, parts.concat()).unwrap();
    let run = with(root.path(), "moof,la-url\n1,https://one/\n2-9,https://rest/\n", &["--strict-table"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let urls: Vec<_> = headers(&file).iter().map(|header| header["la_url"].clone()).collect();
    assert_eq!(urls, [Value::Null, "https://one/".into(), "https://rest/".into()]);
}
