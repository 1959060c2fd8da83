//! `prkit reheader`: change the PlayReady header where it is.

use crate::args::{HeaderArgs, ReheaderArgs, RoomArgs};
use crate::exit::{Status, Stop};
use crate::table;
use crate::writing;
use clap::Args;
use prkit_batch::HeaderChange;
use prkit_batch::Selector;
use prkit_batch::log::{Ask, Asked};
use prkit_batch::operation::{Payloads, RowChange, TableChange};
use prkit_batch::payloads::Change;
use prkit_playready::Overrides;

pub(crate) fn run(args: &ReheaderArgs) -> Result<Status, Stop> {
    let selector = args.select.selector(false)?;
    let Some(path) = &args.table.edits else {
        if args.header.is_empty() && args.write.room != RoomArgs::default() {
            return Err(Stop::usage(
                "nothing to change: --pad and --els-min say how a change is made to fit; name one, such as --la-url URL",
            ));
        }
        let change = args.header.change(args.write.force.overrides())?;
        return over(args, &change, None, &selector);
    };
    let overrides = args.write.force.overrides();
    let all = of(&args.header, overrides)?;
    let table = table::open(path, |row: RowOptions, _| {
        Ok(RowChange { change: of(&row.header.over(&args.header), overrides)?, room: row.room.into() })
    })?;
    let change = TableChange { table, all, room: args.write.room.into() };
    let status = over(args, &change, Some(&change.table), &selector)?;
    Ok(table::end(&change.table, status, &args.table))
}

/// `None` where nothing is asked for.
fn of(args: &HeaderArgs, overrides: Overrides) -> Result<Option<HeaderChange>, Stop> {
    if args.is_empty() { Ok(None) } else { args.change(overrides).map(Some) }
}

fn over(
    args: &ReheaderArgs,
    change: &dyn Change,
    table: Option<&dyn Ask>,
    selector: &Selector,
) -> Result<Status, Stop> {
    let asked = || {
        let asked = Asked::of("reheader").with(&args.select).with(&args.header);
        match table {
            Some(table) => asked.with(table),
            None => asked,
        }
    };
    writing::run(
        &Payloads { change, making: args.write.making() },
        &args.input,
        selector,
        &args.write,
        &asked,
    )
}

/// The options that a row may give.
#[derive(Args)]
struct RowOptions {
    #[command(flatten)]
    header: HeaderArgs,
    #[command(flatten)]
    room: RoomArgs,
}
