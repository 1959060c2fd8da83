//! `ContentProtection` of an MPD (ISO/IEC 23009-1, 5.8.5; DASH mapping of PlayReady, 3).
//!
//! ```text
//!   <ContentProtection schemeIdUri="urn:mpeg:dash:mp4protection:2011" value="cenc" cenc:default_KID="…"/>
//!   <ContentProtection schemeIdUri="urn:uuid:9a04f079-…" value="MSPR 2.0">
//!     <dashif:Laurl>https://…</dashif:Laurl>      or <ms:laurl licenseUrl="https://…"/>
//!     <cenc:pssh>…</cenc:pssh> <mspr:pro>…</mspr:pro>
//!     <mspr:kid>…</mspr:kid>                      deprecated, base64 in an order that nobody agrees on
//!   </ContentProtection>
//! ```

use crate::found::{Descriptor, DescriptorKind, RefFault, Refers, named_kids, system_id};
use crate::oddity::{Oddities, OddityKind};
use crate::xml::Tree;

/// The element as a descriptor.
pub(super) fn read(tree: &Tree<'_>, index: usize) -> Descriptor {
    let scheme = tree.said(index, "schemeIdUri").map(std::borrow::Cow::into_owned);
    let ref_id = tree.said(index, "refId").map(std::borrow::Cow::into_owned).filter(|id| !id.is_empty());
    let parent = tree.get(index).and_then(|element| element.parent);
    let is_outer = parent.is_some_and(|parent| matches!(tree.local(parent), "MPD" | "Period"));
    let refers = tree.said(index, "ref").map(|id| Refers { id: id.into_owned(), to: Err(RefFault::Missing) });
    let kids = tree.attributes_named(index, "default_KID").filter_map(|attribute| tree.value(attribute));
    Descriptor {
        kind: DescriptorKind::ContentProtection,
        system: scheme.as_deref().and_then(system_id),
        scheme,
        value: tree.said(index, "value").map(std::borrow::Cow::into_owned),
        kids: kids.flat_map(|text| named_kids(&text).collect::<Vec<_>>()).collect(),
        is_shelved: is_outer && ref_id.is_some(),
        ref_id,
        refers,
        playready_kid: tree.named(index, "kid").map(|kid| tree.content(kid).into_owned()).next(),
        ..element(tree, index)
    }
}

/// What every element that is a descriptor has; the collector fills in line, column and bytes.
pub(super) fn element(tree: &Tree<'_>, index: usize) -> Descriptor {
    Descriptor {
        path: tree.path(index),
        owner: tree.get(index).and_then(|element| element.parent),
        range: tree.get(index).map_or(0..0, |element| element.start..element.end),
        ..Descriptor::default()
    }
}

/// Says what is odd about the element itself.
pub(super) fn look_at(tree: &Tree<'_>, index: usize, descriptor: &Descriptor, oddities: &mut Oddities) {
    let start = descriptor.range.start;
    if let Some(scheme) = &descriptor.scheme
        && descriptor.system.is_none()
        && scheme.to_ascii_lowercase().starts_with("urn:uuid:")
    {
        oddities.add(OddityKind::SystemId(scheme.clone()), start);
    }
    if let Some(scheme) = &descriptor.scheme
        && descriptor.system.is_some()
        && !scheme.trim().to_ascii_lowercase().starts_with("urn:uuid:")
    {
        oddities.add(OddityKind::Scheme(scheme.clone()), start);
    }
    for attribute in tree.attributes_named(index, "default_KID") {
        let name = tree.text.get(attribute.name.clone()).unwrap_or_default();
        match name.rsplit_once(':') {
            Some((prefix, _)) if tree.bound(index, prefix).is_none() => {
                oddities.add(OddityKind::Prefix(prefix.to_owned()), attribute.name.start);
            }
            Some(_) => {}
            // An attribute without a prefix is in no namespace, and players look for the one of cenc.
            None => oddities.add(OddityKind::Namespace(name.to_owned()), attribute.name.start),
        }
    }
}
