//! An open object: ranges of one version, and what it has beside its bytes.

use super::request::{Header, MAX_ANSWER, element, text, unescaped};
use super::{Inner, Lock};
use crate::client::Answer;
use crate::http::Part;
use crate::ranged::{Ranged, Ranges};
use crate::{Error, Result};
use core::sync::atomic::{AtomicU64, Ordering};
use prkit_plan::{Asset, AssetId, Marks, Method, Offers, Plan, Source, Span, StoreError, Transfer, Version};
use rusty_s3::S3Action as _;
use rusty_s3::actions::GetObject;
use std::io;
use std::sync::Arc;
use ureq::http::{HeaderMap, HeaderName, header};

/// What the first request asks for.
const FIRST: u64 = 64 * 1024;

/// Headers of an object that a new version has to be given again, or it has none.
const KEPT: [&str; 14] = [
    "content-type",
    "content-encoding",
    "content-language",
    "content-disposition",
    "cache-control",
    "expires",
    "x-amz-storage-class",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-bucket-key-enabled",
    "x-amz-website-redirect-location",
    "x-amz-object-lock-mode",
    "x-amz-object-lock-retain-until-date",
    "x-amz-object-lock-legal-hold",
];
/// User metadata; a name is what is behind it.
const METADATA: &str = "x-amz-meta-";
/// What an edit leaves: a word that no other request has, so that it can be told whose request was done, and the runs that edited
/// the object.
pub(super) const MARK: &str = "x-amz-meta-prkit-edit";

/// An object of a bucket, as it was when it was opened.
pub struct Object {
    id: AssetId,
    version: Version,
    pub(super) parts: Arc<Parts>,
    source: Ranged<Arc<Parts>>,
    /// What goes with it into a new version.
    pub(super) kept: Vec<(String, String)>,
    pub(super) has_tags: bool,
    pub(super) marks: Marks,
    pub(super) lock: Option<Lock>,
}

/// The ranges of one version of an object.
pub(super) struct Parts {
    pub(super) inner: Arc<Inner>,
    pub(super) key: String,
    pub(super) entity: String,
    pub(super) version: Option<String>,
    len: u64,
    /// What was asked for so far, the opening with it.
    requests: AtomicU64,
    down: AtomicU64,
}

impl Object {
    pub(super) fn open(inner: &Arc<Inner>, id: &AssetId, lock: Option<Lock>) -> Result<Self> {
        let key = id.as_str().filter(|key| !key.is_empty()).ok_or(Error::Missing(404))?.to_owned();
        let range = format!("bytes=0-{}", FIRST.saturating_sub(1));
        let get = || inner.bucket().get_object(inner.keys.now(), &key);
        // An empty object has no first byte.
        let (answer, requests) = match inner.send(get, &[("range", &range)], None, FIRST) {
            Err(Error::Refused { status: 416, .. }) => (inner.send(get, &[], None, FIRST)?, 2),
            answer => (answer?, 1),
        };
        let (len, head) = match Part::of(&answer) {
            Some(part) if answer.status == 206 && part.is_all_of(&answer) && part.span.start() == 0 => {
                (part.total, answer.body.clone())
            }
            _ if answer.status == 200 => {
                (u64::try_from(answer.body.len()).unwrap_or(u64::MAX), answer.body.clone())
            }
            _ => return Err(Error::Unread("a part of an object")),
        };
        let header = |name: &str| answer.headers.get(name).and_then(|value| value.to_str().ok());
        let entity = header("etag").ok_or(Error::Unread("an object without an entity tag"))?.to_owned();
        let version = version_of(&answer).map(str::to_owned);
        let tag = tag(&entity, version.as_deref());
        let (kept, has_tags) = (kept(&answer.headers), header("x-amz-tagging-count").is_some());
        let marks = header(MARK).and_then(|mark| mark.split_once(' '));
        let marks = marks.map(|(_, runs)| Marks::parse(runs)).unwrap_or_default();
        let down = AtomicU64::new(u64::try_from(head.len()).unwrap_or(u64::MAX));
        let requests = AtomicU64::new(requests);
        let parts = Arc::new(Parts { inner: Arc::clone(inner), key, entity, version, len, requests, down });
        let source = Ranged::new(Arc::clone(&parts), &head);
        Ok(Self {
            id: id.clone(),
            version: Version::new(len, tag),
            parts,
            source,
            kept,
            has_tags,
            marks,
            lock,
        })
    }

    /// Headers that a new version of it is made with.
    pub(super) fn headers(&self) -> Result<Vec<(String, String)>> {
        let mut headers = self.kept.clone();
        if self.has_tags {
            headers.push(("x-amz-tagging".to_owned(), self.parts.tags()?));
        }
        Ok(headers)
    }
}

