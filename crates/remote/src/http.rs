//! Opening what is behind an address.
//!
//! ```text
//!   GET bytes 0..64 KiB ──206──▶ Ranged          further spans as they are asked for, of the same entity tag
//!                       ──200──▶ bytes           the server knows no ranges: read once, up to 64 MiB
//!                       ──206 compressed──▶ GET  parts of something compressed are of no use: the whole, unpacked
//! ```

use crate::client::{Answer, At, Client, MAX_WHOLE};
use crate::ranged::{Ranged, Ranges};
use crate::{Address, Error, Result};
use bytes::Bytes;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use prkit_plan::{Source, Span};
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};
use ureq::http::header;

/// What the first request asks for: a header, an index, most initialisation segments as a whole.
const FIRST: u64 = 64 * 1024;

/// Something behind an address, opened.
pub struct Opened {
    /// Its bytes.
    pub source: Arc<dyn Source + Send + Sync>,
    /// Where it is, behind all redirects: what it refers to is seen from there.
    pub address: Address,
}

impl Client {
    /// Opens what somebody named.
    ///
    /// # Errors
    ///
    /// What the server answers, and what stands in the way to it.
    pub fn open(self: &Arc<Self>, address: &Address) -> Result<Opened> {
        self.open_at(self.name(address))
    }

    /// Opens what a document refers to.
    ///
    /// # Errors
    ///
    /// [`Error::OtherHost`], [`Error::Local`]; else as for [`open`](Self::open).
    pub fn follow(self: &Arc<Self>, address: &Address) -> Result<Opened> {
        self.open_at(self.refer(address)?)
    }

    fn open_at(self: &Arc<Self>, named: At) -> Result<Opened> {
        let first = Span::new(0, FIRST);
        let answer = self.get(&named, Some(first))?;
        let address = answer.at.address.clone();
        let part = Part::of(&answer).filter(|part| part.span.start() == 0 && !part.span.is_empty());
        let source: Arc<dyn Source + Send + Sync> = match (answer.status, part) {
            (206, Some(part)) if answer.encoding().is_none() => {
                if !part.is_all_of(&answer) {
                    return Err(part.unasked(first));
                }
                let tag = Tag::of(&answer);
                let now = Mutex::new(answer.at);
                let parts = Parts { client: Arc::clone(self), named, now, tag, len: part.total };
                Arc::new(Ranged::new(parts, &answer.body))
            }
            (200, _) => Arc::new(unpacked(answer)?),
            // An empty file has no first byte.
            (416, _) if answer.header(header::CONTENT_RANGE) == Some("bytes */0") => Arc::new(Bytes::new()),
            _ => {
                let whole = self.get(&answer.at, None)?;
                if whole.status != 200 {
                    return Err(Error::Status(whole.status));
                }
                Arc::new(unpacked(whole)?)
            }
        };
        Ok(Opened { source, address })
    }
}

/// The bytes of a whole body.
fn unpacked(answer: Answer) -> Result<Bytes> {
    match answer.encoding() {
        None => Ok(answer.body.into()),
        Some(encoding) => decoded(&answer.body, &encoding.to_ascii_lowercase()),
    }
}

/// The bytes of a compressed body.
fn decoded(body: &[u8], encoding: &str) -> Result<Bytes> {
    let mut decoder: Box<dyn Read + '_> = match encoding {
        "gzip" | "x-gzip" => Box::new(MultiGzDecoder::new(body)),
        // Some servers leave out the zlib header that RFC 9110 asks for.
        "deflate" if body.first().is_some_and(|first| first & 0x0F == 8) => Box::new(ZlibDecoder::new(body)),
        "deflate" => Box::new(DeflateDecoder::new(body)),
        other => {
            return Err(Error::Encoding(other.chars().filter(char::is_ascii_graphic).take(40).collect()));
        }
    };
    let mut bytes = Vec::new();
    decoder.by_ref().take(MAX_WHOLE.saturating_add(1)).read_to_end(&mut bytes).map_err(Error::Compressed)?;
    if u64::try_from(bytes.len()).is_ok_and(|len| len > MAX_WHOLE) {
        return Err(Error::TooLong { limit: MAX_WHOLE });
    }
    Ok(bytes.into())
}

/// `Content-Range: bytes 0-65535/2148315218`
#[derive(Clone, Copy)]
pub(crate) struct Part {
    pub(crate) span: Span,
    pub(crate) total: u64,
}

impl Part {
    pub(crate) fn of(answer: &Answer) -> Option<Self> {
        Self::parse(answer.header(header::CONTENT_RANGE)?)
    }

    /// `None` for what is no range, also where the server does not know how long the whole is.
    fn parse(text: &str) -> Option<Self> {
        let (range, total) = text.trim().strip_prefix("bytes")?.trim_start().split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let (first, last): (u64, u64) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        let (end, total) = (last.checked_add(1)?, total.trim().parse().ok()?);
        (first < end && end <= total).then(|| Self { span: Span::new(first, end), total })
    }

