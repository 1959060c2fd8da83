//! How page and engine talk in WebAssembly: the one module with unsafe code.
//!
//! ```text
//!   page:    request(len) ──▶ address      writes the request there
//!            carry_out() ──▶ length        answer() ──▶ address of the answer
//!   engine:  host.read, host.keep, host.put, host.finish
//! ```
//!
//! What is promised: the page writes no more than it asked room for and than a span is long, and only while a call of its
//! own is under way. There is one thread. A page that breaks the promise harms itself alone: its memory is all there is.

#![allow(unsafe_code, reason = "exported names, and calls of the page")]

use crate::{Desk, Host};
use prkit_plan::Span;
use std::cell::RefCell;
use std::io;
use std::sync::Arc;

mod host {
    #[link(wasm_import_module = "host")]
    unsafe extern "C" {
        /// Writes the bytes of `count` spans, each its first byte and the byte after its last, behind each other; 0 if it cannot.
        pub(super) safe fn read(blob: u32, spans: *const u64, count: usize, into: *mut u8) -> u32;
        pub(super) safe fn keep(blob: u32, from: u64, to: u64);
        pub(super) safe fn put(bytes: *const u8, len: usize);
        pub(super) safe fn finish() -> u32;
    }
}

struct Page;

impl Host for Page {
    fn read(&self, blob: u32, spans: &[Span], into: &mut Vec<u8>) -> io::Result<()> {
        let ends: Vec<u64> = spans.iter().flat_map(|span| [span.start(), span.end()]).collect();
        let len = spans.iter().map(|span| span.len()).sum::<u64>();
        let len = usize::try_from(len).map_err(|_| io::ErrorKind::OutOfMemory)?;
        into.clear();
        into.try_reserve_exact(len).map_err(|_| io::ErrorKind::OutOfMemory)?;
        into.resize(len, 0);
        match host::read(blob, ends.as_ptr(), spans.len(), into.as_mut_ptr()) {
            0 => Err(io::Error::other(
                "the browser cannot read the file; it may have changed since it was chosen",
            )),
            _ => Ok(()),
        }
    }

    fn keep(&self, blob: u32, span: Span) {
        host::keep(blob, span.start(), span.end());
    }

    fn put(&self, bytes: &[u8]) {
        host::put(bytes.as_ptr(), bytes.len());
    }

    fn finish(&self) -> u32 {
        host::finish()
    }
}

thread_local! {
    static DESK: RefCell<Desk> = RefCell::new(Desk::new(Arc::new(Page)));
    static REQUEST: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static ANSWER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Makes room for a request.
#[unsafe(no_mangle)]
extern "C" fn request(len: usize) -> *mut u8 {
    REQUEST.with_borrow_mut(|request| {
        request.clear();
        request.resize(len, 0);
        request.as_mut_ptr()
    })
}

/// Carries the request out; the length of its answer.
#[unsafe(no_mangle)]
extern "C" fn carry_out() -> usize {
    let request = REQUEST.take();
    let answer = DESK.with_borrow_mut(|desk| desk.answer(&request));
    let len = answer.len();
    ANSWER.set(answer);
    len
}

/// Where the answer is, until the next request.
#[unsafe(no_mangle)]
extern "C" fn answer() -> *const u8 {
    ANSWER.with_borrow(|answer| answer.as_ptr())
}
