//! What is printed for one input, and what became of it.

use crate::exit::{Status, Stop};
use crate::input::Input;
use crate::terminal;
use serde::Serialize;
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};

/// What became of one input.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    Done,
    Pending,
    Failed,
    /// It was as it is when a signal came.
    Stopped,
}

/// What is printed for some inputs. Reports are collected and printed at once, so that they never mix.
#[derive(Default)]
pub(crate) struct Out {
    json: bool,
    stdout: Vec<u8>,
    stderr: String,
    /// Bytes of the inputs it is about.
    pub(crate) bytes: u64,
    /// Files that were looked at and are none of ours.
    pub(crate) foreign: u64,
}

/// Bytes that most lines have, for one allocation instead of eight.
const LINE: usize = 1024;

impl Out {
    pub(crate) fn new(json: bool) -> Self {
        Self { json, ..Self::default() }
    }

    /// Whether programs read it.
    pub(crate) const fn is_json(&self) -> bool {
        self.json
    }

    /// One object, one line.
    pub(crate) fn json(&mut self, report: &impl Serialize) {
        let before = self.stdout.len();
        if before == 0 {
            self.stdout.reserve(LINE);
        }
        match serde_json::to_writer(&mut self.stdout, report) {
            Ok(()) => self.stdout.push(b'\n'),
            Err(error) => {
                self.stdout.truncate(before);
                self.note(&format!("a report cannot be written: {error}"));
            }
        }
    }

    /// A name, as it is, for programs that read names.
    pub(crate) fn listed(&mut self, input: &Input, count: Option<usize>) {
        match &input.name {
            #[cfg(unix)]
            crate::input::Name::Path(path) => {
                use std::os::unix::ffi::OsStrExt as _;
                self.stdout.extend_from_slice(path.as_os_str().as_bytes());
            }
            _ => self.stdout.extend_from_slice(input.display().as_bytes()),
        }
        if let Some(count) = count {
            self.stdout.extend_from_slice(format!(":{count}").as_bytes());
        }
        self.stdout.push(b'\n');
    }

    /// A report: an object for programs, else what is written for people.
    pub(crate) fn report(
        &mut self,
        report: &impl Serialize,
        write: impl FnOnce(&mut String) -> std::fmt::Result,
    ) {
        if self.json {
            return self.json(report);
        }
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = write(&mut text);
        self.text(&text);
    }

    /// Text for people, with colours.
    pub(crate) fn text(&mut self, text: &str) {
        self.stdout.extend_from_slice(text.as_bytes());
    }

    /// Text for people where standard output carries something else.
    pub(crate) fn text_beside(&mut self, text: &str) {
        self.stderr.push_str(text);
    }

    /// A message about an input.
    pub(crate) fn message(&mut self, input: &Input, text: &str) {
        self.note(&format!("{}: {}", input.display(), terminal::escaped(text)));
    }

    /// The message where nothing is selected, and whether that is a failure.
    pub(crate) fn nothing_selected(&mut self, input: &Input, require: bool, why: Option<&str>) -> Outcome {
        let why = why.map(|why| format!(": {why}")).unwrap_or_default();
        if require {
            self.message(input, &format!("nothing is selected, and --require asks for something{why}"));
            return Outcome::Failed;
        }
        if !input.is_walked() {
            self.message(input, &format!("nothing is selected{why}"));
        }
        Outcome::Done
    }

    /// A message.
    pub(crate) fn note(&mut self, text: &str) {
        self.stderr.push_str("prkit: ");
        self.stderr.push_str(&terminal::lines(text));
        self.stderr.push('\n');
    }

    /// Prints it; messages also where the rest cannot be printed.
    pub(crate) fn print(self) -> Result<(), Stop> {
        let printed = self.print_report();
        if !self.stderr.is_empty() {
            terminal::say(&self.stderr);
        }
        Ok(printed?)
    }

    fn print_report(&self) -> io::Result<()> {
        if self.stdout.is_empty() {
            return Ok(());
        }
        if self.json && io::stdout().is_terminal() {
            return terminal::put(escaped_json(&self.stdout).as_bytes());
        }
        if self.json {
            return terminal::put(&self.stdout);
        }
        // The stream that takes colours out writes each piece between two of them: thousands of calls for a long report.
        if anstream::AutoStream::choice(&io::stdout()) == anstream::ColorChoice::Never {
            return terminal::put(&anstream::adapter::strip_bytes(&self.stdout).into_vec());
        }
        let mut stdout = anstream::stdout().lock();
        stdout.write_all(&self.stdout)?;
        stdout.flush()
    }
}

/// The same objects without a character that steers a terminal: JSON may have those behind 0x7E as they are.
fn escaped_json(lines: &[u8]) -> String {
    let text = String::from_utf8_lossy(lines);
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        let mut buffer = [0; 4];
        let is_harmful =
            c != '\n' && *terminal::escaped(c.encode_utf8(&mut buffer)) != *c.encode_utf8(&mut [0; 4]);
        if is_harmful {
            // Writing to a string cannot fail.
            let _ = write!(safe, "\\u{:04x}", u32::from(c));
        } else {
            safe.push(c);
        }
    }
    safe
}

/// Prints what a run says, as long as it can be printed.
pub(crate) struct Printer {
    writes_files: bool,
    /// Nothing can be printed on standard output any more.
    is_closed: bool,
}

impl Printer {
    /// For a run that writes files, or one that only reads.
    pub(crate) const fn new(writes_files: bool) -> Self {
        Self { writes_files, is_closed: false }
    }

    /// Prints it. A run that only reads is over when nobody reads what it says; one that writes goes on to its end, and
    /// its messages are still printed.
    ///
    /// # Errors
    ///
    /// What ends the run, once.
    pub(crate) fn print(&mut self, mut out: Out) -> Result<(), Stop> {
        if self.is_closed && !self.writes_files {
            return Ok(());
        }
        if self.is_closed {
            out.stdout.clear();
        }
        let printed = out.print();
        self.is_closed |= printed.is_err();
        match printed {
            Err(Stop::ClosedPipe) if self.writes_files => Ok(()),
            printed => printed,
        }
    }
}

impl From<Outcome> for Status {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::Done,
            Outcome::Pending => Self::Pending,
            Outcome::Failed | Outcome::Stopped => Self::Failed,
        }
    }
}
