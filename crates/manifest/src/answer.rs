//! Answers of key services: the objects in them, wherever they are (those of five vendors were tried,
//! and SPEKE in an envelope).
//!
//! ```text
//!   { "playready": { "pssh": "AAACRnBzc2g…" } }                        a string that is an object, a box, an element
//!   <Envelope> … <Result><![CDATA[<PSSH>AAAC…</PSSH>]]></Result>       a text that is one
//! ```
//!
//! Keys and key IDs are in the same documents. A text is taken for an object by what it is, and for nothing else.

use crate::collect::{Collector, Holder};
use crate::content::Due;
use crate::embedded::Embedded;
use crate::error::{Error, ErrorKind, Result};
use crate::found::Form;
use crate::limits::{MAX_DEPTH, MAX_ELEMENTS};
use crate::protection;
use crate::ranges::Ranges;
use crate::value::Value;
use crate::xml::{Tree, parse};
use bytes::Bytes;
use core::ops::Range;

/// Finds the objects in the strings of a JSON document.
pub(crate) fn read_json(found: &mut Collector<'_>) -> Result<()> {
    let text = found.text.as_str();
    let mut strings = Strings { text, at: 0, open: Vec::new() };
    let mut seen = 0_usize;
    while let Some((path, string)) = strings.next_value()? {
        seen = seen.saturating_add(1);
        if seen > MAX_ELEMENTS {
            return Err(Error::limit("strings", MAX_ELEMENTS));
        }
        let embedded = Embedded::of_json(text, &string);
        protection::read_string(found, &path, &embedded);
        let holder =
            Holder { form: Form::Text, path, start: string.start, pieces: vec![string], descriptor: None };
        found.content_of(&holder, &embedded, Due::Nothing)?;
    }
    found.arrays()
}

/// Finds descriptors and objects of a document, and objects in the texts of all other elements.
pub(crate) fn read_xml(found: &mut Collector<'_>) -> Result<()> {
    let text = found.text;
    let tree = parse(text, &mut found.oddities)?;
    tree.roots().next().ok_or(ErrorKind::NoElement)?;
    read_tree(&tree, found)
}

pub(crate) fn read_tree(tree: &Tree<'_>, found: &mut Collector<'_>) -> Result<()> {
    protection::read_tree(tree, found)?;
    read_headers(tree, found)?;
    let known = Ranges::of(found.slots.iter().map(|slot| slot.value.range()).collect());
    for index in (0..tree.len()).filter(|index| tree.children(*index).next().is_none()) {
        let pieces = tree.pieces(index);
        if pieces.is_empty() || pieces.iter().any(|piece| known.overlaps(piece)) {
            continue;
        }
        let start = tree.get(index).map_or(0, |element| element.start);
        let holder = Holder { form: Form::Text, path: tree.path(index), start, pieces, descriptor: None };
        let embedded = Embedded::of_element(tree.text, &holder.pieces);
        // What is inside of an answer is an answer, and may be an envelope again.
        let text = embedded.text().trim_start();
        if text.starts_with('<') && !text.starts_with("<WRMHEADER") {
            found.embedded(&holder, &embedded, read_xml)?;
        } else {
            found.content_of(&holder, &embedded, Due::Nothing)?;
        }
    }
    read_attributes(tree, found)
}

/// Objects that are the value of an attribute.
fn read_attributes(tree: &Tree<'_>, found: &mut Collector<'_>) -> Result<()> {
    let known = Ranges::of(found.slots.iter().map(|slot| slot.value.range()).collect());
    for index in 0..tree.len() {
        for attribute in tree.attributes(index) {
            if known.overlaps(&attribute.value) {
                continue;
            }
            let name = tree.text.get(attribute.name.clone()).unwrap_or_default();
            let (path, pieces) = (format!("{}/@{name}", tree.path(index)), vec![attribute.value.clone()]);
            let embedded = Embedded::of_element(tree.text, &pieces);
            let start = attribute.value.start;
            let holder = Holder { form: Form::Text, path, start, pieces, descriptor: None };
            found.content_of(&holder, &embedded, Due::Nothing)?;
        }
    }
    Ok(())
}

