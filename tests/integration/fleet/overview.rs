//! Many files at a glance: summaries, and the page.

use super::{OLD, tree};
use crate::args;
use crate::program::{prkit, sample};
use std::fs;
use std::path::{Path, PathBuf};
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

/// A page as a browser has it, behind what a script did with it, in a window so wide.
fn drawn(page: &Path, script: &str, width: u32) -> Option<String> {
    let browser = browser()?;
    let profile = tempfile::tempdir().unwrap();
    // The policy of the page lets no other script run: it is put into a copy without one.
    let html = fs::read_to_string(page).unwrap();
    let policy = html.find("<meta http-equiv").unwrap();
    let end = policy + html[policy..].find('>').unwrap() + 1;
    let copy = profile.path().join("copy.html");
    let with = if script.is_empty() {
        html
    } else {
        format!("{}{}<script>{script}</script>", &html[..policy], &html[end..])
    };
    fs::write(&copy, with).unwrap();
    let drawn = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "--virtual-time-budget=10000"])
        .arg(format!("--window-size={width},800"))
        .arg(format!("--user-data-dir={}", profile.path().join("profile").display()))
        .arg(format!("file://{}", copy.display()))
        .stderr(Stdio::null())
        .output()
        .unwrap();
    Some(String::from_utf8_lossy(&drawn.stdout).into_owned())
}

/// What the page says of itself behind its controls.
fn output(dom: &str) -> &str {
    dom.split("<output>")
        .nth(1)
        .and_then(|rest| rest.split('<').next())
        .unwrap_or_else(|| panic!("{dom:.2000}"))
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
    for fetch in ["src=", "href=", "url(", "@import"] {
        assert!(!html.contains(fetch), "{fetch}");
    }
    let printed = prkit(args!["show", "--html", "-", root.path()]);
    assert_eq!(printed.text(), html);
    assert_eq!(prkit(args!["show", "--html", "-", "--json", root.path()]).status, 2);
    let Some(dom) = drawn(&page, "", 1000) else { return };
    assert_eq!(dom.matches("class=\"file\"").count(), 10, "{dom:.500}");
    assert!(dom.contains("&lt;i&gt;'&amp;\".mp4"), "names stay names");
    // The script has run: under the policy of the page.
    assert_eq!(output(&dom), "1 of 1 titles, 10 of 10 files");
    // The store is 10,240 of the file's 11,776 bytes.
    let store = dom.find("class=\"store\" x=").expect("a store is drawn");
    let width = dom[store..].split("width=\"").nth(1).unwrap().split('"').next().unwrap();
    let width: f64 = width.parse().unwrap();
    assert!((width - 10_240.0 / 11_776.0 * 1000.0).abs() < 1.0, "{width}");
}

/// Two titles, one with two manifests, and a file of none.
fn titles() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for title in ["first", "second"] {
        let folder = root.path().join(title);
        fs::create_dir(&folder).unwrap();
        fs::copy(sample("dash-ondemand/audio.mp4"), folder.join("audio.mp4")).unwrap();
        fs::write(folder.join("clear.mp4"), b"\0\0\0\x10ftypisom\0\0\0\0").unwrap();
        let list = "#EXTM3U\n#EXT-X-MAP:URI=\"audio.mp4\"\n#EXTINF:2,\nclear.mp4\n";
        fs::write(folder.join("list.m3u8"), list).unwrap();
    }
    let mpd = "<MPD xmlns='urn:mpeg:dash:schema:mpd:2011'><Period><AdaptationSet><Representation>\
               <BaseURL>audio.mp4</BaseURL></Representation></AdaptationSet></Period></MPD>";
    fs::write(root.path().join("first/film.mpd"), mpd).unwrap();
    fs::copy(sample("edge/store-10k.mp4"), root.path().join("alone.mp4")).unwrap();
    root
}

#[test]
fn the_page_has_titles_first_and_folds_what_there_is_nothing_to_tell_of() {
    let root = titles();
    let page = root.path().join("page.html");
    assert_eq!(prkit(args!["show", "--html", &page, root.path()]).status, 0);
    let html = fs::read_to_string(&page).unwrap();
    let titles: Vec<&str> = html.split("<details class=\"title\"").skip(1).collect();
    assert_eq!(titles.len(), 3, "{html:.3000}");
    let [first, second, none] = titles.as_slice() else { unreachable!() };
    assert!(
        first.contains("film.mpd, list.m3u8</b>") && first.contains("4 files, 3 without objects, 3 objects")
    );
    assert!(
        second.contains("second/list.m3u8</b>") && second.contains("3 files, 2 without objects, 3 objects")
    );
    assert!(none.contains("Files that no manifest names") && none.contains("alone.mp4"));
    assert_eq!(first.matches("class=\"file\"").count(), 1);
    // Filtered by a name, by a key ID and by findings, and sorted.
    let search = |words: &str| {
        format!(
            "const q = document.querySelector('input'); q.value = '{words}'; q.dispatchEvent(new Event('input'));"
        )
    };
    let Some(dom) = drawn(&page, &search("alone"), 1000) else { return };
    assert_eq!(output(&dom), "1 of 3 titles, 1 of 3 files");
    let dom = drawn(&page, &search("00112233-4455-6677-8899-AABBCCDDEEFF first"), 1000).unwrap();
    assert_eq!(output(&dom), "1 of 3 titles, 1 of 3 files");
    let sort = "const s = document.querySelector('[name=sort]'); s.value = 'objects'; s.dispatchEvent(new Event('change'));";
    let dom = drawn(
        &page,
        &format!("{sort} document.querySelector('main').prepend(document.querySelector('main').lastChild);"),
        1000,
    )
    .unwrap();
    assert!(
        dom.find("Files that no manifest").unwrap() < dom.find("film.mpd").unwrap(),
        "the last one has the fewest objects"
    );
    // Nothing is wider than a telephone.
    let width = "document.title = document.documentElement.scrollWidth + ' of ' + innerWidth;";
    let dom = drawn(&page, width, 400).unwrap();
    let title = dom.split("<title>").nth(1).and_then(|rest| rest.split('<').next()).unwrap();
    let (wide, room) = title.split_once(" of ").unwrap();
    assert!(wide.parse::<u32>().unwrap() <= room.parse::<u32>().unwrap(), "{title}");
}

#[test]
fn the_page_of_a_catalogue_ends_and_counts_the_rest() {
    let root = tempfile::tempdir().unwrap();
    let bytes = fs::read(sample("dash-ondemand/audio.mp4")).unwrap();
    // The first boxes of the file: what is looked at.
    let bytes = &bytes[..4096.min(bytes.len())];
    let long = "n".repeat(180);
    for number in 0..6000 {
        fs::write(root.path().join(format!("{number:04}-{long}.mp4")), bytes).unwrap();
    }
    let page = root.path().join("page.html");
    prkit(args!["show", "--html", &page, root.path()]);
    let html = fs::read_to_string(&page).unwrap();
    assert!(html.len() > 2_000_000 && html.len() <= 5_000_000, "{}", html.len());
    let listed = html.matches("<details class=\"file\"").count();
    assert!(listed < 6000 && html.contains("The page is full"), "{listed}");
    assert!(html.contains("6,000 files"));
}
