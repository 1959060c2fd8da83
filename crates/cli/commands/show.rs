//! `prkit show`: what protection headers are in there.

use super::{Outcome, each, open};
use crate::args::ShowArgs;
use crate::exit::{Status, Stop};
use crate::input::{Input, Inputs};
use crate::report::{self, ShowReport};
use crate::select::Selector;

pub(crate) fn run(args: &ShowArgs) -> Result<Status, Stop> {
    let selector = Selector::new(&args.select, true)?;
    each(Inputs::new(&args.input)?, args.json, &mut |input| show(input, &selector, args.json))
}

fn show(input: &Input, selector: &Selector, json: bool) -> Result<Outcome, Stop> {
    let (document, objects) = match open(input, selector) {
        Ok(opened) => opened,
        Err(error) => {
            report::failure(input, &error, json)?;
            return Ok(Outcome::Failed);
        }
    };
    let findings = report::findings(&document, &objects);
    let shown = ShowReport::new(input, &document, &objects, findings);
    report::print_show(&shown, input, json)?;
    if let Some(error) = &shown.error {
        report::message(input, error);
        return Ok(Outcome::Failed);
    }
    if objects.is_empty() && selector.require {
        report::message(input, "nothing is selected, and --require asks for something");
        return Ok(Outcome::Failed);
    }
    Ok(Outcome::Done)
}
