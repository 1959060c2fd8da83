//! The forms an object is given in, and how bytes are written.
//!
//! ```text
//!   pro                 the object             mspr-pro            <mspr:pro>base64</mspr:pro>
//!   pssh                a box around it        cenc-pssh           <cenc:pssh>base64 of the box</cenc:pssh>
//!   xml                 the header's text      protection-header   <ProtectionHeader …>base64</ProtectionHeader>
//!                                              ext-x-key, ext-x-session-key   a line of a playlist
//! ```

use crate::args::{Encoding, Overwrite, Shape};
use crate::exit::Status;
use crate::input::hex;
use crate::terminal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prkit_bmff::Pssh;
use prkit_manifest::{Form, snippet};
use prkit_playready::{KeyId, Object, Payload, RecordType, SystemId};
use std::io::{self, Write as _};
use std::path::Path;

/// What bytes are, for writing them.
#[derive(Clone, Copy)]
pub(crate) struct Writing {
    pub(crate) encoding: Encoding,
    /// Whether they are text already.
    pub(crate) is_text: bool,
}

impl Shape {
    /// Whether it is text.
    pub(crate) const fn is_text(self) -> bool {
        !matches!(self, Self::Pro | Self::Pssh)
    }

    /// A payload in this form; `boxed` makes the box around its object.
    pub(crate) fn of(
        self,
        payload: &Payload<'_>,
        boxed: impl FnOnce(&[u8]) -> Result<Vec<u8>, String>,
    ) -> Result<Vec<u8>, String> {
        let object = object_bytes(payload)?;
        let text = match self {
            Self::Xml => header_text(payload)?,
            Self::Pro => return Ok(object),
            Self::Pssh => return boxed(&object),
            Self::MsprPro => snippet(Form::MsprPro, &object),
            Self::CencPssh => snippet(Form::CencPssh, &boxed(&object)?),
            Self::ProtectionHeader => snippet(Form::ProtectionHeader, &object),
            Self::ExtXKey => snippet(Form::ExtXKey, &object),
            Self::ExtXSessionKey => snippet(Form::ExtXSessionKey, &object),
        };
        Ok(text.into_bytes())
    }
}

/// The text in UTF-8, without a byte order mark and without anything added.
pub(crate) fn header_text(payload: &Payload<'_>) -> Result<String, String> {
    payload.header().map(|header| header.as_str().to_owned()).map_err(|error| error.to_string())
}

/// The object; a bare header gets one around it.
fn object_bytes(payload: &Payload<'_>) -> Result<Vec<u8>, String> {
    if let Some(object) = payload.object() {
        return Ok(object.bytes().to_vec());
    }
    let header = payload.header().map_err(|error| error.to_string())?;
    Object::encode([(RecordType::Header, header.bytes())]).map_err(|error| error.to_string())
}

/// A box around an object; version 1 lists key ids.
pub(crate) fn new_box(object: &[u8], version: u8, kids: Vec<KeyId>) -> Result<Vec<u8>, String> {
    let pssh = Pssh::new(version, SystemId::PLAYREADY, kids, object);
    pssh.to_box().ok_or_else(|| "the object is too long for a box".to_owned())
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
