//! Objects of a license. All integers are big-endian, unlike those of a PlayReady Object.
//!
//! ```text
//!  0       2      4        8
//!  ┌───────┬──────┬────────┬────────────────────────────────┐
//!  │ flags │ type │ length │ body: objects, or fields       │
//!  │ u16   │ u16  │ u32    │ length − 8 bytes               │
//!  └───────┴──────┴────────┴────────────────────────────────┘
//!   bit 0: a reader must understand it     bit 1: the body is objects
//! ```
//!
//! Inferred, not documented. A child ends where its parent ends, whatever its length says; the flag decides whether
//! there are children, not the list of types.

use crate::{Error, ErrorKind, Limits, ObjectType, Result};

pub(crate) const OBJECT_HEADER_LEN: usize = 8;

const MUST_UNDERSTAND: u16 = 1;
const CONTAINER: u16 = 2;

/// One object and what is in it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Object<'a> {
    kind: ObjectType,
    flags: u16,
    offset: usize,
    body: &'a [u8],
}

impl<'a> Object<'a> {
    /// Splits the first object off the bytes of a container.
    pub(crate) fn split(bytes: &'a [u8], offset: usize, parent: Parent) -> Result<(Self, &'a [u8])> {
        let leftover = || {
            let kind = match parent {
                Parent::License => ErrorKind::Short { actual: offset.saturating_add(bytes.len()) },
                Parent::Object(parent) => ErrorKind::Leftover { left: bytes.len(), parent },
            };
            Error::at(kind, offset)
        };
        let (flags, rest) = bytes.split_first_chunk().ok_or_else(leftover)?;
        let (kind, rest) = rest.split_first_chunk().ok_or_else(leftover)?;
        let (len, rest) = rest.split_first_chunk().ok_or_else(leftover)?;
        let flags = u16::from_be_bytes(*flags);
        let kind = ObjectType::from_u16(u16::from_be_bytes(*kind));
        let len = u32::from_be_bytes(*len);
        let body_len = usize::try_from(len)
            .ok()
            .and_then(|len| len.checked_sub(OBJECT_HEADER_LEN))
            .ok_or_else(|| Error::at(ErrorKind::ObjectShort { kind, len }, offset))?;
        let (body, rest) = rest.split_at_checked(body_len).ok_or_else(|| {
            let parent = parent.to_string();
            Error::at(ErrorKind::PastParent { kind, len, left: bytes.len(), parent }, offset)
        })?;
        Ok((Self { kind, flags, offset, body }, rest))
    }

    /// What it is.
    pub const fn kind(&self) -> ObjectType {
        self.kind
    }

    /// The flags; the meaning of bits above the second is unknown.
    pub const fn flags(&self) -> u16 {
        self.flags
    }

    /// Whether a client that does not know the type must refuse the license.
    pub const fn must_understand(&self) -> bool {
        self.flags & MUST_UNDERSTAND != 0
    }

    /// Whether the body is objects, by the flag.
    pub const fn is_container(&self) -> bool {
        self.flags & CONTAINER != 0
    }

    /// Whether flag and list say different things about what the body is.
    pub fn contradicts_list(&self) -> bool {
        self.kind.is_listed_container().is_some_and(|listed| listed != self.is_container())
    }

    /// Where it begins, from the start of the license.
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// All its bytes, header included.
    pub const fn len(&self) -> usize {
        self.body.len().saturating_add(OBJECT_HEADER_LEN)
    }

    /// Whether the body is empty.
    pub const fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// The bytes behind its header.
    pub const fn body(&self) -> &'a [u8] {
        self.body
    }

    /// The objects in it; none where it is no container.
    pub const fn children(&self) -> Children<'a> {
        let rest = if self.is_container() { self.body } else { &[] };
        Children { rest, offset: self.offset.saturating_add(OBJECT_HEADER_LEN), parent: self.kind }
    }
}

