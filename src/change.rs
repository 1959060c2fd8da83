//! What becomes of a header.

use prkit_batch::payloads::Making;
use prkit_batch::{Asking, Fitting, HeaderChange, Selector, StoreSize, What};
use prkit_playready::{Change as Of, Edit, Field, Key, KeyEdits, KeyId, Overrides, Revision};

/// What becomes of every PlayReady header of an asset. What is not named stays, to the byte.
///
/// ```
/// use prkit::Change;
///
/// let change = Change::new()
///     .license_url("https://drm.example/{kid}")
///     .custom_attributes("<tenant>7</tenant>")
///     .license_store(10 * 1024);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a change does nothing before it is given to something"]
pub struct Change {
    fields: Vec<Edit>,
    keys: Option<Vec<KeyId>>,
    from_media: bool,
    store: StoreSize,
    overrides: Overrides,
}

impl Change {
    /// Nothing changes yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The URL that licenses are asked for at. `{kid}` in it stands for the key ID of a header that has exactly one.
    pub fn license_url(self, url: impl Into<String>) -> Self {
        self.field(Field::LaUrl, Of::Set(url.into()))
    }

    /// The page for people who have no license. `{kid}` stands for the key ID.
    pub fn license_page(self, url: impl Into<String>) -> Self {
        self.field(Field::LuiUrl, Of::Set(url.into()))
    }

    /// The identifier of the domain service.
    pub fn domain(self, service: KeyId) -> Self {
        self.field(Field::DsId, Of::Set(service.to_guid_base64()))
    }

    /// The XML inside of `CUSTOMATTRIBUTES`.
    pub fn custom_attributes(self, xml: impl Into<String>) -> Self {
        self.field(Field::CustomAttributes, Of::Set(xml.into()))
    }

    /// These key IDs, and no others.
    pub fn key_ids(self, ids: impl IntoIterator<Item = KeyId>) -> Self {
        Self { keys: Some(ids.into_iter().collect()), ..self }
    }

    /// The key IDs and the algorithm that the media around a header names.
    pub fn keys_of_media(self) -> Self {
        Self { from_media: true, ..self }
    }

    /// An empty license store of so many bytes, which makes room for later edits; 0 for none.
    pub fn license_store(self, len: usize) -> Self {
        Self { store: if len == 0 { StoreSize::Strip } else { StoreSize::Size(len) }, ..self }
    }

    /// Does what is refused for a reason of one of these kinds: an error says which kind would override it.
    pub fn overriding(self, overrides: Overrides) -> Self {
        Self { overrides, ..self }
    }

    fn field(mut self, field: Field, change: Of) -> Self {
        self.fields.retain(|edit| edit.field != field);
        self.fields.push(Edit { field, change, existing: false });
        self
    }

    /// What is asked of an asset: this change, as the engine has it, of the objects that are meant.
    pub(crate) fn asking<'a>(&self, header: &'a HeaderChange, selector: &'a Selector) -> Asking<'a> {
        let making = Making { overrides: self.overrides, ..Making::default() };
        let fitting = Fitting { overrides: self.overrides, ..Fitting::default() };
        Asking { selector, change: header, making, fitting }
    }

    /// The same for the engine, when no field says what no header can.
    pub(crate) fn header(&self) -> prkit_batch::Result<HeaderChange> {
        for edit in &self.fields {
            edit.check(false)?;
        }
        let keys = self.keys.iter().flatten().map(|id| Key { id: *id, key: None });
        let keys = KeyEdits { set: keys.collect(), ..KeyEdits::default() };
        let revision = Revision { fields: self.fields.clone(), keys, ..Revision::default() };
        let what = What::Revise { revision: Box::new(revision), from_media: self.from_media };
        Ok(HeaderChange { what, store: self.store })
    }
}
