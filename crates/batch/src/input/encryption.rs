//! What a file says about its encryption, as far as the objects in it have to agree with it.
//!
//! ```text
//!   moov/trak   tenc, seig ─▶ key ids     schm ─▶ scheme      what a pssh box in moov is for
//!   moof/traf   seig, PIFF senc ─▶ key ids                    what a pssh box in that moof is for
//! ```

use super::{Document, Found};
use crate::Result;
use crate::refused::Refused;
use crate::work::count;
use prkit_bmff::{BoxHeader, Layout, Seig, Tenc, Track, Unread, Where};
use prkit_manifest::{Descriptor, Manifest};
use prkit_playready::{Encryption, Header, KeyId, Version};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// What was read of the boxes around objects: many objects stand in one fragment, and ask for the same.
#[derive(Debug, Default)]
pub(crate) struct Around {
    /// For objects that stand in no fragment.
    file: OnceLock<Arc<Encryption>>,
    /// The same, with fragments that have no object.
    below: OnceLock<Arc<Encryption>>,
    /// The fragment that was asked about last. Objects come in file order, so one is enough.
    fragment: Mutex<Option<(usize, Arc<Encryption>)>>,
    used: OnceLock<Used>,
    in_fragments: OnceLock<InFragments>,
}

/// All keys of a file.
#[derive(Debug)]
struct Used {
    kids: HashSet<KeyId>,
    /// Whether every box about keys was understood.
    is_sure: bool,
}

impl Around {
    pub(crate) const fn new() -> Self {
        Self {
            file: OnceLock::new(),
            below: OnceLock::new(),
            fragment: Mutex::new(None),
            used: OnceLock::new(),
            in_fragments: OnceLock::new(),
        }
    }
}

/// What the boxes around an object say.
///
/// # Errors
///
/// The file cannot be read.
pub fn encryption_of(document: &Document, found: &Found) -> Result<Arc<Encryption>> {
    let Some(layout) = &document.layout else { return Ok(Arc::default()) };
    let Some((index, moof)) = moof_of(layout, found) else {
        if let Some(known) = document.around.file.get() {
            return Ok(Arc::clone(known));
        }
        let said = Arc::new(of_file(document, layout)?);
        return Ok(Arc::clone(document.around.file.get_or_init(|| said)));
    };
    let mut last = document.around.fragment.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, known)) = last.as_ref().filter(|(known, _)| *known == index) {
        return Ok(Arc::clone(known));
    }
    let said = Arc::new(of_fragment(document, layout, index, moof)?);
    *last = Some((index, Arc::clone(&said)));
    Ok(said)
}

/// The same with the keys of fragments that have no object of their own: a header in front of them has to name those, too.
///
/// # Errors
///
/// As for [`encryption_of`].
pub fn encryption_below(document: &Document, found: &Found) -> Result<Arc<Encryption>> {
    let Some(layout) = document.layout.as_ref().filter(|layout| moof_of(layout, found).is_none()) else {
        return encryption_of(document, found);
    };
    if let Some(known) = document.around.below.get() {
        return Ok(Arc::clone(known));
    }
    let mut saying = of_tracks(layout);
    let has_none = saying.said.kids.is_empty();
    for (index, moof) in (0..).zip(layout.whole(document.content.source())?.moofs()) {
        count(1);
        let keys = layout.keys_of(document.content.source(), index, moof)?;
        if has_none || !keys.has_playready {
            keys.seig.iter().filter(|seig| seig.protected).for_each(|seig| saying.add(tenc_of(*seig)));
            saying.said.unread.extend(keys.unread.first().map(ToString::to_string));
        }
    }
    let said = Arc::new(saying.said);
    Ok(Arc::clone(document.around.below.get_or_init(|| said)))
}

/// What the fragments of a file say about keys.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct InFragments {
    /// Keys that no track names, in order, each once.
    pub kids: Vec<KeyId>,
    /// Boxes about keys that are not read; the first ones.
    pub unread: Vec<Unread>,
}

/// How many boxes of fragments are named that are not read.
const NAMED: usize = 32;

/// The keys of those fragments that were asked for.
///
/// # Errors
///
/// The file cannot be read.
pub fn keys_in_fragments(document: &Document) -> Result<&InFragments> {
    if let Some(known) = document.around.in_fragments.get() {
        return Ok(known);
    }
    let mut said = InFragments::default();
    if let Some(layout) = &document.layout {
        read_fragments(document, layout, &mut said)?;
    }
    Ok(document.around.in_fragments.get_or_init(|| said))
}

