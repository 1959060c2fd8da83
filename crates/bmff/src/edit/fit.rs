//! Filler that gives or takes what boxes grow or shrink by.
//!
//! ```text
//!   moov │ … │ pssh │ trak │ free          │ mdat
//!              grows ──▶ moves ──▶ gives      stays
//!
//!   moov │ … │ pssh │ trak │               │ free │ mdat     the one that follows the container
//!   moov │ … │ pssh │ free │ trak │                          shrinking by 8 or more leaves one
//! ```
//!
//! What moves is the window between the box and the filler; it never contains media data. A `free` box is at least
//! eight bytes, so a remainder of one to seven bytes has to go somewhere else.

use super::{Blocks, Fit, Growth};
use crate::error::{ErrorKind, Result};
use crate::header::{BoxHeader, MAX_HEADER};
use crate::layout::{Container, Layout, Where};
use bytes::Bytes;
use prkit_plan::{Place, Replacement, Source, Span, Splice, Strategy, With};

/// The smallest box.
const LEAST: u64 = 8;

/// A box of a container that becomes other bytes.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) container: usize,
    /// Its index, where it is a `pssh` box that becomes another one.
    pub(super) pssh: Option<usize>,
    pub(super) old: Span,
    pub(super) from: Place,
    pub(super) to: Place,
    pub(super) with: Bytes,
    /// The same a few bytes longer.
    pub(super) padded: Vec<Bytes>,
}

impl Change {
    /// The change with the old size, if it has it, plain or padded.
    fn in_old_size(&self) -> Option<Self> {
        self.variants().find(|variant| variant.delta() == 0)
    }

    /// The plain change, and then the padded ones.
    fn variants(&self) -> impl Iterator<Item = Self> {
        let padded = self.padded.iter().map(|with| Self { with: with.clone(), ..self.clone() });
        std::iter::once(self.clone()).chain(padded)
    }

    pub(super) fn new_len(&self) -> u64 {
        u64::try_from(self.with.len()).unwrap_or(u64::MAX)
    }

    /// What it grows by.
    pub(super) fn delta(&self) -> i128 {
        i128::from(self.new_len()).saturating_sub(i128::from(self.old.len()))
    }
}

/// What filler does for an edit.
#[derive(Clone, Debug, Default)]
pub(super) struct Absorbed {
    pub(super) splices: Vec<Splice>,
    /// Containers whose sizes the splices change.
    pub(super) containers: Vec<usize>,
    pub(super) replacements: Vec<Replacement>,
    /// Bytes of filler that were used: no pointer may address them.
    pub(super) taken: Vec<Span>,
    pub(super) why: String,
}

impl Absorbed {
    pub(super) fn is_empty(&self) -> bool {
        self.splices.is_empty()
    }
}

/// The changes with the old sizes, if all of them have one, plain or padded.
pub(super) fn same(changes: &[Change]) -> Option<Vec<Change>> {
    changes.iter().map(Change::in_old_size).collect()
}

/// Finds filler for every container with a change, cheapest first, and padding where that makes it fit; `None` when one
/// of them has none. Gives back the changes as they are then.
pub(super) fn absorb(
    layout: &Layout,
    changes: &[Change],
    growth: &Growth,
    unusable: &[Span],
) -> Option<(Vec<Change>, Absorbed)> {
    let mut all = Absorbed::default();
    let mut done: Vec<Change> = Vec::with_capacity(changes.len());
    let mut rest = changes;
    while let Some(first) = rest.first() {
        let len = rest.iter().take_while(|change| change.container == first.container).count();
        let (here, after) = rest.split_at(len);
        rest = after;
        // One box of filler may stand in one container and right behind another.
        let unusable = [unusable, &all.taken].concat();
        let (here, choice) = padded(here).find_map(|here| {
            let delta = total(&here);
            if delta == 0 {
                return Some((here, None));
            }
            if delta < 0 && growth.close_gaps {
                return None;
            }
            let mut options = options(layout, first.container, window(&here)?, delta, &unusable);
            options.retain(|option| option.leaves(delta) >= growth.reserve);
            options.sort_by_key(|option| (option.moved, option.is_new));
            Some((here, Some((options.into_iter().next()?, delta))))
        })?;
        done.extend(here);
        if let Some((choice, delta)) = choice {
            all.add(&choice, delta)?;
        }
    }
    let how = match (total(changes) > 0, all.taken.is_empty()) {
        (_, true) if all.is_empty() => "spaces in the header make up for them",
        (true, _) => "filler beside it gives them",
        (false, true) => "a new free box takes them",
        (false, false) => "filler beside it takes them",
    };
    let is_padded = !all.is_empty() && total(&done) != total(changes);
    let spaces = if is_padded { ", up to spaces in the header" } else { "" };
    all.why = format!("{}, and {how}{spaces}", missing(changes));
    Some((done, all))
}

