//! Carrying out the plans of a group: in the stores that its assets are in, into another one, or to a stream.

use super::open::{Held, of_file};
use super::{Face, Job, Planned, Stage, Target, WriteError, Writing};
use crate::input::{Document, Input, Name};
use crate::{Error, Result};
use prkit_apply::{Error as OfFile, FileSource};
use prkit_plan::{
    Access, AnyStore, Asset as _, AssetId, Commit, Edit, Make, Mark, Method, Receipt, Source, Store as _,
    StoreError, Version, Wrong,
};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

/// What was done for an input.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Stored {
    /// Something was written.
    pub(super) written: bool,
    /// The other asset it was written to.
    pub(super) output: Option<String>,
    /// Why it was done in another way than was planned.
    pub(super) instead: Option<String>,
    /// What was done.
    pub(super) method: Option<Method>,
    /// What was written, where its store tells.
    pub(super) version: Option<Version>,
    /// Another attempt of the run was faster, and edited it; its length.
    pub(super) already: Option<u64>,
}

impl From<Receipt> for Stored {
    fn from(receipt: Receipt) -> Self {
        let Receipt { version, method, instead, .. } = receipt;
        Self { written: true, instead, method: Some(method), version, ..Self::default() }
    }
}

type Results = Vec<Result<Stored>>;

/// Files that are at work.
pub(super) struct Begun<'f> {
    face: &'f dyn Face,
    files: Vec<PathBuf>,
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        self.face.ends(&self.files);
    }
}

