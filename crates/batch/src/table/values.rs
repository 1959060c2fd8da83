//! Files that cells of a table name.
//!
//! ```text
//!   typed       @FILE       whatever the user names: a file, a pipe of the shell          at most MAX_VALUE bytes
//!   in a table  @FILE       a regular file below the folder of the table, through no link that leads out of it
//! ```
//!
//! A table may be somebody else's, so where a value came from goes with it: a cell's begins with a NUL, which no argument
//! of a program can contain.

use crate::{harmless, shown as escaped};
use prkit_apply::{FileSource, Folder};
use prkit_plan::{Source as _, Span};
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use zeroize::Zeroizing;

/// The longest value that is read.
pub const MAX_VALUE: u64 = 16 * 1024 * 1024;

/// Why a value cannot be had. No message repeats what was read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each is its message")]
pub enum ValueError {
    #[error("cannot read {place}: {source}")]
    System { place: String, source: io::Error },
    #[error("cannot read {place}: {source}")]
    File { place: String, source: prkit_apply::Error },
    #[error("{place} has more than {MAX_VALUE} bytes, the most that is read of a value")]
    TooLong { place: String },
    #[error("{place} is no text in UTF-8")]
    NoText { place: String },
    #[error("the variable {name} is not set, or no text")]
    NoVariable { name: String },
    #[error(
        "{place} leads out of the folder of the table: cells name files below that, without .., links or a / in front"
    )]
    Outside { place: String },
}

/// The folders of tables, by their number.
static FOLDERS: Mutex<Vec<Arc<Folder>>> = Mutex::new(Vec::new());
/// The folder that the cells of a table name files in.
#[derive(Clone, Copy, Debug)]
pub struct CellFolder(usize);

impl CellFolder {
    /// Holds the folder of a table.
    pub fn hold(folder: &Path) -> Result<Self, prkit_apply::Error> {
        let held = Folder::resolve(folder)?;
        let mut folders = FOLDERS.lock().unwrap_or_else(PoisonError::into_inner);
        folders.push(held);
        Ok(Self(folders.len().saturating_sub(1)))
    }

    /// A file that a cell names.
    pub fn file(self, name: &str) -> String {
        format!("\0{}\0{name}", self.0)
    }
}

