//! The part of a text that a finding is shown with.
//!
//! ```text
//!   <WRMHEADER …><DATA>…………………………<KID></KID>…………………………</DATA></WRMHEADER>
//!                            └──────── window ────────┘
//! ```
//!
//! A header is one line of tens of thousands of characters, and a thousand findings are shown: what is around one of them
//! does not grow with the header.

use std::ops::Range;

/// Columns that a line of a header is cut to.
pub const WIDTH: usize = 110;
/// Bytes on each side of what is pointed at: more than a line shows, so that its cuts are where they would be.
const BESIDE: usize = 4 * WIDTH;
/// Bytes of lines that are shown together.
const LINES: usize = 8 * WIDTH;

/// A part of a text, and where it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Window<'t> {
    pub text: &'t str,
    /// What is pointed at, in the part.
    pub span: Range<usize>,
    /// The line that the part begins in, from 1.
    pub line: usize,
    /// The character of that line that is pointed at, from 1.
    pub column: usize,
}

impl Window<'_> {
    /// The character of the part that is pointed at, from 1: where a renderer that has only the part takes it to be.
    pub fn column_within(&self) -> usize {
        self.text.get(..self.span.start).map_or(0, |before| before.chars().count()).saturating_add(1)
    }
}

/// Line and column of places in a text. They are asked for in its order, so each part of it is counted once.
#[derive(Clone, Default)]
pub struct Places {
    at: usize,
    /// Lines in front of it.
    lines: usize,
    /// Where its line begins.
    start: usize,
    /// Characters between the two.
    chars: usize,
}

impl Places {
    /// The window around a span; every call is about the same text.
    pub fn window<'t>(&mut self, text: &'t str, span: &Range<usize>) -> Window<'t> {
        self.go(text, span.start);
        // What goes on over long lines is shown where it begins.
        let goes_on = text.get(span.clone()).is_some_and(|said| said.contains('\n'));
        let is_long = span.end.saturating_sub(self.start) > LINES
            || goes_on && span.start.saturating_sub(self.start) > WIDTH;
        let (start, last) = if is_long {
            (self.start.max(boundary(text, span.start.saturating_sub(BESIDE))), span.start)
        } else {
            (self.start, span.end)
        };
        let near = boundary(text, last.saturating_add(BESIDE));
        let behind = text.get(last..near).unwrap_or_default();
        let end = behind.find('\n').map_or(near, |len| last.saturating_add(len));
        let within = |at: usize| at.min(end).saturating_sub(start);
        Window {
            text: text.get(start..end).unwrap_or_default(),
            span: within(span.start)..within(span.end),
            line: self.lines.saturating_add(1),
            column: self.chars.saturating_add(1),
        }
    }

    fn go(&mut self, text: &str, to: usize) {
        if to < self.at {
            *self = Self::default();
        }
        let passed = text.get(self.at..to).unwrap_or_default();
        if let Some(last) = passed.rfind('\n') {
            self.lines = self.lines.saturating_add(passed.matches('\n').count());
            self.start = self.at.saturating_add(last).saturating_add(1);
            self.chars = 0;
        }
        let counted = self.at.max(self.start);
        self.chars = self.chars.saturating_add(text.get(counted..to).unwrap_or_default().chars().count());
        self.at = to;
    }
}

/// The last boundary of a character that is not behind an offset.
fn boundary(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointed<'t>(window: &Window<'t>) -> &'t str {
        window.text.get(window.span.clone()).unwrap()
    }

    #[test]
    fn a_window_does_not_grow_with_its_text() {
        for n in [1_000, 30_000] {
            let text = "é<FOO></FOO>".repeat(n);
            let mut places = Places::default();
            for (at, _) in text.match_indices("<FOO>").step_by(n / 100) {
                let window = places.window(&text, &(at..at + 5));
                assert!(window.text.len() <= LINES + BESIDE, "{}", window.text.len());
                assert_eq!(pointed(&window), "<FOO>");
                let column = text.char_indices().take_while(|(start, _)| *start < at).count() + 1;
                assert_eq!((window.line, window.column), (1, column));
            }
            let whole = places.window(&text, &(0..text.len()));
            assert_eq!((whole.span.clone(), whole.text.len() < LINES), (0..whole.text.len(), true));
        }
    }

    #[test]
    fn lines_and_columns_are_counted_from_one_in_any_order() {
        let text = "<A>\n  é<B>\n</A>";
        let mut places = Places::default();
        for (what, line, column) in [("</A>", 3, 1), ("<A>", 1, 1), ("<B>", 2, 4)] {
            let at = text.find(what).unwrap();
            let window = places.window(text, &(at..at + what.len()));
            assert_eq!((window.line, window.column, pointed(&window)), (line, column, what));
        }
    }

    #[test]
    fn short_lines_are_shown_together_and_long_ones_where_the_span_begins() {
        let short = "<A>\n<B>\n</A>";
        assert_eq!(Places::default().window(short, &(1..9)).text, short);
        let long = format!("{}\n<B>", "x".repeat(5_000));
        let window = Places::default().window(&long, &(5_000..5_002));
        assert_eq!((window.span, window.text.len(), window.column), (BESIDE..BESIDE, BESIDE, 5_001));
    }
}
