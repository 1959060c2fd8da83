//! One opened input, and the objects in it.

use super::detect;
use super::folder::Kinds;
use super::manifest::{InText, Opened};
use super::names::{Input, Name};
use super::text::{self, Pasted};
use crate::args::Kind;
use bytes::Bytes;
use prkit_apply::FileSource;
use prkit_bmff::{Layout, Limits, Pssh, Scope, Where};
use prkit_plan::{Source, Span};
use prkit_playready::{KeyId, Payload, Record, SystemId};
use std::io::{self, Read as _};

/// Inputs that are no boxes and no manifests are small.
const MAX_WHOLE: u64 = 1024 * 1024;
/// What is read of an input to tell what it is.
const HEAD: u64 = 4096;

/// An opened input.
pub(crate) struct Document {
    pub(crate) kind: Kind,
    pub(crate) content: Content,
    /// The text the content was taken from, when it was pasted.
    pub(crate) pasted: Option<(Bytes, Pasted)>,
    /// The boxes, where there are boxes.
    pub(crate) layout: Option<Layout>,
    /// The document, where it is one.
    pub(crate) manifest: Option<Opened>,
    /// `pssh` content without size and type in front, as Microsoft's DASH page has it.
    pub(crate) is_box_data: bool,
    /// Whether it was found in a folder.
    pub(crate) is_walked: bool,
    /// Its path, for commands that ask.
    pub(crate) path: Option<std::path::PathBuf>,
}

/// The bytes of an input.
pub(crate) enum Content {
    File(FileSource),
    Memory(Bytes),
}

impl Content {
    pub(crate) fn source(&self) -> &dyn Source {
        match self {
            Self::File(file) => file,
            Self::Memory(bytes) => bytes,
        }
    }

    pub(crate) fn len(&self) -> u64 {
        self.source().len()
    }

    /// The bytes of an input, whatever it is.
    pub(crate) fn open(input: &Input) -> Result<Self, String> {
        match &input.name {
            Name::Path(path) => {
                FileSource::open(path).map(Self::File).map_err(|error| missing_hint(input, error.to_string()))
            }
            Name::Stdin => read_stdin(),
            Name::Data(data) => Ok(Self::Memory(Bytes::from(data.clone()))),
        }
    }

    pub(crate) fn read(&self, span: Span) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        self.source().read_at(span, &mut bytes).map_err(|error| format!("cannot be read: {error}"))?;
        Ok(bytes)
    }
}

/// What a file is, by its first bytes.
pub(crate) fn kind_of(file: &FileSource) -> Result<Option<Kind>, String> {
    let mut head = Vec::new();
    let span = Span::new(0, file.len().min(HEAD));
    file.read_at(span, &mut head).map_err(|error| format!("cannot be read: {error}"))?;
    Ok(detect::by_head(&head, file.len()))
}

/// One object of an input.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// As `show` prints it.
    pub(crate) index: usize,
    pub(crate) form: Form,
    /// The box's path; `None` for what is no box.
    pub(crate) path: Option<String>,
    /// Where the box, or the object, begins.
    pub(crate) offset: u64,
    /// Its bytes, header included.
    pub(crate) size: u64,
    pub(crate) place: Option<Where>,
    pub(crate) version: Option<u8>,
    pub(crate) flags: Option<u32>,
    pub(crate) system: SystemId,
    /// The key id list of the box.
    pub(crate) kids: Vec<KeyId>,
    /// The system's data.
    pub(crate) data: Bytes,
    /// Bytes behind the data.
    pub(crate) trailing: usize,
    /// What is wrong with the box, or with the text it is written in.
    pub(crate) box_error: Option<String>,
    /// Where it stands in the text of a manifest.
    pub(crate) in_text: Option<InText>,
}

/// How an object stands in its input.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    Pssh,
    Piff,
    Pro,
    Header,
    InText(prkit_manifest::Form),
}

impl Form {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Pssh => "pssh",
            Self::Piff => "piff",
            Self::Pro => "pro",
            Self::Header => "header",
            Self::InText(form) => form.name(),
        }
    }
}

