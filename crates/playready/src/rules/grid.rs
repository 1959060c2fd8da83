//! Every element in every other, in every version; and what a conversion makes of all that.

mod edits;

use super::*;
use crate::header::NAMESPACE;
use crate::{NewHeader, RecordType, Revision, Version, VersionChoice};
use std::collections::BTreeMap;

const ELEMENTS: [&str; 13] = [
    "WRMHEADER",
    "DATA",
    "PROTECTINFO",
    "KIDS",
    "KID",
    "ALGID",
    "KEYLEN",
    "CHECKSUM",
    "LA_URL",
    "LUI_URL",
    "DS_ID",
    "CUSTOMATTRIBUTES",
    "DECRYPTORSETUP",
];

const KID: &str = "AAAAEAAQABAQABAAAAAAAQ==";
const SECOND: &str = "/qgG2xbs4k2SKCxx6bhWqw==";
const SUM: &str = "5TzIYQ2hrOY=";

/// One element of a header, in a small tree of its own: what is tested does not build its tests.
#[derive(Clone, Debug)]
struct Node {
    name: &'static str,
    attributes: String,
    text: String,
    inner: Vec<Node>,
}

fn node(name: &'static str, inner: Vec<Node>) -> Node {
    Node { name, attributes: String::new(), text: String::new(), inner }
}

fn leaf(name: &'static str, text: &str) -> Node {
    Node { text: text.to_owned(), ..node(name, Vec::new()) }
}

impl Node {
    fn write(&self, out: &mut String) {
        out.extend(["<", self.name, &self.attributes, ">", &self.text]);
        self.inner.iter().for_each(|inner| inner.write(out));
        out.extend(["</", self.name, ">"]);
    }

    fn xml(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    /// The first element of a name.
    fn first(&mut self, name: &str) -> Option<&mut Self> {
        if self.name == name {
            return Some(self);
        }
        self.inner.iter_mut().find_map(|inner| inner.first(name))
    }

    fn without(&self, name: &str) -> Self {
        let inner = self.inner.iter().filter(|inner| inner.name != name).map(|inner| inner.without(name));
        Self { inner: inner.collect(), ..self.clone() }
    }
}

fn kid(level: usize, id: &str) -> Node {
    match level {
        0 => leaf("KID", id),
        _ => Node {
            attributes: format!(" ALGID=\"AESCTR\" CHECKSUM=\"{SUM}\" VALUE=\"{id}\""),
            ..node("KID", Vec::new())
        },
    }
}

/// An element of the specification, as it is right where it belongs.
fn element(level: usize, name: &'static str) -> Node {
    match name {
        "KID" => kid(level, SECOND),
        "ALGID" => leaf(name, "AESCTR"),
        "KEYLEN" => leaf(name, "16"),
        "CHECKSUM" => leaf(name, SUM),
        "LA_URL" | "LUI_URL" => leaf(name, "https://a.example/b"),
        "DS_ID" => leaf(name, "AH+03juKbUGbHl1V/QIwRA=="),
        "CUSTOMATTRIBUTES" => leaf(name, "x"),
        "DECRYPTORSETUP" => leaf(name, "ONDEMAND"),
        _ => node(name, Vec::new()),
    }
}

/// A header with everything that its version has.
fn whole(level: usize) -> Node {
    let fields = ["LA_URL", "LUI_URL", "DS_ID", "CUSTOMATTRIBUTES"].map(|name| element(level, name));
    let mut data = match level {
        0 => vec![
            node("PROTECTINFO", vec![element(0, "KEYLEN"), element(0, "ALGID")]),
            kid(0, KID),
            element(0, "CHECKSUM"),
        ],
        1 => vec![node("PROTECTINFO", vec![kid(1, KID)])],
        _ => vec![node("PROTECTINFO", vec![node("KIDS", vec![kid(level, KID)])])],
    };
    data.extend(fields);
    if level > 0 {
        data.push(element(level, "DECRYPTORSETUP"));
    }
    let version = Version::KNOWN[level].as_str();
    Node {
        attributes: format!(" xmlns=\"{NAMESPACE}\" version=\"{version}\""),
        ..node("WRMHEADER", vec![node("DATA", data)])
    }
}

/// The header with an element more in another one; that comes too where the version has none.
fn with(level: usize, header: &Node, parent: &'static str, child: Node) -> Node {
    let mut header = header.clone();
    if header.first(parent).is_none() {
        let around = if matches!(parent, "KIDS" | "KEYLEN" | "ALGID") { "PROTECTINFO" } else { "DATA" };
        let around = if header.first(around).is_some() { around } else { "WRMHEADER" };
        header.first(around).unwrap().inner.push(element(level, parent));
    }
    header.first(parent).unwrap().inner.push(child);
    header
}

fn object(xml: &str) -> Vec<u8> {
    let header: Vec<u8> = xml.encode_utf16().flat_map(u16::to_le_bytes).collect();
    Object::encode([(RecordType::Header, &header[..])]).unwrap()
}

fn errors(bytes: &[u8]) -> BTreeMap<&'static str, usize> {
    let mut count = BTreeMap::new();
    for finding in lint(bytes, &Context::default()).iter().filter(|finding| finding.level == Level::Error) {
        *count.entry(finding.rule.id).or_insert(0) += 1;
    }
    count
}

