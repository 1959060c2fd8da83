//! Boxes put in and taken out, and interrupted edits.

use super::{InputArgs, ObjectArgs, Place, Secret, SelectArgs, WriteArgs};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct InjectArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) what: InjectWhat,
    /// A box around a new object with this key id (repeatable); the options under Object say what else it holds
    #[arg(long = "kid", value_name = "KID[:KEY]", visible_alias = "add-kid")]
    pub(crate) kids: Vec<Secret>,
    /// A box around a new object with the key ids and the algorithm of the file itself
    #[arg(long)]
    pub(crate) from_media: bool,
    #[command(flatten)]
    pub(crate) object: ObjectArgs,
    /// Into which containers
    #[arg(long = "where", value_enum, value_delimiter = ',', value_name = "PLACE", default_value = "moov")]
    pub(crate) places: Vec<Place>,
    /// Among the pssh boxes there: first, last, or after:INDEX
    #[arg(long, value_name = "POSITION", default_value = "first", value_parser = position)]
    pub(crate) position: Position,
    /// Version of a box made for an object; 1 lists the header's key ids in it
    #[arg(long, value_name = "0|1", default_value = "0", value_parser = clap::value_parser!(u8).range(0..=1))]
    pub(crate) pssh_version: u8,
    /// When a box of that system is there already; an identical one is never put in twice
    #[arg(long, value_enum, default_value_t = IfExists::Error, value_name = "WHAT")]
    pub(crate) if_exists: IfExists,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

/// One of these at most.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct InjectWhat {
    /// A box around this PlayReady Object
    #[arg(long, value_name = "@FILE|BASE64")]
    pub(crate) pro: Option<String>,
    /// These whole boxes, of any system
    #[arg(long, value_name = "@FILE|BASE64")]
    pub(crate) pssh: Option<String>,
    /// A box around an object with this header
    #[arg(long, value_name = "@FILE|BASE64")]
    pub(crate) header: Option<String>,
}

/// Where among the `pssh` boxes of a container.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Position {
    First,
    Last,
    After(usize),
}

fn position(text: &str) -> Result<Position, String> {
    match (text, text.strip_prefix("after:")) {
        ("first", _) => Ok(Position::First),
        ("last", _) => Ok(Position::Last),
        (_, Some(index)) => index.parse().map(Position::After).map_err(|_| format!("{index:?} is no index")),
        _ => Err("expected first, last or after:INDEX".to_owned()),
    }
}

/// What becomes of a box of the same system.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum IfExists {
    /// The container is left as it is
    Keep,
    /// The new box takes its place
    Replace,
    /// The new box stands beside it
    Add,
    /// The input fails
    Error,
}

#[derive(Debug, Args)]
pub(crate) struct RemoveArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) select: SelectArgs,
    /// Close the gap instead of leaving filler of the same size
    #[arg(long)]
    pub(crate) collapse: bool,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

#[derive(Debug, Args)]
pub(crate) struct RecoverArgs {
    /// Files that were being edited, their journals, or folders with such
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Take interrupted edits back instead of finishing them
    #[arg(long)]
    pub(crate) undo: bool,
    /// Only say what there is to recover
    #[arg(long, conflicts_with = "undo")]
    pub(crate) list: bool,
    /// One JSON object a line per file
    #[arg(long)]
    pub(crate) json: bool,
}
