//! Adds one to the largest number: a release build has to notice.

#![allow(clippy::arithmetic_side_effects, reason = "it is the point")]

fn main() {
    let most = std::hint::black_box(u64::MAX);
    std::hint::black_box(most + 1);
}
