//! A table that gives inputs options of their own.

use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(next_help_heading = "Table")]
pub(crate) struct TableArgs {
    /// A table in CSV or JSON lines: which inputs (path), keys (kid) or fragments (moof, from, to) get which options
    ///
    /// The first row says what the columns are: beside these, long options that say what this command does, without their
    /// dashes. The first row that fits counts, and what it names comes before what all inputs get; empty cells name nothing.
    /// Paths are globs relative to the table. moof is N or N-M, from 0; from and to are seconds. A flag is true or false.
    #[arg(long, value_name = "TABLE")]
    pub(crate) edits: Option<PathBuf>,
    /// Rows of --edits that fit nothing are a failure
    #[arg(long, requires = "edits")]
    pub(crate) strict_table: bool,
}
