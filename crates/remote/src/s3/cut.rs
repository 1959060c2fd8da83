//! Cutting a plan into parts of a multipart upload.
//!
//! ```text
//!   plan     keep 40 │ put 660 │ keep 2 GB ……………………………………… │ put 4 │ keep 1 MB
//!   parts    literal: put, and kept bytes up to 5 MiB │ copies │ literal, the last may be short
//! ```
//!
//! Of Amazon S3: every part but the last has 5 MiB to 5 GiB, there are at most 10,000, and ranges are copied out of objects of more
//! than 5 MiB only. Bytes of a copied part do not pass through here, so the cheapest cut is the one that uploads the fewest kept
//! bytes. A literal part that is too short is filled up from the kept span in front of it or behind it, which costs the same;
//! what has to be decided is which kept spans are copied.

use prkit_plan::{Plan, Segment, Span};

/// The least bytes of a part that is not the last, and of an object that ranges are copied out of.
pub(super) const LEAST: u64 = 5 * 1024 * 1024;
/// The most bytes of a part.
const MOST: u64 = 5 * 1024 * 1024 * 1024;
/// The most parts: the last number of the server is that of a word (`left.rs`).
pub(super) const MAX_PARTS: usize = 9_999;
/// What is held of a literal part in memory.
const LITERAL: u64 = 16 * 1024 * 1024;
/// So many kept spans that could be copied are considered to be uploaded in one piece between two that are. Each costs 5 MiB at
/// least; what all of them together save is at most the filling of one literal part, another 5 MiB.
const BACK: usize = 3;

/// One part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part {
    /// These bytes of the result are uploaded.
    Literal(Span),
    /// These bytes of the old object are copied.
    Copy(Span),
}

/// A kept span that can be copied: where it is in the old object, and in the result.
#[derive(Clone, Copy)]
struct Kept {
    old: Span,
    new: Span,
}

/// The best cut up to a kept span that is copied.
#[derive(Clone, Copy)]
struct Best {
    cost: u64,
    /// Which span is copied before, if any.
    before: Option<usize>,
    /// How much of that one's end goes into the literal part between them, and of this one's start.
    back: u64,
    front: u64,
}

/// The parts of a result; one literal part where nothing is copied.
pub(super) fn cut(plan: &Plan) -> Vec<Part> {
    let len = plan.new_len();
    let mut kept: Vec<Kept> = Vec::new();
    if plan.old_len() > LEAST {
        for (new, segment) in plan.placed() {
            if let Segment::Keep(old) = segment
                && (old.len() >= LEAST || new.end() == len && !old.is_empty())
            {
                kept.push(Kept { old: *old, new });
            }
        }
    }
    let mut best: Vec<Option<Best>> = Vec::new();
    for at in 0..kept.len() {
        let first = at.saturating_sub(BACK);
        let befores = (first..at).map(Some).chain((first == 0).then_some(None));
        let found = befores.filter_map(|before| reach(&kept, &best, before, at, len));
        best.push(found.min_by_key(|best| (best.cost, best.front)));
    }
    // Behind the last copied span is a literal part, which may be short.
    let end = |at: usize| kept.get(at).map_or(0, |kept| len.saturating_sub(kept.new.end()));
    let last = (kept.len().saturating_sub(BACK)..kept.len())
        .filter_map(|at| Some((best.get(at)?.as_ref()?.cost.saturating_add(end(at)), at)))
        .min();
    let Some((cost, last)) = last.filter(|(cost, _)| *cost < len) else {
        return literal(Span::new(0, len));
    };
    debug_assert!(cost <= len, "more is uploaded than there is");
    let mut chosen = Vec::new();
    let mut next = Some(last);
    while let Some(at) = next {
        let Some(Some(found)) = best.get(at) else {
            break;
        };
        chosen.push((at, *found));
        next = found.before;
    }
    chosen.reverse();
    let mut parts = Vec::new();
    let mut done = 0;
    for (i, (at, found)) in chosen.iter().enumerate() {
        let Some(kept) = kept.get(*at) else { break };
        let back = chosen.get(i.saturating_add(1)).map_or(0, |(_, next)| next.back);
        let start = kept.new.start().saturating_add(found.front);
        let old =
            Span::new(kept.old.start().saturating_add(found.front), kept.old.end().saturating_sub(back));
        parts.extend(literal(Span::new(done, start)));
        parts.extend(even(old, MOST).map(Part::Copy));
        done = kept.new.end().saturating_sub(back);
    }
    parts.extend(literal(Span::new(done, len)));
    parts
}

