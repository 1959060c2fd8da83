//! Opening what is edited: locked first, and with no interrupted edit left over.

use super::{Opened, Target, Writing};
use crate::input::{Content, Document, Input, Name, kind_of};
use crate::{Error, Result};
use prkit_apply::{Error as OfFile, FileAsset, Files, Folder, remove_unfinished};
use prkit_plan::{Access, AnyAsset, AnyStore, Source as _, Store as _, StoreError};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// What there is of an input.
pub(super) enum Opening<T> {
    Ours(T),
    /// It is of no kind that is read.
    Foreign,
    /// It tells itself that this run edited it, or a log does, of as many bytes.
    Done(u64),
    /// This process is at work on it, under this name or another: its turn comes when that is done.
    Later,
}

/// An asset, and the store that it was opened in.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) asset: AnyAsset,
    pub(super) store: AnyStore,
}

impl Held {
    /// What its store says, in the words of files where it is one.
    pub(super) fn said(&self, error: StoreError) -> Error {
        if self.asset.of_kind::<FileAsset>().is_some() { of_file(error) } else { error.into() }
    }
}

/// What a store of files says.
pub(super) fn of_file(error: StoreError) -> Error {
    OfFile::try_from(error).map_or_else(Into::into, Into::into)
}

/// Between two tries.
pub(super) const PAUSE: Duration = Duration::from_millis(25);

impl Writing<'_> {
    /// Opens the inputs of a group, those that are edited in place under locks.
    pub(super) fn open(&self, inputs: &[&Input]) -> Vec<Result<Opening<Opened>>> {
        self.opened(inputs, true)
    }

    /// The same, also where a run has edited them already.
    pub(super) fn open_anyway(&self, inputs: &[&Input]) -> Vec<Result<Opening<Opened>>> {
        self.opened(inputs, false)
    }

    fn opened(&self, inputs: &[&Input], passes_over: bool) -> Vec<Result<Opening<Opened>>> {
        let in_place = matches!(self.target, Target::InPlace);
        let mut files = if in_place { self.open_files(inputs) } else { Vec::new() }.into_iter();
        let open = |input: &&Input| {
            let held = match &input.name {
                Name::Asset { store, id } => {
                    let access = if in_place { Access::Edit } else { Access::Read };
                    let asset = match store.open(id, access) {
                        Err(StoreError::AtWork) if in_place => return Ok(Opening::Later),
                        opened => opened?,
                    };
                    if passes_over && in_place && self.is_marked(input, &asset) {
                        return Ok(Opening::Done(asset.len()));
                    }
                    Held { asset, store: store.clone() }
                }
                _ if in_place => match files.next().unwrap_or(Ok(Opening::Foreign))? {
                    Opening::Ours(asset) => Held { asset: AnyAsset::new(asset), store: self.files.clone() },
                    Opening::Foreign => return Ok(Opening::Foreign),
                    Opening::Later => return Ok(Opening::Later),
                    Opening::Done(len) => return Ok(Opening::Done(len)),
                },
                _ if self.operation.wants_bytes() => {
                    return Ok(Opening::Ours((Document::of_bytes(Content::open(input)?), None)));
                }
                _ => {
                    let scope = self.operation.scope(self.selector);
                    let document = Document::open_if_ours(input, scope, &self.kinds)?;
                    return Ok(document.map_or(Opening::Foreign, |document| Opening::Ours((document, None))));
                }
            };
            let document = self.document(Content::of_asset(&held.asset), input)?;
            Ok(document.map_or(Opening::Foreign, |document| Opening::Ours((document, Some(held)))))
        };
        inputs.iter().map(open).collect()
    }

    /// What an open input is; `None` for one of a folder that is none of ours.
    pub(super) fn document(&self, content: Content, input: &Input) -> Result<Option<Document>> {
        if self.operation.wants_bytes() {
            return Ok(Some(Document::of_bytes(content)));
        }
        Document::of_content(content, input, self.operation.scope(self.selector), &self.kinds)
    }

    /// Opens those inputs that are no assets of other stores. What was found in a folder that was walked is opened below
    /// that, over no link; of those, all are opened together that are below the same one.
    fn open_files(&self, inputs: &[&Input]) -> Vec<Result<Opening<FileAsset>>> {
        let local: Vec<&Input> =
            inputs.iter().copied().filter(|input| !matches!(input.name, Name::Asset { .. })).collect();
        let mut opened: Vec<_> = local.iter().map(|_| None).collect();
        while let Some(first) = opened.iter().position(Option::is_none) {
            let root = local.get(first).and_then(|input| Some(input.held()?.0));
            let (mut numbers, mut paths) = (Vec::new(), Vec::new());
            for (number, input) in local.iter().enumerate() {
                let held = input.held();
                if opened.get(number).is_some_and(Option::is_none)
                    && is_same(held.map(|(root, _)| root), root)
                {
                    numbers.push(number);
                    let named = if let Name::Path(path) = &input.name { Some(path.as_path()) } else { None };
                    paths.push(held.map(|(_, within)| within).or(named).unwrap_or(Path::new("")));
                }
            }
            let files = root.map_or_else(Files::named, |root| Files::of(Arc::clone(root)));
            let files = files.changed_as(Arc::clone(&self.manner)).open_for_edit(&paths);
            for (number, file) in numbers.into_iter().zip(files) {
                if let (Some(into), Some(input)) = (opened.get_mut(number), local.get(number)) {
                    *into = Some(self.opening(input, file));
                }
            }
        }
        opened.into_iter().map(|opened| opened.unwrap_or(Ok(Opening::Foreign))).collect()
    }

    fn opening(&self, input: &Input, file: Result<FileAsset, OfFile>) -> Result<Opening<FileAsset>> {
        match file {
            Ok(file) => Ok(Opening::Ours(file)),
            Err(OfFile::AtWork) => Ok(Opening::Later),
            // What may not be written to, or is locked, may still be none of ours.
            Err(error @ (OfFile::Busy | OfFile::Link | OfFile::NotAFile | OfFile::System { .. }))
                if input.is_walked() =>
            {
                let Name::Path(path) = &input.name else { return Err(error.into()) };
                let kind = input.open(path).ok().and_then(|file| kind_of(&file).ok());
                let is_foreign = kind.is_some_and(|kind| !self.kinds.takes(kind));
                if is_foreign { Ok(Opening::Foreign) } else { Err(error.into()) }
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn is_same(one: Option<&Arc<Folder>>, other: Option<&Arc<Folder>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (one, other) => one.is_none() && other.is_none(),
    }
}

/// Brings what a kill left of a file to an end: an interrupted edit is finished, an unfinished copy goes.
pub(super) fn settle(path: &Path) -> Result<()> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    for opened in Files::named().open_for_edit(&[path]) {
        match opened {
            Ok(file) => {
                file.place().map(remove_unfinished);
            }
            Err(OfFile::AtWork) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