/// The changes of a container, plain and then with the last one padded.
fn padded(changes: &[Change]) -> impl Iterator<Item = Vec<Change>> {
    let last = changes.iter().rposition(|change| !change.padded.is_empty());
    let variants =
        last.and_then(|last| changes.get(last)).into_iter().flat_map(|change| change.variants().skip(1));
    let with = variants.map(move |variant| {
        let mut changes = changes.to_vec();
        if let Some(change) = last.and_then(|last| changes.get_mut(last)) {
            *change = variant;
        }
        changes
    });
    std::iter::once(changes.to_vec()).chain(with)
}

fn total(changes: &[Change]) -> i128 {
    changes.iter().map(Change::delta).sum()
}

/// From the first to the last changed byte.
fn window(changes: &[Change]) -> Option<Span> {
    let moving = || changes.iter().filter(|change| change.delta() != 0);
    Some(Span::new(moving().next()?.old.start(), moving().next_back()?.old.end()))
}

/// The filler that goes with a change of the file's length, and the way that it makes possible.
pub(super) fn filler(
    layout: &Layout,
    changes: &[Change],
    reserve: u64,
    blocks: Option<Blocks>,
    close_gaps: bool,
    unusable: &[Span],
) -> (Absorbed, Strategy) {
    let total = total(changes);
    let nothing = || (Absorbed::default(), Strategy::Copy);
    // Several containers grow at several places: their tails move by different amounts.
    let Some(last) = changes.last().filter(|last| changes.iter().all(|c| c.container == last.container))
    else {
        return nothing();
    };
    let whole =
        blocks.and_then(|blocks| Some((blocks, whole_blocks(total, blocks.size, reserve, close_gaps)?)));
    let (len, strategy) = match whole {
        Some((blocks, len)) => {
            let shifted = total.saturating_add(i128::from(len));
            (len, if shifted < 0 { blocks.shrink } else { blocks.grow })
        }
        None => (reserve, Strategy::Copy),
    };
    if len == 0 {
        return (Absorbed::default(), strategy);
    }
    let mut absorbed = Absorbed::default();
    let added = absorbed.add_filler(layout, last, len, unusable);
    added.map_or_else(nothing, |()| (absorbed, strategy))
}

/// How much filler makes a change of the length a whole number of blocks, and not none.
fn whole_blocks(total: i128, block: u64, reserve: u64, close_gaps: bool) -> Option<u64> {
    let block = i128::from(block.max(1));
    let least = i128::from(if reserve == 0 { 0 } else { reserve.max(LEAST) });
    let needed = total.checked_add(least)?;
    let remainder = needed.rem_euclid(block);
    let mut up = if remainder == 0 { needed } else { needed.checked_sub(remainder)?.checked_add(block)? };
    let mut filler = up.checked_sub(total)?;
    if filler > 0 && filler < i128::from(LEAST) {
        up = up.checked_add(block)?;
        filler = filler.checked_add(block)?;
    }
    // A gap smaller than a block cannot be closed by taking blocks out.
    (up != 0 && !(close_gaps && up > 0 && total < 0)).then_some(u64::try_from(filler).ok()?)
}

/// What to say of the difference.
pub(super) fn missing(changes: &[Change]) -> String {
    let total = total(changes);
    let many = if changes.len() == 1 { "the box".to_owned() } else { format!("the {} boxes", changes.len()) };
    let grow = match (total > 0, changes.len() == 1) {
        (true, true) => "grows by",
        (true, false) => "grow by",
        (false, true) => "shrinks by",
        (false, false) => "shrink by",
    };
    format!("{many} {grow} {} bytes", total.unsigned_abs())
}

/// Why the ladder ended too early.
pub(super) fn refusal(layout: &Layout, changes: &[Change], fit: Fit) -> ErrorKind {
    let room: u64 = layout.slack().iter().map(|slack| slack.header.span.len()).sum();
    ErrorKind::DoesNotFit { needed: missing(changes), fit: name(fit), room }
}

/// Bytes of filler that are looked at: more is taken for content.
const FILLER: u64 = 64 * 1024;

/// Whether a `free` box holds nothing: zeros, or text as some muxers write it. Dashcams keep their tracks in others.
pub(super) fn is_filler(source: &dyn Source, free: Span) -> Result<bool> {
    if free.len() > FILLER.saturating_add(MAX_HEADER) {
        return Ok(false);
    }
    let mut bytes = Vec::new();
    source.fetch(free, &mut bytes)?;
    let large = bytes.first_chunk() == Some(&1_u32.to_be_bytes());
    Ok(is_nothing(bytes.get(if large { 16 } else { 8 }..).unwrap_or_default()))
}

