//! Two inputs: do they name the same keys, the same schemes, the same objects?
//!
//! A manifest and an init segment, as a rule. It is the short form of `prkit check`, which follows what manifests name.

use crate::fault::Result;
use crate::open::Opened;
use prkit_batch::{Found, encryption_of};
use prkit_playready::{Field, Header, KeyId};
use serde::Serialize;
use std::collections::BTreeSet;

#[derive(Serialize)]
pub(crate) struct ComparedView {
    rows: Vec<RowView>,
}

/// One thing that both may name.
#[derive(Serialize)]
struct RowView {
    what: &'static str,
    one: Vec<String>,
    other: Vec<String>,
    verdict: Verdict,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Verdict {
    /// The same.
    Same,
    /// One has all that the other has, and more.
    More,
    /// Each has something that the other has not.
    Differ,
    /// One of them names none.
    Silent,
}

impl Verdict {
    fn of(one: &BTreeSet<String>, other: &BTreeSet<String>) -> Self {
        if one.is_empty() || other.is_empty() {
            Self::Silent
        } else if one == other {
            Self::Same
        } else if one.is_subset(other) || one.is_superset(other) {
            Self::More
        } else {
            Self::Differ
        }
    }
}

/// What an input names.
#[derive(Default)]
struct Said {
    /// Of the media: `tenc`, `seig`, `default_KID`.
    media: BTreeSet<String>,
    /// Of boxes and headers.
    objects: BTreeSet<String>,
    schemes: BTreeSet<String>,
    headers: BTreeSet<String>,
    urls: BTreeSet<String>,
}

/// Compares two inputs.
pub(crate) fn compared(one: &Opened, other: &Opened) -> Result<ComparedView> {
    let (one, other) = (said(one)?, said(other)?);
    let row = |what, of: fn(&Said) -> &BTreeSet<String>| RowView {
        what,
        one: of(&one).iter().cloned().collect(),
        other: of(&other).iter().cloned().collect(),
        verdict: Verdict::of(of(&one), of(&other)),
    };
    Ok(ComparedView {
        rows: vec![
            row("key IDs of the media", |said| &said.media),
            row("key IDs of PlayReady headers and boxes", |said| &said.objects),
            row("encryption scheme", |said| &said.schemes),
            row("PlayReady header", |said| &said.headers),
            row("license URL", |said| &said.urls),
        ],
    })
}

fn said(opened: &Opened) -> Result<Said> {
    let mut said = Said::default();
    let name = |id: &KeyId| id.to_string();
    if opened.document.layout.is_some() {
        let encryption = encryption_of(&opened.document, &Found::whole_file())?;
        said.media.extend(encryption.kids.iter().map(name));
        said.schemes
            .extend(encryption.schemes.iter().map(|scheme| String::from_utf8_lossy(scheme).into_owned()));
    }
    if let Some(manifest) = &opened.document.manifest {
        for descriptor in manifest.manifest.descriptors() {
            said.media.extend(descriptor.kids.iter().filter_map(|kid| kid.id.as_ref()).map(name));
            if descriptor.is_encryption() {
                said.schemes.extend(descriptor.value.clone());
            }
            if descriptor.is_playready() {
                said.urls.extend(descriptor.license_urls.iter().map(|(_, url)| url.clone()));
            }
        }
    }
    for found in opened.found.iter().filter(|found| found.system.is_playready()) {
        said.objects.extend(found.kids.iter().map(name));
        let Ok(header) = Header::of_payload(&found.data) else { continue };
        said.objects.extend(header.key_ids().iter().map(name));
        said.headers.insert(header.as_str().to_owned());
        said.urls.extend(header.value(Field::LaUrl).map(std::borrow::Cow::into_owned));
    }
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_has_beyond_the_other_is_no_difference() {
        let set = |names: &[&str]| names.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
        assert_eq!(Verdict::of(&set(&["a"]), &set(&["a"])), Verdict::Same);
        assert_eq!(Verdict::of(&set(&["a"]), &set(&["a", "b"])), Verdict::More);
        assert_eq!(Verdict::of(&set(&["a", "c"]), &set(&["a", "b"])), Verdict::Differ);
        assert_eq!(Verdict::of(&set(&[]), &set(&["a"])), Verdict::Silent);
    }
}
