//! What a text holds, whatever is due there.
//!
//! ```text
//!   ContentProtectionData   base64 of elements     by the specification
//!                           base64 of an object, of a box      from key servers that took the name for a type
//!                           the elements, escaped or in CDATA  from programs that forgot the base64
//!   PSSH, SmoothStreamingProtectionHeaderData      base64 of a box, of an object
//!                           base64 of an element around it
//!   "pssh": "…"             any of these, hex digits, JSON, and base64 of any: a key server's answer
//! ```

use crate::collect::{Collector, Holder, Reader, place};
use crate::embedded::Embedded;
use crate::error::Result;
use crate::found::Form;
use crate::limits::MAX_TEXTS;
use crate::oddity::OddityKind;
use crate::unread::{NOT_UNDERSTOOD, UnreadKind};
use crate::value::Value;
use crate::{answer, header_text, hex, m3u8, protection};
use bytes::Bytes;
use prkit_playready::{Object, Payload, SystemId};

/// What is due.
#[derive(Clone, Copy)]
pub(crate) enum Due {
    /// Base64 of an object, or of boxes.
    Object,
    /// Base64 of a text in which this finds something.
    Text(Reader),
    /// Nothing in particular: what is not understood is none of ours.
    Nothing,
}

impl Collector<'_> {
    /// Adds what is in a text, in the form that it has. An empty one is a request, and has nothing.
    pub(crate) fn content(&mut self, holder: &Holder, due: Due) -> Result<()> {
        let embedded = Embedded::of_element(self.text.as_str(), &holder.pieces);
        self.content_of(holder, &embedded, due)
    }

    pub(crate) fn content_of(&mut self, holder: &Holder, embedded: &Embedded, due: Due) -> Result<()> {
        let text = embedded.text().trim();
        if text.is_empty() {
            return Ok(());
        }
        let start = holder.pieces.first().map_or(holder.start, |piece| piece.start);
        if text.starts_with("<WRMHEADER") {
            if !matches!(due, Due::Nothing) {
                let odd = "the text of a header is there where base64 of an object is due";
                self.oddities.add(OddityKind::Shape(odd), start);
            }
            return self.header_in(holder, embedded);
        }
        // Escaped once more than the text around it: an element of an answer that was put into JSON, or into CDATA.
        if matches!(due, Due::Nothing) && text.starts_with("&lt;") {
            return self.embedded(holder, embedded, read_whole);
        }
        let reader = match due {
            Due::Nothing => reader_of_answer(text),
            _ => reader_of(text),
        };
        if let Some(read) = reader {
            if !matches!(due, Due::Nothing) {
                let odd = "a text is written as it is where base64 is due";
                self.oddities.add(OddityKind::Shape(odd), start);
            }
            let known = self.tally(holder);
            self.embedded(holder, embedded, read)?;
            return if matches!(due, Due::Nothing) { Ok(()) } else { self.understood(holder, start, known) };
        }
        if matches!(due, Due::Nothing) {
            return self.encoded_in(holder, embedded);
        }
        let (value, decoded) = self.decode(holder)?;
        let at = place(&value, holder.start);
        let bytes = match (decoded, due) {
            (Ok(bytes), _) => bytes,
            (Err(why), Due::Text(_)) => {
                let system =
                    holder.descriptor.and_then(|index| self.descriptors.get(index)).and_then(|d| d.system);
                let range = if value.range().is_empty() { at..at } else { value.range() };
                return self.unread(holder.path.clone(), &range, system, UnreadKind::Base64(why.to_string()));
            }
            (decoded, _) => return self.decoded_object(holder, value, decoded),
        };
        if is_object(&bytes) {
            if matches!(due, Due::Text(_)) {
                let odd = "an object is there where base64 of elements or lines is due";
                self.oddities.add(OddityKind::Shape(odd), at);
            }
            // Elements have either form; the one that it has is said once.
            let is_element = holder.form == Form::CencPssh && matches!(due, Due::Text(_));
            let form = if is_element && !crate::slot::is_box(&bytes) { Form::MsprPro } else { holder.form };
            let (path, pieces) = (holder.path.clone(), holder.pieces.clone());
            let holder = Holder { form, path, pieces, ..*holder };
            return self.decoded_object(&holder, value, Ok(bytes));
        }
        let known = self.tally(holder);
        match (due, core::str::from_utf8(&bytes).ok().and_then(|text| reader_of(text.trim()))) {
            (Due::Object, Some(read)) => {
                let odd = "base64 of elements or lines is there where that of an object is due";
                self.oddities.add(OddityKind::Shape(odd), at);
                self.nested(holder, value, bytes, read)?;
            }
            (Due::Text(read), _) => self.nested(holder, value, bytes, read)?,
            (Due::Object | Due::Nothing, _) => return self.decoded_object(holder, value, Ok(bytes)),
        }
        self.understood(holder, at, known)
    }

    /// How much of a document is read so far: what it adds to that tells whether a text was understood.
    fn tally(&self, holder: &Holder) -> usize {
        let around = holder.descriptor.and_then(|index| self.descriptors.get(index));
        let inside = around.map_or(0, |descriptor| descriptor.inside.len());
        [self.objects.len(), self.unread.len(), self.license_urls.len(), inside].iter().sum()
    }

    /// Says of a text in which nothing was found that it is left: it is PlayReady's by its place, and no request.
    fn understood(&mut self, holder: &Holder, at: usize, known: usize) -> Result<()> {
        let system = holder.descriptor.and_then(|index| self.descriptors.get(index)).and_then(|d| d.system);
        if self.tally(holder) > known || system.is_some_and(|system| !system.is_playready()) {
            return Ok(());
        }
        let end = holder.pieces.last().map_or(at, |piece| piece.end.max(at));
        self.oddities.add(OddityKind::Shape(NOT_UNDERSTOOD), at);
        self.unread(holder.path.clone(), &(at..end), system, UnreadKind::NotUnderstood)
    }

    /// The text of a header, as it is or escaped.
    fn header_in(&mut self, holder: &Holder, embedded: &Embedded) -> Result<()> {
        let text = embedded.text();
        let margin = text.len().saturating_sub(text.trim_start().len());
        let range = header_text::leading(text.trim_start())
            .map(|range| margin.saturating_add(range.start)..margin.saturating_add(range.end));
        let (Some(range), [_]) = (range, holder.pieces.as_slice()) else {
            let hidden = UnreadKind::Hidden("the text of a PlayReady header");
            let start = holder.pieces.first().map_or(holder.start, |piece| piece.start);
            let end = holder.pieces.last().map_or(start, |piece| piece.end);
            return self.unread(holder.path.clone(), &(start..end), Some(SystemId::PLAYREADY), hidden);
        };
        let bytes = Bytes::copy_from_slice(text.get(range.clone()).unwrap_or_default().as_bytes());
        let value = Value::written(self.text.as_str(), embedded, &range);
        self.held(holder, value, bytes)
    }

    /// Base64 or hex digits in a text that is about anything: an object or a box is one by what it is, and so is a text
    /// in which there is one.
    fn encoded_in(&mut self, holder: &Holder, embedded: &Embedded) -> Result<()> {
        if decoded(embedded.text()).is_none_or(|bytes| !leads_to_object(&bytes, 0)) {
            return Ok(());
        }
        self.embedded(holder, embedded, read_encoded)
    }
}

