//! Documents, whole or broken: objects that are replaced read back, and not one byte outside of a splice changes.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use prkit_fuzz::Choices;
use prkit_manifest::{Edit, IfExists, Kind, Manifest, NewObject, Shape, pssh_box};
use prkit_playready::{NewHeader, NewObject as Build, Overrides};

fn done(manifest: &Manifest, document: &Bytes, edits: Vec<Edit>) -> Option<Bytes> {
    let plan = manifest.plan(edits).ok()?;
    let new = Bytes::from(plan.to_vec(document).unwrap());
    prkit_plan::check_kept(&plan, document, &new).unwrap();
    Some(new)
}

fuzz_target!(|input: &[u8]| {
    let Some((document, mut choices)) = Choices::behind(input) else { return };
    let kind = choices.one_of(&[Kind::Mpd, Kind::M3u8, Kind::Smooth, Kind::Cpix]);
    let document = Bytes::copy_from_slice(document);
    let Ok(manifest) = Manifest::parse(kind, &document) else { return };
    let len = document.len() as u64;
    for object in manifest.objects() {
        assert!(object.span.end() <= len);
    }
    for descriptor in manifest.descriptors() {
        assert!(descriptor.span.end() <= len);
    }
    if let Ok(presentation) = manifest.presentation("a/b.mpd", &()) {
        for reference in &presentation.references {
            assert!(reference.stream < presentation.streams.len());
        }
        // Ranges of files that nothing is done to do not move.
        let moved = prkit_manifest::move_ranges(&presentation.ranges, &|_| None);
        assert!(moved.edits.is_empty());
    }
    let header = NewHeader { la_url: Some("https://x".into()), ..NewHeader::default() };
    let object = Build { header: Some(header), ..Build::default() }.build().unwrap();
    let whole = pssh_box(&object).unwrap();
    let data = [&[0; 4][..], &whole[12..]].concat();
    let new: Vec<(usize, Bytes)> = manifest
        .objects()
        .iter()
        .enumerate()
        .filter(|(_, object)| object.error.is_none())
        .map(|(index, found)| {
            let bytes = match found.shape {
                Shape::Box => &whole,
                Shape::BoxData => &data,
                Shape::Data => &object,
            };
            (index, Bytes::copy_from_slice(bytes))
        })
        .collect();
    if let Ok(edits) = manifest.replace(&new)
        && let Some(edited) = done(&manifest, &document, edits)
    {
        let after = Manifest::parse(kind, &edited).unwrap();
        assert_eq!(after.descriptors().len(), manifest.descriptors().len());
        assert_eq!(after.objects().len(), manifest.objects().len());
        for (index, bytes) in &new {
            assert_eq!(after.objects()[*index].bytes, bytes, "object {index} does not read back");
        }
        let again = after.replace(&new).unwrap();
        assert!(done(&after, &edited, again).is_some_and(|same| same == edited), "the same again");
    }
    if !manifest.descriptors().is_empty() {
        let index = choices.below(manifest.descriptors().len());
        if let Ok(edits) =
            manifest.remove(&[index], if choices.flag() { Overrides::ALL } else { Overrides::NONE })
        {
            done(&manifest, &document, edits);
        }
    }
    let if_exists = choices.one_of(&[IfExists::Keep, IfExists::Replace, IfExists::Add, IfExists::Error]);
    let put = NewObject { object: &object, whole_box: &whole };
    if let Ok(injected) =
        manifest.inject(put, if_exists, if choices.flag() { Overrides::ALL } else { Overrides::NONE })
    {
        let edited = done(&manifest, &document, injected.edits).unwrap();
        if !injected.added.is_empty() {
            let after = Manifest::parse(kind, &edited).unwrap();
            let held = after.objects().iter().any(|found| found.bytes == object || found.bytes == whole);
            assert!(held, "what was put in is not there");
        }
    }
});
