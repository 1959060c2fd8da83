//! What a file says about its encryption, as far as the objects in it have to agree with it.
//!
//! ```text
//!   moov/trak   tenc, seig ─▶ key ids     schm ─▶ scheme      what a pssh box in moov is for
//!   moof/traf   seig, PIFF senc ─▶ key ids                    what a pssh box in that moof is for
//! ```

use super::{Document, Found};
use crate::Result;
use crate::refused::Refused;
use prkit_bmff::{BoxHeader, FragmentKeys, Layout, Seig, Tenc, Track, Unread, Where};
use prkit_playready::{Encryption, Header, KeyId};

/// What the boxes around an object say.
///
/// # Errors
///
/// The file cannot be read.
pub fn encryption_of(document: &Document, found: &Found) -> Result<Encryption> {
    let Some(layout) = &document.layout else { return Ok(Encryption::default()) };
    let mut said = Encryption::default();
    for track in layout.tracks() {
        said.unread.extend(track.unread.iter().map(ToString::to_string));
        for entry in &track.entries {
            said.schemes.extend(entry.schemes.iter().map(|scheme| scheme.0));
            for tenc in entry.tenc.iter().filter(|tenc| tenc.protected) {
                add(&mut said, *tenc);
            }
        }
        for seig in track.seig.iter().filter(|seig| seig.protected) {
            add(&mut said, tenc_of(*seig));
        }
    }
    let of_moof = |index: usize, moof: &BoxHeader| {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        layout.keys_of(document.content.source(), index, moof)
    };
    let protected = |keys: &FragmentKeys| -> Vec<Tenc> {
        keys.seig.iter().filter(|seig| seig.protected).map(|seig| tenc_of(*seig)).collect()
    };
    if let Some((index, moof)) = moof_of(layout, found) {
        let keys = of_moof(index, moof)?;
        let own = protected(&keys);
        if !own.is_empty() {
            said.kids.clear();
            for tenc in own {
                add(&mut said, tenc);
            }
        }
        said.unread.extend(keys.unread.iter().map(ToString::to_string));
    } else if said.kids.is_empty() {
        // Keys that rotate from the start: `tenc` is all zeros, and only the fragments name them.
        for (index, moof) in layout.whole(document.content.source())?.moofs().enumerate() {
            let keys = of_moof(index, moof)?;
            for tenc in protected(&keys) {
                add(&mut said, tenc);
            }
            said.unread.extend(keys.unread.first().map(ToString::to_string));
        }
    }
    said.schemes.dedup();
    Ok(said)
}

/// The same with the keys of fragments that have no object of their own: a header in front of them has to name those, too.
///
/// # Errors
///
/// As for [`encryption_of`].
pub fn encryption_below(document: &Document, found: &Found) -> Result<Encryption> {
    let mut said = encryption_of(document, found)?;
    let Some(layout) = document.layout.as_ref().filter(|layout| moof_of(layout, found).is_none()) else {
        return Ok(said);
    };
    let source = document.content.source();
    for (index, moof) in (0..).zip(layout.whole(source)?.moofs()) {
        let keys = layout.keys_of(source, index, moof)?;
        if keys.has_playready {
            continue;
        }
        for seig in keys.seig.iter().filter(|seig| seig.protected) {
            add(&mut said, tenc_of(*seig));
        }
        if said.unread.is_empty() {
            said.unread.extend(keys.unread.iter().map(ToString::to_string));
        }
    }
    Ok(said)
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
pub fn keys_in_fragments(document: &Document) -> Result<InFragments> {
    let mut said = InFragments::default();
    let Some(layout) = &document.layout else { return Ok(said) };
    let in_groups = layout.tracks().iter().flat_map(|track| &track.seig).map(|seig| seig.kid);
    let of_tracks: Vec<KeyId> = layout.tracks().iter().flat_map(Track::key_ids).chain(in_groups).collect();
    for (index, moof) in (0..).zip(layout.moofs()) {
        let keys = layout.keys_of(document.content.source(), index, moof)?;
        for kid in keys.seig.iter().filter(|seig| seig.protected).map(|seig| seig.kid) {
            if kid != KeyId::NIL && !of_tracks.contains(&kid) && !said.kids.contains(&kid) {
                said.kids.push(kid);
            }
        }
        let room = NAMED.saturating_sub(said.unread.len());
        said.unread.extend(keys.unread.into_iter().take(room));
    }
    Ok(said)
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
    if named.is_empty() { Ok(encryption_of(document, found)?.kids) } else { Ok(named) }
}

/// An object for keys none of which the file uses is refused; keys beyond those of the file are normal, as one header may
/// be for audio and video.
///
/// # Errors
///
/// As for [`encryption_of`].
pub fn strangers(document: &Document, found: &Found, named: &[KeyId]) -> Result<Option<Refused>> {
    let Some(layout) = document.layout.as_ref().filter(|_| !named.is_empty()) else { return Ok(None) };
    let here = encryption_of(document, found)?;
    let mut used = here.kids;
    let mut is_sure = here.unread.is_empty();
    let is_used = |used: &[KeyId]| named.iter().any(|kid| used.contains(kid));
    if is_used(&used) {
        return Ok(None);
    }
    used.extend(layout.tracks().iter().flat_map(Track::key_ids));
    let groups = layout.tracks().iter().flat_map(|track| &track.seig);
    used.extend(groups.filter(|seig| seig.protected).map(|seig| seig.kid));
    for (index, moof) in (0..).zip(layout.whole(document.content.source())?.moofs()) {
        let keys = layout.keys_of(document.content.source(), index, moof)?;
        used.extend(keys.seig.iter().filter(|seig| seig.protected).map(|seig| seig.kid));
        is_sure &= keys.unread.is_empty();
    }
    used.retain(|kid| *kid != KeyId::NIL);
    used.sort_unstable();
    used.dedup();
    if used.is_empty() || !is_sure || is_used(&used) {
        return Ok(None);
    }
    let list = |kids: &[KeyId]| kids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    Ok(Some(Refused::Strangers { named: list(named), used: list(&used) }))
}

fn add(said: &mut Encryption, tenc: Tenc) {
    if tenc.kid != KeyId::NIL && !said.kids.contains(&tenc.kid) {
        said.kids.push(tenc.kid);
    }
    if !said.iv_sizes.contains(&tenc.iv_size) {
        said.iv_sizes.push(tenc.iv_size);
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
