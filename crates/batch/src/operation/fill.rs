//! Licenses over the zeros of a store.
//!
//! ```text
//!   empty store    0000000000000000        filled     license license 00000000
//! ```
//!
//! How a filled store is laid out is not public. That licenses stand one after the other from the first byte on is
//! inferred: the name of the record, and `XMR\0` with a length in front of every license, allow a reader no less.

use super::{OperationError, Shelf};
use crate::Error;
use crate::input::keys_of;
use crate::payloads::{Change, Changed, Refusal, Subject};
use crate::refused::Refused;
use crate::table::Table;
use prkit_license::{Limits, StoreContents};
use prkit_playready::{Override, Overrides, Store, StoreChange};
use std::path::Path;

/// Puts licenses over the zeros of stores.
pub struct Fill<'t> {
    /// The licenses of rows.
    pub table: Option<Table<'t, Option<Shelf<'t>>>>,
    /// For all that no row of the table names licenses for.
    pub all: Option<Shelf<'t>>,
    /// Manifests are there for the files that they name.
    pub presentation: bool,
}

impl Change for Fill<'_> {
    fn store_gives_way(&self) -> bool {
        false
    }

    fn apply(&self, subject: &Subject<'_>) -> Result<Option<Changed>, Refusal> {
        let Subject { document, found, overrides } = *subject;
        let row = self.table.as_ref().map(|table| table.for_object(document, found));
        let row = row.transpose().map_err(Refusal::Input)?.flatten();
        let shelf = row.as_deref().and_then(Option::as_ref).or(self.all.as_ref());
        let shelf = shelf.ok_or(Refusal::Unasked)?;
        let payload = subject.payload()?;
        let Some(store) = payload.object().and_then(prkit_playready::Object::store) else {
            // Manifests are there for the files that they name.
            if self.presentation && found.in_text.is_some() {
                return Ok(None);
            }
            return Err(Refusal::Object(Error::NoStore));
        };
        let contents = StoreContents::of(store, Limits::default());
        let kids = keys_of(document, found).map_err(Refusal::Input)?;
        let licenses = shelf.for_keys(&kids, overrides).map_err(Refusal::Input)?;
        let is_in = |license: &[u8]| contents.licenses.iter().any(|(_, known)| known.bytes() == license);
        let new: Vec<Vec<u8>> = licenses.into_iter().filter(|license| !is_in(license)).collect();
        if new.is_empty() {
            return Ok(None);
        }
        let at = place(store, &contents, overrides).map_err(Refusal::Input)?;
        let change = StoreChange::Fill { at, bytes: &new.concat() };
        let data = payload.with_store(change).map_err(|error| Refusal::Input(error.into()))?;
        Ok(data.map(|data| Changed { data, kids: None, room: None, is_complete: false }))
    }

    fn skip(&self, path: &Path) {
        if let Some(table) = &self.table {
            table.skip(path);
        }
    }
}

/// Where the zeros begin.
fn place(store: Store<'_>, contents: &StoreContents<'_>, overrides: Overrides) -> Result<usize, Error> {
    if store.is_empty() {
        return Ok(0);
    }
    if !overrides.has(Override::FilledStore) {
        let held = match contents.licenses.len() {
            0 => "something that is no license".to_owned(),
            1 => "a license".to_owned(),
            count => format!("{count} licenses"),
        };
        return Err(OperationError::Refused(Refused::FilledStore { held }).into());
    }
    let end = contents.licenses.last().map(|(offset, license)| offset.saturating_add(license.bytes().len()));
    match (contents.gaps.last(), end) {
        (Some(gap), Some(end)) if gap.offset == end && gap.is_zero() => Ok(end),
        (_, Some(end)) if end == store.capacity() => Ok(end),
        _ => Err(OperationError::UnknownInStore.into()),
    }
}
