//! Which content plays at which setting of the clock, with one copy of the store restored before each.
//!
//! ```text
//!                 2016-08-01      2016-08-16      2016-09-01     2016-09-16
//!   Content1      ██████████████████████████████
//!   Content2                                      ██████████████████████████
//! ```
//!
//! The copy holds every license of the scenario and remembers nothing: the best an attacker can have.

use super::client::{Store, Verdict};
use super::scenario::Scenario;
use crate::Moment;

/// Contents against settings of the clock.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Grid {
    /// Settings of the clock, in order.
    pub clocks: Vec<Moment>,
    /// A row for each content, with a cell for each setting.
    pub rows: Vec<(String, Vec<Cell>)>,
    /// How many settings of the clock, each with the copy restored, play everything that plays at all.
    pub turns: usize,
}

/// One content at one setting.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Cell {
    /// It plays.
    Plays,
    /// Not yet valid.
    NotYet,
    /// No longer valid.
    Expired,
    /// It does not play for another reason.
    Never,
}

impl Scenario {
    /// Fills a grid of so many columns, from a little before the first time of the scenario to a little after the last.
    pub fn grid(&self, columns: usize) -> Grid {
        let (from, to) = self.range();
        self.grid_between(from, to, columns)
    }

    /// The first and the last time of the scenario, a twentieth wider.
    pub fn range(&self) -> (Moment, Moment) {
        let times = self
            .licenses
            .iter()
            .flat_map(|held| [Some(held.acquired), held.policy.begin, held.policy.end].into_iter().flatten());
        let times: Vec<Moment> = times.chain(self.events.iter().map(|event| event.at)).collect();
        let from = times.iter().min().copied().unwrap_or(Moment::from_unix(0));
        let to = times.iter().max().copied().unwrap_or(from).max(from.plus_seconds(3600));
        let margin = to.since(from).checked_div(20).unwrap_or(0);
        (from.plus_seconds(margin.saturating_neg()), to.plus_seconds(margin))
    }

    /// The same between two times.
    pub fn grid_between(&self, from: Moment, to: Moment, columns: usize) -> Grid {
        let last = i64::try_from(columns.max(2)).unwrap_or(2).saturating_sub(1);
        let width = to.since(from).max(1);
        let at = |column: i64| width.saturating_mul(column).checked_div(last).unwrap_or(0);
        let clocks: Vec<Moment> = (0..=last).map(|column| from.plus_seconds(at(column))).collect();
        let contents = self.contents();
        let rows = contents.iter().map(|name| {
            (name.clone(), clocks.iter().map(|clock| cell(&self.at_clock(name, *clock))).collect())
        });
        Grid { rows: rows.collect(), clocks, turns: self.turns(&contents) }
    }

    /// What comes of playing with a fresh copy of the store.
    fn at_clock(&self, name: &str, clock: Moment) -> Verdict {
        let held = (0..self.licenses.len()).collect();
        self.play(name, clock, &mut Store { held, ..Store::default() }, &[])
    }

    /// The settings at which something begins or ends are enough: what plays in between plays at one of them. The one
    /// that plays most is taken, until nothing is left; that is how a person would go about it.
    fn turns(&self, contents: &[String]) -> usize {
        let mut settings: Vec<Moment> =
            self.licenses.iter().flat_map(|held| [held.policy.begin, held.policy.end]).flatten().collect();
        settings.extend(self.licenses.iter().map(|held| held.acquired));
        settings.sort_unstable();
        settings.dedup();
        let playing: Vec<Vec<usize>> = settings
            .iter()
            .map(|clock| {
                let plays = |index: &usize| {
                    contents.get(*index).is_some_and(|name| self.at_clock(name, *clock).plays())
                };
                (0..contents.len()).filter(plays).collect()
            })
            .collect();
        let mut left: Vec<usize> = playing.iter().flatten().copied().collect();
        left.sort_unstable();
        left.dedup();
        let mut turns = 0_usize;
        while !left.is_empty() {
            let gain = |playing: &&Vec<usize>| playing.iter().filter(|index| left.contains(index)).count();
            let Some(best) = playing.iter().max_by_key(gain) else { break };
            left.retain(|index| !best.contains(index));
            turns = turns.saturating_add(1);
        }
        turns
    }
}

const fn cell(verdict: &Verdict) -> Cell {
    match verdict {
        Verdict::Plays => Cell::Plays,
        Verdict::NotYet(_) => Cell::NotYet,
        Verdict::Expired(_) | Verdict::FirstPlayOver(_) => Cell::Expired,
        Verdict::Root(root) => match **root {
            Verdict::NotYet(_) => Cell::NotYet,
            Verdict::Expired(_) | Verdict::FirstPlayOver(_) => Cell::Expired,
            _ => Cell::Never,
        },
        _ => Cell::Never,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::Preset;
    use proptest::prelude::*;

    #[test]
    fn the_two_rentals_of_the_story_are_a_staircase() {
        let scenario = Preset::Rollback.scenario();
        let grid = scenario.grid(40);
        for (_, row) in &grid.rows {
            let plays = row.iter().filter(|cell| **cell == Cell::Plays).count();
            assert!((10..25).contains(&plays), "{row:?}");
        }
        assert_eq!(grid.rows[0].1[0], Cell::NotYet);
        assert_eq!(grid.rows[0].1.last(), Some(&Cell::Expired));
        let both = |column: usize| grid.rows.iter().all(|(_, row)| row[column] == Cell::Plays);
        assert!(!(0..40).any(both));
    }

    #[test]
    fn begin_dates_make_a_turn_of_the_clock_necessary_for_each_content() {
        let scenario = Preset::Rollback.scenario();
        assert_eq!(scenario.without_begin_dates().grid(2).turns, 1);
        assert_eq!(scenario.with_begin_dates().grid(2).turns, 2);
    }

    #[test]
    fn an_empty_scenario_has_an_empty_grid() {
        let scenario = Scenario::from_json(r#"{"policies":[]}"#).unwrap();
        let grid = scenario.grid(0);
        assert_eq!((grid.rows.len(), grid.clocks.len(), grid.turns), (0, 2, 0));
    }

    proptest! {
        #[test]
        fn begin_dates_never_make_more_play(
            months in proptest::collection::vec((0_u32..24, 1_u32..4), 1..8), clock in 0_u32..30,
        ) {
            let month = |n: u32| Moment::from_unix(1_450_000_000 + n * 2_592_000);
            let policies: Vec<String> = months.iter().enumerate().map(|(i, (at, len))| format!(
                r#"{{"name":"c{i}","acquired":"{}","end":"{}"}}"#, month(*at), month(at + len)
            )).collect();
            let scenario = Scenario::from_json(&format!(r#"{{"policies":[{}]}}"#, policies.join(","))).unwrap();
            let plays = |scenario: &Scenario| {
                let names = scenario.contents();
                names.iter().filter(|name| scenario.at_clock(name, month(clock)).plays()).count()
            };
            let (with, without) = (scenario.with_begin_dates(), scenario.without_begin_dates());
            prop_assert!(plays(&with) <= plays(&without));
            prop_assert!(with.grid(2).turns >= without.grid(2).turns);
            // Without begin dates a clock before the first end plays everything.
            prop_assert_eq!(without.grid(2).turns, 1);
        }
    }
}
