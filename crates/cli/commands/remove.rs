//! `prkit remove`: take pssh boxes out.

use crate::args::RemoveArgs;
use crate::exit::{Status, Stop};
use crate::writing;
use prkit_batch::log::Asked;
use prkit_batch::operation::Remove;

pub(crate) fn run(args: &RemoveArgs) -> Result<Status, Stop> {
    let selector = args.select.selector(false)?;
    let remove = Remove { collapse: args.collapse, overrides: args.write.force.overrides() };
    let asked = || {
        let mut asked = Asked::of("remove").with(&args.select);
        asked.flag("collapse", args.collapse);
        asked
    };
    writing::run(&remove, &args.input, &selector, &args.write, &asked)
}
