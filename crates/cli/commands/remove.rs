//! `prkit remove`: take pssh boxes out.

use crate::args::RemoveArgs;
use crate::exit::{Status, Stop};
use crate::input::{Document, Found};
use crate::report::{BoxReport, WriteReport};
use crate::select::Selector;
use crate::writing::{self, Edits};
use bytes::Bytes;
use prkit_bmff::{Replace, free_box};

pub(crate) fn run(args: &RemoveArgs) -> Result<Status, Stop> {
    let selector = Selector::new(&args.select, false)?;
    writing::run(&Remove { collapse: args.collapse }, &args.input, &selector, &args.write)
}

struct Remove {
    /// Close the gap; else filler of the same size stands there.
    collapse: bool,
}

impl writing::Command for Remove {
    fn edits(
        &self,
        document: &Document,
        objects: &[Found],
        report: &mut WriteReport,
    ) -> Result<Edits, String> {
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
            edits.replace.push(Replace { pssh: found.index, with, with_store: None });
        }
        Ok(edits)
    }
}
