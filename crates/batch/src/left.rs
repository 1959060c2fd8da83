//! What an edit left as it was though nothing that was asked for excludes it.
//!
//! ```text
//!   selected, and cannot be read                 payloads.rs, commands/
//!   not selected by its system, and looks like PlayReady's, or nobody can tell    overlooked()
//!   in a media file, where no object is due                                       input/aside.rs
//!   in a document, and no object at all          Manifest::unread
//! ```
//!
//! An edit that leaves anything is no success: exit status 3.

use crate::input::{AsideKind, Document, Found, asides_of};
use crate::{Result, Selector};
use prkit_manifest::{LicenseUrl, Unread, UnreadKind};
use prkit_playready::{SystemId, has_header_text};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;

/// Something that was left, where, and why.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Left {
    #[serde(flatten)]
    place: Place,
    #[serde(serialize_with = "as_text", deserialize_with = "of_text")]
    why: Why,
}

/// Where it is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Place {
    /// A box, or an input that is one object.
    Box {
        #[serde(rename = "box")]
        path: String,
        offset: u64,
    },
    /// An element or a line of a document.
    Text { path: String, line: u64 },
}

/// Why something was left.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Why {
    /// It was asked for, and cannot be read or not be changed; or a plan says why.
    Unreadable(String),
    /// It contains a PlayReady header, and its SystemID is that of another system.
    OtherSystem(SystemId),
    /// It contains a PlayReady header, and nothing around it names a system.
    NoSystem,
    /// It cannot be read, and nothing tells of which system it is.
    Unknown(String),
    /// It is in a document, and no object that is read there.
    Unread(UnreadKind),
    /// It is in a media file, where nothing looks for objects.
    Aside(AsideKind),
    /// An element of a header that was meant is in another namespace.
    Foreign {
        /// Its name.
        element: &'static str,
        /// What it says.
        value: String,
    },
    /// A license URL beside an object is none that was to be changed.
    LicenseUrl {
        /// What it is.
        url: String,
        /// What the header has now.
        header: Option<String>,
    },
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(why) => f.write_str(why),
            Self::OtherSystem(system) => {
                write!(f, "it contains a PlayReady header, and its SystemID is {system}")?;
                match system.name() {
                    Some(name) => write!(f, " ({name})"),
                    None => Ok(()),
                }
            }
            Self::NoSystem => f.write_str("it contains a PlayReady header, and no SystemID names the system"),
            Self::Unknown(why) => write!(f, "no SystemID names its system, and it cannot be read: {why}"),
            Self::Unread(kind) => kind.fmt(f),
            Self::Aside(kind) => kind.fmt(f),
            Self::Foreign { element, value } => write!(
                f,
                "the header has another {element} outside of its namespace, which stays {value}: clients that do not tell \
                 namespaces apart may read that one (XML-03)"
            ),
            Self::LicenseUrl { url, header: Some(header) } => write!(
                f,
                "the license URL beside the object stays {url}, and the header has {header}: dash.js, Shaka Player and \
                 Media3 ask the one beside the object"
            ),
            Self::LicenseUrl { url, header: None } => write!(
                f,
                "the license URL stays {url}: no header in the document tells whether it is the old one, and dash.js, \
                 Shaka Player and Media3 ask it before that of a header"
            ),
        }
    }
}

impl fmt::Display for Left {
    /// Place first, then why.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Box { path, offset } => write!(f, "{path} at byte {offset}: {}", self.why),
            Place::Text { path, line } => write!(f, "{path} at line {line}: {}", self.why),
        }
    }
}

fn as_text<S: Serializer>(why: &Why, to: S) -> core::result::Result<S::Ok, S::Error> {
    to.collect_str(why)
}

fn of_text<'de, D: Deserializer<'de>>(from: D) -> core::result::Result<Why, D::Error> {
    String::deserialize(from).map(Why::Unreadable)
}

impl Left {
    /// An object.
    pub fn object(found: &Found, why: Why) -> Self {
        let path = found.path.clone().unwrap_or_else(|| "/".to_owned());
        let place = match found.in_text {
            Some(place) => Place::Text { path, line: place.line },
            None => Place::Box { path, offset: found.offset },
        };
        Self { place, why }
    }

    /// A license URL beside an object.
    pub fn license_url(found: &LicenseUrl, header: Option<String>) -> Self {
        let place = Place::Text { path: found.path.clone(), line: found.position.line };
        Self { place, why: Why::LicenseUrl { url: found.url.clone(), header } }
    }

    fn unread(unread: &Unread) -> Self {
        let place = Place::Text { path: unread.path.clone(), line: unread.position.line };
        Self { place, why: Why::Unread(unread.why.clone()) }
    }
}

/// What is in a document, is not selected, and is not excluded by the selection either.
///
/// # Errors
///
/// What cannot be read.
pub fn overlooked(document: &Document, selector: &Selector) -> Result<Vec<Left>> {
    let numbers = RefCell::new(BTreeSet::new());
    let note = |found: &Found| {
        if !selector.wants(found) && selector.overlooks(found) && why_overlooked(found).is_some() {
            numbers.borrow_mut().insert(found.index);
        }
        false
    };
    document.objects_that(&note)?;
    let numbers = numbers.into_inner();
    let mut left = Vec::new();
    if !numbers.is_empty() {
        let objects = document.objects_that(&|found| numbers.contains(&found.index))?;
        left.extend(objects.iter().filter_map(|found| Some(Left::object(found, why_overlooked(found)?))));
    }
    if document.layout.is_some() && selector.overlooks_in_text(Some(SystemId::PLAYREADY)) {
        left.extend(asides_of(document)?.into_iter().map(|aside| Left {
            place: Place::Box { path: aside.path, offset: aside.offset },
            why: Why::Aside(aside.kind),
        }));
    }
    if let Some(opened) = &document.manifest {
        let unread = opened.manifest.unread().iter();
        left.extend(unread.filter(|unread| selector.overlooks_in_text(unread.system)).map(Left::unread));
    }
    Ok(left)
}

/// Why an object that is not selected should not go unmentioned; `None` for what is another system's.
fn why_overlooked(found: &Found) -> Option<Why> {
    if found.system.is_playready() {
        return None;
    }
    let is_unknown = found.system == SystemId::from_uuid_bytes([0; 16]);
    if has_header_text(&found.data) {
        return Some(if is_unknown { Why::NoSystem } else { Why::OtherSystem(found.system) });
    }
    let error = found.box_error.as_ref().filter(|_| is_unknown)?;
    Some(Why::Unknown(error.to_string()))
}
