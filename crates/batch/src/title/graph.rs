//! Which manifests name which files, directly, by template, by list, or through other manifests.
//!
//! ```text
//!   m.mpd ──────▶ v.mp4, a.mp4            named_by: v.mp4 ─▶ m.mpd, m.m3u8, v.m3u8
//!   m.m3u8 ─▶ v.m3u8 ─▶ v.mp4             titles:   m.mpd, m.m3u8 and v.m3u8 are one, as they share v.mp4
//! ```
//!
//! Manifests are found by their extension, in folders that are listed once, and each is read once: opening everything to see
//! what it is would cost as much as the edit itself.

use super::{Followed, Located, Roots};
use crate::Result;
use crate::check::Joined;
use crate::input::{Document, Input, Kind, Name, Opened};
use crate::writing::WriteError;
use prkit_apply::Folder;
use prkit_manifest::{ByteRange, Oddity, OddityKind};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use walkdir::WalkDir;

/// Which manifests name which files.
#[derive(Default)]
pub(crate) struct TitleGraph {
    manifests: Vec<Manifest>,
    numbers: HashMap<PathBuf, usize>,
    named_by: HashMap<Arc<Path>, Vec<usize>>,
    ranges: HashMap<PathBuf, Vec<Ranged>>,
    titles: Joined,
    /// The manifests of titles, where that was asked.
    members: HashMap<usize, Vec<usize>>,
    /// Folders that were looked through, and how many levels below them were, too.
    searched: HashMap<PathBuf, usize>,
    /// Folders that hold a manifest themselves.
    holding: HashSet<PathBuf>,
    /// Documents whose byte ranges are known.
    ranged: HashSet<PathBuf>,
    /// Manifests that cannot be read.
    unread: Vec<(PathBuf, crate::Error)>,
}

/// A manifest.
pub(crate) struct Manifest {
    /// Its one name.
    pub(crate) path: PathBuf,
    /// As it was found.
    pub(crate) input: Input,
    pub(crate) kind: Kind,
    /// Files that it addresses by byte range, itself or through others.
    ranged: Vec<PathBuf>,
    /// Files that have headers of their own, as far as their role says: no segments.
    carrying: Vec<PathBuf>,
    /// All that it names, itself or through others, and itself.
    files: Vec<Arc<Path>>,
}

impl Manifest {
    /// All that it names, itself or through others, and itself.
    pub(crate) fn files(&self) -> &[Arc<Path>] {
        &self.files
    }
}

/// A byte range of a file.
pub(crate) struct Ranged {
    /// The manifest that it is in, by its one name.
    pub(crate) manifest: PathBuf,
    pub(crate) range: ByteRange,
}

/// So many levels below a folder with a manifest are looked through: packagers put playlists in folders of their own.
const BELOW: usize = 2;

/// Manifests that were read while a folder is looked through.
type Opens = HashMap<PathBuf, Option<Opened>>;

impl TitleGraph {
    /// Takes in the manifests of a folder, links resolved, and of so many levels of folders below it.
    pub(crate) fn search(&mut self, folder: &Path, levels: usize, titles: &Roots) {
        let reaches = |(up, above): (usize, &Path)| {
            self.searched.get(above).is_some_and(|known| *known >= levels.saturating_add(up))
        };
        if folder.ancestors().enumerate().any(reaches) {
            return;
        }
        self.searched.insert(folder.to_owned(), levels);
        self.members.clear();
        let held = if levels > 0 { Folder::resolve(folder).ok() } else { None };
        let mut opens = Opens::new();
        for path in manifests_in(folder, levels) {
            let below = path.strip_prefix(folder).ok().filter(|_| levels > 0).map(Path::to_owned);
            let root = held.clone().filter(|_| below.is_some());
            let input = Input { below, root, ..Input::of_path(&path) };
            if let Err(error) = self.add(&input, titles, &mut opens) {
                self.unread.push((path, error));
            }
        }
    }

    /// Takes in the manifests of the title of a file: those below the folder that was walked, else beside it and below, and
    /// those of the folder above where none is beside it. Gives that folder.
    pub(crate) fn search_title(&mut self, input: &Input, path: &Path, titles: &Roots) -> Option<PathBuf> {
        let walked = input.below.as_ref().and_then(|below| path.ancestors().nth(below.components().count()));
        if let Some(walked) = walked {
            self.search(walked, usize::MAX, titles);
            return Some(walked.to_owned());
        }
        let own = path.parent()?;
        self.search(own, 0, titles);
        // A folder of whatever else may have many folders below it.
        let is_root = self.is_held_in(own);
        self.search(own, if is_root { BELOW } else { 1 }, titles);
        if let Some(above) = own.parent().filter(|_| !is_root) {
            self.search(above, 0, titles);
            if self.is_held_in(above) {
                self.search(above, BELOW, titles);
            }
        }
        Some(own.to_owned())
    }

