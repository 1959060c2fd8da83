//! The tables of sections 3.3.3, 3.4.3 and 3.5.2.

use super::{
    KID, LA_URL, OTHER_KID, Row, bytes, ctr, data, data_for, header, key_list, kid, object, right, row, text,
    utf16, v40,
};
use crate::conformance::probe::Probe;

const LATER: [(&str, &str); 3] = [("4.3", "3.3.3"), ("4.2", "3.4.3"), ("4.1", "3.5.2")];

pub fn rows() -> Vec<Row> {
    LATER.iter().flat_map(|(version, section)| later(version, section)).collect()
}

pub fn root(version: &str, attributes: &str, inner: &str) -> Probe {
    let namespace = super::NAMESPACE;
    let more = if attributes.is_empty() { String::new() } else { format!(" {attributes}") };
    let inner = if inner.is_empty() && version == "4.0" {
        format!("<DATA>{}</DATA>", v40(""))
    } else {
        inner.to_owned()
    };
    text(&format!("<WRMHEADER xmlns=\"{namespace}\"{more}>{inner}</WRMHEADER>"), &[])
}

/// What the tables of 4.1, 4.2 and 4.3 share.
fn later(version: &'static str, section: &'static str) -> Vec<Row> {
    let number = format!("version=\"{version}.0.0\"");
    let client = format!("{}.0", version.as_bytes()[2] - b'0' + 1);
    let older = format!("{}.5", version.as_bytes()[2] - b'0');
    let is_list = version != "4.1";
    let of = |inner: &str| data(version, inner);
    let list = |kids: &str| of(&key_list(version, kids));
    let one = ctr(KID);
    let mut rows = vec![
        row(
            section,
            "WRMHEADER: outermost element of the header object",
            "VER-14",
            of(LA_URL),
            of("<WRMHEADER></WRMHEADER>"),
        ),
        row(
            section,
            "WRMHEADER: it can contain one DATA element",
            "VER-01",
            root(version, &number, "<DATA></DATA>"),
            root(version, &number, "<DATA></DATA><DATA></DATA>"),
        ),
        row(
            section,
            "WRMHEADER: must contain one version attribute",
            "PRH-03",
            root(version, &number, ""),
            root(version, "", ""),
        ),
        row(
            section,
            &format!("WRMHEADER: the version for the header is \"{version}.0.0\""),
            "PRH-03",
            root(version, &number, ""),
            root(version, &format!("version=\"{version}\""), ""),
        ),
        row(
            section,
            "WRMHEADER: every time Microsoft defines new mandatory tags or attributes, a new version number is associated \
             with those",
            if version == "4.1" { "VER-06" } else { "VER-05" },
            list(&one),
            if version == "4.1" { of(&key_list("4.2", &one)) } else { of(&key_list("4.1", &one)) },
        ),
        row(
            section,
            "WRMHEADER: if the version is greater than that for which the client code was written, the client code must fail",
            "PRH-10",
            data_for(version, LA_URL, &["--target", &client]),
            data_for(version, LA_URL, &["--target", &older]),
        ),
        row(
            section,
            "WRMHEADER: if the version is less than or equal, the client code can safely skip what it does not understand",
            "PRH-09",
            data_for(version, LA_URL, &["--target", "4.5"]),
            data_for(version, &format!("{LA_URL}<MINE></MINE>"), &["--target", "4.5"]),
        ),
        row(
            section,
            "DATA: container element for header data",
            "VER-15",
            of(LA_URL),
            of(&format!("hello{LA_URL}")),
        ),
        row(
            section,
            "DATA: no more than one DATA element may be included in the WRMHEADER element",
            "VER-01",
            root(version, &number, &format!("<DATA>{LA_URL}</DATA>")),
            root(version, &number, &format!("<DATA>{LA_URL}</DATA><DATA></DATA>")),
        ),
        row(
            section,
            "PROTECTINFO: no more than one PROTECTINFO element may be included in the DATA element",
            "VER-02",
            list(&one),
            of(&format!("{}<PROTECTINFO></PROTECTINFO>", key_list(version, &one))),
        ),
        row(section, "PROTECTINFO: contains elements only", "VER-15", list(&one), {
            of(&key_list(version, &one).replace("<PROTECTINFO>", "<PROTECTINFO>hello"))
        }),
        row(
            section,
            "KID: if this node exists in the WRMHeader XML then its data value must be empty",
            "C-07",
            list(&one),
            list(&one.replace("></KID>", ">x</KID>")),
        ),
        row(section, "VALUE: required", "VER-07", list(&one), list("<KID ALGID=\"AESCTR\"></KID>")),
        row(
            section,
            "VALUE: contains a base64-encoded key ID GUID value",
            "PRH-15",
            list(&one),
            list(&one.replace(KID, "PV1LM/VEVk+kEOB8qqc=")),
        ),
        row(
            section,
            "VALUE: base64 has no white space",
            "PRH-15",
            list(&one),
            list(&one.replace(KID, &format!(" {KID} "))),
        ),
        row(
            section,
            "VALUE: this GUID value must be little endian byte order",
            "KEY-01",
            in_box(version, "334b5d3d-44f5-4f56-a410-e07caaa7160e"),
            in_box(version, "11111111-44f5-4f56-a410-e07caaa7160e"),
        ),
        row(
            section,
            "CHECKSUM: contains a checksum calculated using the KID VALUE and content key",
            "PRH-16",
            list(&kid(&format!("ALGID=\"AESCTR\" CHECKSUM=\"w+OZVr8vzrQ=\" VALUE=\"{KID}\""))),
            list(&kid(&format!("ALGID=\"AESCTR\" CHECKSUM=\"w+OZVr8=\" VALUE=\"{KID}\""))),
        ),
        row(
            section,
            "DECRYPTORSETUP: this tag may only contain the value \"ONDEMAND\"",
            "VER-12",
            of("<DECRYPTORSETUP>ONDEMAND</DECRYPTORSETUP>"),
            of("<DECRYPTORSETUP> ONDEMAND </DECRYPTORSETUP>"),
        ),
        row(
            section,
            "DECRYPTORSETUP: when its value is set to \"ONDEMAND\" then it indicates that an application should not expect the \
             full license chain to be available prior to setting up the media graph",
            "VER-12",
            of("<DECRYPTORSETUP>ONDEMAND</DECRYPTORSETUP>"),
            of("<DECRYPTORSETUP>LATER</DECRYPTORSETUP>"),
        ),
        row(
            section,
            "DECRYPTORSETUP: no more than one DECRYPTORSETUP element may be included in the DATA element",
            "VER-10",
            of("<DECRYPTORSETUP>ONDEMAND</DECRYPTORSETUP>"),
            of("<DECRYPTORSETUP>ONDEMAND</DECRYPTORSETUP><DECRYPTORSETUP>ONDEMAND</DECRYPTORSETUP>"),
        ),
    ];
    rows.extend(if is_list { listed(version, section) } else { single() });
    rows.extend(algorithms(version, section));
    rows.extend(fields(version, section));
    rows
}

