//! A server of our own that keeps what Amazon promises: conditions, least sizes of parts, nothing of the old object in a new one.

use crate::server::{Answer, Request, Server};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

const MIB: u64 = 1024 * 1024;

#[derive(Clone, PartialEq, Debug)]
pub enum Piece {
    Bytes(Vec<u8>),
    Zeros(u64),
}

impl Piece {
    fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Zeros(len) => *len,
        }
    }

    fn part(&self, from: u64, to: u64) -> Self {
        match self {
            Self::Bytes(bytes) => Self::Bytes(bytes[from as usize..to as usize].to_vec()),
            Self::Zeros(_) => Self::Zeros(to - from),
        }
    }
}

pub fn part(pieces: &[Piece], from: u64, to: u64) -> Vec<Piece> {
    let (mut at, mut found) = (0, Vec::new());
    for piece in pieces {
        let (start, end) = (from.max(at), to.min(at + piece.len()));
        if start < end {
            found.push(piece.part(start - at, end - at));
        }
        at += piece.len();
    }
    found
}

pub fn len(pieces: &[Piece]) -> u64 {
    pieces.iter().map(Piece::len).sum()
}

pub fn bytes(pieces: &[Piece]) -> Vec<u8> {
    let mut all = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Bytes(bytes) => all.extend(bytes),
            Piece::Zeros(len) => all.resize(all.len() + *len as usize, 0),
        }
    }
    all
}

type Headers = Vec<(String, String)>;
type Parts = BTreeMap<u16, (Vec<Piece>, String)>;

#[derive(Clone, Default)]
pub struct Object {
    pub pieces: Vec<Piece>,
    entity: String,
    pub headers: Headers,
}

#[derive(Default)]
pub struct Bucket {
    pub objects: BTreeMap<String, Object>,
    /// The key, what the object is to have beside its bytes, and the parts with their entity tags.
    pub uploads: BTreeMap<String, (String, Headers, Parts)>,
    counter: u64,
    /// Conditions on completions are taken and not looked at.
    pub is_careless: bool,
}

impl Bucket {
    pub fn put(&mut self, key: &str, pieces: Vec<Piece>, headers: Headers) -> String {
        self.counter += 1;
        let entity = format!("\"{:x}\"", self.counter);
        self.objects.insert(key.to_owned(), Object { pieces, entity: entity.clone(), headers });
        entity
    }

    /// The answer to a request.
    pub fn answer(&mut self, request: &Request) -> Answer {
        let key = request.path().trim_start_matches("/films/").to_owned();
        let query: BTreeMap<&str, &str> = request
            .target
            .split_once('?')
            .map_or("", |(_, query)| query)
            .split('&')
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .collect();
        let signed = query["X-Amz-SignedHeaders"];
        for name in
            request.headers.keys().filter(|name| name.starts_with("x-amz-") || name.starts_with("if-"))
        {
            assert!(signed.contains(name.as_str()), "{name} is not signed");
        }
        if request.path() == "/films/" || request.path() == "/films" {
            if query.contains_key("uploads") {
                return self.list_uploads(&query);
            }
            return self.list(query.get("prefix").copied().unwrap_or_default());
        }
        let upload = query.get("uploadId").map(|id| (*id).to_owned());
        match (request.method.as_str(), upload) {
            ("GET", Some(id)) => match self.uploads.get(&id) {
                None => error(404, "NoSuchUpload"),
                Some((.., parts)) => {
                    let after: u16 = query["part-number-marker"].parse().unwrap();
                    let part = |(number, (part, _)): (&u16, &(Vec<Piece>, String))| {
                        format!("<Part><PartNumber>{number}</PartNumber><Size>{}</Size></Part>", len(part))
                    };
                    let parts: String = parts.range(after + 1..).map(part).collect();
                    xml(&format!("<ListPartsResult>{parts}</ListPartsResult>"))
                }
            },
            ("GET" | "HEAD", _) if query.contains_key("tagging") => Answer::new(
                200,
                "<Tagging><TagSet><Tag><Key>title</Key><Value>a &amp; b</Value></Tag></TagSet></Tagging>",
            ),
            ("GET" | "HEAD", _) => self.get(&key, request),
            ("PUT", Some(id)) => self.part(&id, query["partNumber"].parse().unwrap(), request),
            ("POST", Some(id)) => self.complete(&id, request),
            ("DELETE", Some(id)) => {
                self.uploads.remove(&id);
                Answer::new(204, "")
            }
            ("POST", None) if query.contains_key("uploads") => {
                self.counter += 1;
                let id = format!("upload{}", self.counter);
                self.uploads.insert(id.clone(), (key, kept(request), BTreeMap::new()));
                xml(&format!(
                    "<InitiateMultipartUploadResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><UploadId>{id}\
                     </UploadId></InitiateMultipartUploadResult>"
                ))
            }
            ("PUT", None) => match self.refusal(&key, request) {
                Some(refusal) => refusal,
                None => {
                    let entity = self.put(&key, vec![Piece::Bytes(request.body.clone())], kept(request));
                    Answer::new(200, "").with("ETag", entity)
                }
            },
            ("DELETE", None) => {
                self.objects.remove(&key);
                Answer::new(204, "")
            }
            other => panic!("{other:?} {}", request.target),
        }
    }

