//! How bytes are written: as they are, as base64, as hex, as a C array.

use crate::args::{Encoding, Overwrite};
use crate::exit::Status;
use crate::input::hex;
use crate::terminal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prkit_apply::{Folder, Place};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// What bytes are, for writing them.
#[derive(Clone, Copy)]
pub(crate) struct Writing {
    pub(crate) encoding: Encoding,
    /// Whether they are text already.
    pub(crate) is_text: bool,
}

impl Writing {
    /// The bytes to write: text as it is, bytes in the encoding asked for; base64 where they go to standard output.
    fn encode(self, bytes: &[u8], to_file: bool) -> Vec<u8> {
        let text = match self.encoding {
            encoding if encoding.hex => hex(bytes, false),
            encoding if encoding.c => c_array(bytes),
            encoding if encoding.base64 => STANDARD.encode(bytes),
            encoding if encoding.raw || to_file => return bytes.to_vec(),
            _ if self.is_text => return bytes.to_vec(),
            _ => STANDARD.encode(bytes),
        };
        format!("{text}\n").into_bytes()
    }

    /// Writes to standard output.
    pub(crate) fn print(self, bytes: &[u8]) -> io::Result<()> {
        terminal::put(&self.encode(bytes, false))
    }

    /// Writes to a file, which is replaced only where that is asked for.
    pub(crate) fn save(self, path: &Path, bytes: &[u8], overwrite: Overwrite) -> Status {
        save(path, &self.encode(bytes, true), overwrite)
    }

    /// Writes to a file of a folder that is held.
    pub(crate) fn save_in(
        self,
        folder: &Arc<Folder>,
        name: &str,
        bytes: &[u8],
        overwrite: Overwrite,
    ) -> Status {
        save_in(folder, name, &self.encode(bytes, true), overwrite)
    }
}

/// Writes a file, which is replaced only where that is asked for, and says what is in the way. A link of that name is
/// replaced, not followed.
pub(crate) fn save(path: &Path, bytes: &[u8], overwrite: Overwrite) -> Status {
    let replace = overwrite.replaces(path);
    saved(path, Place::of(path).and_then(|place| prkit_apply::write_file(&place, bytes, replace)))
}

/// The same in a folder that is held.
pub(crate) fn save_in(folder: &Arc<Folder>, name: &str, bytes: &[u8], overwrite: Overwrite) -> Status {
    let path = folder.path().join(name);
    let replace = overwrite.replaces(&path);
    let place = folder.place(name.as_ref());
    saved(&path, place.and_then(|place| prkit_apply::write_file(&place, bytes, replace)))
}

fn saved(path: &Path, written: prkit_apply::Result<()>) -> Status {
    let Err(error) = written else { return Status::Done };
    match error {
        prkit_apply::Error::Exists { .. } => {
            terminal::note(format_args!("{} exists; --overwrite replaces it", terminal::path(path)));
        }
        error => terminal::note(format_args!("cannot write {}: {error}", terminal::path(path))),
    }
    Status::Failed
}

impl Encoding {
    /// Whether one was asked for that turns bytes into text.
    pub(crate) const fn is_textual(self) -> bool {
        self.base64 || self.hex || self.c
    }
}

fn c_array(bytes: &[u8]) -> String {
    let lines: Vec<String> = bytes
        .chunks(12)
        .map(|line| line.iter().map(|byte| format!("0x{byte:02x},")).collect::<Vec<_>>().join(" "))
        .collect();
    format!("{{\n  {}\n}}", lines.join("\n  "))
}
