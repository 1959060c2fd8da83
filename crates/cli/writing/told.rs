//! What became of inputs, as it is told.

use super::Running;
use crate::fleet::Done;
use crate::hints::{messages, words};
use crate::input::Input;
use crate::out::{Out, Outcome};
use crate::report::{self, Detail, WriteReport, print_write};
use prkit_batch::Error;
use prkit_batch::travel::PlanLine;
use prkit_batch::writing::{Blamed, Group, Presented, PresentedEnd, State, Target, Told, Totals, Turn};

impl Running<'_> {
    /// Tells what became of a group, and counts it.
    pub(super) fn tell_group(&self, mut group: Group<'_>, out: &mut Out) -> Done<(Totals, Vec<PlanLine>)> {
        let mut totals = Totals::default();
        let plan = group.turns.iter_mut().filter_map(|turn| turn.plan.take()).collect();
        let turns = group.turns.into_iter().filter_map(|turn| self.tell(turn, &mut totals, out));
        let mut outcomes: Vec<Outcome> = turns.collect();
        for error in &group.unrecorded {
            out.note(&words(error));
            outcomes.push(Outcome::Failed);
        }
        Done { outcomes, result: (totals, plan) }
    }

    /// `None` for a file of no kind that is read.
    fn tell(&self, turn: Turn<'_>, totals: &mut Totals, out: &mut Out) -> Option<Outcome> {
        let Turn { input, bytes, state, .. } = turn;
        out.bytes = out.bytes.saturating_add(bytes);
        match state {
            State::Foreign => {
                out.foreign = out.foreign.saturating_add(1);
                return None;
            }
            State::DoneBefore(report) => {
                totals.skip(1);
                if out.is_json() {
                    out.json(&*report);
                }
                return Some(Outcome::Done);
            }
            State::Unopened(error) | State::Unplanned(_, error) if error.is_cancelled() => {
                return Some(self.stopped(input, None, &error, out));
            }
            State::Unopened(error) => report::failure(input, &words(&error), out),
            State::Unplanned(report, error) => unplanned(input, &report, &error, out),
            State::Done(report, error) => {
                return Some(self.done(input, &report, error.as_ref(), totals, out));
            }
        }
        totals.fail();
        Some(Outcome::Failed)
    }

    /// One that was given up: another run does it. Of many, the end of the run is told, and how it is gone on with.
    fn stopped(&self, input: &Input, report: Option<&WriteReport>, error: &Error, out: &mut Out) -> Outcome {
        if let Some(report) = report.filter(|_| out.is_json()) {
            out.json(report);
        }
        if self.detail != Detail::Line {
            out.message(input, &words(error));
        }
        Outcome::Stopped
    }

    fn done(
        &self,
        input: &Input,
        report: &WriteReport,
        error: Option<&Error>,
        totals: &mut Totals,
        out: &mut Out,
    ) -> Outcome {
        let mut outcome = match error {
            Some(error) => {
                if error.is_cancelled() {
                    return self.stopped(input, Some(report), error, out);
                }
                tell(input, error, out);
                Outcome::Failed
            }
            None if !report.left.is_empty() => Outcome::Failed,
            None if report.matched == 0 && !report.changed => {
                out.nothing_selected(input, self.selector.require, report.nothing.as_deref())
            }
            None if report.missed > 0 && !report.changed && self.selector.require => Outcome::Failed,
            None => Outcome::Done,
        };
        totals.count(report);
        if self.args.exit_code && report.changed && outcome == Outcome::Done {
            outcome = Outcome::Pending;
        }
        let quiet = report.matched == 0 && !report.changed && report.left.is_empty();
        if out.is_json() || !(quiet || report.error.is_some()) {
            let beside = matches!(self.writing.target(), Target::Stream(_));
            print_write(report, input, beside, self.detail, out);
        }
        outcome
    }

    /// Tells what became of a presentation, or of an input that cannot be read.
    pub(super) fn tell_presentation(
        &self,
        told: Told<'_>,
        totals: &mut Totals,
        out: &mut Out,
    ) -> (Outcome, Vec<PlanLine>) {
        match told {
            Told::Looked | Told::Found(_) => (Outcome::Done, Vec::new()),
            Told::Unread(input, error) => {
                totals.fail();
                report::failure(input, &words(&error), out);
                (Outcome::Failed, Vec::new())
            }
            Told::Presented(mut presented) => {
                let plan = core::mem::take(&mut presented.plan);
                (self.presented(*presented, totals, out), plan)
            }
        }
    }

    fn presented(&self, presented: Presented, totals: &mut Totals, out: &mut Out) -> Outcome {
        let Presented { first, not_taken, end, .. } = presented;
        for other in not_taken {
            let files = if other.count == 1 { "1 file".to_owned() } else { format!("{} files", other.count) };
            let why = if other.is_remote { "on other machines" } else { "not there" };
            out.message(&first, &format!("{files} that it names, {why}, stayed as they are: {}", other.url));
        }
        let parts = match end {
            PresentedEnd::Done(parts) => parts,
            PresentedEnd::Failed { error, .. } if error.is_cancelled() => {
                return self.stopped(&first, None, &error, out);
            }
            PresentedEnd::Failed { blamed, error } => {
                totals.fail();
                let error = words(&error);
                let Some(blamed) = blamed else {
                    report::failure(&first, &error, out);
                    return Outcome::Failed;
                };
                let Blamed { input, report, is_first } = *blamed;
                if out.is_json() {
                    out.json(&report);
                }
                out.message(&input, &error);
                if !is_first {
                    let error =
                        format!("nothing of the presentation was changed: {}: {error}", input.display());
                    report::failure(&first, &error, out);
                }
                return Outcome::Failed;
            }
        };
        for (_, report) in &parts {
            if report.done_before == Some(true) { totals.skip(1) } else { totals.count(report) }
        }
        if parts.iter().all(|(_, report)| report.done_before == Some(true)) {
            if out.is_json() {
                for (_, report) in &parts {
                    out.json(report);
                }
            }
            return Outcome::Done;
        }
        let changed = parts.iter().any(|(_, report)| report.changed);
        let mut outcome = if parts.iter().any(|(_, report)| !report.left.is_empty()) {
            Outcome::Failed
        } else if parts.iter().all(|(_, report)| report.matched == 0) && !changed {
            out.nothing_selected(&first, self.selector.require, None)
        } else {
            Outcome::Done
        };
        if self.args.exit_code && changed && outcome == Outcome::Done {
            outcome = Outcome::Pending;
        }
        for (input, report) in &parts {
            if out.is_json() || report.matched > 0 || report.changed || !report.left.is_empty() {
                print_write(report, input, false, self.detail, out);
            }
        }
        outcome
    }
}

/// Everything that an error has to say of an input.
fn tell(input: &Input, error: &Error, out: &mut Out) {
    for message in messages(error) {
        out.message(input, &message);
    }
}

/// Nothing could be planned for an input.
fn unplanned(input: &Input, report: &WriteReport, error: &Error, out: &mut Out) {
    if out.is_json() {
        out.json(report);
    }
    tell(input, error, out);
    // One that was left alone is what the error is about.
    for left in report.left.iter().filter(|_| report.left.len() > 1) {
        out.message(input, &format!("left as it was: {left}"));
    }
}
