//! What was typed. Groups of options that several commands share are one file each.

mod apply;
mod asked;
mod boxes;
mod check;
mod clock;
mod deferred;
mod edit;
mod els;
pub(crate) mod examples;
mod fleet;
mod force;
mod input;
mod license;
mod lint;
mod new;
mod output;
mod packaging;
mod policy;
mod remote;
mod secret;
mod select;
mod severity;
mod soap;
mod status;
mod table;
mod title;
mod told;

pub(crate) use apply::ApplyArgs;
pub(crate) use boxes::{IfExists, InjectArgs, InjectOptions, InjectWhat, RecoverArgs, RemoveArgs};
pub(crate) use check::CheckArgs;
pub(crate) use clock::ClockArgs;
pub(crate) use deferred::Deferred;
pub(crate) use edit::{Algid, Checksum, Els, HeaderArgs};
pub(crate) use els::{ElsArgs, ElsCommand, ElsFillArgs, ElsListArgs, LicenseOptions};
pub(crate) use fleet::{FleetArgs, OverviewArgs, ProgressWhen, RecordArgs};
pub(crate) use force::{ForceArgs, Overwrite, OverwriteArgs};
pub(crate) use input::InputArgs;
pub(crate) use license::{KnownArgs, LicenseArgs, LicenseCommand, LicenseLintArgs, LicenseShowArgs};
pub(crate) use lint::{LintArgs, RuleArgs};
pub(crate) use new::{ChecksumArgs, DeriveKeyArgs, KidArgs, NewArgs, ObjectArgs};
pub(crate) use output::{Encoding, Fit, RoomArgs, SyncHow, What, WhereTo, WriteArgs, WriteHow};
pub(crate) use packaging::{CompletionsArgs, ConfigArgs, ManArgs};
pub(crate) use policy::{
    AdviseArgs, Begin, PolicyArgs, PolicyCommand, PolicyLintArgs, SimulateArgs, UrlArgs,
};
pub(crate) use remote::RemoteArgs;
pub(crate) use secret::Secret;
pub(crate) use select::{Place, SelectArgs};
pub(crate) use severity::Severity;
pub(crate) use soap::{SoapArgs, SoapCommand, SoapExtractArgs, SoapPart, SoapShowArgs};
pub(crate) use status::StatusArgs;
pub(crate) use table::TableArgs;
pub(crate) use title::TitleArgs;
pub(crate) use told::{ListingArgs, ToldArgs};

use clap::{Args, Parser, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;

/// The same as `help COMMAND` where somebody asks for help twice: clap takes the `--help` behind it for a command's name.
pub(crate) fn once_for_help(typed: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut typed: Vec<OsString> = typed.collect();
    if typed.get(1).is_some_and(|command| command == "help") {
        typed.retain(|arg| arg != "--help" && arg != "-h");
    }
    typed
}

/// The colours that are asked for, also where nothing else of what was typed can be understood.
pub(crate) fn colors_typed(typed: &[OsString]) -> anstream::ColorChoice {
    let words = typed.iter().map(|word| word.to_str().unwrap_or_default());
    let named = words.clone().zip(words.skip(1)).rev().find_map(|(word, next)| match word {
        "--color" => Some(next),
        _ => next.strip_prefix("--color="),
    });
    let colors = named.and_then(|name| <Colors as clap::ValueEnum>::from_str(name, false).ok());
    colors.unwrap_or(Colors::Auto).into()
}

/// Find, read and rewrite PlayReady headers in encrypted MP4 files.
#[derive(Debug, Parser)]
#[command(name = "prkit", version, long_version = crate::version::long(), propagate_version = true, max_term_width = 100, after_help = crate::topics::LIST)]
pub(crate) struct Cli {
    /// Colours in what is printed for people
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Colors::Auto)]
    pub(crate) color: Colors,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// When there are colours.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum Colors {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    Always,
    Never,
}

