//! What holds of every header, built or crooked.

use super::*;
use crate::NewObject;
use crate::header::samples::new_headers;
use proptest::prelude::*;

fn crooked() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just(format!("<PROTECTINFO><KIDS><KID VALUE='{KID}'/></KIDS></PROTECTINFO>")),
        Just(format!(
            "<PROTECTINFO><KID VALUE=\"{KID}\" ALGID=\"AESCBC\" CHECKSUM=\"{SUM}\"> </KID></PROTECTINFO>"
        )),
        Just(format!("<PROTECTINFO><ALGID>AESCTR</ALGID></PROTECTINFO><KID>{KID}</KID>")),
        Just("<PROTECTINFO LICENSEREQUESTED='1'/>".to_owned()),
        Just("<LA_URL> http://a?b&c </LA_URL>".to_owned()),
        Just("<la_url>x</LA_URL>".to_owned()),
        Just("<CUSTOMATTRIBUTES><a b='c'/></CUSTOMATTRIBUTES>".to_owned()),
        Just("<CUSTOMATTRIBUTES/>".to_owned()),
        Just("<DECRYPTOSETUP>ondemand</DECRYPTOSETUP>".to_owned()),
        Just("<DS_ID>AAAA</DS_ID>".to_owned()),
        Just("<MINE>".to_owned()),
        Just("\r\n <!-- x -->".to_owned()),
        Just("<KEYLEN>9</KEYLEN>".to_owned()),
    ];
    let version = prop_oneof![
        Just("4.0.0.0"),
        Just("4.1.0.0"),
        Just("4.2.0.0"),
        Just("4.3.0.0"),
        Just("4.2"),
        Just("5")
    ];
    (proptest::collection::vec(piece, 0..6), version, any::<bool>(), any::<bool>()).prop_map(
        |(pieces, version, typo, outside)| {
            let root = if typo { "WRHEADER" } else { "WRMHEADER" };
            let (inside, behind) =
                if outside { (String::new(), pieces.concat()) } else { (pieces.concat(), String::new()) };
            format!("<{root} version=\"{version}\"><DATA>{inside}</DATA>{behind}</WRMHEADER>")
        },
    )
}

proptest! {
    #[test]
    fn what_is_built_breaks_no_rule(header in new_headers(), place in proptest::option::of(0_usize..5), store in any::<bool>()) {
        let place = place.map(|place| Use::ALL[place]);
        let version = header.text().ok().and_then(|text: String| {
            Payload::parse(&utf16(&text)).unwrap().header().unwrap().version()
        });
        let Some(version) = version else { return Ok(()) };
        let store = store.then_some(10_240);
        let built = NewObject { header: Some(header.clone()), store, place, ..NewObject::default() };
        let Ok(bytes) = built.build() else { return Ok(()) };
        // PlayReady 1 wants a checksum, for which the key has to be known.
        let major = u16::from(version.level()).max(1) + 1;
        let context = Context { client: Some(Client::new(major, 5)), place, ..Context::default() };
        // What is long, an LUI_URL alone and a later version in a Smooth manifest are asked for by who builds it.
        let asked = |finding: &Finding| match finding.rule.id {
            "PRH-12" => bytes.len() > 1024,
            "PRH-13" => header.custom_attributes.is_some(),
            "PLY-12" => header.lui_url.is_some() && header.la_url.is_none(),
            "PLY-06" => place == Some(Use::Smooth) && version != Version::V4_0,
            _ => false,
        };
        let all = lint(&bytes, &context);
        prop_assert!(all.iter().all(asked), "{:?}", all);
        prop_assert_eq!(straighten(&bytes, &context).bytes, None);
    }

    #[test]
    fn what_is_straightened_has_nothing_left_that_can_be_mended(xml in crooked(), place in proptest::option::of(0_usize..5)) {
        let context = Context { place: place.map(|place| Use::ALL[place]), ..Context::default() };
        let bytes = of_xml(&xml);
        let straight = straighten(&bytes, &context);
        for finding in &straight.left {
            let fix = finding.fix.as_ref().map(Fix::what);
            prop_assert!(fix.is_none(), "{} {}: {:?} in {} from {}", finding.rule.id, finding.message, fix,
                straight.bytes.as_deref().map(text_of).unwrap_or_default(), xml);
        }
        let again = straight.bytes.as_deref().unwrap_or(&bytes);
        prop_assert_eq!(straighten(again, &context).bytes, None);
    }

    #[test]
    fn no_payload_panics(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        let _ = straighten(&bytes, &Context::default());
        let _ = straighten(&of_xml(&String::from_utf8_lossy(&bytes)), &Context { place: Some(Use::Smooth), ..Context::default() });
    }
}
