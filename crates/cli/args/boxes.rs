//! Boxes put in and taken out, and interrupted edits.

use super::{InputArgs, ObjectArgs, Place, RemoteArgs, Secret, SelectArgs, TableArgs, ToldArgs, WriteArgs};
use clap::{Args, ValueEnum};
use prkit_batch::operation::Position;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct InjectArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) options: InjectOptions,
    #[command(flatten)]
    pub(crate) table: TableArgs,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

/// What is put in, and where.
#[derive(Clone, Debug, Args)]
pub(crate) struct InjectOptions {
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
    /// Into which containers [default: moov]
    #[arg(long = "where", value_enum, value_delimiter = ',', value_name = "PLACE")]
    pub(crate) places: Vec<Place>,
    /// Among the pssh boxes there: first, last, or after:INDEX [default: first]
    #[arg(long, value_name = "POSITION", value_parser = position)]
    pub(crate) position: Option<Position>,
    /// Version of a box made for an object; 1 lists the header's key ids in it [default: 0]
    #[arg(long, value_name = "0|1", value_parser = clap::value_parser!(u8).range(0..=1))]
    pub(crate) pssh_version: Option<u8>,
    /// When a box of that system is there already; an identical one is never put in twice [default: error]
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) if_exists: Option<IfExists>,
}

impl InjectOptions {
    /// These where they say something, else those. What a new box is made of comes from one of the two where it is whole.
    pub(crate) fn over(self, all: &Self) -> Self {
        let (own, of_all) = (self.what.is_given(), all.what.is_given());
        let is_new = self.says_what() && !own;
        let what = if own || is_new { self.what } else { all.what.clone() };
        // A whole box leaves nothing to say of what is in it.
        let is_whole = own || of_all && !is_new;
        let rest = |list: Vec<_>, all: &Vec<_>| if list.is_empty() && !is_whole { all.clone() } else { list };
        Self {
            what,
            kids: rest(self.kids, &all.kids),
            from_media: self.from_media || all.from_media && !is_whole,
            object: if is_whole { self.object } else { self.object.over(&all.object) },
            places: if self.places.is_empty() { all.places.clone() } else { self.places },
            position: self.position.or(all.position),
            pssh_version: self.pssh_version.or(all.pssh_version),
            if_exists: self.if_exists.or(all.if_exists),
        }
    }

    /// Whether it says something of what is to be put in, and not only how.
    pub(crate) fn says_what(&self) -> bool {
        self.what.is_given() || self.from_media || !self.kids.is_empty() || !self.object.is_empty()
    }

    /// Whether it says how something is put in. Where a box is kept, nothing has to be.
    pub(crate) fn says_how(&self) -> bool {
        !self.places.is_empty()
            || self.position.is_some()
            || self.pssh_version.is_some()
            || self.if_exists.is_some_and(|what| what != IfExists::Keep)
    }

    /// Whether that is enough.
    pub(crate) fn is_complete(&self) -> bool {
        self.what.is_given() || self.from_media || !self.kids.is_empty() || self.object.stands_without_keys()
    }
}

/// One of these at most.
#[derive(Clone, Debug, Args)]
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

impl InjectWhat {
    pub(crate) const fn is_given(&self) -> bool {
        self.pssh.is_some() || self.pro.is_some() || self.header.is_some()
    }
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
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(crate) enum IfExists {
    /// The container is left as it is
    Keep,
    /// The new box takes its place
    Replace,
    /// The new box stands beside it
    Add,
    /// The input fails
    #[default]
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
    /// Files that were being edited, their journals, or folders with such; `s3://BUCKET/FOLDER/` for uploads that were not completed
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Take interrupted edits back instead of finishing them
    #[arg(long)]
    pub(crate) undo: bool,
    /// Only say what there is to recover
    #[arg(long, conflicts_with = "undo")]
    pub(crate) list: bool,
    #[command(flatten)]
    pub(crate) remote: RemoteArgs,
    /// In buckets: abort uploads that were begun so long ago; younger ones may be at work
    #[cfg(feature = "remote")]
    #[arg(long, value_name = "HOURS", default_value_t = 24)]
    pub(crate) older_than: u16,
    /// Act as this user, a name or a number: root recovers nobody else's edits in its own name
    #[arg(long, value_name = "USER")]
    pub(crate) owner: Option<String>,
    /// One JSON object a line per file
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) told: ToldArgs,
}
