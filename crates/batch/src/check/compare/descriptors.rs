//! Descriptors of one document: what they refer to, and whether those of one key say the same.

use crate::check::doc::Doc;
use crate::check::finding::{Findings, Place};
use crate::check::rule::Rule;
use crate::input::Found;
use prkit_manifest::{Descriptor, DescriptorKind, Kind, Manifest, UnreadKind};
use prkit_playready::{KeyId, Level, SystemId};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(doc: &Doc, findings: &mut Findings) {
    let manifest = &doc.opened.manifest;
    references(doc, manifest, findings);
    match manifest.kind() {
        Kind::Mpd => {
            one_set_one_key(doc, manifest, findings);
            below_the_set(doc, manifest, findings);
            one_key_one_object(doc, manifest, findings);
        }
        Kind::Cpix => one_key_one_object(doc, manifest, findings),
        Kind::Smooth | Kind::M3u8 | Kind::Text | Kind::Json | Kind::Soap => {}
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
    for unread in manifest.unread() {
        if matches!(unread.why, UnreadKind::InitializationSet(_)) {
            findings.compare();
            let place = Place::of_text(&doc.name, unread.path.clone(), unread.position);
            findings.add(Rule::References, unread.why.to_string(), [place]);
        }
    }
}

/// The key ids that a descriptor names, itself or by what it refers to.
pub(super) fn kids_of(manifest: &Manifest, descriptor: &Descriptor) -> BTreeSet<KeyId> {
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
    let mut first: BTreeMap<usize, (&Descriptor, BTreeSet<KeyId>)> = BTreeMap::new();
    for descriptor in manifest.descriptors() {
        let is_one = descriptor.kind == DescriptorKind::ContentProtection && !descriptor.is_shelved();
        let kids = kids_of(manifest, descriptor);
        let Some(element) = descriptor.element().filter(|_| is_one && !kids.is_empty()) else { continue };
        let Some((other, known)) = first.get(&element) else {
            first.insert(element, (descriptor, kids));
            continue;
        };
        findings.compare();
        if *known != kids {
            let places =
                [place_of(doc, other).saying(listed(known)), place_of(doc, descriptor).saying(listed(&kids))];
            findings.add(Rule::DefaultKid, "two descriptors of one set name different key ids", places);
        }
    }
}

fn listed(kids: &BTreeSet<KeyId>) -> String {
    kids.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// `default_KID` of a representation and of the set around it: both apply, and clients differ in which they take.
fn below_the_set(doc: &Doc, manifest: &Manifest, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for stream in &doc.presentation.streams {
        let all = stream.descriptors.iter().filter_map(|index| manifest.descriptors().get(*index));
        let named = all.map(|descriptor| (descriptor, kids_of(manifest, descriptor)));
        let named: Vec<_> = named.filter(|(d, kids)| !kids.is_empty() && !d.is_shelved()).collect();
        let is_below = |descriptor: &Descriptor| descriptor.path.contains("/Representation[");
        let Some((below, kids)) = named.iter().find(|(d, _)| is_below(d)) else { continue };
        let is_around =
            |descriptor: &Descriptor| descriptor.path.contains("/AdaptationSet[") && !is_below(descriptor);
        for (around, others) in named.iter().filter(|(d, _)| is_around(d)) {
            if !seen.insert((around.span.start(), below.span.start())) {
                continue;
            }
            findings.compare();
            if others != kids {
                let places =
                    [place_of(doc, around).saying(listed(others)), place_of(doc, below).saying(listed(kids))];
                let message = "descriptors of a representation and of its set name different key ids; clients take either";
                findings.add_at(Rule::DefaultKid, Level::Warning, message, places);
            }
        }
    }
}

/// What a descriptor of some system holds, whichever elements it is in.
#[derive(Clone, PartialEq, Eq, Default)]
struct Content<'d> {
    /// The data of its objects.
    data: BTreeSet<&'d [u8]>,
    /// The license URLs beside them.
    urls: BTreeSet<&'d str>,
}

/// What each descriptor has, by its number; one that refers to another has what that one has, too.
struct Contents<'d>(BTreeMap<usize, Content<'d>>);

impl<'d> Contents<'d> {
    fn of(manifest: &'d Manifest, objects: &'d [Found]) -> Self {
        let mut all: BTreeMap<usize, Content<'d>> = BTreeMap::new();
        for (object, found) in manifest.objects().iter().zip(objects) {
            if let Some(descriptor) = object.descriptor.filter(|_| is_read(found)) {
                all.entry(descriptor).or_default().data.insert(&found.data);
            }
        }
        for url in manifest.license_urls() {
            let Some(descriptor) = url.descriptor else { continue };
            all.entry(descriptor).or_default().urls.insert(url.url.trim());
        }
        Self(all)
    }

    fn get(&self, manifest: &Manifest, descriptor: usize) -> Content<'d> {
        let mut content = self.0.get(&descriptor).cloned().unwrap_or_default();
        let target = manifest.descriptors().get(descriptor).and_then(Descriptor::target);
        if let Some(target) = target.and_then(|target| self.0.get(&target)) {
            content.data.extend(&target.data);
            content.urls.extend(&target.urls);
        }
        content
    }
}

/// Descriptors of one system in all sets of one `default_KID`, and those of one key in a CPIX document.
fn one_key_one_object(doc: &Doc, manifest: &Manifest, findings: &mut Findings) {
    let objects = doc.opened.objects();
    let contents = Contents::of(manifest, &objects);
    let mut known: BTreeMap<(BTreeSet<KeyId>, SystemId), (usize, Content<'_>)> = BTreeMap::new();
    for descriptors in sets(doc, manifest) {
        let here =
            || descriptors.iter().filter_map(|index| Some((*index, manifest.descriptors().get(*index)?)));
        let kids: BTreeSet<KeyId> = here().flat_map(|(_, d)| kids_of(manifest, d)).collect();
        if kids.is_empty() {
            continue;
        }
        // What another one here refers to is compared as a part of that one.
        let targets: BTreeSet<usize> = here().filter_map(|(_, d)| d.target()).collect();
        for (index, system) in here().filter_map(|(index, d)| Some((index, d.system?))) {
            let content = contents.get(manifest, index);
            // One without an object leaves it to the media, and says nothing that could differ.
            if content.data.is_empty() || targets.contains(&index) {
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
            if *other == content {
                continue;
            }
            let what = if other.data == content.data { "license URLs in" } else { "objects in" };
            let place = |index: usize| manifest.descriptors().get(index).map(|d| place_of(doc, d));
            let name = system.name().map_or_else(|| system.to_string(), str::to_owned);
            let message = format!(
                "{what} the descriptors of {name} for one default_KID differ; clients may take either"
            );
            findings.add(Rule::Identical, message, [place(*first), place(index)].into_iter().flatten());
        }
    }
}

/// Descriptors by what they are for: an adaptation set, or a key of a CPIX document.
fn sets(doc: &Doc, manifest: &Manifest) -> Vec<Vec<usize>> {
    if manifest.kind() == Kind::Cpix {
        return (0..manifest.descriptors().len()).map(|index| vec![index]).collect();
    }
    doc.presentation.streams.iter().map(|stream| stream.descriptors.iter().copied().collect()).collect()
}

fn is_read(found: &Found) -> bool {
    found.box_error.is_none() && !found.data.is_empty()
}
