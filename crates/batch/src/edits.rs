//! What is asked of an input's boxes, or of its text, and the plan for it.
//!
//! ```text
//!   boxes replaced, put in     ──▶ bmff       ┐
//!   objects and text replaced  ──▶ manifest   ├──▶ Edited: plan, patched fields, stale pointers
//!   an input that is an object ──▶ a splice   ┘      in the text that it was taken from, where it was pasted
//! ```

use crate::beside::change_beside;
use crate::input::{Document, Kind};
use crate::left::overlooked;
use crate::payloads::{Change, Making, Refusal, left_in, new_box};
use crate::{Error, Result, Selector};
use prkit_bmff::{Edited, Fit, Growth, Insert, Limits, Replace, Request};
use prkit_plan::{Plan, Source, Span, Wrong, check_kept};
use prkit_playready::{Override, Overrides, SystemId};

/// What is asked of the boxes of an input.
#[derive(Default)]
pub struct Edits {
    /// Boxes, or objects, that become others.
    pub replace: Vec<Replace>,
    /// Boxes that are put in.
    pub insert: Vec<Insert>,
    /// License URLs beside objects that become others, by number.
    pub license_urls: Vec<(usize, String)>,
    /// Splices of a manifest's text.
    pub text: Vec<prkit_manifest::Edit>,
    /// Boxes that shrink close the gap.
    pub close_gaps: bool,
    /// The plan itself, instead of all that.
    pub exact: Option<Plan>,
    /// The edit as somebody planned it before, instead of all that; it is proven to be one.
    pub given: Option<crate::travel::Given>,
    /// Base64 that the input was taken from is written as everybody reads it.
    pub straight_text: bool,
}

/// How an edit is made to fit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Fitting {
    /// The last step that may be taken.
    pub fit: Fit,
    /// How the asset changes its length, where it does.
    pub growth: Growth,
    /// What is done although it is refused.
    pub overrides: Overrides,
}

impl Edits {
    /// The plan, for the bytes of the input as they are stored.
    ///
    /// # Errors
    ///
    /// What cannot be read, and what cannot be done.
    pub fn plan(self, document: &Document, fitting: &Fitting) -> Result<Edited> {
        let straight_text = self.straight_text;
        if let Some(plan) = self.exact {
            return Ok(plan.into());
        }
        if let Some(given) = self.given {
            return crate::travel::adopt_with(document, given, &self.text, fitting.overrides);
        }
        let edited = match (&document.layout, &document.manifest) {
            (Some(layout), _) => {
                let request = Request {
                    replace: self.replace,
                    insert: self.insert,
                    fit: fitting.fit,
                    growth: Growth { close_gaps: self.close_gaps, ..fitting.growth },
                    bare: document.kind == Kind::Pssh,
                    overrides: fitting.overrides,
                };
                prkit_bmff::plan(layout, document.content.source(), &request)?
            }
            (None, Some(opened)) => {
                let edited = opened.edited(self.replace, &self.license_urls, self.text)?;
                let is_allowed = fitting.overrides.has(Override::Signature);
                if !edited.plan.is_empty() && !is_allowed && opened.manifest.is_signed() {
                    return Err(prkit_manifest::Error::from(prkit_manifest::ErrorKind::Signed).into());
                }
                edited
            }
            (None, None) => whole(document.content.len(), self.replace)?,
        };
        document.in_text(edited, straight_text)
    }
}

/// An input that is one object becomes another one.
fn whole(len: u64, mut replace: Vec<Replace>) -> Result<Edited> {
    let Some(replace) = replace.pop() else { return Ok(Plan::unchanged(len).into()) };
    Ok(Plan::splice(len, Span::new(0, len), replace.with)?.into())
}

/// Looks at a result as at any input: boxes and text are what the plan says, kept bytes are the same.
///
/// # Errors
///
/// What is not as planned.
pub fn prove(document: &Document, edited: &Edited, new: &dyn Source) -> core::result::Result<(), Wrong> {
    match (&document.layout, &document.manifest) {
        (_, Some(opened)) => Ok(opened.check(edited, new)?),
        (Some(layout), None) if document.pasted.is_none() => {
            Ok(prkit_bmff::prove(layout, edited, new, Limits::default())?)
        }
        _ => Ok(check_kept(&edited.plan, document.outer_source(), new)?),
    }
}

/// The plan that changes every object that is meant, and the license URLs beside them. What cannot be read, and what looks like
/// PlayReady's and would be left as it is, is an error here: whoever wants the others changed all the same goes through them.
///
/// # Errors
///
/// The object that is to blame, and why; [`Error::Left`].
pub fn plan_change(
    document: &Document,
    selector: &Selector,
    change: &dyn Change,
    making: Making,
    fitting: &Fitting,
) -> Result<Edited> {
    if let Some(fault) = document.fault() {
        return Err(Error::Broken(fault.clone()));
    }
    let mut edits = Edits::default();
    let objects = document.objects_that(&|found| selector.wants(found))?;
    let mut left = Vec::new();
    for found in &objects {
        match new_box(document, found, change, making) {
            Ok(new) => {
                left.extend(left_in(document, found, change, making.overrides, new.as_ref()));
                edits.replace.extend(new.map(|new| new.replace));
            }
            Err(Refusal::Unasked) => {}
            Err(Refusal::Object(cause) | Refusal::Input(cause)) => {
                return Err(Error::of_object(found, cause));
            }
        }
    }
    left.extend(overlooked(document, selector)?);
    let all = selector.overlooks_in_text(Some(SystemId::PLAYREADY));
    left.extend(change_beside(document, &objects, all, change, making.overrides, &mut edits));
    if !left.is_empty() {
        return Err(Error::Left(left));
    }
    edits.plan(document, fitting)
}
