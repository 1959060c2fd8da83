//! What is in an asset.

use crate::header::PlayReadyHeader;
use crate::source::Given;
use bytes::Bytes;
use prkit_batch::report::{Object, PathReport, ShowReport, findings};
use prkit_batch::{Content, Document, Found};
use prkit_playready::{Header, Payload, SystemId};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyTuple, PyType};
use std::hash::{DefaultHasher, Hash, Hasher};
use uuid::Uuid;

/// What `show` found: the asset, and the protection objects in it.
#[pyclass(frozen, module = "prkit", name = "Asset")]
pub(crate) struct Asset {
    looked: Looked,
    pssh: PyOnceLock<Py<PyTuple>>,
    findings: PyOnceLock<Py<PyTuple>>,
}

/// What a pickle calls, and with what.
pub(crate) type Reduced<'py, S> = PyResult<(Bound<'py, PyAny>, S)>;

enum Looked {
    Here {
        document: Box<Document>,
        found: Vec<Found>,
        name: PathReport,
    },
    /// It came out of a pickle: its report.
    Told(String),
}

static FINDING: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static LOADS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// A report as Python has it.
pub(crate) fn loads<'py>(py: Python<'py>, json: &str) -> PyResult<Bound<'py, PyAny>> {
    let loads =
        LOADS.get_or_try_init(py, || Ok::<_, PyErr>(py.import("json")?.getattr("loads")?.unbind()))?;
    loads.bind(py).call1((json,))
}

/// Findings of a report as instances of `Finding`.
pub(crate) fn findings_of<'py>(py: Python<'py>, list: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyTuple>> {
    let class = FINDING.import(py, "prkit._types", "Finding")?;
    let mut found = Vec::new();
    for finding in list.try_iter()? {
        found.push(class.call_method1("_of", (finding?,))?);
    }
    PyTuple::new(py, found)
}

impl Asset {
    fn report(&self, py: Python<'_>) -> PyResult<String> {
        match &self.looked {
            Looked::Told(json) => Ok(json.clone()),
            Looked::Here { document, found, name } => {
                let report = || {
                    let read: Vec<Object<'_>> = found.iter().map(Object::read).collect();
                    let findings = findings(document, &read);
                    ShowReport::new(name.clone(), document, &read, findings).to_json()
                };
                let report = match document.content {
                    Content::Memory(_) => report(),
                    // Rules look at more than was read for the boxes.
                    _ => py.detach(report),
                };
                report.map_err(|error| PyValueError::new_err(error.to_string()))
            }
        }
    }

    fn fields<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        loads(py, &self.report(py)?)
    }
}

#[pymethods]
impl Asset {
    /// mp4, mpd, m3u8, ism, cpix, pssh, pro, header, ...
    #[getter]
    fn kind(&self, py: Python<'_>) -> PyResult<String> {
        match &self.looked {
            Looked::Here { document, .. } => Ok(document.kind.name().to_owned()),
            Looked::Told(_) => self.fields(py)?.get_item("kind")?.extract(),
        }
    }

    /// Its length in bytes.
    #[getter]
    fn size(&self, py: Python<'_>) -> PyResult<u64> {
        match &self.looked {
            Looked::Here { document, .. } => Ok(document.content.len()),
            Looked::Told(_) => self.fields(py)?.get_item("size")?.extract(),
        }
    }

    /// Its path, where it is a file.
    #[getter]
    fn path(&self, py: Python<'_>) -> PyResult<Option<String>> {
        match &self.looked {
            Looked::Here { name, .. } => Ok(name.path.clone()),
            Looked::Told(_) => {
                let fields = self.fields(py)?;
                let path = fields.call_method1("get", ("path",))?;
                path.extract()
            }
        }
    }

    /// What is wrong with it as a whole; None where all of it was read.
    #[getter]
    fn error(&self, py: Python<'_>) -> PyResult<Option<String>> {
        match &self.looked {
            Looked::Here { document, found, .. } => Ok(ShowReport::error_of(document, found.iter())),
            Looked::Told(_) => self.fields(py)?.call_method1("get", ("error",))?.extract(),
        }
    }

