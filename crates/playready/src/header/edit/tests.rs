mod forms;

use super::*;
use crate::header::samples::{key, kid, new_headers};
use crate::header::{Field, Kid, NewHeader};
use proptest::prelude::*;
use std::borrow::Cow;

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn text(bytes: &[u8]) -> String {
    Header::parse(bytes).unwrap().as_str().to_owned()
}

/// The text after a revision; the old one where nothing changes.
fn revised(before: &str, revision: &Revision) -> String {
    let bytes = utf16(before);
    let new = Header::parse(&bytes).unwrap().revise(revision).unwrap();
    let after = new.map_or_else(|| before.to_owned(), |new| text(&new));
    let bytes = utf16(&after);
    assert_eq!(
        Header::parse(&bytes).unwrap().revise(revision).unwrap(),
        None,
        "the same again is nothing to do"
    );
    after
}

fn refused(before: &str, revision: &Revision) -> String {
    Header::parse(&utf16(before)).unwrap().revise(revision).unwrap_err().to_string()
}

fn keys(edits: KeyEdits) -> Revision {
    Revision { keys: edits, ..Revision::default() }
}

fn add(keys_: &[Key]) -> Revision {
    keys(KeyEdits { add: keys_.to_vec(), ..KeyEdits::default() })
}

fn set(keys_: &[Key]) -> Revision {
    keys(KeyEdits { set: keys_.to_vec(), ..KeyEdits::default() })
}

fn remove(n: u8) -> Revision {
    keys(KeyEdits { remove: vec![kid(n)], ..KeyEdits::default() })
}

fn to(version: Version) -> Revision {
    Revision { version: Some(VersionChoice::Exactly(version)), ..Revision::default() }
}

fn id(n: u8) -> String {
    kid(n).to_guid_base64()
}

fn sum(n: u8) -> String {
    let key = key(n, true);
    crate::Checksum::compute(key.id, &key.key.unwrap(), &Algorithm::AesCtr).unwrap().to_base64()
}

/// A header whose crooked places have to survive.
fn v42(kids: &str) -> String {
    format!(
        "<WRMHEADER version='4.2.0.0'><DATA>\n <PROTECTINFO ><KIDS> {kids}</KIDS></PROTECTINFO>\
         <LA_URL>http://a?b&c</LA_URL></DATA></WRMHEADER>"
    )
}

fn v40(sum: &str) -> String {
    format!(
        "<WRMHEADER version=\"4.0.0.0\"><DATA><PROTECTINFO><ALGID>AESCTR</ALGID><KEYLEN>16</KEYLEN></PROTECTINFO>\
         <LA_URL>http://a</LA_URL><KID>{}</KID>{sum}</DATA></WRMHEADER>",
        id(1)
    )
}

fn attribute_kid(n: u8) -> String {
    format!("<KID VALUE='{}' ALGID=\"AESCTR\"/>", id(n))
}

#[test]
fn a_key_is_added_behind_the_last_one_and_once() {
    assert_eq!(
        revised(&v42(&attribute_kid(1)), &add(&[key(2, false), key(1, false)])),
        v42(&format!("{}<KID ALGID=\"AESCTR\" VALUE=\"{}\"></KID>", attribute_kid(1), id(2)))
    );
    assert_eq!(
        revised(&v42(&attribute_kid(1)), &add(&[key(1, true)])),
        v42(&format!("<KID CHECKSUM=\"{}\" VALUE='{}' ALGID=\"AESCTR\"/>", sum(1), id(1)))
    );
}

#[test]
fn a_key_has_somewhere_to_go_in_every_version() {
    let with = |version: &str, data: &str| format!("<W version=\"{version}\">{data}</W>");
    let kid_1 = format!("<KID ALGID=\"AESCTR\" VALUE=\"{}\"></KID>", id(1));
    for (version, before, after) in [
        ("4.1.0.0", "<DATA></DATA>", format!("<DATA><PROTECTINFO>{kid_1}</PROTECTINFO></DATA>")),
        ("4.2.0.0", "", format!("<DATA><PROTECTINFO><KIDS>{kid_1}</KIDS></PROTECTINFO></DATA>")),
        ("4.3.0.0", "<DATA/>", format!("<DATA><PROTECTINFO><KIDS>{kid_1}</KIDS></PROTECTINFO></DATA>")),
        (
            "4.9.0.0",
            "<DATA><PROTECTINFO/></DATA>",
            format!("<DATA><PROTECTINFO><KIDS>{kid_1}</KIDS></PROTECTINFO></DATA>"),
        ),
        (
            "4.3.0.0",
            "<DATA><PROTECTINFO><KIDS/></PROTECTINFO></DATA>",
            format!("<DATA><PROTECTINFO><KIDS>{kid_1}</KIDS></PROTECTINFO></DATA>"),
        ),
        (
            "4.0.0.0",
            "<DATA></DATA>",
            format!(
                "<DATA><PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO><KID>{}</KID></DATA>",
                id(1)
            ),
        ),
    ] {
        assert_eq!(revised(&with(version, before), &add(&[key(1, false)])), with(version, &after));
    }
}

