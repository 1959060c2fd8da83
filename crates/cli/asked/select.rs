//! Which objects are meant, from the options under Selecting.

use super::values::{ds_id_base64, full_version};
use crate::args::SelectArgs;
use crate::exit::Stop;
use globset::Glob;
use prkit_batch::{Selector, System};
use prkit_playready::{KeyId, SystemId};

impl SelectArgs {
    /// `all` is what no `--system` means.
    pub(crate) fn selector(&self, all: bool) -> Result<Selector, Stop> {
        let system = match self.system.as_deref() {
            None if all => System::All,
            None => System::PlayReady,
            Some(name) if name.eq_ignore_ascii_case("all") => System::All,
            Some(name) => {
                match name.parse::<SystemId>().map_err(|error| Stop::usage(format!("--system: {error}")))? {
                    id if id == SystemId::PLAYREADY => System::PlayReady,
                    id => System::One(id),
                }
            }
        };
        let mut selector = Selector::default();
        selector.system = system;
        selector.is_system_named = self.system.is_some();
        selector.places = self.places.iter().map(|place| place.of()).collect();
        selector.index = self.index;
        let kid = self.kid.as_deref().map(str::parse::<KeyId>).transpose();
        selector.kid = kid.map_err(|error| Stop::usage(format!("--kid: {error}")))?;
        let la_url = self.if_la_url.as_deref().map(Glob::new).transpose();
        let la_url = la_url.map_err(|error| Stop::usage(format!("--if-la-url: {error}")))?;
        selector.la_url = la_url.map(|glob| glob.compile_matcher());
        selector.version = self.if_version.as_deref().map(full_version);
        selector.ds_id = self.if_ds_id.as_deref().map(ds_id_base64).transpose()?;
        selector.require = self.require;
        Ok(selector)
    }
}
