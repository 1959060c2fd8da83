//! Licenses and events.
//!
//! ```json
//! { "name": "two rentals",
//!   "policies": [ { "name": "film", "acquired": "2016-08-01", "end": "2016-08-30" } ],
//!   "events": [ { "at": "2016-09-01", "copy": "A" },
//!               { "at": "2016-09-02", "clock": "2016-08-01" },
//!               { "at": "2016-09-02", "restore": "A" },
//!               { "at": "2016-09-02", "play": "film" },
//!               { "at": "2016-09-03", "device": "new" } ] }
//! ```
//!
//! A policy is what `policy lint` reads, with `acquired` beside it; `play` takes a name or `*` for everything. Events
//! happen in the order of their times; those of one time in the order written.

use crate::limits::{MAX_EVENTS, MAX_TEXT};
use crate::policy::{from_value, parse_json};
use crate::{Error, Moment, Policy, Result, Role};
use serde::Deserialize;
use serde_json::Value;

/// What is acquired, and what happens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scenario {
    /// What people call it.
    pub name: String,
    /// Licenses, each with when it is acquired.
    pub licenses: Vec<Held>,
    /// What happens, in order.
    pub events: Vec<Event>,
}

/// A license and when it comes into the store.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Held {
    /// What it allows.
    pub policy: Policy,
    /// When it is acquired, in true time.
    pub acquired: Moment,
}

/// Something that happens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    /// When, in true time.
    pub at: Moment,
    /// What.
    pub action: Action,
}

/// What happens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Action {
    /// The store is copied.
    CopyStore(String),
    /// A copy takes the place of the store.
    RestoreStore(String),
    /// The client's clock is set.
    SetClock(Moment),
    /// A content is played; `None` for each one there is.
    Play(Option<String>),
    /// The client is replaced, or its store is lost.
    NewDevice,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
struct Written {
    #[serde(default)]
    name: Option<String>,
    policies: Vec<Value>,
    #[serde(default)]
    events: Vec<WrittenEvent>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
struct WrittenEvent {
    at: String,
    copy: Option<String>,
    restore: Option<String>,
    clock: Option<String>,
    play: Option<String>,
    device: Option<String>,
}

impl Scenario {
    /// Reads a scenario.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Json`](crate::ErrorKind::Json) with the policy or event and what would be right.
    pub fn from_json(text: &str) -> Result<Self> {
        if text.len() > MAX_TEXT {
            return Err(Error::policy(format!(
                "{} bytes of scenario are too many: at most {MAX_TEXT}",
                text.len()
            )));
        }
        let written: Written = serde_path_to_error::deserialize(parse_json(text)?)
            .map_err(|error| Error::policy(format!("no scenario: {error}")))?;
        if written.events.len() > MAX_EVENTS {
            return Err(Error::policy(format!(
                "{} events are too many: at most {MAX_EVENTS}",
                written.events.len()
            )));
        }
        let mut policies = written.policies;
        let acquired = take_acquired(&mut policies)?;
        let policies = from_value(Value::Array(policies))?;
        let licenses = policies.into_iter().zip(acquired).map(|(policy, acquired)| Held { policy, acquired });
        let event = |(index, event): (usize, WrittenEvent)| {
            event.into_event().map_err(|error| Error::policy(format!("event {index}: {error}")))
        };
        let mut events: Vec<Event> =
            written.events.into_iter().enumerate().map(event).collect::<Result<_>>()?;
        events.sort_by_key(|event| event.at);
        let scenario = Self {
            name: written.name.unwrap_or_else(|| "scenario".to_owned()),
            licenses: licenses.collect(),
            events,
        };
        scenario.check()?;
        Ok(scenario)
    }

    /// The story of the best practices with other licenses: after the last was acquired the store is copied, the clock
    /// set back, the copy restored, and everything is played.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Json`](crate::ErrorKind::Json) when there is no license.
    pub fn rollback(licenses: Vec<Held>, back_to: Option<Moment>) -> Result<Self> {
        let acquired = licenses.iter().map(|held| held.acquired);
        let (Some(first), Some(last)) = (acquired.clone().min(), acquired.max()) else {
            return Err(Error::policy("there is no license to play the story with".to_owned()));
        };
        let name = "copy".to_owned();
        let actions = [
            Action::CopyStore(name.clone()),
            Action::SetClock(back_to.unwrap_or(first)),
            Action::RestoreStore(name),
            Action::Play(None),
        ];
        let events = actions.map(|action| Event { at: last, action }).to_vec();
        Ok(Self { name: "rollback".to_owned(), licenses, events })
    }

