//! Edits of boxes, turned into a plan.
//!
//! ```text
//!   request ──▶ splices ──fit──▶ shape ──distances──▶ patches ──▶ plan
//!               (lengths)        fixed first          then bytes
//! ```
//!
//! Nothing is read but structure and nothing is written. The ladder of [`Fit`] is tried from the cheapest step up, and
//! the plan says which step it took and why.

mod fit;
mod patch;

use crate::distance::Reach;
use crate::error::{Error, ErrorKind, Result};
use crate::layout::{Layout, PsshBox};
use crate::prove::Fingerprint;
use bytes::Bytes;
use fit::{Absorbed, Change};
use patch::Patcher;
use prkit_plan::{Plan, Replacement, Source, Splice, Strategy, With};
use std::collections::BTreeMap;

pub use patch::Stale;

/// The last step of the ladder that may be taken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Fit {
    /// New boxes have the old size.
    Same,
    /// A `free` box gives or takes the difference.
    Slack,
    /// An empty license store gives or takes it.
    Store,
    /// The file changes its length.
    #[default]
    Any,
}

/// What is to be done to the boxes of a file.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// `pssh` boxes that become something else.
    pub replace: Vec<Replace>,
    /// How far to go to make it fit.
    pub fit: Fit,
    /// The boxes are all there is, in a file of their own or pasted: no `free` box is left among them.
    pub bare: bool,
    /// Do what is refused because it would break a signature, or touch bytes a stale pointer calls media.
    pub force: bool,
}

/// A `pssh` box and what stands there instead.
#[derive(Clone, Debug)]
pub struct Replace {
    /// Its index in [`Layout::pssh`].
    pub pssh: usize,
    /// Whole boxes: the new box, a `free` box, or nothing.
    pub with: Bytes,
    /// The same box with an empty license store that gives or takes the difference, so that the size stays.
    pub with_store: Option<Bytes>,
}

/// A plan, and what it does to the offsets of the file.
#[derive(Clone, Debug)]
pub struct Edited {
    /// The plan.
    pub plan: Plan,
    /// How many fields of each structure are patched.
    pub patched: BTreeMap<&'static str, u64>,
    /// Pointers that were wrong before and are left alone; the first ones of them.
    pub stale: Vec<Stale>,
    /// How many such pointers there are.
    pub stale_count: u64,
    /// Whose distances were collected; `None` when nothing moves.
    pub(crate) reach: Option<Reach>,
    /// What they will say.
    pub(crate) fingerprint: Fingerprint,
}

impl PsshBox {
    /// The whole box with other content, its type and the form of its size kept.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TooWide`] when 32 bits cannot say the new size.
    pub fn encode(&self, content: &[u8]) -> Result<Bytes> {
        let len = u64::try_from(content.len()).unwrap_or(u64::MAX);
        let header = self.header.encode_for(len).ok_or_else(|| {
            let value = i128::from(len).saturating_add(i128::from(self.header.len));
            let kind = ErrorKind::TooWide { name: "pssh size", value, width: 4 };
            Error::new(kind, self.header.span.start(), &self.path)
        })?;
        Ok(Bytes::from([&header[..], content].concat()))
    }
}

/// Plans an edit.
///
/// # Errors
///
/// The first fault of the file; a structure that refuses ([`ErrorKind::Refused`], [`ErrorKind::TooWide`],
/// [`ErrorKind::NoField`], [`ErrorKind::InMedia`]); [`ErrorKind::DoesNotFit`] when the ladder ends too early.
pub fn plan(layout: &Layout, source: &dyn Source, request: &Request) -> Result<Edited> {
    let changes = changes(layout, request)?;
    if changes.is_empty() {
        return Ok(Edited::nothing(layout.len()));
    }
    if let Some(fault) = layout.faults().first() {
        return Err(Error::in_file(ErrorKind::Broken(fault.to_string())));
    }
    refuse_signed(layout, request)?;
    let planner = Planner { layout, source, force: request.force };
    if changes.iter().all(|change| change.delta() == 0) {
        let why = "the new boxes have the old sizes";
        return planner.make(&changes, &Absorbed::default(), Strategy::Same, why.to_owned());
    }
    let needed = fit::missing(&changes);
    if request.fit >= Fit::Slack && !request.bare {
        let mut unusable = Vec::new();
        while let Some(absorbed) = fit::absorb(layout, &changes, &unusable) {
            let why = absorbed.why.clone();
            let made = planner.make(&changes, &absorbed, Strategy::Slack, why);
            // A pointer says that media data stands in the filler: then it is not filler.
            let taken = match made.as_ref().map_err(Error::kind) {
                Err(ErrorKind::InMedia { span, .. }) => {
                    absorbed.taken.iter().find(|taken| taken.overlaps(*span))
                }
                _ => None,
            };
            let Some(taken) = taken else { return made };
            unusable.push(*taken);
        }
    }
    if request.fit >= Fit::Store
        && let Some(changes) = with_stores(layout, request)?
    {
        let why = "the empty license store gives way: header and store together keep their size";
        return planner.make(&changes, &Absorbed::default(), Strategy::Store, why.to_owned());
    }
    if request.fit < Fit::Any {
        return Err(Error::in_file(ErrorKind::DoesNotFit(fit::refusal(layout, &changes, request.fit))));
    }
    let why = if request.bare {
        format!("{needed}, and the file with them")
    } else {
        format!("{needed}, and nothing in the file gives or takes it")
    };
    planner.make(&changes, &Absorbed::default(), Strategy::Copy, why)
}

