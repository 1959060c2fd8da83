//! Which findings are about the objects that somebody asks for.
//!
//! Everything is compared all the same: what disagrees with an object is mostly in another file.

#[cfg(feature = "files")]
use super::finding::{Finding, Place};
use crate::input::{Document, Found};
use crate::nothing::Nothing;
use crate::{Result, Selector};
use std::collections::{HashMap, HashSet};

/// The objects of inputs that are selected, by the name of the input.
#[derive(Default)]
pub(super) struct Chosen(HashMap<String, Places>);

/// Places of objects in an input.
#[derive(Default)]
struct Places {
    selected: HashSet<String>,
    others: HashSet<String>,
}

/// What is selected in an input.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Choice {
    /// How many objects.
    pub selected: usize,
    /// Why none is, where somebody asked for some.
    pub nothing: Option<Nothing>,
}

impl Chosen {
    /// Takes in what is selected in an input.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub(super) fn of(&mut self, name: &str, document: &Document, selector: &Selector) -> Result<Choice> {
        let objects = document.objects()?;
        let (selected, others): (Vec<&Found>, Vec<&Found>) =
            objects.iter().partition(|found| selector.wants(found));
        let nothing = selected.is_empty().then(|| selector.why_nothing(document)).transpose()?;
        let choice = Choice { selected: selected.len(), nothing };
        if selector.asks() {
            let at = |found: &Found| found.path.clone().unwrap_or_else(|| "/".to_owned());
            let places = self.0.entry(name.to_owned()).or_default();
            places.selected.extend(selected.into_iter().map(at));
            places.others.extend(others.into_iter().map(at));
        }
        Ok(choice)
    }

    /// The place for which a finding is told: that of an object that is selected, or, where it is about no object, one in an
    /// input with such an object.
    #[cfg(feature = "files")]
    pub(super) fn place_of<'f>(&self, finding: &'f Finding) -> Option<&'f Place> {
        let is = |place: &&Place, of: fn(&Places) -> &HashSet<String>| {
            self.0.get(&place.path).is_some_and(|places| of(places).contains(&place.at))
        };
        let mut places = finding.places.iter();
        if let Some(selected) = places.clone().find(|place| is(place, |places| &places.selected)) {
            return Some(selected);
        }
        if places.clone().any(|place| is(&place, |places| &places.others)) {
            return None;
        }
        places.find(|place| self.0.get(&place.path).is_some_and(|places| !places.selected.is_empty()))
    }
}
