//! What a license hangs on: a root license, a domain, a client.
//!
//! ```text
//!  0x003b UplinkKid2     key id 16, checksum type u16, length u16, checksum
//!  0x0052 UplinkX        key id 16, length u16, checksum, count u16, count × u32
//!  0x0006 UplinkKid      unknown; probably begins with the key id
//!  0x0029 DomainId       account 16, revision u32
//!  0x002a EccDeviceKey   curve u16, length u16, public key
//! ```

use crate::{Guid, ObjectType};
use prkit_playready::KeyId;

/// The root license of a leaf.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Uplink {
    /// The key id of the root; `None` in the form whose fields are unknown.
    pub kid: Option<KeyId>,
    /// Bytes behind the key id.
    pub rest: usize,
}

impl Uplink {
    pub(crate) fn parse(kind: ObjectType, body: &[u8]) -> Option<Self> {
        if kind == ObjectType::UplinkKid {
            return Some(Self { kid: None, rest: body.len() });
        }
        let (kid, rest) = body.split_first_chunk()?;
        let skip = if kind == ObjectType::UplinkKid2 { 2 } else { 0 };
        let (len, after) = rest.get(skip..)?.split_first_chunk()?;
        let checksum = usize::from(u16::from_be_bytes(*len));
        let behind = after.get(checksum..)?;
        let is_exact = match kind {
            ObjectType::UplinkKid2 => behind.is_empty(),
            _ => behind.split_first_chunk().is_some_and(|(count, numbers)| {
                usize::from(u16::from_be_bytes(*count)).checked_mul(4) == Some(numbers.len())
            }),
        };
        is_exact.then(|| Self { kid: Some(KeyId::from_guid_bytes(*kid)), rest: rest.len() })
    }
}

/// The domain a license is bound to (MS docs `domains.md`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Domain {
    /// The account.
    pub account: Guid,
    /// The revision of the domain's certificates.
    pub revision: u32,
}

impl Domain {
    pub(crate) fn parse(body: &[u8]) -> Option<Self> {
        let (account, rest) = body.split_first_chunk()?;
        let revision = rest.try_into().ok().map(u32::from_be_bytes)?;
        Some(Self { account: Guid::from_guid_bytes(*account), revision })
    }
}

/// The public key of the client a license is bound to. Only counted: it identifies a device.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DeviceKey {
    /// The curve.
    pub curve: u16,
    /// Bytes of the key.
    pub len: usize,
}

impl DeviceKey {
    pub(crate) fn parse(body: &[u8]) -> Option<Self> {
        let (curve, rest) = body.split_first_chunk()?;
        let (len, key) = rest.split_first_chunk()?;
        let len = usize::from(u16::from_be_bytes(*len));
        (key.len() == len).then(|| Self { curve: u16::from_be_bytes(*curve), len })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_a_known_uplink_name_the_root() {
        let second = [&[5; 16][..], &[0, 1, 0, 2, 0xAA, 0xBB]].concat();
        let uplink = Uplink::parse(ObjectType::UplinkKid2, &second).unwrap();
        assert_eq!(uplink.kid, Some(KeyId::from_guid_bytes([5; 16])));
        let x = [&[5; 16][..], &[0, 2, 0xAA, 0xBB, 0, 1, 0, 0, 0, 9]].concat();
        assert_eq!(Uplink::parse(ObjectType::UplinkX, &x).unwrap().kid, uplink.kid);
        assert_eq!(Uplink::parse(ObjectType::UplinkKid, &[1, 2, 3]).unwrap().kid, None);
    }

    #[test]
    fn lengths_that_lie_are_no_uplink() {
        let long = [&[5; 16][..], &[0, 1, 0, 9, 0xAA]].concat();
        assert_eq!(Uplink::parse(ObjectType::UplinkKid2, &long), None);
        let counted = [&[5; 16][..], &[0, 0, 0, 200, 1, 2]].concat();
        assert_eq!(Uplink::parse(ObjectType::UplinkX, &counted), None);
        assert_eq!(Uplink::parse(ObjectType::UplinkKid2, &[5; 17]), None);
    }

    #[test]
    fn a_domain_has_an_account_and_a_revision() {
        let domain = Domain::parse(&[&[3; 16][..], &[0, 0, 0, 2]].concat()).unwrap();
        assert_eq!((domain.revision, domain.account), (2, Guid::from_guid_bytes([3; 16])));
        assert_eq!(Domain::parse(&[3; 21]), None);
    }
}
