//! How many inputs are worked at, and what is told meanwhile.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Many inputs")]
pub(crate) struct FleetArgs {
    /// How many inputs are worked at at once [default: one a processor, or two where files are edited in place]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64))]
    pub(crate) jobs: Option<u8>,
    /// Report the inputs of folders and lists in their order, not as they are done
    #[arg(long)]
    pub(crate) ordered: bool,
    /// Stop at the first input that fails
    #[arg(long)]
    pub(crate) fail_fast: bool,
    /// A bar on standard error, or lines where that is no terminal
    #[arg(long, value_enum, default_value_t = ProgressWhen::Auto, value_name = "WHEN")]
    pub(crate) progress: ProgressWhen,
}

/// When progress is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(crate) enum ProgressWhen {
    /// A bar on a terminal; elsewhere a line now and then, for runs of more than some seconds
    #[default]
    Auto,
    /// Also for short runs
    Always,
    Never,
}

#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Many inputs")]
pub(crate) struct RecordArgs {
    /// Write down what is done with each input, with all bytes that are replaced, one JSON object a line
    ///
    /// `prkit undo` takes the batch back with it; --resume goes on with it. FILE must not exist. Beside it, FILE.begun-N
    /// tell of what is being done right now. `s3://BUCKET/FOLDER/` keeps an object for each edit of an object, which many
    /// processes of one run may write.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["resume", "dry_run"])]
    pub(crate) log: Option<PathBuf>,
    /// Skip what this log says is done and is still the same, and go on writing to it
    #[arg(long, value_name = "LOG", conflicts_with = "dry_run")]
    pub(crate) resume: Option<PathBuf>,
}

#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Many inputs")]
pub(crate) struct OverviewArgs {
    /// Numbers over all inputs instead of a report on each
    #[arg(long, conflicts_with = "ListingArgs")]
    pub(crate) summary: bool,
    /// Write one page with titles, their files, and the boxes of each drawn to scale; it needs nothing else
    ///
    /// It has at most 5 MB: of a catalogue for which that is not enough, the rest is counted. - is standard output.
    #[arg(long, value_name = "FILE", conflicts_with = "ListingArgs")]
    pub(crate) html: Option<PathBuf>,
}

impl OverviewArgs {
    /// How inputs are gone over: a page of the same files is the same every time.
    pub(crate) fn fleet(&self, fleet: &FleetArgs) -> FleetArgs {
        FleetArgs { ordered: fleet.ordered || self.html.is_some(), ..fleet.clone() }
    }
}
