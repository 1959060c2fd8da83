//! How bytes are written: as they are, as base64, as hex, as a C array.

use crate::args::{Encoding, Overwrite};
use crate::exit::{Status, Stop};
use crate::input::hex;
use crate::terminal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prkit_apply::{Folder, Place};
use std::io::{self, IsTerminal as _};
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
    pub(crate) fn encode(self, bytes: &[u8], to_file: bool) -> Vec<u8> {
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

    /// Writes to standard output. On a terminal, text is shown and not sent: what is in a file is not to steer it.
    pub(crate) fn print(self, bytes: &[u8]) -> io::Result<()> {
        terminal::put(&on_terminal(self.encode(bytes, false), self.is_text && !self.encoding.raw))
    }

    /// Writes to a file, which is replaced only where that is asked for.
    pub(crate) fn save(self, path: &Path, bytes: &[u8], overwrite: Overwrite) -> Status {
        save(path, &self.encode(bytes, true), overwrite)
    }
}

/// Bytes for standard output; text is made harmless where that is a terminal.
pub(crate) fn on_terminal(bytes: Vec<u8>, is_text: bool) -> Vec<u8> {
    if is_text && io::stdout().is_terminal() { shown(&bytes) } else { bytes }
}

/// Text with its control characters as escapes, but for line ends and tabs.
fn shown(bytes: &[u8]) -> Vec<u8> {
    terminal::lines(&String::from_utf8_lossy(bytes)).into_owned().into_bytes()
}

/// Writes a file, which is replaced only where that is asked for, and says what is in the way. A link of that name is
/// replaced, not followed.
pub(crate) fn save(path: &Path, bytes: &[u8], overwrite: Overwrite) -> Status {
    let replace = overwrite.replaces(path);
    saved(path, Place::of(path).and_then(|place| prkit_apply::write_file(&place, bytes, replace)))
}

/// The same in a folder that is held.
fn save_in(folder: &Arc<Folder>, name: &str, bytes: &[u8], overwrite: Overwrite) -> Status {
    let path = folder.path().join(name);
    let replace = overwrite.replaces(&path);
    let place = folder.place(name.as_ref());
    saved(&path, place.and_then(|place| prkit_apply::write_file(&place, bytes, replace)))
}

/// Writes files of these names into a folder, and says where each is from, unless that is not to be said.
pub(crate) fn save_all<'a>(
    folder: &Path,
    files: impl Iterator<Item = (String, Vec<u8>, &'a str)>,
    overwrite: Overwrite,
    quiet: bool,
) -> Result<Status, Stop> {
    if let Err(error) = std::fs::create_dir_all(folder) {
        return Err(Stop::usage(format!("--all: cannot make {}: {error}", terminal::path(folder))));
    }
    let held = Folder::open(folder).map_err(|error| Stop::usage(format!("--all: {error}")))?;
    let mut status = Status::Done;
    for (name, bytes, from) in files {
        status = status.max(save_in(&held, &name, &bytes, overwrite));
        if !quiet {
            terminal::line(format_args!("{}  {from}", terminal::path(&folder.join(name))));
        }
    }
    Ok(status)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_steer_a_terminal_is_shown() {
        let text = "<A>\r\n\t\u{1b}]0;title\u{7}\u{202e}x</A>\n".as_bytes();
        let shown = String::from_utf8(shown(text)).unwrap();
        assert_eq!(shown, "<A>\\r\n\t\\u{1b}]0;title\\u{7}\\u{202e}x</A>\n");
    }
}
