//! Boxes are taken out.

use super::OperationError;
use crate::input::{Found, Opened};
use crate::report::{BoxReport, WriteReport};
use crate::writing::{On, Operation};
use crate::{Edits, Left, Result, Why};
use bytes::Bytes;
use prkit_bmff::{Replace, free_box};
use prkit_manifest::Removal;
use prkit_playready::Overrides;
use std::collections::BTreeSet;

/// Takes boxes out; in a manifest, what is around an object goes with it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Remove {
    /// Close the gap; else filler of the same size is left there.
    pub collapse: bool,
    /// What is done although it is refused.
    pub overrides: Overrides,
}

impl Operation for Remove {
    fn edits(&self, on: &On<'_>, report: &mut WriteReport) -> Result<Edits> {
        let On { document, objects, .. } = *on;
        if let Some(opened) = &document.manifest {
            return self.out_of_text(opened, objects, report);
        }
        if document.layout.is_none() && !objects.is_empty() {
            return Err(OperationError::NothingAround.into());
        }
        let mut edits = Edits { close_gaps: self.collapse, ..Edits::default() };
        for found in objects {
            let with = if self.collapse || !document.has_other_boxes() {
                Bytes::new()
            } else {
                free_box(found.size).ok_or(OperationError::NoFiller)?
            };
            report.boxes.push(BoxReport {
                index: Some(found.index),
                path: found.path.clone(),
                offset: found.offset,
                size_before: found.size,
                size_after: 0,
                changed: true,
                error: None,
            });
            edits.replace.push(Replace::new(found.index, with));
        }
        Ok(edits)
    }
}

impl Remove {
    /// In a manifest the whole descriptor goes, but for boxes of other systems in it.
    fn out_of_text(self, opened: &Opened, objects: &[Found], report: &mut WriteReport) -> Result<Edits> {
        let mut gone = Vec::new();
        let mut edits = Edits::default();
        let selected: BTreeSet<usize> = objects.iter().map(|found| found.index).collect();
        let removals = opened.manifest.removals(&selected);
        for found in objects {
            let left = |why: &str| Left::object(found, Why::Unreadable(why.to_owned()));
            match removals.get(&found.index).copied().unwrap_or(Removal::Loose) {
                Removal::Descriptor(descriptor) => gone.push(descriptor),
                Removal::Box => edits.replace.push(Replace::new(found.index, Bytes::new())),
                Removal::Shared => {
                    report.left.push(left("its descriptor holds objects of other DRM systems, too"));
                    continue;
                }
                Removal::Loose => {
                    report.left.push(left("no descriptor is around it that could be taken out"));
                    continue;
                }
            }
            report.boxes.push(BoxReport {
                index: Some(found.index),
                path: found.path.clone(),
                offset: found.offset,
                size_before: found.len(),
                size_after: 0,
                changed: true,
                error: None,
            });
        }
        edits.text = opened.manifest.remove(&gone, self.overrides)?;
        Ok(edits)
    }
}
