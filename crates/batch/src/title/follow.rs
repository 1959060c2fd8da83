//! From a manifest to everything local that it names.
//!
//! ```text
//!   show.m3u8 ─▶ video.m3u8 ─▶ init.mp4, 1.m4s, …
//!   show.ism  ─▶ show.ismc, show.ismv
//! ```

use super::{Local, Located, OutsideRoots, Title};
use crate::Result;
use crate::input::Document;
use crate::writing::WriteError;
use prkit_manifest::{Manifest, Presentation, Role};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Playlists that name playlists that name playlists …
const MAX_DEPTH: usize = 3;
/// Documents of one presentation.
const MAX_DOCUMENTS: usize = 1000;

/// A document and what it refers to.
pub(crate) struct Doc {
    pub(crate) local: Local,
    /// Where its references lead.
    pub(crate) title: Arc<Title>,
    pub(crate) presentation: Presentation,
}

/// Local files by the place that they have in a presentation.
#[derive(Default)]
pub(crate) struct Followed {
    /// The document itself, then those that it names.
    pub(crate) docs: Vec<Doc>,
    /// Everything else, in the order in which it is named.
    pub(crate) media: Vec<Local>,
    known: BTreeSet<PathBuf>,
    /// Those of the media that have their own headers: initialisation segments, and files with everything in them.
    pub(crate) carrying: BTreeSet<PathBuf>,
    /// Addresses on other machines, and of files that are not there: how many, and the first.
    pub(crate) remote: (usize, Option<String>),
    pub(crate) missing: (usize, Option<String>),
    /// References that lead out of the roots.
    pub(crate) outside: OutsideRoots,
    /// Where those to documents and files with headers would lead: names to be compared, nothing to be opened.
    pub(crate) beyond: BTreeSet<PathBuf>,
}

/// Opens a document by its resolved path and shows it; `None` when it is none.
pub(crate) type Open<'o> = &'o mut dyn FnMut(&Local, &mut dyn FnMut(&Manifest) -> Result<()>) -> Result<()>;

impl Followed {
    /// Follows all references of a document that is there.
    pub(crate) fn follow(&mut self, title: &Arc<Title>, open: Open<'_>) -> Result<()> {
        let Some(manifest) = &title.manifest else { return Ok(()) };
        self.document(manifest, "", title, open, 0)
    }

    /// All files.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Local> {
        self.docs.iter().map(|doc| &doc.local).chain(&self.media)
    }

    fn document(
        &mut self,
        local: &Local,
        base: &str,
        title: &Arc<Title>,
        open: Open<'_>,
        depth: usize,
    ) -> Result<()> {
        if self.docs.iter().any(|doc| doc.local.path == local.path) {
            return Ok(());
        }
        if depth > MAX_DEPTH || self.docs.len() >= MAX_DOCUMENTS {
            let (documents, depth) = (MAX_DOCUMENTS, MAX_DEPTH);
            return Err(WriteError::TooManyDocuments { documents, depth }.into());
        }
        let mut read = None;
        open(local, &mut |manifest| {
            read = Some(manifest.presentation(base, &**title)?);
            Ok(())
        })?;
        let Some(presentation) = read else { return Err(WriteError::NoManifest.into()) };
        let mut children = Vec::new();
        // Ranges of one file name it again and again.
        let mut last: Option<(&[String], Located<'_>)> = None;
        for reference in &presentation.references {
            let found = match last.take() {
                Some((urls, found)) if urls == reference.urls => found,
                _ => title.locate(&reference.urls),
            };
            let not_followed = match last.insert((&reference.urls, found)).1.clone() {
                Located::File(file, url) if reference.role.is_document() => {
                    children.push((file, url.to_owned()));
                    continue;
                }
                Located::File(file, _) => {
                    if matches!(reference.role, Role::Init | Role::Whole) {
                        self.carrying.insert(file.path.clone());
                    }
                    if self.known.insert(file.path.clone()) {
                        self.media.push(file);
                    }
                    continue;
                }
                Located::Outside(outside) => {
                    if !matches!(reference.role, Role::Media) {
                        self.beyond.extend(outside.path().map(Path::to_owned));
                    }
                    self.outside.add(outside);
                    continue;
                }
                Located::Remote => &mut self.remote,
                Located::Missing => &mut self.missing,
            };
            let (count, first) = not_followed;
            *count = count.saturating_add(1);
            if first.is_none() {
                *first = reference.urls.first().cloned();
            }
        }
        self.docs.push(Doc { local: local.clone(), title: Arc::clone(title), presentation });
        for (child, url) in children {
            self.document(&child, &url, title, open, depth.saturating_add(1))
                .map_err(|error| WriteError::member(crate::shown(&child.shown), error))?;
        }
        Ok(())
    }
}

/// Opens a manifest for its references.
pub(crate) fn show_manifest(local: &Local, show: &mut dyn FnMut(&Manifest) -> Result<()>) -> Result<()> {
    Document::manifest_in(local.open()?)?.map_or(Ok(()), |opened| show(&opened.manifest))
}