    /// Whether the body is as long as it says.
    pub(crate) fn is_all_of(self, answer: &Answer) -> bool {
        u64::try_from(answer.body.len()) == Ok(self.span.len())
    }

    pub(crate) fn unasked(self, asked: Span) -> Error {
        Error::Range { asked, answered: format!("bytes {} of {}", self.span, self.total) }
    }
}

/// What a version is known by.
#[derive(PartialEq, Eq)]
struct Tag {
    entity: Option<String>,
    modified: Option<String>,
}

impl Tag {
    fn of(answer: &Answer) -> Self {
        let text = |name| answer.header(name).map(str::to_owned);
        Self { entity: text(header::ETAG), modified: text(header::LAST_MODIFIED) }
    }

    /// Servers behind one name may leave one of the two out.
    fn is_other(&self, now: &Self) -> bool {
        let differs = |a: &Option<String>, b: &Option<String>| a.is_some() && b.is_some() && a != b;
        differs(&self.entity, &now.entity) || self.entity.is_none() && differs(&self.modified, &now.modified)
    }
}

/// The parts of one file on a server.
struct Parts {
    client: Arc<Client>,
    named: At,
    /// Where redirects led to the last time. Such addresses may be signed for some minutes.
    now: Mutex<At>,
    tag: Tag,
    len: u64,
}

impl Parts {
    fn now(&self) -> At {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn get(&self, span: Span) -> Result<Answer> {
        let now = self.now();
        let answer = self.client.get(&now, Some(span));
        if now == self.named || !matches!(answer, Err(Error::Denied(_) | Error::Missing(_))) {
            return answer;
        }
        let answer = self.client.get(&self.named, Some(span))?;
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = answer.at.clone();
        Ok(answer)
    }
}

impl Ranges for Parts {
    fn len(&self) -> u64 {
        self.len
    }

    fn fetch(&self, span: Span) -> io::Result<Vec<u8>> {
        let answer = self.get(span)?;
        if self.tag.is_other(&Tag::of(&answer)) || answer.status == 416 {
            return Err(Error::Changed.into());
        }
        let Some(part) = Part::of(&answer).filter(|_| answer.status == 206 && answer.encoding().is_none())
        else {
            let answered = "something that is no part of the file".to_owned();
            return Err(Error::Range { asked: span, answered }.into());
        };
        if part.total != self.len {
            return Err(Error::Changed.into());
        }
        if part.span != span || !part.is_all_of(&answer) {
            return Err(part.unasked(span).into());
        }
        Ok(answer.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compressed_bodies_are_unpacked_up_to_a_bound() {
        use flate2::Compression;
        use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
        use std::io::Write as _;
        let text = b"<MPD/>".repeat(1000);
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(&text).unwrap();
        let gzip = gzip.finish().unwrap();
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(&text).unwrap();
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::fast());
        raw.write_all(&text).unwrap();
        assert_eq!(decoded(&gzip, "gzip").unwrap(), text);
        assert_eq!(decoded(&[&gzip[..], &gzip[..]].concat(), "x-gzip").unwrap(), text.repeat(2));
        assert_eq!(decoded(&zlib.finish().unwrap(), "deflate").unwrap(), text);
        assert_eq!(decoded(&raw.finish().unwrap(), "deflate").unwrap(), text);
        assert!(matches!(decoded(&gzip[..gzip.len() - 1], "gzip"), Err(Error::Compressed(_))));
        assert!(matches!(decoded(&gzip, "br"), Err(Error::Encoding(encoding)) if encoding == "br"));
        let mut bomb = GzEncoder::new(Vec::new(), Compression::fast());
        let zeros = vec![0; 1024 * 1024];
        (0..65).for_each(|_| bomb.write_all(&zeros).unwrap());
        assert!(matches!(decoded(&bomb.finish().unwrap(), "gzip"), Err(Error::TooLong { limit: MAX_WHOLE })));
    }

    #[test]
    fn a_content_range_is_read_or_is_none() {
        let parse =
            |text: &str| Part::parse(text).map(|part| (part.span.start(), part.span.end(), part.total));
        assert_eq!(parse("bytes 0-65535/2148315218"), Some((0, 65536, 2_148_315_218)));
        assert_eq!(parse("bytes 5-5/6"), Some((5, 6, 6)));
        for none in [
            "bytes */0",
            "bytes 0-9/*",
            "bytes 5-4/9",
            "bytes 0-9/9",
            "items 0-1/2",
            "bytes 0-18446744073709551615/1",
        ] {
            assert_eq!(parse(none), None, "{none}");
        }
    }

    #[test]
    fn a_version_is_known_by_its_entity_tag_or_else_by_its_time() {
        let tag = |entity: &str, modified: &str| {
            let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            Tag { entity: some(entity), modified: some(modified) }
        };
        assert!(tag("a", "").is_other(&tag("b", "")));
        assert!(!tag("a", "1").is_other(&tag("a", "2")));
        assert!(tag("", "1").is_other(&tag("", "2")));
        assert!(!tag("a", "1").is_other(&tag("", "1")));
    }
}
