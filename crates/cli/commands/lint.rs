//! `prkit lint`: rules of the specification, per client version and use.
//!
//! ```text
//!   objects ──▶ findings ──▶ text with carets, JSON lines, or one SARIF document
//!           └─ --fix ──▶ straightened objects ──▶ writing/
//! ```

use super::{listed, open_if_ours, unselected};
use crate::args::{FleetArgs, LintArgs, RuleArgs};
use crate::exit::{Status, Stop};
use crate::fleet::{Done, Fleet, Next};
use crate::hints::{told, words};
use crate::input::{Found, Input, Kinds};
use crate::out::{Out, Outcome};
use crate::report::{self, Asked, LintReport, Listing, Overview, Part, Sarif, print_rules};
use crate::writing;
use prkit_batch::Selector;
use prkit_batch::operation::Straighten;
use prkit_batch::report::FindingTotals;
use prkit_playready::{Level, Spec, Use};

pub(crate) fn run(args: &LintArgs) -> Result<Status, Stop> {
    if args.rules.list {
        return print_rules(args.write.json);
    }
    if let Some(path) = args.write.to.output.as_ref().filter(|_| !args.rules.fix) {
        if !args.rules.sarif {
            return Err(Stop::usage("-o goes with --fix or --sarif"));
        }
        if args.input.names(path) {
            return Err(Stop::usage("-o: the target is the input itself; nothing was written"));
        }
        if path.symlink_metadata().is_ok_and(|there| !there.is_dir())
            && !args.write.force.overwrite().replaces(path)
        {
            return Err(Stop::usage(format!(
                "{} exists; --overwrite replaces it",
                crate::terminal::path(path)
            )));
        }
    }
    let selector = args.select.selector(false)?;
    if let Some((target, note)) = args.rules.target.and_then(|target| Some((target, target.note?))) {
        crate::terminal::note(format_args!("checked for PlayReady {target} ({note}; PRH spec 3.1)"));
    }
    if args.rules.fix {
        return fix(args, &selector);
    }
    let asked = asked_of(&args.rules);
    let least = Level::from(args.rules.level);
    let inputs = args.input.unseen()?;
    let kinds = inputs.kinds().clone();
    let listing = args.listing.listing();
    let lint = Lint { args, selector: &selector, kinds: &kinds, asked, least, listing: listing.as_ref() };
    let mut overview = Overview::new(&args.overview, args.write.json || args.rules.sarif)?;
    let mut sarif = args.rules.sarif.then(Sarif::default);
    let mut totals = FindingTotals::default();
    let work = |next: &Next, out: &mut Out| {
        let mut done = Linted {
            part: Part::new(&args.overview),
            totals: FindingTotals::default(),
            sarif: args.rules.sarif.then(Sarif::default),
        };
        let outcomes = match next {
            Next::Group(group) => group.iter().filter_map(|input| lint.one(input, &mut done, out)).collect(),
            Next::Failure(input, error) => vec![done.fail(input, &words(error), out)],
        };
        Done { outcomes, result: done }
    };
    // One document for all inputs is the same every time.
    let fleet_args = FleetArgs {
        ordered: args.write.fleet.ordered || args.rules.sarif,
        ..args.overview.fleet(&args.write.fleet)
    };
    let status = Fleet::new(&fleet_args, args.write.json).run(inputs, &work, &mut |done: Linted| {
        totals.merge(&done.totals);
        if let (Some(sarif), Some(done)) = (&mut sarif, done.sarif) {
            sarif.merge(done);
        }
        overview.take(done.part);
        Ok(())
    })?;
    overview.finish(args.write.json)?;
    if let Some(sarif) = sarif {
        return Ok(status.max(give(&sarif, args)?));
    } else if let Some(listing) = listing {
        return Ok(listing.ended(status));
    } else if !args.write.json {
        print_totals(&totals);
    }
    Ok(status)
}

fn asked_of(args: &RuleArgs) -> Asked {
    Asked {
        client: args.target.map(|target| target.client),
        place: args.place.map(Use::from),
        strict: args.strict,
        spec: Spec::from(args.spec),
        player: args.player,
    }
}

/// How many findings there were, on standard error.
fn print_totals(totals: &FindingTotals) {
    let [errors, warnings, notes] = totals.by_level;
    let plural = |count: u64, name: &str| format!("{count} {name}{}", if count == 1 { "" } else { "s" });
    let failed = if totals.failed > 0 { format!(", {} failed", totals.failed) } else { String::new() };
    crate::terminal::note(format_args!(
        "{}: {}, {}, {}{failed}",
        plural(totals.inputs, "input"),
        plural(errors, "error"),
        plural(warnings, "warning"),
        plural(notes, "note")
    ));
}

