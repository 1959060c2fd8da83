//! What an object is for: rules differ by where it is put.

use crate::NameError;
use crate::{Error, ErrorKind};
use core::fmt;
use core::str::FromStr;

/// Where an object is put.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Use {
    /// A file, or the initialisation segment of a stream.
    File,
    /// A DASH manifest.
    Mpd,
    /// An HLS playlist.
    Hls,
    /// A Smooth Streaming client manifest.
    Smooth,
    /// A fragment: a leaf license, or the header of one key period.
    Moof,
}

impl Use {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::File, Self::Mpd, Self::Hls, Self::Smooth, Self::Moof];

    /// The name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Mpd => "mpd",
            Self::Hls => "hls",
            Self::Smooth => "smooth",
            Self::Moof => "moof",
        }
    }

    /// Whether the object becomes base64 in a text that every client downloads.
    pub const fn is_manifest(self) -> bool {
        matches!(self, Self::Mpd | Self::Hls | Self::Smooth)
    }

    /// Refuses an empty license store where every client would download it for nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotThere`] for manifests.
    pub const fn takes_empty_store(self) -> crate::Result<()> {
        let (place, rule) = match self {
            Self::File | Self::Moof => return Ok(()),
            Self::Mpd => ("a DASH manifest", "ELS-04"),
            Self::Hls => ("a playlist", "ELS-04"),
            Self::Smooth => ("a Smooth client manifest", "ELS-03"),
        };
        Err(Error::new(ErrorKind::NotThere { place, rule }))
    }
}

impl FromStr for Use {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let found = Self::ALL.into_iter().find(|place| place.name() == text);
        found.ok_or_else(|| NameError::Use(text.to_owned()))
    }
}

impl fmt::Display for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
