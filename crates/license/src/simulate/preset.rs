//! Scenarios of Microsoft's pages, ready to run.

use super::scenario::{Action, Event, Held, Scenario};
use crate::{Embedded, Moment, Origin, Policy, PolicyKid, Rights, Role};
use prkit_playready::KeyId;

/// A scenario that is built in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Preset {
    /// `policies-best-practices.md`: two rentals, a copy of the store, the clock set back.
    Rollback,
    /// `scenario-rental-content.md`: a month, and 48 hours after the first play.
    Rental,
    /// `scenario-purchased-content.md`: no expiration; a new device needs a new license.
    Purchase,
    /// `policies-best-practices.md`, `license-chaining.md`: one root, renewed; leaves without dates.
    Subscription,
    /// `scenario-live-tv.md`: leaves in the stream, a new key each day, one root a month.
    Live,
}

impl Preset {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Rollback, Self::Rental, Self::Purchase, Self::Subscription, Self::Live];

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rollback => "rollback",
            Self::Rental => "rental",
            Self::Purchase => "purchase",
            Self::Subscription => "subscription",
            Self::Live => "live",
        }
    }

    /// The page it comes from.
    pub const fn source(self) -> &'static str {
        match self {
            Self::Rollback => "MS docs policies-best-practices.md, Using BeginDate with EndDate",
            Self::Rental => "MS docs scenario-rental-content.md",
            Self::Purchase => "MS docs scenario-purchased-content.md",
            Self::Subscription => {
                "MS docs policies-best-practices.md, Time Restrictions in Subscription Licenses"
            }
            Self::Live => "MS docs scenario-live-tv.md",
        }
    }

    /// The scenario, with the begin dates that the pages advise.
    pub fn scenario(self) -> Scenario {
        let (licenses, events) = match self {
            Self::Rollback => rollback(),
            Self::Rental => rental(),
            Self::Purchase => purchase(),
            Self::Subscription => subscription(),
            Self::Live => live(),
        };
        Scenario { name: self.name().to_owned(), licenses, events }
    }
}

/// Seconds since 1970 of the days the pages name.
const AUGUST_1_2016: u32 = 1_470_009_600;
const SEPTEMBER_1_2016: u32 = 1_472_688_000;
/// 8 PM on Friday, January 5, 2018.
const EVENING: u32 = 1_515_182_400;
const JANUARY_1_2018: u32 = 1_514_764_800;
const DAY: u32 = 86_400;

fn moment(start: u32, after: u32) -> Moment {
    Moment::from_unix(start.saturating_add(after))
}

fn policy(name: &str) -> Policy {
    Policy {
        origin: Origin::Json,
        name: Some(name.to_owned()),
        rights: Rights { play: true, ..Rights::default() },
        persistent: Some(true),
        ..Policy::default()
    }
}

const fn event(at: Moment, action: Action) -> Event {
    Event { at, action }
}

/// The page sets the clock "to a date before 08/01/16" in its second example and has Content1 play, whose license begins
/// on that day; the day itself is meant.
fn rollback() -> (Vec<Held>, Vec<Event>) {
    let months = [("Content1", AUGUST_1_2016), ("Content2", SEPTEMBER_1_2016)];
    let licenses = months.map(|(name, start)| {
        let (begin, end) = (Some(moment(start, 0)), Some(moment(start, 29 * DAY)));
        Held { policy: Policy { begin, end, ..policy(name) }, acquired: moment(start, 0) }
    });
    let events = Scenario::rollback(licenses.to_vec(), None).map(|scenario| scenario.events);
    (licenses.to_vec(), events.unwrap_or_default())
}

fn rental() -> (Vec<Held>, Vec<Event>) {
    let begin = moment(EVENING.saturating_sub(300), 0);
    let rented = |name: &str| Held {
        policy: Policy {
            begin: Some(begin),
            end: Some(moment(EVENING, 31 * DAY)),
            first_play: Some(2 * DAY),
            ..policy(name)
        },
        acquired: moment(EVENING, 0),
    };
    let play = |after: u32| event(moment(EVENING, after), Action::Play(Some("watched at once".to_owned())));
    let later = |after: u32| event(moment(EVENING, after), Action::Play(Some("kept for later".to_owned())));
    let events = vec![play(0), play(DAY), play(3 * DAY), later(30 * DAY), later(31 * DAY), later(32 * DAY)];
    (vec![rented("watched at once"), rented("kept for later")], events)
}

fn purchase() -> (Vec<Held>, Vec<Event>) {
    let bought = |acquired| Held { policy: policy("film"), acquired };
    let at = |days: u32| moment(EVENING, days.saturating_mul(DAY));
    let play = |days: u32| event(at(days), Action::Play(None));
    let events = vec![
        play(0),
        play(3650),
        event(at(3651), Action::SetClock(moment(AUGUST_1_2016, 0))),
        play(3651),
        event(at(3652), Action::NewDevice),
        play(3652),
        play(3660),
    ];
    (vec![bought(at(0)), bought(at(3659))], events)
}

/// A key id of a preset: one byte, sixteen times.
const fn kid(byte: u8) -> KeyId {
    KeyId::from_guid_bytes([byte; 16])
}

const ROOT: KeyId = kid(0xA0);