#[test]
fn every_element_in_every_other_is_an_error_where_the_document_does_not_have_it() {
    let mut wrong = Vec::new();
    for level in 0..4 {
        let whole = whole(level);
        assert_eq!(errors(&object(&whole.xml())), BTreeMap::new(), "{}", whole.xml());
        for parent in ELEMENTS {
            for child in ELEMENTS {
                // One is there already of everything that has a place; of these there may be more.
                let is_allowed =
                    parent == "CUSTOMATTRIBUTES" || level > 1 && (parent, child) == ("KIDS", "KID");
                let xml = with(level, &whole, parent, element(level, child)).xml();
                let found = errors(&object(&xml));
                if found.is_empty() != is_allowed {
                    wrong.push(format!("{child} in {parent} in version {level}: {found:?} in {xml}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} pairs:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_the_document_requires_is_an_error_where_it_is_missing() {
    let required: [&[&str]; 4] = [
        &["DATA", "PROTECTINFO", "KEYLEN", "ALGID", "KID"],
        &[],
        // "One or more KID element must exist under the KIDS node."
        &["KID"],
        &["KID"],
    ];
    for (level, required) in required.into_iter().enumerate() {
        for name in ELEMENTS.into_iter().filter(|name| *name != "WRMHEADER") {
            let xml = whole(level).without(name).xml();
            let found = errors(&object(&xml));
            assert_eq!(!found.is_empty(), required.contains(&name), "{name}: {found:?} in {xml}");
        }
    }
}

#[test]
fn what_is_empty_or_holds_a_text_is_as_bad_as_its_version_says() {
    let bad = |xml: &str, least: Level| {
        lint(&object(xml), &Context::default()).into_iter().any(|finding| finding.level >= least)
    };
    for level in 0..4 {
        for name in ELEMENTS {
            let mut header = whole(level);
            let Some(found) = header.first(name) else { continue };
            let is_container = matches!(name, "WRMHEADER" | "DATA" | "PROTECTINFO" | "KIDS");
            if is_container {
                found.text = "hello".to_owned();
                assert!(bad(&header.xml(), Level::Warning), "text in {name} in version {level}");
                continue;
            }
            if name == "KID" && level > 0 {
                found.text = "hello".to_owned();
                assert!(bad(&header.xml(), Level::Error), "text in {name} in version {level}");
                continue;
            }
            found.text = String::new();
            let is_said = level > 0 || !matches!(name, "LA_URL" | "LUI_URL" | "DS_ID" | "CUSTOMATTRIBUTES");
            let least = if is_said { Level::Error } else { Level::Warning };
            assert!(bad(&header.xml(), least), "empty {name} in version {level}");
        }
    }
}

/// Headers that are wrong in many ways, with those that are not.
fn crooked() -> Vec<String> {
    let mut all = Vec::new();
    for level in 0..4 {
        let whole = whole(level);
        let bare = ["DECRYPTORSETUP", "LA_URL", "LUI_URL", "DS_ID", "CUSTOMATTRIBUTES"]
            .iter()
            .fold(whole.clone(), |header, name| header.without(name));
        for base in [&whole, &bare] {
            all.push(base.xml());
            for child in ELEMENTS {
                all.push(base.without(child).xml());
                for parent in ELEMENTS {
                    let element = element(level, child);
                    all.push(with(level, base, parent, element.clone()).xml());
                    // Not once more, but there and not where it belongs.
                    let without = base.without(child);
                    all.push(with(level, &without, parent, element).xml());
                }
                // A key in the form of another version, beside the one that is right.
                for (form, id) in [(0, KID), (0, SECOND), (1, KID), (1, SECOND)] {
                    all.push(with(level, base, child, kid(form, id)).xml());
                }
                let mut emptied = base.clone();
                if let Some(found) = emptied.first(child).filter(|_| child != "WRMHEADER") {
                    found.text = String::new();
                    found.inner = Vec::new();
                    all.push(emptied.xml());
                    emptied.first(child).unwrap().attributes = String::new();
                    all.push(emptied.xml());
                }
                let mut texted = base.clone();
                if let Some(found) = texted.first(child) {
                    found.text = SECOND.to_owned();
                    all.push(texted.xml());
                }
            }
            // The key in the form of another version, alone and with all that is in this one's.
            for form in 0..2 {
                let mut other = base.clone();
                *other.first("KID").unwrap() = kid(form, KID);
                all.push(other.xml());
                all.push(other.without("CHECKSUM").xml());
                all.push(other.without("CHECKSUM").without("ALGID").without("KEYLEN").xml());
                other.first("KID").unwrap().attributes = format!(" VALUE=\"{KID}\" x=\"y\"");
                all.push(other.xml());
            }
        }
        let replaced: [&[(&str, &str)]; 10] = [
            &[("AESCTR", "COCKTAIL"), (SUM, "XQp3VdZaaw=="), (">16<", ">7<")],
            &[("AESCTR", "COCKTAIL"), (SUM, "XQp3VdZaaw=="), (">16<", ">8<")],
            &[("AESCTR", "COCKTAIL"), (SUM, "XQp3VdZaaw==")],
            &[("AESCTR", "COCKTAIL"), ("<KEYLEN>16</KEYLEN>", "")],
            &[("AESCTR", "AESCBC")],
            &[("AESCTR", "aesctr")],
            &[(" ALGID=\"AESCTR\"", "")],
            &[(KID, "short")],
            &[("ONDEMAND", " ONDEMAND ")],
            &[(" version=", " x=\"y\" version=")],
        ];
        for pairs in replaced {
            for base in [&whole, &bare] {
                let xml = pairs.iter().fold(base.xml(), |xml, (old, new)| xml.replace(old, new));
                all.push(xml);
            }
        }
        for parent in ["DATA", "PROTECTINFO", "KIDS"] {
            for form in 0..2 {
                let xml = with(level, &bare, parent, kid(form, SECOND)).xml();
                all.push(xml.replace("AESCTR", "aesctr"));
                all.push(xml.replacen("AESCTR", "aescbc", 1));
                all.push(xml.replace(" ALGID=\"AESCTR\"", "").replace("<ALGID>AESCTR</ALGID>", ""));
                all.push(xml.replacen(" ALGID=\"AESCTR\"", "", 1));
            }
        }
        let two = with(level, &bare, if level > 1 { "KIDS" } else { "PROTECTINFO" }, kid(1, SECOND));
        all.push(two.xml());
        all.push(two.xml().replacen("AESCTR", "COCKTAIL", 1));
        all.push(two.xml().replacen(" ALGID=\"AESCTR\"", "", 1));
    }
    all.sort_unstable();
    all.dedup();
    all
}

#[test]
fn a_conversion_adds_no_error() {
    let mut wrong = Vec::new();
    let mut converted = 0_usize;
    for xml in crooked() {
        let bytes = object(&xml);
        let before = errors(&bytes);
        let choices = Version::KNOWN.map(VersionChoice::Exactly).into_iter().chain([VersionChoice::Lowest]);
        for choice in choices {
            let revision = Revision { version: Some(choice.clone()), ..Revision::default() };
            let Ok(Some(new)) = Payload::parse(&bytes).unwrap().revise(&revision) else { continue };
            converted += 1;
            let after = errors(&new);
            let added = after.iter().any(|(rule, count)| before.get(rule).is_none_or(|old| count > old));
            if added {
                let text = Header::of_payload(&new).unwrap().as_str().to_owned();
                wrong.push(format!("{choice:?}: {before:?} became {after:?}: {xml}\n  {text}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} conversions:\n{}", wrong.len(), wrong.join("\n"));
    assert!(converted > 1000, "{converted} conversions were made");
}

#[test]
fn a_right_header_goes_wherever_its_version_lets_it() {
    for level in 0..4 {
        for (target, version) in Version::KNOWN.into_iter().enumerate() {
            let mut header = whole(level);
            if target == 0 {
                header = header.without("DECRYPTORSETUP");
            }
            let bytes = object(&header.xml());
            let revision =
                Revision { version: Some(VersionChoice::Exactly(version.clone())), ..Revision::default() };
            let new = Payload::parse(&bytes).unwrap().revise(&revision).unwrap().unwrap_or(bytes);
            assert_eq!(errors(&new), BTreeMap::new(), "{} to {version}", header.xml());
            assert_eq!(Header::of_payload(&new).unwrap().version(), Some(version));
        }
    }
}

#[test]
fn what_fixes_say_they_mend_is_mended_all_over_the_grid() {
    for xml in crooked() {
        let bytes = object(&xml);
        let straight = straighten(&bytes, &Context::default());
        let left = straight.left.iter().filter_map(|finding| finding.fix.as_ref().map(|fix| (finding, fix)));
        let left: Vec<_> = left.map(|(finding, fix)| format!("{} {}", finding.rule.id, fix.what())).collect();
        let text =
            Header::of_payload(straight.bytes.as_deref().unwrap_or(&bytes)).unwrap().as_str().to_owned();
        assert!(left.is_empty(), "{left:?} in {text} from {xml}");
    }
}

#[test]
fn a_fix_adds_no_error_all_over_the_grid() {
    let mut wrong = Vec::new();
    let mut mended = 0_usize;
    for xml in crooked() {
        let bytes = object(&xml);
        let Some(new) = straighten(&bytes, &Context::default()).bytes else { continue };
        mended += 1;
        let (before, after) = (errors(&bytes), errors(&new));
        if after.iter().any(|(rule, count)| before.get(rule).is_none_or(|old| count > old)) {
            let text = Header::of_payload(&new).unwrap().as_str().to_owned();
            wrong.push(format!("{before:?} became {after:?}: {xml}\n  {text}"));
        }
    }
    assert!(wrong.is_empty(), "{} fixes:\n{}", wrong.len(), wrong.join("\n"));
    assert!(mended > 200, "{mended} headers were mended");
}

#[test]
fn every_level_of_a_finding_is_one_of_the_table_of_rules() {
    let all = |rule: &Rule| -> Vec<Level> {
        let others = otherwise().filter(|other| other.rule == rule.id).map(|other| other.level);
        others.chain([rule.level]).collect()
    };
    for other in otherwise() {
        let rule = rules().find(|rule| rule.id == other.rule);
        assert!(rule.is_some_and(|rule| rule.level != other.level), "{other:?}");
    }
    for xml in crooked() {
        for (strict, spec) in [(false, Spec::Y2021), (true, Spec::Y2018)] {
            for finding in lint(&object(&xml), &Context { strict, spec, ..Context::default() }) {
                assert!(all(finding.rule).contains(&finding.level), "{} {}", finding.rule.id, finding.level);
            }
        }
    }
}

#[test]
fn a_worked_example_goes_through_all_versions_and_comes_back_to_the_byte() {
    // PRH spec 3.6.1, the base64 below the listing.
    let xml = format!(
        "<WRMHEADER xmlns=\"{NAMESPACE}\" version=\"4.0.0.0\"><DATA><PROTECTINFO><KEYLEN>16</KEYLEN>\
         <ALGID>AESCTR</ALGID></PROTECTINFO><KID>q5HgCTj40kGeNVhTH9Gexw==</KID><CHECKSUM>w+OZVr8vzrQ=</CHECKSUM>\
         <LA_URL>https://profficialsite.keydelivery.mediaservices.windows.net/PlayReady/</LA_URL><CUSTOMATTRIBUTES>\
         <IIS_DRM_VERSION>8.0.1705.19</IIS_DRM_VERSION></CUSTOMATTRIBUTES></DATA></WRMHEADER>"
    );
    let first = object(&xml);
    let mut bytes = first.clone();
    for level in [1, 2, 3, 2, 1, 3, 0] {
        let version = Some(VersionChoice::Exactly(Version::KNOWN[level].clone()));
        let revision = Revision { version, ..Revision::default() };
        bytes = Payload::parse(&bytes).unwrap().revise(&revision).unwrap().unwrap();
    }
    assert_eq!(bytes, first);
}

#[test]
fn a_cocktail_key_stays_where_its_length_can_be_said() {
    let header = |len: &str| {
        let xml = whole(0).without("DS_ID").xml().replace("AESCTR", "COCKTAIL").replace(SUM, "XQp3VdZaaw==");
        object(&xml.replace("<KEYLEN>16</KEYLEN>", len))
    };
    let to = |bytes: &[u8], version: &Version| {
        let version = Some(VersionChoice::Exactly(version.clone()));
        let revised = Payload::parse(bytes).unwrap().revise(&Revision { version, ..Revision::default() });
        revised.map_err(|error| error.to_string())
    };
    for version in &Version::KNOWN[1..] {
        let refused = to(&header("<KEYLEN>7</KEYLEN>"), version).unwrap_err();
        assert!(refused.contains("a COCKTAIL key of 7 bytes is not allowed in a 4."), "{refused}");
        let refused = to(&header(""), version).unwrap_err();
        assert!(refused.contains("an unknown number of bytes"), "{refused}");
        let eight = to(&header("<KEYLEN>8</KEYLEN>"), version).unwrap().unwrap();
        let refused = to(&eight, &Version::V4_0).unwrap_err();
        assert!(refused.contains("a COCKTAIL key whose length nothing says"), "{refused}");
    }
    let new = |version: &Version| NewHeader {
        keys: vec![crate::Key {
            id: KeyId::from_guid_base64(KID).unwrap(),
            key: Some(crate::ContentKey::from_hex("01020304050607").unwrap()),
        }],
        algorithm: Some(crate::Algorithm::Cocktail),
        version: VersionChoice::Exactly(version.clone()),
        ..NewHeader::default()
    };
    assert!(new(&Version::V4_0).text().unwrap().contains("<KEYLEN>7</KEYLEN>"));
    assert!(new(&Version::V4_1).text().unwrap_err().to_string().contains("PRH spec 3.5.1"));
}

#[test]
fn what_is_ambiguous_is_refused_by_name() {
    let to_4_3 = Revision { version: Some(VersionChoice::Exactly(Version::V4_3)), ..Revision::default() };
    let refused =
        |xml: String| Payload::parse(&object(&xml)).unwrap().revise(&to_4_3).unwrap_err().to_string();
    let xml = whole(0).xml();
    for (doubled, name) in [
        ("<ALGID>COCKTAIL</ALGID>", "ALGID"),
        ("<KEYLEN>7</KEYLEN>", "KEYLEN"),
        ("<CHECKSUM>AAAAAAAAAAA=</CHECKSUM>", "CHECKSUM"),
    ] {
        let message = refused(xml.replace("</DATA>", &format!("{doubled}</DATA>")));
        assert!(message.starts_with(&format!("{name} is there more than once")), "{message}");
    }
    let empty = refused(xml.replace("https://a.example/b", ""));
    assert_eq!(
        empty,
        "a 4.3.0.0 header cannot be made of this: LA_URL is empty: it needs a value, or has to go"
    );
    let both = xml.replace("<KID>", &format!("<KID VALUE=\"{SECOND}\">"));
    assert!(refused(both).starts_with("KID has a text and another VALUE"));
}
