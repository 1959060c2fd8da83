//! Straightening: every fix of every finding, through the same edits as any other change.
//!
//! ```text
//!   1  unwrap     a box out of a box, an object around a header
//!   2  object     numbers, order and kinds of records
//!   3  encoding   little-endian UTF-16
//!   4  text       splices, all that do not overlap at once
//!   5  revision   key list and version
//! ```
//!
//! The lowest layer that has something to do goes first, then everything is looked at again: a fault may hide another.

use super::{Context, Finding, lint};
use crate::header::{TextSplice, merged};
use crate::limits::MAX_ROUNDS;
use crate::{Encoding, Header, Object, Payload, RecordType, Result, Revision};
use std::sync::Arc;

/// What mends a finding.
#[derive(Clone, Debug)]
pub struct Fix {
    what: String,
    how: How,
}

#[derive(Clone, Debug)]
pub(super) enum How {
    /// Take the inner payload.
    Unwrap,
    /// Put an object around the header.
    Wrap,
    /// Write the object again.
    Object(ObjectFix),
    /// Write the header again in the right encoding.
    Encoding,
    /// Splice the header's text.
    Text(Vec<Arc<TextSplice>>),
    /// Revise the header.
    Revise(Box<Revision>),
}

/// What is done to the records while an object is written again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ObjectFix {
    /// Nothing: right numbers are enough.
    Numbers,
    /// Header records behind the first go.
    OneHeader,
    /// The header record stands first.
    HeaderFirst,
    /// A last odd byte of the header goes.
    EvenHeader,
    /// An empty store grows by one byte.
    EvenStore,
    /// Empty stores go.
    NoStore,
}

/// A straightened payload.
#[derive(Clone, Debug)]
pub struct Straightened {
    /// The payload; `None` when there was nothing to mend.
    pub bytes: Option<Vec<u8>>,
    /// What is left.
    pub left: Vec<Finding>,
}

impl Fix {
    pub(super) const fn new(what: String, how: How) -> Self {
        Self { what, how }
    }

    /// What it does, for people.
    pub fn what(&self) -> &str {
        &self.what
    }

    const fn layer(&self) -> u8 {
        match self.how {
            How::Unwrap | How::Wrap => 1,
            How::Object(_) => 2,
            How::Encoding => 3,
            How::Text(_) => 4,
            How::Revise(_) => 5,
        }
    }
}

/// Mends what can be mended.
pub fn straighten(payload: &[u8], context: &Context<'_>) -> Straightened {
    let mut bytes: Option<Vec<u8>> = None;
    let mut left = lint(payload, context);
    for _ in 0..MAX_ROUNDS {
        let current = bytes.as_deref().unwrap_or(payload);
        let Some(next) = round(current, &left) else { break };
        left = lint(&next, context);
        bytes = Some(next);
    }
    Straightened { bytes: bytes.filter(|bytes| bytes != payload), left }
}

/// One layer of fixes; `None` when none of them changes anything.
fn round(bytes: &[u8], findings: &[Finding]) -> Option<Vec<u8>> {
    for layer in 1..=5 {
        let fixes: Vec<_> = findings
            .iter()
            .filter_map(|finding| finding.fix.as_ref())
            .filter(|fix| fix.layer() == layer)
            .collect();
        if fixes.is_empty() {
            continue;
        }
        let changed = apply(bytes, &fixes).ok().flatten().filter(|new| new != bytes && keeps(bytes, new));
        if changed.is_some() {
            return changed;
        }
    }
    None
}

/// Whether a header that was there still is: in text that is hardly one, what looks like a fault may be all there is.
fn keeps(old: &[u8], new: &[u8]) -> bool {
    match Header::of_payload(old) {
        Ok(old) => {
            Header::of_payload(new).is_ok_and(|new| new.root_name().is_some() || old.root_name().is_none())
        }
        Err(_) => true,
    }
}

