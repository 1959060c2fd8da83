//! What an element may say, and how it is written.

use crate::header::escape::{self, escape};
use crate::header::{Field, fragment};
use crate::key_id::LENIENT;
use crate::{Error, ErrorKind, Result};
use base64::Engine as _;

/// The value as the content of the element.
pub(crate) fn written(field: Field, value: &str) -> String {
    match field {
        Field::CustomAttributes => value.to_owned(),
        _ => escape(value).into_owned(),
    }
}

/// What an element may say (PRH spec 3.3.3; characters: XML 1.0, 2.2).
pub(crate) fn check_value(field: Field, value: &str, canonicalize: bool) -> Result<()> {
    let refused =
        |reason| Error::new(ErrorKind::Value { element: field.element(), value: value.to_owned(), reason });
    if value.trim().is_empty() {
        return Err(refused("it must not be empty (PRH spec 3.3.3): the element has a value, or is removed"));
    }
    if !value.chars().all(escape::is_char) {
        return Err(refused("it has a character that XML does not allow"));
    }
    match field {
        Field::LaUrl | Field::LuiUrl if !is_absolute(value) => {
            Err(refused("only absolute URLs are allowed (PRH-14), such as https://host/path"))
        }
        Field::DsId if !matches!(LENIENT.decode(value.trim()), Ok(bytes) if bytes.len() == 16) => {
            Err(refused("it is the base64 of a GUID's 16 bytes (PRH-16)"))
        }
        Field::DecryptorSetup if value != "ONDEMAND" => {
            Err(refused("the only value is ONDEMAND (PRH spec 3.5.2)"))
        }
        Field::CustomAttributes => fragment::check(value, canonicalize),
        _ => Ok(()),
    }
}

/// A scheme, `://`, a host, no white space (RFC 3986, 3): the URL of a service, so one that names where it is. What has a
/// scheme and no host, such as `mailto:`, is no place to acquire a license at.
pub(crate) fn is_absolute(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let mut chars = scheme.chars();
    let is_scheme = chars.next().is_some_and(|c| c.is_ascii_alphabetic())
        && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let is_bracketed = host.starts_with('[');
    let host = if is_bracketed {
        host.split_once(']').map_or("", |(address, _)| address.trim_start_matches('['))
    } else {
        host.split(':').next().unwrap_or_default()
    };
    let is_host = !host.is_empty() && !host.contains(['\\', '"', '<', '>', '^', '`', '{', '|', '}']);
    is_scheme && is_host && !url.contains(is_unseen)
}

/// White space, control characters, and those that come along unseen.
fn is_unseen(c: char) -> bool {
    if c.is_ascii() {
        return c <= ' ' || c == '\x7F';
    }
    c.is_whitespace() || c.is_control() || is_invisible(c)
}

/// Characters that come along when a URL is copied from a page or a message, and that nobody sees.
pub(crate) const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{AD}'
            | '\u{34F}'
            | '\u{61C}'
            | '\u{115F}'..='\u{1160}'
            | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180E}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF9}'..='\u{FFFD}'
    )
}
