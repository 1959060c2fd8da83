//! One key for video and audio of a title: devices give the video the level of the audio (Microsoft, security levels).
//!
//! ```text
//!   MPD        default_KID of the sets with video and with audio
//!   playlists  key lines of the playlists that a multivariant playlist names for either
//!   Smooth     the key of the header, where there are streams of both
//!   CPIX       usage rules with filters for either
//!   media      tenc of tracks of either
//! ```

use super::descriptors::kids_of;
use crate::check::doc::Doc;
use crate::check::finding::{Findings, Place};
use crate::check::rule::Rule;
use crate::check::set::Set;
use prkit_manifest::{Descriptor, DescriptorKind, Kind, MediaKind};
use prkit_playready::KeyId;
use std::collections::{BTreeMap, HashSet};

/// The first place of each key, for video and for audio.
#[derive(Default)]
struct Uses(BTreeMap<(MediaKind, KeyId), Place>);

impl Uses {
    fn add(&mut self, kind: Option<MediaKind>, kid: KeyId, place: &Place) {
        if let Some(kind) = kind.filter(|_| kid != KeyId::NIL) {
            self.0.entry((kind, kid)).or_insert_with(|| place.saying(kid));
        }
    }
}

/// Compares the keys of a set, which is a title.
pub(super) fn check(set: &Set, findings: &mut Findings) {
    let mut uses = Uses::default();
    for doc in &set.docs {
        match doc.opened.manifest.kind() {
            Kind::Mpd => of_sets(doc, &mut uses),
            Kind::Smooth => of_streams(doc, &mut uses),
            Kind::M3u8 => of_playlists(doc, set, &mut uses),
            Kind::Cpix => {
                for (kid, kind) in doc.opened.manifest.key_uses() {
                    uses.add(Some(kind), kid, &Place::of_box(&doc.name, "/"));
                }
            }
            Kind::Text | Kind::Json | Kind::Soap => {}
        }
    }
    of_media(set, &mut uses);
    for ((kind, kid), video) in &uses.0 {
        let audio = uses.0.get(&(MediaKind::Audio, *kid)).filter(|_| *kind == MediaKind::Video);
        let Some(audio) = audio else { continue };
        let message = "video and audio have one key: SL3000 needs one of its own for the video";
        findings.add(Rule::SharedKey, message, [video.clone(), audio.clone()]);
    }
}

/// Adaptation sets for which there is a PlayReady descriptor.
fn of_sets(doc: &Doc, uses: &mut Uses) {
    let manifest = &doc.opened.manifest;
    for stream in &doc.presentation.streams {
        let here = || stream.descriptors.iter().filter_map(|index| manifest.descriptors().get(*index));
        if !here().any(Descriptor::is_playready) {
            continue;
        }
        let kind = stream.mime.as_deref().and_then(MediaKind::of);
        for kid in here().flat_map(|descriptor| kids_of(manifest, descriptor)) {
            uses.add(kind, kid, &Place::of_box(&doc.name, &*stream.path));
        }
    }
}

/// The one header of all streams. One with several keys does not tell which is for what.
fn of_streams(doc: &Doc, uses: &mut Uses) {
    let mut kids = doc.held.all().iter().filter(|held| held.is_playready).flat_map(|held| held.header_kids());
    let Some(kid) = kids.next().filter(|first| kids.all(|other| other == *first)) else { return };
    for reference in &doc.presentation.references {
        let path = doc.presentation.streams.get(reference.stream).map_or("/", |stream| &stream.path);
        uses.add(reference.media, kid, &Place::of_text(&doc.name, path, reference.position));
    }
}

/// Playlists that a multivariant playlist names.
fn of_playlists(doc: &Doc, set: &Set, uses: &mut Uses) {
    let by_path = set.by_path();
    let mut seen: HashSet<(usize, Option<MediaKind>)> = HashSet::new();
    for reference in doc.presentation.references.iter().filter(|reference| reference.role.is_document()) {
        let Some(file) = doc.leads_to(&reference.urls) else { continue };
        let Some(number) = by_path.get(file.key()).copied() else { continue };
        let Some(child) = set.docs.get(number).filter(|_| seen.insert((number, reference.media))) else {
            continue;
        };
        for index in child.descriptors_of(DescriptorKind::Key) {
            // A header with several keys may be for both.
            let applied = child.applied(&[index]);
            for held in &applied.held {
                if let [kid] = held.header_kids().as_slice() {
                    uses.add(reference.media, *kid, &held.place);
                }
            }
        }
    }
}

/// Tracks of the media, where anything of the title is for PlayReady.
fn of_media(set: &Set, uses: &mut Uses) {
    let media = || set.uses.iter().map(|used| &used.media).chain(&set.lone);
    let held = set.docs.iter().flat_map(|doc| doc.held.all()).chain(&set.objects).map(|held| &**held);
    if !held.chain(media().flat_map(|media| &media.held)).any(|held| held.is_playready) {
        return;
    }
    for track in media().flat_map(|media| &media.tracks) {
        for kid in &track.kids {
            uses.add(track.kind, *kid, &track.place);
        }
    }
}
