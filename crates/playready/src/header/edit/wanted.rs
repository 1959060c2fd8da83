//! What the keys of a header are to say, before anything is spliced.
//!
//! A checksum belongs to a key id, a key and an algorithm: where one of them changes and the key is not known, the old
//! checksum goes.

use super::{Checksums, Revision};
use crate::header::{Algorithm, Header, Kid};
use crate::{Checksum, ContentKey, Error, ErrorKind, Key, KeyId, Result};
use std::collections::{HashMap, HashSet};

/// A key as it is to be.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// Which of the header's keys it is, or takes the place of.
    pub(super) slot: Option<usize>,
    /// What it says.
    pub(super) kid: Kid,
    /// Bytes of its content key, where that is known.
    len: Option<usize>,
}

impl Wanted {
    /// Bytes of its content key, where that is known, one of COCKTAIL, and not the one that is there: other algorithms have
    /// keys of one length.
    pub(super) fn cocktail_len(&self, before: &[Kid]) -> Option<usize> {
        let is_there = self.slot.and_then(|slot| before.get(slot)) == Some(&self.kid);
        self.len.filter(|_| !is_there && self.kid.algorithm == Some(Algorithm::Cocktail))
    }
}

/// A key on the way to what it will be.
struct Draft {
    slot: Option<usize>,
    id: Option<KeyId>,
    base64: String,
    /// The key that was named with the id.
    named: Option<ContentKey>,
}

impl Draft {
    fn new(key: &Key) -> Self {
        Self { slot: None, id: Some(key.id), base64: key.id.to_guid_base64(), named: key.key.clone() }
    }

    /// The key id, for people.
    fn shown(&self) -> String {
        self.id.map_or_else(|| self.base64.clone(), |id| id.to_string())
    }
}

/// What the keys are to say.
pub(super) fn wanted(header: &Header<'_>, revision: &Revision) -> Result<Vec<Wanted>> {
    let before = header.all_kids();
    let drafts = drafts(&before, &header.kids_read(), revision);
    let default = default_algorithm(header, &before);
    drafts
        .into_iter()
        .map(|draft| {
            let old = draft.slot.and_then(|slot| before.get(slot));
            let algorithm = match (&revision.algorithm, old) {
                (Some(algorithm), _) => Some(algorithm.clone()),
                (None, Some(old)) => old.algorithm.clone(),
                (None, None) => default.clone(),
            };
            let checksum = checksum(&draft, old, algorithm.as_ref(), revision)?;
            let key = draft.named.as_ref().or_else(|| revision.keyring.get(draft.id?));
            let len = key.map(|key| key.expose().len());
            let kid = Kid { id: draft.id, base64: draft.base64, algorithm, checksum };
            Ok(Wanted { slot: draft.slot, kid, len })
        })
        .collect()
}

/// The algorithm of a key that comes: that of the others, where it is one.
fn default_algorithm(header: &Header<'_>, before: &[Kid]) -> Option<Algorithm> {
    let is_known = |algorithm: &&Algorithm| !matches!(algorithm, Algorithm::Other(_));
    let first = before.first().and_then(|kid| kid.algorithm.as_ref()).filter(is_known);
    if first.is_some() || before.first().is_some_and(|kid| kid.algorithm.is_none() && header.level() > 2) {
        return first.cloned();
    }
    let others = before.iter().filter_map(|kid| kid.algorithm.as_ref()).find(is_known).cloned();
    let element = || header.algorithm_element().filter(|algorithm| is_known(&algorithm));
    Some(others.or_else(element).unwrap_or(Algorithm::AesCtr))
}

