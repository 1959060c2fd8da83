//! Doing something with every input, and printing what came of it.

use crate::exit::{Status, Stop};
use crate::input::{Input, Inputs};
use crate::out::{Out, Outcome};

/// Does something with every input, one after the other. One that fails is reported, the others go on.
pub(crate) fn each(
    inputs: &mut Inputs,
    json: bool,
    work: &mut dyn FnMut(&Input, &mut Out) -> Outcome,
) -> Result<Status, Stop> {
    let mut status = Status::Done;
    for next in inputs.by_ref() {
        let mut out = Out::new(json);
        let outcome = match next {
            Ok(input) => work(&input, &mut out),
            Err((input, error)) => {
                crate::report::failure(&input, &crate::hints::words(&error), &mut out);
                Outcome::Failed
            }
        };
        out.print()?;
        status = status.max(outcome.into());
    }
    crate::report::skipped(inputs.foreign());
    Ok(status)
}
