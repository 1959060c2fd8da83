//! What an element inherits from those around it: base URLs, segment descriptions, descriptors.

use super::look_for_links;
use crate::limits::MAX_ALTERNATIVES;
use crate::reference::Gather;
use crate::uri::resolve;
use crate::xml::Tree;
use std::borrow::Cow;
use std::collections::HashMap;

/// The state at an element.
#[derive(Clone, Debug, Default)]
pub(super) struct Context {
    /// What addresses are relative to; several where base URLs stand side by side.
    pub(super) bases: Vec<String>,
    /// Whether an element said so, and not only the document's own address.
    pub(super) has_base: bool,
    /// `SegmentBase`, `SegmentList` and `SegmentTemplate` elements, innermost first.
    pub(super) descriptions: Vec<usize>,
    /// Numbers of descriptors, outermost first.
    pub(super) descriptors: Vec<usize>,
    /// The period's length in nanoseconds.
    pub(super) length: Option<u64>,
    /// MIME type.
    pub(super) mime: Option<String>,
}

impl Context {
    /// In front of the root element.
    pub(super) fn of_document(base: &str) -> Self {
        Self { bases: vec![base.to_owned()], ..Self::default() }
    }

    /// At a child.
    pub(super) fn enter(
        &self,
        tree: &Tree<'_>,
        index: usize,
        owners: &HashMap<usize, Vec<usize>>,
        gather: &mut Gather<'_>,
    ) -> Self {
        look_for_links(tree, index, gather);
        let mut context = self.clone();
        let mut bases = Vec::new();
        for child in tree.children(index) {
            match tree.local(child) {
                "BaseURL" => {
                    let url = tree.content(child);
                    let start = tree.get(child).map_or(0, |element| element.start);
                    if gather.is_address(&url, start) {
                        bases.extend(self.bases.iter().map(|base| resolve(base, &url)));
                    }
                }
                "SegmentBase" | "SegmentList" | "SegmentTemplate" => {
                    look_for_links(tree, child, gather);
                    context.descriptions.insert(0, child);
                }
                _ => {}
            }
        }
        if !bases.is_empty() {
            bases.dedup();
            bases.truncate(MAX_ALTERNATIVES);
            context.bases = bases;
            context.has_base = true;
        }
        context.descriptors.extend(owners.get(&index).into_iter().flatten());
        if let Some(mime) = tree.said(index, "mimeType") {
            context.mime = Some(mime.into_owned());
        } else if context.mime.is_none() {
            // What packagers write that leave the MIME type to the representations, or out.
            context.mime = tree.said(index, "contentType").map(Cow::into_owned);
        }
        context
    }

    /// Descriptions of the kind that the innermost one has, innermost first.
    pub(super) fn chain(&self, tree: &Tree<'_>) -> Vec<usize> {
        let Some(kind) = self.descriptions.first().map(|index| tree.local(*index)) else { return Vec::new() };
        self.descriptions.iter().copied().filter(|index| tree.local(*index) == kind).collect()
    }

    /// The addresses of something that stands at this element.
    pub(super) fn resolve(&self, url: &str) -> Vec<String> {
        self.bases.iter().map(|base| resolve(base, url)).collect()
    }
}
