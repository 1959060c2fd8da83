//! What the program adds to an error of the engine: which option or command of its own would help.

use crate::refused::Hint;
use prkit_batch::{Error, InputsError};
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

pub(crate) fn words(error: &Error) -> String {
    let hint = match error {
        Error::Inputs(error) => return of_inputs(error),
        Error::License => ": prkit license show reads it",
        Error::Message => ": prkit soap show reads it, and checks the header in a request",
        Error::PastedName(_) => "; it reads like data: use --data",
        _ => "",
    };
    format!("{error}{hint}{}", Hint(error.overridden_by()))
}

fn of_inputs(error: &InputsError) -> String {
    use crate::terminal::path as shown;
    match error {
        InputsError::KeyLike { number } => format!(
            "INPUT {number} is no file, and looks like a key, so it is not repeated here: a key and its key ID are one \
             word, KID:KEY"
        ),
        InputsError::KeyInList => format!("{error}; key lines are read by --keys"),
        InputsError::OpenList { path, source } => {
            format!("cannot read --files-from {}: {source}", shown(path))
        }
        InputsError::ListIsFolder { path } => format!(
            "cannot read --files-from {}: it is a folder, which can be named as an INPUT",
            shown(path)
        ),
        error => error.to_string(),
    }
}
