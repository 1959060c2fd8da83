//! Edits of a plan by title.

use super::{PlanReader, TravelError, TravellingEdit};
use crate::input::Input;

/// An edit, and the file that it is for.
type Line = (Input, TravellingEdit);

/// The titles of a plan, one after the other: edits that are carried out together. What belongs to no title is passed over.
pub struct Titles<'r> {
    reader: &'r mut PlanReader,
    /// The first edit of the next one.
    next: Option<Line>,
}

impl<'r> Titles<'r> {
    /// Those of a plan that is read from here on.
    pub const fn new(reader: &'r mut PlanReader) -> Self {
        Self { reader, next: None }
    }
}

impl Iterator for Titles<'_> {
    type Item = Result<Vec<Line>, TravelError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut title: Vec<Line> = self.next.take().into_iter().collect();
        loop {
            let (input, edit) = match self.reader.next() {
                Some(Ok(line)) => line,
                Some(Err(error)) => return Some(Err(error)),
                None => return (!title.is_empty()).then_some(Ok(title)),
            };
            match title.first() {
                Some((_, first)) if first.title == edit.title => title.push((input, edit)),
                None if edit.title.is_some() => title.push((input, edit)),
                None => {}
                Some(_) => {
                    self.next = edit.title.is_some().then_some((input, edit));
                    return Some(Ok(title));
                }
            }
        }
    }
}
