//! Uploads that were begun here and not completed: what a kill leaves, and what is paid for until it is aborted.
//!
//! ```text
//!   parts 1, 2, … │ part 10,000: a word        what a list of uploads tells is only a key and a time, so the word tells whose it is
//!   complete      │ names the first ones only: the server drops the word
//! ```

use super::S3;
use super::request::{MAX_ANSWER, element, text, unescaped};
use crate::{Error, Result};
use core::time::Duration;
use jiff::Timestamp;
use rusty_s3::S3Action as _;
use rusty_s3::actions::ListParts;

/// The part that holds the word.
pub(super) const NUMBER: u16 = 10_000;
/// The word: no part of ours is as short but the last, which comes before it.
pub(super) const WORD: &[u8] = b"prkit: this upload may be aborted\n";

/// An upload that was not completed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LeftUpload {
    /// What it was to become.
    pub key: String,
    /// When it was begun, as the server knows it.
    begun: Timestamp,
    id: String,
}

impl LeftUpload {
    /// Whether it was begun so long ago. One that is younger may be at work.
    pub fn is_older_than(&self, age: Duration) -> bool {
        Timestamp::now().checked_sub(age).is_ok_and(|then| self.begun <= then)
    }
}

impl S3 {
    /// Uploads below a name that were begun here, or by others who run the same program; and how many there are of others.
    ///
    /// # Errors
    ///
    /// What the server answers: some cannot list uploads.
    pub fn left_uploads(&self, below: &str) -> Result<(Vec<LeftUpload>, u64)> {
        let (mut ours, mut others) = (Vec::new(), 0_u64);
        let mut after: Option<(String, String)> = None;
        loop {
            let list = || {
                let mut list = self.0.bucket().get_object(self.0.keys.now(), "");
                let query = list.query_mut();
                query.insert("uploads", "");
                if !below.is_empty() {
                    query.insert("prefix", below.to_owned());
                }
                if let Some((key, id)) = &after {
                    query.insert("key-marker", key.clone());
                    query.insert("upload-id-marker", id.clone());
                }
                list
            };
            let answer = text(&self.0.send(list, &[], None, MAX_ANSWER)?);
            if !answer.contains("ListMultipartUploadsResult") {
                return Err(Error::Unread("a list of uploads"));
            }
            for upload in answer.split("<Upload>").skip(1) {
                let part =
                    |name| element(upload, name).map(unescaped).ok_or(Error::Unread("a list of uploads"));
                let begun = part("Initiated")?.parse().map_err(|_| Error::Unread("the time of an upload"))?;
                let upload = LeftUpload { key: part("Key")?, begun, id: part("UploadId")? };
                match self.is_ours(&upload) {
                    Ok(true) => ours.push(upload),
                    Ok(false) => others = others.saturating_add(1),
                    // It was completed or aborted meanwhile.
                    Err(Error::Missing(_)) => {}
                    Err(error) => return Err(error),
                }
            }
            let next = |name| element(&answer, name).map(unescaped).filter(|marker| !marker.is_empty());
            after = match (element(&answer, "IsTruncated"), next("NextKeyMarker"), next("NextUploadIdMarker"))
            {
                (Some("true"), Some(key), Some(id)) => Some((key, id)),
                _ => return Ok((ours, others)),
            };
        }
    }

    fn is_ours(&self, upload: &LeftUpload) -> Result<bool> {
        let list = || {
            let mut list = ListParts::new(self.0.bucket(), self.0.keys.now(), &upload.key, &upload.id);
            list.set_part_number_marker(NUMBER.saturating_sub(1));
            list
        };
        let answer = text(&self.0.send(list, &[], None, MAX_ANSWER)?);
        let parts = answer.split("<Part>").skip(1);
        let is = |part: &str, name, value: &str| element(part, name) == Some(value);
        let (number, len) = (NUMBER.to_string(), WORD.len().to_string());
        Ok(parts.into_iter().any(|part| is(part, "PartNumber", &number) && is(part, "Size", &len)))
    }

    /// Gives an upload up: nothing of it is paid for any more. What it was to replace stays.
    ///
    /// # Errors
    ///
    /// What the server answers; that it is gone is none.
    pub fn abort_upload(&self, upload: &LeftUpload) -> Result<()> {
        let abort = || self.0.bucket().abort_multipart_upload(self.0.keys.now(), &upload.key, &upload.id);
        match self.0.send(abort, &[], None, MAX_ANSWER) {
            Ok(_) | Err(Error::Missing(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
