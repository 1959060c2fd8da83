//! What is asked of every header: from a request to new payloads.
//!
//! ```text
//!   request ──▶ HeaderChange                                     once a run
//!   payload + what its file says ──▶ new payload, new key ids    once an object
//! ```

use crate::Error;
use crate::input::{Document, Found, encryption_below, lacks_key, strangers};
use crate::left::Why;
use crate::operation::OperationError;
use crate::payloads::{Beside, Changed, Missed, Refusal, Subject, UrlBeside};
use crate::refused::Refused;
use prkit_playready::{
    Algorithm, Change, Edit, Encryption, Field, Header, Key, KeyEdits, KeyId, Kid, MediaError, Object,
    Override, Payload, Revision, StoreChange,
};

/// What is asked of every header.
#[derive(Clone, Debug)]
pub struct HeaderChange {
    /// What becomes of the header.
    pub what: What,
    /// What becomes of the license store.
    pub store: StoreSize,
}

/// What becomes of a header.
#[derive(Clone, Debug)]
pub enum What {
    /// Splices; URLs may hold `{kid}`.
    Revise {
        /// What is spliced.
        revision: Box<Revision>,
        /// Whether the file itself gives key ids and algorithm.
        from_media: bool,
    },
    /// Another header.
    Header(Vec<u8>),
    /// Another object.
    Object(Vec<u8>),
}

/// What becomes of a license store.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum StoreSize {
    /// It stays, and may give way where that is allowed.
    #[default]
    Keep,
    /// There is none.
    Strip,
    /// It is empty and has this capacity.
    Size(usize),
}

/// What stands for the key id in URLs.
pub const KID: &str = "{kid}";

impl crate::payloads::Change for HeaderChange {
    fn store_gives_way(&self) -> bool {
        self.store == StoreSize::Keep
    }

    fn apply(&self, subject: &Subject<'_>) -> Result<Option<Changed>, Refusal> {
        let payload = subject.payload()?;
        if self.needs_header() {
            if payload.object().is_some_and(Object::is_store_only) {
                return Err(Refusal::Unasked);
            }
            let header = payload.header().map_err(|error| Refusal::Object(error.into()))?;
            if matches!(self.what, What::Revise { .. }) {
                header.check_root().map_err(|error| Refusal::Object(error.into()))?;
            }
        }
        self.changed(subject, &payload).map_err(Refusal::Input)
    }

    fn license_url(&self, beside: &UrlBeside<'_>) -> Beside {
        self.url_beside(beside)
    }

    fn misses(&self, subject: &Subject<'_>) -> Vec<Missed> {
        let What::Revise { revision, .. } = &self.what else { return Vec::new() };
        if !revision.fields.iter().any(|edit| matches!(edit.change, Change::ReplacePrefix(_))) {
            return Vec::new();
        }
        let Ok(header) = Header::of_payload(&subject.found.data) else { return Vec::new() };
        let missed = revision.fields.iter().filter_map(|edit| {
            let Change::ReplacePrefix(pairs) = &edit.change else { return None };
            let value = header.value(edit.field).map(std::borrow::Cow::into_owned);
            // What begins with the new one was replaced before.
            let fits = |value: &String| {
                pairs.iter().any(|(old, new)| value.starts_with(&**old) || value.starts_with(&**new))
            };
            let is_missed = !value.as_ref().is_some_and(fits);
            is_missed.then(|| Missed { element: edit.field.element(), value })
        });
        missed.collect()
    }

    fn left_in(&self, _: &Subject<'_>, data: &[u8]) -> Vec<Why> {
        let What::Revise { revision, .. } = &self.what else { return Vec::new() };
        if revision.fields.is_empty() {
            return Vec::new();
        }
        let Ok(header) = Header::of_payload(data) else { return Vec::new() };
        let mut left = Vec::new();
        for edit in &revision.fields {
            let element = edit.field.element();
            let is_left = |value: &str| match &edit.change {
                Change::Set(_) => header.value(edit.field).as_deref() != Some(value),
                Change::ReplacePrefix(pairs) => pairs.iter().any(|(old, _)| value.starts_with(&**old)),
                Change::Remove => true,
            };
            let values = header.foreign(element).filter(|value| is_left(value));
            left.extend(values.map(|value| Why::Foreign { element, value: value.into_owned() }));
        }
        left
    }
}

