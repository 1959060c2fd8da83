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
use prkit_playready::Overrides;

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
    /// In a manifest the whole descriptor goes, whatever else is in it.
    fn out_of_text(
        &self,
        opened: &Opened,
        objects: &[Found],
        report: &mut WriteReport,
    ) -> Result<Edits, String> {
        let mut gone = Vec::new();
        for found in objects {
            let object = opened.manifest.objects().get(found.index).ok_or("there is no such object")?;
            let Some(descriptor) = object.descriptor else {
                let why = "no descriptor is around it that could be taken out".to_owned();
                report.left.push(Left::object(found, Why::Unreadable(why)));
                continue;
            };
            gone.push(descriptor);
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
        let text = opened.manifest.remove(&gone, self.overrides).map_err(|error| told(&error))?;
        Ok(Edits { text, ..Edits::default() })
    }
}
