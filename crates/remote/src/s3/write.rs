//! Writing: one PUT, or parts and their completion.
//!
//! ```text
//!   short      PUT, if it is still what was read
//!   long       create ─▶ parts: uploaded, or copied if it is still what was read ─▶ complete, if it still is
//!                        └─ what fails is aborted: nothing of it is seen, and nothing of it is paid for
//! ```
//!
//! The request that counts carries a mark. Where its answer was lost, the mark tells whether it was done. One that takes a run back
//! leaves no mark: there, what was put tells it.

use super::Inner;
use super::cut::{LEAST, MAX_PARTS, Part, cut, literal};
use super::object::{MARK, Object, Parts, tag, version_of};
use super::render::{STEP, rendered};
use super::request::{MAX_ANSWER, element, text, unescaped};
use crate::{Error, Result};
use core::hash::BuildHasher as _;
use prkit_plan::{
    Asset as _, AssetId, Commit, Edit, Laid, Make, Mark, Marks, Method, Plan, Receipt, Segment, Source, Span,
    StoreError, Version, Watch,
};
use rusty_s3::actions::CreateMultipartUpload;
use std::hash::RandomState;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use ureq::http::header;

/// Parts that are sent at a time; each literal one is held in memory.
const AT_ONCE: usize = 4;
/// Requests beside those for its parts: an upload is begun, marked as ours, and completed.
pub(super) const AROUND: u64 = 3;

/// What a write is conditional on.
enum Only {
    /// The object is still this one.
    If(String),
    /// There is no object of that name.
    IfNone,
    Always,
}

impl Only {
    fn headers(&self) -> Vec<(&str, &str)> {
        match self {
            Self::If(entity) => vec![("if-match", entity)],
            Self::IfNone => vec![("if-none-match", "*")],
            Self::Always => Vec::new(),
        }
    }
}

/// A new version of an object.
struct New<'n> {
    key: &'n str,
    headers: Vec<(String, String)>,
    only: Only,
    /// What the new version is marked with; nothing, where the last run that edited it is taken back.
    mark: Option<String>,
    plan: &'n Plan,
    source: &'n dyn Source,
    /// Where ranges are copied from; without, all of it is uploaded.
    from: Option<&'n Object>,
}

impl Inner {
    pub(super) fn commit(
        self: &Arc<Self>,
        edit: &mut Edit<'_, Object>,
        how: &Commit<'_>,
    ) -> Result<Receipt, StoreError> {
        let watch = how.watch;
        let (object, plan) = (edit.asset, edit.plan);
        if object.lock.is_none() {
            return Err(StoreError::ReadOnly);
        }
        if plan.old_len() != object.len() {
            return Err(StoreError::Changed);
        }
        if watch.is_cancelled() {
            return Err(StoreError::Cancelled);
        }
        (edit.check)(&Laid::new(plan, object)).map_err(StoreError::NotAsPlanned)?;
        if plan.is_empty() {
            return Ok(Receipt::new(object.version().clone(), Method::Patched));
        }
        let (parts, is_one) = (cut(plan), is_one(plan));
        self.check_promises(is_one)?;
        let new = New {
            key: &object.parts.key,
            headers: object.headers()?,
            only: Only::If(object.parts.entity.clone()),
            mark: mark(&object.marks, how.mark),
            plan,
            source: object,
            from: Some(object),
        };
        let version = if is_one { self.put(&new, watch)? } else { self.upload(&new, &parts, watch)? };
        Ok(Receipt::new(version, if is_one { Method::Copied } else { Method::ServerCopied }))
    }