/// Bytes that a text may be, and that are long enough for an object.
fn decoded(text: &str) -> Option<Vec<u8>> {
    // The shortest box has 32 bytes. Keys and key IDs are shorter, and are not looked at.
    const SHORTEST: usize = 40;
    let text = text.trim();
    if text.len() < SHORTEST {
        return None;
    }
    if let Some(digits) = hex::digits_of(text) {
        return hex::from_hex(digits);
    }
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/-_=%\r\n\t ".contains(c);
    if !text.chars().all(is_base64) {
        return None;
    }
    Value::at(text, core::iter::once(0..text.len())).decode(text).ok()
}

/// Whether bytes are an object, or text that holds one in its turn.
fn leads_to_object(bytes: &[u8], depth: usize) -> bool {
    if is_object(bytes) {
        return true;
    }
    let Some(text) = core::str::from_utf8(bytes).ok().filter(|_| depth < MAX_TEXTS) else { return false };
    reader_of_answer(text.trim()).is_some()
        || decoded(text).is_some_and(|bytes| leads_to_object(&bytes, depth.saturating_add(1)))
}

/// Finds what is in a text that is nothing but base64, or hex digits.
fn read_encoded(found: &mut Collector<'_>) -> Result<()> {
    let text = found.text.as_str();
    let holder = Holder {
        form: Form::Text,
        path: String::new(),
        start: 0,
        pieces: core::iter::once(0..text.len()).collect(),
        descriptor: None,
    };
    let in_hex = hex::digits_of(text).and_then(|digits| {
        let start = text.find(digits)?;
        let value = Value::hex(text, start..start.saturating_add(digits.len()));
        Some((value, Bytes::from(hex::from_hex(digits)?)))
    });
    let decoded = match in_hex {
        Some(decoded) => Some(decoded),
        None => found.try_decode(&holder)?,
    };
    // What would be written otherwise than it is, as base64 in quoted-printable, is left to be found and named.
    let is_exact =
        |(value, bytes): &(Value, Bytes)| Some(value.encode(bytes).as_str()) == text.get(value.range());
    let Some((value, bytes)) = decoded.filter(is_exact) else { return Ok(()) };
    if is_object(&bytes) {
        return found.held(&holder, value, bytes);
    }
    let Ok(text) = core::str::from_utf8(&bytes) else { return Ok(()) };
    let read = reader_of_answer(text.trim()).unwrap_or(read_encoded);
    found.nested(&holder, value, bytes, read)
}

