//! Byte ranges in other files, and how they move with them.
//!
//! ```text
//!   DASH   <SegmentBase indexRange="1614-1765"> <Initialization range="0-1613"/>      first and last byte
//!   HLS    #EXT-X-MAP:URI="a.mp4",BYTERANGE="1614@0"                                  length and first byte
//!          #EXT-X-BYTERANGE:80511@1766        then    #EXT-X-BYTERANGE:79823          behind the one before
//! ```
//!
//! Each is two distances in a media file: where the range begins and where it ends. What becomes of them follows from
//! the [`Shape`] of that file's edit, like every other distance. A range begins where a box begins and ends where one
//! ends, so bytes that are put between two ranges belong to neither; where a range had no offset of its own, it gets
//! one then.

use crate::edit::Edit;
use crate::text::Position;
use core::ops::Range;
use prkit_plan::{Moved, Place, Shape, Span};
use std::collections::HashMap;

/// Where a byte range stands in a document.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RangeKind {
    /// `Initialization@range`.
    Initialization,
    /// `@indexRange` of `SegmentBase` and its like.
    Index,
    /// `RepresentationIndex@range`.
    RepresentationIndex,
    /// `BitstreamSwitching@range`.
    BitstreamSwitching,
    /// `SegmentURL@mediaRange`.
    Media,
    /// `SegmentURL@indexRange`.
    SegmentIndex,
    /// `BYTERANGE` of `EXT-X-MAP`.
    Map,
    /// `EXT-X-BYTERANGE`.
    Segment,
    /// `EXT-X-BYTERANGE` in a playlist of key frames.
    KeyFrame,
    /// `BYTERANGE` of `EXT-X-PART`.
    Part,
    /// `BYTERANGE-START` and `BYTERANGE-LENGTH` of `EXT-X-PRELOAD-HINT`.
    Hint,
}

impl RangeKind {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Initialization => "Initialization@range",
            Self::Index => "@indexRange",
            Self::RepresentationIndex => "RepresentationIndex@range",
            Self::BitstreamSwitching => "BitstreamSwitching@range",
            Self::Media => "SegmentURL@mediaRange",
            Self::SegmentIndex => "SegmentURL@indexRange",
            Self::Map => "EXT-X-MAP BYTERANGE",
            Self::Segment | Self::KeyFrame => "EXT-X-BYTERANGE",
            Self::Part => "EXT-X-PART BYTERANGE",
            Self::Hint => "EXT-X-PRELOAD-HINT BYTERANGE",
        }
    }
}

/// A byte range of a document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ByteRange {
    /// Where it stands.
    pub kind: RangeKind,
    /// The element or line.
    pub path: String,
    /// Line and column of its numbers.
    pub position: Position,
    /// The files it counts in, each with its alternatives. Several where a range is inherited.
    pub files: Vec<Vec<String>>,
    /// First byte.
    pub start: u64,
    /// The byte after the last one; `None` where it goes to the end of the file.
    pub end: Option<u64>,
    pub(crate) form: Form,
}

/// Where the numbers stand in the text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    /// `first-last`.
    FirstLast { first: Range<usize>, last: Option<Range<usize>> },
    /// `length@first`; without a place for the first byte it begins where the one before ended.
    LengthFirst { length: Range<usize>, first: Option<Range<usize>> },
    /// Two attributes, each of which may be absent.
    StartLength { start: Option<Range<usize>>, length: Option<Range<usize>> },
}

impl ByteRange {
    /// The bytes, as far as the document says where they end.
    pub fn span(&self, len: u64) -> Span {
        Span::new(self.start, self.end.unwrap_or(len))
    }

    /// Whether it begins where the one before it ended.
    pub const fn is_implicit(&self) -> bool {
        matches!(&self.form, Form::LengthFirst { first: None, .. })
    }
}