impl Document {
    /// Opens an input and tells what it is.
    pub(crate) fn open(input: &Input, scope: Scope) -> Result<Self, String> {
        let document = Self::open_any(input, scope)?;
        Ok(Self { is_walked: input.is_walked(), ..document })
    }

    fn open_any(input: &Input, scope: Scope) -> Result<Self, String> {
        match &input.name {
            Name::Path(path) => {
                let file = FileSource::open(path).map_err(|error| missing_hint(input, error.to_string()))?;
                Self::of(Content::File(file), scope)
            }
            Name::Stdin => Self::of(read_stdin()?, scope),
            Name::Data(data) => Self::pasted(data.clone(), scope)?
                .ok_or_else(|| "neither base64 nor hex nor a C array, and no key line or element".to_owned()),
        }
    }

    /// The manifest that a file is, if it is one; others are not looked at any further.
    pub(crate) fn manifest_at(path: &std::path::Path) -> Result<Option<Opened>, String> {
        let content = Content::File(FileSource::open(path).map_err(|error| error.to_string())?);
        let head = content.read(Span::new(0, content.len().min(HEAD)))?;
        let is_manifest = match detect::by_head(&head, content.len()) {
            Some(kind) => kind.is_manifest(),
            None => detect::is_open(&head),
        };
        if !is_manifest {
            return Ok(None);
        }
        Ok(Self::of(content, Scope::default())?.manifest)
    }

    /// The same for an input that may be none of ours, where it was found in a folder: then there is no document.
    pub(crate) fn open_if_ours(input: &Input, scope: Scope, kinds: &Kinds) -> Result<Option<Self>, String> {
        let Name::Path(path) = &input.name else { return Self::open(input, scope).map(Some) };
        if !input.is_walked() {
            return Self::open(input, scope).map(Some);
        }
        let file = FileSource::open(path).map_err(|error| error.to_string())?;
        Self::of_file(file, input, scope, kinds)
    }

    /// The same for a file that is open already.
    pub(crate) fn of_file(
        file: FileSource,
        input: &Input,
        scope: Scope,
        kinds: &Kinds,
    ) -> Result<Option<Self>, String> {
        let (content, is_walked) = (Content::File(file), input.is_walked());
        let head = content.read(Span::new(0, content.len().min(HEAD)))?;
        if is_walked && !kinds.takes(detect::by_head(&head, content.len())) {
            return Ok(None);
        }
        let document = Self::of_head(content, head, scope)?;
        Ok(Some(Self { is_walked, ..document }))
    }

    /// Tells what content is.
    pub(crate) fn of(content: Content, scope: Scope) -> Result<Self, String> {
        let head = content.read(Span::new(0, content.len().min(HEAD)))?;
        Self::of_head(content, head, scope)
    }

