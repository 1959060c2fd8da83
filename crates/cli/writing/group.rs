//! What is done with the inputs of a group: opened, planned, stored together, reported in their order.

use super::open::{Held, Opening};
use super::{Opened, Planned, Stage, Tally, Target, Turn, Writing, open, store};
use crate::fleet::Done;
use crate::hints::told;
use crate::input::{Content, Document, Input, Name};
use crate::out::{Out, Outcome};
use crate::report::{self, PlanReport, WriteReport};
use std::collections::VecDeque;

impl Writing<'_> {
    /// Carries out the command for a group, and then for those of its files that were at work under another name.
    pub(super) fn group(&self, inputs: &[Input], out: &mut Out) -> Done<Tally> {
        // In the order of the inputs, whatever becomes known of them when.
        let mut reports: Vec<Out> = inputs.iter().map(|_| Out::new(out.is_json())).collect();
        let mut log = Out::new(out.is_json());
        let mut later = VecDeque::new();
        let (kept, turns): (Vec<_>, Vec<_>) =
            inputs.iter().zip(&mut reports).partition(|(input, _)| self.is_backup(input));
        for (_, out) in kept {
            out.foreign = out.foreign.saturating_add(1);
        }
        let mut done = self.at_once(turns, &mut later, &mut log);
        while let Some(turn) = later.pop_front() {
            let waiting = later.len();
            let more = self.at_once(vec![turn], &mut later, &mut log);
            if later.len() > waiting {
                // Nothing is held here, so whoever is at work on it comes to an end.
                std::thread::sleep(open::PAUSE);
            }
            done.outcomes.extend(more.outcomes);
            done.result.merge(more.result);
        }
        for report in reports.into_iter().chain([log]) {
            out.append(report);
        }
        done
    }

    /// Carries it out for as many as can be worked at together; what is said of the log goes into `log`.
    fn at_once<'i>(
        &self,
        turns: Vec<Turn<'i>>,
        later: &mut VecDeque<Turn<'i>>,
        log: &mut Out,
    ) -> Done<Tally> {
        let mut held = Held::default();
        let mut tally = Tally::default();
        let (done, left): (Vec<_>, Vec<_>) = turns.into_iter().partition(|(input, _)| self.is_done(input));
        let skipped = done.len();
        tally.skip(skipped);
        for (input, out) in done.into_iter().filter(|(_, out)| out.is_json()) {
            out.json(&self.done_before(input));
        }
        let inputs: Vec<&Input> = left.iter().map(|(input, _)| *input).collect();
        let opened = self.open(&inputs, &mut held);
        let (mut stages, mut outs) = (Vec::new(), Vec::new());
        for ((input, out), opened) in left.into_iter().zip(opened) {
            let stage = match opened {
                Ok(Opening::Ours(opened)) => self.plan(input, opened, out),
                Ok(Opening::Later) => {
                    later.push_back((input, out));
                    continue;
                }
                Ok(Opening::Foreign) => {
                    out.foreign = out.foreign.saturating_add(1);
                    continue;
                }
                Err(error) => {
                    report::failure(input, &error, out);
                    Stage::Failed(error)
                }
            };
            let failed = matches!(stage, Stage::Failed(_));
            stages.push((input, stage));
            outs.push(out);
            if failed && self.args.fleet.fail_fast {
                break;
            }
        }
        let (results, unrecorded) = self.recorded(&stages);
        let ends = stages.into_iter().zip(results).zip(outs);
        let ends = ends.map(|(((input, stage), stored), out)| match stage {
            Stage::Planned(planned) => self.finish(input, *planned, stored, out, &mut tally),
            Stage::Failed(_) => {
                tally.fail();
                Outcome::Failed
            }
        });
        let mut outcomes: Vec<Outcome> = ends.collect();
        outcomes.extend(std::iter::repeat_n(Outcome::Done, skipped));
        if let Err(error) = unrecorded {
            log.note(&error);
            outcomes.push(Outcome::Failed);
        }
        Done { outcomes, result: tally }
    }

    /// What is said of an input that a log says was done, and that is still the same.
    fn done_before(&self, input: &Input) -> WriteReport {
        let size = match &input.name {
            Name::Path(path) => path.metadata().map_or(0, |metadata| metadata.len()),
            Name::Stdin | Name::Data(_) => 0,
        };
        let mut report = WriteReport::new(input, size, self.args.to.dry_run);
        report.done_before = Some(true);
        report
    }

    /// Opens the inputs of a group, those that are edited in place under locks.
    pub(super) fn open(&self, inputs: &[&Input], held: &mut Held) -> Vec<Result<Opening<Opened>, String>> {
        let scope = self.command.scope(self.selector);
        if !matches!(self.target, Target::InPlace) {
            let open = |input: &&Input| {
                if self.command.wants_bytes() {
                    let content = Content::open(input).map_err(told)?;
                    return Ok(Opening::Ours((Document::of_bytes(content), None)));
                }
                let document = Document::open_if_ours(input, scope, &self.kinds).map_err(told)?;
                Ok(document.map_or(Opening::Foreign, |document| Opening::Ours((document, None))))
            };
            return inputs.iter().map(open).collect();
        }
        let locked = open::open_locked(inputs, &self.kinds, held);
        let open = |(input, locked): (&&Input, Result<Opening<open::Locked>, String>)| {
            let open::Locked { file, place } = match locked? {
                Opening::Ours(locked) => locked,
                Opening::Foreign => return Ok(Opening::Foreign),
                Opening::Later => return Ok(Opening::Later),
            };
            if self.command.wants_bytes() {
                return Ok(Opening::Ours((Document::of_bytes(Content::File(file)), Some(place))));
            }
            let document = Document::of_file(file, input, scope, &self.kinds).map_err(told)?;
            Ok(document.map_or(Opening::Foreign, |document| Opening::Ours((document, Some(place)))))
        };
        inputs.iter().zip(locked).map(open).collect()
    }

    /// Reports what came of an input.
    pub(super) fn finish(
        &self,
        input: &Input,
        planned: Planned,
        stored: Result<store::Stored, String>,
        out: &mut Out,
        tally: &mut Tally,
    ) -> Outcome {
        let unwritten = self.write_plan(input, &planned).err();
        let Planned { document, job, mut report, .. } = planned;
        if self.args.plan {
            report.plan = PlanReport::new(&job.edited.plan, document.outer_source()).ok();
        }
        let mut outcome = if !report.left.is_empty() {
            Outcome::Failed
        } else if report.matched == 0 && job.is_empty() {
            out.nothing_selected(input, self.selector.require)
        } else {
            Outcome::Done
        };
        match unwritten.map_or(stored, Err) {
            Ok(stored) => {
                if stored.written {
                    report.verified = job.verified();
                }
                report.output = stored.output;
                report.method = stored.method.map(prkit_plan::Method::name).or(report.method);
                if let Some(instead) = &stored.instead {
                    report.made_anew(instead);
                }
            }
            Err(error) => {
                report.fail(&error);
                out.message(input, &error);
                outcome = Outcome::Failed;
            }
        }
        tally.count(&report);
        if self.args.exit_code && report.changed && outcome == Outcome::Done {
            outcome = Outcome::Pending;
        }
        let quiet = report.matched == 0 && !report.changed && report.left.is_empty();
        if out.is_json() || !(quiet || report.error.is_some()) {
            report.print(input, matches!(self.target, Target::Stdout), out);
        }
        outcome
    }
}
