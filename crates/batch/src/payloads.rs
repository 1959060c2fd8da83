//! Changing payloads where they are: what `reheader` and `els` share.
//!
//! ```text
//!   object      ──▶ new object   a Change
//!   new objects ──▶ plan         bmff crate; other inputs are replaced as a whole
//!   plan        ──▶ file         writing/
//! ```

use crate::Error;
use crate::input::{Document, Form, Found, Kind};
use crate::left::{Left, Why};
use crate::operation::OperationError;
use crate::refused::Refused;
use bytes::Bytes;
use prkit_bmff::{BoxType, Pssh, Replace};
use prkit_playready::{
    KeyId, MAX_RECOMMENDED, Object, Override, Overrides, Payload, RecordType, Store, StoreChange, Use,
    check_length,
};
use std::path::Path;

/// What becomes of a payload.
pub trait Change: Sync {
    /// Whether an empty license store may give way when the header grows.
    fn store_gives_way(&self) -> bool;

    /// The new payload; `None` when it is the old one.
    ///
    /// # Errors
    ///
    /// Why not: of this object, or of the whole input.
    fn apply(&self, subject: &Subject<'_>) -> Result<Option<Changed>, Refusal>;

    /// What becomes of a license URL beside an object, in the same descriptor of a document.
    fn license_url(&self, _: &UrlBeside<'_>) -> Beside {
        Beside::Unasked
    }

    /// What it leaves as it was in an object that is `data` afterwards, although the change was meant for it.
    fn left_in(&self, _: &Subject<'_>, _data: &[u8]) -> Vec<Why> {
        Vec::new()
    }

    /// What of an object was to be replaced and is something else.
    fn misses(&self, _: &Subject<'_>) -> Vec<Missed> {
        Vec::new()
    }

    /// An input is not looked at, because it was done before.
    fn skip(&self, _path: &Path) {}
}

/// Something that begins with nothing of what was to be replaced.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{}", match value { Some(value) => format!("{element} is {value}, which begins with nothing that is to be replaced"), None => format!("there is no {element} to be replaced") })]
pub struct Missed {
    /// The element.
    pub element: &'static str,
    /// What it is.
    pub value: Option<String>,
}

/// A license URL beside an object.
pub struct UrlBeside<'s> {
    /// The object; none where the descriptor has no object that can be read.
    pub subject: Option<Subject<'s>>,
    /// The URL.
    pub url: &'s str,
    /// The URL of the header before the edit.
    pub before: Option<String>,
    /// And after it.
    pub after: Option<String>,
}

/// What becomes of it.
pub enum Beside {
    /// Nothing is asked of it, or it is as asked.
    Unasked,
    /// It becomes this one.
    Replace(String),
    /// It is another one, and stays.
    Left,
}

/// What inside an object makes room for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Room {
    /// Where 2, 4 or 6 bytes are left over, the header is filled up with spaces.
    pub pad: bool,
    /// An empty license store gives way, down to this size.
    pub els_min: Option<usize>,
}

/// How new payloads are made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Making {
    /// What makes room for all of them.
    pub room: Room,
    /// What is done although it is refused.
    pub overrides: Overrides,
    /// Manifests are there for the files that they name: their objects are written without an empty store.
    pub presentation: bool,
}

/// What is changed: an object where it stands.
#[derive(Clone, Copy)]
pub struct Subject<'s> {
    /// The input it stands in.
    pub document: &'s Document,
    /// The object.
    pub found: &'s Found,
    /// What is done although it is refused.
    pub overrides: Overrides,
}

impl<'s> Subject<'s> {
    /// Its payload, which is read when something is asked of it.
    ///
    /// # Errors
    ///
    /// [`Refusal::Object`] where it, or its box, cannot be read.
    pub fn payload(&self) -> Result<Payload<'s>, Refusal> {
        if let Some(error) = &self.found.box_error {
            return Err(Refusal::Object(OperationError::BoxFault(error.clone()).into()));
        }
        // An element without text, as requests and templates have it, has nothing to change.
        if self.found.in_text.is_some_and(|place| place.len == 0) {
            return Err(Refusal::Unasked);
        }
        let unreadable = |error: prkit_playready::Error| Refusal::Object(error.into());
        let payload = Payload::parse(&self.found.data).map_err(unreadable)?;
        if let Payload::Header(header) = &payload {
            header.check_root().map_err(unreadable)?;
        }
        if let Some(object) = payload.object() {
            object.check_whole().map_err(unreadable)?;
        }
        Ok(payload)
    }

    /// Refuses an empty license store in a manifest that had none as long, and an object that gets past the length that is
    /// recommended.
    fn check_store(&self, data: &[u8]) -> Result<(), Error> {
        let place = self.found.used_in();
        if !self.overrides.has(Override::ManifestStore)
            && let Some(place) = place
            && empty_store_of(data) > empty_store_of(&self.found.data)
        {
            place.takes_empty_store()?;
        }
        check_object(&self.found.data, data, self.overrides)
    }
}

