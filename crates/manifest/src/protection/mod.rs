//! Protection in XML documents: one file an element family.
//!
//! ```text
//!   content_protection.rs   MPD      ContentProtection, default_KID, Laurl
//!                                    └ cenc:pssh, mspr:pro
//!   referring.rs                     └ ref, refId
//!   license_url.rs                   └ Laurl and its like
//!   protection_header.rs    Smooth   Protection └ ProtectionHeader
//!   param_group.rs                   paramGroup └ meta drm_specific_data, of Unified Streaming
//!   drm_system.rs           CPIX     DRMSystem └ PSSH, ContentProtectionData, HLSSignalingData, URIExtXKey,
//!                                                SmoothStreamingProtectionHeaderData
//! ```
//!
//! Every document is searched for all of them: Microsoft's page on DASH shows a Smooth manifest, and pieces of
//! documents come without a root that would tell.

mod content_protection;
mod drm_system;
mod license_url;
mod param_group;
mod protection_header;
mod referring;

pub use license_url::LicenseUrl;
pub(crate) use license_url::{escaped, read_string};

use crate::collect::{Collector, Holder};
use crate::content::Due;
use crate::error::Result;
use crate::found::{Form, Refers};
use crate::oddity::OddityKind;
use crate::unread::UnreadKind;
use crate::xml::{Namespace, Said, Tree, parse};
use std::collections::{HashMap, HashSet};

/// Finds all descriptors and objects of an XML document.
pub(crate) fn read(found: &mut Collector<'_>) -> Result<()> {
    let text = found.text;
    let tree = parse(text, &mut found.oddities)?;
    read_tree(&tree, found)
}

pub(crate) fn read_tree(tree: &Tree<'_>, found: &mut Collector<'_>) -> Result<()> {
    // Elements that are descriptors, for the objects in them.
    let mut descriptors = HashMap::new();
    let schemes = drm_system::Schemes::of(tree);
    for index in 0..tree.len() {
        let within = || tree.upwards(index).find_map(|outer| descriptors.get(&outer).copied());
        match tree.local(index) {
            "ContentProtection" => {
                let descriptor = content_protection::read(tree, index);
                content_protection::look_at(tree, index, &descriptor, &mut found.oddities);
                descriptors.insert(index, found.descriptor(descriptor)?);
            }
            "DRMSystem" => {
                let descriptor = drm_system::read(tree, index, &schemes);
                descriptors.insert(index, found.descriptor(descriptor)?);
            }
            "ProtectionHeader" => {
                if let Some(system) = within() {
                    drm_system::read_header(tree, index, system, found)?;
                    continue;
                }
                let descriptor = protection_header::read(tree, index);
                let descriptor = found.descriptor(descriptor)?;
                found.object(&holder(tree, index, Form::ProtectionHeader, Some(descriptor)))?;
            }
            "paramGroup" if param_group::is_one(tree, index) => {
                let descriptor = found.descriptor(param_group::read(tree, index))?;
                descriptors.insert(index, descriptor);
                param_group::read_data(tree, index, descriptor, found)?;
            }
            "pro" => {
                let within = within();
                qualified(tree, index, "pro", Namespace::PlayReady, Form::MsprPro, within, found)?;
            }
            "pssh" => {
                let within = within();
                qualified(tree, index, "pssh", Namespace::Cenc, Form::CencPssh, within, found)?;
            }
            local if license_url::is_one(local) => {
                let within = within();
                // Outside of a descriptor, only the name that is for nothing else.
                if within.is_some() || local.eq_ignore_ascii_case("laurl") {
                    license_url::read(tree, index, within, found);
                }
            }
            "kid" if within().is_none() => {
                found.loose.playready_kid.get_or_insert_with(|| tree.content(index).into_owned());
            }
            // Of an MPD Patch document: what becomes the text of an element, or the value of an attribute.
            "add" | "replace" if tree.is_in_patch(index) => {
                found.content(&holder(tree, index, Form::Text, None), Due::Nothing)?;
            }
            _ => {
                let within = within();
                drm_system::read_child(tree, index, within, found)?;
            }
        }
    }
    referring::resolve(&mut found.descriptors);
    for index in 0..found.descriptors.len() {
        let Some(descriptor) = found.descriptors.get(index) else { continue };
        let Some(Refers { id, to: Err(fault) }) = &descriptor.refers else { continue };
        let (path, range, system) = (descriptor.path.clone(), descriptor.range.clone(), descriptor.system);
        let why = UnreadKind::Reference { id: id.clone(), fault: *fault };
        found.oddities.add(OddityKind::Dangling(why.to_string()), range.start);
        found.unread(path, &range, system, why)?;
    }
    initialization_sets(tree, found)
}

/// References to `InitializationSet` elements that are not there (ISO/IEC 23009-1, 5.3.12). In a piece of a document they may
/// be in the rest of it.
fn initialization_sets(tree: &Tree<'_>, found: &mut Collector<'_>) -> Result<()> {
    const NAME: &str = "initializationSetRef";
    let is_whole = tree.roots().any(|root| tree.local(root) == "MPD");
    if !is_whole || !tree.text.contains(NAME) {
        return Ok(());
    }
    let sets = (0..tree.len()).filter(|index| tree.local(*index) == "InitializationSet");
    let ids: HashSet<_> = sets.filter_map(|set| tree.said(set, "id")).collect();
    for index in 0..tree.len() {
        let Some(attribute) = tree.attribute(index, NAME) else { continue };
        let named = tree.value(attribute).unwrap_or_default();
        for id in named.split_whitespace().filter(|id| !ids.contains(*id)) {
            let why = UnreadKind::InitializationSet(id.to_owned());
            found.oddities.add(OddityKind::Dangling(why.to_string()), attribute.value.start);
            found.unread(tree.path(index), &attribute.value, None, why)?;
        }
    }
    Ok(())
}

/// An object in an element that is known by its namespace.
fn qualified(
    tree: &Tree<'_>,
    index: usize,
    local: &str,
    namespace: Namespace,
    form: Form,
    descriptor: Option<usize>,
    found: &mut Collector<'_>,
) -> Result<()> {
    let Some(said) = tree.is(index, local, namespace) else { return Ok(()) };
    let name = tree.name(index);
    let start = tree.get(index).map_or(0, |element| element.start);
    match said {
        Said::Rightly => {}
        Said::Undeclared => {
            let prefix = name.rsplit_once(':').map_or("", |(prefix, _)| prefix);
            found.oddities.add(OddityKind::Prefix(prefix.to_owned()), start);
        }
        Said::Unqualified => found.oddities.add(OddityKind::Namespace(name.to_owned()), start),
    }
    found.object(&holder(tree, index, form, descriptor))
}

fn holder(tree: &Tree<'_>, index: usize, form: Form, descriptor: Option<usize>) -> Holder {
    Holder {
        form,
        path: tree.path(index),
        start: tree.get(index).map_or(0, |element| element.start),
        pieces: tree.pieces(index),
        descriptor,
    }
}
