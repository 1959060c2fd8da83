//! A PlayReady Header as a value.

use crate::asset::{Reduced, given, hash_of};
use crate::change::key_ids;
use crate::error;
use crate::look::context;
use bytes::Bytes;
use prkit_batch::shape::{Shape, utf16};
use prkit_bmff::Pssh;
use prkit_playready::{
    Algorithm, Field, Header, Key, KeyId, NewHeader, Object, Payload, RecordType, SystemId, Version,
    VersionChoice,
};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};
use std::borrow::Cow;
use std::sync::OnceLock;
use uuid::Uuid;

/// A PlayReady Header: XML in little-endian UTF-16, as objects hold it.
#[pyclass(frozen, module = "prkit", name = "PlayReadyHeader")]
pub(crate) struct PlayReadyHeader {
    bytes: Bytes,
    read: OnceLock<Read>,
}

/// What a header contains, read once for all that is asked of it.
struct Read {
    version: Option<String>,
    ids: Vec<Uuid>,
    algorithms: Vec<Option<String>>,
    values: [Option<String>; Field::ALL.len()],
}

impl Read {
    fn of(header: &Header<'_>) -> Self {
        let kids = header.kids();
        Self {
            version: header.version().map(|version| version.to_string()),
            ids: kids.iter().filter_map(|kid| Some(Uuid::from_bytes(kid.id?.to_uuid_bytes()))).collect(),
            algorithms: kids
                .iter()
                .map(|kid| kid.algorithm.as_ref().map(|algorithm| algorithm.as_str().to_owned()))
                .collect(),
            values: Field::ALL.map(|field| header.value(field).map(Cow::into_owned)),
        }
    }
}

/// A refused value.
pub(crate) fn refused(py: Python<'_>, error: impl ToString) -> PyErr {
    error::new(py, "refused", error.to_string(), None, None, None)
}

impl PlayReadyHeader {
    pub(crate) fn of(header: &Header<'_>) -> Self {
        Self { bytes: Bytes::copy_from_slice(header.bytes()), read: Read::of(header).into() }
    }

    fn new_of(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into(), read: OnceLock::new() }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn read(&self, py: Python<'_>) -> PyResult<&Read> {
        if let Some(read) = self.read.get() {
            return Ok(read);
        }
        let header = Header::parse(&self.bytes).map_err(|error| refused(py, error))?;
        Ok(self.read.get_or_init(|| Read::of(&header)))
    }

    fn value(&self, py: Python<'_>, field: Field) -> PyResult<Option<&str>> {
        let at = Field::ALL.iter().position(|known| *known == field);
        let values = &self.read(py)?.values;
        Ok(at.and_then(|at| values.get(at)).and_then(Option::as_deref))
    }

    fn object(&self, py: Python<'_>, store: usize) -> PyResult<Vec<u8>> {
        let (header, zeros) = (utf16(&self.bytes).map_err(|error| refused(py, error))?, vec![0; store]);
        let records = [(RecordType::Header, &header[..]), (RecordType::Store, &zeros[..])];
        let records = records.into_iter().filter(|(kind, _)| store > 0 || *kind == RecordType::Header);
        Object::encode(records).map_err(|error| refused(py, error))
    }

    fn shaped(&self, py: Python<'_>, shape: Shape) -> PyResult<String> {
        let payload = Payload::parse(&self.bytes).map_err(|error| refused(py, error))?;
        let object = |data: &[u8]| prkit_batch::shape::new_box(data, 0, Vec::new());
        let text = shape.of(&payload, object).map_err(|error| refused(py, error))?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}

/// A version of a header, or the lowest one that will do.
pub(crate) fn version_choice(py: Python<'_>, text: &str) -> PyResult<VersionChoice> {
    if text == "lowest" {
        return Ok(VersionChoice::Lowest);
    }
    let full = if text.matches('.').count() == 1 { format!("{text}.0.0") } else { text.to_owned() };
    match Version::from_text(&full) {
        Version::Other(_) => {
            Err(refused(py, format!("expected a version of 4.0, 4.1, 4.2, 4.3, or lowest, not {text:?}")))
        }
        version => Ok(VersionChoice::Exactly(version)),
    }
}

#[pymethods]
impl PlayReadyHeader {
    /// Reads a header, an object, a `pssh` box, or any of them in base64 or hex.
    #[staticmethod]
    fn parse(py: Python<'_>, data: &Bound<'_, PyAny>) -> PyResult<Self> {
        let bytes = if let Ok(text) = data.extract::<String>() { text.into_bytes() } else { data.extract()? };
        let document = prkit_batch::Document::of(
            prkit_batch::Content::Memory(bytes.into()),
            prkit_bmff::Scope::default(),
        );
        let found =
            document.and_then(|document| document.objects()).map_err(|error| error::raise(py, error))?;
        let mut headers: Vec<Self> = Vec::new();
        for found in found.iter().filter(|found| found.system.is_playready()) {
            let header = Header::of_payload(&found.data).map_err(|error| refused(py, error))?;
            let header = Self::new_of(utf16(header.bytes()).map_err(|error| refused(py, error))?);
            if !headers.iter().any(|known| known.bytes == header.bytes) {
                headers.push(header);
            }
        }
        if headers.len() > 1 {
            return Err(refused(py, format!("there are {} different headers in it", headers.len())));
        }
        headers.pop().ok_or_else(|| refused(py, "there is no PlayReady Header in it"))
    }

