//! Sections 1 to 3.1, 4 and 6: the object, who reads it, its license store, what is the service's own.

use super::{
    FIRST, KID, LA_URL, Row, SECOND, VERSIONS, bytes, ctr, data, data_for, header, key_list, object, right,
    row, text, utf16, v40,
};
use crate::conformance::probe::{FILE, Probe};

const DS_ID: &str = "<DS_ID>AH+03juKbUGbHl1V/QIwRA==</DS_ID>";
const STORE: usize = 10_240;

pub fn rows() -> Vec<Row> {
    [first(), records(), matrix(), store(), custom()].concat()
}

fn with_store(store: usize, more: &[&str]) -> Probe {
    let header = utf16(&header("4.0", &v40(DS_ID)));
    let object = object(&[(1, &header), (3, &vec![0; store])]);
    bytes(&format!("4.0: …{DS_ID} and a store of {store} bytes"), object, more)
}

fn first() -> Vec<Row> {
    let target = |name: &str| data_for("4.0", &v40(LA_URL), &["--target", name]);
    vec![row(
        "1",
        "This specification applies to any end product created with the PlayReady Server SDK, PlayReady Device Porting Kit, \
         Windows, Xbox, Windows Phone, and Silverlight",
        "`lint --target`",
        target("silverlight"),
        target("playstation").says("expected a PlayReady version"),
    )]
}

/// Section 2.
fn records() -> Vec<Row> {
    let xml = utf16(&header("4.0", &v40(LA_URL)));
    let right = object(&[(1, &xml)]);
    let changed = |at: usize, by: u8| {
        let mut bytes = right.clone();
        bytes[at] = bytes[at].wrapping_add(by);
        bytes
    };
    let of = |shown: &str, records: &[(u16, &[u8])]| bytes(shown, object(records), &[]);
    let plain = || bytes("an object with one header", right.clone(), &[]);
    let long = "a".repeat(7_700);
    let mut in_box = 0_u32.to_be_bytes().to_vec();
    in_box.extend([
        0x9a, 4, 0xf0, 0x79, 0x98, 0x40, 0x42, 0x86, 0xab, 0x92, 0xe6, 0x5b, 0xe0, 0x88, 0x5f, 0x95,
    ]);
    let boxed = |data: &[u8]| {
        let mut bytes = u32::try_from(32 + data.len()).unwrap().to_be_bytes().to_vec();
        bytes.extend(b"pssh");
        bytes.extend(&in_box);
        bytes.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        bytes.extend(data);
        bytes
    };
    vec![
        row(
            "2",
            "Length: the length of the PlayReady Object in bytes",
            "PRO-01",
            plain(),
            bytes("the same, Length one more", changed(0, 1), &[]),
        ),
        row(
            "2",
            "Length: this value should not exceed 15 kilobytes",
            "PRO-05",
            with_store(STORE, &[]),
            bytes(
                "CUSTOMATTRIBUTES of 15,400 bytes",
                object(&[(
                    1,
                    &utf16(&header("4.0", &v40(&format!("<CUSTOMATTRIBUTES>{long}</CUSTOMATTRIBUTES>")))),
                )]),
                &[],
            ),
        ),
        row(
            "2",
            "PlayReady Object Record Count: the number of records in the object",
            "PRO-02",
            plain(),
            bytes("the same, count 2", changed(4, 1), &[]),
        ),
        row(
            "2",
            "PlayReady Object Records: contains a variable number of records",
            "PRO-07",
            with_store(STORE, &[]),
            of("an object without records", &[]),
        ),
        row(
            "2.1",
            "Record Type: specifies the type of data stored in the record value",
            "PRO-00",
            plain(),
            of("a header record with bytes of a store", &[(1, &[0; 64])]),
        ),
        row(
            "2.1",
            "Record Length: specifies the size in bytes of the record value",
            "PRO-03",
            plain(),
            bytes("the same, record length two more", changed(8, 2), &[]),
        ),
        row(
            "2.1",
            "Record Value: the content depends on the value of Record Type",
            "PRO-06",
            plain(),
            of("a header record of an odd length", &[(1, &[&xml[..], &[0]].concat())]),
        ),
        row(
            "2.1",
            "0x0001 indicates that the record contains a PlayReady Header",
            "PRO-07",
            plain(),
            of("two records of type 1", &[(1, &xml), (1, &xml)]),
        ),
        row("2.1", "0x0002: reserved", "PRO-04", plain(), of("a record of type 2", &[(1, &xml), (2, b"ab")])),
        row(
            "2.1",
            "0x0003 indicates an Embedded License Store",
            "PRO-04",
            with_store(STORE, &[]),
            of("a record of type 4", &[(1, &xml), (4, b"ab")]),
        ),
        row(
            "2.2",
            "The figures show an MP4 file with a PlayReady Object in a pssh box",
            "BOX-05",
            Probe::command(&["lint", "--level", "warning", FILE]).on(
                "a.pssh",
                boxed(&right),
                "a pssh box with an object",
            ),
            Probe::command(&["lint", "--level", "warning", FILE]).on(
                "a.pssh",
                boxed(&boxed(&right)),
                "a pssh box with a pssh box",
            ),
        ),
        row(
            "3",
            "The PlayReady Header is used by a client to locate or acquire a license for the content it is stored in",
            "C-12",
            plain(),
            Probe::command(&["lint", "--level", "warning", FILE]).on(
                "a.pssh",
                boxed(&xml),
                "a pssh box with a header that is in no object",
            ),
        ),
        row(
            "3",
            "It is encoded using UTF-16",
            "PRH-01",
            plain(),
            of("the same in UTF-8", &[(1, header("4.0", &v40(LA_URL)).as_bytes())]),
        ),
    ]
}

