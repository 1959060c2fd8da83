//! What is in files, each of which is read once.

use super::media::Media;
use super::whereabouts::Whereabouts;
use crate::input::{Document, Reach};
use crate::{Error, Result};
use std::cell::RefCell;
use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How many files behind addresses are opened at a time.
const PARALLEL: usize = 16;

/// Tells files of which nothing is to be said.
pub(crate) type PassedOver = Rc<dyn Fn(&Path) -> bool>;

/// What is in files, by their one name.
#[derive(Default)]
pub struct Library {
    media: RefCell<HashMap<PathBuf, Looked>>,
    /// What opens files behind addresses.
    reach: Option<Arc<dyn Reach>>,
    /// Files that were opened before they are looked at.
    opened: RefCell<HashMap<PathBuf, Result<Document>>>,
    /// Files of which nothing is to be said.
    passed_over: Option<PassedOver>,
}

/// What came of looking at a file.
#[derive(Clone, Debug)]
pub enum Looked {
    Media(Rc<Media>),
    /// Subtitles, pictures, transport streams: nothing to compare.
    Other,
    Missing,
    Failed(String),
}

impl Library {
    /// One that looks behind addresses, too.
    pub fn reaching(reach: Option<Arc<dyn Reach>>) -> Self {
        Self { reach, ..Self::default() }
    }

    pub(super) const fn reach(&self) -> Option<&Arc<dyn Reach>> {
        self.reach.as_ref()
    }

    /// Opens files behind addresses side by side: each is a wait.
    pub(super) fn open_ahead<'f>(&self, files: impl Iterator<Item = &'f Whereabouts>) {
        let mut ahead: HashMap<&Path, &Whereabouts> = HashMap::new();
        for file in files.filter(|file| file.is_remote()) {
            // Nothing is a wait where all there is was handed in: there are no threads in a browser.
            if !cfg!(target_family = "wasm") && self.known(file.key()).is_none() {
                ahead.insert(file.key(), file);
            }
        }
        let ahead: Vec<&Whereabouts> = ahead.into_values().collect();
        let (next, opened) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        let work = || {
            while let Some(file) = ahead.get(next.fetch_add(1, Ordering::Relaxed)) {
                let document = file.open();
                opened.lock().unwrap_or_else(PoisonError::into_inner).push((file.key().to_owned(), document));
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..ahead.len().min(PARALLEL) {
                scope.spawn(work);
            }
        });
        self.opened.borrow_mut().extend(opened.into_inner().unwrap_or_else(PoisonError::into_inner));
    }

    /// One that says nothing of some files, and of another one what is given.
    #[cfg(feature = "files")]
    pub(super) fn knowing(
        passed_over: Rc<dyn Fn(&Path) -> bool>,
        file: Option<(PathBuf, Rc<Media>)>,
    ) -> Self {
        let known = file.map(|(path, media)| (path, Looked::Media(media)));
        Self {
            media: RefCell::new(known.into_iter().collect()),
            passed_over: Some(passed_over),
            ..Self::default()
        }
    }

    /// Whether nothing is to be said of a file.
    pub(super) fn passes_over(&self, path: &Path) -> bool {
        self.passed_over.as_ref().is_some_and(|passes| passes(path))
    }

    /// What a file says; it is read the first time only.
    pub(super) fn look(&self, file: &Whereabouts) -> Looked {
        if let Some(known) = self.known(file.key()) {
            return known;
        }
        let name = file.shown();
        if self.passes_over(file.key()) {
            return Looked::Media(Rc::new(Media::unseen(&name)));
        }
        let ahead = self.opened.borrow_mut().remove(file.key());
        let looked = match ahead.unwrap_or_else(|| file.open()) {
            Ok(document) => Self::of(&name, &document),
            // What is no MP4 and nothing else of ours is no failure.
            Err(Error::NotRecognised { .. }) => Looked::Other,
            Err(Error::Reach(error)) if error.kind() == ErrorKind::NotFound => Looked::Missing,
            Err(error) => Looked::Failed(error.to_string()),
        };
        self.media.borrow_mut().insert(file.key().to_owned(), looked.clone());
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
