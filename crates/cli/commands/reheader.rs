//! `prkit reheader`: change the PlayReady header where it is.
//!
//! ```text
//!   arguments ──▶ Change      once a run
//!   object    ──▶ new object  payload.rs of the playready crate
//!   new objects ──▶ plan      bmff crate; other inputs are replaced as a whole
//!   plan      ──▶ file        writing/
//! ```

use crate::args::{HeaderArgs, ReheaderArgs, WriteArgs};
use crate::exit::{Status, Stop};
use crate::input::{Document, Form, Found, header_bytes, read_value};
use crate::report::{BoxReport, WriteReport};
use crate::select::{Selector, ds_id_base64};
use crate::writing::{self, Edits};
use bytes::Bytes;
use prkit_bmff::{BoxType, Pssh, Replace};
use prkit_plan::{Plan, Strategy};
use prkit_playready::{Change, Edit, Field, Header, Object, Payload, RecordType};

pub(crate) fn run(args: &ReheaderArgs) -> Result<Status, Stop> {
    let selector = Selector::new(&args.select, false)?;
    let change = HeaderChange::new(&args.header)?;
    let reheader = Reheader { change, write: &args.write };
    writing::run(&reheader, &args.input, &selector, &args.write)
}

/// What is asked of every header.
enum HeaderChange {
    /// Splices of some elements; URLs may hold `{kid}`.
    Edits(Vec<Edit>),
    /// Another header.
    Header(Vec<u8>),
    /// Another object.
    Object(Vec<u8>),
}

const KID: &str = "{kid}";

impl HeaderChange {
    fn new(args: &HeaderArgs) -> Result<Self, Stop> {
        let edits = edits(args)?;
        let change = match (&args.header, &args.pro) {
            (Some(_), _) | (_, Some(_)) if !edits.is_empty() => {
                return Err(Stop::usage(
                    "--header and --pro replace everything; other changes cannot stand beside them",
                ));
            }
            (Some(header), _) => Self::Header(
                read_value("--header", header).and_then(|bytes| header_bytes(&bytes)).map_err(Stop::usage)?,
            ),
            (None, Some(object)) => {
                let bytes = read_value("--pro", object).map_err(Stop::usage)?;
                Object::parse(&bytes).map_err(|error| Stop::usage(format!("--pro: {error}")))?;
                Self::Object(bytes)
            }
            (None, None) if edits.is_empty() => {
                return Err(Stop::usage("nothing to change: name a change, such as --la-url URL"));
            }
            (None, None) => Self::Edits(edits),
        };
        Ok(change)
    }

    /// The new payload; `None` when it is the old one.
    fn apply(&self, data: &[u8]) -> Result<Option<Vec<u8>>, String> {
        let payload = Payload::parse(data).map_err(|error| error.to_string())?;
        let new = match self {
            Self::Object(object) => Some(object.clone()),
            Self::Header(header) => Some(payload.with_header(header).map_err(|error| error.to_string())?),
            Self::Edits(edits) => {
                let header = payload.header().map_err(|error| error.to_string())?;
                let edits = with_kid(edits, &header)?;
                payload.edit(&edits).map_err(|error| error.to_string())?
            }
        };
        Ok(new.filter(|new| new != data))
    }
}

fn edits(args: &HeaderArgs) -> Result<Vec<Edit>, Stop> {
    let set = |value: &Option<String>| value.clone().map(Change::Set);
    let gone = |gone: bool| gone.then_some(Change::Remove);
    let ds_id = args.ds_id.as_deref().map(ds_id_base64).transpose()?;
    let custom = args.custom_attributes.as_deref().map(text_value).transpose()?;
    let setup = args.decryptor_setup.as_ref().map(|setup| setup.to_ascii_uppercase());
    let changes = [
        (Field::LaUrl, set(&args.la_url).or(prefixes(&args.la_url_replace)?).or(gone(args.no_la_url))),
        (Field::LuiUrl, set(&args.lui_url).or(prefixes(&args.lui_url_replace)?).or(gone(args.no_lui_url))),
        (Field::DsId, set(&ds_id).or(gone(args.no_ds_id))),
        (Field::CustomAttributes, set(&custom).or(gone(args.no_custom_attributes))),
        (Field::DecryptorSetup, set(&setup).or(gone(args.no_decryptor_setup))),
    ];
    let edits = changes
        .into_iter()
        .filter_map(|(field, change)| change.map(|change| Edit { field, change, existing: args.existing }));
    Ok(edits.collect())
}

