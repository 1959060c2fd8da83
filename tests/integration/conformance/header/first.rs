//! The table of section 3.6.2, and the notes of 3.5.2 and 3.6.2.

use super::tables::{fields, root};
use super::{
    INFO, KID, LA_URL, OTHER_KID, Row, bytes, ctr, data, data_for, header, key_list, kid, object, right, row,
    text, utf16, v40,
};
use crate::conformance::probe::Probe;

pub fn rows() -> Vec<Row> {
    [notes("4.1", "3.5.2"), first(), notes("4.0", "3.6.2")].concat()
}

fn new_cocktail(key: &str) -> Probe {
    let key = format!("guid:q5HgCTj40kGeNVhTH9Gexw==:{key}");
    Probe::command(&["new", "--algid", "cocktail", "--header-version", "4.0", &key])
}

fn notes(version: &'static str, section: &'static str) -> Vec<Row> {
    let of = |more: &str| data(version, &right(version, more));
    let whole = header(version, &right(version, LA_URL));
    let long = format!("<LA_URL>http://rm.contoso.com/{}</LA_URL>", "a".repeat(400));
    let mut rows = vec![
        row(
            section,
            "Notes: developers must not add any custom tags outside of the CUSTOMATTRIBUTES element",
            "PRH-09",
            of("<CUSTOMATTRIBUTES><MINE></MINE></CUSTOMATTRIBUTES>"),
            of("<MINE></MINE>"),
        ),
        row(
            section,
            "Notes: all XML tags and attributes in the PlayReady Header are defined by Microsoft",
            "PRH-09",
            of("<CUSTOMATTRIBUTES><?mine x?></CUSTOMATTRIBUTES>"),
            of("<?mine x?>"),
        ),
        row(
            section,
            "Notes: all XML tags and attributes in the PlayReady Header are defined by Microsoft: those of XML itself",
            "PRH-09",
            of("<CUSTOMATTRIBUTES><a xml:lang=\"en\"></a></CUSTOMATTRIBUTES>"),
            of("<CUSTOMATTRIBUTES xml:lang=\"en\"><a></a></CUSTOMATTRIBUTES>"),
        ),
        row(
            section,
            "Notes: the PlayReady Header does not contain a top-level ?XML tag",
            "PRH-02",
            text(&whole, &[]),
            text(&format!("<?xml version=\"1.0\"?>{whole}"), &[]),
        ),
        row(
            section,
            "Notes: it is recommended that the size of this field should not exceed 1 KB",
            "PRH-12",
            of(LA_URL),
            bytes(
                &format!("{version}: LA_URL of 422 characters"),
                object(&[(1, &utf16(&header(version, &right(version, &long))))]),
                &[],
            ),
        ),
    ];
    if version == "4.1" {
        rows.push(row(
            section,
            "Notes: the PlayReady Header should abide by the W3C Canonical XML v1.1 specifications",
            "PRH-04",
            of(LA_URL),
            of(&LA_URL.replace("</LA_URL>", "</LA_URL >")),
        ));
    } else {
        rows.push(row(
            section,
            "Notes: the order of child elements within a container element does not matter",
            "PRH-08",
            data(
                "4.0",
                &format!(
                    "<CHECKSUM>w+OZVr8vzrQ=</CHECKSUM>{LA_URL}<KID>q5HgCTj40kGeNVhTH9Gexw==</KID>{INFO}"
                ),
            ),
            data("4.0", &v40("<CUSTOMATTRIBUTES><A c=\"1\" b=\"2\"></A></CUSTOMATTRIBUTES>")),
        ));
    }
    rows
}

