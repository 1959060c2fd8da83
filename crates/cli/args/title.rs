//! Which files the references of manifests may lead to.

use super::InputArgs;
use crate::exit::Stop;
use clap::Args;
use prkit_batch::title::{Map, MapError, Roots};
use std::path::{Path, PathBuf};

#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "References of manifests")]
pub(crate) struct TitleArgs {
    /// Follow references into this folder, too (repeatable)
    ///
    /// References of a manifest lead to files below the folder that was given as INPUT, or below the folder of the
    /// manifest where that was given itself. What is outside is not touched and not looked at.
    #[arg(long = "root", value_name = "DIR")]
    pub(crate) roots: Vec<PathBuf>,
    /// Look for the files of addresses that begin with URL in DIR (repeatable)
    #[arg(long = "map", value_name = "URL=DIR")]
    pub(crate) maps: Vec<String>,
}

impl TitleArgs {
    /// What references may lead to, beside the folders that manifests are in.
    pub(crate) fn roots(&self, inputs: &InputArgs) -> Result<Roots, Stop> {
        let (folders, maps) = self.folders(inputs)?;
        let folders: Vec<&Path> = folders.iter().map(PathBuf::as_path).collect();
        Roots::new(&folders, maps).map_err(Stop::usage)
    }

    /// The folders of these, and where addresses are found.
    pub(crate) fn folders(&self, inputs: &InputArgs) -> Result<(Vec<PathBuf>, Vec<Map>), Stop> {
        let maps = self.maps.iter().map(|map| Map::parse(map)).collect::<Result<_, _>>();
        let folders = inputs.inputs.iter().filter(|input| input.is_dir()).chain(&self.roots);
        let maps = maps.map_err(|error| match error {
            MapError::Folder(_) => Stop::usage(format!("--map: {error}")),
            error => Stop::usage(error),
        })?;
        Ok((folders.cloned().collect(), maps))
    }
}
