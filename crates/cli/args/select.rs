//! Which of the objects in an input.

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Args, ValueEnum};
use prkit_playready::SystemId;
use std::ffi::OsStr;

#[derive(Debug, Args)]
#[command(next_help_heading = "Selecting")]
pub(crate) struct SelectArgs {
    /// DRM system, by name or UUID, or all [default: playready; show: all]
    #[arg(long, value_name = "NAME|UUID", value_parser = SystemName, hide_possible_values = true)]
    pub(crate) system: Option<String>,
    /// Only boxes that stand there
    #[arg(long = "where", value_enum, value_delimiter = ',', value_name = "PLACE")]
    pub(crate) places: Vec<Place>,
    /// Only the object with this index, as `show` prints it
    #[arg(long, value_name = "N")]
    pub(crate) index: Option<usize>,
    /// Only objects that hold this key id
    #[arg(long, value_name = "KID")]
    pub(crate) kid: Option<String>,
    /// Only headers whose license URL matches
    #[arg(long, value_name = "GLOB")]
    pub(crate) if_la_url: Option<String>,
    /// Only headers of this version
    #[arg(long, value_name = "V")]
    pub(crate) if_version: Option<String>,
    /// Only headers of this domain service
    #[arg(long, value_name = "ID")]
    pub(crate) if_ds_id: Option<String>,
    /// An input in which nothing is selected is a failure
    #[arg(long)]
    pub(crate) require: bool,
}

/// A name, which shells complete, or an id.
#[derive(Clone)]
struct SystemName;

impl TypedValueParser for SystemName {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(SystemId::names().chain(["all"]).map(PossibleValue::new)))
    }
}

/// Where a box stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Place {
    File,
    Moov,
    Moof,
    Meta,
}
