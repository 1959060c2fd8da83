//! A text that is written inside of another one, and where its characters are in that one.
//!
//! ```text
//!   <Result>&lt;cenc:pssh&gt;AAAC…&lt;/cenc:pssh&gt;</Result>      escaped once more
//!   <Data><![CDATA[<cenc:pssh>AAAC…</cenc:pssh>]]></Data>           as it is
//!   "pssh": "<cenc:pssh>AAAC\/…<\/cenc:pssh>"                       a string of JSON
//! ```
//!
//! An object in it is spliced where it is in the outer text: what is around it keeps its escapes.

use core::ops::Range;

/// The text, and its places in the outer one.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Embedded {
    text: String,
    /// Ascending in both texts.
    runs: Vec<Run>,
    /// Where the outer text ends.
    end: usize,
}

/// Characters that are the same in both texts, or one that is escaped in the outer one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Run {
    /// Where it begins in the inner text.
    here: usize,
    /// Where it begins in the outer text.
    there: usize,
    /// Bytes of the escape; 0 for characters as they are.
    escape: usize,
}

impl Embedded {
    /// The text of an element, in the pieces that the element has it in.
    pub(crate) fn of_element(outer: &str, pieces: &[Range<usize>]) -> Self {
        let mut embedded = Self::default();
        for piece in pieces {
            let is_cdata = outer.get(..piece.start).is_some_and(|before| before.ends_with("<![CDATA["));
            embedded.add(outer, piece, if is_cdata { plain } else { of_xml });
        }
        embedded
    }

    /// A string of JSON, without its quotes.
    pub(crate) fn of_json(outer: &str, string: &Range<usize>) -> Self {
        let mut embedded = Self::default();
        embedded.add(outer, string, of_json);
        embedded
    }

    fn add(&mut self, outer: &str, piece: &Range<usize>, unescape: fn(&str) -> Option<(char, usize)>) {
        let mut at = piece.start;
        let mut is_run = false;
        while let Some(rest) = outer.get(at..piece.end).filter(|rest| !rest.is_empty()) {
            let Some(first) = rest.chars().next() else { break };
            let escaped = unescape(rest);
            let (c, len) = escaped.unwrap_or((first, first.len_utf8()));
            if !is_run || escaped.is_some() {
                let escape = if escaped.is_some() { len } else { 0 };
                self.runs.push(Run { here: self.text.len(), there: at, escape });
            }
            // Behind an escape the distance between the two is another one.
            is_run = escaped.is_none();
            self.text.push(c);
            at = at.saturating_add(len);
        }
        self.end = at;
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Where a place is in the outer text.
    fn outer(&self, at: usize) -> usize {
        if at >= self.text.len() {
            return self.end;
        }
        self.run_at(at).map_or(self.end, |run| run.there.saturating_add(at.saturating_sub(run.here)))
    }

    fn run_at(&self, at: usize) -> Option<Run> {
        let run = self.runs.partition_point(|run| run.here <= at).checked_sub(1)?;
        self.runs.get(run).copied()
    }

    /// Where a range is in the outer text.
    pub(crate) fn outer_range(&self, range: &Range<usize>) -> Range<usize> {
        let start = self.outer(range.start);
        // The end is where the last character ends, not where the next one begins: a mark may be between the two.
        let last = self.text.get(..range.end).and_then(|text| text.chars().next_back());
        let Some(last) = last.filter(|_| !range.is_empty()) else { return start..start };
        let at = range.end.saturating_sub(last.len_utf8());
        let len = match self.run_at(at) {
            Some(Run { escape, .. }) if escape > 0 => escape,
            _ => last.len_utf8(),
        };
        start..self.outer(at).saturating_add(len)
    }

    /// Whether a range is written in the outer text as it is here.
    pub(crate) fn is_same(&self, outer: &str, range: &Range<usize>) -> bool {
        outer.get(self.outer_range(range)) == self.text.get(range.clone())
    }
}

fn plain(_: &str) -> Option<(char, usize)> {
    None
}

fn of_xml(rest: &str) -> Option<(char, usize)> {
    prkit_playready::reference(rest)
}

/// An escape of JSON (RFC 8259, 7). Half a surrogate pair is no character, and stays.
fn of_json(rest: &str) -> Option<(char, usize)> {
    let escape = rest.strip_prefix('\\')?;
    let c = match escape.chars().next()? {
        c @ ('"' | '\\' | '/') => c,
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => {
            let unit = |text: &str| u16::from_str_radix(text.get(..4)?, 16).ok();
            let first = unit(escape.get(1..)?)?;
            let second = escape.get(5..).and_then(|rest| unit(rest.strip_prefix("\\u")?));
            let mut read = char::decode_utf16([Some(first), second].into_iter().flatten());
            let c = read.next()?.ok()?;
            return Some((c, if c.len_utf16() == 2 { 12 } else { 6 }));
        }
        _ => return None,
    };
    Some((c, 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(outer: &str, embedded: &Embedded, part: &str) -> String {
        let at = embedded.text().find(part).unwrap();
        outer[embedded.outer_range(&(at..at + part.len()))].to_owned()
    }

    #[test]
    fn a_part_of_an_escaped_text_is_found_where_it_is_written() {
        let outer = "&lt;a b=&quot;&#x41;BC&quot;&gt;DEF&lt;/a&gt;";
        let embedded = Embedded::of_element(outer, core::slice::from_ref(&(0..outer.len())));
        assert_eq!(embedded.text(), "<a b=\"ABC\">DEF</a>");
        for (part, written) in [("DEF", "DEF"), ("ABC", "&#x41;BC"), ("<a", "&lt;a"), ("</a>", "&lt;/a&gt;")]
        {
            assert_eq!(places(outer, &embedded, part), written);
        }
    }

    #[test]
    fn marked_sections_are_as_they_are_written() {
        let outer = "x<![CDATA[<a>&lt;</a>]]>&amp;y";
        let embedded = Embedded::of_element(outer, &[0..1, 10..21, 24..30]);
        assert_eq!(embedded.text(), "x<a>&lt;</a>&y");
        assert_eq!(places(outer, &embedded, "</a>"), "</a>");
        assert_eq!(places(outer, &embedded, "&y"), "&amp;y");
        assert_eq!(places(outer, &embedded, "x"), "x");
    }

    #[test]
    fn strings_of_json_are_read() {
        let outer = r"\u003ca\/\ud83d\ude00b\n";
        let embedded = Embedded::of_json(outer, &(0..outer.len()));
        assert_eq!(embedded.text(), "<a/\u{1F600}b\n");
        assert_eq!(places(outer, &embedded, "\u{1F600}b"), r"\ud83d\ude00b");
        assert_eq!(places(outer, &embedded, "a"), "a");
        assert!(!embedded.is_same(outer, &(0..1)));
        assert!(embedded.is_same(outer, &(1..2)));
    }
}