fn read_fragments(document: &Document, layout: &Layout, said: &mut InFragments) -> Result<()> {
    let in_groups = layout.tracks().iter().flat_map(|track| &track.seig).map(|seig| seig.kid);
    let of_tracks = layout.tracks().iter().flat_map(Track::key_ids).chain(in_groups);
    // Most fragments name no key.
    let mut known = None;
    let of_tracks = || of_tracks.clone().chain([KeyId::NIL]).collect::<HashSet<KeyId>>();
    for (index, moof) in (0..).zip(layout.moofs()) {
        count(1);
        let keys = layout.keys_of(document.content.source(), index, moof)?;
        for kid in keys.seig.iter().filter(|seig| seig.protected).map(|seig| seig.kid) {
            if known.get_or_insert_with(of_tracks).insert(kid) {
                said.kids.push(kid);
            }
        }
        let room = NAMED.saturating_sub(said.unread.len());
        said.unread.extend(keys.unread.into_iter().take(room));
    }
    Ok(())
}

/// What `moov` says.
fn of_tracks(layout: &Layout) -> Saying {
    let mut saying = Saying::default();
    for track in layout.tracks() {
        saying.said.unread.extend(track.unread.iter().map(ToString::to_string));
        for entry in &track.entries {
            saying.said.schemes.extend(entry.schemes.iter().map(|scheme| scheme.0));
            entry.tenc.iter().filter(|tenc| tenc.protected).for_each(|tenc| saying.add(*tenc));
        }
        track.seig.iter().filter(|seig| seig.protected).for_each(|seig| saying.add(tenc_of(*seig)));
    }
    saying.said.schemes.dedup();
    saying
}

fn of_fragment(document: &Document, layout: &Layout, index: usize, moof: &BoxHeader) -> Result<Encryption> {
    count(1);
    let mut saying = of_tracks(layout);
    let index = u32::try_from(index).unwrap_or(u32::MAX);
    let keys = layout.keys_of(document.content.source(), index, moof)?;
    let mut own = keys.seig.iter().filter(|seig| seig.protected).map(|seig| tenc_of(*seig)).peekable();
    if own.peek().is_some() {
        saying.said.kids.clear();
        saying.known.clear();
    }
    own.for_each(|tenc| saying.add(tenc));
    saying.said.unread.extend(keys.unread.iter().map(ToString::to_string));
    Ok(saying.said)
}

fn of_file(document: &Document, layout: &Layout) -> Result<Encryption> {
    let mut saying = of_tracks(layout);
    if saying.said.kids.is_empty() {
        // Keys that rotate from the start: `tenc` is all zeros, and only the fragments name them.
        for (index, moof) in (0..).zip(layout.whole(document.content.source())?.moofs()) {
            count(1);
            let keys = layout.keys_of(document.content.source(), index, moof)?;
            keys.seig.iter().filter(|seig| seig.protected).for_each(|seig| saying.add(tenc_of(*seig)));
            saying.said.unread.extend(keys.unread.first().map(ToString::to_string));
        }
    }
    Ok(saying.said)
}

/// The keys an object is for: those of its header, else those of the file around it, as in a fragment that has only a
/// store.
///
/// # Errors
///
/// As for [`encryption_of`].
pub fn keys_of(document: &Document, found: &Found) -> Result<Vec<KeyId>> {
    let header = Header::of_payload(&found.data);
    let named = header.map(|header| header.key_ids()).unwrap_or_default();
    if named.is_empty() { Ok(encryption_of(document, found)?.kids.clone()) } else { Ok(named) }
}

