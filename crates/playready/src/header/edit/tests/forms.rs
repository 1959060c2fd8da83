//! Keys in the form of another version, algorithms of none, COCKTAIL keys whose length is known.

use super::*;
use crate::ContentKey;

fn whole(version: &str, data: &str) -> String {
    format!(
        "<WRMHEADER xmlns=\"{}\" version=\"{version}\"><DATA>{data}</DATA></WRMHEADER>",
        crate::header::NAMESPACE
    )
}

fn algorithm(algorithm: Algorithm) -> Revision {
    Revision { algorithm: Some(algorithm), ..Revision::default() }
}

fn cocktail(n: u8, len: usize) -> Key {
    Key { id: kid(n), key: Some(ContentKey::from_bytes(&vec![n; len]).unwrap()) }
}

/// Elements that only 4.0 has.
fn elements_of_4_0(text: &str) -> Vec<&'static str> {
    ["<KEYLEN", "<ALGID", "<CHECKSUM"].into_iter().filter(|element| text.contains(element)).collect()
}

#[test]
fn a_revision_puts_no_element_of_4_0_into_later_versions_and_no_attribute_of_those_into_4_0() {
    let text_key = format!("<KID>{}</KID>", id(1));
    let attribute_key = format!("<KID ALGID=\"COCKTAIL\" VALUE=\"{}\"></KID>", id(1));
    let checksum = Revision { checksums: Some(Checksums::Add), ..set(&[key(1, true)]) };
    for revision in [algorithm(Algorithm::AesCtr), checksum] {
        for (version, list) in [
            ("4.1.0.0", format!("<PROTECTINFO>{text_key}</PROTECTINFO>")),
            ("4.1.0.0", format!("<PROTECTINFO></PROTECTINFO>{text_key}")),
            ("4.2.0.0", format!("<PROTECTINFO><KIDS>{text_key}</KIDS></PROTECTINFO>")),
            ("4.2.0.0", format!("<PROTECTINFO>{text_key}</PROTECTINFO>")),
            ("4.3.0.0", text_key.clone()),
            ("4.9.0.0", text_key.clone()),
        ] {
            // A checksum needs its algorithm, which a text of later versions does not have.
            let revision = Revision { algorithm: Some(Algorithm::AesCtr), ..revision.clone() };
            let after = revised(&whole(version, &list), &revision);
            assert_eq!(elements_of_4_0(&after), [""; 0], "{after}");
            assert!(after.contains("<KID ALGID=\"AESCTR\"") && after.contains(&id(1)), "{after}");
            assert!(after.contains(&format!("version=\"{version}\"")), "{after}");
        }
    }
    let set_kid = set(&[key(2, false)]);
    let after = revised(&whole("4.1.0.0", &format!("<PROTECTINFO>{text_key}</PROTECTINFO>")), &set_kid);
    assert_eq!(after, whole("4.1.0.0", &format!("<PROTECTINFO><KID>{}</KID></PROTECTINFO>", id(2))));
    // 4.0 with the attributes of later versions.
    let info = "<PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCBC</ALGID></PROTECTINFO>";
    let plain = format!("<KID VALUE=\"{}\"></KID>", id(1));
    let after = revised(&whole("4.0.0.0", &format!("{info}{plain}")), &algorithm(Algorithm::AesCtr));
    assert!(after.contains(&text_key) && after.contains("<ALGID>AESCTR</ALGID>"), "{after}");
    let two = format!("{info}{attribute_key}{}", attribute_key.replace(&id(1), &id(2)));
    let why = refused(&whole("4.0.0.0", &two), &algorithm(Algorithm::AesCtr));
    assert!(why.contains("which came with 4.2"), "{why}");
}

#[test]
fn an_algorithm_of_no_version_is_called_that_and_no_version_is_offered_for_it() {
    let elements = |algid: &str, len: &str| {
        whole(
            "4.0.0.0",
            &format!("<PROTECTINFO>{len}<ALGID>{algid}</ALGID></PROTECTINFO><KID>{}</KID>", id(1)),
        )
    };
    let attributes = |version: &str, algid: &str| {
        let key = format!("<KID ALGID=\"{algid}\" VALUE=\"{}\"></KID>", id(1));
        whole(version, &format!("<PROTECTINFO>{key}</PROTECTINFO>"))
    };
    for algid in ["aesctr", "AES", "AESCTR1"] {
        // How long its keys are, nobody knows; and what is kept is kept to the character.
        let why = refused(&attributes("4.1.0.0", algid), &to(Version::V4_0));
        assert!(why.starts_with(&format!("ALGID cannot be {algid:?}: AESCTR, COCKTAIL and")), "{why}");
        assert!(!why.contains("needs version"), "{why}");
        let up = revised(&elements(algid, "<KEYLEN>16</KEYLEN>"), &to(Version::V4_1));
        assert_eq!(up, attributes("4.1.0.0", algid));
        let lowest = Revision { version: Some(VersionChoice::Lowest), ..Revision::default() };
        assert!(revised(&elements(algid, "<KEYLEN>16</KEYLEN>"), &lowest).contains("version=\"4.0.0.0\""));
        let other = algorithm(Algorithm::Other(algid.to_owned()));
        assert!(refused(&attributes("4.3.0.0", "AESCTR"), &other).contains("cannot be"));
        let new = NewHeader {
            keys: vec![key(1, false)],
            algorithm: Some(Algorithm::Other(algid.to_owned())),
            ..NewHeader::default()
        };
        assert!(new.text().unwrap_err().to_string().contains("in capitals"));
        // Mended on the way, it goes everywhere.
        let mended = Revision { algorithm: Some(Algorithm::AesCtr), ..to(Version::V4_1) };
        assert_eq!(
            revised(&elements(algid, "<KEYLEN>16</KEYLEN>"), &mended),
            attributes("4.1.0.0", "AESCTR")
        );
    }
}

