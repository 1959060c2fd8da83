//! Sections 3.3 to 3.6 beside their tables: what changed from one version to the next, and the examples.

use super::{
    KID, LA_URL, NAMESPACE, OTHER_KID, Row, command_on, ctr, data, data_for, header, key_list, kid, object,
    right, row, text, utf16, v40,
};
use crate::conformance::probe::{FILE, Probe};

pub fn rows() -> Vec<Row> {
    [history(), of_4_3(), of_4_2(), of_4_1(), of_4_0()].concat()
}

fn history() -> Vec<Row> {
    let of = |version: &str, client: &str| data_for(version, &right(version, ""), &["--target", client]);
    vec![
        row(
            "1.1",
            "November 1, 2017: attributes must be in alphabetical order",
            "PRH-08",
            data("4.3", &key_list("4.3", &ctr(KID))),
            data("4.3", &key_list("4.3", &kid(&format!("VALUE=\"{KID}\" ALGID=\"AESCTR\"")))),
        ),
        row(
            "1.1",
            "July 12, 2017: PlayReady Header 4.3.0.0, supported starting with PlayReady version 4",
            "PRH-10",
            of("4.3", "4.0"),
            of("4.3", "3.3"),
        ),
        row(
            "1.1",
            "July 12, 2017: all XML nodes must be explicitly closed by a closing tag",
            "PRH-06",
            data("4.3", "<LA_URL>http://a.example/</LA_URL>"),
            data("4.3", "<PROTECTINFO/>"),
        ),
        row(
            "1.1",
            "April 10, 2015: PlayReady Header 4.2.0.0, supported starting with PlayReady version 3",
            "PRH-10",
            of("4.2", "3.0"),
            of("4.2", "2.5"),
        ),
        row(
            "1.1",
            "September, 2011: PlayReady Header 4.1.0.0, supported starting with PlayReady version 2",
            "PRH-10",
            of("4.1", "2.0"),
            of("4.1", "1.2"),
        ),
        row(
            "1.1",
            "August 2008: PlayReady Header 4.0.0.0 supported in PlayReady version 1",
            "PRH-10",
            of("4.0", "1.0"),
            of("4.1", "1.0"),
        ),
    ]
}

/// A listing of the document, with its white space.
fn listing(version: &str, kids: &[&str], more: &str) -> String {
    let kids: String = kids.iter().map(|kid| format!("        {kid}\n")).collect();
    format!(
        "<WRMHEADER xmlns=\"{NAMESPACE}\" version=\"{version}.0.0\">\n  <DATA>\n    <PROTECTINFO>\n      <KIDS>\n{kids}      \
         </KIDS>\n    </PROTECTINFO>\n    {LA_URL}\n    <DS_ID>AH+03juKbUGbHl1V/QIwRA==</DS_ID>\n{more}  </DATA>\n</WRMHEADER>"
    )
}

fn example(name: &str, xml: &str, words: &[&str]) -> Probe {
    Probe::command(words).on("a.pro", object(&[(1, &utf16(xml))]), name.to_owned())
}

const LINT: [&str; 4] = ["lint", "--level", "warning", FILE];

