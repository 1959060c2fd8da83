use super::*;
use crate::input::{Data, Input, Name};

/// A file of no title that cannot be read.
fn failed(name: &str, error: &str) -> PageFile {
    let data = Data { text: String::new(), name: name.to_owned() };
    PageFile::failed(&Input::named(Name::Data(data)), error)
}

#[test]
fn a_page_ends_whatever_there_is_to_tell() {
    let mut page = Page::default();
    let long = "x".repeat(3000);
    for number in 0..60_000 {
        page.add(failed(&format!("{number}-{long}"), &long));
    }
    let rows = (0..100_000).map(|number| (format!("{number}{long}"), long.clone())).collect::<Vec<_>>();
    let tables = ["a", "b", "c", "d", "e", "f", "g", "h"].map(|title| (title, rows.clone()));
    let html = page.finish(&tables);
    assert!(html.len() <= MAX_PAGE, "{}", html.len());
    let listed = html.matches("class=\"file\"").count();
    assert!(listed > 500, "{listed}");
    // What has no room is counted.
    assert!(
        html.contains(&format!("{} files of 1 title are counted here", number(60_000 - listed))),
        "{listed}"
    );
    assert!(html.contains("60,000 files") && html.contains("and 99,900 others"));
}

#[test]
fn files_are_told_with_what_was_wrong() {
    let mut page = Page::default();
    page.add(failed("<b>.mp4", "an <error>"));
    let html = page.finish(&[("Files", vec![("a<b".to_owned(), "1".to_owned())])]);
    assert!(html.starts_with(HEAD));
    assert!(html.contains("&lt;b&gt;.mp4") && html.contains("an &lt;error&gt;") && html.contains("a&lt;b"));
    assert!(html.contains("<details class=\"file\" open data-level=\"error\""));
    assert!(!html.contains("The page is full"));
}

#[test]
fn a_browser_runs_what_the_policy_names_and_nothing_else() {
    let html = Page::default().finish(&[]);
    let style = html.split("<style>").nth(1).and_then(|rest| rest.split("</style>").next()).unwrap();
    let script = html.split("<script>").nth(1).and_then(|rest| rest.split("</script>").next()).unwrap();
    for text in [style, script] {
        assert!(html.contains(&format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))));
    }
    for fetch in ["src=", "href=", "url(", "@import", "fetch(", "import(", "XMLHttp", "innerHTML"] {
        assert!(!html.contains(fetch), "{fetch}");
    }
}
