//! The PlayReady Header Specification of February 2018; where the text of October 2021 differs, it is named.

mod checksums;
mod first;
mod keys;
mod object;
mod tables;

use super::Row;
use super::probe::{FILE, Probe};

pub const BESIDE: &str = "\
The text of February 2018; what that of October 2021 says otherwise is marked. No input can keep or break what it tells of history
and purpose (3.3 to 3.6, first sentences; 5, first paragraph), of figures (2.2), of what clients and servers do with a header once
they have it (3.4.1: the client has to know the version of its server by means of its own), and of how the COCKTAIL checksum is
computed step by step, for which no example is public.";

pub const NAMESPACE: &str = "http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader";
pub const VERSIONS: [&str; 4] = ["4.0", "4.1", "4.2", "4.3"];

pub const FIRST: &str = "00112233-4455-6677-8899-aabbccddeeff";
pub const SECOND: &str = "11111111-4455-6677-8899-aabbccddeeff";
pub const KID: &str = "PV1LM/VEVk+kEOB8qqcWDg==";
pub const OTHER_KID: &str = "tuhDoKUN7EyxDPtMRNmhyA==";
pub const LA_URL: &str = "<LA_URL>http://rm.contoso.com/rightsmanager.asmx</LA_URL>";

pub fn rows() -> Vec<Row> {
    [object::rows(), syntax(), tables::rows(), first::rows(), keys::rows(), checksums::rows()].concat()
}

pub fn row(section: &'static str, statement: &str, rule: &'static str, keeps: Probe, breaks: Probe) -> Row {
    Row { section, statement: statement.to_owned().leak(), rule, keeps, breaks }
}