/// A version 1 box with this key ID around a header with another form of it.
fn in_box(version: &str, key_id: &str) -> Probe {
    let object = object(&[(1, &utf16(&header(version, &key_list(version, &ctr(KID)))))]);
    let key_id: Vec<u8> = key_id
        .replace('-', "")
        .as_bytes()
        .chunks(2)
        .map(|digits| u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap())
        .collect();
    let mut content = vec![1, 0, 0, 0];
    content.extend([
        0x9a, 4, 0xf0, 0x79, 0x98, 0x40, 0x42, 0x86, 0xab, 0x92, 0xe6, 0x5b, 0xe0, 0x88, 0x5f, 0x95,
    ]);
    content.extend(1_u32.to_be_bytes());
    content.extend(&key_id);
    content.extend(u32::try_from(object.len()).unwrap().to_be_bytes());
    content.extend(object);
    let mut whole = u32::try_from(content.len() + 8).unwrap().to_be_bytes().to_vec();
    whole.extend(b"pssh");
    whole.extend(content);
    let name: String = key_id.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes(&format!("{version}: VALUE=\"{KID}\" in a box whose key ID is {name}"), whole, &[])
}

fn listed(version: &'static str, section: &'static str) -> Vec<Row> {
    let list = |kids: &str| data(version, &key_list(version, kids));
    let one = ctr(KID);
    vec![
        row(
            section,
            "PROTECTINFO: specifies zero or one KIDS element",
            "VER-06",
            list(&one),
            data(version, &format!("<PROTECTINFO><KIDS>{one}</KIDS><KIDS>{one}</KIDS></PROTECTINFO>")),
        ),
        row(
            section,
            "KIDS: specifies one or more KID elements",
            "VER-06",
            list(&format!("{one}{}", ctr(OTHER_KID))),
            list(""),
        ),
        row(
            section,
            "KIDS: either one or zero KIDS elements may exist under the PROTECTINFO node",
            "VER-06",
            data(version, "<PROTECTINFO></PROTECTINFO>"),
            data(version, &format!("<KIDS>{one}</KIDS>")),
        ),
        row(
            section,
            "KID: if the KIDS node is present, one or more KID elements must exist under the KIDS node",
            "VER-05",
            list(&one),
            data(version, &format!("<PROTECTINFO>{one}</PROTECTINFO>")),
        ),
    ]
}

