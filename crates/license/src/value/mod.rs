//! What the body of an object says, type by type.
//!
//! ```text
//!   0x0012 Expiration           begin u32, end u32
//!   0x0034 SecurityLevel        u16
//!   0x000a ContentKey           key id 16, key type u16, cipher u16, length u16, key        content_key.rs
//!   0x0005 OutputProtection     five levels u16                                              output.rs
//!   0x003b UplinkKid2           key id 16, checksum type u16, length u16, checksum           chain.rs
//!   …
//! ```
//!
//! A body of another length than its fields is [`Value::Malformed`]; a type whose fields nobody knows is
//! [`Value::Opaque`]. Keys are counted, never kept.

mod chain;
mod content_key;
mod output;

pub use chain::{DeviceKey, Domain, Uplink};
pub use content_key::{Cipher, ContentKey, KeyType};
pub use output::{Medium, OutputLevels, Protection};

use crate::{Guid, Moment, Object, ObjectType};

/// The fields of one object.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Value<'a> {
    /// Objects.
    Container,
    /// When it may be used. Zero stands for no begin; no constant for "no end" is known.
    Expiration {
        /// The begin date; `None` for zero.
        begin: Option<Moment>,
        /// The end date.
        end: Moment,
    },
    /// When it was issued, may be removed.
    Time(Moment),
    /// Seconds: after first play, grace.
    Seconds(u32),
    /// The security level a client needs.
    SecurityLevel(u16),
    /// A number: embedding behavior, settings, source id, revocation information, copies.
    Number(u32),
    /// An id: metering, enablers, secure stop.
    Id(Guid),
    /// Levels of output protection.
    OutputLevels(OutputLevels),
    /// One explicit output protection.
    Protection(Protection),
    /// A content key.
    ContentKey(ContentKey),
    /// The key of the root license that this one hangs on.
    Uplink(Uplink),
    /// The domain it is bound to.
    Domain(Domain),
    /// The client it is bound to.
    DeviceKey(DeviceKey),
    /// A signature; the bytes are only counted.
    Signature {
        /// Its type.
        kind: u16,
        /// Its bytes.
        len: usize,
    },
    /// An id and data of a policy nobody documented.
    Metadata {
        /// Which policy.
        id: Guid,
        /// Its data.
        data: &'a [u8],
    },
    /// Nothing but that it is there.
    Present,
    /// Keys in a form whose fields are unknown or not shown.
    Key {
        /// Bytes of the body.
        len: usize,
    },
    /// Fields are unknown: the body as it is.
    Opaque(&'a [u8]),
    /// The body is too short for its fields, or too long.
    Malformed {
        /// What the fields need, at least.
        needs: usize,
        /// What there is.
        has: usize,
    },
}

impl<'a> Object<'a> {
    /// What the body says.
    pub fn value(&self) -> Value<'a> {
        if self.is_container() {
            return Value::Container;
        }
        let body = self.body();
        let malformed = |needs| Value::Malformed { needs, has: body.len() };
        match self.kind() {
            ObjectType::Expiration => match two(body) {
                Some((begin, end)) => Value::Expiration {
                    begin: (begin != 0).then(|| Moment::from_unix(begin)),
                    end: Moment::from_unix(end),
                },
                None => malformed(8),
            },
            ObjectType::IssueDate | ObjectType::RemovalDate => {
                u32_of(body).map_or_else(|| malformed(4), |time| Value::Time(Moment::from_unix(time)))
            }
            ObjectType::ExpirationAfterFirstPlay | ObjectType::GracePeriod => {
                u32_of(body).map_or_else(|| malformed(4), Value::Seconds)
            }
            ObjectType::SecurityLevel => u16_of(body).map_or_else(|| malformed(2), Value::SecurityLevel),
            ObjectType::EmbeddingBehavior | ObjectType::RightsSettings => {
                u16_of(body).map_or_else(|| malformed(2), |number| Value::Number(number.into()))
            }
            ObjectType::SourceId
            | ObjectType::RevocationInformationVersion2
            | ObjectType::MoveEnabler
            | ObjectType::CopyCount2 => u32_of(body).map_or_else(|| malformed(4), Value::Number),
            ObjectType::Metering
            | ObjectType::PlayEnabler
            | ObjectType::CopyEnabler
            | ObjectType::SecureStop => id_of(body).map_or_else(|| malformed(16), Value::Id),
            ObjectType::OutputProtection => {
                OutputLevels::parse(body).map_or_else(|| malformed(10), Value::OutputLevels)
            }
            ObjectType::AnalogVideoOutputConfiguration
            | ObjectType::DigitalAudioOutputConfiguration
            | ObjectType::DigitalVideoOutputConfiguration => {
                Protection::parse(self.kind(), body).map_or_else(|| malformed(16), Value::Protection)
            }
            ObjectType::ContentKey => {
                ContentKey::parse(body).map_or_else(|| malformed(ContentKey::MIN), Value::ContentKey)
            }
            ObjectType::UplinkKid | ObjectType::UplinkKid2 | ObjectType::UplinkX => {
                Uplink::parse(self.kind(), body).map_or_else(|| malformed(20), Value::Uplink)
            }
            ObjectType::DomainId => Domain::parse(body).map_or_else(|| malformed(20), Value::Domain),
            ObjectType::EccDeviceKey => DeviceKey::parse(body).map_or_else(|| malformed(4), Value::DeviceKey),
            ObjectType::Signature => signature(body).unwrap_or_else(|| malformed(4)),
            ObjectType::PolicyMetadata => match body.split_first_chunk() {
                Some((id, data)) => Value::Metadata { id: Guid::from_guid_bytes(*id), data },
                None => malformed(16),
            },
            // The body is probably empty; whatever stands there is kept for the reader.
            ObjectType::RealTimeExpiration if body.is_empty() => Value::Present,
            kind if kind.holds_key() => Value::Key { len: body.len() },
            _ => Value::Opaque(body),
        }
    }
}

