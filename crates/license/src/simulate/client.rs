//! One client: its clock, its store, its memory.
//!
//! ```text
//!   true time ──▶ client's clock = true time + offset
//!   store     licenses that are kept · when each was first played · the latest time it has seen
//!   memory    licenses that are not kept
//! ```

use super::scenario::{Action, Held, Scenario};
use crate::{Moment, Policy, Role};
use core::fmt;
use std::collections::BTreeMap;

/// What an event led to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// When, in true time.
    pub at: Moment,
    /// The client's clock then.
    pub clock: Moment,
    /// What happened; `None` for a license that was acquired.
    pub action: Option<Action>,
    /// Licenses that were acquired, by name.
    pub acquired: Vec<String>,
    /// What was tried to play, and what came of it.
    pub verdicts: Vec<(String, Verdict)>,
}

/// What comes of playing, the most telling first.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Verdict {
    /// It plays.
    Plays,
    /// Not before this.
    NotYet(Moment),
    /// Not after this.
    Expired(Moment),
    /// The time after the first play is over since then.
    FirstPlayOver(Moment),
    /// The clock is behind what the store has seen.
    ClockRolledBack(Moment),
    /// The license does not grant the right.
    NoRight,
    /// The root of the chain does not allow it.
    Root(Box<Verdict>),
    /// The root of the chain is not there.
    NoRoot,
    /// There is no license.
    NoLicense,
}

impl Verdict {
    /// Whether it plays.
    pub fn plays(&self) -> bool {
        *self == Self::Plays
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plays => f.write_str("plays"),
            Self::NotYet(begin) => write!(f, "not before {begin}"),
            Self::Expired(end) => write!(f, "expired {end}"),
            Self::FirstPlayOver(end) => write!(f, "expired {end} after its first play"),
            Self::ClockRolledBack(seen) => write!(f, "clock turned back: the store has seen {seen}"),
            Self::NoRight => f.write_str("no right to play"),
            Self::NoRoot => f.write_str("no root license"),
            Self::Root(verdict) => write!(f, "root: {verdict}"),
            Self::NoLicense => f.write_str("no license"),
        }
    }
}

/// What a client keeps.
#[derive(Clone, Debug, Default)]
pub(super) struct Store {
    /// Licenses by their place in the scenario.
    pub(super) held: Vec<usize>,
    /// When each was first played, by the client's clock.
    pub(super) first_plays: BTreeMap<usize, Moment>,
    /// The latest time at which something with a time was played.
    pub(super) seen: Option<Moment>,
}

impl Scenario {
    /// Runs it.
    pub fn run(&self) -> Vec<Outcome> {
        let mut client = Client::new(self);
        let mut outcomes = Vec::new();
        for event in &self.events {
            client.acquire_until(event.at, &mut outcomes);
            let verdicts = client.act(&event.action, event.at);
            outcomes.push(Outcome {
                at: event.at,
                clock: client.clock(event.at),
                action: Some(event.action.clone()),
                acquired: Vec::new(),
                verdicts,
            });
        }
        if let Some(last) = self.licenses.iter().map(|held| held.acquired).max() {
            client.acquire_until(last, &mut outcomes);
        }
        outcomes
    }

    /// What comes of playing a content with a store, and what the store remembers of it.
    pub(super) fn play(&self, name: &str, now: Moment, store: &mut Store, memory: &[usize]) -> Verdict {
        // The newest license first: it is the one that was acquired because an older one ended.
        let candidates = store.held.iter().chain(memory).rev().copied();
        let candidates: Vec<usize> = candidates
            .filter(|index| {
                self.licenses
                    .get(*index)
                    .is_some_and(|held| held.policy.label() == name && !self.is_root(&held.policy))
            })
            .collect();
        let mut best = Verdict::NoLicense;
        for index in candidates {
            let verdict = self.try_license(index, now, store, memory);
            if verdict.plays() {
                return verdict;
            }
            best = best.min(verdict);
        }
        best
    }