fn single() -> Vec<Row> {
    let one = ctr(KID);
    let list = |kids: &str| data("4.1", &key_list("4.1", kids));
    vec![
        row(
            "3.5.2",
            "PROTECTINFO: specifies zero or one KID elements",
            "VER-05",
            list(&one),
            list(&format!("{one}{}", ctr(OTHER_KID))),
        ),
        row(
            "3.5.2",
            "KID: either one or zero KID elements may exist under the PROTECTINFO node",
            "VER-05",
            list(""),
            data("4.1", &one),
        ),
    ]
}

fn algorithms(version: &'static str, section: &'static str) -> Vec<Row> {
    let list = |kids: &str| data(version, &key_list(version, kids));
    let algid = |algorithm: &str| list(&kid(&format!("ALGID=\"{algorithm}\" VALUE=\"{KID}\"")));
    if version == "4.3" {
        return vec![
            row(
                section,
                "ALGID: optional",
                "EXT-1",
                list(&kid(&format!("VALUE=\"{KID}\""))),
                list(&format!("{}{}", ctr(KID), kid(&format!("VALUE=\"{OTHER_KID}\"")))),
            ),
            row(
                section,
                "ALGID: may be set to \"AESCTR\", \"AESCBC\", or \"COCKTAIL\"",
                "VER-04",
                algid("COCKTAIL"),
                algid("AESGCM"),
            ),
            row(
                section,
                "CHECKSUM: optional. Only for AESCTR keys",
                "C-03",
                list(&ctr(KID)),
                list(&kid(&format!("ALGID=\"COCKTAIL\" CHECKSUM=\"XQp3VdZaaw==\" VALUE=\"{KID}\""))),
            ),
            row(
                "3.3.3 (2021)",
                "LICENSEREQUESTED: must be set to \"true\" or \"false\" if present",
                "C-01",
                data(version, "<PROTECTINFO LICENSEREQUESTED=\"true\"></PROTECTINFO>"),
                data(version, "<PROTECTINFO LICENSEREQUESTED=\"yes\"></PROTECTINFO>"),
            ),
            row(
                "3.3.3 (2021)",
                "LICENSEREQUESTED: this attribute is ignored by PlayReady versions before 4.5",
                "C-01",
                data_for(
                    version,
                    "<PROTECTINFO LICENSEREQUESTED=\"true\"></PROTECTINFO>",
                    &["--target", "4.5"],
                ),
                data_for(
                    version,
                    "<PROTECTINFO LICENSEREQUESTED=\"true\"></PROTECTINFO>",
                    &["--target", "4.4"],
                ),
            ),
            row(
                "3.3.3",
                "The text of 2018 has no LICENSEREQUESTED",
                "C-01",
                data_for(version, "<PROTECTINFO></PROTECTINFO>", &["--spec", "2018"]),
                data_for(
                    version,
                    "<PROTECTINFO LICENSEREQUESTED=\"true\"></PROTECTINFO>",
                    &["--spec", "2018"],
                ),
            ),
        ];
    }
    vec![
        row(section, "ALGID: required", "VER-04", algid("AESCTR"), list(&kid(&format!("VALUE=\"{KID}\"")))),
        row(
            section,
            "ALGID: must be set to either AESCTR or COCKTAIL",
            "VER-04",
            algid("COCKTAIL"),
            algid("AESCBC"),
        ),
    ]
}