    /// Its protection objects, of all DRM systems, in their order.
    #[getter]
    fn pssh<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let made = self.pssh.get_or_try_init(py, || {
            let Looked::Here { found, .. } = &self.looked else {
                return Err(PyValueError::new_err("an asset from a pickle without its objects"));
            };
            let objects = found.iter().map(|found| Py::new(py, Pssh::of(found)));
            Ok(PyTuple::new(py, objects.collect::<PyResult<Vec<_>>>()?)?.unbind())
        })?;
        Ok(made.bind(py).clone())
    }

    /// What is odd or wrong with it, as `prkit show` says.
    #[getter]
    fn findings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let made = self.findings.get_or_try_init(py, || {
            let list = self.fields(py)?.get_item("findings")?;
            Ok::<_, PyErr>(findings_of(py, &list)?.unbind())
        })?;
        Ok(made.bind(py).clone())
    }

    /// What `prkit show --json` prints of it.
    fn to_json(&self, py: Python<'_>) -> PyResult<String> {
        self.report(py)
    }

    /// The same as a dict.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.fields(py)
    }

    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        Ok(self.pssh(py)?.len())
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.pssh(py)?.try_iter()?.into_any())
    }

    /// One without objects is no less there.
    #[expect(clippy::unused_self, reason = "Python calls it with one")]
    const fn __bool__(&self) -> bool {
        true
    }

    fn __eq__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        match other.cast::<Self>() {
            Ok(other) => Ok(self.report(py)? == other.get().report(py)?),
            Err(_) => Ok(false),
        }
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<u64> {
        Ok(hash_of(&self.report(py)?))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let name = self.path(py)?.map(|path| format!(" {path:?}")).unwrap_or_default();
        let (kind, size, count) = (self.kind(py)?, self.size(py)?, self.pssh(py)?.len());
        Ok(format!("<prkit.Asset{name} {kind}, {size} bytes, {count} pssh>"))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> Reduced<'py, (String, Bound<'py, PyTuple>)> {
        let restore = py.get_type::<Self>().getattr("_restore")?;
        Ok((restore, (self.report(py)?, self.pssh(py)?)))
    }

    #[staticmethod]
    fn _restore(py: Python<'_>, report: String, pssh: Py<PyTuple>) -> Self {
        let made = PyOnceLock::new();
        // It is empty.
        let _ = made.set(py, pssh);
        Self { looked: Looked::Told(report), pssh: made, findings: PyOnceLock::new() }
    }
}

pub(crate) fn hash_of(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// A protection object: a `pssh` box, an element or line of a manifest, or one alone.
#[pyclass(frozen, eq, hash, module = "prkit", name = "Pssh")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Pssh {
    index: usize,
    form: String,
    path: Option<String>,
    offset: u64,
    size: u64,
    version: Option<u8>,
    flags: Option<u32>,
    system: SystemId,
    kids: Vec<Uuid>,
    data: Bytes,
    error: Option<String>,
    line: Option<u64>,
    column: Option<u64>,
}

impl Pssh {
    fn of(found: &Found) -> Self {
        let payload = || found.system.is_playready().then(|| Payload::parse(&found.data).err()).flatten();
        Self {
            index: found.index,
            form: found.form.name().to_owned(),
            path: found.path.clone(),
            offset: found.offset,
            size: found.size,
            version: found.version,
            flags: found.flags,
            system: found.system,
            kids: found.kids.iter().map(|kid| Uuid::from_bytes(kid.to_uuid_bytes())).collect(),
            data: found.data.clone(),
            error: found
                .box_error
                .as_ref()
                .map(ToString::to_string)
                .or_else(|| payload().map(|error| error.to_string())),
            line: found.in_text.map(|at| at.line),
            column: found.in_text.map(|at| at.column),
        }
    }
}

/// Everything of a `Pssh` that a pickle keeps.
type State<'py> = (
    (usize, String, Option<String>, u64, u64, Option<u8>, Option<u32>),
    (Uuid, Vec<Uuid>, Bound<'py, PyBytes>, Option<String>, Option<u64>, Option<u64>),
);

#[pymethods]
impl Pssh {
    /// Its number in the asset, as `prkit show` prints it.
    #[getter]
    const fn index(&self) -> usize {
        self.index
    }

