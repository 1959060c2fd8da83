//! Values that options take from elsewhere: files (`@FILE`), standard input (`-`), variables (`env:NAME`).

pub(crate) use prkit_batch::table::values::{CellFolder, ValueError, digest, folder, open, shown};
use prkit_batch::table::values::{bounded, read_file};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use zeroize::Zeroizing;

/// What was read of values that were typed, by what was typed.
static KNOWN: Mutex<BTreeMap<String, [u8; 32]>> = Mutex::new(BTreeMap::new());

/// What a value names: the content of `@FILE`, `-` or `env:NAME`; `None` for what is a value itself.
pub(crate) fn read(value: &str) -> Result<Option<Zeroizing<Vec<u8>>>, ValueError> {
    let bytes = if let Some(path) = value.strip_prefix('@') {
        read_file(Path::new(path))?
    } else if let Some(name) = value.strip_prefix("env:") {
        let text = std::env::var(name);
        let name = crate::keys::harmless(name).into_owned();
        Zeroizing::new(text.map_err(|_| ValueError::NoVariable { name })?.into_bytes())
    } else if value == "-" {
        bounded(io::stdin().lock(), "standard input")?
    } else {
        return Ok(None);
    };
    if !value.contains('\0') {
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(value.to_owned(), Sha256::digest(&bytes[..]).into());
    }
    Ok(Some(bytes))
}

/// The same as text.
pub(crate) fn read_text(value: &str) -> Result<Option<Zeroizing<String>>, ValueError> {
    let Some(bytes) = read(value)? else { return Ok(None) };
    let text = std::str::from_utf8(&bytes).map(|text| Zeroizing::new(text.to_owned()));
    text.map(Some).map_err(|_| {
        let place =
            value.strip_prefix('@').map_or_else(|| "the value".to_owned(), |path| shown(Path::new(path)));
        ValueError::NoText { place }
    })
}

/// SHA-256 of what was read of a value that was typed, if anything was.
pub(crate) fn known(value: &str) -> Option<[u8; 32]> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner).get(value).copied()
}