/// The table of 4.0.
fn first() -> Vec<Row> {
    let of = |inner: &str| data("4.0", inner);
    let plain = || of(&v40(""));
    let key = "<KID>q5HgCTj40kGeNVhTH9Gexw==</KID><CHECKSUM>w+OZVr8vzrQ=</CHECKSUM>";
    let info = |inner: &str| of(&format!("<PROTECTINFO>{inner}</PROTECTINFO>{key}"));
    let number = "version=\"4.0.0.0\"";
    let whole = format!("<DATA>{}</DATA>", v40(""));
    let cocktail = |len: &str| {
        of(&format!(
            "<PROTECTINFO><KEYLEN>{len}</KEYLEN><ALGID>COCKTAIL</ALGID></PROTECTINFO><KID>q5HgCTj40kGeNVhTH9Gexw==</KID>"
        ))
    };
    let mut rows = vec![
        row(
            "3.6.2",
            "WRMHEADER: outermost element of the header object",
            "VER-14",
            plain(),
            of(&v40("<WRMHEADER></WRMHEADER>")),
        ),
        row(
            "3.6.2",
            "WRMHEADER: it can contain one DATA element and one version attribute",
            "VER-01",
            root("4.0", number, &whole),
            root("4.0", number, &format!("{whole}<DATA></DATA>")),
        ),
        row(
            "3.6.2",
            "WRMHEADER: the version for the header is \"4.0.0.0\"",
            "PRH-03",
            root("4.0", number, &whole),
            root("4.0", "version=\"4.0\"", &whole),
        ),
        row(
            "3.6.2",
            "WRMHEADER: the version must be set to the highest of the versions of the mandatory tags and attributes present",
            "PRH-11",
            data("4.3", &key_list("4.3", &kid(&format!("ALGID=\"AESCBC\" VALUE=\"{KID}\"")))),
            data("4.3", &key_list("4.3", &ctr(KID))),
        ),
        row(
            "3.6.2",
            "WRMHEADER: if the version is greater than that for which the client code was written, the client code must fail",
            "PRH-10",
            data_for("4.0", &v40(""), &["--target", "1.2"]),
            data_for("4.1", LA_URL, &["--target", "1.2"]),
        ),
        row(
            "3.6.2",
            "DATA: required",
            "VER-01",
            root("4.0", number, &whole),
            text(&header("4.0", "").replace("<DATA></DATA>", ""), &[]),
        ),
        row("3.6.2", "PROTECTINFO: required", "VER-02", plain(), of(key)),
        row(
            "3.6.2",
            "PROTECTINFO: specifies the type of encryption using the KEYLEN and ALGID child elements",
            "VER-03",
            plain(),
            of(&format!("<PROTECTINFO><ALGID>AESCTR</ALGID></PROTECTINFO>{key}<KEYLEN>16</KEYLEN>")),
        ),
        row("3.6.2", "KEYLEN: required", "VER-03", plain(), info("<ALGID>AESCTR</ALGID>")),
        row(
            "3.6.2",
            "KEYLEN: once",
            "VER-03",
            plain(),
            info("<KEYLEN>16</KEYLEN><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID>"),
        ),
        row(
            "3.6.2",
            "KEYLEN: must be set to 16 if ALGID is set to \"AESCTR\"",
            "VER-03",
            plain(),
            info("<KEYLEN>7</KEYLEN><ALGID>AESCTR</ALGID>"),
        ),
        row(
            "3.6.2",
            "KEYLEN: and 7 if ALGID is set to \"COCKTAIL\"",
            "VER-03",
            cocktail("7"),
            cocktail("16"),
        ),
        row(
            "3.6.2",
            "KEYLEN: and 7 if ALGID is set to \"COCKTAIL\": a key of 8 bytes has none",
            "`new`",
            new_cocktail("01020304050607"),
            new_cocktail("0102030405060708")
                .says("a COCKTAIL key of 8 bytes is not allowed in a 4.0.0.0 header"),
        ),
        row("3.6.2", "ALGID: required", "VER-04", plain(), info("<KEYLEN>16</KEYLEN>")),
        row(
            "3.6.2",
            "ALGID: once",
            "VER-04",
            plain(),
            info("<KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID><ALGID>AESCTR</ALGID>"),
        ),
        row(
            "3.6.2",
            "ALGID: in PROTECTINFO",
            "VER-04",
            plain(),
            of(&format!("<PROTECTINFO><KEYLEN>16</KEYLEN></PROTECTINFO>{key}<ALGID>AESCTR</ALGID>")),
        ),
        row(
            "3.6.2",
            "ALGID: must be set to AESCTR or COCKTAIL",
            "VER-04",
            cocktail("7"),
            info("<KEYLEN>16</KEYLEN><ALGID>AESCBC</ALGID>"),
        ),
        row("3.6.2", "KID: required", "VER-05", plain(), of(INFO)),
        row("3.6.2", "KID: once", "VER-05", plain(), of(&format!("{}<KID>{OTHER_KID}</KID>", v40("")))),
        row(
            "3.6.2",
            "KID: contains a base64-encoded key ID GUID value, as text",
            "VER-05",
            plain(),
            of(&format!("{INFO}{}", ctr(KID))),
        ),
        row(
            "3.6.2",
            "KID: base64 of a GUID",
            "PRH-15",
            plain(),
            of(&v40("").replace("q5HgCTj40kGeNVhTH9Gexw==", "q5HgCTj40kGeNVhT")),
        ),
        row(
            "3.6.2",
            "KID: in DATA",
            "VER-05",
            plain(),
            of(&format!(
                "<PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID><KID>{KID}</KID></PROTECTINFO>"
            )),
        ),
        row(
            "3.6.2",
            "CHECKSUM: in DATA",
            "VER-09",
            plain(),
            of(&v40("").replace(key, "<KID>q5HgCTj40kGeNVhTH9Gexw==<CHECKSUM>w+OZVr8vzrQ=</CHECKSUM></KID>")),
        ),
        row("3.6.2", "CHECKSUM: once", "VER-09", plain(), of(&v40("<CHECKSUM>w+OZVr8vzrQ=</CHECKSUM>"))),
        row(
            "3.6.2",
            "CHECKSUM: previous versions of PlayReady treated this field as required, so it should be included in any header \
             that is going to be consumed by a previous version",
            "VER-13",
            data_for("4.0", &v40(""), &["--target", "1.2"]),
            data_for("4.0", &format!("{INFO}<KID>{KID}</KID>"), &["--target", "1.2"]),
        ),
        row(
            "3.6.2",
            "The same where a header is written",
            "VER-13",
            Probe::command(&["new", "00112233-4455-6677-8899-aabbccddeeff:0123456789abcdef0123456789abcdef"]),
            Probe::command(&["new", "00112233-4455-6677-8899-aabbccddeeff"]),
        ),
        row(
            "3.6.2",
            "Notes: CHECKSUM is required by PlayReady Server SDK up to version 1.2",
            "VER-13",
            data_for("4.0", &v40(""), &["--target", "1.0"]),
            data_for("4.0", &format!("{INFO}<KID>{KID}</KID>"), &["--target", "1.0"]),
        ),
        row(
            "3.6.2",
            "Notes: PlayReady Porting Kit 1.2 out of the box requires the CHECKSUM; Porting Kit 2.0 treats it as optional",
            "VER-13",
            data_for("4.0", &format!("{INFO}<KID>{KID}</KID>"), &["--target", "2.0"]),
            data_for("4.0", &format!("{INFO}<KID>{KID}</KID>"), &["--target", "1.2"]),
        ),
    ];
    rows.extend(fields("4.0", "3.6.2"));
    rows
}
