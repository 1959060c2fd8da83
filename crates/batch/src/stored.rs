//! An asset that a store keeps is changed: opened, planned for, proven, committed.
//!
//! ```text
//!   Store ──open──▶ Document ──plan_change──▶ Plan ──commit──▶ where it is
//!                                               └────make────▶ a new asset, in any store
//! ```

use crate::input::{Content, Document};
use crate::payloads::{Change, Making};
use crate::{Fitting, Result, Selector, plan_change, prove};
use prkit_bmff::{Edited, Scope};
use prkit_plan::{Access, AssetId, Commit, Edit, Make, Receipt, Source, Store};
use std::sync::Arc;

/// What is asked of every object of an asset.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    /// Which objects are meant.
    pub selector: &'a Selector,
    /// What becomes of them.
    pub change: &'a dyn Change,
    /// How they are made.
    pub making: Making,
    /// How the edit is made to fit.
    pub fitting: Fitting,
}

/// What became of an asset.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Changed {
    /// Its length as it was found, in bytes.
    pub size_before: u64,
    /// What it is now.
    pub size_after: u64,
    /// Whether anything of it became something else.
    pub changed: bool,
    /// What was done; `None` where nothing was to be done.
    pub receipt: Option<Receipt>,
}

impl Asking<'_> {
    /// The plan for a document. It is not proven yet: whoever carries it out does that.
    ///
    /// # Errors
    ///
    /// As for [`plan_change`].
    pub fn plan(&self, document: &Document) -> Result<Edited> {
        plan_change(document, self.selector, self.change, self.making, &self.fitting)
    }

    /// Changes an asset where it is stored. It is locked from the first look to the last byte, and the result is looked at
    /// before it counts.
    ///
    /// # Errors
    ///
    /// What cannot be read, what cannot be done, and what the store refuses.
    pub fn edit<S: Store>(&self, store: &S, id: &AssetId, how: &Commit<'_>) -> Result<Changed>
    where
        S::Asset: 'static,
    {
        let (asset, document) = opened(store, id, Access::Edit)?;
        let size_before = asset.len();
        let edited = self.plan(&document)?;
        if edited.plan.is_empty() {
            return Ok(Changed { size_before, size_after: size_before, changed: false, receipt: None });
        }
        let mut check = |new: &dyn Source| prove(&document, &edited, new);
        let mut edits = [Edit::new(&*asset, &edited.plan, &mut check)];
        let receipt = store.commit(&mut edits, how).pop().transpose()?;
        Ok(Changed { size_before, size_after: edited.plan.new_len(), changed: true, receipt })
    }

    /// Makes an asset with the changes of another one, which may be in another store and stays as it is.
    ///
    /// # Errors
    ///
    /// As for [`edit`](Self::edit).
    pub fn make<S: Store, T: Store>(
        &self,
        (from, old): (&S, &AssetId),
        (to, new): (&T, &AssetId),
        replace: bool,
        how: &Commit<'_>,
    ) -> Result<Changed>
    where
        S::Asset: 'static,
    {
        let (asset, document) = opened(from, old, Access::Read)?;
        let edited = self.plan(&document)?;
        let mut check = |new: &dyn Source| prove(&document, &edited, new);
        let (source, plan) = (document.outer_source(), &edited.plan);
        let receipt = to.make(Make { id: new, replace, source, plan, check: &mut check }, how)?;
        let (size_before, size_after) = (asset.len(), plan.new_len());
        Ok(Changed { size_before, size_after, changed: !plan.is_empty(), receipt: Some(receipt) })
    }
}

fn opened<S: Store>(store: &S, id: &AssetId, access: Access) -> Result<(Arc<S::Asset>, Document)>
where
    S::Asset: 'static,
{
    let asset = Arc::new(store.open(id, access)?);
    let source: Arc<dyn Source + Send + Sync> = Arc::<S::Asset>::clone(&asset);
    Ok((asset, Document::of(Content::Shared(source), Scope::default())?))
}