#[test]
fn a_version_that_holds_one_key_takes_no_second() {
    assert_eq!(
        refused(&v40(""), &add(&[key(2, false)])),
        "more than one key id is not allowed in a 4.0.0.0 header: it needs version 4.2.0.0 or higher (PRH spec 3.4)"
    );
    assert!(refused(&v40(""), &remove(1)).contains("without key id"));
}

#[test]
fn the_last_key_takes_its_list_along() {
    let two = v42(&format!("{}{}", attribute_kid(1), attribute_kid(2)));
    assert_eq!(revised(&two, &remove(1)), v42(&attribute_kid(2)));
    let none = revised(&v42(&attribute_kid(1)), &remove(1));
    assert!(none.contains("<PROTECTINFO ></PROTECTINFO>"), "{none}");
    assert_eq!(revised(&two, &remove(9)), two);
}

#[test]
fn a_key_that_is_replaced_keeps_its_place_and_loses_its_checksum() {
    let before = format!("<KID VALUE='{}' CHECKSUM=\"AAAAAAAAAAA=\" x=\"y\" ALGID=\"AESCTR\"/>", id(1));
    assert_eq!(
        revised(&v42(&before), &set(&[key(2, false)])),
        v42(&format!("<KID VALUE='{}' x=\"y\" ALGID=\"AESCTR\"/>", id(2)))
    );
    assert_eq!(
        revised(&v42(&before), &set(&[key(2, true)])),
        v42(&format!("<KID VALUE='{}' CHECKSUM=\"{}\" x=\"y\" ALGID=\"AESCTR\"/>", id(2), sum(2)))
    );
    assert_eq!(revised(&v42(&before), &set(&[key(1, false)])), v42(&before));
    assert_eq!(
        revised(&v40("<CHECKSUM>AAAAAAAAAAA=</CHECKSUM>"), &set(&[key(2, true)])),
        v40(&format!("<CHECKSUM>{}</CHECKSUM>", sum(2))).replace(&id(1), &id(2))
    );
}

#[test]
fn the_algorithm_of_every_key_changes_and_takes_its_checksums_along() {
    let cbc = Revision { algorithm: Some(Algorithm::AesCbc), ..Revision::default() };
    assert!(
        refused(&v42(&attribute_kid(1)), &cbc).contains("needs version 4.3.0.0 or higher (PRH spec 3.3.1)")
    );
    let v43 = v42(&format!("<KID ALGID=\"AESCTR\" CHECKSUM=\"AAAAAAAAAAA=\" VALUE=\"{}\"></KID>", id(1)))
        .replace("4.2.0.0", "4.3.0.0");
    let after = revised(&v43, &cbc);
    assert_eq!(after, v43.replace("AESCTR", "AESCBC").replace(" CHECKSUM=\"AAAAAAAAAAA=\"", ""));
    let keep = Revision { checksums: Some(Checksums::Keep), ..cbc.clone() };
    assert!(refused(&v43, &keep).contains("no checksum is defined for AESCBC"));
    let up = Revision { version: Some(VersionChoice::Lowest), ..cbc };
    assert!(revised(&v40(""), &up).contains("<KIDS><KID ALGID=\"AESCBC\""));
    let cocktail = Revision { algorithm: Some(Algorithm::Cocktail), ..Revision::default() };
    assert_eq!(revised(&v40(""), &cocktail), v40("").replace("AESCTR", "COCKTAIL").replace("16", "7"));
}

