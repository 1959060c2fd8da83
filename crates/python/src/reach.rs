//! What opens addresses: one client a process, so that connections are kept, and a server is asked once what it promises.

use prkit_batch::{Address, Error, Input, InputsError, Name, Reach};
use prkit_plan::{AnyStore, AssetId};
use pyo3::prelude::*;
use std::path::Path;
use std::sync::Arc;

/// The address that a path means, if it means one.
pub(crate) fn address_of(path: &Path) -> Option<&str> {
    path.to_str().filter(|word| Address::is_address(word))
}

/// An address as an input.
pub(crate) fn input_of(address: &str) -> prkit_batch::Result<Input> {
    let reach = needed(address)?;
    Ok(Input::named(match reach.store(address).map_err(Error::Reach)? {
        Some((store, id)) => Name::Asset { store, id },
        None => Name::Address(Address::new(address.to_owned(), reach)),
    }))
}

/// The store that an address leads into, and the asset in it; none where it can only be read.
pub(crate) fn stored(address: &str) -> prkit_batch::Result<Option<(AnyStore, AssetId)>> {
    needed(address)?.store(address).map_err(Error::Reach)
}

fn needed(address: &str) -> prkit_batch::Result<Arc<dyn Reach>> {
    reach().ok_or_else(|| InputsError::NoReach { address: Address::shown(address) }.into())
}

#[cfg(not(feature = "remote"))]
pub(crate) const fn reach() -> Option<Arc<dyn Reach>> {
    None
}

#[cfg(feature = "remote")]
pub(crate) use with_remote::reach;

#[cfg(feature = "remote")]
pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(with_remote::set_remote, module)?)
}

#[cfg(not(feature = "remote"))]
#[expect(clippy::unnecessary_wraps, reason = "a build with the feature adds what may fail")]
pub(crate) const fn add_to(_: &Bound<'_, PyModule>) -> PyResult<()> {
    Ok(())
}

#[cfg(feature = "remote")]
mod with_remote {
    use prkit_batch::Reach;
    use prkit_remote::{Header, Options, Remote};
    use pyo3::exceptions::PyValueError;
    use pyo3::prelude::*;
    use std::collections::BTreeMap;
    use std::sync::{Arc, Mutex, PoisonError};
    use std::time::Duration;

    #[derive(Clone, Default)]
    struct Settings {
        options: Options,
        scratch_key: Option<String>,
        unsafe_store: bool,
    }

    impl Settings {
        fn remote(&self) -> Remote {
            let mut remote = Remote::new(self.options.clone());
            if let Some(key) = &self.scratch_key {
                remote = remote.with_scratch(&**key);
            }
            if self.unsafe_store { remote.without_promises() } else { remote }
        }
    }

    struct Current {
        settings: Settings,
        /// The process that made it: connections are not shared with what is forked from it.
        made: Option<(u32, Arc<dyn Reach>)>,
    }

    static CURRENT: Mutex<Option<Current>> = Mutex::new(None);

    /// What opens addresses in this process.
    #[expect(clippy::unnecessary_wraps, reason = "a build without the feature has none")]
    pub(crate) fn reach() -> Option<Arc<dyn Reach>> {
        let mut current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
        let current = current.get_or_insert_with(|| Current { settings: Settings::default(), made: None });
        let process = std::process::id();
        if let Some((_, reach)) = current.made.as_ref().filter(|(by, _)| *by == process) {
            return Some(Arc::clone(reach));
        }
        let reach: Arc<dyn Reach> = Arc::new(current.settings.remote());
        current.made = Some((process, Arc::clone(&reach)));
        Some(reach)
    }

    /// How addresses are asked from now on, in this process.
    #[pyfunction]
    #[pyo3(signature = (*, http_headers=BTreeMap::new(), timeout=30.0, unsafe_store=false, scratch_key=None))]
    pub(crate) fn set_remote(
        http_headers: BTreeMap<String, String>,
        timeout: f64,
        unsafe_store: bool,
        scratch_key: Option<String>,
    ) -> PyResult<()> {
        let mut options = Options::default();
        for (name, value) in http_headers {
            let header = Header::parse(&format!("{name}:{value}"));
            options.headers.push(header.map_err(|error| PyValueError::new_err(error.to_string()))?);
        }
        options.timeout = Duration::try_from_secs_f64(timeout)
            .ok()
            .filter(|timeout| !timeout.is_zero())
            .ok_or_else(|| PyValueError::new_err(format!("timeout is in seconds, above 0, not {timeout}")))?;
        let settings = Settings { options, scratch_key, unsafe_store };
        *CURRENT.lock().unwrap_or_else(PoisonError::into_inner) = Some(Current { settings, made: None });
        Ok(())
    }
}