/// `first-last` in `text[at]`.
pub(crate) fn first_last(text: &str, at: Range<usize>) -> Option<(u64, Option<u64>, Form)> {
    let first = digits(text, at.start..at.end)?;
    let dash = text.get(first.end..at.end)?;
    let after = dash.trim_start().strip_prefix('-')?;
    let last_start = at.end.saturating_sub(after.len());
    let last = digits(text, last_start..at.end);
    let rest = text.get(last.as_ref().map_or(last_start, |last| last.end)..at.end)?;
    let start = number(text, &first)?;
    let end = match &last {
        Some(last) => Some(number(text, last)?.checked_add(1).filter(|end| *end > start)?),
        None => None,
    };
    rest.trim().is_empty().then_some((start, end, Form::FirstLast { first, last }))
}

/// `length` or `length@first` in `text[at]`: the length, the first byte, and where both stand.
pub(crate) fn length_first(text: &str, at: Range<usize>) -> Option<(u64, Option<u64>, Form)> {
    let length = digits(text, at.clone())?;
    let rest = text.get(length.end..at.end)?.trim_end();
    let first = match rest.trim_start().strip_prefix('@') {
        Some(_) => {
            let at_sign = rest.find('@')?;
            Some(digits(text, length.end.saturating_add(at_sign).saturating_add(1)..at.end)?)
        }
        None if rest.trim().is_empty() => None,
        None => return None,
    };
    let start = match &first {
        Some(first) => Some(number(text, first)?),
        None => None,
    };
    Some((number(text, &length)?, start, Form::LengthFirst { length, first }))
}

/// The first run of digits, with nothing but white space in front.
fn digits(text: &str, at: Range<usize>) -> Option<Range<usize>> {
    let inside = text.get(at.clone())?;
    let margin = inside.len().saturating_sub(inside.trim_start().len());
    let rest = inside.get(margin..)?;
    let len = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let start = at.start.saturating_add(margin);
    (len > 0).then(|| start..start.saturating_add(len))
}

fn number(text: &str, at: &Range<usize>) -> Option<u64> {
    text.get(at.clone())?.parse().ok()
}

/// What becomes of the ranges of a document.
#[derive(Clone, Debug, Default)]
pub struct MovedRanges {
    /// Splices of their numbers.
    pub edits: Vec<Edit>,
    /// Ranges, by number, that begin or end inside replaced bytes. They keep their numbers.
    pub stale: Vec<usize>,
    /// Ranges, by number, of several files that move differently. No numbers are right for them.
    pub torn: Vec<usize>,
}

/// Moves byte ranges along with the files they count in.
///
/// `shape_of` says how the file at some addresses is edited; `None` for one that stays as it is. Nothing here knows
/// how files are written: the result is edits of the document's text.
pub fn move_ranges<'s>(
    ranges: &[ByteRange],
    shape_of: &dyn Fn(&[String]) -> Option<&'s Shape>,
) -> MovedRanges {
    let mut moved = MovedRanges::default();
    // Where the range before of the same kind and file ends afterwards: an implicit one goes on from there, as it was
    // read, also where one of another file stands between them, which RFC 8216 (4.3.2.2) forbids.
    let mut behind = Behind::new();
    for (index, range) in ranges.iter().enumerate() {
        let mut results: Vec<_> = range.files.iter().map(|file| after(range, shape_of(file))).collect();
        results.dedup();
        let result = match results.as_slice() {
            [Some(one)] => Some(*one),
            [None] => None,
            // Nothing is known of what it counts in.
            [] => {
                range.stays(&mut behind);
                continue;
            }
            _ => {
                moved.torn.push(index);
                None
            }
        };
        let Some((start, end)) = result else {
            if moved.torn.last() != Some(&index) {
                moved.stale.push(index);
            }
            range.stays(&mut behind);
            continue;
        };
        let goes_on = match range.kind {
            // Without an offset it is the beginning of the file.
            RangeKind::Map => start == 0,
            _ => behind.get(&range.follows()).is_none_or(|at| *at == start),
        };
        range.write(start, end, goes_on, &mut moved.edits);
        behind.extend(end.map(|end| (range.follows(), end)));
    }
    moved
}

