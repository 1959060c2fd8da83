//! `prkit reheader`: change the PlayReady header where it is.

use crate::args::ReheaderArgs;
use crate::exit::{Status, Stop};
use crate::header_change::HeaderChange;
use crate::payloads::Payloads;
use crate::select::Selector;
use crate::writing;

pub(crate) fn run(args: &ReheaderArgs) -> Result<Status, Stop> {
    let selector = Selector::new(&args.select, false)?;
    let change = HeaderChange::new(&args.header)?;
    let reheader = Payloads { change: &change, write: &args.write };
    writing::run(&reheader, &args.input, &selector, &args.write)
}
