//! Files that manifests of the same call address by byte range: without `--presentation` they keep their boxes in place.

use super::follow::Followed;
use super::show_manifest;
use crate::args::{InputArgs, TitleArgs};
use crate::input::{Document, Name};
use prkit_batch::title::Located;
use prkit_manifest::{ByteRange, move_ranges};
use prkit_plan::Plan;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::OnceLock;

/// What manifests of a call say about files; looked up when the first file would move boxes.
pub(crate) struct Addressed<'i> {
    inputs: &'i InputArgs,
    title: &'i TitleArgs,
    files: OnceLock<HashMap<PathBuf, Vec<(String, ByteRange)>>>,
}

impl<'i> Addressed<'i> {
    pub(crate) const fn new(inputs: &'i InputArgs, title: &'i TitleArgs) -> Self {
        Self { inputs, title, files: OnceLock::new() }
    }

    /// Refuses a plan under which a manifest of the call would address other bytes than before.
    pub(crate) fn allow(&self, path: &Path, plan: &Plan) -> Result<(), String> {
        if plan.shape().moves_nothing() {
            return Ok(());
        }
        let files = self.files.get_or_init(|| ranges_of(self.inputs, self.title));
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
        let what = if old == new {
            "would move its boxes".to_owned()
        } else {
            format!("would change its length from {old} to {new} bytes")
        };
        Err(format!(
            "this {what}, and {manifest} addresses it by byte range ({} at line {}, column {}): \
             name the manifest with --presentation to change both, or keep the boxes in place with --fit same",
            range.kind.name(),
            range.position.line,
            range.position.column
        ))
    }
}

/// The byte ranges of all manifests among the inputs, by the file they count in.
fn ranges_of(args: &InputArgs, title: &TitleArgs) -> HashMap<PathBuf, Vec<(String, ByteRange)>> {
    let mut files: HashMap<PathBuf, Vec<(String, ByteRange)>> = HashMap::new();
    // A list from a pipe can be read once only.
    if args.files_from.as_ref().is_some_and(|list| list.as_os_str() == "-") {
        return files;
    }
    let Ok(inputs) = args.unseen() else { return files };
    let kinds = inputs.kinds().clone();
    let Ok(titles) = title.roots(args) else { return files };
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
                    let name = crate::terminal::path(&doc.local.shown);
                    files.entry(file).or_default().push((name, range.clone()));
                }
            }
        }
    }
    files
}
