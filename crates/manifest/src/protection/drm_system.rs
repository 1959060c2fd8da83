//! `DRMSystem` of CPIX documents (DASH-IF CPIX 2.3, 5.3.3).
//!
//! ```text
//!   <cpix:DRMSystem kid="…" systemId="9a04f079-…">
//!     <cpix:PSSH>AAAC…</cpix:PSSH>                                                a box
//!     <cpix:ContentProtectionData>PHBzc2gg…</cpix:ContentProtectionData>          base64 of cenc:pssh, mspr:pro …
//!     <cpix:URIExtXKey>ZGF0YTp0…</cpix:URIExtXKey>                                base64 of a URI
//!     <cpix:HLSSignalingData playlist="media">I0VYVC1Y…</cpix:HLSSignalingData>   base64 of key lines
//!     <cpix:SmoothStreamingProtectionHeaderData>ngIAAAEA…                         text of ProtectionHeader
//!   </cpix:DRMSystem>
//! ```
//!
//! `ContentKey` elements hold content keys. They are not looked at.

use super::content_protection::element;
use super::holder;
use crate::collect::Collector;
use crate::error::Result;
use crate::found::{Descriptor, DescriptorKind, Form, named_kids, system_id};
use crate::m3u8;
use crate::xml::Tree;

pub(super) fn read(tree: &Tree<'_>, index: usize) -> Descriptor {
    let scheme = tree.said(index, "systemId").or_else(|| tree.said(index, "systemID"));
    let scheme = scheme.map(std::borrow::Cow::into_owned);
    Descriptor {
        kind: DescriptorKind::DrmSystem,
        system: scheme.as_deref().and_then(system_id),
        scheme,
        kids: tree.said(index, "kid").map(|kid| named_kids(&kid).collect()).unwrap_or_default(),
        ..element(tree, index)
    }
}

/// A child that holds an object, or a text with objects.
pub(super) fn read_child(
    tree: &Tree<'_>,
    index: usize,
    descriptor: Option<usize>,
    found: &mut Collector<'_>,
) -> Result<()> {
    let holder = |form| holder(tree, index, form, descriptor);
    match tree.local(index) {
        "PSSH" => found.object(&holder(Form::CencPssh)),
        "SmoothStreamingProtectionHeaderData" => found.object(&holder(Form::ProtectionHeader)),
        // Where somebody wrote the elements as they are, they are found as elements.
        "ContentProtectionData" if tree.children(index).next().is_none() => {
            found.nested(&holder(Form::CencPssh), super::read)
        }
        "HLSSignalingData" => found.nested(&holder(Form::ExtXKey), m3u8::read),
        "URIExtXKey" => found.nested(&holder(Form::ExtXKey), m3u8::read_uri),
        _ => Ok(()),
    }
}
