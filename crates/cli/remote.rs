//! Addresses as inputs: what was typed, for the client; and its errors, for the engine.

use crate::args::RemoteArgs;
use crate::exit::Stop;
use crate::values;
use prkit_batch::{Reach, Reached, Unfollowed};
use prkit_remote::{Address, Client, Error, Header, Opened, Options};
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// A client, for the engine.
struct Remote(Arc<Client>);

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
        Ok(Some(Arc::new(Remote(Arc::new(Client::new(options))))))
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Remote")
    }
}

impl Reach for Remote {
    fn open(&self, address: &str) -> io::Result<Reached> {
        Ok(reached(self.0.open(&Address::parse(address)?)?))
    }

    fn may_follow(&self, address: &str) -> Result<(), Unfollowed> {
        let followed = Address::parse(address).and_then(|address| self.0.may_follow(&address));
        followed.map_err(|error| match error {
            Error::OtherHost(_) => Unfollowed::OtherHost,
            Error::Local(_) => Unfollowed::Local,
            _ => Unfollowed::Kind,
        })
    }

    fn follow(&self, address: &str) -> io::Result<Reached> {
        Ok(reached(self.0.follow(&Address::parse(address)?)?))
    }
}

fn reached(opened: Opened) -> Reached {
    Reached { source: opened.source, address: opened.address.as_str().to_owned() }
}
