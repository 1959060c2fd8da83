//! `prkit els fill`: licenses over the zeros of a store.
//!
//! ```text
//!   empty store    0000000000000000        filled     license license 00000000
//! ```
//!
//! How a filled store is laid out is not public. That licenses stand one after the other from the first byte on is
//! inferred: the name of the record, and `XMR\0` with a length in front of every license, allow a reader no less.

use super::shelf::Shelf;
use crate::args::{ElsFillArgs, LicenseOptions};
use crate::exit::{Status, Stop};
use crate::hints::told;
use crate::input::keys_of;
use crate::table;
use crate::writing;
use prkit_batch::log::Asked;
use prkit_batch::operation::Payloads;
use prkit_batch::payloads::{Change, Changed, Refusal, Subject};
use prkit_batch::table::Table;
use prkit_batch::{Cause, Refused};
use prkit_license::{Limits, StoreContents};
use prkit_playready::{Override, Overrides, Store, StoreChange};
use std::path::Path;

pub(crate) fn run(args: &ElsFillArgs) -> Result<Status, Stop> {
    let selector = args.select.selector(false)?;
    let table =
        args.table.edits.as_deref().map(|path| table::open(path, |row: LicenseOptions, _| shelf(&row)));
    let fill =
        Fill { table: table.transpose()?, all: shelf(&args.options)?, presentation: args.write.presentation };
    crate::terminal::note(format_args!(
        "how a filled license store is laid out is not public: licenses are written one after the other from its \
         first byte on, which is inferred"
    ));
    let payloads = Payloads { change: &fill, making: args.write.making() };
    let status = writing::run(&payloads, &args.input, &selector, &args.write, &|| {
        let asked = Asked::of("els fill").with(&args.select).with(&args.options);
        match &fill.table {
            Some(table) => asked.with(table),
            None => asked,
        }
    })?;
    Ok(fill.table.map_or(status, |rows| table::end(&rows, status, &args.table)))
}

/// `None` where no license is named.
fn shelf(options: &LicenseOptions) -> Result<Option<Shelf>, Stop> {
    if options.licenses.is_empty() {
        Ok(None)
    } else {
        Shelf::open(&options.licenses).map(Some).map_err(Stop::usage)
    }
}

struct Fill<'t> {
    table: Option<Table<'t, Option<Shelf>>>,
    /// For all that no row of the table names licenses for.
    all: Option<Shelf>,
    presentation: bool,
}

impl Change for Fill<'_> {
    fn store_gives_way(&self) -> bool {
        false
    }

    fn apply(&self, subject: &Subject<'_>) -> Result<Option<Changed>, Refusal> {
        let Subject { document, found, overrides } = *subject;
        let row = self.table.as_ref().map(|table| table.for_object(document, found));
        let row = row.transpose().map_err(|error| Refusal::Input(told(error).into()))?.flatten();
        let shelf = row.as_deref().and_then(Option::as_ref).or(self.all.as_ref());
        let shelf = shelf.ok_or(Refusal::Unasked)?;
        let payload = subject.payload()?;
        let Some(store) = payload.object().and_then(prkit_playready::Object::store) else {
            // Manifests are there for the files that they name.
            if self.presentation && found.in_text.is_some() {
                return Ok(None);
            }
            let message = "the object has no license store: `prkit els reserve` makes one";
            return Err(Refusal::Object(message.to_owned().into()));
        };
        let contents = StoreContents::of(store, Limits::default());
        let kids = keys_of(document, found).map_err(|error| Refusal::Input(told(error).into()))?;
        let licenses = shelf.for_keys(&kids, overrides).map_err(Refusal::Input)?;
        let is_in = |license: &[u8]| contents.licenses.iter().any(|(_, known)| known.bytes() == license);
        let new: Vec<Vec<u8>> = licenses.into_iter().filter(|license| !is_in(license)).collect();
        if new.is_empty() {
            return Ok(None);
        }
        let at = place(store, &contents, overrides).map_err(Refusal::Input)?;
        let change = StoreChange::Fill { at, bytes: &new.concat() };
        let data = payload.with_store(change).map_err(|error| Refusal::Input(Cause::of(&error)))?;
        Ok(data.map(|data| Changed { data, kids: None, room: None }))
    }

    fn skip(&self, path: &Path) {
        if let Some(table) = &self.table {
            table.skip(path);
        }
    }
}

/// Where the zeros begin.
fn place(store: Store<'_>, contents: &StoreContents<'_>, overrides: Overrides) -> Result<usize, Cause> {
    if store.is_empty() {
        return Ok(0);
    }
    if !overrides.has(Override::FilledStore) {
        let held = match contents.licenses.len() {
            0 => "something that is no license".to_owned(),
            1 => "a license".to_owned(),
            count => format!("{count} licenses"),
        };
        return Err(Cause::of(&Refused::FilledStore { held }));
    }
    let end = contents.licenses.last().map(|(offset, license)| offset.saturating_add(license.bytes().len()));
    match (contents.gaps.last(), end) {
        (Some(gap), Some(end)) if gap.offset == end && gap.is_zero() => Ok(end),
        (_, Some(end)) if end == store.capacity() => Ok(end),
        _ => Err("its license store holds bytes that nobody knows; it is left alone".to_owned().into()),
    }
}