    pub(super) fn make(
        self: &Arc<Self>,
        make: &mut Make<'_>,
        watch: &dyn Watch,
    ) -> Result<Receipt, StoreError> {
        let key = make.id.as_str().filter(|key| !key.is_empty());
        let key = key.ok_or_else(|| StoreError::Outside(make.id.clone()))?;
        (make.check)(&Laid::new(make.plan, make.source)).map_err(StoreError::NotAsPlanned)?;
        // An object of a bucket takes along what it has beside its bytes, and what can be copied on the server is.
        let object = make.source.origin().and_then(|origin| origin.downcast_ref::<Object>());
        let from = object.filter(|object| self.can_copy_from(object));
        let headers = match object {
            Some(object) => object.headers()?,
            None => content_type(key)
                .map(|kind| ("content-type".to_owned(), kind.to_owned()))
                .into_iter()
                .collect(),
        };
        let new = New {
            key,
            headers,
            only: if make.replace { Only::Always } else { Only::IfNone },
            mark: mark(&Marks::default(), None),
            plan: make.plan,
            source: make.source,
            from,
        };
        let len = make.plan.new_len();
        let parts: Vec<Part> = if from.is_some() { cut(make.plan) } else { literal(Span::new(0, len)) };
        let is_one = len <= LEAST || from.is_some() && matches!(parts[..], [Part::Literal(_)]);
        let made = if is_one { self.put(&new, watch) } else { self.upload(&new, &parts, watch) };
        match made {
            Ok(version) => {
                Ok(Receipt::new(version, if is_one { Method::Copied } else { Method::ServerCopied }))
            }
            Err(StoreError::Changed) if !make.replace => Err(StoreError::Exists(make.id.clone())),
            Err(error) => Err(error),
        }
    }
}

impl Inner {
    /// The new version in one request.
    fn put(self: &Arc<Self>, new: &New<'_>, watch: &dyn Watch) -> Result<Version, StoreError> {
        let body = rendered(new.plan, new.source, Span::new(0, new.plan.new_len()), watch)?;
        let put = || self.bucket().put_object(self.keys.now(), new.key);
        let headers = new.headers_of_the_mark();
        let all: Vec<(&str, &str)> = headers.iter().map(borrowed).chain(new.only.headers()).collect();
        let answer = self.send(put, &all, Some(&body), MAX_ANSWER);
        match answer {
            Ok(answer) => new.version(answer.header(header::ETAG), version_of(&answer)),
            Err(error) => self.done_all_the_same(new, error),
        }
    }

    /// The new version in parts.
    fn upload(
        self: &Arc<Self>,
        new: &New<'_>,
        parts: &[Part],
        watch: &dyn Watch,
    ) -> Result<Version, StoreError> {
        if parts.len() > MAX_PARTS {
            return Err(StoreError::Unsupported("uploads of more than 9,999 parts"));
        }
        let create = || self.bucket().create_multipart_upload(self.keys.now(), new.key);
        let headers = new.headers_of_the_mark();
        let headers: Vec<(&str, &str)> = headers.iter().map(borrowed).collect();
        let created = self.send(create, &headers, Some(&[]), MAX_ANSWER)?;
        let created = CreateMultipartUpload::parse_response(&text(&created));
        let upload = created.map_err(|_| Error::Unread("the name of an upload"))?.upload_id().to_owned();
        let marked = self.mark_upload(new.key, &upload);
        let completed = marked.and_then(|()| self.parts(new, &upload, parts, watch)).and_then(|entities| {
            if watch.is_cancelled() {
                return Err(StoreError::Cancelled);
            }
            self.complete(new, &upload, &entities)
        });
        if completed.is_err() {
            // What cannot be aborted either is told by whatever went wrong, and removed by the bucket's own rules.
            let abort = || self.bucket().abort_multipart_upload(self.keys.now(), new.key, &upload);
            let _ = self.send(abort, &[], None, MAX_ANSWER);
        }
        completed
    }

    /// Says whose upload it is, in a part that is not completed with the others.
    fn mark_upload(&self, key: &str, upload: &str) -> Result<(), StoreError> {
        let action = || self.bucket().upload_part(self.keys.now(), key, super::left::NUMBER, upload);
        self.send(action, &[], Some(super::left::WORD), MAX_ANSWER)?;
        Ok(())
    }

