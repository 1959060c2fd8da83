//! Carrying out what an operation plans, for every input.
//!
//! ```text
//!   input ──open.rs──▶ Document, objects ──Operation──▶ Edits ──job.rs──▶ Plan                        plan.rs
//!         ──Asset::settle──▶ how its store would do it (plan.rs)
//!         ──▶ commit │ make in another store │ stream │ nothing      (target.rs, store.rs)
//!         ──▶ Turn: what became of it, for a face to tell; totals.rs; the record of the run (log/)    group.rs
//! ```
//!
//! Inputs of one folder are edited in place as a group, under one journal. What belongs to one presentation can change
//! together (`presentation/`); otherwise a file does not change where a manifest would disagree with it (`guard.rs`).

mod error;
mod face;
mod group;
mod guard;
mod job;
mod open;
mod options;
mod plan;
mod presentation;
mod record;
mod store;
mod target;
mod tied;
mod totals;

pub use error::{Moves, WriteError};
pub use face::{Face, Plain};
pub use group::{Group, State, Turn};
pub use guard::Guard;
pub use options::WriteOptions;
pub use presentation::{Blamed, NotTaken, Presented, PresentedEnd, Told};
pub use prkit_apply::WriteHow;
pub use record::{Record, Recording, settle};
pub use target::Target;
pub use totals::{Totals, Urls};

use crate::input::{Document, Found, Input, Kinds};
use crate::report::WriteReport;
use crate::travel::PlanWriter;
use crate::{Edits, Error, Result, Selector};
use job::Job;
use open::Held;
use prkit_apply::{Files, Manner};
use prkit_bmff::Scope;
use prkit_plan::{AnyStore, Unwatched, Watch};
use std::path::Path;
use std::sync::Arc;
use target::Outputs;

/// What is done with the objects of an input.
pub trait Operation: Sync {
    /// Which containers it looks at.
    fn scope(&self, selector: &Selector) -> Scope {
        selector.scope()
    }

    /// Whether it puts bytes where bytes were, whatever the input is: then nothing else is read of it.
    fn wants_bytes(&self) -> bool {
        false
    }

    /// What becomes of the boxes; says in the report what it does to which.
    ///
    /// # Errors
    ///
    /// What is wrong with the input, or with what is asked of it.
    fn edits(&self, on: &On<'_>, report: &mut WriteReport) -> Result<Edits>;

    /// What becomes of what is beside objects in a document; `all` where no object was excluded.
    fn beside(&self, _: &On<'_>, _all: bool, _: &mut Edits, _: &mut WriteReport) {}

    /// Whether what becomes of each input is given, input by input: nothing is planned for one before its turn.
    fn is_given(&self) -> bool {
        false
    }

    /// Whether manifests get back the byte ranges that belong to what becomes of their files.
    fn restores_ranges(&self) -> bool {
        false
    }

    /// The run whose edits it takes back, where objects are marked with it.
    fn takes_back(&self) -> Option<&str> {
        None
    }

    /// An input is not looked at, because a log says that it was done before.
    fn skip(&self, _path: &Path) {}
}

/// What an operation is done on.
#[derive(Clone, Copy)]
pub struct On<'o> {
    /// The input.
    pub input: &'o Input,
    /// The same, opened.
    pub document: &'o Document,
    /// The objects in it that are meant.
    pub objects: &'o [Found],
    /// Who words what is said of objects that are left.
    pub face: &'o dyn Face,
}

/// An operation on many inputs, and where its results go.
pub struct Writing<'w> {
    operation: &'w dyn Operation,
    selector: &'w Selector,
    options: &'w WriteOptions,
    target: Target,
    kinds: Kinds,
    record: Record,
    /// What manifests say about files.
    guard: Option<Guard>,
    /// Where the edits are written down that are planned.
    plan_to: Option<PlanWriter>,
    face: &'w dyn Face,
    /// Who watches what is read and written in the length of files, and may stop it.
    watch: &'w dyn Watch,
    /// How files are changed.
    manner: Arc<Manner>,
    /// Files by the paths that they were named by, and the same as a store like any other.
    named: Files,
    files: AnyStore,
    /// The store that results go to, where that is another one.
    outputs: Option<Outputs>,
}

impl<'w> Writing<'w> {
    /// An operation on objects that are selected, in files of these kinds where they are found in folders.
    pub fn new(
        operation: &'w dyn Operation,
        selector: &'w Selector,
        options: &'w WriteOptions,
        target: Target,
        kinds: Kinds,
        face: &'w dyn Face,
    ) -> Self {
        let record = Record::default();
        let manner = options.manner();
        let named = Files::named().changed_as(Arc::clone(&manner));
        Self {
            operation,
            selector,
            options,
            outputs: target.outputs(&manner),
            target,
            kinds,
            record,
            guard: None,
            plan_to: None,
            face,
            watch: &Unwatched,
            files: AnyStore::new(named.clone()),
            named,
            manner,
        }
    }

    /// What is done is written down.
    pub fn recorded_in(self, record: Record) -> Self {
        Self { record, ..self }
    }

    /// Files stay as they are where manifests would disagree with them.
    pub fn guarded_by(self, guard: Option<Guard>) -> Self {
        Self { guard, ..self }
    }

    /// Somebody watches, and may give up what is not complete.
    pub fn watched_by(self, watch: &'w dyn Watch) -> Self {
        Self { watch, ..self }
    }

    /// What is planned is written down, to be carried out later or elsewhere.
    pub fn planned_to(self, plan_to: Option<PlanWriter>) -> Self {
        Self { plan_to, ..self }
    }

    /// Where results go.
    pub const fn target(&self) -> &Target {
        &self.target
    }

    /// What was written down: of what was done, and of what was planned.
    pub fn into_records(self) -> (Record, Option<PlanWriter>) {
        (self.record, self.plan_to)
    }
}

/// An input that was opened, and the asset that it is where its store has more to say of it.
type Opened = (Document, Option<Held>);

/// An input that was planned.
struct Planned {
    document: Document,
    job: Job,
    report: WriteReport,
    held: Option<Held>,
}

/// What there is of an input.
enum Stage {
    Planned(Box<Planned>),
    Failed(Option<Box<WriteReport>>, Error),
}
