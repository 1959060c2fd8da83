//! `prkit els`: embedded license stores.
//!
//! ```text
//!   reserve, strip   this file     stores come, change their size, go
//!   fill             fill.rs       licenses over the zeros of a store     shelf.rs: which license for which key id
//!   list             list.rs       what is in stores
//! ```

mod fill;
mod list;
mod shelf;

use crate::args::{ElsArgs, ElsCommand, SelectArgs, WriteArgs};
use crate::commands::payloads::Payloads;
use crate::exit::{Status, Stop};
use crate::writing;
use prkit_batch::Cause;
use prkit_batch::log::Asked;
use prkit_batch::payloads::{Change, Changed, Refusal, Subject};
use prkit_playready::StoreChange;

pub(crate) fn run(args: &ElsArgs) -> Result<Status, Stop> {
    match &args.command {
        ElsCommand::Reserve(args) => {
            let change = Sized::Reserve { len: args.size, presentation: args.write.presentation };
            sized(change, &args.input, &args.select, &args.write)
        }
        ElsCommand::Strip(args) => sized(Sized::Strip, &args.input, &args.select, &args.write),
        ElsCommand::Fill(args) => fill::run(args),
        ElsCommand::List(args) => list::run(args),
    }
}

fn sized(
    change: Sized,
    input: &crate::args::InputArgs,
    select: &SelectArgs,
    write: &WriteArgs,
) -> Result<Status, Stop> {
    if let Sized::Reserve { len, .. } = change
        && len % 2 != 0
    {
        return Err(Stop::usage(format!(
            "--size {len} is odd: shaka-player drops objects of odd length (PLY-02)"
        )));
    }
    let selector = select.selector(false)?;
    let asked = || {
        let mut asked = Asked::of(change.name()).with(select);
        if let Sized::Reserve { len, .. } = change {
            asked.word("size", Some(len));
        }
        asked
    };
    writing::run(&Payloads { change: &change, write }, input, &selector, write, &asked)
}

/// Stores of another size, or none.
#[derive(Clone, Copy, Debug)]
enum Sized {
    Reserve {
        len: usize,
        /// Manifests are there for the files that they name.
        presentation: bool,
    },
    Strip,
}

impl Sized {
    const fn name(self) -> &'static str {
        match self {
            Self::Reserve { .. } => "els reserve",
            Self::Strip => "els strip",
        }
    }
}

impl Change for Sized {
    fn store_gives_way(&self) -> bool {
        false
    }

    fn apply(&self, subject: &Subject<'_>) -> Result<Option<Changed>, Refusal> {
        let (payload, found, overrides) = (subject.payload()?, subject.found, subject.overrides);
        let change = match *self {
            Self::Reserve { presentation: true, .. } if found.in_text.is_some() => return Ok(None),
            Self::Reserve { len, .. } => StoreChange::Size { len, overrides },
            Self::Strip => StoreChange::Strip { overrides },
        };
        let new = payload.with_store(change).map_err(|error| Refusal::Input(Cause::of(&error)))?;
        Ok(new.map(|data| Changed { data, kids: None, room: None }))
    }
}
