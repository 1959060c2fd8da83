//! Which inputs.

use super::RemoteArgs;
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
#[command(next_help_heading = "Inputs")]
pub(crate) struct InputArgs {
    /// Files, folders, or - for standard input
    #[arg(value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,
    /// Pasted data: base64, hex, a C array, a key line of a playlist, a ContentProtection element
    #[arg(long, value_name = "STRING", allow_hyphen_values = true, conflicts_with = "inputs")]
    pub(crate) data: Option<String>,
    /// Read names of inputs from a file or - for standard input, one a line
    #[arg(long, value_name = "FILE", conflicts_with = "data")]
    pub(crate) files_from: Option<PathBuf>,
    /// Names in --files-from end with NUL instead of a line end
    #[arg(short = '0', long, requires = "files_from")]
    pub(crate) null: bool,
    /// In folders, only files whose name (or path below the folder, with a slash in GLOB) matches
    #[arg(long, value_name = "GLOB")]
    pub(crate) include: Vec<String>,
    /// In folders, no files that match
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,
    /// In folders, only files of this kind
    #[arg(short = 't', long = "type", value_enum, value_name = "KIND")]
    pub(crate) kinds: Vec<Kind>,
    /// In folders, follow symbolic links
    #[arg(short = 'L', long)]
    pub(crate) follow: bool,
    #[command(flatten)]
    pub(crate) remote: RemoteArgs,
}

impl InputArgs {
    /// Whether a path names one of the inputs, under whatever name.
    pub(crate) fn names(&self, path: &Path) -> bool {
        let Ok(path) = path.canonicalize() else { return false };
        self.inputs.iter().any(|input| input.canonicalize().is_ok_and(|input| input == path))
    }
}

/// What is taken from folders.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Kind {
    Mp4,
    Mpd,
    M3u8,
    Ism,
}

impl From<Kind> for crate::input::Kind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Mp4 => Self::Mp4,
            Kind::Mpd => Self::Mpd,
            Kind::M3u8 => Self::M3u8,
            Kind::Ism => Self::Ism,
        }
    }
}
