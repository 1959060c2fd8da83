//! Many files at a glance: summaries, and the page.

use super::{OLD, tree};
use crate::args;
use crate::program::{prkit, sample};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

#[test]
fn a_summary_counts_what_many_files_hold() {
    let root = tree(2, 16);
    let run = prkit(args!["show", "--summary", "--json", root.path()]).one();
    let summary = &run["summary"];
    assert_eq!(summary["files"], 32);
    assert_eq!(summary["kinds"]["mp4"], 32);
    assert_eq!(summary["stores"]["count"], summary["empty_stores"]);
    assert!(summary["la_urls"][OLD].as_u64().unwrap() > 10, "{summary}");
    let text = prkit(args!["show", "--summary", root.path()]);
    assert!(text.text().contains("Files by license URL"), "{}", text.text());
    let lint = prkit(args!["lint", "--summary", "--json", root.path()]).one();
    assert_eq!(lint["summary"]["findings"]["PRH-11"]["level"], "note", "{lint}");
}

/// A browser that draws pages without a screen, where there is one.
fn browser() -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    let all = std::env::split_paths(&paths);
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = all.flat_map(|folder| names.map(|name| folder.join(name))).find(|path| path.is_file());
    if found.is_none() {
        crate::program::skipped("no browser on this machine");
    }
    found
}

#[test]
fn the_page_is_drawn_by_a_browser_to_scale_and_fetches_nothing() {
    let root = tree(1, 9);
    fs::copy(sample("edge/store-10k.mp4"), root.path().join("<i>'&\".mp4")).unwrap();
    let out = tempfile::tempdir().unwrap();
    let page = out.path().join("page.html");
    let run = prkit(args!["show", "--html", &page, root.path()]);
    assert_eq!((run.status, run.text()), (0, ""), "{}", run.stderr);
    let html = fs::read_to_string(&page).unwrap();
    for fetch in ["src=", "href=", "<script", "url(", "@import"] {
        assert!(!html.contains(fetch), "{fetch}");
    }
    let Some(browser) = browser() else { return };
    let profile = format!("--user-data-dir={}", out.path().join("profile").display());
    let drawn = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", &profile])
        .arg(format!("file://{}", page.display()))
        .stderr(Stdio::null())
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&drawn.stdout).into_owned();
    assert_eq!(dom.matches("<section>").count(), 10, "{dom:.500}");
    assert!(dom.contains("&lt;i&gt;'&amp;\".mp4"), "names stay names");
    // The store is 10,240 of the file's 11,776 bytes.
    let store = dom.find("class=\"store\" x=").expect("a store is drawn");
    let width = dom[store..].split("width=\"").nth(1).unwrap().split('"').next().unwrap();
    let width: f64 = width.parse().unwrap();
    assert!((width - 10_240.0 / 11_776.0 * 1000.0).abs() < 1.0, "{width}");
}
