mod cases;
mod markup;
mod properties;

use super::*;
use crate::header::NAMESPACE;
use crate::{RecordType, Version};
use cases::cases;
use std::collections::BTreeSet;

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn object(records: &[(RecordType, &[u8])]) -> Vec<u8> {
    Object::encode(records.iter().copied()).unwrap()
}

fn of_xml(xml: &str) -> Vec<u8> {
    object(&[(RecordType::Header, &utf16(xml))])
}

const KID: &str = "AAAAEAAQABAQABAAAAAAAQ==";
const SUM: &str = "5TzIYQ2hrOY=";

fn v(version: &str, data: &str) -> String {
    format!("<WRMHEADER xmlns=\"{NAMESPACE}\" version=\"{version}\"><DATA>{data}</DATA></WRMHEADER>")
}

fn v40(data: &str) -> String {
    let info = "<PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO>";
    v("4.0.0.0", &format!("{info}<KID>{KID}</KID><CHECKSUM>{SUM}</CHECKSUM>{data}"))
}

fn kid(attributes: &str) -> String {
    format!("<KID {attributes}></KID>")
}

fn list(version: &str, kids: &str) -> String {
    v(version, &format!("<PROTECTINFO><KIDS>{kids}</KIDS></PROTECTINFO>"))
}

fn v43(attributes: &str) -> String {
    list("4.3.0.0", &kid(attributes))
}

/// Rule, level, and what the finding points at.
fn found(bytes: &[u8], context: &Context<'_>) -> Vec<(&'static str, Level, String)> {
    let header = Header::of_payload(bytes);
    let pointed = |finding: &Finding| {
        let Some(text) = finding.text.clone() else { return String::new() };
        let header = header.as_ref().unwrap();
        let [from, to] = finding.units.unwrap();
        let units: Vec<u16> = header.as_str().encode_utf16().collect();
        assert_eq!(String::from_utf16_lossy(&units[from..to]), header.as_str()[text.clone()]);
        header.as_str()[text].to_owned()
    };
    lint(bytes, context).iter().map(|finding| (finding.rule.id, finding.level, pointed(finding))).collect()
}

fn ids(bytes: &[u8], context: &Context<'_>) -> Vec<&'static str> {
    found(bytes, context).into_iter().map(|(id, ..)| id).collect()
}

fn text_of(bytes: &[u8]) -> String {
    Payload::parse(bytes).unwrap().header().unwrap().as_str().to_owned()
}

fn in_place(place: Use) -> Context<'static> {
    Context { place: Some(place), ..Context::default() }
}

fn for_client(client: &str) -> Context<'static> {
    Context { client: Some(client.parse().unwrap()), ..Context::default() }
}

/// A header, what breaks a rule in it, and the header after --fix.
struct Case {
    rule: &'static str,
    xml: String,
    at: &'static str,
    fixed: Option<String>,
}

#[test]
fn every_fault_is_found_at_its_place_and_mended_as_it_should() {
    for case in cases() {
        let bytes = of_xml(&case.xml);
        let context = Context::default();
        let all = found(&bytes, &context);
        let of_rule: Vec<_> = all.iter().filter(|(id, ..)| *id == case.rule).collect();
        assert!(!of_rule.is_empty(), "{}: {:?} in {}", case.rule, all, case.xml);
        if !case.at.is_empty() {
            assert!(
                of_rule.iter().any(|(.., at)| at == case.at),
                "{}: {of_rule:?} in {}",
                case.rule,
                case.xml
            );
        }
        let straight = straighten(&bytes, &context);
        let after = text_of(straight.bytes.as_deref().unwrap_or(&bytes));
        match &case.fixed {
            Some(fixed) => assert_eq!(&after, fixed, "{} in {}", case.rule, case.xml),
            None => assert!(straight.left.iter().any(|left| left.rule.id == case.rule), "{}", case.xml),
        }
    }
}

#[test]
fn other_namespaces_are_the_services_own_in_custom_attributes() {
    for data in [
        "<CUSTOMATTRIBUTES xmlns=\"\"><LA_URL>x</LA_URL></CUSTOMATTRIBUTES>",
        "<CUSTOMATTRIBUTES><m:KID xmlns:m=\"urn:m\">x</m:KID><LA_URL xmlns=\"\">x</LA_URL></CUSTOMATTRIBUTES>",
    ] {
        let ids = ids(&of_xml(&v40(data)), &Context::default());
        assert!(!ids.contains(&"XML-03") && !ids.contains(&"PRH-09"), "{data}: {ids:?}");
    }
}

