//! What the page asks for.

use serde::Deserialize;
use std::collections::BTreeMap;

/// A request of the page.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub(crate) enum Request {
    /// What is in a blob.
    Open {
        blob: u32,
        len: u64,
        /// What reports call it.
        name: String,
        /// Whether it is text that somebody pasted: then it is read as data, not as a file.
        text: bool,
    },
    /// What is in a long file in front of its fragments, as far as an index of them tells where they are.
    Glance { blob: u32, len: u64, name: String },
    /// What one object of it is.
    Object { blob: u32, index: usize },
    /// What an edit of it would be, with the result as a new blob.
    Change { blob: u32, change: ChangeForm },
    /// A new object, as a new blob.
    Make { object: ObjectForm },
    /// Whether two of them name the same keys, schemes and objects.
    Compare { blobs: [u32; 2] },
    /// It is not needed any more.
    Close { blob: u32 },
}

/// What becomes of headers. What is not named stays.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ChangeForm {
    /// The one object that is meant; all of PlayReady's otherwise.
    pub(crate) index: Option<usize>,
    /// Elements by name, and their values; an element without one goes.
    pub(crate) fields: BTreeMap<String, Option<String>>,
    pub(crate) key_ids: Option<Vec<String>>,
    /// Key IDs and algorithm are those that the media names.
    pub(crate) from_media: bool,
    pub(crate) algorithm: Option<String>,
    pub(crate) version: Option<String>,
    /// Bytes of an empty license store; 0 for none.
    pub(crate) store: Option<usize>,
    /// The whole text of the header, in place of all that.
    pub(crate) header: Option<String>,
    /// Everything that the rules say how to straighten, in place of all that.
    pub(crate) fix: bool,
    /// Refusals that are overridden, by their names.
    pub(crate) overrides: Vec<String>,
}

/// A new object.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ObjectForm {
    pub(crate) key_ids: Vec<String>,
    pub(crate) version: Option<String>,
    pub(crate) algorithm: Option<String>,
    pub(crate) la_url: Option<String>,
    pub(crate) lui_url: Option<String>,
    pub(crate) ds_id: Option<String>,
    pub(crate) custom_attributes: Option<String>,
    pub(crate) on_demand: bool,
    pub(crate) store: Option<usize>,
    /// 0 or 1: a `pssh` box around it. Otherwise there is none.
    pub(crate) box_version: Option<u8>,
}
