//! `prkit els fill`: licenses over the zeros of a store.

use crate::args::{ElsFillArgs, LicenseOptions};
use crate::exit::{Status, Stop};
use crate::hints::of_license;
use crate::input::Content;
use crate::{table, values, writing};
use prkit_batch::log::Asked;
use prkit_batch::operation::{Fill, LicenseFiles, Payloads, Shelf};
use prkit_plan::Wrong;
use std::path::{Path, PathBuf};

pub(crate) fn run(args: &ElsFillArgs) -> Result<Status, Stop> {
    let selector = args.select.selector(false)?;
    let table =
        args.table.edits.as_deref().map(|path| table::open(path, |row: LicenseOptions, _| shelf(&row)));
    let fill =
        Fill { table: table.transpose()?, all: shelf(&args.options)?, presentation: args.write.presentation };
    crate::terminal::note(format_args!(
        "how a filled license store is laid out is not public: licenses are written one after the other from its \
         first byte on, which is inferred"
    ));
    let payloads = Payloads { change: &fill, making: args.write.making() };
    let status = writing::run(&payloads, &args.input, &selector, &args.write, &|| {
        let asked = Asked::of("els fill").with(&args.select).with(&args.options);
        match &fill.table {
            Some(table) => asked.with(table),
            None => asked,
        }
    })?;
    Ok(fill.table.map_or(status, |rows| table::end(&rows, status, &args.table)))
}

/// `None` where no license is named.
fn shelf(options: &LicenseOptions) -> Result<Option<Shelf<'static>>, Stop> {
    if options.licenses.is_empty() {
        Ok(None)
    } else {
        let shelf = Shelf::open(&options.licenses, &Named);
        shelf.map(Some).map_err(|error| Stop::usage(format!("--license {}", of_license(&error))))
    }
}

/// Files as options and cells name them.
struct Named;

impl LicenseFiles for Named {
    fn open(&self, path: &Path) -> Result<Content, Wrong> {
        Ok(Content::File(values::open(path)?))
    }

    fn folder(&self, path: &Path) -> Result<Option<PathBuf>, Wrong> {
        Ok(values::folder(path)?)
    }

    fn shown(&self, path: &Path) -> String {
        values::shown(path)
    }
}
