//! How much a file may ask for.

/// Bounds on what reading a file may cost. What passes them is an error, never a crash.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Boxes that are remembered, over the whole file.
    pub boxes: usize,
    /// Bytes of one `pssh` box.
    pub pssh_len: u64,
    /// Bytes of all distinct `pssh` boxes together.
    pub pssh_total: u64,
    /// Entries of tables that are read as a whole: sample entries, subsegments, fragments, items.
    pub entries: u32,
}

impl Default for Limits {
    /// Two days of two-second fragments, and less than 64 MiB whatever the file says.
    fn default() -> Self {
        Self { boxes: 500_000, pssh_len: 1024 * 1024, pssh_total: 16 * 1024 * 1024, entries: 500_000 }
    }
}

/// Containers in containers: `moov` to `tenc` is ten levels; twice that and more means nothing.
pub(crate) const MAX_DEPTH: u8 = 32;
/// Sample entries of a track that are read.
pub(crate) const MAX_SAMPLE_ENTRIES: usize = 1024;
/// Bytes of a description of sample groups that are read: more than one of a thousand keys has.
pub(crate) const MAX_GROUPS_LEN: u64 = 64 * 1024;
