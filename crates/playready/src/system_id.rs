//! DRM systems.

use crate::{Error, ErrorKind, Result};
use core::fmt;
use core::str::FromStr;
use uuid::{Uuid, uuid};

/// The SystemID of a `pssh` box (ISO/IEC 23001-7, 8.1), always in UUID order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SystemId(Uuid);

/// Names as packagers and players use them. Registered ids: DASH-IF content protection identifiers.
const NAMES: [(&str, Uuid); 21] = [
    ("playready", uuid!("9a04f079-9840-4286-ab92-e65be0885f95")),
    ("widevine", uuid!("edef8ba9-79d6-4ace-a3c8-27dcd51d21ed")),
    ("fairplay", uuid!("94ce86fb-07ff-4f43-adb8-93d2fa968ca2")),
    ("clearkey", uuid!("e2719d58-a985-b3c9-781a-b030af78d30e")),
    ("common", uuid!("1077efec-c0b2-4d02-ace3-3c1e52e2fb4b")),
    ("alticast", uuid!("616c7469-6361-7374-2d50-726f74656374")),
    ("chinadrm", uuid!("3d5e6d35-9b9a-41e8-b843-dd3c6e72c42c")),
    ("cmla", uuid!("644fe7b5-260f-4fad-949a-0762ffb054b4")),
    ("corecrypt", uuid!("45d481cb-8fe0-49c0-ada9-ab2d2455b2f2")),
    ("digicap", uuid!("dcf4e3e3-62f1-5818-7ba6-0a6fe33ff3dd")),
    ("divx", uuid!("35bf197b-530e-42d7-8b65-1b4bf415070f")),
    ("irdeto", uuid!("80a6be7e-1448-4c37-9e70-d5aebe04c8d2")),
    ("marlin", uuid!("5e629af5-38da-4063-8977-97ffbd9902d4")),
    ("mobitv", uuid!("6a99532d-869f-5922-9a91-113ab7b1e2f3")),
    ("nagra", uuid!("adb41c24-2dbf-4a6d-958b-4457c0d27b95")),
    ("primetime", uuid!("f239e769-efa3-4850-9c16-a903c6932efb")),
    ("securemedia", uuid!("1f83e1e8-6ee9-4f0d-ba2f-5ec4e3ed1a66")),
    ("steelknot", uuid!("992c46e6-c437-4899-b6a0-50fa91ad0e39")),
    ("verimatrix", uuid!("9a27dd82-fde2-4725-8cbc-4234aa06ec09")),
    ("viaccess", uuid!("b4413586-c58c-ffb0-94a5-d4896c1af6c3")),
    ("videoguard", uuid!("a68129d3-575b-4f1a-9cba-3223846cf7c3")),
];

impl SystemId {
    /// Microsoft PlayReady, `9a04f079-9840-4286-ab92-e65be0885f95`.
    pub const PLAYREADY: Self = Self(uuid!("9a04f079-9840-4286-ab92-e65be0885f95"));

    /// PlayReady with its GUID fields swapped, as manifests of HbbTV 1.5 and the first DASH mapping have it.
    pub const PLAYREADY_SWAPPED: Self = Self(uuid!("79f0049a-4098-8642-ab92-e65be0885f95"));

    /// From the bytes of a `pssh` box.
    pub const fn from_uuid_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// The bytes of a `pssh` box.
    pub const fn to_uuid_bytes(self) -> [u8; 16] {
        *self.0.as_bytes()
    }

    /// Whether it is PlayReady, in either byte order.
    pub fn is_playready(self) -> bool {
        self == Self::PLAYREADY || self == Self::PLAYREADY_SWAPPED
    }

    /// The names that are known.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(name, _)| *name)
    }

    /// The name, where there is one.
    pub fn name(self) -> Option<&'static str> {
        if self == Self::PLAYREADY_SWAPPED {
            return Some("playready");
        }
        NAMES.iter().find(|(_, id)| *id == self.0).map(|(name, _)| *name)
    }
}

impl FromStr for SystemId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let lower = text.trim().to_ascii_lowercase();
        if let Some((_, id)) = NAMES.iter().find(|(name, _)| *name == lower) {
            return Ok(Self(*id));
        }
        Uuid::try_parse(&lower).map(Self).map_err(|_| {
            let known = NAMES.map(|(name, _)| name).join(", ");
            Error::new(ErrorKind::SystemId { text: text.to_owned(), known })
        })
    }
}

impl fmt::Display for SystemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl fmt::Debug for SystemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SystemId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_uuids_are_read_in_any_case_and_with_braces() {
        for text in [
            "playready",
            "PlayReady",
            "9A04F079-9840-4286-AB92-E65BE0885F95",
            "9a04f07998404286ab92e65be0885f95",
        ] {
            assert_eq!(text.parse::<SystemId>().unwrap(), SystemId::PLAYREADY, "{text}");
        }
        assert_eq!(
            "{9A04F079-9840-4286-AB92-E65BE0885F95}".parse::<SystemId>().unwrap(),
            SystemId::PLAYREADY
        );
    }

    #[test]
    fn the_swapped_id_is_playready_too() {
        assert!(SystemId::PLAYREADY_SWAPPED.is_playready());
        assert_eq!(SystemId::PLAYREADY_SWAPPED.name(), Some("playready"));
        assert_eq!(
            SystemId::from_uuid_bytes(Uuid::from_bytes(SystemId::PLAYREADY.to_uuid_bytes()).to_bytes_le()),
            SystemId::PLAYREADY_SWAPPED
        );
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let error = "playredy".parse::<SystemId>().unwrap_err().to_string();
        assert!(error.contains("widevine"), "{error}");
    }
}
