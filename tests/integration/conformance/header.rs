//! The PlayReady Header Specification (2018; what 2021 changed is named).

use super::Row;
use super::probe::{FILE, Probe};

const NAMESPACE: &str = "http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader";

fn object(xml: &str) -> Vec<u8> {
    let header: Vec<u8> = xml.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut bytes = u32::try_from(header.len() + 10).unwrap().to_le_bytes().to_vec();
    bytes.extend([1, 0, 1, 0]);
    bytes.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
    bytes.extend(header);
    bytes
}

/// A whole header text.
fn lint(xml: &str, more: &[&str]) -> Probe {
    let words = [&["lint", "--level", "warning"], more, &[FILE]].concat();
    let shown = xml.replace(&format!("xmlns=\"{NAMESPACE}\""), "xmlns=\"…\"");
    let shown = if more.is_empty() { shown } else { format!("{}: {shown}", more.join(" ")) };
    Probe::command(&words).on("a.pro", object(xml), shown)
}

/// What stands in `DATA`.
fn data_for(version: &str, data: &str, more: &[&str]) -> Probe {
    let xml =
        format!("<WRMHEADER xmlns=\"{NAMESPACE}\" version=\"{version}.0.0\"><DATA>{data}</DATA></WRMHEADER>");
    let options = if more.is_empty() { String::new() } else { format!(" {}", more.join(" ")) };
    let words = [&["lint", "--level", "warning"], more, &[FILE]].concat();
    Probe::command(&words).on("a.pro", object(&xml), format!("{version}{options}: {data}"))
}

fn data(version: &str, inner: &str) -> Probe {
    data_for(version, inner, &[])
}

fn row(
    section: &'static str,
    statement: &'static str,
    rule: &'static str,
    keeps: Probe,
    breaks: Probe,
) -> Row {
    Row { section, statement, rule, keeps, breaks }
}

const FIRST: &str = "00112233-4455-6677-8899-aabbccddeeff";
const SECOND: &str = "11111111-4455-6677-8899-aabbccddeeff";
const LA_URL: &str = "<LA_URL>https://a.example/</LA_URL>";

pub fn rows() -> Vec<Row> {
    let with_version =
        |version: &str| format!("<WRMHEADER xmlns=\"{NAMESPACE}\" version=\"{version}\"></WRMHEADER>");
    vec![
        row(
            "3.1",
            "PlayReady 1.x SDK based Clients read v4.0.0.0 only",
            "PRH-10",
            lint(&with_version("4.1.0.0"), &["--target", "2.0"]),
            lint(&with_version("4.1.0.0"), &["--target", "1.2"]),
        ),
        row(
            "3.3.3",
            "WRMHEADER: the version for the header is \"4.3.0.0\"",
            "PRH-03",
            lint(&with_version("4.3.0.0"), &[]),
            lint(&with_version("4.3"), &[]),
        ),
        row(
            "3.4.1",
            "Multiple KID elements are located inside the KIDS element",
            "`new --header-version`",
            Probe::command(&["new", FIRST, SECOND, "--header-version", "4.2"]),
            Probe::command(&["new", FIRST, SECOND, "--header-version", "4.1"]).says("more than one key id"),
        ),
        row(
            "3.3.3",
            "LA_URL: only absolute URLs are allowed",
            "PRH-14",
            data("4.3", LA_URL),
            data("4.3", "<LA_URL>a.example/rm</LA_URL>"),
        ),
    ]
}
