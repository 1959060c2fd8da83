//! What a document says about protection: descriptors, and the objects that stand in them.
//!
//! ```text
//!   <ContentProtection schemeIdUri="urn:uuid:9a04f079-…" value="MSPR 2.0">        Descriptor
//!     <cenc:pssh>AAACJnBzc2gAAAAA…</cenc:pssh>                                    Object, form cenc-pssh
//!     <mspr:pro>BgIAAAEAAQD8ATwA…</mspr:pro>                                      Object, form mspr-pro
//!   </ContentProtection>
//! ```

use crate::text::Position;
use crate::value::Base64Error;
use bytes::Bytes;
use core::ops::Range;
use prkit_plan::Span;
use prkit_playready::{KeyId, SystemId, Use};

/// How an object stands in a document.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Form {
    /// `mspr:pro`: a PlayReady Object.
    MsprPro,
    /// `cenc:pssh`: one or several `pssh` boxes.
    CencPssh,
    /// `PSSH` of a CPIX document.
    CpixPssh,
    /// `ProtectionHeader` of Smooth Streaming: a PlayReady Object.
    ProtectionHeader,
    /// `#EXT-X-KEY` with a data URI.
    ExtXKey,
    /// `#EXT-X-SESSION-KEY` with a data URI.
    ExtXSessionKey,
    /// `#EXT-X-PLAYREADYHEADER`, the older form.
    ExtXPlayReadyHeader,
    /// `VALUE` of an `#EXT-X-DEFINE` that no line of the playlist uses.
    ExtXDefine,
    /// `drm_specific_data` of a server manifest of Unified Streaming.
    DrmSpecificData,
    /// Anywhere in a text: a string of JSON, an element, base64 or a header between words.
    Text,
}

impl Form {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MsprPro => "mspr-pro",
            Self::CencPssh | Self::CpixPssh => "cenc-pssh",
            Self::ProtectionHeader => "protection-header",
            Self::ExtXKey => "ext-x-key",
            Self::ExtXSessionKey => "ext-x-session-key",
            Self::ExtXPlayReadyHeader => "ext-x-playreadyheader",
            Self::ExtXDefine => "ext-x-define",
            Self::DrmSpecificData => "drm-specific-data",
            Self::Text => "text",
        }
    }

    /// The kind of document that the rules of the header specification know it by.
    pub const fn place(self) -> Option<Use> {
        Some(match self {
            Self::MsprPro | Self::CencPssh => Use::Mpd,
            // The box that goes into the files (CPIX 2.4, 5.3.3).
            Self::CpixPssh => Use::File,
            Self::ProtectionHeader | Self::DrmSpecificData => Use::Smooth,
            Self::ExtXKey | Self::ExtXSessionKey | Self::ExtXPlayReadyHeader | Self::ExtXDefine => Use::Hls,
            Self::Text => return None,
        })
    }

    /// What the specifications put there: boxes, or the object alone. A key line has either, by its system.
    pub const fn wants_box(self) -> Option<bool> {
        match self {
            Self::CencPssh | Self::CpixPssh => Some(true),
            Self::MsprPro | Self::ProtectionHeader | Self::ExtXPlayReadyHeader => Some(false),
            Self::ExtXKey | Self::ExtXSessionKey | Self::ExtXDefine | Self::DrmSpecificData | Self::Text => {
                None
            }
        }
    }
}

/// What the bytes of an object are.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Shape {
    /// A box with its size and type: `pssh`, or the `uuid` box of PIFF.
    Box,
    /// The content of a `pssh` box, whose first eight bytes somebody cut off.
    BoxData,
    /// The data of the system: for PlayReady an object, or a bare header.
    Data,
}

/// One object of a document.
#[derive(Clone, Debug)]
pub struct Object {
    /// How it stands there.
    pub form: Form,
    /// The element or line it stands in.
    pub path: String,
    /// Line and column of its text.
    pub position: Position,
    /// Its text in the document. Several boxes in one text have the same.
    pub span: Span,
    /// What the bytes are.
    pub shape: Shape,
    /// The bytes: one box, or all there is.
    pub bytes: Bytes,
    /// The DRM system: of the box, else of the element around it.
    pub system: Option<SystemId>,
    /// The descriptor it stands in.
    pub descriptor: Option<usize>,
    /// The scheme of the descriptor around it, where that is none of PlayReady's and the element says PlayReady; empty where
    /// the descriptor has none.
    pub other_scheme: Option<String>,
    /// Why its text cannot be read.
    pub error: Option<Base64Error>,
    pub(crate) at: At,
}