    fn of_head(content: Content, head: Vec<u8>, scope: Scope) -> Result<Self, String> {
        let len = content.len();
        if len == 0 {
            return Err("the file is empty: there is no box at byte 0 in /".to_owned());
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
        if let Some(other) = super::licenses::belongs_elsewhere(&head) {
            return Err(other.to_owned());
        }
        if len > MAX_WHOLE {
            return Err(unrecognised());
        }
        let bytes = Bytes::from(content.read(Span::new(0, len))?);
        if let Some(document) = Self::whole(Content::Memory(bytes.clone()), &bytes, scope)? {
            return Ok(match content {
                Content::File(_) => Self { content, ..document },
                Content::Memory(_) => document,
            });
        }
        let text = String::from_utf8(bytes.into()).map_err(|_| unrecognised())?;
        let document = Self::pasted(text, scope)?.ok_or_else(unrecognised)?;
        Ok(document)
    }

    /// What is neither boxes in a file nor a manifest.
    fn whole(content: Content, bytes: &Bytes, scope: Scope) -> Result<Option<Self>, String> {
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
            Ok(Payload::Header(header)) if header.root_name().is_some_and(is_header_root) => {
                Some(Self::plain(Kind::Header, content))
            }
            _ => None,
        })
    }

    fn boxes(kind: Kind, content: Content, head: Vec<u8>, scope: Scope) -> Result<Self, String> {
        let layout = Layout::locate_behind(head, content.source(), scope, Limits::default())
            .map_err(|error| error.to_string())?;
        Ok(Self { layout: Some(layout), ..Self::plain(kind, content) })
    }

    fn manifest(kind: Kind, content: Content) -> Result<Self, String> {
        let len = content.len();
        if len > prkit_manifest::MAX_LEN {
            let limit = prkit_manifest::MAX_LEN;
            return Err(format!("the document has {len} bytes; at most {limit} are read"));
        }
        let opened = Opened::parse(kind, content.read(Span::new(0, len))?.into())?;
        Ok(Self { manifest: Some(opened), ..Self::plain(kind, content) })
    }

    fn plain(kind: Kind, content: Content) -> Self {
        Self {
            kind,
            content,
            pasted: None,
            layout: None,
            manifest: None,
            is_box_data: false,
            is_walked: false,
            path: None,
        }
    }

    /// Bytes that stand in a text.
    fn pasted(text: String, scope: Scope) -> Result<Option<Self>, String> {
        // Elements and key lines are pieces of manifests; one may hold several objects.
        if let Some(kind) = detect::of_piece(&text) {
            return Self::manifest(kind, Content::Memory(Bytes::from(text))).map(Some);
        }
        let Some(pasted) = text::decode(&text) else { return Ok(None) };
        let bytes = Bytes::from(pasted.bytes.clone());
        let Some(document) = Self::whole(Content::Memory(bytes.clone()), &bytes, scope)? else {
            return Ok(None);
        };
        Ok(Some(Self { pasted: Some((Bytes::from(text), pasted)), ..document }))
    }

    /// Whether something but `pssh` boxes is in it.
    pub(crate) fn has_other_boxes(&self) -> bool {
        self.kind != Kind::Pssh
    }

    /// What is broken about its boxes, if anything.
    pub(crate) fn fault(&self) -> Option<&prkit_bmff::Error> {
        self.layout.as_ref().and_then(|layout| layout.faults().first())
    }

    /// The input as a whole, where there is no object to look at.
    pub(crate) fn whole_file() -> Found {
        Self::whole_input(Form::Pro, &Bytes::new())
    }

    /// All bytes of an input that is one object.
    pub(crate) fn whole_content(&self) -> Result<Vec<u8>, String> {
        self.content.read(Span::new(0, self.content.len()))
    }

    /// The objects in it.
    pub(crate) fn objects(&self) -> Result<Vec<Found>, String> {
        if let Some(layout) = &self.layout {
            return Ok(layout.pssh().iter().enumerate().map(|(index, found)| in_box(index, found)).collect());
        }
        if let Some(opened) = &self.manifest {
            return Ok(opened.objects());
        }
        let bytes = Bytes::from(self.whole_content()?);
        if self.is_box_data {
            let pssh =
                Pssh::parse(prkit_bmff::BoxType::new(*b"pssh"), &bytes).map_err(|error| error.to_string())?;
            return Ok(vec![of_pssh(&pssh, &bytes, Self::whole_input(Form::Pssh, &bytes))]);
        }
        let form = if self.kind == Kind::Header { Form::Header } else { Form::Pro };
        Ok(vec![Self::whole_input(form, &bytes)])
    }

    pub(super) fn whole_input(form: Form, bytes: &Bytes) -> Found {
        Found {
            index: 0,
            form,
            path: None,
            offset: 0,
            size: as_u64(bytes.len()),
            place: None,
            version: None,
            flags: None,
            system: SystemId::PLAYREADY,
            kids: Vec::new(),
            data: bytes.clone(),
            trailing: 0,
            box_error: None,
            in_text: None,
        }
    }
}

impl Found {
    /// Bytes of the box or object, however it is written.
    pub(crate) fn len(&self) -> u64 {
        self.in_text.map_or(self.size, |place| place.len)
    }