fn prefixes(pairs: &[String]) -> Result<Option<Change>, Stop> {
    let pairs: Vec<_> = pairs
        .iter()
        .map(|pair| match pair.split_once('=') {
            Some((old, new)) if !old.is_empty() => Ok((old.to_owned(), new.to_owned())),
            _ => Err(Stop::usage(format!("expected OLD=NEW, not {pair:?}"))),
        })
        .collect::<Result<_, _>>()?;
    Ok((!pairs.is_empty()).then_some(Change::ReplacePrefix(pairs)))
}

/// XML as it is, or `@FILE`.
fn text_value(value: &str) -> Result<String, Stop> {
    let Some(path) = value.strip_prefix('@') else { return Ok(value.to_owned()) };
    let text = std::fs::read_to_string(path)
        .map_err(|error| Stop::usage(format!("--custom-attributes: cannot read {path}: {error}")))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// Puts the header's own key id into URLs that ask for it.
fn with_kid(edits: &[Edit], header: &Header<'_>) -> Result<Vec<Edit>, String> {
    let asks = |edit: &Edit| matches!(&edit.change, Change::Set(value) if value.contains(KID));
    if !edits.iter().any(asks) {
        return Ok(edits.to_vec());
    }
    let kids: Vec<_> = header.kids().iter().filter_map(|kid| kid.id).collect();
    let [kid] = kids.as_slice() else {
        return Err(format!("{KID} needs a header with exactly one key id, and this one has {}", kids.len()));
    };
    let filled = edits.iter().map(|edit| match &edit.change {
        Change::Set(value) if matches!(edit.field, Field::LaUrl | Field::LuiUrl) => {
            Edit { change: Change::Set(value.replace(KID, &kid.to_string())), ..edit.clone() }
        }
        _ => edit.clone(),
    });
    Ok(filled.collect())
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

/// What becomes of a box, and the capacity of its store when that gives way.
struct NewBox {
    replace: Replace,
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
    if !matches!(change, HeaderChange::Object(_)) {
        payload.header().map_err(|error| unreadable(error.to_string()))?;
    }
    let Some(data) = change.apply(&found.data).map_err(refused)? else { return Ok(None) };
    let given = write.els_min.and_then(|least| give_way(&data, found.data.len(), least));
    let (store, data_with_store) = given.unzip();
    let with_store =
        data_with_store.map(|data| whole(document, found, &data)).transpose().map_err(refused)?;
    let with = whole(document, found, &data).map_err(refused)?;
    Ok(Some(NewBox { replace: Replace { pssh: found.index, with, with_store }, store }))
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

/// The whole box, or the whole input, with this payload.
fn whole(document: &Document, found: &Found, data: &[u8]) -> Result<Bytes, String> {
    if let Some(opened) = &document.manifest {
        return opened.whole(found, data);
    }
    let Some(layout) = &document.layout else {
        if !document.is_box_data {
            return Ok(Bytes::copy_from_slice(data));
        }
        let content = document.whole_content()?;
        let pssh = Pssh::parse(BoxType::new(*b"pssh"), &content).map_err(|error| error.to_string())?;
        return pssh.encode(data).map(Bytes::from).ok_or_else(too_long);
    };
    debug_assert!(matches!(found.form, Form::Pssh | Form::Piff), "a layout has boxes");
    let pssh_box = layout.pssh().get(found.index).ok_or_else(too_long)?;
    let pssh = Pssh::parse(pssh_box.header.kind, &pssh_box.content).map_err(|error| error.to_string())?;
    let content = pssh.encode(data).ok_or_else(too_long)?;
    pssh_box.encode(&content).map_err(|error| error.to_string())
}

fn too_long() -> String {
    "the new payload is longer than a box can hold".to_owned()
}