    /// Sends all parts, and gives their entity tags.
    fn parts(
        &self,
        new: &New<'_>,
        upload: &str,
        parts: &[Part],
        watch: &dyn Watch,
    ) -> Result<Vec<String>, StoreError> {
        let next = AtomicUsize::new(0);
        let sent = Mutex::new((vec![String::new(); parts.len()], None));
        let work = || {
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(part) = parts.get(at) else { break };
                let result = self.part(new, upload, at, *part, watch);
                let mut sent = sent.lock().unwrap_or_else(PoisonError::into_inner);
                match (result, sent.0.get_mut(at)) {
                    (Ok(entity), Some(place)) => *place = entity,
                    (Ok(_), None) => {}
                    (Err(error), _) => {
                        sent.1.get_or_insert(error);
                        // The others are not begun.
                        next.store(parts.len(), Ordering::Relaxed);
                        break;
                    }
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..parts.len().min(AT_ONCE) {
                scope.spawn(work);
            }
            work();
        });
        match sent.into_inner().unwrap_or_else(PoisonError::into_inner) {
            (_, Some(error)) => Err(error),
            (entities, None) => Ok(entities),
        }
    }

    fn part(
        &self,
        new: &New<'_>,
        upload: &str,
        at: usize,
        part: Part,
        watch: &dyn Watch,
    ) -> Result<String, StoreError> {
        let number = u16::try_from(at.saturating_add(1)).unwrap_or(u16::MAX);
        let action = || self.bucket().upload_part(self.keys.now(), new.key, number, upload);
        let (span, from) = match (part, new.from) {
            (Part::Copy(span), Some(from)) => (span, &from.parts),
            (Part::Copy(span) | Part::Literal(span), _) => {
                let body = rendered(new.plan, new.source, span, watch)?;
                let answer = self.send(action, &[], Some(&body), MAX_ANSWER)?;
                let entity =
                    answer.header(header::ETAG).ok_or(Error::Unread("a part without an entity tag"))?;
                return Ok(entity.to_owned());
            }
        };
        if watch.is_cancelled() {
            return Err(StoreError::Cancelled);
        }
        let range = format!("bytes={}-{}", span.start(), span.end().saturating_sub(1));
        let source = Self::copy_source(from);
        let (name, entity) = from.condition("x-amz-copy-source-if-match");
        let headers =
            [("x-amz-copy-source", &*source), ("x-amz-copy-source-range", &*range), (name, &*entity)];
        let answer = self.send(action, &headers, Some(&[]), MAX_ANSWER)?;
        let text = text(&answer);
        let entity = element(&text, "ETag").map(unescaped).ok_or(Error::Unread("a copied part"))?;
        watch.moved(span.len());
        Ok(entity)
    }

    /// Whether this server can copy out of an object: it is one of its own, and the same keys lead to it.
    fn can_copy_from(&self, object: &Object) -> bool {
        let other = &object.parts.inner;
        self.access.endpoint == other.access.endpoint
    }

    /// The name of an object for copies: `/bucket/key`, and its version.
    fn copy_source(from: &Parts) -> String {
        let bucket = from.inner.bucket();
        let url = bucket.object_url(&from.key);
        let key = url.path().strip_prefix(bucket.base_url().path()).unwrap_or_default();
        let version = from.version.as_ref().map(|version| format!("?versionId={version}"));
        format!("/{}/{key}{}", bucket.name(), version.unwrap_or_default())
    }

    fn complete(
        self: &Arc<Self>,
        new: &New<'_>,
        upload: &str,
        entities: &[String],
    ) -> Result<Version, StoreError> {
        let action = || {
            let entities = entities.iter().map(|entity| entity.trim_matches('"'));
            self.bucket().complete_multipart_upload(self.keys.now(), new.key, upload, entities)
        };
        let body = action().body();
        let answer = self.send(action, &new.only.headers(), Some(body.as_bytes()), MAX_ANSWER);
        match answer {
            Ok(answer) => {
                let text = text(&answer);
                let entity = element(&text, "ETag").map(unescaped);
                new.version(entity.as_deref(), version_of(&answer))
            }
            Err(error) => self.done_all_the_same(new, error),
        }
    }

