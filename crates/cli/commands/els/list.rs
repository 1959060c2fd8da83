//! `prkit els list`: what is in license stores.

use crate::args::ElsListArgs;
use crate::commands::open;
use crate::exit::{Status, Stop};
use crate::hints::told;
use crate::input::{Found, Input};
use crate::out::{Out, Outcome};
use crate::report::{self, LicenseReport, PathReport, SCHEMA, license_line};
use crate::run::each;
use crate::style::NAME;
use crate::terminal::escaped;
use prkit_batch::Selector;
use prkit_license::{License, Limits, StoreContents};
use prkit_playready::{Payload, RecordType, Store};
use serde::Serialize;
use std::fmt::Write as _;

pub(super) fn run(args: &ElsListArgs) -> Result<Status, Stop> {
    let selector = args.select.selector(false)?;
    each(args.input.open()?, args.json, &mut |input, out| list(input, &selector, out))
}

#[derive(Serialize)]
struct ListReport {
    schema: u32,
    #[serde(flatten)]
    path: PathReport,
    size: u64,
    /// How what stores hold is known.
    evidence: &'static str,
    stores: Vec<StoreReport>,
    error: Option<String>,
}

#[derive(Serialize)]
struct StoreReport {
    index: usize,
    #[serde(rename = "box")]
    path: Option<String>,
    /// Where its bytes begin in the file; `null` in a text.
    offset: Option<u64>,
    capacity: usize,
    /// Zeros at its end.
    free: usize,
    empty: bool,
    licenses: Vec<LicenseReport>,
}

fn list(input: &Input, selector: &Selector, out: &mut Out) -> Outcome {
    let (document, objects) = match open(input, selector) {
        Ok(opened) => opened,
        Err(error) => {
            report::failure(input, &told(error), out);
            return Outcome::Failed;
        }
    };
    let stores: Vec<StoreReport> = objects.iter().flat_map(stores).collect();
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

fn stores(found: &Found) -> Vec<StoreReport> {
    let Ok(payload) = Payload::parse(&found.data) else { return Vec::new() };
    let Some(object) = payload.object() else { return Vec::new() };
    let stores = object.records().iter().filter(|record| record.kind == RecordType::Store);
    let report = stores.map(|record| {
        let store = Store::new(record.value);
        let is_plain = found.in_text.is_none() && matches!(payload, Payload::Object(_));
        StoreReport {
            index: found.index,
            path: found.path.clone(),
            offset: is_plain.then(|| found.value_offset(record)),
            capacity: store.capacity(),
            free: free(store),
            empty: store.is_empty(),
            licenses: LicenseReport::of_store(store),
        }
    });
    report.collect()
}

/// Zeros behind the last license, or behind the last byte that is none.
fn free(store: Store<'_>) -> usize {
    let contents = StoreContents::of(store, Limits::default());
    let is_used = |byte: &u8| *byte != 0;
    contents.gaps.last().filter(|gap| gap.offset.saturating_add(gap.bytes.len()) == store.capacity()).map_or(
        0,
        |gap| {
            let used = gap.bytes.iter().rposition(is_used).map_or(0, |last| last.saturating_add(1));
            gap.bytes.len().saturating_sub(used)
        },
    )
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
