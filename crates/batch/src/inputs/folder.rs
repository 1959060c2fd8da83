//! Files below a folder.
//!
//! Hidden files are skipped, links are not followed without `-L`, and what a file is called does not matter: the first
//! bytes tell. Foreign files are counted and are no failures.

use super::error::InputsError;
use super::names::{Failed, Sources};
use crate::{Input, Kind, Kinds, Name, Result, kind_of};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use prkit_apply::Folder as Held;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use walkdir::{DirEntry, WalkDir};

/// Which files of a folder are wanted.
#[derive(Clone, Default)]
pub(super) struct Filter {
    include: Option<Globs>,
    exclude: Globs,
    kinds: Kinds,
    follow: bool,
}

/// Patterns for names, and those with a slash for paths.
#[derive(Clone, Default)]
struct Globs {
    names: GlobSet,
    paths: GlobSet,
}

impl Filter {
    pub(super) fn new(sources: &Sources) -> Result<Self, InputsError> {
        let include = if sources.include.is_empty() { None } else { Some(Globs::new(&sources.include)?) };
        let exclude = Globs::new(&sources.exclude)?;
        Ok(Self { include, exclude, kinds: sources.kinds.clone(), follow: sources.follow })
    }

    /// Files of any kind.
    pub(super) fn all() -> Self {
        Self { kinds: Kinds::all(), ..Self::default() }
    }

    pub(super) const fn kinds(&self) -> &Kinds {
        &self.kinds
    }

    pub(super) fn wants(&self, below: &Path) -> bool {
        self.include.as_ref().is_none_or(|globs| globs.matches(below)) && !self.excludes(below)
    }

    pub(super) fn excludes(&self, below: &Path) -> bool {
        self.exclude.matches(below)
    }
}

impl Globs {
    fn new(patterns: &[String]) -> Result<Self, InputsError> {
        let (mut names, mut paths) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        for pattern in patterns {
            let is_path = pattern.contains('/');
            let glob = GlobBuilder::new(pattern).literal_separator(is_path).build()?;
            if is_path {
                paths.add(glob);
            } else {
                names.add(glob);
            }
        }
        Ok(Self { names: names.build()?, paths: paths.build()? })
    }

    fn matches(&self, below: &Path) -> bool {
        self.paths.is_match(below)
            || below.file_name().is_some_and(|name| self.names.is_match(Path::new(name)))
    }
}

/// A folder being walked.
pub(super) struct Folder {
    root: PathBuf,
    /// The folder itself, where no link is followed below it: what is found is opened from here.
    held: Option<Result<Arc<Held>, prkit_apply::Error>>,
    walk: walkdir::FilterEntry<walkdir::IntoIter, fn(&DirEntry) -> bool>,
    /// Files that are none of ours.
    pub(super) foreign: u64,
    /// Whoever opens a file tells what it is.
    unseen: bool,
    /// The folder itself cannot be opened.
    is_over: bool,
}

impl Folder {
    /// With `unseen`, files that are none of ours are not left out.
    pub(super) fn new(root: &Path, filter: &Filter, unseen: bool) -> Self {
        let is_visible: fn(&DirEntry) -> bool =
            |entry| entry.depth() == 0 || !entry.file_name().as_encoded_bytes().starts_with(b".");
        // In one folder, paths are in the order of the names, which would have to be looked for in them every time.
        let walk = WalkDir::new(root)
            .follow_links(filter.follow)
            .sort_by(|a, b| a.path().as_os_str().cmp(b.path().as_os_str()));
        let held = (!filter.follow).then(|| Held::resolve(root));
        Self {
            root: root.to_owned(),
            held,
            walk: walk.into_iter().filter_entry(is_visible),
            foreign: 0,
            unseen,
            is_over: false,
        }
    }

    /// The next file that is wanted, or a path that cannot be looked at.
    pub(super) fn next(&mut self, filter: &Filter) -> Option<Result<Input, Failed>> {
        if let Some(Err(error)) = self.held.take_if(|held| held.is_err()) {
            self.is_over = true;
            return Some(Err((self.input(self.root.clone()), error.into())));
        }
        if self.is_over {
            return None;
        }
        loop {
            let entry = match self.walk.next()? {
                Ok(entry) => entry,
                Err(error) => {
                    let path = error.path().unwrap_or(&self.root).to_owned();
                    return Some(Err((self.input(path), InputsError::Walk(error).into())));
                }
            };
            if !entry.file_type().is_file() {
                continue;
            }
            let input = self.input(entry.into_path());
            let Some(below) = &input.below else { continue };
            if !filter.wants(below) {
                continue;
            }
            if self.unseen {
                return Some(Ok(input));
            }
            match Self::kind(&input) {
                Ok(kind) if filter.kinds.takes(kind) => return Some(Ok(input)),
                Ok(_) => self.foreign = self.foreign.saturating_add(1),
                Err(error) => return Some(Err((input, error))),
            }
        }
    }

    fn input(&self, path: PathBuf) -> Input {
        let below = path.strip_prefix(&self.root).map_or_else(|_| path.clone(), Path::to_owned);
        let root = self.held.as_ref().and_then(|held| held.as_ref().ok()).cloned();
        Input { name: Name::Path(path), below: Some(below), root, within: None, title: None }
    }

    /// How many files there are that may be wanted.
    pub(super) fn count(mut self, filter: &Filter) -> u64 {
        let mut count = 0_u64;
        self.unseen = true;
        while let Some(next) = self.next(filter) {
            count = count.saturating_add(u64::from(next.is_ok()));
        }
        count
    }

    /// What a file is.
    fn kind(input: &Input) -> Result<Option<Kind>> {
        let Name::Path(path) = &input.name else { return Ok(None) };
        kind_of(&input.open(path)?)
    }
}
