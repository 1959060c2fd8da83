//! Inputs that change together, or not at all: what a run changed together is taken back together.

use super::group::{End, State, Waiting};
use super::open::{Opening, PAUSE};
use super::store::Stored;
use super::{Planned, Stage, Target, WriteError, Writing};
use crate::input::Input;
use crate::title::manifest_by_name;
use crate::{Error, Result};
use prkit_apply::Error as OfFile;
use prkit_plan::{AnyAsset, AnyStore, Edit, NotTogether, Source, Store as _, StoreError};
use std::sync::Arc;

/// How often it is waited for others of this run.
const TRIES: u32 = 400;

impl Writing<'_> {
    /// Carries out the operation for all of them or none.
    pub(super) fn title_at_once(&self, turns: Vec<Waiting<'_>>) -> Vec<(usize, End)> {
        let mut stages: Vec<(usize, &Input, u64, Stage)> = Vec::new();
        let inputs: Vec<&Input> = turns.iter().map(|(_, input)| *input).collect();
        for ((number, input), opened) in turns.into_iter().zip(self.open_all(&inputs)) {
            let (bytes, stage) = match opened {
                Ok(Opening::Ours(opened)) => (opened.0.content.len(), self.plan(input, opened)),
                Ok(Opening::Foreign | Opening::Done(_)) => {
                    (0, Stage::Failed(None, WriteError::NotRecognised.into()))
                }
                Ok(Opening::Later) => (0, Stage::Failed(None, OfFile::Busy.into())),
                Err(error) => (0, Stage::Failed(None, error)),
            };
            stages.push((number, input, bytes, stage));
        }
        let is_planned = stages.iter().all(|(.., stage)| matches!(stage, Stage::Planned(_)));
        let failed = if is_planned { self.store_tied(&stages).err() } else { None };
        self.ends(stages, failed)
    }

    /// Opens all; one that somebody else in this process is at work on is waited for, while nothing is held.
    pub(super) fn open_all(&self, inputs: &[&Input]) -> Vec<Result<Opening<super::Opened>>> {
        for _ in 0..TRIES {
            let opened = self.open_anyway(inputs);
            if !opened.iter().any(|opened| matches!(opened, Ok(Opening::Later))) {
                return opened;
            }
            drop(opened);
            std::thread::sleep(PAUSE);
        }
        self.open_anyway(inputs)
    }

    /// Carries out what was planned; says which input is to blame.
    fn store_tied(&self, stages: &[(usize, &Input, u64, Stage)]) -> Result<(), (usize, Error)> {
        if !matches!(self.target, Target::InPlace) {
            return Ok(());
        }
        let planned = stages.iter().filter_map(|(number, input, _, stage)| match stage {
            Stage::Planned(planned) if !planned.job.is_empty() => {
                Some((*number, *input, &**planned, planned.held.as_ref()?))
            }
            _ => None,
        });
        let mut planned: Vec<(usize, &Input, &Planned, _)> = planned.collect();
        // What is named becomes visible before what names it.
        planned
            .sort_by_key(|(_, input, ..)| input.path().is_some_and(|path| manifest_by_name(path).is_some()));
        let Some((.., root)) = planned.last() else { return Ok(()) };
        let checks = planned.iter().map(|(_, _, Planned { document, job, .. }, _)| {
            move |new: &dyn Source| self.check(job, document, new)
        });
        let mut checks: Vec<_> = checks.collect();
        let edits = planned.iter().zip(&mut checks).map(|((_, _, Planned { job, .. }, held), check)| {
            Edit::new(&held.asset, &job.edited.plan, check).in_turn(job.in_turn)
        });
        let mut edits: Vec<_> = edits.collect();
        let files = planned.iter().filter_map(|(_, _, Planned { document, .. }, _)| document.path.clone());
        let _begun = self.begin(files.collect(), planned.iter().map(|(_, _, planned, _)| &planned.job));
        let last = edits.len().saturating_sub(1);
        let committed = self.commit_together(&root.store, last, &mut edits);
        committed.map_err(|failed| {
            let blamed = failed.member.and_then(|member| planned.get(member)).or(planned.last());
            let number = blamed.map_or(0, |(number, ..)| *number);
            (number, root.said(failed.error))
        })
    }

    /// Commits edits together. Titles that share folders leave their pointers there one after the other, so it is waited for
    /// whoever is at that; nothing was changed then.
    pub(super) fn commit_together(
        &self,
        store: &AnyStore,
        root: usize,
        edits: &mut [Edit<'_, AnyAsset>],
    ) -> Result<(), NotTogether> {
        let mut tries = 0;
        loop {
            match store.commit_together(root, edits, &self.commit()) {
                Err(NotTogether { member: None, error: StoreError::Busy }) if tries < TRIES => {
                    tries = tries.saturating_add(1);
                    std::thread::sleep(PAUSE);
                }
                committed => return committed.map(drop),
            }
        }
    }

    /// What came of each: what is wrong with one is why the others stay.
    fn ends(
        &self,
        stages: Vec<(usize, &Input, u64, Stage)>,
        failed: Option<(usize, Error)>,
    ) -> Vec<(usize, End)> {
        let mut first: Option<(String, Arc<Error>)> = None;
        let mut blame = |input: &Input, error: Error| {
            let error = Arc::new(error);
            first.get_or_insert_with(|| (input.display(), Arc::clone(&error)));
            Error::Shared(error)
        };
        let (mut done, mut left) = (Vec::new(), Vec::new());
        let (blamed, mut failure) =
            failed.map_or((None, None), |(number, error)| (Some(number), Some(error)));
        for (number, input, bytes, stage) in stages {
            let state = match stage {
                Stage::Failed(None, error) => State::Unopened(blame(input, error)),
                Stage::Failed(Some(report), error) => State::Unplanned(report, blame(input, error)),
                Stage::Planned(planned) if blamed == Some(number) => {
                    let error = failure.take().map(|error| blame(input, error));
                    self.finish(input, *planned, error.map_or(Ok(Stored::default()), Err)).0
                }
                Stage::Planned(planned) => {
                    left.push((number, input, bytes, planned));
                    continue;
                }
            };
            done.push((number, End::of(state).with_bytes(bytes)));
        }
        for (number, input, bytes, planned) in left {
            let is_written = !planned.job.is_empty() && matches!(self.target, Target::InPlace);
            let stored = match &first {
                Some((_, error)) if error.is_cancelled() => Err(Error::Shared(Arc::clone(error))),
                Some((file, error)) => {
                    Err(WriteError::Tied { file: file.clone(), error: Arc::clone(error) }.into())
                }
                None => Ok(Stored { written: is_written, ..Stored::default() }),
            };
            let (state, _) = self.finish(input, *planned, stored);
            done.push((number, End::of(state).with_bytes(bytes)));
        }
        done
    }
}
