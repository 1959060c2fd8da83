//! Arguments of `policy`.

use super::Deferred;
use super::license::{FindingArgs, KnownArgs};
use clap::{Args, Subcommand, ValueEnum};
use prkit_license::{End, Moment, Period, Preset, QueryForm};
use prkit_protocol::ClientVersion;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    #[command(subcommand)]
    pub(crate) command: PolicyCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Policies against the published rules
    ///
    /// A POLICY is a file, - or text: licenses in any form that `license show` reads, JSON, or a query of the test
    /// server, cfg=(…) or a whole address.
    Lint(Deferred<PolicyLintArgs>),
    /// The dates a license should carry, for one request
    Advise(Deferred<AdviseArgs>),
    /// What plays when the owner turns back the clock
    Simulate(Deferred<SimulateArgs>),
    /// Take apart addresses of the test server, and build them
    Url(Deferred<UrlArgs>),
}

#[derive(Debug, Args)]
pub(crate) struct PolicyLintArgs {
    /// Files, - for standard input, or a query such as cfg=(persist:true)
    #[arg(value_name = "POLICY")]
    pub(crate) policies: Vec<String>,
    #[command(flatten)]
    pub(crate) known: KnownArgs,
    #[command(flatten)]
    pub(crate) report: FindingArgs,
}

#[derive(Debug, Args)]
pub(crate) struct AdviseArgs {
    /// What the license is to allow [default: the right to play]
    #[arg(value_name = "POLICY")]
    pub(crate) policy: Option<String>,
    /// The server's clock [default: now]
    #[arg(long, value_name = "TIME")]
    pub(crate) server_time: Option<Moment>,
    /// The version of the client
    #[arg(long, value_name = "VERSION", required_unless_present = "request")]
    pub(crate) client: Option<ClientVersion>,
    /// The client's clock
    #[arg(long, value_name = "TIME")]
    pub(crate) client_time: Option<Moment>,
    /// The saved request, which says both
    #[arg(long, value_name = "FILE")]
    pub(crate) request: Option<PathBuf>,
    /// When it ends: a time, or a period such as 48h or 1mo after the server's clock (the client's, from version 3 on)
    #[arg(long, value_name = "TIME|PERIOD", value_parser = end)]
    pub(crate) end: Option<End>,
    /// How far before the server's clock it begins for clients of version 1 and 2, whose clock may be behind
    #[arg(long, value_name = "PERIOD", default_value = "5m")]
    pub(crate) margin: Period,
    /// How long it plays after the first play
    #[arg(long, value_name = "PERIOD")]
    pub(crate) first_play: Option<Period>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

fn end(text: &str) -> Result<End, String> {
    if let Ok(time) = text.parse() {
        return Ok(End::At(time));
    }
    text.parse().map(End::After).map_err(|_| {
        format!("{text:?} is neither a time such as 2018-02-05T20:00:00Z nor a period such as 48h or 1mo")
    })
}

#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    /// A scenario, or policies and licenses to play the rollback story with
    #[arg(value_name = "SCENARIO|POLICY", conflicts_with = "preset")]
    pub(crate) policies: Vec<String>,
    /// A scenario that is built in [default: rollback]
    #[arg(long, value_parser = preset, value_name = "NAME", help = PRESET_HELP)]
    pub(crate) preset: Option<Preset>,
    /// With the begin dates it has, with those that are advised, without any, or the last two side by side
    #[arg(long, value_enum, value_name = "WHICH")]
    pub(crate) begin: Option<Begin>,
    /// Where the owner sets the clock in the rollback story [default: when the first license was acquired]
    #[arg(long, value_name = "TIME")]
    pub(crate) back_to: Option<Moment>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

const PRESET_HELP: &str =
    "A scenario that is built in: rollback, rental, purchase, subscription, live [default: rollback]";

fn preset(name: &str) -> Result<Preset, String> {
    Preset::ALL.into_iter().find(|preset| preset.name() == name).ok_or_else(|| {
        let names: Vec<_> = Preset::ALL.iter().map(|preset| preset.name()).collect();
        format!("there are {}", names.join(", "))
    })
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Begin {
    Keep,
    With,
    Without,
    Both,
}

#[derive(Debug, Args)]
pub(crate) struct UrlArgs {
    /// An address or query to take apart; a file or licenses to build one from
    #[arg(value_name = "URL|POLICY")]
    pub(crate) policy: Option<String>,
    /// Write it in this form
    #[arg(long = "as", value_parser = form, value_name = "FORM", help = "Write it as cfg, cfg64, json or legacy")]
    pub(crate) form: Option<QueryForm>,
    /// Set a value in every group, or in group N
    #[arg(long = "set", value_name = "[N.]NAME:VALUE")]
    pub(crate) set: Vec<String>,
    /// The address in front [default: what stands there, else the public test server]
    #[arg(long, value_name = "URL")]
    pub(crate) base: Option<String>,
    /// List the names a query knows
    #[arg(long)]
    pub(crate) parameters: bool,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

fn form(name: &str) -> Result<QueryForm, String> {
    [QueryForm::Cfg, QueryForm::Cfg64, QueryForm::Json, QueryForm::Legacy]
        .into_iter()
        .find(|form| form.name() == name)
        .ok_or_else(|| "there are cfg, cfg64, json, legacy".to_owned())
}