/// Where a file is looked for.
enum Place<'p> {
    /// Where the user says.
    Here(&'p Path),
    /// Below the folder of a table.
    Cell(Arc<Folder>, &'p Path),
}

impl<'p> Place<'p> {
    fn of(path: &'p Path) -> Self {
        let cell = path.to_str().and_then(|text| {
            let (number, name) = text.strip_prefix('\0')?.split_once('\0')?;
            let folders = FOLDERS.lock().unwrap_or_else(PoisonError::into_inner);
            Some(Self::Cell(Arc::clone(folders.get(number.parse::<usize>().ok()?)?), Path::new(name)))
        });
        cell.unwrap_or(Self::Here(path))
    }

    fn shown(&self) -> String {
        let (Self::Here(path) | Self::Cell(_, path)) = self;
        harmless(&escaped(path)).into_owned()
    }

    /// The path below the table's folder, links resolved.
    fn below(&self) -> Result<Option<PathBuf>, ValueError> {
        let Self::Cell(folder, name) = self else { return Ok(None) };
        let outside = || ValueError::Outside { place: self.shown() };
        if !name.components().all(|step| matches!(step, Component::Normal(_) | Component::CurDir)) {
            return Err(outside());
        }
        let resolved = folder.path().join(name).canonicalize();
        let resolved = resolved.map_err(|source| ValueError::System { place: self.shown(), source })?;
        resolved.strip_prefix(folder.path()).map(|below| Some(below.to_owned())).map_err(|_| outside())
    }
}

/// A path for people.
pub fn shown(path: &Path) -> String {
    Place::of(path).shown()
}

/// Opens a regular file that an option or a cell names.
pub fn open(path: &Path) -> Result<FileSource, ValueError> {
    let place = Place::of(path);
    let opened = match (&place, place.below()?) {
        (Place::Cell(folder, _), Some(below)) => FileSource::open_below(folder, &below),
        _ => FileSource::open(path),
    };
    opened.map_err(|source| ValueError::File { place: place.shown(), source })
}

/// The path of a folder that an option or a cell names; `None` where it is none.
pub fn folder(path: &Path) -> Result<Option<PathBuf>, ValueError> {
    let place = Place::of(path);
    let found = match (&place, place.below()?) {
        (Place::Cell(folder, _), Some(below)) => folder.path().join(below),
        _ => path.to_owned(),
    };
    Ok(found.is_dir().then_some(found))
}

/// What a file holds that an option or a cell names.
pub fn read_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, ValueError> {
    let place = Place::of(path);
    if matches!(place, Place::Cell(..)) {
        let file = open(path)?;
        if file.len() > MAX_VALUE {
            return Err(ValueError::TooLong { place: place.shown() });
        }
        let mut bytes = Zeroizing::new(Vec::new());
        let read = file.read_at(Span::new(0, file.len()), &mut bytes);
        return read.map(|()| bytes).map_err(|source| ValueError::System { place: place.shown(), source });
    }
    let file = File::open(path).map_err(|source| ValueError::System { place: place.shown(), source })?;
    bounded(file, &place.shown())
}

/// What a stream holds, up to that.
///
/// # Errors
///
/// [`ValueError::TooLong`], and what cannot be read.
pub fn bounded(from: impl Read, place: &str) -> Result<Zeroizing<Vec<u8>>, ValueError> {
    let mut bytes = Zeroizing::new(Vec::new());
    let read = from.take(MAX_VALUE.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|source| ValueError::System { place: place.to_owned(), source })?;
    match u64::try_from(bytes.len()) {
        Ok(len) if len <= MAX_VALUE => Ok(bytes),
        _ => Err(ValueError::TooLong { place: place.to_owned() }),
    }
}

/// SHA-256 of what is at a place: of a file, or of the names and digests of the files of a folder; zeros where nothing is.
pub fn digest(path: &Path) -> [u8; 32] {
    if let Ok(bytes) = read_file(path) {
        return Sha256::digest(&bytes[..]).into();
    }
    let Ok(Some(found)) = folder(path) else { return [0; 32] };
    let Ok(entries) = std::fs::read_dir(found) else { return [0; 32] };
    let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    let mut digest = Sha256::new();
    for name in names {
        let bytes = read_file(&path.join(&name)).unwrap_or_default();
        digest.update(name.as_encoded_bytes());
        digest.update([0]);
        digest.update(Sha256::digest(&bytes[..]));
    }
    digest.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_reads_files_below_its_table_only() {
        let top = tempfile::tempdir().unwrap();
        let at = |name: &str| top.path().join(name);
        std::fs::create_dir_all(at("t/v")).unwrap();
        std::fs::write(at("t/v/a.xml"), "<a/>").unwrap();
        std::fs::write(at("secret"), "no").unwrap();
        let cells = CellFolder::hold(&at("t")).unwrap();
        let read = |name: &str| read_file(Path::new(&cells.file(name))).map(|read| read.to_vec());
        assert_eq!(read("v/a.xml").unwrap(), b"<a/>");
        assert_eq!(read("./v/./a.xml").unwrap(), b"<a/>");
        let absolute = at("t/v/a.xml").display().to_string();
        for name in ["../secret", "v/../../secret", "v/..", "/etc/hostname", &absolute] {
            assert!(matches!(read(name), Err(ValueError::Outside { .. })), "{name}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(at("secret"), at("t/link")).unwrap();
            std::os::unix::fs::symlink("v/a.xml", at("t/inside")).unwrap();
            assert!(matches!(read("link"), Err(ValueError::Outside { .. })));
            assert_eq!(read("inside").unwrap(), b"<a/>");
        }
        let message = read("../secret").unwrap_err().to_string();
        assert!(message.starts_with("../secret leads out") && !message.contains('\0'), "{message}");
    }

    #[cfg(unix)]
    #[test]
    #[expect(clippy::disallowed_methods, reason = "a pipe is made by another program")]
    fn what_never_ends_is_read_to_a_bound_and_what_is_no_file_not_at_all() {
        assert!(matches!(read_file(Path::new("/dev/zero")), Err(ValueError::TooLong { .. })));
        let top = tempfile::tempdir().unwrap();
        let pipe = top.path().join("pipe");
        if std::process::Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()) {
            let cells = CellFolder::hold(top.path()).unwrap();
            assert!(matches!(read_file(Path::new(&cells.file("pipe"))), Err(ValueError::File { .. })));
        }
    }
}
