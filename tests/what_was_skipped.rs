//! What the tests before did not do, and why: without another program, without the corpus beside the checkout, without root.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

fn main() {
    if std::env::args().any(|arg| arg == "--list") {
        return;
    }
    let list = Path::new(env!("CARGO_TARGET_TMPDIR")).join("skipped");
    let Ok(text) = fs::read_to_string(&list) else {
        println!("no test was skipped");
        return;
    };
    // The next run writes its own.
    let _ = fs::remove_file(list);
    let mut tests: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (why, test) in text.lines().filter_map(|line| line.split_once('\t')) {
        let tests = tests.entry(why).or_default();
        if !tests.contains(&test) {
            tests.push(test);
        }
    }
    for (why, tests) in tests {
        println!("skipped, {why}: {}", tests.join(", "));
    }
}
