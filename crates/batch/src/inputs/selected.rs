//! Whether a file is among the inputs, without going over all of them.

use super::error::InputsError;
use super::folder::Filter;
use super::names::{Inputs, Sources};
use crate::{Kind, Name};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// The inputs of some sources, by the one names of files.
pub struct Selected {
    names: HashSet<PathBuf>,
    folders: Vec<PathBuf>,
    filter: Filter,
}

impl Selected {
    /// Those of sources, whose list is read here.
    ///
    /// # Errors
    ///
    /// As for [`Inputs::new`].
    pub fn new(sources: &Sources) -> Result<Self, InputsError> {
        let (mut names, mut folders) = (HashSet::new(), Vec::new());
        let mut take = |path: &Path| {
            let Ok(resolved) = path.canonicalize() else { return };
            if resolved.is_dir() {
                folders.push(resolved);
            } else {
                names.insert(resolved);
            }
        };
        if sources.data.is_none() {
            sources.paths.iter().for_each(|path| take(path));
            let list = sources.open_list()?;
            list.into_iter().flatten().filter_map(Result::ok).for_each(|path| take(&path));
        }
        // Where links lead, only following them tells.
        if sources.follow && !folders.is_empty() {
            folders.clear();
            for input in Inputs::unseen(sources)?.flatten() {
                if let Name::Path(path) = input.name {
                    names.extend(path.canonicalize());
                }
            }
        }
        Ok(Self { names, folders, filter: Filter::new(sources)? })
    }

    /// Those that were named themselves.
    pub(crate) fn named(&self) -> impl Iterator<Item = &Path> {
        self.names.iter().map(PathBuf::as_path)
    }

    /// Whether a file is one of them.
    pub fn has(&self, path: &Path, kind: Kind) -> bool {
        self.names.contains(path) || self.folders.iter().any(|folder| self.is_walked(folder, path, kind))
    }

    fn is_walked(&self, folder: &Path, path: &Path, kind: Kind) -> bool {
        let Ok(below) = path.strip_prefix(folder) else { return false };
        let is_hidden = |step: &std::ffi::OsStr| step.as_encoded_bytes().starts_with(b".");
        self.filter.wants(below) && self.filter.kinds().takes(Some(kind)) && !below.iter().any(is_hidden)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_selected_is_what_a_walk_finds() {
        let top = tempfile::tempdir().unwrap();
        let top = top.path().canonicalize().unwrap();
        for name in ["t/a/m.mpd", "t/a/.m.mpd", "t/.b/m.mpd", "t/c/n.mpd", "other/m.mpd", "named.mpd"] {
            let path = top.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\"/>").unwrap();
        }
        let list = top.join("list");
        std::fs::write(&list, format!("{}\n", top.join("other/m.mpd").display())).unwrap();
        let mut sources = Sources::default();
        sources.paths = vec![top.join("t"), top.join("t/../named.mpd")];
        sources.list = Some(list);
        sources.exclude = vec!["c/*".to_owned()];
        let all = ["t/a/m.mpd", "t/a/.m.mpd", "t/.b/m.mpd", "t/c/n.mpd", "other/m.mpd", "named.mpd"];
        let selected = Selected::new(&sources).unwrap();
        let found = all.map(|name| selected.has(&top.join(name), Kind::Mpd));
        let walked: HashSet<PathBuf> = Inputs::unseen(&sources)
            .unwrap()
            .flatten()
            .filter_map(|input| match input.name {
                Name::Path(path) => path.canonicalize().ok(),
                _ => None,
            })
            .collect();
        assert_eq!(found, all.map(|name| walked.contains(&top.join(name))));
        assert_eq!(found, [true, false, false, false, true, true]);
        sources.kinds = crate::Kinds::new(vec![Kind::Mp4]);
        let selected = Selected::new(&sources).unwrap();
        assert!(
            !selected.has(&top.join("t/a/m.mpd"), Kind::Mpd)
                && selected.has(&top.join("named.mpd"), Kind::Mpd)
        );
    }
}