/// Type, flags and place: bodies may hold keys.
impl core::fmt::Debug for Object<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "@{} {:?} flags {:#x}, {} bytes", self.offset, self.kind, self.flags, self.len())
    }
}

/// What an object stands in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Parent {
    License,
    Object(ObjectType),
}

impl core::fmt::Display for Parent {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::License => f.write_str("the license"),
            Self::Object(kind) => kind.fmt(f),
        }
    }
}

/// The objects of a container, in order. Ends after the first error.
#[derive(Clone, Debug)]
pub struct Children<'a> {
    rest: &'a [u8],
    offset: usize,
    parent: ObjectType,
}

impl<'a> Iterator for Children<'a> {
    type Item = Result<Object<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        match Object::split(self.rest, self.offset, Parent::Object(self.parent)) {
            Ok((object, rest)) => {
                self.offset = self.offset.saturating_add(object.len());
                self.rest = rest;
                Some(Ok(object))
            }
            Err(error) => {
                self.rest = &[];
                Some(Err(error))
            }
        }
    }
}

impl core::iter::FusedIterator for Children<'_> {}

/// All objects of a license, parents before children, with their depth. Ends after the first error.
#[derive(Clone, Debug)]
pub struct Walk<'a> {
    first: Option<Object<'a>>,
    stack: Vec<Children<'a>>,
    limits: Limits,
    seen: usize,
}

impl<'a> Walk<'a> {
    pub(crate) const fn new(outer: Object<'a>, limits: Limits) -> Self {
        Self { first: Some(outer), stack: Vec::new(), limits, seen: 0 }
    }

    fn enter(&mut self, object: Object<'a>) -> Result<(usize, Object<'a>)> {
        let depth = self.stack.len();
        self.seen = self.seen.saturating_add(1);
        if self.seen > self.limits.objects {
            return Err(Error::at(ErrorKind::Count { max: self.limits.objects }, object.offset()));
        }
        if object.is_container() && !object.is_empty() {
            if depth >= self.limits.depth {
                return Err(Error::at(ErrorKind::Depth { max: self.limits.depth }, object.offset()));
            }
            self.stack.push(object.children());
        }
        Ok((depth, object))
    }
}

impl<'a> Iterator for Walk<'a> {
    type Item = Result<(usize, Object<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = match self.first.take() {
            Some(outer) => Ok(outer),
            None => loop {
                match self.stack.last_mut()?.next() {
                    Some(next) => break next,
                    None => {
                        self.stack.pop();
                    }
                }
            },
        };
        let entered = next.and_then(|object| self.enter(object));
        if entered.is_err() {
            self.stack.clear();
        }
        Some(entered)
    }
}