    /// Takes in a manifest.
    fn add(&mut self, input: &Input, titles: &Roots, opens: &mut Opens) -> Result<()> {
        let Name::Path(path) = &input.name else { return Ok(()) };
        let title = Arc::new(titles.title(path, input.below.as_deref())?);
        let Some(local) = title.manifest.clone() else { return Ok(()) };
        if self.numbers.contains_key(&local.path) {
            return Ok(());
        }
        let mut followed = Followed::default();
        // What one playlist of several does not say, the others say all the same.
        let all = followed.follow(&title, &mut |local, show| {
            if !opens.contains_key(&local.path) {
                opens.insert(local.path.clone(), Document::manifest_in(local.open()?)?);
            }
            let opened = opens.get(&local.path).and_then(Option::as_ref).ok_or(WriteError::NotRecognised)?;
            show(&opened.manifest)
        });
        let Some(opened) = opens.get(&local.path).and_then(Option::as_ref) else { return all };
        let is_cut = |oddity: &&Oddity| matches!(oddity.kind, OddityKind::Unclosed(_) | OddityKind::Tag);
        if let Some(oddity) = opened.manifest.oddities().iter().find(is_cut) {
            let error = WriteError::CutOff { what: oddity.kind.to_string(), position: oddity.position };
            self.unread.push((path.clone(), error.into()));
        }
        let number = self.manifests.len();
        let (path, kind) = (local.path.clone(), opened.manifest.kind().into());
        self.numbers.insert(path.clone(), number);
        self.titles.add();
        self.holding.extend(path.parent().map(Path::to_owned));
        let mut ranged = Vec::new();
        for doc in &followed.docs {
            let is_new = self.ranged.insert(doc.local.path.clone());
            let mut last: Option<(&[String], Option<PathBuf>)> = None;
            for range in &doc.presentation.ranges {
                for urls in &range.files {
                    let found = match last.take() {
                        Some((known, found)) if known == urls => found,
                        _ => match doc.title.locate(urls) {
                            Located::File(file, _) => Some(file.path),
                            // It is only compared with the names of files that are edited.
                            Located::Outside(outside) => {
                                outside.path().and_then(|path| path.canonicalize().ok())
                            }
                            Located::Missing | Located::Remote => None,
                        },
                    };
                    let (_, Some(file)) = last.insert((urls, found)) else { continue };
                    ranged.push(file.clone());
                    if is_new {
                        let (manifest, range) = (doc.local.path.clone(), range.clone());
                        self.ranges.entry(file.clone()).or_default().push(Ranged { manifest, range });
                    }
                }
            }
        }
        ranged.sort_unstable();
        ranged.dedup();
        let beyond: Vec<PathBuf> =
            followed.beyond.iter().filter_map(|path| path.canonicalize().ok()).collect();
        let named = followed.files().map(|file| file.path.as_path());
        let mut named: Vec<&Path> = named.chain(ranged.iter().chain(&beyond).map(PathBuf::as_path)).collect();
        named.sort_unstable();
        named.dedup();
        let files = named.into_iter().map(|file| self.name(file, number)).collect();
        let (input, carrying) = (input.clone(), followed.carrying.iter().cloned().collect());
        self.manifests.push(Manifest { path, input, kind, ranged, carrying, files });
        all
    }

    /// A manifest names a file, and is of one title with all others that do.
    fn name(&mut self, file: &Path, number: usize) -> Arc<Path> {
        let known = self.named_by.get_key_value(file).map(|(known, _)| Arc::clone(known));
        let file = known.unwrap_or_else(|| file.into());
        let named_by = self.named_by.entry(Arc::clone(&file)).or_default();
        if let Some(first) = named_by.first() {
            self.titles.join(*first, number);
        }
        named_by.push(number);
        file
    }

    /// The byte ranges of a file.
    pub(crate) fn ranges_of(&self, file: &Path) -> &[Ranged] {
        self.ranges.get(file).map(Vec::as_slice).unwrap_or_default()
    }

    /// The title that a file belongs to, by a number.
    pub(crate) fn title_of(&mut self, file: &Path) -> Option<usize> {
        let number = self.numbers.get(file).or_else(|| self.named_by.get(file)?.first()).copied()?;
        Some(self.titles.find(number))
    }

