//! What does not agree, and where.

use super::rule::Rule;
use crate::title::Remedy;
use prkit_playready::Level;
use serde::Serialize;
use std::collections::HashMap;
use std::fmt::Display;

/// More places of one finding are only counted.
const MAX_PLACES: usize = 8;

/// Where something is said, and what.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Place {
    /// The file, as it was named or found.
    pub path: String,
    /// The box or element.
    #[serde(rename = "where")]
    pub at: String,
    /// The line in a manifest, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The column in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u64>,
    /// What it says.
    pub value: String,
}

impl Place {
    /// A place in a media file.
    pub fn of_box(path: &str, at: impl Into<String>) -> Self {
        Self { path: path.to_owned(), at: at.into(), line: None, column: None, value: String::new() }
    }

    /// A place in a manifest.
    pub fn of_text(path: &str, at: impl Into<String>, position: prkit_manifest::Position) -> Self {
        Self { line: Some(position.line), column: Some(position.column), ..Self::of_box(path, at) }
    }

    /// The same place with what it says.
    pub fn saying(&self, value: impl Display) -> Self {
        Self { value: value.to_string(), ..self.clone() }
    }
}

/// One thing that does not agree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Which rule it breaks.
    pub rule: Rule,
    /// How bad that is.
    pub level: Level,
    /// What is wrong.
    pub message: String,
    /// What would let it be checked, where it was not.
    pub remedy: Option<Remedy>,
    /// Where, and what is there.
    pub places: Vec<Place>,
    /// Places beyond those listed.
    pub more: u64,
}

/// All findings of a set. What is found of many files is one finding with many places.
#[derive(Debug, Default)]
pub struct Findings {
    found: Vec<Finding>,
    by_message: HashMap<(Rule, String, Option<Remedy>), usize>,
    /// How many comparisons were made.
    pub compared: u64,
}

impl Findings {
    pub fn add(&mut self, rule: Rule, message: impl Into<String>, places: impl IntoIterator<Item = Place>) {
        self.add_at(rule, rule.level(), message, places);
    }

    /// Files that were not checked.
    pub fn unchecked(&mut self, message: String, remedy: Option<Remedy>, place: Place) {
        self.insert(Rule::Unchecked, Rule::Unchecked.level(), message, remedy, [place]);
    }

    pub fn add_at(
        &mut self,
        rule: Rule,
        level: Level,
        message: impl Into<String>,
        places: impl IntoIterator<Item = Place>,
    ) {
        self.insert(rule, level, message.into(), None, places);
    }

    fn insert(
        &mut self,
        rule: Rule,
        level: Level,
        message: String,
        remedy: Option<Remedy>,
        places: impl IntoIterator<Item = Place>,
    ) {
        let next = self.found.len();
        let key = (rule, message.clone(), remedy.clone());
        let index = *self.by_message.entry(key).or_insert(next);
        if index == next {
            self.found.push(Finding { rule, level, message, remedy, places: Vec::new(), more: 0 });
        }
        let Some(finding) = self.found.get_mut(index) else { return };
        for place in places {
            if finding.places.contains(&place) {
                continue;
            }
            if finding.places.len() < MAX_PLACES {
                finding.places.push(place);
            } else {
                finding.more = finding.more.saturating_add(1);
            }
        }
    }

    /// Counts a comparison.
    pub fn compare(&mut self) {
        self.compared = self.compared.saturating_add(1);
    }

    /// The worst first.
    pub fn into_sorted(self) -> Vec<Finding> {
        let mut found = self.found;
        found.sort_by(|a, b| b.level.cmp(&a.level).then(a.rule.id().cmp(b.rule.id())));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_of_many_files_is_one_finding() {
        let mut findings = Findings::default();
        for i in 0..20 {
            findings.add(Rule::Media, "cut", [Place::of_box(&format!("{i}.m4s"), "/")]);
            findings.add(Rule::Media, "cut", [Place::of_box(&format!("{i}.m4s"), "/")]);
        }
        findings.add(Rule::Unchecked, "remote", []);
        findings.add(Rule::HeaderKeys, "other", []);
        let found = findings.into_sorted();
        assert_eq!(found.iter().map(|f| f.rule.id()).collect::<Vec<_>>(), ["CHK-01", "CHK-17", "CHK-12"]);
        assert_eq!(found[1].places.len(), 8);
    }
}
