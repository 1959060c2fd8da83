//! Headers that are written as text inside of other documents, and the answers that packagers get.

use crate::args;
use crate::program::prkit_with;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use std::ffi::OsString;

const HEADER: &str = "<WRMHEADER xmlns=\"http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader\" version=\"4.0.0.0\"><DATA>\
    <PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO><KID>UXwLbj8tGEqMm6Gyw9Tl9g==</KID>\
    <LA_URL>https://old.example/?a=1&amp;b=2</LA_URL></DATA></WRMHEADER>";
const OLD: &str = "https://old.example/?a=1&b=2";
const KEY: &str = "AAECAwQFBgcICQoLDA0ODw==";

fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn run(args: &[&str], text: &str) -> crate::program::Run {
    prkit_with(args.iter().map(OsString::from).chain(args!["-"]), text.as_bytes())
}

fn envelope(body: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>{body}</s:Body></s:Envelope>"
    )
}

fn pro() -> String {
    let object = prkit_with(args!["extract", "--as", "pro", "--raw", "-"], HEADER.as_bytes());
    assert_eq!(object.status, 0, "{}", object.stderr);
    STANDARD.encode(object.stdout)
}

#[test]
fn the_header_in_an_answer_to_a_packager_is_shown_and_its_key_is_not() {
    let answer = |element: &str| {
        envelope(&format!(
            "<AcquirePackagingDataResponse xmlns=\"http://schemas.microsoft.com/DRM/2007/03/protocols\">\
             <AcquirePackagingDataResult><Response><KeyId>6e0b7c51-2d3f-4a18-8c9b-a1b2c3d4e5f6</KeyId>\
             <KeyData>{KEY}</KeyData>{element}</Response></AcquirePackagingDataResult></AcquirePackagingDataResponse>"
        ))
    };
    let object = pro();
    let boxed = prkit_with(args!["extract", "--as", "pssh", "-"], HEADER.as_bytes());
    let elements = [
        format!("<Data>{object}</Data>"),
        format!("<Data>{}</Data>", STANDARD.encode(HEADER)),
        format!("<Header>{HEADER}</Header>"),
        format!("<Header>{}</Header>", xml(HEADER)),
        format!("<Header><![CDATA[{HEADER}]]></Header>"),
        format!("<Data><![CDATA[{object}]]></Data>"),
        format!("<Data>{}</Data>", boxed.text().trim()),
    ];
    for element in elements {
        let text = answer(&element);
        let shown = run(&["soap", "show", "--json"], &text);
        let report = shown.one();
        let objects = report["objects"].as_array().unwrap();
        assert_eq!(objects.len(), 1, "{element}: {report}");
        assert_eq!(objects[0]["la_url"], OLD, "{element}");
        assert_eq!(objects[0]["kids"], json!(["6e0b7c51-2d3f-4a18-8c9b-a1b2c3d4e5f6"]), "{element}");
        for args in
            [&["soap", "show"][..], &["soap", "show", "--tree"], &["soap", "show", "--json", "--tree"]]
        {
            let shown = run(args, &text);
            assert!(
                !shown.text().contains(KEY) && !shown.stderr.contains(KEY),
                "{element}: {}",
                shown.text()
            );
        }
    }
}

#[test]
fn an_escaped_header_in_the_answer_of_a_key_service_is_shown() {
    let escaped =
        format!("<K><KeyID>6e0b7c51-2d3f-4a18-8c9b-a1b2c3d4e5f6</KeyID><Header>{}</Header></K>", xml(HEADER));
    for body in [
        format!("<R><Result><![CDATA[{escaped}]]></Result></R>"),
        format!("<R><Result>{}</Result></R>", xml(&escaped)),
        format!("<R>{escaped}</R>"),
    ] {
        let report = run(&["soap", "show", "--json"], &envelope(&body)).one();
        assert_eq!(report["objects"].as_array().unwrap().len(), 1, "{body}: {report}");
        assert_eq!(report["objects"][0]["la_url"], OLD, "{body}");
    }
}

