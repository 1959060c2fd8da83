//! Assets in memory.

use super::{
    Access, Asset, AssetId, Commit, Edit, Make, Marks, NotTogether, Offers, Receipt, Store, StoreError,
    Version, Watch,
};
use crate::{Method, Plan, Source, Span};
use bytes::Bytes;
use core::ops::ControlFlow;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A store in memory: *atomic*, and all or none. Nothing of it is left when it is dropped.
#[derive(Clone, Debug, Default)]
pub struct Memory(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    assets: BTreeMap<AssetId, Held>,
    /// Versions that there were.
    versions: u64,
}

#[derive(Clone, Debug)]
struct Held {
    bytes: Bytes,
    version: u64,
    marks: Marks,
    /// Somebody edits it.
    is_locked: bool,
}

/// An asset in memory, as it was when it was opened.
#[derive(Debug)]
pub struct MemoryAsset {
    id: AssetId,
    bytes: Bytes,
    version: Version,
    marks: Marks,
    /// The store, where it is to be told that the edit is over.
    locked: Option<Memory>,
}

impl Memory {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts an asset, whatever was there; an edit of it that is planned will find it changed.
    pub fn put(&self, id: impl Into<AssetId>, bytes: impl Into<Bytes>) {
        self.state().put(id.into(), bytes.into(), Marks::default());
    }