/// Headers that are elements of the answer.
fn read_headers(tree: &Tree<'_>, found: &mut Collector<'_>) -> Result<()> {
    for index in (0..tree.len()).filter(|index| tree.local(*index) == "WRMHEADER") {
        let Some(element) = tree.get(index) else { continue };
        let range = element.start..element.end;
        let bytes = Bytes::copy_from_slice(tree.text.get(range.clone()).unwrap_or_default().as_bytes());
        let (path, start, pieces) = (tree.path(index), range.start, vec![range.clone()]);
        let holder = Holder { form: Form::Text, path, start, pieces, descriptor: None };
        found.held(&holder, Value::plain(range), bytes)?;
    }
    Ok(())
}

/// The strings of a JSON text that are values, with their paths. What is no JSON is passed over: an answer that was
/// cut off has strings all the same.
struct Strings<'t> {
    text: &'t str,
    at: usize,
    open: Vec<Open>,
}

/// An object or an array that is open.
struct Open {
    /// The name of the member, or the number of the element, that comes next or is here.
    step: Step,
    /// Whether a name is due.
    wants_name: bool,
}

enum Step {
    Member(Range<usize>),
    Element(usize),
}

impl Strings<'_> {
    fn next_value(&mut self) -> Result<Option<(String, Range<usize>)>> {
        while let Some(c) = self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            let here = self.at;
            self.at = here.saturating_add(c.len_utf8());
            match c {
                '{' | '[' => {
                    if self.open.len() >= MAX_DEPTH {
                        return Err(Error::limit("levels of JSON", MAX_DEPTH));
                    }
                    let is_object = c == '{';
                    let step = if is_object { Step::Member(here..here) } else { Step::Element(0) };
                    self.open.push(Open { step, wants_name: is_object });
                }
                '}' | ']' => {
                    self.open.pop();
                }
                ',' => {
                    if let Some(open) = self.open.last_mut() {
                        match &mut open.step {
                            Step::Member(_) => open.wants_name = true,
                            Step::Element(number) => *number = number.saturating_add(1),
                        }
                    }
                }
                '"' => {
                    let string = self.string();
                    match self.open.last_mut().filter(|open| open.wants_name) {
                        Some(open) => {
                            open.wants_name = false;
                            open.step = Step::Member(string);
                        }
                        None => return Ok(Some((self.path(), string))),
                    }
                }
                _ => {}
            }
        }
        Ok(None)
    }

    /// From behind the opening quote to the closing one.
    fn string(&mut self) -> Range<usize> {
        let start = self.at;
        let mut is_escaped = false;
        let rest = self.text.get(start..).unwrap_or_default();
        let len = rest.bytes().position(|byte| {
            let ends = byte == b'"' && !is_escaped;
            is_escaped = byte == b'\\' && !is_escaped;
            ends
        });
        let end = start.saturating_add(len.unwrap_or(rest.len()));
        self.at = end.saturating_add(1).min(self.text.len());
        start..end
    }

    fn path(&self) -> String {
        const MAX_NAME: usize = 80;
        let steps = self.open.iter().map(|open| match &open.step {
            Step::Member(name) => {
                let name = self.text.get(name.clone()).unwrap_or_default();
                format!("/{}", name.chars().take(MAX_NAME).collect::<String>())
            }
            Step::Element(number) => format!("[{number}]"),
        });
        let path: String = steps.collect();
        if path.is_empty() { "/".to_owned() } else { path }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<(String, &str)> {
        let mut strings = Strings { text, at: 0, open: Vec::new() };
        let mut values = Vec::new();
        while let Some((path, string)) = strings.next_value().unwrap() {
            values.push((path, &text[string]));
        }
        values
    }

    #[test]
    fn values_have_paths_and_names_are_none() {
        let text = r#"{"a": "b", "c": [1, "d", {"e": {"f\"": "g\\"}}], "h": null, "i": "j"}"#;
        let found = values(text);
        let shown: Vec<_> = found.iter().map(|(path, value)| (path.as_str(), *value)).collect();
        assert_eq!(shown, [("/a", "b"), ("/c[1]", "d"), ("/c[2]/e/f\\\"", "g\\\\"), ("/i", "j")]);
    }

    #[test]
    fn what_is_cut_off_is_read_as_far_as_it_goes() {
        assert_eq!(values(r#"["a", "b"#), [("[0]".to_owned(), "a"), ("[1]".to_owned(), "b")]);
        assert_eq!(values("}}]\"a\""), [("/".to_owned(), "a")]);
    }

    #[test]
    fn nesting_has_a_limit() {
        let text = "[".repeat(100_000);
        let mut strings = Strings { text: &text, at: 0, open: Vec::new() };
        assert!(strings.next_value().unwrap_err().to_string().contains("levels of JSON"));
    }
}
