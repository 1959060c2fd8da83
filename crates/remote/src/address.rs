//! Addresses, and how they are told without what is secret in them.

use crate::{Error, Result};
use core::fmt;
use url::Url;

/// An absolute address of something that is read here.
///
/// `Display` leaves out passwords and queries: those of signed addresses are as good as keys.
///
/// ```
/// use prkit_remote::Address;
///
/// let address = Address::parse("https://user:word@cdn.example/show/a.mp4?token=17")?;
/// assert_eq!(address.to_string(), "https://cdn.example/show/a.mp4?…");
/// assert!(Address::is_address("HTTPS://cdn.example/") && !Address::is_address("show/a.mp4"));
/// # Ok::<(), prkit_remote::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Address(Url);

impl Address {
    /// Whether a text is meant as an address of a kind that is read here.
    pub fn is_address(text: &str) -> bool {
        ["http://", "https://"].iter().any(|scheme| {
            text.split_at_checked(scheme.len()).is_some_and(|(start, _)| start.eq_ignore_ascii_case(scheme))
        })
    }

    /// An address as somebody wrote it.
    ///
    /// # Errors
    ///
    /// [`Error::Address`] for what is none, [`Error::Scheme`] for one of another kind.
    pub fn parse(text: &str) -> Result<Self> {
        let mut url = Url::parse(text).map_err(Error::Address)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Error::Scheme);
        }
        url.set_fragment(None);
        Ok(Self(url))
    }

    /// The address that a reference in a document at this one leads to (RFC 3986, 5.2).
    ///
    /// # Errors
    ///
    /// As for [`parse`](Self::parse).
    pub fn join(&self, reference: &str) -> Result<Self> {
        Self::parse(self.0.join(reference).map_err(Error::Address)?.as_str())
    }

    /// All of it, with what is secret: for requests, and for references that are resolved against it.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    pub(crate) const fn of_url(url: Url) -> Self {
        Self(url)
    }

    pub(crate) const fn url(&self) -> &Url {
        &self.0
    }

    /// What requests are sent to.
    pub(crate) fn host(&self) -> Host {
        let port = self.0.port_or_known_default().unwrap_or(0);
        // The two ports that nobody writes are one server's.
        let port = if port == 80 { 443 } else { port };
        Host { name: self.0.host_str().unwrap_or_default().to_ascii_lowercase(), port }
    }

    pub(crate) fn is_encrypted(&self) -> bool {
        self.0.scheme() == "https"
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.0.scheme(), self.0.host_str().unwrap_or_default())?;
        if let Some(port) = self.0.port() {
            write!(f, ":{port}")?;
        }
        f.write_str(self.0.path())?;
        f.write_str(if self.0.query().is_some() { "?…" } else { "" })
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

/// A server: what one names with an address, and headers are meant for.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Host {
    pub(crate) name: String,
    port: u16,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_secret_is_shown() {
        for (address, shown) in [
            ("https://cdn.example/a/b.mp4", "https://cdn.example/a/b.mp4"),
            ("http://u:p@cdn.example:8080/a?x=1#y", "http://cdn.example:8080/a?…"),
            ("https://cdn.example/?", "https://cdn.example/?…"),
        ] {
            let address = Address::parse(address).unwrap();
            assert_eq!(address.to_string(), shown);
            assert_eq!(format!("{address:?}"), format!("Address({shown})"));
        }
    }

    #[test]
    fn a_server_is_a_name_and_a_port_and_the_two_unwritten_ports_are_one() {
        let host = |text: &str| Address::parse(text).unwrap().host();
        assert_eq!(host("http://CDN.example/a"), host("https://cdn.example/b?c"));
        assert_ne!(host("http://cdn.example:8080/"), host("http://cdn.example/"));
        assert_ne!(host("http://cdn.example/"), host("http://www.cdn.example/"));
    }

    #[test]
    fn other_kinds_of_addresses_are_refused() {
        for other in ["file:///etc/passwd", "ftp://cdn.example/", "data:,x", "gopher://x/"] {
            assert!(matches!(Address::parse(other), Err(Error::Scheme)), "{other}");
        }
        assert!(matches!(Address::parse("https://"), Err(Error::Address(_))));
    }
}
