//! Requests: to whom, how often, and what comes of them.

use crate::address::{Address, Host};
use crate::hosts::{Public, check_name};
use crate::{Error, Result};
use core::fmt;
use core::hash::BuildHasher as _;
use core::time::Duration;
use prkit_plan::Span;
use std::collections::HashMap;
use std::hash::RandomState;
use std::sync::{PoisonError, RwLock};
use ureq::Agent;
use ureq::http::{HeaderMap, HeaderName, HeaderValue, Request, header};
use ureq::unversioned::transport::DefaultConnector;
use url::Url;

/// Redirects of one request.
const MAX_REDIRECTS: usize = 10;
/// Requests for parts of one asset at a time, and connections to one host that are kept.
pub(crate) const PARALLEL: usize = 16;
/// The first pause; each is twice the one before.
const PAUSE: Duration = Duration::from_millis(200);
/// No pause is longer, whatever a server asks for.
const MAX_PAUSE: Duration = Duration::from_secs(20);
/// What is read at most of something that can only be had as a whole.
pub(crate) const MAX_WHOLE: u64 = 64 * 1024 * 1024;

/// What is read of the page that comes with an error.
const ERROR_PAGE: u64 = 64 * 1024;

/// A header that goes with requests to hosts that were named. Its value is told nowhere.
#[derive(Clone)]
pub struct Header(HeaderName, HeaderValue);

impl Header {
    /// `NAME:VALUE`, with or without a space.
    ///
    /// # Errors
    ///
    /// [`Error::Header`], which repeats nothing of it.
    pub fn parse(text: &str) -> Result<Self> {
        let (name, value) = text.split_once(':').ok_or(Error::Header)?;
        let name = HeaderName::try_from(name.trim()).map_err(|_| Error::Header)?;
        let value = HeaderValue::try_from(value.trim()).map_err(|_| Error::Header)?;
        Ok(Self(name, value))
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Header({}: …)", self.0)
    }
}

/// How a client asks.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Headers for hosts that are named.
    pub headers: Vec<Header>,
    /// References of documents are followed to other hosts, though never into the local network.
    pub follow_hosts: bool,
    /// How long a server may say nothing.
    pub timeout: Duration,
    /// How often a request is sent that fails for a reason that passes.
    pub attempts: u32,
    /// How often it is sent to a server that answers that it is asked too often: it works, and only has to be waited for.
    pub attempts_when_busy: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            headers: Vec::new(),
            follow_hosts: false,
            timeout: Duration::from_secs(30),
            attempts: 6,
            attempts_when_busy: 12,
        }
    }
}

/// Asks servers.
pub struct Client {
    options: Options,
    /// For hosts that somebody named, wherever they are.
    named: Agent,
    /// For all others, on the internet only.
    public: Agent,
    /// Hosts that somebody named, and whether without encryption.
    hosts: RwLock<HashMap<Host, bool>>,
}

/// An address, and why it is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct At {
    pub(crate) address: Address,
    /// Nobody named its host.
    is_stranger: bool,
}

/// An answer with its body.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Where redirects led to.
    pub(crate) at: At,
}

impl Answer {
    /// The text of a header.
    pub(crate) fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// How the body is compressed, if it is.
    pub(crate) fn encoding(&self) -> Option<&str> {
        self.header(header::CONTENT_ENCODING).filter(|encoding| !encoding.eq_ignore_ascii_case("identity"))
    }
}

impl Client {
    /// A client.
    pub fn new(options: Options) -> Self {
        let config = || {
            Agent::config_builder()
                .http_status_as_error(false)
                .max_redirects(0)
                .max_redirects_will_error(false)
                .user_agent(concat!("prkit/", env!("CARGO_PKG_VERSION")))
                .max_idle_connections(4 * PARALLEL)
                .max_idle_connections_per_host(PARALLEL)
                .timeout_connect(Some(options.timeout))
                .timeout_recv_response(Some(options.timeout))
                .timeout_per_read(Some(options.timeout))
                .timeout_per_write(Some(options.timeout))
                .build()
        };
        let public = config();
        let has_proxy = public.proxy().is_some();
        let public = Agent::with_parts(public, DefaultConnector::default(), Public { has_proxy });
        Self { named: config().new_agent(), public, options, hosts: RwLock::default() }
    }

    /// Says that somebody named this address: its host may be asked, wherever it is.
    pub(crate) fn name(&self, address: &Address) -> At {
        let mut hosts = self.hosts.write().unwrap_or_else(PoisonError::into_inner);
        *hosts.entry(address.host()).or_default() |= !address.is_encrypted();
        At { address: address.clone(), is_stranger: false }
    }

    /// Whether a reference of a document is followed, as far as its address tells.
    ///
    /// # Errors
    ///
    /// [`Error::OtherHost`], [`Error::Local`].
    pub fn may_follow(&self, address: &Address) -> Result<()> {
        self.refer(address).map(drop)
    }

