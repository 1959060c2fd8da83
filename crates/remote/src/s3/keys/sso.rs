//! Keys of a role of single sign-on, with the token that `aws sso login` left.

use super::profile::Section;
use super::{Asking, Chain, Found, ask};
use crate::{Error, Result};
use jiff::Timestamp;
use serde::Deserialize;
use sha1::{Digest as _, Sha1};
use url::Url;

/// What is left in `~/.aws/sso/cache`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cached {
    access_token: String,
    expires_at: Timestamp,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    role_credentials: Role,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Role {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    /// Milliseconds since 1970.
    expiration: i64,
}

impl Chain<'_> {
    pub(super) fn sso(self, name: &str, profile: &Section) -> Result<Found> {
        let session = profile.get("sso_session").map(|name| (name, self.profiles.session(name)));
        let of_session = session.as_ref().map(|(_, session)| session);
        let get = |key: &str| profile.get(key).or_else(|| of_session?.get(key));
        let needed = |key: &str| {
            get(key).ok_or_else(|| Error::NoKeys(format!("profile {name} has single sign-on without {key}")))
        };
        let start = needed("sso_start_url")?;
        // Sessions are cached by their name, old forms by their address.
        let cached = session.as_ref().map_or(start, |(name, _)| name);
        let cached = format!("sso/cache/{}.json", hex(&Sha1::digest(cached)));
        let file = self.environment.file(&cached).and_then(|path| std::fs::read_to_string(path).ok());
        let token = file.and_then(|text| serde_json::from_str::<Cached>(&text).ok());
        let token = token.filter(|token| token.expires_at > Timestamp::now());
        let token = token.ok_or_else(|| Error::SignedOut(name.to_owned()))?;
        let base = self.environment.get("AWS_ENDPOINT_URL_SSO");
        let base = match base {
            Some(base) => base,
            None => format!("https://portal.sso.{}.amazonaws.com", needed("sso_region")?),
        };
        let mut url = Url::parse(&base).map_err(Error::Address)?;
        url.set_path("/federation/credentials");
        url.query_pairs_mut()
            .append_pair("role_name", needed("sso_role_name")?)
            .append_pair("account_id", needed("sso_account_id")?);
        let headers = [("x-amz-sso_bearer_token", token.access_token.as_str())];
        let asking = Asking {
            from: "single sign-on",
            method: "GET",
            url: url.as_str(),
            headers: &headers,
            body: None,
            is_local: false,
        };
        let answer: Answer = serde_json::from_str(&ask(&asking)?).map_err(|_| Error::Unread("keys"))?;
        let Role { access_key_id, secret_access_key, session_token, expiration } = answer.role_credentials;
        let found = Found::of(access_key_id, secret_access_key, Some(session_token));
        Ok(Found { until: Timestamp::from_millisecond(expiration).ok(), ..found })
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}
