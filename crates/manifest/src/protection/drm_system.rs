//! `DRMSystem` of CPIX documents (DASH-IF CPIX 2.4, 5.3.3; SPEKE 1.0 to 2.1).
//!
//! ```text
//!   <cpix:DRMSystem kid="…" systemId="9a04f079-…">
//!     <cpix:PSSH>AAAC…</cpix:PSSH>                                                a box
//!     <cpix:ContentProtectionData>PHBzc2gg…</cpix:ContentProtectionData>          base64 of cenc:pssh, mspr:pro …
//!     <cpix:URIExtXKey>ZGF0YTp0…</cpix:URIExtXKey>                                base64 of a URI
//!     <cpix:HLSSignalingData playlist="media">I0VYVC1Y…</cpix:HLSSignalingData>   base64 of key lines
//!     <cpix:SmoothStreamingProtectionHeaderData>ngIAAAEA…                         text of ProtectionHeader
//!     <speke:ProtectionHeader>ngIAAAEA…                                           the same in SPEKE 1.0
//!   </cpix:DRMSystem>
//! ```
//!
//! All of them are empty in a request. `ContentKey` elements hold content keys, which only `keys.rs` looks at.

use super::content_protection::element;
use super::holder;
use crate::collect::Collector;
use crate::content::Due;
use crate::error::Result;
use crate::found::{Descriptor, DescriptorKind, Form, named_kids, system_id};
use crate::m3u8;
use crate::xml::Tree;
use prkit_playready::KeyId;

pub(super) fn read(tree: &Tree<'_>, index: usize, schemes: &Schemes) -> Descriptor {
    let scheme = tree.said(index, "systemId").or_else(|| tree.said(index, "systemID"));
    let scheme = scheme.map(std::borrow::Cow::into_owned);
    Descriptor {
        kind: DescriptorKind::DrmSystem,
        system: scheme.as_deref().and_then(system_id),
        scheme,
        value: schemes.get(kid(tree, index)),
        kids: tree.said(index, "kid").map(|kid| named_kids(&kid).collect()).unwrap_or_default(),
        ..element(tree, index)
    }
}

/// A child that holds an object, or a text with objects. Where somebody wrote elements as they are, they are found as
/// elements.
pub(super) fn read_child(
    tree: &Tree<'_>,
    index: usize,
    descriptor: Option<usize>,
    found: &mut Collector<'_>,
) -> Result<()> {
    let (form, due) = match tree.local(index) {
        "PSSH" => (Form::CpixPssh, Due::Object),
        "SmoothStreamingProtectionHeaderData" => (Form::ProtectionHeader, Due::Object),
        "ContentProtectionData" => (Form::CencPssh, Due::Text(super::read)),
        "HLSSignalingData" => (Form::ExtXKey, Due::Text(m3u8::read)),
        "URIExtXKey" => (Form::ExtXKey, Due::Text(m3u8::read_uri)),
        _ => return Ok(()),
    };
    if tree.children(index).next().is_some() {
        return Ok(());
    }
    found.content(&holder(tree, index, form, descriptor), due)
}

/// `speke:ProtectionHeader`, an object in the element that it has in a Smooth manifest, without a SystemID of its own.
pub(super) fn read_header(
    tree: &Tree<'_>,
    index: usize,
    descriptor: usize,
    found: &mut Collector<'_>,
) -> Result<()> {
    found.content(&holder(tree, index, Form::ProtectionHeader, Some(descriptor)), Due::Object)
}

/// `commonEncryptionScheme` by key ID, of all `ContentKey` elements of a document.
pub(super) struct Schemes(Vec<(KeyId, String)>);

impl Schemes {
    pub(super) fn of(tree: &Tree<'_>) -> Self {
        let keys = (0..tree.len()).filter(|index| tree.local(*index) == "ContentKey");
        Self(keys.filter_map(|key| Some((kid(tree, key)?, scheme(tree, key)?))).collect())
    }

    fn get(&self, kid: Option<KeyId>) -> Option<String> {
        self.0.iter().find(|(known, _)| Some(*known) == kid).map(|(_, scheme)| scheme.clone())
    }
}

fn kid(tree: &Tree<'_>, index: usize) -> Option<KeyId> {
    named_kids(&tree.said(index, "kid")?).next()?.id
}

fn scheme(tree: &Tree<'_>, index: usize) -> Option<String> {
    tree.said(index, "commonEncryptionScheme").map(std::borrow::Cow::into_owned).filter(|s| !s.is_empty())
}
