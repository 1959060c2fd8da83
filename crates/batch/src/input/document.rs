//! One opened input, and the objects in it.

use super::content::{Content, MAX_WHOLE};
use super::detect;
use super::encryption::Around;
use super::found::{Form, Found, in_box, of_pssh};
use super::kind::{HEAD, Kind};
use super::looks::looks_like;
use super::manifest::Opened;
use super::text::{self, Pasted};
use crate::{Error, Result};
use bytes::Bytes;
use prkit_bmff::{Edited, Layout, Limits, Pssh, Scope};
use prkit_plan::{Plan, Source, Span};
use prkit_playready::{Payload, SystemId};

/// An opened input.
pub struct Document {
    /// What it is.
    pub kind: Kind,
    /// Its bytes.
    pub content: Content,
    /// The text the content was taken from, when it was pasted.
    pub pasted: Option<(Bytes, Pasted)>,
    /// The boxes, where there are boxes.
    pub layout: Option<Layout>,
    /// The document, where it is one.
    pub manifest: Option<Opened>,
    /// `pssh` content without size and type in front, as Microsoft's DASH page has it.
    pub is_box_data: bool,
    /// Whether it was found in a folder.
    pub is_walked: bool,
    /// Its path, for commands that ask.
    pub path: Option<std::path::PathBuf>,
    /// Where it is, if that is behind an address: what it refers to is resolved against it.
    pub address: Option<String>,
    pub(crate) around: Around,
}

impl Document {
    /// Tells what content is.
    pub fn of(content: Content, scope: Scope) -> Result<Self> {
        let head = content.read(Span::new(0, content.len().min(HEAD)))?;
        Self::of_head(content, head, scope)
    }

    /// An input of which the bytes alone are asked for: it may be empty, broken, or of no kind that is known.
    pub const fn of_bytes(content: Content) -> Self {
        Self::plain(Kind::Bytes, content)
    }

    pub(super) fn of_head(content: Content, head: Vec<u8>, scope: Scope) -> Result<Self> {
        let len = content.len();
        if len == 0 {
            return Err(Error::Empty);
        }
        match detect::by_head(&head, len) {
            Some(kind @ (Kind::Mp4 | Kind::Pssh)) => return Self::boxes(kind, content, head, scope),
            Some(kind) if kind.is_manifest() => return Self::manifest(kind, content),
            None if detect::is_open(&head) && len <= prkit_manifest::MAX_LEN => {
                // A comment longer than the head stands in front of the root element.
                let whole = content.read(Span::new(0, len))?;
                if let Some(kind) = detect::by_head(&whole, len).filter(|kind| kind.is_manifest()) {
                    return Self::manifest(kind, content);
                }
            }
            _ => {}
        }
        if let Some(other) = detect::belongs_elsewhere(&head) {
            return Err(other);
        }
        let is_text =
            !head.contains(&0) || head.starts_with(&[0xFF, 0xFE]) || head.starts_with(&[0xFE, 0xFF]);
        if len > if is_text { prkit_manifest::MAX_LEN } else { MAX_WHOLE } {
            return Err(unrecognised(&head));
        }
        let bytes = Bytes::from(content.read(Span::new(0, len))?);
        if let Some(document) = Self::whole(Content::Memory(bytes.clone()), &bytes, scope)? {
            return Ok(match content {
                Content::Memory(_) => document,
                _ => Self { content, ..document },
            });
        }
        if let Some(pasted) =
            String::from_utf8(bytes.to_vec()).ok().and_then(|text| Self::pasted(text, scope).transpose())
        {
            return pasted;
        }
        let loose = Self::loose(bytes.clone())?.ok_or_else(|| unrecognised(&bytes))?;
        Ok(Self { content, ..loose })
    }

    /// What is neither boxes in a file nor a manifest.
    fn whole(content: Content, bytes: &Bytes, scope: Scope) -> Result<Option<Self>> {
        match detect::by_head(bytes, content.len()) {
            Some(kind @ (Kind::Mp4 | Kind::Pssh)) => {
                return Self::boxes(kind, content, Vec::new(), scope).map(Some);
            }
            _ if is_box_data(bytes) => {
                return Ok(Some(Self { is_box_data: true, ..Self::plain(Kind::Pssh, content) }));
            }
            _ => {}
        }
        Ok(match Payload::parse(bytes) {
            Ok(Payload::Object(_)) => Some(Self::plain(Kind::Pro, content)),
            Ok(Payload::Header(header)) if header.root_name().is_some() && header.check_root().is_ok() => {
                Some(Self::plain(Kind::Header, content))
            }
            _ => None,
        })
    }

    fn boxes(kind: Kind, content: Content, head: Vec<u8>, scope: Scope) -> Result<Self> {
        let layout = Layout::locate_behind(head, content.source(), scope, Limits::default())?;
        Ok(Self { layout: Some(layout), ..Self::plain(kind, content) })
    }

    fn manifest(kind: Kind, content: Content) -> Result<Self> {
        let len = content.len();
        if len > prkit_manifest::MAX_LEN {
            let limit = prkit_manifest::MAX_LEN;
            return Err(Error::TooLong { len, limit });
        }
        let opened = Opened::parse(kind, content.read(Span::new(0, len))?.into())?;
        Ok(Self { manifest: Some(opened), ..Self::plain(kind, content) })
    }

    const fn plain(kind: Kind, content: Content) -> Self {
        Self {
            kind,
            content,
            pasted: None,
            layout: None,
            manifest: None,
            is_box_data: false,
            is_walked: false,
            path: None,
            address: None,
            around: Around::new(),
        }
    }