    fn try_license(&self, index: usize, now: Moment, store: &mut Store, memory: &[usize]) -> Verdict {
        let Some(Held { policy, .. }) = self.licenses.get(index) else { return Verdict::NoLicense };
        let root = match policy.role {
            Role::Leaf { root } => Some(root),
            _ => None,
        };
        let roots: Vec<usize> = store
            .held
            .iter()
            .chain(memory)
            .rev()
            .copied()
            .filter(|other| {
                let kid = self.licenses.get(*other).and_then(|held| held.policy.key_id());
                root.is_some_and(|root| root.is_some() && kid == root)
            })
            .collect();
        let own = check(policy, index, now, store);
        if !own.plays() {
            return own;
        }
        let mut used = vec![index];
        if root.is_some() {
            let mut best = Verdict::NoRoot;
            for root in roots {
                let Some(held) = self.licenses.get(root) else { continue };
                match check(&held.policy, root, now, store) {
                    Verdict::Plays => {
                        used.push(root);
                        best = Verdict::Plays;
                        break;
                    }
                    verdict => best = best.min(Verdict::Root(Box::new(verdict))),
                }
            }
            if !best.plays() {
                return best;
            }
        }
        for index in used {
            if self.licenses.get(index).is_some_and(|held| held.policy.is_time_based()) {
                store.seen = store.seen.max(Some(now));
                store.first_plays.entry(index).or_insert(now);
            }
        }
        Verdict::Plays
    }
}

/// What one license says about now.
fn check(policy: &Policy, index: usize, now: Moment, store: &Store) -> Verdict {
    if !policy.rights.play {
        return Verdict::NoRight;
    }
    if policy.is_time_based()
        && let Some(seen) = store.seen.filter(|seen| now < *seen)
    {
        return Verdict::ClockRolledBack(seen);
    }
    if let Some(begin) = policy.begin.filter(|begin| now < *begin) {
        return Verdict::NotYet(begin);
    }
    if let Some(end) = policy.end.filter(|end| now > *end) {
        return Verdict::Expired(end);
    }
    if let (Some(first), Some(seconds)) = (store.first_plays.get(&index), policy.first_play) {
        let end = first.plus_seconds(i64::from(seconds));
        if now > end {
            return Verdict::FirstPlayOver(end);
        }
    }
    Verdict::Plays
}

struct Client<'s> {
    scenario: &'s Scenario,
    /// Licenses not yet acquired, the next one last.
    coming: Vec<usize>,
    offset: i64,
    store: Store,
    memory: Vec<usize>,
    copies: BTreeMap<String, Store>,
}

impl<'s> Client<'s> {
    fn new(scenario: &'s Scenario) -> Self {
        let mut coming: Vec<usize> = (0..scenario.licenses.len()).collect();
        coming.sort_by_key(|index| scenario.licenses.get(*index).map(|held| held.acquired));
        coming.reverse();
        let (store, memory, copies) = (Store::default(), Vec::new(), BTreeMap::new());
        Self { scenario, coming, offset: 0, store, memory, copies }
    }

    fn clock(&self, at: Moment) -> Moment {
        at.plus_seconds(self.offset)
    }

    fn acquire_until(&mut self, until: Moment, outcomes: &mut Vec<Outcome>) {
        while let Some(index) = self.coming.last().copied()
            && let Some(held) = self.scenario.licenses.get(index).filter(|held| held.acquired <= until)
        {
            self.coming.pop();
            if held.policy.persistent == Some(false) {
                self.memory.push(index);
            } else {
                self.store.held.push(index);
            }
            let name = held.policy.label();
            match outcomes.last_mut() {
                Some(last) if last.action.is_none() && last.at == held.acquired => last.acquired.push(name),
                _ => outcomes.push(Outcome {
                    at: held.acquired,
                    clock: self.clock(held.acquired),
                    action: None,
                    acquired: vec![name],
                    verdicts: Vec::new(),
                }),
            }
        }
    }