fn drafts(before: &[Kid], read: &[bool], revision: &Revision) -> Vec<Draft> {
    let is_read = |slot: Option<usize>| slot.and_then(|slot| read.get(slot).copied()).unwrap_or(true);
    let keys = &revision.keys;
    let mut drafts: Vec<Draft> = before
        .iter()
        .enumerate()
        .map(|(slot, kid)| Draft { slot: Some(slot), id: kid.id, base64: kid.base64.clone(), named: None })
        .collect();
    let mut free = Vec::new();
    let mut take_out = |drafts: &mut Vec<Draft>, goes: &dyn Fn(KeyId) -> bool, unreadable: bool| {
        drafts.retain(|draft| {
            let stays = !draft.id.map_or(unreadable, goes);
            free.extend(draft.slot.filter(|_| !stays));
            stays
        });
    };
    let set: HashSet<KeyId> = keys.set.iter().map(|key| key.id).collect();
    let removed: HashSet<KeyId> = keys.remove.iter().copied().collect();
    if !set.is_empty() {
        take_out(&mut drafts, &|id| !set.contains(&id), true);
    }
    take_out(&mut drafts, &|id| removed.contains(&id), false);
    // A place where clients read it is taken first.
    free.sort_by_key(|slot| !is_read(Some(*slot)));
    let mut free = free.into_iter();
    // Of a key ID that is there twice, the first one counts; where clients read none, it has to come.
    let mut known: HashMap<KeyId, usize> = HashMap::new();
    for (at, draft) in drafts.iter().enumerate() {
        if let Some(id) = draft.id.filter(|_| is_read(draft.slot)) {
            known.entry(id).or_insert(at);
        }
    }
    for key in keys.set.iter().chain(&keys.add).filter(|key| !removed.contains(&key.id)) {
        if let Some(draft) = known.get(&key.id).and_then(|at| drafts.get_mut(*at)) {
            draft.named = draft.named.take().or(key.key.clone());
        } else {
            known.insert(key.id, drafts.len());
            drafts.push(Draft { slot: free.next(), ..Draft::new(key) });
        }
    }
    // As they come in the text: new ones are put behind the last one that clients read.
    let last = drafts.iter().filter_map(|draft| draft.slot.filter(|slot| is_read(Some(*slot)))).max();
    drafts.sort_by_key(|draft| match draft.slot {
        Some(slot) => (slot, false),
        None => (last.unwrap_or(usize::MAX), true),
    });
    drafts
}

fn checksum(
    draft: &Draft,
    old: Option<&Kid>,
    algorithm: Option<&Algorithm>,
    revision: &Revision,
) -> Result<Option<String>> {
    // A key without ALGID has a checksum of the only algorithm that has one.
    let is_same = |old: &&Kid| {
        old.algorithm.as_ref() == algorithm
            || old.algorithm.is_none() && algorithm == Some(&Algorithm::AesCtr)
    };
    let same = old.filter(|old| old.base64 == draft.base64).filter(is_same);
    let kept = same.and_then(|old| old.checksum.clone());
    let asked = revision.checksums == Some(Checksums::Add);
    let known = draft.id.and_then(|id| match &draft.named {
        Some(key) => Some((id, key)),
        // A list of keys is there for what has to be computed; it asks for nothing by itself.
        None if asked || same.is_none() => revision.keyring.get(id).map(|key| (id, key)),
        None => None,
    });
    let has_checksum = matches!(algorithm, Some(Algorithm::AesCtr | Algorithm::Cocktail));
    let no_checksum = || {
        let algorithm = algorithm.map_or_else(|| "a key without ALGID".to_owned(), ToString::to_string);
        Error::new(ErrorKind::NoChecksum { algorithm })
    };
    match revision.checksums {
        Some(Checksums::Strip) => return Ok(None),
        Some(Checksums::Add) if !has_checksum => return Err(no_checksum()),
        Some(Checksums::Add) if known.is_none() => {
            return Err(Error::new(ErrorKind::UnknownKey { kid: draft.shown() }));
        }
        Some(Checksums::Keep)
            if !has_checksum && old.is_some_and(|old| old.checksum.is_some()) && kept.is_none() =>
        {
            return Err(no_checksum());
        }
        _ => {}
    }
    match (known, algorithm) {
        (Some((id, key)), Some(algorithm)) if has_checksum => {
            Checksum::compute(id, key, algorithm).map(|checksum| Some(checksum.to_base64()))
        }
        _ => Ok(kept),
    }
}
