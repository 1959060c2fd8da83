//! What is checked, and how findings are given.

use super::new::Place;
use super::{InputArgs, ListingArgs, OverviewArgs, SelectArgs, Severity, WriteArgs};
use clap::{Args, ValueEnum};
use prkit_playready::{Player, Spec, Target};

#[derive(Debug, Args)]
#[command(mut_group("WhereTo", |group| group.required(false)))]
#[command(mut_arg("in_place", |arg| arg.requires("fix")), mut_arg("dry_run", |arg| arg.requires("fix")))]
#[command(mut_arg("json", |arg| arg.conflicts_with("ListingArgs")))]
pub(crate) struct LintArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) select: SelectArgs,
    #[command(flatten)]
    pub(crate) listing: ListingArgs,
    #[command(flatten)]
    pub(crate) rules: RuleArgs,
    #[command(flatten)]
    pub(crate) overview: OverviewArgs,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Rules")]
pub(crate) struct RuleArgs {
    /// Check that this client reads it: a PlayReady version, such as 2, 3.3 or 4.5, or a product: silverlight,
    /// windows-8.1, windows-10, xbox-one, xbox-one-1709, or the year of a television set
    #[arg(long, value_name = "VERSION|PRODUCT")]
    pub(crate) target: Option<Target>,
    /// Follow this text of the header specification where the two differ
    #[arg(long, value_enum, value_name = "YEAR", default_value_t = Edition::Y2021)]
    pub(crate) spec: Edition,
    /// Where objects will be put that have no place yet: those of a pssh box, a PlayReady Object or a header
    #[arg(long = "use", value_enum, value_name = "USE")]
    pub(crate) place: Option<Place>,
    /// Name of the one player whose rules count (PLY), such as shaka or dash.js [default: all that were measured]
    #[arg(long, value_name = "NAME")]
    pub(crate) player: Option<Player>,
    /// What clients let pass is an error, too
    #[arg(long)]
    pub(crate) strict: bool,
    /// Exit with 1 when a finding is at least this bad
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t = Severity::Error)]
    pub(crate) level: Severity,
    /// Mend what can be mended (needs -i, -o or -n)
    #[arg(long, conflicts_with_all = ["sarif", "list", "ListingArgs"])]
    pub(crate) fix: bool,
    /// Print SARIF 2.1.0, one document for all inputs; -o FILE writes it to a file
    #[arg(long, conflicts_with_all = ["json", "ListingArgs"])]
    pub(crate) sarif: bool,
    /// Print all rules
    #[arg(long = "rules", conflicts_with_all = ["sarif", "inputs", "data"])]
    pub(crate) list: bool,
}

/// A text of the header specification.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Edition {
    /// The text of February 2018
    #[value(name = "2018")]
    Y2018,
    /// The text of October 2021
    #[value(name = "2021")]
    Y2021,
}

impl From<Edition> for Spec {
    fn from(edition: Edition) -> Self {
        match edition {
            Edition::Y2018 => Self::Y2018,
            Edition::Y2021 => Self::Y2021,
        }
    }
}
