//! What an edit would be: the plan, and its result as a blob of old spans and new bytes.

use crate::blob::{Blob, Host};
use crate::fault::{Fault, Result};
use crate::make::{ds_id, key_ids, version};
use crate::open::Opened;
use crate::request::ChangeForm;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prkit_batch::payloads::Making;
use prkit_batch::report::Asked;
use prkit_batch::shape::utf16;
use prkit_batch::travel::TravellingEdit;
use prkit_batch::{
    Error, Fitting, Found, HeaderChange, Selector, StoreSize, System, What, plan_change, plan_straight, prove,
};
use prkit_bmff::Edited;
use prkit_plan::{Laid, Plan, Segment, Source, Span};
use prkit_playready::{Algorithm, Change, Edit, Field, Key, KeyEdits, Override, Overrides, Revision};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Replaced spans that are shown, and bytes of each.
const MAX_SHOWN: usize = 16;
const MAX_BYTES: u64 = 8 * 1024;

/// What an edit would be.
#[derive(Serialize)]
pub(crate) struct PlannedView {
    changed: bool,
    strategy: &'static str,
    why: String,
    old_len: u64,
    new_len: u64,
    /// Fields that follow, and how many of each.
    patched: BTreeMap<&'static str, u64>,
    /// Pointers that were wrong before, and stay so.
    stale: u64,
    replaced: Vec<ReplacedView>,
    more_replaced: usize,
    /// The result; none where nothing changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<ResultView>,
}

#[derive(Serialize)]
struct ReplacedView {
    old: [u64; 2],
    new: [u64; 2],
    old_bytes: String,
    new_bytes: String,
    /// Whether only their beginnings are shown.
    cut: bool,
}

#[derive(Serialize)]
struct ResultView {
    blob: u32,
    /// The plan as a file for `prkit apply`.
    plan: String,
}

/// Plans the edit, puts its result together and proves that it is as planned.
pub(crate) fn planned(host: &Arc<dyn Host>, opened: &Opened, form: &ChangeForm) -> Result<PlannedView> {
    let mut selector = Selector::default();
    selector.system = System::PlayReady;
    selector.index = form.index;
    let overrides = overrides(&form.overrides)?;
    let making = Making { overrides, ..Making::default() };
    let fitting = Fitting { overrides, ..Fitting::default() };
    let edited = if form.fix {
        let is_wanted = |found: &Found| form.index.is_none_or(|index| found.index == index);
        plan_straight(&opened.document, &is_wanted, Asked::default(), &fitting)?
    } else {
        plan_change(&opened.document, &selector, &header_change(form)?, making, &fitting)?
    };
    let source = opened.document.outer_source();
    let plan = &edited.plan;
    let result = if plan.is_empty() { None } else { Some(result(host, opened, &edited)?) };
    let mut replaced = Vec::new();
    for (old, new) in plan.replaced().take(MAX_SHOWN) {
        replaced.push(ReplacedView {
            old: [old.start(), old.end()],
            new: [new.start(), new.end()],
            old_bytes: beginning(source, old)?,
            new_bytes: beginning(&Laid::new(plan, source), new)?,
            cut: old.len().max(new.len()) > MAX_BYTES,
        });
    }
    Ok(PlannedView {
        changed: result.is_some(),
        strategy: plan.strategy().name(),
        why: plan.why().to_owned(),
        old_len: plan.old_len(),
        new_len: plan.new_len(),
        more_replaced: plan.replaced().count().saturating_sub(replaced.len()),
        patched: edited.patched.clone(),
        stale: edited.stale_count,
        replaced,
        result,
    })
}

fn beginning(source: &dyn Source, span: Span) -> Result<String> {
    let mut bytes = Vec::new();
    let end = span.end().min(span.start().saturating_add(MAX_BYTES));
    source.read_at(Span::new(span.start(), end), &mut bytes).map_err(Error::Read)?;
    Ok(STANDARD.encode(bytes))
}

fn result(host: &Arc<dyn Host>, opened: &Opened, edited: &Edited) -> Result<ResultView> {
    let (plan, source) = (&edited.plan, opened.document.outer_source());
    let put = pieces(host, opened.blob, plan, source);
    // What was put together belongs to no other blob, whether it is whole or not.
    let blob = host.finish();
    put?;
    let new = Blob::new(host, blob, plan.new_len());
    prove(&opened.document, edited, &new).map_err(Error::NotAsPlanned)?;
    let edit =
        TravellingEdit { path: Some(opened.name.clone()), ..TravellingEdit::of(&opened.document, plan)? };
    Ok(ResultView { blob, plan: edit.to_file()? })
}

fn pieces(host: &Arc<dyn Host>, blob: u32, plan: &Plan, source: &dyn Source) -> Result<()> {
    for segment in plan.segments() {
        match segment {
            Segment::Keep(span) => host.keep(blob, *span),
            Segment::Put(_) | Segment::Table(_) => {
                let put = plan.render(segment, source, &mut |bytes| {
                    host.put(bytes);
                    Ok(())
                });
                put.map_err(Error::Read)?;
            }
        }
    }
    Ok(())
}

fn overrides(names: &[String]) -> Result<Overrides> {
    let named = |name: &String| {
        let kind = Override::ALL.iter().find(|kind| kind.name() == name).copied();
        kind.ok_or_else(|| Fault::new(format!("no refusal is of kind {name:?}")))
    };
    names.iter().map(named).collect()
}

fn header_change(form: &ChangeForm) -> Result<HeaderChange> {
    let store = match form.store {
        None => StoreSize::Keep,
        Some(0) => StoreSize::Strip,
        Some(len) => StoreSize::Size(len),
    };
    if let Some(text) = &form.header {
        return Ok(HeaderChange { what: What::Header(utf16(text.as_bytes())?), store });
    }
    let mut fields = Vec::new();
    for (name, value) in &form.fields {
        let field = Field::ALL.into_iter().find(|field| field.element() == name);
        let field = field.ok_or_else(|| Fault::new(format!("no element is called {name:?}")))?;
        let change = match value {
            None => Change::Remove,
            Some(value) if field == Field::DsId => Change::Set(ds_id(value)?),
            Some(value) => Change::Set(value.clone()),
        };
        let edit = Edit { field, change, existing: false };
        edit.check(false)?;
        fields.push(edit);
    }
    let set = key_ids(form.key_ids.as_deref().unwrap_or_default())?;
    let keys =
        KeyEdits { set: set.into_iter().map(|id| Key { id, key: None }).collect(), ..KeyEdits::default() };
    let revision = Revision {
        fields,
        keys,
        algorithm: form.algorithm.as_deref().map(Algorithm::from_text),
        version: form.version.as_deref().map(version).transpose()?,
        ..Revision::default()
    };
    Ok(HeaderChange {
        what: What::Revise { revision: Box::new(revision), from_media: form.from_media },
        store,
    })
}
