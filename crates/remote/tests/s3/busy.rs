//! Servers that are asked too often.

use crate::bucket::{Bucket, error, serve};
use crate::edits::{KEY, bucket, edit, old, plan, store_with};
use crate::server::{Answer, Request, Server};
use prkit_remote::Options;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

const MIB: u64 = 1024 * 1024;

/// What an attempt and its repetitions have in common: signatures have the time in them.
fn name(request: &Request) -> String {
    let query = request.target.split_once('?').map_or("", |(_, query)| query);
    let query: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("X-Amz-")).collect();
    let range = request.header("range").unwrap_or_default();
    format!("{} {} {query:?} {range} {}", request.method, request.path(), request.body.len())
}

/// A server that answers so many times to each request that it is busy, before it does what it is asked for.
fn busy(films: &Arc<Mutex<Bucket>>, times: usize, answer: fn() -> Answer) -> Server {
    let seen = Mutex::new(BTreeMap::<String, usize>::new());
    let before = move |request: &Request, _: &mut Bucket| {
        let mut seen = seen.lock().unwrap();
        let seen = seen.entry(name(request)).or_default();
        *seen += 1;
        // Requests that are sent anew on purpose are delayed anew.
        (!seen.is_multiple_of(times + 1)).then(answer)
    };
    serve(films, before, |_, answer| answer)
}

/// Other faults are final, so that only what is busy is tried again.
fn options(attempts_when_busy: u32) -> Options {
    let mut options = Options::default();
    (options.attempts, options.attempts_when_busy) = (1, attempts_when_busy);
    options
}

#[test]
fn a_server_that_is_busy_at_each_request_slows_an_edit_down_and_fails_nothing() {
    let answers: [fn() -> Answer; 3] = [
        || error(503, "SlowDown"),
        || error(429, "TooManyRequests").with("Retry-After", 0),
        // Inside of a success, as some servers answer a completion.
        || Answer { status: 200, ..error(503, "SlowDown") },
    ];
    let slow = |answer: fn() -> Answer, size: u64| {
        let films = bucket(size);
        let server = busy(&films, 2, answer);
        edit(&store_with(&server, options(3))).unwrap();
        let films = films.lock().unwrap();
        let object = &films.objects[KEY];
        assert!(crate::bucket::bytes(&object.pieces) == plan(size).to_vec(&&old(size)[..]).unwrap());
        assert!(films.uploads.is_empty());
        let mut counts = BTreeMap::<String, usize>::new();
        for request in server.requests() {
            *counts.entry(name(&request)).or_default() += 1;
        }
        assert!(counts.values().all(|count| count % 3 == 0), "{counts:?}");
    };
    // Side by side: what takes time is the pauses.
    std::thread::scope(|scope| {
        for answer in answers {
            scope.spawn(move || slow(answer, 1000));
            scope.spawn(move || slow(answer, 12 * MIB));
        }
    });
}

#[test]
fn a_server_that_stays_busy_is_given_up_and_the_object_is_the_old_one() {
    let films = bucket(1000);
    let server = busy(&films, 3, || error(503, "SlowDown"));
    let error = edit(&store_with(&server, options(3))).unwrap_err();
    assert!(error.to_string().contains("503"), "{error}");
    assert_eq!(server.requests().len(), 3);
    assert!(crate::bucket::bytes(&films.lock().unwrap().objects[KEY].pieces) == old(1000));
}
