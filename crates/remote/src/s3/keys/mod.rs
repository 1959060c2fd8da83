//! Keys, as other tools find them, and new ones before they expire.
//!
//! ```text
//!   AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN     as they are
//!   AWS_PROFILE, or default      aws_access_key_id …                as they are                       profile.rs
//!                                role_arn with source_profile, credential_source                      sts.rs
//!                                role_arn with web_identity_token_file                                sts.rs
//!                                sso_session, or sso_start_url, with a token that is cached           sso.rs
//!   AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN                       exchanged                         sts.rs
//!   AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, …_FULL_URI              asked for                         served.rs
//!   the role of the instance, unless AWS_EC2_METADATA_DISABLED      asked for                         served.rs
//!   none of them                                                    requests are not signed
//! ```
//!
//! `reqsign` knows these places, too, and is asynchronous, as is everything it stands on; here nothing is.

mod profile;
mod served;
mod sso;
mod sts;

pub(super) use profile::Profiles;

use crate::{Error, Result};
use core::fmt;
use core::time::Duration;
use jiff::Timestamp;
use rusty_s3::Credentials;
use serde::Deserialize;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use ureq::Agent;
use ureq::http::Request;

/// New keys are asked for so long before old ones expire.
const AHEAD: Duration = Duration::from_secs(5 * 60);
/// How long a service may say nothing.
const TIMEOUT: Duration = Duration::from_secs(20);
/// The service of an instance is there at once, or not at all.
const SHORT: Duration = Duration::from_secs(2);
/// What is read of an answer.
const MAX_ANSWER: u64 = 256 * 1024;
/// Profiles that take their keys from each other.
const MAX_DEPTH: usize = 8;

/// The value of a variable.
type Variable = dyn Fn(&str) -> Option<String> + Send + Sync;

/// Where variables and files are looked up.
#[derive(Clone)]
pub(super) struct Environment {
    variable: Arc<Variable>,
}

impl Environment {
    pub(super) fn of_process() -> Self {
        Self { variable: Arc::new(|name| std::env::var(name).ok()) }
    }

    #[cfg(test)]
    pub(super) fn of(variables: &[(&str, &str)]) -> Self {
        let variables: std::collections::BTreeMap<String, String> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { variable: Arc::new(move |name| variables.get(name).cloned()) }
    }

    /// A variable that is set to something.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|value| !value.is_empty())
    }

    /// A file in the folder of these tools.
    pub(super) fn file(&self, name: &str) -> Option<PathBuf> {
        let home = self.get("HOME").or_else(|| self.get("USERPROFILE"))?;
        Some(PathBuf::from(home).join(".aws").join(name))
    }
}

/// Keys, and how long they are good for.
struct Found {
    keys: Credentials,
    until: Option<Timestamp>,
}

impl Found {
    fn of(id: String, secret: String, token: Option<String>) -> Self {
        let keys = match token {
            Some(token) => Credentials::new_with_token(id, secret, token),
            None => Credentials::new(id, secret),
        };
        Self { keys, until: None }
    }

    fn is_old(&self) -> bool {
        let soon = Timestamp::now().checked_add(AHEAD).unwrap_or(Timestamp::MAX);
        self.until.is_some_and(|until| until < soon)
    }
}

/// Where keys come from.
#[derive(Clone)]
pub(super) enum Origin {
    /// They were given.
    Given(String, String, Option<String>),
    /// The environment, with the profile that is meant.
    Environment(Environment, Profiles),
}

/// Keys that are renewed. Old ones are kept: requests that are being made have them.
pub(super) struct Keys {
    origin: Option<Origin>,
    first: Option<Box<Link>>,
    /// One thread asks at a time.
    asking: Mutex<()>,
}

struct Link {
    found: Found,
    next: OnceLock<Box<Self>>,
}

impl Keys {
    /// The first keys, if there are any.
    pub(super) fn find(origin: Option<&Origin>) -> Result<Self> {
        let found = origin.map(Origin::ask).transpose()?.flatten();
        let first = found.map(|found| Box::new(Link { found, next: OnceLock::new() }));
        Ok(Self { origin: origin.cloned(), first, asking: Mutex::default() })
    }

    /// Those that are good now. Where no new ones are to be had, the server tells what is wrong with the old ones.
    pub(super) fn now(&self) -> Option<&Credentials> {
        let last = self.last()?;
        if !last.found.is_old() {
            return Some(&last.found.keys);
        }
        let _asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        let last = self.last()?;
        if last.found.is_old()
            && let Some(Ok(Some(found))) = self.origin.as_ref().map(Origin::ask)
        {
            let next = last.next.get_or_init(|| Box::new(Link { found, next: OnceLock::new() }));
            return Some(&next.found.keys);
        }
        Some(&last.found.keys)
    }

    fn last(&self) -> Option<&Link> {
        let mut link = self.first.as_deref()?;
        while let Some(next) = link.next.get() {
            link = next;
        }
        Some(link)
    }
}

impl Origin {
    fn ask(&self) -> Result<Option<Found>> {
        match self {
            Self::Given(id, secret, token) => Ok(Some(Found::of(id.clone(), secret.clone(), token.clone()))),
            Self::Environment(environment, profiles) => Chain { environment, profiles }.find(),
        }
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Given(..) => "given",
            Self::Environment(..) => "of the environment",
        })
    }
}

/// One place after the other.
#[derive(Clone, Copy)]
struct Chain<'c> {
    environment: &'c Environment,
    profiles: &'c Profiles,
}

