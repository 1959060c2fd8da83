//! Where assets are stored: files, memory, buckets.
//!
//! ```text
//!   AssetId ──open──▶ Asset ──(a format plans)──▶ Plan ──commit──▶ Receipt
//!             lock,    ranged reads,               alone, in a group with one wait, all or none
//!             version  what is cheap               progress and cancel: Watch
//! ```
//!
//! A store knows plans and no format. It holds an edit to the version that was opened, carries it out in the way that is
//! cheapest for it, and says which way that was. What it cannot do, it refuses with [`StoreError::Unsupported`] before
//! anything has changed.

mod any;
#[cfg(any(test, feature = "battery"))]
pub mod battery;
mod error;
mod id;
mod mark;
mod memory;
mod transfer;
mod watched;

pub use any::{AnyAsset, AnyStore};
pub use error::{NotTogether, StoreError};
pub use id::AssetId;
pub use mark::{Mark, Marks};
pub use memory::{Memory, MemoryAsset};
pub use transfer::Transfer;
pub use watched::Watched;

use crate::{Method, Plan, Source};
use core::ops::ControlFlow;

/// What is wrong with a result.
pub type Wrong = Box<dyn core::error::Error + Send + Sync>;

/// A look at a result before it counts: what a format has to say about it.
pub type Check<'c> = &'c mut dyn FnMut(&dyn Source) -> Result<(), Wrong>;

/// What an asset was when it was opened. A commit fails when it is something else by then.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub struct Version {
    /// Bytes.
    pub len: u64,
    /// What the store knows a version by: device, inode and times of a file, the entity tag of an object. Compared, never
    /// interpreted.
    pub tag: String,
}

impl Version {
    /// A version.
    pub const fn new(len: u64, tag: String) -> Self {
        Self { len, tag }
    }
}

/// What a store can do cheaply with an asset. It is asked, and never assumed; the default is nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Offers {
    /// Bytes can be stored into the asset where it is.
    pub patches: bool,
    /// Blocks of this size can be inserted into it and taken out.
    pub shifts_by: Option<u64>,
    /// A new version can share blocks of this size with the old one.
    pub shares_by: Option<u64>,
    /// Ranges from this length on are copied on the side of the store, without passing through here.
    pub copies_from: Option<u64>,
}

/// An open asset: ranged reads, and what it is.
pub trait Asset: Source + Send {
    /// Its name.
    fn id(&self) -> &AssetId;

    /// What it was when it was opened.
    fn version(&self) -> &Version;

    /// What the store can do cheaply with it.
    fn offers(&self) -> Offers {
        Offers::default()
    }

    /// Whether it tells that a run edited it; never, where the store keeps no marks.
    fn is_marked(&self, _run: &str) -> bool {
        false
    }

    /// How an edit would be carried out, and the plan with what there is to say of that; `in_turn` as in [`Edit`].
    ///
    /// # Errors
    ///
    /// Why it would not be.
    fn settle(&self, plan: Plan, _in_turn: bool) -> Result<(Plan, Method), StoreError> {
        let offers = self.offers();
        let method = match plan.old_len() == plan.new_len() {
            true if offers.patches => Method::Patched,
            _ if offers.copies_from.is_some() => Method::ServerCopied,
            _ => Method::Copied,
        };
        Ok((plan, method))
    }

    /// What the edit transfers in all, from the opening of this asset to the commit; `None` where nothing is transferred.
    ///
    /// # Errors
    ///
    /// Why the edit would not be carried out.
    fn transfer(&self, _plan: &Plan) -> Result<Option<Transfer>, StoreError> {
        Ok(None)
    }
}

/// What an asset is opened for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Reading: anybody else may read and edit it.
    Read,
    /// An edit: nobody else edits it until the asset is dropped, and what an interrupted edit left is finished first.
    Edit,
}

/// What a commit waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Durability {
    /// For every asset on its own.
    Each,
    /// For the assets of a group together.
    #[default]
    Group,
    /// For nothing: a result survives the end of the process, not that of the machine.
    None,
}

/// Whoever watches a commit. The default looks at nothing.
pub trait Watch: Sync {
    /// An asset is about to be worked at, and so many bytes will be [`moved`](Self::moved) for it, as far as is known.
    fn expects(&self, _bytes: u64) {}

    /// So many bytes more were stored or copied.
    fn moved(&self, _bytes: u64) {}

    /// Whether the commit is to be given up. It is asked inside long copies, too; what has begun to count is finished.
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// Nobody watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl Watch for Unwatched {}

/// How plans are committed.
#[derive(Clone, Copy)]
pub struct Commit<'c> {
    /// What is waited for.
    pub durability: Durability,
    /// Who watches.
    pub watch: &'c dyn Watch,
    /// Receipts say what the assets are now. Some stores have to look again for that.
    pub tells_versions: bool,
    /// What becomes of the marks of the assets, in the same step as of their bytes.
    pub mark: Option<Mark<'c>>,
}

impl Default for Commit<'_> {
    fn default() -> Self {
        Self { durability: Durability::default(), watch: &Unwatched, tells_versions: true, mark: None }
    }
}

/// An edit of an asset that was opened for it.
#[non_exhaustive]
pub struct Edit<'e, A> {
    /// The asset.
    pub asset: &'e A,
    /// What becomes of it.
    pub plan: &'e Plan,
    /// In a transaction, the new version becomes visible in its turn and not before: readers follow references from it.
    pub in_turn: bool,
    /// A look at the result before it counts.
    pub check: Check<'e>,
}

