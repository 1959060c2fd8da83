//! Addresses as inputs: what was typed, for what opens them.

use crate::args::RemoteArgs;
use crate::exit::Stop;
use crate::values;
use prkit_batch::Reach;
use prkit_remote::{Header, Options, Remote};
use std::sync::Arc;
use std::time::Duration;

impl RemoteArgs {
    /// What opens addresses.
    pub(crate) fn reach(&self, follow_hosts: bool) -> Result<Option<Arc<dyn Reach>>, Stop> {
        let mut options = Options::default();
        for typed in &self.headers {
            let read = values::read_text(typed.expose());
            let read = read.map_err(|error| Stop::usage(format!("--http-header: {error}")))?;
            let header = Header::parse(read.as_ref().map_or(typed.expose(), |text| text.trim_end()));
            options.headers.push(header.map_err(|error| Stop::usage(format!("--http-header: {error}")))?);
        }
        options.follow_hosts = follow_hosts;
        options.timeout = Duration::from_secs(self.timeout.into());
        let mut remote = Remote::new(options).with_scratch(&*self.scratch_key);
        if self.unsafe_store {
            remote = remote.without_promises();
        }
        if self.request_payer.is_some() {
            remote = remote.paying();
        }
        Ok(Some(Arc::new(remote)))
    }
}