    /// A write that was answered with an error may have been done before, and its answer lost: then the object has its mark.
    fn done_all_the_same(self: &Arc<Self>, new: &New<'_>, error: Error) -> Result<Version, StoreError> {
        let head = || self.bucket().head_object(self.keys.now(), new.key);
        let Ok(answer) = self.send(head, &[], None, MAX_ANSWER) else {
            return Err(error.into());
        };
        let found = answer.headers.get(MARK).and_then(|mark| mark.to_str().ok());
        let is_ours = match &new.mark {
            Some(mark) => found == Some(mark),
            None => found.is_none() && self.is_laid(new, answer.header(header::ETAG)),
        };
        if !is_ours {
            return Err(error.into());
        }
        new.version(answer.header(header::ETAG), version_of(&answer))
    }

    /// Whether an object is another one than was read, as long as was to be written, and what was to be put is where it was to be.
    fn is_laid(self: &Arc<Self>, new: &New<'_>, entity: Option<&str>) -> bool {
        let id = AssetId::from(new.key);
        let Ok(now) = Object::open(self, &id, None) else { return false };
        let is_new = matches!(&new.only, Only::If(old) if Some(&**old) != entity);
        if !is_new || now.len() != new.plan.new_len() {
            return false;
        }
        let (laid, mut expected, mut found) = (Laid::new(new.plan, new.source), Vec::new(), Vec::new());
        new.plan.placed().filter(|(_, segment)| !matches!(segment, Segment::Keep(_))).all(|(at, _)| {
            at.blocks(STEP).all(|block| {
                laid.read_at(block, &mut expected).is_ok()
                    && now.read_at(block, &mut found).is_ok()
                    && expected == found
            })
        })
    }
}

/// What a file is served as, which players look at, where its name tells.
fn content_type(key: &str) -> Option<&'static str> {
    Some(match key.rsplit_once('.')?.1.to_ascii_lowercase().as_str() {
        "mp4" | "m4s" | "m4v" | "cmfv" | "ismv" => "video/mp4",
        "m4a" | "cmfa" | "isma" => "audio/mp4",
        "mpd" => "application/dash+xml",
        "m3u8" => "application/vnd.apple.mpegurl",
        "ism" | "ismc" | "xml" => "text/xml",
        "json" => "application/json",
        _ => return None,
    })
}

/// Whether a new version is made in one request.
pub(super) fn is_one(plan: &Plan) -> bool {
    plan.new_len() <= LEAST || matches!(cut(plan)[..], [Part::Literal(_)])
}

impl New<'_> {
    /// What was written, as whoever opens it next will know it.
    fn version(&self, entity: Option<&str>, version: Option<&str>) -> Result<Version, StoreError> {
        let entity = entity.ok_or(Error::Unread("a new object without an entity tag"))?;
        Ok(Version::new(self.plan.new_len(), tag(entity, version)))
    }

    fn headers_of_the_mark(&self) -> Vec<(String, String)> {
        let mut headers = self.headers.clone();
        headers.extend(self.mark.clone().map(|mark| (MARK.to_owned(), mark)));
        headers
    }
}

fn borrowed((name, value): &(String, String)) -> (&str, &str) {
    (name, value)
}

/// A word that no other edit has, and the runs that edited the object.
fn mark(marks: &Marks, mark: Option<Mark<'_>>) -> Option<String> {
    let marks = marks.after(mark);
    if marks.is_empty() && matches!(mark, Some(Mark::Remove(_))) {
        return None;
    }
    let own = format!("{:016x}{:016x}", RandomState::new().hash_one(0), RandomState::new().hash_one(1));
    Some(format!("{own} {marks}").trim_end().to_owned())
}
