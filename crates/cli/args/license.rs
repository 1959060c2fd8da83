//! Arguments of `license`, and what its rules and those of `policy` share.

use super::{Deferred, InputArgs};
use crate::args::Severity;
use clap::{Args, Subcommand, ValueEnum};
use prkit_license::{Guid, Moment, TrustedClock};
use prkit_protocol::ClientVersion;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct LicenseArgs {
    #[command(subcommand)]
    pub(crate) command: LicenseCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LicenseCommand {
    /// What licenses say: raw, in base64, in license stores of files, in SOAP responses
    ///
    /// The layout of a license is inferred from public programs, not documented by Microsoft. Nothing is decrypted, and
    /// keys are only counted.
    Show(Deferred<LicenseShowArgs>),
    /// Licenses against the published rules for policies, and against the content's keys
    Lint(Deferred<LicenseLintArgs>),
}

#[derive(Debug, Args)]
pub(crate) struct LicenseShowArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// What the license says, without the tree of its objects
    #[arg(long)]
    pub(crate) no_tree: bool,
    /// One JSON object a line per input
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct LicenseLintArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) known: KnownArgs,
    #[command(flatten)]
    pub(crate) report: FindingArgs,
}

/// What is known beside the policies.
#[derive(Debug, Args)]
#[command(next_help_heading = "What else is known")]
pub(crate) struct KnownArgs {
    /// The content the licenses are for: its header says which keys it has
    #[arg(long, value_name = "FILE")]
    pub(crate) content: Option<PathBuf>,
    /// The saved request: nonce, client version, client time, header
    #[arg(long, value_name = "FILE")]
    pub(crate) request: Option<PathBuf>,
    /// Licenses the client has besides, such as the root of a chain
    #[arg(long, value_name = "FILE")]
    pub(crate) with: Vec<PathBuf>,
    /// The server's clock [default: the issue date of a license]
    #[arg(long, value_name = "TIME")]
    pub(crate) server_time: Option<Moment>,
    /// The version of the client
    #[arg(long, value_name = "VERSION")]
    pub(crate) client: Option<ClientVersion>,
    /// The client's clock
    #[arg(long, value_name = "TIME")]
    pub(crate) client_time: Option<Moment>,
    /// The clock the client trusts
    #[arg(long, value_enum, value_name = "CLOCK")]
    pub(crate) clock: Option<Clock>,
    /// A domain account the client has joined; none for a client that joined none
    #[arg(long, value_name = "ID")]
    pub(crate) account: Vec<Account>,
}

/// A domain account, or that there is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Account(pub(crate) Option<Guid>);

impl std::str::FromStr for Account {
    type Err = prkit_license::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "none" { Ok(Self(None)) } else { text.parse().map(Some).map(Self) }
    }
}

/// How findings are reported.
#[derive(Debug, Args)]
pub(crate) struct FindingArgs {
    /// Exit with 1 when a finding is at least this bad
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t = Severity::Error)]
    pub(crate) level: Severity,
    /// List the rules instead
    #[arg(long)]
    pub(crate) rules: bool,
    /// One JSON object a line per input
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Clock {
    None,
    AntiRollback,
    Secure,
}

impl From<Clock> for TrustedClock {
    fn from(clock: Clock) -> Self {
        match clock {
            Clock::None => Self::Missing,
            Clock::AntiRollback => Self::AntiRollback,
            Clock::Secure => Self::Secure,
        }
    }
}
