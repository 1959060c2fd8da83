//! How the bytes of a new version got there.

use core::fmt;

/// What a store did to carry out a plan.
///
/// [`Strategy`](crate::Strategy) says how an edit *fits*, and is planned; the method says what was *done*, and is the
/// store's own choice. The same plan may be patched in a file and copied in a bucket, and its result has the same bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum Method {
    /// Bytes were stored where others were; the length stayed.
    Patched,
    /// Blocks were inserted into the asset, or taken out, without a copy of what follows them.
    Shifted,
    /// The asset was made longer or shorter where it is, and what follows the change was stored again.
    Resized,
    /// A new asset that shares storage with the old one.
    Cloned,
    /// A new asset, copied.
    Copied,
    /// A new asset whose kept ranges the store copied on its side.
    ServerCopied,
    /// Written to a stream.
    Streamed,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Patched,
        Self::Shifted,
        Self::Resized,
        Self::Cloned,
        Self::Copied,
        Self::ServerCopied,
        Self::Streamed,
    ];

    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Patched => "patched",
            Self::Shifted => "shifted",
            Self::Resized => "resized",
            Self::Cloned => "cloned",
            Self::Copied => "copied",
            Self::ServerCopied => "server-copied",
            Self::Streamed => "streamed",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
