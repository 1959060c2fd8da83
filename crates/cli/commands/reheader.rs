//! `prkit reheader`: change the PlayReady header where it is.

use crate::args::{HeaderArgs, ReheaderArgs, RoomArgs};
use crate::exit::{Status, Stop};
use crate::table;
use crate::writing;
use clap::Args;
use prkit_batch::HeaderChange;
use prkit_batch::log::{Ask, Asked};
use prkit_batch::operation::Payloads;
use prkit_batch::payloads::{Beside, Change, Changed, Refusal, Room, Subject, UrlBeside};
use prkit_batch::table::Table;
use prkit_batch::{Selector, Why};
use prkit_playready::Overrides;
use std::path::Path;

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
        Ok(RowChange { change: of(&row.header.over(&args.header), overrides)?, room: row.room })
    })?;
    let change = TableChange { table, all, room: args.write.room };
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

/// What is asked of a header that a row fits: by the row, and by the command line where the row says nothing.
struct RowChange {
    change: Option<HeaderChange>,
    room: RoomArgs,
}

/// What a table asks of each header, and what is asked of all.
struct TableChange<'t> {
    table: Table<'t, RowChange>,
    /// For those that no row fits.
    all: Option<HeaderChange>,
    room: RoomArgs,
}

impl Change for TableChange<'_> {
    fn store_gives_way(&self) -> bool {
        true
    }

    fn apply(&self, subject: &Subject<'_>) -> Result<Option<Changed>, Refusal> {
        let row = self.table.for_object(subject.document, subject.found).map_err(Refusal::Input)?;
        let row = row.as_deref();
        let change = row.map_or(self.all.as_ref(), |row| row.change.as_ref()).ok_or(Refusal::Unasked)?;
        let els_min = row.and_then(|row| row.room.els_min).or(self.room.els_min);
        let room = Room {
            pad: self.room.pad || row.is_some_and(|row| row.room.pad),
            els_min: els_min.filter(|_| change.store_gives_way()),
        };
        let changed = change.apply(subject)?;
        Ok(changed.map(|changed| Changed { room: Some(room), ..changed }))
    }

    fn license_url(&self, beside: &UrlBeside<'_>) -> Beside {
        let Some(Subject { document, found, .. }) = beside.subject else {
            return self.all.as_ref().map_or(Beside::Unasked, |all| all.license_url(beside));
        };
        let Ok(row) = self.table.for_object(document, found) else { return Beside::Unasked };
        let change = row.as_deref().map_or(self.all.as_ref(), |row| row.change.as_ref());
        change.map_or(Beside::Unasked, |change| change.license_url(beside))
    }

    fn left_in(&self, subject: &Subject<'_>, data: &[u8]) -> Vec<Why> {
        let Ok(row) = self.table.for_object(subject.document, subject.found) else { return Vec::new() };
        let change = row.as_deref().map_or(self.all.as_ref(), |row| row.change.as_ref());
        change.map_or_else(Vec::new, |change| change.left_in(subject, data))
    }

    fn skip(&self, path: &Path) {
        self.table.skip(path);
    }
}
