//! What will be read is asked for before: all at once is one wait, one after the other is one each.

use prkit_plan::{Source, Span};
use std::collections::VecDeque;

/// How many spans are asked for at a time. More would be fetched for nothing where a walk ends early.
const WINDOW: usize = 1024;

/// Spans that a walk will come to, in file order.
#[derive(Default)]
pub(crate) struct Ahead {
    pending: VecDeque<Span>,
    /// Where the next window is asked for: half a window before it is needed.
    next: u64,
}

impl Ahead {
    pub(crate) fn new(spans: impl Iterator<Item = Span>) -> Self {
        Self { pending: spans.collect(), next: 0 }
    }

    /// More of them.
    pub(crate) fn add(&mut self, spans: Vec<Span>) {
        let is_empty = self.pending.is_empty();
        self.pending.extend(spans);
        self.pending.make_contiguous().sort_unstable_by_key(|span| span.start());
        if is_empty {
            self.next = 0;
        }
    }

    /// The walk is there: asks for the next window, if it is time.
    pub(crate) fn reach(&mut self, at: u64, source: &dyn Source) {
        if at < self.next || self.pending.is_empty() {
            return;
        }
        let window: Vec<Span> = self.pending.drain(..self.pending.len().min(WINDOW)).collect();
        self.next = window.get(window.len().div_euclid(2)).map_or(0, |span| span.start());
        source.hint(&window);
    }
}