#[test]
fn an_attribute_that_comes_beside_one_that_goes_takes_its_place() {
    let before = format!("<KID CHECKSUM='x' VALUE=\"{}\"></KID>", id(1));
    let asked = Revision { algorithm: Some(Algorithm::AesCbc), ..Revision::default() };
    let v43 = |kid: &str| v42(kid).replace("4.2.0.0", "4.3.0.0");
    assert_eq!(
        revised(&v43(&before), &asked),
        v43(&format!("<KID ALGID=\"AESCBC\" VALUE=\"{}\"></KID>", id(1)))
    );
    let asked = Revision { algorithm: Some(Algorithm::AesCtr), ..Revision::default() };
    assert_eq!(revised(&v43(&before), &asked), v43(&before.replace("<KID ", "<KID ALGID=\"AESCTR\" ")));
}

#[test]
fn checksums_come_and_go() {
    let mut keyring = Keyring::default();
    keyring.insert(kid(1), key(1, true).key.unwrap());
    let asked =
        |checksums| Revision { checksums: Some(checksums), keyring: keyring.clone(), ..Revision::default() };
    let with = v40(&format!("<CHECKSUM>{}</CHECKSUM>", sum(1)));
    let beside = |sum: &str| v40("").replace("</KID>", &format!("</KID><CHECKSUM>{sum}</CHECKSUM>"));
    assert_eq!(revised(&v40(""), &asked(Checksums::Add)), beside(&sum(1)));
    assert_eq!(revised(&v40("<CHECKSUM>wrong</CHECKSUM>"), &asked(Checksums::Add)), with);
    assert_eq!(revised(&with, &asked(Checksums::Strip)), v40(""));
    // A list of keys asks for nothing by itself.
    assert_eq!(revised(&v40(""), &asked(Checksums::Keep)), v40(""));
    let two = v42(&format!("{}{}", attribute_kid(1), attribute_kid(2)));
    assert!(
        refused(&two, &asked(Checksums::Add)).contains(&format!("no key is given for the key id {}", kid(2)))
    );
}

#[test]
fn the_version_goes_up_and_down_with_the_key_list() {
    let v41 = format!(
        "<WRMHEADER version=\"4.1.0.0\"><DATA><PROTECTINFO><KID ALGID=\"AESCTR\" CHECKSUM=\"c\" VALUE=\"{}\"></KID></PROTECTINFO>\
         <LA_URL>http://a</LA_URL></DATA></WRMHEADER>",
        id(1)
    );
    assert_eq!(revised(&v40("<CHECKSUM>c</CHECKSUM>"), &to(Version::V4_1)), v41);
    let v42 =
        v41.replace("4.1.0.0", "4.2.0.0").replace("<KID ", "<KIDS><KID ").replace("</KID>", "</KID></KIDS>");
    assert_eq!(revised(&v41, &to(Version::V4_2)), v42);
    assert_eq!(revised(&v42, &to(Version::V4_1)), v41);
    assert_eq!(revised(&v42, &to(Version::V4_3)), v42.replace("4.2.0.0", "4.3.0.0"));
    let v40 = format!(
        "<WRMHEADER version=\"4.0.0.0\"><DATA><PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO>\
         <KID>{}</KID><CHECKSUM>c</CHECKSUM><LA_URL>http://a</LA_URL></DATA></WRMHEADER>",
        id(1)
    );
    assert_eq!(revised(&v42, &to(Version::V4_0)), v40);
}

#[test]
fn a_version_takes_what_it_can_say_and_names_what_it_cannot() {
    let two = v42(&format!("{}{}", attribute_kid(1), attribute_kid(2)));
    assert!(refused(&two, &to(Version::V4_1)).contains("more than one key id"));
    let unsaid = v42(&format!("<KID VALUE=\"{}\"></KID>", id(1))).replace("4.2", "4.3");
    assert!(refused(&unsaid, &to(Version::V4_2)).contains("a key without ALGID"));
    let setup =
        v42(&attribute_kid(1)).replace("<LA_URL>", "<DECRYPTORSETUP>ONDEMAND</DECRYPTORSETUP><LA_URL>");
    assert!(refused(&setup, &to(Version::V4_0)).contains("DECRYPTORSETUP"));
    let gone = Edit { field: Field::DecryptorSetup, change: Change::Remove, existing: false };
    let down = Revision { fields: vec![gone], ..to(Version::V4_0) };
    assert!(!revised(&setup, &down).contains("DECRYPTORSETUP"));
    let extra = v42(&format!("<KID ALGID=\"AESCTR\" VALUE=\"{}\" x=\"y\"></KID>", id(1)));
    assert_eq!(refused(&extra, &to(Version::V4_0)), "the attribute x of KID would be lost");
}