    /// What a reference of a document leads to.
    pub(crate) fn refer(&self, address: &Address) -> Result<At> {
        let at = self.at(address.clone())?;
        if at.is_stranger && !self.options.follow_hosts {
            return Err(Error::OtherHost(address.host().name));
        }
        Ok(at)
    }

    /// An address that nobody named, though its host may have been.
    fn at(&self, address: Address) -> Result<At> {
        let host = address.host();
        let is_stranger = !self.hosts.read().unwrap_or_else(PoisonError::into_inner).contains_key(&host);
        if is_stranger {
            check_name(&host.name)?;
        }
        Ok(At { address, is_stranger })
    }

    /// Whether headers that were given are meant for an address.
    fn takes_headers(&self, address: &Address) -> bool {
        let hosts = self.hosts.read().unwrap_or_else(PoisonError::into_inner);
        hosts.get(&address.host()).is_some_and(|is_plain| *is_plain || address.is_encrypted())
    }

    /// Gets a span, or all of it, whatever the server makes of that. Follows redirects, and tries again what may pass.
    pub(crate) fn get(&self, at: &At, span: Option<Span>) -> Result<Answer> {
        let mut attempt = 1;
        loop {
            let (error, asked) = match self.redirected(at, span) {
                Ok(answer) => match answer.status {
                    200 | 206 | 416 => return Ok(answer),
                    status => (Error::of_status(status), retry_after(&answer.headers)),
                },
                Err(error) => (error, None),
            };
            self.wait_or(error, attempt, asked)?;
            attempt = attempt.saturating_add(1);
        }
    }

    /// Waits, where a request that failed is worth another attempt.
    pub(crate) fn wait_or(&self, error: Error, attempt: u32, asked: Option<Duration>) -> Result<()> {
        let attempts = if error.is_busy() { self.options.attempts_when_busy } else { self.options.attempts };
        if !error.passes() || attempt >= attempts {
            return Err(error);
        }
        std::thread::sleep(pause(attempt, asked));
        Ok(())
    }

    /// One request to a server that somebody named, and its answer, whatever it is.
    pub(crate) fn exchange(
        &self,
        method: &str,
        url: &Url,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
        limit: u64,
    ) -> Result<Answer> {
        let mut request = Request::builder().method(method).uri(url.as_str());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let unsent = |_| Error::Transport("a header or an address that cannot be sent");
        let response = match body {
            Some(body) => self.named.run(request.body(body).map_err(unsent)?),
            None => self.named.run(request.body(()).map_err(unsent)?),
        };
        let (parts, mut body) = response.map_err(Error::of_transport)?.into_parts();
        let is_error = parts.status.as_u16() >= 300;
        let limit = if is_error { ERROR_PAGE } else { limit };
        let body = match body.with_config().limit(limit).read_to_vec() {
            Ok(body) => body,
            Err(_) if is_error => Vec::new(),
            Err(ureq::Error::BodyExceedsLimit(_)) => return Err(Error::TooLong { limit }),
            Err(error) => return Err(Error::of_transport(error)),
        };
        let at = At { address: Address::of_url(url.clone()), is_stranger: false };
        Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body, at })
    }

    fn redirected(&self, at: &At, span: Option<Span>) -> Result<Answer> {
        let mut at = at.clone();
        for _ in 0..=MAX_REDIRECTS {
            let answer = self.once(&at, span)?;
            let location = answer.header(header::LOCATION).filter(|_| matches!(answer.status, 301..=308));
            let Some(location) = location else {
                return Ok(answer);
            };
            let next = at.address.join(location)?;
            if at.address.is_encrypted() && !next.is_encrypted() {
                return Err(Error::Downgrade);
            }
            at = self.at(next)?;
        }
        Err(Error::Redirects(MAX_REDIRECTS))
    }

    fn once(&self, at: &At, span: Option<Span>) -> Result<Answer> {
        let url = at.address.url();
        // Compressed, parts of it would be parts of something else.
        let mut request = Request::get(url.as_str()).header(header::ACCEPT_ENCODING, "identity");
        if let Some(span) = span {
            let last = span.end().saturating_sub(1);
            request = request.header(header::RANGE, format!("bytes={}-{last}", span.start()));
        }
        if self.takes_headers(&at.address) {
            for Header(name, value) in &self.options.headers {
                request = request.header(name, value);
            }
        }
        let request = request.body(()).map_err(|_| Error::Transport("the address is not taken"))?;
        let agent = if at.is_stranger { &self.public } else { &self.named };
        let response = agent.run(request).map_err(Error::of_transport)?;
        let (parts, mut body) = response.into_parts();
        let status = parts.status.as_u16();
        let limit = match (status, span) {
            (206, Some(span)) => span.len(),
            (200 | 206, _) => MAX_WHOLE,
            // What an error page says is not told to anybody; short ones are read, so that the connection is kept.
            _ => ERROR_PAGE,
        };
        let limited = body.with_config().limit(limit).read_to_vec();
        let body = match limited {
            Ok(body) => body,
            Err(_) if !matches!(status, 200 | 206) => Vec::new(),
            Err(ureq::Error::BodyExceedsLimit(_)) => match span.filter(|_| status == 206) {
                Some(asked) => {
                    return Err(Error::Range { asked, answered: format!("more than {limit} bytes") });
                }
                None => return Err(Error::TooLong { limit }),
            },
            Err(error) => return Err(Error::of_transport(error)),
        };
        Ok(Answer { status, headers: parts.headers, body, at: at.clone() })
    }
}

