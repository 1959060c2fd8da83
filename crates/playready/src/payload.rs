//! What stands under the PlayReady SystemID.

use crate::nested::Nested;
use crate::store::StoreChange;
use crate::{Edit, Error, ErrorKind, Framing, Header, Object, Result, Revision};

/// The payload of a `pssh` box, an `mspr:pro` element, a `ProtectionHeader`, a data URI.
#[derive(Clone, Debug)]
pub enum Payload<'a> {
    /// What the specification asks for.
    Object(Object<'a>),
    /// A bare header. Microsoft's page on packaging MP4 files shows one in `mspr:pro`; pyplayready writes them.
    Header(Header<'a>),
    /// One of these with a box, or part of one, around it.
    Nested(Nested<'a>),
}

impl<'a> Payload<'a> {
    /// Tells which it is.
    ///
    /// # Errors
    ///
    /// Says what the bytes look like instead: nothing, a key id, another box, something foreign.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        Self::parse_at(bytes, 0)
    }

    pub(crate) fn parse_at(bytes: &'a [u8], depth: u8) -> Result<Self> {
        if bytes.is_empty() {
            return Err(ErrorKind::Empty.into());
        }
        if Nested::is_one(bytes) {
            return Nested::parse(bytes, depth).map(Self::Nested);
        }
        // An object of 11,068 bytes begins with `<+`: one whose numbers are all right is one.
        if looks_like_header(bytes)
            && !Object::parse(bytes).is_ok_and(|object| object.oddities().is_empty())
            && let Ok(header) = Header::parse(bytes)
        {
            return Ok(Self::Header(header));
        }
        match Object::parse(bytes) {
            // The size of all in front of a header reads as the length of an object. The header is read only where something
            // else than an object's own numbers is in front of it: most who ask what a payload is want nothing of its text.
            Ok(object) => match Framing::of(bytes) {
                Some((framing, at)) if framing != Framing::Other && object.header().is_err() => {
                    Err(ErrorKind::Framed { at, framing }.into())
                }
                _ => Ok(Self::Object(object)),
            },
            Err(_) if bytes.len() == 16 => Err(ErrorKind::BareKeyId.into()),
            Err(error) => Err(match Framing::of(bytes) {
                Some((framing, at)) => ErrorKind::Framed { at, framing }.into(),
                None => error,
            }),
        }
    }

    /// The object, if it is one.
    pub fn object(&self) -> Option<&Object<'a>> {
        match self {
            Self::Object(object) => Some(object),
            Self::Header(_) => None,
            Self::Nested(nested) => nested.object(),
        }
    }

    /// The first header.
    ///
    /// # Errors
    ///
    /// As for [`Object::header`].
    pub fn header(&self) -> Result<&Header<'a>> {
        match self {
            Self::Object(object) => object.header(),
            Self::Header(header) => Ok(header),
            Self::Nested(nested) => nested.inner().header(),
        }
    }

    /// Whether it is what it seems to be: a header by its root, an object with one or with a license store alone, a box.
    pub fn is_recognised(&self) -> bool {
        match self {
            Self::Object(object) => {
                object.header().is_ok_and(|header| header.check_root().is_ok()) || object.is_store_only()
            }
            Self::Header(header) => header.root_name().is_some() && header.check_root().is_ok(),
            Self::Nested(_) => true,
        }
    }

    pub(crate) fn into_header(self) -> Result<Header<'a>> {
        match self {
            Self::Object(object) => object.into_header(),
            Self::Header(header) => Ok(header),
            Self::Nested(nested) => nested.into_inner().into_header(),
        }
    }

    /// The payload with the edits done to its first header; `None` when they change nothing.
    ///
    /// # Errors
    ///
    /// Those of [`Header::edit`] and [`Object::with_record`].
    pub fn edit(&self, edits: &[Edit]) -> Result<Option<Vec<u8>>> {
        let header = self.header()?;
        let Some(value) = header.edit(edits)? else { return Ok(None) };
        self.with_header(&value).map(Some)
    }

    /// The payload with its first header revised; `None` when that changes nothing.
    ///
    /// # Errors
    ///
    /// Those of [`Header::revise`] and [`Object::with_record`].
    pub fn revise(&self, revision: &Revision) -> Result<Option<Vec<u8>>> {
        let header = self.header()?;
        let Some(value) = header.revise(revision)? else { return Ok(None) };
        self.with_header(&value).map(Some)
    }

    /// The payload with so many spaces more in front of the end tag of `DATA`; `None` where there is no such tag.
    ///
    /// # Errors
    ///
    /// Those of [`Object::with_record`], also for more spaces than a record can hold.
    pub fn padded(&self, spaces: usize) -> Result<Option<Vec<u8>>> {
        let len = spaces.saturating_mul(2);
        if len > usize::from(u16::MAX) {
            return Err(Error::new(ErrorKind::RecordTooLong { len }));
        }
        let header = self.header()?;
        let Some(value) = header.padded(spaces) else { return Ok(None) };
        self.with_header(&value).map(Some)
    }

    /// The payload with its license store changed; `None` when that changes nothing.
    ///
    /// # Errors
    ///
    /// Those of [`Object::with_store`]; [`ErrorKind::NoObject`] when there is only a header.
    pub fn with_store(&self, change: StoreChange<'_>) -> Result<Option<Vec<u8>>> {
        match self {
            Self::Object(object) => {
                let new = object.with_store(change)?;
                new.map(|new| recognised(new, |new| matches!(new, Payload::Object(_)))).transpose()
            }
            Self::Header(_) => Err(Error::new(ErrorKind::NoObject)),
            Self::Nested(nested) => {
                let new = nested.inner().with_store(change)?;
                new.map(|data| nested.with_data(&data)).transpose()
            }
        }
    }

    /// The payload with these bytes for its first header.
    ///
    /// # Errors
    ///
    /// Those of [`Object::with_record`]; [`ErrorKind::NoHeader`] when there is none to replace,
    /// [`ErrorKind::CutShort`] when nothing tells that the bytes are a header.
    pub fn with_header(&self, value: &[u8]) -> Result<Vec<u8>> {
        match self {
            Self::Header(_) => recognised(value.to_vec(), |new| matches!(new, Payload::Header(_))),
            Self::Object(object) => {
                let first = object.records().iter().position(|r| r.kind == crate::RecordType::Header);
                let new = object.with_record(first.ok_or(Error::new(ErrorKind::NoHeader))?, value)?;
                recognised(new, |new| matches!(new, Payload::Object(_)))
            }
            Self::Nested(nested) => nested.with_data(&nested.inner().with_header(value)?),
        }
    }
}

