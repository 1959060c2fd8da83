//! The new file into a pipe.

use crate::copying::{not_cancelled, went_on};
use crate::error::{Error, Result};
use prkit_plan::{Plan, Source, Watch};
use std::io::Write;

/// Writes the file a plan makes to a stream, in order. Neither atomic nor durable: what was written when it fails,
/// was written.
///
/// # Errors
///
/// [`Error::System`]; [`Error::Cancelled`] behind any block.
pub fn stream(plan: &Plan, source: &dyn Source, to: &mut dyn Write, watch: &dyn Watch) -> Result<()> {
    for segment in plan.segments() {
        let written = plan.render(segment, source, &mut |bytes| {
            to.write_all(bytes)?;
            went_on(watch, u64::try_from(bytes.len()).unwrap_or(u64::MAX))
        });
        not_cancelled(watch)?;
        written.map_err(Error::system("write the result"))?;
    }
    to.flush().map_err(Error::system("write the result"))
}
