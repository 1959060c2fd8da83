//! How much a reader takes on.

/// Bounds that no real message comes near: a challenge has 80 elements and 20 kilobytes, a response with a revocation
/// list some hundred kilobytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Bytes of a message.
    pub bytes: usize,
    /// Elements in elements.
    pub depth: usize,
    /// Elements of a message.
    pub elements: usize,
    /// Attributes of an element.
    pub attributes: usize,
    /// Different namespaces of a message.
    pub namespaces: usize,
    /// Characters of a namespace.
    pub namespace: usize,
    /// Messages in messages: a challenge in a key message in base64.
    pub nested: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 8 * 1024 * 1024,
            depth: 64,
            elements: 20_000,
            attributes: 64,
            namespaces: 256,
            namespace: 1024,
            nested: 3,
        }
    }
}

/// Lines of the HTTP head around a message.
pub(crate) const MAX_FIELDS: usize = 128;
