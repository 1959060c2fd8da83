//! Key lines for the same segments: one a system, all for one key (RFC 8216, 4.3.2.4).
//!
//! ```text
//!   #EXT-X-KEY:METHOD=SAMPLE-AES-CTR,KEYFORMAT="com.microsoft.playready",…      key a, or keys a and b in two lines
//!   #EXT-X-KEY:METHOD=SAMPLE-AES-CTR,KEYFORMAT="urn:uuid:edef8ba9-…",KEYID=…    key a, too
//! ```

use crate::check::doc::Doc;
use crate::check::finding::{Findings, Place};
use crate::check::held::listed;
use crate::check::rule::Rule;
use crate::work::count;
use prkit_manifest::{Descriptor, DescriptorKind, Kind};
use prkit_playready::KeyId;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// What the lines of one system say.
struct System {
    format: String,
    kids: BTreeSet<KeyId>,
    method: Option<String>,
    place: Place,
}

pub(super) fn check(doc: &Doc, findings: &mut Findings) {
    // The descriptors of other documents are no lines, and their values no methods.
    if doc.opened.manifest.kind() != Kind::M3u8 {
        return;
    }
    let mut seen: HashSet<&[usize]> = HashSet::new();
    let mut last: Option<&Arc<[usize]>> = None;
    for reference in &doc.presentation.references {
        let lines = &reference.descriptors;
        // Segments behind each other share their lines.
        let is_new = last.replace(lines).is_none_or(|last| !Arc::ptr_eq(last, lines));
        if lines.len() > 1 && is_new && seen.insert(lines) {
            compare(&systems(doc, lines), findings);
        }
    }
    let session = doc.descriptors_of(DescriptorKind::SessionKey);
    // Session keys are for all renditions: what they name together has to agree, and methods may differ.
    let systems = systems(doc, &session).into_iter().map(|system| System { method: None, ..system });
    compare(&systems.collect::<Vec<_>>(), findings);
}

fn systems(doc: &Doc, descriptors: &[usize]) -> Vec<System> {
    let mut systems: Vec<System> = Vec::new();
    let mut by_format: HashMap<String, usize> = HashMap::new();
    for index in descriptors {
        let Some(descriptor) = doc.opened.manifest.descriptors().get(*index) else { continue };
        let Some(format) = format_of(descriptor) else { continue };
        let place = Place::of_text(&doc.name, descriptor.path.clone(), descriptor.position);
        let held = doc.held.of(*index).map(|(_, held)| held);
        let mut kids: BTreeSet<KeyId> = held.flat_map(|held| held.named_kids()).collect();
        // What the line itself says counts where its object says nothing.
        if kids.is_empty() {
            kids.extend(descriptor.kids.iter().filter_map(|kid| kid.id));
        }
        kids.remove(&KeyId::NIL);
        let method = descriptor.value.clone();
        count(1);
        let next = systems.len();
        match systems.get_mut(*by_format.entry(format.clone()).or_insert(next)) {
            Some(system) => system.kids.append(&mut kids),
            None => systems.push(System { format, kids, method, place }),
        }
    }
    systems
}

/// What the older form of a PlayReady line is called among the systems: it has to agree with the key lines beside it.
const OLDER: &str = "#ext-x-playreadyheader";

/// The system that a line is of; none for one that is of no DRM system.
fn format_of(descriptor: &Descriptor) -> Option<String> {
    if descriptor.kind == DescriptorKind::PlayReadyHeader {
        return Some(OLDER.to_owned());
    }
    if descriptor.is_playready() {
        return Some("com.microsoft.playready".to_owned());
    }
    let format = descriptor.scheme.as_deref().filter(|format| !format.eq_ignore_ascii_case("identity"))?;
    Some(format.to_ascii_lowercase())
}

fn compare(systems: &[System], findings: &mut Findings) {
    let Some((first, others)) = systems.split_first() else { return };
    for other in others {
        let saying = |system: &System| {
            let kids: Vec<KeyId> = system.kids.iter().copied().collect();
            system.place.saying(listed(&kids))
        };
        if !first.kids.is_empty() && !other.kids.is_empty() {
            findings.compare();
            if first.kids.is_disjoint(&other.kids) {
                let message = if first.format == OLDER || other.format == OLDER {
                    "a key line and #EXT-X-PLAYREADYHEADER for the same segments name different keys"
                } else {
                    "key lines of two systems for the same segments name different keys"
                };
                findings.add(Rule::KeyLines, message, [saying(first), saying(other)]);
            }
        }
        if let (Some(a), Some(b)) = (&first.method, &other.method) {
            findings.compare();
            if a != b {
                let message = "key lines of two systems for the same segments have different methods";
                findings.add(Rule::KeyLines, message, [first.place.saying(a), other.place.saying(b)]);
            }
        }
    }
}
