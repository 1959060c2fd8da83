//! A result that does not exist yet: the plan laid over the source.

use crate::{BLOCK, Plan, Result, Segment, Source, Span};
use std::io;

/// What a plan makes of a source, to be read before anything is written, or where what was written cannot be read.
pub struct Laid<'a> {
    plan: &'a Plan,
    old: &'a dyn Source,
    /// Where each segment begins.
    starts: Vec<u64>,
}

impl<'a> Laid<'a> {
    /// The plan, and the source that it is for.
    pub fn new(plan: &'a Plan, old: &'a dyn Source) -> Self {
        Self { plan, old, starts: plan.placed().map(|(span, _)| span.start()).collect() }
    }

    /// The segments from the one that a byte is in, with their spans.
    fn from(&self, at: u64) -> impl Iterator<Item = (Span, &Segment)> {
        let first = self.starts.partition_point(|start| *start <= at).saturating_sub(1);
        let segments = self.plan.segments().get(first..).unwrap_or_default();
        self.starts
            .get(first..)
            .unwrap_or_default()
            .iter()
            .zip(segments)
            .map(|(start, segment)| (Span::new(*start, start.saturating_add(segment.new_len())), segment))
    }
}

impl Source for Laid<'_> {
    fn len(&self) -> u64 {
        self.plan.new_len()
    }

    fn read_at(&self, wanted: Span, into: &mut Vec<u8>) -> io::Result<()> {
        into.clear();
        if wanted.end() > self.len() || wanted.end() < wanted.start() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut read = Vec::new();
        for (span, segment) in self.from(wanted.start()).take_while(|(span, _)| span.start() < wanted.end()) {
            let (start, end) = (wanted.start().max(span.start()), wanted.end().min(span.end()));
            if start >= end {
                continue;
            }
            let (skip, len) = (start.saturating_sub(span.start()), end.saturating_sub(start));
            match segment {
                Segment::Keep(old) => {
                    let from = old.start().saturating_add(skip);
                    self.old.read_at(Span::new(from, from.saturating_add(len)), &mut read)?;
                    into.extend_from_slice(&read);
                }
                segment => {
                    let mut at = 0_u64;
                    self.plan.render(segment, self.old, &mut |block| {
                        let passed = usize::try_from(skip.saturating_sub(at)).unwrap_or(usize::MAX);
                        let left = usize::try_from(skip.saturating_add(len).saturating_sub(at))
                            .unwrap_or(usize::MAX);
                        let end = left.min(block.len());
                        into.extend_from_slice(block.get(passed.min(end)..end).unwrap_or_default());
                        at = at.saturating_add(u64::try_from(block.len()).unwrap_or(u64::MAX));
                        Ok(())
                    })?;
                }
            }
        }
        Ok(())
    }
}

/// The first byte that two plans for one source make different; none where they make the same file.
///
/// What both keep from the same place is not read.
///
/// # Errors
///
/// [`Error::Read`](crate::Error::Read).
pub fn first_difference(a: &Plan, b: &Plan, old: &dyn Source) -> Result<Option<u64>> {
    let (left, right) = (Laid::new(a, old), Laid::new(b, old));
    let end = a.new_len().min(b.new_len());
    let (mut at, mut mine, mut theirs) = (0, Vec::new(), Vec::new());
    while at < end {
        let (Some((one, ours)), Some((other, others))) = (left.from(at).next(), right.from(at).next()) else {
            break;
        };
        let stop = one.end().min(other.end()).min(end);
        if stop <= at {
            return Ok(Some(at));
        }
        let from = |span: Span, segment: &Segment| match segment {
            Segment::Keep(old) => Some(old.start().saturating_add(at.saturating_sub(span.start()))),
            _ => None,
        };
        let (kept, kept_too) = (from(one, ours), from(other, others));
        if kept.is_none() || kept != kept_too {
            for block in Span::new(at, stop).blocks(BLOCK) {
                left.fetch(block, &mut mine)?;
                right.fetch(block, &mut theirs)?;
                if let Some(i) = mine.iter().zip(&theirs).position(|(a, b)| a != b) {
                    return Ok(Some(block.start().saturating_add(u64::try_from(i).unwrap_or(u64::MAX))));
                }
            }
        }
        at = stop;
    }
    Ok((a.new_len() != b.new_len()).then_some(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Place, Replacement, Shape, Splice, Strategy, Table, Width, With};
    use bytes::Bytes;

    fn with_table() -> (Plan, Vec<u8>) {
        let shape = Shape::new(vec![Splice::insert(Place::gap(8, 0), 4)]).unwrap();
        let table = Table {
            entries: Span::new(0, 8),
            stride: 4,
            at: 0,
            width: Width::Four,
            new_width: Width::Four,
            from: Place::ORIGIN,
        };
        let put = Replacement::of(Span::empty(8), With::Bytes(Bytes::from_static(b"free")));
        let replacements = vec![put, Replacement::of(table.entries, With::Table(table))];
        let old = vec![0, 0, 0, 8, 0, 0, 0, 9, b'a', b'b'];
        (Plan::new(10, shape, replacements, Strategy::Copy, "").unwrap(), old)
    }

    #[test]
    fn any_part_of_a_result_is_read_as_it_will_be_written() {
        let (plan, old) = with_table();
        let new = plan.to_vec(&&old[..]).unwrap();
        let source = &old[..];
        let laid = Laid::new(&plan, &source);
        let mut part = Vec::new();
        for start in 0..=new.len() {
            for end in start..=new.len() {
                let span = Span::new(u64::try_from(start).unwrap(), u64::try_from(end).unwrap());
                laid.read_at(span, &mut part).unwrap();
                assert_eq!(part, new[start..end], "{span}");
            }
        }
        assert!(laid.read_at(Span::new(0, 15), &mut part).is_err());
    }

    #[test]
    fn plans_are_the_same_when_they_make_the_same_file() {
        let (plan, old) = with_table();
        let new = plan.to_vec(&&old[..]).unwrap();
        let whole = |bytes: Vec<u8>| Plan::splice(10, Span::new(0, 10), bytes.into()).unwrap();
        let source = &old[..];
        assert_eq!(first_difference(&plan, &whole(new.clone()), &source).unwrap(), None);
        for at in 0..new.len() {
            let mut other = new.clone();
            other[at] ^= 1;
            assert_eq!(first_difference(&plan, &whole(other), &source).unwrap(), u64::try_from(at).ok());
        }
        assert_eq!(first_difference(&plan, &whole(new[..9].to_vec()), &source).unwrap(), Some(9));
    }
}
