//! Nothing takes work with the square of a header: four times the header is about four times the work.

use super::{Context, lint, straighten};
use crate::header::NAMESPACE;
use crate::work::steps_of;
use crate::{Algorithm, Key, KeyEdits, KeyId, Keyring, Payload, Revision, Version, VersionChoice};

/// A header with so many of something.
type Maker = fn(usize) -> String;

fn each(n: usize, one: impl Fn(usize) -> String) -> String {
    (0..n).map(one).collect()
}

fn kid(i: usize) -> String {
    KeyId::from_uuid_bytes((i as u128 + 1).to_be_bytes()).to_guid_base64()
}

fn attribute_kid(i: usize) -> String {
    format!("<KID ALGID=\"AESCTR\" VALUE=\"{}\"></KID>", kid(i))
}

/// What there may be thousands of, and the version of the header around it.
const MAKERS: &[(&str, &str, Maker)] = &[
    ("keys in their list", "4.2", |n| {
        format!("<PROTECTINFO><KIDS>{}</KIDS></PROTECTINFO>", each(n, attribute_kid))
    }),
    ("keys in DATA", "4.2", |n| format!("<PROTECTINFO></PROTECTINFO>{}", each(n, attribute_kid))),
    ("keys in PROTECTINFO", "4.1", |n| format!("<PROTECTINFO>{}</PROTECTINFO>", each(n, attribute_kid))),
    ("attribute keys in 4.0", "4.0", |n| format!("<PROTECTINFO></PROTECTINFO>{}", each(n, attribute_kid))),
    ("text keys, a CHECKSUM behind them", "4.0", |n| {
        let keys = each(n, |i| format!("<KID>{}</KID>", kid(i)));
        format!("<PROTECTINFO><ALGID>AESCTR</ALGID></PROTECTINFO>{keys}<CHECKSUM>xNvWVxoWk04=</CHECKSUM>")
    }),
    ("text keys without ALGID", "4.0", |n| each(n, |i| format!("<KID>{}</KID>", kid(i)))),
    ("keys without ALGID", "4.2", |n| {
        let keys = each(n, |i| format!("<KID VALUE=\"{}\"></KID>", kid(i)));
        format!("<PROTECTINFO><KIDS>{keys}</KIDS></PROTECTINFO>")
    }),
    ("keys of several algorithms", "4.3", |n| {
        let algorithm = |i| if i % 2 == 0 { "AESCTR" } else { "AESCBC" };
        let key = |i| format!("<KID ALGID=\"{}\" VALUE=\"{}\"></KID>", algorithm(i), kid(i));
        format!("<PROTECTINFO><KIDS>{}</KIDS></PROTECTINFO>", each(n, key))
    }),
    ("a list around every key", "4.2", |n| {
        format!("<PROTECTINFO>{}</PROTECTINFO>", each(n, |i| format!("<KIDS>{}</KIDS>", attribute_kid(i))))
    }),
    ("empty lists", "4.2", |n| format!("<PROTECTINFO>{}</PROTECTINFO>", "<KIDS></KIDS>".repeat(n))),
    ("PROTECTINFO", "4.2", |n| "<PROTECTINFO LICENSEREQUESTED=\"true\"></PROTECTINFO>".repeat(n)),
    ("equal URLs", "4.2", |n| "<LA_URL>http://a/</LA_URL>".repeat(n)),
    ("URLs in PROTECTINFO", "4.2", |n| {
        format!("<PROTECTINFO>{}</PROTECTINFO>", "<LA_URL>http://a/</LA_URL>".repeat(n))
    }),
    ("elements of 4.0", "4.2", |n| "<ALGID>AESCTR</ALGID>".repeat(n)),
    ("elements of nobody", "4.2", |n| "<FOO></FOO>".repeat(n)),
    ("elements of nobody, and other letters", "4.2", |n| "é<FOO></FOO>".repeat(n)),
    ("custom elements", "4.2", |n| custom(&"<a></a>".repeat(n))),
    ("crooked custom elements", "4.2", |n| custom(&"<a b='1' a='2'/>".repeat(n))),
    ("attributes of one element", "4.2", |n| {
        custom(&format!("<a{}></a>", each(n, |i| format!(" b{}='1'", n - i))))
    }),
    ("one attribute many times", "4.2", |n| custom(&format!("<a{}></a>", " b='1'".repeat(n)))),
    ("namespaces and their elements", "4.2", |n| {
        let declared = each(n, |i| format!(" xmlns:n{i}=\"u:{i}\""));
        custom(&format!("<a{declared}>{}</a>", each(n, |i| format!("<n{i}:b></n{i}:b>"))))
    }),
    ("instructions", "4.2", |n| "<?a   b?>".repeat(n)),
    ("deep elements", "4.2", |n| custom(&"<a><b><c><d><e></e></d></c></b></a>".repeat(n))),
    ("end tags of nothing", "4.2", |n| "</X>".repeat(n)),
    ("elements that nobody closed", "4.2", |n| "<LA_URL>x</LUI_URL>".repeat(n)),
    ("comments", "4.2", |n| "<!-- a -->".repeat(n)),
    ("beginnings of comments", "4.2", |n| format!("<LA_URL>http://a/{}</LA_URL>", "<!--".repeat(n))),
    ("texts", "4.2", |n| "text<LA_URL>http://a/</LA_URL>".repeat(n)),
    ("padded values", "4.2", |n| "<LA_URL> http://a/ </LA_URL>".repeat(n)),
    ("words like keys", "4.2", |n| format!("<LA_URL>http://a/?{}</LA_URL>", "ck".repeat(n))),
];

