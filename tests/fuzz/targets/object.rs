//! Objects: records survive, rules end, what is straightened stays straight.
#![no_main]

use libfuzzer_sys::fuzz_target;
use prkit_fuzz::Choices;
use prkit_playready::{Client, Context, Level, Object, Payload, StoreChange, Use, inspect, lint, straighten};

fuzz_target!(|input: &[u8]| {
    let Some((bytes, mut choices)) = Choices::behind(input) else { return };
    let places = [None, Some(Use::File), Some(Use::Mpd), Some(Use::Hls), Some(Use::Smooth), Some(Use::Moof)];
    let clients = [None, Some(Client::new(1, 0)), Some(Client::new(2, 5)), Some(Client::new(4, 5))];
    let context = Context {
        client: choices.one_of(&clients),
        place: choices.one_of(&places),
        strict: choices.flag(),
        bare: choices.flag(),
        ..Context::default()
    };
    let findings = lint(bytes, &context);
    let straight = straighten(bytes, &context);
    if let Some(straight) = &straight.bytes {
        assert_ne!(&straight[..], bytes);
        let again = straighten(straight, &context);
        assert_eq!(again.bytes, None, "what is straight is straightened again");
        assert!(Payload::parse(straight).is_ok());
    } else {
        let errors = |level| move |finding: &&prkit_playready::Finding| finding.level == level;
        assert_eq!(
            straight.left.iter().filter(errors(Level::Error)).count(),
            findings.iter().filter(errors(Level::Error)).count()
        );
    }
    let Ok(payload) = Payload::parse(bytes) else { return };
    inspect(&payload, &context);
    if let Ok(header) = payload.header() {
        let text = header.as_str();
        for span in findings.iter().filter_map(|finding| finding.text.clone()) {
            assert!(text.get(span.clone()).is_some(), "{span:?} of {} bytes", text.len());
        }
    }
    if let Some(object) = payload.object() {
        let records: Vec<_> = object.records().iter().map(|record| (record.kind, record.value)).collect();
        if object.oddities().is_empty() {
            assert_eq!(Object::encode(records).as_deref(), Ok(object.bytes()));
        }
        for (index, record) in object.records().iter().enumerate() {
            let value = vec![b'x'; choices.size() * 2];
            if let Ok(new) = object.with_record(index, &value) {
                let new = Object::parse(&new).unwrap();
                assert_eq!(new.records().len(), object.records().len(), "records are lost");
                assert_eq!(new.records()[index].value, value);
                assert_eq!(new.records()[index].kind, record.kind);
            }
        }
    }
    let size = choices.size();
    for change in [StoreChange::Size { len: size & !1, overrides: prkit_playready::Overrides::ALL }, StoreChange::Strip { overrides: prkit_playready::Overrides::NONE }] {
        if let Ok(Some(new)) = payload.with_store(change) {
            let new = Payload::parse(&new).unwrap();
            assert_eq!(new.with_store(change).unwrap(), None, "the same store again");
            if let (Ok(old), Ok(new)) = (payload.header(), new.header()) {
                assert_eq!(old.bytes(), new.bytes());
            }
        }
    }
});
