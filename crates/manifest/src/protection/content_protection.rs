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

use crate::found::{Descriptor, DescriptorKind, named_kids, system_id};
use crate::oddity::{Oddities, OddityKind};
use crate::xml::Tree;

/// The element as a descriptor.
pub(super) fn read(tree: &Tree<'_>, index: usize) -> Descriptor {
    let scheme = tree.said(index, "schemeIdUri").map(std::borrow::Cow::into_owned);
    let kids = tree.attributes_named(index, "default_KID").filter_map(|attribute| tree.value(attribute));
    Descriptor {
        kind: DescriptorKind::ContentProtection,
        system: scheme.as_deref().and_then(system_id),
        scheme,
        value: tree.said(index, "value").map(std::borrow::Cow::into_owned),
        kids: kids.flat_map(|text| named_kids(&text).collect::<Vec<_>>()).collect(),
        license_urls: license_urls(tree, index),
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

fn license_urls(tree: &Tree<'_>, index: usize) -> Vec<(String, String)> {
    let urls = tree.children(index).filter(|child| tree.local(*child).eq_ignore_ascii_case("laurl"));
    urls.filter_map(|child| license_url(tree, child)).collect()
}

/// `Laurl` of DASH-IF and of its guidelines for Clear Key, `laurl` of Microsoft: the URL is the text or an attribute.
pub(super) fn license_url(tree: &Tree<'_>, index: usize) -> Option<(String, String)> {
    let attribute = tree.said(index, "licenseUrl").or_else(|| tree.said(index, "licenseURL"));
    let url = attribute.unwrap_or_else(|| tree.content(index));
    (!url.is_empty()).then(|| (tree.name(index).to_owned(), url.into_owned()))
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
