//! Exit status and the errors that end a run.

use crate::input::escaped;
use crate::keys::{HIDDEN, is_key_like};
use std::borrow::Cow;
use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write as _};
use std::process::ExitCode;

/// The exit status of a run that a signal ended, without the signal's number.
pub(crate) const SIGNALLED: u8 = 128;

/// How a run ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(crate) enum Status {
    /// Done, or nothing to do.
    #[default]
    Done,
    /// `--dry-run --exit-code` found pending work.
    Pending,
    /// Something was found at or above the level asked for.
    Found,
    /// At least one input failed.
    Failed,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Done => 0,
            Status::Pending | Status::Found => 1,
            Status::Failed => 3,
        })
    }
}

/// What ends a whole run, not one input.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The command line makes no sense.
    Usage(String),
    /// Nobody reads the output any more; no error.
    ClosedPipe,
    /// The output cannot be written.
    Output(io::Error),
    /// A signal with this number came, and no file was half-way.
    Signal(u8),
    /// What the run needs beside its inputs cannot be had.
    Failed(String),
}

/// Says why a command line is none, or gives the help that was asked for.
///
/// The parser repeats what it does not know. That may be a key in a place of its own, and a name with characters that
/// steer a terminal.
pub(crate) fn not_parsed(error: &clap::Error, typed: &[OsString]) -> ExitCode {
    if error.use_stderr() {
        let mut text = error.render().ansi().to_string();
        let words = typed.iter().skip(1).map(|word| word.to_string_lossy().into_owned());
        // Of `--name=value`, the name may be repeated alone.
        let name_of = |word: &str| word.split('=').next().unwrap_or_default().to_owned();
        let mut words: Vec<String> = words.flat_map(|word| [name_of(&word), word]).collect();
        // Of a word that begins with another one, nothing is to be left.
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        for word in words {
            let safe = if is_key_like(&word) { Cow::Borrowed(HIDDEN) } else { escaped(&word) };
            if *safe != *word {
                text = text.replace(&word, &safe);
            }
        }
        // Without colours, as the program's own messages are; what was typed has none by now.
        let text = anstream::adapter::strip_str(&text).to_string();
        crate::terminal::say(&format!("prkit: {}", text.strip_prefix("error: ").unwrap_or(&text)));
    } else {
        // Where help cannot be printed, nobody reads it.
        let _ = anstream::stdout().write_all(error.render().ansi().to_string().as_bytes());
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

impl Stop {
    pub(crate) fn usage(message: impl fmt::Display) -> Self {
        Self::Usage(message.to_string())
    }

    /// Why.
    pub(crate) fn message(self) -> String {
        match self {
            Self::Usage(message) | Self::Failed(message) => message,
            Self::ClosedPipe => "the output is closed".to_owned(),
            Self::Output(error) => error.to_string(),
            Self::Signal(signal) => format!("signal {signal}"),
        }
    }

    /// Says why and gives the exit status.
    pub(crate) fn report(&self) -> ExitCode {
        match self {
            Self::Usage(message) => {
                crate::terminal::note(format_args!("{message}\n\nFor more information, try '--help'."));
                ExitCode::from(2)
            }
            Self::ClosedPipe => ExitCode::SUCCESS,
            Self::Output(error) => {
                crate::terminal::note(format_args!("cannot write the output: {error}"));
                ExitCode::from(3)
            }
            // As the shell says it of a process that a signal ended.
            Self::Signal(signal) => ExitCode::from(SIGNALLED.saturating_add(*signal)),
            Self::Failed(message) => {
                crate::terminal::note(format_args!("{message}"));
                ExitCode::from(3)
            }
        }
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe { Self::ClosedPipe } else { Self::Output(error) }
    }
}
