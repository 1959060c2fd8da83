//! The keys a header names.
//!
//! ```text
//!   4.0        <PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO><KID>…</KID><CHECKSUM>…</CHECKSUM>
//!   4.1        <PROTECTINFO><KID ALGID="AESCTR" CHECKSUM="…" VALUE="…"></KID></PROTECTINFO>
//!   4.2, 4.3   <PROTECTINFO><KIDS><KID ALGID="AESCTR" CHECKSUM="…" VALUE="…"></KID>…</KIDS></PROTECTINFO>
//! ```

use crate::KeyId;
use core::fmt;

/// One key of a header.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kid {
    /// The key id; `None` when its base64 cannot be read.
    pub id: Option<KeyId>,
    /// The base64 as written, without white space around.
    pub base64: String,
    /// The encryption algorithm, where the header says it.
    pub algorithm: Option<Algorithm>,
    /// The key checksum as written.
    pub checksum: Option<String>,
}

/// `ALGID`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Algorithm {
    /// AES in counter mode: `cenc`.
    AesCtr,
    /// AES in cipher block chaining mode: `cbcs`. From header 4.3.
    AesCbc,
    /// The cipher of Windows Media DRM.
    Cocktail,
    /// Any other text.
    Other(String),
}

impl Algorithm {
    /// From the value of `ALGID`.
    pub fn from_text(text: &str) -> Self {
        match text {
            "AESCTR" => Self::AesCtr,
            "AESCBC" => Self::AesCbc,
            "COCKTAIL" => Self::Cocktail,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The value of `ALGID`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::AesCtr => "AESCTR",
            Self::AesCbc => "AESCBC",
            Self::Cocktail => "COCKTAIL",
            Self::Other(text) => text,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
