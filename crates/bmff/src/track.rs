//! Tracks, as far as protection goes: `moov/trak`, down to `tenc`.
//!
//! ```text
//!   trak ┬ tkhd                                 id
//!        ├ meta                                 may hold pssh
//!        └ mdia ┬ hdlr                          kind of media
//!               └ minf ─ stbl ┬ stsd ─ entry    format: encv, enca, …
//!                             │        └ sinf ┬ frma    format before encryption
//!                             │               ├ schm    scheme: cenc, cbcs, piff
//!                             │               └ schi ─ tenc
//!                             └ sgpd                    seig.rs
//! ```

use crate::box_type::FourCc;
use crate::path::BoxPath;
use crate::reference::Home;
use crate::seig::Seig;
use crate::tenc::Tenc;
use prkit_playready::KeyId;

/// One track.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Track {
    /// `tkhd` track id.
    pub id: Option<u32>,
    /// `hdlr` handler type: `vide`, `soun`.
    pub handler: Option<FourCc>,
    /// `stsd` sample entries, in order.
    pub entries: Vec<SampleEntry>,
    /// `sgpd`: keys of sample groups.
    pub seig: Vec<Seig>,
    /// Boxes that say something about keys and are not read.
    pub unread: Vec<Unread>,
    /// Where its `trak` box begins.
    pub(crate) at: u64,
    /// `dref`: its data references, in order.
    pub(crate) references: Vec<Home>,
    /// `data_reference_index` of each sample entry, in order.
    pub(crate) reference_of: Vec<u16>,
    /// `trex`: the sample entry of fragments that name none, and the size of their samples.
    pub(crate) in_fragments: Option<(u32, u32)>,
}

/// A box about keys that is not read: nothing of it is guessed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unread {
    /// Which it is.
    pub path: BoxPath,
    /// Where.
    pub offset: u64,
    /// Why.
    pub fault: KeysFault,
}

/// Why the keys of a box are not read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum KeysFault {
    /// Its version, or the byte that marks its form, is not known.
    Unknown(u8),
    /// It ends within its keys.
    Cut,
    /// It has the flag of a key of its own, which its form has not.
    OwnKey,
}

impl core::fmt::Display for Unread {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { path, offset, fault } = self;
        match fault {
            KeysFault::Unknown(version) => write!(
                f,
                "{path} at byte {offset} has the version or form {version}, which is not known: its keys are not read"
            ),
            KeysFault::OwnKey => write!(
                f,
                "{path} at byte {offset} has the flag of PIFF for a key of its own, which senc has not: readers differ, and it is not read"
            ),
            KeysFault::Cut => {
                write!(f, "{path} at byte {offset} ends within its keys, which are not read: it was cut")
            }
        }
    }
}

/// One sample entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SampleEntry {
    /// Its type: `encv`, `enca`, `avc1`.
    pub format: FourCc,
    /// `frma`: the type before encryption.
    pub original_format: Option<FourCc>,
    /// `schm`: the protection scheme, the first where there are several.
    pub scheme: Option<FourCc>,
    /// `schm` of all its `sinf`, in order.
    pub schemes: Vec<FourCc>,
    /// `tenc`, or the PIFF form of it. The Dolby Vision files of GPAC's test suite have both.
    pub tenc: Vec<Tenc>,
}

impl Track {
    /// Where the samples of each sample entry are, in order, for a file of this name; this file where there is none.
    pub(crate) fn homes(&self, own: Option<&str>) -> impl Iterator<Item = Home> {
        self.reference_of.iter().map(move |number| Home::numbered(&self.references, *number).seen_from(own))
    }

    /// Where the samples of a fragment are that names this sample entry, counted from 1, or none.
    pub(crate) fn home_in_fragment(&self, description: Option<u32>, own: Option<&str>) -> Home {
        let description = description.or(self.in_fragments.map(|(description, _)| description)).unwrap_or(1);
        let index = usize::try_from(description).unwrap_or(usize::MAX).saturating_sub(1);
        let number = self.reference_of.get(index).or(self.reference_of.first());
        number.map_or(Home::Here, |number| Home::numbered(&self.references, *number).seen_from(own))
    }

    /// The keys of all its sample entries, each once, and without that of all zeros, which says that keys change.
    pub fn key_ids(&self) -> Vec<KeyId> {
        let mut found = Vec::new();
        for tenc in self.entries.iter().flat_map(|entry| &entry.tenc) {
            if tenc.kid != KeyId::NIL && !found.contains(&tenc.kid) {
                found.push(tenc.kid);
            }
        }
        found
    }

    /// Whether any of its sample entries is encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.entries.iter().any(|entry| !entry.tenc.is_empty() || entry.scheme.is_some())
    }

    /// The sample entry that says how the track is protected: the first with a `tenc`, else the first.
    pub fn protection(&self) -> Option<&SampleEntry> {
        self.entries.iter().find(|entry| !entry.tenc.is_empty()).or(self.entries.first())
    }
}
