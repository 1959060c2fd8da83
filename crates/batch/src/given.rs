//! What somebody gives in place of an object: a file, or the text itself.
//!
//! ```text
//!   an object   in any of the forms that an input has: alone, in a box, as base64, in a document
//!   a header    alone; that of an object
//!   boxes       whole
//! ```
//!
//! What is something else is refused: an error page that was saved under the right name would wipe every header of a
//! catalogue.

use crate::input::{Content, Document, Found, Kind};
use crate::shape::utf16;
use crate::{Error, Result, looks_like, root_of};
use bytes::Bytes;
use prkit_bmff::Scope;
use prkit_playready::{Header, Object, Overridable, Override, Overrides, Payload};

/// What was given.
#[derive(Clone, Debug)]
pub struct Given {
    /// What whoever asks calls it, and the file, where it was one.
    pub name: String,
    /// Whether it was a file; else it was the text itself.
    pub is_file: bool,
    /// The bytes.
    pub bytes: Bytes,
}

/// What is wrong with something that was given.
#[derive(Debug, thiserror::Error)]
#[error("{name}: {fault}")]
pub struct GivenError {
    /// What it is called.
    pub name: String,
    /// What is wrong.
    #[source]
    pub fault: GivenFault,
}

/// What is wrong with something that was given.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GivenFault {
    /// It cannot be read.
    #[error(transparent)]
    Input(Box<Error>),
    /// Its text cannot be read.
    #[error(transparent)]
    Text(#[from] std::string::FromUtf8Error),
    /// It is no object, no header, or none that can be taken.
    #[error(transparent)]
    PlayReady(#[from] prkit_playready::Error),
    /// An object without a header, or whose header is none.
    #[error(transparent)]
    NoHeader(prkit_playready::Error),
    /// Text that is no object.
    #[error("no object as text: it looks like {looks}")]
    NoText {
        /// What it looks like.
        looks: String,
    },
    /// Nothing of PlayReady's is in it.
    #[error("there is no PlayReady Object in it; it looks like {looks}")]
    NoObject {
        /// What it looks like.
        looks: String,
    },
    /// It is not known which object is meant.
    #[error("there are {count} different PlayReady Objects in it")]
    Several {
        /// How many.
        count: usize,
    },
    /// A header where an object is due.
    #[error("it is a header without an object around it")]
    BareHeader,
    /// Something else where a header is due.
    #[error("the root element is {root}, not WRMHEADER; it looks like {looks}")]
    Root {
        /// The name of its root element.
        root: String,
        /// What it looks like.
        looks: String,
    },
    /// A header that somebody cut.
    #[error("a tag of the header has no partner: it was cut, or is no XML")]
    Cut,
    /// A header with something behind it, which would go into objects with it.
    #[error("text stands behind the end of WRMHEADER: {text:?}")]
    Behind {
        /// Its beginning.
        text: String,
    },
    /// Its object is in no box.
    #[error("the object in it has no pssh box around it")]
    NotBoxed,
    /// An object or a header where a box is due.
    #[error("it is no pssh box")]
    NoBox,
    /// Somebody cut size and type off.
    #[error("the first eight bytes of the box, its size and type, are missing")]
    NoBoxHeader,
    /// A file of elements that is none.
    #[error("it is no XML in UTF-8; it looks like {looks}")]
    NoXml {
        /// What it looks like.
        looks: String,
    },
    /// A document where elements are due.
    #[error("elements are due, without a document around them; it looks like {looks}")]
    Document {
        /// What it looks like.
        looks: String,
    },
}

impl From<Error> for GivenFault {
    fn from(error: Error) -> Self {
        Self::Input(Box::new(error))
    }
}

impl Overridable for GivenError {
    fn overridden_by(&self) -> Option<Override> {
        matches!(self.fault, GivenFault::NoHeader(_)).then_some(Override::NoHeader)
    }
}

/// The local name of a root element.
fn local(root: &str) -> &str {
    root.rsplit_once(':').map_or(root, |(_, local)| local)
}

impl Given {
    fn wrong(&self, fault: GivenFault) -> GivenError {
        GivenError { name: self.name.clone(), fault }
    }

    fn looks(&self) -> String {
        looks_like(&self.bytes)
    }

    fn open(&self) -> Result<Document, GivenFault> {
        if self.is_file {
            return Ok(Document::of(Content::Memory(self.bytes.clone()), Scope::default())?);
        }
        let text = String::from_utf8(self.bytes.to_vec())?;
        let document = Document::of_text(text, Scope::default())?;
        document.ok_or_else(|| GivenFault::NoText { looks: self.looks() })
    }

    /// The one PlayReady Object in it, however often it is there.
    fn one(&self, document: &Document) -> Result<Found, GivenFault> {
        let mut distinct: Vec<Found> = Vec::new();
        for found in document.objects()? {
            let is_object = found.system.is_playready() && !found.data.is_empty();
            if is_object && !distinct.iter().any(|known| known.data == found.data) {
                distinct.push(found);
            }
        }
        match (distinct.len(), distinct.pop()) {
            (1, Some(found)) => Ok(found),
            (0, _) | (_, None) => Err(GivenFault::NoObject { looks: self.looks() }),
            (count, Some(_)) => Err(GivenFault::Several { count }),
        }
    }

    /// The object. Without a header it is refused, unless by force.
    ///
    /// # Errors
    ///
    /// Why it is none.
    pub fn object(&self, overrides: Overrides) -> Result<Vec<u8>, GivenError> {
        self.read_object(overrides).map_err(|fault| self.wrong(fault))
    }

    fn read_object(&self, overrides: Overrides) -> Result<Vec<u8>, GivenFault> {
        let check = |object: &Object<'_>| {
            let header = object.header().and_then(Header::check_complete);
            if overrides.has(Override::NoHeader) { Ok(()) } else { header.map_err(GivenFault::NoHeader) }
        };
        // What is an object by its numbers is one, whatever is in it.
        let by_numbers = Object::parse(&self.bytes).ok().filter(|object| object.oddities().is_empty());
        if let Some(object) = by_numbers.filter(|_| self.is_file) {
            check(&object)?;
            return Ok(self.bytes.to_vec());
        }
        let document = self.open()?;
        if document.kind == Kind::Header {
            return Err(GivenFault::BareHeader);
        }
        let found = self.one(&document)?;
        let payload = Payload::parse(&found.data)?;
        let object = payload.object().ok_or(GivenFault::BareHeader)?;
        check(object)?;
        Ok(object.bytes().to_vec())
    }

    /// The header, in UTF-16 where it was UTF-8.
    ///
    /// # Errors
    ///
    /// Why it is none.
    pub fn header(&self) -> Result<Vec<u8>, GivenError> {
        self.read_header().map_err(|fault| self.wrong(fault))
    }

    fn read_header(&self) -> Result<Vec<u8>, GivenFault> {
        let text = prkit_manifest::Text::decode(&self.bytes);
        let root = root_of(text.as_str()).map(local);
        if let Some(root) = root.filter(|root| !matches!(*root, "WRMHEADER" | "WRHEADER")) {
            return Err(GivenFault::Root { root: root.to_owned(), looks: self.looks() });
        }
        if root.is_some() {
            return whole(&self.bytes);
        }
        let found = self.one(&self.open()?)?;
        let payload = Payload::parse(&found.data)?;
        whole(payload.header()?.bytes())
    }

    /// The boxes, whole, of any system.
    ///
    /// # Errors
    ///
    /// Why they are none.
    pub fn boxes(&self) -> Result<Vec<u8>, GivenError> {
        self.read_boxes().map_err(|fault| self.wrong(fault))
    }

    fn read_boxes(&self) -> Result<Vec<u8>, GivenFault> {
        let document = self.open()?;
        match (&document.manifest, document.kind) {
            (Some(opened), _) => {
                let stored = |found: &Found| opened.stored(found);
                let found = self.one(&document)?;
                let boxed = stored(&found).or_else(|| {
                    let same = |other: &Found| other.data == found.data && other.system == found.system;
                    document.objects().ok()?.iter().filter(|other| same(other)).find_map(stored)
                });
                boxed.map(Vec::from).ok_or(GivenFault::NotBoxed)
            }
            (None, Kind::Pro | Kind::Header) => Err(GivenFault::NoBox),
            (None, _) if document.is_box_data => Err(GivenFault::NoBoxHeader),
            (None, _) => Ok(document.whole_content()?),
        }
    }

    /// XML that goes inside of an element: no document, and no page.
    ///
    /// # Errors
    ///
    /// Why it is none.
    pub fn elements(&self) -> Result<String, GivenError> {
        let text = String::from_utf8(self.bytes.to_vec());
        let Ok(text) = text else { return Err(self.wrong(GivenFault::NoXml { looks: self.looks() })) };
        if !self.is_file {
            return Ok(text);
        }
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text).trim_end_matches(['\r', '\n']);
        let begin = text.trim_start();
        let root = root_of(text).map(local);
        let is_document = begin.starts_with("<?xml")
            || begin.starts_with("<!")
            || root.is_some_and(|root| {
                ["html", "WRMHEADER", "Envelope", "MPD", "SmoothStreamingMedia", "smil", "CPIX"]
                    .contains(&root)
            });
        if is_document || root.is_none() && !begin.is_empty() {
            return Err(self.wrong(GivenFault::Document { looks: self.looks() }));
        }
        Ok(text.to_owned())
    }
}

/// A header as objects hold it. What was cut, or is of something else, would take the place of whole ones.
fn whole(header: &[u8]) -> Result<Vec<u8>, GivenFault> {
    let parsed = Header::parse(header)?;
    if !parsed.is_whole() {
        return Err(GivenFault::Cut);
    }
    parsed.check_complete()?;
    let behind = parsed.behind_root();
    if !behind.is_empty() {
        return Err(GivenFault::Behind { text: behind.chars().take(40).collect() });
    }
    Ok(utf16(header)?)
}
