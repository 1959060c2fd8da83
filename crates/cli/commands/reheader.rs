//! `prkit reheader`: change the PlayReady header where it is.
//!
//! ```text
//!   object    ──▶ new object  header_change.rs
//!   new objects ──▶ plan      bmff crate; other inputs are replaced as a whole
//!   plan      ──▶ file        writing/
//! ```

use crate::args::{ReheaderArgs, WriteArgs};
use crate::exit::{Status, Stop};
use crate::header_change::HeaderChange;
use crate::input::{Document, Form, Found};
use crate::report::{BoxReport, WriteReport};
use crate::select::Selector;
use crate::writing::{self, Edits};
use bytes::Bytes;
use prkit_bmff::{BoxType, Pssh, Replace};
use prkit_plan::{Plan, Strategy};
use prkit_playready::{Field, KeyId, Object, Payload, RecordType};

pub(crate) fn run(args: &ReheaderArgs) -> Result<Status, Stop> {
    let selector = Selector::new(&args.select, false)?;
    let change = HeaderChange::new(&args.header)?;
    let reheader = Reheader { change, write: &args.write };
    writing::run(&reheader, &args.input, &selector, &args.write)
}

struct Reheader<'r> {
    change: HeaderChange,
    write: &'r WriteArgs,
}

impl writing::Command for Reheader<'_> {
    /// Changes every object that can be read; the others are left alone and reported.
    fn edits(
        &self,
        document: &Document,
        objects: &[Found],
        report: &mut WriteReport,
    ) -> Result<Edits, String> {
        let mut edits = Edits::default();
        let mut readable = 0_usize;
        for found in objects {
            let new = new_box(document, found, &self.change, self.write);
            report.boxes.push(box_report(found, &new));
            match new {
                Ok(new) => {
                    readable = readable.saturating_add(1);
                    let given = new.as_ref().and_then(|new| new.store);
                    report.els_if_given = report.els_if_given.or(given);
                    if let Some(new) = new.as_ref().filter(|_| report.dry_run) {
                        report.urls.push((license_url(&found.data), license_url(&new.data)));
                    }
                    edits.replace.extend(new.map(|new| new.replace));
                }
                Err(error) if error.fatal => return Err(located(found, &error.message)),
                Err(_) => {}
            }
            let store = Payload::parse(&found.data).ok().and_then(|p| Some(p.object()?.store()?.capacity()));
            report.els_before = report.els_before.or(store);
        }
        report.els_after = report.els_before;
        if let (0, Some(found)) = (readable, objects.first()) {
            let reason = report.boxes.first().and_then(|b| b.error.clone()).unwrap_or_default();
            return Err(located(found, &reason));
        }
        Ok(edits)
    }

    fn fitted(&self, plan: &Plan, report: &mut WriteReport) {
        if plan.strategy() == Strategy::Store {
            for found in report.boxes.iter_mut().filter(|found| found.changed) {
                found.size_after = found.size_before;
            }
            report.els_after = report.els_if_given;
        }
    }
}

fn box_report(found: &Found, new: &Result<Option<NewBox>, BoxError>) -> BoxReport {
    let (size_after, error) = match new {
        Ok(Some(new)) => (u64::try_from(new.replace.with.len()).unwrap_or(u64::MAX), None),
        Ok(None) => (found.len(), None),
        Err(error) => (found.len(), Some(error.message.clone())),
    };
    BoxReport {
        index: Some(found.index),
        path: found.path.clone(),
        offset: found.offset,
        size_before: found.len(),
        size_after,
        changed: matches!(new, Ok(Some(_))),
        error,
    }
}

fn located(found: &Found, message: &str) -> String {
    let path = found.path.as_deref().unwrap_or("/");
    match found.in_text {
        Some(place) => format!("{message}, at line {}, column {} in {path}", place.line, place.column),
        None => format!("{message}, at byte {} in {path}", found.offset),
    }
}

fn license_url(data: &[u8]) -> Option<String> {
    let header = Payload::parse(data).and_then(|payload| payload.header()).ok()?;
    header.value(Field::LaUrl).map(std::borrow::Cow::into_owned)
}

