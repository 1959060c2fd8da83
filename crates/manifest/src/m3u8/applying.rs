//! Which keys apply to which segment (RFC 8216, 4.3.2.4).
//!
//! ```text
//!   #EXT-X-KEY a     #EXT-X-KEY b     1.m4s  a b
//!   #EXT-X-KEY a'                     2.m4s  a' b      a key applies until the next one of its format
//!   #EXT-X-KEY:METHOD=NONE            3.m4s
//! ```

use crate::found::{Descriptor, DescriptorKind};
use crate::reference::Reference;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// The keys that apply at a line.
#[derive(Default)]
pub(super) struct Keys {
    /// Key format and descriptor.
    keys: Vec<(String, usize)>,
    /// The same, shared between segments.
    shared: Arc<[usize]>,
}

impl Keys {
    /// Adds a key line; `used` are the keys of the last segment before it.
    pub(super) fn add(&mut self, index: usize, descriptor: &Descriptor, used: &[usize]) {
        if descriptor.value.as_deref() == Some("NONE") {
            self.keys.clear();
        } else {
            // The older form is a key line of PlayReady.
            let format = match descriptor.kind {
                DescriptorKind::PlayReadyHeader => "com.microsoft.playready".to_owned(),
                _ => descriptor.scheme.clone().unwrap_or_default(),
            };
            // Several lines of one format in a row, each with keys of its own, occur: they add up until a segment
            // has used them.
            let before = self.keys.iter().rev().find(|(known, _)| *known == format);
            if before.is_some_and(|(_, key)| used.contains(key)) {
                self.keys.retain(|(known, _)| *known != format);
            }
            self.keys.push((format, index));
        }
        self.shared = self.keys.iter().map(|(_, index)| *index).collect();
    }

    /// The descriptors for a segment that stands here.
    pub(super) fn apply(&self) -> Arc<[usize]> {
        Arc::clone(&self.shared)
    }
}

/// An initialisation section is needed with the keys of the segments that use it, which may stand behind it.
pub(super) fn keys_of_maps(references: &mut [Reference]) {
    let mut keys: HashMap<usize, BTreeSet<usize>> = HashMap::new();
    let mut last: Option<(usize, &Arc<[usize]>)> = None;
    for reference in &*references {
        let Some(init) = reference.init else { continue };
        // Segments behind each other share their keys.
        if last.is_none_or(|(i, keys)| i != init || !Arc::ptr_eq(keys, &reference.descriptors)) {
            keys.entry(init).or_default().extend(reference.descriptors.iter().copied());
            last = Some((init, &reference.descriptors));
        }
    }
    for (init, keys) in keys {
        if let Some(reference) = references.get_mut(init) {
            reference.descriptors = keys.into_iter().collect();
        }
    }
}
