//! Licenses for tests, put together object by object. Everything in them is made up.

/// An object that holds fields.
pub(crate) fn leaf(kind: u16, body: &[u8]) -> Vec<u8> {
    object(1, kind, body)
}

/// An object that holds objects.
pub(crate) fn container(kind: u16, children: &[Vec<u8>]) -> Vec<u8> {
    object(3, kind, &children.concat())
}

/// The container that holds everything.
pub(crate) fn outer(children: &[Vec<u8>]) -> Vec<u8> {
    container(0x0001, children)
}

/// A license around its outer container.
pub(crate) fn license(outer: &[u8]) -> Vec<u8> {
    license_with_id([7; 16], outer)
}

/// The same with another id.
pub(crate) fn license_with_id(id: [u8; 16], outer: &[u8]) -> Vec<u8> {
    [b"XMR\0", &3_u32.to_be_bytes()[..], &id, outer].concat()
}

fn object(flags: u16, kind: u16, body: &[u8]) -> Vec<u8> {
    let len = u32::try_from(body.len() + 8).unwrap();
    [&flags.to_be_bytes()[..], &kind.to_be_bytes(), &len.to_be_bytes(), body].concat()
}

/// Big-endian numbers one after the other.
pub(crate) fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// A content key object: key id, key type, cipher, and bytes that are no key.
pub(crate) fn content_key(kid: [u8; 16], kind: u16, cipher: u16) -> Vec<u8> {
    let fields = [kind.to_be_bytes(), cipher.to_be_bytes(), 16_u16.to_be_bytes()].concat();
    leaf(0x000A, &[&kid[..], &fields, &[0xEE; 16]].concat())
}
