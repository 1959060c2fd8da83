//! `SegmentTimeline` (ISO/IEC 23009-1, 5.3.9.6).
//!
//! ```text
//!   <S t="0" d="96256" r="2"/> <S d="95232"/> <S t="480256" d="96256" r="-1"/>
//!      three segments             one             as many as fit before the next t or the end of the period
//! ```

use crate::xml::Tree;

/// One `S` element.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Run {
    /// Time of the first segment.
    pub(super) time: u64,
    /// Duration of each.
    pub(super) duration: u64,
    /// How many; `None` when nothing says where they end.
    pub(super) count: Option<u64>,
    /// The number of the first segment, where the element says it.
    pub(super) number: Option<u64>,
}

/// The runs of a timeline; `end` is the end of the period in its ticks.
pub(super) fn runs(tree: &Tree<'_>, timeline: usize, end: Option<u64>) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut next = 0_u64;
    let mut elements = tree.named(timeline, "S").peekable();
    while let Some(element) = elements.next() {
        let time = tree.number(element, "t").unwrap_or(next);
        let duration = tree.number(element, "d").unwrap_or(0);
        let repeat: i64 = tree.said(element, "r").and_then(|r| r.parse().ok()).unwrap_or(0);
        let until = elements.peek().map_or(end, |following| tree.number(*following, "t").or(end));
        let count = match u64::try_from(repeat) {
            Ok(repeat) => Some(repeat.saturating_add(1)),
            Err(_) => until.map(|until| fitting(until.saturating_sub(time), duration)),
        };
        next = time.saturating_add(duration.saturating_mul(count.unwrap_or(1)));
        runs.push(Run { time, duration, count, number: tree.number(element, "n") });
    }
    runs
}

/// At least one: the element stands for a segment.
fn fitting(time: u64, duration: u64) -> u64 {
    let whole = time.checked_div(duration).unwrap_or(1);
    let begun = u64::from(time.checked_rem(duration).is_some_and(|rest| rest > 0));
    whole.saturating_add(begun).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oddity::Oddities;
    use crate::text::Text;
    use crate::xml::parse;
    use bytes::Bytes;

    fn shown(timeline: &str, end: Option<u64>) -> Vec<(u64, Option<u64>)> {
        let text = Text::decode(&Bytes::from(format!("<SegmentTimeline>{timeline}</SegmentTimeline>")));
        let tree = parse(&text, &mut Oddities::default()).unwrap();
        runs(&tree, 0, end).iter().map(|run| (run.time, run.count)).collect()
    }

    #[test]
    fn times_go_on_where_the_last_segment_ended() {
        assert_eq!(
            shown("<S t='10' d='5' r='2'/><S d='4'/><S t='100' d='5'/>", None),
            [(10, Some(3)), (25, Some(1)), (100, Some(1))]
        );
    }

    #[test]
    fn a_negative_repeat_goes_to_the_next_time_or_the_end() {
        assert_eq!(
            shown("<S t='0' d='5' r='-1'/><S t='12' d='4' r='-1'/>", Some(20)),
            [(0, Some(3)), (12, Some(2))]
        );
        assert_eq!(shown("<S d='5' r='-1'/>", None), [(0, None)]);
    }

    #[test]
    fn nonsense_ends() {
        assert_eq!(shown("<S d='0' r='-1'/><S r='-1'/>", Some(20)), [(0, Some(1)), (0, Some(1))]);
        let count = shown("<S d='1' r='9223372036854775807'/>", None)[0].1;
        assert_eq!(count, Some(9_223_372_036_854_775_808));
    }
}