/// Whether bytes are zeros, with a text among them, as muxers fill `free` boxes. A box in there is something, although its
/// size may be printable.
pub(crate) fn is_nothing(bytes: &[u8]) -> bool {
    let is_text = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n');
    let behind = bytes.iter().skip_while(|byte| **byte == 0).skip_while(|byte| is_text(byte));
    behind.copied().all(|byte| byte == 0) && !begins_with_box(bytes)
}

fn begins_with_box(bytes: &[u8]) -> bool {
    let (Some(size), Some(code)) = (bytes.first_chunk(), bytes.get(4..8)) else { return false };
    let size = usize::try_from(u32::from_be_bytes(*size)).unwrap_or(usize::MAX);
    (8..=bytes.len()).contains(&size) && code.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b' ')
}

pub(super) const fn name(fit: Fit) -> &'static str {
    match fit {
        Fit::Same => "same",
        Fit::Slack => "slack",
        Fit::Store => "store",
        Fit::Any => "any",
    }
}

/// One way to give or take a difference.
struct Choice {
    filler: Filler,
    /// Bytes between the changes and the filler.
    moved: u64,
    is_new: bool,
}

enum Filler {
    /// A box behind the changes, in the container or right behind it.
    Behind(BoxHeader, u16, usize),
    /// A box in front of the changes.
    InFront(BoxHeader, u16, usize),
    /// A new box right behind the last change.
    New(Place, usize),
}

impl Choice {
    /// Bytes of filler right beside the changes afterwards.
    fn leaves(&self, delta: i128) -> u64 {
        let before = match &self.filler {
            Filler::Behind(header, ..) | Filler::InFront(header, ..) => header.span.len(),
            Filler::New(..) => 0,
        };
        let left = i128::from(before).saturating_sub(delta);
        if self.moved == 0 { u64::try_from(left).unwrap_or(0) } else { 0 }
    }
}

fn options(layout: &Layout, container: usize, window: Span, delta: i128, unusable: &[Span]) -> Vec<Choice> {
    let Some(here) = layout.containers().get(container) else { return Vec::new() };
    let usable = |free: &BoxHeader| {
        free.kind.is_free() && can_give(free, delta) && !unusable.iter().any(|span| span.overlaps(free.span))
    };
    let depth = here.depth.saturating_add(1);
    let mut options = Vec::new();
    for free in here.children.iter().filter(|child| usable(child)) {
        let (filler, between) = if free.span.start() >= window.end() {
            (Filler::Behind(*free, depth, container), Span::new(window.end(), free.span.start()))
        } else if free.span.end() <= window.start() {
            (Filler::InFront(*free, depth, container), Span::new(free.span.end(), window.start()))
        } else {
            (Filler::Behind(*free, depth, container), Span::empty(window.end()))
        };
        if may_move(here, between) {
            options.push(Choice { filler, moved: between.len(), is_new: false });
        }
    }
    if let Some((free, parent)) = following(layout, here).filter(|(free, _)| usable(free)) {
        let moved = Span::new(window.end(), free.span.start()).len();
        options.push(Choice { filler: Filler::Behind(free, here.depth, parent), moved, is_new: false });
    }
    if delta < 0 && delta.unsigned_abs() >= u128::from(LEAST) {
        let gap = Place::gap(window.end(), here.depth);
        options.push(Choice { filler: Filler::New(gap, container), moved: 0, is_new: true });
    }
    options
}

/// Whether a `free` box can shrink by `delta`: to nothing, or to what is still a box. Growing always works.
fn can_give(free: &BoxHeader, delta: i128) -> bool {
    let left = i128::from(free.span.len()).saturating_sub(delta);
    left == 0 || left >= i128::from(free.len)
}

/// At file level media data lies between boxes; it does not move.
fn may_move(container: &Container, between: Span) -> bool {
    container.place != Where::File
        || !container.children.iter().any(|child| child.span.overlaps(between) && child.kind.is_opaque())
}

/// The `free` box right behind a container, and the container both are in.
fn following(layout: &Layout, container: &Container) -> Option<(BoxHeader, usize)> {
    let end = container.header?.span.end();
    let parent = container.parent?;
    let children = &layout.containers().get(parent)?.children;
    let next = children.partition_point(|child| child.span.start() < end);
    let free = children.get(next).filter(|free| free.span.start() == end && free.kind.is_free())?;
    Some((*free, parent))
}

