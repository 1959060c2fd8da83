//! What is checked, and how findings are given.

use super::new::Place;
use super::{InputArgs, OverviewArgs, SelectArgs, Severity, WriteArgs};
use clap::Args;
use prkit_playready::Client;

#[derive(Debug, Args)]
#[command(mut_group("WhereTo", |group| group.required(false).requires("fix")))]
pub(crate) struct LintArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) select: SelectArgs,
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
    /// The PlayReady version that has to read it, such as 2, 3.3 or 4.5
    #[arg(long, value_name = "VERSION")]
    pub(crate) target: Option<Client>,
    /// Where objects will be put that have no place yet: those of a pssh box, a PlayReady Object or a header
    #[arg(long = "use", value_enum, value_name = "USE")]
    pub(crate) place: Option<Place>,
    /// What clients let pass is an error, too
    #[arg(long)]
    pub(crate) strict: bool,
    /// Exit with 1 when a finding is at least this bad
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t = Severity::Error)]
    pub(crate) level: Severity,
    /// Mend what can be mended (needs -i, -o or -n)
    #[arg(long, conflicts_with_all = ["sarif", "list"])]
    pub(crate) fix: bool,
    /// Print SARIF 2.1.0, one document for all inputs
    #[arg(long, conflicts_with = "json")]
    pub(crate) sarif: bool,
    /// Print all rules
    #[arg(long = "rules", conflicts_with_all = ["sarif", "inputs", "data"])]
    pub(crate) list: bool,
}