    /// Where the system's data begins.
    pub(crate) fn data_offset(&self) -> u64 {
        let behind = as_u64(self.data.len()).saturating_add(as_u64(self.trailing));
        self.offset.saturating_add(self.size.saturating_sub(behind))
    }

    /// Where the value of a record of its object begins.
    pub(crate) fn value_offset(&self, record: &Record<'_>) -> u64 {
        self.data_offset().saturating_add(as_u64(record.value_offset()))
    }

    /// What is wrong with the box itself, and where.
    pub(crate) fn fault(&self) -> Option<String> {
        // A manifest with a placeholder in it is not broken.
        let error = self.box_error.as_ref().filter(|_| self.in_text.is_none())?;
        Some(format!("{error} at byte {} in {}", self.offset, self.path.as_deref().unwrap_or("/")))
    }
}

pub(super) fn as_u64(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

fn in_box(index: usize, found: &prkit_bmff::PsshBox) -> Found {
    let form = if found.header.kind.is_piff_pssh() { Form::Piff } else { Form::Pssh };
    let outline = Found {
        index,
        path: Some(found.path.to_string()),
        offset: found.header.span.start(),
        size: found.header.span.len(),
        place: Some(found.place),
        ..Document::whole_input(form, &Bytes::new())
    };
    match Pssh::parse(found.header.kind, &found.content) {
        Ok(pssh) => {
            let read = of_pssh(&pssh, &found.content, outline);
            let cut = found.cut.then(|| "the box runs past the end of its container".to_owned());
            Found { box_error: read.box_error.clone().or(cut), ..read }
        }
        Err(error) => Found {
            system: SystemId::from_uuid_bytes([0; 16]),
            box_error: Some(error.to_string()),
            ..outline
        },
    }
}

pub(super) fn of_pssh(pssh: &Pssh<'_>, content: &Bytes, outline: Found) -> Found {
    Found {
        version: Some(pssh.version),
        flags: Some(pssh.flags),
        system: pssh.system,
        kids: pssh.kids.clone(),
        data: content.slice_ref(pssh.data),
        trailing: pssh.trailing.len(),
        box_error: pssh.fault.as_ref().map(ToString::to_string),
        ..outline
    }
}

/// Version and flags, then PlayReady's SystemID: `pssh` content whose first eight bytes somebody cut off.
fn is_box_data(bytes: &[u8]) -> bool {
    let system = bytes.get(4..20).and_then(|system| <[u8; 16]>::try_from(system).ok());
    bytes.first().is_some_and(|version| *version < 2)
        && system.is_some_and(|system| SystemId::from_uuid_bytes(system).is_playready())
}

/// `WRHEADER` is a typo that shipped (nginx-vod-module issue 1323).
fn is_header_root(name: &str) -> bool {
    matches!(name, "WRMHEADER" | "WRHEADER")
}

fn unrecognised() -> String {
    "not recognised: no MP4, no manifest, no pssh box, no PlayReady Object or header, at byte 0 in /"
        .to_owned()
}

/// People paste base64 where a file name is due.
fn missing_hint(input: &Input, error: String) -> String {
    let Name::Path(path) = &input.name else { return error };
    let decodes =
        !path.exists() && path.to_str().and_then(text::decode).is_some_and(|pasted| pasted.bytes.len() > 16);
    if decodes { format!("{error}; it reads like data: use --data") } else { error }
}

/// Small streams are kept in memory, long ones go to an unnamed temporary file.
fn read_stdin() -> Result<Content, String> {
    let mut first = Vec::new();
    let mut stdin = io::stdin().lock();
    stdin
        .by_ref()
        .take(MAX_WHOLE)
        .read_to_end(&mut first)
        .map_err(|error| format!("cannot be read: {error}"))?;
    if u64::try_from(first.len()).is_ok_and(|len| len < MAX_WHOLE) {
        return Ok(Content::Memory(Bytes::from(first)));
    }
    FileSource::spool(&first, &mut stdin).map(Content::File).map_err(|error| error.to_string())
}
