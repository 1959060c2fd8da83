//! From addresses to files, and each file read once.

use super::media::Media;
use crate::Error;
use crate::input::{Content, Document, Input, Name, shown};
use prkit_bmff::Scope;
use prkit_manifest::{Files, file_names, is_absolute};
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// `--map URL=DIR`.
#[derive(Clone, Debug)]
pub struct Map {
    prefix: String,
    folder: PathBuf,
}

impl Map {
    /// Reads the value of the option. Addresses may hold `=`, folders too: the last `=` that is followed by a folder
    /// counts.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("expected URL=DIR, not {text:?}");
        let cuts = text.match_indices('=').map(|(at, _)| at);
        let mut pairs = cuts.filter_map(|at| Some((text.get(..at)?, text.get(at.saturating_add(1)..)?)));
        let first = pairs.clone().next().ok_or_else(wrong)?;
        let (prefix, folder) = pairs.rfind(|(_, folder)| Path::new(folder).is_dir()).unwrap_or(first);
        if prefix.is_empty() || folder.is_empty() {
            return Err(wrong());
        }
        if !Path::new(folder).is_dir() {
            return Err(format!("--map: {folder} is no folder"));
        }
        Ok(Self { prefix: prefix.to_owned(), folder: PathBuf::from(folder) })
    }
}

/// Where an address leads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Located {
    /// To this file.
    File(PathBuf),
    /// To a file that is not there.
    Missing,
    /// To another machine.
    Remote,
}

/// Files by address, and what is in them.
pub struct Library {
    maps: Vec<Map>,
    media: RefCell<HashMap<PathBuf, Looked>>,
}

/// What came of looking at a file.
#[derive(Clone, Debug)]
pub enum Looked {
    Media(Rc<Media>),
    /// Subtitles, pictures, transport streams: nothing to compare.
    Other,
    Failed(String),
}

impl Library {
    /// With folders that stand for addresses.
    pub fn new(mut maps: Vec<Map>) -> Self {
        // The longest prefix counts.
        maps.sort_by_key(|map| std::cmp::Reverse(map.prefix.len()));
        Self { maps, media: RefCell::new(HashMap::new()) }
    }

    /// Where an address leads, seen from a folder.
    pub fn locate(&self, folder: &Path, url: &str) -> Located {
        let map = self.maps.iter().find_map(|map| Some((map, url.strip_prefix(map.prefix.as_str())?)));
        let (folder, rest) = match map {
            Some((map, rest)) => (map.folder.as_path(), rest.trim_start_matches('/')),
            None => match url.strip_prefix("file://") {
                Some(path) => (Path::new("/"), path.trim_start_matches('/')),
                // A rooted path is one on the server.
                None if is_absolute(url) || url.starts_with('/') => return Located::Remote,
                None => (folder, url),
            },
        };
        let paths = file_names(rest).into_iter().map(|name| folder.join(name));
        paths.into_iter().find(|path| path.is_file()).map_or(Located::Missing, Located::File)
    }

    /// What a file says; it is read the first time only.
    pub fn look(&self, path: &Path) -> Looked {
        let one_name = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if let Some(known) = self.media.borrow().get(&one_name) {
            return known.clone();
        }
        let name = shown(path);
        let input = Input { name: Name::Path(path.to_owned()), below: None };
        let looked = match Document::open(&input, Scope::default()) {
            Ok(document) => Self::of(&name, &document),
            // What is no MP4 and nothing else of ours is no failure.
            Err(Error::NotRecognised) => Looked::Other,
            Err(error) => Looked::Failed(error.to_string()),
        };
        self.media.borrow_mut().insert(one_name, looked.clone());
        looked
    }

    fn of(name: &str, document: &Document) -> Looked {
        match Media::new(name, document) {
            Ok(Some(media)) => Looked::Media(Rc::new(media)),
            Ok(None) => Looked::Other,
            Err(error) => Looked::Failed(error.to_string()),
        }
    }

    /// What an opened input says, when it has no path.
    pub fn look_at(name: &str, document: &Document) -> Looked {
        debug_assert!(
            matches!(document.content, Content::Memory(_) | Content::File(_)),
            "an input has bytes"
        );
        Self::of(name, document)
    }
}

/// The files around a manifest.
pub struct Around<'l> {
    /// Where addresses lead.
    pub library: &'l Library,
    /// The folder they are seen from.
    pub folder: &'l Path,
}

impl Files for Around<'_> {
    fn exists(&self, url: &str) -> bool {
        matches!(self.library.locate(self.folder, url), Located::File(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_mapped_prefix_counts_and_remote_stays_remote() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("v")).unwrap();
        std::fs::write(folder.path().join("v/a b.mp4"), "x").unwrap();
        let map = |prefix: &str, sub: &str| {
            Map::parse(&format!("{prefix}={}", folder.path().join(sub).display())).unwrap()
        };
        let library =
            Library::new(vec![map("https://cdn/", ""), map("https://cdn/x?a=1/", "v"), map("/root/", "v")]);
        let locate = |url: &str| library.locate(folder.path(), url);
        let file = Located::File(folder.path().join("v/a b.mp4"));
        for url in [
            "v/a%20b.mp4",
            "v/a b.mp4?x=1",
            "https://cdn/v/a%20b.mp4",
            "https://cdn/x?a=1/a%20b.mp4",
            "/root/a%20b.mp4",
        ] {
            assert_eq!(locate(url), file, "{url}");
        }
        assert_eq!(locate("v/none.mp4"), Located::Missing);
        assert_eq!(locate("https://other/a.mp4"), Located::Remote);
        assert_eq!(locate("/a.mp4"), Located::Remote);
        assert!(Map::parse("https://cdn/").is_err() && Map::parse("a=/no/such/folder").is_err());
    }
}
