//! What is wrong, in an asset and across assets.

use crate::error::raise;
use crate::header::refused;
use crate::source::Given;
use prkit_batch::check::{Library, compare, gather};
use prkit_batch::report::{Asked, lint as lint_of};
use prkit_batch::title::Roots;
use prkit_batch::{Found, Inputs, Sources};
use prkit_playready::{Keyring, Spec, Target};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use std::path::{Path, PathBuf};

/// What `lint` is asked about.
pub(crate) fn context(
    py: Python<'_>,
    target: Option<&str>,
    strict: bool,
    spec: Option<&str>,
) -> PyResult<Asked> {
    let target = target.map(str::parse::<Target>).transpose().map_err(|error| refused(py, error))?;
    let spec = match spec {
        None => Spec::default(),
        Some(year) => Spec::ALL.into_iter().find(|spec| spec.name() == year).ok_or_else(|| {
            refused(py, format!("the specification is that of 2018 or of 2021, not {year:?}"))
        })?,
    };
    Ok(Asked { client: target.map(|target| target.client), strict, spec, ..Asked::default() })
}

/// The findings of an asset.
pub(crate) fn linted<'py>(
    py: Python<'py>,
    source: &Bound<'py, PyAny>,
    asked: Asked,
) -> PyResult<Bound<'py, PyTuple>> {
    let json = Given::of(source)?.work(py, |opening| {
        let document = opening.document()?;
        let objects: Vec<Found> = document.objects()?;
        let found = lint_of(&document, &objects, asked);
        let found: Vec<_> = found.iter().map(|located| &located.finding).collect();
        serde_json::to_string(&found).map_err(prkit_batch::Error::Report)
    })?;
    crate::asset::findings_of(py, &crate::asset::loads(py, &json)?)
}

/// Looks at an asset by all rules.
#[pyfunction]
#[pyo3(signature = (source, *, target=None, strict=false, spec=None))]
pub(crate) fn lint<'py>(
    py: Python<'py>,
    source: &Bound<'py, PyAny>,
    target: Option<&str>,
    strict: bool,
    spec: Option<&str>,
) -> PyResult<Bound<'py, PyTuple>> {
    let asked = context(py, target, strict, spec)?;
    linted(py, source, asked)
}

/// Compares manifests, init segments and segments that belong together.
#[pyfunction]
#[pyo3(signature = (paths, *, roots=Vec::new(), one=false))]
pub(crate) fn check(
    py: Python<'_>,
    paths: Vec<PathBuf>,
    roots: Vec<PathBuf>,
    one: bool,
) -> PyResult<Bound<'_, PyAny>> {
    let json = py.detach(move || compared(paths, &roots, one)).map_err(|error| raise(py, error))?;
    let class = py.import("prkit._types")?.getattr("Checked")?;
    class.call_method1("_of", (crate::asset::loads(py, &json)?,))
}

fn compared(paths: Vec<PathBuf>, roots: &[PathBuf], one: bool) -> prkit_batch::Result<String> {
    let mut sources = Sources::default();
    // A folder that is named is a root, too.
    let folders = paths.iter().filter(|path| path.is_dir());
    let roots: Vec<&Path> = roots.iter().chain(folders).map(PathBuf::as_path).collect();
    let titles = Roots::new(&roots, Vec::new())
        .map_err(|error| prkit_batch::Error::Read(std::io::Error::other(error)))?;
    sources.paths.clone_from(&paths);
    sources.reach = crate::reach::reach();
    let mut inputs = Inputs::new(&sources)?;
    let library = Library::reaching(sources.reach.clone());
    let mut next = inputs.by_ref().map(|next| next.map_err(|(input, error)| (input, error.into())));
    let mut gathered = gather(&mut next, &library, &titles, one, None);
    let (mut findings, mut compared) = (Vec::new(), 0_u64);
    for set in &mut gathered.sets {
        let found = compare(set, &library, &Keyring::default());
        compared = compared.saturating_add(found.compared);
        findings.extend(found.into_sorted().into_iter().map(|finding| {
            serde_json::json!({
                "rule": finding.rule.id(), "level": finding.level.name(), "message": finding.message,
                "places": finding.places, "more": finding.more,
            })
        }));
    }
    let failed: Vec<_> = gathered
        .inputs
        .iter()
        .filter_map(|input| Some((input.input.display(), input.error.as_ref()?.to_string())))
        .collect();
    let report = serde_json::json!({ "findings": findings, "compared": compared, "failed": failed });
    serde_json::to_string(&report).map_err(prkit_batch::Error::Report)
}