#[test]
fn every_rule_of_the_table_has_something_that_breaks_it() {
    let media = Encryption {
        kids: vec![KeyId::from_guid_base64(KID).unwrap().swapped()],
        schemes: vec![*b"cbc1"],
        iv_sizes: vec![16],
        unread: vec![],
    };
    let other = [KeyId::from_uuid_bytes([7; 16])];
    let header = utf16(&v40(""));
    let multi = |records: &[(RecordType, &[u8])]| object(records);
    let store = |len: usize| vec![0_u8; len];
    let mut broken = BTreeSet::new();
    let mut see = |bytes: &[u8], context: &Context<'_>| broken.extend(ids(bytes, context));
    for case in cases() {
        see(&of_xml(&case.xml), &Context::default());
    }
    see(b"junk!!", &Context::default());
    see(&header, &Context::default());
    let mut wrong = of_xml(&v40(""));
    wrong[0] ^= 1;
    wrong[4] = 2;
    wrong.extend([1, 2, 3]);
    see(&wrong, &Context::default());
    see(
        &multi(&[
            (RecordType::Other(9), b"xy"),
            (RecordType::Header, &header),
            (RecordType::Header, &header),
        ]),
        &Context::default(),
    );
    see(&multi(&[(RecordType::Header, &header), (RecordType::Store, &store(15_001))]), &in_place(Use::File));
    see(
        &multi(&[(RecordType::Header, &[&header[..], &[0]].concat()), (RecordType::Store, &store(64))]),
        &in_place(Use::Smooth),
    );
    see(&multi(&[(RecordType::Header, &header), (RecordType::Store, &store(64))]), &in_place(Use::Mpd));
    see(&multi(&[(RecordType::Header, &header), (RecordType::Store, &store(64))]), &in_place(Use::File));
    see(&of_xml(&v40("<DS_ID>AH+03juKbUGbHl1V/QIwRA==</DS_ID>")), &in_place(Use::File));
    see(&object(&[(RecordType::Header, v40("").as_bytes())]), &Context::default());
    let v43 = of_xml(&v43(&format!("ALGID=\"AESCTR\" VALUE=\"{KID}\"")));
    see(&v43, &in_place(Use::Smooth));
    see(&v43, &Context { format: Some(Format::Smooth), ..Context::default() });
    see(&of_xml(&v40("<LUI_URL>https://a.test/</LUI_URL>")), &Context::default());
    let custom = "<CUSTOMATTRIBUTES><LA_URL>https://a.test/</LA_URL></CUSTOMATTRIBUTES>";
    see(&of_xml(&v40(custom)), &Context::default());
    see(&of_xml(&v40("<LA_URL>https://a.test/?cfg=(ckt:aesctr)</LA_URL>")), &Context::default());
    see(&of_xml(&v40("<LA_URL>htps://a.test/{KID}</LA_URL>")), &Context::default());
    see(&v43, &Context { media: Some(&media), box_kids: &other, ..for_client("3.3") });
    see(&of_xml(&v40("").replace(&format!("<CHECKSUM>{SUM}</CHECKSUM>"), "")), &for_client("1.5"));
    let mut nested = vec![0, 0, 0, 0];
    nested.extend(crate::SystemId::PLAYREADY.to_uuid_bytes());
    nested.extend(u32::try_from(v43.len()).unwrap().to_be_bytes());
    nested.extend(&v43);
    see(&nested, &Context::default());
    let cbc = of_xml(&text_of(&v43).replace("AESCTR", "AESCBC"));
    broken.extend(across([&v43[..], &cbc]).iter().map(|(_, finding)| finding.rule.id));
    let all: BTreeSet<_> = rules().map(|rule| rule.id).collect();
    assert_eq!(all.len(), rules().count(), "every rule has a number of its own");
    assert_eq!(all.difference(&broken).collect::<Vec<_>>(), Vec::<&&str>::new());
    assert!(rules().all(|rule| !rule.title.ends_with('.') && !rule.section.is_empty()));
}

#[test]
fn the_client_matrix_is_that_of_the_specification() {
    let header = |version: &Version| {
        let keys = vec![crate::Key { id: KeyId::from_guid_base64(KID).unwrap(), key: None }];
        let version = crate::VersionChoice::Exactly(version.clone());
        crate::NewHeader { version, keys, ..crate::NewHeader::default() }.text().unwrap()
    };
    for (client, readable) in [("1.2", 1), ("2.11", 2), ("3.3", 3), ("4", 4), ("4.5", 4)] {
        for (i, version) in Version::KNOWN.iter().enumerate() {
            let refused = ids(&of_xml(&header(version)), &for_client(client)).contains(&"PRH-10");
            assert_eq!(refused, i >= readable, "{version} on {client}");
        }
    }
}

