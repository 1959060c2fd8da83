//! Descriptors of one document: what they refer to, and whether those of one key say the same.

use crate::check::finding::{Findings, Place};
use crate::check::gather::Doc;
use crate::check::rule::Rule;
use crate::input::Found;
use prkit_manifest::{Descriptor, DescriptorKind, Kind, Manifest};
use prkit_playready::{KeyId, SystemId};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(doc: &Doc, findings: &mut Findings) {
    let manifest = &doc.opened.manifest;
    references(doc, manifest, findings);
    if manifest.kind() == Kind::Mpd {
        one_set_one_key(doc, manifest, findings);
        one_key_one_object(doc, manifest, findings);
        shared_keys(doc, manifest, findings);
    }
}

fn place_of(doc: &Doc, descriptor: &Descriptor) -> Place {
    Place::of_text(&doc.name, descriptor.path.clone(), descriptor.position)
}

/// A reference that leads nowhere leaves a set without what it refers to.
fn references(doc: &Doc, manifest: &Manifest, findings: &mut Findings) {
    for descriptor in manifest.descriptors() {
        let Some(refers) = &descriptor.refers else { continue };
        findings.compare();
        if let Err(fault) = refers.to {
            let message = format!("a reference between descriptors leads nowhere: {fault}");
            findings.add(
                Rule::References,
                message,
                [place_of(doc, descriptor).saying(format!("ref {}", refers.id))],
            );
        }
    }
}

/// The key ids that a descriptor names, itself or by what it refers to.
fn kids_of(manifest: &Manifest, descriptor: &Descriptor) -> BTreeSet<KeyId> {
    let target = descriptor.target().and_then(|target| manifest.descriptors().get(target));
    let own = descriptor.kids.iter().filter_map(|kid| kid.id).collect::<BTreeSet<_>>();
    if own.is_empty() {
        target.into_iter().flat_map(|d| &d.kids).filter_map(|kid| kid.id).collect()
    } else {
        own
    }
}

/// `default_KID` of all descriptors of one element.
fn one_set_one_key(doc: &Doc, manifest: &Manifest, findings: &mut Findings) {
    let mut first: Vec<(&Descriptor, BTreeSet<KeyId>)> = Vec::new();
    for descriptor in manifest.descriptors() {
        let is_one = descriptor.kind == DescriptorKind::ContentProtection && !descriptor.is_shelved();
        let kids = kids_of(manifest, descriptor);
        if !is_one || kids.is_empty() {
            continue;
        }
        // Descriptors of one element follow each other closely: the last ones are looked at first.
        let Some((other, known)) = first.iter().rev().find(|(other, _)| other.is_beside(descriptor)) else {
            first.push((descriptor, kids));
            continue;
        };
        findings.compare();
        if *known != kids {
            let listed =
                |kids: &BTreeSet<KeyId>| kids.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
            let places =
                [place_of(doc, other).saying(listed(known)), place_of(doc, descriptor).saying(listed(&kids))];
            findings.add(Rule::DefaultKid, "two descriptors of one set name different key ids", places);
        }
    }
}

/// What a descriptor of some system holds, whichever elements it is in: the data of its objects.
type Content = BTreeSet<Vec<u8>>;

/// Descriptors of one system in all sets of one `default_KID`.
fn one_key_one_object(doc: &Doc, manifest: &Manifest, findings: &mut Findings) {
    let objects = doc.opened.objects();
    let content = |descriptor: usize| -> Content {
        let own = manifest.objects().iter().zip(&objects);
        let own = own.filter(|(object, found)| object.descriptor == Some(descriptor) && is_read(found));
        own.map(|(_, found)| found.data.to_vec()).collect()
    };
    let mut known: BTreeMap<(BTreeSet<KeyId>, SystemId), (usize, Content)> = BTreeMap::new();
    for stream in &doc.presentation.streams {
        let here = || {
            stream.descriptors.iter().filter_map(|index| Some((*index, manifest.descriptors().get(*index)?)))
        };
        let kids: BTreeSet<KeyId> = here().flat_map(|(_, d)| kids_of(manifest, d)).collect();
        if kids.is_empty() {
            continue;
        }
        for (index, system) in here().filter_map(|(index, d)| Some((index, d.system?))) {
            let content = content(index);
            if content.is_empty() {
                continue;
            }
            let Some((first, other)) = known.get(&(kids.clone(), system)) else {
                known.insert((kids.clone(), system), (index, content));
                continue;
            };
            if *first == index {
                continue;
            }
            findings.compare();
            if *other != content {
                let place = |index: usize| manifest.descriptors().get(index).map(|d| place_of(doc, d));
                let name = system.name().map_or_else(|| system.to_string(), str::to_owned);
                let message =
                    format!("descriptors of {name} for one default_KID differ; clients may take either");
                findings.add(Rule::Identical, message, [place(*first), place(index)].into_iter().flatten());
            }
        }
    }
}

fn is_read(found: &Found) -> bool {
    found.box_error.is_none() && !found.data.is_empty()
}

/// One key for video and audio: devices give it the level of the audio (Microsoft, security level).
fn shared_keys(doc: &Doc, manifest: &Manifest, findings: &mut Findings) {
    let mut by_kind: BTreeMap<&str, BTreeMap<KeyId, &str>> = BTreeMap::new();
    for stream in &doc.presentation.streams {
        let kind = stream.mime.as_deref().and_then(|mime| mime.split('/').next()).unwrap_or_default();
        let here = stream.descriptors.iter().filter_map(|index| manifest.descriptors().get(*index));
        let is_ours = here.clone().any(Descriptor::is_playready);
        for kid in here.flat_map(|d| kids_of(manifest, d)).filter(|_| is_ours) {
            by_kind.entry(kind).or_default().entry(kid).or_insert(stream.path.as_str());
        }
    }
    let (Some(video), Some(audio)) = (by_kind.get("video"), by_kind.get("audio")) else { return };
    for (kid, at) in video {
        let Some(other) = audio.get(kid) else { continue };
        let places = [*at, *other].map(|at| Place::of_box(&doc.name, at).saying(kid));
        let message = "video and audio have one key: SL3000 needs one of its own for the video";
        findings.add(Rule::SharedKey, message, places);
    }
}
