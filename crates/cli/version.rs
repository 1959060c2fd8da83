//! What `--version` says: the commit, where the build was told of it, and what it was built with.

use std::env::consts::{ARCH, OS};
use std::sync::LazyLock;

/// The commit that `.ci/release` builds.
const COMMIT: Option<&str> = option_env!("PRKIT_COMMIT");

/// The program's features that can be left out, and are in it.
const FEATURES: &str = "cli";

/// Version, commit, features and system.
pub(crate) fn long() -> &'static str {
    static LONG: LazyLock<String> = LazyLock::new(|| {
        let commit = COMMIT.filter(|commit| !commit.is_empty()).unwrap_or("unknown");
        let libc = if cfg!(target_feature = "crt-static") { ", static" } else { "" };
        format!("{}\ncommit {commit}\nfeatures {FEATURES}\n{OS} {ARCH}{libc}", env!("CARGO_PKG_VERSION"))
    });
    &LONG
}
