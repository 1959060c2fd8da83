//! What changes together, and is told one after the other: titles.

use super::{Running, words};
use crate::exit::{Status, Stop};
use crate::fleet::{Progress, Watcher};
use crate::input::{Input, Inputs};
use crate::out::{Out, Outcome, Printer};
use crate::terminal;
use prkit_batch::operation::Apply;
use prkit_batch::pool::Pool;
use prkit_batch::title::Roots;
use prkit_batch::travel::PlanReader;
use prkit_batch::writing::{Told, Totals};

/// What changes together.
pub(super) enum Together<'a> {
    Nothing,
    /// What manifests name.
    Titles(Roots),
    /// What a plan says.
    Plan(&'a Apply, PlanReader, Input),
}

/// Tells of a title; why it wants no more, if nothing more than that is to be said.
type Tell<'t> = &'t mut dyn FnMut(Told<'_>) -> Result<(), Option<Stop>>;

impl Running<'_> {
    /// Carries the operation out: for what changes together first, then for what is edited by itself.
    pub(super) fn all_together(
        &self,
        together: Together<'_>,
        inputs: Inputs,
        (many, watcher): (bool, &Watcher),
        total: &mut Totals,
    ) -> Result<Status, Stop> {
        match together {
            Together::Nothing => self.all(inputs, watcher, total),
            Together::Titles(titles) => {
                let is_one = inputs.is_one();
                self.together(is_one, watcher, total, |pool, tell| {
                    self.writing.presentations(inputs, &titles, pool, tell)
                })
            }
            Together::Plan(apply, mut reader, plan) => self.together(!many, watcher, total, |_, tell| {
                self.writing.travelled(apply.titles(&mut reader), &plan, tell)?;
                let alone = reader.again().map_err(|error| Some(Stop::Failed(error.to_string())))?;
                let inputs = apply.inputs(alone);
                Ok(Inputs::given(inputs.map(move |next| next.map_err(|error| (plan.clone(), error)))))
            }),
        }
    }

    /// Tells of titles that change each as one; inputs that belong to none, which are given back, are edited by themselves.
    fn together(
        &self,
        is_one: bool,
        watcher: &Watcher,
        total: &mut Totals,
        titles: impl FnOnce(&Pool, Tell<'_>) -> Result<Inputs, Option<Stop>>,
    ) -> Result<Status, Stop> {
        let mut printer = Printer::new(self.writing.target().writes_files());
        let mut status = Status::Done;
        let mut progress = Progress::of(self.args.fleet.progress, is_one, &watcher.moves);
        let (fleet, mut has_failed) = (self.fleet(), false);
        let others = titles(fleet.pool(), &mut |told| {
            if let Told::Found(titles) = told {
                progress.has(u64::try_from(titles).unwrap_or(u64::MAX));
            }
            let is_counted = !matches!(told, Told::Looked | Told::Found(_));
            let mut out = Out::new(self.args.json);
            let (outcome, plan) = self.tell_presentation(told, total, &mut out);
            let written = plan.iter().try_for_each(|line| self.writing.write_plan(line));
            written.map_err(|error| Some(Stop::Failed(words(&error))))?;
            status = status.max(outcome.into());
            if is_counted {
                progress.count(&[outcome], 0);
            }
            progress.aside(|| printer.print(out)).map_err(Some)?;
            if outcome == Outcome::Failed && self.args.fleet.fail_fast && !has_failed {
                has_failed = true;
                terminal::note(format_args!("stopped at the first failure, as --fail-fast asks"));
                return Err(None);
            }
            match watcher.caught() {
                Some(signal) => Err(Some(Stop::Signal(signal))),
                None => Ok(()),
            }
        });
        progress.finish();
        match others {
            Ok(others) => Ok(status.max(self.all(others, watcher, total)?)),
            Err(None) => Ok(status),
            Err(Some(stop)) => Err(stop),
        }
    }
}
