//! Whatever a header looks like, an edit does what it says and nothing else, and the same edit again does nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use prkit_fuzz::Choices;
use prkit_playready::{
    Algorithm, Change, Checksums, ContentKey, Context, Edit, Field, Key, KeyEdits, KeyId, Payload, Requested,
    Revision, Version, VersionChoice, lint,
};

const URLS: [&str; 5] =
    ["https://a.example/", "http://b.example/x?y=1&z=<2>", "https://ü.example/\u{1F511}", "a:b", ""];
const CUSTOM: [&str; 4] = ["<A>1</A>", "<A x=\"1\" y=\"2\"><B></B></A>", "<A", "text &amp; more"];

fn fields(choices: &mut Choices<'_>) -> Vec<Edit> {
    let mut edits = Vec::new();
    for field in Field::ALL {
        let existing = choices.flag();
        let text = match field {
            Field::LaUrl | Field::LuiUrl => choices.one_of(&URLS),
            Field::DsId => choices.one_of(&["AH+03juKbUGbHl1V/QIwRA==", "not base64"]),
            Field::CustomAttributes => choices.one_of(&CUSTOM),
            Field::DecryptorSetup => "ONDEMAND",
        };
        let change = match choices.below(4) {
            0 => Change::Set(text.to_owned()),
            1 => Change::Remove,
            2 => Change::ReplacePrefix(vec![("http".to_owned(), text.to_owned())]),
            _ => continue,
        };
        edits.push(Edit { field, change, existing });
    }
    edits
}

fn key(choices: &mut Choices<'_>) -> Key {
    let id = KeyId::from_uuid_bytes([choices.byte() & 3; 16]);
    let key = choices.flag().then(|| ContentKey::from_bytes(&[7; 16]).unwrap());
    Key { id, key }
}

fn revision(choices: &mut Choices<'_>) -> Revision {
    let some = |choices: &mut Choices<'_>| (0..choices.below(3)).map(|_| key(choices)).collect::<Vec<_>>();
    let keys = KeyEdits {
        set: some(choices),
        remove: some(choices).into_iter().map(|key| key.id).collect(),
        add: some(choices),
    };
    let algorithms = [None, Some(Algorithm::AesCtr), Some(Algorithm::AesCbc), Some(Algorithm::Cocktail)];
    let versions = [Version::V4_0, Version::V4_1, Version::V4_2, Version::V4_3].map(VersionChoice::Exactly);
    Revision {
        keys,
        algorithm: choices.one_of(&algorithms),
        checksums: choices.one_of(&[
            None,
            Some(Checksums::Add),
            Some(Checksums::Strip),
            Some(Checksums::Keep),
        ]),
        version: choices.flag().then(|| choices.one_of(&versions)),
        license_requested: choices.one_of(&[
            None,
            Some(Requested::Set(true)),
            Some(Requested::SetExisting(false)),
            Some(Requested::Remove),
        ]),
        canonicalize: choices.flag(),
        ..Revision::default()
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((bytes, mut choices)) = Choices::behind(input) else { return };
    let Ok(payload) = Payload::parse(bytes) else { return };
    let Ok(header) = payload.header() else { return };
    let edits = fields(&mut choices);
    if let Ok(Some(new)) = payload.edit(&edits) {
        let new = Payload::parse(&new).unwrap();
        let after = new.header().unwrap();
        for field in Field::ALL {
            let edit = edits.iter().find(|edit| edit.field == field);
            match edit.map(|edit| (&edit.change, edit.existing)) {
                // An element that nobody closed holds all that follows, and what is changed there.
                None if [&header, &after]
                    .iter()
                    .any(|header| header.value(field).is_some_and(|value| value.contains('<'))) => {}
                None => assert_eq!(header.value(field), after.value(field), "{field:?} was not asked for"),
                Some((Change::Remove, _)) => assert_eq!(after.value(field), None, "{field:?} stays"),
                Some((Change::Set(text), false)) => {
                    assert_eq!(after.value(field).as_deref(), Some(&text[..]), "{field:?}");
                }
                Some(_) => {}
            }
        }
        if !format!("{:?}{:?}", header.kids(), after.kids()).contains('<') {
            assert_eq!(header.kids(), after.kids());
        }
        assert_eq!(header.version(), after.version());
        let replaces = |edit: &Edit| matches!(edit.change, Change::ReplacePrefix(_));
        if !edits.iter().any(replaces) {
            assert_eq!(new.edit(&edits), Ok(None), "the same edit again");
        }
        others_are_the_same(&payload, &new);
    }
    let revision = revision(&mut choices);
    if let Ok(Some(new)) = payload.revise(&revision) {
        let new = Payload::parse(&new).unwrap();
        let after = new.header().unwrap();
        // What is put into text that is cut off or closes nothing is not found there again.
        let is_xml = lint(bytes, &Context::default()).iter().all(|finding| finding.rule.id != "XML-01");
        assert!(!is_xml || new.revise(&revision) == Ok(None), "the same revision again");
        if let Some(VersionChoice::Exactly(version)) = &revision.version {
            assert_eq!(after.version().as_ref(), Some(version));
        }
        for kid in &revision.keys.remove {
            let wanted = revision.keys.add.iter().chain(&revision.keys.set).any(|key| key.id == *kid);
            assert!(wanted || after.kids().iter().all(|found| found.id != Some(*kid)), "{kid} stays");
        }
        others_are_the_same(&payload, &new);
    }
});

/// The records beside the header.
fn others_are_the_same(old: &Payload<'_>, new: &Payload<'_>) {
    let (Some(old), Some(new)) = (old.object(), new.object()) else { return };
    let first = old.records().iter().position(|record| record.kind == prkit_playready::RecordType::Header);
    assert_eq!(old.records().len(), new.records().len());
    for (index, (old, new)) in old.records().iter().zip(new.records()).enumerate() {
        assert!(Some(index) == first || (old.kind, old.value) == (new.kind, new.value), "record {index}");
    }
}
