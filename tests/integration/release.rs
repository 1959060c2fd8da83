//! The release profile.

use crate::program::root;
use std::process::Command;

#[test]
fn arithmetic_overflows_panic_in_release_builds() {
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--release", "--package", "prkit-plan", "--example", "overflow"])
        .current_dir(root())
        .output()
        .unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && message.contains("attempt to add with overflow"), "{message}");
}
