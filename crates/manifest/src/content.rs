//! What a text holds, whatever is due there.
//!
//! ```text
//!   ContentProtectionData   base64 of elements     by the specification
//!                           base64 of an object, of a box      from key servers that took the name for a type
//!                           the elements, escaped or in CDATA  from programs that forgot the base64
//!   PSSH, SmoothStreamingProtectionHeaderData      base64 of a box, of an object
//!                           base64 of an element around it
//!   "pssh": "…"             any of these: a key server's answer in JSON
//! ```

use crate::collect::{Collector, Holder, Reader, place};
use crate::embedded::Embedded;
use crate::error::Result;
use crate::found::Form;
use crate::oddity::OddityKind;
use crate::unread::UnreadKind;
use crate::value::Value;
use crate::{header_text, m3u8, protection};
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
        if let Some(read) = reader_of(text) {
            if !matches!(due, Due::Nothing) {
                let odd = "a text is written as it is where base64 is due";
                self.oddities.add(OddityKind::Shape(odd), start);
            }
            return self.embedded(holder, embedded, read);
        }
        if matches!(due, Due::Nothing) {
            return self.base64_in(holder, embedded);
        }
        let (value, decoded) = self.decode(holder)?;
        let at = place(&value, holder.start);
        let bytes = match (decoded, due) {
            (Ok(bytes), _) => bytes,
            (Err(why), Due::Text(_)) => {
                let system =
                    holder.descriptor.and_then(|index| self.descriptors.get(index)).and_then(|d| d.system);
                let range = if value.range().is_empty() { at..at } else { value.range() };
                return self.unread(holder.path.clone(), &range, system, UnreadKind::Base64(why));
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
        match (due, core::str::from_utf8(&bytes).ok().and_then(|text| reader_of(text.trim()))) {
            (Due::Object, Some(read)) => {
                let odd = "base64 of elements or lines is there where that of an object is due";
                self.oddities.add(OddityKind::Shape(odd), at);
                self.nested(holder, value, bytes, read)
            }
            (Due::Text(read), _) => self.nested(holder, value, bytes, read),
            (Due::Object | Due::Nothing, _) => self.decoded_object(holder, value, Ok(bytes)),
        }
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

    /// Base64 in a text that is about anything: an object or a box is one by what it is.
    fn base64_in(&mut self, holder: &Holder, embedded: &Embedded) -> Result<()> {
        // The shortest box has 32 bytes. Keys and key IDs are shorter, and are not looked at.
        const SHORTEST: usize = 40;
        let text = embedded.text().trim();
        let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/-_=%\r\n\t ".contains(c);
        if text.len() < SHORTEST || !text.chars().all(is_base64) {
            return Ok(());
        }
        self.embedded(holder, embedded, |inside| {
            let text = inside.text.as_str();
            let pieces = core::iter::once(0..text.len());
            let holder = Holder {
                form: Form::Text,
                path: String::new(),
                start: 0,
                pieces: pieces.collect(),
                descriptor: None,
            };
            let Some((value, bytes)) = inside.try_decode(&holder)? else { return Ok(()) };
            if is_object(&bytes) {
                return inside.decoded_object(&holder, value, Ok(bytes));
            }
            match core::str::from_utf8(&bytes).ok().and_then(|text| reader_of(text.trim())) {
                Some(read) => inside.nested(&holder, value, bytes, read),
                None => Ok(()),
            }
        })
    }
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
