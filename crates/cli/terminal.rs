//! Standard output and standard error.

use std::borrow::Cow;
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
    say(&format!("prkit: {}\n", lines(&text.to_string())));
}

/// The same, for a line that belongs to a message.
pub(crate) fn line(text: fmt::Arguments<'_>) {
    say(&format!("{}\n", lines(&text.to_string())));
}

/// Text of several lines with its other control characters as escapes. A name is escaped before it gets into a message, line
/// ends and all; this is for what an error of the system or of a library repeats.
pub(crate) fn lines(text: &str) -> Cow<'_, str> {
    if *escaped(text) == *text {
        return Cow::Borrowed(text);
    }
    let shown = text.split_inclusive(['\n', '\t']).map(|part| {
        let end = part.strip_suffix(['\n', '\t']).map_or(part.len(), str::len);
        let (line, end) = part.split_at_checked(end).unwrap_or((part, ""));
        format!("{}{end}", escaped(line))
    });
    Cow::Owned(shown.collect())
}
