//! Headers are changed as the rows of a table say.

use crate::payloads::{Beside, Change, Changed, Missed, Refusal, Room, Subject, UrlBeside};
use crate::table::Table;
use crate::{HeaderChange, Why};
use std::path::Path;

/// What is asked of a header that a row fits: by the row, and of all where the row says nothing.
pub struct RowChange {
    /// What becomes of the header; nothing, where that is none.
    pub change: Option<HeaderChange>,
    /// What makes room for it.
    pub room: Room,
}

/// What a table asks of each header, and what is asked of all.
pub struct TableChange<'t> {
    /// The rows.
    pub table: Table<'t, RowChange>,
    /// For those that no row fits.
    pub all: Option<HeaderChange>,
    /// What makes room for all.
    pub room: Room,
}

impl Change for TableChange<'_> {
    fn store_gives_way(&self) -> bool {
        true
    }

    fn apply(&self, subject: &Subject<'_>) -> Result<Option<Changed>, Refusal> {
        let row = self.table.for_object(subject.document, subject.found).map_err(Refusal::Input)?;
        let row = row.as_deref();
        let change = row.map_or(self.all.as_ref(), |row| row.change.as_ref()).ok_or(Refusal::Unasked)?;
        let els_min = row.and_then(|row| row.room.els_min).or(self.room.els_min);
        let room = Room {
            pad: self.room.pad || row.is_some_and(|row| row.room.pad),
            els_min: els_min.filter(|_| change.store_gives_way()),
        };
        let changed = change.apply(subject)?;
        Ok(changed.map(|changed| Changed { room: Some(room), ..changed }))
    }

    fn license_url(&self, beside: &UrlBeside<'_>) -> Beside {
        let Some(Subject { document, found, .. }) = beside.subject else {
            return self.all.as_ref().map_or(Beside::Unasked, |all| all.license_url(beside));
        };
        let Ok(row) = self.table.for_object(document, found) else { return Beside::Unasked };
        let change = row.as_deref().map_or(self.all.as_ref(), |row| row.change.as_ref());
        change.map_or(Beside::Unasked, |change| change.license_url(beside))
    }

    fn left_in(&self, subject: &Subject<'_>, data: &[u8]) -> Vec<Why> {
        let Ok(row) = self.table.for_object(subject.document, subject.found) else { return Vec::new() };
        let change = row.as_deref().map_or(self.all.as_ref(), |row| row.change.as_ref());
        change.map_or_else(Vec::new, |change| change.left_in(subject, data))
    }

    fn misses(&self, subject: &Subject<'_>) -> Vec<Missed> {
        let Ok(row) = self.table.for_object(subject.document, subject.found) else { return Vec::new() };
        let change = row.as_deref().map_or(self.all.as_ref(), |row| row.change.as_ref());
        change.map_or_else(Vec::new, |change| change.misses(subject))
    }

    fn skip(&self, path: &Path) {
        self.table.skip(path);
    }
}
