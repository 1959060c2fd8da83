//! Faults: the program is stopped at every system call that changes something, and afterwards every file is, byte for
//! byte, the old or the new one.
//!
//! ```text
//!   cargo test --test faults                    every call of every scenario: killed, failing, short
//!   cargo test --test faults -- --long          with every way to recover, and recovery itself killed
//!   cargo test --test faults -- --only=group    of the scenarios with this in their name; `swaps`: links put in the way
//!   cargo test --test faults -- --images        the same on ext4, xfs and btrfs images, and power cuts (needs root)
//!   cargo test --test faults -- --images --only=full    disks that are nearly full alone; full-xfs: on one of them
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::pedantic
)]
#![allow(missing_docs, unreachable_pub)]

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[path = "faults/images.rs"]
mod images;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[path = "faults/points.rs"]
mod points;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[path = "faults/scenario.rs"]
mod scenario;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[path = "faults/swaps.rs"]
mod swaps;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[path = "faults/tracer.rs"]
mod tracer;

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn main() -> std::process::ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| args.iter().any(|arg| arg == flag);
    // `cargo test NAME` is about other tests.
    if has("--list") || args.iter().any(|arg| !arg.starts_with('-') && !"faults".contains(arg.as_str())) {
        return std::process::ExitCode::SUCCESS;
    }
    if !tracer::works() {
        println!("faults: skipped; this machine does not let programs be traced");
        return std::process::ExitCode::SUCCESS;
    }
    let depth = if has("--long") { points::Depth::Long } else { points::Depth::Short };
    let only = args.iter().find_map(|arg| arg.strip_prefix("--only=")).unwrap_or("");
    let failures = if has("--images") {
        images::try_all(depth, only)
    } else {
        let folder = tempfile::tempdir().unwrap();
        let swaps = |step| match only {
            "" | "swaps" => {
                swaps::try_all(folder.path(), step)
                    + swaps::lookers_change_nothing(folder.path())
                    + swaps::nothing_private_is_shown(folder.path())
            }
            _ => 0,
        };
        points::try_all(folder.path(), "here", depth, only)
            + swaps(if depth == points::Depth::Long { 1 } else { 3 })
    };
    if failures == 0 { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE }
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
fn main() {
    println!("faults: skipped; needs Linux on x86-64");
}