/// Section 3.1: every cell, and every product of the notes.
fn matrix() -> Vec<Row> {
    let mut rows = Vec::new();
    for (client, series) in [("1.2", "1.x"), ("2.0", "2.x"), ("3.0", "3.0"), ("4.0", "4.0")] {
        let major = usize::from(client.as_bytes()[0] - b'0');
        for (level, version) in VERSIONS.into_iter().enumerate() {
            let of =
                |version: &str, client: &str| data_for(version, &right(version, ""), &["--target", client]);
            let (statement, keeps, breaks) = if level < major {
                let newest = format!("4.{major}");
                let breaks = match major {
                    4 => text(&header("4.4", ""), &["--target", client]).says("PRH-03"),
                    _ => of(&newest, client),
                };
                (
                    format!("PlayReady {series} SDK based clients: v{version}.0.0 ✔"),
                    of(version, client),
                    breaks,
                )
            } else {
                let reads = format!("{}.0", level + 1);
                (
                    format!("PlayReady {series} SDK based clients: v{version}.0.0 not"),
                    of(version, &reads),
                    of(version, client),
                )
            };
            rows.push(row("3.1", &statement, "PRH-10", keeps, breaks));
        }
    }
    for (statement, product, highest) in [
        ("(4) Xbox One version 1709 or higher are PlayReady 4.X clients", "xbox-one-1709", 4),
        ("(3) Windows 10 (all versions) are PlayReady 3.X clients", "windows-10", 3),
        ("(3) Xbox One version 1703 or lower are PlayReady 3.X clients", "xbox-one-1703", 3),
        (
            "(3) Newest non-Windows devices (smart TVs) released after 2017 are PlayReady 3.X clients",
            "2018",
            3,
        ),
        ("(2) Silverlight is a PlayReady 2.X client", "silverlight", 2),
        ("(2) Windows 8 is a PlayReady 2.X client", "windows-8", 2),
        ("(2) Windows 8.1 is a PlayReady 2.X client", "windows-8.1", 2),
        (
            "(2) Most non-Windows devices (smart TVs) released between 2011 and 2017 are PlayReady 2.X clients",
            "2014",
            2,
        ),
        (
            "(1) Most non-Windows devices (smart TVs) released between 2008 and 2011 are PlayReady 1.X clients",
            "2009",
            1,
        ),
    ] {
        let of =
            |level: usize| data_for(VERSIONS[level], &right(VERSIONS[level], ""), &["--target", product]);
        let breaks = match highest {
            4 => text(&header("4.4", ""), &["--target", product]).says("PRH-03"),
            level => of(level),
        };
        rows.push(row("3.1", statement, "PRH-10", of(highest - 1), breaks));
    }
    rows
}

