//! How long reading and editing a PlayReady Object takes, beside a floor and beside the other Rust reader.
//!
//! ```text
//!   cargo run --release --manifest-path benches/header/Cargo.toml [--features peer]
//!
//!   floor of parsing   turn the header's UTF-16 into a String and look at every byte of it once
//!   floor of editing   that, and copy the object
//! ```
//!
//! Times are the best of many batches of one thread; allocations are counted. `--check` fails above 20 µs.

use prkit_playready::{
    Algorithm, Change, Context, Edit, Field, Header, Key, KeyEdits, KeyId, NewHeader, NewObject, Payload, Revision, lint,
};
use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The system's allocator, counted.
struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call is handed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The longest that parsing and editing may take.
const LIMIT: Duration = Duration::from_micros(20);

struct Measured {
    time: Duration,
    allocations: u64,
}

fn measure(mut work: impl FnMut()) -> Measured {
    const BATCH: u32 = 200;
    work();
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    work();
    let allocations = ALLOCATIONS.load(Ordering::Relaxed) - before;
    let mut best = Duration::MAX;
    let started = Instant::now();
    while started.elapsed() < Duration::from_millis(400) {
        let batch = Instant::now();
        for _ in 0..BATCH {
            work();
        }
        best = best.min(batch.elapsed() / BATCH);
    }
    Measured { time: best, allocations }
}

/// An object of about 1 KiB, as services have it.
fn object() -> Vec<u8> {
    let key = |n: u8| Key { id: KeyId::from_uuid_bytes([n; 16]), key: None };
    let header = NewHeader {
        keys: vec![key(1)],
        algorithm: Some(Algorithm::AesCtr),
        la_url: Some("https://license.example.com/playready/rightsmanager.asmx?tenant=12&x=1".into()),
        lui_url: Some("https://www.example.com/unlock".into()),
        ds_id: Some("AH+03juKbUGbHl1V/QIwRA==".into()),
        custom_attributes: Some("<Tenant>12</Tenant>".into()),
        ..NewHeader::default()
    };
    NewObject { header: Some(header), ..NewObject::default() }.build().expect("a header that can be built")
}

/// A line of the table that `benches/table` collects.
fn row(name: &str, measured: &Measured, floor: &Measured, goal: &str) {
    let ratio = measured.time.as_secs_f64() / floor.time.as_secs_f64();
    let micros = |measured: &Measured| measured.time.as_secs_f64() * 1e6;
    let (ours, least, allocations) = (micros(measured), micros(floor), measured.allocations);
    println!("| {name}, {allocations} allocations | {ours:.1} µs | {least:.1} µs | {ratio:.1} | {goal} |");
}

fn main() -> ExitCode {
    let object = object();
    eprintln!("object of {} bytes", object.len());
    let decode = |bytes: &[u8]| {
        let units: Vec<u16> = bytes[10..].as_chunks().0.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
        String::from_utf16(&units).expect("text")
    };
    let parse_floor = measure(|| {
        let text = decode(black_box(&object));
        black_box(text.bytes().filter(|byte| *byte == b'<').count());
    });
    let edit_floor = measure(|| {
        let text = decode(black_box(&object));
        black_box(text.bytes().filter(|byte| *byte == b'<').count());
        black_box(object.clone());
    });
    let parse = measure(|| {
        let payload = Payload::parse(black_box(&object)).expect("an object");
        black_box(payload.header().expect("a header"));
    });
    let read = measure(|| {
        let header = Header::of_payload(black_box(&object)).expect("a header");
        black_box((header.version(), header.kids(), Field::ALL.map(|field| header.value(field).map(|v| v.len()))));
    });
    let edit = Edit { field: Field::LaUrl, change: Change::Set("https://new.example.com/pr".into()), existing: false };
    let edits = [edit];
    let edited = measure(|| {
        let payload = Payload::parse(black_box(&object)).expect("an object");
        black_box(payload.edit(&edits).expect("an edit"));
    });
    let revision = Revision {
        keys: KeyEdits { set: vec![Key { id: KeyId::from_uuid_bytes([9; 16]), key: None }], ..KeyEdits::default() },
        ..Revision::default()
    };
    let revised = measure(|| {
        let payload = Payload::parse(black_box(&object)).expect("an object");
        black_box(payload.revise(&revision).expect("a revision"));
    });
    let linted = measure(|| {
        black_box(lint(black_box(&object), &Context::default()));
    });
    let goal = format!("less than {} µs", LIMIT.as_micros());
    row("parse an object", &parse, &parse_floor, &goal);
    row("parse it and read every value", &read, &parse_floor, &goal);
    #[cfg(feature = "peer")]
    row("pssh-box: parse it", &peer::parse(&object), &parse_floor, "");
    row("parse it and set the license URL", &edited, &edit_floor, &goal);
    row("parse it and replace the key id", &revised, &edit_floor, &goal);
    #[cfg(feature = "peer")]
    row("pssh-box: parse it, set the license URL, write it again", &peer::edit(&object), &edit_floor, "");
    row("lint it", &linted, &parse_floor, "");
    let check = std::env::args().any(|argument| argument == "--check");
    let slow = [&parse, &edited].into_iter().any(|measured| measured.time > LIMIT);
    if check && slow {
        eprintln!("slower than {LIMIT:?}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// The other reader. It writes a header again from what it understood of it.
#[cfg(feature = "peer")]
mod peer {
    use super::{Measured, black_box, measure};
    use pssh_box::ToBytes as _;

    pub fn parse(object: &[u8]) -> Measured {
        measure(|| {
            black_box(pssh_box::playready::parse_pssh_data(black_box(object)).expect("an object"));
        })
    }

    pub fn edit(object: &[u8]) -> Measured {
        measure(|| {
            let mut data = pssh_box::playready::parse_pssh_data(black_box(object)).expect("an object");
            data.record[0].record_value.data.la_url = Some("https://new.example.com/pr".into());
            black_box(data.to_bytes());
        })
    }
}
