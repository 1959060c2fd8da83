//! Addresses as the engine reaches for them: what is read by ranges, and buckets as stores.

use crate::{Address, Client, Error, Opened, Options, S3, S3Access};
use core::fmt;
use prkit_batch::{Reach, Reached, Unfollowed};
use prkit_plan::{Access, AnyStore, AssetId, Store as _, StoreError};
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// What opens addresses for the engine, with the credentials of the environment.
pub struct Remote {
    client: Arc<Client>,
    /// Buckets that were named: an object is edited once, and a server is asked once what it promises.
    stores: Mutex<HashMap<String, AnyStore>>,
    scratch: Option<String>,
    without_promises: bool,
    requester_pays: bool,
    follow_hosts: bool,
}

/// The bucket and the key that an address names.
fn in_bucket(address: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = address.split_once("://")?;
    scheme.eq_ignore_ascii_case("s3").then(|| rest.split_once('/').unwrap_or((rest, "")))
}

impl Remote {
    /// One that asks as these options say.
    pub fn new(options: Options) -> Self {
        Self {
            follow_hosts: options.follow_hosts,
            client: Arc::new(Client::new(options)),
            stores: Mutex::default(),
            scratch: None,
            without_promises: false,
            requester_pays: false,
        }
    }

    /// The key that is written and deleted to learn whether a server keeps conditions.
    pub fn with_scratch(self, key: impl Into<String>) -> Self {
        Self { scratch: Some(key.into()), ..self }
    }

    /// What requests cost is paid by whoever asks, where a bucket wants that.
    pub fn paying(self) -> Self {
        Self { requester_pays: true, ..self }
    }

    /// As [`S3::without_promises`].
    pub fn without_promises(self) -> Self {
        Self { without_promises: true, ..self }
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
            let mut access = S3Access::of_environment()?;
            access.requester_pays = self.requester_pays;
            let mut store = S3::new(Arc::clone(&self.client), bucket, &access)?;
            if let Some(key) = &self.scratch {
                store = store.with_scratch(&**key);
            }
            if self.without_promises {
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
