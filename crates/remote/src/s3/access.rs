//! Endpoints, regions and keys, as other tools find them.
//!
//! ```text
//!   AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN     first
//!   AWS_PROFILE in ~/.aws/credentials, ~/.aws/config                keys that stand there, region, endpoint_url
//!   none                                                            requests are not signed
//! ```
//!
//! Not here: single sign-on, web identity, and the roles of instances and containers. `aws configure export-credentials
//! --format env` gives the keys of any of them as variables.

use crate::{Error, Result};
use core::fmt;
use rusty_s3::{Bucket, Credentials, UrlStyle};
use std::collections::BTreeMap;
use std::path::PathBuf;
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
    keys: Option<(String, String, Option<String>)>,
}

impl Access {
    /// With keys; the last one is the token of a session.
    pub fn with_keys(self, id: &str, secret: &str, token: Option<&str>) -> Self {
        Self { keys: Some((id.to_owned(), secret.to_owned(), token.map(str::to_owned))), ..self }
    }

    /// What the environment says: variables, then the profile that they name, or `default`.
    ///
    /// # Errors
    ///
    /// [`Error::Profile`] for one that is named and nowhere.
    pub fn of_environment() -> Result<Self> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let home = variable("HOME").or_else(|| variable("USERPROFILE")).map(PathBuf::from);
        let text = |name: &str, file: &str| {
            let path = variable(name).map(PathBuf::from);
            let path = path.or_else(|| Some(home.as_ref()?.join(".aws").join(file)));
            path.and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default()
        };
        let named = variable("AWS_PROFILE");
        let name = named.as_deref().unwrap_or("default");
        let profile = profile(
            &text("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
            &text("AWS_CONFIG_FILE", "config"),
            name,
        );
        if profile.is_empty() && named.is_some() {
            return Err(Error::Profile(name.to_owned()));
        }
        let get = |name: &str| profile.get(name).cloned();
        let pair = |id: Option<String>, secret: Option<String>, token| Some((id?, secret?, token));
        let of_variables = pair(
            variable("AWS_ACCESS_KEY_ID"),
            variable("AWS_SECRET_ACCESS_KEY"),
            variable("AWS_SESSION_TOKEN"),
        );
        let of_profile =
            || pair(get("aws_access_key_id"), get("aws_secret_access_key"), get("aws_session_token"));
        Ok(Self {
            endpoint: variable("AWS_ENDPOINT_URL_S3")
                .or_else(|| variable("AWS_ENDPOINT_URL"))
                .or_else(|| get("endpoint_url")),
            region: variable("AWS_REGION")
                .or_else(|| variable("AWS_DEFAULT_REGION"))
                .or_else(|| get("region")),
            path_style: false,
            keys: of_variables.or_else(of_profile),
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
        let region = self.region().to_owned();
        let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let endpoint = self.endpoint.clone().unwrap_or_else(|| format!("https://s3.{region}.{domain}"));
        let url = Url::parse(&endpoint).map_err(Error::Address)?;
        // A name with a dot is covered by no certificate of a host above it.
        let in_path = self.path_style || !self.is_amazon() || name.contains('.');
        let style = if in_path { UrlStyle::Path } else { UrlStyle::VirtualHost };
        Bucket::new(url, style, name.to_owned(), region).map_err(|_| Error::Bucket)
    }

    pub(super) fn credentials(&self) -> Option<Credentials> {
        let (id, secret, token) = self.keys.clone()?;
        Some(match token {
            Some(token) => Credentials::new_with_token(id, secret, token),
            None => Credentials::new(id, secret),
        })
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access")
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .field("path_style", &self.path_style)
            .field("has_keys", &self.keys.is_some())
            .finish()
    }
}

/// What two files say of a profile, the first one before the second. In the second it is called `profile NAME`.
fn profile(credentials: &str, config: &str, name: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (text, long) in [(credentials, false), (config, true)] {
        let mut is_meant = false;
        for line in text.lines() {
            let line = line.trim_end();
            if let Some(section) = line.trim_start().strip_prefix('[').and_then(|rest| rest.split(']').next())
            {
                let section = section.trim();
                let plain = section.strip_prefix("profile").map(str::trim_start);
                is_meant = section == name && (!long || name == "default") || long && plain == Some(name);
                continue;
            }
            // What is indented belongs to a setting above.
            if !is_meant || line.starts_with([' ', '\t', '#', ';']) {
                continue;
            }
            if let Some((key, value)) = line.split_once('=') {
                found.entry(key.trim().to_owned()).or_insert_with(|| value.trim().to_owned());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_read_from_both_files_and_no_other_profile_is() {
        let credentials = "[default]\naws_access_key_id = A\n# aws_secret_access_key = no\n[studio]\naws_access_key_id=B\n\
                           aws_secret_access_key = b=c\n";
        let config = "[default]\nregion = eu-west-1\n[profile studio]\nregion = eu-central-1\ns3 =\n  region = no\n\
                      aws_access_key_id = no\n[studio]\nendpoint_url = http://no\n";
        let get = |name: &str, key: &str| profile(credentials, config, name).get(key).cloned();
        assert_eq!(get("default", "aws_access_key_id").as_deref(), Some("A"));
        assert_eq!(get("default", "aws_secret_access_key"), None);
        assert_eq!(get("default", "region").as_deref(), Some("eu-west-1"));
        assert_eq!(get("studio", "aws_access_key_id").as_deref(), Some("B"));
        assert_eq!(get("studio", "aws_secret_access_key").as_deref(), Some("b=c"));
        assert_eq!(get("studio", "region").as_deref(), Some("eu-central-1"));
        assert_eq!(get("studio", "endpoint_url"), None);
        assert!(profile(credentials, config, "none").is_empty());
    }

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