/// The cut that copies `at` after `before`, where the literal part between them can be long enough.
fn reach(kept: &[Kept], best: &[Option<Best>], before: Option<usize>, at: usize, len: u64) -> Option<Best> {
    let this = kept.get(at)?;
    let (start, cost, spare) = match before {
        None => (0, 0, 0),
        Some(before) => {
            let (span, found) = (kept.get(before)?, best.get(before)?.as_ref()?);
            let left = span.new.len().checked_sub(found.front)?;
            // It is not the last part, so what is copied of it has to be long enough.
            (span.new.end(), found.cost, left.checked_sub(LEAST)?)
        }
    };
    let between = this.new.start().saturating_sub(start);
    let missing = if between == 0 { 0 } else { LEAST.saturating_sub(between) };
    let back = missing.min(spare);
    let front = missing.saturating_sub(back);
    let least = if this.new.end() == len { 1 } else { LEAST };
    if this.new.len() < front.saturating_add(least) {
        return None;
    }
    Some(Best { cost: cost.saturating_add(between).saturating_add(missing), before, back, front })
}

/// Literal parts of a span; several, where it is long.
pub(super) fn literal(span: Span) -> Vec<Part> {
    even(span, LITERAL).map(Part::Literal).collect()
}

/// Pieces that are as long as each other, so that none is too short.
fn even(span: Span, most: u64) -> impl Iterator<Item = Span> {
    let pieces = span.len().div_ceil(most).max(1);
    span.blocks(span.len().div_ceil(pieces).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use prkit_plan::Strategy;

    const MIB: u64 = 1024 * 1024;

    /// A plan of spans that are kept and of put bytes, in this order.
    fn plan(segments: &[(bool, u64)]) -> Plan {
        let (mut at, mut splices) = (0, Vec::new());
        for (is_kept, len) in segments {
            if *is_kept {
                at += len;
            } else {
                splices.push((Span::new(at, at), Bytes::from(vec![7; usize::try_from(*len).unwrap()])));
            }
        }
        Plan::splices(at, splices, Strategy::Copy, "a test").unwrap()
    }

    fn parts(segments: &[(bool, u64)]) -> Vec<Part> {
        let plan = plan(segments);
        let parts = cut(&plan);
        let len = |part: &Part| match part {
            Part::Literal(span) | Part::Copy(span) => span.len(),
        };
        assert_eq!(parts.iter().map(len).sum::<u64>(), plan.new_len(), "{parts:?}");
        let (_, but_last) = parts.split_last().unwrap();
        assert!(but_last.iter().all(|part| (LEAST..=MOST).contains(&len(part))), "{parts:?}");
        parts
    }

    fn up(parts: &[Part]) -> u64 {
        parts.iter().map(|part| if let Part::Literal(span) = part { span.len() } else { 0 }).sum()
    }

    #[test]
    fn a_film_that_grows_in_its_head_uploads_five_mebibytes_and_copies_the_rest() {
        let found = parts(&[(true, 1000), (false, 110), (true, 2_148_315_218)]);
        assert_eq!(
            found,
            [Part::Literal(Span::new(0, LEAST)), Part::Copy(Span::new(LEAST - 110, 2_148_316_218))]
        );
    }

    #[test]
    fn what_is_put_at_the_end_is_a_part_of_its_own_and_as_short_as_it_is() {
        let found = parts(&[(true, 100 * MIB), (false, 10)]);
        assert_eq!(
            found,
            [Part::Copy(Span::new(0, 100 * MIB)), Part::Literal(Span::new(100 * MIB, 100 * MIB + 10))]
        );
    }

    #[test]
    fn spans_that_are_too_short_to_be_copied_are_uploaded_along() {
        // 4 MiB between two puts: one literal part of 4 MiB and 20 bytes, filled up to 5 MiB.
        let found = parts(&[(true, 50 * MIB), (false, 10), (true, 4 * MIB), (false, 10), (true, 50 * MIB)]);
        assert_eq!((found.len(), up(&found)), (3, LEAST));
        // 7 MiB between two puts cost less than two literal parts that are filled up, 12 MiB do not.
        let found = parts(&[(true, 50 * MIB), (false, 10), (true, 7 * MIB), (false, 10), (true, 50 * MIB)]);
        assert_eq!((found.len(), up(&found)), (3, 7 * MIB + 20));
        let found = parts(&[(true, 50 * MIB), (false, 10), (true, 12 * MIB), (false, 10), (true, 50 * MIB)]);
        assert_eq!((found.len(), up(&found)), (5, 2 * LEAST));
        // At the very front nothing is in front to fill up from: 7 MiB would leave 2 to be copied.
        let found = parts(&[(false, 10), (true, 7 * MIB), (false, 10), (true, 50 * MIB)]);
        assert_eq!((found.len(), up(&found)), (2, 7 * MIB + 20));
        // The last part may be short: 2 MiB are copied behind 5 that are filled up.
        let found = parts(&[(false, 10), (true, 7 * MIB)]);
        assert_eq!(found, [Part::Literal(Span::new(0, LEAST)), Part::Copy(Span::new(LEAST - 10, 7 * MIB))]);
    }

    #[test]
    fn long_copies_and_long_literals_are_several_parts() {
        let found = parts(&[(true, 12 * 1024 * MIB), (false, 10)]);
        assert_eq!(found.len(), 4);
        let found = parts(&[(false, 40 * MIB), (true, 100 * MIB)]);
        assert_eq!((found.len(), up(&found)), (4, 40 * MIB));
    }

    #[test]
    fn nothing_is_copied_out_of_a_short_object_and_nothing_is_copied_for_nothing() {
        assert_eq!(parts(&[(false, 10), (true, LEAST)]), [Part::Literal(Span::new(0, LEAST + 10))]);
        assert_eq!(parts(&[(true, 9 * MIB)]), [Part::Copy(Span::new(0, 9 * MIB))]);
    }

    /// Every choice of spans that are copied, with the fewest bytes that any of them uploads.
    fn cheapest(segments: &[(bool, u64)]) -> u64 {
        let plan = plan(segments);
        let kept: Vec<Span> = plan
            .placed()
            .filter(|(_, segment)| matches!(segment, Segment::Keep(_)))
            .map(|(new, _)| new)
            .collect();
        let len = plan.new_len();
        let mut least = len;
        for choice in 0..1_u32 << kept.len() {
            let chosen: Vec<Span> =
                (0..kept.len()).filter(|i| choice >> i & 1 == 1).map(|i| kept[i]).collect();
            // From the left: each gap takes what it lacks from the span in front of it first.
            let (mut cost, mut done, mut spare, mut fits) = (0, 0, 0, true);
            for span in &chosen {
                let gap = span.start() - done;
                let missing = if gap == 0 { 0 } else { LEAST.saturating_sub(gap) };
                let front = missing.saturating_sub(spare);
                let need = if span.end() == len { 1 } else { LEAST };
                fits &= span.len() >= front + need;
                spare = span.len().saturating_sub(front).saturating_sub(LEAST);
                cost += gap + missing;
                done = span.end();
            }
            if fits && plan.old_len() > LEAST {
                least = least.min(cost + len - done);
            }
        }
        least
    }

    #[test]
    fn no_other_cut_uploads_less() {
        let mut state = 7_u64;
        let mut chance = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % below
        };
        for round in 0..300 {
            let mut segments = Vec::new();
            for _ in 0..=chance(8) {
                segments.push((true, 1 + chance(16) * MIB / 2 + chance(1000)));
                segments.push((false, 1 + chance(4) * MIB));
            }
            segments.truncate(segments.len() - usize::try_from(chance(2)).unwrap());
            assert_eq!(up(&parts(&segments)), cheapest(&segments), "{round}: {segments:?}");
        }
    }
}