#[test]
fn a_canonical_fault_is_as_bad_as_it_is_taken() {
    let bytes = of_xml(&v43(&format!("VALUE=\"{KID}\" ALGID=\"AESCTR\"")));
    let level = |strict| {
        let all = found(&bytes, &Context { strict, ..Context::default() });
        all.iter().find(|(id, ..)| *id == "PRH-08").unwrap().1
    };
    assert_eq!(level(false), Level::Warning);
    assert_eq!(level(true), Level::Error);
}

#[test]
fn a_key_id_in_the_wrong_order_is_named_as_that() {
    let id = KeyId::from_guid_base64(KID).unwrap();
    let media = Encryption { kids: vec![id.swapped()], ..Encryption::default() };
    let bytes = of_xml(&v40(""));
    let context = Context { media: Some(&media), box_kids: &[id], ..Context::default() };
    let all = lint(&bytes, &context);
    assert_eq!(all.len(), 1, "{all:?}");
    assert!(all[0].message.contains("only with its bytes swapped"), "{}", all[0].message);
    let right = Encryption { kids: vec![id], ..Encryption::default() };
    assert!(lint(&bytes, &Context { media: Some(&right), ..context }).is_empty());
}

#[test]
fn a_secret_is_found_and_not_repeated() {
    let key = "wvr2bihSzExKdR8KKpQf2w==";
    let bytes = of_xml(&v40(&format!("<LA_URL>https://a?ck={key}</LA_URL>")));
    let all = lint(&bytes, &Context::default());
    assert_eq!(all.iter().map(|finding| finding.rule.id).collect::<Vec<_>>(), ["PLY-03"]);
    assert!(!all[0].message.contains(key));
    let harmless = of_xml(&v40("<LA_URL>https://a/contentkeys?pack=wvr2bihSzExKdR8KKpQf2w</LA_URL>"));
    assert!(lint(&harmless, &Context::default()).is_empty());
}

#[test]
fn every_tolerated_form_is_named_and_mended() {
    let straight = of_xml(&v40(""));
    let header = utf16(&v40(""));
    let text = v40("");
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let record = |value: &[u8]| object(&[(RecordType::Header, value)]);
    let mut short = straight.clone();
    short[8] = short[8].wrapping_add(2);
    let mut long = straight.clone();
    long[0] = long[0].wrapping_add(1);
    let mut uncounted = object(&[(RecordType::Header, &header), (RecordType::Store, &[0; 64])]);
    let counted = uncounted.clone();
    uncounted[4] = 1;
    let whole = |version: u8, data: &[u8]| {
        let mut bytes = vec![version, 0, 0, 0];
        bytes.extend(crate::SystemId::PLAYREADY.to_uuid_bytes());
        bytes.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        bytes.extend(data);
        let size = u32::try_from(bytes.len() + 8).unwrap();
        [&size.to_be_bytes()[..], b"pssh", &bytes].concat()
    };
    for (rule, bytes, fixed) in [
        ("C-12", header.clone(), straight.clone()),
        ("PRH-01", record(&[&[0xFF, 0xFE][..], &header].concat()), straight.clone()),
        ("PRH-01", record(&[&header[..], &[0, 0, 0, 0]].concat()), straight.clone()),
        ("PRH-01", record(&big), straight.clone()),
        ("PRH-01", record(text.as_bytes()), straight.clone()),
        ("PRO-06", record(&[&header[..], &[0]].concat()), straight.clone()),
        ("PRO-01", long, straight.clone()),
        ("PRO-03", short, straight.clone()),
        ("PRO-03", [&straight[..], b"tail"].concat(), straight.clone()),
        ("PRO-03", uncounted, counted.clone()),
        ("PRO-07", object(&[(RecordType::Header, &header), (RecordType::Header, b"<\0")]), straight.clone()),
        ("PLY-01", object(&[(RecordType::Store, &[0; 64]), (RecordType::Header, &header)]), counted.clone()),
        ("PLY-02", object(&[(RecordType::Header, &header), (RecordType::Store, &[0; 63])]), counted),
        ("BOX-05", whole(0, &straight), straight.clone()),
        ("BOX-05", whole(0, &straight)[8..].to_vec(), straight.clone()),
        ("BOX-05", whole(0, &whole(0, &straight)), straight.clone()),
    ] {
        let all = ids(&bytes, &Context::default());
        assert!(all.contains(&rule), "{rule}: {all:?}");
        let mended = straighten(&bytes, &Context::default());
        assert_eq!(mended.bytes.as_deref(), Some(&fixed[..]), "{rule}");
        assert!(mended.left.is_empty(), "{rule}: {:?}", mended.left);
    }
    assert!(straighten(&header, &Context { bare: true, ..Context::default() }).bytes.is_none());
}

