//! What the program adds to an error of the engine: which option or command of its own would help.

use crate::refused::Hint;
use prkit_batch::operation::{LicenseError, OperationError};
use prkit_batch::title::{OutsideRoots, TitleError};
use prkit_batch::writing::WriteError;
use prkit_batch::{Error, InputsError};
use prkit_playready::{MediaError, Overridable as _};

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
    format!("{}{}", text(error), Hint(error.overridden_by()))
}

/// The same, without what overrides it.
fn text(error: &Error) -> String {
    let hint = match error {
        Error::Inputs(error) => return of_inputs(error),
        Error::Table(error) => return format!("--edits {error}"),
        Error::Write(error) => return of_writing(error),
        Error::Shared(error) => return text(error),
        Error::Object { path, spot, error, .. } => return format!("{}, at {spot} in {path}", text(error)),
        Error::NoStore => ": `prkit els reserve` makes one",
        Error::Operation(error) => return of_operation(error),
        Error::Encryption(MediaError::NoKeyId | MediaError::Schemes(..)) => {
            return format!("--from-media: {error}");
        }
        Error::License => ": prkit license show reads it",
        Error::Message => ": prkit soap show reads it, and checks the header in a request",
        Error::PastedName(_) => "; it reads like data: use --data",
        _ => "",
    };
    format!("{error}{hint}")
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

fn of_writing(error: &WriteError) -> String {
    let remedy = match error {
        WriteError::Exists { .. } => "; --overwrite replaces it",
        WriteError::TargetIsInput => ": use -i",
        WriteError::NoLocks => {
            return "--write map needs locks, which this file system does not have: --write rename makes a new file"
                .to_owned();
        }
        WriteError::LongTail { tail } => {
            return format!(
                "--write map would have to store the {tail} bytes behind the change again: this file system cannot \
                 shift them; --write rename makes a new file"
            );
        }
        WriteError::LinksAnew { .. } => {
            ": --write map stores it in place, --fit slack asks for an edit that keeps the length"
        }
        WriteError::PlanTo(error) => return format!("the plan cannot be written: {}", words(error)),
        WriteError::Addressed { .. } => {
            ": name the manifest with --presentation to change both, or keep the boxes in place with --fit same"
        }
        WriteError::Torn { .. } => ": --fit same or --fit slack keeps their boxes in place",
        WriteError::Outside(outside) => return outside.message().unwrap_or_default(),
        WriteError::Title(TitleError::Outside(outside)) => {
            return OutsideRoots::from(outside.clone()).message().unwrap_or_default();
        }
        WriteError::NotBelow => {
            return "it is not below the folder of the manifest, which -o mirrors: name a folder that holds both as the \
                    input, or change them where they are with -i"
                .to_owned();
        }
        WriteError::Member { path, error } => return format!("{path}: {}", words(error)),
        _ => "",
    };
    format!("{error}{remedy}")
}

fn of_operation(error: &OperationError) -> String {
    let (option, remedy) = match error {
        OperationError::NoAlgorithm => {
            return "--from-media: a manifest names no algorithm; name the key ids with --kid".to_owned();
        }
        OperationError::NoKeyId => {
            let options =
                "name one, take --from-media FILE, or --decryptor-setup ondemand for a live stream without";
            return format!("{error}: {options}");
        }
        OperationError::License(error) => return of_license(error),
        OperationError::BoxKeys(error) => return format!("--pssh-version 1: {error}"),
        OperationError::OtherAlgorithm(_) => ("--algid: ", ""),
        OperationError::Exists { .. } => ("", "; --if-exists keep, replace or add"),
        OperationError::NoMoov => ("", ": a lone segment takes a box with --where moof"),
        _ => ("", ""),
    };
    format!("{option}{error}{remedy}")
}

/// Why a license is not taken.
pub(crate) fn of_license(error: &LicenseError) -> String {
    match error {
        LicenseError::Input(error) => words(error),
        LicenseError::At { path, error } => format!("{path}: {}", of_license(error)),
        error => error.to_string(),
    }
}