    /// A new header.
    #[staticmethod]
    #[pyo3(signature = (**fields))]
    fn new(py: Python<'_>, fields: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        const FIELDS: [&str; 9] = [
            "key_ids",
            "la_url",
            "lui_url",
            "ds_id",
            "custom_attributes",
            "algorithm",
            "version",
            "on_demand",
            "license_requested",
        ];
        for name in fields.iter().flat_map(|fields| fields.keys()) {
            let name: String = name.extract()?;
            if !FIELDS.contains(&&*name) {
                return Err(PyTypeError::new_err(format!("new() has no argument {name:?}")));
            }
        }
        let text = |name| given(fields, name)?.map(|value| value.extract::<String>()).transpose();
        let mut new = NewHeader {
            la_url: text("la_url")?,
            lui_url: text("lui_url")?,
            custom_attributes: text("custom_attributes")?,
            algorithm: text("algorithm")?.map(|text| Algorithm::from_text(&text)),
            ..NewHeader::default()
        };
        if let Some(ids) = given(fields, "key_ids")? {
            new.keys = key_ids(&ids)?.into_iter().map(|id| Key { id, key: None }).collect();
        }
        if let Some(id) = given(fields, "ds_id")? {
            new.ds_id = Some(crate::change::key_id(&id)?.to_guid_base64());
        }
        if let Some(text) = text("version")? {
            new.version = version_choice(py, &text)?;
        }
        new.on_demand = given(fields, "on_demand")?.map_or(Ok(false), |value| value.extract())?;
        new.license_requested =
            given(fields, "license_requested")?.map(|value| value.extract()).transpose()?;
        let bytes = new.build().map_err(|error| refused(py, error))?;
        Ok(Self::new_of(bytes))
    }

    /// The header with other values; takes what `Change` takes.
    #[pyo3(signature = (**fields))]
    fn replace(&self, py: Python<'_>, fields: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let change = py.import("prkit._types")?.getattr("Change")?.call((), fields)?;
        let native = change.getattr("_native")?.call0()?;
        let native = native.cast::<crate::change::NativeChange>()?.get();
        let revision = native.revision().ok_or_else(|| {
            PyTypeError::new_err(
                "a header is replaced by another value of its own, not by header=, pro= or els=",
            )
        })?;
        let payload = Payload::parse(&self.bytes).map_err(|error| refused(py, error))?;
        let new = payload.revise(revision).map_err(|error| refused(py, error))?;
        Ok(Self::new_of(new.map_or_else(|| self.bytes.clone(), Into::into)))
    }

    /// The version, such as `4.0.0.0`; None where the header names none.
    #[getter]
    fn version(&self, py: Python<'_>) -> PyResult<Option<&str>> {
        Ok(self.read(py)?.version.as_deref())
    }