fn of_4_3() -> Vec<Row> {
    let list = |kids: &str| data("4.3", &key_list("4.3", kids));
    let cbc = |kid: &str| format!("<KID ALGID=\"AESCBC\" VALUE=\"{kid}\"></KID>");
    let bare = |id: &str| kid(&format!("VALUE=\"{id}\""));
    let cbc_listing = listing("4.3", &[&cbc(KID), &cbc(OTHER_KID)], "");
    let missing = listing("4.3", &[&bare(KID)], "    <DECRYPTORSETUP>ONDEMAND</DECRYPTORSETUP>\n");
    vec![
        row(
            "3.3",
            "v4.3.0.0 was introduced to support AESCBC keys in a header",
            "VER-04",
            list(&cbc(KID)),
            data("4.2", &key_list("4.2", &cbc(KID))),
        ),
        row(
            "3.3.1",
            "Starting with version 4.0, clients are able to process PlayReady Header versions 4.0, 4.1, 4.2 and 4.3",
            "PRH-10",
            data_for("4.3", &key_list("4.3", &cbc(KID)), &["--target", "4.0"]),
            text(&header("4.4", ""), &["--target", "4.0"]).says("PRH-03"),
        ),
        row(
            "3.3.1",
            "PlayReady SDKs prior to version 4.0 will return an \"unsupported version\" error when provided with v4.3 headers",
            "PRH-10",
            data_for("4.3", &key_list("4.3", &cbc(KID)), &["--target", "4.0"]),
            data_for("4.3", &key_list("4.3", &cbc(KID)), &["--target", "3.3"]),
        ),
        row(
            "3.3.1",
            "The WRMHEADER element's version attribute is set to the string \"4.3.0.0\"",
            "`reheader --header-version`",
            command_on(
                &["reheader", "--header-version", "4.3", "-n", FILE],
                "4.2",
                &key_list("4.2", &ctr(KID)),
            ),
            command_on(
                &["reheader", "--header-version", "4.4", "-n", FILE],
                "4.2",
                &key_list("4.2", &ctr(KID)),
            )
            .says("expected 4.0, 4.1, 4.2, 4.3 or lowest"),
        ),
        row(
            "3.3.1",
            "The ALGID located inside the KID element can now have the value \"AESCBC\", in addition to \"AESCTR\"",
            "VER-04",
            list(&cbc(KID)),
            data("4.1", &key_list("4.1", &cbc(KID))),
        ),
        row(
            "3.3.1",
            "The ALGID may be missing in a license acquisition request",
            "VER-04",
            list(&ctr(KID)),
            data("4.2", &key_list("4.2", &bare(KID))),
        ),
        row(
            "3.3.1",
            "Microsoft recommends that the ALGID has a valid value in the header included in the content",
            "VER-04",
            list(&cbc(KID)),
            list(&bare(KID)),
        ),
        row(
            "3.3.1",
            "When the ALGID elements are present, and there is more than one KID, all the ALGID values must be the same",
            "EXT-1",
            data_for(
                "4.3",
                &key_list("4.3", &format!("{}{}", ctr(KID), bare(OTHER_KID))),
                &["--spec", "2018"],
            ),
            data_for(
                "4.3",
                &key_list("4.3", &format!("{}{}", ctr(KID), cbc(OTHER_KID))),
                &["--spec", "2018"],
            ),
        ),
        row(
            "3.3.1 (2021)",
            "When the ALGID attribute is present in any KID element, all KID elements must include it, with the same value",
            "EXT-1",
            list(&format!("{}{}", bare(KID), bare(OTHER_KID))),
            list(&format!("{}{}", ctr(KID), bare(OTHER_KID))),
        ),
        row(
            "3.3.1",
            "When the ALGID is set to \"AESCBC\", the CHECKSUM attribute must not be included",
            "VER-09",
            list(&cbc(KID)),
            list(&kid(&format!("ALGID=\"AESCBC\" CHECKSUM=\"w+OZVr8vzrQ=\" VALUE=\"{KID}\""))),
        ),
        row(
            "3.3.2",
            "Example: a PlayReady Header 4.3.0.0 with AESCBC keys",
            "EXT-1",
            example("the listing", &cbc_listing, &LINT),
            example(
                "the listing, its second key AESCTR",
                &cbc_listing.replacen("AESCBC\" VALUE=\"tuh", "AESCTR\" VALUE=\"tuh", 1),
                &LINT,
            ),
        ),
        row(
            "3.3.2",
            "Example: a PlayReady Header 4.3.0.0 with a missing ALGID",
            "VER-04",
            example(
                "the listing with AESCTR",
                &missing.replace("<KID VALUE", "<KID ALGID=\"AESCTR\" VALUE"),
                &LINT,
            ),
            example("the listing as version 4.2", &missing.replace("4.3.0.0", "4.2.0.0"), &LINT),
        ),
    ]
}

