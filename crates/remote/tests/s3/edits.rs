//! Edits of objects: what is sent, what is kept, and what comes of it when something goes wrong at any moment.

use crate::bucket::{Bucket, Piece, bytes, error, len, serve};
use crate::server::{Request, Server};
use bytes::Bytes;
use prkit_plan::{
    Access, AssetId, Commit, Edit, Mark, Method, Plan, Receipt, Source, Span, Store as _, StoreError,
    Strategy,
};
use prkit_remote::{Client, Options, S3, S3Access};
use std::sync::{Arc, Mutex};

const MIB: u64 = 1024 * 1024;
pub const KEY: &str = "show/film.mp4";

fn store(server: &Server) -> S3 {
    store_with(server, Options::default())
}

pub fn store_with(server: &Server, options: Options) -> S3 {
    let mut access = S3Access::default().with_keys("id-1234", "secret", Some("token"));
    access.endpoint = Some(format!("http://{}", server.address));
    S3::new(Arc::new(Client::new(options)), "films", &access).unwrap()
}

/// Some bytes put in front, as a header that grows does.
pub fn plan(old_len: u64) -> Plan {
    let put = [(Span::new(100, 110), Bytes::from_static(b"a header that grew"))];
    Plan::splices(old_len, put, Strategy::Copy, "a test").unwrap()
}

pub fn edit(store: &S3) -> Result<Receipt, StoreError> {
    let object = store.open(&AssetId::from(KEY), Access::Edit)?;
    let plan = plan(object.len());
    let mut check = |_: &dyn Source| Ok(());
    let mut edits = [Edit::new(&object, &plan, &mut check)];
    store.commit(&mut edits, &Commit::default()).pop().unwrap()
}

pub fn old(len: u64) -> Vec<u8> {
    (0..len).map(|n| (n.wrapping_mul(2_654_435_761) >> 11) as u8).collect()
}

