//! Which runs edited an asset, as the asset itself tells.
//!
//! ```text
//!   commit with Mark::Add(run)      bytes and mark become visible together: whoever retries finds the mark, and edits nothing
//!   commit with Mark::Remove(run)   the edit is taken back, and so is the mark
//! ```
//!
//! A version check alone does not keep a run that is repeated from editing twice: the second attempt opens the new version.

use core::fmt;

/// What a commit does to the marks of an asset. Stores that keep none ignore it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mark<'m> {
    /// This run edited it.
    Add(&'m str),
    /// The edit of this run is taken back.
    Remove(&'m str),
}

/// The runs that edited an asset, the last one first. Names of runs are words without spaces.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Marks(Vec<String>);

impl Marks {
    /// Older runs are forgotten: what an object can be marked with is short.
    const MOST: usize = 8;

    /// Marks from their text, as `Display` writes it.
    pub fn parse(text: &str) -> Self {
        Self(text.split_ascii_whitespace().take(Self::MOST).map(str::to_owned).collect())
    }

    /// Whether a run edited the asset.
    pub fn has(&self, run: &str) -> bool {
        self.0.iter().any(|known| known == run)
    }

    /// Whether no run did.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The marks of the version that a commit makes.
    #[must_use]
    pub fn after(&self, mark: Option<Mark<'_>>) -> Self {
        let mut runs = self.0.clone();
        match mark {
            Some(Mark::Add(run)) => {
                runs.retain(|known| known != run);
                runs.insert(0, run.to_owned());
                runs.truncate(Self::MOST);
            }
            Some(Mark::Remove(run)) => runs.retain(|known| known != run),
            None => {}
        }
        Self(runs)
    }
}

impl fmt::Display for Marks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_known_until_its_edit_is_taken_back_or_many_others_came() {
        let marks = Marks::parse("b a");
        assert_eq!(marks.after(None), marks);
        assert_eq!(marks.after(Some(Mark::Add("c"))).to_string(), "c b a");
        assert_eq!(marks.after(Some(Mark::Add("a"))).to_string(), "a b");
        assert_eq!(marks.after(Some(Mark::Remove("b"))).to_string(), "a");
        assert!(marks.has("a") && !marks.has("c") && Marks::parse(" ").is_empty());
        let many = (0..20).fold(marks, |marks, run| marks.after(Some(Mark::Add(&format!("r{run}")))));
        assert!(many.has("r19") && many.has("r12") && !many.has("r11") && !many.has("a"));
    }
}
