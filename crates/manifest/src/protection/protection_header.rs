//! `ProtectionHeader` of Smooth Streaming manifests (MS-SSTR 2.2.2.2).
//!
//! ```text
//!   <Protection>
//!     <ProtectionHeader SystemID="9A04F079-9840-4286-AB92-E65BE0885F95">…</ProtectionHeader>
//!   </Protection>
//! ```
//!
//! The specification's grammar has braces around the SystemID, its example and most manifests have none.

use super::content_protection::element;
use crate::found::{Descriptor, DescriptorKind, system_id};
use crate::xml::Tree;

pub(super) fn read(tree: &Tree<'_>, index: usize) -> Descriptor {
    let scheme = tree.said(index, "SystemID").or_else(|| tree.said(index, "SystemId"));
    let scheme = scheme.map(std::borrow::Cow::into_owned);
    Descriptor {
        kind: DescriptorKind::ProtectionHeader,
        system: scheme.as_deref().and_then(system_id),
        scheme,
        ..element(tree, index)
    }
}
