//! How many findings there are in many inputs.

use super::Located;
use prkit_playready::Level;

/// How many findings there were.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct FindingTotals {
    pub inputs: u64,
    pub failed: u64,
    /// Errors, warnings, notes.
    pub by_level: [u64; 3],
}

impl FindingTotals {
    /// Those of an input.
    pub fn add(&mut self, findings: &[Located]) {
        self.inputs = self.inputs.saturating_add(1);
        for level in findings.iter().map(|found| found.level) {
            let count = match level {
                Level::Error => &mut self.by_level[0],
                Level::Warning => &mut self.by_level[1],
                Level::Note => &mut self.by_level[2],
            };
            *count = count.saturating_add(1);
        }
    }

    /// Those of another part of the run.
    pub fn merge(&mut self, other: &Self) {
        self.inputs = self.inputs.saturating_add(other.inputs);
        self.failed = self.failed.saturating_add(other.failed);
        for (count, other) in self.by_level.iter_mut().zip(other.by_level) {
            *count = count.saturating_add(other);
        }
    }

    /// An input failed, which is counted here where its findings are not.
    pub fn fail(&mut self, is_new: bool) {
        self.inputs = self.inputs.saturating_add(u64::from(is_new));
        self.failed = self.failed.saturating_add(1);
    }
}
