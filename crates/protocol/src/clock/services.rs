//! The clock services.
//!
//! Source: *PlayReady Communication Protocols*, "Microsoft Services for PlayReady Clients", in two states: that of
//! 2017-11-14, and that of 2018-02, after hosts of V1 and V2 had moved (2017-12-22) and links had been added (until
//! 2018-02-06, when the table was taken out). No later page has one, and hosts may be retired.
//!
//! ```text
//!              WMDRM    1.0  1.2   2.0   2.5   2.11  3.0   3.1   3.2 …
//!   V1 2002    all      all  all   some  some
//!   V2 2010                        some  some  all   all*        (* REE only)
//!   V3 2016             compatible with 1.0 to 3.0
//!   V4 2016                                                ?     all
//! ```
//!
//! Two gaps: for 2.0 and 2.5 the table says "some" twice; 3.1 is named nowhere.

use crate::{ClientVersion, Error, ErrorKind};
use core::fmt;
use core::str::FromStr;

/// A clock service.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClockService {
    /// Its number.
    pub version: u8,
    /// Its name.
    pub name: &'static str,
    /// Its nickname.
    pub nickname: Option<&'static str>,
    /// Since when.
    pub since: u16,
    /// Where it ran.
    pub place: &'static str,
    /// The links clients know.
    pub links: &'static [&'static str],
    /// Where these forward to.
    pub forwards: &'static [&'static str],
    /// What the table of 2018-02 has instead, where it differs.
    pub later: Option<Later>,
    /// Which porting kits use it.
    pub kits: &'static [Support],
    /// What is known of its protocol.
    pub protocol: &'static str,
}

/// A service in the table of 2018-02.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Later {
    /// Links that were added.
    pub links: &'static [&'static str],
    /// Where all its links forward to.
    pub forwards: &'static [&'static str],
}

/// A range of porting kits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Support {
    /// How the document says it.
    pub text: &'static str,
    /// The first version, major and minor; 0 for Windows Media DRM.
    pub from: (u32, u32),
    /// The last version.
    pub to: (u32, u32),
    /// How many of them.
    pub supports: Supports,
}

/// How many porting kits of a version use a service.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Supports {
    /// All of them.
    All,
    /// Some of them, the document does not say which.
    Some,
    /// They can.
    Compatible,
}

impl Supports {
    /// One word for people and programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Some => "some",
            Self::Compatible => "compatible",
        }
    }
}

const fn kit(text: &'static str, version: (u32, u32), supports: Supports) -> Support {
    Support { text, from: version, to: version, supports }
}

const PETITION: &str = "petition by GET, challenge by POST, signed XML back (MS-DRMCD 3.2.5.5)";

/// V2 and V3 are one row of the table of 2018-02.
const VISTA: Later = Later {
    links: &["http://go.microsoft.com/fwlink/?LinkID=861603"],
    forwards: &[
        "https://secureclock2.playready.microsoft.com/secureclock/vista_rtm/?petition",
        "http://secureclock2.playready.microsoft.com/secureclock/vista_rtm/?petition",
    ],
};

