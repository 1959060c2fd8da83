//! Addresses as inputs: what was typed, for the client; and its errors, for the engine.

use crate::args::RemoteArgs;
use crate::exit::Stop;
use crate::values;
use prkit_batch::{Reach, Reached, Unfollowed};
use prkit_plan::{Access, AnyStore, AssetId, Store as _, StoreError};
use prkit_remote::{Address, Client, Error, Header, Opened, Options, S3, S3Access};
use std::collections::HashMap;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A client, for the engine.
struct Remote {
    client: Arc<Client>,
    /// Buckets that were named: an object is edited once, and a server is asked once what it promises.
    stores: Mutex<HashMap<String, AnyStore>>,
    scratch: String,
    unsafe_store: bool,
    follow_hosts: bool,
}

/// The bucket and the key that an address names.
fn in_bucket(address: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = address.split_once("://")?;
    scheme.eq_ignore_ascii_case("s3").then(|| rest.split_once('/').unwrap_or((rest, "")))
}

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
        Ok(Some(Arc::new(Remote {
            client: Arc::new(Client::new(options)),
            stores: Mutex::default(),
            scratch: self.scratch_key.clone(),
            unsafe_store: self.unsafe_store,
            follow_hosts,
        })))
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Remote")
    }
}

impl Reach for Remote {
    fn store(&self, address: &str) -> io::Result<Option<(AnyStore, AssetId)>> {
        let Some((bucket, key)) = in_bucket(address) else { return Ok(None) };
        let mut stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        let store = if let Some(store) = stores.get(bucket) {
            store.clone()
        } else {
            let access = S3Access::of_environment()?;
            let mut store = S3::new(Arc::clone(&self.client), bucket, &access)?.with_scratch(&*self.scratch);
            if self.unsafe_store {
                store = store.without_promises();
            }
            stores.entry(bucket.to_owned()).or_insert(AnyStore::new(store)).clone()
        };
        Ok(Some((store, AssetId::from(key))))
    }

    fn open(&self, address: &str) -> io::Result<Reached> {
        Ok(reached(self.client.open(&Address::parse(address)?)?))
    }

    fn may_follow(&self, address: &str) -> Result<(), Unfollowed> {
        if let Some((bucket, _)) = in_bucket(address) {
            let stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
            let is_named = stores.contains_key(bucket);
            return if is_named || self.follow_hosts { Ok(()) } else { Err(Unfollowed::OtherHost) };
        }
        let followed = Address::parse(address).and_then(|address| self.client.may_follow(&address));
        followed.map_err(|error| match error {
            Error::OtherHost(_) => Unfollowed::OtherHost,
            Error::Local(_) => Unfollowed::Local,
            _ => Unfollowed::Kind,
        })
    }

    fn follow(&self, address: &str) -> io::Result<Reached> {
        if let Some((store, id)) = self.store(address)? {
            let asset = store.open(&id, Access::Read).map_err(|error| match error {
                StoreError::Missing => io::Error::new(io::ErrorKind::NotFound, error),
                error => io::Error::other(error),
            })?;
            return Ok(Reached { source: Arc::new(asset), address: address.to_owned() });
        }
        Ok(reached(self.client.follow(&Address::parse(address)?)?))
    }
}

fn reached(opened: Opened) -> Reached {
    Reached { source: opened.source, address: opened.address.as_str().to_owned() }
}
