//! Where the page of `--html` goes: standard output, or a file that is replaced where it is such a page.

use crate::exit::Stop;
use prkit_batch::report::PAGE_HEAD;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// A page that is going to be written.
pub(crate) enum PageTo {
    Stdout,
    /// A file without its name yet, and the name.
    File(NamedTempFile, PathBuf),
}

/// Whether a file begins as a page does.
fn is_page(path: &Path) -> bool {
    // A pipe would be waited for.
    if !path.metadata().is_ok_and(|there| there.is_file()) {
        return false;
    }
    let mut begin = vec![0; PAGE_HEAD.len()];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut begin));
    read.is_ok() && PAGE_HEAD.as_bytes() == begin
}

impl PageTo {
    /// Makes sure that it can be written before anything is read.
    pub(crate) fn open(path: &Path) -> Result<Self, Stop> {
        if path.as_os_str() == "-" {
            return Ok(Self::Stdout);
        }
        let folder = prkit_apply::folder_of(path);
        let cannot =
            |error| Stop::usage(format!("cannot write --html {}: {error}", crate::terminal::path(path)));
        // A page is written again and again; anything else of that name is somebody's file.
        if path.symlink_metadata().is_ok_and(|there| there.len() > 0) && !is_page(path) {
            return Err(Stop::usage(format!(
                "--html: {} exists, and is no page of prkit's; it is not replaced",
                crate::terminal::path(path)
            )));
        }
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = builder.prefix(".prkit-html-").tempfile_in(folder).map_err(cannot)?;
        Ok(Self::File(file, path.to_owned()))
    }

    /// Writes it, and gives it its name.
    pub(crate) fn write(self, html: &str) -> Result<(), Stop> {
        let (mut file, path) = match self {
            Self::Stdout => return Ok(crate::terminal::put(html.as_bytes())?),
            Self::File(file, path) => (file, path),
        };
        let written = file.write_all(html.as_bytes());
        let named = written.and_then(|()| file.persist(&path).map(drop).map_err(|error| error.error));
        named.map_err(|error| {
            Stop::Output(io::Error::other(format!("--html {}: {error}", crate::terminal::path(&path))))
        })
    }
}
