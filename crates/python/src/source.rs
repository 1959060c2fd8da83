//! What Python people hand over, as an asset of the engine.

use crate::error::{Called, raise_of};
use crate::reach::{address_of, input_of};
use bytes::Bytes;
use prkit_batch::report::PathReport;
use prkit_batch::{Address, Content, Document, Input};
use prkit_bmff::Scope;
use prkit_plan::{Source, Span};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyByteArray, PyBytes, PyString};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// Bytes in memory up to this length are worked on without releasing the interpreter's lock.
const SMALL: usize = 16 * 1024;

/// An asset, before it is looked at.
pub(crate) enum Given {
    /// Bytes that Python holds; they are not copied.
    Memory(Bytes),
    /// A file.
    File(PathBuf),
    /// What is behind an address.
    Address(String),
    /// A reader of their own.
    Shared(Arc<dyn Source + Send + Sync>),
}

impl Given {
    /// What an argument is: bytes, a path, a file object, or anything with `size` and `read_at(offset, length)`.
    pub(crate) fn of(source: &Bound<'_, PyAny>) -> PyResult<Self> {
        if source.is_instance_of::<PyBytes>() || source.is_instance_of::<PyByteArray>() {
            return Ok(Self::Memory(Bytes::from_owner(source.extract::<PyBackedBytes>()?)));
        }
        if source.is_instance_of::<PyString>() || source.hasattr("__fspath__")? {
            let path: PathBuf = source.extract()?;
            if let Some(address) = address_of(&path) {
                return Ok(Self::Address(address.to_owned()));
            }
            if let Some(scheme) = scheme(&path) {
                return Err(PyValueError::new_err(format!(
                    "no {scheme}:// URL is opened; an object with size and read_at(offset, length) is read from anywhere"
                )));
            }
            return Ok(Self::File(path));
        }
        if source.hasattr("read_at")? && source.hasattr("size")? {
            return Ok(Self::Shared(Arc::new(Reader::new(source)?)));
        }
        if source.hasattr("read")? && source.hasattr("seek")? {
            return Ok(Self::Shared(Arc::new(Stream::new(source)?)));
        }
        let copied = source.py().get_type::<PyBytes>().call1((source,));
        let is_number = source.extract::<u64>().is_ok();
        match copied.and_then(|copied| Ok(copied.extract::<PyBackedBytes>()?)) {
            // bytes(7) are seven zeros, which nobody means here.
            Ok(bytes) if !is_number => Ok(Self::Memory(Bytes::from_owner(bytes))),
            _ => Err(PyTypeError::new_err(
                "expected bytes, a path, a file object, or an object with size and read_at(offset, length)",
            )),
        }
    }

    /// The name of the asset in reports, where it has one.
    pub(crate) fn name(&self) -> PathReport {
        match self {
            Self::File(path) => PathReport::of_path(path),
            Self::Address(address) => PathReport::text(&Address::shown(address)),
            Self::Memory(_) | Self::Shared(_) => PathReport::default(),
        }
    }

    /// Does work on it, with the interpreter's lock released where that is worth it.
    pub(crate) fn work<T: Send>(
        self,
        py: Python<'_>,
        work: impl FnOnce(Opening) -> prkit_batch::Result<T> + Send,
    ) -> PyResult<T> {
        let (done, called) = match self {
            Self::Memory(bytes) if bytes.len() <= SMALL => (work(Opening::of(Content::Memory(bytes))), None),
            Self::Memory(bytes) => (py.detach(move || work(Opening::of(Content::Memory(bytes)))), None),
            Self::Shared(source) => (py.detach(move || work(Opening::of(Content::Shared(source)))), None),
            Self::File(path) => {
                let input = Input::of_path(&path);
                (py.detach(move || work(Opening(Err(input)))), Some(Called::File(path)))
            }
            Self::Address(address) => {
                let done = py.detach(|| work(Opening(Err(input_of(&address)?))));
                (done, Some(Called::Address(Address::shown(&address))))
            }
        };
        done.map_err(|error| raise_of(py, error, called.as_ref()))
    }
}