impl HeaderChange {
    /// What becomes of a license URL beside an object; the header's tells what was meant by it.
    fn url_beside(&self, beside: &UrlBeside<'_>) -> Beside {
        let url = beside.url;
        let (before, after) = (beside.before.as_deref(), beside.after.as_deref());
        if after == Some(url) {
            return Beside::Unasked;
        }
        let edit = match &self.what {
            What::Revise { revision, .. } => revision.fields.iter().find(|edit| edit.field == Field::LaUrl),
            // Another header, with another URL.
            What::Header(_) | What::Object(_) if before != after => return Beside::Left,
            What::Header(_) | What::Object(_) => return Beside::Unasked,
        };
        match edit.map(|edit| &edit.change) {
            None | Some(Change::Remove) => Beside::Unasked,
            Some(Change::Set(_)) if before == Some(url) => {
                after.map_or(Beside::Left, |after| Beside::Replace(after.to_owned()))
            }
            Some(Change::Set(_)) => Beside::Left,
            Some(Change::ReplacePrefix(pairs)) => {
                let rest =
                    |(old, new): &(String, String)| Some(format!("{new}{}", url.strip_prefix(old.as_str())?));
                if let Some(moved) = pairs.iter().find_map(rest) {
                    return Beside::Replace(moved);
                }
                // The header has moved, in this run or before, and what is beside it has not.
                let is_new = |url: &str| pairs.iter().any(|(_, new)| url.starts_with(new.as_str()));
                let has_moved = after.is_some_and(|after| before != Some(after) || is_new(after));
                if has_moved && !is_new(url) { Beside::Left } else { Beside::Unasked }
            }
        }
    }

    /// Whether it can be done to a header only that can be read.
    fn needs_header(&self) -> bool {
        match &self.what {
            What::Object(_) => false,
            What::Header(_) => true,
            What::Revise { revision, from_media } => !revision.is_empty() || *from_media,
        }
    }

    fn changed(&self, subject: &Subject<'_>, payload: &Payload<'_>) -> Result<Option<Changed>, Error> {
        let Subject { document, found, overrides } = *subject;
        let new = match &self.what {
            What::Object(object) => Some(object.clone()),
            What::Header(header) => Some(payload.with_header(header)?),
            What::Revise { .. } if !self.needs_header() => None,
            What::Revise { revision, from_media } => {
                let asked = if *from_media {
                    &with_media(revision, encryption_below(document, found)?.understood()?)?
                } else {
                    &**revision
                };
                let filled = with_kid(asked, payload)?;
                payload.revise(filled.as_ref().unwrap_or(asked))?
            }
        };
        let change = match self.store {
            StoreSize::Keep => None,
            StoreSize::Strip => Some(StoreChange::Strip { overrides }),
            StoreSize::Size(len) => Some(StoreChange::Size { len, overrides }),
        };
        let new = match change {
            None => new,
            Some(change) => {
                let current = new.as_deref().unwrap_or(&found.data);
                let stored = Payload::parse(current).and_then(|payload| payload.with_store(change));
                stored?.or(new)
            }
        };
        let Some(data) = new.filter(|new| *new != found.data) else { return Ok(None) };
        // Edits of elements prove that the keys are named as before.
        if let What::Revise { revision, from_media: false } = &self.what
            && revision.is_fields_only()
        {
            // What the service puts into CUSTOMATTRIBUTES may declare namespaces of its own.
            let brings_none = revision.fields.iter().all(|edit| edit.field != Field::CustomAttributes);
            let is_plain = |header: &Header<'_>| header.is_whole() && header.is_of_one_namespace();
            let is_complete = brings_none && payload.header().is_ok_and(is_plain);
            return Ok(Some(Changed { kids: None, data, room: None, is_complete }));
        }
        let before = payload.header().map(Header::kids).unwrap_or_default();
        let after = Header::of_payload(&data).map(|header| header.kids()).unwrap_or_default();
        if !overrides.has(Override::Algorithm) {
            check_algorithm(document, &before, &after).map_err(OperationError::Refused)?;
        }
        let ids = |kids: &[Kid]| kids.iter().filter_map(|kid| kid.id).collect::<Vec<KeyId>>();
        let is_whole = !matches!(self.what, What::Revise { .. });
        if !overrides.has(Override::KeyId)
            && (is_whole || ids(&before) != ids(&after))
            && let Some(refused) = strangers(document, found, &ids(&after))?
        {
            return Err(OperationError::Refused(refused).into());
        }
        if is_whole && !overrides.has(Override::KeyId) {
            let why = Header::of_payload(&data).ok().and_then(|header| lacks_key(&header));
            if let Some(why) = why.filter(|_| !ids(&before).is_empty()) {
                return Err(OperationError::Refused(Refused::NoKey { why }).into());
            }
        }
        Ok(Some(Changed { kids: box_kids(found, &before, &after), data, room: None, is_complete: false }))
    }
}

