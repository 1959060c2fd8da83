//! Names of inputs instead of reports, as `grep` prints them.

use crate::args::OverviewArgs;
use crate::input::Input;
use crate::out::Out;

/// Which inputs are named.
#[derive(Clone, Copy)]
pub(crate) enum Listing {
    With,
    Without,
    Count,
}

impl OverviewArgs {
    /// Whether inputs are only named.
    pub(crate) const fn listing(&self) -> Option<Listing> {
        match self {
            Self { files_with_matches: true, .. } => Some(Listing::With),
            Self { files_without_match: true, .. } => Some(Listing::Without),
            Self { count: true, .. } => Some(Listing::Count),
            _ => None,
        }
    }
}

impl Listing {
    /// Names an input of which so many objects are selected.
    pub(crate) fn tell(self, input: &Input, selected: usize, out: &mut Out) {
        match self {
            Self::With if selected > 0 => out.listed(input, None),
            Self::Without if selected == 0 => out.listed(input, None),
            Self::Count => out.listed(input, Some(selected)),
            Self::With | Self::Without => {}
        }
    }
}
