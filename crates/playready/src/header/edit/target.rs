//! What a revision makes of the key list and of the version, and whether that version allows it.

use super::wanted;
use super::{COCKTAIL_LATER, Requested, Revision, VersionChoice, keys};
use crate::header::needs::Needs;
use crate::header::{Algorithm, Header, Kid, Version};
use crate::{Error, ErrorKind, Result};

/// What the key list and the version become.
pub(super) struct Target {
    pub(super) before: Version,
    pub(super) version: Version,
    pub(super) converts: bool,
    /// Every key as it is to be, and whether one is to be another.
    pub(super) kids: Vec<Kid>,
    pub(super) changes_keys: bool,
    /// A key has to get the form of its version first.
    pub(super) has_stray: bool,
}

impl Target {
    /// Decides it, and checks what the request touches against the version the header ends with. What was crooked and
    /// is not touched stays crooked.
    pub(super) fn of(header: &Header<'_>, revision: &Revision, sets_up: bool) -> Result<Self> {
        let before = header.version().unwrap_or(Version::V4_0);
        let wanted = wanted::wanted(header, revision)?;
        let there = header.all_kids();
        let lens: Vec<usize> = wanted.iter().filter_map(|key| key.cocktail_len(&there)).collect();
        let changes_keys = revision.touches_keys() && !wanted.iter().map(|wanted| &wanted.kid).eq(&there);
        if let Some(Algorithm::Other(found)) = &revision.algorithm {
            return Err(Error::new(ErrorKind::UnknownAlgorithm { algid: found.clone() }));
        }
        let kids: Vec<_> = wanted.iter().map(|wanted| wanted.kid.clone()).collect();
        let keys = Needs { long_cocktail: lens.contains(&COCKTAIL_LATER), ..Needs::of_keys(&kids) };
        let whole = keys.with_elements_of(header);
        let version = match &revision.version {
            None => before.clone(),
            Some(VersionChoice::Lowest) => whole.lowest(),
            Some(VersionChoice::Exactly(version)) => version.clone(),
        };
        let touched = Needs {
            on_demand: sets_up,
            license_requested: matches!(revision.license_requested, Some(Requested::Set(_))),
            ..if changes_keys { keys.beyond(Needs::of_keys(&there)) } else { Needs::ONE_KEY }
        };
        touched.check(&version)?;
        if let Some(len) = lens.iter().find(|len| **len != COCKTAIL_LATER)
            && changes_keys
            && version.level() > 0
        {
            return Err(Error::new(ErrorKind::CocktailKey {
                len: len.to_string(),
                version: version.to_string(),
            }));
        }
        let converts = revision.version.is_some();
        if converts {
            whole.check(&version)?;
            cocktail(header, &kids, &version)?;
        }
        let mut target = Self { before, version, converts, kids, changes_keys, has_stray: false };
        // What goes up takes its form on the way.
        let stays = !converts || target.goes_down();
        target.has_stray = changes_keys && stays && keys::has_stray(header, &there, &wanted, target.form());
        Ok(target)
    }

    /// The version whose form the keys have when they are edited.
    pub(super) const fn form(&self) -> &Version {
        if self.goes_down() { &self.before } else { &self.version }
    }

    pub(super) const fn goes_down(&self) -> bool {
        self.version.level() < self.before.level()
    }
}

/// "If you use cocktail keys that aren't 8-byte, you must use v4.0 headers" (PRH spec 3.5.1).
fn cocktail(header: &Header<'_>, kids: &[Kid], version: &Version) -> Result<()> {
    let is_cocktail = |kid: &Kid| kid.algorithm == Some(Algorithm::Cocktail);
    let stays = kids.iter().any(is_cocktail) && header.all_kids().iter().any(is_cocktail);
    if header.level() > 0 || version.level() == 0 || !stays {
        return Ok(());
    }
    let len = header.own("KEYLEN").map(|element| header.text_of(element).into_owned());
    if len.as_deref().and_then(|len| len.parse().ok()) == Some(COCKTAIL_LATER) {
        return Ok(());
    }
    let len = len.unwrap_or_else(|| "an unknown number of".to_owned());
    Err(Error::new(ErrorKind::CocktailKey { len, version: version.to_string() }))
}
