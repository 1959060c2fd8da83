//! Arguments of `config`, `completions` and `man`.

use super::OverwriteArgs;
use clap::Args;
use clap_complete::Shell;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "bash: prkit completions bash > /etc/bash_completion.d/prkit
zsh:  prkit completions zsh > a folder of $fpath, as _prkit
fish: prkit completions fish > ~/.config/fish/completions/prkit.fish")]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// Keys: jobs, color, progress, system (of show, extract and lint), la-url and ds-id (of new and inject).
#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {}

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// The command whose page is printed, such as `reheader` or `els fill` [default: that of the program]
    #[arg(value_name = "COMMAND", conflicts_with = "all")]
    pub(crate) command: Vec<String>,
    /// Write the pages of the program and of every command into this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) all: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) overwrite: OverwriteArgs,
}
