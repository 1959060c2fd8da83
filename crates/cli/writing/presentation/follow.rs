//! From a manifest to everything local that it names.
//!
//! ```text
//!   show.m3u8 ─▶ video.m3u8 ─▶ init.mp4, 1.m4s, …
//!   show.ism  ─▶ show.ismc, show.ismv
//! ```

use prkit_batch::check::{Around, Library, Located};
use prkit_manifest::{Manifest, Presentation};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Playlists that name playlists that name playlists …
const MAX_DEPTH: usize = 3;
/// Documents of one presentation.
const MAX_DOCUMENTS: usize = 1000;

/// A file by its one name, and as it is shown to people.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Local {
    /// Links resolved.
    pub(super) path: PathBuf,
    /// Seen from where the manifest was named.
    pub(super) shown: PathBuf,
}

impl Local {
    pub(super) fn new(shown: &Path) -> Result<Self, String> {
        let path = shown.canonicalize().map_err(|error| format!("cannot be resolved: {error}"))?;
        Ok(Self { path, shown: shown.to_owned() })
    }

    /// The folder that addresses are seen from: that of the file, not that of a link to it.
    fn folder(&self) -> PathBuf {
        let parent = |path: &Path| match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        let (shown, own) = (parent(&self.shown), parent(&self.path));
        let is_same = shown.canonicalize().is_ok_and(|resolved| resolved == own);
        match shown.as_os_str() {
            shown if is_same && shown == "." => PathBuf::new(),
            _ if is_same => shown,
            _ => own,
        }
    }
}

/// A document and what it refers to.
pub(super) struct Doc {
    pub(super) local: Local,
    /// The folder that its addresses are seen from.
    pub(super) folder: PathBuf,
    pub(super) presentation: Presentation,
}

/// Local files by the place that they have in a presentation.
#[derive(Default)]
pub(super) struct Followed {
    /// The document itself, then those that it names.
    pub(super) docs: Vec<Doc>,
    /// Everything else, in the order in which it is named.
    pub(super) media: Vec<Local>,
    known: BTreeSet<PathBuf>,
    /// Addresses on other machines, and of files that are not there: how many, and the first.
    pub(super) remote: (usize, Option<String>),
    pub(super) missing: (usize, Option<String>),
}

/// Opens a document by its resolved path and shows it; `None` when it is none.
pub(super) type Open<'o> =
    &'o mut dyn FnMut(&Local, &mut dyn FnMut(&Manifest) -> Result<(), String>) -> Result<(), String>;

impl Followed {
    /// Follows all references of a document that is there.
    pub(super) fn follow(&mut self, root: &Local, library: &Library, open: Open<'_>) -> Result<(), String> {
        self.document(root, "", &root.folder(), library, open, 0)
    }

    /// All files.
    pub(super) fn files(&self) -> impl Iterator<Item = &Local> {
        self.docs.iter().map(|doc| &doc.local).chain(&self.media)
    }

    fn document(
        &mut self,
        local: &Local,
        base: &str,
        folder: &Path,
        library: &Library,
        open: Open<'_>,
        depth: usize,
    ) -> Result<(), String> {
        if self.docs.iter().any(|doc| doc.local.path == local.path) {
            return Ok(());
        }
        if depth > MAX_DEPTH || self.docs.len() >= MAX_DOCUMENTS {
            return Err(format!("more than {MAX_DOCUMENTS} documents, or {MAX_DEPTH} that name each other"));
        }
        let mut read = None;
        open(local, &mut |manifest| {
            let around = Around { library, folder };
            read = Some(manifest.presentation(base, &around).map_err(|error| error.to_string())?);
            Ok(())
        })?;
        let Some(presentation) = read else { return Err("a manifest names it, and it is none".to_owned()) };
        let mut children = Vec::new();
        // Ranges of one file name it again and again.
        let mut last: Option<(&[String], Found<'_>)> = None;
        for reference in &presentation.references {
            let found = match last.take() {
                Some((urls, found)) if urls == reference.urls => found,
                _ => locate(library, folder, &reference.urls),
            };
            match last.insert((&reference.urls, found)).1.clone() {
                Ok((file, url)) if reference.role.is_document() => children.push((file, url.to_owned())),
                Ok((file, _)) => {
                    if self.known.insert(file.path.clone()) {
                        self.media.push(file);
                    }
                }
                Err(located) => {
                    let (count, first) =
                        if located == Located::Remote { &mut self.remote } else { &mut self.missing };
                    *count = count.saturating_add(1);
                    if first.is_none() {
                        *first = reference.urls.first().cloned();
                    }
                }
            }
        }
        self.docs.push(Doc { local: local.clone(), folder: folder.to_owned(), presentation });
        for (child, url) in children {
            self.document(&child, &url, folder, library, open, depth.saturating_add(1))
                .map_err(|error| format!("{}: {error}", crate::terminal::path(&child.shown)))?;
        }
        Ok(())
    }
}

/// A file and the address that leads to it, or where its addresses lead.
pub(super) type Found<'u> = Result<(Local, &'u str), Located>;

/// The file at the first address that leads to one, links resolved.
pub(super) fn locate<'u>(library: &Library, folder: &Path, urls: &'u [String]) -> Found<'u> {
    let mut other = Located::Missing;
    for url in urls {
        match library.locate(folder, url) {
            Located::File(path) => {
                let resolved = path.canonicalize().unwrap_or_else(|_| path.clone());
                return Ok((Local { path: resolved, shown: path }, url));
            }
            Located::Remote => other = Located::Remote,
            Located::Missing => {}
        }
    }
    Err(other)
}