/// Which text holds an object, and which part of its bytes it is.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct At {
    pub(crate) slot: usize,
    /// For texts inside of texts, as CPIX has them: the slot of each, the outer ones first.
    pub(crate) inner: Vec<usize>,
    pub(crate) unit: usize,
}

impl At {
    /// In a text of this document.
    pub(crate) const fn of(slot: usize, unit: usize) -> Self {
        Self { slot, inner: Vec::new(), unit }
    }

    /// In a text that is in the text of a slot.
    pub(crate) fn within(self, slot: usize) -> Self {
        let inner = [&[self.slot], &self.inner[..]].concat();
        Self { slot, inner, unit: self.unit }
    }

    /// In the inner text, for one that is in one.
    pub(crate) fn inside(&self) -> Option<Self> {
        let (slot, inner) = self.inner.split_first()?;
        Some(Self { slot: *slot, inner: inner.to_vec(), unit: self.unit })
    }
}

/// What kind of descriptor it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum DescriptorKind {
    /// `ContentProtection` of an MPD.
    ContentProtection,
    /// `ProtectionHeader` of a Smooth manifest.
    ProtectionHeader,
    /// `#EXT-X-KEY`.
    Key,
    /// `#EXT-X-SESSION-KEY`.
    SessionKey,
    /// `#EXT-X-PLAYREADYHEADER`.
    PlayReadyHeader,
    /// `DRMSystem` of a CPIX document.
    DrmSystem,
    /// `paramGroup` of a server manifest of Unified Streaming.
    ParamGroup,
}

impl DescriptorKind {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ContentProtection => "ContentProtection",
            Self::ProtectionHeader => "ProtectionHeader",
            Self::Key => "EXT-X-KEY",
            Self::SessionKey => "EXT-X-SESSION-KEY",
            Self::PlayReadyHeader => "EXT-X-PLAYREADYHEADER",
            Self::DrmSystem => "DRMSystem",
            Self::ParamGroup => "paramGroup",
        }
    }
}

/// What a document says about one system, or about the encryption itself, at one place.
#[derive(Clone, Debug)]
pub struct Descriptor {
    /// Which kind.
    pub kind: DescriptorKind,
    /// The element or line.
    pub path: String,
    /// Where it begins.
    pub position: Position,
    /// Its bytes in the document.
    pub span: Span,
    /// The scheme, key format or SystemID as written.
    pub scheme: Option<String>,
    /// The DRM system that is.
    pub system: Option<SystemId>,
    /// `value` of an element, `METHOD` of a line.
    pub value: Option<String>,
    /// The key ids it names: `default_KID`, `KEYID`, `kid`.
    pub kids: Vec<NamedKid>,
    /// Where licenses are, by the element's name: `dashif:Laurl` and its like.
    pub license_urls: Vec<(String, String)>,
    /// `mspr:kid`, deprecated: base64 in one of the two byte orders.
    pub playready_kid: Option<String>,
    /// `refId`: what others refer to it by (ISO/IEC 23009-1, 5th edition, 5.8.4.1.3).
    pub ref_id: Option<String>,
    /// `ref`: it has the content of another one.
    pub refers: Option<Refers>,
    /// Whether it is there to be referred to, and applies to nothing by its place.
    pub(crate) is_shelved: bool,
    /// Descriptors in texts inside of it: those of `ContentProtectionData`, key lines of `HLSSignalingData`.
    pub inside: Vec<Self>,
    /// Its range in the text.
    pub(crate) range: Range<usize>,
    /// The element around it, or the number of the line.
    pub(crate) owner: Option<usize>,
}

/// A reference from one descriptor to another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refers {
    /// The `refId` that is named.
    pub id: String,
    /// The descriptor that has it, by number.
    pub to: Result<usize, RefFault>,
}

/// Why a reference leads nowhere.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
pub enum RefFault {
    /// No descriptor has that `refId`.
    #[error("no descriptor has that refId")]
    Missing,
    /// Several have it.
    #[error("several descriptors have that refId")]
    Repeated,
    /// The one that has it is of another scheme.
    #[error("the descriptor with that refId is of another scheme")]
    OtherScheme,
    /// It leads back to itself.
    #[error("the reference leads back to itself")]
    Circle,
}

impl Default for Descriptor {
    /// One that says nothing, at the beginning of the text.
    fn default() -> Self {
        Self {
            kind: DescriptorKind::ContentProtection,
            path: String::new(),
            position: Position { line: 1, column: 1 },
            span: Span::empty(0),
            scheme: None,
            system: None,
            value: None,
            kids: Vec::new(),
            license_urls: Vec::new(),
            playready_kid: None,
            inside: Vec::new(),
            ref_id: None,
            refers: None,
            is_shelved: false,
            range: 0..0,
            owner: None,
        }
    }
}

