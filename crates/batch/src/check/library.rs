//! What is in files, each of which is read once.

use super::media::Media;
use crate::Error;
use crate::input::{Content, Document};
use crate::title::Local;
use prkit_bmff::Scope;
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Tells files of which nothing is to be said.
pub(crate) type PassedOver = Rc<dyn Fn(&Path) -> bool>;

/// What is in files, by their one name.
#[derive(Default)]
pub struct Library {
    media: RefCell<HashMap<PathBuf, Looked>>,
    /// Files of which nothing is to be said.
    passed_over: Option<PassedOver>,
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
    /// One that says nothing of some files, and of another one what is given.
    pub(super) fn knowing(
        passed_over: Rc<dyn Fn(&Path) -> bool>,
        file: Option<(PathBuf, Rc<Media>)>,
    ) -> Self {
        let known = file.map(|(path, media)| (path, Looked::Media(media)));
        Self { media: RefCell::new(known.into_iter().collect()), passed_over: Some(passed_over) }
    }

    /// Whether nothing is to be said of a file.
    pub(super) fn passes_over(&self, path: &Path) -> bool {
        self.passed_over.as_ref().is_some_and(|passes| passes(path))
    }

    /// What a file says; it is read the first time only.
    pub fn look(&self, local: &Local) -> Looked {
        if let Some(known) = self.known(&local.path) {
            return known;
        }
        let name = crate::input::shown(&local.shown);
        if self.passes_over(&local.path) {
            return Looked::Media(Rc::new(Media::unseen(&name)));
        }
        let looked = match open(local) {
            Ok(document) => Self::of(&name, &document),
            // What is no MP4 and nothing else of ours is no failure.
            Err(Error::NotRecognised { .. }) => Looked::Other,
            Err(error) => Looked::Failed(error.to_string()),
        };
        self.media.borrow_mut().insert(local.path.clone(), looked.clone());
        looked
    }

    /// What an opened input says.
    pub fn look_at(&self, name: &str, path: Option<&Path>, document: &Document) -> Looked {
        if let Some(known) = path.and_then(|path| self.known(path)) {
            return known;
        }
        let looked = Self::of(name, document);
        if let Some(path) = path {
            self.media.borrow_mut().insert(path.to_owned(), looked.clone());
        }
        looked
    }

    fn known(&self, path: &Path) -> Option<Looked> {
        self.media.borrow().get(path).cloned()
    }

    fn of(name: &str, document: &Document) -> Looked {
        match Media::new(name, document) {
            Ok(Some(media)) => Looked::Media(Rc::new(media)),
            Ok(None) => Looked::Other,
            Err(error) => Looked::Failed(error.to_string()),
        }
    }
}

/// Opens a file from its root.
pub(crate) fn open(local: &Local) -> crate::Result<Document> {
    let file = local.open()?;
    Document::of(Content::File(file), Scope::default())
}
