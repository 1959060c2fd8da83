//! What a media file says: how its tracks are encrypted, with which keys, and its objects.

use super::finding::Place;
use super::held::Held;
use crate::Result;
use crate::input::{Document, boxes_of};
use prkit_bmff::{Astray, ErrorKind, FourCc, Layout, Seig, Unread};
use prkit_manifest::MediaKind;
use prkit_plan::{Source, Span};
use prkit_playready::KeyId;
use std::collections::HashSet;

/// The facts of one file.
#[derive(Debug, Default)]
pub struct Media {
    pub name: String,
    pub len: u64,
    pub tracks: Vec<Track>,
    /// Keys of sample groups.
    pub groups: Vec<Group>,
    pub held: Vec<Held>,
    /// The boxes of the file.
    pub top: Vec<(Span, FourCc)>,
    pub fault: Option<String>,
    /// Boxes about keys of versions that are not known, and what else cannot be followed.
    pub unread: Vec<(Place, String)>,
    /// Offsets of encryption data that do not lead to it, and how many were compared.
    pub astray: Vec<Place>,
    pub led: u64,
}

/// A track of `moov`.
#[derive(Debug)]
pub struct Track {
    pub place: Place,
    pub is_encrypted: bool,
    pub scheme: Option<String>,
    /// Keys of `tenc`, without that of all zeros, which says that keys change.
    pub kids: Vec<KeyId>,
    /// Whether it holds pictures or sound.
    pub kind: Option<MediaKind>,
}

/// A sample group with keys.
#[derive(Debug)]
pub struct Group {
    pub place: Place,
    pub kids: Vec<KeyId>,
}

impl Media {
    /// The facts of an opened file; `None` when it is no MP4.
    pub fn new(name: &str, document: &Document) -> Result<Option<Self>> {
        let source = document.content.source();
        document.layout.as_ref().map(|layout| Self::of(name, layout, source)).transpose()
    }

    /// A file of which nothing is to be said.
    pub fn unseen(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// The facts of boxes.
    pub(super) fn of(name: &str, layout: &Layout, source: &dyn Source) -> Result<Self> {
        let tracks = layout.tracks().iter().enumerate().map(|(i, track)| Track {
            place: Place::of_box(name, format!("/moov/trak[{i}]")),
            is_encrypted: track.is_encrypted(),
            scheme: track.protection().and_then(|entry| entry.scheme).map(|scheme| scheme.to_string()),
            kids: track.key_ids(),
            kind: match track.handler.map(|handler| handler.0) {
                Some(handler) if handler == *b"vide" => Some(MediaKind::Video),
                Some(handler) if handler == *b"soun" => Some(MediaKind::Audio),
                _ => None,
            },
        });
        let mut unread = unread_of(name, layout, source)?;
        let (mut astray, mut led) = (Vec::new(), 0);
        if layout.faults().is_empty() {
            match layout.astray(source) {
                Ok((found, compared)) => {
                    led = compared;
                    let place = |astray: &Astray| {
                        let said = format!(
                            "leads to byte {}, and its samples in senc are at byte {}",
                            astray.target, astray.senc
                        );
                        Place::of_box(name, astray.path.to_string()).saying(said)
                    };
                    astray = found.iter().map(place).collect();
                }
                Err(error) if matches!(error.kind(), ErrorKind::Read(_)) => return Err(error.into()),
                Err(error) => unread.push((Place::of_box(name, error.path().to_string()), error.to_string())),
            }
        }
        Ok(Self {
            name: name.to_owned(),
            len: source.len(),
            tracks: tracks.collect(),
            groups: groups_of(name, layout, source)?,
            held: boxes_of(layout, &|_| true).iter().map(|found| Held::new(name, found)).collect(),
            top: layout.top().iter().map(|top| (top.span, top.kind.code())).collect(),
            fault: layout.faults().first().map(ToString::to_string),
            unread,
            astray,
            led,
        })
    }

    /// Whether any track is encrypted; `None` where no `moov` says so.
    pub fn is_encrypted(&self) -> Option<bool> {
        (!self.tracks.is_empty()).then(|| self.tracks.iter().any(|track| track.is_encrypted))
    }

    /// PlayReady's objects in `moov`, or in the file around it.
    pub fn init_objects(&self) -> impl Iterator<Item = &Held> {
        self.held.iter().filter(|held| held.is_playready && fragment_of(&held.place.at).is_none())
    }

    /// PlayReady's objects in fragments.
    pub fn fragment_objects(&self) -> impl Iterator<Item = &Held> {
        self.held.iter().filter(|held| held.is_playready && fragment_of(&held.place.at).is_some())
    }

    /// Keys of tracks, and of sample groups whose fragment has no object of its own, with their places.
    pub fn keys(&self) -> impl Iterator<Item = (&Place, KeyId)> {
        let tracks = self.tracks.iter().flat_map(|track| track.kids.iter().map(|kid| (&track.place, *kid)));
        let own: HashSet<&str> =
            self.fragment_objects().filter_map(|held| fragment_of(&held.place.at)).collect();
        let groups = self
            .groups
            .iter()
            .filter(move |group| fragment_of(&group.place.at).is_none_or(|fragment| !own.contains(fragment)));
        tracks.chain(groups.flat_map(|group| group.kids.iter().map(|kid| (&group.place, *kid))))
    }
}

/// Boxes about keys that are not understood.
fn unread_of(name: &str, layout: &Layout, source: &dyn Source) -> Result<Vec<(Place, String)>> {
    let place = |unread: &Unread| (Place::of_box(name, unread.path.to_string()), unread.to_string());
    let mut found: Vec<(Place, String)> =
        layout.tracks().iter().flat_map(|track| &track.unread).map(place).collect();
    for (index, moof) in (0..).zip(layout.moofs()) {
        let keys = layout.keys_of(source, index, moof)?;
        found.extend(keys.unread.iter().map(place));
    }
    Ok(found)
}

/// The sample groups of tracks and fragments that name keys.
fn groups_of(name: &str, layout: &Layout, source: &dyn Source) -> Result<Vec<Group>> {
    let mut groups = Vec::new();
    let mut add = |path: String, seig: &[Seig]| {
        let protected = seig.iter().filter(|seig| seig.protected);
        let kids: Vec<KeyId> = protected.map(|seig| seig.kid).filter(|kid| *kid != KeyId::NIL).collect();
        if !kids.is_empty() {
            groups.push(Group { place: Place::of_box(name, path), kids });
        }
    };
    for (i, track) in layout.tracks().iter().enumerate() {
        add(format!("/moov/trak[{i}]"), &track.seig);
    }
    for (i, moof) in layout.moofs().enumerate() {
        let index = u32::try_from(i).unwrap_or(u32::MAX);
        let keys = layout.keys_of(source, index, moof)?;
        add(format!("/moof[{i}]"), &keys.seig);
    }
    Ok(groups)
}

/// The fragment that a box path leads into: `/moof[3]`.
pub(super) fn fragment_of(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("/moof[")?;
    let end = path.len().saturating_sub(rest.len()).saturating_add(rest.find(']')?).saturating_add(1);
    path.get(..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragments_are_known_by_their_path() {
        assert_eq!(fragment_of("/moof[12]/pssh[0]"), Some("/moof[12]"));
        assert_eq!(fragment_of("/moov/pssh[0]"), None);
    }
}
