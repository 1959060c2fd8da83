//! The keys a header names.
//!
//! ```text
//!   4.0        <PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO><KID>…</KID><CHECKSUM>…</CHECKSUM>
//!   4.1        <PROTECTINFO><KID ALGID="AESCTR" CHECKSUM="…" VALUE="…"></KID></PROTECTINFO>
//!   4.2, 4.3   <PROTECTINFO><KIDS><KID ALGID="AESCTR" CHECKSUM="…" VALUE="…"></KID>…</KIDS></PROTECTINFO>
//! ```

use super::escape;
use crate::{ContentKey, KeyId};
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

impl Kid {
    /// As an element of versions 4.1 and up, in the order that PRH spec 3.2.5 wants.
    pub(crate) fn element(&self, prefix: &str) -> String {
        let mut tag = format!("<{prefix}KID");
        let algorithm = self.algorithm.as_ref().map(Algorithm::as_str);
        let attributes =
            [("ALGID", algorithm), ("CHECKSUM", self.checksum.as_deref()), ("VALUE", Some(&*self.base64))];
        for (name, value) in attributes {
            if let Some(value) = value {
                tag.extend([" ", name, "=\"", &escape::attribute(value), "\""]);
            }
        }
        tag.extend(["></", prefix, "KID>"]);
        tag
    }

    /// As elements of version 4.0; the algorithm stands elsewhere.
    pub(crate) fn elements(&self, prefix: &str) -> String {
        let mut text = format!("<{prefix}KID>{}</{prefix}KID>", escape::escape(&self.base64));
        if let Some(checksum) = &self.checksum {
            text.extend(["<", prefix, "CHECKSUM>", &escape::escape(checksum), "</", prefix, "CHECKSUM>"]);
        }
        text
    }
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

    /// The algorithm that a protection scheme of ISO/IEC 23001-7 (or PIFF) encrypts with; `None` for an unknown scheme.
    pub const fn of_scheme(scheme: [u8; 4]) -> Option<Self> {
        match &scheme {
            b"cenc" | b"cens" | b"piff" => Some(Self::AesCtr),
            b"cbcs" | b"cbc1" => Some(Self::AesCbc),
            _ => None,
        }
    }

    /// `KEYLEN`: 7 for COCKTAIL, else 16 (PRH spec 3.6.2).
    pub const fn key_len(&self) -> usize {
        if matches!(self, Self::Cocktail) { ContentKey::COCKTAIL_LEN } else { ContentKey::AES_LEN }
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
