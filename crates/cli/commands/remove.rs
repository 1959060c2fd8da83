//! `prkit remove`: take pssh boxes out.

use crate::args::RemoveArgs;
use crate::exit::{Status, Stop};
use crate::input::{Document, Found, Opened};
use crate::left::{Left, Why};
use crate::refused::told;
use crate::report::{BoxReport, WriteReport};
use crate::writing;
use bytes::Bytes;
use prkit_batch::Edits;
use prkit_batch::log::Asked;
use prkit_bmff::{Replace, free_box};
use prkit_manifest::Removal;
use prkit_playready::Overrides;
use std::collections::BTreeSet;

pub(crate) fn run(args: &RemoveArgs) -> Result<Status, Stop> {
    let selector = args.select.selector(false)?;
    let remove = Remove { collapse: args.collapse, overrides: args.write.force.overrides() };
    let asked = || {
        let mut asked = Asked::of("remove").with(&args.select);
        asked.flag("collapse", args.collapse);
        asked
    };
    writing::run(&remove, &args.input, &selector, &args.write, &asked)
}

struct Remove {
    /// Close the gap; else filler of the same size stands there.
    collapse: bool,
    overrides: Overrides,
}

impl writing::Command for Remove {
    fn edits(
        &self,
        document: &Document,
        objects: &[Found],
        report: &mut WriteReport,
    ) -> Result<Edits, String> {
        if let Some(opened) = &document.manifest {
            return self.out_of_text(opened, objects, report);
        }
        if document.layout.is_none() && !objects.is_empty() {
            return Err("the input is the object itself; there is nothing to take it out of".to_owned());
        }
        let mut edits = Edits { close_gaps: self.collapse, ..Edits::default() };
        for found in objects {
            let with = if self.collapse || !document.has_other_boxes() {
                Bytes::new()
            } else {
                free_box(found.size).ok_or("the box is too long to become filler")?
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
    fn out_of_text(
        &self,
        opened: &Opened,
        objects: &[Found],
        report: &mut WriteReport,
    ) -> Result<Edits, String> {
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
        edits.text = opened.manifest.remove(&gone, self.overrides).map_err(|error| told(&error))?;
        Ok(edits)
    }
}