/// Bytes that are taken for what they are. A bare header tells by its first characters; and where its numbers are wrong,
/// an object whose length reads like a tag is taken for one.
fn recognised(new: Vec<u8>, is_same: impl Fn(&Payload<'_>) -> bool) -> Result<Vec<u8>> {
    if Payload::parse(&new).is_ok_and(|new| is_same(&new)) {
        return Ok(new);
    }
    let reason = "its first bytes would be taken for something else".to_owned();
    Err(Error::new(ErrorKind::CutShort { reason }))
}

/// A `<` behind white space or a byte order mark, in UTF-16 of either order or in UTF-8.
fn looks_like_header(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = text.strip_prefix(b"\xFF\xFE").or_else(|| text.strip_prefix(b"\xFE\xFF")).unwrap_or(text);
    let mut visible = text.iter().filter(|byte| !matches!(byte, 0 | b' ' | b'\t' | b'\r' | b'\n'));
    visible.next() == Some(&b'<') && visible.next().is_some_and(u8::is_ascii_graphic)
}

/// Whether bytes hold the text of a header, however they are framed: what is of PlayReady though nothing else says so.
pub fn has_header_text(bytes: &[u8]) -> bool {
    const NAME: &[u8] = b"WRMHEADER";
    let has = |name: &[u8]| bytes.windows(name.len()).any(|window| window == name);
    let little: Vec<u8> = NAME.iter().flat_map(|byte| [*byte, 0]).collect();
    // In big-endian text a zero stands in front of every letter instead.
    has(NAME) || has(little.get(..little.len().saturating_sub(1)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Change, Field, RecordType};

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn an_object_and_a_bare_header_are_told_apart() {
        let xml = utf16("<WRMHEADER></WRMHEADER>");
        let object = Object::encode([(RecordType::Header, &xml[..])]).unwrap();
        assert!(matches!(Payload::parse(&object).unwrap(), Payload::Object(_)));
        assert!(matches!(Payload::parse(&xml).unwrap(), Payload::Header(_)));
        assert!(matches!(Payload::parse(b"  <WRMHEADER/>").unwrap(), Payload::Header(_)));
    }

    #[test]
    fn an_object_whose_length_reads_like_a_tag_is_one() {
        let xml = utf16("<WRMHEADER></WRMHEADER>");
        let object =
            Object::encode([(RecordType::Header, &xml[..]), (RecordType::Store, &[0; 11_008])]).unwrap();
        assert!(object.starts_with(b"<+"));
        assert!(matches!(Payload::parse(&object).unwrap(), Payload::Object(_)));
    }

    #[test]
    fn what_is_neither_is_named() {
        let kind = |bytes: &[u8]| Payload::parse(bytes).unwrap_err().kind().clone();
        assert_eq!(kind(b""), ErrorKind::Empty);
        assert_eq!(kind(&[7; 16]), ErrorKind::BareKeyId);
        assert_eq!(kind(b"\0\0\0\x20pssh...."), ErrorKind::NestedBox);
    }

    #[test]
    fn an_edited_bare_header_stays_bare() {
        let xml = utf16("<WRMHEADER><DATA><LA_URL>http://a</LA_URL></DATA></WRMHEADER>");
        let edit = Edit { field: Field::LaUrl, change: Change::Set("http://c".into()), existing: false };
        let new = Payload::parse(&xml).unwrap().edit(&[edit]).unwrap().unwrap();
        assert_eq!(new, utf16("<WRMHEADER><DATA><LA_URL>http://c</LA_URL></DATA></WRMHEADER>"));
    }

    #[test]
    fn a_bare_header_stays_one_that_is_recognised_or_is_refused() {
        // Straightened, it would begin with its first element, and that with a letter no header begins with.
        let xml = utf16("</A><¸ version=\"4.3.0.0\"></¸>");
        let payload = Payload::parse(&xml).unwrap();
        let canonicalize = Revision { canonicalize: true, ..Revision::default() };
        let error = payload.revise(&canonicalize).unwrap_err().to_string();
        assert!(error.ends_with("would be taken for something else"), "{error}");
    }

    #[test]
    fn an_object_stays_one_that_is_recognised_or_is_refused() {
        // Bytes behind its last record stay, so only its first bytes tell what it is.
        let object = Object::encode([(RecordType::Header, &utf16("<WRMHEADER/>")[..])]).unwrap();
        let object = [object, vec![7; 2]].concat();
        let payload = Payload::parse(&object).unwrap();
        let with_spaces =
            |count: usize| payload.with_header(&utf16(&format!("<WRMHEADER/>{}", " ".repeat(count))));
        // Of 16,700 bytes, 0x413C, it would begin with `<A`.
        let count = (16_700 - 10 - 2) / 2 - 12;
        let refused = with_spaces(count).map(|new| new.len()).unwrap_err().to_string();
        assert!(refused.ends_with("would be taken for something else"), "{refused}");
        assert_eq!(with_spaces(count - 1).map(|new| new.len()), Ok(16_698));
    }

    #[test]
    fn an_object_without_a_header_says_so() {
        let object = Object::encode([(RecordType::Store, &[0; 8][..])]).unwrap();
        let error = Payload::parse(&object).unwrap().header().unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::NoHeader);
    }
}
