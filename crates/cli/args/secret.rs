//! Option values that may hold a content key.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// A value that no message and no `Debug` output repeats.
///
/// It is taken as it is and looked at later: a value that an argument parser refuses, it prints.
#[derive(Clone)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for Secret {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}