#[test]
fn straightening_never_takes_the_header_away() {
    // Found by fuzzing: nothing of it is an element, so all of it is text outside of one.
    let text = "<</WRMHEADER>lost <WRMHEADER";
    let header: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    if let Some(straight) = straighten(&header, &Context::default()).bytes {
        assert!(Payload::parse(&straight).unwrap().header().is_ok());
    }
}

#[test]
fn a_header_that_is_cut_is_left_as_it_is() {
    let cut = v40("");
    let bytes = of_xml(&cut[..cut.len() - 20]);
    let straight = straighten(&bytes, &Context::default());
    assert_eq!(straight.bytes, None);
    assert!(straight.left.iter().any(|finding| finding.rule.id == "XML-01"));
}

#[test]
fn a_header_full_of_faults_has_an_end() {
    let bytes = utf16(&format!("<WRMHEADER>{}", "<a x='1'/>".repeat(20_000)));
    assert_eq!(lint(&bytes, &Context::default()).len(), MAX_FINDINGS);
}

#[test]
fn a_header_in_utf_8_of_an_odd_length_is_written_in_utf_16_and_loses_no_byte() {
    for url in ["https://a/b", "https://a/bc"] {
        let xml = v40(&format!("<LA_URL>{url}</LA_URL>"));
        for more in [&[][..], &[(RecordType::Header, xml.as_bytes())]] {
            let records = [&[(RecordType::Header, xml.as_bytes())], more].concat();
            let straight = straighten(&object(&records), &Context::default());
            assert_eq!(straight.bytes.unwrap(), of_xml(&xml));
            assert_eq!(straight.left.len(), 0, "{:?}", straight.left);
        }
    }
    // What is not even UTF-8 is no text: nobody knows what to write.
    for inside in [&b"\xFF"[..], b"\xFF\xFF"] {
        let [start, end] = ["<LA_URL>https://", "</LA_URL>"].map(str::as_bytes);
        let inside = [start, inside, end].concat();
        let xml = v40("?").into_bytes();
        let at = xml.iter().position(|byte| *byte == b'?').unwrap();
        let xml = [&xml[..at], &inside, &xml[at + 1..]].concat();
        assert_eq!(straighten(&object(&[(RecordType::Header, &xml)]), &Context::default()).bytes, None);
    }
}

/// Messages of XML-01, before and after --fix, and the text then.
fn ill_formed(xml: &str) -> (Vec<String>, Vec<String>, String) {
    let messages = |all: &[Finding]| -> Vec<String> {
        let all = all.iter().filter(|finding| finding.rule.id == "XML-01" && finding.level == Level::Error);
        all.map(|finding| finding.message.clone()).collect()
    };
    let bytes = of_xml(xml);
    let straight = straighten(&bytes, &Context::default());
    let after = text_of(straight.bytes.as_deref().unwrap_or(&bytes));
    (messages(&lint(&bytes, &Context::default())), messages(&straight.left), after)
}

#[test]
fn a_zero_is_no_white_space_wherever_it_is_in_the_text() {
    let url = "<LA_URL>https://a/b</LA_URL>";
    let v41 =
        v("4.1.0.0", &format!("<PROTECTINFO></PROTECTINFO>{url}<DECRYPTORSETUP>ONDEMAND</DECRYPTORSETUP>"));
    let v40 = v40(&format!(
        "{url}<DS_ID>AH+03juKbUGbHl1V/QIwRA==</DS_ID><CUSTOMATTRIBUTES><a b=\"c\"></a></CUSTOMATTRIBUTES>"
    ));
    for xml in [v40, v41] {
        // Every place: in texts, values, names and tags, in front of the root, and in it behind each of its parts.
        for at in 0..xml.len() {
            let zero = format!("{}\0{}", &xml[..at], &xml[at..]);
            let (before, _, _) = ill_formed(&zero);
            assert!(!before.is_empty(), "at {at} of {zero:?}");
        }
        for c in ["\u{1}", "\u{8}", "\u{1F}", "\u{FFFE}", "\u{FFFF}"] {
            let (before, left, after) = ill_formed(&xml.replace("https", &format!("{c}https")));
            assert_eq!((before.len(), &left), (1, &before));
            assert!(after.contains(c));
        }
        let padded = of_xml(&format!("{xml}\0\0"));
        assert_eq!(ids(&padded, &Context::default()), ["PRH-01"]);
    }
}

