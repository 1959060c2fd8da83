//! What a caller may insist on: the kinds of refusals that can be overridden.
//!
//! ```text
//!   error ──overridden_by──▶ Override ──name──▶ the option a program offers for it
//!   Overrides: the kinds that somebody insists on ──▶ the edit that would be refused
//! ```
//!
//! An error that has no kind is never overridden. A new kind is one line of the table below.

use core::fmt;

macro_rules! overrides {
    ($($kind:ident, $name:literal, $about:literal;)*) => {
        /// A kind of refusal that can be overridden.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[non_exhaustive]
        pub enum Override {
            $(#[doc = $about] $kind,)*
        }

        impl Override {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            /// Its short name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// What overriding it does, in the imperative.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$kind => $about,)* }
            }
        }
    };
}

overrides! {
    Algorithm, "algorithm", "Write an algorithm that contradicts the encryption of the file";
    FilledStore, "filled-store", "Add a license to a store that already holds something, over its zeros, or remove it with what it holds";
    KeyId, "key-id", "Use key IDs that the file or the object does not have";
    LastSystem, "last-system", "Remove the last DRM system of something that stays encrypted";
    ManifestStore, "manifest-store", "Put an empty license store into a manifest";
    NoHeader, "no-header", "Write an object that has no header";
    Signature, "signature", "Edit a file whose signature breaks by the edit";
    SlackContent, "slack-content", "Take room from free boxes that contain something";
    Stale, "stale", "Change bytes that a pointer takes for media data";
    TooLong, "too-long", "Write an object of more than 15 KB";
    UnknownPosition, "unknown-position", "Move what boxes of unknown types seem to contain the positions of";
    Unencrypted, "unencrypted", "Add a key line to a playlist that has none";
    Version, "version", "Edit pssh boxes of versions that are not defined, as if they were of version 1";
}

/// The kinds of refusals that somebody insists on overriding.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Overrides(u32);

impl Overrides {
    /// Nothing is overridden.
    pub const NONE: Self = Self(0);
    /// Everything that can be is overridden.
    pub const ALL: Self = Self(u32::MAX);

    /// Whether refusals of this kind are overridden.
    pub fn has(self, kind: Override) -> bool {
        self.0 & bit(kind) != 0
    }
}

impl From<Override> for Overrides {
    fn from(kind: Override) -> Self {
        Self(bit(kind))
    }
}

impl FromIterator<Override> for Overrides {
    fn from_iter<I: IntoIterator<Item = Override>>(kinds: I) -> Self {
        kinds.into_iter().fold(Self::NONE, |all, kind| Self(all.0 | bit(kind)))
    }
}

impl fmt::Debug for Overrides {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(Override::ALL.iter().filter(|kind| self.has(**kind))).finish()
    }
}

fn bit(kind: Override) -> u32 {
    let place = Override::ALL.iter().position(|known| *known == kind);
    let place = place.and_then(|place| u32::try_from(place).ok());
    place.and_then(|place| 1_u32.checked_shl(place)).unwrap_or(0)
}

/// An error that may be a refusal which can be overridden.
pub trait Overridable: fmt::Display {
    /// The kind that overrides it; `None` for what nothing overrides.
    fn overridden_by(&self) -> Option<Override>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_name_and_a_bit_of_its_own() {
        for kind in Override::ALL {
            let only = Overrides::from(*kind);
            assert_eq!(Override::ALL.iter().filter(|other| only.has(**other)).count(), 1, "{kind:?}");
            assert_eq!(Override::ALL.iter().filter(|other| other.name() == kind.name()).count(), 1);
            assert!(Overrides::ALL.has(*kind) && !Overrides::NONE.has(*kind));
        }
        let both: Overrides = [Override::Stale, Override::KeyId].into_iter().collect();
        assert_eq!(format!("{both:?}"), "{KeyId, Stale}");
    }
}
