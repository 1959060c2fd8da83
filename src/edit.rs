//! What is done with an asset: looked at, planned for, rewritten.

use crate::{Change, Error, Shown};
use bytes::Bytes;
use prkit_batch::{Content, Document, Selector, System, prove};
use prkit_bmff::{Edited, Scope};
use prkit_plan::{AssetId, Commit, Plan, Receipt, Store};

/// What is in an asset: an MP4 file or segment, a manifest, a lone object, any of them in base64 or hex.
///
/// # Errors
///
/// [`Error::NotRecognised`] for anything else; what is broken around the headers. What is wrong with one of them,
/// [`Object::fault`](crate::Object::fault) says.
pub fn show(asset: &[u8]) -> Result<Shown, Error> {
    Shown::new(document(asset)?)
}

/// The asset with its PlayReady headers changed; the same bytes where nothing is to be done.
///
/// # Errors
///
/// What cannot be read, and what cannot be done. Nothing is done by halves.
pub fn reheader(asset: &[u8], change: &Change) -> Result<Vec<u8>, Error> {
    let document = document(asset)?;
    let edited = planned(&document, change)?;
    let new = edited.plan.to_vec(document.outer_source()).map_err(Error::Read)?;
    prove(&document, &edited, &&new[..]).map_err(Error::NotAsPlanned)?;
    Ok(new)
}

/// The plan that changes the PlayReady headers of an asset: an ordered list of kept spans and put bytes.
///
/// # Errors
///
/// As for [`reheader`].
pub fn plan(asset: &[u8], change: &Change) -> Result<Plan, Error> {
    Ok(planned(&document(asset)?, change)?.plan)
}

/// Changes the PlayReady headers of an asset where it is stored; `None` where nothing is to be done.
///
/// The asset is locked from the first look to the last byte, and the result is looked at before it counts.
///
/// # Errors
///
/// As for [`reheader`], and [`Error::Store`].
pub fn edit<S: Store>(
    store: &S,
    id: &AssetId,
    change: &Change,
    how: &Commit<'_>,
) -> Result<Option<Receipt>, Error>
where
    S::Asset: 'static,
{
    Ok(change.asking(&change.header()?, &playready()).edit(store, id, how)?.receipt)
}

fn document(asset: &[u8]) -> Result<Document, Error> {
    Document::of(Content::Memory(Bytes::copy_from_slice(asset)), Scope::default())
}

fn planned(document: &Document, change: &Change) -> Result<Edited, Error> {
    change.asking(&change.header()?, &playready()).plan(document)
}

fn playready() -> Selector {
    let mut selector = Selector::default();
    selector.system = System::PlayReady;
    selector
}