impl Writing<'_> {
    /// How plans are committed. What the assets are then, the log looks up where there is one.
    pub(super) fn commit(&self) -> Commit<'_> {
        Commit {
            durability: self.options.durability,
            tells_versions: false,
            watch: self.watch,
            mark: self.mark(),
        }
    }

    /// Says that results are on their way to files, until what it gives is dropped.
    pub(super) fn begin<'j>(&self, files: Vec<PathBuf>, jobs: impl Iterator<Item = &'j Job>) -> Begun<'_> {
        for job in jobs {
            self.watch.expects(job.bytes(self.target.is_elsewhere()));
        }
        self.face.begins(&files);
        Begun { face: self.face, files }
    }

    /// Carries out what was planned for a group, but for inputs whose results are errors already.
    pub(super) fn store(&self, stages: &[(&Input, Stage)], mut results: Results) -> Results {
        let planned = stages.iter().zip(&mut results).filter_map(|((input, stage), result)| match stage {
            Stage::Planned(planned) if result.is_ok() => Some((*input, &**planned, result)),
            _ => None,
        });
        match &self.target {
            Target::DryRun => {}
            Target::InPlace => {
                let mut stores: Vec<(&AnyStore, Vec<_>)> = Vec::new();
                for (_, planned, result) in planned.filter(|(_, planned, _)| !planned.job.is_empty()) {
                    let Some(held) = &planned.held else {
                        *result = Err(WriteError::NoPlace.into());
                        continue;
                    };
                    match stores.iter_mut().find(|(known, _)| known.is_same(&held.store)) {
                        Some((_, edits)) => edits.push((held, planned, result)),
                        None => stores.push((&held.store, vec![(held, planned, result)])),
                    }
                }
                for (store, edits) in stores {
                    self.store_in_place(store, edits);
                }
            }
            Target::Stream(stream) => {
                for (_, Planned { document, job, .. }, result) in planned {
                    let mut stream = stream.lock().unwrap_or_else(PoisonError::into_inner);
                    let _begun = self.begin(Vec::new(), core::iter::once(job));
                    let (plan, source) = (&job.edited.plan, document.outer_source());
                    let done = prkit_apply::stream(plan, source, &mut *stream, self.watch);
                    *result = done.or_else(closed_pipe).map(|()| Stored::default());
                }
            }
            _ => {
                let mut into = Vec::new();
                let mut parts = Vec::new();
                for (input, Planned { document, job, .. }, result) in planned {
                    parts.push((input, document, job));
                    into.push(result);
                }
                for (into, result) in into.into_iter().zip(self.store_elsewhere(&parts)) {
                    *into = result;
                }
            }
        }
        results
    }

    /// Carries out plans in one store, for assets that were opened there.
    fn store_in_place(&self, store: &AnyStore, edits: Vec<(&Held, &Planned, &mut Result<Stored>)>) {
        let checks = edits.iter().map(|(_, Planned { document, job, .. }, _)| {
            move |new: &dyn Source| self.check(job, document, new)
        });
        let mut checks: Vec<_> = checks.collect();
        let files = edits.iter().filter_map(|(_, Planned { document, .. }, _)| document.path.clone());
        let _begun = self.begin(files.collect(), edits.iter().map(|(_, planned, _)| &planned.job));
        let all = edits.iter().zip(&mut checks).map(|((held, Planned { job, .. }, _), check)| {
            Edit::new(&held.asset, &job.edited.plan, check).in_turn(job.in_turn)
        });
        let receipts = store.commit(&mut all.collect::<Vec<_>>(), &self.commit());
        for ((held, _, result), receipt) in edits.into_iter().zip(receipts) {
            *result = match receipt {
                Err(StoreError::Changed) => self.edited_by_another_attempt(held),
                receipt => receipt.map(Stored::from).map_err(|error| held.said(error)),
            };
        }
    }

    /// What became of an asset that changed since it was opened: it may have been this run that changed it.
    fn edited_by_another_attempt(&self, held: &Held) -> Result<Stored> {
        if let Some(Mark::Add(run)) = self.mark()
            && let Ok(now) = held.store.open(held.asset.id(), Access::Read)
            && now.is_marked(run)
        {
            let (already, version) = (Some(now.len()), Some(now.version().clone()));
            return Ok(Stored { already, version, ..Stored::default() });
        }
        Err(held.said(StoreError::Changed))
    }

    /// Looks at a result, as long as nobody stops it.
    pub(super) fn check(&self, job: &Job, document: &Document, new: &dyn Source) -> Result<(), Wrong> {
        job.check(document, new, self.watch)
    }

    /// Writes results into another place, changed or not.
    pub(super) fn store_elsewhere(&self, parts: &[(&Input, &Document, &Job)]) -> Results {
        let Some(outputs) = &self.outputs else {
            return parts.iter().map(|_| Err(WriteError::NoTarget.into())).collect();
        };
        let named: Vec<_> = parts.iter().map(|(input, ..)| self.target_of(input)).collect();
        let checks =
            parts.iter().map(|(_, document, job)| move |new: &dyn Source| self.check(job, document, new));
        let mut checks: Vec<_> = checks.collect();
        let files = named.iter().filter_map(|to| Some(to.as_ref().ok()?.1.clone()));
        let _begun = self.begin(files.collect(), parts.iter().map(|(.., job)| *job));
        let makes =
            parts.iter().zip(&named).zip(&mut checks).filter_map(|(((_, document, job), to), check)| {
                let (id, path) = to.as_ref().ok()?;
                let (source, plan) = (document.outer_source(), &job.edited.plan);
                Some(Make { id, replace: self.face.replaces(path), source, plan, check })
            });
        let mut made = outputs.store.make_all(makes.collect(), &self.commit()).into_iter();
        let ends = parts.iter().zip(named).map(|((.., job), to)| {
            let (id, path) = to?;
            let receipt = made.next().unwrap_or(Err(StoreError::Missing));
            let receipt = receipt.map_err(|error| self.not_made(&path, error))?;
            let method = Some(receipt.method).filter(|_| !job.is_empty());
            let address = outputs.files.is_none().then(|| outputs.store.url(&id)).flatten();
            let output = address.unwrap_or_else(|| path.to_string_lossy().into_owned());
            Ok(Stored { method, output: Some(output), ..receipt.into() })
        });
        ends.collect()
    }

    /// The name of an output, and its path as it is shown. Refuses to write over the input.
    fn target_of(&self, input: &Input) -> Result<(AssetId, PathBuf)> {
        let path = self.target.path_for(input).ok_or(WriteError::NoTarget)?;
        let id = self.target.id_of(&path);
        match (&self.outputs, &input.name) {
            (Some(super::Outputs { files: Some(files), .. }), Name::Path(source)) => {
                let identity = FileSource::look(source)?;
                let is_input = files.is_same_file(&id, &identity);
                if is_input.map_err(|error| self.not_made(&path, error))? {
                    return Err(WriteError::TargetIsInput.into());
                }
            }
            (Some(outputs), Name::Asset { store, id: source })
                if outputs.store.is_same(store) && *source == id =>
            {
                return Err(WriteError::TargetIsInput.into());
            }
            _ => {}
        }
        Ok((id, path))
    }

    /// Why an output is not there. The message starts with the name of the input.
    fn not_made(&self, path: &Path, error: StoreError) -> Error {
        let store = self.outputs.as_ref().filter(|outputs| outputs.files.is_none());
        if let (Some(outputs), StoreError::Exists(id)) = (store, &error) {
            let path = outputs.store.url(id).map_or_else(|| path.to_owned(), PathBuf::from);
            return WriteError::Exists { source: OfFile::Exists { path } }.into();
        }
        if store.is_some() || self.outputs.is_none() {
            return error.into();
        }
        if let StoreError::Exists(_) = error {
            let source = OfFile::Exists { path: path.to_owned() };
            return WriteError::Exists { source }.into();
        }
        match of_file(error) {
            Error::File(source @ (OfFile::System { .. } | OfFile::Link)) => {
                WriteError::Output { path: path.to_owned(), source }.into()
            }
            error => error,
        }
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
}

/// A reader that has enough is no error.
fn closed_pipe(error: OfFile) -> Result<()> {
    match error {
        OfFile::System { source, .. } if source.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        error => Err(error.into()),
    }
}