/// An object for keys none of which the file uses is refused; keys beyond those of the file are normal, as one header may
/// be for audio and video.
///
/// # Errors
///
/// As for [`encryption_of`].
pub fn strangers(document: &Document, found: &Found, named: &[KeyId]) -> Result<Option<Refused>> {
    if named.is_empty() || document.layout.is_none() && document.manifest.is_none() {
        return Ok(None);
    }
    let here = encryption_of(document, found)?;
    let own = document.manifest.as_ref().map(|opened| own_kids(&opened.manifest, found)).unwrap_or_default();
    if named.iter().any(|kid| here.kids.contains(kid) || own.contains(kid)) {
        return Ok(None);
    }
    // What a descriptor or a line names is for that one alone.
    let mut kids: HashSet<KeyId> = own.into_iter().collect();
    if kids.is_empty() {
        let all = used(document)?;
        kids.clone_from(&all.kids);
        kids.extend(&here.kids);
        if !all.is_sure || !here.unread.is_empty() || named.iter().any(|kid| kids.contains(kid)) {
            return Ok(None);
        }
    }
    if kids.is_empty() {
        return Ok(None);
    }
    let mut kids: Vec<KeyId> = kids.into_iter().collect();
    kids.sort_unstable();
    let list = |kids: &[KeyId]| kids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    Ok(Some(Refused::Strangers { named: list(named), used: list(&kids) }))
}

/// Key IDs of a descriptor or a line.
fn kids_of(descriptor: &Descriptor) -> impl Iterator<Item = KeyId> {
    descriptor.kids.iter().filter_map(|kid| kid.id).filter(|kid| *kid != KeyId::NIL)
}

/// Those of the one around an object of a document.
fn own_kids(manifest: &Manifest, found: &Found) -> Vec<KeyId> {
    let descriptor = manifest.objects().get(found.index).and_then(|object| object.descriptor);
    descriptor.and_then(|index| manifest.descriptors().get(index)).into_iter().flat_map(kids_of).collect()
}

/// Why no key can be taken from a header that should name one.
pub(crate) fn lacks_key(header: &Header<'_>) -> Option<&'static str> {
    let kids = header.kids();
    match header.version() {
        _ if kids.iter().any(|kid| kid.id.is_some()) => None,
        _ if !kids.is_empty() => Some("names a key id that cannot be read"),
        // From 4.1 on a header may leave the key to the application (VER-05).
        None | Some(Version::V4_0) => Some("names no key"),
        Some(_) => None,
    }
}

/// All keys that tracks and fragments use, or that a document names.
fn used(document: &Document) -> Result<&Used> {
    if let Some(known) = document.around.used.get() {
        return Ok(known);
    }
    let Some(layout) = &document.layout else {
        let mut kids = HashSet::new();
        if let Some(opened) = &document.manifest {
            kids.extend(opened.manifest.descriptors().iter().flat_map(kids_of));
            kids.extend(opened.manifest.content_key_ids());
        }
        kids.remove(&KeyId::NIL);
        return Ok(document.around.used.get_or_init(|| Used { kids, is_sure: true }));
    };
    let mut used = Used { kids: layout.tracks().iter().flat_map(Track::key_ids).collect(), is_sure: true };
    let groups = layout.tracks().iter().flat_map(|track| &track.seig);
    used.kids.extend(groups.filter(|seig| seig.protected).map(|seig| seig.kid));
    for (index, moof) in (0..).zip(layout.whole(document.content.source())?.moofs()) {
        count(1);
        let keys = layout.keys_of(document.content.source(), index, moof)?;
        used.kids.extend(keys.seig.iter().filter(|seig| seig.protected).map(|seig| seig.kid));
        used.is_sure &= keys.unread.is_empty();
    }
    used.kids.remove(&KeyId::NIL);
    Ok(document.around.used.get_or_init(|| used))
}

/// What is said, and which keys of it are known: a file may name a hundred thousand.
#[derive(Default)]
struct Saying {
    said: Encryption,
    known: HashSet<KeyId>,
}

impl Saying {
    fn add(&mut self, tenc: Tenc) {
        if tenc.kid != KeyId::NIL && self.known.insert(tenc.kid) {
            self.said.kids.push(tenc.kid);
        }
        if !self.said.iv_sizes.contains(&tenc.iv_size) {
            self.said.iv_sizes.push(tenc.iv_size);
        }
    }
}

const fn tenc_of(seig: Seig) -> Tenc {
    Tenc { protected: seig.protected, iv_size: seig.iv_size, kid: seig.kid }
}

/// The fragment that an object stands in: which one, from 0 as in paths of boxes, and its header.
pub fn moof_of<'l>(layout: &'l Layout, found: &Found) -> Option<(usize, &'l BoxHeader)> {
    if found.place != Some(Where::Moof) {
        return None;
    }
    layout.moof_at(found.offset)
}
