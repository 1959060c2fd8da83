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
