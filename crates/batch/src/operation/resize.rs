//! License stores of another size, or none.

use crate::payloads::{Change, Changed, Refusal, Subject};
use prkit_playready::StoreChange;

/// Stores of another size, or none.
#[derive(Clone, Copy, Debug)]
pub enum Resize {
    /// Every object has an empty store.
    Reserve {
        /// Its capacity.
        len: usize,
        /// Manifests are there for the files that they name.
        presentation: bool,
    },
    /// Empty stores go.
    Strip,
}

impl Resize {
    /// Its name in the record of a run.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reserve { .. } => "els reserve",
            Self::Strip => "els strip",
        }
    }
}

impl Change for Resize {
    fn store_gives_way(&self) -> bool {
        false
    }

    fn apply(&self, subject: &Subject<'_>) -> Result<Option<Changed>, Refusal> {
        let (payload, found, overrides) = (subject.payload()?, subject.found, subject.overrides);
        let change = match *self {
            Self::Reserve { presentation: true, .. } if found.in_text.is_some() => return Ok(None),
            Self::Reserve { len, .. } => StoreChange::Size { len, overrides },
            Self::Strip => StoreChange::Strip { overrides },
        };
        let new = payload.with_store(change).map_err(|error| Refusal::Input(error.into()))?;
        Ok(new.map(|data| Changed { data, kids: None, room: None, is_complete: false }))
    }
}
