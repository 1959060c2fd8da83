//! What the program adds to an error of the engine: which option or command of its own would help.

use crate::refused::Hint;
use prkit_batch::operation::{LicenseError, OperationError};
use prkit_batch::title::{OutsideRoots, Remedy, TitleError};
use prkit_batch::writing::WriteError;
use prkit_batch::{Error, GivenError, GivenFault, InputsError};
use prkit_playready::{MediaError, Overridable as _};
use std::path::Path;

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
        Error::Media(error) => return of_media(error),
        Error::File(error) => return of_file(error),
        Error::Manifest(error) if matches!(error.kind(), prkit_manifest::ErrorKind::Exists(_)) => {
            "; --if-exists keep, replace or add"
        }
        Error::Title(error) => return of_title(error),
        Error::Shared(error) => return text(error),
        Error::Object { path, spot, error, .. } => return format!("{}, at {spot} in {path}", text(error)),
        Error::NoStore => ": `prkit els reserve` makes one",
        Error::Operation(error) => return of_operation(error),
        Error::Encryption(MediaError::NoKeyId | MediaError::Schemes(..)) => {
            return format!("--from-media: {error}");
        }
        Error::License | Error::LicenseForMessage => ": prkit license show reads it",
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
        InputsError::NoReach { address } => {
            let quoted = shown(Path::new(address)).replace('\'', "%27");
            let pipe =
                match quoted.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase()).as_deref() {
                    Some("s3") => format!(": aws s3 cp '{quoted}' - | prkit show -"),
                    Some("gs") => format!(": gcloud storage cat '{quoted}' | prkit show -"),
                    Some("http" | "https") => format!(": curl -fsSL '{quoted}' | prkit show -"),
                    _ => " into standard input".to_owned(),
                };
            format!(
                "addresses are read by programs that are built with the feature `remote`; this one takes what others fetch{pipe}"
            )
        }
        error => error.to_string(),
    }
}

/// What an error says, one message for each of those who are in the way.
pub(crate) fn messages(error: &Error) -> Vec<String> {
    match error {
        Error::Shared(error) => messages(error),
        Error::Write(WriteError::Several(errors)) => errors.iter().map(of_writing).collect(),
        error => vec![words(error)],
    }
}

