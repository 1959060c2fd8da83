//! Comparing.

use super::{InputArgs, ListingArgs, SelectArgs, Severity, TitleArgs, ToldArgs};
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) select: SelectArgs,
    #[command(flatten)]
    pub(crate) listing: ListingArgs,
    /// Compare all inputs with each other, whether or not they share files
    #[arg(long)]
    pub(crate) one: bool,
    #[command(flatten)]
    pub(crate) title: TitleArgs,
    /// Ask other hosts, too, that manifests refer to, but never those of the local network
    #[cfg(feature = "remote")]
    #[arg(long, help_heading = "Addresses")]
    pub(crate) follow_hosts: bool,
    /// Keys to compare checksums with: KID:KEY in hex, or where such lines are (repeatable)
    #[arg(long, value_name = "KID:KEY|@FILE|-|env:NAME", hide_env_values = true)]
    pub(crate) keys: Vec<String>,
    /// Exit with 1 for findings of this level and above
    #[arg(long, value_enum, default_value_t = Severity::Error)]
    pub(crate) level: Severity,
    /// List the rules
    #[arg(long)]
    pub(crate) rules: bool,
    /// One JSON object a line per input
    #[arg(long, conflicts_with = "ListingArgs")]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) told: ToldArgs,
}
