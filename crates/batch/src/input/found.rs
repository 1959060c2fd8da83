//! One object of an input.

use bytes::Bytes;
use prkit_bmff::{Pssh, PsshBox, Where};
use prkit_playready::{KeyId, Record, SystemId, Use};
use std::sync::Arc;

/// One object of an input.
#[derive(Clone, Debug)]
pub struct Found {
    /// As `show` prints it.
    pub index: usize,
    /// How it stands in its input.
    pub form: Form,
    /// The box's path; `None` for what is no box.
    pub path: Option<String>,
    /// Where the box, or the object, begins.
    pub offset: u64,
    /// Its bytes, header included.
    pub size: u64,
    /// The container of its box.
    pub place: Option<Where>,
    /// The version of its box.
    pub version: Option<u8>,
    /// The flags of its box.
    pub flags: Option<u32>,
    /// The DRM system.
    pub system: SystemId,
    /// The key id list of the box.
    pub kids: Vec<KeyId>,
    /// The system's data.
    pub data: Bytes,
    /// Bytes behind the data.
    pub trailing: usize,
    /// What is wrong with the box, or with the text it is written in.
    pub box_error: Option<ObjectFault>,
    /// Where it stands in the text of a manifest.
    pub in_text: Option<InText>,
    /// The scheme of the descriptor around it in a document, where its element says PlayReady and that one does not.
    pub other_scheme: Option<String>,
}

/// How an object stands in its input.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Form {
    /// A `pssh` box.
    Pssh,
    /// A `uuid` box of PIFF 1.1.
    Piff,
    /// A PlayReady Object alone.
    Pro,
    /// A header alone.
    Header,
    /// In the text of a manifest.
    InText(prkit_manifest::Form),
}

impl Form {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pssh => "pssh",
            Self::Piff => "piff",
            Self::Pro => "pro",
            Self::Header => "header",
            Self::InText(form) => form.name(),
        }
    }
}

/// Where an object stands in a text.
#[derive(Clone, Copy, Debug)]
pub struct InText {
    /// The line, from 1.
    pub line: u64,
    /// The column, from 1.
    pub column: u64,
    /// Bytes of the object, decoded.
    pub len: u64,
}

impl Found {
    /// An input as a whole, where there is no object to look at.
    pub fn whole_file() -> Self {
        Self::whole(Form::Pro, &Bytes::new())
    }

    /// An input that is one object.
    pub(crate) fn whole(form: Form, bytes: &Bytes) -> Self {
        Self {
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
            other_scheme: None,
        }
    }

    /// Bytes of the box or object, however it is written.
    #[expect(clippy::len_without_is_empty, reason = "an object is no collection")]
    pub fn len(&self) -> u64 {
        self.in_text.map_or(self.size, |place| place.len)
    }

    /// What it is used for where it is located; `None` for an object without a place.
    pub fn used_in(&self) -> Option<Use> {
        match (self.form, self.place) {
            (Form::InText(form), _) => form.place(),
            (_, Some(Where::Moof)) => Some(Use::Moof),
            (_, Some(Where::Moov)) => Some(Use::File),
            // A box outside of both may be a segment's, or on its way to anywhere.
            (_, _) => None,
        }
    }

    /// Where the system's data begins.
    pub fn data_offset(&self) -> u64 {
        let behind = as_u64(self.data.len()).saturating_add(as_u64(self.trailing));
        self.offset.saturating_add(self.size.saturating_sub(behind))
    }

    /// Where the value of a record of its object begins.
    pub fn value_offset(&self, record: &Record<'_>) -> u64 {
        self.data_offset().saturating_add(as_u64(record.value_offset()))
    }

    /// What is wrong with the box itself, and where.
    pub fn fault(&self) -> Option<String> {
        // A manifest with a placeholder in it is not broken.
        let error = self.box_error.as_ref().filter(|_| self.in_text.is_none())?;
        Some(format!("{error} at byte {} in {}", self.offset, self.path.as_deref().unwrap_or("/")))
    }
}

/// What is wrong with what an object is in.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ObjectFault {
    /// Its box.
    #[error(transparent)]
    Box(Arc<prkit_bmff::ErrorKind>),
    /// Its box is longer than what that is in.
    #[error("the box runs past the end of its container")]
    Cut,
    /// Its text in a document.
    #[error(transparent)]
    Text(prkit_manifest::Base64Error),
}

impl From<prkit_bmff::ErrorKind> for ObjectFault {
    fn from(error: prkit_bmff::ErrorKind) -> Self {
        Self::Box(Arc::new(error))
    }
}

pub(crate) fn as_u64(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

/// A box, but for its path.
pub(crate) fn in_box(index: usize, found: &PsshBox) -> Found {
    let form = if found.header.kind.is_piff_pssh() { Form::Piff } else { Form::Pssh };
    let outline = Found {
        index,
        offset: found.header.span.start(),
        size: found.header.span.len(),
        place: Some(found.place),
        ..Found::whole(form, &Bytes::new())
    };
    match Pssh::parse(found.header.kind, &found.content) {
        Ok(pssh) => {
            let read = of_pssh(pssh, &found.content, outline);
            Found { box_error: read.box_error.or(found.cut.then_some(ObjectFault::Cut)), ..read }
        }
        Err(error) => {
            Found { system: SystemId::from_uuid_bytes([0; 16]), box_error: Some(error.into()), ..outline }
        }
    }
}

pub(crate) fn of_pssh(pssh: Pssh<'_>, content: &Bytes, outline: Found) -> Found {
    Found {
        version: Some(pssh.version),
        flags: Some(pssh.flags),
        system: pssh.system,
        kids: pssh.kids,
        data: content.slice_ref(pssh.data),
        trailing: pssh.trailing.len(),
        box_error: pssh.fault.map(Into::into),
        ..outline
    }
}