impl From<Colors> for anstream::ColorChoice {
    fn from(colors: Colors) -> Self {
        match colors {
            Colors::Auto => Self::Auto,
            Colors::Always => Self::Always,
            Colors::Never => Self::Never,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// What protection headers are in there
    Show(Deferred<ShowArgs>),
    /// One object, header, store or box, raw or as text
    Extract(Deferred<ExtractArgs>),
    /// Check headers against the rules of the specification
    Lint(Deferred<LintArgs>),
    /// Key ids, schemes and objects agree across boxes, segments, manifests
    Check(Deferred<CheckArgs>),
    /// Change the PlayReady header where it is
    Reheader(Deferred<ReheaderArgs>),
    /// Add a pssh box
    Inject(Deferred<InjectArgs>),
    /// Take pssh boxes out
    Remove(Deferred<RemoveArgs>),
    /// Embedded license stores: make room, fill, list, strip
    Els(ElsArgs),
    /// Finish interrupted edits in place, or take them back
    Recover(Deferred<RecoverArgs>),
    /// Carry out what a dry run planned and wrote down with --plan-to
    Apply(Deferred<ApplyArgs>),
    /// Take back a finished batch, file by file, with its log
    Undo(Deferred<UndoArgs>),
    /// Build a PlayReady Object
    New(Deferred<NewArgs>),
    /// A key id in all its forms
    Kid(Deferred<KidArgs>),
    /// The checksum of a key
    Checksum(Deferred<ChecksumArgs>),
    /// The key that a seed gives a key id
    DeriveKey(Deferred<DeriveKeyArgs>),
    /// What licenses say, and whether they keep the rules
    License(LicenseArgs),
    /// Policies: check them, get dates for them, play them through
    Policy(PolicyArgs),
    /// Messages between clients and license servers
    Soap(SoapArgs),
    /// Where clients get the time
    Clock(Deferred<ClockArgs>),
    /// What a status code means
    Status(Deferred<StatusArgs>),
    /// Options that have other defaults here, and the file that tells so
    Config(Deferred<ConfigArgs>),
    /// What a shell needs to complete commands and options
    Completions(Deferred<CompletionsArgs>),
    /// Manual pages
    Man(Deferred<ManArgs>),
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) select: SelectArgs,
    #[command(flatten)]
    pub(crate) listing: ListingArgs,
    #[command(flatten)]
    pub(crate) overview: OverviewArgs,
    #[command(flatten)]
    pub(crate) fleet: FleetArgs,
    /// One JSON object a line per input
    #[arg(long, conflicts_with = "ListingArgs")]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) told: ToldArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ExtractArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) select: SelectArgs,
    #[command(flatten)]
    pub(crate) listing: ListingArgs,
    /// What to take out
    #[arg(long, value_enum, default_value_t = What::Header)]
    pub(crate) what: What,
    /// The form to give it [default: xml for a header, else what it is]
    #[arg(long = "as", value_parser = output::shape(), value_name = "FORM")]
    pub(crate) shape: Option<prkit_batch::shape::Shape>,
    #[command(flatten)]
    pub(crate) encoding: Encoding,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE", conflicts_with_all = ["all", "ListingArgs"])]
    pub(crate) output: Option<PathBuf>,
    /// Write each of several different ones into this folder
    #[arg(long, value_name = "DIR", conflicts_with = "ListingArgs")]
    pub(crate) all: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) overwrite: OverwriteArgs,
    #[command(flatten)]
    pub(crate) told: ToldArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ReheaderArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) select: SelectArgs,
    #[command(flatten)]
    pub(crate) header: HeaderArgs,
    #[command(flatten)]
    pub(crate) table: TableArgs,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct UndoArgs {
    /// The log that --log wrote, or a folder of them (*.log), as a job on many machines leaves it
    #[arg(value_name = "LOG")]
    pub(crate) log: PathBuf,
    /// Say what would be done
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,
    /// How it is written: through the map, by a renamed new file, or as suits the edit
    #[arg(long, value_enum, default_value_t = WriteHow::Auto, value_name = "HOW")]
    pub(crate) write: WriteHow,
    /// What is waited for: every file, groups of files, or nothing
    #[arg(long, value_enum, default_value_t = SyncHow::Group, value_name = "WHAT")]
    pub(crate) sync: SyncHow,
    /// Take edits back in files that have several names, which all see it
    #[arg(long)]
    pub(crate) hard_links: bool,
    /// Take a file back though a manifest that the log does not tell of will disagree with it
    #[arg(long)]
    pub(crate) alone: bool,
    /// One JSON object a line per file
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) fleet: FleetArgs,
    #[command(flatten)]
    pub(crate) told: ToldArgs,
    #[command(flatten)]
    pub(crate) remote: RemoteArgs,
}
