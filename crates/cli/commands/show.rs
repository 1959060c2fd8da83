//! `prkit show`: what protection headers are in there.

use super::open;
use crate::args::ShowArgs;
use crate::exit::{Status, Stop};
use crate::input::{Input, Inputs};
use crate::report::{self, ShowReport};
use crate::run::{Out, Outcome, each};
use crate::select::Selector;

pub(crate) fn run(args: &ShowArgs) -> Result<Status, Stop> {
    let selector = Selector::new(&args.select, true)?;
    each(Inputs::new(&args.input)?, args.json, &mut |input, out| show(input, &selector, out))
}

fn show(input: &Input, selector: &Selector, out: &mut Out) -> Outcome {
    let (document, objects) = match open(input, selector) {
        Ok(opened) => opened,
        Err(error) => {
            report::failure(input, &error, out);
            return Outcome::Failed;
        }
    };
    let findings = report::findings(&document, &objects);
    let shown = ShowReport::new(input, &document, &objects, findings);
    shown.print(input, out);
    if let Some(error) = &shown.error {
        out.message(input, error);
        return Outcome::Failed;
    }
    if objects.is_empty() && selector.require {
        return selector.nothing(input, out);
    }
    Outcome::Done
}
