//! The forms an object is given in.
//!
//! ```text
//!   pro                 the object             mspr-pro            <mspr:pro>base64</mspr:pro>
//!   pssh                a box around it        cenc-pssh           <cenc:pssh>base64 of the box</cenc:pssh>
//!   xml                 the header's text      protection-header   <ProtectionHeader …>base64</ProtectionHeader>
//!                                              ext-x-key, ext-x-session-key   a line of a playlist
//! ```

use crate::{Error, Result};
use prkit_bmff::Pssh;
use prkit_manifest::{Form, snippet};
use prkit_playready::{Encoding, Header, KeyId, Object, Payload, RecordType, SystemId, Use};

/// The form something is given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Shape {
    /// Header text in UTF-8.
    Xml,
    /// A PlayReady Object.
    Pro,
    /// A `pssh` box.
    Pssh,
    /// An `mspr:pro` element.
    MsprPro,
    /// A `cenc:pssh` element.
    CencPssh,
    /// An `EXT-X-KEY` line.
    ExtXKey,
    /// An `EXT-X-SESSION-KEY` line.
    ExtXSessionKey,
    /// A `ProtectionHeader` element.
    ProtectionHeader,
}

impl Shape {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Xml,
        Self::Pro,
        Self::Pssh,
        Self::MsprPro,
        Self::CencPssh,
        Self::ExtXKey,
        Self::ExtXSessionKey,
        Self::ProtectionHeader,
    ];

    /// Its name, as people ask for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Xml => "xml",
            Self::Pro => "pro",
            Self::Pssh => "pssh",
            Self::MsprPro => "mspr-pro",
            Self::CencPssh => "cenc-pssh",
            Self::ExtXKey => "ext-x-key",
            Self::ExtXSessionKey => "ext-x-session-key",
            Self::ProtectionHeader => "protection-header",
        }
    }

    /// What it is, in a few words.
    pub const fn what(self) -> &'static str {
        match self {
            Self::Xml => "Header text in UTF-8",
            Self::Pro => "A PlayReady Object",
            Self::Pssh => "A pssh box",
            Self::MsprPro => "An mspr:pro element",
            Self::CencPssh => "A cenc:pssh element",
            Self::ExtXKey => "An EXT-X-KEY line",
            Self::ExtXSessionKey => "An EXT-X-SESSION-KEY line",
            Self::ProtectionHeader => "A ProtectionHeader element",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|shape| shape.name() == name)
    }

    /// Whether it is text.
    pub const fn is_text(self) -> bool {
        !matches!(self, Self::Pro | Self::Pssh)
    }

    /// The kind of document that this form belongs into, where it does.
    pub const fn place(self) -> Option<Use> {
        let form = match self {
            Self::Xml | Self::Pro | Self::Pssh => return None,
            Self::MsprPro => Form::MsprPro,
            Self::CencPssh => Form::CencPssh,
            Self::ExtXKey => Form::ExtXKey,
            Self::ExtXSessionKey => Form::ExtXSessionKey,
            Self::ProtectionHeader => Form::ProtectionHeader,
        };
        form.place()
    }

    /// A payload in this form; `boxed` makes the box around its object.
    pub fn of(self, payload: &Payload<'_>, boxed: impl FnOnce(&[u8]) -> Result<Vec<u8>>) -> Result<Vec<u8>> {
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
pub fn header_text(payload: &Payload<'_>) -> Result<String> {
    Ok(payload.header()?.as_str().to_owned())
}

/// The object, its header in UTF-16; a bare header gets one around it.
fn object_bytes(payload: &Payload<'_>) -> Result<Vec<u8>> {
    if let Some(object) = payload.object() {
        // One without a header, or with one that cannot be read, is what it is.
        return match payload.header() {
            Ok(header) if header.encoding() == Encoding::Utf8 => {
                Ok(payload.with_header(&utf16(header.bytes())?)?)
            }
            _ => Ok(object.bytes().to_vec()),
        };
    }
    around(payload.header()?.bytes())
}

/// A header as objects hold it: what is in UTF-8 becomes UTF-16, and a declaration of XML, which is for files, goes.
///
/// # Errors
///
/// What is wrong with it, and that its root is none of a header.
pub fn utf16(bytes: &[u8]) -> Result<Vec<u8>> {
    let header = Header::parse(bytes)?;
    header.check_root()?;
    let text = header.as_str();
    let declared = text.trim_start().strip_prefix("<?xml").and_then(|rest| rest.split_once("?>"));
    if declared.is_none() && header.encoding() == Encoding::Utf16Le {
        // Editors begin files with a byte order mark and end them with a line break: neither is of the header.
        let mut bytes = bytes.strip_prefix(b"\xFF\xFE").unwrap_or(bytes);
        while let Some(rest) = bytes.strip_suffix(b"\n\0").or_else(|| bytes.strip_suffix(b"\r\0")) {
            bytes = rest;
        }
        return Ok(bytes.to_vec());
    }
    let text = declared.map_or(text, |(_, rest)| rest.trim_start());
    // Editors end files with a line break, which is none of the header.
    let text = text.trim_end_matches(['\r', '\n']);
    Ok(text.encode_utf16().flat_map(u16::to_le_bytes).collect())
}

/// A PlayReady Object around a header.
fn around(header: &[u8]) -> Result<Vec<u8>> {
    let header = utf16(header)?;
    Ok(Object::encode([(RecordType::Header, &header[..])])?)
}

/// A box around the data of some system.
///
/// # Errors
///
/// It is longer than a box can be.
pub fn box_of(system: SystemId, data: &[u8]) -> Result<Vec<u8>> {
    Pssh::new(0, system, Vec::new(), data).to_box().ok_or(Error::ObjectTooLong)
}

/// A box around an object; version 1 lists key ids.
pub fn new_box(object: &[u8], version: u8, kids: Vec<KeyId>) -> Result<Vec<u8>> {
    let pssh = Pssh::new(version, SystemId::PLAYREADY, kids, object);
    pssh.to_box().ok_or(Error::ObjectTooLong)
}
