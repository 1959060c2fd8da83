//! Standard output and standard error.

use std::fmt;
use std::io::{self, Write as _};

pub(crate) use crate::input::{escaped, shown as path};

/// Writes to standard output, to the end: what is still in a buffer when the program ends is lost without a word.
pub(crate) fn put(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()
}

/// Writes to standard error. Where that cannot be written, nobody can be told, and the work goes on.
pub(crate) fn say(text: &str) {
    let _ = anstream::stderr().write_all(text.as_bytes());
}

/// The same, for one message.
pub(crate) fn note(text: fmt::Arguments<'_>) {
    say(&format!("prkit: {text}\n"));
}

/// The same, for a line that belongs to a message.
pub(crate) fn line(text: fmt::Arguments<'_>) {
    say(&format!("{text}\n"));
}
