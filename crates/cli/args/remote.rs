//! How addresses are asked.

#[cfg(feature = "remote")]
use super::Secret;
use clap::Args;

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Addresses")]
pub(crate) struct RemoteArgs {
    /// A header for requests to the hosts of the inputs (repeatable)
    ///
    /// It goes to no other host, and not over a connection without encryption where the address has one with it. A value that
    /// is not to be seen in the list of processes comes from a file or a variable.
    #[cfg(feature = "remote")]
    #[arg(long = "http-header", value_name = "NAME:VALUE|@FILE|env:NAME", hide_env_values = true)]
    pub(crate) headers: Vec<Secret>,
    /// How many seconds a server may say nothing
    #[cfg(feature = "remote")]
    #[arg(long = "http-timeout", value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=3600))]
    pub(crate) timeout: u16,
    /// Edit objects of servers that ignore conditions, where what others write meanwhile may be lost
    #[cfg(feature = "remote")]
    #[arg(long)]
    pub(crate) unsafe_store: bool,
    /// Pay for what requests cost, where a bucket wants that of whoever asks
    #[cfg(feature = "remote")]
    #[arg(long, value_name = "requester", value_parser = ["requester"])]
    pub(crate) request_payer: Option<String>,
    /// The key that is written and deleted to learn whether a server keeps conditions
    #[cfg(feature = "remote")]
    #[arg(long, value_name = "KEY", default_value = ".prkit-scratch")]
    pub(crate) scratch_key: String,
}
