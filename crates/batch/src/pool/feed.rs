//! Inputs, handed out in groups of one folder.

use crate::{Error, Failed, Input, Inputs, Name};

/// What a worker gets: there is something to do, or to say.
#[derive(Debug)]
pub enum Next {
    /// Some inputs of one folder.
    Group(Vec<Input>),
    /// Something that cannot be looked at.
    Failure(Input, Box<Error>),
}

/// Hands out inputs, numbered.
pub(super) struct Feed {
    inputs: Inputs,
    /// What was read one too far.
    ahead: Option<Result<Input, Failed>>,
    walked: usize,
    named: usize,
    bytes: Option<u64>,
    number: u64,
    /// The end was seen.
    is_over: bool,
}

impl Feed {
    pub(super) const fn new(inputs: Inputs, walked: usize, named: usize, bytes: Option<u64>) -> Self {
        Self { inputs, ahead: None, walked, named, bytes, number: 0, is_over: false }
    }

    /// Files that were met and are of no kind that is read.
    pub(super) const fn foreign(&self) -> u64 {
        self.inputs.foreign()
    }

    /// Whether it is known that nothing is left.
    pub(super) const fn is_over(&self) -> bool {
        self.is_over
    }

    pub(super) fn next(&mut self) -> Option<(u64, Next)> {
        let first = match self.ahead.take().or_else(|| self.inputs.next())? {
            Ok(first) => first,
            Err((input, error)) => return Some((self.count(), Next::Failure(input, Box::new(error)))),
        };
        let most = match &first.name {
            // No disk is waited for together, and each waits for answers of its own.
            Name::Asset { .. } | Name::Address(_) => 1,
            _ if first.is_walked() => self.walked,
            _ => self.named,
        };
        let mut left = self.bytes;
        take(&mut left, &first);
        let title = first.title.clone();
        let mut group = vec![first];
        // What changes together is one group, however large.
        while title.is_some() || group.len() < most && left != Some(0) {
            match self.inputs.next() {
                Some(Ok(input))
                    if input.title == title
                        && (title.is_some() || group.last().is_some_and(|last| last.is_beside(&input))) =>
                {
                    take(&mut left, &input);
                    group.push(input);
                }
                Some(other) => {
                    self.ahead = Some(other);
                    break;
                }
                None => {
                    self.is_over = true;
                    break;
                }
            }
        }
        Some((self.count(), Next::Group(group)))
    }

    const fn count(&mut self) -> u64 {
        let number = self.number;
        self.number = number.saturating_add(1);
        number
    }
}

/// Counts the bytes of a file.
fn take(left: &mut Option<u64>, input: &Input) {
    if let (Some(left), Name::Path(path)) = (left, &input.name) {
        *left = left.saturating_sub(path.metadata().map_or(0, |metadata| metadata.len()));
    }
}
