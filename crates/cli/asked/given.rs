//! What options take that hold an object: `@FILE`, or the text itself.
//!
//! ```text
//!   --pro @FILE      an object, in any of the forms that an INPUT has: alone, in a box, as base64, in a document
//!   --header @FILE   a header; that of an object
//!   --pssh @FILE     boxes
//! ```
//!
//! A file that is something else is refused: an error page that was saved under the right name would wipe every header
//! of a catalogue.

use crate::input::{Content, Document, Found, Kind};
use crate::refused::Hint;
use crate::values;
use bytes::Bytes;
use prkit_batch::shape::utf16;
use prkit_batch::{looks_like, root_of};
use prkit_bmff::Scope;
use prkit_playready::{Object, Override, Overrides, Payload};

/// What an option was given.
struct Given<'g> {
    option: &'g str,
    /// The file, where it was one.
    path: Option<&'g str>,
    bytes: Bytes,
}

impl<'g> Given<'g> {
    fn read(option: &'g str, value: &'g str) -> Result<Self, String> {
        let path = value.strip_prefix('@');
        let bytes = match path {
            Some(_) => {
                let read = values::read(value).map_err(|error| format!("{option}: {error}"))?;
                Bytes::from(read.map(|bytes| bytes.to_vec()).unwrap_or_default())
            }
            None => Bytes::copy_from_slice(value.as_bytes()),
        };
        Ok(Self { option, path, bytes })
    }

    /// Something is wrong with it.
    fn wrong(&self, why: impl std::fmt::Display) -> String {
        match self.path {
            Some(path) => format!("{}: {path}: {why}", self.option),
            None => format!("{}: {why}", self.option),
        }
    }

    fn looks(&self) -> String {
        format!("it looks like {}", looks_like(&self.bytes))
    }

    fn open(&self) -> Result<Document, String> {
        if self.path.is_some() {
            let content = Content::Memory(self.bytes.clone());
            return Document::of(content, Scope::default()).map_err(|error| self.wrong(error));
        }
        let text = String::from_utf8(self.bytes.to_vec()).map_err(|error| self.wrong(error))?;
        let document = Document::of_text(text, Scope::default()).map_err(|error| self.wrong(error))?;
        document.ok_or_else(|| self.wrong(format!("neither @FILE nor an object as text: {}", self.looks())))
    }

    /// The one PlayReady Object in it, however often it is there.
    fn one(&self, document: &Document) -> Result<Found, String> {
        let mut objects = document.objects().map_err(|error| self.wrong(error))?;
        objects.retain(|found| found.system.is_playready() && !found.data.is_empty());
        let mut distinct: Vec<Found> = Vec::new();
        for found in objects {
            if !distinct.iter().any(|known| known.data == found.data) {
                distinct.push(found);
            }
        }
        match distinct.len() {
            1 => distinct.pop().ok_or_else(|| self.wrong("there is no object")),
            0 => Err(self.wrong(format!("there is no PlayReady Object in it; {}", self.looks()))),
            count => Err(self.wrong(format!(
                "there are {count} different PlayReady Objects in it: `prkit extract` writes one of them to a file"
            ))),
        }
    }
}

/// The object of `--pro`. Without a header it is refused, unless by force.
pub(crate) fn object_of(option: &str, value: &str, overrides: Overrides) -> Result<Vec<u8>, String> {
    let given = Given::read(option, value)?;
    // What is an object by its numbers is one, whatever is in it.
    let force = overrides.has(Override::NoHeader);
    let refused = |error| given.wrong(format!("{error}{}", Hint(Some(Override::NoHeader))));
    let by_numbers = Object::parse(&given.bytes).ok().filter(|object| object.oddities().is_empty());
    if let Some(object) = by_numbers.filter(|_| given.path.is_some()) {
        if !force {
            object.header().and_then(prkit_playready::Header::check_root).map_err(refused)?;
        }
        return Ok(given.bytes.to_vec());
    }
    let document = given.open()?;
    if document.kind == Kind::Header {
        return Err(given.wrong("it is a header without an object around it: --header takes it"));
    }
    let found = given.one(&document)?;
    let payload = Payload::parse(&found.data).map_err(|error| given.wrong(error))?;
    let object = payload
        .object()
        .ok_or_else(|| given.wrong("it is a header without an object around it: --header takes it"))?;
    if !force {
        object.header().and_then(prkit_playready::Header::check_root).map_err(refused)?;
    }
    Ok(object.bytes().to_vec())
}

/// The header of `--header`, in UTF-16 where it was UTF-8.
pub(crate) fn header_of(option: &str, value: &str) -> Result<Vec<u8>, String> {
    let given = Given::read(option, value)?;
    let text = prkit_manifest::Text::decode(&given.bytes);
    let root = root_of(text.as_str());
    let local = root.map(|root| root.rsplit_once(':').map_or(root, |(_, local)| local));
    if let Some(root) = local.filter(|root| !matches!(*root, "WRMHEADER" | "WRHEADER")) {
        return Err(given.wrong(format!("the root element is {root}, not WRMHEADER; {}", given.looks())));
    }
    if local.is_some() {
        return utf16(&given.bytes).map_err(|error| given.wrong(error));
    }
    let found = given.one(&given.open()?)?;
    let payload = Payload::parse(&found.data).map_err(|error| given.wrong(error))?;
    let header = payload.header().map_err(|error| given.wrong(error))?;
    header.check_root().map_err(|error| given.wrong(error))?;
    utf16(header.bytes()).map_err(|error| given.wrong(error))
}

/// The boxes of `--pssh`, whole, of any system.
pub(crate) fn boxes_of(option: &str, value: &str) -> Result<Vec<u8>, String> {
    let given = Given::read(option, value)?;
    let document = given.open()?;
    match (&document.manifest, document.kind) {
        (Some(opened), _) => {
            let stored = |found: &Found| opened.stored(found);
            let found = given.one(&document)?;
            let boxed = stored(&found).or_else(|| {
                let same = |other: &Found| other.data == found.data && other.system == found.system;
                document.objects().ok()?.iter().filter(|other| same(other)).find_map(stored)
            });
            boxed.map(Vec::from).ok_or_else(|| given.wrong("the object in it has no pssh box around it"))
        }
        (None, Kind::Pro | Kind::Header) => {
            Err(given.wrong("it is no pssh box: --pro takes an object, --header a header"))
        }
        (None, _) if document.is_box_data => {
            Err(given.wrong("the first eight bytes of the box, its size and type, are missing"))
        }
        (None, _) => document.whole_content().map_err(|error| given.wrong(error)),
    }
}

/// XML that goes inside of an element: no document, and no page.
pub(crate) fn xml_of(option: &str, value: &str) -> Result<String, String> {
    let given = Given::read(option, value)?;
    if given.path.is_none() {
        return Ok(value.to_owned());
    }
    let text = String::from_utf8(given.bytes.to_vec())
        .map_err(|_| given.wrong(format!("it is no XML in UTF-8; {}", given.looks())))?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text).trim_end_matches(['\r', '\n']);
    let begin = text.trim_start();
    let root = root_of(text).map(|root| root.rsplit_once(':').map_or(root, |(_, local)| local));
    let is_document = begin.starts_with("<?xml")
        || begin.starts_with("<!")
        || root.is_some_and(|root| {
            ["html", "WRMHEADER", "Envelope", "MPD", "SmoothStreamingMedia", "smil", "CPIX"].contains(&root)
        });
    if is_document || root.is_none() && !begin.is_empty() {
        return Err(
            given.wrong(format!("elements are due, without a document around them; {}", given.looks()))
        );
    }
    Ok(text.to_owned())
}
