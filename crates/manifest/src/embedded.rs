//! A text that is written inside of another one, and where its characters are in that one.
//!
//! ```text
//!   <Result>&lt;cenc:pssh&gt;AAAC…&lt;/cenc:pssh&gt;</Result>      escaped once more
//!   <Data><![CDATA[<cenc:pssh>AAAC…</cenc:pssh>]]></Data>           as it is
//!   "pssh": "<cenc:pssh>AAAC\/…<\/cenc:pssh>"                       a string of JSON
//! ```
//!
//! An object in it is spliced where it is in the outer text: what is around it keeps its escapes.

use crate::header_text::Escape;
use crate::work;
use core::ops::Range;
use std::borrow::Cow;

/// The text, and its places in the outer one.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Embedded {
    text: String,
    /// Ascending in both texts.
    runs: Vec<Run>,
    /// Where the outer text ends.
    end: usize,
    /// How its last piece is written.
    escape: Escape,
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
            embedded.add(outer, piece, if is_cdata { Escape::None } else { Escape::Xml });
        }
        embedded
    }

    /// A string of JSON, without its quotes.
    pub(crate) fn of_json(outer: &str, string: &Range<usize>) -> Self {
        let mut embedded = Self::default();
        embedded.add(outer, string, Escape::Json);
        embedded
    }

    /// One piece of text that is written so.
    pub(crate) fn of_piece(outer: &str, piece: &Range<usize>, escape: Escape) -> Self {
        let mut embedded = Self::default();
        embedded.add(outer, piece, escape);
        embedded
    }

    fn add(&mut self, outer: &str, piece: &Range<usize>, escape: Escape) {
        let unescape = match escape {
            Escape::None | Escape::Other => plain,
            Escape::Xml => of_xml,
            Escape::Json => of_json,
        };
        work::count(piece.len());
        self.escape = escape;
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

    /// A part of it, whose places in the outer text are those in the outer range of that part.
    pub(crate) fn part(&self, range: &Range<usize>) -> Self {
        let outer = self.outer_range(range);
        let first = self.runs.partition_point(|run| run.here <= range.start).saturating_sub(1);
        let runs = self.runs.get(first..).unwrap_or_default().iter().take_while(|run| run.here < range.end);
        let from = |run: &Run| Run {
            here: run.here.saturating_sub(range.start),
            // The first run may begin before the part.
            there: run.there.saturating_add(range.start.saturating_sub(run.here)).saturating_sub(outer.start),
            escape: run.escape,
        };
        Self {
            text: self.text.get(range.clone()).unwrap_or_default().to_owned(),
            runs: runs.map(from).collect(),
            end: outer.end.saturating_sub(outer.start),
            escape: self.escape,
        }
    }

    /// The outer text for another text: what both have at their beginnings and ends stays as it is written.
    pub(crate) fn rewrite(&self, outer: &str, new: &str) -> String {
        let old = self.text.as_str();
        let is_same = |pair: &(char, char)| pair.0 == pair.1;
        let front: usize = old.chars().zip(new.chars()).take_while(is_same).map(|(c, _)| c.len_utf8()).sum();
        let (old_rest, new_rest) =
            (old.get(front..).unwrap_or_default(), new.get(front..).unwrap_or_default());
        let back: usize = old_rest
            .chars()
            .rev()
            .zip(new_rest.chars().rev())
            .take_while(is_same)
            .map(|(c, _)| c.len_utf8())
            .sum();
        let put = new_rest.get(..new_rest.len().saturating_sub(back)).unwrap_or_default();
        let (begin, end) = (self.outer(front), self.outer(old.len().saturating_sub(back)));
        let kept = |range: Range<usize>| outer.get(range).unwrap_or_default();
        [kept(0..begin), &escaped(put, self.escape), kept(end..outer.len())].concat()
    }

    /// Whether a range is written in the outer text as it is here.
    pub(crate) fn is_same(&self, outer: &str, range: &Range<usize>) -> bool {
        outer.get(self.outer_range(range)) == self.text.get(range.clone())
    }
}

/// Text as it is written in the outer one.
fn escaped(text: &str, escape: Escape) -> Cow<'_, str> {
    match escape {
        // The end of a marked section cannot be in it; the text is XML and has another way to say that.
        Escape::None | Escape::Other => Cow::Owned(text.replace("]]>", "]]&gt;")),
        Escape::Xml => crate::protection::escaped(text),
        Escape::Json => Cow::Owned(json_escaped(text)),
    }
}

/// A string of JSON without its quotes (RFC 8259, 7).
fn json_escaped(text: &str) -> String {
    use core::fmt::Write as _;
    let mut written = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\\' => written.extend(['\\', c]),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            // Writing to a string cannot fail.
            c if c.is_control() => {
                let _ = write!(written, "\\u{:04x}", u32::from(c));
            }
            c => written.push(c),
        }
    }
    written
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

    #[test]
    fn a_changed_text_keeps_what_is_written_around_the_change() {
        let outer = "&lt;a&gt;x &amp; y&#60;/a>";
        let embedded = Embedded::of_element(outer, core::slice::from_ref(&(0..outer.len())));
        assert_eq!(embedded.text(), "<a>x & y</a>");
        assert_eq!(embedded.rewrite(outer, "<a>x & <z></a>"), "&lt;a&gt;x &amp; &lt;z&gt;&#60;/a>");
        assert_eq!(embedded.rewrite(outer, embedded.text()), outer);
        assert_eq!(embedded.rewrite(outer, "<a></a>"), "&lt;a&gt;&#60;/a>");
        let json = r"\u003ca\u003ex\/y<\/a>";
        let json_text = Embedded::of_json(json, &(0..json.len()));
        assert_eq!(json_text.rewrite(json, "<a>\"\n</a>"), r#"\u003ca\u003e\"\n<\/a>"#);
    }

    #[test]
    fn a_part_has_its_places_in_its_own_piece() {
        let outer = "ab&lt;cd&gt;ef";
        let embedded = Embedded::of_element(outer, core::slice::from_ref(&(0..outer.len())));
        for start in 0..embedded.text().len() {
            for end in start + 1..=embedded.text().len() {
                let (range, part) = (start..end, embedded.part(&(start..end)));
                let piece = &outer[embedded.outer_range(&range)];
                assert_eq!(part.text(), &embedded.text()[range]);
                assert_eq!(part.outer_range(&(0..part.text().len())), 0..piece.len());
                assert_eq!(part.rewrite(piece, part.text()), piece);
            }
        }
    }
}
