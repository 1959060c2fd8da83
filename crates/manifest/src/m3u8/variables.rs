//! Variables of a playlist (EXT-X-DEFINE; rfc8216bis, 4.3 and 4.4.2.3).
//!
//! ```text
//!   #EXT-X-DEFINE:NAME="pr",VALUE="vgIAAAEAAQ…"
//!   #EXT-X-KEY:METHOD=SAMPLE-AES,URI="data:text/plain;base64,{$pr}",…
//!                                                            └ is read, and spliced, where VALUE is
//!   #EXT-X-DEFINE:IMPORT="pr"          from the multivariant playlist
//!   #EXT-X-DEFINE:QUERYPARAM="pr"      from the address of the playlist
//! ```
//!
//! What is filled in is not looked at again.

use super::line::attributes;
use crate::limits::MAX_OBJECT_LEN;
use core::ops::Range;
use std::collections::{BTreeSet, HashMap};

/// The variables that are defined so far.
#[derive(Default)]
pub(super) struct Variables {
    known: HashMap<String, Variable>,
}

#[derive(Clone)]
enum Variable {
    Value(Range<usize>),
    Imported,
    Parameter,
}

/// A text with variables filled in, and where its parts are written.
#[derive(Default)]
pub(super) struct Resolved {
    pub(super) text: String,
    /// Where a part begins here, and its range in the playlist.
    parts: Vec<(usize, Range<usize>)>,
    /// Variables that were used.
    pub(super) used: BTreeSet<String>,
    /// Variables whose values are not in the playlist, and where they come from.
    pub(super) unknown: Vec<String>,
}

impl Variables {
    /// Takes the attributes of an `EXT-X-DEFINE`; says what is wrong with it, or that its value is elsewhere.
    pub(super) fn define(&mut self, text: &str, rest: &Range<usize>) -> Option<String> {
        let named = |name: &str| {
            let is_it = |range: &Range<usize>| text.get(range.clone()).map(str::trim) == Some(name);
            attributes(text, rest.clone()).find(|attribute| is_it(&attribute.name)).map(|found| found.value)
        };
        let said = |range: Range<usize>| text.get(range).unwrap_or_default().to_owned();
        let (name, variable) =
            match (named("NAME"), named("VALUE"), named("IMPORT"), named("QUERYPARAM")) {
                (Some(name), Some(value), _, _) => (said(name), Variable::Value(value)),
                (_, _, Some(name), _) => (said(name), Variable::Imported),
                (_, _, _, Some(name)) => (said(name), Variable::Parameter),
                _ => return Some(
                    "the line defines no variable: it has neither NAME with VALUE nor IMPORT nor QUERYPARAM"
                        .to_owned(),
                ),
            };
        let unknown = origin(&name, Some(&variable));
        self.known.insert(name, variable);
        unknown
    }

    /// Values in this playlist, with their names.
    pub(super) fn values(&self) -> Vec<(&str, &Range<usize>)> {
        let values = self.known.iter().filter_map(|(name, variable)| match variable {
            Variable::Value(range) => Some((name.as_str(), range)),
            Variable::Imported | Variable::Parameter => None,
        });
        let mut values: Vec<_> = values.collect();
        values.sort_by_key(|(_, range)| range.start);
        values
    }

    /// A part of the playlist with variables filled in.
    pub(super) fn resolve(&self, text: &str, range: &Range<usize>) -> Resolved {
        let mut resolved = Resolved::default();
        let mut at = range.start;
        while let Some(rest) = text.get(at..range.end).filter(|rest| !rest.is_empty()) {
            let opened = rest.find("{$");
            let closed = opened
                .and_then(|open| rest.get(open..)?.find('}').map(|len| (open, open.saturating_add(len))));
            let Some((open, close)) = closed else {
                resolved.add(text, at..range.end);
                break;
            };
            resolved.add(text, at..at.saturating_add(open));
            let name = rest.get(open.saturating_add(2)..close).unwrap_or_default();
            let whole = at.saturating_add(open)..at.saturating_add(close).saturating_add(1);
            at = whole.end;
            match self.known.get(name) {
                Some(Variable::Value(value)) if resolved.text.len() <= MAX_OBJECT_LEN.saturating_mul(2) => {
                    resolved.used.insert(name.to_owned());
                    resolved.add(text, value.clone());
                }
                variable => {
                    resolved.unknown.extend(origin(name, variable));
                    resolved.add(text, whole);
                }
            }
        }
        resolved
    }
}

/// Why a variable has no value here.
fn origin(name: &str, variable: Option<&Variable>) -> Option<String> {
    const MAX_NAME: usize = 80;
    let name: String = name.chars().take(MAX_NAME).collect();
    match variable {
        Some(Variable::Value(_)) => None,
        Some(Variable::Imported) => {
            Some(format!("the value of the variable {name} is in the multivariant playlist (IMPORT)"))
        }
        Some(Variable::Parameter) => {
            Some(format!("the value of the variable {name} is in the address of the playlist (QUERYPARAM)"))
        }
        None => Some(format!("the variable {name} is not defined")),
    }
}

impl Resolved {
    fn add(&mut self, text: &str, range: Range<usize>) {
        if let Some(part) = text.get(range.clone()).filter(|part| !part.is_empty()) {
            self.parts.push((self.text.len(), range));
            self.text.push_str(part);
        }
    }

    /// Where a range of the resolved text is written, in parts.
    pub(super) fn places(&self, range: &Range<usize>) -> Vec<Range<usize>> {
        let parts = self.parts.iter().filter_map(|(here, part)| {
            let end = here.saturating_add(part.len());
            let (first, last) = (range.start.max(*here), range.end.min(end));
            (first < last).then(|| {
                let at = |place: usize| part.start.saturating_add(place.saturating_sub(*here));
                at(first)..at(last)
            })
        });
        parts.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_where_it_is_defined() {
        let text = "NAME=\"a\",VALUE=\"xyz\"|1{$a}2{$b}";
        let mut variables = Variables::default();
        assert_eq!(variables.define(text, &(0..20)), None);
        let resolved = variables.resolve(text, &(21..text.len()));
        assert_eq!(resolved.text, "1xyz2{$b}");
        assert_eq!(resolved.unknown, ["the variable b is not defined"]);
        let shown: Vec<_> = resolved.places(&(0..4)).into_iter().map(|range| &text[range]).collect();
        assert_eq!(shown, ["1", "xyz"]);
        assert_eq!(resolved.places(&(2..3)).first(), Some(&(17..18)));
    }

    #[test]
    fn values_that_are_elsewhere_are_named() {
        let text = "IMPORT=\"pr\"";
        let mut variables = Variables::default();
        assert!(
            variables
                .define(text, &(0..text.len()))
                .unwrap()
                .contains("the variable pr is in the multivariant")
        );
        assert!(variables.define("QUERYPARAM=\"q\"", &(0..14)).unwrap().contains("QUERYPARAM"));
        assert!(variables.define("VALUE=\"q\"", &(0..9)).unwrap().contains("defines no variable"));
    }

    #[test]
    fn an_open_brace_is_a_brace() {
        let text = "a{$b";
        assert_eq!(Variables::default().resolve(text, &(0..4)).text, text);
    }
}