    /// All keys, on one page.
    fn list(&self, prefix: &str) -> Answer {
        let prefix = prefix.replace("%2F", "/");
        let keys = self.objects.keys().filter(|key| key.starts_with(&prefix));
        let keys: String = keys.map(|key| format!("<Contents><Key>{key}</Key></Contents>")).collect();
        xml(&format!(
            "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{keys}</ListBucketResult>"
        ))
    }

    /// Uploads that are not completed, two on a page, of which all were begun in 2020.
    fn list_uploads(&self, query: &BTreeMap<&str, &str>) -> Answer {
        let prefix = query.get("prefix").map_or(String::new(), |prefix| prefix.replace("%2F", "/"));
        let after = query.get("upload-id-marker").copied().unwrap_or_default();
        let found =
            self.uploads.iter().filter(|(id, (key, ..))| key.starts_with(&prefix) && id.as_str() > after);
        let found: Vec<_> = found.collect();
        let mut text = format!("<IsTruncated>{}</IsTruncated>", found.len() > 2);
        for (id, (key, ..)) in found.iter().take(2) {
            text += &format!(
                "<Upload><Key>{key}</Key><UploadId>{id}</UploadId><Initiated>2020-01-01T00:00:00.000Z</Initiated></Upload>"
            );
            text = format!(
                "<NextKeyMarker>{key}</NextKeyMarker><NextUploadIdMarker>{id}</NextUploadIdMarker>{text}"
            );
        }
        xml(&format!("<ListMultipartUploadsResult>{text}</ListMultipartUploadsResult>"))
    }

    fn get(&self, key: &str, request: &Request) -> Answer {
        let Some(object) = self.objects.get(key) else {
            return error(404, "NoSuchKey");
        };
        if request.header("if-match").is_some_and(|entity| entity != object.entity) {
            return error(412, "PreconditionFailed");
        }
        let len = len(&object.pieces);
        let answer = match request.range() {
            Some((first, _)) if first >= len => return error(416, "InvalidRange"),
            Some((first, last)) => {
                let end = (last + 1).min(len);
                Answer::new(206, bytes(&part(&object.pieces, first, end)))
                    .with("Content-Range", format!("bytes {first}-{}/{len}", end - 1))
            }
            None if request.method == "HEAD" => Answer::new(200, ""),
            None => Answer::new(200, bytes(&object.pieces)),
        };
        let answer = answer.with("ETag", &object.entity);
        object.headers.iter().fold(answer, |answer, (name, value)| match name.as_str() {
            "x-amz-tagging" => answer.with("x-amz-tagging-count", 1),
            name => answer.with(name, value),
        })
    }

    /// Why a write is not done.
    fn refusal(&self, key: &str, request: &Request) -> Option<Answer> {
        let now = self.objects.get(key);
        let is_other =
            request.header("if-match").is_some_and(|entity| now.is_none_or(|object| object.entity != entity));
        let is_there = request.header("if-none-match").is_some() && now.is_some();
        (is_other || is_there).then(|| error(412, "PreconditionFailed"))
    }