/// An asset that is about to be looked at: its bytes, or the input that it is.
pub(crate) struct Opening(Result<Content, Input>);

impl Opening {
    const fn of(content: Content) -> Self {
        Self(Ok(content))
    }

    /// Its structure.
    pub(crate) fn document(self) -> prkit_batch::Result<Document> {
        self.document_in(Scope::default())
    }

    /// The same for other containers.
    pub(crate) fn document_in(self, scope: Scope) -> prkit_batch::Result<Document> {
        match self.0 {
            Ok(content) => Document::of(content, scope),
            Err(input) => Document::open(&input, scope),
        }
    }
}

/// The scheme of a URL.
fn scheme(path: &std::path::Path) -> Option<&str> {
    let (scheme, _) = path.to_str()?.split_once("://")?;
    let is_scheme = scheme.len() > 1 && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_scheme.then_some(scheme)
}

/// An object with `size`, `read_at(offset, length)` and, if it likes, `hint(spans)`.
struct Reader {
    object: Py<PyAny>,
    len: u64,
    takes_hints: bool,
}

impl Reader {
    fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let size = object.getattr("size")?;
        let size = if size.is_callable() { size.call0()? } else { size };
        Ok(Self {
            len: size.extract()?,
            takes_hints: object.hasattr("hint")?,
            object: object.clone().unbind(),
        })
    }
}

/// Takes over what a call gave for a span.
fn take(given: &Bound<'_, PyAny>, span: Span, into: &mut Vec<u8>) -> PyResult<()> {
    let bytes: PyBackedBytes = match given.extract() {
        Ok(bytes) => bytes,
        Err(_) => given.py().get_type::<PyBytes>().call1((given,))?.extract()?,
    };
    if u64::try_from(bytes.len()) != Ok(span.len()) {
        let message = format!(
            "{} bytes were read at {} where {} were asked for",
            bytes.len(),
            span.start(),
            span.len()
        );
        return Err(pyo3::exceptions::PyEOFError::new_err(message));
    }
    into.clear();
    into.extend_from_slice(&bytes);
    Ok(())
}

impl Source for Reader {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, span: Span, into: &mut Vec<u8>) -> io::Result<()> {
        let read = Python::attach(|py| {
            let given = self.object.bind(py).call_method1("read_at", (span.start(), span.len()))?;
            take(&given, span, into)
        });
        read.map_err(io::Error::other)
    }

    fn hint(&self, spans: &[Span]) {
        if !self.takes_hints {
            return;
        }
        Python::attach(|py| {
            let spans: Vec<(u64, u64)> = spans.iter().map(|span| (span.start(), span.end())).collect();
            // A hint that fails is no hint; the read that follows says what is wrong.
            let _ = self.object.bind(py).call_method1("hint", (spans,));
        });
    }
}

/// A file object: it has one position, so reads take turns.
struct Stream {
    object: Py<PyAny>,
    len: u64,
    /// Taken before the interpreter's lock, never while it is held.
    turn: Mutex<()>,
}

impl Stream {
    fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let before = object.call_method0("tell")?;
        let len = object.call_method1("seek", (0, 2))?;
        let len = if len.is_none() { object.call_method0("tell")? } else { len };
        object.call_method1("seek", (before,))?;
        Ok(Self { len: len.extract()?, object: object.clone().unbind(), turn: Mutex::new(()) })
    }
}

impl Source for Stream {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, span: Span, into: &mut Vec<u8>) -> io::Result<()> {
        let _turn = self.turn.lock();
        let read = Python::attach(|py| {
            let object = self.object.bind(py);
            object.call_method1("seek", (span.start(),))?;
            let given = object.call_method1("read", (span.len(),))?;
            take(&given, span, into)
        });
        read.map_err(io::Error::other)
    }
}
