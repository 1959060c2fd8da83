//! Doing something with every input, and printing what came of it.

use crate::exit::{Status, Stop};
use crate::input::{Input, Inputs};
use crate::terminal;
use serde::Serialize;
use std::io::Write as _;

/// What became of one input.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    Done,
    Pending,
    Failed,
}

/// What is printed for some inputs. Reports are collected and printed at once, so that they never mix.
#[derive(Default)]
pub(crate) struct Out {
    json: bool,
    stdout: Vec<u8>,
    stderr: String,
}

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
        match serde_json::to_vec(report) {
            Ok(line) => {
                self.stdout.extend(line);
                self.stdout.push(b'\n');
            }
            Err(error) => self.note(&format!("a report cannot be written: {error}")),
        }
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

    /// A message.
    pub(crate) fn note(&mut self, text: &str) {
        self.stderr.push_str("prkit: ");
        self.stderr.push_str(text);
        self.stderr.push('\n');
    }

    /// Prints it.
    pub(crate) fn print(self) -> Result<(), Stop> {
        if !self.stdout.is_empty() {
            if self.json {
                terminal::put(&self.stdout)?;
            } else {
                let mut stdout = anstream::stdout().lock();
                stdout.write_all(&self.stdout)?;
                stdout.flush()?;
            }
        }
        if !self.stderr.is_empty() {
            anstream::eprint!("{}", self.stderr);
        }
        Ok(())
    }
}

/// Does something with every input. One that fails is reported, the others go on.
pub(crate) fn each(
    inputs: Inputs,
    json: bool,
    work: &mut dyn FnMut(&Input, &mut Out) -> Outcome,
) -> Result<Status, Stop> {
    groups(inputs, json, 1, &mut |group, out| group.iter().map(|input| work(input, out)).collect())
}

/// Does something with groups of at most `most` inputs, each group from one folder.
pub(crate) fn groups(
    mut inputs: Inputs,
    json: bool,
    most: usize,
    work: &mut dyn FnMut(&[Input], &mut Out) -> Vec<Outcome>,
) -> Result<Status, Stop> {
    let mut status = Status::Done;
    let mut group: Vec<Input> = Vec::new();
    loop {
        let next = inputs.next();
        let ends = match &next {
            Some(Ok(input)) => {
                group.len() >= most || group.last().is_some_and(|last| last.folder() != input.folder())
            }
            Some(Err(_)) | None => true,
        };
        if ends && !group.is_empty() {
            let mut out = Out::new(json);
            let outcomes = work(&core::mem::take(&mut group), &mut out);
            out.print()?;
            status = outcomes.into_iter().fold(status, |status, outcome| status.max(outcome.into()));
        }
        match next {
            Some(Ok(input)) => group.push(input),
            Some(Err((input, error))) => {
                let mut out = Out::new(json);
                crate::report::failure(&input, &error, &mut out);
                out.print()?;
                status = status.max(Status::Failed);
            }
            None => break,
        }
    }
    if inputs.foreign > 0 {
        let files = if inputs.foreign == 1 { "file" } else { "files" };
        anstream::eprintln!("prkit: {} other {files} skipped", inputs.foreign);
    }
    Ok(status)
}

impl From<Outcome> for Status {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::Done,
            Outcome::Pending => Self::Pending,
            Outcome::Failed => Self::Failed,
        }
    }
}