impl Absorbed {
    fn add(&mut self, choice: &Choice, delta: i128) -> Option<()> {
        match &choice.filler {
            Filler::New(gap, container) => {
                let len = u64::try_from(delta.checked_neg()?).ok()?;
                self.containers.push(*container);
                self.insert(*gap, free_box(len)?);
            }
            Filler::Behind(header, depth, container) => {
                self.containers.push(*container);
                self.behind(header, *depth, delta)?;
            }
            Filler::InFront(header, depth, container) => {
                self.containers.push(*container);
                self.in_front(header, *depth, delta)?;
            }
        }
        Some(())
    }

    /// Puts `len` bytes of filler right behind a change: into a `free` box there, or a new one.
    fn add_filler(&mut self, layout: &Layout, change: &Change, len: u64, unusable: &[Span]) -> Option<()> {
        let here = layout.containers().get(change.container)?;
        let is_beside = |child: &&BoxHeader| {
            child.span.start() == change.old.end() && child.kind.is_free() && !unusable.contains(&child.span)
        };
        let beside = here.children.iter().find(is_beside);
        self.containers.push(change.container);
        if let Some(free) = beside {
            return self.behind(free, here.depth.saturating_add(1), i128::from(len).checked_neg()?);
        }
        self.insert(Place::gap(change.old.end(), here.depth), free_box(len)?);
        Some(())
    }

    /// The box loses or gains bytes at its front.
    fn behind(&mut self, free: &BoxHeader, depth: u16, delta: i128) -> Option<()> {
        self.taken.push(free.span);
        if delta == i128::from(free.span.len()) {
            self.splice(free.start(), free.end(depth), Bytes::new());
            return Some(());
        }
        let (head, gone) = resized(free, delta)?;
        let cut = free.span.start().saturating_add(u64::from(free.len)).saturating_add(gone);
        // An empty box has nothing behind its header: the cut is inside, before its end and those of the boxes around it.
        let to = if cut == free.span.end() { Place::gap(cut, depth) } else { Place::start(cut) };
        self.splice(free.start(), to, head);
        Some(())
    }

    /// The box loses or gains bytes at its end.
    fn in_front(&mut self, free: &BoxHeader, depth: u16, delta: i128) -> Option<()> {
        self.taken.push(free.span);
        if delta == i128::from(free.span.len()) {
            self.splice(free.start(), free.end(depth), Bytes::new());
            return Some(());
        }
        let (head, gone) = resized(free, delta)?;
        let (head, zeros) = head.split_at(usize::from(free.len));
        let header = Span::new(free.span.start(), free.content().start());
        let head = Bytes::copy_from_slice(head);
        self.replacements.push(Replacement::of(header, With::Bytes(head)));
        // Inside the box: behind all it has, before its end.
        let inner_end = Place::gap(free.span.end(), depth);
        let from = Place::start(free.span.end().saturating_sub(gone));
        let from = if gone == 0 { inner_end } else { from };
        self.splice(from, inner_end, Bytes::copy_from_slice(zeros));
        Some(())
    }

    fn insert(&mut self, gap: Place, bytes: Bytes) {
        self.splice(gap, gap, bytes);
    }

    fn splice(&mut self, from: Place, to: Place, bytes: Bytes) {
        let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.splices.push(Splice { from, to, len });
        self.replacements.push(Replacement { from, to, with: With::Bytes(bytes) });
    }
}

/// A `free` box's header after it gave `delta` bytes, followed by the zeros it gained; and how many bytes it lost.
fn resized(free: &BoxHeader, delta: i128) -> Option<(Bytes, u64)> {
    let content = i128::from(free.content().len()).checked_sub(delta)?;
    let mut head = free.encode_for(u64::try_from(content).ok()?)?;
    if delta < 0 {
        let gained = delta.checked_neg().filter(|gained| *gained <= i128::from(MAX_FILLER))?;
        let gained = usize::try_from(gained).ok()?;
        head.resize(head.len().checked_add(gained)?, 0);
        return Some((Bytes::from(head), 0));
    }
    Some((Bytes::from(head), u64::try_from(delta).ok()?))
}

/// The longest filler that is made: it is made in memory.
pub(super) const MAX_FILLER: u64 = 1 << 30;

/// A `free` box of `len` bytes in all, zeros inside; `None` below the 8 bytes of a box and above 1 GiB.
pub fn free_box(len: u64) -> Option<Bytes> {
    if !(LEAST..=MAX_FILLER).contains(&len) {
        return None;
    }
    let mut bytes = u32::try_from(len).ok()?.to_be_bytes().to_vec();
    bytes.extend_from_slice(b"free");
    bytes.resize(usize::try_from(len).ok()?, 0);
    Some(Bytes::from(bytes))
}
