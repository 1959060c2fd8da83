//! PlayReady Objects in a media file where nothing looks for one: in a track, in `udta`, in a box nobody knows.

use super::{Document, Kind, Opened};
use crate::Result;
use prkit_bmff::Pssh;
use prkit_playready::has_header_text;
use std::fmt;

/// An object that no player finds, and no edit changes.
#[derive(Clone, Debug)]
pub struct Aside {
    /// The box it is in.
    pub path: String,
    /// Where that is.
    pub offset: u64,
    /// What it is.
    pub kind: AsideKind,
}

/// How such an object is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AsideKind {
    /// A `pssh` box.
    Box,
    /// The object, as it is.
    Object,
    /// Base64 or hex digits of one.
    Text,
}

impl fmt::Display for AsideKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Box => "it is a pssh box of PlayReady's where no reader looks for one",
            Self::Object => "a PlayReady header is in this box, where no reader looks for one",
            Self::Text => "a PlayReady Object is written as text in this box, where no reader looks for one",
        })
    }
}

/// Those of a file.
///
/// # Errors
///
/// It cannot be read.
pub fn asides_of(document: &Document) -> Result<Vec<Aside>> {
    // In a broken file boxes begin where none are.
    let whole = document.layout.as_ref().filter(|layout| layout.faults().is_empty());
    let Some(layout) = whole else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for aside in layout.asides(document.content.source())? {
        let kind = match &aside.pssh {
            Some(header) => {
                let read = Pssh::parse(header.kind, &aside.content);
                let is_ours = read.is_ok_and(|pssh| pssh.system.is_playready());
                (is_ours || has_header_text(&aside.content)).then_some(AsideKind::Box)
            }
            None if has_header_text(&aside.content) => Some(AsideKind::Object),
            None => is_in_text(&aside.content).then_some(AsideKind::Text),
        };
        let (path, offset) = (&aside.path, aside.span.start());
        found.extend(kind.map(|kind| Aside { path: path.to_string(), offset, kind }));
    }
    Ok(found)
}

/// Whether bytes hold a PlayReady Object, or a box of one, in base64 or in hex digits.
fn is_in_text(content: &[u8]) -> bool {
    // What is no character of theirs ends one; the zeros of UTF-16 do not.
    let characters = content.iter().filter(|byte| **byte != 0);
    let text = characters.map(|byte| if byte.is_ascii_graphic() || *byte == b'\n' { *byte } else { b' ' });
    let opened = Opened::parse(Kind::Text, text.collect::<Vec<u8>>().into());
    opened.is_ok_and(|opened| opened.objects().iter().any(|found| found.system.is_playready()))
}
