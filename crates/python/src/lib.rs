//! The Python module `prkit`: the engine for people who write Python.
//!
//! ```text
//!   python/prkit/__init__.py   the surface: functions, Change, Finding, Error
//!   src/source.rs     bytes, paths, file objects, anything with read_at  ──▶ a Document of the engine
//!   src/reach.rs      URLs, with the feature `remote`
//!   src/asset.rs      show: Asset and Pssh            src/header.rs   PlayReadyHeader
//!   src/change.rs     what a Change asks for          src/plan.rs     plan, apply, reheader, rewrite
//!   src/batch.rs      many files, and undo            src/look.rs     lint and check
//!   src/error.rs      errors of the engine as exceptions                  src/ids.rs      key IDs as uuid.UUID
//! ```
//!
//! The interpreter's lock is released while the engine works, but for what is in memory and small: taking it again would
//! take longer than the work.

#![allow(clippy::needless_pass_by_value, reason = "arguments of Python functions are taken by value")]
#![allow(unused_qualifications, reason = "what pyo3 makes of classes that compare has some")]

mod asset;
mod batch;
mod change;
mod error;
mod header;
mod ids;
mod look;
mod plan;
mod reach;
mod source;

use pyo3::prelude::*;

#[pymodule]
fn _prkit(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<asset::Asset>()?;
    module.add_class::<asset::Pssh>()?;
    module.add_class::<change::NativeChange>()?;
    module.add_class::<header::PlayReadyHeader>()?;
    module.add_class::<plan::Plan>()?;
    module.add_function(wrap_pyfunction!(asset::show, module)?)?;
    module.add_function(wrap_pyfunction!(look::lint, module)?)?;
    module.add_function(wrap_pyfunction!(look::check, module)?)?;
    module.add_function(wrap_pyfunction!(plan::plan, module)?)?;
    module.add_function(wrap_pyfunction!(plan::apply, module)?)?;
    module.add_function(wrap_pyfunction!(plan::reheader, module)?)?;
    module.add_function(wrap_pyfunction!(plan::rewrite, module)?)?;
    module.add_function(wrap_pyfunction!(batch::run_batch, module)?)?;
    module.add_function(wrap_pyfunction!(batch::undo, module)?)?;
    reach::add_to(module)?;
    Ok(())
}
