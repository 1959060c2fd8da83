//! `prkit policy`: check policies, get dates for them, play them through, write them as addresses.
//!
//! ```text
//!   source.rs    what was named ──▶ policies        known.rs   what else is known
//!   check.rs     lint
//!   advise.rs    dates for one request
//!   simulate.rs  what plays when, with timeline.rs for the picture
//!   url.rs       addresses of the test server
//! ```

mod advise;
mod check;
pub(super) mod known;
mod simulate;
mod source;
mod timeline;
mod url;

use crate::args::{PolicyArgs, PolicyCommand};
use crate::exit::{Status, Stop};

pub(crate) fn run(args: &PolicyArgs) -> Result<Status, Stop> {
    match &args.command {
        PolicyCommand::Lint(args) => check::run(args),
        PolicyCommand::Advise(args) => advise::run(args),
        PolicyCommand::Simulate(args) => simulate::run(args),
        PolicyCommand::Url(args) => url::run(args),
    }
}
