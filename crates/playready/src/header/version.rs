//! Header versions (PRH spec 3.1).

use core::fmt;

/// The `version` attribute of a header.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Version {
    /// 4.0.0.0: one key, `KEYLEN` and `ALGID` elements. PlayReady 1 and later.
    V4_0,
    /// 4.1.0.0: one key or none, attributes of `KID`, `DECRYPTORSETUP`. PlayReady 2 and later.
    V4_1,
    /// 4.2.0.0: many keys in `KIDS`. PlayReady 3 and later.
    V4_2,
    /// 4.3.0.0: `AESCBC`. PlayReady 4 and later.
    V4_3,
    /// Any other text. Edited like the highest known version.
    Other(String),
}

impl Version {
    /// Every version of the specification, lowest first.
    pub const KNOWN: [Self; 4] = [Self::V4_0, Self::V4_1, Self::V4_2, Self::V4_3];

    /// From the attribute's value.
    pub fn from_text(text: &str) -> Self {
        Self::KNOWN
            .into_iter()
            .find(|version| version.as_str() == text)
            .unwrap_or_else(|| Self::Other(text.to_owned()))
    }

    /// The attribute's value.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Other(text) => text,
            known => known.as_known_str(),
        }
    }

    /// The value of a known version; an unknown one counts as the highest.
    pub(crate) const fn as_known_str(&self) -> &'static str {
        match self {
            Self::V4_0 => "4.0.0.0",
            Self::V4_1 => "4.1.0.0",
            Self::V4_2 => "4.2.0.0",
            Self::V4_3 | Self::Other(_) => "4.3.0.0",
        }
    }

    /// The lowest PlayReady version whose clients read it (PRH spec 3.1).
    pub const fn min_client(&self) -> Option<&'static str> {
        match self {
            Self::V4_0 => Some("1.0"),
            Self::V4_1 => Some("2.0"),
            Self::V4_2 => Some("3.0"),
            Self::V4_3 => Some("4.0"),
            Self::Other(_) => None,
        }
    }

    /// Its place among the known ones; an unknown version counts as the highest.
    pub(crate) const fn level(&self) -> u8 {
        match self {
            Self::V4_0 => 0,
            Self::V4_1 => 1,
            Self::V4_2 => 2,
            Self::V4_3 | Self::Other(_) => 3,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_versions_come_back_and_others_keep_their_text() {
        for version in Version::KNOWN {
            assert_eq!(Version::from_text(version.as_str()), version);
        }
        assert_eq!(Version::from_text("4.9.0.0").to_string(), "4.9.0.0");
    }
}
