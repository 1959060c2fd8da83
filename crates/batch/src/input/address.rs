//! Inputs behind addresses. The engine knows no network: whoever stands on it brings something that reaches them.
//!
//! ```text
//!   https://cdn.example/show/m.mpd?token=…  ──Reach::open──▶ Reached   its bytes, and where it is behind redirects
//!      what it refers to, resolved          ──Reach::follow─▶ Reached   where that may be followed
//! ```

use prkit_plan::{AnyStore, AssetId, Source};
use std::fmt;
use std::io;
use std::sync::Arc;

/// Opens what addresses name.
pub trait Reach: fmt::Debug + Send + Sync {
    /// Opens what somebody named. Where nothing is, the error is [`io::ErrorKind::NotFound`].
    fn open(&self, address: &str) -> io::Result<Reached>;

    /// The store that an address leads into, and the asset in it, or the folder of assets: a name that ends with a slash, or is empty.
    fn store(&self, _address: &str) -> io::Result<Option<(AnyStore, AssetId)>> {
        Ok(None)
    }

    /// Whether a reference of a document may be followed, as far as it can be told without asking anybody.
    fn may_follow(&self, address: &str) -> Result<(), Unfollowed>;

    /// Opens what a document refers to.
    fn follow(&self, address: &str) -> io::Result<Reached>;
}

/// Something behind an address, opened.
pub struct Reached {
    /// Its bytes.
    pub source: Arc<dyn Source + Send + Sync>,
    /// Where it is: what it refers to is resolved against it.
    pub address: String,
}

/// Why a reference is not followed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unfollowed {
    /// Nobody named its host.
    OtherHost,
    /// It leads into the local network.
    Local,
    /// It is no address of a kind that is read.
    Kind,
    /// There is nothing.
    Missing,
}

/// The address of an input. `Display` and `Debug` leave out what may be secret in it.
#[derive(Clone)]
pub struct Address {
    text: String,
    reach: Arc<dyn Reach>,
}

/// Schemes of addresses that mean inputs.
const SCHEMES: [&str; 5] = ["http", "https", "s3", "az", "gs"];

impl Address {
    /// An address, and what opens it.
    pub const fn new(text: String, reach: Arc<dyn Reach>) -> Self {
        Self { text, reach }
    }

    /// Whether a word means an address, and no file.
    pub fn is_address(word: &str) -> bool {
        let scheme = word.split_once("://").map(|(scheme, _)| scheme);
        scheme.is_some_and(|scheme| SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known)))
    }

    /// An address for people: without user, password and query, which may be as good as keys.
    pub fn shown(address: &str) -> String {
        let (address, rest) =
            address.split_at_checked(address.find(['?', '#']).unwrap_or(address.len())).unwrap_or_default();
        let query = if rest.starts_with('?') { "?…" } else { "" };
        let Some((scheme, rest)) = address.split_once("://") else { return format!("{address}{query}") };
        let (host, path) = rest.split_at_checked(rest.find('/').unwrap_or(rest.len())).unwrap_or_default();
        let host = host.rsplit('@').next().unwrap_or_default();
        format!("{scheme}://{host}{path}{query}")
    }

    /// The last part of its path, where that can be the name of a file.
    pub fn file_name(&self) -> Option<&str> {
        let path = self.text.split(['?', '#']).next()?;
        let (_, path) = path.split_once("://")?.1.split_once('/')?;
        let name = path.rsplit('/').next()?;
        let is_name = !matches!(name, "" | "." | "..") && !name.contains(['\\', '\0', ':']);
        is_name.then_some(name)
    }

    /// Opens it.
    ///
    /// # Errors
    ///
    /// [`Error::Reach`](crate::Error::Reach).
    pub fn open(&self) -> crate::Result<Reached> {
        self.reach.open(&self.text).map_err(crate::Error::Reach)
    }
}

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Address {}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Self::shown(&self.text))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_known_by_its_scheme_and_shown_without_secrets() {
        for (address, shown) in [
            ("https://cdn.example/a/b.mp4", "https://cdn.example/a/b.mp4"),
            ("HTTP://user:a@b@cdn.example/a?x=1#y", "HTTP://cdn.example/a?…"),
            ("http://user:word@cdn.example:8080", "http://cdn.example:8080"),
            ("s3://bucket/key#a?b", "s3://bucket/key"),
        ] {
            assert!(Address::is_address(address), "{address}");
            assert_eq!(Address::shown(address), shown);
        }
        for file in ["http:/a", "C://a", "file:///a", "a/b", "https", "://"] {
            assert!(!Address::is_address(file), "{file}");
        }
        assert_eq!(Address::shown("v/1.m4s?token=1"), "v/1.m4s?…");
    }
}
