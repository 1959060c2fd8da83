//! Edits of boxes, turned into a plan.
//!
//! ```text
//!   request ──▶ splices ──fit──▶ shape ──distances──▶ patches ──▶ plan
//!               (lengths)        fixed first          then bytes
//! ```
//!
//! Nothing is read but structure and nothing is written. The ladder of [`Fit`] is tried from the cheapest step up, and
//! the plan says which step it took and why.

mod adopt;
mod fit;
mod patch;
mod planner;

use crate::distance::Reach;
use crate::distance::fingerprint::Fingerprint;
use crate::error::{Error, ErrorKind, Result};
use crate::layout::{Layout, PsshBox};
use crate::path::BoxPath;
use bytes::Bytes;
use fit::{Absorbed, Change};
use planner::{Planner, Slack};
use prkit_plan::{Plan, Replacement, Source, Span, Splice, Strategy, With};
use prkit_playready::{Override, Overrides};
use std::collections::BTreeMap;

pub use adopt::{adopt, protection_boxes};
pub use fit::free_box;
pub(crate) use fit::is_nothing;
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
    /// Boxes that are put in.
    pub insert: Vec<Insert>,
    /// How far to go to make it fit.
    pub fit: Fit,
    /// How the file may change its length.
    pub growth: Growth,
    /// The boxes are all there is, in a file of their own or pasted: no `free` box is left among them.
    pub bare: bool,
    /// What is done although it is refused: [`Override::Signature`], [`Override::Stale`], [`Override::SlackContent`],
    /// [`Override::UnknownPosition`].
    pub overrides: Overrides,
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
    /// The same box 2, 4 and 6 bytes longer, for remainders that no `free` box can take.
    pub padded: Vec<Bytes>,
}

impl Replace {
    /// One box for another.
    pub const fn new(pssh: usize, with: Bytes) -> Self {
        Self { pssh, with, with_store: None, padded: Vec::new() }
    }
}

/// Boxes that are put into a container.
#[derive(Clone, Debug)]
pub struct Insert {
    /// Its index in [`Layout::containers`].
    pub container: usize,
    /// In front of which of its children; behind the last one when there are not so many.
    pub position: usize,
    /// Whole boxes.
    pub boxes: Bytes,
}

/// How a file changes its length, where it does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Growth {
    /// `free` beside the changed boxes, at least so many bytes (0, or at least the 8 of a box).
    pub reserve: u64,
    /// Behind so many bytes of tail, the length changes by whole blocks: `free` makes up the rest.
    pub blocks: Option<Blocks>,
    /// Boxes that shrink close the gap; no `free` box is left.
    pub close_gaps: bool,
}

/// When whole blocks are worth it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Blocks {
    /// Bytes of a block.
    pub size: u64,
    /// How many bytes behind the change make a long tail.
    pub tail: u64,
    /// What is done with them.
    pub grow: Strategy,
    /// The same when the file shrinks.
    pub shrink: Strategy,
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
    /// Bytes of boxes nobody knows that were not looked through for positions; the first ones of them.
    pub unscanned: Vec<(BoxPath, Span)>,
    /// How long the boxes became that were replaced, by their index in [`Layout::pssh`].
    pub sizes: BTreeMap<usize, u64>,
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
/// The first fault of the file; a structure that refuses ([`ErrorKind::Refused`], [`ErrorKind::Signed`], [`ErrorKind::TooWide`],
/// [`ErrorKind::NoField`], [`ErrorKind::InMedia`], [`ErrorKind::UnknownPosition`]); [`ErrorKind::DoesNotFit`] when the ladder ends too early.
///
/// [`ErrorKind::Request`] for what is no box, is not there, or is too long.
pub fn plan(layout: &Layout, source: &dyn Source, request: &Request) -> Result<Edited> {
    check(request)?;
    let changes = changes(layout, request)?;
    if changes.is_empty() {
        return Ok(Edited::nothing(layout.len()));
    }
    if let Some(fault) = layout.faults().first() {
        return Err(Error::in_file(ErrorKind::Broken(fault.to_string())));
    }
    refuse_signed(layout, request.overrides)?;
    let source = &layout.over(source);
    let planner = Planner { layout, source, overrides: request.overrides };
    if let Some(same) = fit::same(&changes) {
        let is_padded = changes.iter().any(|change| change.delta() != 0);
        let why = if is_padded {
            "spaces fill the header up to the old size"
        } else {
            "the new boxes have the old sizes"
        };
        return planner.make(&same, &Absorbed::default(), Strategy::Same, why.to_owned());
    }
    // What moves is pointed at from anywhere.
    let layout = layout.whole_in(source)?;
    if let Some(fault) = layout.faults().first() {
        return Err(Error::in_file(ErrorKind::Broken(fault.to_string())));
    }
    refuse_signed(layout, request.overrides)?;
    let planner = Planner { layout, ..planner };
    let mut content = 0;
    if request.fit >= Fit::Slack && !request.bare {
        match planner.slack(&changes, &request.growth)? {
            Slack::Used(edited) => return Ok(*edited),
            Slack::Missing { content: found } => content = found,
        }
    }
    if request.fit >= Fit::Store
        && let Some(changes) = with_stores(layout, request)?
    {
        let why = "the empty license store gives way: header and store together keep their size";
        return planner.make(&changes, &Absorbed::default(), Strategy::Store, why.to_owned());
    }
    if request.fit < Fit::Any {
        let kind = match content {
            0 => fit::refusal(layout, &changes, request.fit),
            content => {
                let (needed, fit) = (fit::missing(&changes), fit::name(request.fit));
                ErrorKind::SlackContent { needed, fit, content }
            }
        };
        return Err(Error::in_file(kind));
    }
    planner.shift(&changes, &request.growth, content)
}