/// A key id as a document names it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NamedKid {
    /// As written.
    pub text: String,
    /// As read; `None` when it is none.
    pub id: Option<KeyId>,
}

/// What `schemeIdUri` of the descriptor for the encryption itself says.
const MP4_PROTECTION: &str = "urn:mpeg:dash:mp4protection:2011";

impl Descriptor {
    /// Whether it says how samples are encrypted, and nothing of a system.
    pub fn is_encryption(&self) -> bool {
        self.scheme.as_deref().is_some_and(|scheme| scheme.eq_ignore_ascii_case(MP4_PROTECTION))
    }

    /// Whether it is there to be referred to, and applies to nothing by its place.
    pub const fn is_shelved(&self) -> bool {
        self.is_shelved
    }

    /// The descriptor that it refers to.
    pub fn target(&self) -> Option<usize> {
        self.refers.as_ref()?.to.ok()
    }

    /// The number of the element around it; descriptors with the same number are beside each other.
    pub const fn element(&self) -> Option<usize> {
        self.owner
    }

    /// Whether the two are in the same element.
    pub fn is_beside(&self, other: &Self) -> bool {
        self.kind == other.kind && self.owner.is_some() && self.owner == other.owner
    }

    /// Whether it is PlayReady's.
    pub fn is_playready(&self) -> bool {
        self.system.is_some_and(SystemId::is_playready)
    }
}

/// A SystemID as documents write it: `urn:uuid:` or not, braces or not, any case.
pub(crate) fn system_id(text: &str) -> Option<SystemId> {
    let text = text.trim().trim_matches(crate::xml::is_quote);
    let bare = match text.get(.."urn:uuid:".len()) {
        Some(urn) if urn.eq_ignore_ascii_case("urn:uuid:") => text.get(urn.len()..)?,
        _ => text,
    };
    // Names are for command lines.
    if !bare.starts_with(|c: char| c.is_ascii_hexdigit() || c == '{') || bare.len() < 32 {
        return None;
    }
    bare.parse().ok()
}

/// Key ids as documents write them, separated by white space. A missing dash occurs (ExoPlayer issue 5137).
pub(crate) fn named_kids(text: &str) -> impl Iterator<Item = NamedKid> {
    text.split_whitespace().map(|word| {
        let hex = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")).unwrap_or(word);
        let id = hex.parse().ok().or_else(|| {
            let digits: String = hex.chars().filter(|c| !matches!(c, '-' | '{' | '}')).collect();
            digits.parse().ok()
        });
        NamedKid { text: word.to_owned(), id }
    })
}

impl NamedKid {
    /// Whether it is written as the schema wants it.
    pub(crate) fn is_right(&self) -> bool {
        let bytes = self.text.as_bytes();
        self.id.is_some()
            && bytes.len() == 36
            && [8, 13, 18, 23].iter().all(|at| bytes.get(*at) == Some(&b'-'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_ids_are_read_in_every_form() {
        for text in [
            "urn:uuid:9a04f079-9840-4286-ab92-e65be0885f95",
            "URN:UUID:9A04F079-9840-4286-AB92-E65BE0885F95",
            "{9A04F079-9840-4286-AB92-E65BE0885F95}",
            "9A04F07998404286AB92E65BE0885F95",
        ] {
            assert_eq!(system_id(text), Some(SystemId::PLAYREADY), "{text}");
        }
        assert_eq!(
            system_id("urn:uuid:79f0049a-4098-8642-ab92-e65be0885f95"),
            Some(SystemId::PLAYREADY_SWAPPED)
        );
        assert_eq!(system_id("urn:mpeg:dash:mp4protection:2011"), None);
        assert_eq!(system_id("playready"), None);
    }

    #[test]
    fn key_ids_are_read_in_lists_and_with_a_dash_missing() {
        let kids: Vec<_> =
            named_kids("00112233-4455-6677-8899-AABBCCDDEEFF 001122334455-6677-8899-aabbccddeeff x 0x00112233445566778899aabbccddeeff").collect();
        assert_eq!(kids.iter().map(|kid| kid.id.is_some()).collect::<Vec<_>>(), [true, true, false, true]);
        assert_eq!(kids.iter().map(NamedKid::is_right).collect::<Vec<_>>(), [true, false, false, false]);
        assert_eq!(kids[0].id, kids[1].id);
    }
}
