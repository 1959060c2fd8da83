//! What options take that hold an object: `@FILE`, or the text itself.

use crate::exit::Stop;
use crate::hints::of_given;
use crate::values;
use bytes::Bytes;
use prkit_batch::{Given, GivenError};

/// What an option was given.
pub(crate) fn given(option: &str, value: &str) -> Result<Given, Stop> {
    let Some(path) = value.strip_prefix('@') else {
        let bytes = Bytes::copy_from_slice(value.as_bytes());
        return Ok(Given { name: option.to_owned(), is_file: false, bytes });
    };
    let read = values::read(value).map_err(|error| Stop::usage(format!("{option}: {error}")))?;
    let bytes = Bytes::from(read.map(|bytes| bytes.to_vec()).unwrap_or_default());
    Ok(Given { name: format!("{option}: {path}"), is_file: true, bytes })
}

/// It is not what is due.
#[expect(clippy::needless_pass_by_value, reason = "results are mapped with it")]
pub(crate) fn refused(error: GivenError) -> Stop {
    Stop::usage(of_given(&error))
}
