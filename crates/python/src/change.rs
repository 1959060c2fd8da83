//! What a `Change` asks for, as the engine has it.

use crate::header::{PlayReadyHeader, refused, version_choice};
use prkit_batch::operation::Payloads;
use prkit_batch::payloads::Making;
use prkit_batch::{Asking, Fitting, HeaderChange, Selector, StoreSize, What};
use prkit_playready::{
    Algorithm, Change as Of, Checksums, ContentKey, Edit, Field, Key, KeyId, Override, Overrides, Requested,
    Revision,
};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use uuid::Uuid;

/// A key ID: `uuid.UUID`, or text as the program takes it.
pub(crate) fn key_id(value: &Bound<'_, PyAny>) -> PyResult<KeyId> {
    if let Ok(id) = value.extract::<Uuid>() {
        return Ok(KeyId::from_uuid_bytes(id.into_bytes()));
    }
    let text: String =
        value.extract().map_err(|_| PyTypeError::new_err("a key ID is a uuid.UUID or text"))?;
    text.parse().map_err(|error: prkit_playready::Error| PyValueError::new_err(error.to_string()))
}

/// Several of them.
pub(crate) fn key_ids(values: &Bound<'_, PyAny>) -> PyResult<Vec<KeyId>> {
    if values.is_instance_of::<pyo3::types::PyString>() {
        return Err(PyTypeError::new_err("key IDs are a sequence, not one text"));
    }
    values.try_iter()?.map(|value| key_id(&value?)).collect()
}

/// A change that is ready for the engine.
#[pyclass(frozen, module = "prkit._prkit", name = "NativeChange")]
pub(crate) struct NativeChange {
    change: HeaderChange,
    overrides: Overrides,
}

impl NativeChange {
    /// What is asked of an asset: this change of the objects that are meant.
    pub(crate) fn asking<'a>(&'a self, selector: &'a Selector) -> Asking<'a> {
        Asking { selector, change: &self.change, making: self.making(), fitting: self.fitting() }
    }

    /// The same for a run over files.
    pub(crate) fn payloads(&self) -> Payloads<'_> {
        Payloads { change: &self.change, making: self.making() }
    }

    fn making(&self) -> Making {
        Making { overrides: self.overrides, ..Making::default() }
    }

    pub(crate) fn fitting(&self) -> Fitting {
        Fitting { overrides: self.overrides, ..Fitting::default() }
    }

    /// What becomes of a header alone; none where it is replaced, or a license store is asked for.
    pub(crate) fn revision(&self) -> Option<&Revision> {
        match &self.change {
            HeaderChange { what: What::Revise { revision, from_media: false }, store: StoreSize::Keep } => {
                Some(revision)
            }
            _ => None,
        }
    }
}