/// A payload after the change.
pub struct Changed {
    /// The new payload.
    pub data: Vec<u8>,
    /// The key id list of its box, where that changes too.
    pub kids: Option<Vec<KeyId>>,
    /// What makes room for this one, where that is not what makes room for all.
    pub room: Option<Room>,
    /// Nothing of what was meant is left in it as it was: [`Change::left_in`] has nothing to look for.
    pub is_complete: bool,
}

/// Why a payload is not changed.
pub enum Refusal {
    /// Nothing is asked of it.
    Unasked,
    /// It is left alone; the others go on.
    Object(Error),
    /// What is asked cannot be: the input fails.
    Input(Error),
}

/// What becomes of a box.
pub struct NewBox {
    /// The new box, in the forms that it may have.
    pub replace: Replace,
    /// The object in it.
    pub data: Vec<u8>,
    /// Capacity of its store.
    pub store: Option<usize>,
    /// The same when the store gives way.
    pub given: Option<usize>,
    /// As [`Changed::is_complete`].
    is_complete: bool,
}

/// The box that a change makes of an object; `None` when it stays.
///
/// # Errors
///
/// Why not.
pub fn new_box(
    document: &Document,
    found: &Found,
    change: &dyn Change,
    making: Making,
) -> Result<Option<NewBox>, Refusal> {
    let subject = Subject { document, found, overrides: making.overrides };
    let Some(mut new) = change.apply(&subject)? else { return Ok(None) };
    if let Some(version) = found.version.filter(|version| *version > 1)
        && !making.overrides.has(Override::Version)
    {
        return Err(Refusal::Object(OperationError::Refused(Refused::BoxVersion { version }).into()));
    }
    if making.presentation && found.used_in().is_some_and(Use::is_manifest) {
        new.data = for_manifest(&found.data, new.data, making.overrides);
        if new.data == found.data {
            return Ok(None);
        }
    }
    let kids = new.kids.as_deref();
    let room = new
        .room
        .unwrap_or(Room { els_min: making.room.els_min.filter(|_| change.store_gives_way()), ..making.room });
    let given = room.els_min.and_then(|least| {
        // Header, key id list and store together keep their size.
        let list_len = |kids: usize| kids.saturating_mul(size_of::<KeyId>());
        let room = found.data.len().saturating_add(list_len(found.kids.len()));
        let room = room.checked_sub(list_len(kids.map_or(found.kids.len(), <[KeyId]>::len)))?;
        give_way(&new.data, room, least)
    });
    let (given, data_with_store) = given.unzip();
    if let Err(cause) = subject.check_store(&new.data) {
        // What gets too long with the whole store may not with one that gives way.
        match &data_with_store {
            Some(data) if subject.check_store(data).is_ok() => new.data.clone_from(data),
            _ => return Err(Refusal::Input(cause)),
        }
    }
    let boxed = |data: &[u8]| whole(document, found, data, kids).map_err(Refusal::Input);
    let with_store = data_with_store.map(|data| boxed(&data)).transpose()?;
    let padded = if room.pad {
        padded(&new.data).iter().map(|data| boxed(data)).collect::<Result<_, _>>()?
    } else {
        Vec::new()
    };
    let with = boxed(&new.data)?;
    let store = store_of(&new.data);
    Ok(Some(NewBox {
        replace: Replace { with_store, padded, ..Replace::new(found.index, with) },
        data: new.data,
        store,
        given,
        is_complete: new.is_complete,
    }))
}

/// What a change leaves in an object, whether it becomes another one or stays.
pub fn left_in(
    document: &Document,
    found: &Found,
    change: &dyn Change,
    overrides: Overrides,
    new: Option<&NewBox>,
) -> Vec<Left> {
    if new.is_some_and(|new| new.is_complete) {
        return Vec::new();
    }
    let subject = Subject { document, found, overrides };
    let data = new.map_or(&*found.data, |new| &*new.data);
    change.left_in(&subject, data).into_iter().map(|why| Left::object(found, why)).collect()
}

