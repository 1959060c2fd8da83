//! An opened manifest, and what is asked of it again and again.

use super::applied::{Applied, Objects};
use super::whereabouts::{Led, Whereabouts};
use crate::input::{Opened, Reach};
use crate::title::Title;
use prkit_manifest::{DescriptorKind, Presentation, Role};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

/// An opened manifest.
pub struct Doc {
    pub name: String,
    /// Its file, by its one name.
    pub(super) path: Option<PathBuf>,
    /// Where its references lead in local files, where there are any.
    pub(super) title: Option<Rc<Title>>,
    /// What they lead through to other machines.
    pub(super) reach: Option<Arc<dyn Reach>>,
    pub opened: Opened,
    pub presentation: Presentation,
    pub held: Objects,
    /// Playlists that it names.
    pub children: Vec<PathBuf>,
}

impl Doc {
    /// Whether it is a multivariant playlist.
    pub fn names_playlists(&self) -> bool {
        let roles = [Role::Playlist, Role::KeyFrames];
        self.presentation.references.iter().any(|reference| roles.contains(&reference.role))
    }

    /// The numbers of descriptors of one kind.
    pub fn descriptors_of(&self, kind: DescriptorKind) -> Vec<usize> {
        let descriptors = self.opened.manifest.descriptors().iter().enumerate();
        descriptors.filter(|(_, descriptor)| descriptor.kind == kind).map(|(i, _)| i).collect()
    }

    /// What some descriptors say.
    pub fn applied(&self, descriptors: &[usize]) -> Applied {
        Applied::new(&self.name, &self.opened.manifest, &self.held, descriptors)
    }

    /// The file that a byte range counts in.
    pub(super) fn leads_to(&self, urls: &[String]) -> Option<Whereabouts> {
        self.led(urls).into_to()
    }

    pub(super) fn led(&self, urls: &[String]) -> Led {
        Led::of(self.title.as_deref(), self.reach.as_ref(), urls)
    }
}