impl<'e, A> Edit<'e, A> {
    /// An edit of an asset whose references nobody follows.
    pub const fn new(asset: &'e A, plan: &'e Plan, check: Check<'e>) -> Self {
        Self { asset, plan, in_turn: false, check }
    }

    /// The same, which in a transaction becomes visible in its turn.
    pub const fn in_turn(self, in_turn: bool) -> Self {
        Self { in_turn, ..self }
    }

    /// The same edit of the asset that another store has behind this one.
    pub const fn on<'o, B>(&'o mut self, asset: &'o B) -> Edit<'o, B> {
        Edit { asset, plan: self.plan, in_turn: self.in_turn, check: &mut *self.check }
    }
}

/// A new asset, made of one that may be in another store.
pub struct Make<'m> {
    /// Its name.
    pub id: &'m AssetId,
    /// Whether one of that name is replaced.
    pub replace: bool,
    /// Where kept bytes come from.
    pub source: &'m dyn Source,
    /// What it is made of.
    pub plan: &'m Plan,
    /// A look at the result before it counts.
    pub check: Check<'m>,
}

/// What a commit did.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Receipt {
    /// What the asset is now, where that was asked for.
    pub version: Option<Version>,
    /// How the bytes got there.
    pub method: Method,
    /// Why it was done in another way than [`Asset::settle`] had said.
    pub instead: Option<String>,
}

impl Receipt {
    /// A receipt.
    pub const fn new(version: Version, method: Method) -> Self {
        Self { version: Some(version), method, instead: None }
    }

    /// One that does not say what the asset is now.
    pub const fn of(method: Method) -> Self {
        Self { version: None, method, instead: None }
    }
}

/// What became of an asset that an interrupted commit had left.
#[derive(Debug)]
#[non_exhaustive]
pub struct Recovered {
    /// The asset.
    pub id: AssetId,
    /// Whether it is whole now: the new version, or with `undo` the old one.
    pub result: Result<(), StoreError>,
}

impl Recovered {
    /// What became of an asset.
    pub const fn new(id: AssetId, result: Result<(), StoreError>) -> Self {
        Self { id, result }
    }
}

/// Assets by name, ranged reads, and plans carried out.
pub trait Store: Sync {
    /// An open asset. What was locked for an edit is free again when it is dropped.
    type Asset: Asset;

    /// Hands out the assets below a name, in groups whose commits share one wait, until it is told to stop.
    ///
    /// # Errors
    ///
    /// What cannot be listed.
    fn list(
        &self,
        below: &AssetId,
        group: &mut dyn FnMut(Vec<AssetId>) -> ControlFlow<()>,
    ) -> Result<(), StoreError>;

    /// The address of an asset for people, who know of more than one store; `None` where stores have no addresses.
    fn url(&self, _id: &AssetId) -> Option<String> {
        None
    }

    /// The asset that a relative reference in another one leads to; `None` when it leads out of the store.
    ///
    /// Whether it is there, [`open`](Self::open) tells.
    fn resolve(&self, from: &AssetId, reference: &str) -> Option<AssetId> {
        from.beside(reference)
    }

    /// Opens an asset.
    ///
    /// # Errors
    ///
    /// [`StoreError::Missing`]; [`StoreError::Busy`] or [`StoreError::AtWork`] when somebody edits it; [`StoreError::Interrupted`] when an
    /// earlier edit cannot be finished.
    fn open(&self, id: &AssetId, access: Access) -> Result<Self::Asset, StoreError>;

    /// Carries out edits, each on its own, with one wait for all where that is cheaper.
    ///
    /// # Errors
    ///
    /// For each on its own. All but [`StoreError::Interrupted`] leave the asset as it was.
    fn commit(
        &self,
        edits: &mut [Edit<'_, Self::Asset>],
        how: &Commit<'_>,
    ) -> Vec<Result<Receipt, StoreError>>;

    /// Carries out all edits or none. Readers that follow references from `root`, one of them, see the old assets until
    /// that one counts; new versions are made visible in the order of the edits.
    ///
    /// # Errors
    ///
    /// Which edit is to blame, and why; [`StoreError::Unsupported`] where a store has no transactions.
    fn commit_together(
        &self,
        _root: usize,
        _edits: &mut [Edit<'_, Self::Asset>],
        _how: &Commit<'_>,
    ) -> Result<Vec<Receipt>, NotTogether> {
        Err(NotTogether { member: None, error: StoreError::Unsupported("transactions") })
    }

    /// Makes an asset of one that may be in another store. It is there as a whole, or not at all.
    ///
    /// # Errors
    ///
    /// [`StoreError::Exists`]; those of reading the source.
    fn make(&self, make: Make<'_>, how: &Commit<'_>) -> Result<Receipt, StoreError>;

    /// The same for several, with one wait for all where that is cheaper.
    ///
    /// # Errors
    ///
    /// For each on its own.
    fn make_all(&self, makes: Vec<Make<'_>>, how: &Commit<'_>) -> Vec<Result<Receipt, StoreError>> {
        makes.into_iter().map(|make| self.make(make, how)).collect()
    }

    /// Finishes what interrupted commits left below a name, or takes it back.
    ///
    /// # Errors
    ///
    /// What cannot be looked at.
    fn recover(&self, _below: &AssetId, _undo: bool) -> Result<Vec<Recovered>, StoreError> {
        Ok(Vec::new())
    }
}