/// The object as the manifest of a presentation gets it: an empty store is room in files, and does not come into manifests
/// with them (ELS-03, ELS-04), unless somebody insists. One that is there already is kept as long as it is.
pub fn for_manifest(before: &[u8], data: Vec<u8>, overrides: Overrides) -> Vec<u8> {
    let had = empty_store_of(before);
    if overrides.has(Override::ManifestStore) || empty_store_of(&data) <= had {
        return data;
    }
    let change = match had {
        Some(len) if len > 0 => StoreChange::Size { len, overrides },
        _ => StoreChange::Strip { overrides },
    };
    let changed = Payload::parse(&data).and_then(|payload| payload.with_store(change));
    changed.ok().flatten().unwrap_or(data)
}

/// Refuses an object with an empty license store for a document of this kind.
///
/// # Errors
///
/// Where it does not belong, unless that is overridden.
pub fn check_for_document(kind: Kind, data: &[u8], overrides: Overrides) -> Result<(), Error> {
    let place = match kind {
        Kind::Mpd => Use::Mpd,
        Kind::M3u8 => Use::Hls,
        Kind::Ism => Use::Smooth,
        _ => return Ok(()),
    };
    if overrides.has(Override::ManifestStore) || empty_store_of(data).is_none_or(|len| len == 0) {
        return Ok(());
    }
    Ok(place.takes_empty_store()?)
}

/// Refuses an object that is longer than the one before, and than what is recommended. A header without an object around it
/// is none.
///
/// # Errors
///
/// Where it is too long, unless that is overridden.
pub fn check_object(before: &[u8], data: &[u8], overrides: Overrides) -> Result<(), Error> {
    let len = |data: &[u8]| Some(Payload::parse(data).ok()?.object()?.bytes().len());
    let after = if data.len() > MAX_RECOMMENDED { len(data) } else { None };
    after.map_or(Ok(()), |after| Ok(check_length(len(before).unwrap_or(0), after, overrides)?))
}

/// The payload with one, two and three spaces more in its header.
fn padded(data: &[u8]) -> Vec<Vec<u8>> {
    let Ok(payload) = Payload::parse(data) else { return Vec::new() };
    (1..=3).filter_map(|spaces| payload.padded(spaces).ok().flatten()).collect()
}

/// The capacity of the first license store.
pub fn store_of(data: &[u8]) -> Option<usize> {
    Some(Payload::parse(data).ok()?.object()?.store()?.capacity())
}

/// The capacity of the first license store, where it is empty.
fn empty_store_of(data: &[u8]) -> Option<usize> {
    let payload = Payload::parse(data).ok()?;
    payload.object()?.store().filter(Store::is_empty).map(|store| store.capacity())
}

/// The capacity of an empty store that makes the object `len` bytes long again, at least `least`, and that object.
fn give_way(data: &[u8], len: usize, least: usize) -> Option<(usize, Vec<u8>)> {
    let object = Object::parse(data).ok()?;
    let index = object.records().iter().position(|record| record.kind == RecordType::Store)?;
    let store = object.store().filter(Store::is_empty)?;
    let room = store.capacity().checked_add(len)?.checked_sub(data.len())?;
    let grows = len > data.len();
    let too_long = grows && len > MAX_RECOMMENDED;
    if room < least || room % 2 != store.capacity() % 2 || too_long {
        return None;
    }
    Some((room, object.with_record(index, &vec![0; room]).ok()?))
}

/// The whole box, or the whole input, with this payload and key id list.
pub fn whole(
    document: &Document,
    found: &Found,
    data: &[u8],
    kids: Option<&[KeyId]>,
) -> Result<Bytes, Error> {
    let with_kids = |mut pssh: Pssh<'_>| {
        if let Some(kids) = kids {
            pssh.kids = kids.to_vec();
        }
        pssh.encode(data).ok_or(Error::PayloadTooLong)
    };
    if let Some(opened) = &document.manifest {
        return opened.whole(found, data);
    }
    let Some(layout) = &document.layout else {
        if !document.is_box_data {
            return Ok(Bytes::copy_from_slice(data));
        }
        let content = document.whole_content()?;
        let pssh = Pssh::parse(BoxType::new(*b"pssh"), &content)?;
        return with_kids(pssh).map(Bytes::from);
    };
    debug_assert!(matches!(found.form, Form::Pssh | Form::Piff), "a layout has boxes");
    let pssh_box = layout.pssh().get(found.index).ok_or(Error::PayloadTooLong)?;
    let pssh = Pssh::parse(pssh_box.header.kind, &pssh_box.content)?;
    let content = with_kids(pssh)?;
    Ok(pssh_box.encode(&content)?)
}