fn changes(layout: &Layout, request: &Request) -> Result<Vec<Change>> {
    let mut changes: Vec<_> = request
        .replace
        .iter()
        .map(|replace| change(layout, replace.pssh, &replace.with))
        .collect::<Result<_>>()?;
    changes.sort_by_key(|change| change.old);
    Ok(changes)
}

/// The request with the boxes whose stores give way, if all of them have one.
fn with_stores(layout: &Layout, request: &Request) -> Result<Option<Vec<Change>>> {
    let mut changes = Vec::with_capacity(request.replace.len());
    for replace in &request.replace {
        let with = match &replace.with_store {
            Some(with) => with,
            None if layout.pssh().get(replace.pssh).is_some_and(|b| same_len(b, &replace.with)) => {
                &replace.with
            }
            None => return Ok(None),
        };
        changes.push(change(layout, replace.pssh, with)?);
    }
    changes.sort_by_key(|change| change.old);
    Ok(changes.iter().all(|change| change.delta() == 0).then_some(changes))
}

fn same_len(pssh: &PsshBox, with: &Bytes) -> bool {
    u64::try_from(with.len()) == Ok(pssh.header.span.len())
}

fn change(layout: &Layout, index: usize, with: &Bytes) -> Result<Change> {
    let pssh = layout.pssh().get(index).ok_or_else(|| {
        Error::in_file(ErrorKind::Request(format!(
            "there is no pssh box {index}: the file has {}",
            layout.pssh().len()
        )))
    })?;
    let depth =
        layout.containers().get(pssh.container).map_or(0, |container| container.depth).saturating_add(1);
    Ok(Change {
        container: pssh.container,
        old: pssh.header.span,
        from: pssh.header.start(),
        to: pssh.header.end(depth),
        with: with.clone(),
    })
}

/// A content credential signs the bytes of the file: whatever is changed, the signature breaks.
fn refuse_signed(layout: &Layout, request: &Request) -> Result<()> {
    let Some(signed) = layout.top().iter().find(|header| header.kind.is_c2pa()) else { return Ok(()) };
    if request.force {
        return Ok(());
    }
    let kind = ErrorKind::Refused(
        "a content credential (C2PA) signs this file, and the edit breaks it; --force edits",
    );
    Err(Error::new(kind, signed.span.start(), &crate::path::BoxPath::file()))
}

struct Planner<'a> {
    layout: &'a Layout,
    source: &'a dyn Source,
    force: bool,
}

impl Planner<'_> {
    /// Fixes the shape, `co64` upgrades included, then patches what the moves change.
    fn make(
        &self,
        changes: &[Change],
        absorbed: &Absorbed,
        strategy: Strategy,
        why: String,
    ) -> Result<Edited> {
        let mut splices: Vec<Splice> = changes.iter().map(Change::splice).collect();
        splices.extend(&absorbed.splices);
        let mut containers: Vec<usize> = changes.iter().map(|change| change.container).collect();
        containers.extend(&absorbed.containers);
        let mut patcher = Patcher::new(self.layout, self.source, &splices)?;
        loop {
            patcher.sizes(&containers)?;
            patcher.distances(changes, absorbed)?;
            if !patcher.widen()? {
                break;
            }
        }
        let mut replacements: Vec<Replacement> = changes.iter().map(Change::replacement).collect();
        replacements.extend(absorbed.replacements.iter().cloned());
        patcher.finish(replacements, &absorbed.taken, self.force, strategy, why)
    }
}

impl Edited {
    /// The plan that changes nothing.
    fn nothing(len: u64) -> Self {
        Self::from(Plan::unchanged(len))
    }
}

/// A plan for bytes that hold no offsets.
impl From<Plan> for Edited {
    fn from(plan: Plan) -> Self {
        Self {
            plan,
            patched: BTreeMap::new(),
            stale: Vec::new(),
            stale_count: 0,
            reach: None,
            fingerprint: Fingerprint::default(),
        }
    }
}

impl Change {
    fn splice(&self) -> Splice {
        Splice { from: self.from, to: self.to, len: self.new_len() }
    }

    fn replacement(&self) -> Replacement {
        Replacement { old: self.old, with: With::Bytes(self.with.clone()) }
    }
}
