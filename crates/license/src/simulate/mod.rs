//! What plays when, on one client whose owner turns back its clock and restores old copies of its store.
//!
//! ```text
//!   scenario.rs   licenses with the day each was acquired, and what happens    (also from JSON)
//!   client.rs     clock, store, memory: one event after the other              ──▶ Outcome
//!   grid.rs       which content plays at which setting of the clock            ──▶ Grid
//!   preset.rs     rollback, rental, purchase, subscription, live
//!   story.rs      licenses that somebody has, and how it is told
//! ```
//!
//! A model of what Microsoft's pages describe, not of the code of any client:
//!
//! * a license is valid from its begin to its end, both included, by the *client's* clock;
//! * the store remembers the latest time at which something with a time was played; a clock behind that is noticed, and
//!   nothing with a time plays (MS docs `trusted-clocks.md`, anti-rollback clock);
//! * a copy of the store restores what it remembers, too: that is the attack of `policies-best-practices.md`.

mod client;
mod grid;
mod preset;
mod scenario;
mod story;

pub use client::{Outcome, Verdict};
pub use grid::{Cell, Grid};
pub use preset::Preset;
pub use scenario::{Action, Event, Held, Scenario};