/// What is asked has to make sense before it is done: boxes are boxes, and filler has a length.
fn check(request: &Request) -> Result<()> {
    let refused = |message: String| Err(Error::in_file(ErrorKind::Request(message)));
    let reserve = request.growth.reserve;
    if reserve > fit::MAX_FILLER {
        return refused(format!(
            "{reserve} bytes of filler are asked for: at most {} are made",
            fit::MAX_FILLER
        ));
    }
    let replaced = request
        .replace
        .iter()
        .flat_map(|replace| [&replace.with].into_iter().chain(&replace.with_store).chain(&replace.padded));
    let mut put = replaced.chain(request.insert.iter().map(|insert| &insert.boxes));
    match put.find(|bytes| !are_boxes(bytes)) {
        Some(bytes) => refused(format!("{} bytes are to be put in that are not whole boxes", bytes.len())),
        None => Ok(()),
    }
}

/// Whether bytes are boxes from the first to the last one, by the sizes that they give.
fn are_boxes(mut bytes: &[u8]) -> bool {
    while let Some((size, rest)) = bytes.split_first_chunk::<4>() {
        let len = match (u32::from_be_bytes(*size), rest.get(4..).and_then(|rest| rest.first_chunk::<8>())) {
            // To the end of the file.
            (0, _) => return rest.len() >= 4,
            (1, Some(long)) if u64::from_be_bytes(*long) >= 16 => u64::from_be_bytes(*long),
            (len @ 8.., _) => u64::from(len),
            // Smaller than its own header.
            _ => return false,
        };
        let rest = usize::try_from(len).ok().and_then(|len| bytes.get(len..));
        let Some(rest) = rest else { return false };
        bytes = rest;
    }
    bytes.is_empty()
}

fn changes(layout: &Layout, request: &Request) -> Result<Vec<Change>> {
    let replaced = request.replace.iter().map(|replace| {
        let change = replaced(layout, replace.pssh, &replace.with)?;
        Ok(Change { padded: replace.padded.clone(), ..change })
    });
    let inserted = request.insert.iter().map(|insert| inserted(layout, insert));
    in_order(replaced.chain(inserted).collect::<Result<_>>()?)
}

/// The request with the boxes whose stores give way, if all of them have one.
fn with_stores(layout: &Layout, request: &Request) -> Result<Option<Vec<Change>>> {
    if !request.insert.is_empty() {
        return Ok(None);
    }
    let mut changes = Vec::with_capacity(request.replace.len());
    for replace in &request.replace {
        let plain = replaced(layout, replace.pssh, &replace.with)?;
        match &replace.with_store {
            Some(with) => changes.push(replaced(layout, replace.pssh, with)?),
            None if plain.delta() == 0 => changes.push(plain),
            None => return Ok(None),
        }
    }
    let changes = in_order(changes)?;
    Ok(changes.iter().all(|change| change.delta() == 0).then_some(changes))
}

/// By container, and within one by place.
fn in_order(mut changes: Vec<Change>) -> Result<Vec<Change>> {
    changes.sort_by_key(|change| (change.from, change.to));
    match changes.iter().zip(changes.iter().skip(1)).find(|(a, b)| a.to > b.from) {
        Some((_, again)) => Err(Error::in_file(ErrorKind::Request(format!(
            "two changes are asked of the box at byte {}",
            again.old.start()
        )))),
        None => Ok(changes),
    }
}

fn replaced(layout: &Layout, index: usize, with: &Bytes) -> Result<Change> {
    let pssh = layout.pssh().get(index).ok_or_else(|| {
        let count = layout.pssh().len();
        Error::in_file(ErrorKind::Request(format!("there is no pssh box {index}: the file has {count}")))
    })?;
    let depth =
        layout.containers().get(pssh.container).map_or(0, |container| container.depth).saturating_add(1);
    Ok(Change {
        container: pssh.container,
        old: pssh.header.span,
        pssh: Some(index),
        from: pssh.header.start(),
        to: pssh.header.end(depth),
        with: with.clone(),
        padded: Vec::new(),
    })
}

fn inserted(layout: &Layout, insert: &Insert) -> Result<Change> {
    let container = layout.containers().get(insert.container).ok_or_else(|| {
        Error::in_file(ErrorKind::Request(format!("there is no container {}", insert.container)))
    })?;
    if insert.position < container.first_position() {
        let kind = ErrorKind::Refused(
            "the first box of a QuickTime meta box tells that it is one, and stays the first",
        );
        return Err(Error::new(kind, container.content.start(), &container.path));
    }
    let gap = container.gap(insert.position);
    Ok(Change {
        container: insert.container,
        old: Span::empty(gap.offset()),
        pssh: None,
        from: gap,
        to: gap,
        with: insert.boxes.clone(),
        padded: Vec::new(),
    })
}

/// A content credential signs the bytes of the file: whatever is changed, the signature breaks.
fn refuse_signed(layout: &Layout, overrides: Overrides) -> Result<()> {
    let Some(signed) = layout.top().iter().find(|header| header.kind.is_c2pa()) else { return Ok(()) };
    if overrides.has(Override::Signature) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Signed, signed.span.start(), &BoxPath::file()))
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
            unscanned: Vec::new(),
            sizes: BTreeMap::new(),
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
        Replacement { from: self.from, to: self.to, with: With::Bytes(self.with.clone()) }
    }
}
