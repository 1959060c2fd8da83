//! The new file into a pipe.

use crate::error::{Error, Result};
use prkit_plan::{Plan, Source};
use std::io::Write;

/// Writes the file a plan makes to a stream, in order. Neither atomic nor durable: what was written when it fails,
/// was written.
///
/// # Errors
///
/// [`Error::System`].
pub fn stream(plan: &Plan, source: &dyn Source, to: &mut dyn Write) -> Result<()> {
    for segment in plan.segments() {
        plan.render(segment, source, &mut |bytes| to.write_all(bytes))
            .map_err(Error::system("write the result"))?;
    }
    to.flush().map_err(Error::system("write the result"))
}
