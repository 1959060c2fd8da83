//! PlayReady Headers (PRH spec 3).
//!
//! ```text
//!   <WRMHEADER xmlns="http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader" version="4.3.0.0">
//!     <DATA>
//!       <PROTECTINFO><KIDS><KID ALGID="AESCTR" VALUE="…"></KID></KIDS></PROTECTINFO>      kid.rs
//!       <LA_URL>…</LA_URL> <LUI_URL>…</LUI_URL> <DS_ID>…</DS_ID>                          field.rs
//!       <CUSTOMATTRIBUTES>…</CUSTOMATTRIBUTES> <DECRYPTORSETUP>ONDEMAND</DECRYPTORSETUP>
//!     </DATA>
//!   </WRMHEADER>
//! ```
//!
//! A header is never written again as a whole. `text.rs` turns its bytes into text, `scan.rs` and `attribute.rs` find
//! its tags, `outline.rs` its elements, `edit/` splices. `syntax/` knows straight text from crooked, `needs.rs` what each version
//! can say. 39 real headers have 19 different orders of children: whoever re-serialises, changes them.

mod attribute;
mod build;
mod cursor;
mod edit;
mod escape;
mod field;
mod foreign;
mod fragment;
pub(crate) mod grammar;
mod index;
mod kid;
mod needs;
mod outline;
#[cfg(test)]
pub(crate) mod samples;
mod scan;
mod structure;
pub(crate) mod syntax;
mod text;
mod version;

pub(crate) use attribute::Attribute;
pub(crate) use build::NAMESPACE;
pub use build::NewHeader;
pub use edit::{Change, Checksums, Edit, KeyEdits, Requested, Revision, VersionChoice};
pub(crate) use edit::{insert, is_absolute, is_invisible, remove};
pub(crate) use escape::attribute_value;
pub use escape::{reference, unescape};
pub use field::Field;
pub use kid::{Algorithm, Kid};
pub(crate) use needs::Needs;
pub(crate) use outline::{Closed, Element, Outline, local_name};
pub(crate) use scan::Markup;
pub(crate) use structure::{Misfit, MisfitKind, version_name};
pub use text::Encoding;
pub(crate) use text::{TextSplice, merged, utf16_len};
pub use version::Version;

use crate::{Error, ErrorKind, KeyId, Payload, Result};
use core::cell::LazyCell;
use core::ops::Range;
use escape::SPACE;
use index::Index;
use std::borrow::Cow;
use std::sync::OnceLock;
use text::Text;

/// The text of a header, and where its elements stand.
#[derive(Clone, Debug)]
pub struct Header<'a> {
    text: Text<'a>,
    outline: Outline,
    index: OnceLock<Index>,
}