/// What becomes of a box, and the capacity of its store when that gives way.
struct NewBox {
    replace: Replace,
    /// The object in it.
    data: Vec<u8>,
    store: Option<usize>,
}

/// Why a box is not changed, and whether that is the request's fault.
struct BoxError {
    message: String,
    fatal: bool,
}

fn new_box(
    document: &Document,
    found: &Found,
    change: &HeaderChange,
    write: &WriteArgs,
) -> Result<Option<NewBox>, BoxError> {
    let unreadable = |message: String| BoxError { message, fatal: false };
    let refused = |message: String| BoxError { message, fatal: true };
    if let Some(error) = &found.box_error {
        return Err(unreadable(error.clone()));
    }
    let payload = Payload::parse(&found.data).map_err(|error| unreadable(error.to_string()))?;
    if change.needs_header() {
        payload.header().map_err(|error| unreadable(error.to_string()))?;
    }
    let Some(new) = change.apply(document, found, write.force).map_err(refused)? else { return Ok(None) };
    let kids = new.kids.as_deref();
    // Header, key id list and store together keep their size.
    let list_len = |kids: usize| kids.saturating_mul(size_of::<KeyId>());
    let room = found.data.len().saturating_add(list_len(found.kids.len()));
    let room = room.checked_sub(list_len(kids.map_or(found.kids.len(), <[KeyId]>::len)));
    let given = write.els_min.zip(room).and_then(|(least, room)| give_way(&new.data, room, least));
    let (store, data_with_store) = given.unzip();
    let with_store =
        data_with_store.map(|data| whole(document, found, &data, kids)).transpose().map_err(refused)?;
    let with = whole(document, found, &new.data, kids).map_err(refused)?;
    let replace = Replace { pssh: found.index, with, with_store };
    Ok(Some(NewBox { replace, data: new.data, store }))
}

/// The capacity of an empty store that makes the object `len` bytes long again, at least `least`, and that object.
fn give_way(data: &[u8], len: usize, least: usize) -> Option<(usize, Vec<u8>)> {
    let object = Object::parse(data).ok()?;
    let index = object.records().iter().position(|record| record.kind == RecordType::Store)?;
    let store = object.store().filter(prkit_playready::Store::is_empty)?;
    let room = store.capacity().checked_add(len)?.checked_sub(data.len())?;
    let grows = len > data.len();
    let too_long = grows && len > prkit_playready::MAX_RECOMMENDED;
    if room < least || room % 2 != store.capacity() % 2 || too_long {
        return None;
    }
    Some((room, object.with_record(index, &vec![0; room]).ok()?))
}

/// The whole box, or the whole input, with this payload and key id list.
pub(super) fn whole(
    document: &Document,
    found: &Found,
    data: &[u8],
    kids: Option<&[KeyId]>,
) -> Result<Bytes, String> {
    let with_kids = |mut pssh: Pssh<'_>| {
        if let Some(kids) = kids {
            pssh.kids = kids.to_vec();
        }
        pssh.encode(data).ok_or_else(too_long)
    };
    if let Some(opened) = &document.manifest {
        return opened.whole(found, data);
    }
    let Some(layout) = &document.layout else {
        if !document.is_box_data {
            return Ok(Bytes::copy_from_slice(data));
        }
        let content = document.whole_content()?;
        let pssh = Pssh::parse(BoxType::new(*b"pssh"), &content).map_err(|error| error.to_string())?;
        return with_kids(pssh).map(Bytes::from);
    };
    debug_assert!(matches!(found.form, Form::Pssh | Form::Piff), "a layout has boxes");
    let pssh_box = layout.pssh().get(found.index).ok_or_else(too_long)?;
    let pssh = Pssh::parse(pssh_box.header.kind, &pssh_box.content).map_err(|error| error.to_string())?;
    let content = with_kids(pssh)?;
    pssh_box.encode(&content).map_err(|error| error.to_string())
}

fn too_long() -> String {
    "the new payload is longer than a box can hold".to_owned()
}