#[test]
fn a_reference_to_a_character_that_xml_does_not_have_is_ill_formed_and_no_fix_writes_it() {
    for reference in [
        "&#0;",
        "&#1;",
        "&#8;",
        "&#x1F;",
        "&#xFFFE;",
        "&#65535;",
        "&#xD800;",
        "&#x110000;",
        "&#99999999999;",
        "&#00000000000000000000000000001;",
    ] {
        for data in [
            "<LA_URL>?</LA_URL>",
            "<LA_URL>https://a?</LA_URL>",
            "<LA_URL> https://a?b&c<![CDATA[<]]>&#x41; </LA_URL>",
            "<DS_ID>AH+03juKbUGbHl1V/QIwRA==?</DS_ID>",
            "<CUSTOMATTRIBUTES>?</CUSTOMATTRIBUTES>",
            "<CUSTOMATTRIBUTES><a b=\"?\"></a></CUSTOMATTRIBUTES>",
            "<CUSTOMATTRIBUTES><a c='?\t&' b=d/></CUSTOMATTRIBUTES>",
            "?",
        ] {
            let xml = v40(&data.replace('?', reference));
            let (before, left, after) = ill_formed(&xml);
            assert!(
                before.iter().any(|message| message.contains("XML does not have")),
                "{before:?} in {xml}"
            );
            assert!(left.len() == 1 && left[0].contains("XML does not have"), "{left:?} in {after}");
            assert!(after.contains(reference), "{after} from {xml}");
            assert!(!after.contains(|c: char| c.is_control()), "{after:?}");
        }
    }
    let comment = v40("<CUSTOMATTRIBUTES><!-- &#1; --></CUSTOMATTRIBUTES>");
    assert_eq!(ill_formed(&comment).0, Vec::<String>::new());
}

#[test]
fn an_element_with_a_text_and_another_one_in_it_is_not_empty_and_nothing_in_it_is_lost() {
    let [url, other] = ["https://a/b", "https://c/d"];
    let inner = format!("<LUI_URL>{other}</LUI_URL>");
    let whole = |data: &str| v("4.1.0.0", &format!("<PROTECTINFO></PROTECTINFO>{data}"));
    let right = whole(&format!("<LA_URL>{url}</LA_URL><LUI_URL>{other}</LUI_URL>"));
    for content in [
        format!("{inner}{url}"),
        format!("{url}{inner}"),
        format!(" {inner} {url}\n"),
        format!("<!-- x -->{inner}<![CDATA[{url}]]>"),
    ] {
        let bytes = of_xml(&whole(&format!("<LA_URL>{content}</LA_URL>")));
        let errors = lint(&bytes, &Context::default()).into_iter();
        let errors: Vec<_> = errors.filter(|found| found.level == Level::Error).map(|f| f.rule.id).collect();
        assert_eq!(errors, ["VER-10"], "{content}");
        let straight = straighten(&bytes, &Context::default());
        assert_eq!(text_of(&straight.bytes.unwrap()), right, "{content}");
        assert_eq!(straight.left.len(), 0, "{content}: {:?}", straight.left);
    }
    // Empty but for an element that has no other place: that is not thrown away with it.
    for (data, kept) in [
        (format!("<LUI_URL>{url}</LUI_URL><LA_URL>{inner}</LA_URL>"), other),
        (format!("<LA_URL><DS_ID><x>{other}</x></DS_ID></LA_URL>"), other),
        ("<LA_URL>\0</LA_URL>".to_owned(), "\0"),
        ("<LA_URL>\u{A0}</LA_URL>".to_owned(), "\u{A0}"),
    ] {
        let bytes = of_xml(&whole(&data));
        let straight = straighten(&bytes, &Context::default());
        let after = text_of(straight.bytes.as_deref().unwrap_or(&bytes));
        assert!(after.contains(kept), "{after} from {data}");
        assert!(straight.left.iter().any(|finding| finding.rule.id == "VER-11"), "{after}");
    }
}
