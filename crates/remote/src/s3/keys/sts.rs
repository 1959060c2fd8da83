//! Keys of a role, from the security token service: for a token of somebody else's, or for other keys.

use super::super::request::{element, unescaped};
use super::sso::hex;
use super::{Asking, Chain, Found, ask};
use crate::{Error, Result};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{Timestamp, tz::TimeZone};
use rusty_s3::Credentials;
use sha2::{Digest as _, Sha256};
use url::Url;

/// What a session is called where nobody names it.
const SESSION: &str = "prkit";
const FORM: &str = "application/x-www-form-urlencoded";

impl Chain<'_> {
    /// For a token in a file, as pods and pipelines have it.
    pub(super) fn web_identity(self, role: &str, session: Option<&str>, file: &str) -> Result<Found> {
        let token = std::fs::read_to_string(file);
        let token = token.map_err(|_| Error::NoKeys(format!("the token file {file} cannot be read")))?;
        let form = [
            ("Action", "AssumeRoleWithWebIdentity"),
            ("RoleArn", role),
            ("RoleSessionName", session.unwrap_or(SESSION)),
            ("WebIdentityToken", token.trim()),
            ("Version", "2011-06-15"),
        ];
        self.exchange(&form, None)
    }

    /// For other keys.
    pub(super) fn role(
        self,
        role: &str,
        session: Option<&str>,
        external: Option<&str>,
        source: &Found,
    ) -> Result<Found> {
        let mut form = vec![
            ("Action", "AssumeRole"),
            ("RoleArn", role),
            ("RoleSessionName", session.unwrap_or(SESSION)),
            ("Version", "2011-06-15"),
        ];
        form.extend(external.map(|external| ("ExternalId", external)));
        self.exchange(&form, Some(&source.keys))
    }

    fn exchange(self, form: &[(&str, &str)], keys: Option<&Credentials>) -> Result<Found> {
        let region = self.region();
        let get = |name: &str| self.environment.get(name);
        let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let base = get("AWS_ENDPOINT_URL_STS").or_else(|| get("AWS_ENDPOINT_URL"));
        let url = Url::parse(&base.unwrap_or_else(|| format!("https://sts.{region}.{domain}")));
        let url = url.map_err(Error::Address)?;
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let signed = keys.map(|keys| Signature::new(&url, &body, keys, &region, Timestamp::now()));
        let mut headers = vec![("content-type", FORM)];
        if let Some(signed) = &signed {
            headers.extend([("authorization", signed.text.as_str()), ("x-amz-date", signed.date.as_str())]);
            headers.extend(keys.and_then(Credentials::token).map(|token| ("x-amz-security-token", token)));
        }
        let from = "the security token service";
        let asking = Asking {
            from,
            method: "POST",
            url: url.as_str(),
            headers: &headers,
            body: Some(&body),
            is_local: false,
        };
        let answer = ask(&asking)?;
        let get = |name: &str| element(&answer, name).map(unescaped).ok_or(Error::Unread("keys"));
        let found = Found::of(get("AccessKeyId")?, get("SecretAccessKey")?, Some(get("SessionToken")?));
        Ok(Found { until: get("Expiration")?.parse().ok(), ..found })
    }
}

/// A signature of version 4, as headers.
struct Signature {
    text: String,
    date: String,
}

impl Signature {
    /// Of a form that is sent to a service's root.
    fn new(url: &Url, body: &str, keys: &Credentials, region: &str, now: Timestamp) -> Self {
        let now = now.to_zoned(TimeZone::UTC);
        let (day, date) = (now.strftime("%Y%m%d").to_string(), now.strftime("%Y%m%dT%H%M%SZ").to_string());
        let host = url.host_str().unwrap_or_default();
        let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let mut headers = format!("content-type:{FORM}\nhost:{host}\nx-amz-date:{date}\n");
        let mut names = "content-type;host;x-amz-date".to_owned();
        if let Some(token) = keys.token() {
            headers = format!("{headers}x-amz-security-token:{token}\n");
            names.push_str(";x-amz-security-token");
        }
        let request = format!("POST\n/\n\n{headers}\n{names}\n{}", hex(&Sha256::digest(body)));
        let scope = format!("{day}/{region}/sts/aws4_request");
        let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex(&Sha256::digest(request)));
        let mut key = format!("AWS4{}", keys.secret()).into_bytes();
        for part in [&*day, region, "sts", "aws4_request"] {
            key = code(&key, part);
        }
        let signature = hex(&code(&key, &text));
        let text = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
            keys.key()
        );
        Self { text, date }
    }
}

fn code(key: &[u8], text: &str) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        unreachable!("a code takes keys of every length")
    };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By botocore 1.43: `SigV4Auth(Credentials('AKID', 'secret', 'token'), 'sts', 'eu-west-1')` at this time.
    #[test]
    fn a_form_is_signed_as_others_sign_it() {
        let keys = Credentials::new_with_token("AKID", "secret", "token");
        let url = Url::parse("https://sts.eu-west-1.amazonaws.com").unwrap();
        let now: Timestamp = "2026-11-28T12:34:56Z".parse().unwrap();
        let signed = Signature::new(&url, "Action=AssumeRole", &keys, "eu-west-1", now);
        assert_eq!(signed.date, "20261128T123456Z");
        assert_eq!(
            signed.text,
            "AWS4-HMAC-SHA256 Credential=AKID/20261128/eu-west-1/sts/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, \
             Signature=4e6b2140ca7d6a77b207c680e51821f48dbb11783ce9c49903d300cfe3157243"
        );
    }
}