/// The version of an object, where the bucket has versions.
pub(super) fn version_of(answer: &Answer) -> Option<&str> {
    answer.headers.get("x-amz-version-id")?.to_str().ok().filter(|version| *version != "null")
}

/// What a version is known by. Some servers leave the quotes out here and there.
pub(super) fn tag(entity: &str, version: Option<&str>) -> String {
    let entity = entity.trim_matches('"');
    version.map_or_else(|| entity.to_owned(), |version| format!("{entity} {version}"))
}

/// What a new version has to be given again.
fn kept(headers: &HeaderMap) -> Vec<(String, String)> {
    let is_kept = |name: &HeaderName| {
        let name = name.as_str();
        KEPT.contains(&name) || name.starts_with(METADATA) && name != MARK
    };
    let kept = headers.iter().filter(|(name, _)| is_kept(name));
    kept.filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect()
}

impl Parts {
    fn get(&self) -> GetObject<'_> {
        let mut get = self.inner.bucket().get_object(self.inner.keys.now(), &self.key);
        if let Some(version) = &self.version {
            get.query_mut().insert("versionId", version.as_str());
        }
        get
    }

    /// The tags, as a header has them: `a=1&b=2`.
    fn tags(&self) -> Result<String> {
        let get = || {
            let mut get = self.get();
            get.query_mut().insert("tagging", "");
            get
        };
        let answer = self.inner.send(get, &[], None, MAX_ANSWER)?;
        let text = text(&answer);
        let mut tags = url::form_urlencoded::Serializer::new(String::new());
        for tag in text.split("<Tag>").skip(1) {
            let part = |name| element(tag, name).map(unescaped).ok_or(Error::Unread("the tags of an object"));
            tags.append_pair(&part("Key")?, &part("Value")?);
        }
        Ok(tags.finish())
    }

    /// What is asked for here and may be answered: the version that was opened, and no other.
    fn checked(&self, answer: Answer, span: Span) -> Result<Vec<u8>> {
        // Some servers do not keep the condition.
        if answer.header(header::ETAG).is_some_and(|entity| tag(entity, None) != tag(&self.entity, None)) {
            return Err(Error::Changed);
        }
        match Part::of(&answer) {
            Some(part) if answer.status == 206 && part.span == span && part.is_all_of(&answer) => {
                Ok(answer.body)
            }
            Some(part) => Err(part.unasked(span)),
            None => Err(Error::Range {
                asked: span,
                answered: "something that is no part of the object".to_owned(),
            }),
        }
    }

    /// That it is still what it was, as headers of requests that read or copy it say.
    pub(super) fn condition(&self, name: &'static str) -> Header {
        (name, self.entity.clone())
    }
}

impl Ranges for Arc<Parts> {
    fn len(&self) -> u64 {
        self.len
    }

    fn fetch(&self, span: Span) -> io::Result<Vec<u8>> {
        let range = format!("bytes={}-{}", span.start(), span.end().saturating_sub(1));
        let (name, entity) = self.condition("if-match");
        let headers = [("range", &*range), (name, &*entity)];
        let answer = self.inner.send(|| self.get(), &headers, None, span.len())?;
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.down.fetch_add(span.len(), Ordering::Relaxed);
        Ok(self.checked(answer, span)?)
    }
}

impl Source for Object {
    fn len(&self) -> u64 {
        self.version.len
    }

    fn read_at(&self, span: Span, into: &mut Vec<u8>) -> io::Result<()> {
        self.source.read_at(span, into)
    }

    fn hint(&self, spans: &[Span]) {
        self.source.hint(spans);
    }

    fn origin(&self) -> Option<&dyn core::any::Any> {
        Some(self)
    }
}

impl Asset for Object {
    fn id(&self) -> &AssetId {
        &self.id
    }

    fn version(&self) -> &Version {
        &self.version
    }

    fn offers(&self) -> Offers {
        let mut offers = Offers::default();
        offers.copies_from = Some(super::cut::LEAST);
        offers
    }

    fn is_marked(&self, run: &str) -> bool {
        self.marks.has(run)
    }

    fn settle(&self, plan: Plan, _in_turn: bool) -> Result<(Plan, Method), StoreError> {
        let method = if super::write::is_one(&plan) { Method::Copied } else { Method::ServerCopied };
        Ok((plan, method))
    }

    fn transfer(&self, plan: &Plan) -> Result<Option<Transfer>, StoreError> {
        let mut transfer = Transfer::default();
        transfer.requests = self.parts.requests.load(Ordering::Relaxed);
        transfer.down = self.parts.down.load(Ordering::Relaxed);
        if !plan.is_empty() {
            let commit = super::render::transfer(plan, &self.source.rehearsal(), self.has_tags)?;
            transfer = transfer.and(commit);
        }
        Ok(Some(transfer))
    }
}
