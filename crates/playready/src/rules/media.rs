//! KEY-01, PLY-04, C-16, EXT-2: the header and what it stands in.

use super::{Finding, Findings, Level, Part, Rule};
use crate::{Algorithm, Header, KeyId};
use std::collections::{HashMap, HashSet};

static KEY_01: Rule = Rule {
    id: "KEY-01",
    level: Level::Warning,
    section: "ISO/IEC 23001-7, 8.1",
    title: "the key ids of a box are those of its header",
};
static PLY_04: Rule = Rule {
    id: "PLY-04",
    level: Level::Error,
    section: "PRH spec 3.3.3: little-endian; pywidevine writes the other order",
    title: "key ids stand in GUID order in a header, in UUID order in a file",
};
static C_16: Rule = Rule {
    id: "C-16",
    level: Level::Error,
    section: "Microsoft, \"Content encryption modes\"",
    title: "the algorithm is that of the file: AESCTR for cenc, AESCBC for cbcs",
};
static EXT_2: Rule = Rule {
    id: "EXT-2",
    level: Level::Error,
    section: "Microsoft, \"Content encryption modes\"",
    title: "a key is used for one mode, CTR or CBC",
};

pub(super) static RULES: &[&Rule] = &[&KEY_01, &PLY_04, &C_16, &EXT_2];

/// What a file says about its encryption.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Encryption {
    /// Key ids of `tenc` and `seig`, none that is all zeros.
    pub kids: Vec<KeyId>,
    /// Schemes of `schm`.
    pub schemes: Vec<[u8; 4]>,
    /// Bytes of initialisation vectors in samples.
    pub iv_sizes: Vec<u8>,
    /// What says something about keys, and was not understood: with it, the key ids may be others, or more.
    pub unread: Vec<String>,
}

/// Why what a file says about its encryption cannot be taken over.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MediaError {
    /// A box about keys was not understood.
    #[error("{0}")]
    NotUnderstood(String),
    /// Two schemes with different algorithms.
    #[error("tracks are encrypted with {} and {}", String::from_utf8_lossy(_0), String::from_utf8_lossy(_1))]
    Schemes([u8; 4], [u8; 4]),
    /// No box names a key ID.
    #[error("the file names no key id: no tenc or seig says one")]
    NoKeyId,
}

impl Encryption {
    /// The same, if everything about keys was understood: for those who write what it says.
    ///
    /// # Errors
    ///
    /// What was not understood.
    pub fn understood(&self) -> Result<&Self, MediaError> {
        match self.unread.first() {
            None => Ok(self),
            Some(unread) => Err(MediaError::NotUnderstood(unread.clone())),
        }
    }

    /// The algorithm of all its tracks.
    ///
    /// # Errors
    ///
    /// Two schemes with different algorithms.
    pub fn algorithm(&self) -> Result<Option<Algorithm>, MediaError> {
        let mut found: Option<([u8; 4], Algorithm)> = None;
        for scheme in &self.schemes {
            let Some(algorithm) = Algorithm::of_scheme(*scheme) else { continue };
            match &found {
                Some((first, known)) if *known != algorithm => {
                    return Err(MediaError::Schemes(*first, *scheme));
                }
                _ => found = Some((*scheme, algorithm)),
            }
        }
        Ok(found.map(|(_, algorithm)| algorithm))
    }
}

pub(super) fn check(part: &Part<'_>, findings: &mut Findings) {
    let header = part.header;
    let ids: Vec<KeyId> = header.key_ids();
    let set = |kids: &[KeyId]| kids.iter().copied().collect::<HashSet<_>>();
    let (named, boxed) = (set(&ids), set(part.context.box_kids));
    let media = part.context.media.map(|media| set(&media.kids)).unwrap_or_default();
    let mut swapped = HashSet::new();
    for (element, kid) in header.find("KID").zip(header.all_kids()) {
        let Some(id) = kid.id else { continue };
        for (name, others) in [("the file", &media), ("the box", &boxed)] {
            if id != id.swapped()
                && !others.contains(&id)
                && others.contains(&id.swapped())
                && !swapped.contains(&id)
            {
                let message = format!(
                    "{id} equals {} of {name} only with its bytes swapped: it was written in the wrong order",
                    id.swapped()
                );
                findings.text(part, &PLY_04, element.span(), message);
                swapped.insert(id);
            }
        }
    }
    let known = |id: &KeyId| named.contains(id) || swapped.contains(&id.swapped());
    if !part.context.box_kids.is_empty() {
        let only_box = part.context.box_kids.iter().find(|id| !known(id));
        let only_header = ids.iter().find(|id| !boxed.contains(id) && !swapped.contains(id));
        let missing = only_box
            .map(|id| format!("the box lists {id}, which the header does not name"))
            .or(only_header.map(|id| format!("the header names {id}, which the box does not list")));
        if let Some(message) = missing {
            findings.header(part, &KEY_01, message);
        }
    }
    scheme(part, header, findings);
}

fn scheme(part: &Part<'_>, header: &Header<'_>, findings: &mut Findings) {
    let Some(Ok(Some(wanted))) = part.context.media.map(Encryption::algorithm) else { return };
    for (element, kid) in header.find("KID").zip(header.all_kids()) {
        if let Some(found @ (Algorithm::AesCtr | Algorithm::AesCbc)) = kid.algorithm
            && found != wanted
        {
            let message = format!("the header says {found}, the file is encrypted with {wanted}");
            findings.text(part, &C_16, element.span(), message);
            return;
        }
    }
}

/// Keys that several payloads name with different modes; findings of the payload with that index.
pub fn across<'p>(payloads: impl IntoIterator<Item = &'p [u8]>) -> Vec<(usize, Finding)> {
    let mut modes: HashMap<KeyId, Algorithm> = HashMap::new();
    let mut found = Vec::new();
    for (index, bytes) in payloads.into_iter().enumerate() {
        let Ok(header) = Header::of_payload(bytes) else { continue };
        for kid in header.all_kids() {
            let (Some(id), Some(mode @ (Algorithm::AesCtr | Algorithm::AesCbc))) = (kid.id, kid.algorithm)
            else {
                continue;
            };
            let first = modes.entry(id).or_insert_with(|| mode.clone());
            if *first != mode {
                found.push((
                    index,
                    Finding {
                        rule: &EXT_2,
                        level: EXT_2.level,
                        message: format!(
                            "the key {id} is used for {mode} here and for {first} in another object"
                        ),
                        offset: 0,
                        text: None,
                        units: None,
                        fix: None,
                    },
                ));
            }
        }
    }
    found
}