impl<'a> Header<'a> {
    /// Reads header bytes of any encoding, well-formed or not.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoElement`] when the text does not even begin with `<`. A header that is cut in its first tag
    /// can be looked at, and has no elements.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        let text = Text::decode(bytes);
        if !text.as_str().trim_start_matches(is_margin).starts_with('<') {
            return Err(Error::new(ErrorKind::NoElement));
        }
        let mut outline = Outline::of(text.as_str());
        outline.mark_foreign(text.as_str());
        Ok(Self { text, outline, index: OnceLock::new() })
    }

    /// Reads the first header of a payload.
    ///
    /// # Errors
    ///
    /// Those of [`Payload::parse`] and [`Payload::header`].
    pub fn of_payload(bytes: &'a [u8]) -> Result<Self> {
        Payload::parse(bytes)?.into_header()
    }

    /// The header's bytes.
    pub const fn bytes(&self) -> &'a [u8] {
        self.text.raw()
    }

    /// The whole text, without a byte order mark; what could not be decoded is U+FFFD.
    pub fn as_str(&self) -> &str {
        self.text.as_str()
    }

    /// How the text is written down.
    pub const fn encoding(&self) -> Encoding {
        self.text.encoding()
    }

    /// Whether a byte order mark stands in front.
    pub const fn has_byte_order_mark(&self) -> bool {
        self.text.has_bom()
    }

    /// The root element's local name; `WRMHEADER` in a right header.
    pub fn root_name(&self) -> Option<&str> {
        self.outline.get(0).map(|root| local_name(self.as_str(), root))
    }

    /// Whether the root element is that of a header: `WRHEADER` is a typo that shipped (nginx-vod-module issue 1323).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OtherRoot`] with the name that is there. Text that is cut in its first tag has none, and passes.
    pub fn check_root(&self) -> Result<()> {
        match self.root_name() {
            None | Some("WRMHEADER" | "WRHEADER") => Ok(()),
            Some(other) => Err(Error::new(ErrorKind::OtherRoot { name: other.chars().take(80).collect() })),
        }
    }

    /// Whether it could take the place of another header: its root is in no other namespace, and it has `DATA`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OtherRoot`], [`ErrorKind::OtherNamespace`] or [`ErrorKind::NoData`].
    pub fn check_complete(&self) -> Result<()> {
        self.check_root()?;
        let (text, Some(root)) = (self.as_str(), self.outline.get(0)) else {
            return Err(ErrorKind::NoData.into());
        };
        let name = text.get(root.name.clone()).unwrap_or_default();
        let prefix =
            name.split_once(':').map_or_else(|| "xmlns".to_owned(), |(prefix, _)| format!("xmlns:{prefix}"));
        let declared = self.outline.find_attribute(text, root, &prefix);
        if let Some(value) = declared.and_then(|attribute| text.get(attribute.value.clone())) {
            let namespace = attribute_value(value);
            if namespace != NAMESPACE {
                let namespace = namespace.chars().take(200).collect();
                return Err(ErrorKind::OtherNamespace { namespace }.into());
            }
        }
        let is_data = |element: &Element| {
            element.parent == Some(0) && !element.is_foreign && local_name(text, element) == "DATA"
        };
        if self.outline.elements().iter().any(is_data) { Ok(()) } else { Err(ErrorKind::NoData.into()) }
    }

    /// The `version` attribute of the root.
    pub fn version(&self) -> Option<Version> {
        let root = self.outline.get(0)?;
        self.outline.attribute(self.as_str(), root, "version").map(|version| Version::from_text(&version))
    }

    /// What an element says, without white space around; `CUSTOMATTRIBUTES` verbatim. The first one counts that is where its
    /// version has it, as for clients; where none is, the first one at all.
    pub fn value(&self, field: Field) -> Option<Cow<'_, str>> {
        let element = self.own(field.element())?;
        Some(match field {
            Field::CustomAttributes => Cow::Borrowed(self.as_str().get(element.content.clone())?),
            _ => self.text_of(element),
        })
    }

    /// `LICENSEREQUESTED` of `PROTECTINFO` (PRH spec of 2021, 3.3; read by clients from 4.5).
    pub fn license_requested(&self) -> Option<Cow<'_, str>> {
        let element = self.own("PROTECTINFO")?;
        self.outline.attribute(self.as_str(), element, "LICENSEREQUESTED")
    }

    /// The key ids it names that can be read, in order.
    pub fn key_ids(&self) -> Vec<KeyId> {
        self.kids().iter().filter_map(|kid| kid.id).collect()
    }

    /// The keys it names, in order: those that are where its version has them, as for clients; where none is, all.
    pub fn kids(&self) -> Vec<Kid> {
        let all = self.all_kids();
        if all.len() < 2 {
            return all;
        }
        all.into_iter().zip(self.kids_read()).filter_map(|(kid, is_read)| is_read.then_some(kid)).collect()
    }

    /// For each of [`all_kids`](Self::all_kids), whether clients read it.
    pub(crate) fn kids_read(&self) -> Vec<bool> {
        let mut read: Vec<bool> = self.find("KID").map(|element| self.is_placed(element, "KID")).collect();
        if !read.contains(&true) {
            read.fill(true);
        }
        read
    }

    /// One for each element of that name, wherever it is.
    pub(crate) fn all_kids(&self) -> Vec<Kid> {
        let text = self.as_str();
        let is_4_0 = self.level() == 0;
        let said = |name| self.own(name).map(|element| self.text_of(element).into_owned());
        // Of a header full of keys, they are searched once.
        let said_algorithm = LazyCell::new(|| said("ALGID"));
        let said_checksum = LazyCell::new(|| said("CHECKSUM"));
        self.find("KID")
            .map(|element| {
                let attribute = |name| self.outline.attribute(text, element, name).map(Cow::into_owned);
                let value = self.outline.attribute(text, element, "VALUE");
                let own = self.text_of(element);
                let (value, algorithm, checksum) = match value.filter(|_| !is_4_0 || own.is_empty()) {
                    // Not allowed, but clear: what the attributes do not say, the elements do.
                    Some(value) if is_4_0 => (
                        trimmed(value),
                        attribute("ALGID").or_else(|| said_algorithm.clone()),
                        attribute("CHECKSUM").or_else(|| said_checksum.clone()),
                    ),
                    Some(value) => (trimmed(value), attribute("ALGID"), attribute("CHECKSUM")),
                    // Version 4.0: the value is the text, the rest is in elements beside it.
                    None => (own, said_algorithm.clone(), said_checksum.clone()),
                };
                Kid {
                    id: KeyId::from_guid_base64(&value),
                    base64: value.into_owned(),
                    algorithm: algorithm.as_deref().map(Algorithm::from_text),
                    checksum,
                }
            })
            .collect()
    }

    /// The elements.
    pub(crate) const fn outline(&self) -> &Outline {
        &self.outline
    }

    /// The version's place among the known ones; a header without one is read like 4.0.
    pub(crate) fn level(&self) -> u8 {
        self.index().level()
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::of(self.text.as_str(), &self.outline))
    }

    /// Whether every tag has its partner: then what is put between two of them is there for every reader.
    pub fn is_whole(&self) -> bool {
        self.index().is_whole()
    }

    /// Whether its root element has an end of some kind.
    pub(crate) fn is_closed(&self) -> bool {
        self.outline.get(0).is_some_and(|root| root.closed != Closed::Not && !root.cut)
    }

    /// What stands behind its root element, but for white space and zeros.
    pub fn behind_root(&self) -> &str {
        let end = self.outline.get(0).map_or(0, |root| root.end);
        self.as_str().get(end..).unwrap_or_default().trim_matches(is_margin)
    }

    /// UTF-16 units in front of an offset of the text.
    pub(crate) fn units_before(&self, offset: usize) -> usize {
        self.text.units_before(offset)
    }

    /// Where the character at an offset of the text stands in the bytes.
    pub(crate) fn byte_offset(&self, text: usize) -> usize {
        self.text.raw_offset(text)
    }

    /// The bytes in little-endian UTF-16, without mark and zeros; `None` where they are no text.
    pub(crate) fn straight_bytes(&self) -> Option<Vec<u8>> {
        self.text.straight()
    }

    /// Whether something could not be decoded.
    pub(crate) fn is_lossy(&self) -> bool {
        self.text.is_lossy()
    }

    /// What an element or one of its attributes says: where it is written.
    pub(crate) fn value_span(&self, element: &Element, attribute: Option<&str>) -> Range<usize> {
        attribute.and_then(|name| self.outline.find_attribute(self.as_str(), element, name)).map_or_else(
            || if element.content.is_empty() { element.span() } else { element.content.clone() },
            |found| found.value.clone(),
        )
    }

    /// A splice that empties an element.
    pub(crate) const fn cleared(element: &Element) -> TextSplice {
        TextSplice { range: element.content.start..element.content.end, put: String::new() }
    }

    /// What an element says, without white space around: up to its first child, or else behind one. Where nobody closed
    /// it, what was meant to stand behind it are its children.
    pub(crate) fn text_of(&self, element: &Element) -> Cow<'_, str> {
        let end = element.content.end;
        let mut at = element.content.start;
        loop {
            let child = self.outline.next(at).filter(|child| child.start < end);
            let until = child.map_or(end, |child| child.start);
            let said = trimmed(unescape(self.as_str().get(at..until).unwrap_or_default()));
            match child.filter(|_| said.is_empty() && element.closed == Closed::Explicitly) {
                Some(child) => at = child.end,
                None => return said,
            }
        }
    }

    /// Whether nothing is in an element, not even another one.
    pub(crate) fn is_hollow(&self, element: &Element) -> bool {
        let raw = self.as_str().get(element.content.clone()).unwrap_or_default();
        self.outline.first_child(element).is_none() && unescape(raw).trim_matches(SPACE).is_empty()
    }

    /// Elements of a local name, wherever they stand but in `CUSTOMATTRIBUTES`, whose content is not ours, and in whatever
    /// namespace but a foreign one.
    ///
    /// An old Shaka Packager wrote `LA_URL` behind `DATA` (shaka-packager issue 961), so the parent is not asked.
    pub(crate) fn find<'h>(&'h self, name: &str) -> impl Iterator<Item = &'h Element> + use<'h, 'a> {
        self.index().find(name).iter().filter_map(|(_, at)| self.outline.get(*at))
    }
}