fn custom(content: &str) -> String {
    format!("<CUSTOMATTRIBUTES>{content}</CUSTOMATTRIBUTES>")
}

fn header(version: &str, data: &str) -> Vec<u8> {
    let text =
        format!("<WRMHEADER xmlns=\"{NAMESPACE}\" version=\"{version}.0.0\"><DATA>{data}</DATA></WRMHEADER>");
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn revisions(n: usize) -> Vec<(&'static str, Revision)> {
    let version = |version| Revision { version: Some(version), ..Revision::default() };
    let keys: Vec<Key> = (0..n)
        .map(|i| Key { id: KeyId::from_uuid_bytes((i as u128 + 7).to_be_bytes()), key: None })
        .collect();
    let edits = |keys: KeyEdits| Revision { keys, ..Revision::default() };
    vec![
        ("to 4.0", version(VersionChoice::Exactly(Version::V4_0))),
        ("to 4.1", version(VersionChoice::Exactly(Version::V4_1))),
        ("to 4.2", version(VersionChoice::Exactly(Version::V4_2))),
        ("to 4.3", version(VersionChoice::Exactly(Version::V4_3))),
        ("to the lowest", version(VersionChoice::Lowest)),
        ("canonical", Revision { canonicalize: true, ..Revision::default() }),
        ("algorithm", Revision { algorithm: Some(Algorithm::AesCtr), ..Revision::default() }),
        ("keys set", edits(KeyEdits { set: keys.clone(), ..KeyEdits::default() })),
        ("keys added", edits(KeyEdits { add: keys.clone(), ..KeyEdits::default() })),
        (
            "keys removed",
            edits(KeyEdits { remove: keys.iter().map(|key| key.id).collect(), ..KeyEdits::default() }),
        ),
        ("keyring", Revision { keyring: Keyring::default(), ..Revision::default() }),
    ]
}

#[test]
fn four_times_a_header_is_not_sixteen_times_the_work() {
    const N: usize = 60;
    let bare = Context { bare: true, ..Context::default() };
    let mut wrong = Vec::new();
    for (name, version, make) in MAKERS {
        let [small, large] = [N, 4 * N].map(|n| header(version, &make(n)));
        let mut compare = |what: &str, work: &dyn Fn(&[u8], usize)| {
            let [few, many] = [(&small, N), (&large, 4 * N)].map(|(header, n)| steps_of(|| work(header, n)));
            // A fault more may take a round more, and what is the same for all is little.
            if many > 7 * few + 2_000 {
                wrong.push(format!("{name}, {what}: {few} steps, {many} of four times as many"));
            }
        };
        compare("lint", &|header, _| drop(lint(header, &bare)));
        compare("fix", &|header, _| drop(straighten(header, &bare)));
        for (at, (what, _)) in revisions(0).into_iter().enumerate() {
            compare(what, &|header, n| {
                let revision = &revisions(n)[at].1;
                let _ = Payload::parse(header).unwrap().revise(revision);
            });
        }
    }
    assert!(wrong.is_empty(), "{} kinds:\n{}", wrong.len(), wrong.join("\n"));
}