fn of_4_2() -> Vec<Row> {
    let one = "<KID ALGID=\"AESCTR\" CHECKSUM=\"xNvWVxoWk04=\" VALUE=\"0IbHou/5s0yzM80yOkKEpQ==\"></KID>";
    let two = "<KID ALGID=\"AESCTR\" CHECKSUM=\"GnKaQIRacPU=\" VALUE=\"/qgG2xbs4k2SKCxx6bhWqw==\"></KID>";
    let listing = listing("4.2", &[one, two], "");
    let verify = ["checksum", "--test-seed", "--verify", FILE];
    vec![
        row(
            "3.4",
            "v4.2.0.0 was introduced to allow multiple KIDs in a single header",
            "VER-05",
            data("4.2", &key_list("4.2", &format!("{one}{two}"))),
            data("4.1", &key_list("4.1", &format!("{one}{two}"))),
        ),
        row(
            "3.4.1",
            "PlayReady 3.0 SDKs and later clients are able to process the v4.0, v4.1, and v4.2 versions; prior SDKs return an \
             \"unsupported version\" error",
            "PRH-10",
            data_for("4.2", &key_list("4.2", one), &["--target", "3.0"]),
            data_for("4.2", &key_list("4.2", one), &["--target", "2.11"]),
        ),
        row(
            "3.4.1",
            "The KID element located inside the PROTECTINFO element has been renamed to KIDS and is still optional",
            "VER-05",
            data("4.2", "<PROTECTINFO></PROTECTINFO>"),
            data("4.2", &key_list("4.1", one)),
        ),
        row(
            "3.4.1",
            "4.2 has no rule that all ALGID values are the same: that came with 4.3",
            "`lint`: EXT-1 is a note in 4.2",
            data(
                "4.2",
                &key_list("4.2", &format!("{}{}", ctr(KID), ctr(OTHER_KID).replace("AESCTR", "COCKTAIL"))),
            ),
            data(
                "4.3",
                &key_list("4.3", &format!("{}{}", ctr(KID), ctr(OTHER_KID).replace("AESCTR", "COCKTAIL"))),
            )
            .says("error[EXT-1]"),
        ),
        row(
            "3.4.2",
            "Example: PlayReady Header 4.2.0.0 with two AESCTR keys",
            "`checksum --verify`",
            example("checksum --test-seed --verify of the listing", &listing, &verify),
            example(
                "the same with another CHECKSUM",
                &listing.replace("xNvWVxoWk04=", "GnKaQIRacPU="),
                &verify,
            )
            .says("not from the test seed"),
        ),
    ]
}

fn of_4_1() -> Vec<Row> {
    let to_4_1 = ["reheader", "--header-version", "4.1", "-n", FILE];
    let cocktail = |len: &str| {
        format!("<PROTECTINFO><KEYLEN>{len}</KEYLEN><ALGID>COCKTAIL</ALGID></PROTECTINFO><KID>{KID}</KID>")
    };
    let new = |key: &str, version: &str| {
        let key = format!("00112233-4455-6677-8899-aabbccddeeff:{key}");
        Probe::command(&["new", &key, "--algid", "cocktail", "--header-version", version])
    };
    let list = |kids: &str| data("4.1", &key_list("4.1", kids));
    vec![
        row(
            "3.5",
            "This type of stream requires clients to bind a scalable root license without knowledge of the content key",
            "`new --decryptor-setup`",
            Probe::command(&["new", "--decryptor-setup", "ondemand", "--la-url", "http://a.example/"]),
            Probe::command(&["new", "--header-version", "4.0", "--decryptor-setup", "ondemand"])
                .says("is not allowed in a 4.0.0.0 header"),
        ),
        row(
            "3.5.1",
            "PlayReady 2.0 SDKs and later clients are able to process both the v4.0 and v4.1 versions; prior SDKs return an \
             \"unsupported version\" error",
            "PRH-10",
            data_for("4.1", LA_URL, &["--target", "2.0"]),
            data_for("4.1", LA_URL, &["--target", "1.2"]),
        ),
        row(
            "3.5.1",
            "The DATA element contains an optional DECRYPTORSETUP element",
            "VER-12",
            data("4.1", "<DECRYPTORSETUP>ONDEMAND</DECRYPTORSETUP>"),
            data("4.0", &v40("<DECRYPTORSETUP>ONDEMAND</DECRYPTORSETUP>")),
        ),
        row(
            "3.5.1",
            "The KID element is located inside the PROTECTINFO element and is optional rather than required",
            "VER-05",
            list(""),
            data("4.1", &format!("<PROTECTINFO></PROTECTINFO>{}", ctr(KID))),
        ),
        row(
            "3.5.1",
            "The KID element contains the attribute ALGID (required)",
            "VER-04",
            list(&ctr(KID)),
            list(&kid(&format!("VALUE=\"{KID}\""))),
        ),
        row(
            "3.5.1",
            "The KID element contains the attribute CHECKSUM (optional)",
            "PRH-16",
            list(&ctr(KID)),
            list(&kid(&format!("ALGID=\"AESCTR\" CHECKSUM=\"\" VALUE=\"{KID}\""))),
        ),
        row(
            "3.5.1",
            "The KID element contains the attribute VALUE (required)",
            "VER-07",
            list(&ctr(KID)),
            list(&format!("<KID ALGID=\"AESCTR\">{KID}</KID>")),
        ),
        row(
            "3.5.1",
            "The KEYLEN element has been removed",
            "VER-03",
            list(&ctr(KID)),
            list(&format!("<KEYLEN>16</KEYLEN>{}", ctr(KID))),
        ),
        row(
            "3.5.1",
            "The v4.1 header will break the ability to support anything but 8-byte cocktail keys",
            "`reheader --header-version`",
            command_on(&to_4_1, "4.0", &cocktail("8")),
            command_on(&to_4_1, "4.0", &cocktail("7")).says("a COCKTAIL key of 7 bytes is not allowed"),
        ),
        row(
            "3.5.1",
            "If you use cocktail keys that aren't 8-byte, you must use v4.0 headers",
            "`new --header-version`",
            new("01020304050607", "4.0"),
            new("01020304050607", "4.1").says("a COCKTAIL key of 7 bytes is not allowed"),
        ),
        row(
            "3.5.1",
            "The KEYLEN was used to disambiguate cocktail licenses with different length keys",
            "`reheader --header-version`",
            command_on(
                &["reheader", "--header-version", "4.0", "-n", FILE],
                "4.1",
                &key_list("4.1", &ctr(KID)),
            ),
            command_on(
                &["reheader", "--header-version", "4.0", "-n", FILE],
                "4.1",
                &key_list("4.1", &ctr(KID).replace("AESCTR", "COCKTAIL")),
            )
            .says("whose length nothing says"),
        ),
        row(
            "3.5.1",
            "The ALGID element has been removed: its data is contained within an attribute of the KID element",
            "VER-04",
            list(&ctr(KID)),
            list(&format!("<ALGID>AESCTR</ALGID>{}", ctr(KID))),
        ),
        row(
            "3.5.1",
            "The CHECKSUM element has been removed: its data is contained within an attribute of the KID element",
            "VER-09",
            list(&ctr(KID)),
            data("4.1", &format!("{}<CHECKSUM>w+OZVr8vzrQ=</CHECKSUM>", key_list("4.1", &ctr(KID)))),
        ),
    ]
}