    /// The number of a title, which had another one before it was joined with others.
    pub(crate) fn find(&mut self, title: usize) -> usize {
        self.titles.find(title)
    }

    /// The manifests of a title.
    pub(crate) fn manifests_of(&mut self, title: usize) -> &[usize] {
        if self.members.is_empty() {
            for number in 0..self.manifests.len() {
                self.members.entry(self.titles.find(number)).or_default().push(number);
            }
        }
        self.members.get(&title).map(Vec::as_slice).unwrap_or_default()
    }

    /// The files of a title: its manifests, and what they name.
    pub(crate) fn files_of(&mut self, title: usize) -> Vec<Arc<Path>> {
        let numbers = self.manifests_of(title).to_vec();
        let manifests = numbers.iter().filter_map(|number| self.manifests.get(*number));
        let mut files: Vec<Arc<Path>> =
            manifests.flat_map(|manifest| manifest.files.iter().cloned()).collect();
        files.sort_unstable();
        files.dedup();
        files
    }

    /// Manifests of a title that no other one names.
    pub(crate) fn tops_of(&mut self, title: usize) -> Vec<&Manifest> {
        let numbers = self.manifests_of(title).to_vec();
        let is_top = |number: &usize| {
            let path = self.manifests.get(*number).map(|manifest| manifest.path.as_path());
            path.is_some_and(|path| self.naming(path) == [*number])
        };
        let tops: Vec<usize> = numbers.iter().copied().filter(is_top).collect();
        tops.into_iter().filter_map(|number| self.manifests.get(number)).collect()
    }

    /// Whether a folder itself holds a manifest.
    pub(crate) fn is_held_in(&self, folder: &Path) -> bool {
        self.holding.contains(folder)
    }

    /// How many manifests there are.
    pub(crate) fn len(&self) -> usize {
        self.manifests.len()
    }

    /// Manifests that name a file.
    pub(crate) fn naming(&self, file: &Path) -> &[usize] {
        self.named_by.get(file).map(Vec::as_slice).unwrap_or_default()
    }

    /// A manifest by its number.
    pub(crate) fn manifest(&self, number: usize) -> Option<&Manifest> {
        self.manifests.get(number)
    }

    /// Files of a title that are addressed by byte range, in the order of their names.
    pub(crate) fn ranged_files_of(&mut self, title: usize) -> Vec<PathBuf> {
        let numbers = self.manifests_of(title).to_vec();
        let manifests = numbers.iter().filter_map(|number| self.manifests.get(*number));
        let mut files: Vec<PathBuf> =
            manifests.flat_map(|manifest| manifest.ranged.iter().cloned()).collect();
        files.sort_unstable();
        files.dedup();
        files
    }

    /// Files of a title that have headers of their own.
    pub(crate) fn carrying_files_of(&mut self, title: usize) -> Vec<PathBuf> {
        let numbers = self.manifests_of(title).to_vec();
        let manifests = numbers.iter().filter_map(|number| self.manifests.get(*number));
        manifests.flat_map(|manifest| manifest.carrying.iter().cloned()).collect()
    }

    /// Manifests that could not be read since this was asked before.
    pub(crate) fn take_unread(&mut self) -> Vec<(PathBuf, crate::Error)> {
        core::mem::take(&mut self.unread)
    }
}

/// Files that are called like manifests, in a folder and so many levels below it.
fn manifests_in(folder: &Path, levels: usize) -> impl Iterator<Item = PathBuf> {
    let depth = levels.saturating_add(1);
    let walk =
        WalkDir::new(folder).max_depth(depth).sort_by(|a, b| a.path().as_os_str().cmp(b.path().as_os_str()));
    let is_visible = |entry: &walkdir::DirEntry| {
        entry.depth() == 0 || !entry.file_name().as_encoded_bytes().starts_with(b".")
    };
    let found = walk.into_iter().filter_entry(is_visible).filter_map(Result::ok);
    found
        .filter(|entry| !entry.file_type().is_dir())
        .map(walkdir::DirEntry::into_path)
        .filter(|path| manifest_by_name(path).is_some())
}

/// The manifest that a file is by its extension, if it is called like one.
pub(crate) fn manifest_by_name(path: &Path) -> Option<Kind> {
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "mpd" => Some(Kind::Mpd),
        "m3u8" => Some(Kind::M3u8),
        "ism" | "ismc" => Some(Kind::Ism),
        _ => None,
    }
}
