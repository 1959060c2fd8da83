//! Which hosts are asked: those that somebody named, and by reference never the local network.
//!
//! A document that somebody else wrote may refer to the router, to a cloud's metadata service at 169.254.169.254, or to a name
//! that leads there. Names are judged by what they resolve to, at the moment of connecting.

use crate::{Error, Result};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// Resolves names to addresses of the internet alone.
#[derive(Debug)]
pub(crate) struct Public {
    /// A proxy resolves names itself; what is resolved here is the proxy's own, which the user named.
    pub(crate) has_proxy: bool,
}

impl Resolver for Public {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = DefaultResolver::default().resolve(uri, config, timeout)?;
        if self.has_proxy {
            return Ok(found);
        }
        let mut public = self.empty();
        for address in found.iter().filter(|address| is_public(address.ip())) {
            public.push(*address);
        }
        if public.is_empty() {
            let host = uri.host().unwrap_or_default().to_owned();
            return Err(ureq::Error::Other(Box::new(Error::Local(host))));
        }
        Ok(public)
    }
}

/// Refuses names that are known to lead into the local network, whoever resolves them.
pub(crate) fn check_name(host: &str) -> Result<()> {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    let is_local = match bare.parse::<IpAddr>() {
        Ok(address) => !is_public(address),
        Err(_) => {
            !name.contains('.')
                || [".localhost", ".local", ".internal", ".home.arpa", ".lan"]
                    .iter()
                    .any(|end| name.ends_with(end))
        }
    };
    if is_local { Err(Error::Local(host.to_owned())) } else { Ok(()) }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// The special blocks of RFC 6890 and its successors.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || a == 0
        // Between providers and their customers.
        || a == 100 && (64..128).contains(&b)
        || (a, b, c) == (192, 0, 0)
        // Benchmarks.
        || a == 198 && matches!(b, 18 | 19)
        || a >= 240;
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // IPv4 in it: mapped, and what translators and tunnels lead to.
        [0, 0, 0, 0, 0, 0xFFFF | 0, high, low]
        | [0x64, 0xFF9B, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => {
            is_public_v4(Ipv4Addr::from_bits((u32::from(high) << 16) | u32::from(low)))
        }
        // Documentation, and Teredo.
        [0x2001, 0xDB8 | 0, ..] | [0x3FFF, ..] => false,
        // Only this eighth has addresses of the internet.
        [first, ..] => first & 0xE000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_local_network_are_known() {
        for local in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "192.0.0.192",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "2001:db8::1",
        ] {
            assert!(!is_public(local.parse().unwrap()), "{local}");
        }
        for public in [
            "1.1.1.1",
            "172.32.0.1",
            "100.128.0.1",
            "192.0.1.1",
            "198.20.0.1",
            "2606:4700::1111",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn names_that_lead_there_are_refused_before_anybody_resolves_them() {
        for local in [
            "localhost",
            "LOCALHOST.",
            "a.localhost",
            "printer.local",
            "metadata.google.internal",
            "nas",
            "[::1]",
        ] {
            assert!(matches!(check_name(local), Err(Error::Local(_))), "{local}");
        }
        for public in ["cdn.example.com", "8.8.8.8", "[2606:4700::1111]"] {
            assert!(check_name(public).is_ok(), "{public}");
        }
    }
}