#[test]
fn the_lowest_version_is_the_lowest_that_says_it() {
    let lowest = Revision { version: Some(VersionChoice::Lowest), ..Revision::default() };
    let version = |before: &str, revision: &Revision| {
        Header::parse(&utf16(&revised(before, revision))).unwrap().version().unwrap()
    };
    assert_eq!(version(&v42(&attribute_kid(1)), &lowest), Version::V4_0);
    assert_eq!(
        version(
            &v42(&attribute_kid(1)),
            &Revision { version: lowest.version.clone(), ..add(&[key(2, false)]) }
        ),
        Version::V4_2
    );
    assert_eq!(
        version(&v42(&attribute_kid(1)), &Revision { version: lowest.version.clone(), ..remove(1) }),
        Version::V4_1
    );
    let requested = Revision { license_requested: Some(Requested::Set(false)), ..lowest };
    assert_eq!(version(&v42(&attribute_kid(1)), &requested), Version::V4_3);
}

#[test]
fn license_requested_is_an_attribute_that_comes_and_goes() {
    let v43 = v42(&attribute_kid(1)).replace("4.2.0.0", "4.3.0.0");
    let asked = |change| Revision { license_requested: Some(change), ..Revision::default() };
    let with = revised(&v43, &asked(Requested::Set(true)));
    assert!(with.contains("<PROTECTINFO LICENSEREQUESTED=\"true\" >"), "{with}");
    assert_eq!(revised(&with, &asked(Requested::Remove)), v43);
    assert_eq!(revised(&v43, &asked(Requested::SetExisting(false))), v43);
    assert_eq!(revised(&with, &asked(Requested::SetExisting(false))), with.replace("true", "false"));
    assert!(refused(&v42(""), &asked(Requested::Set(true))).contains("PRH spec of 2021"));
    assert_eq!(
        revised("<W version=\"4.3.0.0\"/>", &asked(Requested::Set(false))),
        "<W version=\"4.3.0.0\"><DATA><PROTECTINFO LICENSEREQUESTED=\"false\"></PROTECTINFO></DATA></W>"
    );
}

#[test]
fn a_fault_outside_the_splice_survives_it() {
    // Not XML, not UTF-16, not closed.
    let mut bytes = utf16("<WRHEADER version='4.2.0.0'><DATA a=“b\"><open>& <KID VALUE='");
    bytes.extend(utf16(&id(1)));
    bytes.extend(utf16("'/>"));
    bytes.extend([0x00, 0xD8]);
    bytes.extend(utf16("</WRMHEADER>"));
    bytes.push(7);
    let new = Header::parse(&bytes).unwrap().revise(&set(&[key(2, false)])).unwrap().unwrap();
    let at = bytes.windows(48).position(|window| window == utf16(&id(1))).unwrap();
    let mut wanted = bytes.clone();
    wanted.splice(at..at + 48, utf16(&id(2)));
    assert_eq!(new, wanted);
}

#[test]
fn a_straightened_header_is_canonical() {
    let canonicalize = Revision { canonicalize: true, ..Revision::default() };
    assert_eq!(
        revised(&v42(&attribute_kid(1)), &canonicalize),
        format!(
            "<WRMHEADER version=\"4.2.0.0\"><DATA><PROTECTINFO><KIDS><KID ALGID=\"AESCTR\" VALUE=\"{}\"></KID></KIDS></PROTECTINFO>\
             <LA_URL>http://a?b&amp;c</LA_URL></DATA></WRMHEADER>",
            id(1)
        )
    );
    let straight = "<WRMHEADER><DATA></DATA></WRMHEADER>";
    let big: Vec<u8> = format!("\u{FEFF}{straight}\0").encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(Header::parse(&big).unwrap().revise(&canonicalize).unwrap().unwrap(), utf16(straight));
    let small = format!("\u{FEFF} {straight}\r\n");
    assert_eq!(
        Header::parse(small.as_bytes()).unwrap().revise(&canonicalize).unwrap().unwrap(),
        utf16(straight)
    );
    assert!(refused("<W><DATA>", &canonicalize).contains("is too broken for this: <W> is not closed"));
}

