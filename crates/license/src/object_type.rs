//! What an object of a license is: numbers and names.
//!
//! The specification of the format goes to licensees only. Numbers and names are those of two independent public
//! programs (pyplayready, playready-rs), which agree; twelve of them stand in the public license of Microsoft's page
//! on license servers. Which of the two is said by [`ObjectType::evidence`].

use core::fmt;

/// How well something about the format is known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Evidence {
    /// Documented by Microsoft in public.
    Documented,
    /// Inferred, and seen in a public license.
    Observed,
    /// Inferred from public programs only.
    Inferred,
    /// Not known at all.
    Unknown,
}

impl Evidence {
    /// One word for people and programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Observed => "observed",
            Self::Inferred => "inferred",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! object_types {
    ($($number:literal $name:ident $shape:ident $evidence:ident)*) => {
        /// What an object is.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum ObjectType {
            $(
                #[doc = concat!("Number ", stringify!($number), ".")]
                $name,
            )*
            /// Any other number.
            Other(u16),
        }

        impl ObjectType {
            /// All that have a name, in order.
            pub const NAMED: &'static [Self] = &[$(Self::$name),*];

            /// From the number.
            pub const fn from_u16(number: u16) -> Self {
                match number {
                    $($number => Self::$name,)*
                    other => Self::Other(other),
                }
            }

            /// The number.
            pub const fn to_u16(self) -> u16 {
                match self {
                    $(Self::$name => $number,)*
                    Self::Other(number) => number,
                }
            }

            /// The name, where it has one.
            pub const fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$name => Some(stringify!($name)),)*
                    Self::Other(_) => None,
                }
            }

            /// Whether the list says that it holds objects; `None` for numbers without a name. Readers follow the
            /// flag of the object, not this.
            pub const fn is_listed_container(self) -> Option<bool> {
                match self {
                    $(Self::$name => Some(matches!(Shape::$shape, Shape::Container)),)*
                    Self::Other(_) => None,
                }
            }

            /// How well number and name are known.
            pub const fn evidence(self) -> Evidence {
                match self {
                    $(Self::$name => Evidence::$evidence,)*
                    Self::Other(_) => Evidence::Unknown,
                }
            }
        }
    };
}

enum Shape {
    Container,
    Leaf,
}