pub fn bucket(len: u64) -> Arc<Mutex<Bucket>> {
    let mut bucket = Bucket::default();
    let headers = [
        ("content-type", "video/mp4"),
        ("cache-control", "max-age=60"),
        ("x-amz-meta-title", "7"),
        ("x-amz-storage-class", "STANDARD_IA"),
        ("x-amz-tagging", "title=a+%26+b"),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    bucket.put(KEY, vec![Piece::Bytes(old(len))], headers);
    Arc::new(Mutex::new(bucket))
}

fn is_about(request: &Request, key: &str) -> bool {
    request.path() == format!("/films/{key}")
}

#[test]
fn a_film_of_two_gibibytes_grows_with_five_mebibytes_each_way_and_a_copy() {
    let mut films = Bucket::default();
    films.put(KEY, vec![Piece::Zeros(2_148_315_218)], Vec::new());
    let bucket = Arc::new(Mutex::new(films));
    let server = serve(&bucket, |_, _| None, |_, answer| answer);
    let receipt = edit(&store(&server)).unwrap();
    assert_eq!(
        (receipt.method, receipt.version.as_ref().map(|version| version.len)),
        (Method::ServerCopied, Some(2_148_315_226))
    );
    let requests: Vec<Request> =
        server.requests().into_iter().filter(|request| is_about(request, KEY)).collect();
    let up: usize = requests.iter().map(|request| request.body.len()).sum();
    let down: u64 = requests.iter().filter_map(Request::range).map(|(first, last)| last + 1 - first).sum();
    assert!(up as u64 <= 5 * MIB + 1000, "{up} bytes up");
    assert!(down <= 5 * MIB + 70_000, "{down} bytes down");
    assert!(requests.len() <= 12, "{} requests", requests.len());
    let bucket = bucket.lock().unwrap();
    let new = &bucket.objects[KEY].pieces;
    assert_eq!(len(new), 2_148_315_226);
    let head = [vec![0; 100], b"a header that grew".to_vec()].concat();
    assert_eq!(bytes(&new[..1])[..118], head);
}

#[test]
fn an_object_is_what_it_was_beside_its_bytes_but_for_the_mark() {
    for size in [1000, 12 * MIB] {
        let bucket = bucket(size);
        let before = bucket.lock().unwrap().objects[KEY].headers.clone();
        let server = serve(&bucket, |_, _| None, |_, answer| answer);
        let receipt = edit(&store(&server)).unwrap();
        assert_eq!(receipt.method == Method::ServerCopied, size > MIB);
        let mut bucket = bucket.lock().unwrap();
        let object = bucket.objects.get_mut(KEY).unwrap();
        let is_ours = |(name, _): &(String, String)| name == "x-amz-meta-prkit-edit";
        assert_eq!(object.headers.iter().filter(|header| is_ours(header)).count(), 1);
        object.headers.retain(|header| !is_ours(header));
        object.headers.sort();
        let mut before = before;
        before.sort();
        assert_eq!(object.headers, before);
        assert!(bytes(&object.pieces) == plan(size).to_vec(&&old(size)[..]).unwrap());
    }
}

/// What it is, the header that tells it, and all headers of such an object.
type Row = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

/// What an object may have beside its bytes, each on its own: the new one has it, in one request and in parts.
#[test]
fn each_header_of_an_object_is_kept() {
    let table: [Row; 16] = [
        ("content type", "content-type", &[("content-type", "audio/mp4; codecs=\"mp4a.40.2\"")]),
        ("encoding", "content-encoding", &[("content-encoding", "gzip")]),
        ("language", "content-language", &[("content-language", "de, en")]),
        (
            "disposition",
            "content-disposition",
            &[("content-disposition", "attachment; filename=\"a b.mp4\"")],
        ),
        ("cache control", "cache-control", &[("cache-control", "max-age=60, public")]),
        ("expiry", "expires", &[("expires", "Thu, 31 Dec 2099 23:59:59 GMT")]),
        (
            "user metadata",
            "x-amz-meta-title",
            &[("x-amz-meta-title", "7"), ("x-amz-meta-b", "=?UTF-8?B?w6Q=?=")],
        ),
        ("tags", "x-amz-tagging", &[("x-amz-tagging", "title=a+%26+b")]),
        ("storage class", "x-amz-storage-class", &[("x-amz-storage-class", "INTELLIGENT_TIERING")]),
        ("encryption", "x-amz-server-side-encryption", &[("x-amz-server-side-encryption", "AES256")]),
        (
            "encryption with a key",
            "x-amz-server-side-encryption-aws-kms-key-id",
            &[
                ("x-amz-server-side-encryption", "aws:kms"),
                ("x-amz-server-side-encryption-aws-kms-key-id", "arn:aws:kms:eu-west-1:111122223333:key/1"),
            ],
        ),
        (
            "bucket key",
            "x-amz-server-side-encryption-bucket-key-enabled",
            &[
                ("x-amz-server-side-encryption", "aws:kms"),
                ("x-amz-server-side-encryption-bucket-key-enabled", "true"),
            ],
        ),
        ("redirect", "x-amz-website-redirect-location", &[("x-amz-website-redirect-location", "/other.mp4")]),
        (
            "lock",
            "x-amz-object-lock-mode",
            &[
                ("x-amz-object-lock-mode", "GOVERNANCE"),
                ("x-amz-object-lock-retain-until-date", "2099-12-31T23:59:59.000Z"),
            ],
        ),
        ("legal hold", "x-amz-object-lock-legal-hold", &[("x-amz-object-lock-legal-hold", "ON")]),
        ("nothing", "x-amz-meta-prkit-edit", &[]),
    ];
    for (what, name, headers) in table {
        for size in [1000, 6 * MIB] {
            let mut films = Bucket::default();
            let before: Vec<_> =
                headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            films.put(KEY, vec![Piece::Bytes(old(size))], before.clone());
            let films = Arc::new(Mutex::new(films));
            let server = serve(&films, |_, _| None, |_, answer| answer);
            edit(&store(&server)).unwrap();
            // The request that begins the new object has it.
            let requests = server.requests();
            let makes = |r: &&Request| {
                let is_part = r.target.contains("uploadId");
                is_about(r, KEY) && r.method != "GET" && !is_part
            };
            let make = requests.iter().find(makes).unwrap();
            assert!(make.header(name).is_some(), "{what}: {size}");
            let mut after = films.lock().unwrap().objects[KEY].headers.clone();
            after.retain(|(name, _)| name != "x-amz-meta-prkit-edit");
            after.sort();
            let mut before = before;
            before.sort();
            assert_eq!(after, before, "{what}: {size}");
        }
    }
}

#[test]
fn every_request_is_held_to_the_version_that_was_opened() {
    let bucket = bucket(12 * MIB);
    let server = serve(&bucket, |_, _| None, |_, answer| answer);
    edit(&store(&server)).unwrap();
    let requests = server.requests();
    let requests: Vec<&Request> = requests.iter().filter(|request| is_about(request, KEY)).collect();
    let entity = Some("\"1\"");
    for request in &requests[1..] {
        let condition = match (request.method.as_str(), request.header("x-amz-copy-source")) {
            ("GET", _) if request.target.contains("tagging") => continue,
            ("GET", _) => "if-match",
            ("PUT", Some(_)) => "x-amz-copy-source-if-match",
            ("POST", _) if request.target.contains("uploadId") => "if-match",
            _ => continue,
        };
        assert_eq!(request.header(condition), entity, "{} {condition}", request.method);
    }
    let has = |of: fn(&Request) -> bool| requests.iter().any(|request| of(request));
    assert!(has(|r| r.header("x-amz-copy-source").is_some()) && has(|r| r.body.starts_with(b"<CompleteM")));
}

/// Every request of an edit fails once in some way; what is there at the end is the old object or the new one.
#[test]
fn what_fails_at_any_request_leaves_the_old_object_or_the_new_one() {
    for size in [1000, 12 * MIB] {
        let new = plan(size).to_vec(&&old(size)[..]).unwrap();
        let count = {
            let bucket = bucket(size);
            let server = serve(&bucket, |_, _| None, |_, answer| answer);
            edit(&store(&server)).unwrap();
            server.requests().len()
        };
        for at in 0..count {
            // 500 and SlowDown pass; an answer that is lost after the request was done; a refusal that does not pass.
            for fault in 0..4 {
                let bucket = bucket(size);
                let before = move |request: &Request, _: &mut Bucket| match (request.number == at, fault) {
                    (true, 0) => Some(error(500, "InternalError")),
                    (true, 1) => Some(error(503, "SlowDown")),
                    (true, 3) => Some(error(403, "AccessDenied")),
                    _ => None,
                };
                let after = move |request: &Request, answer: crate::server::Answer| {
                    if request.number == at && fault == 2 { answer.cut(0) } else { answer }
                };
                let server = serve(&bucket, before, after);
                let result = edit(&store(&server));
                let bucket = bucket.lock().unwrap();
                let now = bytes(&bucket.objects[KEY].pieces);
                let Err(error) = result else {
                    assert!(now == new, "{size} {at} {fault}: it was done, and is not there");
                    continue;
                };
                assert_eq!(fault, 3, "{size} {at} {fault}: {:?}", error.to_string());
                assert!(now == old(size), "{size} {at} {fault}: it failed, and is not what it was");
                // What may not be aborted stays.
                let is_abort = server.requests().iter().any(|request| {
                    request.number == at && request.method == "DELETE" && request.target.contains("uploadId")
                });
                assert!(is_abort || bucket.uploads.is_empty(), "{size} {at}: an upload is left");
            }
        }
    }
}

/// Somebody else writes the object in front of each request.
#[test]
fn another_writer_is_never_lost_and_never_mixed() {
    for size in [1000, 12 * MIB] {
        let (new, other) = (plan(size).to_vec(&&old(size)[..]).unwrap(), old(size + 7));
        for at in 0..40 {
            let bucket = bucket(size);
            let theirs = other.clone();
            let server = serve(
                &bucket,
                move |request, bucket| {
                    if request.number == at {
                        bucket.put(KEY, vec![Piece::Bytes(theirs.clone())], Vec::new());
                    }
                    None
                },
                |_, answer| answer,
            );
            let result = edit(&store(&server));
            let requests = server.requests().len();
            let now = bytes(&bucket.lock().unwrap().objects[KEY].pieces);
            if requests <= at {
                assert!(result.is_ok() && now == new);
                break;
            }
            match result {
                // It was opened after they wrote.
                Ok(_) => assert!(now == plan(size + 7).to_vec(&&other[..]).unwrap(), "{size} {at}: lost"),
                Err(StoreError::Changed) => assert!(now == other, "{size} {at}: a mixture"),
                Err(error) => panic!("{size} {at}: {error}"),
            }
            assert!(bucket.lock().unwrap().uploads.is_empty());
            assert!(at < 39, "more requests than expected");
        }
    }
}

#[test]
fn a_server_that_ignores_conditions_is_found_out_before_anything_is_written() {
    let careless = || {
        let bucket = bucket(12 * MIB);
        bucket.lock().unwrap().is_careless = true;
        bucket
    };
    let films = careless();
    let server = serve(&films, |_, _| None, |_, answer| answer);
    let refused = edit(&store(&server)).unwrap_err().to_string();
    assert!(refused.contains("ignores conditions on CompleteMultipartUpload"), "{refused}");
    assert!(server.requests().iter().all(|request| request.method == "GET" || !is_about(request, KEY)));
    assert_eq!(films.lock().unwrap().objects.keys().collect::<Vec<_>>(), [KEY], "the scratch key is left");
    // Whoever takes the risk may.
    edit(&store(&server).without_promises()).unwrap();
    // What goes in one request is safe there.
    let films = bucket(1000);
    films.lock().unwrap().is_careless = true;
    edit(&store(&serve(&films, |_, _| None, |_, answer| answer))).unwrap();
}

/// Whoever takes a run back leaves no mark, and still knows what was done when an answer is lost.
#[test]
fn a_run_is_taken_back_also_where_answers_are_lost() {
    for size in [1000, 12 * MIB] {
        let count = {
            let bucket = bucket(size);
            let server = serve(&bucket, |_, _| None, |_, answer| answer);
            marked(&store(&server), Mark::Remove("run")).unwrap();
            server.requests().len()
        };
        for at in 0..count {
            let bucket = bucket(size);
            bucket.lock().unwrap().objects.get_mut(KEY).unwrap().headers.push(mark("word run"));
            let server = serve(
                &bucket,
                |_, _| None,
                move |request, answer| if request.number == at { answer.cut(0) } else { answer },
            );
            marked(&store(&server), Mark::Remove("run"))
                .unwrap_or_else(|error| panic!("{size} {at}: {error}"));
            let bucket = bucket.lock().unwrap();
            let object = &bucket.objects[KEY];
            assert!(bytes(&object.pieces) == plan(size).to_vec(&&old(size)[..]).unwrap(), "{size} {at}");
            assert!(object.headers.iter().all(|(name, _)| name != "x-amz-meta-prkit-edit"), "{size} {at}");
        }
    }
}

fn mark(runs: &str) -> (String, String) {
    ("x-amz-meta-prkit-edit".to_owned(), runs.to_owned())
}

fn marked(store: &S3, mark: Mark<'_>) -> Result<Receipt, StoreError> {
    let object = store.open(&AssetId::from(KEY), Access::Edit)?;
    let plan = plan(object.len());
    let mut check = |_: &dyn Source| Ok(());
    let mut edits = [Edit::new(&object, &plan, &mut check)];
    let how = Commit { mark: Some(mark), ..Commit::default() };
    store.commit(&mut edits, &how).pop().unwrap()
}

#[test]
fn a_bucket_in_another_region_is_asked_there_and_whoever_asks_pays_where_that_is_wanted() {
    let bucket = bucket(12 * MIB);
    let before = |request: &Request, _: &mut Bucket| {
        let elsewhere = || error(301, "PermanentRedirect").with("x-amz-bucket-region", "eu-west-1");
        (!request.target.contains("%2Feu-west-1%2Fs3%2F")).then(elsewhere)
    };
    let server = serve(&bucket, before, |_, answer| answer);
    let mut access = S3Access::default().with_keys("id", "secret", None);
    access.endpoint = Some(format!("http://{}", server.address));
    access.requester_pays = true;
    let store = S3::new(Arc::new(Client::new(Options::default())), "films", &access).unwrap();
    edit(&store).unwrap();
    let requests = server.requests();
    let elsewhere = requests.iter().filter(|request| request.target.contains("us-east-1")).count();
    assert_eq!(elsewhere, 1, "it is asked where it is after the first answer");
    assert!(requests.iter().all(|request| request.header("x-amz-request-payer") == Some("requester")));
    assert!(
        bytes(&bucket.lock().unwrap().objects[KEY].pieces)
            == plan(12 * MIB).to_vec(&&old(12 * MIB)[..]).unwrap()
    );
    // A server that sends back and forth is not followed for ever.
    let lost = serve(
        &bucket,
        |request, _| {
            let region = if request.target.contains("eu-west-1") { "us-east-1" } else { "eu-west-1" };
            Some(error(301, "PermanentRedirect").with("x-amz-bucket-region", region))
        },
        |_, answer| answer,
    );
    let refused = edit(&self::store(&lost)).unwrap_err().to_string();
    assert!(refused.contains("301") && lost.requests().len() == 2, "{refused}");
}

#[test]
fn a_second_edit_asks_nothing_of_the_server_that_the_first_one_learned() {
    let films = bucket(1000);
    let server = serve(&films, |_, _| None, |_, answer| answer);
    let store = store(&server);
    edit(&store).unwrap();
    server.requests();
    edit(&store).unwrap();
    let requests: Vec<String> = server.requests().iter().map(|request| request.method.clone()).collect();
    // Opened, tags, written.
    assert_eq!(requests, ["GET", "GET", "PUT"]);
}
