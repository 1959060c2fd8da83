//! Taking on an edit that is given as what it replaces.

use crate::input::{Content, Document, Kind};
use crate::{Error, Result};
use bytes::Bytes;
use prkit_bmff::{Edited, Pssh, Scope, protection_boxes};
use prkit_plan::{Laid, Plan, Source as _, Span, Strategy};
use prkit_playready::{Override, Overrides, Payload};

/// An edit that is given as the spans that it replaces, in order, and what they become.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Given {
    /// Spans of the asset as it is stored, and what takes their place.
    pub edits: Vec<(Span, Bytes)>,
    /// How it was made to fit.
    pub strategy: Strategy,
    /// Why so.
    pub why: String,
}

/// The edit, if its result is one that planning could have made: objects, filler, and the sizes and offsets that follow.
///
/// Of boxes, `document` has all containers ([`Scope::all_containers`]).
///
/// # Errors
///
/// [`Error::Foreign`], and [`prkit_bmff::ErrorKind::Foreign`] with the byte, for anything else.
pub fn adopt(document: &Document, given: Given, overrides: Overrides) -> Result<Edited> {
    adopt_with(document, given, &[], overrides)
}

/// The same in a document whose byte ranges move along with the files that they are of.
pub(crate) fn adopt_with(
    document: &Document,
    given: Given,
    moved: &[prkit_manifest::Edit],
    overrides: Overrides,
) -> Result<Edited> {
    let Given { edits, strategy, why } = given;
    if let (Some(layout), None) = (&document.layout, &document.pasted) {
        let source = document.content.source();
        for (_, put) in &edits {
            check_boxes(put, overrides)?;
        }
        // A file of boxes alone stays one.
        let is_left = |(_, put): &(Span, Bytes)| protection_boxes(put).is_some_and(|boxes| !boxes.is_empty());
        let goes = edits.iter().filter(|(old, _)| layout.pssh().iter().any(|pssh| pssh.header.span == *old));
        if document.kind == Kind::Pssh && goes.filter(|edit| !is_left(edit)).count() >= layout.pssh().len() {
            return Err(Error::Foreign);
        }
        return Ok(prkit_bmff::adopt(layout, source, &edits, strategy, &why, overrides)?);
    }
    let source = document.outer_source();
    let plan = Plan::splices(source.len(), edits, strategy, why)?;
    if plan.is_empty() {
        return Ok(Plan::unchanged(source.len()).into());
    }
    let mut bytes = Vec::new();
    Laid::new(&plan, source).fetch(Span::new(0, plan.new_len()), &mut bytes)?;
    let bytes = Bytes::from(bytes);
    if let (Some(before), None) = (&document.manifest, &document.pasted) {
        if before.manifest.is_signed() && !overrides.has(Override::Signature) {
            return Err(prkit_manifest::Error::from(prkit_manifest::ErrorKind::Signed).into());
        }
        let adopted =
            before.manifest.adopt(&before.bytes, &bytes, moved, overrides)?.ok_or(Error::Foreign)?;
        return Ok(adopted.into());
    }
    // An input that is one object, as it is or in text, becomes another one.
    let new = Document::of(Content::Memory(bytes), Scope::default())?;
    let is_one = |document: &Document| document.objects().is_ok_and(|objects| objects.len() == 1);
    let is_text = |document: &Document| document.pasted.is_some();
    let is_same_kind = (new.kind, is_text(&new)) == (document.kind, is_text(document));
    if !is_same_kind || new.kind == Kind::Mp4 || !is_one(&new) || new.fault().is_some() {
        return Err(Error::Foreign);
    }
    Ok(plan.into())
}

/// Refuses `pssh` boxes that cannot be read.
fn check_boxes(put: &[u8], overrides: Overrides) -> Result<()> {
    for (kind, content) in protection_boxes(put).unwrap_or_default() {
        let pssh = Pssh::parse(kind, content)?;
        let is_known = pssh.version < 2 || overrides.has(Override::Version);
        let is_read = !pssh.system.is_playready()
            || Payload::parse(pssh.data).is_ok_and(|payload| payload.is_recognised());
        if pssh.fault.is_some() || !is_known || !is_read {
            return Err(Error::Foreign);
        }
    }
    Ok(())
}