/// A PlayReady Object of these records.
pub fn object(records: &[(u16, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (kind, value) in records {
        bytes.extend(kind.to_le_bytes());
        bytes.extend(u16::try_from(value.len()).unwrap().to_le_bytes());
        bytes.extend(*value);
    }
    let mut object = u32::try_from(bytes.len() + 6).unwrap().to_le_bytes().to_vec();
    object.extend(u16::try_from(records.len()).unwrap().to_le_bytes());
    object.extend(bytes);
    object
}

pub fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn prefixed(more: &[&str], shown: &str) -> String {
    if more.is_empty() { shown.to_owned() } else { format!("{} {shown}", more.join(" ")) }
}

/// `lint` of bytes that the table only names.
pub fn bytes(shown: &str, bytes: Vec<u8>, more: &[&str]) -> Probe {
    let words = [&["lint", "--level", "warning"], more, &[FILE]].concat();
    Probe::command(&words).on("a.pro", bytes, prefixed(more, shown))
}

/// `lint` of a whole header text.
pub fn text(xml: &str, more: &[&str]) -> Probe {
    let shown = xml.replace(&format!("xmlns=\"{NAMESPACE}\""), "xmlns=\"…\"");
    bytes(&shown, object(&[(1, &utf16(xml))]), more)
}

pub fn header(version: &str, data: &str) -> String {
    format!("<WRMHEADER xmlns=\"{NAMESPACE}\" version=\"{version}.0.0\"><DATA>{data}</DATA></WRMHEADER>")
}

/// `lint` of a header with this in its `DATA`.
pub fn data_for(version: &str, data: &str, more: &[&str]) -> Probe {
    let object = object(&[(1, &utf16(&header(version, data)))]);
    let shown = format!("{version}: {data}");
    bytes(&shown, object, more)
}

pub fn data(version: &str, inner: &str) -> Probe {
    data_for(version, inner, &[])
}

/// Another command on a header with this in its `DATA`.
pub fn command_on(words: &[&str], version: &str, data: &str) -> Probe {
    let object = object(&[(1, &utf16(&header(version, data)))]);
    let shown = words.iter().filter(|word| **word != FILE).copied().collect::<Vec<_>>().join(" ");
    Probe::command(words).on("a.pro", object, format!("{shown} on {version}: {data}"))
}

/// The key list of a version, with these attributes of its key (which 4.0 has in elements).
pub fn key_list(version: &str, kids: &str) -> String {
    match version {
        "4.1" => format!("<PROTECTINFO>{kids}</PROTECTINFO>"),
        _ => format!("<PROTECTINFO><KIDS>{kids}</KIDS></PROTECTINFO>"),
    }
}

pub fn kid(attributes: &str) -> String {
    format!("<KID {attributes}></KID>")
}

pub fn ctr(kid: &str) -> String {
    format!("<KID ALGID=\"AESCTR\" VALUE=\"{kid}\"></KID>")
}

pub const INFO: &str = "<PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO>";

/// `DATA` of a right header of 4.0.
pub fn v40(more: &str) -> String {
    format!("{INFO}<KID>q5HgCTj40kGeNVhTH9Gexw==</KID><CHECKSUM>w+OZVr8vzrQ=</CHECKSUM>{more}")
}

/// `DATA` of a right header.
pub fn right(version: &str, more: &str) -> String {
    if version == "4.0" { v40(more) } else { format!("{}{more}", key_list(version, &ctr(KID))) }
}

/// Section 3.2.
fn syntax() -> Vec<Row> {
    let root = |attributes: &str| format!("<WRMHEADER {attributes}></WRMHEADER>");
    let namespace = format!("xmlns=\"{NAMESPACE}\"");
    let custom = |inner: &str| data("4.3", &format!("<CUSTOMATTRIBUTES>{inner}</CUSTOMATTRIBUTES>"));
    let one = |kid: &str| data("4.3", &key_list("4.3", kid));
    let right = one(&ctr(KID));
    let canonical = |what: &str, breaks: Probe| {
        row("3.2.1", &format!("The XML must be canonicalized: {what}"), "PRH-04", data("4.3", LA_URL), breaks)
    };
    vec![
        canonical("no comment", data("4.3", &format!("<!-- x -->{LA_URL}"))),
        canonical("no CDATA section", data("4.3", "<LA_URL><![CDATA[http://a.example/]]></LA_URL>")),
        canonical("no carriage return", data("4.3", &format!("\r\n{LA_URL}"))),
        canonical(
            "no white space outside the root element",
            text(&format!(" {}", header("4.3", LA_URL)), &[]),
        ),
        canonical("no document type", text(&format!("<!DOCTYPE a>{}", header("4.3", LA_URL)), &[])),
        canonical("double quotes", text(&header("4.3", LA_URL).replace("\"4.3.0.0\"", "'4.3.0.0'"), &[])),
        canonical("no white space in tags", text(&header("4.3", LA_URL).replace("<DATA>", "<DATA >"), &[])),
        canonical(
            "no character reference where none is needed",
            data("4.3", "<LA_URL>http://a&#46;example/</LA_URL>"),
        ),
        canonical(
            "no declaration of a namespace that is declared",
            data("4.3", &LA_URL.replace("<LA_URL>", &format!("<LA_URL {namespace}>"))),
        ),
        canonical("one space in a processing instruction", custom("<?a  b?>")),
        row(
            "3.2.1",
            "The XML must be canonicalized: canonical XML is well-formed",
            "XML-01",
            data("4.3", "<LA_URL>http://a.example/?b&amp;c</LA_URL>"),
            data("4.3", "<LA_URL>http://a.example/?b&c</LA_URL>"),
        ),
        row(
            "3.2.2",
            "All node and attribute names are case-sensitive: VALUE is supported, value is not",
            "PRH-05",
            right.clone(),
            one(&kid(&format!("value=\"{KID}\""))),
        ),
        row(
            "3.2.2",
            "All node and attribute names are case-sensitive: KID is supported, kid is not",
            "PRH-05",
            right.clone(),
            one(&format!("<kid VALUE=\"{KID}\"></kid>")),
        ),
        row(
            "3.2.3",
            "All XML nodes must be explicitly closed by a closing tag",
            "PRH-06",
            right.clone(),
            one(&format!("<KID ALGID=\"AESCTR\" VALUE=\"{KID}\"/>")),
        ),
        row(
            "3.2.3",
            "including those in nodes inside the CUSTOMATTRIBUTES node",
            "PRH-06",
            custom("<MyNode FooAttribute=\"Foo\"></MyNode>"),
            custom("<MyNode FooAttribute=\"Foo\"/>"),
        ),
        row(
            "3.2.4",
            "All namespace attributes must be before non-namespaces attributes",
            "PRH-07",
            text(&root(&format!("{namespace} version=\"4.3.0.0\"")), &[]),
            text(&root(&format!("version=\"4.3.0.0\" {namespace}")), &[]),
        ),
        row(
            "3.2.5",
            "All attributes must be in alphabetical order",
            "PRH-08",
            one(&kid(&format!("ALGID=\"AESCBC\" VALUE=\"{KID}\""))),
            one(&kid(&format!("VALUE=\"{KID}\" ALGID=\"AESCBC\""))),
        ),
        row(
            "3.2.5",
            "including those in nodes inside the CUSTOMATTRIBUTES node",
            "PRH-08",
            custom("<MyNode BarAttribute=\"Bar\" FooAttribute=\"Foo\"></MyNode>"),
            custom("<MyNode FooAttribute=\"Foo\" BarAttribute=\"Bar\"></MyNode>"),
        ),
    ]
}
