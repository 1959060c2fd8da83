//! Whatever a header looks like, an edit does what it says and nothing else, and the same edit again does nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use prkit_fuzz::Choices;
use prkit_playready::{
    Algorithm, Change, Checksums, ContentKey, Edit, Field, Header, Key, KeyEdits, KeyId, Payload, Requested,
    Revision, Version, VersionChoice,
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
    // Where the new prefix begins with the old one, doing it again adds to it again.
    let grows = edits.iter().any(|edit| match &edit.change {
        Change::ReplacePrefix(pairs) => pairs.iter().any(|(old, new)| new.starts_with(old)),
        Change::Set(_) | Change::Remove => false,
    });
    if let Ok(Some(new)) = payload.edit(&edits) {
        let new = Payload::parse(&new).unwrap();
        let after = new.header().unwrap();
        fields_say(&header, &after, &edits);
        assert_eq!(header.kids(), after.kids());
        assert_eq!(header.version(), after.version());
        assert!(grows || new.edit(&edits) == Ok(None), "the same edit again");
        others_are_the_same(&payload, &new);
    }
    let revision = Revision { fields: if choices.flag() { edits } else { Vec::new() }, ..revision(&mut choices) };
    if let Ok(Some(new)) = payload.revise(&revision) {
        let texts = (header.as_str(), String::from_utf8_lossy(&new));
        let new = Payload::parse(&new).unwrap_or_else(|error| panic!("{error} {texts:#?} {revision:?}"));
        let after = new.header().unwrap();
        let grows = grows && !revision.fields.is_empty();
        let again = new.revise(&revision);
        let texts = (header.as_str(), after.as_str());
        assert!(grows || again == Ok(None), "not the same again: {texts:#?} {revision:?}");
        if !revision.canonicalize {
            fields_say(&header, &after, &revision.fields);
        }
        if let Some(VersionChoice::Exactly(version)) = &revision.version {
            assert_eq!(after.version().as_ref(), Some(version));
        }
        let kids: Vec<_> = after.kids().iter().map(|found| found.id).collect();
        let keys = &revision.keys;
        for key in keys.add.iter().chain(&keys.set) {
            assert!(keys.remove.contains(&key.id) != kids.contains(&Some(key.id)), "{}", key.id);
        }
        assert!(keys.remove.iter().all(|kid| !kids.contains(&Some(*kid))), "a key stays");
        others_are_the_same(&payload, &new);
    }
});

/// Every element says what was asked, and what it said before where nothing was.
fn fields_say(before: &Header<'_>, after: &Header<'_>, edits: &[Edit]) {
    for field in Field::ALL {
        let (before, after) = (before.value(field), after.value(field));
        match edits.iter().find(|edit| edit.field == field).map(|edit| (&edit.change, edit.existing)) {
            None => assert_eq!(before, after, "{field:?} was not asked for"),
            Some((Change::Remove, _)) => assert_eq!(after, None, "{field:?} stays"),
            Some((Change::Set(_), true)) if before.is_none() => assert_eq!(after, None, "{field:?} is new"),
            Some((Change::Set(text), _)) => assert_eq!(after.as_deref(), Some(&text[..]), "{field:?}"),
            Some((Change::ReplacePrefix(_), _)) => assert_eq!(before.is_some(), after.is_some()),
        }
    }
}

/// The records beside the header.
fn others_are_the_same(old: &Payload<'_>, new: &Payload<'_>) {
    let (Some(old), Some(new)) = (old.object(), new.object()) else { return };
    let first = old.records().iter().position(|record| record.kind == prkit_playready::RecordType::Header);
    assert_eq!(old.records().len(), new.records().len());
    for (index, (old, new)) in old.records().iter().zip(new.records()).enumerate() {
        assert!(Some(index) == first || (old.kind, old.value) == (new.kind, new.value), "record {index}");
    }
}
