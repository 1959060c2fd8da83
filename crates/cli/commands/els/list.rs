//! `prkit els list`: what is in license stores.

use crate::args::ElsListArgs;
use crate::commands::open;
use crate::exit::{Status, Stop};
use crate::hints::told;
use crate::input::Input;
use crate::out::{Out, Outcome};
use crate::report::{self, PathReport, SCHEMA, license_line};
use crate::run::each;
use crate::style::NAME;
use crate::terminal::escaped;
use prkit_batch::Selector;
use prkit_batch::report::ListedStore;
use prkit_license::License;
use serde::Serialize;
use std::fmt::Write as _;

pub(super) fn run(args: &ElsListArgs) -> Result<Status, Stop> {
    let selector = args.select.selector(false)?;
    each(&mut args.input.open()?, args.json, &mut |input, out| list(input, &selector, out))
}

#[derive(Serialize)]
struct ListReport {
    schema: u32,
    #[serde(flatten)]
    path: PathReport,
    size: u64,
    /// How what stores hold is known.
    evidence: &'static str,
    stores: Vec<ListedStore>,
    error: Option<String>,
}

fn list(input: &Input, selector: &Selector, out: &mut Out) -> Outcome {
    let (document, objects) = match open(input, selector) {
        Ok(opened) => opened,
        Err(error) => {
            report::failure(input, &told(error), out);
            return Outcome::Failed;
        }
    };
    let stores: Vec<ListedStore> = objects.iter().flat_map(ListedStore::all_of).collect();
    if stores.is_empty() && input.is_walked() && !out.is_json() {
        return Outcome::Done;
    }
    let error = document.fault().map(ToString::to_string);
    let listed = ListReport {
        schema: SCHEMA,
        path: PathReport::of(input),
        size: document.content.len(),
        evidence: License::EVIDENCE,
        stores,
        error,
    };
    out.report(&listed, |text| listed.write(input, text));
    if let Some(error) = &listed.error {
        out.message(input, error);
        return Outcome::Failed;
    }
    if listed.stores.is_empty() && selector.require {
        return out.nothing_selected(input, selector.require, None);
    }
    Outcome::Done
}

impl ListReport {
    fn write(&self, input: &Input, out: &mut String) -> std::fmt::Result {
        writeln!(out, "{NAME}{}{NAME:#}", input.display())?;
        if self.stores.is_empty() {
            writeln!(out, "  no license store")?;
        }
        for store in &self.stores {
            let path = store.path.as_deref().unwrap_or("object");
            write!(out, "  [{}] {}  {} bytes, ", store.index, escaped(path), store.capacity)?;
            match (store.empty, store.licenses.len()) {
                (true, _) => writeln!(out, "empty")?,
                (false, 0) => writeln!(out, "holds something that is no license, {} free", store.free)?,
                (false, 1) => writeln!(out, "1 license, {} free", store.free)?,
                (false, count) => writeln!(out, "{count} licenses, {} free", store.free)?,
            }
            for license in &store.licenses {
                writeln!(out, "      {}", escaped(&license_line(license)))?;
            }
        }
        Ok(())
    }
}
