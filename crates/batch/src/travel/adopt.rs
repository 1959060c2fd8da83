//! Taking on an edit that is given as what it replaces.

use crate::input::{Content, Document, Kind};
use crate::{Error, Result};
use bytes::Bytes;
use prkit_bmff::{Edited, Scope};
use prkit_plan::{Laid, Plan, Source as _, Span, Strategy};
use prkit_playready::{Override, Overrides};

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
    let Given { edits, strategy, why } = given;
    if let (Some(layout), None) = (&document.layout, &document.pasted) {
        let source = document.content.source();
        return Ok(prkit_bmff::adopt(layout, source, &edits, strategy, &why, overrides)?);
    }
    let source = document.outer_source();
    let plan = Plan::splices(source.len(), edits, strategy, why)?;
    if plan.is_empty() {
        return Ok(Plan::unchanged(source.len()).into());
    }
    let mut new = Vec::new();
    Laid::new(&plan, source).fetch(Span::new(0, plan.new_len()), &mut new)?;
    let new = Document::of(Content::Memory(Bytes::from(new)), Scope::default())?;
    match (&document.manifest, &new.manifest) {
        (Some(before), Some(after)) if document.pasted.is_none() => {
            if before.manifest.is_signed() && !overrides.has(Override::Signature) {
                return Err(prkit_manifest::Error::from(prkit_manifest::ErrorKind::Signed).into());
            }
            if new.kind != document.kind
                || before.manifest.without_protection() != after.manifest.without_protection()
            {
                return Err(Error::Foreign);
            }
            let edited = Edited::from(plan);
            before.check(&edited, &Laid::new(&edited.plan, source))?;
            return Ok(edited);
        }
        _ => {
            // An input that is one object, as it is or in text, becomes another one.
            let is_one = |document: &Document| document.objects().is_ok_and(|objects| objects.len() == 1);
            let is_text = |document: &Document| document.pasted.is_some();
            let is_same_kind = (new.kind, is_text(&new)) == (document.kind, is_text(document));
            if !is_same_kind || new.kind == Kind::Mp4 || !is_one(&new) || new.fault().is_some() {
                return Err(Error::Foreign);
            }
        }
    }
    Ok(plan.into())
}
