//! Writing down what a run would do: `--plan-to`.

use crate::args::WriteArgs;
use crate::exit::Stop;
use crate::terminal;
use prkit_apply::folder_of;
use prkit_batch::travel::{self, PlanWriter};
use std::fs::OpenOptions;
use std::path::Path;

/// A new file for the plan of a run.
pub(super) fn create(path: &Path, args: &WriteArgs) -> Result<PlanWriter, Stop> {
    let name = terminal::path(path);
    let root = match args.title.roots.as_slice() {
        [] => folder_of(path),
        [root] => root,
        _ => {
            return Err(Stop::usage(
                "--plan-to takes one --root, below which the files of the plan are named",
            ));
        }
    };
    let is_replaced = args.force.overwrite().replaces(path);
    if !args.to.dry_run {
        return Err(Stop::usage("--plan-to writes down what --dry-run plans: it goes with -n"));
    }
    let is_other = is_replaced
        && std::fs::File::open(path).is_ok_and(|file| {
            file.metadata().is_ok_and(|found| !found.is_file() || found.len() > 0)
                && !travel::is_plan(file).unwrap_or(false)
        });
    if is_other {
        return Err(Stop::usage(format!("{name} is no plan, and is not replaced by one")));
    }
    let mut options = OpenOptions::new();
    options.write(true).create(is_replaced).truncate(is_replaced).create_new(!is_replaced);
    let file = options.open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Stop::usage(format!("{name} exists; --overwrite replaces it")),
        _ => Stop::usage(format!("the plan {name} cannot be written: {error}")),
    })?;
    PlanWriter::new(file, root)
        .map_err(|error| Stop::usage(format!("the plan {name} cannot be written: {error}")))
}
