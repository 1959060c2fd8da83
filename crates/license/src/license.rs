//! One license.
//!
//! ```text
//!  0       4         8                 24
//!  ┌───────┬─────────┬─────────────────┬──────────────────────────────────────────────────┐
//!  │ XMR\0 │ version │ id              │ OuterContainer { policy, rights, keys, signature }│
//!  │       │ u32 = 3 │ 16 bytes (GUID) │ object.rs                                        │
//!  └───────┴─────────┴─────────────────┴──────────────────────────────────────────────────┘
//! ```
//!
//! Inferred, not documented: two public programs read it so, and five public licenses agree. The id is what
//! Microsoft's pages call the rights identifier: a license that is not to be kept has the nonce of the request there
//! (MS docs `license-nonce.md`).

use crate::object::{Parent, Walk};
use crate::{Error, ErrorKind, Guid, Limits, Object, ObjectType, Result, Summary};

const MAGIC: &[u8; 4] = b"XMR\0";
pub(crate) const HEADER_LEN: usize = 24;

/// A license, borrowed from its bytes. Nothing of it is decrypted, and its signature is not checked: both need
/// secrets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct License<'a> {
    bytes: &'a [u8],
    version: u32,
    id: Guid,
    outer: Object<'a>,
    trailing: usize,
}

impl<'a> License<'a> {
    /// The version that all public licenses have.
    pub const VERSION: u32 = 3;

    /// What the program says wherever it shows a license.
    pub const EVIDENCE: &'static str = "layout inferred, not documented by Microsoft";

    /// Whether bytes begin like a license.
    pub fn is_license(bytes: &[u8]) -> bool {
        bytes.starts_with(MAGIC)
    }

    /// Reads the header and the outer container; what is in it is read when asked for.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Short`], [`ErrorKind::Magic`], [`ErrorKind::NoOuter`], [`ErrorKind::OuterNoContainer`], and
    /// those of an object.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        let short = || Error::at(ErrorKind::Short { actual: bytes.len() }, 0);
        let (magic, rest) = bytes.split_first_chunk::<4>().ok_or_else(short)?;
        if magic != MAGIC {
            let found = magic.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
            return Err(Error::at(ErrorKind::Magic { found }, 0));
        }
        let (version, rest) = rest.split_first_chunk().ok_or_else(short)?;
        let (id, rest) = rest.split_first_chunk().ok_or_else(short)?;
        let (outer, trailing) = Object::split(rest, HEADER_LEN, Parent::License)?;
        if outer.kind() != ObjectType::OuterContainer {
            return Err(Error::at(ErrorKind::NoOuter { found: outer.kind() }, HEADER_LEN));
        }
        if !outer.is_container() {
            return Err(Error::at(ErrorKind::OuterNoContainer { flags: outer.flags() }, HEADER_LEN));
        }
        Ok(Self {
            bytes: bytes.get(..HEADER_LEN.saturating_add(outer.len())).unwrap_or(bytes),
            version: u32::from_be_bytes(*version),
            id: Guid::from_guid_bytes(*id),
            outer,
            trailing: trailing.len(),
        })
    }

    /// Its bytes, header included, without what stands behind it.
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The version field.
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// The id of this license: the rights identifier.
    pub const fn id(&self) -> Guid {
        self.id
    }

    /// The container that holds everything.
    pub const fn outer(&self) -> Object<'a> {
        self.outer
    }

    /// Bytes behind the outer container.
    pub const fn trailing(&self) -> usize {
        self.trailing
    }

    /// All objects, parents before children, with their depth from 0.
    pub const fn walk(&self, limits: Limits) -> Walk<'a> {
        Walk::new(self.outer, limits)
    }

    /// What it says, gathered from the whole tree.
    ///
    /// # Errors
    ///
    /// Those of the tree: lengths that lie, depth and count past their limits.
    pub fn summary(&self, limits: Limits) -> Result<Summary> {
        Summary::of(self, limits)
    }
}

/// Id and size: the bytes hold keys.
impl core::fmt::Debug for License<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "License {} of {} bytes", self.id, self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::{leaf, license, outer};
    use proptest::prelude::*;

    #[test]
    fn bytes_behind_the_license_are_counted_and_not_part_of_it() {
        let mut bytes = license(&outer(&[]));
        assert_eq!(bytes.len(), 32);
        bytes.extend_from_slice(b"tail");
        let license = License::parse(&bytes).unwrap();
        assert_eq!((license.trailing(), license.bytes().len()), (4, 32));
        assert_eq!(license.id().to_string(), "07070707-0707-0707-0707-070707070707");
    }

    #[test]
    fn what_is_no_license_is_refused_with_what_one_is() {
        let kind = |bytes: &[u8]| License::parse(bytes).unwrap_err().to_string();
        assert_eq!(kind(b"XMR"), "3 bytes are too short for a license, which has at least 32 at byte 0");
        assert_eq!(
            kind(b"<soap:Envelope"),
            "a license begins with XMR and a zero byte, not with 3c 73 6f 61 at byte 0"
        );
        assert!(
            kind(&license(&leaf(0x0002, &[])))
                .starts_with("the license header is followed by object type 0x0002")
        );
        assert!(kind(&license(&leaf(0x0001, &[]))).contains("does not have the container flag"));
        let cut = license(&outer(&[leaf(0x0034, &[0, 150])]));
        assert_eq!(
            kind(&cut[..40]),
            "object 0x0001 OuterContainer says it has 18 bytes, and 16 are left in the license at byte 24"
        );
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = License::parse(&bytes);
            let bytes = [&b"XMR\0"[..], &bytes].concat();
            let _ = License::parse(&bytes).map(|license| license.summary(Limits::default()));
        }
    }
}