    /// The key IDs, in their order: as UUIDs, in the byte order of CENC (PlayReady Header Specification, 3.1: GUIDs).
    #[getter]
    fn key_ids<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.read(py)?.ids)
    }

    /// The algorithm of each key ID, as it is written; None where there is none.
    #[getter]
    fn algorithms<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.read(py)?.algorithms)
    }

    /// The URL that licenses are asked for at.
    #[getter]
    fn la_url(&self, py: Python<'_>) -> PyResult<Option<&str>> {
        self.value(py, Field::LaUrl)
    }

    /// The URL of the page for people who have no license.
    #[getter]
    fn lui_url(&self, py: Python<'_>) -> PyResult<Option<&str>> {
        self.value(py, Field::LuiUrl)
    }

    /// The identifier of the domain service, in base64 as the header has it.
    #[getter]
    fn ds_id(&self, py: Python<'_>) -> PyResult<Option<&str>> {
        self.value(py, Field::DsId)
    }

    /// The XML inside of CUSTOMATTRIBUTES.
    #[getter]
    fn custom_attributes(&self, py: Python<'_>) -> PyResult<Option<&str>> {
        self.value(py, Field::CustomAttributes)
    }

    /// ONDEMAND, where a license is asked for when it is needed.
    #[getter]
    fn decryptor_setup(&self, py: Python<'_>) -> PyResult<Option<&str>> {
        self.value(py, Field::DecryptorSetup)
    }

    /// LICENSEREQUESTED as it is written, which clients from 4.5 on read (2021, 3.3); None where the header does not say.
    #[getter]
    fn license_requested(&self, py: Python<'_>) -> PyResult<Option<String>> {
        let header = Header::parse(&self.bytes).map_err(|error| refused(py, error))?;
        Ok(header.license_requested().map(Cow::into_owned))
    }

    /// The text of the header.
    #[getter]
    fn xml(&self, py: Python<'_>) -> PyResult<String> {
        let header = Header::parse(&self.bytes).map_err(|error| refused(py, error))?;
        Ok(header.as_str().to_owned())
    }

    /// The findings of `lint`.
    #[pyo3(signature = (*, target=None, strict=false, spec=None))]
    fn lint<'py>(
        &self,
        py: Python<'py>,
        target: Option<&str>,
        strict: bool,
        spec: Option<&str>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let asked = context(py, target, strict, spec)?;
        let data = PyBytes::new(py, &self.bytes).into_any();
        crate::look::linted(py, &data, asked)
    }

    /// The text of the header, as `xml`.
    fn to_xml(&self, py: Python<'_>) -> PyResult<String> {
        self.xml(py)
    }

    /// The PlayReady Object; `els` bytes of an empty license store behind the header.
    #[pyo3(signature = (*, els=0))]
    fn to_pro<'py>(&self, py: Python<'py>, els: usize) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.object(py, els)?))
    }

    /// A `pssh` box; version 1 lists the key IDs.
    #[pyo3(signature = (*, version=0, els=0))]
    fn to_pssh<'py>(&self, py: Python<'py>, version: u8, els: usize) -> PyResult<Bound<'py, PyBytes>> {
        let kids = match version {
            0 => Vec::new(),
            1 => self.read(py)?.ids.iter().map(|id| KeyId::from_uuid_bytes(id.into_bytes())).collect(),
            _ => return Err(refused(py, format!("a pssh box has version 0 or 1, not {version}"))),
        };
        let object = self.object(py, els)?;
        let boxed = Pssh::new(version, SystemId::PLAYREADY, kids, &object).to_box();
        let boxed = boxed.ok_or_else(|| refused(py, "the object is too long for a box"))?;
        Ok(PyBytes::new(py, &boxed))
    }

    /// The element `mspr:pro` of an MPD.
    fn to_mspr_pro(&self, py: Python<'_>) -> PyResult<String> {
        self.shaped(py, Shape::MsprPro)
    }

    /// The element `cenc:pssh` of an MPD.
    fn to_cenc_pssh(&self, py: Python<'_>) -> PyResult<String> {
        self.shaped(py, Shape::CencPssh)
    }

    /// A line `#EXT-X-KEY` of a playlist.
    fn to_ext_x_key(&self, py: Python<'_>) -> PyResult<String> {
        self.shaped(py, Shape::ExtXKey)
    }

    /// A line `#EXT-X-SESSION-KEY` of a playlist.
    fn to_ext_x_session_key(&self, py: Python<'_>) -> PyResult<String> {
        self.shaped(py, Shape::ExtXSessionKey)
    }

    /// The element `ProtectionHeader` of a Smooth Streaming manifest.
    fn to_protection_header(&self, py: Python<'_>) -> PyResult<String> {
        self.shaped(py, Shape::ProtectionHeader)
    }

    fn __bytes__<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.bytes)
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| other.get().bytes == self.bytes)
    }

    fn __hash__(&self) -> u64 {
        hash_of(&self.bytes)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let version = self.version(py)?.unwrap_or("without version");
        let ids: Vec<String> = self.read(py)?.ids.iter().map(ToString::to_string).collect();
        let url = self.la_url(py)?.map(|url| format!(" {url:?}")).unwrap_or_default();
        Ok(format!("<prkit.PlayReadyHeader {version} [{}]{url}>", ids.join(", ")))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> Reduced<'py, (Bound<'py, PyBytes>,)> {
        Ok((py.get_type::<Self>().getattr("_restore")?, (self.__bytes__(py),)))
    }

    #[staticmethod]
    fn _restore(bytes: Vec<u8>) -> Self {
        Self::new_of(bytes)
    }
}