    /// pssh, piff, pro, header, mspr-pro, cenc-pssh, ext-x-key, ...
    #[getter]
    fn form(&self) -> &str {
        &self.form
    }

    /// The path of its box or element.
    #[getter]
    fn r#box(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// Where it begins, in bytes.
    #[getter]
    const fn offset(&self) -> u64 {
        self.offset
    }

    /// Its length in bytes, with the header of its box.
    #[getter]
    const fn size(&self) -> u64 {
        self.size
    }

    /// Its line in a text, from 1.
    #[getter]
    const fn line(&self) -> Option<u64> {
        self.line
    }

    /// Its column in a text, from 1.
    #[getter]
    const fn column(&self) -> Option<u64> {
        self.column
    }

    /// The version of its box (ISO/IEC 23001-7, 8.1).
    #[getter]
    const fn version(&self) -> Option<u8> {
        self.version
    }

    /// The flags of its box.
    #[getter]
    const fn flags(&self) -> Option<u32> {
        self.flags
    }

    /// The name of its DRM system, where it is a known one.
    #[getter]
    fn system(&self) -> Option<&'static str> {
        self.system.name()
    }

    /// The SystemID of its DRM system.
    #[getter]
    fn system_id(&self) -> Uuid {
        Uuid::from_bytes(self.system.to_uuid_bytes())
    }

    /// The key IDs that its box lists; those of version 0 list none.
    #[getter]
    fn key_ids<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        crate::ids::tuple(py, &self.kids)
    }

    /// The data of its box, such as a PlayReady Object.
    #[getter]
    fn data<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.data)
    }

    /// Why its payload could not be read; None where it was.
    #[getter]
    fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// The header; `None` for another system's data, and where there is none that can be read.
    #[getter]
    fn header(&self) -> Option<PlayReadyHeader> {
        if !self.system.is_playready() {
            return None;
        }
        let header = Header::of_payload(&self.data).ok()?;
        Some(PlayReadyHeader::of(&header))
    }

    fn __repr__(&self) -> String {
        let system = self.system.name().map_or_else(|| self.system.to_string(), str::to_owned);
        let place = self.path.as_deref().unwrap_or("/");
        format!("<prkit.Pssh {} {system} {} at byte {} in {place}>", self.index, self.form, self.offset)
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> Reduced<'py, State<'py>> {
        let restore = py.get_type::<Self>().getattr("_restore")?;
        let (path, error) = (self.path.clone(), self.error.clone());
        let head = (self.index, self.form.clone(), path, self.offset, self.size, self.version, self.flags);
        let tail = (self.system_id(), self.kids.clone(), self.data(py), error, self.line, self.column);
        Ok((restore, (head, tail)))
    }

    #[staticmethod]
    #[expect(clippy::type_complexity, reason = "what a pickle keeps, one by one")]
    fn _restore(
        head: (usize, String, Option<String>, u64, u64, Option<u8>, Option<u32>),
        tail: (Uuid, Vec<Uuid>, Vec<u8>, Option<String>, Option<u64>, Option<u64>),
    ) -> Self {
        let (index, form, path, offset, size, version, flags) = head;
        let (system, kids, data, error, line, column) = tail;
        let (system, data) = (SystemId::from_uuid_bytes(system.into_bytes()), data.into());
        Self { index, form, path, offset, size, version, flags, system, kids, data, error, line, column }
    }
}

/// Looks at an asset.
#[pyfunction]
pub(crate) fn show(py: Python<'_>, source: &Bound<'_, PyAny>) -> PyResult<Asset> {
    let given = Given::of(source)?;
    let name = given.name();
    let (document, found) = given.work(py, |opening| {
        let document = opening.document()?;
        let found = document.objects()?;
        Ok((Box::new(document), found))
    })?;
    let looked = Looked::Here { document, found, name };
    Ok(Asset { looked, pssh: PyOnceLock::new(), findings: PyOnceLock::new() })
}

/// A keyword argument, where it is there and not None.
pub(crate) fn given<'py>(
    kwargs: Option<&Bound<'py, PyDict>>,
    name: &str,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let value = kwargs.map(|kwargs| kwargs.get_item(name)).transpose()?.flatten();
    Ok(value.filter(|value| !value.is_none()))
}
