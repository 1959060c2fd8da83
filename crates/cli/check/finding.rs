//! What does not agree, and where.

use super::rule::Rule;
use prkit_playready::Level;
use serde::Serialize;
use std::collections::HashMap;
use std::fmt::Display;

/// More places of one finding are only counted.
const MAX_PLACES: usize = 8;

/// Where something is said, and what.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub(crate) struct Place {
    /// The file, as it was named or found.
    pub(crate) path: String,
    /// The box or element.
    #[serde(rename = "where")]
    pub(crate) at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) column: Option<u64>,
    pub(crate) value: String,
}

impl Place {
    /// A place in a media file.
    pub(crate) fn of_box(path: &str, at: impl Into<String>) -> Self {
        Self { path: path.to_owned(), at: at.into(), line: None, column: None, value: String::new() }
    }

    /// A place in a manifest.
    pub(crate) fn of_text(path: &str, at: impl Into<String>, position: prkit_manifest::Position) -> Self {
        Self { line: Some(position.line), column: Some(position.column), ..Self::of_box(path, at) }
    }

    /// The same place with what it says.
    pub(crate) fn saying(&self, value: impl Display) -> Self {
        Self { value: value.to_string(), ..self.clone() }
    }
}

/// One thing that does not agree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Finding {
    pub(crate) rule: Rule,
    pub(crate) level: Level,
    pub(crate) message: String,
    pub(crate) places: Vec<Place>,
    /// Places beyond those listed.
    pub(crate) more: u64,
}

/// All findings of a set. What is found of many files is one finding with many places.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    found: Vec<Finding>,
    by_message: HashMap<(Rule, String), usize>,
    /// How many comparisons were made.
    pub(crate) compared: u64,
}

impl Findings {
    pub(crate) fn add(
        &mut self,
        rule: Rule,
        message: impl Into<String>,
        places: impl IntoIterator<Item = Place>,
    ) {
        self.add_at(rule, rule.level(), message, places);
    }

    pub(crate) fn add_at(
        &mut self,
        rule: Rule,
        level: Level,
        message: impl Into<String>,
        places: impl IntoIterator<Item = Place>,
    ) {
        let message = message.into();
        let next = self.found.len();
        let index = *self.by_message.entry((rule, message.clone())).or_insert(next);
        if index == next {
            self.found.push(Finding { rule, level, message, places: Vec::new(), more: 0 });
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
    pub(crate) fn compare(&mut self) {
        self.compared = self.compared.saturating_add(1);
    }

    /// The worst first.
    pub(crate) fn into_sorted(self) -> Vec<Finding> {
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
