//! Which keys apply to which segment (RFC 8216, 4.3.2.4).
//!
//! ```text
//!   #EXT-X-KEY a     #EXT-X-KEY b     1.m4s  a b
//!   #EXT-X-KEY a'                     2.m4s  a' b      a key applies until the next one of its format
//!   #EXT-X-KEY:METHOD=NONE            3.m4s
//! ```

use crate::error::{Error, Result};
use crate::found::{Descriptor, DescriptorKind};
use crate::limits::MAX_APPLIED;
use crate::reference::Reference;
use crate::work::count;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// The keys that apply at a line.
#[derive(Default)]
pub(super) struct Keys {
    /// Descriptors by key format.
    by_format: HashMap<String, Vec<usize>>,
    /// The same, shared between segments, since the last key line.
    shared: Option<Arc<[usize]>>,
    /// The keys of the last segment, in the order of their lines.
    used: Arc<[usize]>,
    /// Keys of all segments that have others than the one before.
    listed: usize,
}

impl Keys {
    /// Adds a key line.
    pub(super) fn add(&mut self, index: usize, descriptor: &Descriptor) {
        self.shared = None;
        if descriptor.value.as_deref() == Some("NONE") {
            self.by_format.clear();
            return;
        }
        // The older form is a key line of PlayReady.
        let format = match descriptor.kind {
            DescriptorKind::PlayReadyHeader => "com.microsoft.playready",
            _ => descriptor.scheme.as_deref().unwrap_or_default(),
        };
        let keys = self.by_format.entry(format.to_owned()).or_default();
        // Several lines of one format in a row, each with keys of its own, occur: they add up until a segment has
        // used them.
        if keys.last().is_some_and(|key| self.used.binary_search(key).is_ok()) {
            keys.clear();
        }
        keys.push(index);
    }

    /// The descriptors for a segment that stands here.
    pub(super) fn apply(&mut self, is_media: bool) -> Result<Arc<[usize]>> {
        let shared = if let Some(shared) = &self.shared {
            Arc::clone(shared)
        } else {
            let mut keys: Vec<usize> = self.by_format.values().flatten().copied().collect();
            count(keys.len());
            // A list for each segment: of a hundred thousand formats, all of them would be in each.
            self.listed = self.listed.saturating_add(keys.len());
            if self.listed > MAX_APPLIED {
                return Err(Error::limit("keys of segments", MAX_APPLIED));
            }
            keys.sort_unstable();
            Arc::clone(self.shared.insert(keys.into()))
        };
        if is_media {
            self.used = Arc::clone(&shared);
        }
        Ok(shared)
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
