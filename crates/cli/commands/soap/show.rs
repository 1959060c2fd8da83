//! `prkit soap show`.

use super::message::MessageReport;
use super::open;
use crate::args::SoapShowArgs;
use crate::exit::{Status, Stop};
use crate::hints::told;
use crate::input::Input;
use crate::out::{Out, Outcome};
use crate::report::{self, RuleFinding};
use crate::run::each;
use prkit_batch::report::message::{findings, objects};
use prkit_protocol::Message;

pub(super) fn run(args: &SoapShowArgs) -> Result<Status, Stop> {
    let mut request: Option<(String, Message)> = None;
    each(&mut args.input.open()?, args.json, &mut |input, out| show(input, args, &mut request, out))
}

fn show(
    input: &Input,
    args: &SoapShowArgs,
    request: &mut Option<(String, Message)>,
    out: &mut Out,
) -> Outcome {
    let (message, bytes) = match open(input) {
        Ok(opened) => opened,
        Err(error) => {
            report::failure(input, &told(error), out);
            return Outcome::Failed;
        }
    };
    let mut shown = MessageReport::new(input, &message, args.tree);
    shown.objects = objects(&bytes);
    let before = request.as_ref().map(|(name, request)| (name.as_str(), request));
    shown.findings = findings(&message, before, args.spec.into());
    if message.challenge().is_some() {
        *request = Some((input.display(), message));
    }
    let outcome = match (args.level, RuleFinding::worst(&shown.findings)) {
        (Some(level), Some(worst)) if worst >= level.into() => Outcome::Pending,
        _ => Outcome::Done,
    };
    out.report(&shown, |text| shown.write(input, text));
    outcome
}
