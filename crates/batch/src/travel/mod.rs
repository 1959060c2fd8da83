//! Plans that travel: what a run would do, written down, and carried out later or elsewhere.
//!
//! ```text
//!   {"schema":1,"prkit":"0.1.0"}
//!   {"path":"film/a.mp4","len":…,"held":{…},"strategy":"slack","edits":[{"old":[40,590],"put":"…"}],…}   edit.rs
//!   …
//!   {"end":true}                        a file without it was cut, and nothing of it is carried out      lines.rs, file.rs
//! ```
//!
//! An edit is the spans of the old asset that are replaced, and what takes their place; all else is kept. It holds to an
//! asset by its length and two digests, of what is replaced and of the structure that planning read (held.rs). Edits that
//! have the number of one title are carried out together (titles.rs).
//!
//! Nothing in such a file is trusted. Names lead below a root; an edit is taken on only if its result is one that planning
//! could have made (adopt.rs), so a file that was changed by hand is as good as its result.

mod adopt;
mod edit;
#[cfg(feature = "files")]
mod error;
#[cfg(feature = "files")]
mod file;
mod held;
mod lines;
#[cfg(feature = "files")]
mod titles;

pub(crate) use adopt::adopt_with;
pub use adopt::{Given, adopt};
pub use edit::{Contradiction, Replaced, TravellingEdit};
#[cfg(feature = "files")]
pub use error::TravelError;
#[cfg(feature = "files")]
pub use file::{PlanLine, PlanReader, PlanWriter, Planned, is_plan};
pub use held::{Held, Mismatch};
#[cfg(feature = "files")]
pub use titles::Titles;