fn of_writing(error: &WriteError) -> String {
    let remedy = match error {
        WriteError::Exists { .. } => "; --overwrite replaces it",
        WriteError::TargetIsInput => ": use -i",
        WriteError::PlanTo(error) => return format!("the plan cannot be written: {}", words(error)),
        WriteError::Addressed { is_given: true, .. } => ": --alone changes the file all the same",
        WriteError::Carried { is_given: true, .. } => {
            " and does not change with it; --alone changes the file all the same"
        }
        WriteError::Addressed { .. } => {
            ": --presentation changes both, --fit same keeps the boxes in place, --alone changes the file all the same"
        }
        WriteError::Carried { .. } => "; add it, or use --presentation, or --alone",
        WriteError::Above { .. } => ": name it, too",
        WriteError::Torn { .. } => ": --fit same or --fit slack keeps their boxes in place",
        WriteError::Outside(outside) => return of_outside(outside),
        WriteError::NotBelow => {
            return "it is not below the folder of the manifest, which -o mirrors: name a folder that holds both as the \
                    input, or change them where they are with -i"
                .to_owned();
        }
        WriteError::Several(errors) => {
            return errors.iter().map(of_writing).collect::<Vec<_>>().join("; ");
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

fn of_media(error: &prkit_bmff::Error) -> String {
    use prkit_bmff::ErrorKind;
    match error.kind() {
        ErrorKind::DoesNotFit { needed, fit, room } => {
            let next = if *fit == "same" {
                "--fit slack would use filler in the file, --fit any would change its length"
            } else {
                "--fit any would change the length of the file, --els-min would let an empty license store give way"
            };
            format!("{needed} and does not fit with --fit {fit}; the file has {room} bytes of filler: {next}")
        }
        ErrorKind::SlackContent { needed, fit, content } => format!(
            "{needed} and does not fit with --fit {fit}: the free boxes that could give or take them contain something, \
             {content} bytes"
        ),
        _ => error.to_string(),
    }
}

/// An error of a file.
pub(crate) fn of_file(error: &prkit_apply::Error) -> String {
    use prkit_apply::Error;
    match error {
        Error::Pending { journal } => format!(
            "an earlier edit was interrupted: `prkit recover {}` finishes it or, with --undo, takes it back",
            crate::terminal::path(journal)
        ),
        Error::Interrupted { doing, source, journal } => format!(
            "cannot {doing}: {source}; the edit is half done, and `prkit recover {}` finishes it",
            crate::terminal::path(journal)
        ),
        Error::Untrusted { journal, why } => {
            format!("the journal {} {}", crate::terminal::path(journal), of_trust(*why))
        }
        Error::Links { links } => format!(
            "the file has {links} hard links: editing in place changes all of them, which --hard-links allows; --write \
             rename changes this name only"
        ),
        Error::Unfinished { file, journal, refusal } => format!(
            "an interrupted edit of {} cannot be finished: {refusal} (journal {})",
            crate::terminal::path(file),
            crate::terminal::path(journal)
        ),
        Error::NoLocks => {
            "--write map needs locks, which this file system does not have: --write rename makes a new file"
                .to_owned()
        }
        Error::LongTail { tail } => format!(
            "--write map would have to store the {tail} bytes behind the change again: this file system cannot shift \
             them; --write rename makes a new file"
        ),
        Error::LinksAnew { .. } => format!(
            "{error}: --write map stores it in place, --fit slack asks for an edit that keeps the length"
        ),
        Error::Shared(error) => of_file(error),
        error => error.to_string(),
    }
}

/// Why a journal does not count.
pub(crate) fn of_trust(why: prkit_apply::Untrusted) -> String {
    use prkit_apply::Untrusted;
    match why {
        Untrusted::Owner => {
            "belongs to another user; its owner can run `prkit recover`, or remove it".to_owned()
        }
        Untrusted::Version => {
            "was written by another version of prkit; that version can run `prkit recover`, or remove it"
                .to_owned()
        }
        why => why.to_string(),
    }
}

/// A manifest without a title.
pub(crate) fn of_title(error: &TitleError) -> String {
    match error {
        TitleError::Outside(outside) => of_outside(&OutsideRoots::from(outside.clone())),
        error => error.to_string(),
    }
}

/// References that lead out of their roots, with the options that let them be followed.
fn of_outside(outside: &OutsideRoots) -> String {
    let roots: Vec<String> = outside.roots().map(|root| of_remedy(&Remedy::Root(root.to_owned()))).collect();
    let options = if roots.is_empty() {
        outside.first().and_then(prkit_batch::title::Outside::remedy).map(|remedy| of_remedy(&remedy))
    } else {
        Some(roots.join(" "))
    };
    let remedy = options.map(|options| format!(": {options} makes it a part of the title"));
    format!("{outside}{}", remedy.unwrap_or_default())
}

/// The options that let references be followed.
pub(crate) fn of_remedy(remedy: &Remedy) -> String {
    match remedy {
        Remedy::Root(root) => format!("--root {}", prkit_batch::shown_here(root)),
        Remedy::ServerRoot => "--map /=DIR".to_owned(),
        Remedy::Map => "--map URL=DIR".to_owned(),
        Remedy::Hosts => "--follow-hosts".to_owned(),
    }
}

/// What is wrong with something that an option was given.
pub(crate) fn of_given(error: &GivenError) -> String {
    let GivenError { name, fault } = error;
    let remedy = match fault {
        GivenFault::NoText { looks } => {
            return format!("{name}: neither @FILE nor an object as text: it looks like {looks}");
        }
        GivenFault::Several { .. } => ": `prkit extract` writes one of them to a file",
        GivenFault::BareHeader => ": --header takes it",
        GivenFault::NoBox => ": --pro takes an object, --header a header",
        _ => "",
    };
    format!("{error}{remedy}{}", Hint(error.overridden_by()))
}