#[test]
fn crooked_xml_of_the_service_is_taken_where_it_will_be_straightened() {
    let edit = Edit { field: Field::CustomAttributes, change: Change::Set("<a/>".into()), existing: false };
    let plain = Revision { fields: vec![edit], ..Revision::default() };
    assert!(refused(&v42(""), &plain).contains("PRH-06"));
    let straightened = Revision { canonicalize: true, ..plain };
    let bytes = utf16(&v42(&attribute_kid(1)));
    let new = Header::parse(&bytes).unwrap().revise(&straightened).unwrap().unwrap();
    assert!(text(&new).contains("<CUSTOMATTRIBUTES><a></a></CUSTOMATTRIBUTES>"));
}

/// What a header says, in order.
fn says(header: &Header<'_>) -> (Vec<Kid>, Vec<Option<String>>, Option<String>) {
    let fields = Field::ALL.map(|field| header.value(field).map(Cow::into_owned)).to_vec();
    (header.kids(), fields, header.license_requested().map(Cow::into_owned))
}

proptest! {
    #[test]
    fn what_is_built_is_read(header in new_headers()) {
        let Ok(bytes) = header.build() else { return Ok(()) };
        let read = Header::parse(&bytes).unwrap();
        let ids: Vec<_> = read.kids().iter().filter_map(|kid| kid.id).collect();
        prop_assert_eq!(ids, header.keys.iter().map(|key| key.id).collect::<Vec<_>>());
        prop_assert_eq!(read.value(Field::LaUrl).map(Cow::into_owned), header.la_url.clone());
        prop_assert_eq!(read.value(Field::CustomAttributes).map(Cow::into_owned), header.custom_attributes.clone());
        prop_assert_eq!(read.license_requested().map(Cow::into_owned), header.license_requested.map(|value| if value { "true".to_owned() } else { "false".to_owned() }));
        prop_assert_eq!(read.value(Field::DecryptorSetup).is_some(), header.on_demand);
        prop_assert_eq!(syntax::faults(read.as_str(), &read.outline, Scope::Header), []);
        for kid in read.kids() {
            let known = header.keys.iter().any(|key| Some(key.id) == kid.id && key.key.is_some());
            prop_assert_eq!(kid.checksum.is_some(), known && kid.algorithm == Some(Algorithm::AesCtr));
        }
    }

    #[test]
    fn up_and_down_again_nothing_is_lost(header in new_headers(), version in 0_usize..4) {
        let Ok(bytes) = header.build() else { return Ok(()) };
        let read = Header::parse(&bytes).unwrap();
        let own = to(read.version().unwrap());
        prop_assert_eq!(read.revise(&own).unwrap(), None);
        let Ok(there) = read.revise(&to(Version::KNOWN[version].clone())) else { return Ok(()) };
        let there = there.unwrap_or_else(|| bytes.clone());
        let there = Header::parse(&there).unwrap();
        prop_assert_eq!(says(&there), says(&read));
        let back = there.revise(&own).unwrap().unwrap_or_else(|| there.bytes().to_vec());
        prop_assert_eq!(text(&back), read.as_str());
        // What a conversion makes is what is built in that version.
        let built = NewHeader { version: VersionChoice::Exactly(there.version().unwrap()), ..header };
        let built = built.text().unwrap();
        prop_assert_eq!(there.as_str(), built.as_str());
    }

    #[test]
    fn keys_come_and_go_and_nothing_else(header in new_headers(), named in proptest::collection::btree_set(1_u8..12, 1..4), how in 0_u8..3) {
        let Ok(bytes) = header.build() else { return Ok(()) };
        let read = Header::parse(&bytes).unwrap();
        let named: Vec<u8> = named.into_iter().collect();
        let revision = match how {
            0 => add(&named.iter().map(|n| key(*n, false)).collect::<Vec<_>>()),
            1 => set(&named.iter().map(|n| key(*n, true)).collect::<Vec<_>>()),
            _ => remove(named[0]),
        };
        let Ok(new) = read.revise(&revision) else { return Ok(()) };
        let new = new.unwrap_or_else(|| bytes.clone());
        let after = Header::parse(&new).unwrap();
        let ids = |header: &Header<'_>| -> std::collections::BTreeSet<_> { header.kids().iter().filter_map(|kid| kid.id).collect() };
        let wanted = match how {
            0 => ids(&read).into_iter().chain(named.iter().map(|n| kid(*n))).collect(),
            1 => named.iter().map(|n| kid(*n)).collect(),
            _ => ids(&read).into_iter().filter(|id| *id != kid(named[0])).collect(),
        };
        prop_assert_eq!(ids(&after), wanted);
        prop_assert_eq!(says(&after).1, says(&read).1);
        prop_assert_eq!(syntax::faults(after.as_str(), &after.outline, Scope::Header), []);
        prop_assert_eq!(after.revise(&revision).unwrap(), None);
    }

    #[test]
    fn any_text_can_be_revised_without_a_panic(body in "[<>/=\"'&; KIDSVALUE\\-“é\u{1}]{0,60}", which in 0_u8..5) {
        let before = format!("<WRMHEADER version=\"4.1.0.0\"><DATA><KID VALUE=\"x\">{body}</DATA></WRMHEADER>");
        let bytes = utf16(&before);
        let header = Header::parse(&bytes).unwrap();
        let revision = match which {
            0 => set(&[key(1, true), key(2, false)]),
            1 => Revision { canonicalize: true, ..Revision::default() },
            2 => to(Version::V4_2),
            3 => to(Version::V4_0),
            _ => Revision { license_requested: Some(Requested::Set(true)), ..to(Version::V4_3) },
        };
        if let Ok(Some(new)) = header.revise(&revision) {
            Header::parse(&new).unwrap();
            if which == 1 {
                let again = Header::parse(&new).unwrap();
                let left = syntax::faults(again.as_str(), &again.outline, Scope::Header);
                prop_assert!(left.iter().all(|fault| fault.fix.is_none()), "{left:?} in {}", again.as_str());
            }
        }
    }
}

