//! The proof that an edit kept what it said it keeps.

use crate::{BLOCK, Error, Plan, Result, Segment, Source, Span};

/// Compares every byte of `new` with what the plan says of it, reading both files in blocks.
///
/// # Errors
///
/// [`Error::WrongLength`], [`Error::Differs`] with the first byte that is not as planned, or [`Error::Read`].
pub fn check_kept(plan: &Plan, old: &dyn Source, new: &dyn Source) -> Result<()> {
    if new.len() != plan.new_len() {
        return Err(Error::WrongLength { expected: plan.new_len(), actual: new.len() });
    }
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for (span, segment) in plan.placed() {
        let Segment::Keep(kept) = segment else {
            check_put(plan, segment, span, old, new)?;
            continue;
        };
        for (from, to) in kept.blocks(BLOCK).zip(span.blocks(BLOCK)) {
            old.fetch(from, &mut before)?;
            new.fetch(to, &mut after)?;
            if let Some(i) = first_difference(&before, &after) {
                return Err(Error::Differs {
                    old: from.start().saturating_add(i),
                    new: to.start().saturating_add(i),
                });
            }
        }
    }
    Ok(())
}

fn check_put(plan: &Plan, segment: &Segment, span: Span, old: &dyn Source, new: &dyn Source) -> Result<()> {
    let (mut at, mut found, mut differs) = (span.start(), Vec::new(), None);
    plan.render(segment, old, &mut |expected| {
        let end = at.saturating_add(u64::try_from(expected.len()).unwrap_or(u64::MAX));
        new.read_at(Span::new(at, end), &mut found)?;
        if let (None, Some(i)) = (differs, first_difference(expected, &found)) {
            differs = Some(at.saturating_add(i));
        }
        at = end;
        Ok(())
    })
    .map_err(|source| Error::Read { span, source })?;
    differs.map_or(Ok(()), |new| Err(Error::Differs { old: new, new }))
}

fn first_difference(a: &[u8], b: &[u8]) -> Option<u64> {
    if a == b {
        return None;
    }
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    u64::try_from(same).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Place, Replacement, Shape, Splice, Strategy, With};
    use bytes::Bytes;

    fn plan() -> Plan {
        let shape = Shape::new(vec![Splice { from: Place::start(2), to: Place::start(4), len: 3 }]).unwrap();
        let put = Replacement::of(Span::new(2, 4), With::Bytes(Bytes::from_static(b"XYZ")));
        Plan::new(6, shape, vec![put], Strategy::Copy, "").unwrap()
    }

    #[test]
    fn the_planned_result_passes() {
        check_kept(&plan(), &&b"abcdef"[..], &&b"abXYZef"[..]).unwrap();
    }

    #[test]
    fn a_changed_kept_byte_is_found_with_both_offsets() {
        let error = check_kept(&plan(), &&b"abcdef"[..], &&b"abXYZe!"[..]).unwrap_err();
        assert_eq!(error.to_string(), "byte 6 of the result differs from byte 5 of the original");
    }

    #[test]
    fn a_changed_put_byte_and_a_wrong_length_are_found() {
        let old = &&b"abcdef"[..];
        assert!(matches!(check_kept(&plan(), old, &&b"abX!Zef"[..]), Err(Error::Differs { new: 3, .. })));
        assert!(matches!(check_kept(&plan(), old, &&b"abXYZe"[..]), Err(Error::WrongLength { .. })));
    }
}
