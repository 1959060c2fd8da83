//! Inputs that are files, or come from standard input.

use super::content::{Content, MAX_WHOLE};
use super::detect;
use super::document::Document;
use super::kind::{HEAD, Kind, Kinds};
use super::licenses::LicenseInput;
use super::looks::looks_like;
use super::manifest::Opened;
use super::name::{Input, Name};
use super::text;
use crate::{Error, Result};
use bytes::Bytes;
use prkit_apply::{FileAsset, FileSource};
use prkit_bmff::Scope;
use prkit_plan::{Access, AnyAsset, Source as _, Span, Store as _};
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

impl Content {
    /// The bytes of an input, whatever it is.
    pub fn open(input: &Input) -> Result<Self> {
        match &input.name {
            Name::Path(path) => input.open(path).map(Self::File).map_err(|error| missing(path, error)),
            Name::Asset { store, id } => Ok(Self::of_asset(&store.open(id, Access::Read)?)),
            Name::Stdin => read_stdin(),
            Name::Data(data) => Ok(Self::Memory(Bytes::from(data.text.clone()))),
            Name::Address(address) => Ok(Self::Shared(address.open()?.source)),
        }
    }

    /// An asset of a store.
    pub(crate) fn of_asset(asset: &AnyAsset) -> Self {
        match asset.of_kind::<FileAsset>() {
            Some(asset) => Self::File(asset.file().clone()),
            None => Self::Shared(Arc::new(asset.clone())),
        }
    }
}

/// People paste base64 where a file name is due.
fn missing(path: &Path, error: prkit_apply::Error) -> Error {
    let decodes =
        !path.exists() && path.to_str().and_then(text::decode).is_some_and(|pasted| pasted.bytes.len() > 16);
    if decodes { Error::PastedName(error) } else { error.into() }
}

/// Small streams are kept in memory, long ones go to an unnamed temporary file.
#[expect(clippy::disallowed_methods, reason = "standard input is an asset like any other, to be read once")]
fn read_stdin() -> Result<Content> {
    let mut first = Vec::new();
    let mut stdin = io::stdin().lock();
    stdin.by_ref().take(MAX_WHOLE).read_to_end(&mut first).map_err(Error::Read)?;
    if u64::try_from(first.len()).is_ok_and(|len| len < MAX_WHOLE) {
        return Ok(Content::Memory(Bytes::from(first)));
    }
    Ok(Content::File(FileSource::spool(&first, &mut stdin)?))
}

/// What a file is, by its first bytes.
pub fn kind_of(file: &FileSource) -> Result<Option<Kind>> {
    let mut head = Vec::new();
    let span = Span::new(0, file.len().min(HEAD));
    file.read_at(span, &mut head).map_err(Error::Read)?;
    Ok(detect::by_head(&head, file.len()))
}

impl Document {
    /// Opens an input and tells what it is.
    pub fn open(input: &Input, scope: Scope) -> Result<Self> {
        let document = Self::open_any(input, scope)?;
        Ok(Self { is_walked: input.is_walked(), ..document })
    }

    fn open_any(input: &Input, scope: Scope) -> Result<Self> {
        match &input.name {
            Name::Data(data) => Self::of_text(data.text.clone(), scope)?
                .ok_or_else(|| Error::NoData { looks: looks_like(data.text.as_bytes()) }),
            Name::Address(address) => {
                let reached = address.open()?;
                let document = Self::of(Content::Shared(reached.source), scope)?;
                Ok(Self { address: Some(reached.address), ..document })
            }
            Name::Asset { store, id } => {
                let document = Self::of(Content::open(input)?, scope)?;
                Ok(Self { address: store.url(id), ..document })
            }
            Name::Path(_) | Name::Stdin => Self::of(Content::open(input)?, scope),
        }
    }

    /// The manifest that a file is, if it is one; others are not looked at any further.
    pub fn manifest_at(path: &Path) -> Result<Option<Opened>> {
        Self::manifest_in(Content::File(FileSource::open(path)?))
    }

    /// The same for what is open already.
    pub fn manifest_in(content: Content) -> Result<Option<Opened>> {
        let head = content.read(Span::new(0, content.len().min(HEAD)))?;
        let is_manifest = match detect::by_head(&head, content.len()) {
            Some(kind) => kind.is_manifest(),
            None => detect::is_open(&head),
        };
        if !is_manifest {
            return Ok(None);
        }
        Ok(Self::of(content, Scope::default())?.manifest)
    }

    /// The same for an input that may be none of ours, where it was found in a folder: then there is no document.
    pub fn open_if_ours(input: &Input, scope: Scope, kinds: &Kinds) -> Result<Option<Self>> {
        if !input.is_walked() {
            return Self::open(input, scope).map(Some);
        }
        let content = match &input.name {
            Name::Path(path) => Content::File(input.open(path)?),
            _ => Content::open(input)?,
        };
        Self::of_content(content, input, scope, kinds)
    }

    /// The same for what is open already.
    pub fn of_content(content: Content, input: &Input, scope: Scope, kinds: &Kinds) -> Result<Option<Self>> {
        let is_walked = input.is_walked();
        let head = content.read(Span::new(0, content.len().min(HEAD)))?;
        if is_walked && !kinds.takes(detect::by_head(&head, content.len())) {
            return Ok(None);
        }
        let document = Self::of_head(content, head, scope)?;
        Ok(Some(Self { is_walked, ..document }))
    }
}

impl LicenseInput {
    /// Opens an input and looks for licenses in it.
    pub fn open(input: &Input) -> Result<Self> {
        Self::of(Content::open(input)?)
    }
}
