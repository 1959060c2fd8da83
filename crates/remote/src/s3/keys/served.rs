//! Keys that the machine gives: of a container's task, of an instance.

use super::{Asking, Chain, Found, Served, ask};
use crate::{Error, Result};
use url::{Host, Url};

/// Where tasks of ECS ask.
const CONTAINER: &str = "http://169.254.170.2";
/// Where instances ask.
const INSTANCE: &str = "http://169.254.169.254";
/// How long a token of an instance is good for, in seconds.
const SECONDS: (&str, &str) = ("x-aws-ec2-metadata-token-ttl-seconds", "300");

impl Chain<'_> {
    /// The role of a task of ECS, or of a pod of EKS.
    pub(super) fn of_container(self) -> Result<Option<Found>> {
        let get = |name: &str| self.environment.get(name);
        let url = match (
            get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
            get("AWS_CONTAINER_CREDENTIALS_FULL_URI"),
        ) {
            (Some(path), _) => format!("{CONTAINER}{path}"),
            (None, Some(url)) => url,
            (None, None) => return Ok(None),
        };
        if !Url::parse(&url).is_ok_and(|url| is_trusted(&url)) {
            return Err(Error::NoKeys(
                "AWS_CONTAINER_CREDENTIALS_FULL_URI: a server that is neither encrypted nor local".to_owned(),
            ));
        }
        let token = match get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
            Some(file) => Some(
                std::fs::read_to_string(&file)
                    .map_err(|_| Error::NoKeys(format!("the file {file} cannot be read")))?,
            ),
            None => get("AWS_CONTAINER_AUTHORIZATION_TOKEN"),
        };
        let token = token.as_deref().map(str::trim_end);
        let headers: Vec<(&str, &str)> = token.map(|token| ("authorization", token)).into_iter().collect();
        let from = "the container's service of keys";
        let asking = Asking { from, method: "GET", url: &url, headers: &headers, body: None, is_local: true };
        Served::read(&ask(&asking)?).map(Some)
    }

    /// The role of an instance, by the second version of its service, which wants a token. Nothing, where there is none.
    pub(super) fn of_instance(self) -> Result<Option<Found>> {
        let get = |name: &str| self.environment.get(name);
        if get("AWS_EC2_METADATA_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            return Ok(None);
        }
        let base = get("AWS_EC2_METADATA_SERVICE_ENDPOINT").unwrap_or_else(|| INSTANCE.to_owned());
        let base = base.trim_end_matches('/');
        let from = "the instance's service of keys";
        let url = format!("{base}/latest/api/token");
        let token =
            Asking { from, method: "PUT", url: &url, headers: &[SECONDS], body: None, is_local: true };
        // On other machines nothing answers.
        let Ok(token) = ask(&token) else { return Ok(None) };
        let headers = [("x-aws-ec2-metadata-token", token.trim())];
        let get = |path: &str| {
            let url = format!("{base}/latest/meta-data/iam/security-credentials/{path}");
            ask(&Asking { from, method: "GET", url: &url, headers: &headers, body: None, is_local: true })
        };
        let roles = match get("") {
            Err(Error::Keys { status: 404, .. }) => return Ok(None),
            roles => roles?,
        };
        match roles.lines().map(str::trim).find(|role| !role.is_empty()) {
            Some(role) => Served::read(&get(role)?).map(Some),
            None => Ok(None),
        }
    }
}

/// Whether a server may be told the token of a container: over an encrypted connection, or on this machine.
fn is_trusted(url: &Url) -> bool {
    url.scheme() == "https"
        || match url.host() {
            Some(Host::Ipv4(address)) => {
                address.is_loopback() || matches!(address.octets(), [169, 254, 170, 2 | 23])
            }
            Some(Host::Ipv6(address)) => {
                address.is_loopback() || address.segments() == [0xFD00, 0xEC2, 0, 0, 0, 0, 0, 0x23]
            }
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_of_a_container_goes_to_nobody_on_the_network_in_the_clear() {
        let trusted = |url: &str| is_trusted(&Url::parse(url).unwrap());
        for url in [
            "http://127.0.0.1:80/x",
            "http://169.254.170.23/v1",
            "http://[fd00:ec2::23]/v1",
            "https://keys.example/",
        ] {
            assert!(trusted(url), "{url}");
        }
        for url in ["http://keys.example/", "http://10.0.0.1/", "http://169.254.169.254/"] {
            assert!(!trusted(url), "{url}");
        }
    }
}