impl Chain<'_> {
    fn find(self) -> Result<Option<Found>> {
        if let Some(found) = self.of_variables() {
            return Ok(Some(found));
        }
        if let Some(found) = self.of_profile(self.profiles.name(), MAX_DEPTH)? {
            return Ok(Some(found));
        }
        if let Some(file) = self.environment.get("AWS_WEB_IDENTITY_TOKEN_FILE")
            && let Some(role) = self.environment.get("AWS_ROLE_ARN")
        {
            let session = self.environment.get("AWS_ROLE_SESSION_NAME");
            return self.web_identity(&role, session.as_deref(), &file).map(Some);
        }
        if let Some(found) = self.of_container()? {
            return Ok(Some(found));
        }
        self.of_instance()
    }

    fn of_variables(self) -> Option<Found> {
        let get = |name: &str| self.environment.get(name);
        Some(Found::of(get("AWS_ACCESS_KEY_ID")?, get("AWS_SECRET_ACCESS_KEY")?, get("AWS_SESSION_TOKEN")))
    }

    /// The keys that a profile leads to; one that says nothing of keys leads on to the other places.
    fn of_profile(self, name: &str, depth: usize) -> Result<Option<Found>> {
        let depth = depth.checked_sub(1).ok_or_else(|| Error::Profile(name.to_owned()))?;
        let profile = self.profiles.get(name);
        let get = |key: &str| profile.get(key).cloned();
        if let Some(role) = get("role_arn") {
            let session = get("role_session_name");
            if let Some(file) = get("web_identity_token_file") {
                return self.web_identity(&role, session.as_deref(), &file).map(Some);
            }
            let source = match (get("source_profile"), get("credential_source").as_deref()) {
                // A profile that names itself has the keys to begin with.
                (Some(source), _) if source == name => self.static_keys(name),
                (Some(source), _) => self.of_profile(&source, depth)?,
                (None, Some("Environment")) => self.of_variables(),
                (None, Some("EcsContainer")) => self.of_container()?,
                (None, Some("Ec2InstanceMetadata")) => self.of_instance()?,
                _ => None,
            };
            let source =
                source.ok_or_else(|| Error::NoKeys(format!("the source of the role of profile {name}")))?;
            return self.role(&role, session.as_deref(), get("external_id").as_deref(), &source).map(Some);
        }
        if get("sso_session").is_some() || get("sso_start_url").is_some() {
            return self.sso(name, &profile).map(Some);
        }
        Ok(self.static_keys(name))
    }

    fn static_keys(self, name: &str) -> Option<Found> {
        let profile = self.profiles.get(name);
        let get = |key: &str| profile.get(key).cloned();
        Some(Found::of(get("aws_access_key_id")?, get("aws_secret_access_key")?, get("aws_session_token")))
    }

    fn region(self) -> String {
        let get = |name: &str| self.environment.get(name);
        let of_profile = || self.profiles.get(self.profiles.name()).get("region").cloned();
        get("AWS_REGION")
            .or_else(|| get("AWS_DEFAULT_REGION"))
            .or_else(of_profile)
            .unwrap_or_else(|| "us-east-1".to_owned())
    }
}

/// Sends a request to a service that gives keys, once again where it is busy.
fn ask(request: &Asking<'_>) -> Result<String> {
    let mut config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(if request.is_local { SHORT } else { TIMEOUT }));
    if request.is_local {
        // Addresses of the machine itself are behind no proxy.
        config = config.proxy(None);
    }
    let agent = config.build().new_agent();
    let mut attempts = 3_u32;
    loop {
        let mut builder = Request::builder().method(request.method).uri(request.url);
        for (name, value) in request.headers {
            builder = builder.header(*name, *value);
        }
        let unsent = |_| Error::Transport("a header or an address that cannot be sent");
        let answer = agent.run(builder.body(request.body.unwrap_or_default()).map_err(unsent)?);
        attempts = attempts.saturating_sub(1);
        let error = match answer {
            Ok(mut answer) => {
                let status = answer.status().as_u16();
                let text = answer.body_mut().with_config().limit(MAX_ANSWER).read_to_string();
                if status == 200 {
                    return text.map_err(Error::of_transport);
                }
                Error::Keys { from: request.from, status }
            }
            Err(error) => Error::of_transport(error),
        };
        let passes = error.passes() || matches!(error, Error::Keys { status: 429 | 500..=599, .. });
        if attempts == 0 || !passes || request.is_local {
            return Err(error);
        }
        std::thread::sleep(Duration::from_millis(300));
    }
}

/// A request to a service that gives keys.
struct Asking<'a> {
    /// What it is called.
    from: &'static str,
    method: &'static str,
    url: &'a str,
    headers: &'a [(&'a str, &'a str)],
    body: Option<&'a str>,
    /// It is on this machine, and answers at once.
    is_local: bool,
}

/// Keys as services of containers and instances give them.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Served {
    access_key_id: String,
    secret_access_key: String,
    token: Option<String>,
    expiration: Option<Timestamp>,
}

impl Served {
    fn read(text: &str) -> Result<Found> {
        let served: Self = serde_json::from_str(text).map_err(|_| Error::Unread("keys"))?;
        let found = Found::of(served.access_key_id, served.secret_access_key, served.token);
        Ok(Found { until: served.expiration, ..found })
    }
}

#[cfg(test)]
mod tests;
