//! Errors of the engine as exceptions.

use prkit_batch::log::LogError;
use prkit_batch::{Error, Spot};
use prkit_plan::StoreError;
use prkit_playready::Overridable as _;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;
use std::error::Error as StdError;
use std::io;
use std::path::PathBuf;

static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// The exception for an error of the engine; what a reader of Python's raised goes on as it is.
pub(crate) fn raise(py: Python<'_>, error: Error) -> PyErr {
    raise_of(py, error, None)
}

/// What an asset is called that an error is about.
pub(crate) enum Called {
    /// A file.
    File(PathBuf),
    /// What is behind an address, without what may be secret in it.
    Address(String),
}

impl Called {
    fn is_path_of(&self, exception: &Bound<'_, PyAny>) -> PyResult<()> {
        match self {
            Self::File(path) => exception.setattr("path", path),
            Self::Address(address) => exception.setattr("path", address),
        }
    }
}

/// The same of an asset that has a name.
pub(crate) fn raise_of(py: Python<'_>, error: Error, called: Option<&Called>) -> PyErr {
    if let Some(own) = python_error(py, &error) {
        return own;
    }
    let (offset, place) = place(&error);
    let overridden_by = error.overridden_by().map(prkit_playready::Override::name);
    let exception = new(py, kind(&error), error.to_string(), offset, place, overridden_by);
    if let Some(called) = called
        && let Err(error) = called.is_path_of(exception.value(py))
    {
        return error;
    }
    exception
}

/// An exception `prkit.Error`.
pub(crate) fn new(
    py: Python<'_>,
    kind: &str,
    message: String,
    offset: Option<u64>,
    path: Option<String>,
    overridden_by: Option<&str>,
) -> PyErr {
    let class = CLASS.import(py, "prkit._types", "Error");
    let made = class.and_then(|class| class.call1((message, kind, offset, path, overridden_by)));
    match made {
        Ok(exception) => PyErr::from_value(exception),
        Err(error) => error,
    }
}

/// The exception that is at the bottom of an error.
fn python_error(py: Python<'_>, error: &Error) -> Option<PyErr> {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(at) = cause {
        let inner = at.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if let Some(error) = inner.and_then(|inner| inner.downcast_ref::<PyErr>()) {
            return Some(error.clone_ref(py));
        }
        cause = at.source();
    }
    None
}

/// What sort of error it is, in one word.
fn kind(error: &Error) -> &'static str {
    match error {
        Error::Log(LogError::Busy { .. }) | Error::Store(StoreError::Busy | StoreError::AtWork) => "busy",
        Error::Read(_) | Error::File(_) | Error::PastedName(_) | Error::Store(_) | Error::Reach(_) => "io",
        Error::Empty
        | Error::NotRecognised { .. }
        | Error::NoData { .. }
        | Error::License
        | Error::Message => "not-recognised",
        Error::TooLong { .. } => "too-long",
        Error::Broken(_) | Error::Unreadable => "broken",
        Error::Left(_) => "left",
        Error::OtherAsset(_) => "other-asset",
        Error::NotAsPlanned(_) => "not-as-planned",
        Error::Foreign | Error::Travel(_) => "plan",
        Error::Object { .. } | Error::Media(_) | Error::Manifest(_) | Error::PlayReady(_) => "refused",
        _ => "error",
    }
}

/// Where it is: the byte, and the box or element.
fn place(error: &Error) -> (Option<u64>, Option<String>) {
    match error {
        Error::Object { path, spot: Spot::Byte(offset), .. } => (Some(*offset), Some(path.clone())),
        Error::Object { path, .. } => (None, Some(path.clone())),
        Error::Media(error) => (Some(error.offset()), Some(error.path().to_string())),
        Error::NotRecognised { .. } | Error::Empty => (Some(0), Some("/".to_owned())),
        _ => (None, None),
    }
}
