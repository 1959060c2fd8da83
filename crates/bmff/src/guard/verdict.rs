//! Whether numbers that are offsets of something are so by chance.
//!
//! ```text
//!   a pair    offset │ size          of what begins there, beside each other
//!   two       offset … offset        in one form, of two things
//!   one       offset                 of 64 KiB or more: smaller numbers are everywhere
//! ```
//!
//! Two and one count where chance would hardly give them: so many numbers, each with the density of targets about
//! where it leads.

use super::numbers::{Form, Number, Numbers};
use super::targets::{Targets, lossy};
use std::collections::BTreeMap;

/// Numbers below this are everywhere.
const LARGE: u64 = 64 * 1024;
/// Sizes below this are everywhere, too: they have to stand right beside their offset, and to be one of a box at least.
const SMALL_SIZE: u64 = 64;
const LEAST_SIZE: u64 = 8;
/// How often chance may give what is taken for a position.
const CHANCE_OF_ONE: f64 = 0.02;
const CHANCE_OF_TWO: f64 = 0.005;

/// A number that is a position.
pub(super) struct Position {
    /// Where it is in the file.
    pub(super) at: u64,
    pub(super) value: u64,
}

/// The first number that is a position, if there is enough to say so in one of so many boxes.
pub(super) fn position(numbers: &Numbers, targets: &Targets, tries: usize) -> Option<Position> {
    let tries = lossy(u64::try_from(tries).unwrap_or(u64::MAX)).max(1.0);
    let hits = || numbers.found.iter().filter(|number| targets.sizes(number.value).is_some());
    let pair = hits().find(|number| is_beside_its_size(numbers, **number, targets)).copied();
    let hit = pair.or_else(|| {
        // First by how they lie to each other, then by form alone: entries of five or of six bytes lie anyhow.
        let classes = [Some(4_u32), None].into_iter().flat_map(|stride| classes(&numbers.found, stride));
        classes.into_iter().find_map(|class| significant(&class, targets, tries))
    })?;
    Some(Position { at: numbers.start.saturating_add(u64::from(hit.at)), value: hit.value })
}

fn is_beside_its_size(numbers: &Numbers, number: Number, targets: &Targets) -> bool {
    let sizes = targets.sizes(number.value).unwrap_or_default();
    let at = usize::try_from(number.at).unwrap_or(usize::MAX);
    let is_size = |at: Option<usize>, wide: bool, least: u64| {
        let form = Form { wide, ..number.form };
        let value = at.and_then(|at| form.read(&numbers.bytes, at));
        value.is_some_and(|value| value >= least && sizes.contains(&value))
    };
    // Something else may stand between the two, as a time does.
    [(0_usize, LEAST_SIZE), (4, SMALL_SIZE), (8, SMALL_SIZE)].into_iter().any(|(between, least)| {
        [false, true].into_iter().any(|wide| {
            let behind = at.checked_add(number.form.width()).and_then(|at| at.checked_add(between));
            let before = at.checked_sub(between).and_then(|at| at.checked_sub(if wide { 8 } else { 4 }));
            is_size(behind, wide, least) || is_size(before, wide, least)
        })
    })
}

/// The numbers of one form each, and of one remainder by the stride.
fn classes(found: &[Number], stride: Option<u32>) -> Vec<Vec<Number>> {
    let mut classes: BTreeMap<(Form, u32), Vec<Number>> = BTreeMap::new();
    for number in found {
        let remainder = stride.and_then(|stride| number.at.checked_rem(stride)).unwrap_or(0);
        classes.entry((number.form, remainder)).or_default().push(*number);
    }
    classes.into_values().collect()
}

/// The first of the offsets in a class, if there are more of them than chance gives.
fn significant(class: &[Number], targets: &Targets, tries: f64) -> Option<Number> {
    let is_hit = |number: &&Number| targets.sizes(number.value).is_some();
    let large = || class.iter().filter(|number| number.value >= LARGE);
    if let Some(first) = large().find(is_hit)
        && expected(large(), targets) < CHANCE_OF_ONE / tries
    {
        return Some(*first);
    }
    let mut apart: Vec<Number> = Vec::new();
    for hit in class.iter().filter(is_hit) {
        let width = u32::try_from(hit.form.width()).unwrap_or(8);
        let is_apart = apart.last().is_none_or(|last| hit.at >= last.at.saturating_add(width));
        if is_apart && !apart.iter().any(|other| other.value == hit.value) {
            apart.push(*hit);
        }
    }
    let first = apart.first().copied().filter(|_| apart.len() >= 2)?;
    (at_least(apart.len(), expected(class.iter(), targets)) < CHANCE_OF_TWO / tries).then_some(first)
}

/// How many of these numbers are offsets of something by chance.
fn expected<'n>(numbers: impl Iterator<Item = &'n Number>, targets: &Targets) -> f64 {
    let mut values: Vec<u64> = numbers.map(|number| number.value).collect();
    values.sort_unstable();
    values.dedup();
    values.into_iter().map(|value| targets.density(value)).sum()
}

/// How probable so many or more are where so many are expected (the Poisson distribution).
fn at_least(count: usize, expected: f64) -> f64 {
    let mut term = (-expected).exp();
    let mut below = 0.0;
    for n in 0..count {
        below += term;
        term *= expected / lossy(u64::try_from(n).unwrap_or(u64::MAX).saturating_add(1));
    }
    (1.0 - below).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_by_chance_are_rare_where_few_are_expected() {
        assert!(at_least(2, 0.01) < 0.000_06);
        assert!((at_least(1, 1.0) - 0.632).abs() < 0.001);
        assert!(at_least(2, 3.0) > 0.8);
        assert!((at_least(0, 3.0) - 1.0).abs() < 1e-9);
    }
}