#[test]
fn a_key_that_would_stand_where_no_reader_looks_is_refused() {
    let text = "<W version='4.2.0.0'><DATA><PROTECTINFO><CUSTOMATTRIBUTES>x</PROTECTINFO></DATA></W>";
    let why = "the header is too broken for this: CUSTOMATTRIBUTES would not read back as it should";
    assert_eq!(refused(text, &add(&[key(1, false)])), why);
}

#[test]
fn the_first_key_of_version_4_0_brings_its_algorithm_along() {
    let text = "<W version='4.0.0.0'><DATA><PROTECTINFO><ALGID>COCKTAIL</ALGID></PROTECTINFO></DATA></W>";
    let revision = Revision { algorithm: Some(Algorithm::AesCtr), ..add(&[key(1, false)]) };
    let kid = id(1);
    assert_eq!(
        revised(text, &revision),
        format!(
            "<W version='4.0.0.0'><DATA><PROTECTINFO><ALGID>AESCTR</ALGID><KEYLEN>16</KEYLEN></PROTECTINFO>\
             <KID>{kid}</KID></DATA></W>"
        )
    );
}

#[test]
fn an_edit_that_would_change_again_when_it_is_done_again_is_refused() {
    let text = "<W version='4.1.0.0'><DATA><KID></DATA><KID></DATA></W>";
    let requested = Revision { license_requested: Some(Requested::Set(true)), ..to(Version::V4_3) };
    let why = "the header is too broken for this: done again, it would change again";
    assert_eq!(refused(text, &requested), why);
}

#[test]
fn a_key_that_is_added_is_where_clients_read_it() {
    let misplaced = v42(&attribute_kid(1)).replace("</DATA>", &format!("{}</DATA>", attribute_kid(2)));
    let add = Revision {
        keys: KeyEdits { add: vec![key(2, false), key(3, false)], ..KeyEdits::default() },
        ..Revision::default()
    };
    let after = revised(&misplaced, &add);
    let bytes: Vec<u8> = after.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(Header::parse(&bytes).unwrap().key_ids(), [kid(1), kid(2), kid(3)], "{after}");
    assert!(after.ends_with(&format!("{}</DATA></WRMHEADER>", attribute_kid(2))), "{after}");
    let set = Revision {
        keys: KeyEdits { set: vec![key(3, false)], ..KeyEdits::default() },
        ..Revision::default()
    };
    assert_eq!(revised(&misplaced, &set), v42(&attribute_kid(3)));
}

#[test]
fn a_key_that_comes_for_one_that_goes_takes_its_place_in_front_of_another() {
    let before = format!("{}{}", attribute_kid(1), attribute_kid(2));
    let edits = KeyEdits { remove: vec![kid(1)], add: vec![key(3, false)], ..KeyEdits::default() };
    let after = format!("{}{}", attribute_kid(3), attribute_kid(2));
    assert_eq!(revised(&v42(&before), &keys(edits)), v42(&after));
}