/// Finds what is in a text that is one text of XML.
fn read_whole(found: &mut Collector<'_>) -> Result<()> {
    let text = found.text.as_str();
    let pieces = core::iter::once(0..text.len()).collect();
    let holder = Holder { form: Form::Text, path: String::new(), start: 0, pieces, descriptor: None };
    found.content(&holder, Due::Nothing)
}

/// What finds objects in a text that begins like this.
fn reader_of(text: &str) -> Option<Reader> {
    if text.starts_with("#EXT") {
        return Some(m3u8::read);
    }
    if text.get(..5).is_some_and(|head| head.eq_ignore_ascii_case("data:")) {
        return Some(m3u8::read_uri);
    }
    let begins = |c: char| c.is_alphabetic() || matches!(c, '_' | '?' | '!');
    let is_element = text.strip_prefix('<').is_some_and(|rest| rest.starts_with(begins));
    is_element.then_some(protection::read)
}

/// The same for a part of a key service's answer, which may be JSON again: that of Widevine's API is, in base64.
fn reader_of_answer(text: &str) -> Option<Reader> {
    let is_json = text.starts_with(['{', '[']) && text.contains('"');
    let read: Reader = answer::read_json;
    reader_of(text).or_else(|| is_json.then_some(read))
}

/// Whether bytes are boxes, or a PlayReady Object or header.
pub(crate) fn is_object(bytes: &[u8]) -> bool {
    let is_header = |name: &str| matches!(name, "WRMHEADER" | "WRHEADER");
    if crate::slot::is_box(bytes) {
        return true;
    }
    match Payload::parse(bytes) {
        Ok(Payload::Object(object)) => object.header().is_ok() || is_store(&object),
        Ok(Payload::Header(header)) => header.root_name().is_some_and(is_header),
        Ok(Payload::Nested(_)) => true,
        Err(_) => false,
    }
}

/// A license store alone, in an object whose numbers are right.
fn is_store(object: &Object<'_>) -> bool {
    object.oddities().is_empty() && object.store().is_some()
}