fn of_4_0() -> Vec<Row> {
    let listing = format!(
        "<WRMHEADER xmlns=\"{NAMESPACE}\" version=\"4.0.0.0\">\n  <DATA>\n    <PROTECTINFO>\n      <ALGID>AESCTR</ALGID>\n      \
         <KEYLEN>16</KEYLEN>\n    </PROTECTINFO>\n    <KID>q5HgCTj40kGeNVhTH9Gexw==</KID>\n    \
         <CHECKSUM>w+OZVr8vzrQ=</CHECKSUM>\n    {LA_URL}\n    <CUSTOMATTRIBUTES>\n      \
         <IIS_DRM_VERSION>8.0.1705.19</IIS_DRM_VERSION>\n    </CUSTOMATTRIBUTES>\n  </DATA>\n</WRMHEADER>"
    );
    let verify = [
        "checksum",
        "--key",
        "09e091ab-f838-41d2-9e35-58531fd19ec7:9cb061164b7013eaefcc7d6d18424c2c",
        "--verify",
        FILE,
    ];
    vec![
        row(
            "3.6",
            "v4.0.0.0 allows a single AESCTR key, or a COCKTAIL key",
            "VER-04",
            data("4.0", &v40("")),
            data("4.0", &v40("").replace("AESCTR", "AESCBC")),
        ),
        row(
            "3.6.1",
            "Example: PlayReady Header 4.0.0.0",
            "`checksum --verify`",
            example("checksum --verify of the listing", &listing, &verify),
            example(
                "the same with another CHECKSUM",
                &listing.replace("w+OZVr8vzrQ=", "GnKaQIRacPU="),
                &verify,
            )
            .says("wrong"),
        ),
        row(
            "3.6.1",
            "Example: the listing keeps every rule",
            "VER-05",
            example("the listing", &listing, &LINT),
            example("the listing as version 4.2", &listing.replace("4.0.0.0", "4.2.0.0"), &LINT),
        ),
    ]
}
