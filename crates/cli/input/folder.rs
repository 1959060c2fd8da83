//! Files below a folder.
//!
//! Hidden files are skipped, links are not followed without `-L`, and what a file is called does not matter: the first
//! bytes tell. Foreign files are counted and are no failures.

use crate::args::InputArgs;
use crate::exit::Stop;
use crate::hints::told;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use prkit_apply::Folder as Held;
use prkit_batch::{Input, Kind, Kinds, Name, kind_of};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use walkdir::{DirEntry, WalkDir};

/// Which files of a folder are wanted.
#[derive(Clone, Default)]
pub(crate) struct Filter {
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
    pub(crate) fn new(args: &InputArgs) -> Result<Self, Stop> {
        let include = if args.include.is_empty() { None } else { Some(Globs::new(&args.include)?) };
        let exclude = Globs::new(&args.exclude)?;
        Ok(Self {
            include,
            exclude,
            kinds: Kinds::new(args.kinds.iter().map(|kind| (*kind).into()).collect()),
            follow: args.follow,
        })
    }

    /// Files of any kind.
    pub(crate) fn all() -> Self {
        Self { kinds: Kinds::all(), ..Self::default() }
    }

    pub(crate) const fn kinds(&self) -> &Kinds {
        &self.kinds
    }

    fn wants(&self, below: &Path) -> bool {
        self.include.as_ref().is_none_or(|globs| globs.matches(below)) && !self.exclude.matches(below)
    }
}

impl Globs {
    fn new(patterns: &[String]) -> Result<Self, Stop> {
        let (mut names, mut paths) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        for pattern in patterns {
            let is_path = pattern.contains('/');
            let glob = GlobBuilder::new(pattern).literal_separator(is_path).build().map_err(Stop::usage)?;
            if is_path {
                paths.add(glob);
            } else {
                names.add(glob);
            }
        }
        Ok(Self { names: names.build().map_err(Stop::usage)?, paths: paths.build().map_err(Stop::usage)? })
    }

    fn matches(&self, below: &Path) -> bool {
        self.paths.is_match(below)
            || below.file_name().is_some_and(|name| self.names.is_match(Path::new(name)))
    }
}

/// A folder being walked.
pub(crate) struct Folder {
    root: PathBuf,
    /// The folder itself, where no link is followed below it: what is found is opened from here.
    held: Option<Result<Arc<Held>, String>>,
    walk: walkdir::FilterEntry<walkdir::IntoIter, fn(&DirEntry) -> bool>,
    /// Files that are none of ours.
    pub(crate) foreign: u64,
    /// Whoever opens a file tells what it is.
    unseen: bool,
    /// The folder itself cannot be opened.
    is_over: bool,
}

impl Folder {
    /// With `unseen`, files that are none of ours are not left out.
    pub(crate) fn new(root: &Path, filter: &Filter, unseen: bool) -> Self {
        let is_visible: fn(&DirEntry) -> bool =
            |entry| entry.depth() == 0 || !entry.file_name().as_encoded_bytes().starts_with(b".");
        // In one folder, paths are in the order of the names, which would have to be looked for in them every time.
        let walk = WalkDir::new(root)
            .follow_links(filter.follow)
            .sort_by(|a, b| a.path().as_os_str().cmp(b.path().as_os_str()));
        let held = (!filter.follow).then(|| Held::resolve(root).map_err(|error| error.to_string()));
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
    pub(crate) fn next(&mut self, filter: &Filter) -> Option<Result<Input, (Input, String)>> {
        if let Some(Err(_)) = &self.held {
            let (held, path) = (self.held.take(), self.root.clone());
            let error = held.and_then(Result::err).unwrap_or_default();
            self.is_over = true;
            return Some(Err((self.input(path), error)));
        }
        if self.is_over {
            return None;
        }
        loop {
            let entry = match self.walk.next()? {
                Ok(entry) => entry,
                Err(error) => {
                    let path = error.path().unwrap_or(&self.root).to_owned();
                    let reason = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                    return Some(Err((self.input(path), reason)));
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
        Input { name: Name::Path(path), below: Some(below), root, within: None }
    }

    /// How many files there are that may be wanted.
    pub(crate) fn count(mut self, filter: &Filter) -> u64 {
        let mut count = 0_u64;
        self.unseen = true;
        while let Some(next) = self.next(filter) {
            count = count.saturating_add(u64::from(next.is_ok()));
        }
        count
    }

    /// What a file is.
    fn kind(input: &Input) -> Result<Option<Kind>, String> {
        let Name::Path(path) = &input.name else { return Ok(None) };
        kind_of(&input.open(path).map_err(|error| error.to_string())?).map_err(told)
    }
}
