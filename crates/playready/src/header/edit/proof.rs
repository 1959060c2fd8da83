//! Whether a header says, after an edit, what was asked, and of everything else what it said before.
//!
//! In XML, what is put between two tags is found there. In text that is none it may not be: an element that nobody
//! closed takes it in, a comment without its end swallows it, a quote that does not fit moves the end of a tag. No list
//! of such texts is complete, so the result is read as every reader here reads, and compared.

use super::{Change, Edit, Requested};
use crate::header::{Field, Header, Kid, Version};
use crate::{Error, ErrorKind, KeyId, Result};
use std::borrow::Cow;
use std::collections::HashSet;

/// What was asked of a header. What is not named is to say the same.
#[derive(Clone, Default)]
pub(super) struct Asked<'a> {
    pub(super) fields: &'a [Edit],
    pub(super) kids: Option<&'a Vec<Kid>>,
    /// Key IDs that clients are to read.
    pub(super) read: Vec<KeyId>,
    pub(super) version: Option<&'a Version>,
    pub(super) license_requested: Option<Requested>,
    /// White space, quotes and references of what stays may be written in another way.
    pub(super) canonicalize: bool,
}

impl Header<'_> {
    /// Compares the header with what it has become.
    pub(super) fn prove(&self, after: &Header<'_>, asked: &Asked<'_>) -> Result<()> {
        let broken = |what: &str| {
            let reason = format!("{what} would not read back as it should");
            Err(Error::new(ErrorKind::CutShort { reason }))
        };
        for field in Field::ALL {
            if !self.says(after, field, asked) {
                return broken(field.element());
            }
        }
        if !asked.has_keys(&self.all_kids(), &after.all_kids()) || !asked.are_read(after) {
            return broken("KID");
        }
        let version = asked.version.cloned().or(self.version());
        if after.version() != version {
            return broken("version");
        }
        let before = self.license_requested();
        let requested = match asked.license_requested {
            None => before,
            Some(Requested::Remove) => None,
            Some(Requested::SetExisting(_)) if before.is_none() => None,
            Some(Requested::Set(value) | Requested::SetExisting(value)) => {
                Some(Cow::Borrowed(if value { "true" } else { "false" }))
            }
        };
        if after.license_requested() != requested {
            return broken("LICENSEREQUESTED");
        }
        Ok(())
    }

    fn says(&self, after: &Header<'_>, field: Field, asked: &Asked<'_>) -> bool {
        let (before, after) = (self.value(field), after.value(field));
        let (before, after) = (before.as_deref(), after.as_deref());
        // XML of the service's own is straightened, too.
        let may_differ = asked.canonicalize && field == Field::CustomAttributes;
        let mut edits = asked.fields.iter().filter(|edit| edit.field == field).peekable();
        if edits.peek().is_none() {
            return before == after || may_differ && before.is_some() == after.is_some();
        }
        edits.all(|edit| match &edit.change {
            Change::Remove => after.is_none(),
            Change::Set(_) if edit.existing && before.is_none() => after.is_none(),
            Change::Set(_) if may_differ => after.is_some(),
            Change::Set(value) if field == Field::CustomAttributes => after == Some(value),
            Change::Set(value) => after == Some(value.trim()),
            Change::ReplacePrefix(pairs) => {
                before == after
                    || pairs.iter().any(|(old, new)| {
                        let rest = before.and_then(|before| before.strip_prefix(&**old));
                        after.is_some() && rest.map(|rest| format!("{new}{rest}")).as_deref() == after
                    })
            }
        })
    }
}

impl Asked<'_> {
    fn are_read(&self, after: &Header<'_>) -> bool {
        if self.read.is_empty() {
            return true;
        }
        let read: HashSet<_> = after.key_ids().into_iter().collect();
        self.read.iter().all(|id| read.contains(id))
    }

    fn has_keys(&self, before: &[Kid], after: &[Kid]) -> bool {
        let wanted = self.kids.map_or(before, |kids| kids);
        // The text of a key id may change, a byte order mark inside of it say: what it means may not.
        let meaning = |kid: &Kid| (kid.id, kid.algorithm.clone(), kid.checksum.clone());
        if self.canonicalize || self.version.is_some() {
            return wanted.iter().map(meaning).eq(after.iter().map(meaning));
        }
        wanted == after
    }
}
