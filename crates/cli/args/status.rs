//! Arguments of `status`.

use clap::Args;
use prkit_protocol::Status;

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// Codes: 0x8004C605, 8004C605, -2147170811 or 2147796485
    #[arg(value_name = "CODE", allow_negative_numbers = true, required_unless_present = "list")]
    pub(crate) codes: Vec<Status>,
    /// All codes with a name
    #[arg(long)]
    pub(crate) list: bool,
    /// One JSON object a line per code
    #[arg(long)]
    pub(crate) json: bool,
}
