//! A store of one's own: it counts what is read of the assets that another one holds.

use prkit::{Access, Asset, AssetId, Change, Commit, Memory, Source, Span, Store, StoreError, Version};
use prkit::{Edit, Make, Receipt};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Another store, and how many bytes were read there.
pub(crate) struct Counting {
    inner: Memory,
    bytes: Arc<AtomicU64>,
}

pub(crate) struct Counted {
    inner: <Memory as Store>::Asset,
    bytes: Arc<AtomicU64>,
}

impl Source for Counted {
    fn len(&self) -> u64 {
        self.inner.len()
    }

    fn read_at(&self, span: Span, into: &mut Vec<u8>) -> std::io::Result<()> {
        self.bytes.fetch_add(span.len(), Ordering::Relaxed);
        self.inner.read_at(span, into)
    }
}

impl Asset for Counted {
    fn id(&self) -> &AssetId {
        self.inner.id()
    }

    fn version(&self) -> &Version {
        self.inner.version()
    }
}

impl Store for Counting {
    type Asset = Counted;

    fn list(
        &self,
        below: &AssetId,
        group: &mut dyn FnMut(Vec<AssetId>) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.inner.list(below, group)
    }

    fn open(&self, id: &AssetId, access: Access) -> Result<Counted, StoreError> {
        Ok(Counted { inner: self.inner.open(id, access)?, bytes: Arc::clone(&self.bytes) })
    }

    fn commit(&self, edits: &mut [Edit<'_, Counted>], how: &Commit<'_>) -> Vec<Result<Receipt, StoreError>> {
        let inner = edits.iter_mut().map(|edit| edit.on(&edit.asset.inner));
        self.inner.commit(&mut inner.collect::<Vec<_>>(), how)
    }

    fn make(&self, make: Make<'_>, how: &Commit<'_>) -> Result<Receipt, StoreError> {
        self.inner.make(make, how)
    }
}

/// Counts what is read of another store.
pub(crate) fn over(inner: Memory) -> Counting {
    Counting { inner, bytes: Arc::default() }
}

pub(crate) fn run(bytes: Vec<u8>, url: &str) -> Result<String, Box<dyn std::error::Error>> {
    let store = over(Memory::new());
    store.inner.put("asset", bytes);
    let change = Change::new().license_url(url);
    let receipt = prkit::edit(&store, &"asset".into(), &change, &Commit::default())?;
    let how = receipt.map_or("nothing to do".to_owned(), |receipt| receipt.method.to_string());
    Ok(format!("{how}, {} bytes read", store.bytes.load(Ordering::Relaxed)))
}

#[allow(dead_code, reason = "the tests call what is above")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).ok_or("name a file")?;
    println!("{}", run(std::fs::read(file)?, "https://drm.example/other")?);
    Ok(())
}
