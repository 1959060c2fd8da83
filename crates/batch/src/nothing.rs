//! Why nothing in an input is selected.

use crate::input::{Document, Found};
use crate::{Result, Selector, System};
use prkit_playready::{Field, Header, SystemId};
use std::collections::BTreeSet;

/// Why nothing is selected.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Nothing {
    /// There is nothing to select from.
    #[error("there is no object in it")]
    NoObject,
    /// The same, where somebody looks.
    #[error("there is no object where it is looked for")]
    NotThere,
    /// No object has the number.
    #[error("there is no object {index}: it has {count}")]
    Index {
        /// The number that was asked for.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// The one with the number is of another system.
    #[error("object {index} is of {}", named(&[*system]))]
    IndexOfSystem {
        /// The number.
        index: usize,
        /// The system.
        system: SystemId,
    },
    /// All are of other systems.
    #[error("its objects are of {}", named(systems))]
    Systems {
        /// Those.
        systems: Vec<SystemId>,
    },
    /// No header can be read.
    #[error("no header in it can be read")]
    NoHeader,
    /// Headers have other key IDs.
    #[error("{}", other("the key ID", values))]
    Kid {
        /// Those.
        values: Vec<String>,
    },
    /// Headers have other license URLs.
    #[error("{}, and the pattern has to match all of it", other("the license URL", values))]
    LaUrl {
        /// Those.
        values: Vec<String>,
    },
    /// Headers are of other versions.
    #[error("{}", other("the version", values))]
    Version {
        /// Those.
        values: Vec<String>,
    },
    /// Headers are of other domain services.
    #[error("{}", other("the domain service", values))]
    DsId {
        /// Those.
        values: Vec<String>,
    },
    /// Each object fits something, and none fits all that is asked.
    #[error("no object in it fits all that is asked")]
    Together,
}

/// Values that are named.
const MAX_NAMED: usize = 3;

fn other(what: &str, values: &[String]) -> String {
    match values {
        [] => format!("{what} is not there"),
        [one] => format!("{what} is {one}"),
        several => {
            let named: Vec<&str> = several.iter().take(MAX_NAMED).map(String::as_str).collect();
            let more = several.len().saturating_sub(named.len());
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{what} is {}{more}", named.join(", "))
        }
    }
}

fn named(systems: &[SystemId]) -> String {
    let name = |system: &SystemId| system.name().map_or_else(|| system.to_string(), str::to_owned);
    systems.iter().map(name).collect::<Vec<_>>().join(", ")
}

impl Selector {
    /// Why nothing in a document is selected.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub fn why_nothing(&self, document: &Document) -> Result<Nothing> {
        let all = document.objects_without_paths()?;
        if all.is_empty() {
            return Ok(if self.places.is_empty() { Nothing::NoObject } else { Nothing::NotThere });
        }
        let is_of = |found: &&Found| match self.system {
            System::All => true,
            System::PlayReady => found.system.is_playready(),
            System::One(id) => found.system == id,
        };
        if let Some(index) = self.index {
            match all.iter().find(|found| found.index == index) {
                None => return Ok(Nothing::Index { index, count: all.len() }),
                Some(found) if !is_of(&found) => {
                    return Ok(Nothing::IndexOfSystem { index, system: found.system });
                }
                Some(_) => {}
            }
        }
        let there: Vec<&Found> = all.iter().filter(|found| self.wants_place(found)).collect();
        if there.is_empty() {
            return Ok(Nothing::NotThere);
        }
        let of_system: Vec<&Found> = there.iter().copied().filter(is_of).collect();
        if of_system.is_empty() {
            let systems: BTreeSet<SystemId> = there.iter().map(|found| found.system).collect();
            return Ok(Nothing::Systems { systems: systems.into_iter().collect() });
        }
        let headers: Vec<Header<'_>> =
            of_system.iter().filter_map(|found| Header::of_payload(&found.data).ok()).collect();
        if headers.is_empty() {
            return Ok(Nothing::NoHeader);
        }
        let values = |of: &dyn Fn(&Header<'_>) -> Vec<String>| -> Vec<String> {
            headers.iter().flat_map(of).collect::<BTreeSet<_>>().into_iter().collect()
        };
        let field = |field| {
            values(&|header| header.value(field).map(std::borrow::Cow::into_owned).into_iter().collect())
        };
        let fits = |asked: &Self| of_system.iter().any(|found| asked.wants_content(found));
        let alone = |asked: Self| Self { system: self.system, ..asked };
        let default = Self::default;
        if self.kid.is_some() && !fits(&alone(Self { kid: self.kid, ..default() })) {
            let kids = |header: &Header<'_>| header.key_ids().iter().map(ToString::to_string).collect();
            return Ok(Nothing::Kid { values: values(&kids) });
        }
        if self.la_url.is_some() && !fits(&alone(Self { la_url: self.la_url.clone(), ..default() })) {
            return Ok(Nothing::LaUrl { values: field(Field::LaUrl) });
        }
        if self.version.is_some() && !fits(&alone(Self { version: self.version.clone(), ..default() })) {
            let version = |header: &Header<'_>| {
                header.version().map(|version| version.to_string()).into_iter().collect()
            };
            return Ok(Nothing::Version { values: values(&version) });
        }
        if self.ds_id.is_some() && !fits(&alone(Self { ds_id: self.ds_id.clone(), ..default() })) {
            return Ok(Nothing::DsId { values: field(Field::DsId) });
        }
        Ok(Nothing::Together)
    }
}