fn root(name: &str, start: u32, days: u32) -> Held {
    let end = moment(start, days.saturating_mul(DAY));
    let policy = Policy {
        kid: Some(PolicyKid::Id(ROOT)),
        role: Role::Root,
        begin: Some(moment(start, 0)),
        end: Some(end),
        ..policy(name)
    };
    Held { policy, acquired: moment(start, 0) }
}

fn leaf(name: &str, byte: u8, acquired: Moment) -> Held {
    let policy =
        Policy { kid: Some(PolicyKid::Id(kid(byte))), role: Role::Leaf { root: Some(ROOT) }, ..policy(name) };
    Held { policy, acquired }
}

fn subscription() -> (Vec<Held>, Vec<Event>) {
    let start = moment(JANUARY_1_2018, 0);
    let renewed = JANUARY_1_2018.saturating_add(35 * DAY);
    let licenses = vec![
        root("subscription", JANUARY_1_2018, 31),
        leaf("episode 1", 1, start),
        leaf("episode 2", 2, start),
        leaf("episode 3", 3, start),
        root("subscription", renewed, 31),
    ];
    let play = |days: u32| event(moment(JANUARY_1_2018, days.saturating_mul(DAY)), Action::Play(None));
    (licenses, vec![play(1), play(30), play(33), play(35)])
}

fn live() -> (Vec<Held>, Vec<Event>) {
    let day = |days: u32| moment(JANUARY_1_2018, days.saturating_mul(DAY));
    let mut licenses = vec![root("bundle", JANUARY_1_2018, 3)];
    for (index, name) in
        (1_u8..).zip(["key of day 1", "key of day 2", "key of day 3", "key of day 4", "key of day 5"])
    {
        let mut held = leaf(name, index, day(u32::from(index).saturating_sub(1)));
        held.policy.embedded = Some(Embedded::Stream);
        held.policy.persistent = Some(false);
        licenses.push(held);
    }
    let mut events: Vec<Event> = Vec::new();
    for (days, name) in [
        (0, "key of day 1"),
        (1, "key of day 2"),
        (2, "key of day 3"),
        (3, "key of day 4"),
        (4, "key of day 5"),
    ] {
        events.push(event(day(days).plus_seconds(43_200), Action::Play(Some(name.to_owned()))));
    }
    licenses.push(root("bundle", JANUARY_1_2018.saturating_add(4 * DAY), 3));
    (licenses, events)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdicts(scenario: &Scenario) -> Vec<String> {
        let outcomes = scenario.run();
        outcomes
            .iter()
            .flat_map(|outcome| &outcome.verdicts)
            .map(|(_, verdict)| verdict.to_string())
            .collect()
    }

    #[test]
    fn the_story_of_the_page_comes_out_with_and_without_begin_dates() {
        let scenario = Preset::Rollback.scenario();
        assert_eq!(verdicts(&scenario.without_begin_dates()), ["plays", "plays"]);
        assert_eq!(verdicts(&scenario), ["plays", "not before 2016-09-01T00:00:00Z"]);
        let ends: Vec<_> = scenario.licenses.iter().map(|held| held.policy.end.unwrap().to_day()).collect();
        assert_eq!(ends, ["2016-08-30", "2016-09-30"]);
    }

    #[test]
    fn the_page_as_written_would_play_neither() {
        let mut scenario = Preset::Rollback.scenario();
        scenario.events[1].action = Action::SetClock(moment(AUGUST_1_2016 - DAY, 0));
        assert_eq!(
            verdicts(&scenario),
            ["not before 2016-08-01T00:00:00Z", "not before 2016-09-01T00:00:00Z"]
        );
    }

    #[test]
    fn a_rental_ends_48_hours_after_its_first_play_or_after_a_month() {
        assert_eq!(
            verdicts(&Preset::Rental.scenario()),
            [
                "plays",
                "plays",
                "expired 2018-01-07T20:00:00Z after its first play",
                "plays",
                "plays",
                "expired 2018-02-05T20:00:00Z"
            ]
        );
    }

    #[test]
    fn a_purchase_plays_for_ever_and_needs_a_new_license_on_a_new_device() {
        assert_eq!(
            verdicts(&Preset::Purchase.scenario()),
            ["plays", "plays", "plays", "no license", "plays"]
        );
    }

    #[test]
    fn one_renewed_root_brings_back_the_whole_catalogue() {
        let lapsed = "root: expired 2018-02-01T00:00:00Z";
        let expected = [["plays"; 3], ["plays"; 3], [lapsed; 3], ["plays"; 3]].concat();
        assert_eq!(verdicts(&Preset::Subscription.scenario()), expected);
    }

    #[test]
    fn a_live_channel_plays_while_the_root_is_valid_whatever_key_it_has() {
        assert_eq!(
            verdicts(&Preset::Live.scenario()),
            ["plays", "plays", "plays", "root: expired 2018-01-04T00:00:00Z", "plays"]
        );
    }

    #[test]
    fn presets_keep_the_rules() {
        use crate::{Context, TrustedClock, lint};
        let context = Context { clock: Some(TrustedClock::AntiRollback), ..Context::default() };
        for preset in Preset::ALL {
            let policies: Vec<Policy> =
                preset.scenario().licenses.into_iter().map(|held| held.policy).collect();
            assert_eq!(lint(&policies, &context), [], "{}", preset.name());
        }
    }
}
