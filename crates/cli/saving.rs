//! How bytes are written: as they are, as base64, as hex, as a C array.

use crate::args::{Encoding, Overwrite};
use crate::exit::Status;
use crate::input::hex;
use crate::terminal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::io::{self, Write as _};
use std::path::Path;

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
}

/// Writes a file, which is replaced only where that is asked for, and says what is in the way.
pub(crate) fn save(path: &Path, bytes: &[u8], overwrite: Overwrite) -> Status {
    let mut options = std::fs::OpenOptions::new();
    options.write(true);
    if overwrite.replaces(path) {
        options.create(true).truncate(true)
    } else {
        options.create_new(true)
    };
    match options.open(path).and_then(|mut file| file.write_all(bytes)) {
        Ok(()) => Status::Done,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            terminal::note(format_args!("{} exists; --overwrite replaces it", terminal::path(path)));
            Status::Failed
        }
        Err(error) => {
            terminal::note(format_args!("cannot write {}: {error}", terminal::path(path)));
            Status::Failed
        }
    }
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
