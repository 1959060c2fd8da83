//! What is compared with each other, or was already.

use super::compare::compare_set;
use super::finding::Findings;
use super::library::Library;
use super::media::Media;
use super::set::Set;
use prkit_playready::Keyring;
use std::rc::Rc;

/// Inputs that are compared with each other.
pub enum Together {
    /// They are, when that is asked for.
    Set(Box<Set>),
    /// A media file that no document names: it was, when it was read.
    Alone(Settled),
}

/// What came of comparing.
#[derive(Debug, Default)]
pub struct Settled {
    compared: u64,
    /// Where there is something: mostly there is not.
    found: Option<Box<Findings>>,
}

impl Together {
    /// How many of the files could be looked at that its documents name, and how many those are.
    pub fn files(&self) -> (u64, u64) {
        match self {
            Self::Set(set) => (set.looked, set.named),
            Self::Alone(_) => (0, 0),
        }
    }

    /// Whether a document is among them.
    pub fn has_documents(&self) -> bool {
        match self {
            Self::Set(set) => !set.docs.is_empty(),
            Self::Alone(_) => false,
        }
    }
}

impl Settled {
    pub(super) fn of(media: &Rc<Media>, library: &Library, keyring: &Keyring) -> Self {
        let mut set = Set { lone: vec![Rc::clone(media)], ..Set::default() };
        let findings = compare_set(&mut set, library, keyring);
        let compared = findings.compared;
        Self { compared, found: (!findings.is_empty()).then(|| Box::new(findings)) }
    }

    /// What was found, which is given once.
    pub(super) fn take(&mut self) -> Findings {
        self.found.take().map_or_else(|| Findings::none(self.compared), |found| *found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{compare, gather};
    use crate::input::Input;
    use crate::title::Roots;
    use prkit_playready::SystemId;
    use std::fs;

    fn boxed(code: [u8; 4], content: &[u8]) -> Vec<u8> {
        let len = u32::try_from(8 + content.len()).unwrap();
        [&len.to_be_bytes()[..], &code, content].concat()
    }

    /// A fragment with an object that cannot be read, or with none.
    fn fragment(is_broken: bool) -> Vec<u8> {
        let system = SystemId::PLAYREADY.to_uuid_bytes();
        let pssh = boxed(*b"pssh", &[&[0; 4][..], &system, &[0, 0, 0, 2], b"no"].concat());
        boxed(*b"moof", if is_broken { &pssh } else { b"" })
    }

    #[test]
    fn media_that_is_compared_when_it_is_read_is_told_as_if_all_were_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for (name, is_broken) in [("a", false), ("b", true), ("c", true), ("d", false), ("e", true)] {
            fs::write(path(name), fragment(is_broken)).unwrap();
        }
        fs::write(path("list"), "#EXTM3U\n#EXTINF:2,\nd\n#EXTINF:2,\ne\n").unwrap();
        fs::write(path("none"), "").unwrap();
        let names = ["a", "b", "c", "d", "e", "none", "b", "list", "c"];
        let told = |library: &Library, one: bool| {
            let mut inputs = names.iter().map(|name| Ok(Input::of_path(&path(name))));
            let titles = Roots::new(&[], Vec::new()).unwrap();
            let mut gathered = gather(&mut inputs, library, &titles, one, None);
            let inputs = gathered.inputs.iter().map(|checked| {
                let error = checked.error.as_ref().map(ToString::to_string);
                (checked.input.display(), checked.kind, checked.set, checked.is_root, error)
            });
            let inputs: Vec<_> = inputs.collect();
            let sets = gathered.sets.iter_mut().map(|set| {
                let findings = compare(set, library, &Keyring::default());
                let compared = findings.compared;
                (set.files(), set.has_documents(), compared, findings.into_sorted())
            });
            (inputs, sets.collect::<Vec<_>>())
        };
        for one in [false, true] {
            let settling = Library::default().settling(Rc::new(Keyring::default()));
            let kept = told(&Library::default(), one);
            assert_eq!(told(&settling, one), kept);
            assert!(kept.1.iter().any(|(.., findings)| !findings.is_empty()));
        }
    }
}
