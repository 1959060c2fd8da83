//! Options of `prkit apply`.

use super::{FleetArgs, ForceArgs, RecordArgs, SyncHow, ToldArgs, WhereTo, WriteArgs, WriteHow};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct ApplyArgs {
    /// The file that --plan-to wrote
    #[arg(value_name = "PLAN")]
    pub(crate) plan: PathBuf,
    /// Look for the files of the plan below this folder [default: the one that PLAN is in]
    #[arg(long, value_name = "DIR")]
    pub(crate) root: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) to: WhereTo,
    /// How -i writes: through the map, by a renamed new file, or as suits the edit
    #[arg(long, value_enum, default_value_t = WriteHow::Auto, value_name = "HOW", help_heading = "Output")]
    pub(crate) write: WriteHow,
    /// Keep the old file under its name and this suffix
    #[arg(long, value_name = "SUFFIX", requires = "in_place", help_heading = "Output")]
    pub(crate) backup: Option<String>,
    /// Keep the times of access and change (mode, owner and extended attributes are kept always)
    #[arg(long, help_heading = "Output")]
    pub(crate) preserve: bool,
    /// Edit files in place that have several names, which all see the edit
    #[arg(long, help_heading = "Output")]
    pub(crate) hard_links: bool,
    /// What is waited for: every file, groups of files, or nothing
    #[arg(long, value_enum, default_value_t = SyncHow::Group, value_name = "WHAT", help_heading = "Output")]
    pub(crate) sync: SyncHow,
    /// Read all samples, auxiliary data and items of both versions and compare them
    #[arg(long, help_heading = "Output")]
    pub(crate) verify: bool,
    /// Edit a file though a manifest that the plan does not tell of will disagree with it
    #[arg(long, help_heading = "Output")]
    pub(crate) alone: bool,
    #[command(flatten)]
    pub(crate) force: ForceArgs,
    #[command(flatten)]
    pub(crate) fleet: FleetArgs,
    #[command(flatten)]
    pub(crate) record: RecordArgs,
    /// One JSON object a line per file
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) told: ToldArgs,
}

impl ApplyArgs {
    /// How it is written: as other edits.
    pub(crate) fn write_args(&self) -> WriteArgs {
        WriteArgs {
            write: self.write,
            backup: self.backup.clone(),
            preserve: self.preserve,
            hard_links: self.hard_links,
            sync: self.sync,
            verify: self.verify,
            force: self.force.clone(),
            fleet: self.fleet.clone(),
            record: self.record.clone(),
            json: self.json,
            told: self.told,
            ..WriteArgs::new(self.to.clone())
        }
    }
}