#[test]
fn a_cocktail_key_of_eight_bytes_gets_no_keylen_of_seven() {
    let new = |len: usize, version: VersionChoice| {
        let header = NewHeader {
            keys: vec![cocktail(1, len)],
            algorithm: Some(Algorithm::Cocktail),
            version,
            ..NewHeader::default()
        };
        header.text().map_err(|error| error.to_string())
    };
    let exactly = |version: &Version| VersionChoice::Exactly(version.clone());
    assert!(new(8, VersionChoice::Lowest).unwrap().contains("version=\"4.1.0.0\""));
    let seven = new(7, VersionChoice::Lowest).unwrap();
    assert!(seven.contains("version=\"4.0.0.0\"") && seven.contains("<KEYLEN>7</KEYLEN>"), "{seven}");
    for (i, version) in Version::KNOWN.iter().enumerate() {
        assert_eq!(new(8, exactly(version)).is_ok(), i > 0, "{version}");
        assert_eq!(new(7, exactly(version)).is_ok(), i == 0, "{version}");
    }
    let why = new(8, exactly(&Version::V4_0)).unwrap_err();
    assert!(why.starts_with("a COCKTAIL key of 8 bytes is not allowed in a 4.0.0.0 header"), "{why}");
    // The same where a key comes into a header that is there.
    let info = "<PROTECTINFO><KEYLEN>7</KEYLEN><ALGID>COCKTAIL</ALGID></PROTECTINFO>";
    let old = whole("4.0.0.0", &format!("{info}<KID>{}</KID>", id(1)));
    assert!(refused(&old, &set(&[cocktail(2, 8)])).contains("a COCKTAIL key of 8 bytes"));
    assert!(revised(&old, &set(&[cocktail(2, 7)])).contains("<KEYLEN>7</KEYLEN>"));
    let plain = whole("4.0.0.0", &format!("{}<KID>{}</KID>", info.replace("COCKTAIL", "AESCTR"), id(1)));
    let to_cocktail = |len| Revision { algorithm: Some(Algorithm::Cocktail), ..set(&[cocktail(1, len)]) };
    assert!(refused(&plain, &to_cocktail(8)).contains("a COCKTAIL key of 8 bytes"));
    assert!(revised(&plain, &to_cocktail(7)).contains("<ALGID>COCKTAIL</ALGID>"));
    let later = whole(
        "4.1.0.0",
        &format!("<PROTECTINFO><KID ALGID=\"COCKTAIL\" VALUE=\"{}\"></KID></PROTECTINFO>", id(1)),
    );
    assert!(revised(&later, &set(&[cocktail(2, 8)])).contains(&id(2)));
    assert!(refused(&later, &set(&[cocktail(2, 7)])).contains("a COCKTAIL key of 7 bytes"));
}

#[test]
fn what_an_attribute_says_by_references_is_what_it_says() {
    let key = format!("<KID ALGID=\"&#65;ESCTR\" VALUE=\"{}\"></KID>", id(1).replace('=', "&#x3d;"));
    let text = whole("4&#46;1.0.0", &format!("<PROTECTINFO>{key}</PROTECTINFO>"));
    let bytes = utf16(&text);
    let header = Header::parse(&bytes).unwrap();
    assert_eq!(header.version(), Some(Version::V4_1));
    assert_eq!(header.kids()[0].algorithm, Some(Algorithm::AesCtr));
    assert_eq!(header.kids()[0].id, Some(kid(1)));
    assert_eq!(header.level(), 1);
    // What says it already is left to the character.
    assert_eq!(revised(&text, &algorithm(Algorithm::AesCtr)), text);
    assert_eq!(revised(&text, &to(Version::V4_1)), text);
    let down = revised(&text, &to(Version::V4_0));
    assert!(
        down.contains(&format!("<KID>{}</KID>", id(1))) && down.contains("<ALGID>AESCTR</ALGID>"),
        "{down}"
    );
    let requested = whole("4.3.0.0", "<PROTECTINFO LICENSEREQUESTED=\"tru&#101;\"></PROTECTINFO>");
    let bytes = utf16(&requested);
    assert_eq!(Header::parse(&bytes).unwrap().license_requested().as_deref(), Some("true"));
}