/// The revision with what the file itself says.
fn with_media(revision: &Revision, media: &Encryption) -> Result<Revision, MediaError> {
    let (set, algorithm) = from_media(media)?;
    let keys = KeyEdits { set, ..revision.keys.clone() };
    Ok(Revision { keys, algorithm, ..revision.clone() })
}

/// Key ids and algorithm of a file.
///
/// # Errors
///
/// It names no key ID, or several algorithms.
pub fn from_media(media: &Encryption) -> Result<(Vec<Key>, Option<Algorithm>), MediaError> {
    if media.kids.is_empty() {
        return Err(MediaError::NoKeyId);
    }
    let algorithm = media.algorithm()?;
    Ok((media.kids.iter().map(|id| Key { id: *id, key: None }).collect(), algorithm))
}

/// Puts the header's own key id into URLs that ask for it: the one it has when everything else is done.
fn with_kid(revision: &Revision, payload: &Payload<'_>) -> Result<Option<Revision>, Error> {
    let asks = |edit: &Edit| matches!(&edit.change, Change::Set(value) if value.contains(KID));
    if !revision.fields.iter().any(asks) {
        return Ok(None);
    }
    let rest = Revision { fields: Vec::new(), canonicalize: false, ..revision.clone() };
    let kids = match payload.revise(&rest)? {
        Some(data) => Header::of_payload(&data).map(|header| header.key_ids()).unwrap_or_default(),
        None => payload.header()?.key_ids(),
    };
    let [kid] = kids.as_slice() else {
        return Err(OperationError::KidOfHeader { count: kids.len() }.into());
    };
    let fields = revision.fields.iter().map(|edit| match &edit.change {
        Change::Set(value) if matches!(edit.field, Field::LaUrl | Field::LuiUrl) => {
            Edit { change: Change::Set(value.replace(KID, &kid.to_string())), ..edit.clone() }
        }
        _ => edit.clone(),
    });
    Ok(Some(Revision { fields: fields.collect(), ..revision.clone() }))
}

/// The key id list of a box follows edits of key ids, and only those: what the header never named stays.
fn box_kids(found: &Found, before: &[Kid], after: &[Kid]) -> Option<Vec<KeyId>> {
    if found.version.unwrap_or(0) == 0 {
        return None;
    }
    let ids = |kids: &[Kid]| -> Vec<KeyId> { kids.iter().filter_map(|kid| kid.id).collect() };
    let (before, after) = (ids(before), ids(after));
    let mut kids: Vec<KeyId> = found.kids.clone();
    kids.retain(|kid| after.contains(kid) || !before.contains(kid));
    for kid in after.iter().filter(|kid| !before.contains(kid)) {
        if !kids.contains(kid) {
            kids.push(*kid);
        }
    }
    (kids != found.kids).then_some(kids)
}

/// An algorithm that the file's own scheme contradicts is refused; one that was wrong before is not ours.
fn check_algorithm(document: &Document, before: &[Kid], after: &[Kid]) -> Result<(), Refused> {
    let was = |algorithm: &Algorithm| before.iter().any(|kid| kid.algorithm.as_ref() == Some(algorithm));
    let Some(new) = after.iter().filter_map(|kid| kid.algorithm.as_ref()).find(|new| !was(new)) else {
        return Ok(());
    };
    let Some(layout) = document.layout.as_ref().filter(|layout| !layout.tracks().is_empty()) else {
        return Ok(());
    };
    let entries = layout.tracks().iter().flat_map(|track| &track.entries);
    for scheme in entries.flat_map(|entry| &entry.schemes) {
        if let Some(wanted) = Algorithm::of_scheme(scheme.0).filter(|wanted| wanted != new) {
            return Err(Refused::Algorithm { asked: new.clone(), wanted });
        }
    }
    Ok(())
}