const fn is_margin(c: char) -> bool {
    c.is_whitespace() || c == '\0' || c == '\u{FEFF}'
}

fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_matches(is_margin)),
        Cow::Owned(text) => Cow::Owned(text.trim_matches(is_margin).to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    const NS: &str = "http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader";

    fn header(version: &str, data: &str) -> Vec<u8> {
        utf16(&format!("<WRMHEADER xmlns=\"{NS}\" version=\"{version}\"><DATA>{data}</DATA></WRMHEADER>"))
    }

    #[test]
    fn a_4_0_header_has_its_key_in_elements() {
        let bytes = header(
            "4.0.0.0",
            "<PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO>\
             <KID>q5HgCTj40kGeNVhTH9Gexw==</KID><CHECKSUM>w+OZVr8vzrQ=</CHECKSUM>",
        );
        let header = Header::parse(&bytes).unwrap();
        assert_eq!(header.version(), Some(Version::V4_0));
        let kids = header.kids();
        assert_eq!(kids.len(), 1);
        assert_eq!(kids[0].id.unwrap().to_string(), "09e091ab-f838-41d2-9e35-58531fd19ec7");
        assert_eq!(kids[0].algorithm, Some(Algorithm::AesCtr));
        assert_eq!(kids[0].checksum.as_deref(), Some("w+OZVr8vzrQ="));
    }

    #[test]
    fn a_4_2_header_has_its_keys_in_attributes() {
        let bytes = header(
            "4.2.0.0",
            "<PROTECTINFO><KIDS><KID ALGID=\"AESCTR\" CHECKSUM=\"xNvWVxoWk04=\" VALUE=\"0IbHou/5s0yzM80yOkKEpQ==\"></KID>\
             <KID ALGID=\"AESCTR\" VALUE=\"/qgG2xbs4k2SKCxx6bhWqw==\"/></KIDS></PROTECTINFO>",
        );
        let kids = Header::parse(&bytes).unwrap().kids();
        assert_eq!(kids.len(), 2);
        assert_eq!(kids[0].checksum.as_deref(), Some("xNvWVxoWk04="));
        assert_eq!(kids[1].id.unwrap().to_guid_base64(), "/qgG2xbs4k2SKCxx6bhWqw==");
    }

    #[test]
    fn elements_of_the_service_are_not_ours() {
        let bytes = header(
            "4.3.0.0",
            "<CUSTOMATTRIBUTES><LA_URL>theirs</LA_URL><KID>x</KID></CUSTOMATTRIBUTES><LA_URL> https://ours?a&amp;b\n</LA_URL>",
        );
        let header = Header::parse(&bytes).unwrap();
        assert_eq!(header.value(Field::LaUrl).unwrap(), "https://ours?a&b");
        assert_eq!(header.value(Field::CustomAttributes).unwrap(), "<LA_URL>theirs</LA_URL><KID>x</KID>");
        assert_eq!(header.kids(), []);
    }

    #[test]
    fn an_element_that_is_not_closed_says_what_stands_before_the_next() {
        let bytes =
            header("4.0.0.0", "<KID>q5HgCTj40kGeNVhTH9Gexw==<LA_URL> http://a <LUI_URL>http://b</LUI_URL>");
        let header = Header::parse(&bytes).unwrap();
        assert_eq!(header.value(Field::LaUrl).unwrap(), "http://a");
        assert_eq!(header.kids()[0].base64, "q5HgCTj40kGeNVhTH9Gexw==");
    }

    #[test]
    fn a_url_outside_data_and_a_wrong_root_are_read() {
        let bytes = utf16("<WRHEADER version='4.0.0.0'><DATA></DATA><LA_URL>http://a</LA_URL></WRMHEADER>");
        let header = Header::parse(&bytes).unwrap();
        assert_eq!(header.root_name(), Some("WRHEADER"));
        assert_eq!(header.version(), Some(Version::V4_0));
        assert_eq!(header.value(Field::LaUrl).unwrap(), "http://a");
    }

    #[test]
    fn a_key_id_that_cannot_be_read_keeps_its_text() {
        let bytes = header("4.2.0.0", "<PROTECTINFO><KIDS><KID VALUE=\"short\"></KID></KIDS></PROTECTINFO>");
        let kids = Header::parse(&bytes).unwrap().kids();
        assert_eq!((kids[0].id, kids[0].base64.as_str()), (None, "short"));
    }

    #[test]
    fn license_requested_is_an_attribute_of_protectinfo() {
        let bytes = header("4.3.0.0", "<PROTECTINFO LICENSEREQUESTED=\"false\"></PROTECTINFO>");
        assert_eq!(Header::parse(&bytes).unwrap().license_requested().as_deref(), Some("false"));
    }
}