/// Documents with a header in them that is the object of the place it is in, or of a document of no kind.
fn changed() -> Vec<(&'static str, String)> {
    let escaped = xml(HEADER);
    let json = serde_json::to_string(HEADER).unwrap();
    let numeric = HEADER.replace('&', "&#38;").replace('<', "&#60;").replace('>', "&#x3e;");
    vec![
        ("an element", format!("<root><h>{escaped}</h></root>")),
        ("a marked section", format!("<root><h><![CDATA[{HEADER}]]></h></root>")),
        ("numbers", format!("<root><h>{numeric}</h></root>")),
        ("an attribute", format!("<root h=\"{escaped}\"/>")),
        ("a line of a log", format!("12:00 header={escaped} ok\n")),
        ("JSON", format!("{{\"drm\": {{\"header\": {json}}}}}")),
        (
            "JSON with more escapes",
            format!(
                "{{\"h\": {}}}",
                json.replace('<', "\\u003c").replace('>', "\\u003e").replace('/', "\\/")
            ),
        ),
        ("escaped in JSON", format!("{{\"h\": {}}}", serde_json::to_string(&escaped).unwrap())),
        (
            "mspr:pro",
            format!(
                "<MPD xmlns:mspr=\"urn:microsoft:playready\"><Period><AdaptationSet><ContentProtection \
                 schemeIdUri=\"urn:uuid:9a04f079-9840-4286-ab92-e65be0885f95\"><mspr:pro>{escaped}</mspr:pro>\
                 </ContentProtection></AdaptationSet></Period></MPD>"
            ),
        ),
        (
            "ProtectionHeader",
            format!(
                "<SmoothStreamingMedia><Protection><ProtectionHeader SystemID=\"9A04F079-9840-4286-AB92-E65BE0885F95\">\
                 {escaped}</ProtectionHeader></Protection></SmoothStreamingMedia>"
            ),
        ),
        (
            "CPIX",
            format!(
                "<CPIX xmlns=\"urn:dashif:org:cpix\"><DRMSystemList><DRMSystem kid=\"6e0b7c51-2d3f-4a18-8c9b-a1b2c3d4e5f6\" \
                 systemId=\"9a04f079-9840-4286-ab92-e65be0885f95\"><SmoothStreamingProtectionHeaderData>{escaped}\
                 </SmoothStreamingProtectionHeaderData></DRMSystem></DRMSystemList></CPIX>"
            ),
        ),
    ]
}

/// A text with all its escapes taken off, however often they are put on.
fn unescaped(text: &str) -> String {
    let mut text =
        text.replace("\\u003c", "<").replace("\\u003e", ">").replace("\\/", "/").replace("\\\"", "\"");
    for _ in 0..3 {
        let pairs = [
            ("&lt;", "<"),
            ("&#60;", "<"),
            ("&gt;", ">"),
            ("&#x3e;", ">"),
            ("&quot;", "\""),
            ("&#38;", "&"),
            ("&amp;", "&"),
        ];
        for (reference, c) in pairs {
            text = text.replace(reference, c);
        }
    }
    text
}

#[test]
fn an_escaped_header_is_changed_where_it_is_written_and_nothing_else() {
    for (name, text) in changed() {
        let shown = run(&["show", "--json"], &text).one();
        assert_eq!(shown["pssh"][0]["pro"]["header"]["la_url"], OLD, "{name}: {shown}");
        let edit = run(&["reheader", "--la-url", "https://new.example/?c=3&d=4", "-o", "-"], &text);
        assert_eq!(edit.status, 0, "{name}: {}", edit.stderr);
        let (before, after) = (unescaped(&text), unescaped(edit.text()));
        assert_eq!(after, before.replace(OLD, "https://new.example/?c=3&d=4"), "{name}");
        let again = run(&["show", "--json"], edit.text()).one();
        assert_eq!(again["pssh"][0]["pro"]["header"]["la_url"], "https://new.example/?c=3&d=4", "{name}");
        // What is around the URL has the bytes that it had.
        let around = text.split_once("old.example").unwrap();
        assert!(edit.text().starts_with(around.0.split_once("LA_URL").unwrap().0), "{name}");
        assert!(edit.text().ends_with(around.1.split_once("b=2").unwrap().1), "{name}");
    }
}

