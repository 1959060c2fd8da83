//! What can be wrong with a payload.

use crate::header::NAMESPACE;
use crate::{Framing, Overridable, Override};
use core::fmt;

/// The result of reading or editing.
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// What is wrong with a payload, a header, a value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Error {
    kind: ErrorKind,
}

/// What is wrong.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No bytes at all.
    #[error("the payload is empty; a PlayReady Object has at least 6 bytes")]
    Empty,
    /// Sixteen bytes: people put a bare key id here.
    #[error("16 bytes are no PlayReady Object; they look like a bare key id, which belongs into the header")]
    BareKeyId,
    /// A whole box where the content of one is due.
    #[error("the payload is a pssh box again, and nothing of PlayReady's is in that")]
    NestedBox,
    /// Neither an object nor a header.
    #[error(
        "not a PlayReady Object: its length field says {declared} for {actual} bytes, and no record is a header"
    )]
    Foreign {
        /// The first four bytes, little-endian.
        declared: u32,
        /// Bytes there are.
        actual: usize,
    },
    /// A header in a frame that is no object's.
    #[error(
        "not a PlayReady Object: header text begins at byte {at}, and the bytes in front of it are {framing}; an object has its length, a count of records, and type and length of the record there"
    )]
    Framed {
        /// Where the header begins.
        at: usize,
        /// What is in front of it.
        framing: Framing,
    },
    /// An object whose end is missing.
    #[error(
        "the object is cut: it says it has {declared} bytes and has {actual}, and the end of a record is missing"
    )]
    CutObject {
        /// Bytes it says it has.
        declared: u32,
        /// Bytes there are.
        actual: usize,
    },
    /// Too short for a length and a record count.
    #[error("{actual} bytes are too short for a PlayReady Object, which has at least 6")]
    Short {
        /// Bytes there are.
        actual: usize,
    },
    /// Text that is no XML.
    #[error("the header text does not begin with <")]
    NoElement,
    /// A header of something else.
    #[error("the namespace of the header is {namespace:?}, and that of PlayReady's is {NAMESPACE:?}")]
    OtherNamespace {
        /// The namespace that is there.
        namespace: String,
    },
    /// A header that says nothing.
    #[error("the header has no DATA element, which all of it is in")]
    NoData,
    /// Text of something else.
    #[error("the root element of the header is {name}, not WRMHEADER")]
    OtherRoot {
        /// The name that is there.
        name: String,
    },
    /// More than a record can hold.
    #[error("a record of {len} bytes is too long: its length field holds at most 65535")]
    RecordTooLong {
        /// Bytes the record would have.
        len: usize,
    },
    /// More than an object can hold.
    #[error("an object with {count} records is too long: its count holds at most 65535")]
    TooManyRecords {
        /// Records it would have.
        count: usize,
    },
    /// The object has no header record.
    #[error("the object has no header record (type 1)")]
    NoHeader,
    /// A header stands where an object is due, and only an object has a store.
    #[error("a bare header has no license store; it needs a PlayReady Object around it")]
    NoObject,
    /// An empty store where none belongs.
    #[error("an empty license store does not belong into {place} ({rule})")]
    NotThere {
        /// Where.
        place: &'static str,
        /// The rule that says so.
        rule: &'static str,
    },
    /// A store of odd length.
    #[error(
        "a license store of {len} bytes is odd: shaka-player drops such an object; its length must be even (PLY-02)"
    )]
    OddStore {
        /// Bytes asked for.
        len: usize,
    },
    /// A store that holds something.
    #[error("the license store of {len} bytes holds something, and is not changed")]
    StoreHolds {
        /// Bytes it has.
        len: usize,
    },
    /// A store that would go with what it holds.
    #[error("the license store of {len} bytes holds something, which would be lost")]
    StoreLost {
        /// Bytes it has.
        len: usize,
    },
    /// The object has no license store.
    #[error("the object has no license store")]
    NoStore,
    /// A license that does not fit.
    #[error(
        "{len} bytes do not fit into the {room} that are left in the license store: {} too many",
        bytes(len.saturating_sub(*room))
    )]
    StoreFull {
        /// Bytes to put in.
        len: usize,
        /// Bytes that are left.
        room: usize,
    },
    /// More than the specification recommends.
    #[error("an object of {len} bytes is longer than the 15360 that are recommended (PRO-05)")]
    TooLong {
        /// Bytes it would have.
        len: usize,
    },
    /// The element that a new one must go into does not exist.
    #[error("the header has no {parent} element to put {element} into")]
    NoParent {
        /// What is missing.
        parent: &'static str,
        /// What was to be added.
        element: &'static str,
    },
    /// The header's version does not know the element.
    #[error("{element} is not allowed in a {version} header: it needs version {lowest} or higher ({rule})")]
    NotInVersion {
        /// What was to be set.
        element: &'static str,
        /// The header's version.
        version: String,
        /// The lowest version that has it.
        lowest: &'static str,
        /// The rule that says so.
        rule: &'static str,
    },
    /// A value the element cannot have.
    #[error("{element} cannot be {value:?}: {reason}")]
    Value {
        /// Which element.
        element: &'static str,
        /// The value asked for.
        value: String,
        /// What would be right.
        reason: &'static str,
    },
    /// XML for `CUSTOMATTRIBUTES` that is no XML, or not canonical.
    #[error("CUSTOMATTRIBUTES: {reason}, at character {at} ({rule}){}", straight_form(straight.as_deref()))]
    CustomXml {
        /// What is wrong with it.
        reason: String,
        /// The rule that says so.
        rule: &'static str,
        /// Where, in characters.
        at: usize,
        /// What stands there in straight XML.
        straight: Option<String>,
    },
    /// Something that the other form of the header has no place for.
    #[error("{what} would be lost")]
    Lossy {
        /// What.
        what: String,
    },
    /// A key list that means one of two.
    #[error("{element} {how}: what it is to be in another version is not clear")]
    Ambiguous {
        /// Which element.
        element: &'static str,
        /// How it can be meant in two ways.
        how: &'static str,
    },
    /// An algorithm that no header has.
    #[error(
        "ALGID cannot be {algid:?}: AESCTR, COCKTAIL and, from 4.3 on, AESCBC are all there is, in capitals (PRH spec 3.2.2, 3.3.3)"
    )]
    UnknownAlgorithm {
        /// What is there, or was asked for.
        algid: String,
    },
    /// What another version does not allow.
    #[error("a {version} header cannot be made of this: {reason}")]
    Misfit {
        /// The version.
        version: String,
        /// What it would break.
        reason: String,
    },
    /// A key of COCKTAIL that only 4.0 can name.
    #[error(
        "a COCKTAIL key of {len} bytes is not allowed in a {version} header: those from 4.1 on have keys of 8 bytes (PRH spec 3.5.1)"
    )]
    CocktailKey {
        /// Bytes it has.
        len: String,
        /// The version.
        version: String,
    },
    /// A length that only the owner of the key knows.
    #[error(
        "a 4.0.0.0 header needs KEYLEN, and nothing says how long this COCKTAIL key is (PRH spec 3.5.1, 3.6.2)"
    )]
    NoKeyLength,
    /// Text that can be neither straightened nor revised.
    #[error("the header is too broken for this: {reason}")]
    CutShort {
        /// What nobody can know.
        reason: String,
    },
    /// The same key id more than once.
    #[error("the key id {kid} is named twice")]
    Twice {
        /// The key id.
        kid: String,
    },
    /// A checksum was asked for, and the key is not known.
    #[error("no key is given for the key id {kid}, so it can have no checksum")]
    UnknownKey {
        /// The key id; as the header has it where that cannot be read.
        kid: String,
    },
    /// Text that is no key id.
    #[error("{text:?} is no key id: expected a UUID, 32 hex digits, or guid:BASE64 or uuid:BASE64")]
    KeyId {
        /// What was given.
        text: String,
    },
    /// Base64 whose byte order nobody said.
    #[error(
        "{text:?} has no byte order: as in a PlayReady header (guid:) it is {guid}, as in MP4 boxes (uuid:) {uuid}"
    )]
    KeyIdOrder {
        /// What was given.
        text: String,
        /// Read as GUID bytes.
        guid: String,
        /// Read as UUID bytes.
        uuid: String,
    },
    /// A content key of a length that no algorithm has.
    #[error("a content key has 16 bytes, that of COCKTAIL 7 or 8; this one has {actual}")]
    KeyLength {
        /// Bytes there are.
        actual: usize,
    },
    /// Text that is no content key. It is not repeated.
    #[error("a content key is written as 32 hex digits, that of COCKTAIL as 14 or 16")]
    KeyDigits,
    /// Text that is neither a key id nor one with its key. It is not repeated.
    #[error("it is no key id; expected KID, or KID:KEY in hex with a colon between them")]
    KeyIdOrPair,
    /// Text that is no key id with its key. It is not repeated.
    #[error("expected KID:KEY, both in hex, with a colon between them")]
    NoPair,
    /// A pair that does not begin with a key id. It is not repeated.
    #[error("what is before the last colon is no key id; expected KID:KEY")]
    PairKeyId,
    /// A pair that does not end with a key. It is not repeated.
    #[error("the key behind the colon: {why}")]
    PairKey {
        /// What is wrong with the key.
        why: Box<ErrorKind>,
    },
    /// A content key of another algorithm.
    #[error("a key of {actual} bytes is none for {algorithm}, whose keys have {needed} bytes", needed = key_lens(algorithm))]
    KeyFor {
        /// The algorithm.
        algorithm: &'static str,
        /// Bytes of the key.
        actual: usize,
    },
    /// An algorithm without checksum.
    #[error("no checksum is defined for {algorithm} (PRH spec 5)")]
    NoChecksum {
        /// The algorithm.
        algorithm: String,
    },
    /// A key seed that is too short.
    #[error("a key seed has at least 30 bytes, this one has {actual}")]
    SeedLength {
        /// Bytes there are.
        actual: usize,
    },
    /// Text that is no key seed. It is not repeated.
    #[error("a key seed is written as base64 or as hex digits")]
    SeedText,
    /// Text that is no SystemID.
    #[error("{text:?} is no DRM system: expected a UUID or one of {known}")]
    SystemId {
        /// What was given.
        text: String,
        /// All names.
        known: String,
    },
}

fn straight_form(straight: Option<&str>) -> String {
    straight.map(|straight| format!("; straight: {straight}")).unwrap_or_default()
}

fn key_lens(algorithm: &str) -> &'static str {
    if algorithm == "COCKTAIL" { "7 or 8" } else { "16" }
}

fn bytes(count: usize) -> String {
    if count == 1 { "1 byte".to_owned() } else { format!("{count} bytes") }
}

impl Error {
    pub(crate) const fn new(kind: ErrorKind) -> Self {
        Self { kind }
    }

    /// What is wrong.
    pub const fn kind(&self) -> &ErrorKind {
        &self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl core::error::Error for Error {}

impl Overridable for Error {
    fn overridden_by(&self) -> Option<Override> {
        match self.kind {
            ErrorKind::TooLong { .. } => Some(Override::TooLong),
            ErrorKind::NotThere { .. } => Some(Override::ManifestStore),
            ErrorKind::StoreLost { .. } => Some(Override::FilledStore),
            _ => None,
        }
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self::new(kind)
    }
}
