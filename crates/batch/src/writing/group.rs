//! Inputs of one folder, whose edits wait for the disk together.

use super::open::{self, Opening};
use super::{Planned, Stage, WriteError, Writing, store};
use crate::input::{Input, Name};
use crate::report::{PlanReport, WriteReport};
use crate::travel::{self, PlanLine};
use crate::{Error, Result};
use std::collections::VecDeque;
use std::iter::zip;

/// What became of some inputs.
#[derive(Debug, Default)]
pub struct Group<'i> {
    /// Of each of them, in their order; none of those behind the first that failed, where a group ends there.
    pub turns: Vec<Turn<'i>>,
    /// Why something was not written down.
    pub unrecorded: Vec<Error>,
}

/// What became of an input.
#[derive(Debug)]
pub struct Turn<'i> {
    /// The input.
    pub input: &'i Input,
    /// Its bytes, where it was opened.
    pub bytes: u64,
    /// What became of it.
    pub state: State,
    /// Its line of the plan, to be [written down](Writing::write_plan).
    pub plan: Option<PlanLine>,
}

/// What became of an input.
#[derive(Debug)]
pub enum State {
    /// It is of no kind that is read, or the old version of another file.
    Foreign,
    /// A log says that it was done before.
    DoneBefore(Box<WriteReport>),
    /// It cannot be opened.
    Unopened(Error),
    /// Nothing can be planned for it.
    Unplanned(Box<WriteReport>, Error),
    /// It was planned, and done where that was asked for, unless there is an error.
    Done(Box<WriteReport>, Option<Error>),
}

/// What there is of an input in the end.
pub(super) struct End {
    bytes: u64,
    state: State,
    plan: Option<PlanLine>,
}

impl End {
    pub(super) fn with_bytes(self, bytes: u64) -> Self {
        Self { bytes, ..self }
    }

    pub(super) const fn of(state: State) -> Self {
        Self { bytes: 0, state, plan: None }
    }
}

/// An input whose turn it is, by its number in the group.
pub(super) type Waiting<'i> = (usize, &'i Input);

