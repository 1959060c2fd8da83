//! Splices of the text, and the plan they make.

use crate::error::{Error, ErrorKind, Result};
use crate::text::Text;
use bytes::Bytes;
use core::ops::Range;
use prkit_plan::{Place, Plan, Replacement, Shape, Splice, Strategy, With};

/// A range of a document's text and what replaces it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edit {
    pub(crate) range: Range<usize>,
    pub(crate) put: String,
}

impl Edit {
    pub(crate) const fn new(range: Range<usize>, put: String) -> Self {
        Self { range, put }
    }

    pub(crate) const fn insert(at: usize, put: String) -> Self {
        Self { range: at..at, put }
    }

    pub(crate) const fn remove(range: Range<usize>) -> Self {
        Self { range, put: String::new() }
    }
}

/// The plan that carries out edits of a text. Edits that change nothing make none.
pub(crate) fn plan(text: &Text, mut edits: Vec<Edit>) -> Result<Plan> {
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    edits.retain(|edit| text.as_str().get(edit.range.clone()) != Some(edit.put.as_str()));
    if edits.is_empty() {
        return Ok(Plan::unchanged(text.len()));
    }
    let (mut splices, mut replacements) = (Vec::new(), Vec::new());
    for edit in &edits {
        let old = text.raw_span(&edit.range);
        let new = text.encode(&edit.put);
        let len = u64::try_from(new.len()).unwrap_or(u64::MAX);
        splices.push(Splice { from: Place::start(old.start()), to: Place::start(old.end()), len });
        replacements.push(Replacement::of(old, With::Bytes(new)));
    }
    let overlap = |error: prkit_plan::Error| Error::new(ErrorKind::Request(error.to_string()));
    // Only where every splice keeps its length nothing has to move.
    let (strategy, why) = if splices.iter().all(|splice| splice.len == splice.old().len()) {
        (Strategy::Same, "the new text is as long as the old")
    } else {
        (Strategy::Copy, "the document changes its length")
    };
    let shape = Shape::new(splices).map_err(overlap)?;
    Plan::new(text.len(), shape, replacements, strategy, why).map_err(overlap)
}

/// A text with edits done, as bytes.
pub(crate) fn apply(text: &Text, raw: &Bytes, edits: Vec<Edit>) -> Result<Vec<u8>> {
    let plan = plan(text, edits)?;
    plan.to_vec(raw).map_err(|error| Error::new(ErrorKind::Request(error.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_of_utf16_keep_every_other_byte() {
        let raw: Bytes = [0xFF, 0xFE]
            .into_iter()
            .chain("<a>ü\r\n</a>".encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        let text = Text::decode(&raw);
        let at = text.as_str().find("</a>").unwrap();
        let new = apply(&text, &raw, vec![Edit::insert(at, "日".into())]).unwrap();
        let expected: Vec<u8> = [0xFF, 0xFE]
            .into_iter()
            .chain("<a>ü\r\n日</a>".encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        assert_eq!(new, expected);
    }

    #[test]
    fn edits_that_change_nothing_make_an_empty_plan() {
        let text = Text::decode(&Bytes::from_static(b"abc"));
        assert!(plan(&text, vec![Edit::new(1..2, "b".into())]).unwrap().is_empty());
    }

    #[test]
    fn edits_of_the_same_text_are_refused() {
        let text = Text::decode(&Bytes::from_static(b"abc"));
        let edits = vec![Edit::new(0..2, "x".into()), Edit::new(1..3, "y".into())];
        assert_eq!(plan(&text, edits).unwrap_err().to_string(), "two edits overlap at byte 1");
    }
}
