//! Arguments of `clock`.

use super::InputArgs;
use clap::Args;
use prkit_license::Moment;
use prkit_protocol::ClockTarget;

#[derive(Debug, Args)]
pub(crate) struct ClockArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Which services this version of PlayReady uses, or of Windows Media DRM: wmdrm7, wmdrm10.08
    #[arg(long, value_name = "VERSION", conflicts_with = "inputs")]
    pub(crate) target: Option<ClockTarget>,
    /// A time to compare the time of a saved response with
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<Moment>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}
