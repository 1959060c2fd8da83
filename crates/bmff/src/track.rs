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
use crate::seig::Seig;
use crate::tenc::Tenc;

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
}

/// One sample entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SampleEntry {
    /// Its type: `encv`, `enca`, `avc1`.
    pub format: FourCc,
    /// `frma`: the type before encryption.
    pub original_format: Option<FourCc>,
    /// `schm`: the protection scheme.
    pub scheme: Option<FourCc>,
    /// `tenc`, or the PIFF form of it. The Dolby Vision files of GPAC's test suite have both.
    pub tenc: Vec<Tenc>,
}

impl Track {
    /// The sample entry that says how the track is protected: the first with a `tenc`, else the first.
    pub fn protection(&self) -> Option<&SampleEntry> {
        self.entries.iter().find(|entry| !entry.tenc.is_empty()).or(self.entries.first())
    }
}
