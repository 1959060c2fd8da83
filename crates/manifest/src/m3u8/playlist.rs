//! What a playlist refers to: segments, their ranges and keys, and other playlists (RFC 8216, 4.3 and its second
//! edition).
//!
//! ```text
//!   #EXT-X-MAP:URI="a.mp4",BYTERANGE="1614@0"         for the segments behind it
//!   #EXT-X-KEY:…                                      for the segments behind it, until the next of its format
//!   #EXT-X-BYTERANGE:80511@1766                       for the next address
//!   a.mp4
//!   #EXT-X-PART:URI="b.m4s",BYTERANGE="2000@0",DURATION=0.3
//!   #EXT-X-PRELOAD-HINT:TYPE=PART,URI="b.m4s",BYTERANGE-START=2000
//! ```

use super::applying::{Keys, keys_of_maps};
use super::line::{Attribute, Content, Line, Lines, attributes};
use super::variables::Variables;
use crate::error::Result;
use crate::found::{Descriptor, DescriptorKind};
use crate::limits::MAX_URL_LEN;
use crate::oddity::OddityKind;
use crate::range::{ByteRange, Form, RangeKind, length_first};
use crate::reference::{Gather, MediaKind, Reference, Role, Stream};
use crate::uri::resolve;
use core::ops::Range;
use std::collections::HashMap;
use std::sync::Arc;

/// Spells out what a playlist refers to.
pub(crate) fn gather(base: &str, descriptors: &[Descriptor], gather: &mut Gather<'_>) -> Result<()> {
    let mut playlist = Playlist::new(base, descriptors, gather);
    let text = playlist.gather.text.as_str();
    for (i, line) in Lines::of(text).enumerate() {
        playlist.line(text, i, &line)?;
    }
    playlist.finish();
    Ok(())
}

struct Playlist<'p, 'g> {
    base: &'p str,
    gather: &'p mut Gather<'g>,
    /// Descriptors by their line.
    by_line: HashMap<usize, (usize, &'p Descriptor)>,
    /// Keys that apply here.
    keys: Keys,
    init: Option<usize>,
    /// The range of the next address.
    pending: Option<Found>,
    /// Whether the next address is that of a playlist.
    variant: Option<(Role, MediaKind)>,
    key_frames: bool,
    /// Where the last range of a file ended, for those without an offset; parts count for themselves.
    ends: HashMap<(RangeKind, String), u64>,
    numbers: HashMap<String, usize>,
    variables: Variables,
    stream: usize,
}

/// A range as it is written.
struct Found {
    length: u64,
    start: Option<u64>,
    form: Form,
    at: Range<usize>,
}

impl<'p, 'g> Playlist<'p, 'g> {
    fn new(base: &'p str, descriptors: &'p [Descriptor], gather: &'p mut Gather<'g>) -> Self {
        let by_line = descriptors.iter().enumerate().filter_map(|(i, d)| Some((d.owner?, (i, d)))).collect();
        let stream = gather.stream(Stream {
            path: "/".to_owned(),
            position: gather.text.position(0),
            id: None,
            mime: None,
            descriptors: Arc::default(),
        });
        Self {
            base,
            gather,
            by_line,
            keys: Keys::default(),
            init: None,
            pending: None,
            variant: None,
            key_frames: false,
            ends: HashMap::new(),
            numbers: HashMap::new(),
            variables: Variables::default(),
            stream,
        }
    }

