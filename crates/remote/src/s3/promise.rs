//! Whether a server keeps conditions.
//!
//! Servers exist that take a condition and do not look at it. Without it, what somebody else writes between reading and writing is
//! lost, and parts of two objects may become one. So the first edit asks: it writes to a scratch key on conditions that cannot hold.

use super::Inner;
use super::request::{MAX_ANSWER, text};
use crate::{Error, Result};
use rusty_s3::actions::CreateMultipartUpload;
use ureq::http::header::ETAG;

/// Conditions that are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Promises {
    /// On a PUT.
    put: bool,
    /// On the completion of an upload.
    complete: bool,
}

/// An entity tag that nothing has.
const WRONG: (&str, &str) = ("if-match", "\"00000000000000000000000000000000\"");

impl Promises {
    pub(super) const ALL: Self = Self { put: true, complete: true };
}

impl Inner {
    /// Whether an edit in one request, or in parts, is safe from others.
    pub(super) fn check_promises(&self, is_put: bool) -> Result<()> {
        if self.without_promises {
            return Ok(());
        }
        let promises = if let Some(promises) = self.promises.get() {
            *promises
        } else {
            let found = self.ask()?;
            *self.promises.get_or_init(|| found)
        };
        let is_kept = if is_put { promises.put } else { promises.complete };
        if is_kept {
            Ok(())
        } else {
            Err(Error::Unconditional(if is_put { "PUT" } else { "CompleteMultipartUpload" }))
        }
    }

    fn ask(&self) -> Result<Promises> {
        let (credentials, key) = (self.keys.now(), self.scratch.as_str());
        let put = || self.bucket().put_object(credentials, key);
        self.send(put, &[], Some(b"scratch"), MAX_ANSWER)?;
        let asked = kept(self.send(put, &[WRONG], Some(b"scratch"), MAX_ANSWER))
            .and_then(|put| Ok(Promises { put, complete: self.ask_completion(key)? }));
        let delete = || self.bucket().delete_object(credentials, key);
        self.send(delete, &[], None, MAX_ANSWER)?;
        asked
    }

    fn ask_completion(&self, key: &str) -> Result<bool> {
        let credentials = self.keys.now();
        let create = || self.bucket().create_multipart_upload(credentials, key);
        let created = self.send(create, &[], Some(&[]), MAX_ANSWER)?;
        let created = CreateMultipartUpload::parse_response(&text(&created));
        let created = created.map_err(|_| Error::Unread("the name of an upload"))?;
        let upload = created.upload_id();
        let part = || self.bucket().upload_part(credentials, key, 1, upload);
        let part = self.send(part, &[], Some(b"scratch"), MAX_ANSWER);
        let asked = part.and_then(|part| {
            let entity = part.header(ETAG).unwrap_or_default().trim_matches('"').to_owned();
            let complete = || {
                let entities = std::iter::once(entity.as_str());
                self.bucket().complete_multipart_upload(credentials, key, upload, entities)
            };
            let body = complete().body();
            kept(self.send(complete, &[WRONG], Some(body.as_bytes()), MAX_ANSWER))
        });
        if !matches!(asked, Ok(false)) {
            let abort = || self.bucket().abort_multipart_upload(credentials, key, upload);
            self.send(abort, &[], None, MAX_ANSWER)?;
        }
        asked
    }
}

/// Whether a condition that cannot hold was looked at.
fn kept<T>(answer: Result<T>) -> Result<bool> {
    match answer {
        Ok(_) => Ok(false),
        Err(Error::Changed) => Ok(true),
        Err(error) => Err(error),
    }
}
