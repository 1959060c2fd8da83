//! `--edits`: which inputs, keys and fragments get which options.

use crate::args;
use crate::program::{Run, prkit, sample};
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
fn keys_have_their_own_urls() {
    let root = catalogue();
    let kid = headers(&root.path().join("a/1.mp4"))[0]["kids"][0]["kid"].as_str().unwrap().to_owned();
    let table =
        format!("kid,la-url\n{kid},https://key/\n99999999-0000-0000-0000-000000000000,https://other/\n");
    let run = with(root.path(), &table, &[]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(url(root.path(), "b/2.mp4"), "https://key/");
    assert!(run.stderr.contains("row 2 fitted nothing"), "{}", run.stderr);
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
    assert!(run.stderr.contains("row 1"), "{}", run.stderr);
}