/// Players take an LUI_URL that is alone for the license server's, which `lint` warns of: it has an LA_URL beside it.
fn beside(name: &str, element: &str) -> String {
    if name == "LUI_URL" { format!("{LA_URL}{element}") } else { element.to_owned() }
}

/// LA_URL, LUI_URL, DS_ID and CUSTOMATTRIBUTES.
pub fn fields(version: &'static str, section: &'static str) -> Vec<Row> {
    let mut rows = Vec::new();
    for name in ["LA_URL", "LUI_URL"] {
        let of =
            |url: &str| data(version, &right(version, &beside(name, &format!("<{name}>{url}</{name}>"))));
        let url = "http://rm.contoso.com/rightsmanager.asmx";
        for (statement, relative) in [
            ("only absolute URLs are allowed", "rightsmanager.asmx"),
            ("absolute: it names a host", "http:///x"),
            ("absolute: it has an authority", "http:x"),
            ("absolute: a path of a drive is none", "c:\\x"),
            ("absolute: an address for mail is none", "mailto:a@contoso.com"),
            ("absolute: a script is none", "javascript:x"),
        ] {
            if relative == "rightsmanager.asmx" || (name, version) == ("LA_URL", "4.3") {
                rows.push(row(section, &format!("{name}: {statement}"), "PRH-14", of(url), of(relative)));
            }
        }
    }
    for (name, value) in [
        ("LA_URL", "http://rm.contoso.com/rightsmanager.asmx"),
        ("LUI_URL", "http://www.contoso.com/buy"),
        ("DS_ID", "AH+03juKbUGbHl1V/QIwRA=="),
        ("CUSTOMATTRIBUTES", "<A></A>"),
    ] {
        let of = |inner: &str| data(version, &right(version, &beside(name, inner)));
        let element = format!("<{name}>{value}</{name}>");
        let once = of(&element);
        rows.push(row(
            section,
            &format!("{name}: no more than one {name} element may be included in the DATA element"),
            "VER-10",
            once.clone(),
            of(&format!("{element}{element}")),
        ));
        if version != "4.0" {
            rows.push(row(
                section,
                &format!(
                    "{name}: if this node exists in the WRMHeader XML then its data value must not be empty"
                ),
                "VER-11",
                once,
                of(&format!("<{name}></{name}>")),
            ));
        }
    }
    rows.push(row(
        section,
        "DS_ID: service ID for the domain service",
        "PRH-16",
        data(version, &right(version, "<DS_ID>AH+03juKbUGbHl1V/QIwRA==</DS_ID>")),
        data(version, &right(version, "<DS_ID>AH+03juKbUGb</DS_ID>")),
    ));
    rows.push(row(
        section,
        "CUSTOMATTRIBUTES: the content author can add arbitrary XML inside this element",
        "PRH-09",
        data(version, &right(version, "<CUSTOMATTRIBUTES><A></A></CUSTOMATTRIBUTES>")),
        data(version, &right(version, "<A></A>")),
    ));
    rows.push(row(
        section,
        "CUSTOMATTRIBUTES: Microsoft code does not act on any data contained inside this element",
        "VER-05",
        data(version, &right(version, &format!("<CUSTOMATTRIBUTES>{}</CUSTOMATTRIBUTES>", ctr(KID)))),
        data(version, &right(version, &format!("<DS_ID>AH+03juKbUGbHl1V/QIwRA==</DS_ID>{}", ctr(OTHER_KID)))),
    ));
    rows
}
