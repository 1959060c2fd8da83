//! `prkit show`: what protection headers are in there.

use super::open_if_ours;
use crate::args::ShowArgs;
use crate::exit::{Status, Stop};
use crate::fleet::{Done, Fleet};
use crate::input::{Input, Inputs, Kinds};
use crate::report::{self, ShowReport};
use crate::run::{Out, Outcome};
use crate::select::Selector;

pub(crate) fn run(args: &ShowArgs) -> Result<Status, Stop> {
    let selector = Selector::new(&args.select, true)?;
    let inputs = Inputs::unseen(&args.input)?;
    let kinds = inputs.kinds().clone();
    let work = |group: &[Input], out: &mut Out| {
        let outcomes = group.iter().filter_map(|input| show(input, &selector, &kinds, out));
        Done { outcomes: outcomes.collect(), result: () }
    };
    Fleet::new(&args.fleet, args.json).run(inputs, &work, &mut |()| Ok(()))
}

/// `None` for a file that is none of ours.
fn show(input: &Input, selector: &Selector, kinds: &Kinds, out: &mut Out) -> Option<Outcome> {
    let (document, objects) = match open_if_ours(input, selector, kinds) {
        Ok(Some(opened)) => opened,
        Ok(None) => {
            out.foreign = out.foreign.saturating_add(1);
            return None;
        }
        Err(error) => {
            report::failure(input, &error, out);
            return Some(Outcome::Failed);
        }
    };
    out.bytes = out.bytes.saturating_add(document.content.len());
    let findings = report::findings(&document, &objects);
    let shown = ShowReport::new(input, &document, &objects, findings);
    shown.print(input, out);
    if let Some(error) = &shown.error {
        out.message(input, error);
        return Some(Outcome::Failed);
    }
    if objects.is_empty() && selector.require {
        return Some(selector.nothing(input, out));
    }
    Some(Outcome::Done)
}
