//! What is in an asset.

use crate::{Error, Object};
use prkit_batch::report::{self, PathReport, ShowReport, findings};
use prkit_batch::{Document, Found};

/// What is in an asset: its protection headers, and with [`to_json`](Self::to_json) all that `prkit show` says of it.
pub struct Shown {
    /// The protection headers.
    pub objects: Vec<Object>,
    document: Document,
    found: Vec<Found>,
}

impl Shown {
    pub(crate) fn new(document: Document) -> Result<Self, Error> {
        let found = document.objects()?;
        let objects = found.iter().cloned().map(Object::from).collect();
        Ok(Self { objects, document, found })
    }

    /// The report of `prkit show --json`: tracks, descriptors, headers, license stores, filler, what is odd or wrong. Bytes
    /// have no path, so it is called `-`, as standard input is.
    ///
    /// # Errors
    ///
    /// [`Error::Report`].
    pub fn to_json(&self) -> Result<String, Error> {
        self.to_json_as("-")
    }

    /// The same for an asset that has a name.
    ///
    /// # Errors
    ///
    /// [`Error::Report`].
    pub fn to_json_as(&self, path: &str) -> Result<String, Error> {
        let objects = report::Object::read_all(&self.found);
        let findings = findings(&self.document, &objects);
        ShowReport::new(PathReport::text(path), &self.document, &objects, findings).to_json()
    }
}