/// Section 4.
fn store() -> Vec<Row> {
    let domain = |more: &[&str]| data_for("4.0", &v40(DS_ID), more);
    vec![
        row(
            "4",
            "It is good practice to add an empty store to an object that is to be inserted into a content file of a domain",
            "ELS-01",
            with_store(STORE, &["--use", "file"]),
            domain(&["--use", "file"]),
        ),
        row(
            "4",
            "A client embeds a domain-bound license by populating the existing store, without a larger object",
            "`els fill`",
            Probe::command(&["els", "list", FILE]).on(
                "a.pro",
                object(&[(1, &utf16(&header("4.0", &v40(DS_ID)))), (3, &vec![0; STORE])]),
                "els list of an object with an empty store",
            ),
            Probe::command(&["els", "fill", "--license", "samples/licenses/domain.xmr", "-n", FILE])
                .on(
                    "a.pro",
                    object(&[(1, &utf16(&header("4.0", &v40(DS_ID))))]),
                    "els fill of an object without a store",
                )
                .says("the object has no license store"),
        ),
        row(
            "4",
            "It is recommended that you do not include an empty store in an object that becomes base64 in a Smooth Streaming \
             client manifest",
            "ELS-03",
            domain(&["--use", "smooth", "--spec", "2018"]),
            with_store(STORE, &["--use", "smooth", "--spec", "2018"]),
        ),
        row(
            "4 (2021)",
            "Do not include an empty store in an object that becomes base64 in a Smooth Streaming client manifest",
            "ELS-03",
            domain(&["--use", "smooth"]),
            with_store(STORE, &["--use", "smooth"]).says("error[ELS-03]"),
        ),
        row(
            "4",
            "The recommended size is 10KB",
            "ELS-02",
            with_store(STORE, &["--use", "file"]),
            with_store(64, &["--use", "file"]),
        ),
    ]
}

/// Section 6.
fn custom() -> Vec<Row> {
    let custom = |inner: &str| format!("<CUSTOMATTRIBUTES>{inner}</CUSTOMATTRIBUTES>");
    let long = custom(&"a".repeat(600));
    vec![
        row(
            "6",
            "A service provider can add proprietary XML inside the CUSTOMATTRIBUTES element",
            "PRH-09",
            data("4.3", &custom("<Service>AAA</Service>")),
            data("4.3", "<Service>AAA</Service>"),
        ),
        row(
            "6",
            "Any tags used inside the CUSTOMATTRIBUTES element are guaranteed to not clash with future tags",
            "VER-10",
            data("4.3", &format!("{LA_URL}{}", custom("<LA_URL>AAA</LA_URL>"))),
            data("4.3", &format!("{LA_URL}<LA_URL>AAA</LA_URL>")),
        ),
        row(
            "6",
            "It can set the CUSTOMATTRIBUTES to the name of the specific front-end service",
            "`reheader --custom-attributes`",
            super::command_on(
                &["reheader", "--custom-attributes", "<Service>BBB</Service>", "-n", FILE],
                "4.3",
                &custom("<Service>AAA</Service>"),
            ),
            super::command_on(
                &["reheader", "--custom-attributes", "<Service>BBB", "-n", FILE],
                "4.3",
                &custom("<Service>AAA</Service>"),
            )
            .says("is not closed"),
        ),
        row(
            "6",
            "It is recommended that the size of this field should not exceed 1 kilobyte",
            "PRH-13",
            data("4.3", &custom("<Service>AAA</Service>")),
            bytes("4.3: CUSTOMATTRIBUTES of 1,200 bytes", object(&[(1, &utf16(&header("4.3", &long)))]), &[]),
        ),
        row(
            "6",
            "The same where it is written",
            "`reheader`, `new`: PRH-13",
            Probe::command(&[
                "new",
                FIRST,
                "--header-version",
                "4.1",
                "--custom-attributes",
                "<Service>AAA</Service>",
            ]),
            super::command_on(
                &["reheader", "--custom-attributes", &"a".repeat(600), "-n", FILE],
                "4.3",
                &key_list("4.3", &ctr(KID)),
            )
            .says("(PRH-13)")
            .shown_as("reheader --custom-attributes with 1,200 bytes"),
        ),
        row(
            "3.4.1",
            "Multiple KID elements are located inside the KIDS element",
            "`new --header-version`",
            Probe::command(&["new", FIRST, SECOND, "--header-version", "4.2"]),
            Probe::command(&["new", FIRST, SECOND, "--header-version", "4.1"]).says("more than one key id"),
        ),
    ]
}
