//! How often the guard takes numbers of boxes nobody knows for positions: in generated files and in real ones.

use crate::movie::movies;
use crate::program::corpus;
use bytes::Bytes;
use prkit_bmff::{ErrorKind, Insert, Layout, Limits, Request, Scope, Where};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;

/// What such boxes hold, from the middle of the pack: counters, times, sizes, rates, text, and what a codec made.
fn contents(seed: u64) -> Vec<(&'static str, Vec<u8>)> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut numbers = |count: usize, below: u64| -> Vec<u8> {
        (0..count).flat_map(|_| ((random() % below) as u32).to_be_bytes()).collect()
    };
    let counters = [&[0, 0, 0, 1][..], &numbers(6, 256)].concat();
    let rates = [0_u32, 1000, 24_000, 1001, 44_100, 48_000, 90_000, 1, 0x0001_0000, 0x4000_0000]
        .iter()
        .flat_map(|n| n.to_be_bytes())
        .collect();
    let sizes = numbers(8, 4096);
    let times = [&numbers(2, 0xFFFF_FFFF)[..], &numbers(4, 10_000_000)].concat();
    let coded: Vec<u8> = (0..4096).map(|_| (numbers(1, 256))[3]).collect();
    let text = b"{\"camera\":\"X\",\"firmware\":\"1.2.3\",\"serial\":\"0123456789\"}".to_vec();
    let wide = "A camera's name".encode_utf16().flat_map(u16::to_le_bytes).collect();
    vec![
        ("counters", counters),
        ("rates", rates),
        ("sizes", sizes),
        ("times", times),
        ("coded", coded),
        ("text", text),
        ("wide text", wide),
    ]
}

fn boxed(content: &[u8]) -> Bytes {
    let len = u32::try_from(content.len() + 8).unwrap();
    Bytes::from([&len.to_be_bytes()[..], b"vndr", content].concat())
}

fn located(file: &[u8]) -> Layout {
    let scope = Scope { all_containers: true, ..Scope::default() };
    Layout::locate(&file, scope, Limits::default()).unwrap()
}

/// The file with these boxes at the end of `moov`, or of the file; `None` where nothing can be put there.
fn with(file: &[u8], boxes: Bytes) -> Option<Vec<u8>> {
    let layout = located(file);
    if !layout.faults().is_empty() {
        return None;
    }
    let containers = layout.containers();
    let container = containers.iter().position(|found| found.is(Where::Moov)).unwrap_or(0);
    let position =
        if container == 0 { containers[0].last_position() } else { containers[container].children.len() };
    let request = Request { insert: vec![Insert { container, position, boxes }], ..Request::default() };
    prkit_bmff::plan(&layout, &file, &request).ok()?.plan.to_vec(&file).ok()
}

/// Whether the guard refuses to put 434 bytes in front of everything that a box may stand behind.
fn is_refused(file: &[u8]) -> Option<bool> {
    let layout = located(file);
    let container = layout.containers().iter().position(|found| found.is(Where::Moov)).unwrap_or(0);
    let boxes = prkit_bmff::free_box(434).unwrap();
    let insert = vec![Insert { container, position: usize::from(container == 0), boxes }];
    match prkit_bmff::plan(&layout, &file, &Request { insert, ..Request::default() }) {
        Ok(_) => Some(false),
        Err(error) if matches!(error.kind(), ErrorKind::UnknownPosition { .. }) => Some(true),
        Err(_) => None,
    }
}

/// How many files were tried, and which were refused.
#[derive(Default)]
struct Tried {
    count: usize,
    refused: Vec<String>,
}

impl Tried {
    fn file(&mut self, name: &str, file: &[u8]) {
        if let Some(refused) = is_refused(file) {
            self.count += 1;
            if refused {
                self.refused.push(name.to_owned());
            }
        }
    }

    fn assert(&self) {
        eprintln!("{} files tried, {} refused: {:?}", self.count, self.refused.len(), self.refused);
        assert!(
            self.refused.len() * 100 <= self.count,
            "{} of {}: {:?}",
            self.refused.len(),
            self.count,
            self.refused
        );
    }
}

#[test]
fn of_generated_files_with_unknown_boxes_one_in_a_hundred_is_refused_at_most() {
    let (mut runner, strategy) = (TestRunner::deterministic(), movies());
    let mut tried = Tried::default();
    for seed in 0..60 {
        let file = strategy.new_tree(&mut runner).unwrap().current().build();
        for (what, content) in contents(seed) {
            if let Some(file) = with(&file, boxed(&content)) {
                tried.file(&format!("{seed} {what}"), &file);
            }
        }
    }
    assert!(tried.count >= 100, "{}", tried.count);
    tried.assert();
}

#[test]
fn of_real_files_with_unknown_boxes_one_in_a_hundred_is_refused_at_most() {
    let Some(corpus) = corpus() else { return };
    let mut tried = Tried::default();
    let mut names: Vec<_> = std::fs::read_dir(corpus).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    for (seed, path) in names.iter().enumerate().filter(|(_, path)| path.is_file()) {
        let name = path.file_name().unwrap().to_str().unwrap();
        let file = std::fs::read(path).unwrap();
        if name.ends_with(".json") || name.ends_with(".md") || !located(&file).faults().is_empty() {
            continue;
        }
        tried.file(name, &file);
        for (what, content) in contents(seed as u64) {
            if let Some(file) = with(&file, boxed(&content)) {
                tried.file(&format!("{name} {what}"), &file);
            }
        }
    }
    assert!(tried.count >= 100, "{}", tried.count);
    tried.assert();
}
