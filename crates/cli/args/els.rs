//! Arguments of `els`.

use super::{Deferred, InputArgs, SelectArgs, TableArgs, WriteArgs, output::size};
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct ElsArgs {
    #[command(subcommand)]
    pub(crate) command: ElsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ElsCommand {
    /// Make room: an empty store, so that embedding a license later moves nothing
    Reserve(Deferred<ElsReserveArgs>),
    /// Put licenses into empty stores; no file changes its size
    ///
    /// How a filled store is laid out is not public. Licenses are written one after the other from its first byte on,
    /// which is inferred from public programs. Nothing but zeros is ever written over.
    Fill(Deferred<ElsFillArgs>),
    /// Which stores there are, and the licenses in them
    List(Deferred<ElsListArgs>),
    /// Take empty stores out
    Strip(Deferred<ElsStripArgs>),
}

#[derive(Debug, Args)]
pub(crate) struct ElsReserveArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) select: SelectArgs,
    /// Bytes of the store, an even number; K = 1024
    #[arg(long, value_name = "SIZE", value_parser = size, default_value = "10K")]
    pub(crate) size: usize,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

#[derive(Debug, Args)]
#[command(mut_arg("licenses", |arg| arg.required_unless_present("edits")))]
pub(crate) struct ElsFillArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) select: SelectArgs,
    #[command(flatten)]
    pub(crate) options: LicenseOptions,
    #[command(flatten)]
    pub(crate) table: TableArgs,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

/// What stores are filled with.
#[derive(Debug, Args)]
pub(crate) struct LicenseOptions {
    /// A license (raw, base64, or in a SOAP response), or a folder of such: the one for each key id is taken (repeatable)
    #[arg(long = "license", value_name = "FILE|DIR")]
    pub(crate) licenses: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ElsListArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) select: SelectArgs,
    /// One JSON object a line per input
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ElsStripArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) select: SelectArgs,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}
