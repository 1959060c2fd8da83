//! `prkit els fill`: licenses over the zeros of a store.
//!
//! ```text
//!   empty store    0000000000000000        filled     license license 00000000
//! ```
//!
//! How a filled store is laid out is not public. That licenses stand one after the other from the first byte on is
//! inferred: the name of the record, and `XMR\0` with a length in front of every license, allow a reader no less.

use super::shelf::Shelf;
use crate::args::ElsFillArgs;
use crate::exit::{Status, Stop};
use crate::input::{Document, Found, encryption_of};
use crate::payloads::{Change, Changed, Payloads, Refusal};
use crate::select::Selector;
use crate::writing;
use prkit_license::{Limits, StoreContents};
use prkit_playready::{KeyId, Payload, Store, StoreChange};

pub(crate) fn run(args: &ElsFillArgs) -> Result<Status, Stop> {
    let selector = Selector::new(&args.select, false)?;
    let fill = Fill { shelf: Shelf::open(&args.licenses).map_err(Stop::usage)? };
    anstream::eprintln!(
        "prkit: how a filled license store is laid out is not public: licenses are written one after the other from its \
         first byte on, which is inferred"
    );
    writing::run(&Payloads { change: &fill, write: &args.write }, &args.input, &selector, &args.write)
}

struct Fill {
    shelf: Shelf,
}

impl Change for Fill {
    fn needs_header(&self) -> bool {
        false
    }

    fn store_gives_way(&self) -> bool {
        false
    }

    fn apply(
        &self,
        document: &Document,
        found: &Found,
        payload: &Payload<'_>,
        force: bool,
    ) -> Result<Option<Changed>, Refusal> {
        let Some(store) = payload.object().and_then(prkit_playready::Object::store) else {
            let message = "the object has no license store: `prkit els reserve` makes one";
            return Err(Refusal::Object(message.to_owned()));
        };
        let contents = StoreContents::of(store, Limits::default());
        let kids = kids_of(document, found, payload).map_err(Refusal::Input)?;
        let licenses = self.shelf.for_keys(&kids, force).map_err(Refusal::Input)?;
        let is_in = |license: &[u8]| contents.licenses.iter().any(|(_, known)| known.bytes() == license);
        let new: Vec<Vec<u8>> = licenses.into_iter().filter(|license| !is_in(license)).collect();
        if new.is_empty() {
            return Ok(None);
        }
        let at = place(store, &contents, force).map_err(Refusal::Input)?;
        let change = StoreChange::Fill { at, bytes: &new.concat() };
        let data = payload.with_store(change).map_err(|error| Refusal::Input(error.to_string()))?;
        Ok(data.map(|data| Changed { data, kids: None }))
    }
}

/// The keys an object is for: those of its header, else those of the file around it, as in a fragment that has only a
/// store.
fn kids_of(document: &Document, found: &Found, payload: &Payload<'_>) -> Result<Vec<KeyId>, String> {
    let named = payload.header().map(prkit_playready::Header::key_ids).unwrap_or_default();
    if named.is_empty() { Ok(encryption_of(document, found)?.kids) } else { Ok(named) }
}

/// Where the zeros begin.
fn place(store: Store<'_>, contents: &StoreContents<'_>, force: bool) -> Result<usize, String> {
    if store.is_empty() {
        return Ok(0);
    }
    if !force {
        let held = match contents.licenses.len() {
            0 => "something that is no license".to_owned(),
            1 => "a license".to_owned(),
            count => format!("{count} licenses"),
        };
        return Err(format!("its license store holds {held}; --force writes behind it, and only over zeros"));
    }
    let end = contents.licenses.last().map(|(offset, license)| offset.saturating_add(license.bytes().len()));
    match (contents.gaps.last(), end) {
        (Some(gap), Some(end)) if gap.offset == end && gap.is_zero() => Ok(end),
        (_, Some(end)) if end == store.capacity() => Ok(end),
        _ => Err("its license store holds bytes that nobody knows; it is left alone".to_owned()),
    }
}
