//! How much a header may ask for. A record has 64 KiB at most; these keep work bounded that does not grow with it evenly.

/// Elements: more than any header of 64 KiB has.
pub(crate) const MAX_ELEMENTS: usize = 16 * 1024;
/// Attributes of all elements together.
pub(crate) const MAX_ATTRIBUTES: usize = 4096;
/// Elements in elements: more than any header means.
pub(crate) const MAX_DEPTH: u16 = 64;
/// Boxes and objects in boxes and objects: deeper than anybody has nested by accident.
pub(crate) const MAX_NESTED: u8 = 4;
/// Findings: more than anybody reads; a header made of faults has no more.
pub(crate) const MAX_FINDINGS: usize = 1000;
/// Rounds of mending: more than faults hide behind each other.
pub(crate) const MAX_ROUNDS: usize = 24;