/// What comes of some inputs.
struct Linted {
    part: Part,
    totals: FindingTotals,
    sarif: Option<Sarif>,
}

impl Linted {
    /// An input that cannot be read.
    fn fail(&mut self, input: &Input, error: &str, out: &mut Out) -> Outcome {
        self.totals.fail(true);
        self.part.fail(input, error, out)
    }
}

struct Lint<'l> {
    args: &'l LintArgs,
    selector: &'l Selector,
    kinds: &'l Kinds,
    asked: Asked,
    least: Level,
    listing: Option<&'l Listing>,
}

impl Lint<'_> {
    /// `None` for a file that is none of ours.
    fn one(&self, input: &Input, done: &mut Linted, out: &mut Out) -> Option<Outcome> {
        let (document, mut objects) = match open_if_ours(input, self.selector, self.kinds) {
            Ok(Some(opened)) => opened,
            Ok(None) => {
                out.foreign = out.foreign.saturating_add(1);
                return None;
            }
            Err(error) => return Some(done.fail(input, &words(&error), out)),
        };
        out.bytes = out.bytes.saturating_add(document.content.len());
        if let Some(listing) = self.listing {
            return Some(listed(listing, input, (&document, objects.len()), self.selector, out));
        }
        if objects.is_empty() && self.selector.asks() {
            return Some(unselected(input, &document, self.selector, out));
        }
        if let Some(place) = self.asked.place {
            let other = |found: &&Found| found.used_in().is_some_and(|used| used != place);
            if let Some(used) = objects.iter().find(other).and_then(Found::used_in) {
                let message = format!(
                    "--use {place} is about objects without a place; those in it have one, and are checked for {used}"
                );
                out.message(input, &message);
            }
        }
        // What is PlayReady's under another system's ID is what people look for when nothing is found.
        let is_hidden = |found: &Found| !self.selector.wants(found) && self.selector.overlooks(found);
        match document.objects_that(&is_hidden) {
            Ok(hidden) => {
                objects.extend(hidden.into_iter().filter(|found| prkit_batch::misfiled(found).is_some()));
            }
            Err(error) => return Some(done.fail(input, &told(error), out)),
        }
        let findings = report::lint(&document, &objects, self.asked);
        let error = document.fault().map(ToString::to_string);
        done.totals.add(&findings);
        done.part.count(
            input,
            &document,
            &objects,
            &findings.iter().map(|found| &found.finding).collect::<Vec<_>>(),
            error.as_deref(),
        );
        if let Some(sarif) = &mut done.sarif {
            sarif.add(input, &document, &findings);
        } else if self.args.overview.prints_each(out.is_json()) {
            LintReport::new(input, &document, &objects, &findings, error.clone()).print(
                input,
                self.args.write.told,
                out,
            );
        }
        let is_bad = findings.iter().any(|found| found.level >= self.least);
        let mut outcome = if is_bad { Outcome::Pending } else { Outcome::Done };
        if let Some(error) = error {
            out.message(input, &error);
            done.totals.fail(false);
            outcome = Outcome::Failed;
        } else if objects.is_empty() && unselected(input, &document, self.selector, out) == Outcome::Failed {
            outcome = Outcome::Failed;
        }
        Some(outcome)
    }
}

/// Where the document for code scanners goes.
fn give(sarif: &Sarif, args: &LintArgs) -> Result<Status, Stop> {
    let text = sarif.to_json("prkit").map_err(|error| Stop::Failed(told(error)))? + "\n";
    match &args.write.to.output {
        Some(path) if path.as_os_str() != "-" => {
            Ok(crate::saving::save(path, text.as_bytes(), args.write.force.overwrite()))
        }
        _ => {
            crate::terminal::put(text.as_bytes())?;
            Ok(Status::Done)
        }
    }
}

fn fix(args: &LintArgs, selector: &Selector) -> Result<Status, Stop> {
    let to = &args.write.to;
    if !to.in_place && to.output.is_none() && !to.dry_run {
        return Err(Stop::usage("--fix writes: name -i, -o or -n"));
    }
    let least = Level::from(args.rules.level);
    let command = Straighten::new(asked_of(&args.rules), least, args.write.force.overrides());
    let status = writing::run(&command, &args.input, selector, &args.write, &|| {
        prkit_batch::log::Asked::of("lint").with(&args.select).with(&args.rules)
    })?;
    // What could not be mended is found all the same.
    Ok(if command.has_left() { status.max(Status::Pending) } else { status })
}
