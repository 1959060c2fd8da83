//! What is wrong with an asset, or with what is asked of it.

use crate::Kind;
use prkit_playready::{Overridable, Override};
use std::io;

/// The result of reading an asset, or of deciding about it.
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// What is wrong. Whoever asked adds which asset it was, and which option of theirs would help.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes of an asset cannot be read.
    #[error("cannot be read: {0}")]
    Read(#[source] io::Error),
    #[cfg(feature = "files")]
    /// A file cannot be opened, locked or written.
    #[error(transparent)]
    File(#[from] prkit_apply::Error),
    #[cfg(feature = "files")]
    /// No file has that name, and the name reads like data that somebody pasted.
    #[error("{0}")]
    PastedName(#[source] prkit_apply::Error),
    #[cfg(feature = "files")]
    /// Inputs cannot be found.
    #[error(transparent)]
    Inputs(#[from] crate::InputsError),
    #[cfg(feature = "files")]
    /// A table.
    #[error(transparent)]
    Table(#[from] crate::table::TableError),
    #[cfg(feature = "files")]
    /// A manifest has no title.
    #[error(transparent)]
    Title(#[from] crate::title::TitleError),
    #[cfg(feature = "files")]
    /// An edit is not written.
    #[error(transparent)]
    Write(#[from] crate::writing::WriteError),
    /// An operation is not done.
    #[error(transparent)]
    Operation(#[from] crate::operation::OperationError),
    /// An error of several inputs.
    #[error(transparent)]
    Shared(std::sync::Arc<Self>),
    /// A report cannot be written.
    #[error("the report cannot be written: {0}")]
    Report(#[source] serde_json::Error),
    /// There is no byte in it.
    #[error("the file is empty: there is no box at byte 0 in /")]
    Empty,
    /// Nothing that is read here. A file of a folder, or one that a manifest names, may be that without being wrong.
    #[error(
        "not recognised: no MP4, no manifest, no pssh box, no PlayReady Object or header, at byte 0 in /; it looks like {looks}"
    )]
    NotRecognised {
        /// What the bytes look like.
        looks: String,
    },
    /// Pasted text without an object.
    #[error("no object in base64, hex or any other form, and no key line or element: it looks like {looks}")]
    NoData {
        /// What the text looks like.
        looks: String,
    },
    /// A license where a header is due.
    #[error("a license, not a header")]
    License,
    /// A message where a header is due.
    #[error("a message, not a header")]
    Message,
    /// A document that is longer than any manifest.
    #[error("the document has {len} bytes; at most {limit} are read")]
    TooLong {
        /// Bytes it has.
        len: u64,
        /// Bytes that are read.
        limit: u64,
    },
    /// Policies are looked for where none are.
    #[error("no license, no query and no policy in JSON")]
    NoPolicy,
    /// A license where a message is due.
    #[error("a license, not a message")]
    LicenseForMessage,
    /// A message is due.
    #[error("not recognised: no SOAP envelope, no PlayReadyKeyMessage, no PlayReadyCDMData, no HTTP text")]
    NoMessage,
    /// A license, or what is said of licenses.
    #[error(transparent)]
    Policy(#[from] prkit_license::Error),
    /// A license of an input.
    #[error(transparent)]
    LicenseFault(#[from] prkit_protocol::LicenseFault),
    /// Objects are looked for in the text of something that has none.
    #[error("it is no manifest")]
    NoManifest(Kind),
    /// No object has this number.
    #[error("there is no such object")]
    NoObject(usize),
    /// A payload that no box holds.
    #[error("the new payload is longer than a box can hold")]
    PayloadTooLong,
    /// A store is asked for, and there is none.
    #[error("the object has no license store")]
    NoStore,
    /// Something of PlayReady's is asked for, of data of another system.
    #[error("the data of {0} is not PlayReady's")]
    OtherSystem(prkit_playready::SystemId),
    /// A box is asked for around data of no system.
    #[error("nothing names the system of the data, which a box has to name")]
    NoSystem,
    /// An object that no box holds.
    #[error("the object is too long for a box")]
    ObjectTooLong,
    /// An edit that made objects unreadable.
    #[error("the result has objects that cannot be read")]
    Unreadable,
    /// A file whose boxes are broken. It is not edited.
    #[error("the file is broken and is not edited: {0}")]
    Broken(#[source] prkit_bmff::Error),
    /// An object that cannot be changed.
    #[error("{error}, at {spot} in {path}")]
    Object {
        /// Its number.
        index: usize,
        /// The box or element that it is in.
        path: String,
        /// Where that begins.
        spot: Spot,
        /// What is wrong with it, or with what is asked of it.
        #[source]
        error: Box<Self>,
    },
    /// It is not the asset that an edit was planned for.
    #[error("it is not the file that was planned for, and was left alone: {0}")]
    OtherAsset(#[source] crate::travel::Mismatch),
    #[cfg(feature = "files")]
    /// A file of plans.
    #[error(transparent)]
    Travel(#[from] crate::travel::TravelError),
    #[cfg(feature = "files")]
    /// The record of a run.
    #[error(transparent)]
    Log(#[from] crate::log::LogError),
    /// An edit that was given changes something else than protection.
    #[error("the plan changes something else than objects and what follows from them")]
    Foreign,
    /// Something that looks like PlayReady's would be left as it is.
    #[error("{}", listed(_0))]
    Left(Vec<crate::Left>),
    /// A result that is not what the plan says. It was not kept.
    #[error("the result was not as planned and was not kept: {0}")]
    NotAsPlanned(#[source] prkit_plan::Wrong),
    /// What is behind an address cannot be had.
    #[error(transparent)]
    Reach(io::Error),
    /// A store.
    #[error(transparent)]
    Store(#[from] prkit_plan::StoreError),
    /// Boxes.
    #[error(transparent)]
    Media(#[from] prkit_bmff::Error),
    /// A box that is read on its own.
    #[error(transparent)]
    Box(#[from] prkit_bmff::ErrorKind),
    /// Text.
    #[error(transparent)]
    Manifest(#[from] prkit_manifest::Error),
    /// Headers and objects.
    #[error(transparent)]
    PlayReady(#[from] prkit_playready::Error),
    /// A plan.
    #[error(transparent)]
    Plan(#[from] prkit_plan::Error),
    /// What a file says about its encryption.
    #[error(transparent)]
    Encryption(#[from] prkit_playready::MediaError),
    /// A message between a client and a server.
    #[error(transparent)]
    Soap(#[from] prkit_protocol::Error),
}

/// Where an object begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Spot {
    /// Bytes from the start.
    #[error("byte {0}")]
    Byte(u64),
    /// In a text, both from 1.
    #[error("line {line}, column {column}")]
    Text {
        /// The line.
        line: u64,
        /// The column.
        column: u64,
    },
}

impl Error {
    /// Whether it is there because somebody stopped what was being done; nothing was changed then.
    pub fn is_cancelled(&self) -> bool {
        match self {
            #[cfg(feature = "files")]
            Self::File(prkit_apply::Error::Cancelled) => true,
            Self::Store(prkit_plan::StoreError::Cancelled) => true,
            Self::Shared(error) => error.is_cancelled(),
            _ => false,
        }
    }

    /// What is wrong with an object, or with what is asked of it.
    pub(crate) fn of_object(found: &crate::Found, error: Self) -> Self {
        let text = |at: crate::InText| Spot::Text { line: at.line, column: at.column };
        Self::Object {
            index: found.index,
            path: found.path.clone().unwrap_or_else(|| "/".to_owned()),
            spot: found.in_text.map_or(Spot::Byte(found.offset), text),
            error: Box::new(error),
        }
    }
}

impl Overridable for Error {
    fn overridden_by(&self) -> Option<Override> {
        match self {
            Self::Object { error, .. } => error.overridden_by(),
            Self::Media(error) => error.overridden_by(),
            Self::Manifest(error) => error.overridden_by(),
            Self::PlayReady(error) => error.overridden_by(),
            Self::Operation(error) => error.overridden_by(),
            Self::Shared(error) => error.overridden_by(),
            _ => None,
        }
    }
}

fn listed(left: &[crate::Left]) -> String {
    let listed: Vec<String> = left.iter().map(ToString::to_string).collect();
    format!("would be left as it is: {}", listed.join("; "))
}