/// Type and length, then exactly that many bytes.
fn signature<'a>(body: &[u8]) -> Option<Value<'a>> {
    let (kind, rest) = body.split_first_chunk()?;
    let (len, rest) = rest.split_first_chunk()?;
    let len = usize::from(u16::from_be_bytes(*len));
    (rest.len() == len).then(|| Value::Signature { kind: u16::from_be_bytes(*kind), len })
}

fn u16_of(body: &[u8]) -> Option<u16> {
    body.try_into().ok().map(u16::from_be_bytes)
}

fn u32_of(body: &[u8]) -> Option<u32> {
    body.try_into().ok().map(u32::from_be_bytes)
}

fn id_of(body: &[u8]) -> Option<Guid> {
    body.try_into().ok().map(Guid::from_guid_bytes)
}

fn two(body: &[u8]) -> Option<(u32, u32)> {
    let (first, rest) = body.split_first_chunk()?;
    Some((u32::from_be_bytes(*first), u32_of(rest)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::{leaf, license, outer, words};
    use crate::{License, Limits};

    fn values(children: &[Vec<u8>], check: impl Fn(&[Value<'_>])) {
        let bytes = license(&outer(children));
        let license = License::parse(&bytes).unwrap();
        let values: Vec<_> =
            license.walk(Limits::default()).skip(1).map(|node| node.unwrap().1.value()).collect();
        check(&values);
    }

    #[test]
    fn a_begin_of_zero_is_no_begin_and_an_end_of_all_ones_is_shown_as_it_is() {
        values(&[leaf(0x0012, &words(&[0, u32::MAX]))], |values| {
            let end = Moment::from_unix(u32::MAX);
            assert_eq!(values, [Value::Expiration { begin: None, end }]);
            assert_eq!(end.to_string(), "2106-02-07T06:28:15Z");
        });
    }

    #[test]
    fn a_body_of_another_length_than_its_fields_is_malformed() {
        let bodies =
            [leaf(0x0012, &[0; 7]), leaf(0x0034, &[0; 3]), leaf(0x0016, &[0; 15]), leaf(0x0005, &[0; 12])];
        values(&bodies, |values| {
            let needs: Vec<_> = values
                .iter()
                .map(|value| match value {
                    Value::Malformed { needs, has } => (*needs, *has),
                    other => panic!("{other:?}"),
                })
                .collect();
            assert_eq!(needs, [(8, 7), (2, 3), (16, 15), (10, 12)]);
        });
    }

    #[test]
    fn a_type_without_known_fields_keeps_its_bytes_unless_they_are_a_key() {
        values(&[leaf(0x7777, b"seen"), leaf(0x002D, b"hidden"), leaf(0x0051, b"hidden")], |values| {
            assert_eq!(values, [Value::Opaque(b"seen"), Value::Key { len: 6 }, Value::Key { len: 6 }]);
        });
    }
}