    /// What a text is, or what is in it.
    ///
    /// # Errors
    ///
    /// What is wrong with what it is; `None` for text without an object.
    pub fn of_text(text: String, scope: Scope) -> Result<Option<Self>> {
        match Self::pasted(text.clone(), scope)? {
            Some(document) => Ok(Some(document)),
            None => Self::loose(text.into()),
        }
    }

    /// Text of no kind that is known, with objects in it.
    fn loose(bytes: Bytes) -> Result<Option<Self>> {
        let document = Self::manifest(Kind::Text, Content::Memory(bytes))?;
        // One that is there and cannot be read is named, too, and not "not recognised".
        let has_some = document.manifest.as_ref().is_some_and(|opened| {
            !opened.manifest.objects().is_empty() || !opened.manifest.unread().is_empty()
        });
        Ok(has_some.then_some(document))
    }

    /// Bytes that stand in a text.
    pub(super) fn pasted(text: String, scope: Scope) -> Result<Option<Self>> {
        // Elements and key lines are pieces of manifests; one may hold several objects.
        if let Some(kind) = detect::of_piece(&text) {
            return Self::manifest(kind, Content::Memory(Bytes::from(text))).map(Some);
        }
        for pasted in text::candidates(&text) {
            let bytes = Bytes::from(pasted.bytes.clone());
            if let Some(document) = Self::whole(Content::Memory(bytes.clone()), &bytes, scope)? {
                let text = Bytes::copy_from_slice(text.as_bytes());
                return Ok(Some(Self { pasted: Some((text, pasted)), ..document }));
            }
        }
        Ok(None)
    }

    /// Whether something but `pssh` boxes is in it.
    pub fn has_other_boxes(&self) -> bool {
        self.kind != Kind::Pssh
    }

    /// What is broken about its boxes, if anything.
    pub fn fault(&self) -> Option<&prkit_bmff::Error> {
        self.layout.as_ref().and_then(|layout| layout.faults().first())
    }

    /// All bytes of an input that is one object.
    pub fn whole_content(&self) -> Result<Vec<u8>> {
        self.content.read(Span::new(0, self.content.len()))
    }

    /// The objects in it.
    pub fn objects(&self) -> Result<Vec<Found>> {
        self.objects_that(&|_| true)
    }

    /// Those that are wanted, whatever their paths are.
    pub fn objects_that(&self, are_wanted: &dyn Fn(&Found) -> bool) -> Result<Vec<Found>> {
        if let Some(layout) = &self.layout {
            return Ok(boxes_of(layout, are_wanted));
        }
        let mut objects = self.objects_without_boxes()?;
        objects.retain(are_wanted);
        Ok(objects)
    }

    /// All of them, but for their paths: those take longer than the rest where there are thousands.
    pub(crate) fn objects_without_paths(&self) -> Result<Vec<Found>> {
        match &self.layout {
            Some(layout) => {
                Ok(layout.pssh().iter().enumerate().map(|(index, found)| in_box(index, found)).collect())
            }
            None => self.objects_without_boxes(),
        }
    }

    fn objects_without_boxes(&self) -> Result<Vec<Found>> {
        if let Some(opened) = &self.manifest {
            return Ok(opened.objects());
        }
        if self.kind == Kind::Bytes {
            return Ok(Vec::new());
        }
        let bytes = Bytes::from(self.whole_content()?);
        if self.is_box_data {
            let pssh = Pssh::parse(prkit_bmff::BoxType::new(*b"pssh"), &bytes)?;
            return Ok(vec![of_pssh(pssh, &bytes, Found::whole(Form::Pssh, &bytes))]);
        }
        let form = if self.kind == Kind::Header { Form::Header } else { Form::Pro };
        Ok(vec![Found::whole(form, &bytes)])
    }

    /// The input's bytes as they are in the file: the text, when the content was taken from one.
    pub fn outer_source(&self) -> &dyn Source {
        match &self.pasted {
            Some((text, _)) => text,
            None => self.content.source(),
        }
    }

    /// The same edit of the text that the content was taken from.
    ///
    /// # Errors
    ///
    /// The content cannot be read.
    pub fn in_text(&self, edited: Edited, straight: bool) -> Result<Edited> {
        let Some((text, pasted)) = &self.pasted else { return Ok(edited) };
        let len = u64::try_from(text.len()).unwrap_or(u64::MAX);
        if edited.plan.is_empty() && !straight {
            return Ok(Plan::unchanged(len).into());
        }
        let new = edited.plan.to_vec(self.content.source()).map_err(Error::Read)?;
        let form = if straight { pasted.form.straight() } else { pasted.form };
        let span = |at: usize| u64::try_from(at).unwrap_or(u64::MAX);
        let old = Span::new(span(pasted.span.start), span(pasted.span.end));
        let plan = Plan::splice(len, old, Bytes::from(form.encode(&new)));
        Ok(plan?.into())
    }
}

/// The objects in boxes.
pub(crate) fn boxes_of(layout: &Layout, are_wanted: &dyn Fn(&Found) -> bool) -> Vec<Found> {
    let boxes = layout.pssh().iter().enumerate();
    // A path is written for what is wanted: a long file has thousands of boxes.
    let named = boxes.filter_map(|(index, found)| {
        let outline = in_box(index, found);
        are_wanted(&outline).then(|| Found { path: Some(found.path.text()), ..outline })
    });
    named.collect()
}

/// Version and flags, then PlayReady's SystemID: `pssh` content whose first eight bytes somebody cut off.
fn is_box_data(bytes: &[u8]) -> bool {
    let system = bytes.get(4..20).and_then(|system| <[u8; 16]>::try_from(system).ok());
    bytes.first().is_some_and(|version| *version < 2)
        && system.is_some_and(|system| SystemId::from_uuid_bytes(system).is_playready())
}

fn unrecognised(bytes: &[u8]) -> Error {
    Error::NotRecognised { looks: looks_like(bytes) }
}
