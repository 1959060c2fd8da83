//! `drm_specific_data` of the server manifests of Unified Streaming (SMIL).
//!
//! ```text
//!   <paramGroup id="iss">
//!     <meta name="key" content="6e0b7c51…:0001…"/>                   key ID and key; the key is not looked at
//!     <meta name="drm_specific_data" content="JgIAAAEAAQAc…"/>       what the system's header will hold
//!     <meta name="license_server_url" content="https://…"/>          becomes LA_URL of headers that are made
//!   </paramGroup>
//! ```

use super::content_protection::element;
use crate::collect::{Collector, Holder};
use crate::error::Result;
use crate::found::{Descriptor, DescriptorKind, Form, named_kids};
use crate::xml::Tree;
use prkit_playready::SystemId;
use std::borrow::Cow;

pub(super) fn read(tree: &Tree<'_>, index: usize) -> Descriptor {
    let id = tree.said(index, "id").map(Cow::into_owned);
    let named = |name: &'static str| {
        metas(tree, index, name).filter_map(|meta| tree.said(meta, "content").map(Cow::into_owned))
    };
    let kids = named("key").filter_map(|pair| pair.split(':').next().map(str::to_owned));
    let url = named("license_server_url").map(|url| ("license_server_url".to_owned(), url));
    Descriptor {
        kind: DescriptorKind::ParamGroup,
        system: id.as_deref().and_then(system),
        scheme: id,
        kids: kids.flat_map(|kid| named_kids(&kid).collect::<Vec<_>>()).collect(),
        license_urls: url.collect(),
        ..element(tree, index)
    }
}

/// The object in it, if there is one.
pub(super) fn read_data(
    tree: &Tree<'_>,
    index: usize,
    descriptor: usize,
    found: &mut Collector<'_>,
) -> Result<()> {
    for meta in metas(tree, index, "drm_specific_data") {
        let Some(content) = tree.attribute(meta, "content") else { continue };
        found.object(&Holder {
            form: Form::DrmSpecificData,
            path: tree.path(meta),
            start: content.value.start,
            pieces: vec![content.value.clone()],
            descriptor: Some(descriptor),
        })?;
    }
    Ok(())
}

/// Whether it is about protection.
pub(super) fn is_one(tree: &Tree<'_>, index: usize) -> bool {
    metas(tree, index, "drm_specific_data").next().is_some()
}

fn metas<'t>(tree: &'t Tree<'_>, index: usize, name: &'static str) -> impl Iterator<Item = usize> + 't {
    tree.named(index, "meta").filter(move |meta| tree.said(*meta, "name").is_some_and(|said| said == name))
}

/// `iss` is PlayReady for Smooth Streaming, and `playready` for everything else; others have their names.
fn system(id: &str) -> Option<SystemId> {
    match id.to_ascii_lowercase().as_str() {
        "iss" => Some(SystemId::PLAYREADY),
        name => name.parse().ok(),
    }
}
