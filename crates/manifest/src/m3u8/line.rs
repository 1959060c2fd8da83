//! Lines of a playlist, and the attribute lists in them.
//!
//! ```text
//!   #EXT-X-KEY:METHOD=SAMPLE-AES,URI="data:…",KEYFORMAT="com.microsoft.playready"
//!   ▲          ▲
//!   tag        rest: NAME=value, NAME="value", …
//! ```

use crate::xml::is_quote;
use core::ops::Range;

/// One line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Line {
    /// Without its line end.
    pub(crate) range: Range<usize>,
    /// With its line end.
    pub(crate) whole: Range<usize>,
    pub(crate) content: Content,
}

/// What a line is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Content {
    /// `#EXT…`: its name, and what stands behind the colon.
    Tag { name: Range<usize>, rest: Range<usize> },
    /// An address.
    Uri(Range<usize>),
    /// A comment, or nothing.
    Nothing,
}

/// The lines of a text.
pub(crate) struct Lines<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lines<'t> {
    pub(crate) const fn of(text: &'t str) -> Self {
        Self { text, at: 0 }
    }
}

impl Iterator for Lines<'_> {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let len = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let end = rest.get(len..).unwrap_or_default();
        let end_len = if end.starts_with("\r\n") { 2 } else { usize::from(!end.is_empty()) };
        let range = self.at..self.at.saturating_add(len);
        let whole = self.at..range.end.saturating_add(end_len);
        self.at = whole.end;
        let content = content(self.text, &range);
        Some(Line { range, whole, content })
    }
}

fn content(text: &str, line: &Range<usize>) -> Content {
    let inside = text.get(line.clone()).unwrap_or_default();
    let start = line.start.saturating_add(inside.len().saturating_sub(inside.trim_start().len()));
    let inside = inside.trim();
    let end = start.saturating_add(inside.len());
    if inside.starts_with("#EXT") {
        let name = inside.find(':').map_or(end, |at| start.saturating_add(at));
        return Content::Tag { name: start..name, rest: name.saturating_add(1).min(end)..end };
    }
    if inside.is_empty() || inside.starts_with('#') { Content::Nothing } else { Content::Uri(start..end) }
}

/// One attribute of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Attribute {
    pub(crate) name: Range<usize>,
    /// Without the quotes.
    pub(crate) value: Range<usize>,
    /// Whether it has straight quotes, or none and needs none.
    pub(crate) right: bool,
}

/// The attributes in `text[list]`.
pub(crate) fn attributes(text: &str, list: Range<usize>) -> impl Iterator<Item = Attribute> {
    let mut at = list.start;
    core::iter::from_fn(move || {
        let rest = text.get(at..list.end)?;
        let skipped =
            rest.len().saturating_sub(rest.trim_start_matches(|c: char| c == ',' || c.is_whitespace()).len());
        let start = at.saturating_add(skipped);
        let rest = text.get(start..list.end).filter(|rest| !rest.is_empty())?;
        let name_len = rest.find(['=', ',']).unwrap_or(rest.len());
        let name = start..start.saturating_add(name_len);
        let Some(value) = rest.get(name_len..).and_then(|rest| rest.strip_prefix('=')) else {
            at = name.end;
            return Some(Attribute { value: name.end..name.end, name, right: false });
        };
        let value_start = name.end.saturating_add(1);
        let quote = value.chars().next().filter(|c| is_quote(*c));
        let (value, end, right) = match quote {
            None => {
                let len = value.find(',').unwrap_or(value.len());
                let end = value_start.saturating_add(len);
                (value_start..end, end, true)
            }
            Some(open) => {
                let inside_start = value_start.saturating_add(open.len_utf8());
                let inside = value.get(open.len_utf8()..).unwrap_or_default();
                let closes = |c: char| if open == '"' { c == '"' } else { is_quote(c) };
                let len = inside.find(closes).unwrap_or(inside.len());
                let close = inside.get(len..).and_then(|rest| rest.chars().next());
                let inside_end = inside_start.saturating_add(len);
                let end = inside_end.saturating_add(close.map_or(0, char::len_utf8));
                (inside_start..inside_end, end, open == '"' && close == Some('"'))
            }
        };
        at = end;
        Some(Attribute { name, value, right })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_keep_their_ends_apart() {
        let text = "#EXTM3U\r\n# comment\n\n#EXT-X-KEY:METHOD=NONE\na.m4s";
        let lines: Vec<_> = Lines::of(text).collect();
        assert_eq!(lines.len(), 5);
        assert_eq!(&text[lines[0].whole.clone()], "#EXTM3U\r\n");
        assert_eq!(lines[1].content, Content::Nothing);
        let Content::Tag { name, rest } = lines[3].content.clone() else { panic!() };
        assert_eq!((&text[name], &text[rest]), ("#EXT-X-KEY", "METHOD=NONE"));
        let Content::Uri(uri) = lines[4].content.clone() else { panic!() };
        assert_eq!(&text[uri], "a.m4s");
    }

    #[test]
    fn attribute_lists_are_read_also_with_wrong_quotes() {
        let text = "A=1,B=\"x,y\", C=”z”,D,E='q',F=\"open";
        let found: Vec<_> =
            attributes(text, 0..text.len()).map(|a| (&text[a.name], &text[a.value], a.right)).collect();
        assert_eq!(
            found,
            [
                ("A", "1", true),
                ("B", "x,y", true),
                ("C", "z", false),
                ("D", "", false),
                ("E", "q", false),
                ("F", "open", false)
            ]
        );
    }

    proptest! {
        #[test]
        fn every_list_ends(text in "[A-C=,\"'” é]{0,40}") {
            let found: Vec<_> = attributes(&text, 0..text.len()).take(200).collect();
            prop_assert!(found.len() <= text.len());
        }
    }
}
