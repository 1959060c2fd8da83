//! `prkit els`: embedded license stores.
//!
//! ```text
//!   reserve, strip   this file     stores come, change their size, go
//!   fill             fill.rs       licenses over the zeros of a store    
//!   list             list.rs       what is in stores
//! ```

mod fill;
mod list;

use crate::args::{ElsArgs, ElsCommand, SelectArgs, WriteArgs};
use crate::exit::{Status, Stop};
use crate::writing;
use prkit_batch::log::Asked;
use prkit_batch::operation::{Payloads, Resize};

pub(crate) fn run(args: &ElsArgs) -> Result<Status, Stop> {
    match &args.command {
        ElsCommand::Reserve(args) => {
            let change = Resize::Reserve { len: args.size, presentation: args.write.presentation };
            sized(change, &args.input, &args.select, &args.write)
        }
        ElsCommand::Strip(args) => sized(Resize::Strip, &args.input, &args.select, &args.write),
        ElsCommand::Fill(args) => fill::run(args),
        ElsCommand::List(args) => list::run(args),
    }
}

fn sized(
    change: Resize,
    input: &crate::args::InputArgs,
    select: &SelectArgs,
    write: &WriteArgs,
) -> Result<Status, Stop> {
    if let Resize::Reserve { len, .. } = change
        && len % 2 != 0
    {
        return Err(Stop::usage(format!(
            "--size {len} is odd: shaka-player drops objects of odd length (PLY-02)"
        )));
    }
    let selector = select.selector(false)?;
    let asked = || {
        let mut asked = Asked::of(change.name()).with(select);
        if let Resize::Reserve { len, .. } = change {
            asked.word("size", Some(len));
        }
        asked
    };
    writing::run(&Payloads { change: &change, making: write.making() }, input, &selector, write, &asked)
}
