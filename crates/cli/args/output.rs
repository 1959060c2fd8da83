//! Where a result goes, and in which form.

use super::{FleetArgs, ForceArgs, RecordArgs, TitleArgs, ToldArgs};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use prkit_batch::payloads::Making;
use prkit_batch::shape::Shape;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct WriteArgs {
    #[command(flatten)]
    pub(crate) to: WhereTo,
    /// With -o DIR: name results as inputs are named here, folders and all
    ///
    /// Without it, results have the names of their inputs, or their paths below a folder that is an INPUT. Where several
    /// inputs have one name, results have their paths below the folder that all inputs are in.
    #[arg(long, requires = "output")]
    pub(crate) keep_paths: bool,
    /// With --dry-run: exit with 1 when there is something to do
    #[arg(long, requires = "dry_run")]
    pub(crate) exit_code: bool,
    /// With --dry-run --json: the exact plan, kept spans and put bytes
    #[arg(long, requires = "dry_run")]
    pub(crate) plan: bool,
    /// With --dry-run: write the edits that are planned to a file, which `prkit apply` carries out later or elsewhere
    ///
    /// Files are named as they are below the folder of FILE, or below --root. What is planned is what -i would do.
    #[arg(long, value_name = "FILE", requires = "dry_run")]
    pub(crate) plan_to: Option<PathBuf>,
    /// How -i writes: through the map, by a renamed new file, or as suits the edit
    #[arg(long, value_enum, default_value_t = WriteHow::Auto, value_name = "HOW")]
    pub(crate) write: WriteHow,
    /// Keep the old file under its name and this suffix
    #[arg(long, value_name = "SUFFIX", requires = "in_place")]
    pub(crate) backup: Option<String>,
    /// Keep the times of access and change (mode, owner and extended attributes are kept always)
    #[arg(long)]
    pub(crate) preserve: bool,
    /// Edit files in place that have several names, which all see the edit
    #[arg(long)]
    pub(crate) hard_links: bool,
    /// What is waited for: every file, groups of files, or nothing (edits then survive a kill, not a power failure)
    #[arg(long, value_enum, default_value_t = SyncHow::Group, value_name = "WHAT")]
    pub(crate) sync: SyncHow,
    /// Read all samples, auxiliary data and items of both versions and compare them
    #[arg(long)]
    pub(crate) verify: bool,
    /// Leave at least so many bytes of filler beside a box that changes the length of the file
    #[arg(long, value_name = "SIZE", value_parser = size, default_value = "0", hide_default_value = true)]
    pub(crate) reserve: usize,
    /// How far to go to make a box of another size fit
    #[arg(long, value_enum, default_value_t = Fit::Any)]
    pub(crate) fit: Fit,
    #[command(flatten)]
    pub(crate) room: RoomArgs,
    /// Take along what a manifest refers to, playlists, initialisation segments, media: all change together, or none does
    #[arg(long)]
    pub(crate) presentation: bool,
    /// Change a file although a manifest of its title would disagree with it afterwards
    #[arg(long, conflicts_with = "presentation")]
    pub(crate) alone: bool,
    #[command(flatten)]
    pub(crate) title: TitleArgs,
    #[command(flatten)]
    pub(crate) force: ForceArgs,
    #[command(flatten)]
    pub(crate) fleet: FleetArgs,
    #[command(flatten)]
    pub(crate) record: RecordArgs,
    /// One JSON object a line per input
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) told: ToldArgs,
}

impl WriteArgs {
    /// Where a result goes, and all else as if nothing was typed.
    pub(crate) fn new(to: WhereTo) -> Self {
        Self {
            to,
            keep_paths: false,
            exit_code: false,
            plan: false,
            plan_to: None,
            write: WriteHow::Auto,
            backup: None,
            preserve: false,
            hard_links: false,
            sync: SyncHow::Group,
            verify: false,
            reserve: 0,
            fit: Fit::Any,
            room: RoomArgs::default(),
            presentation: false,
            alone: false,
            title: TitleArgs::default(),
            force: ForceArgs::default(),
            fleet: FleetArgs::default(),
            record: RecordArgs::default(),
            json: false,
            told: ToldArgs::default(),
        }
    }
}

