//! What the program adds to an error of the engine: which option or command of its own would help.

use crate::refused::Hint;
use prkit_batch::Error;
use prkit_playready::Overridable as _;

/// An error in the words of the program.
#[expect(clippy::needless_pass_by_value, reason = "results are mapped with it")]
pub(crate) fn told(error: Error) -> String {
    words(&error)
}

/// The same for an error of any kind.
pub(crate) fn told_any(error: &(dyn std::error::Error + Send + Sync + 'static)) -> String {
    error.downcast_ref().map_or_else(|| error.to_string(), words)
}

fn words(error: &Error) -> String {
    let hint = match error {
        Error::License => ": prkit license show reads it",
        Error::Message => ": prkit soap show reads it, and checks the header in a request",
        Error::PastedName(_) => "; it reads like data: use --data",
        _ => "",
    };
    format!("{error}{hint}{}", Hint(error.overridden_by()))
}