object_types! {
    0x0001 OuterContainer Container Observed
    0x0002 GlobalPolicyContainer Container Observed
    0x0003 MinimumEnvironment Leaf Inferred
    0x0004 PlaybackPolicyContainer Container Observed
    0x0005 OutputProtection Leaf Inferred
    0x0006 UplinkKid Leaf Inferred
    0x0007 ExplicitAnalogVideoOutputProtectionContainer Container Inferred
    0x0008 AnalogVideoOutputConfiguration Leaf Inferred
    0x0009 KeyMaterialContainer Container Observed
    0x000A ContentKey Leaf Observed
    0x000B Signature Leaf Observed
    0x000C SerialNumber Leaf Inferred
    0x000D RightsSettings Leaf Inferred
    0x000E CopyPolicyContainer Container Inferred
    0x000F AllowPlaylistBurnPolicyContainer Container Inferred
    0x0010 InclusionList Leaf Inferred
    0x0011 Priority Leaf Inferred
    0x0012 Expiration Leaf Observed
    0x0013 IssueDate Leaf Observed
    0x0014 ExpirationAfterFirstUse Leaf Inferred
    0x0015 ExpirationAfterFirstStore Leaf Inferred
    0x0016 Metering Leaf Inferred
    0x0017 PlayCount Leaf Inferred
    0x001A GracePeriod Leaf Inferred
    0x001B CopyCount Leaf Inferred
    0x001C CopyProtection Leaf Inferred
    0x001F PlaylistBurnCount Leaf Inferred
    0x0020 RevocationInformationVersion Leaf Inferred
    0x0021 RsaDeviceKey Leaf Inferred
    0x0022 SourceId Leaf Inferred
    0x0025 RevocationContainer Container Inferred
    0x0026 RsaLicenseGranterKey Leaf Inferred
    0x0027 UserId Leaf Inferred
    0x0028 RestrictedSourceId Leaf Inferred
    0x0029 DomainId Leaf Inferred
    0x002A EccDeviceKey Leaf Observed
    0x002B GenerationNumber Leaf Inferred
    0x002C PolicyMetadata Leaf Inferred
    0x002D OptimizedContentKey Leaf Inferred
    0x002E ExplicitDigitalAudioOutputProtectionContainer Container Inferred
    0x002F RingtonePolicyContainer Container Inferred
    0x0030 ExpirationAfterFirstPlay Leaf Inferred
    0x0031 DigitalAudioOutputConfiguration Leaf Inferred
    0x0032 RevocationInformationVersion2 Leaf Observed
    0x0033 EmbeddingBehavior Leaf Observed
    0x0034 SecurityLevel Leaf Observed
    0x0035 CopyToPcContainer Container Inferred
    0x0036 PlayEnablerContainer Container Inferred
    0x0037 MoveEnabler Leaf Inferred
    0x0038 CopyEnablerContainer Container Inferred
    0x0039 PlayEnabler Leaf Inferred
    0x003A CopyEnabler Leaf Inferred
    0x003B UplinkKid2 Leaf Inferred
    0x003C CopyPolicy2Container Container Inferred
    0x003D CopyCount2 Leaf Inferred
    0x003E RingtoneEnabler Leaf Inferred
    0x003F ExecutePolicyContainer Container Inferred
    0x0040 ExecutePolicy Leaf Inferred
    0x0041 ReadPolicyContainer Container Inferred
    0x0042 ExtensiblePolicyReserved42 Leaf Inferred
    0x0043 ExtensiblePolicyReserved43 Leaf Inferred
    0x0044 ExtensiblePolicyReserved44 Leaf Inferred
    0x0045 ExtensiblePolicyReserved45 Leaf Inferred
    0x0046 ExtensiblePolicyReserved46 Leaf Inferred
    0x0047 ExtensiblePolicyReserved47 Leaf Inferred
    0x0048 ExtensiblePolicyReserved48 Leaf Inferred
    0x0049 ExtensiblePolicyReserved49 Leaf Inferred
    0x004A ExtensiblePolicyReserved4A Leaf Inferred
    0x004B ExtensiblePolicyReserved4B Leaf Inferred
    0x004C ExtensiblePolicyReserved4C Leaf Inferred
    0x004D ExtensiblePolicyReserved4D Leaf Inferred
    0x004E ExtensiblePolicyReserved4E Leaf Inferred
    0x004F ExtensiblePolicyReserved4F Leaf Inferred
    0x0050 RemovalDate Leaf Inferred
    0x0051 AuxKeys Leaf Inferred
    0x0052 UplinkX Leaf Inferred
    0x0054 ApplicationIdList Leaf Inferred
    0x0055 RealTimeExpiration Leaf Inferred
    0x0056 NdTransmitterAuthorizationContainer Container Inferred
    0x0057 NdTransmitterAuthorization Leaf Inferred
    0x0058 ExplicitDigitalVideoOutputProtectionContainer Container Inferred
    0x0059 DigitalVideoOutputConfiguration Leaf Inferred
    0x005A SecureStop Leaf Inferred
    0x005C SecureStop2 Leaf Inferred
    0x005D OptimizedContentKey2 Leaf Documented
    0xFFFD UnknownObject Leaf Inferred
    0xFFFE UnknownContainer Container Inferred
}

impl ObjectType {
    /// Whether the body holds a key, encrypted or not: never shown, only counted.
    pub const fn holds_key(self) -> bool {
        matches!(
            self,
            Self::ContentKey
                | Self::OptimizedContentKey
                | Self::OptimizedContentKey2
                | Self::AuxKeys
                | Self::RsaDeviceKey
                | Self::RsaLicenseGranterKey
        )
    }
}

/// The number in hex, and the name where there is one.
impl fmt::Display for ObjectType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#06x}", self.to_u16())?;
        match self.name() {
            Some(name) => write!(f, " {name}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for ObjectType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_comes_back_and_names_are_in_order() {
        for number in 0..=u16::MAX {
            assert_eq!(ObjectType::from_u16(number).to_u16(), number);
        }
        assert!(ObjectType::NAMED.is_sorted_by_key(|kind| kind.to_u16()));
        assert_eq!(ObjectType::NAMED.len(), 87);
    }

    #[test]
    fn an_unknown_number_is_shown_in_hex() {
        assert_eq!(ObjectType::Other(0x7777).to_string(), "0x7777");
        assert_eq!(ObjectType::ContentKey.to_string(), "0x000a ContentKey");
        assert_eq!(ObjectType::Other(0x7777).evidence(), Evidence::Unknown);
    }
}
