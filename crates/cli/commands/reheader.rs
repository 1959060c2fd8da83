//! `prkit reheader`: change the PlayReady header where it is.

use crate::args::ReheaderArgs;
use crate::exit::{Status, Stop};
use crate::header_change::{HeaderChange, TableChange};
use crate::payloads::{Change, Payloads};
use crate::select::Selector;
use crate::table::Table;
use crate::writing;

pub(crate) fn run(args: &ReheaderArgs) -> Result<Status, Stop> {
    let selector = Selector::new(&args.select, false)?;
    let Some(path) = &args.edits else {
        let change = HeaderChange::new(&args.header)?;
        return over(args, &change, &selector);
    };
    let all = if args.header.is_empty() { None } else { Some(HeaderChange::new(&args.header)?) };
    let change = TableChange { table: Table::open(path)?, all };
    let status = over(args, &change, &selector)?;
    let unused = change.table.list_unused();
    Ok(if unused && args.strict_table { status.max(Status::Failed) } else { status })
}

fn over(args: &ReheaderArgs, change: &dyn Change, selector: &Selector) -> Result<Status, Stop> {
    writing::run(&Payloads { change, write: &args.write }, &args.input, selector, &args.write)
}
