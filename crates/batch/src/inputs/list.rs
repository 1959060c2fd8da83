//! A list of names.
//!
//! ```text
//!   [EF BB BF] name LF name CR LF … name        with -0: name NUL name NUL …
//! ```
//!
//! What cannot be read ends the list: a folder, or a disk that gives nothing, says the same for ever.

use super::error::InputsError;
use super::names::Failed;
use crate::Input;
use bytes::Bytes;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

/// Names, one after the other.
pub(super) struct List {
    /// `None` behind the end.
    reader: Option<Box<dyn BufRead + Send>>,
    /// The list itself.
    input: Input,
    /// What a name ends with.
    end: u8,
    is_first: bool,
}

/// Bytes that a name may have; no system takes as many.
const MAX_NAME: u64 = 64 * 1024;
/// Some editors put it in front of UTF-8; it is no part of the first name.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

impl List {
    #[expect(clippy::disallowed_methods, reason = "a list on standard input is read once, as an asset is")]
    pub(super) fn open(path: &Path, has_nul: bool) -> Result<Self, InputsError> {
        let end = if has_nul { 0 } else { b'\n' };
        if path.as_os_str() == "-" {
            let reader = Box::new(BufReader::new(io::stdin()));
            return Ok(Self { reader: Some(reader), input: Input::stdin(), end, is_first: true });
        }
        let path_of = || path.to_owned();
        let file = File::open(path).map_err(|source| InputsError::OpenList { path: path_of(), source })?;
        if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
            return Err(InputsError::ListIsFolder { path: path_of() });
        }
        let reader = Box::new(BufReader::new(file));
        Ok(Self { reader: Some(reader), input: Input::of_path(path), end, is_first: true })
    }

    /// The same of standard input that was read already.
    pub(super) fn of(held: Bytes, has_nul: bool) -> Self {
        let end = if has_nul { 0 } else { b'\n' };
        Self { reader: Some(Box::new(io::Cursor::new(held))), input: Input::stdin(), end, is_first: true }
    }

    /// What stands up to the next end of a name, without that.
    fn read(&mut self) -> io::Result<Option<Vec<u8>>> {
        let Some(reader) = &mut self.reader else { return Ok(None) };
        let mut name = Vec::new();
        if reader.take(MAX_NAME).read_until(self.end, &mut name)? == 0 {
            return Ok(None);
        }
        if name.last() == Some(&self.end) {
            name.pop();
        } else if u64::try_from(name.len()).is_ok_and(|len| len == MAX_NAME) {
            return Err(io::Error::other(format!("a name in it is longer than {MAX_NAME} bytes")));
        }
        if self.end == b'\n' && name.last() == Some(&b'\r') {
            name.pop();
        }
        if core::mem::take(&mut self.is_first) && name.starts_with(BYTE_ORDER_MARK) {
            name.drain(..BYTE_ORDER_MARK.len());
        }
        Ok(Some(name))
    }

    fn failure(&self, error: io::Error) -> Failed {
        (self.input.clone(), InputsError::List(error).into())
    }
}

impl Iterator for List {
    /// A name, or why there are no more.
    type Item = Result<PathBuf, Failed>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.read() {
                Ok(None) => return None,
                Ok(Some(name)) if name.is_empty() => {}
                Ok(Some(name)) => return Some(path_of(name).map_err(|error| self.failure(error))),
                Err(error) => {
                    self.reader = None;
                    return Some(Err(self.failure(error)));
                }
            }
        }
    }
}

/// All of standard input.
#[expect(clippy::disallowed_methods, reason = "a list on standard input is read once, as an asset is")]
pub(super) fn read_stdin() -> Result<Bytes, InputsError> {
    let mut held = Vec::new();
    io::stdin().lock().read_to_end(&mut held).map_err(InputsError::List)?;
    Ok(held.into())
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have names that are no paths")]
fn path_of(name: Vec<u8>) -> io::Result<PathBuf> {
    use std::os::unix::ffi::OsStringExt as _;
    Ok(PathBuf::from(std::ffi::OsString::from_vec(name)))
}

#[cfg(not(unix))]
fn path_of(name: Vec<u8>) -> io::Result<PathBuf> {
    String::from_utf8(name).map(PathBuf::from).map_err(io::Error::other)
}