    fn act(&mut self, action: &Action, at: Moment) -> Vec<(String, Verdict)> {
        match action {
            Action::CopyStore(name) => {
                self.copies.insert(name.clone(), self.store.clone());
            }
            Action::RestoreStore(name) => {
                self.store = self.copies.get(name).cloned().unwrap_or_default();
            }
            Action::SetClock(clock) => self.offset = clock.since(at),
            Action::NewDevice => {
                self.store = Store::default();
                self.memory.clear();
            }
            Action::Play(which) => {
                let names = match which {
                    Some(name) => vec![name.clone()],
                    None => self.scenario.contents(),
                };
                let now = self.clock(at);
                return names
                    .into_iter()
                    .map(|name| {
                        let verdict = self.scenario.play(&name, now, &mut self.store, &self.memory);
                        (name, verdict)
                    })
                    .collect();
            }
        }
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdicts(json: &str) -> Vec<String> {
        let outcomes = Scenario::from_json(json).unwrap().run();
        outcomes
            .iter()
            .flat_map(|outcome| &outcome.verdicts)
            .map(|(_, verdict)| verdict.to_string())
            .collect()
    }

    #[test]
    fn a_license_is_valid_from_its_begin_to_its_end() {
        let json = r#"{"policies":[{"name":"a","acquired":"20160801","begin":"20160802","end":"20160830"}],"events":[
            {"at":"2016-08-01T23:59:59Z","play":"a"},{"at":"2016-08-02","play":"a"},
            {"at":"2016-08-30","play":"a"},{"at":"2016-08-30T00:00:01Z","play":"a"}]}"#;
        assert_eq!(
            verdicts(json),
            ["not before 2016-08-02T00:00:00Z", "plays", "plays", "expired 2016-08-30T00:00:00Z"]
        );
    }

    #[test]
    fn the_first_play_starts_a_clock_of_its_own() {
        let json = r#"{"policies":[{"name":"a","acquired":"20160801","first_play":"48h"}],"events":[
            {"at":"20160810","play":"a"},{"at":"20160812","play":"a"},{"at":"2016-08-12T00:00:01Z","play":"a"}]}"#;
        assert_eq!(verdicts(json), ["plays", "plays", "expired 2016-08-12T00:00:00Z after its first play"]);
    }

    #[test]
    fn a_clock_set_back_is_noticed_unless_the_store_is_an_old_copy() {
        let json = |restore: &str| {
            format!(
                r#"{{"policies":[{{"name":"a","acquired":"20160801","end":"20160830"}}],"events":[
                {{"at":"20160801","copy":"A"}},{{"at":"20160805","play":"a"}},{{"at":"20160905","clock":"20160802"}},
                {restore}{{"at":"20160905","play":"a"}}]}}"#
            )
        };
        assert_eq!(
            verdicts(&json("")),
            ["plays", "clock turned back: the store has seen 2016-08-05T00:00:00Z"]
        );
        assert_eq!(verdicts(&json(r#"{"at":"20160905","restore":"A"},"#)), ["plays", "plays"]);
    }

    #[test]
    fn licenses_without_times_do_not_care_for_clocks() {
        let json = r#"{"policies":[{"name":"a","acquired":"20160801"},{"name":"b","acquired":"20160801","end":"2017"
            }],"events":[]}"#;
        assert!(Scenario::from_json(json).is_err());
        let json = r#"{"policies":[{"name":"a","acquired":"20160801"},{"name":"b","acquired":"20160801","end":"20170101"}],
            "events":[{"at":"20160901","play":"*"},{"at":"20160902","clock":"20010101"},{"at":"20160902","play":"*"}]}"#;
        assert_eq!(
            verdicts(json),
            ["plays", "plays", "plays", "clock turned back: the store has seen 2016-09-01T00:00:00Z"]
        );
    }

    #[test]
    fn a_leaf_plays_with_a_root_that_is_there_and_valid() {
        let root = "11111111-1111-1111-1111-111111111111";
        let json = format!(
            r#"{{"policies":[{{"name":"leaf","leaf_of":"{root}","acquired":"20160801"}},
            {{"name":"root","kid":"{root}","root":true,"acquired":"20160805","end":"20160831"}}],"events":[
            {{"at":"20160802","play":"*"}},{{"at":"20160810","play":"*"}},{{"at":"20160905","play":"*"}}]}}"#
        );
        assert_eq!(verdicts(&json), ["no root license", "plays", "root: expired 2016-08-31T00:00:00Z"]);
    }

    #[test]
    fn a_new_device_has_no_licenses_until_it_acquires_some() {
        let json = r#"{"policies":[{"name":"a","acquired":"20160801"},{"name":"a","acquired":"20160820"}],"events":[
            {"at":"20160805","play":"a"},{"at":"20160810","device":"new"},{"at":"20160811","play":"a"},{"at":"20160821","play":"a"}]}"#;
        assert_eq!(verdicts(json), ["plays", "no license", "plays"]);
    }

    #[test]
    fn of_several_licenses_for_a_content_any_that_plays_will_do() {
        let json = r#"{"policies":[{"name":"a","acquired":"20160801","end":"20160815"},{"name":"a","acquired":"20160820","end":"20160910"}],
            "events":[{"at":"20160818","play":"a"},{"at":"20160821","play":"a"}]}"#;
        assert_eq!(verdicts(json), ["expired 2016-08-15T00:00:00Z", "plays"]);
    }
}
