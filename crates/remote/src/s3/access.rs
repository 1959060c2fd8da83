//! Endpoints, regions and keys, as other tools find them.
//!
//! Variables come before the profile that is meant (`keys/`).

use super::keys::{Environment, Keys, Origin, Profiles};
use crate::{Error, Result};
use core::fmt;
use rusty_s3::{Bucket, UrlStyle};
use url::Url;

/// How a bucket is reached. `Debug` shows no key.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Access {
    /// The server; Amazon's of the region, where none is named.
    pub endpoint: Option<String>,
    /// The region; `us-east-1` where none is named.
    pub region: Option<String>,
    /// Bucket names stand in the path also where they could be host names. Other servers than Amazon's are always asked so.
    pub path_style: bool,
    /// Whoever asks pays for what it costs, as some buckets want it.
    pub requester_pays: bool,
    keys: Option<Origin>,
}

impl Access {
    /// With keys; the last one is the token of a session.
    pub fn with_keys(self, id: &str, secret: &str, token: Option<&str>) -> Self {
        let keys = Origin::Given(id.to_owned(), secret.to_owned(), token.map(str::to_owned));
        Self { keys: Some(keys), ..self }
    }

    /// What the environment says: variables, then the profile that they name, or `default`. Keys are looked up when a bucket is opened,
    /// in variables, profiles, and the services that give them to roles.
    ///
    /// # Errors
    ///
    /// [`Error::Profile`] for one that is named and nowhere.
    pub fn of_environment() -> Result<Self> {
        Self::of(Environment::of_process())
    }

    fn of(environment: Environment) -> Result<Self> {
        let profiles = Profiles::read(&environment)?;
        let profile = profiles.get(profiles.name());
        let get = |name: &str| environment.get(name);
        let of_profile = |name: &str| profile.get(name).cloned();
        let path_style = profiles.says("s3", "addressing_style").as_deref() == Some("path");
        Ok(Self {
            endpoint: get("AWS_ENDPOINT_URL_S3")
                .or_else(|| get("AWS_ENDPOINT_URL"))
                .or_else(|| of_profile("endpoint_url")),
            region: get("AWS_REGION").or_else(|| get("AWS_DEFAULT_REGION")).or_else(|| of_profile("region")),
            path_style,
            requester_pays: false,
            keys: Some(Origin::Environment(environment, profiles)),
        })
    }

    fn region(&self) -> &str {
        self.region.as_deref().unwrap_or("us-east-1")
    }

    /// Whether the server is Amazon's own.
    pub(super) fn is_amazon(&self) -> bool {
        let Some(endpoint) = &self.endpoint else {
            return true;
        };
        let host = Url::parse(endpoint).ok().and_then(|url| url.host_str().map(str::to_owned));
        host.is_some_and(|host| host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn"))
    }

    pub(super) fn bucket(&self, name: &str) -> Result<Bucket> {
        self.bucket_in(name, self.region())
    }

    /// The bucket in a region that the server named.
    pub(super) fn bucket_in(&self, name: &str, region: &str) -> Result<Bucket> {
        let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let endpoint = self.endpoint.clone().unwrap_or_else(|| format!("https://s3.{region}.{domain}"));
        let url = Url::parse(&endpoint).map_err(Error::Address)?;
        // A name with a dot is covered by no certificate of a host above it.
        let in_path = self.path_style || !self.is_amazon() || name.contains('.');
        let style = if in_path { UrlStyle::Path } else { UrlStyle::VirtualHost };
        Bucket::new(url, style, name.to_owned(), region.to_owned()).map_err(|_| Error::Bucket)
    }

    pub(super) fn keys(&self) -> Result<Keys> {
        Keys::find(self.keys.as_ref())
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access")
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .field("path_style", &self.path_style)
            .field("requester_pays", &self.requester_pays)
            .field("keys", &self.keys)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_host_names_at_amazon_and_paths_elsewhere() {
        let url = |endpoint: Option<&str>, region: &str, name: &str| {
            let access = Access {
                endpoint: endpoint.map(str::to_owned),
                region: Some(region.to_owned()),
                ..Access::default()
            };
            access.bucket(name).unwrap().object_url("a b/c").to_string()
        };
        assert_eq!(url(None, "eu-west-1", "film"), "https://film.s3.eu-west-1.amazonaws.com/a%20b/c");
        assert_eq!(url(None, "cn-north-1", "film"), "https://film.s3.cn-north-1.amazonaws.com.cn/a%20b/c");
        assert_eq!(url(None, "eu-west-1", "my.film"), "https://s3.eu-west-1.amazonaws.com/my.film/a%20b/c");
        assert_eq!(url(Some("http://127.0.0.1:9000"), "x", "film"), "http://127.0.0.1:9000/film/a%20b/c");
    }

    #[test]
    fn nothing_shows_a_key() {
        let access = Access::default().with_keys("id-1234", "word-1234", Some("token-1234"));
        assert!(!format!("{access:?}").contains("1234"));
    }
}
