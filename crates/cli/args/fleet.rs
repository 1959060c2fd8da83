//! How many inputs are worked at, and what is told meanwhile.

use clap::{Args, ValueEnum};

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Many inputs")]
pub(crate) struct FleetArgs {
    /// How many inputs are worked at at once [default: one a processor]
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
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum ProgressWhen {
    /// A bar on a terminal; elsewhere a line now and then, for runs of more than some seconds
    Auto,
    /// Also for short runs
    Always,
    Never,
}