impl Writing<'_> {
    /// Carries out the operation for a group, and then for those of its files that were at work under another name.
    pub fn group<'i>(&self, inputs: &'i [Input]) -> Group<'i> {
        // In the order of the inputs, whatever becomes known of them when.
        let mut states: Vec<Option<End>> = inputs.iter().map(|_| None).collect();
        let (kept, turns): (Vec<_>, Vec<_>) = inputs
            .iter()
            .enumerate()
            .partition(|(_, input)| self.is_backup(input) || self.record.holds(input));
        let is_title = inputs.first().is_some_and(|input| input.title.is_some());
        let foreign = kept.into_iter().map(|(number, _)| (number, End::of(State::Foreign)));
        let (mut later, mut unrecorded) = (VecDeque::new(), Vec::new());
        let mut done: Vec<_> = foreign.collect();
        if is_title {
            done.extend(self.title_at_once(turns));
        } else {
            done.extend(self.at_once(turns, &mut later, &mut unrecorded));
        }
        while let Some(turn) = later.pop_front() {
            let waiting = later.len();
            done.extend(self.at_once(vec![turn], &mut later, &mut unrecorded));
            if later.len() > waiting {
                // Nothing is held here, so whoever is at work on it comes to an end.
                std::thread::sleep(open::PAUSE);
            }
        }
        for (number, end) in done {
            if let Some(known) = states.get_mut(number) {
                *known = Some(end);
            }
        }
        let turn = |(input, end): (_, Option<End>)| {
            end.map(|End { bytes, state, plan }| Turn { input, bytes, state, plan })
        };
        let turns = zip(inputs, states).filter_map(turn);
        Group { turns: turns.collect(), unrecorded }
    }

    /// Carries it out for as many as can be worked at together.
    fn at_once<'i>(
        &self,
        turns: Vec<Waiting<'i>>,
        later: &mut VecDeque<Waiting<'i>>,
        unrecorded: &mut Vec<Error>,
    ) -> Vec<(usize, End)> {
        let (done, left): (Vec<_>, Vec<_>) = turns.into_iter().partition(|(_, input)| self.is_done(input));
        let mut states: Vec<_> = done
            .into_iter()
            .map(|(number, input)| (number, End::of(State::DoneBefore(Box::new(self.done_before(input))))))
            .collect();
        let inputs: Vec<&Input> = left.iter().map(|(_, input)| *input).collect();
        let opened = self.open(&inputs);
        let (mut stages, mut numbers) = (Vec::new(), Vec::new());
        for ((number, input), opened) in zip(left, opened) {
            let (bytes, stage) = match opened {
                Ok(Opening::Ours(opened)) => (opened.0.content.len(), self.plan(input, opened)),
                Ok(Opening::Later) => {
                    later.push_back((number, input));
                    continue;
                }
                Ok(Opening::Done(size)) => {
                    let report = self.report_done(input, size);
                    states
                        .push((number, End { bytes: size, ..End::of(State::DoneBefore(Box::new(report))) }));
                    continue;
                }
                Ok(Opening::Foreign) => {
                    states.push((number, End::of(State::Foreign)));
                    continue;
                }
                Err(error) => (0, Stage::Failed(None, error)),
            };
            let failed = matches!(stage, Stage::Failed(..));
            stages.push((input, stage));
            numbers.push((number, bytes));
            if failed && self.options.fail_fast {
                break;
            }
        }
        let (results, not_recorded) = self.recorded(&stages);
        unrecorded.extend(not_recorded.err());
        let ends = zip(zip(stages, results), numbers);
        states.extend(ends.map(|(((input, stage), stored), (number, bytes))| {
            let (state, plan) = match stage {
                Stage::Planned(planned) => self.finish(input, *planned, stored),
                Stage::Failed(None, error) => (State::Unopened(error), None),
                Stage::Failed(Some(report), error) => (State::Unplanned(report, error), None),
            };
            (number, End { bytes, state, plan })
        }));
        states
    }

    /// What is said of an input that a log says was done, and that is still the same.
    pub(super) fn done_before(&self, input: &Input) -> WriteReport {
        let size = match &input.name {
            Name::Path(path) => path.metadata().map_or(0, |metadata| metadata.len()),
            Name::Asset { .. } | Name::Stdin | Name::Data(_) | Name::Address(_) => 0,
        };
        self.report_done(input, size)
    }

    fn report_done(&self, input: &Input, size: u64) -> WriteReport {
        let mut report = WriteReport::new(input, size, self.options.dry_run);
        report.done_before = Some(true);
        report
    }

    /// What came of an input.
    pub(super) fn finish(
        &self,
        input: &Input,
        planned: Planned,
        stored: Result<store::Stored>,
    ) -> (State, Option<PlanLine>) {
        let (plan, unplanned) = match self.line_of(input, &planned) {
            Ok(plan) => (plan, None),
            Err(error) => (None, Some(error)),
        };
        if let Ok(store::Stored { already: Some(size), .. }) = stored {
            return (State::DoneBefore(Box::new(self.report_done(input, size))), plan);
        }
        let Planned { document, job, mut report, .. } = planned;
        if self.options.reports_plan {
            report.plan = PlanReport::new(&job.edited.plan, document.outer_source()).ok();
        }
        let error = match unplanned.map_or(stored, Err) {
            Ok(stored) => {
                if stored.written {
                    report.verified = job.verified();
                }
                report.output = stored.output;
                report.method = stored.method.map(prkit_plan::Method::name).or(report.method);
                if let Some(instead) = &stored.instead {
                    report.made_anew(instead);
                }
                None
            }
            Err(error) => {
                report.fail(&self.face.words(&error));
                Some(error)
            }
        };
        (State::Done(Box::new(report), error), plan)
    }

    /// What is planned for an input, to be written down.
    fn line_of(&self, input: &Input, planned: &Planned) -> Result<Option<PlanLine>> {
        let Some(plan_to) = &self.plan_to else { return Ok(None) };
        let Name::Path(path) = &input.name else { return Err(WriteError::NoName.into()) };
        let Planned { document, job, report, .. } = planned;
        let (strategy, why) = &job.planned;
        let edit = travel::Planned { plan: &job.edited.plan, strategy: *strategy, why, title: None };
        let line = plan_to.line_of(path, document, edit, report.to_take_over());
        line.map_err(|error| WriteError::PlanTo(Box::new(error)).into())
    }

    /// Writes a line of the plan down. Groups are worked at in any order; whoever takes them knows which one is wanted.
    ///
    /// # Errors
    ///
    /// [`WriteError::PlanTo`].
    pub fn write_plan(&self, line: &PlanLine) -> Result<()> {
        let written = self.plan_to.as_ref().map_or(Ok(()), |plan_to| plan_to.write(line));
        written.map_err(|error| WriteError::PlanTo(Box::new(error.into())).into())
    }
}
