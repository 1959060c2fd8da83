//! What a document refers to, spelled out: files, byte ranges in them, and which protection goes with which file.
//!
//! ```text
//!   document ──Manifest::presentation──▶ Stream       a representation, a playlist, a quality level
//!                                        Reference    an address, its role, its byte range
//!                                        ByteRange    where the numbers stand, for moving them (range.rs)
//! ```

use crate::error::{Error, Result};
use crate::limits::{MAX_REFERENCES, MAX_URL_LEN};
use crate::oddity::{Oddities, Oddity, OddityKind};
use crate::range::ByteRange;
use crate::text::{Position, Text};
use crate::work::count;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// What the caller knows of the files around a document.
///
/// Needed only where nothing says how many segments there are: then files are counted.
pub trait Files {
    /// Whether there is a file at an address, relative to the folder of the first document or absolute.
    fn exists(&self, url: &str) -> bool;
}

/// No files at all.
impl Files for () {
    fn exists(&self, _url: &str) -> bool {
        false
    }
}

/// What an address is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Role {
    /// An initialisation segment.
    Init,
    /// A media segment, or a part of one.
    Media,
    /// A file with everything in it: initialisation, index and media.
    Whole,
    /// An index of segments.
    Index,
    /// A segment for switching between representations.
    Switching,
    /// A media playlist.
    Playlist,
    /// A playlist of key frames.
    KeyFrames,
    /// The client's manifest, named by the server's.
    ClientManifest,
}

impl Role {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Media => "media",
            Self::Whole => "whole",
            Self::Index => "index",
            Self::Switching => "switching",
            Self::Playlist => "playlist",
            Self::KeyFrames => "key-frames",
            Self::ClientManifest => "client-manifest",
        }
    }

    /// Whether the address is that of another document.
    pub const fn is_document(self) -> bool {
        matches!(self, Self::Playlist | Self::KeyFrames | Self::ClientManifest)
    }
}

/// What the samples of a file are, where the document says it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum MediaKind {
    /// Pictures, perhaps with sound beside them.
    Video,
    /// Sound alone.
    Audio,
}

impl MediaKind {
    /// By a MIME type, a stream's type, or the name of an element: `video/mp4`, `VIDEO`, `audio`.
    pub fn of(name: &str) -> Option<Self> {
        let first = name.split('/').next().unwrap_or_default().trim();
        let kinds = [("video", Self::Video), ("audio", Self::Audio)];
        kinds.into_iter().find(|(name, _)| first.eq_ignore_ascii_case(name)).map(|(_, kind)| kind)
    }

    /// By the codecs of a variant (RFC 6381): sound alone where all of them are for sound.
    pub(crate) fn of_codecs(codecs: &str) -> Self {
        const SOUND: [&str; 9] = ["mp4a", "ac-3", "ec-3", "ac-4", "opus", "flac", "alac", "mha1", "mhm1"];
        let is_sound = |codec: &str| {
            let code = codec.trim().split('.').next().unwrap_or_default();
            SOUND.iter().any(|sound| code.eq_ignore_ascii_case(sound))
        };
        if !codecs.trim().is_empty() && codecs.split(',').all(is_sound) { Self::Audio } else { Self::Video }
    }
}

/// An address, and what it is for.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The resolved address; several where base URLs stand side by side, any of which will do.
    pub urls: Vec<String>,
    /// What it is for.
    pub role: Role,
    /// The byte range, a number in [`Presentation::ranges`].
    pub range: Option<usize>,
    /// The stream, a number in [`Presentation::streams`].
    pub stream: usize,
    /// The initialisation segment that goes with it, a number in [`Presentation::references`].
    pub init: Option<usize>,
    /// The descriptors that apply, numbers in [`Manifest::descriptors`](crate::Manifest::descriptors).
    pub descriptors: Arc<[usize]>,
    /// Whether it holds pictures or sound, where the document says it.
    pub media: Option<MediaKind>,
    /// Where the document says so.
    pub position: Position,
}

