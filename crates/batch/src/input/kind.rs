//! What an input is, by its first bytes, and which are taken from folders.

/// What an input is, by its content.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Kind {
    /// An ISO base media file, or a segment of one.
    Mp4,
    /// A DASH manifest.
    Mpd,
    /// An HLS playlist.
    M3u8,
    /// A Smooth Streaming manifest, of the client or of the server.
    Ism,
    /// A CPIX document.
    Cpix,
    /// Any other text, with objects in it.
    Text,
    /// A key service's answer in JSON.
    Json,
    /// A key service's answer in an envelope.
    Soap,
    /// Nothing but `pssh` boxes.
    Pssh,
    /// A PlayReady Object.
    Pro,
    /// A header without an object around it.
    Header,
    /// Bytes that nobody asked to be anything.
    Bytes,
}

impl Kind {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mp4 => "mp4",
            Self::Mpd => "mpd",
            Self::M3u8 => "m3u8",
            Self::Ism => "ism",
            Self::Cpix => "cpix",
            Self::Text => "text",
            Self::Json => "json",
            Self::Soap => "soap",
            Self::Pssh => "pssh",
            Self::Pro => "pro",
            Self::Header => "header",
            Self::Bytes => "bytes",
        }
    }

    /// Whether it is text with objects in it.
    pub const fn is_manifest(self) -> bool {
        matches!(self, Self::Mpd | Self::M3u8 | Self::Ism | Self::Cpix | Self::Text | Self::Json | Self::Soap)
    }
}

/// What is read of an input to tell what it is.
pub(crate) const HEAD: u64 = 4096;

/// Which kinds of files are taken from folders.
#[derive(Clone, Debug, Default)]
pub struct Kinds {
    /// These only; all that folders are walked for, where none is named.
    only: Vec<Kind>,
    takes_all: bool,
}

impl Kinds {
    /// These only; all, where none is named.
    pub const fn new(kinds: Vec<Kind>) -> Self {
        Self { only: kinds, takes_all: false }
    }

    /// Whatever it is: something else than a folder names the files.
    pub const fn all() -> Self {
        Self { only: Vec::new(), takes_all: true }
    }

    /// Whether a file of a folder is taken.
    pub fn takes(&self, kind: Option<Kind>) -> bool {
        let known = kind.filter(|kind| matches!(kind, Kind::Mp4 | Kind::Mpd | Kind::M3u8 | Kind::Ism));
        self.takes_all || known.is_some_and(|kind| self.only.is_empty() || self.only.contains(&kind))
    }
}
