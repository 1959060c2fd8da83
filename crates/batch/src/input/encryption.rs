//! What a file says about its encryption, as far as the objects in it have to agree with it.
//!
//! ```text
//!   moov/trak   tenc, seig ─▶ key ids     schm ─▶ scheme      what a pssh box in moov is for
//!   moof/traf   seig, PIFF senc ─▶ key ids                    what a pssh box in that moof is for
//! ```

use super::{Document, Found};
use crate::Result;
use crate::refused::Refused;
use prkit_bmff::{BoxHeader, FragmentKeys, Layout, Seig, Tenc, Track, Where};
use prkit_manifest::{Descriptor, Manifest};
use prkit_playready::{Encryption, Header, KeyId, Version};

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
    if let Some(opened) = &document.manifest {
        return Ok(strangers_in_text(&opened.manifest, found, named));
    }
    let Some(layout) = document.layout.as_ref().filter(|_| !named.is_empty()) else { return Ok(None) };
    let here = encryption_of(document, found)?;
    let mut used = here.kids;
    let mut is_sure = here.unread.is_empty();
    if named.iter().any(|kid| used.contains(kid)) {
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
    Ok(if is_sure { refused(named, used) } else { None })
}

/// The same in a document: the keys are those of the descriptor or line, and where it names none, of all of them.
fn strangers_in_text(manifest: &Manifest, found: &Found, named: &[KeyId]) -> Option<Refused> {
    let named_by = |descriptor: &Descriptor| descriptor.kids.iter().filter_map(|kid| kid.id).collect();
    let descriptor = manifest.objects().get(found.index).and_then(|object| object.descriptor);
    let own = descriptor.and_then(|index| manifest.descriptors().get(index));
    let mut used: Vec<KeyId> = own.map(named_by).unwrap_or_default();
    if used.is_empty() {
        used.extend(manifest.descriptors().iter().flat_map(named_by));
        used.extend(manifest.content_key_ids());
    }
    if named.is_empty() { None } else { refused(named, used) }
}

/// Refuses keys none of which is used, where any is.
fn refused(named: &[KeyId], mut used: Vec<KeyId>) -> Option<Refused> {
    used.retain(|kid| *kid != KeyId::NIL);
    used.sort_unstable();
    used.dedup();
    if used.is_empty() || named.iter().any(|kid| used.contains(kid)) {
        return None;
    }
    let list = |kids: &[KeyId]| kids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    Some(Refused::Strangers { named: list(named), used: list(&used) })
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
