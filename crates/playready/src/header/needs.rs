//! What a header says that not every version can say (PRH spec 3.3 to 3.6).
//!
//! ```text
//!                        4.0   4.1   4.2   4.3
//!   one key               ✓     ✓     ✓     ✓
//!   no key                      ✓     ✓     ✓
//!   DECRYPTORSETUP              ✓     ✓     ✓
//!   COCKTAIL, not 8 bytes ✓
//!   COCKTAIL, 8 bytes           ✓     ✓     ✓
//!   two keys and more                 ✓     ✓
//!   AESCBC                                  ✓
//!   a key without ALGID                     ✓
//!   LICENSEREQUESTED                        ✓
//! ```
//!
//! The version a header must have is the highest that one of its parts needs (PRH spec 3.6.2, "semantics for
//! packager").

use super::{Algorithm, Field, Header, Kid, Version};
use crate::{Error, ErrorKind, Result};

/// The parts of a header that need a version.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Needs {
    pub(crate) keys: usize,
    pub(crate) cbc: bool,
    pub(crate) missing_algorithm: bool,
    pub(crate) on_demand: bool,
    pub(crate) license_requested: bool,
    /// Keys of COCKTAIL.
    pub(crate) cocktail: bool,
    /// And nothing says how long they are.
    pub(crate) unsaid_len: bool,
    /// One of them is known, and is longer than KEYLEN of 4.0 can say.
    pub(crate) long_cocktail: bool,
}

/// A part, and the lowest version that has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Need {
    pub(crate) part: &'static str,
    pub(crate) since: &'static str,
    level: u8,
    pub(crate) section: &'static str,
}

impl Needs {
    /// What every version can say.
    pub(crate) const ONE_KEY: Self = Self {
        keys: 1,
        cbc: false,
        missing_algorithm: false,
        on_demand: false,
        license_requested: false,
        cocktail: false,
        unsaid_len: false,
        long_cocktail: false,
    };

    pub(crate) fn of(header: &Header<'_>) -> Self {
        Self::of_keys(&header.all_kids()).with_elements_of(header)
    }

    /// What of it was not needed before.
    pub(crate) const fn beyond(self, before: Self) -> Self {
        let no_more = self.keys <= before.keys && self.keys != 0;
        Self {
            keys: if no_more || self.keys == before.keys { 1 } else { self.keys },
            cbc: self.cbc && !before.cbc,
            missing_algorithm: self.missing_algorithm && !before.missing_algorithm,
            ..self
        }
    }

    /// And what the header says beside its keys.
    pub(crate) fn with_elements_of(self, header: &Header<'_>) -> Self {
        Self {
            on_demand: header.find(Field::DecryptorSetup.element()).next().is_some(),
            license_requested: header.license_requested().is_some(),
            unsaid_len: self.cocktail && header.level() > 0 && header.own("KEYLEN").is_none(),
            ..self
        }
    }

    pub(crate) fn of_keys(kids: &[Kid]) -> Self {
        let any =
            |wanted: fn(Option<&Algorithm>) -> bool| kids.iter().any(|kid| wanted(kid.algorithm.as_ref()));
        Self {
            keys: kids.len(),
            cbc: any(|algorithm| algorithm == Some(&Algorithm::AesCbc)),
            missing_algorithm: any(|algorithm| algorithm.is_none()),
            cocktail: any(|algorithm| algorithm == Some(&Algorithm::Cocktail)),
            ..Self::default()
        }
    }

    fn parts(&self) -> impl Iterator<Item = Need> {
        let need = |needed: bool, part, level, section| {
            let since = Version::KNOWN.get(usize::from(level)).map_or("4.3.0.0", Version::as_known_str);
            needed.then_some(Need { part, since, level, section })
        };
        [
            need(self.keys == 0, "a header without key id", 1, "PRH spec 3.5"),
            need(self.on_demand, "DECRYPTORSETUP", 1, "PRH spec 3.5"),
            need(self.unsaid_len, "a COCKTAIL key whose length nothing says", 1, "PRH spec 3.5.1, 3.6.2"),
            need(self.long_cocktail, "a COCKTAIL key of 8 bytes", 1, "PRH spec 3.6.2: KEYLEN is 7; 3.5.1"),
            need(self.keys > 1, "more than one key id", 2, "PRH spec 3.4"),
            need(self.cbc, "AESCBC", 3, "PRH spec 3.3.1"),
            need(self.missing_algorithm, "a key without ALGID", 3, "PRH spec 3.3.1"),
            need(self.license_requested, "LICENSEREQUESTED", 3, "PRH spec of 2021, 3.3"),
        ]
        .into_iter()
        .flatten()
    }

    /// The lowest version that can say all of it.
    pub(crate) fn lowest(&self) -> Version {
        let level = self.parts().map(|need| need.level).max().unwrap_or(0);
        Version::KNOWN.into_iter().find(|version| version.level() == level).unwrap_or(Version::V4_3)
    }

    /// The first part that a version cannot say.
    pub(crate) fn missing_in(&self, version: &Version) -> Option<Need> {
        self.parts().find(|need| need.level > version.level())
    }

    /// # Errors
    ///
    /// [`ErrorKind::NotInVersion`] with the first part that the version cannot say.
    pub(crate) fn check(&self, version: &Version) -> Result<()> {
        self.missing_in(version).map_or(Ok(()), |need| Err(need.refused(version)))
    }
}

impl Need {
    /// What the version would have to say.
    pub(crate) const fn part(&self) -> &'static str {
        self.part
    }

    pub(crate) fn refused(&self, version: &Version) -> Error {
        Error::new(ErrorKind::NotInVersion {
            element: self.part,
            version: version.to_string(),
            lowest: self.since,
            rule: self.section,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_version_is_that_of_the_picture() {
        let one = Needs { keys: 1, ..Needs::default() };
        for (needs, lowest) in [
            (one, Version::V4_0),
            (Needs::default(), Version::V4_1),
            (Needs { on_demand: true, ..one }, Version::V4_1),
            (Needs { keys: 2, on_demand: true, ..one }, Version::V4_2),
            (Needs { cbc: true, ..one }, Version::V4_3),
            (Needs { missing_algorithm: true, ..one }, Version::V4_3),
            (Needs { license_requested: true, ..Needs::default() }, Version::V4_3),
        ] {
            assert_eq!(needs.lowest(), lowest, "{needs:?}");
            assert!(needs.check(&lowest).is_ok());
        }
        let error = Needs { keys: 2, ..Needs::default() }.check(&Version::V4_1).unwrap_err().to_string();
        assert_eq!(
            error,
            "more than one key id is not allowed in a 4.1.0.0 header: it needs version 4.2.0.0 or higher (PRH spec 3.4)"
        );
    }
}