/// First byte and the one after the last, after the edit; `None` when one of them is gone.
fn after(range: &ByteRange, shape: Option<&Shape>) -> Option<(u64, Option<u64>)> {
    let Some(shape) = shape else { return Some((range.start, range.end)) };
    let to = |place| match shape.moved(place) {
        Moved::To(offset) => Some(offset),
        Moved::Gone => None,
    };
    // A range ends where a box of the file ends: what is put behind that box is not in it.
    let end = match range.end {
        Some(end) => Some(to(Place::end(end, 1))?),
        None => None,
    };
    Some((to(Place::start(range.start))?, end))
}

/// Where ranges end, by kind and file.
type Behind<'r> = HashMap<(RangeKind, Option<&'r str>), u64>;

impl ByteRange {
    /// Left as it is written, it still goes on from the one before where it says no first byte.
    fn stays<'r>(&'r self, behind: &mut Behind<'r>) {
        let Some(end) = self.end else { return };
        let before = behind.get(&self.follows()).filter(|_| self.is_implicit());
        let start = before.copied().unwrap_or(self.start);
        behind.insert(self.follows(), start.saturating_add(end.saturating_sub(self.start)));
    }

    /// What an implicit range has to have in common with the one it goes on from.
    fn follows(&self) -> (RangeKind, Option<&str>) {
        (self.kind, self.files.first().and_then(|urls| urls.first()).map(String::as_str))
    }

    fn write(&self, start: u64, end: Option<u64>, goes_on: bool, edits: &mut Vec<Edit>) {
        let mut set = |at: &Option<Range<usize>>, old: Option<u64>, new: Option<u64>| {
            if let (Some(at), Some(new)) = (at, new)
                && old != Some(new)
            {
                edits.push(Edit::new(at.clone(), new.to_string()));
            }
        };
        let len = |start: u64, end: Option<u64>| end.map(|end| end.saturating_sub(start));
        let (old_len, new_len) = (len(self.start, self.end), len(start, end));
        match &self.form {
            Form::FirstLast { first, last } => {
                set(&Some(first.clone()), Some(self.start), Some(start));
                let inclusive = |end: Option<u64>| end.map(|end| end.saturating_sub(1));
                set(last, inclusive(self.end), inclusive(end));
            }
            Form::LengthFirst { length, first } => {
                set(&Some(length.clone()), old_len, new_len);
                set(first, Some(self.start), Some(start));
                if first.is_none() && !goes_on {
                    edits.push(Edit::insert(length.end, format!("@{start}")));
                }
            }
            Form::StartLength { start: at, length } => {
                set(at, Some(self.start), Some(start));
                set(length, old_len, new_len);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit;
    use crate::text::Text;
    use crate::{Kind, Manifest};
    use bytes::Bytes;
    use prkit_plan::Splice;

    /// `moov` 10..100 whose last child grows by 8, filler of 20 behind it, `sidx` 100..120, fragments from there.
    fn shape() -> Shape {
        Shape::new(vec![
            Splice { from: Place::start(40), to: Place::end(100, 2), len: 68 },
            Splice::insert(Place::gap(100, 0), 20),
        ])
        .unwrap()
    }

    fn range(kind: RangeKind, (start, end, form): (u64, Option<u64>, Form)) -> ByteRange {
        let position = Position { line: 1, column: 1 };
        ByteRange { kind, path: String::new(), position, files: vec![vec!["a.mp4".into()]], start, end, form }
    }

    fn moved(text: &str, ranges: &[ByteRange]) -> (String, MovedRanges) {
        let shape = shape();
        let moved = move_ranges(ranges, &|file| (file == ["a.mp4"]).then_some(&shape));
        let raw = Bytes::copy_from_slice(text.as_bytes());
        let new = edit::apply(&Text::decode(&raw), &raw, moved.edits.clone()).unwrap();
        (String::from_utf8(new).unwrap(), moved)
    }

    fn dash(kind: RangeKind, text: &str) -> String {
        let range = range(kind, first_last(text, 0..text.len()).unwrap());
        moved(text, &[range]).0
    }

    #[test]
    fn ranges_of_dash_move_with_the_boxes_they_name() {
        assert_eq!(dash(RangeKind::Initialization, "0-99"), "0-107");
        assert_eq!(dash(RangeKind::Index, "100-119"), "128-147");
        assert_eq!(dash(RangeKind::Media, " 120 - 999 "), " 148 - 1027 ");
        assert_eq!(dash(RangeKind::Media, "120-"), "148-");
        assert_eq!(dash(RangeKind::Initialization, "0-9"), "0-9");
    }

    #[test]
    fn ranges_that_are_none_are_not_read() {
        for text in
            ["", "-5", "a-b", "5-4", "1-2-3", "1 2", "99999999999999999999-1", "0-18446744073709551615"]
        {
            assert_eq!(first_last(text, 0..text.len()), None, "{text}");
        }
        for text in ["", "@5", "5@", "5@x", "5x"] {
            assert_eq!(length_first(text, 0..text.len()), None, "{text}");
        }
    }

    /// Two segments of which the second has no offset, with `moved` told where they begin.
    fn playlist(first: u64, second: u64) -> String {
        let text = format!("{}@{first}|{}", second - first, 200 - second);
        let bar = text.find('|').unwrap();
        let (len, start, form) = length_first(&text, 0..bar).unwrap();
        let one = range(RangeKind::Segment, (start.unwrap(), Some(start.unwrap() + len), form));
        let (len, _, form) = length_first(&text, bar + 1..text.len()).unwrap();
        let two = range(RangeKind::Segment, (second, Some(second + len), form));
        moved(&text, &[one, two]).0
    }

    #[test]
    fn an_implicit_offset_stays_implicit_where_it_can() {
        assert_eq!(playlist(120, 160), "40@148|40");
        // Filler comes between the two.
        assert_eq!(playlist(0, 100), "108@0|100@128");
    }

    #[test]
    fn a_range_that_ends_in_replaced_bytes_keeps_its_numbers_and_is_stale() {
        let range = range(RangeKind::Initialization, first_last("0-59", 0..4).unwrap());
        let (text, moved) = moved("0-59", &[range]);
        assert_eq!((text.as_str(), moved.stale), ("0-59", vec![0]));
    }

    #[test]
    fn a_range_of_files_that_move_differently_is_torn() {
        let mut range = range(RangeKind::Index, first_last("100-119", 0..7).unwrap());
        range.files.push(vec!["b.mp4".into()]);
        let (text, moved) = moved("100-119", &[range]);
        assert_eq!((text.as_str(), moved.torn, moved.stale), ("100-119", vec![0], vec![]));
    }

    #[test]
    fn ranges_of_files_that_stay_as_they_are_are_not_touched() {
        // Found by fuzzing: an implicit range behind one of another file.
        let text = "#EXTM3U\n#EXT-X-BYTERANGE:10@5\na.mp4\n#EXT-X-BYTERANGE:20@0\nb.mp4\n#EXT-X-BYTERANGE:3\na.mp4\n";
        let manifest = Manifest::parse(Kind::M3u8, &Bytes::from(text)).unwrap();
        let presentation = manifest.presentation("", &()).unwrap();
        let moved = move_ranges(&presentation.ranges, &|_| None);
        assert!(moved.edits.is_empty() && moved.stale.is_empty(), "{:?}", moved.edits);
    }

    #[test]
    fn the_beginning_of_a_map_is_the_beginning_of_the_file() {
        let (len, start, form) = length_first("100", 0..3).unwrap();
        assert_eq!(start, None);
        let range = range(RangeKind::Map, (0, Some(len), form));
        assert_eq!(moved("100", &[range]).0, "108");
    }
}
