//! Licenses and stores: lengths that lie are refused, and every object lies inside of its parent.
#![no_main]

use libfuzzer_sys::fuzz_target;
use prkit_license::{Context, License, Limits, Policy, StoreContents, lint, lint_tree};
use prkit_playready::Store;

fn look(license: &License<'_>) {
    let limits = Limits::default();
    let mut count = 0;
    for object in license.walk(limits) {
        let Ok((depth, object)) = object else { break };
        count += 1;
        assert!(count <= limits.objects && depth <= limits.depth);
        assert!(object.offset() + object.len() <= license.bytes().len(), "an object past the end");
        let _ = object.value();
    }
    let findings = lint_tree(license, limits);
    assert!(findings.iter().all(|finding| !finding.message.is_empty()));
    let _ = license.summary(limits);
    if let Ok(policy) = Policy::from_license(license, limits) {
        let _ = lint(std::slice::from_ref(&policy), &Context::default());
        let _ = prkit_license::to_json(&[policy]);
    }
}

fuzz_target!(|bytes: &[u8]| {
    if let Ok(license) = License::parse(bytes) {
        look(&license);
    }
    let contents = StoreContents::of(Store::new(bytes), Limits::default());
    let mut covered = 0;
    for (at, license) in &contents.licenses {
        assert_eq!(bytes.get(*at..*at + license.bytes().len()), Some(license.bytes()));
        covered += license.bytes().len();
        look(license);
    }
    covered += contents.gaps.iter().map(|gap| gap.bytes.len()).sum::<usize>();
    assert!(covered == bytes.len() || contents.is_cut, "bytes of the store are lost");
});