/// All four.
pub const SERVICES: &[ClockService] = &[
    ClockService {
        version: 1,
        name: "Secure Clock V1",
        nickname: Some("Secure Clock Legacy"),
        since: 2002,
        place: "on Microsoft premises",
        links: &[
            "http://go.microsoft.com/fwlink/?LinkID=25812",
            "http://go.microsoft.com/fwlink/?LinkID=25817",
            "http://go.microsoft.com/fwlink/?LinkID=88262",
        ],
        forwards: &["https://services.wmdrm.windowsmedia.com/SecureClock/?petition"],
        later: Some(Later {
            links: &[
                "https://go.microsoft.com/fwlink/?LinkID=830192",
                "http://go.microsoft.com/fwlink/?LinkID=861602",
            ],
            forwards: &[
                "https://secureclock2.playready.microsoft.com/secureclock/?petition",
                "http://secureclock2.playready.microsoft.com/secureclock/?petition",
            ],
        }),
        kits: &[
            kit("All WMDRM 7 (2002)", (0, 7), Supports::All),
            kit("All WMDRM 10.08 (2006)", (0, 10), Supports::All),
            kit("All PR PK 1.0 (2008)", (1, 0), Supports::All),
            kit("All PR PK 1.2 (2008)", (1, 2), Supports::All),
            kit("Some PR PK 2.0 (2011)", (2, 0), Supports::Some),
            kit("Some PR PK 2.5 (2013)", (2, 5), Supports::Some),
        ],
        protocol: PETITION,
    },
    ClockService {
        version: 2,
        name: "Secure Clock V2",
        nickname: Some("Secure Clock VISTA"),
        since: 2010,
        place: "on Microsoft premises",
        links: &[
            "http://go.microsoft.com/fwlink/?LinkID=130559",
            "http://go.microsoft.com/fwlink/?LinkID=149408",
        ],
        forwards: &["https://services.wmdrm.windowsmedia.com/SecureClock/VISTA_RTM/?Petition"],
        later: Some(VISTA),
        kits: &[
            kit("Some PR PK 2.0 (2011)", (2, 0), Supports::Some),
            kit("Some PR PK 2.5 (2013)", (2, 5), Supports::Some),
            kit("All PR PK 2.11 (2014)", (2, 11), Supports::All),
            kit("All PR PK 3.0 (2015) (REE only)", (3, 0), Supports::All),
        ],
        protocol: PETITION,
    },
    ClockService {
        version: 3,
        name: "Secure Clock V3",
        nickname: None,
        since: 2016,
        place: "in Microsoft Azure",
        links: &["http://go.microsoft.com/fwlink/?LinkID=799153"],
        forwards: &["https://secureclock2.playready.microsoft.com/secureclock/vista_rtm/?petition"],
        later: Some(VISTA),
        kits: &[Support {
            text: "Compatible with all PR PK 1.0 to 3.0 included",
            from: (1, 0),
            to: (3, 0),
            supports: Supports::Compatible,
        }],
        protocol: PETITION,
    },
    ClockService {
        version: 4,
        name: "Secure Clock V4",
        nickname: Some("Secure Time"),
        since: 2016,
        place: "in Microsoft Azure",
        links: &[
            "http://go.microsoft.com/fwlink/?LinkID=746259",
            "https://go.microsoft.com/fwlink/?LinkID=746341",
        ],
        forwards: &[
            "http://securetime.playready.microsoft.com/SecureTime",
            "https://securetime.playready.microsoft.com/SecureTime",
        ],
        later: None,
        kits: &[Support {
            text: "All PR PK 3.2+ (2016) (REE or TEE)",
            from: (3, 2),
            to: (u32::MAX, u32::MAX),
            supports: Supports::All,
        }],
        protocol: "not public",
    },
];

/// What asks for a clock service: a version of PlayReady, or of Windows Media DRM before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClockTarget {
    /// A porting kit of PlayReady.
    PlayReady(ClientVersion),
    /// Windows Media DRM: 7 or 10.08.
    Wmdrm(ClientVersion),
}

impl ClockTarget {
    /// The number that the table has for it.
    const fn number(self) -> Option<(u32, u32)> {
        match self {
            Self::PlayReady(version) => Some((version.major(), version.minor())),
            Self::Wmdrm(version) => match (version.major(), version.minor()) {
                (7, 0) => Some((0, 7)),
                (10, 0 | 8) => Some((0, 10)),
                _ => None,
            },
        }
    }
}

/// Reads a version of PlayReady, or `wmdrm7`, `wmdrm-10.08`, `WMDRM 10`.
impl FromStr for ClockTarget {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        const FAMILY: &str = "wmdrm";
        let text = text.trim();
        match text.get(..FAMILY.len()) {
            Some(family) if family.eq_ignore_ascii_case(FAMILY) => {
                let version =
                    text.get(FAMILY.len()..).unwrap_or_default().trim_start_matches(['-', ' ', '_']);
                let wrong = |_| Error::new(ErrorKind::Version { text: text.chars().take(40).collect() });
                version.parse().map(Self::Wmdrm).map_err(wrong)
            }
            _ => Self::kit(text),
        }
    }
}

impl ClockTarget {
    /// A porting kit: its first number has one digit, and is none that will be reached soon.
    fn kit(text: &str) -> Result<Self, Error> {
        let wrong = |why| {
            let text = text.chars().take(40).collect();
            Error::new(ErrorKind::ClockTarget { text, why })
        };
        let version: ClientVersion = text.parse().map_err(|_| wrong(""))?;
        match version.major() {
            1..=9 => Ok(Self::PlayReady(version)),
            0 => Err(wrong(", which begin with 1.0")),
            10 | 11 => Err(wrong(" but of Windows")),
            1990..=2100 => Err(wrong(" but a year")),
            _ => Err(wrong("")),
        }
    }
}

impl fmt::Display for ClockTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PlayReady(version) => version.fmt(f),
            // As the table writes it.
            Self::Wmdrm(version) => match (version.major(), version.minor()) {
                (10, 0 | 8) => f.write_str("WMDRM 10.08"),
                (major, 0) => write!(f, "WMDRM {major}"),
                (major, minor) => write!(f, "WMDRM {major}.{minor}"),
            },
        }
    }
}

