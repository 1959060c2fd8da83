//! What is changed together: manifests that are inputs, those that share files with them, and those that name an input.

use super::Root;
use crate::input::{Content, Document, Input, Name};
use crate::title::{Followed, Roots, Title, show_manifest};
use crate::writing::{Target, WriteError, Writing};
use crate::{Error, Result};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Manifests, the files that each of them leads to, and inputs that are none.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) roots: Vec<Root>,
    pub(super) files: Vec<Vec<PathBuf>>,
    pub(super) others: Vec<Input>,
    known: BTreeSet<PathBuf>,
    /// Manifests that cannot be taken in.
    failed: BTreeSet<PathBuf>,
}

impl Gathered {
    /// Takes in an input: a manifest with all files that it leads to, or something else.
    pub(super) fn take(&mut self, input: &Input, titles: &Roots) -> Result<()> {
        let taken = self.try_to_take(input, titles);
        if let (Err(_), Name::Path(path)) = (&taken, &input.name) {
            self.failed.extend(path.canonicalize());
        }
        taken
    }

    fn try_to_take(&mut self, input: &Input, titles: &Roots) -> Result<()> {
        let title = match &input.name {
            Name::Path(path) if Document::manifest_at(path)?.is_some() => {
                titles.title(path, input.below.as_deref())?
            }
            Name::Asset { store, id } if Document::manifest_in(Content::open(input)?)?.is_some() => {
                Title::stored(store, id)
            }
            _ => {
                self.others.push(input.clone());
                return Ok(());
            }
        };
        let title = Arc::new(title);
        let Some(local) = title.manifest.clone() else { return Ok(()) };
        let mut followed = Followed::default();
        followed.follow(&title, &mut |local, show| show_manifest(local, show))?;
        if !followed.outside.is_empty() {
            return Err(WriteError::Outside(followed.outside).into());
        }
        self.files.push(followed.files().map(|file| file.path.clone()).collect());
        self.known.insert(local.path.clone());
        self.roots.push(Root { input: input.clone(), title, local, blocked_by: None });
        Ok(())
    }
}

impl Writing<'_> {
    /// Takes in the manifests that nobody named and that share files with what somebody named; gives those that cannot be.
    pub(super) fn complete(&self, gathered: &mut Gathered, titles: &Roots) -> Vec<(Input, Error)> {
        let Some(guard) = &self.guard else { return Vec::new() };
        let named = |input: &Input| match &input.name {
            Name::Path(path) => Some((input.clone(), path.canonicalize().ok()?)),
            _ => None,
        };
        // What stands beside a manifest in a store, nobody looks for.
        let files = gathered.roots.iter().filter(|root| root.local.is_file());
        let roots = files.map(|root| (root.input.clone(), root.local.path.clone()));
        let named: Vec<_> = roots.chain(gathered.others.iter().filter_map(named)).collect();
        let mut failed = Vec::new();
        for (input, path) in named {
            let manifests = match guard.manifests_with(self, &input, &path) {
                Ok(manifests) => manifests,
                Err(error) => {
                    failed.push((input, error));
                    continue;
                }
            };
            for manifest in &manifests {
                if !gathered.failed.contains(manifest) && gathered.known.insert(manifest.clone()) {
                    let other = beside(&input, &path, manifest);
                    if let Err(error) = gathered.take(&other, titles) {
                        failed.push((other, error));
                    }
                }
            }
            // A title is not changed without one of its manifests.
            if let Some(broken) = manifests.iter().find(|manifest| gathered.failed.contains(*manifest)) {
                let is_of_it =
                    |root: &&mut Root| root.local.path == path || manifests.contains(&root.local.path);
                for root in gathered.roots.iter_mut().filter(is_of_it) {
                    root.blocked_by = Some(broken.clone());
                }
            }
        }
        failed
    }

    /// Refuses a presentation whose other manifests cannot be changed with it.
    pub(super) fn refuse_blocked(roots: &[Root]) -> Result<()> {
        let broken = roots.iter().find_map(|root| root.blocked_by.as_deref());
        broken.map_or(Ok(()), |broken| Err(WriteError::Title { file: crate::shown_here(broken) }.into()))
    }

    /// Refuses a presentation that a manifest above its folder would disagree with.
    pub(super) fn refuse_above(&self, roots: &[Root]) -> Result<()> {
        let is_in_place = matches!(self.target, Target::InPlace | Target::DryRun);
        let Some(guard) = self.guard.as_ref().filter(|_| is_in_place) else { return Ok(()) };
        for root in roots.iter().filter(|root| root.local.is_file()) {
            let above = guard.manifest_above(&root.input, &root.local.path)?;
            let is_here = |manifest: &PathBuf| roots.iter().any(|root| root.local.path == *manifest);
            if let Some(manifest) = above.filter(|manifest| !is_here(manifest)) {
                return Err(WriteError::Above { manifest }.into());
            }
        }
        Ok(())
    }
}

/// A manifest as an input like another one that has this one name: found in the same walk, and shown from the same place.
fn beside(input: &Input, path: &Path, manifest: &Path) -> Input {
    let Name::Path(named) = &input.name else { return Input::of_path(manifest) };
    let walked = input.below.as_ref().and_then(|below| path.ancestors().nth(below.components().count()));
    // The folder of what was named, or the one above.
    let own = || path.ancestors().skip(1).take(2).find(|own| manifest.starts_with(own));
    let root = walked.or_else(own);
    let below = root.and_then(|root| manifest.strip_prefix(root).ok()).map(Path::to_owned);
    let shown = named.ancestors().zip(path.ancestors()).skip(1).find_map(|(shown, folder)| {
        let rest = manifest.strip_prefix(folder).ok()?;
        let there = if shown.as_os_str().is_empty() { Path::new(".") } else { shown };
        there.canonicalize().is_ok_and(|there| there == folder).then(|| shown.join(rest))
    });
    let root = input.root.clone().filter(|_| below.is_some());
    Input { below, root, ..Input::of_path(&shown.unwrap_or_else(|| manifest.to_owned())) }
}
