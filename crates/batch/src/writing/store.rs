//! Carrying out the plans of a group.
//!
//! ```text
//!   in place, same length   map, journal          ─┐
//!   in place, another one   new file, rename       ├─ one flush for the group
//!   -o FILE, -o FOLDER      new file, rename      ─┘
//!   -o -                    stream
//! ```

use super::{Job, Planned, Stage, Target, Way, WriteError, WriteHow, Writing, way};
use crate::Result;
use crate::input::{Content, Document, Input, Name};
use prkit_apply::{Edit, FileSource, Folder, Make, NewFile, Original, Place};
use prkit_plan::{Method, Source};
use std::ffi::{OsStr, OsString};
use std::sync::{Arc, PoisonError};

/// What was done for an input.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Stored {
    /// Something was written.
    pub(super) written: bool,
    /// The other file it was written to.
    pub(super) output: Option<String>,
    /// Why it was not stored in place, as planned, but made anew.
    pub(super) instead: Option<String>,
    /// What was done, where that was known only when it was done.
    pub(super) method: Option<Method>,
}

/// Bytes that a journal tells of at most, if it tells of more than one file.
const MAX_JOURNAL: u64 = 8 * 1024 * 1024;

type Results = Vec<Result<Stored>>;

impl Writing<'_> {
    /// Carries out what was planned for a group, but for inputs whose results are errors already.
    pub(super) fn store(&self, stages: &[(&Input, Stage)], mut results: Results) -> Results {
        let mut mapped: Vec<(&Arc<Folder>, Vec<Mapped<'_>>)> = Vec::new();
        let mut made = Vec::new();
        for ((input, stage), result) in stages.iter().zip(&mut results).filter(|(_, result)| result.is_ok()) {
            let Stage::Planned(planned) = stage else { continue };
            match self.part(input, planned, result) {
                Ok(Part::Nothing) => {}
                Ok(Part::Map(part)) => {
                    let folder = part.place.folder();
                    match mapped.iter_mut().find(|(known, _)| known.is_same(folder)) {
                        Some((_, files)) => files.push((part, result)),
                        None => mapped.push((folder, vec![(part, result)])),
                    }
                }
                Ok(Part::Make(part)) => made.push((part, result)),
                Err(error) => *result = Err(error),
            }
        }
        for (_, files) in mapped {
            made.extend(self.store_mapped(files));
        }
        self.store_made(made);
        results
    }

    /// What is to be done for an input; a stream is written at once.
    fn part<'p>(&self, input: &Input, planned: &'p Planned, result: &mut Result<Stored>) -> Result<Part<'p>> {
        let Planned { document, job, place, .. } = planned;
        let written = Ok(Stored { written: true, ..Stored::default() });
        match &self.target {
            Target::DryRun => Ok(Part::Nothing),
            Target::InPlace if job.is_empty() => Ok(Part::Nothing),
            Target::InPlace => {
                let (place, way) = place.as_ref().ok_or(WriteError::NoPlace)?;
                let backup = self.backup_of(place.name());
                *result = written;
                match (way, &document.content) {
                    (Way::Map { block }, Content::File(_)) => {
                        Ok(Part::Map(MapPart { document, job, place, block: *block, backup }))
                    }
                    _ => Ok(Part::Make(MakePart {
                        document,
                        job,
                        place: place.clone(),
                        replace: true,
                        backup,
                    })),
                }
            }
            Target::Stream(stream) => {
                let mut stream = stream.lock().unwrap_or_else(PoisonError::into_inner);
                prkit_apply::stream(&job.edited.plan, document.outer_source(), &mut *stream)
                    .or_else(closed_pipe)?;
                Ok(Part::Nothing)
            }
            Target::File(_) | Target::Folder(_) => {
                let (part, stored) = self.elsewhere(input, document, job)?;
                *result = Ok(stored);
                Ok(Part::Make(part))
            }
        }
    }

    /// Writes one result into another folder.
    pub(super) fn store_elsewhere(&self, input: &Input, document: &Document, job: &Job) -> Result<Stored> {
        let (part, stored) = self.elsewhere(input, document, job)?;
        let mut result = Ok(stored);
        self.store_made(vec![(part, &mut result)]);
        result
    }

    /// A file that is made under another name, whose folder is there now.
    fn elsewhere<'p>(
        &self,
        input: &Input,
        document: &'p Document,
        job: &'p Job,
    ) -> Result<(MakePart<'p>, Stored)> {
        let path = self.target.path_for(input).ok_or(WriteError::NoTarget)?;
        let place = self.target.make_way(input, &path)?;
        // Blocks are shared within a file system only.
        let device = place.folder().identity().map(|(device, _)| device);
        let file = file_of(document).filter(|file| file.identity().inode.map(|(device, _)| device) == device);
        let method = (!job.is_empty()).then(|| way::method(&job.edited.plan, file, None));
        let output = Some(path.to_string_lossy().into_owned());
        let stored = Stored { written: true, output, method, ..Stored::default() };
        let replace = self.face.replaces(&path);
        Ok((MakePart { document, job, place, replace, backup: None }, stored))
    }

    /// Whether a file that was found is the old one of another, kept by a run like this one.
    pub(super) fn is_backup(&self, input: &Input) -> bool {
        let (Some(suffix), Name::Path(path), true) = (&self.options.backup, &input.name, input.is_walked())
        else {
            return false;
        };
        let name = path.file_name().and_then(OsStr::to_str);
        let original = name.and_then(|name| name.strip_suffix(suffix)).filter(|name| !name.is_empty());
        original.is_some_and(|original| path.with_file_name(original).is_file())
    }

    /// The name in the same folder under which the old file is kept.
    pub(super) fn backup_of(&self, name: &OsStr) -> Option<OsString> {
        let suffix = self.options.backup.as_ref()?;
        let mut name = name.to_owned();
        name.push(suffix);
        Some(name)
    }

    /// Files of one folder that are stored through the map; those where the system cannot do that are to be made anew.
    fn store_mapped<'p>(&self, files: Vec<Mapped<'p>>) -> Vec<Made<'p>> {
        let mut left = Vec::new();
        let mut group: Vec<Mapped<'_>> = Vec::new();
        let mut bytes = 0_u64;
        for (part, result) in files {
            if let Some(backup) = &part.backup
                && let Content::File(source) = &part.document.content
                && let Err(error) =
                    part.place.beside(backup).and_then(|backup| prkit_apply::keep_copy(source, &backup))
            {
                *result = Err(WriteError::Backup(error).into());
                continue;
            }
            let len = part.job.edited.plan.bytes_put();
            if bytes.saturating_add(len) > MAX_JOURNAL && !group.is_empty() {
                left.extend(self.store_group(core::mem::take(&mut group)));
                bytes = 0;
            }
            bytes = bytes.saturating_add(len);
            group.push((part, result));
        }
        left.extend(self.store_group(group));
        left
    }

    fn store_group<'p>(&self, group: Vec<Mapped<'p>>) -> Vec<Made<'p>> {
        let mut checks: Vec<_> = group
            .iter()
            .map(|(part, _)| {
                let (job, document) = (part.job, part.document);
                move |new: &dyn Source| job.check(document, new)
            })
            .collect();
        let files = group.iter().zip(&mut checks).filter_map(|((part, _), check)| {
            let Content::File(source) = &part.document.content else { return None };
            Some(Edit {
                place: part.place,
                source,
                plan: &part.job.edited.plan,
                block: part.block,
                preserve: self.options.preserve,
                check,
            })
        });
        let mut edits: Vec<Edit<'_>> = files.collect();
        let stored = prkit_apply::in_place(&mut edits, self.options.flush);
        drop(edits);
        let mut left = Vec::new();
        for ((part, result), stored) in group.into_iter().zip(stored) {
            match stored {
                Ok(()) => {}
                Err(error) if error.is_unsupported() && self.may_make(&part) => {
                    let instead = Some(format!("{error}, so the file is written anew"));
                    let method = Some(way::method(&part.job.edited.plan, file_of(part.document), None));
                    *result = Ok(Stored { written: true, instead, method, ..Stored::default() });
                    let MapPart { document, job, place, .. } = part;
                    left.push((
                        MakePart { document, job, place: place.clone(), replace: true, backup: None },
                        result,
                    ));
                }
                Err(error) => *result = Err(error.into()),
            }
        }
        left
    }

    /// Whether a new file will do: nobody asked for the map, no other name is to see the change, and the file is still the
    /// one that was planned for.
    fn may_make(&self, part: &MapPart<'_>) -> bool {
        let Content::File(file) = &part.document.content else { return false };
        let is_one = file.identity().links == 1 && file.check_unchanged_at(part.place).is_ok();
        self.options.how == WriteHow::Auto && is_one
    }

    /// Files that are made anew.
    fn store_made(&self, files: Vec<Made<'_>>) {
        let mut checks: Vec<_> = files
            .iter()
            .map(|(part, _)| {
                let (job, document) = (part.job, part.document);
                move |new: &dyn Source| job.check(document, new)
            })
            .collect();
        let makes = files.iter().zip(&mut checks).map(|((part, _), check)| Make {
            plan: &part.job.edited.plan,
            original: match &part.document.content {
                Content::File(file) if part.document.pasted.is_none() => Original::File(file),
                _ => Original::Bytes(part.document.outer_source()),
            },
            target: &part.place,
            how: NewFile {
                replace: part.replace,
                preserve: self.options.preserve,
                backup: part.backup.as_deref(),
            },
            check,
            watch: &prkit_plan::Unwatched,
        });
        let mut makes: Vec<Make<'_>> = makes.collect();
        let made = prkit_apply::new_files(&mut makes, self.options.flush);
        drop(makes);
        let is_elsewhere = matches!(self.target, Target::File(_) | Target::Folder(_));
        for ((part, result), made) in files.into_iter().zip(made) {
            match made {
                Ok(()) => {}
                // The message starts with the name of the input.
                Err(source @ prkit_apply::Error::System { .. }) if is_elsewhere => {
                    *result = Err(WriteError::Output { path: part.place.path(), source }.into());
                }
                Err(source @ prkit_apply::Error::Exists { .. }) if is_elsewhere => {
                    *result = Err(WriteError::Exists { source }.into());
                }
                Err(error) => *result = Err(error.into()),
            }
        }
    }
}

/// The file that a document is in as it is.
fn file_of(document: &Document) -> Option<&FileSource> {
    match &document.content {
        Content::File(file) if document.pasted.is_none() => Some(file),
        _ => None,
    }
}

type Mapped<'p> = (MapPart<'p>, &'p mut Result<Stored>);
type Made<'p> = (MakePart<'p>, &'p mut Result<Stored>);

/// What is done for an input of a group.
enum Part<'p> {
    Nothing,
    Map(MapPart<'p>),
    Make(MakePart<'p>),
}

struct MapPart<'p> {
    document: &'p Document,
    job: &'p Job,
    place: &'p Place,
    block: Option<u64>,
    backup: Option<OsString>,
}

struct MakePart<'p> {
    document: &'p Document,
    job: &'p Job,
    place: Place,
    replace: bool,
    backup: Option<OsString>,
}

/// A reader that has enough is no error.
fn closed_pipe(error: prkit_apply::Error) -> Result<()> {
    match error {
        prkit_apply::Error::System { source, .. } if source.kind() == std::io::ErrorKind::BrokenPipe => {
            Ok(())
        }
        error => Err(error.into()),
    }
}