/// How long a server asks to be left alone: seconds, or a time.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let asked = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = asked.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let then = jiff::fmt::rfc2822::parse(asked).ok()?.timestamp();
    Duration::try_from(then.duration_since(jiff::Timestamp::now())).ok()
}

/// Pauses double, and differ by up to a half, so that those who failed together do not come back together.
fn pause(attempt: u32, asked: Option<Duration>) -> Duration {
    let doubled = PAUSE.saturating_mul(1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX));
    let chance = u32::try_from(RandomState::new().hash_one(attempt) % 512).unwrap_or(0);
    let own = doubled.min(MAX_PAUSE).mul_f64(0.5 + f64::from(chance) / 1024.0);
    own.max(asked.unwrap_or_default().min(MAX_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        Address::parse(text).unwrap()
    }

    #[test]
    fn a_header_has_a_name_and_a_value_that_nothing_tells() {
        let header = Header::parse("Authorization: Bearer 1234").unwrap();
        assert_eq!(format!("{header:?}"), "Header(authorization: …)");
        for wrong in ["Authorization", "a b: c", ": x", "a: \n"] {
            let error = Header::parse(wrong);
            assert!(matches!(error, Err(Error::Header)) || wrong == "a: \n", "{wrong:?}");
        }
        assert!(Header::parse("a: b\u{1}c").is_err());
    }

    #[test]
    fn other_hosts_are_not_followed_unless_asked_and_the_local_network_never() {
        let client = |follow_hosts| Client::new(Options { follow_hosts, ..Options::default() });
        for follow in [false, true] {
            let client = client(follow);
            client.name(&address("http://127.0.0.1:8000/m.mpd"));
            assert!(client.refer(&address("http://127.0.0.1:8000/v/1.m4s")).is_ok());
            for local in [
                "http://127.0.0.1:6379/",
                "http://169.254.169.254/latest/meta-data/",
                "http://localhost:8000/",
            ] {
                assert!(matches!(client.refer(&address(local)), Err(Error::Local(_))), "{local}");
            }
            let other = client.refer(&address("https://cdn.example.com/1.m4s"));
            assert_eq!(other.is_ok(), follow);
        }
    }

    #[test]
    fn headers_go_to_hosts_that_were_named_and_not_without_encryption_where_it_was_named_with() {
        let client = Client::new(Options::default());
        client.name(&address("https://cdn.example.com/a"));
        client.name(&address("http://origin.example.com/a"));
        let takes = |text: &str| client.takes_headers(&address(text));
        assert!(takes("https://cdn.example.com/b") && !takes("http://cdn.example.com/b"));
        assert!(takes("http://origin.example.com/b") && takes("https://origin.example.com/b"));
        assert!(!takes("https://example.com/") && !takes("https://cdn.example.com:8443/"));
    }

    #[test]
    fn pauses_double_up_to_a_bound_and_are_as_long_as_the_server_asks() {
        for (attempt, least, most) in [(1, 100, 200), (2, 200, 400), (3, 400, 800), (40, 10_000, 20_000)] {
            let pause = pause(attempt, None).as_millis();
            assert!((least..=most).contains(&pause), "{attempt}: {pause}");
        }
        assert_eq!(pause(1, Some(Duration::from_secs(2))), Duration::from_secs(2));
        assert_eq!(pause(1, Some(Duration::from_secs(3600))), MAX_PAUSE);
    }

    #[test]
    fn a_server_asks_for_seconds_or_names_a_time() {
        let asked = |value: &'static str| {
            let value = HeaderValue::from_static(value);
            retry_after(&HeaderMap::from_iter([(header::RETRY_AFTER, value)]))
        };
        assert_eq!(asked("7"), Some(Duration::from_secs(7)));
        assert!(asked("Thu, 31 Dec 2099 23:59:59 GMT").is_some_and(|pause| pause > MAX_PAUSE));
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:37 GMT"), None);
        assert_eq!(asked("soon"), None);
    }

    #[test]
    fn a_busy_server_is_waited_for_longer_than_one_that_fails_and_not_for_ever() {
        let options = Options { attempts: 1, attempts_when_busy: 2, ..Options::default() };
        let client = Client::new(options);
        let ends = |status, attempt| client.wait_or(Error::Status(status), attempt, None).is_err();
        assert!(ends(500, 1) && !ends(503, 1) && !ends(429, 1) && ends(503, 2));
        assert!(ends(404, 1));
        let options = Options::default();
        assert!(options.attempts_when_busy > options.attempts);
    }
}