    /// Every store that is restored was copied, and everything that is played is licensed.
    fn check(&self) -> Result<()> {
        let contents = self.contents();
        for (index, event) in self.events.iter().enumerate() {
            match &event.action {
                Action::RestoreStore(name) => {
                    let mut earlier = self.events.iter().take(index);
                    if !earlier.any(|event| event.action == Action::CopyStore(name.clone())) {
                        return Err(Error::policy(format!(
                            "store {name:?} is restored at {} and never copied before",
                            event.at
                        )));
                    }
                }
                Action::Play(Some(name)) if !contents.contains(name) => {
                    let known = contents.join(", ");
                    return Err(Error::policy(format!(
                        "{name:?} is played and has no policy; there are {known}"
                    )));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// What can be played, each once, in the order of the policies. Roots are not played.
    pub fn contents(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for held in self.licenses.iter().filter(|held| !self.is_root(&held.policy)) {
            let name = held.policy.label();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    pub(super) fn is_root(&self, policy: &Policy) -> bool {
        let named = |other: &Held| {
            policy.key_id().is_some_and(|kid| other.policy.role == Role::Leaf { root: Some(kid) })
        };
        policy.role == Role::Root || self.licenses.iter().any(named)
    }

    /// The same without any begin date.
    #[must_use]
    pub fn without_begin_dates(&self) -> Self {
        let mut scenario = self.clone();
        for held in &mut scenario.licenses {
            held.policy.begin = None;
        }
        scenario
    }

    /// The same with a begin date wherever something ends and none is there: the day it was acquired.
    #[must_use]
    pub fn with_begin_dates(&self) -> Self {
        let mut scenario = self.clone();
        for held in &mut scenario.licenses {
            if held.policy.end.is_some() && !held.policy.is_leaf() {
                held.policy.begin = held.policy.begin.or(Some(held.acquired));
            }
        }
        scenario
    }
}

fn take_acquired(policies: &mut [Value]) -> Result<Vec<Moment>> {
    let take = |(index, policy): (usize, &mut Value)| {
        let acquired = policy.as_object_mut().and_then(|object| object.remove("acquired"));
        let text = match acquired {
            Some(Value::String(text)) => text,
            Some(Value::Number(number)) => number.to_string(),
            _ => {
                return Err(Error::policy(format!(
                    "policy {index}: \"acquired\" is missing: when it comes into the store"
                )));
            }
        };
        text.parse().map_err(|error| Error::policy(format!("policy {index}: acquired: {error}")))
    };
    policies.iter_mut().enumerate().map(take).collect()
}

impl WrittenEvent {
    fn into_event(self) -> Result<Event> {
        let at = self.at.parse()?;
        let mut actions = Vec::new();
        actions.extend(self.copy.map(Action::CopyStore));
        actions.extend(self.restore.map(Action::RestoreStore));
        if let Some(clock) = self.clock {
            actions.push(Action::SetClock(clock.parse()?));
        }
        actions.extend(self.play.map(|name| Action::Play((name != "*").then_some(name))));
        if let Some(device) = self.device {
            if device != "new" {
                return Err(Error::policy(format!("\"device\" can be \"new\", not {device:?}")));
            }
            actions.push(Action::NewDevice);
        }
        let mut actions = actions.into_iter();
        match (actions.next(), actions.next()) {
            (Some(action), None) => Ok(Event { at, action }),
            _ => {
                Err(Error::policy("an event is exactly one of copy, restore, clock, play, device".to_owned()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_module_is_read() {
        let text = r#"{ "name": "two rentals",
            "policies": [ { "name": "film", "acquired": "2016-08-01", "end": "2016-08-30" } ],
            "events": [ { "at": "2016-09-02", "clock": "2016-08-01" },
                        { "at": "2016-09-01", "copy": "A" },
                        { "at": "2016-09-02", "restore": "A" },
                        { "at": "2016-09-02", "play": "film" },
                        { "at": "2016-09-03", "device": "new" } ] }"#;
        let scenario = Scenario::from_json(text).unwrap();
        assert_eq!(scenario.contents(), ["film"]);
        assert_eq!(scenario.events[0].action, Action::CopyStore("A".into()));
        assert_eq!(scenario.events.last().unwrap().action, Action::NewDevice);
        let with = scenario.with_begin_dates();
        assert_eq!(with.licenses[0].policy.begin, Some(scenario.licenses[0].acquired));
        assert_eq!(with.without_begin_dates(), scenario);
    }

    #[test]
    fn what_does_not_fit_is_refused_with_its_place() {
        let error = |text: &str| Scenario::from_json(text).unwrap_err().to_string();
        assert!(error(r#"{"policies":[{"name":"a"}]}"#).contains("policy 0: \"acquired\" is missing"));
        let with = |event: &str| {
            error(&format!(
                r#"{{"policies":[{{"name":"a","acquired":"20160801"}}],"events":[{{"at":"20160901",{event}}}]}}"#
            ))
        };
        assert!(with(r#""play":"b""#).contains("\"b\" is played and has no policy; there are a"));
        assert!(with(r#""restore":"A""#).contains("never copied before"));
        assert!(with(r#""copy":"A","play":"*""#).contains("event 0: an event is exactly one of"));
        assert!(with(r#""device":"old""#).contains("can be \"new\""));
        assert!(with(r#""clock":"noon""#).contains("is no time"));
        assert!(with(r#""play":"*","play":"a""#).contains("events[0].play is there twice"));
        assert!(
            with(r#""play":1"#)
                .contains("no scenario: events[0].play: invalid type: integer `1`, expected a string")
        );
    }
}