impl WriteArgs {
    /// How new payloads are made.
    pub(crate) fn making(&self) -> Making {
        Making { room: self.room.into(), overrides: self.force.overrides(), presentation: self.presentation }
    }
}

/// What inside an object makes room for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct RoomArgs {
    /// Where 2, 4 or 6 bytes are left over, fill the header up with spaces before the end tag of DATA
    #[arg(long)]
    pub(crate) pad: bool,
    /// Let an empty license store give way, down to this size
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) els_min: Option<usize>,
}

impl From<RoomArgs> for prkit_batch::payloads::Room {
    fn from(RoomArgs { pad, els_min }: RoomArgs) -> Self {
        Self { pad, els_min }
    }
}

/// Exactly one of these.
#[derive(Clone, Debug, Default, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct WhereTo {
    /// Change the files themselves
    ///
    /// Edits that keep the length of a file, or change it by whole blocks, are stored through a memory map under a
    /// journal: after a kill or a power failure the file is the old one, the new one, or one that `prkit recover` makes
    /// either of. A reader in that moment may see a mixture; --write rename writes a new file and renames it over the
    /// old one instead, as other edits always do.
    #[arg(short, long)]
    pub(crate) in_place: bool,
    /// Write to a file, into a folder, or - for standard output
    #[arg(short, long, value_name = "FILE|DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Say what would be done
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,
}

/// How a file is changed in place.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum WriteHow {
    /// As suits the edit
    Auto,
    /// Through the memory map, under a journal
    Map,
    /// By a new file, renamed over the old one
    Rename,
}

/// What is waited for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum SyncHow {
    Each,
    Group,
    None,
}

/// The last step that may be taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Fit {
    /// New boxes have the old size
    Same,
    /// Filler in the file gives or takes the difference
    Slack,
    /// An empty license store gives or takes it (with --els-min)
    Store,
    /// The file changes its length
    Any,
}

/// What to take out of an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum What {
    /// The whole PlayReady Object
    Object,
    /// The header text
    Header,
    /// The embedded license store
    Store,
    /// The whole box
    Box,
}

impl From<What> for prkit_batch::Part {
    fn from(what: What) -> Self {
        match what {
            What::Object => Self::Object,
            What::Header => Self::Header,
            What::Store => Self::Store,
            What::Box => Self::Box,
        }
    }
}

/// Takes the name of a form something is given.
pub(crate) fn shape() -> impl TypedValueParser<Value = Shape> {
    let values = Shape::ALL.map(|shape| PossibleValue::new(shape.name()).help(shape.what()));
    PossibleValuesParser::new(values).try_map(|name| Shape::named(&name).ok_or("no such form"))
}

#[derive(Clone, Copy, Debug, Args)]
#[group(multiple = false)]
pub(crate) struct Encoding {
    /// As base64
    #[arg(long)]
    pub(crate) base64: bool,
    /// As hex digits
    #[arg(long)]
    pub(crate) hex: bool,
    /// As bytes
    #[arg(long)]
    pub(crate) raw: bool,
    /// As a C array
    #[arg(long)]
    pub(crate) c: bool,
}

/// Bytes, with K for 1024 and M for 1024 × 1024.
pub(crate) fn size(text: &str) -> Result<usize, String> {
    let (digits, unit) = match text.strip_suffix(['K', 'k']) {
        Some(digits) => (digits, 1024),
        None => match text.strip_suffix(['M', 'm']) {
            Some(digits) => (digits, 1024 * 1024),
            None => (text, 1),
        },
    };
    let number: usize =
        digits.parse().map_err(|_| format!("expected a number of bytes such as 512 or 10K, not {text:?}"))?;
    number.checked_mul(unit).ok_or_else(|| format!("{text} is more than this machine can count"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_binary() {
        assert_eq!(size("10K"), Ok(10_240));
        assert_eq!(size("512"), Ok(512));
        assert_eq!(size("1m"), Ok(1_048_576));
        assert!(size("ten").is_err());
        assert!(size("99999999999999999999M").is_err());
    }
}
