//! Which inputs a command has. What an input is, what is in it, and where inputs are found, the engine knows.

pub(crate) use prkit_batch::{
    Address, Content, Document, Found, Input, Inputs, Kind, Kinds, Letter, LicenseInput, Name, decode,
    encryption_below, escaped, hex, shown,
};

use crate::args::InputArgs;
use crate::exit::Stop;
use crate::hints;
use prkit_batch::{Data, Reach, Sources};
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::sync::Arc;

/// What was given to `--data`, which its reports call so.
pub(crate) fn pasted(text: &str) -> Data {
    Data { text: text.to_owned(), name: "--data".to_owned() }
}

#[cfg(not(feature = "remote"))]
impl crate::args::RemoteArgs {
    /// Nothing opens addresses in this program.
    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "with the feature it is built from what was typed"
    )]
    pub(crate) fn reach(&self, _follow_hosts: bool) -> Result<Option<Arc<dyn Reach>>, Stop> {
        Ok(None)
    }
}

/// The inputs of sources; files of folders that are no media files and no manifests are left out.
pub(crate) fn opened(sources: &Sources) -> Result<Inputs, Stop> {
    Inputs::new(sources).map_err(|error| Stop::usage(hints::told(error.into())))
}

impl InputArgs {
    /// What is named; standard input where nothing is and it is no terminal.
    pub(crate) fn sources(&self) -> Result<Sources, Stop> {
        let is_named = self.data.is_some() || self.files_from.is_some() || !self.inputs.is_empty();
        if !is_named && io::stdin().is_terminal() {
            return Err(Stop::usage("no INPUT: name a file or a folder, or use - for standard input"));
        }
        let mut sources = Sources::default();
        sources.paths = if is_named { self.inputs.clone() } else { vec![PathBuf::from("-")] };
        sources.data = self.data.as_deref().map(pasted);
        sources.list.clone_from(&self.files_from);
        sources.ends_with_nul = self.null;
        sources.include.clone_from(&self.include);
        sources.exclude.clone_from(&self.exclude);
        sources.kinds = Kinds::new(self.kinds.iter().map(|kind| (*kind).into()).collect());
        sources.follow = self.follow;
        sources.reach = self.reach(false)?;
        Ok(sources)
    }

    /// What opens inputs that are addresses, where this program has it.
    pub(crate) fn reach(&self, follow_hosts: bool) -> Result<Option<Arc<dyn Reach>>, Stop> {
        self.remote.reach(follow_hosts)
    }

    /// The inputs; files of folders that are no media files and no manifests are left out.
    pub(crate) fn open(&self) -> Result<Inputs, Stop> {
        opened(&self.sources()?)
    }

    /// The same, where whoever opens a file that was found in a folder tells whether it is one of these.
    pub(crate) fn unseen(&self) -> Result<Inputs, Stop> {
        Inputs::unseen(&self.sources()?).map_err(|error| Stop::usage(hints::told(error.into())))
    }
}
