//! The lines around the edits of a plan.

use super::TravellingEdit;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};

/// The format of the lines.
pub(super) const FORMAT: u32 = 1;

/// The first line.
#[derive(Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) schema: u32,
    /// The version that wrote it.
    prkit: String,
}

/// The last line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct End {
    pub(super) end: bool,
}

impl Head {
    pub(super) fn new() -> Self {
        Self { schema: FORMAT, prkit: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

impl TravellingEdit {
    /// The text of a file of plans with this one in it. It needs a path.
    ///
    /// # Errors
    ///
    /// [`Error::Report`].
    pub fn to_file(&self) -> Result<String> {
        let mut text = serde_json::to_string(&Head::new()).map_err(Error::Report)?;
        for line in [serde_json::to_string(self), serde_json::to_string(&End { end: true })] {
            text.push('\n');
            text.push_str(&line.map_err(Error::Report)?);
        }
        text.push('\n');
        Ok(text)
    }
}