    fn part(&mut self, id: &str, number: u16, request: &Request) -> Answer {
        let pieces = match request.header("x-amz-copy-source") {
            None => vec![Piece::Bytes(request.body.clone())],
            Some(source) => {
                assert_eq!(request.header("content-length"), Some("0"), "some servers want it");
                let object = &self.objects[source.strip_prefix("/films/").unwrap()];
                let condition =
                    request.header("x-amz-copy-source-if-match").expect("a copy without a condition");
                if condition != object.entity {
                    return error(412, "PreconditionFailed");
                }
                let range = request.header("x-amz-copy-source-range").unwrap();
                let (first, last) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
                let (first, end) = (first.parse::<u64>().unwrap(), last.parse::<u64>().unwrap() + 1);
                assert!(
                    end <= len(&object.pieces)
                        && len(&object.pieces) > 5 * MIB
                        && end - first <= 5 * 1024 * MIB
                );
                part(&object.pieces, first, end)
            }
        };
        self.counter += 1;
        let entity = format!("\"part{}\"", self.counter);
        let Some(upload) = self.uploads.get_mut(id) else {
            return error(404, "NoSuchUpload");
        };
        upload.2.insert(number, (pieces, entity.clone()));
        match request.header("x-amz-copy-source") {
            None => Answer::new(200, "").with("ETag", entity),
            Some(_) => xml(&format!(
                "<CopyPartResult><ETag>{}</ETag></CopyPartResult>",
                entity.replace('"', "&quot;")
            )),
        }
    }

    fn complete(&mut self, id: &str, request: &Request) -> Answer {
        let Some((key, headers, parts)) = self.uploads.get(id).cloned() else {
            return error(404, "NoSuchUpload");
        };
        if let Some(refusal) = self.refusal(&key, request).filter(|_| !self.is_careless) {
            return refusal;
        }
        let body = String::from_utf8(request.body.clone()).unwrap();
        // Parts that are not named are dropped.
        let named = |number: u16| body.contains(&format!("<PartNumber>{number}</PartNumber>"));
        let parts: Parts = parts.into_iter().filter(|(number, _)| named(*number)).collect();
        let (count, mut pieces) = (parts.len(), Vec::new());
        for (at, (number, (part, entity))) in parts.into_iter().enumerate() {
            assert_eq!(usize::from(number), at + 1);
            assert!(body.contains(entity.trim_matches('"')), "{entity} is not in {body}");
            if len(&part) < 5 * MIB && at + 1 < count {
                return error(400, "EntityTooSmall");
            }
            pieces.extend(part);
        }
        self.uploads.remove(id);
        let entity = self.put(&key, pieces, headers).replace('"', "&quot;");
        xml(&format!(
            "<CompleteMultipartUploadResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><ETag>{entity}</ETag>\
             </CompleteMultipartUploadResult>"
        ))
    }
}

fn xml(text: &str) -> Answer {
    Answer::new(200, format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{text}"))
}

pub fn error(status: u16, code: &str) -> Answer {
    Answer { status, ..xml(&format!("<Error><Code>{code}</Code></Error>")) }
}

/// What a new object has beside its bytes.
fn kept(request: &Request) -> Headers {
    let is_kept = |name: &str| {
        name.starts_with("x-amz-")
            || name.starts_with("content-") && name != "content-length"
            || matches!(name, "cache-control" | "expires")
    };
    let kept = request.headers.iter().filter(|(name, _)| is_kept(name));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// A server with a bucket; what comes before its answers, and after them, a test says.
pub fn serve(
    bucket: &Arc<Mutex<Bucket>>,
    before: impl Fn(&Request, &mut Bucket) -> Option<Answer> + Send + Sync + 'static,
    after: impl Fn(&Request, Answer) -> Answer + Send + Sync + 'static,
) -> Server {
    let bucket = Arc::clone(bucket);
    Server::new(move |request| {
        let mut bucket = bucket.lock().unwrap();
        let answer = before(request, &mut bucket).unwrap_or_else(|| bucket.answer(request));
        after(request, answer)
    })
}
