//! Plans, and what carries them out.

use crate::asset::{Reduced, hash_of, loads};
use crate::change::{NativeChange, overrides_of};
use crate::error::{Called, raise_of};
use crate::header::refused;
use crate::reach::address_of;
use crate::source::Given;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prkit_apply::Files;
use prkit_batch::travel::{Replaced, TravellingEdit};
use prkit_batch::{Address, Changed, Document, Error, Selector, System, prove};
use prkit_bmff::{Edited, Scope};
use prkit_plan::{AnyStore, AssetId, Commit, Laid, Plan as Engine, Segment, Span, StoreError, Watch};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// What an edit does to an asset: the spans that are replaced, and what takes their place. All else is kept.
#[pyclass(frozen, module = "prkit", name = "Plan")]
pub(crate) struct Plan {
    edit: TravellingEdit,
    patched: BTreeMap<String, u64>,
}

/// PlayReady's objects.
pub(crate) fn selector() -> Selector {
    let mut selector = Selector::default();
    selector.system = System::PlayReady;
    selector
}

/// The plan of a change, proven on the plan laid over the source: before the result exists.
fn planned(document: &Document, change: &NativeChange) -> Result<Edited, Error> {
    let edited = change.asking(&selector()).plan(document)?;
    prove(document, &edited, &Laid::new(&edited.plan, document.outer_source()))
        .map_err(Error::NotAsPlanned)?;
    Ok(edited)
}

/// The plan of an asset for a change. Nothing is written.
#[pyfunction]
pub(crate) fn plan(py: Python<'_>, source: &Bound<'_, PyAny>, change: &NativeChange) -> PyResult<Plan> {
    Given::of(source)?.work(py, |opening| {
        let document = opening.document()?;
        let edited = planned(&document, change)?;
        let patched = edited.patched.iter().filter(|(_, count)| **count > 0);
        Ok(Plan {
            edit: TravellingEdit::of(&document, &edited.plan)?,
            patched: patched.map(|(name, count)| ((*name).to_owned(), *count)).collect(),
        })
    })
}

/// Carries a plan out on an asset in memory, and gives its new bytes.
#[pyfunction]
#[pyo3(signature = (plan, source, *, r#override=Vec::new()))]
pub(crate) fn apply<'py>(
    py: Python<'py>,
    plan: &Plan,
    source: &Bound<'py, PyAny>,
    r#override: Vec<String>,
) -> PyResult<Bound<'py, PyBytes>> {
    let overrides = overrides_of(&r#override)?;
    let new = Given::of(source)?.work(py, |opening| {
        let document = opening.document_in(Scope { all_containers: true, ..Scope::default() })?;
        plan.edit.check(&document)?;
        let given = plan.edit.given().map_err(|_| Error::Foreign)?;
        let edited = prkit_batch::travel::adopt(&document, given, overrides)?;
        written(&document, &edited)
    })?;
    Ok(PyBytes::new(py, &new))
}

fn written(document: &Document, edited: &Edited) -> Result<Vec<u8>, Error> {
    let new = edited.plan.to_vec(document.outer_source()).map_err(Error::Read)?;
    prove(document, edited, &&new[..]).map_err(Error::NotAsPlanned)?;
    Ok(new)
}

/// The bytes of an asset with its PlayReady headers changed.
#[pyfunction]
pub(crate) fn reheader<'py>(
    py: Python<'py>,
    source: &Bound<'py, PyAny>,
    change: &NativeChange,
) -> PyResult<Bound<'py, PyBytes>> {
    let new = Given::of(source)?.work(py, |opening| {
        let document = opening.document()?;
        let edited = change.asking(&selector()).plan(&document)?;
        written(&document, &edited)
    })?;
    Ok(PyBytes::new(py, &new))
}

/// Whether the person at the keyboard wants it to stop.
#[derive(Default)]
pub(crate) struct Signals(Mutex<Option<PyErr>>);

impl Signals {
    /// What was raised.
    pub(crate) fn take(self) -> Option<PyErr> {
        self.0.into_inner().ok().flatten()
    }
}

impl Watch for Signals {
    fn is_cancelled(&self) -> bool {
        let Ok(mut raised) = self.0.lock() else { return true };
        if raised.is_none() {
            let checked: PyResult<()> = Python::attach(|py| {
                py.check_signals()?;
                Ok(())
            });
            *raised = checked.err();
        }
        raised.is_some()
    }
}

