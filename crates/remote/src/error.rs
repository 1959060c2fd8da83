//! What can be wrong with something behind an address. No message repeats one: whoever asked knows it.

use std::io;

/// The result of a request.
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// What can be wrong with something behind an address.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It is no address. The caller's fault.
    #[error("it is no address: {0}")]
    Address(#[source] url::ParseError),
    /// An address of a kind that is not read here.
    #[error("addresses of this kind are not read")]
    Scheme,
    /// A header for requests that is none.
    #[error("a header is NAME:VALUE, of printable characters")]
    Header,
    /// Nothing is there.
    #[error("there is nothing at this address: the server answered {0}")]
    Missing(u16),
    /// The server wants to know who asks.
    #[error("the server does not let it be read: it answered {0}")]
    Denied(u16),
    /// Any other answer, after as many attempts as make sense.
    #[error("the server answered {0}")]
    Status(u16),
    /// The server answered with something that is no answer to the request.
    #[error("the server answered a request for bytes {asked} with {answered}")]
    Range {
        /// What was asked for.
        asked: prkit_plan::Span,
        /// What came.
        answered: String,
    },
    /// The host has no address, or none that can be reached.
    #[error("the host is not known")]
    UnknownHost,
    /// No connection, or one that ended, as often as it was tried.
    #[error("the connection failed: {0}")]
    Connection(#[source] io::Error),
    /// The server said nothing for too long, as often as it was tried.
    #[error("the server did not answer in time")]
    Timeout,
    /// The other side cannot prove who it is.
    #[error("no secure connection: {0}")]
    Secure(String),
    /// One redirect too many.
    #[error("there are more than {0} redirects")]
    Redirects(usize),
    /// From an encrypted address to one that is not.
    #[error("the server redirects to an address without encryption")]
    Downgrade,
    /// A document refers to a host that nobody named.
    #[error("it is on another host, {0}, which nobody named")]
    OtherHost(String),
    /// A document or a redirect leads into the local network.
    #[error("it leads to {0}, an address of the local network, which is never followed")]
    Local(String),
    /// It is no longer what it was when it was opened.
    #[error("it changed while it was read")]
    Changed,
    /// Content that is compressed in a way that is not known.
    #[error("it is sent with the encoding {0}, which is not read")]
    Encoding(String),
    /// Compressed content that is broken.
    #[error("it is sent compressed, and cannot be read: {0}")]
    Compressed(#[source] io::Error),
    /// Something that can only be had as a whole, and is long.
    #[error(
        "the server does not answer for parts of it, and it is longer than {limit} bytes, which is read at most then"
    )]
    TooLong {
        /// Bytes that are read.
        limit: u64,
    },
    /// A store says no, with a word for why.
    #[error("the server answered {status} {code}")]
    Refused {
        /// The status.
        status: u16,
        /// The word.
        code: String,
    },
    /// An answer that does not say what it has to.
    #[error("the server's answer is not understood: {0}")]
    Unread(&'static str),
    /// The object is in an archive, and has to be restored before it can be read.
    #[error("the object is archived, and has to be restored first")]
    Archived,
    /// The server does not keep conditions.
    #[error("the server ignores conditions on {0}: what somebody else writes meanwhile would be lost")]
    Unconditional(&'static str),
    /// A profile that is nowhere.
    #[error("there is no profile {0}")]
    Profile(String),
    /// Keys that something leads to, and that are not there.
    #[error("no keys: {0}")]
    NoKeys(String),
    /// A service that gives keys says no.
    #[error("no keys: {from} answered {status}")]
    Keys {
        /// What it is called.
        from: &'static str,
        /// The status.
        status: u16,
    },
    /// A sign-on that is over.
    #[error("no keys: nobody is signed on for profile {0}, or not any more: aws sso login --profile {0}")]
    SignedOut(String),
    /// What cannot be the name of a bucket.
    #[error("it is no name of a bucket")]
    Bucket,
    /// What the transport has to say, and no name of ours is for.
    #[error("the request failed: {0}")]
    Transport(&'static str),
}

impl Error {
    /// Whether the same request may be answered in a moment.
    pub(crate) const fn passes(&self) -> bool {
        matches!(self, Self::Connection(_) | Self::Timeout | Self::Status(408 | 429 | 500 | 502 | 503 | 504))
    }

    /// Whether the server works, and is asked more often than it wants to be.
    pub(crate) const fn is_busy(&self) -> bool {
        matches!(self, Self::Status(429 | 503))
    }

    pub(crate) fn of_status(status: u16) -> Self {
        match status {
            404 | 410 => Self::Missing(status),
            401 | 403 | 407 => Self::Denied(status),
            412 => Self::Changed,
            _ => Self::Status(status),
        }
    }

    /// What a store answers, by its word for it.
    pub(crate) fn refused(status: u16, code: Option<&str>) -> Self {
        let code: String =
            code.unwrap_or_default().chars().filter(char::is_ascii_alphanumeric).take(60).collect();
        match (status, &*code) {
            (_, "InvalidObjectState") => Self::Archived,
            // Another write of the same object is being done.
            (_, "PreconditionFailed" | "ConditionalRequestConflict") => Self::Changed,
            // Also inside of a success; some servers have several such words.
            (_, code) if code.starts_with("SlowDown") => Self::Status(503),
            (404 | 412, _) | (_, "") => Self::of_status(status),
            _ if Self::Status(status).passes() => Self::Status(status),
            _ => Self::Refused { status, code },
        }
    }

    /// An error of the transport, without the address that it may repeat.
    pub(crate) fn of_transport(error: ureq::Error) -> Self {
        match error {
            ureq::Error::Timeout(_) => Self::Timeout,
            ureq::Error::HostNotFound => Self::UnknownHost,
            ureq::Error::Io(error) => Self::of_io(error),
            ureq::Error::Rustls(error) => Self::Secure(error.to_string()),
            ureq::Error::Tls(reason) => Self::Secure(reason.to_owned()),
            ureq::Error::ConnectionFailed => Self::Connection(io::ErrorKind::ConnectionRefused.into()),
            ureq::Error::Protocol(_) => Self::Connection(io::ErrorKind::InvalidData.into()),
            ureq::Error::Other(other) => match other.downcast::<Self>() {
                Ok(own) => *own,
                Err(_) => Self::Transport("of an error without a name"),
            },
            ureq::Error::BadUri(_) => Self::Transport("the address is not taken"),
            ureq::Error::ConnectProxyFailed(_) | ureq::Error::InvalidProxyUrl => {
                Self::Transport("the proxy does not connect")
            }
            ureq::Error::LargeResponseHeader(..) => Self::Transport("the headers of the answer are too long"),
            _ => Self::Transport("of an error of the protocol"),
        }
    }

    /// An error of reading a body, which has one of the transport inside.
    pub(crate) fn of_io(error: io::Error) -> Self {
        let kind = error.kind();
        match error.downcast::<ureq::Error>() {
            Ok(inner) => Self::of_transport(inner),
            Err(error) if kind == io::ErrorKind::TimedOut => {
                drop(error);
                Self::Timeout
            }
            Err(error) => Self::Connection(error),
        }
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match error {
            Error::Missing(_) => io::ErrorKind::NotFound,
            Error::Denied(_) => io::ErrorKind::PermissionDenied,
            Error::Timeout => io::ErrorKind::TimedOut,
            _ => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}