impl core::iter::FusedIterator for Walk<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::{container, leaf, license, outer};
    use crate::{License, ObjectType};
    use proptest::prelude::*;

    fn errors(bytes: &[u8]) -> Vec<String> {
        let license = License::parse(bytes).unwrap();
        license.walk(Limits::default()).filter_map(Result::err).map(|error| error.to_string()).collect()
    }

    #[test]
    fn the_flag_decides_whether_there_are_children_and_not_the_list() {
        // A container by the list without the flag, and a leaf by the list with it.
        let mut as_leaf = container(0x0002, &[leaf(0x0034, &[0, 150])]);
        as_leaf[1] = 1;
        let mut as_container = leaf(0x0034, &leaf(0x0033, &[0, 1]));
        as_container[1] = 3;
        let bytes = license(&outer(&[as_leaf, as_container]));
        let license = License::parse(&bytes).unwrap();
        let seen: Vec<_> = license
            .walk(Limits::default())
            .map(|node| {
                node.map(|(depth, object)| (depth, object.kind().to_u16(), object.contradicts_list()))
            })
            .collect::<Result<_>>()
            .unwrap();
        assert_eq!(seen, [(0, 1, false), (1, 2, true), (1, 0x34, true), (2, 0x33, false)]);
    }

    #[test]
    fn a_length_below_the_header_is_refused_once_and_nothing_comes_after_it() {
        let mut short = leaf(0x0034, &[0, 150]);
        short[7] = 7;
        let bytes = license(&outer(&[short, leaf(0x0033, &[0, 1])]));
        assert_eq!(
            errors(&bytes),
            [
                "object 0x0034 SecurityLevel says it has 7 bytes, which is less than its header of 8 at byte 32"
            ]
        );
        let license = License::parse(&bytes).unwrap();
        assert_eq!(license.walk(Limits::default()).count(), 2);
    }

    #[test]
    fn a_child_cannot_leave_its_parent() {
        let mut long = leaf(0x0034, &[0, 150]);
        long[7] = 11;
        let bytes = license(&outer(&[container(0x0002, &[long]), leaf(0x0033, &[0, 1])]));
        assert_eq!(
            errors(&bytes),
            [
                "object 0x0034 SecurityLevel says it has 11 bytes, and 10 are left in 0x0002 GlobalPolicyContainer \
              at byte 40"
            ]
        );
    }

    #[test]
    fn bytes_too_few_for_an_object_are_counted() {
        let bytes = license(&outer(&[leaf(0x0033, &[0, 1]), vec![1, 2, 3]]));
        assert_eq!(
            errors(&bytes),
            [
                "3 bytes at the end of 0x0001 OuterContainer are too few for an object, which has at least 8 at byte 42"
            ]
        );
    }

    #[test]
    fn depth_and_count_have_limits() {
        let mut nested = leaf(0x0034, &[0, 150]);
        for _ in 0..40 {
            nested = container(0x0002, &[nested]);
        }
        let bytes = license(&outer(&[nested]));
        assert_eq!(errors(&bytes), ["containers are nested more than 16 deep at byte 152"]);
        let many = vec![leaf(0x0033, &[]); 5000];
        assert_eq!(errors(&license(&outer(&many))), ["the license has more than 4096 objects at byte 32792"]);
    }

    /// A tree of any shape, as bytes.
    fn any_object(depth: u32) -> BoxedStrategy<Vec<u8>> {
        let leaf = (any::<u16>(), proptest::collection::vec(any::<u8>(), 0..20))
            .prop_map(|(kind, body)| leaf(kind, &body));
        leaf.prop_recursive(depth, 24, 4, |inner| {
            (any::<u16>(), proptest::collection::vec(inner, 0..4))
                .prop_map(|(kind, children)| container(kind, &children))
        })
        .boxed()
    }

    proptest! {
        #[test]
        fn every_tree_is_walked_to_its_last_byte(children in proptest::collection::vec(any_object(5), 0..5)) {
            let bytes = license(&outer(&children));
            let license = License::parse(&bytes).unwrap();
            let mut covered = 0;
            for node in license.walk(Limits::default()) {
                let (_, object) = node.unwrap();
                covered += if object.is_container() { OBJECT_HEADER_LEN } else { object.len() };
            }
            prop_assert_eq!(covered, license.outer().len());
        }

        #[test]
        fn a_changed_byte_is_read_or_refused_but_never_panics(
            children in proptest::collection::vec(any_object(4), 1..4), at in any::<prop::sample::Index>(), byte: u8,
        ) {
            let mut bytes = license(&outer(&children));
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if let Ok(license) = License::parse(&bytes) {
                let errors = license.walk(Limits::default()).filter(Result::is_err).count();
                prop_assert!(errors <= 1);
                let _ = license.summary(Limits::default());
            }
        }
    }

    #[test]
    fn bodies_are_not_in_debug_output() {
        let bytes = license(&outer(&[leaf(0x000A, &[0xAB; 60])]));
        let text =
            format!("{:?}", License::parse(&bytes).unwrap().walk(Limits::default()).collect::<Vec<_>>());
        assert!(!text.contains("171") && text.contains("ContentKey"), "{text}");
        assert_eq!(ObjectType::ContentKey.to_u16(), 10);
    }
}