#[pymethods]
impl NativeChange {
    /// `fields` are those of the Python class, without those that are None.
    #[new]
    fn new(py: Python<'_>, fields: &Bound<'_, PyDict>) -> PyResult<Self> {
        let mut revision = Revision::default();
        let (mut overrides, mut store, mut from_media, mut whole) =
            (Overrides::default(), StoreSize::Keep, false, None);
        for (name, value) in fields {
            let name: String = name.extract()?;
            match &*name {
                "la_url" => set(&mut revision, Field::LaUrl, value.extract()?),
                "lui_url" => set(&mut revision, Field::LuiUrl, value.extract()?),
                "ds_id" => set(&mut revision, Field::DsId, key_id(&value)?.to_guid_base64()),
                "custom_attributes" => set(&mut revision, Field::CustomAttributes, value.extract()?),
                "la_url_replace" => {
                    let pairs: Vec<(String, String)> = match value.call_method0("items") {
                        Ok(items) => {
                            items.try_iter()?.map(|item| item?.extract()).collect::<PyResult<_>>()?
                        }
                        Err(_) => value.extract()?,
                    };
                    let change = Of::ReplacePrefix(pairs);
                    revision.fields.push(Edit { field: Field::LaUrl, change, existing: false });
                }
                "remove" => {
                    for field in value.try_iter()? {
                        let field = field_of(&field?.extract::<String>()?)?;
                        revision.fields.push(Edit { field, change: Of::Remove, existing: false });
                    }
                }
                "on_demand" => {
                    let change = if value.extract()? { Of::Set("ONDEMAND".to_owned()) } else { Of::Remove };
                    revision.fields.push(Edit { field: Field::DecryptorSetup, change, existing: false });
                }
                "license_requested" => revision.license_requested = Some(Requested::Set(value.extract()?)),
                "key_ids" => revision.keys.set = named(key_ids(&value)?),
                "add_key_ids" => revision.keys.add = named(key_ids(&value)?),
                "remove_key_ids" => revision.keys.remove = key_ids(&value)?,
                "keys_of_media" => from_media = value.extract()?,
                "algorithm" => revision.algorithm = Some(Algorithm::from_text(&value.extract::<String>()?)),
                "version" => revision.version = Some(version_choice(py, &value.extract::<String>()?)?),
                "checksums" => revision.checksums = Some(checksums(&value.extract::<String>()?)?),
                "canonicalize" => revision.canonicalize = value.extract()?,
                "els" => {
                    let len: usize = value.extract()?;
                    store = if len == 0 { StoreSize::Strip } else { StoreSize::Size(len) };
                }
                "content_keys" => {
                    for item in value.call_method0("items")?.try_iter()? {
                        let (id, key): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item?.extract()?;
                        revision.keyring.insert(key_id(&id)?, content_key(&key)?);
                    }
                }
                "header" => whole = Some(What::Header(header_of(py, &value)?)),
                "pro" => whole = Some(What::Object(value.extract()?)),
                "override" => overrides = overrides_of(&value.extract::<Vec<String>>()?)?,
                _ => return Err(PyTypeError::new_err(format!("Change has no field {name:?}"))),
            }
        }
        for edit in &revision.fields {
            edit.check(revision.canonicalize).map_err(|error| refused(py, error))?;
        }
        let revises = !revision.is_empty() || from_media;
        let what = match whole {
            Some(_) if revises => {
                return Err(PyValueError::new_err(
                    "header= and pro= replace all of it; nothing else is changed",
                ));
            }
            Some(whole) => whole,
            None => What::Revise { revision: Box::new(revision), from_media },
        };
        Ok(Self { change: HeaderChange { what, store }, overrides })
    }
}

fn set(revision: &mut Revision, field: Field, value: String) {
    revision.fields.push(Edit { field, change: Of::Set(value), existing: false });
}

fn named(ids: Vec<KeyId>) -> Vec<Key> {
    ids.into_iter().map(|id| Key { id, key: None }).collect()
}

fn field_of(name: &str) -> PyResult<Field> {
    Ok(match name {
        "la_url" => Field::LaUrl,
        "lui_url" => Field::LuiUrl,
        "ds_id" => Field::DsId,
        "custom_attributes" => Field::CustomAttributes,
        "decryptor_setup" => Field::DecryptorSetup,
        _ => return Err(PyValueError::new_err(format!("there is no field {name:?} to remove"))),
    })
}

fn checksums(name: &str) -> PyResult<Checksums> {
    match name {
        "add" => Ok(Checksums::Add),
        "strip" => Ok(Checksums::Strip),
        "keep" => Ok(Checksums::Keep),
        _ => Err(PyValueError::new_err(format!("checksums are add, strip or keep, not {name:?}"))),
    }
}

/// What is done although it is refused, by the kinds of refusals.
pub(crate) fn overrides_of(names: &[String]) -> PyResult<Overrides> {
    names.iter().map(|name| override_of(name)).collect()
}

fn override_of(name: &str) -> PyResult<Override> {
    let found = Override::ALL.iter().find(|kind| kind.name() == name).copied();
    found.ok_or_else(|| {
        let names: Vec<&str> = Override::ALL.iter().map(|kind| kind.name()).collect();
        PyValueError::new_err(format!("no refusal is of kind {name:?}; there are {}", names.join(", ")))
    })
}

/// A key; what is wrong with it is said without a byte of it.
fn content_key(value: &Bound<'_, PyAny>) -> PyResult<ContentKey> {
    let key = match value.extract::<String>() {
        Ok(hex) => ContentKey::from_hex(&hex),
        Err(_) => ContentKey::from_bytes(
            &value
                .extract::<Vec<u8>>()
                .map_err(|_| PyTypeError::new_err("a content key is bytes, or text in hex"))?,
        ),
    };
    key.map_err(|error| PyValueError::new_err(error.to_string()))
}

/// A header to put in: one of ours, bytes, or its XML.
fn header_of(py: Python<'_>, value: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    if let Ok(header) = value.cast::<PlayReadyHeader>() {
        return Ok(header.get().bytes().to_vec());
    }
    let bytes = if let Ok(text) = value.extract::<String>() { text.into_bytes() } else { value.extract()? };
    prkit_batch::shape::utf16(&bytes).map_err(|error| refused(py, error))
}
