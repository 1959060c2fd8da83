//! Stories of licenses that somebody has, and how they are told.

use super::{Action, Grid, Held, Outcome, Scenario};
use crate::{Error, Moment, Policy, Result};
use serde_json::{Value, json};

impl Scenario {
    /// The story of the best practices: each license is acquired when it was issued, else when it begins; one that says
    /// neither, as a leaf does, with the first of the others.
    ///
    /// # Errors
    ///
    /// Nobody knows when they were acquired.
    pub fn rollback_of(policies: Vec<Policy>, back_to: Option<Moment>) -> Result<Self> {
        let acquired = |policy: &Policy| policy.issued.or(policy.begin);
        let Some(first) = policies.iter().filter_map(acquired).min() else {
            return Err(Error::policy(
                "no license has an issue date or a begin date: nobody knows when they were acquired"
                    .to_owned(),
            ));
        };
        let mut licenses: Vec<Held> = Vec::new();
        for policy in policies {
            let acquired = acquired(&policy).unwrap_or(first);
            licenses.push(Held { policy: unique(policy, &licenses), acquired });
        }
        Self::rollback(licenses, back_to)
    }

    /// What becomes of it, for programs; variants of a story have names.
    pub fn to_json(&self, variant: &str) -> Value {
        let Grid { turns, .. } = self.grid(2);
        let outcomes: Vec<Value> = self
            .run()
            .iter()
            .map(|outcome| {
                let verdicts: Vec<Value> = outcome
                .verdicts
                .iter()
                .map(|(content, verdict)| {
                    json!({ "content": content, "plays": verdict.plays(), "verdict": verdict.to_string() })
                })
                .collect();
                json!({
                    "at": outcome.at.to_string(),
                    "clock": outcome.clock.to_string(),
                    "event": outcome.event(),
                    "verdicts": verdicts,
                })
            })
            .collect();
        json!({
            "scenario": self.name,
            "variant": variant,
            "contents": self.contents(),
            "outcomes": outcomes,
            "turns_of_the_clock": turns,
        })
    }
}

impl Outcome {
    /// What happened, in words.
    pub fn event(&self) -> String {
        match &self.action {
            None => format!("acquire {}", self.acquired.join(", ")),
            Some(Action::CopyStore(name)) => format!("copy the store as {name:?}"),
            Some(Action::RestoreStore(name)) => format!("restore the store {name:?}"),
            Some(Action::SetClock(clock)) => format!("set the clock to {clock}"),
            Some(Action::NewDevice) => "a new device, with an empty store".to_owned(),
            Some(Action::Play(Some(name))) => format!("play {name}"),
            Some(Action::Play(None)) => "play everything".to_owned(),
        }
    }
}

/// Licenses for one key that are not named would be one content; they are told apart by their number.
fn unique(policy: Policy, others: &[Held]) -> Policy {
    let label = policy.label();
    let same = others.iter().filter(|held| held.policy.label().starts_with(&label)).count();
    if same == 0 || policy.key_id().is_some() {
        return policy;
    }
    Policy { name: Some(format!("{label} #{}", same.saturating_add(1))), ..policy }
}
