//! Signed requests, and what comes of them.

use super::Inner;
use crate::client::{Answer, retry_after};
use crate::{Error, Result};
use core::time::Duration;
use rusty_s3::S3Action;
use rusty_s3::actions::ListObjectsV2;
use rusty_s3::actions::list_objects_v2::ListObjectsV2Response;

/// How long a signature counts. A request is signed anew with every attempt.
const SIGNED: Duration = Duration::from_secs(15 * 60);
/// Answers without the bytes of an object: lists, errors.
pub(super) const MAX_ANSWER: u64 = 8 * 1024 * 1024;

/// A header: its name in lower case, and its value.
pub(super) type Header = (&'static str, String);

impl Inner {
    /// Sends what an action asks for, as often as it fails for a reason that passes.
    ///
    /// `headers` are signed. With a body, the answer may be an error inside of a success, which is tried again, too.
    pub(super) fn send<'a, A: S3Action<'a>>(
        &self,
        action: impl Fn() -> A,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
        limit: u64,
    ) -> Result<Answer> {
        let mut attempt = 1;
        let payer: &[(&str, &str)] =
            if self.access.requester_pays { &[("x-amz-request-payer", "requester")] } else { &[] };
        loop {
            let mut action = action();
            for (name, value) in headers.iter().chain(payer) {
                action.headers_mut().insert((*name).to_owned(), (*value).to_owned());
            }
            let url = action.sign(SIGNED);
            let all: Vec<(&str, &str)> = headers.iter().chain(payer).copied().collect();
            let (error, asked) = match self.client.exchange(A::METHOD.to_str(), &url, &all, body, limit) {
                Ok(answer) => match fault(&answer) {
                    None => return Ok(answer),
                    Some(_) if region_of(&answer).is_some_and(|region| self.is_moved_to(region)) => continue,
                    Some(error) => (error, retry_after(&answer.headers)),
                },
                Err(error) => (error, None),
            };
            self.client.wait_or(error, attempt, asked)?;
            attempt = attempt.saturating_add(1);
        }
    }

    /// A page of the keys below a name.
    pub(super) fn page(&self, below: &str, token: Option<&str>) -> Result<ListObjectsV2Response> {
        let list = || {
            let mut list = self.bucket().list_objects_v2(self.keys.now());
            if !below.is_empty() {
                list.with_prefix(below.to_owned());
            }
            if let Some(token) = token {
                list.with_continuation_token(token.to_owned());
            }
            list
        };
        let answer = self.send(list, &[], None, MAX_ANSWER)?;
        ListObjectsV2::parse_response(&text(&answer)).map_err(|_| Error::Unread("a list of objects"))
    }
}

/// The region that a server names, which is not the one that was asked.
fn region_of(answer: &Answer) -> Option<&str> {
    let region = answer.headers.get("x-amz-bucket-region")?.to_str().ok()?;
    let is_one =
        !region.is_empty() && region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (is_one && matches!(answer.status, 301 | 307 | 400)).then_some(region)
}

/// What is wrong with an answer, which may be an error inside of a success.
fn fault(answer: &Answer) -> Option<Error> {
    let text = || text(answer);
    match answer.status {
        200..=299 if answer.body.starts_with(b"<") => {
            let text = text();
            let root = text.trim_start().trim_start_matches("<?xml").find("<Error>");
            root.filter(|at| *at < 100).map(|_| Error::refused(500, element(&text, "Code")))
        }
        200..=299 => None,
        status => Some(Error::refused(status, element(&text(), "Code"))),
    }
}

pub(super) fn text(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

/// The text of the first element of a name, in an answer of a server, where it holds no other element.
pub(super) fn element<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    Some(rest.split_once('<')?.0)
}

/// Text of XML without its escapes, as names and values of tags and entity tags have them.
pub(super) fn unescaped(text: &str) -> String {
    let quotes =
        text.replace("&quot;", "\"").replace("&#34;", "\"").replace("&apos;", "'").replace("&#39;", "'");
    quotes.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_in_answers() {
        let answer =
            "<?xml version=\"1.0\"?><Error><Code>SlowDown</Code><Message>a &amp; b</Message></Error>";
        assert_eq!(element(answer, "Code"), Some("SlowDown"));
        assert_eq!(unescaped(element(answer, "Message").unwrap()), "a & b");
        assert_eq!(element(answer, "Key"), None);
        assert_eq!(unescaped("&quot;1-2&quot; &amp;lt;"), "\"1-2\" &lt;");
    }
}
