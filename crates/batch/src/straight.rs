//! Objects straightened, as far as the rules say how.
//!
//! ```text
//!   object ──rules──▶ straight object, and what no rule straightens     straight
//!   all of an input ──▶ plan                                            plan_straight
//! ```

use crate::input::{Document, Found, encryption_of};
use crate::operation::OperationError;
use crate::payloads::{check_object, whole};
use crate::refused::Refused;
use crate::report::{Asked, context_of};
use crate::{Edits, Error, Fitting, Result};
use bytes::Bytes;
use prkit_bmff::{Edited, Replace};
use prkit_playready::{Level, Override, Overrides};

/// What becomes of an object.
pub(crate) struct Straight {
    /// What takes its place; `None` where it stays.
    pub(crate) with: Option<Bytes>,
    /// The worst of what is left.
    #[cfg_attr(not(feature = "files"), expect(dead_code, reason = "runs over files count by it"))]
    pub(crate) worst: Option<Level>,
}

/// Why an object is not straightened, whatever is wrong with it.
pub(crate) fn refused(found: &Found, overrides: Overrides) -> Option<OperationError> {
    if let Some(error) = &found.box_error {
        return Some(OperationError::BoxFault(error.clone()));
    }
    let version = found.version.filter(|version| *version > 1)?;
    (!overrides.has(Override::Version)).then(|| OperationError::Refused(Refused::BoxVersion { version }))
}

/// Straightens one object.
pub(crate) fn straight(
    document: &Document,
    found: &Found,
    asked: Asked,
    overrides: Overrides,
) -> Result<Straight> {
    let encryption = encryption_of(document, found)?;
    let context = context_of(found, &encryption, asked);
    let straight = prkit_playready::straighten(&found.data, &context);
    let worst = straight.left.iter().map(|left| left.level).max();
    let data = straight.bytes.as_deref();
    if let Some(data) = data {
        // UTF-8 becomes UTF-16, and twice as long.
        check_object(&found.data, data, overrides)?;
    }
    if data.is_none() && !document.is_box_data {
        return Ok(Straight { with: None, worst });
    }
    let mut with = whole(document, found, data.unwrap_or(&found.data), None)?;
    if document.is_box_data {
        with = boxed(&with)?.into();
    }
    Ok(Straight { with: Some(with), worst })
}

/// Size and type in front of the content of a `pssh` box.
fn boxed(content: &[u8]) -> Result<Vec<u8>> {
    let size = u32::try_from(content.len().saturating_add(8)).map_err(|_| OperationError::TooLong)?;
    Ok([&size.to_be_bytes()[..], b"pssh", content].concat())
}

/// Edits of an input whose text, where it was pasted, is straightened.
pub(crate) fn text_of(document: &Document) -> Edits {
    let pasted = document.pasted.as_ref();
    let straight_text = pasted.is_some_and(|(text, pasted)| !pasted.faults(text).is_empty());
    Edits { straight_text, ..Edits::default() }
}

/// The plan that straightens the objects of PlayReady that are wanted.
///
/// # Errors
///
/// The object that is to blame, and why.
pub fn plan_straight(
    document: &Document,
    is_wanted: &dyn Fn(&Found) -> bool,
    asked: Asked,
    fitting: &Fitting,
) -> Result<Edited> {
    if let Some(fault) = document.fault() {
        return Err(Error::Broken(fault.clone()));
    }
    let mut edits = text_of(document);
    for found in document.objects_that(&|found| found.system.is_playready() && is_wanted(found))? {
        if let Some(error) = refused(&found, fitting.overrides) {
            return Err(Error::of_object(&found, error.into()));
        }
        let straight = straight(document, &found, asked, fitting.overrides);
        let straight = straight.map_err(|error| Error::of_object(&found, error))?;
        edits.replace.extend(straight.with.map(|with| Replace::new(found.index, with)));
    }
    edits.plan(document, fitting)
}
