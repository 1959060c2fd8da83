//! Files that manifests of the same run address by byte range: they keep their boxes in place, unless both change together.

use super::follow::Followed;
use super::show_manifest;
use crate::input::{Document, Name};
use crate::title::{Located, Map, Roots};
use crate::writing::{Moves, WriteError};
use crate::{Inputs, Sources};
use prkit_manifest::{ByteRange, move_ranges};
use prkit_plan::Plan;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::OnceLock;

/// What manifests of a run say about files; looked up when the first file would move boxes.
pub struct Addressed {
    sources: Sources,
    folders: Vec<PathBuf>,
    maps: Vec<Map>,
    files: OnceLock<HashMap<PathBuf, Vec<(String, ByteRange)>>>,
}

impl Addressed {
    /// Of manifests among inputs, whose references lead into these folders, too, and where maps say.
    pub const fn new(sources: Sources, folders: Vec<PathBuf>, maps: Vec<Map>) -> Self {
        Self { sources, folders, maps, files: OnceLock::new() }
    }

    /// Refuses a plan under which a manifest of the call would address other bytes than before.
    ///
    /// # Errors
    ///
    /// [`WriteError::Addressed`].
    pub(crate) fn allow(&self, path: &Path, plan: &Plan) -> Result<(), WriteError> {
        if plan.shape().moves_nothing() {
            return Ok(());
        }
        let files = self.files.get_or_init(|| self.ranges());
        let Ok(path) = path.canonicalize() else { return Ok(()) };
        let Some(ranges) = files.get(&path) else { return Ok(()) };
        let (old, new) = (plan.old_len(), plan.new_len());
        let moved = |range: &ByteRange| {
            let moved = move_ranges(std::slice::from_ref(range), &|_| Some(plan.shape()));
            !(moved.edits.is_empty() && moved.stale.is_empty())
        };
        let Some((manifest, range)) = ranges.iter().find(|(_, range)| old != new || moved(range)) else {
            return Ok(());
        };
        let change = if old == new { Moves::Boxes } else { Moves::Length { old, new } };
        let (manifest, position) = (manifest.clone(), range.position);
        Err(WriteError::Addressed { change, manifest, range: range.kind.name(), position })
    }

    /// The byte ranges of all manifests among the inputs, by the file they count in.
    fn ranges(&self) -> HashMap<PathBuf, Vec<(String, ByteRange)>> {
        let mut files: HashMap<PathBuf, Vec<(String, ByteRange)>> = HashMap::new();
        // A list from a pipe can be read once only.
        if self.sources.list.as_ref().is_some_and(|list| list.as_os_str() == "-") {
            return files;
        }
        let Ok(inputs) = Inputs::unseen(&self.sources) else { return files };
        let kinds = inputs.kinds().clone();
        let folders: Vec<&Path> = self.folders.iter().map(PathBuf::as_path).collect();
        let Ok(titles) = Roots::new(&folders, self.maps.clone()) else { return files };
        let mut followed = Followed::default();
        for next in inputs {
            let Ok(input) = next else { continue };
            let Name::Path(path) = &input.name else { continue };
            let Ok(Some(opened)) = Document::manifest_at(path) else { continue };
            if input.is_walked() && !kinds.takes(Some(opened.manifest.kind().into())) {
                continue;
            }
            let Ok(title) = titles.title(path, input.below.as_deref()) else { continue };
            // What cannot be read is reported where it is an input, or by `check`.
            let _ = followed.follow(&Rc::new(title), &mut |local, show| show_manifest(local, show));
        }
        for doc in &followed.docs {
            for range in &doc.presentation.ranges {
                for urls in &range.files {
                    let file = match doc.title.locate(urls) {
                        Located::File(file, _) => Some(file.path),
                        // It is only compared with the names of inputs.
                        Located::Outside(outside) => outside.path().and_then(|path| path.canonicalize().ok()),
                        Located::Missing | Located::Remote => None,
                    };
                    if let Some(file) = file {
                        let name = crate::shown(&doc.local.shown);
                        files.entry(file).or_default().push((name, range.clone()));
                    }
                }
            }
        }
        files
    }
}
