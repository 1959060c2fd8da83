//! How much is told, and of which inputs only the names.

use clap::Args;

#[derive(Clone, Copy, Debug, Default, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct ToldArgs {
    /// Say failures and the numbers at the end only, on standard error
    #[arg(short, long, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say more of each input: how an edit fits and what it moves, the text of a header, that nothing is wrong
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

/// Names of inputs instead of reports, as `grep` has them.
#[derive(Clone, Copy, Debug, Default, Args)]
#[group(multiple = false, conflicts_with = "ToldArgs")]
#[command(next_help_heading = "Selecting")]
pub(crate) struct ListingArgs {
    /// Print the names of inputs in which something is selected, and nothing else; exit with 1 where there is none
    #[arg(short = 'l', long)]
    pub(crate) files_with_matches: bool,
    /// Print the names of inputs in which nothing is selected; exit with 1 where there is none
    #[arg(long)]
    pub(crate) files_without_match: bool,
    /// Print how many objects are selected in each input; exit with 1 where that is none in all
    #[arg(short, long)]
    pub(crate) count: bool,
}
