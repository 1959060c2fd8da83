//! Files below a folder.
//!
//! Hidden files are skipped, links are not followed without `-L`, and what a file is called does not matter: the first
//! bytes tell. Foreign files are counted and are no failures.

use super::detect;
use super::names::{Input, Name};
use crate::args::{InputArgs, Kind};
use crate::exit::Stop;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use prkit_apply::FileSource;
use prkit_plan::{Source as _, Span};
use std::path::{Path, PathBuf};
use walkdir::{DirEntry, WalkDir};

/// Which files of a folder are wanted.
pub(crate) struct Filter {
    include: Option<Globs>,
    exclude: Globs,
    kinds: Vec<Kind>,
    follow: bool,
}

/// Patterns for names, and those with a slash for paths.
struct Globs {
    names: GlobSet,
    paths: GlobSet,
}

impl Filter {
    pub(crate) fn new(args: &InputArgs) -> Result<Self, Stop> {
        let include = if args.include.is_empty() { None } else { Some(Globs::new(&args.include)?) };
        let exclude = Globs::new(&args.exclude)?;
        Ok(Self { include, exclude, kinds: args.kinds.clone(), follow: args.follow })
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
    walk: walkdir::FilterEntry<walkdir::IntoIter, fn(&DirEntry) -> bool>,
    /// Files that are none of ours.
    pub(crate) foreign: u64,
    head: Vec<u8>,
}

/// What is read of a file to tell what it is.
const HEAD: u64 = 4096;

impl Folder {
    pub(crate) fn new(root: &Path, filter: &Filter) -> Self {
        let is_visible: fn(&DirEntry) -> bool =
            |entry| entry.depth() == 0 || !entry.file_name().as_encoded_bytes().starts_with(b".");
        let walk = WalkDir::new(root).follow_links(filter.follow).sort_by_file_name();
        Self {
            root: root.to_owned(),
            walk: walk.into_iter().filter_entry(is_visible),
            foreign: 0,
            head: Vec::new(),
        }
    }

    /// The next file that is wanted, or a path that cannot be looked at.
    pub(crate) fn next(&mut self, filter: &Filter) -> Option<Result<Input, (Input, String)>> {
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
            match self.kind(&input) {
                Ok(Some(kind)) if filter.kinds.is_empty() || filter.kinds.contains(&kind) => {
                    return Some(Ok(input));
                }
                Ok(_) => self.foreign = self.foreign.saturating_add(1),
                Err(error) => return Some(Err((input, error))),
            }
        }
    }

    fn input(&self, path: PathBuf) -> Input {
        let below = path.strip_prefix(&self.root).map_or_else(|_| path.clone(), Path::to_owned);
        Input { name: Name::Path(path), below: Some(below) }
    }

    /// What a file is, if it is taken from folders.
    fn kind(&mut self, input: &Input) -> Result<Option<Kind>, String> {
        let Name::Path(path) = &input.name else { return Ok(None) };
        let source = FileSource::open(path).map_err(|error| error.to_string())?;
        let head = Span::new(0, source.len().min(HEAD));
        source.read_at(head, &mut self.head).map_err(|error| format!("cannot be read: {error}"))?;
        let kind = detect::by_head(&self.head, source.len());
        Ok(kind.filter(|kind| matches!(kind, Kind::Mp4 | Kind::Mpd | Kind::M3u8 | Kind::Ism)))
    }
}