/// The services that a client can use, and what the table leaves open about it.
pub fn services_for(
    target: ClockTarget,
) -> (Vec<(&'static ClockService, &'static Support)>, Option<&'static str>) {
    let Some(version) = target.number() else {
        return (Vec::new(), Some("the table names no service for this version"));
    };
    let found: Vec<_> = SERVICES
        .iter()
        .filter_map(|service| {
            let kit = service.kits.iter().find(|kit| (kit.from..=kit.to).contains(&version))?;
            Some((service, kit))
        })
        .collect();
    let some = found.iter().filter(|(_, kit)| kit.supports == Supports::Some).count();
    let named = found.iter().any(|(_, kit)| kit.supports != Supports::Compatible);
    let gap = match (found.is_empty(), named, some, version >= (4, 5)) {
        (true, ..) if version == (3, 1) => {
            Some("the table has a gap: 3.1 is named nowhere; 3.0 uses V2 or V3, 3.2 and later use V4")
        }
        (true, ..) => Some("the table names no service for this version"),
        (_, _, 1.., _) => Some(
            "the table has a gap: some kits of this version use V1 and some V2, and it does not say which; V3 is compatible with both",
        ),
        (_, false, ..) => Some(
            "the table does not name this version itself; V3 is compatible with everything from 1.0 to 3.0",
        ),
        (.., true) => Some(
            "from 4.5 on the license server itself can give the time (MS docs trusted-clocks.md, License Server Time)",
        ),
        _ => None,
    };
    (found, gap)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(target: &str) -> (Vec<u8>, Option<&'static str>) {
        let (found, gap) = services_for(target.parse().unwrap());
        (found.iter().map(|(service, _)| service.version).collect(), gap)
    }

    #[test]
    fn every_kit_of_the_document_has_the_services_of_the_document() {
        assert_eq!(versions("1"), (vec![1, 3], None));
        assert_eq!(versions("1.2"), (vec![1, 3], None));
        assert_eq!(versions("2.11"), (vec![2, 3], None));
        assert_eq!(versions("3.0"), (vec![2, 3], None));
        assert_eq!(versions("3.2"), (vec![4], None));
        assert_eq!(versions("4.0").0, [4]);
    }

    #[test]
    fn gaps_of_the_table_are_named() {
        for target in ["2", "2.5"] {
            let (found, gap) = versions(target);
            assert_eq!(found, [1, 2, 3]);
            assert!(gap.unwrap().contains("some V2"), "{target}");
        }
        assert!(versions("3.1").0.is_empty() && versions("3.1").1.unwrap().contains("3.1 is named nowhere"));
        assert_eq!(versions("2.3").0, [3]);
        assert!(versions("2.3").1.unwrap().contains("does not name this version itself"));
        assert!(versions("4.5").1.unwrap().contains("License Server Time"));
        for target in ["wmdrm9", "wmdrm 10.1"] {
            let (found, gap) = versions(target);
            assert!(found.is_empty() && gap.unwrap().contains("names no service"), "{target}");
        }
    }

    #[test]
    fn what_is_no_porting_kit_is_refused_with_what_it_is() {
        for (text, why) in [
            ("0", "\"0\" is no version of PlayReady, which begin with 1.0: expected one of its porting kits"),
            ("0.5", "which begin with 1.0"),
            ("2016", "\"2016\" is no version of PlayReady but a year: expected"),
            ("2018.2", "but a year"),
            ("10.0.16384.10011", "but of Windows"),
            ("77", "\"77\" is no version of PlayReady: expected"),
            ("4294967295", "is no version of PlayReady"),
            ("", "is no version of PlayReady"),
            ("4,5", "is no version of PlayReady"),
        ] {
            let error = text.parse::<ClockTarget>().unwrap_err().to_string();
            assert!(error.contains(why) && error.contains("wmdrm10"), "{error}");
        }
    }

    #[test]
    fn the_windows_media_rows_of_the_table_can_be_asked_for() {
        for (target, shown) in [
            ("wmdrm7", "WMDRM 7"),
            ("WMDRM 7", "WMDRM 7"),
            ("wmdrm10", "WMDRM 10.08"),
            ("wmdrm-10.08", "WMDRM 10.08"),
            ("WMDRM_10.8", "WMDRM 10.08"),
        ] {
            assert_eq!(versions(target), (vec![1], None), "{target}");
            assert_eq!(target.parse::<ClockTarget>().unwrap().to_string(), shown);
        }
        for text in ["wmdrm", "wmdrm-", "wmdrmx", "wm7", "é"] {
            assert!(text.parse::<ClockTarget>().is_err(), "{text}");
        }
    }
}
