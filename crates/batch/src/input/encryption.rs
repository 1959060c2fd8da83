//! What a file says about its encryption, as far as the objects in it have to agree with it.
//!
//! ```text
//!   moov/trak   tenc, seig ─▶ key ids     schm ─▶ scheme      what a pssh box in moov is for
//!   moof/traf   seig       ─▶ key ids                         what a pssh box in that moof is for
//! ```

use super::{Document, Found};
use crate::Result;
use prkit_bmff::{BoxHeader, Layout, Seig, Tenc, Where};
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
        for entry in &track.entries {
            said.schemes.extend(entry.scheme.map(|scheme| scheme.0));
            for tenc in entry.tenc.iter().filter(|tenc| tenc.protected) {
                add(&mut said, *tenc);
            }
        }
        for seig in track.seig.iter().filter(|seig| seig.protected) {
            add(&mut said, tenc_of(*seig));
        }
    }
    let of_moof = |moof: &BoxHeader| -> Result<Vec<Tenc>> {
        let groups = layout.seig_of(document.content.source(), moof)?;
        Ok(groups.into_iter().filter(|seig| seig.protected).map(tenc_of).collect())
    };
    if let Some((_, moof)) = moof_of(layout, found) {
        let own = of_moof(moof)?;
        if !own.is_empty() {
            said.kids.clear();
            for tenc in own {
                add(&mut said, tenc);
            }
        }
    } else if said.kids.is_empty() {
        // Keys that rotate from the start: `tenc` is all zeros, and only the fragments name them.
        for moof in layout.moofs() {
            for tenc in of_moof(moof)? {
                add(&mut said, tenc);
            }
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