    fn line(&mut self, text: &str, number: usize, line: &Line) -> Result<()> {
        let (name, rest) = match &line.content {
            Content::Nothing => return Ok(()),
            Content::Uri(uri) => return self.address(text, line, uri),
            Content::Tag { name, rest } => (text.get(name.clone()).unwrap_or_default(), rest.clone()),
        };
        match name {
            "#EXT-X-KEY" | "#EXT-X-PLAYREADYHEADER" => self.key(number),
            "#EXT-X-MAP" => {
                let path = self.path("EXT-X-MAP");
                self.init = self.tagged(text, line, rest, Role::Init, RangeKind::Map, path)?;
            }
            "#EXT-X-BYTERANGE" => match length_first(text, rest.clone()) {
                Some((length, start, form)) => self.pending = Some(Found { length, start, form, at: rest }),
                None => self.bad_range(text, &rest),
            },
            "#EXT-X-PART" => {
                let path = self.path("EXT-X-PART");
                self.tagged(text, line, rest, Role::Media, RangeKind::Part, path)?;
            }
            "#EXT-X-PRELOAD-HINT" => self.hint(text, line, rest)?,
            "#EXT-X-STREAM-INF" => {
                let codecs = attributes(text, rest).find(|found| said(text, &found.name) == "CODECS");
                let codecs = codecs.map_or("", |found| said(text, &found.value));
                self.variant = Some((Role::Playlist, MediaKind::of_codecs(codecs)));
            }
            "#EXT-X-I-FRAME-STREAM-INF" => {
                let path = self.path("EXT-X-I-FRAME-STREAM-INF");
                self.tagged(text, line, rest, Role::KeyFrames, RangeKind::KeyFrame, path)?;
            }
            "#EXT-X-MEDIA" => {
                let path = self.path("EXT-X-MEDIA");
                self.tagged(text, line, rest, Role::Playlist, RangeKind::Segment, path)?;
            }
            "#EXT-X-I-FRAMES-ONLY" => self.key_frames = true,
            "#EXT-X-DISCONTINUITY" => self.pending = None,
            "#EXT-X-SKIP" => {
                let why = "segments are skipped; ranges without an offset behind them cannot be followed";
                self.gather.oddities.add(OddityKind::Reference(why.to_owned()), line.range.start);
                self.ends.clear();
            }
            "#EXT-X-DEFINE" => {
                // Where a value is elsewhere, addresses with it are not followed.
                if let Some(why) = self.variables.define(text, &rest) {
                    self.gather.oddities.add(OddityKind::Reference(why), rest.start);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Which tag of its name it is.
    fn path(&mut self, name: &str) -> String {
        let number = self.numbers.entry(name.to_owned()).or_default();
        let path = format!("/{name}[{number}]");
        *number = number.saturating_add(1);
        path
    }

    fn key(&mut self, number: usize) {
        let Some((index, descriptor)) = self.by_line.get(&number).copied() else { return };
        self.keys.add(index, descriptor);
    }

    /// An address with variables filled in; none where one of them is not known.
    fn resolved(&mut self, text: &str, address: &Range<usize>) -> Option<Vec<String>> {
        let resolved = self.variables.resolve(text, address);
        let filled = resolved.text;
        let is_known = resolved.unknown.is_empty() && filled.len() <= MAX_URL_LEN;
        let at = address.start;
        (is_known && !filled.is_empty() && self.gather.is_address(&filled, at))
            .then(|| vec![resolve(self.base, &filled)])
    }

    fn reference(
        &mut self,
        urls: Vec<String>,
        (role, media): (Role, Option<MediaKind>),
        range: Option<usize>,
        at: usize,
    ) -> Result<usize> {
        let init = self.init.filter(|_| role == Role::Media);
        let descriptors = self.keys.apply(role == Role::Media)?;
        self.gather.reference(Reference {
            urls,
            role,
            range,
            stream: self.stream,
            init,
            descriptors,
            media,
            position: self.gather.text.position(at),
        })
    }

    fn address(&mut self, text: &str, line: &Line, uri: &Range<usize>) -> Result<()> {
        let variant = self.variant.take();
        let pending = self.pending.take();
        let Some(urls) = self.resolved(text, uri) else { return Ok(()) };
        let range = pending.and_then(|pending| {
            let kind = if self.key_frames { RangeKind::KeyFrame } else { RangeKind::Segment };
            let path = self.path("EXT-X-BYTERANGE");
            self.range(kind, path, &urls, pending)
        });
        let role = variant.map_or((Role::Media, None), |(role, media)| (role, Some(media)));
        self.reference(urls, role, range, line.range.start)?;
        Ok(())
    }

    /// A range; one without an offset goes on where the last of its kind in that file ended.
    fn range(
        &mut self,
        kind: RangeKind,
        path: String,
        urls: &[String],
        Found { length, start, form, at }: Found,
    ) -> Option<usize> {
        let key = (kind, urls.first()?.clone());
        let implied = if kind == RangeKind::Map { Some(0) } else { self.ends.get(&key).copied() };
        let Some((start, end)) =
            start.or(implied).and_then(|start| Some((start, start.checked_add(length)?)))
        else {
            let why = "a byte range has no offset, and none of the same file stands before it".to_owned();
            self.gather.oddities.add(OddityKind::Range(why), at.start);
            return None;
        };
        self.ends.insert(key, end);
        let position = self.gather.text.position(at.start);
        let files = vec![urls.to_vec()];
        Some(self.gather.range(ByteRange { kind, path, position, files, start, end: Some(end), form }))
    }

    /// A tag with `URI` and perhaps `BYTERANGE`.
    fn tagged(
        &mut self,
        text: &str,
        line: &Line,
        rest: Range<usize>,
        role: Role,
        kind: RangeKind,
        path: String,
    ) -> Result<Option<usize>> {
        let found: Vec<Attribute> = attributes(text, rest).collect();
        let named = |name: &str| found.iter().find(|a| text.get(a.name.clone()).map(str::trim) == Some(name));
        let Some(uri) = named("URI") else { return Ok(None) };
        let Some(urls) = self.resolved(text, &uri.value) else { return Ok(None) };
        let at = named("BYTERANGE").map(|found| found.value.clone());
        let range = at.and_then(|at| {
            let Some((length, start, form)) = length_first(text, at.clone()) else {
                self.bad_range(text, &at);
                return None;
            };
            self.range(kind, path, &urls, Found { length, start, form, at })
        });
        let media = match role {
            Role::KeyFrames => Some(MediaKind::Video),
            _ => named("TYPE").and_then(|found| MediaKind::of(said(text, &found.value))),
        };
        self.reference(urls, (role, media), range, line.range.start).map(Some)
    }

    /// `BYTERANGE-START` is 0 where it is absent; without a length the rest of the file is meant.
    fn hint(&mut self, text: &str, line: &Line, rest: Range<usize>) -> Result<()> {
        let path = self.path("EXT-X-PRELOAD-HINT");
        let found: Vec<Attribute> = attributes(text, rest).collect();
        let named = |name: &str| {
            let attribute = found.iter().find(|a| text.get(a.name.clone()).map(str::trim) == Some(name))?;
            Some((attribute.value.clone(), text.get(attribute.value.clone())?))
        };
        let Some((uri, _)) = named("URI") else { return Ok(()) };
        let Some(urls) = self.resolved(text, &uri) else { return Ok(()) };
        let (start, length) = (named("BYTERANGE-START"), named("BYTERANGE-LENGTH"));
        let number =
            |found: &Option<(Range<usize>, &str)>| found.as_ref().map(|(_, text)| text.trim().parse::<u64>());
        let role =
            if named("TYPE").is_some_and(|(_, kind)| kind == "MAP") { Role::Init } else { Role::Media };
        let range = match (number(&start), number(&length)) {
            (None, None) => None,
            (None | Some(Ok(_)), None | Some(Ok(_))) => {
                let first = number(&start).and_then(Result::ok).unwrap_or(0);
                let end = number(&length).and_then(Result::ok).and_then(|len| first.checked_add(len));
                let at = start.as_ref().or(length.as_ref()).map_or(line.range.start, |(at, _)| at.start);
                let form =
                    Form::StartLength { start: start.map(|(at, _)| at), length: length.map(|(at, _)| at) };
                let (kind, files) = (RangeKind::Hint, vec![urls.clone()]);
                let position = self.gather.text.position(at);
                Some(self.gather.range(ByteRange { kind, path, position, files, start: first, end, form }))
            }
            _ => {
                self.bad_range(text, &line.range);
                None
            }
        };
        self.reference(urls, (role, None), range, line.range.start)?;
        Ok(())
    }

    fn bad_range(&mut self, text: &str, at: &Range<usize>) {
        let found = text.get(at.clone()).unwrap_or_default();
        let why = format!("{found:?} is no byte range: expected length@first");
        self.gather.oddities.add(OddityKind::Range(why), at.start);
    }

    fn finish(&mut self) {
        keys_of_maps(&mut self.gather.references);
        let all =
            self.by_line.values().filter(|(_, d)| d.kind != DescriptorKind::SessionKey).map(|(i, _)| *i);
        let mut all: Vec<usize> = all.collect();
        all.sort_unstable();
        if let Some(stream) = self.gather.streams.get_mut(self.stream) {
            stream.descriptors = all.into();
        }
    }
}

fn said<'t>(text: &'t str, range: &Range<usize>) -> &'t str {
    text.get(range.clone()).unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use crate::manifest::{Kind, Manifest};
    use crate::range::move_ranges;
    use crate::reference::Presentation;
    use bytes::Bytes;
    use prkit_plan::{Place, Shape, Splice};

    fn read(text: &str) -> (Manifest, Presentation) {
        let manifest = Manifest::parse(Kind::M3u8, &Bytes::copy_from_slice(text.as_bytes())).unwrap();
        let presentation = manifest.presentation("v/list.m3u8", &()).unwrap();
        (manifest, presentation)
    }

    type Shown = (String, &'static str, Option<(u64, Option<u64>)>);

    fn shown(text: &str) -> Vec<Shown> {
        let (_, presentation) = read(text);
        let span = |range: usize| (presentation.ranges[range].start, presentation.ranges[range].end);
        let references = presentation.references.iter();
        references.map(|r| (r.urls[0].clone(), r.role.name(), r.range.map(span))).collect()
    }

    const RANGES: &str = "#EXTM3U\n#EXT-X-MAP:URI=\"a.mp4\",BYTERANGE=\"100\"\n#EXTINF:2,\n#EXT-X-BYTERANGE:50@120\na.mp4\n\
        #EXTINF:2,\n#EXT-X-BYTERANGE:60\na.mp4\n#EXTINF:2,\nb.m4s\n\
        #EXT-X-PART:DURATION=0.3,URI=\"c.m4s\",BYTERANGE=\"10@0\"\n#EXT-X-PART:DURATION=0.3,URI=\"c.m4s\",BYTERANGE=\"20\"\n\
        #EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"c.m4s\",BYTERANGE-START=30,BYTERANGE-LENGTH=5\n";

    #[test]
    fn segments_parts_and_hints_have_their_ranges() {
        let url = |name: &str| format!("v/{name}");
        assert_eq!(
            shown(RANGES),
            [
                (url("a.mp4"), "init", Some((0, Some(100)))),
                (url("a.mp4"), "media", Some((120, Some(170)))),
                (url("a.mp4"), "media", Some((170, Some(230)))),
                (url("b.m4s"), "media", None),
                (url("c.m4s"), "media", Some((0, Some(10)))),
                (url("c.m4s"), "media", Some((10, Some(30)))),
                (url("c.m4s"), "media", Some((30, Some(35)))),
            ]
        );
    }

    #[test]
    fn ranges_move_with_their_file_and_nothing_else_changes() {
        let (manifest, presentation) = read(RANGES);
        // Eight bytes more in front of 100, and filler of twelve between the two segments.
        let shape =
            Shape::new(vec![Splice::insert(Place::gap(40, 1), 8), Splice::insert(Place::gap(170, 0), 12)])
                .unwrap();
        let moved = move_ranges(&presentation.ranges, &|file| (file == ["v/a.mp4"]).then_some(&shape));
        assert_eq!((&moved.stale, &moved.torn), (&vec![], &vec![]));
        let plan = manifest.plan(moved.edits).unwrap();
        let new = String::from_utf8(plan.to_vec(&RANGES.as_bytes()).unwrap()).unwrap();
        let expected = RANGES
            .replace("BYTERANGE=\"100\"", "BYTERANGE=\"108\"")
            .replace("50@120", "50@128")
            .replace("BYTERANGE:60", "BYTERANGE:60@190");
        assert_eq!(new, expected);
    }

    #[test]
    fn a_multivariant_playlist_names_playlists() {
        let text = "#EXTM3U\n#EXT-X-DEFINE:NAME=\"p\",VALUE=\"audio\"\n#EXT-X-MEDIA:TYPE=AUDIO,URI=\"{$p}/a.m3u8\"\n\
            #EXT-X-STREAM-INF:BANDWIDTH=1\n../x/v.m3u8\n#EXT-X-I-FRAME-STREAM-INF:URI=\"i.m3u8\"\n\
            #EXT-X-MEDIA:TYPE=AUDIO,NAME=\"muxed\"\n{$unknown}.m3u8\n";
        let found: Vec<_> = shown(text).into_iter().map(|(url, role, _)| (url, role)).collect();
        assert_eq!(
            found,
            [
                ("v/audio/a.m3u8".to_owned(), "playlist"),
                ("x/v.m3u8".to_owned(), "playlist"),
                ("v/i.m3u8".to_owned(), "key-frames")
            ]
        );
    }

    #[test]
    fn keys_apply_until_the_next_of_their_format() {
        let key = |format: &str| format!("#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"x\",KEYFORMAT=\"{format}\"\n");
        let text = format!(
            "#EXTM3U\n#EXT-X-MAP:URI=\"i.mp4\"\n{}{}1.m4s\n{}2.m4s\n#EXT-X-KEY:METHOD=NONE\n3.m4s\n",
            key("a"),
            key("b"),
            key("a")
        );
        let (_, presentation) = read(&text);
        let keys: Vec<&[usize]> = presentation.references.iter().map(|r| &r.descriptors[..]).collect();
        // The initialisation section is for all of them.
        assert_eq!(keys, [&[0, 1, 2][..], &[0, 1], &[1, 2], &[]]);
        assert_eq!(presentation.references[3].init, Some(0));
    }

    #[test]
    fn what_cannot_be_followed_is_said() {
        let (_, presentation) = read("#EXTM3U\n#EXT-X-BYTERANGE:5\na.ts\n#EXT-X-BYTERANGE:x\na.ts\n");
        let odd: Vec<_> = presentation.oddities.iter().map(|odd| odd.kind.to_string()).collect();
        assert_eq!(
            odd,
            [
                "a byte range has no offset, and none of the same file stands before it",
                "\"x\" is no byte range: expected length@first"
            ]
        );
    }
}
