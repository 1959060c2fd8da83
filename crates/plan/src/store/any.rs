//! A store of any kind, for whoever works with several.

use super::{
    Access, Asset, AssetId, Commit, Edit, Make, NotTogether, Offers, Receipt, Recovered, Store, StoreError,
    Transfer, Version,
};
use crate::{Method, Plan, Source, Span};
use core::any::Any;
use core::fmt;
use core::ops::ControlFlow;
use std::io;
use std::sync::Arc;

/// An asset of any store.
#[derive(Clone)]
pub struct AnyAsset(Arc<dyn OfAKind>);

/// An asset that a store recognises as its own.
trait OfAKind: Asset + Any {}

impl<A: Asset + Any> OfAKind for A {}

impl AnyAsset {
    /// An asset that was opened in its store.
    pub fn new(asset: impl Asset + 'static) -> Self {
        Self(Arc::new(asset))
    }

    /// The same as what its store calls an asset, if that is its kind.
    pub fn of_kind<A: Any>(&self) -> Option<&A> {
        let asset: &dyn Any = &*self.0;
        asset.downcast_ref()
    }
}

impl fmt::Debug for AnyAsset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id().fmt(f)
    }
}

impl Source for AnyAsset {
    fn len(&self) -> u64 {
        self.0.len()
    }

    fn read_at(&self, span: Span, into: &mut Vec<u8>) -> io::Result<()> {
        self.0.read_at(span, into)
    }

    fn hint(&self, spans: &[Span]) {
        self.0.hint(spans);
    }

    fn origin(&self) -> Option<&dyn Any> {
        self.0.origin()
    }
}

impl Asset for AnyAsset {
    fn id(&self) -> &AssetId {
        self.0.id()
    }

    fn version(&self) -> &Version {
        self.0.version()
    }

    fn offers(&self) -> Offers {
        self.0.offers()
    }

    fn is_marked(&self, run: &str) -> bool {
        self.0.is_marked(run)
    }

    fn settle(&self, plan: Plan, in_turn: bool) -> Result<(Plan, Method), StoreError> {
        self.0.settle(plan, in_turn)
    }

    fn transfer(&self, plan: &Plan) -> Result<Option<Transfer>, StoreError> {
        self.0.transfer(plan)
    }
}

/// A store of any kind: what is opened in one is committed there, whatever it is.
#[derive(Clone)]
pub struct AnyStore(Arc<dyn Opaque>);

/// A [`Store`] whose assets are told apart only when they come back.
trait Opaque: Send + Sync {
    fn list(
        &self,
        below: &AssetId,
        group: &mut dyn FnMut(Vec<AssetId>) -> ControlFlow<()>,
    ) -> Result<(), StoreError>;
    fn url(&self, id: &AssetId) -> Option<String>;
    fn resolve(&self, from: &AssetId, reference: &str) -> Option<AssetId>;
    fn open(&self, id: &AssetId, access: Access) -> Result<AnyAsset, StoreError>;
    fn commit(&self, edits: &mut [Edit<'_, AnyAsset>], how: &Commit<'_>) -> Vec<Result<Receipt, StoreError>>;
    fn commit_together(
        &self,
        root: usize,
        edits: &mut [Edit<'_, AnyAsset>],
        how: &Commit<'_>,
    ) -> Result<Vec<Receipt>, NotTogether>;
    fn make_all(&self, makes: Vec<Make<'_>>, how: &Commit<'_>) -> Vec<Result<Receipt, StoreError>>;
    fn recover(&self, below: &AssetId, undo: bool) -> Result<Vec<Recovered>, StoreError>;
}

/// An edit as the store of its asset knows it; none of another store.
fn own<'e, A: Any>(edit: &'e mut Edit<'_, AnyAsset>) -> Result<Edit<'e, A>, StoreError> {
    Ok(edit.on(edit.asset.of_kind().ok_or(StoreError::Missing)?))
}

impl<S: Store + Send> Opaque for S
where
    S::Asset: 'static,
{
    fn list(
        &self,
        below: &AssetId,
        group: &mut dyn FnMut(Vec<AssetId>) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        Store::list(self, below, group)
    }

    fn url(&self, id: &AssetId) -> Option<String> {
        Store::url(self, id)
    }

    fn resolve(&self, from: &AssetId, reference: &str) -> Option<AssetId> {
        Store::resolve(self, from, reference)
    }

    fn open(&self, id: &AssetId, access: Access) -> Result<AnyAsset, StoreError> {
        Store::open(self, id, access).map(AnyAsset::new)
    }

    fn commit(&self, edits: &mut [Edit<'_, AnyAsset>], how: &Commit<'_>) -> Vec<Result<Receipt, StoreError>> {
        let (mut known, mut results) = (Vec::new(), Vec::new());
        for edit in edits {
            results.push(own(edit).map(|edit| known.push(edit)));
        }
        let mut receipts = Store::commit(self, &mut known, how).into_iter();
        let result =
            |known: Result<(), _>| known.and_then(|()| receipts.next().unwrap_or(Err(StoreError::Missing)));
        results.into_iter().map(result).collect()
    }

    fn commit_together(
        &self,
        root: usize,
        edits: &mut [Edit<'_, AnyAsset>],
        how: &Commit<'_>,
    ) -> Result<Vec<Receipt>, NotTogether> {
        let mut known = Vec::new();
        for (number, edit) in edits.iter_mut().enumerate() {
            known.push(own(edit).map_err(|error| NotTogether { member: Some(number), error })?);
        }
        Store::commit_together(self, root, &mut known, how)
    }

    fn make_all(&self, makes: Vec<Make<'_>>, how: &Commit<'_>) -> Vec<Result<Receipt, StoreError>> {
        Store::make_all(self, makes, how)
    }

    fn recover(&self, below: &AssetId, undo: bool) -> Result<Vec<Recovered>, StoreError> {
        Store::recover(self, below, undo)
    }
}

impl AnyStore {
    /// A store of some kind.
    pub fn new<S: Store + Send + 'static>(store: S) -> Self
    where
        S::Asset: 'static,
    {
        Self(Arc::new(store))
    }

    /// A number that no other store has while there is this one.
    pub fn address(&self) -> usize {
        Arc::as_ptr(&self.0).cast::<()>().addr()
    }

    /// Whether it is the same store as another one.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl PartialEq for AnyStore {
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other)
    }
}

impl Eq for AnyStore {}

impl fmt::Debug for AnyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnyStore").finish_non_exhaustive()
    }
}

