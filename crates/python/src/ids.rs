//! Key IDs as Python has them.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyTuple;
use uuid::Uuid;

/// What makes a `uuid.UUID`.
struct Maker {
    class: Py<PyAny>,
    new: Py<PyAny>,
    set: Py<PyAny>,
    /// What `is_safe` is of one that no generator made.
    unknown: Py<PyAny>,
}

static MAKER: PyOnceLock<Maker> = PyOnceLock::new();

impl Maker {
    fn get(py: Python<'_>) -> PyResult<&Self> {
        MAKER.get_or_try_init(py, || {
            let (uuid, object) = (py.import("uuid")?, py.import("builtins")?.getattr("object")?);
            Ok(Self {
                class: uuid.getattr("UUID")?.unbind(),
                new: object.getattr("__new__")?.unbind(),
                set: object.getattr("__setattr__")?.unbind(),
                unknown: uuid.getattr("SafeUUID")?.getattr("unknown")?.unbind(),
            })
        })
    }

    /// As unpickling does it: the initialiser, which is Python code, costs more than reading a header.
    fn make<'py>(&self, py: Python<'py>, id: Uuid) -> PyResult<Bound<'py, PyAny>> {
        let made = self.new.bind(py).call1((&self.class,))?;
        let set = self.set.bind(py);
        set.call1((&made, intern!(py, "int"), id.as_u128()))?;
        set.call1((&made, intern!(py, "is_safe"), &self.unknown))?;
        Ok(made)
    }
}

/// IDs as a tuple of `uuid.UUID`.
pub(crate) fn tuple<'py>(py: Python<'py>, ids: &[Uuid]) -> PyResult<Bound<'py, PyTuple>> {
    if ids.is_empty() {
        return Ok(PyTuple::empty(py));
    }
    let maker = Maker::get(py)?;
    let made: Vec<_> = ids.iter().map(|id| maker.make(py, *id)).collect::<PyResult<_>>()?;
    PyTuple::new(py, made)
}
