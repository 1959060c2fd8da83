//! Arguments of `soap`.

use super::lint::Edition;
use super::{Deferred, Encoding, InputArgs, OverwriteArgs, Severity};
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct SoapArgs {
    #[command(subcommand)]
    pub(crate) command: SoapCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SoapCommand {
    /// What messages say: requests, responses, faults, the players' wrapper
    ///
    /// A response that follows its request in one call is checked against it.
    Show(Deferred<SoapShowArgs>),
    /// Licenses, headers, custom data or the wrapped message, taken out
    Extract(Deferred<SoapExtractArgs>),
}

#[derive(Debug, Args)]
pub(crate) struct SoapShowArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// All elements as a tree, also where the message is known
    #[arg(long)]
    pub(crate) tree: bool,
    /// Follow this text of the header specification where the two differ
    #[arg(long, value_enum, value_name = "YEAR", default_value_t = Edition::Y2021)]
    pub(crate) spec: Edition,
    /// Exit with 1 when a finding is at least this bad
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub(crate) level: Option<Severity>,
    /// One JSON object a line per input
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SoapExtractArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// What to take out
    #[arg(long, value_enum, default_value_t = SoapPart::License)]
    pub(crate) what: SoapPart,
    /// Take only the license, or the header, with this number, from 0
    #[arg(long, value_name = "N")]
    pub(crate) index: Option<usize>,
    #[command(flatten)]
    pub(crate) encoding: Encoding,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE", conflicts_with = "all")]
    pub(crate) output: Option<PathBuf>,
    /// Write each of several into this folder, licenses by their key id
    #[arg(long, value_name = "DIR")]
    pub(crate) all: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) overwrite: OverwriteArgs,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum SoapPart {
    /// Licenses of a response
    License,
    /// The header of a request
    Header,
    /// What the application passes on
    CustomData,
    /// The message in a player's wrapper
    Message,
}