/// The store that keeps an asset, and the asset's name in it: that of a file's folder, or the bucket of an object.
fn stored(path: &Path) -> Result<(AnyStore, AssetId), Error> {
    if let Some(address) = address_of(path) {
        return crate::reach::stored(address)?.ok_or(Error::Reach(io::ErrorKind::ReadOnlyFilesystem.into()));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let name = path.file_name().unwrap_or_default().as_encoded_bytes().to_vec();
    Ok((AnyStore::new(Files::below(folder.unwrap_or(Path::new(".")))?), AssetId::new(name)))
}

fn called_of(path: PathBuf) -> Called {
    match address_of(&path) {
        Some(address) => Called::Address(Address::shown(address)),
        None => Called::File(path),
    }
}

/// Changes the PlayReady headers of an asset, in place or in a new one.
#[pyfunction]
#[pyo3(signature = (path, change, *, in_place, output=None, overwrite=false))]
pub(crate) fn rewrite<'py>(
    py: Python<'py>,
    path: PathBuf,
    change: &NativeChange,
    in_place: bool,
    output: Option<PathBuf>,
    overwrite: bool,
) -> PyResult<Bound<'py, PyAny>> {
    match (in_place, &output) {
        (true, Some(_)) => return Err(PyTypeError::new_err("in_place=True writes no output")),
        (false, None) => return Err(PyTypeError::new_err("in_place=False needs output=PATH")),
        _ => {}
    }
    let (signals, selector) = (Signals::default(), selector());
    let (asking, how) = (change.asking(&selector), Commit { watch: &signals, ..Commit::default() });
    let changed = py.detach(|| {
        let (store, id) = stored(&path)?;
        match &output {
            None => asking.edit(&store, &id, &how),
            Some(output) => {
                let (to, new) = stored(output)?;
                asking.make((&store, &id), (&to, &new), overwrite, &how)
            }
        }
    });
    let Changed { size_before, size_after, changed, receipt } = match changed {
        Ok(changed) => changed,
        Err(error) => {
            let own = signals.take();
            return Err(own
                .filter(|_| matches!(error, Error::Store(StoreError::Cancelled)))
                .unwrap_or_else(|| raise_of(py, error, Some(&called_of(path)))));
        }
    };
    let method = receipt.map(|receipt| receipt.method.name());
    let class = py.import("prkit._types")?.getattr("Rewritten")?;
    class.call1((changed, method, size_before, size_after))
}

impl Plan {
    fn json(&self) -> PyResult<String> {
        serde_json::to_string(&self.edit).map_err(|error| PyValueError::new_err(error.to_string()))
    }

    fn put(&self) -> Vec<(Span, Vec<u8>)> {
        let decode = |edit: &Replaced| {
            let [start, end] = edit.old;
            (Span::new(start, end), STANDARD.decode(&edit.put).unwrap_or_default())
        };
        self.edit.edits.iter().map(decode).collect()
    }

    fn engine(&self) -> Result<Engine, prkit_plan::Error> {
        let edits = self.put().into_iter().map(|(span, put)| (span, put.into()));
        let strategy =
            prkit_plan::Strategy::of_name(&self.edit.strategy).unwrap_or(prkit_plan::Strategy::Copy);
        Engine::splices(self.edit.len, edits, strategy, self.edit.why.clone())
    }
}

#[pymethods]
impl Plan {
    /// Length of the asset in bytes.
    #[getter]
    const fn size_before(&self) -> u64 {
        self.edit.len
    }

    /// Length of the result in bytes.
    #[getter]
    fn size_after(&self, py: Python<'_>) -> PyResult<u64> {
        Ok(self.engine().map_err(|error| refused(py, error))?.new_len())
    }

    /// How the edit is made to fit: same, slack, store, or how the length changes.
    #[getter]
    fn strategy(&self) -> &str {
        &self.edit.strategy
    }

    /// Why so.
    #[getter]
    fn why(&self) -> &str {
        &self.edit.why
    }

    /// Fields that change because something moves: how many, by name.
    #[getter]
    fn patched<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let patched = PyDict::new(py);
        for (name, count) in &self.patched {
            patched.set_item(name, count)?;
        }
        Ok(patched)
    }

    /// Bytes that are put in.
    #[getter]
    fn bytes_put(&self) -> usize {
        self.put().iter().map(|(_, put)| put.len()).sum()
    }

    /// What the result is made of: `(start, end)` of a kept span, or bytes.
    #[getter]
    fn segments<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let engine = self.engine().map_err(|error| refused(py, error))?;
        let mut segments: Vec<Bound<'py, PyAny>> = Vec::new();
        for segment in engine.segments() {
            segments.push(match segment {
                Segment::Keep(span) => (span.start(), span.end()).into_pyobject(py)?.into_any(),
                Segment::Put(bytes) => PyBytes::new(py, bytes).into_any(),
                // Plans of this module have bytes only.
                Segment::Table(_) => {
                    return Err(refused(py, "the plan has a table without bytes of its own"));
                }
            });
        }
        PyTuple::new(py, segments)
    }

    /// The plan as JSON, with the bytes that it puts in base64.
    fn to_json(&self) -> PyResult<String> {
        self.json()
    }

    /// The same as a dict.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        loads(py, &self.json()?)
    }

    /// The plan that `to_json` wrote.
    #[staticmethod]
    #[pyo3(signature = (text, patched=None))]
    fn from_json(text: &str, patched: Option<BTreeMap<String, u64>>) -> PyResult<Self> {
        let edit: TravellingEdit =
            serde_json::from_str(text).map_err(|error| PyValueError::new_err(format!("no plan: {error}")))?;
        let is_sound = edit.given().is_ok();
        if !is_sound {
            return Err(PyValueError::new_err(
                "no plan: its spans share bytes, pass the end, or are no base64",
            ));
        }
        Ok(Self { edit, patched: patched.unwrap_or_default() })
    }

    const fn __bool__(&self) -> bool {
        !self.edit.edits.is_empty()
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| other.get().edit == self.edit)
    }

    fn __hash__(&self) -> PyResult<u64> {
        Ok(hash_of(&self.json()?))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let (before, after) = (self.edit.len, self.size_after(py)?);
        Ok(format!("<prkit.Plan {} {before} -> {after} bytes, {} put>", self.edit.strategy, self.bytes_put()))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> Reduced<'py, (String, BTreeMap<String, u64>)> {
        Ok((py.get_type::<Self>().getattr("from_json")?, (self.json()?, self.patched.clone())))
    }
}