    /// The bytes of an asset.
    pub fn get(&self, id: &AssetId) -> Option<Bytes> {
        Some(self.state().assets.get(id)?.bytes.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A check that panicked changed nothing.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn put(&mut self, id: AssetId, bytes: Bytes, marks: Marks) -> Version {
        self.versions = self.versions.saturating_add(1);
        let is_locked = self.assets.get(&id).is_some_and(|held| held.is_locked);
        let held = Held { bytes, version: self.versions, marks, is_locked };
        let version = held.version();
        self.assets.insert(id, held);
        version
    }

    /// Whether an asset is what it was.
    fn is(&self, asset: &MemoryAsset) -> bool {
        self.assets.get(&asset.id).is_some_and(|held| held.version() == asset.version)
    }
}

impl Held {
    fn version(&self) -> Version {
        let len = u64::try_from(self.bytes.len()).unwrap_or(u64::MAX);
        Version::new(len, self.version.to_string())
    }
}

impl Drop for MemoryAsset {
    fn drop(&mut self) {
        if let Some(store) = &self.locked
            && let Some(held) = store.state().assets.get_mut(&self.id)
        {
            held.is_locked = false;
        }
    }
}

impl Source for MemoryAsset {
    fn len(&self) -> u64 {
        self.version.len
    }

    fn read_at(&self, span: Span, into: &mut Vec<u8>) -> io::Result<()> {
        self.bytes.read_at(span, into)
    }
}

impl Asset for MemoryAsset {
    fn id(&self) -> &AssetId {
        &self.id
    }

    fn version(&self) -> &Version {
        &self.version
    }

    fn offers(&self) -> Offers {
        Offers { patches: true, ..Offers::default() }
    }

    fn is_marked(&self, run: &str) -> bool {
        self.marks.has(run)
    }

    fn settle(&self, plan: Plan, _in_turn: bool) -> Result<(Plan, Method), StoreError> {
        let method = method(&plan);
        Ok((plan, method))
    }
}

impl Store for Memory {
    type Asset = MemoryAsset;

    fn list(
        &self,
        below: &AssetId,
        group: &mut dyn FnMut(Vec<AssetId>) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let mut folders: BTreeMap<Vec<u8>, Vec<AssetId>> = BTreeMap::new();
        for id in self.state().assets.keys().filter(|id| id.is_below(below)) {
            folders.entry(id.folder().to_owned()).or_default().push(id.clone());
        }
        for ids in folders.into_values() {
            if group(ids).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn open(&self, id: &AssetId, access: Access) -> Result<MemoryAsset, StoreError> {
        let mut state = self.state();
        let held = state.assets.get_mut(id).ok_or(StoreError::Missing)?;
        if access == Access::Edit {
            if held.is_locked {
                return Err(StoreError::AtWork);
            }
            held.is_locked = true;
        }
        let locked = (access == Access::Edit).then(|| self.clone());
        let (bytes, version, marks) = (held.bytes.clone(), held.version(), held.marks.clone());
        Ok(MemoryAsset { id: id.clone(), bytes, version, marks, locked })
    }

    fn commit(
        &self,
        edits: &mut [Edit<'_, MemoryAsset>],
        how: &Commit<'_>,
    ) -> Vec<Result<Receipt, StoreError>> {
        let commit = |edit: &mut Edit<'_, MemoryAsset>| {
            let new = made(edit, how.watch)?;
            let mut state = self.state();
            if !state.is(edit.asset) {
                return Err(StoreError::Changed);
            }
            let marks = edit.asset.marks.after(how.mark);
            Ok(Receipt::new(state.put(edit.asset.id.clone(), new, marks), method(edit.plan)))
        };
        edits.iter_mut().map(commit).collect()
    }

    fn commit_together(
        &self,
        _root: usize,
        edits: &mut [Edit<'_, MemoryAsset>],
        how: &Commit<'_>,
    ) -> Result<Vec<Receipt>, NotTogether> {
        let blame = |member, error| NotTogether { member: Some(member), error };
        let new =
            edits.iter_mut().enumerate().map(|(i, edit)| made(edit, how.watch).map_err(|e| blame(i, e)));
        let new: Vec<Bytes> = new.collect::<Result<_, _>>()?;
        let mut state = self.state();
        if let Some(changed) = edits.iter().position(|edit| !state.is(edit.asset)) {
            return Err(blame(changed, StoreError::Changed));
        }
        let receipts = edits.iter().zip(new);
        let receipts = receipts.map(|(edit, new)| {
            let marks = edit.asset.marks.after(how.mark);
            Receipt::new(state.put(edit.asset.id.clone(), new, marks), method(edit.plan))
        });
        Ok(receipts.collect())
    }

    fn make(&self, make: Make<'_>, how: &Commit<'_>) -> Result<Receipt, StoreError> {
        let exists = || StoreError::Exists(make.id.clone());
        if !make.replace && self.get(make.id).is_some() {
            return Err(exists());
        }
        let new = rendered(make.plan, make.source, how.watch)?;
        (make.check)(&new).map_err(StoreError::NotAsPlanned)?;
        let mut state = self.state();
        if !make.replace && state.assets.contains_key(make.id) {
            return Err(exists());
        }
        Ok(Receipt::new(state.put(make.id.clone(), new, Marks::default()), Method::Copied))
    }
}

/// The new bytes of an edit, looked at.
fn made(edit: &mut Edit<'_, MemoryAsset>, watch: &dyn Watch) -> Result<Bytes, StoreError> {
    if edit.asset.locked.is_none() {
        return Err(StoreError::ReadOnly);
    }
    let new = rendered(edit.plan, edit.asset, watch)?;
    (edit.check)(&new).map_err(StoreError::NotAsPlanned)?;
    Ok(new)
}

fn rendered(plan: &Plan, source: &dyn Source, watch: &dyn Watch) -> Result<Bytes, StoreError> {
    if plan.old_len() != source.len() {
        return Err(StoreError::Changed);
    }
    let mut new = Vec::new();
    for segment in plan.segments() {
        let rendered = plan.render(segment, source, &mut |bytes| {
            if watch.is_cancelled() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            new.extend_from_slice(bytes);
            watch.moved(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
            Ok(())
        });
        if watch.is_cancelled() {
            return Err(StoreError::Cancelled);
        }
        rendered.map_err(StoreError::io("read the asset"))?;
    }
    Ok(new.into())
}

fn method(plan: &Plan) -> Method {
    if plan.old_len() == plan.new_len() { Method::Patched } else { Method::Resized }
}
