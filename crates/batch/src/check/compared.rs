//! What is found, with the inputs that it is found in.

use super::chosen::{Choice, Chosen};
use super::compare::compare;
use super::finding::Finding;
use super::gather::{Checked, Gathered};
use super::library::Library;
use crate::input::Input;
use prkit_plan::Wrong;
use prkit_playready::Keyring;
use std::collections::HashMap;

/// An input that was compared with what belongs to it.
pub struct Compared {
    /// The input.
    pub input: Input,
    /// What it is.
    pub kind: &'static str,
    /// Inputs of one number were compared with each other.
    pub set: Option<usize>,
    /// Whether it was compared as a part of something else.
    pub is_part: bool,
    /// What is selected in it, where somebody selects.
    pub choice: Option<Choice>,
    /// Why it could not be read.
    pub error: Option<Wrong>,
    /// How many comparisons were made in its set; 0 for a part.
    pub comparisons: u64,
    /// Whether a manifest is in its set.
    pub has_manifest: bool,
    /// Files that could be looked at, and those that manifests of its set name; 0 for a part.
    pub files: (u64, u64),
    /// What does not agree, the worst first.
    pub findings: Vec<Finding>,
}

impl Gathered<Input> {
    /// Compares all sets, and gives each finding to the input that it is about. Where somebody selects objects, findings that
    /// are about others only are left out.
    pub fn compared(mut self, library: &Library, keyring: &Keyring) -> Vec<Compared> {
        let mut all: Vec<Compared> = self.inputs.into_iter().map(Compared::of).collect();
        let members = Members::of(&all, self.sets.len());
        for (number, set) in self.sets.iter_mut().enumerate() {
            let findings = compare(set, library, keyring);
            for i in members.inputs(number) {
                let Some(compared) = all.get_mut(*i).filter(|compared| !compared.is_part) else { continue };
                compared.comparisons = findings.compared;
                compared.has_manifest = !set.docs.is_empty();
                compared.files = (set.looked, set.named);
            }
            let mut names = None;
            for finding in findings.into_sorted() {
                let names = names.get_or_insert_with(|| members.names(number, &all));
                let owner = owner(&finding, names, self.chosen.as_ref());
                if let Some(compared) = owner.and_then(|i| all.get_mut(i)) {
                    compared.findings.push(finding);
                }
            }
        }
        all
    }
}

/// The inputs of each set: a folder has a hundred thousand, each of which may be a set of its own.
struct Members {
    /// By set.
    inputs: Vec<usize>,
    /// Where those of each set begin.
    starts: Vec<usize>,
}

impl Members {
    fn of(all: &[Compared], sets: usize) -> Self {
        let numbers = all.iter().enumerate().filter_map(|(i, compared)| Some((compared.set?, i)));
        let mut numbers: Vec<(usize, usize)> = numbers.collect();
        numbers.sort_unstable();
        let starts = (0..=sets).map(|set| numbers.partition_point(|(known, _)| *known < set)).collect();
        Self { inputs: numbers.into_iter().map(|(_, i)| i).collect(), starts }
    }

    fn inputs(&self, set: usize) -> &[usize] {
        let bounds = self.starts.get(set).zip(self.starts.get(set.saturating_add(1)));
        bounds.and_then(|(start, end)| self.inputs.get(*start..*end)).unwrap_or_default()
    }

    /// The first input of each name.
    fn names(&self, set: usize, all: &[Compared]) -> HashMap<String, usize> {
        let named = self.inputs(set).iter().rev().filter_map(|i| Some((all.get(*i)?.input.display(), *i)));
        named.collect()
    }
}

/// The input that tells of a finding: what is about no input alone is told with the first of the set.
fn owner(finding: &Finding, members: &HashMap<String, usize>, chosen: Option<&Chosen>) -> Option<usize> {
    let Some(chosen) = chosen else {
        let own = finding.places.first().and_then(|place| members.get(&place.path));
        return own.or_else(|| members.values().min()).copied();
    };
    chosen.place_of(finding).and_then(|place| members.get(&place.path)).copied()
}

impl Compared {
    fn of(checked: Checked<Input>) -> Self {
        let Checked { input, kind, set, error, is_root, choice } = checked;
        Self {
            input,
            kind,
            set,
            is_part: !is_root,
            choice,
            error,
            comparisons: 0,
            has_manifest: false,
            files: (0, 0),
            findings: Vec::new(),
        }
    }
}
