//! The elements of `DATA` that an edit names.

use super::Version;

/// An element that is set or taken out as a whole.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Field {
    /// `LA_URL`: where licenses are acquired.
    LaUrl,
    /// `LUI_URL`: a web page for acquiring one with the user's help.
    LuiUrl,
    /// `DS_ID`: the domain service.
    DsId,
    /// `CUSTOMATTRIBUTES`: XML of the service's own, taken as it is.
    CustomAttributes,
    /// `DECRYPTORSETUP`: `ONDEMAND` or absent.
    DecryptorSetup,
}

impl Field {
    /// All of them, in the order of the specification's listings.
    pub const ALL: [Self; 5] =
        [Self::LaUrl, Self::LuiUrl, Self::DsId, Self::CustomAttributes, Self::DecryptorSetup];

    /// The element's name.
    pub const fn element(self) -> &'static str {
        match self {
            Self::LaUrl => "LA_URL",
            Self::LuiUrl => "LUI_URL",
            Self::DsId => "DS_ID",
            Self::CustomAttributes => "CUSTOMATTRIBUTES",
            Self::DecryptorSetup => "DECRYPTORSETUP",
        }
    }

    /// The lowest header version that has it (PRH spec 3.3 to 3.6).
    pub const fn since(self) -> Version {
        match self {
            Self::DecryptorSetup => Version::V4_1,
            _ => Version::V4_0,
        }
    }
}