/// Files that belong together.
#[derive(Clone, Debug)]
pub struct Stream {
    /// The element or line.
    pub path: String,
    /// Where it stands.
    pub position: Position,
    /// Its name: the id of a representation, the name of a rendition.
    pub id: Option<String>,
    /// Its MIME type, where the document says it; in an MPD, else its content type alone: `video`.
    pub mime: Option<String>,
    /// The descriptors that apply to all of it.
    pub descriptors: Arc<[usize]>,
}

/// Everything a document refers to.
#[derive(Clone, Debug, Default)]
pub struct Presentation {
    /// Files that belong together.
    pub streams: Vec<Stream>,
    /// All addresses, in document order.
    pub references: Vec<Reference>,
    /// All byte ranges, in document order.
    pub ranges: Vec<ByteRange>,
    /// What is odd about them, and what is not followed.
    pub oddities: Vec<Oddity>,
}

/// A presentation that is being put together.
pub(crate) struct Gather<'g> {
    pub(crate) text: &'g Text,
    pub(crate) files: &'g dyn Files,
    pub(crate) streams: Vec<Stream>,
    pub(crate) references: Vec<Reference>,
    pub(crate) ranges: Vec<ByteRange>,
    pub(crate) oddities: Oddities,
    /// Whether each segment of a run is a reference, or the first alone.
    pub(crate) lists_all: bool,
    by_position: HashMap<Position, usize>,
    files_of_ranges: HashSet<(Position, Vec<String>)>,
}

impl<'g> Gather<'g> {
    pub(crate) fn new(text: &'g Text, files: &'g dyn Files) -> Self {
        Self {
            text,
            files,
            streams: Vec::new(),
            references: Vec::new(),
            ranges: Vec::new(),
            oddities: Oddities::new(),
            lists_all: true,
            by_position: HashMap::new(),
            files_of_ranges: HashSet::new(),
        }
    }

    pub(crate) fn done(self) -> Presentation {
        Presentation {
            streams: self.streams,
            references: self.references,
            ranges: self.ranges,
            oddities: self.oddities.in_text(self.text),
        }
    }

    /// Adds a stream and gives its number.
    pub(crate) fn stream(&mut self, stream: Stream) -> usize {
        self.streams.push(stream);
        self.streams.len().saturating_sub(1)
    }

    /// Adds a range and gives its number. The same text again is inherited, and counts in another file too.
    pub(crate) fn range(&mut self, range: ByteRange) -> usize {
        let next = self.ranges.len();
        let position = range.position;
        let known = *self.by_position.entry(position).or_insert(next);
        if let Some(known) = self.ranges.get_mut(known) {
            for file in range.files {
                // One that many representations inherit counts in the file of each.
                if self.files_of_ranges.insert((position, file.clone())) {
                    known.files.push(file);
                }
            }
        } else {
            self.files_of_ranges.extend(range.files.iter().map(|file| (position, file.clone())));
            self.ranges.push(range);
        }
        known
    }

    /// Refuses a run of more segments than there may be, before any of them is spelled out.
    pub(crate) fn room_for(&self, count: u64) -> Result<()> {
        let room = MAX_REFERENCES.saturating_sub(self.references.len());
        if usize::try_from(count).is_ok_and(|count| count <= room) {
            return Ok(());
        }
        Err(Error::limit("references", MAX_REFERENCES))
    }

    /// Adds an address and gives its number.
    pub(crate) fn reference(&mut self, reference: Reference) -> Result<usize> {
        count(1);
        if self.references.len() >= MAX_REFERENCES {
            return Err(Error::limit("references", MAX_REFERENCES));
        }
        self.references.push(reference);
        Ok(self.references.len().saturating_sub(1))
    }

    /// Whether an address is short enough to be one.
    pub(crate) fn is_address(&mut self, url: &str, at: usize) -> bool {
        let fits = url.len() <= MAX_URL_LEN;
        if !fits {
            let why = format!("an address of {} bytes is not followed", url.len());
            self.oddities.add(OddityKind::Reference(why), at);
        }
        fits
    }

    /// Whether a file is at one of these addresses.
    pub(crate) fn exists(&self, urls: &[String]) -> bool {
        urls.iter().any(|url| self.files.exists(url))
    }
}