impl Store for AnyStore {
    type Asset = AnyAsset;

    fn list(
        &self,
        below: &AssetId,
        group: &mut dyn FnMut(Vec<AssetId>) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.0.list(below, group)
    }

    fn url(&self, id: &AssetId) -> Option<String> {
        self.0.url(id)
    }

    fn resolve(&self, from: &AssetId, reference: &str) -> Option<AssetId> {
        self.0.resolve(from, reference)
    }

    fn open(&self, id: &AssetId, access: Access) -> Result<AnyAsset, StoreError> {
        self.0.open(id, access)
    }

    fn commit(&self, edits: &mut [Edit<'_, AnyAsset>], how: &Commit<'_>) -> Vec<Result<Receipt, StoreError>> {
        self.0.commit(edits, how)
    }

    fn commit_together(
        &self,
        root: usize,
        edits: &mut [Edit<'_, AnyAsset>],
        how: &Commit<'_>,
    ) -> Result<Vec<Receipt>, NotTogether> {
        self.0.commit_together(root, edits, how)
    }

    fn make(&self, make: Make<'_>, how: &Commit<'_>) -> Result<Receipt, StoreError> {
        self.0.make_all(vec![make], how).pop().unwrap_or(Err(StoreError::Missing))
    }

    fn make_all(&self, makes: Vec<Make<'_>>, how: &Commit<'_>) -> Vec<Result<Receipt, StoreError>> {
        self.0.make_all(makes, how)
    }

    fn recover(&self, below: &AssetId, undo: bool) -> Result<Vec<Recovered>, StoreError> {
        self.0.recover(below, undo)
    }
}

#[cfg(test)]
mod tests {
    use super::super::battery::{Bench, tests};
    use super::*;
    use crate::Memory;

    struct Shut {
        memory: Memory,
        store: AnyStore,
    }

    impl Bench for Shut {
        type Store = AnyStore;

        fn store(&self) -> &AnyStore {
            &self.store
        }

        fn put(&self, id: &AssetId, bytes: &[u8]) {
            self.memory.put(id.clone(), bytes.to_vec());
        }

        fn get(&self, id: &AssetId) -> Option<Vec<u8>> {
            self.memory.get(id).map(|bytes| bytes.to_vec())
        }

        fn keeps_marks(&self) -> bool {
            true
        }
    }

    #[test]
    fn a_store_of_any_kind_passes_the_battery() {
        for (_, test) in tests::<Shut>() {
            let memory = Memory::new();
            test(&Shut { store: AnyStore::new(memory.clone()), memory });
        }
    }
}