fn apply(bytes: &[u8], fixes: &[&Fix]) -> Result<Option<Vec<u8>>> {
    let payload = Payload::parse(bytes)?;
    let Some(first) = fixes.first() else { return Ok(None) };
    match &first.how {
        How::Unwrap => Ok(match &payload {
            Payload::Nested(nested) => Some(exact(nested.data())),
            _ => None,
        }),
        How::Wrap => match &payload {
            Payload::Header(header) => Object::encode([(RecordType::Header, header.bytes())]).map(Some),
            _ => Ok(None),
        },
        How::Object(_) => {
            let wanted = |how: ObjectFix| {
                fixes.iter().any(|fix| matches!(fix.how, How::Object(found) if found == how))
            };
            payload.object().map(|object| rewritten(object, &wanted)).transpose()
        }
        How::Encoding => {
            let straight = payload.header()?.straight_bytes();
            straight.map(|header| payload.with_header(&header)).transpose()
        }
        How::Text(_) => {
            let splices = fixes.iter().flat_map(|fix| match &fix.how {
                How::Text(splices) => splices.clone(),
                _ => Vec::new(),
            });
            let header = payload.header()?;
            header
                .with_splices(merged(splices.collect()))
                .map(|value| payload.with_header(&value))
                .transpose()
        }
        How::Revise(revision) => payload.revise(revision),
    }
}

/// Data of a box may be cut or followed by bytes that are none of it; an object says how long it is.
fn exact(data: &[u8]) -> Vec<u8> {
    let declared = Object::parse(data).ok().and_then(|object| usize::try_from(object.declared_len()).ok());
    let exact = declared.and_then(|len| data.get(..len)).filter(|_| declared != Some(0)).unwrap_or(data);
    exact.to_vec()
}

/// Whether the last byte of a header is half of a UTF-16 unit. In UTF-8 it is a character, and the encoding is at fault.
pub(super) fn has_odd_byte(header: &[u8]) -> bool {
    !header.len().is_multiple_of(2) && Encoding::of(header) != Encoding::Utf8
}

fn rewritten(object: &Object<'_>, wanted: &dyn Fn(ObjectFix) -> bool) -> Result<Vec<u8>> {
    let mut records: Vec<(RecordType, Vec<u8>)> =
        object.all_records().into_iter().map(|record| (record.kind, record.value.to_vec())).collect();
    let is_header = |record: &(RecordType, Vec<u8>)| record.0 == RecordType::Header;
    if wanted(ObjectFix::OneHeader) {
        let mut seen = false;
        records.retain(|record| !is_header(record) || !core::mem::replace(&mut seen, true));
    }
    if wanted(ObjectFix::HeaderFirst) {
        records.sort_by_key(|record| !is_header(record));
    }
    if wanted(ObjectFix::NoStore) {
        records.retain(|(kind, value)| *kind != RecordType::Store || value.iter().any(|byte| *byte != 0));
    }
    for (kind, value) in &mut records {
        let is_odd = value.len() % 2 != 0;
        if *kind == RecordType::Header && has_odd_byte(value) && wanted(ObjectFix::EvenHeader) {
            value.pop();
        }
        if is_odd
            && *kind == RecordType::Store
            && wanted(ObjectFix::EvenStore)
            && value.iter().all(|b| *b == 0)
        {
            value.push(0);
        }
    }
    Object::encode(records.iter().map(|(kind, value)| (*kind, &value[..])))
}

impl Fix {
    /// A splice of the header's text.
    pub(super) fn splice(
        what: impl Into<String>,
        splices: impl IntoIterator<Item: Into<Arc<TextSplice>>>,
    ) -> Self {
        Self::new(what.into(), How::Text(splices.into_iter().map(Into::into).collect()))
    }

    /// A revision, if the header takes it, and it changes something and puts nothing where the version has no place for it.
    pub(super) fn revision(what: impl Into<String>, header: &Header<'_>, revision: Revision) -> Option<Self> {
        let new = header.revise(&revision).ok()??;
        let adds = Header::parse(&new).ok()?.added_to(header).is_some();
        (!adds).then(|| Self::new(what.into(), How::Revise(Box::new(revision))))
    }
}