#[test]
fn an_escaped_header_where_no_specification_puts_one_is_named_and_left() {
    let escaped = xml(HEADER);
    let elements = STANDARD.encode(format!("<h>{escaped}</h>"));
    let set = "<Representation id=\"v\"/>";
    for (name, text) in [
        (
            "an element",
            format!("<MPD><Period><AdaptationSet><x>{escaped}</x>{set}</AdaptationSet></Period></MPD>"),
        ),
        (
            "an attribute",
            format!("<MPD><Period><AdaptationSet x=\"{escaped}\">{set}</AdaptationSet></Period></MPD>"),
        ),
        ("a playlist", format!("#EXTM3U\n#EXT-X-SESSION-DATA:DATA-ID=\"a\",VALUE=\"{escaped}\"\n1.m4s\n")),
        ("escaped twice", format!("<root><h>{}</h></root>", xml(&escaped))),
        (
            "XML in JSON",
            format!("{{\"xml\": {}}}", serde_json::to_string(&format!("<a><h>{escaped}</h></a>")).unwrap()),
        ),
        (
            "base64 of elements",
            format!(
                "<CPIX xmlns=\"urn:dashif:org:cpix\"><DRMSystemList><DRMSystem kid=\"6e0b7c51-2d3f-4a18-8c9b-a1b2c3d4e5f6\" \
                 systemId=\"9a04f079-9840-4286-ab92-e65be0885f95\"><ContentProtectionData>{elements}</ContentProtectionData>\
                 </DRMSystem></DRMSystemList></CPIX>"
            ),
        ),
    ] {
        let shown = run(&["show", "--json"], &text).one();
        assert_eq!(shown["unread"].as_array().map(Vec::len), Some(1), "{name}: {shown}");
        let edit = run(&["reheader", "--la-url", "https://new.example/", "--json", "-n"], &text);
        let left = edit.json().iter().filter_map(|line| line["left"].as_array().map(Vec::len)).sum::<usize>();
        assert_eq!((edit.status, left), (3, 1), "{name}: {} {}", edit.text(), edit.stderr);
    }
}

#[test]
fn texts_inside_of_each_other_have_a_limit() {
    // Each level is escaped once more: a thousand of them would be a stack of a thousand readers.
    let mut text = format!("<h>{}</h>", xml(HEADER));
    for _ in 0..12 {
        text = format!("<a>{}</a>", xml(&text));
    }
    let shown = run(&["soap", "show"], &envelope(&text));
    assert!(matches!(shown.status, 0 | 3), "{}", shown.stderr);
}

/// The rules of severity "error" that a header breaks, apart from the missing checksum.
fn broken(header: &str) -> Vec<String> {
    let report = run(&["lint", "--json"], header).one();
    let findings = report["findings"].as_array().unwrap().iter();
    // In a file of its own the text is in UTF-8, which is another error.
    findings
        .filter(|f| f["level"] == "error" && f["rule"] != "PRH-01")
        .map(|f| f["rule"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_license_url_with_a_character_that_nobody_sees_is_a_finding_and_is_not_written() {
    assert_eq!(broken(HEADER), [] as [&str; 0]);
    for c in ['\u{A0}', '\u{200B}', '\u{FEFF}', '\u{2009}', '\u{202E}', '\u{AD}', '\u{2060}', '\u{3000}'] {
        for url in [
            format!("{c}https://a.example/x"),
            format!("https://a.example/x{c}"),
            format!("https://a.ex{c}ample/x"),
        ] {
            let header = HEADER.replace("https://old.example/?a=1&amp;b=2", &url);
            assert_eq!(broken(&header), ["PRH-14"], "{url:?}");
            let escaped = HEADER.replace(
                "https://old.example/?a=1&amp;b=2",
                &url.replace(c, &format!("&#x{:X};", u32::from(c))),
            );
            assert_eq!(broken(&escaped), ["PRH-14"], "{url:?}");
        }
        let url = format!("https://a.ex{c}ample/x");
        let edit = run(&["reheader", "--la-url", &url, "-n"], HEADER);
        assert_eq!(edit.status, 2, "{url:?}: {}", edit.stderr);
    }
}

#[test]
fn a_license_url_outside_of_data_is_changed_and_one_is_in_data_afterwards() {
    let url = "<LA_URL>https://old.example/?a=1&amp;b=2</LA_URL>";
    let without = HEADER.replace(url, "");
    let new = "<LA_URL>https://new.example/</LA_URL>";
    for outside in [
        without.replace("</DATA>", &format!("</DATA>{url}")),
        without.replace("<DATA>", &format!("{url}<DATA>")),
    ] {
        let edit = run(&["reheader", "--la-url", "https://new.example/", "-o", "-"], &outside);
        assert_eq!(edit.status, 0, "{}", edit.stderr);
        let expected = outside.replace(url, new).replace("</DATA>", &format!("{new}</DATA>"));
        assert_eq!(edit.text(), expected);
        let again = run(&["reheader", "--la-url", "https://new.example/", "-o", "-"], edit.text());
        assert_eq!(again.text(), expected);
    }
}
