//! How much a document may ask for. What passes these is an error, never a crash and never a long wait.

/// Bytes of a document. The longest manifests in the field, days of segments listed one by one, have some megabytes.
pub const MAX_LEN: u64 = 64 * 1024 * 1024;
/// Elements nested in each other. An MPD with everything in it has about ten levels.
pub(crate) const MAX_DEPTH: usize = 64;
/// Elements of a document: two days of segments listed one by one.
pub(crate) const MAX_ELEMENTS: usize = 500_000;
/// Attributes of one element.
pub(crate) const MAX_ATTRIBUTES: usize = 256;
/// Attributes of a document.
pub(crate) const MAX_ALL_ATTRIBUTES: usize = 2_000_000;
/// Lines of a playlist.
pub(crate) const MAX_LINES: usize = 2_000_000;
/// Attributes of one playlist line.
pub(crate) const MAX_LINE_ATTRIBUTES: usize = 64;
/// Objects of a document.
pub(crate) const MAX_OBJECTS: usize = 20_000;
/// Bytes of one object, decoded.
pub(crate) const MAX_OBJECT_LEN: usize = 1024 * 1024;
/// Bytes of all objects of a document, decoded.
pub(crate) const MAX_ALL_OBJECTS_LEN: usize = 64 * 1024 * 1024;
/// Things that are wrong with a document and remembered.
pub(crate) const MAX_ODDITIES: usize = 100;
/// Keys of the segments of a playlist together, where they change from one to the next: half a million segments with the
/// keys of four systems each.
pub(crate) const MAX_APPLIED: usize = 2_000_000;
/// Files that the references of one document name, after templates and timelines are spelled out.
pub(crate) const MAX_REFERENCES: usize = 500_000;
/// Alternatives of one address, where several base URLs stand side by side.
pub(crate) const MAX_ALTERNATIVES: usize = 16;
/// Bytes of an address.
pub(crate) const MAX_URL_LEN: usize = 8 * 1024;
/// Digits that a template pads a number to: more than 64 bits have.
pub(crate) const MAX_WIDTH: usize = 32;
/// Texts inside of each other: an answer has a message, which has a document, which has elements in base64.
pub(crate) const MAX_TEXTS: usize = 8;
