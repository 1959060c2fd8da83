//! What will be read is asked for before: all at once is one wait, one after the other is one each.

use prkit_plan::{Source, Span};
use std::collections::BTreeMap;

/// How many spans are asked for at a time. More would be fetched for nothing where a walk ends early.
const WINDOW: usize = 1024;

/// Spans that a walk will come to, in file order.
#[derive(Default)]
pub(crate) struct Ahead {
    /// Ends by their starts: several indexes may name what stands between each other's.
    pending: BTreeMap<u64, u64>,
    /// Where the next window is asked for: half a window before it is needed.
    next: u64,
    /// Where half of the last window is behind the walk.
    half: u64,
}

impl Ahead {
    pub(crate) fn new(spans: impl Iterator<Item = Span>) -> Self {
        let mut ahead = Self::default();
        ahead.add(spans);
        ahead
    }

    /// More of them.
    pub(crate) fn add(&mut self, spans: impl IntoIterator<Item = Span>) {
        let is_empty = self.pending.is_empty();
        self.pending.extend(spans.into_iter().map(|span| (span.start(), span.end())));
        if is_empty {
            self.next = 0;
        }
    }

    /// Whether half of what was asked for last is behind a place.
    pub(crate) const fn is_half_used(&self, at: u64) -> bool {
        at >= self.half
    }

    /// Nothing of what is left is asked for.
    pub(crate) fn forget(&mut self) {
        self.pending.clear();
    }

    /// The walk is there: asks for the next window, if it is time. Gives how many spans it asked for.
    pub(crate) fn reach(&mut self, at: u64, source: &dyn Source) -> usize {
        if at < self.next || self.pending.is_empty() {
            return 0;
        }
        let window: Vec<Span> = core::iter::from_fn(|| self.pending.pop_first())
            .take(WINDOW)
            .map(|(start, end)| Span::new(start, end))
            .collect();
        self.half = window.get(window.len().div_euclid(2)).map_or(0, |span| span.start());
        self.next = self.half;
        source.hint(&window);
        window.len()
    }
}
