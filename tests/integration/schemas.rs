//! What programs are promised: every report in JSON is as `docs/schema` says, and that says nothing else.
//!
//! The schemas allow keys they do not know, because fields are added within one schema number. Here they do not: a new
//! field needs its line. And every key that they do know is in some report of these tests.

use crate::args;
use crate::program::{prkit, prkit_with, root, sample};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

const COMMON: &str = "common";
const URL: &str = "https://l.example.com/a/path/that/makes/it/grow/and/grow/rightsmanager.asmx";
const QUERY: &str = "https://test.playready.microsoft.com/service/rightsmanager.asmx?cfg=(persist:true,begindate:20180105,sl:2000,firstexp:60)";

/// Keys that no report here has, by a part of their place.
const UNSEEN: &[&str] = &[
    // A name that is no text is one thing everywhere; `show` has one here.
    "/path_base64",
    "/output_base64",
    // A message in another has the keys of one outside.
    "soap-show/$defs/said/",
    // What queries cannot say.
    "policy/properties/copy_count",
    "policy/properties/embedded",
    "policy/properties/grace",
    "policy/properties/issued",
    "policy/properties/media",
    "policy/properties/metering",
    "policy/properties/name",
    // What no sample has: more places than are listed, elements or pointers than are listed, messages of other kinds.
    "/more_places",
    "/stale_count",
    // More than a megabyte of boxes that nobody knows, and sample entries with other schemes.
    "/unscanned",
    "/other_schemes",
    "log/anyOf/1/properties/output",
    // Of objects in buckets: tests/remote/ledger.rs.
    "log/anyOf/1/properties/url",
    "log/$defs/version/properties/tag",
    // Of objects in buckets: tests/remote/commands.rs.
    "properties/transfer",
    "/elements_left_out",
    "/play_enablers/items/",
    "properties/certificate_bytes",
    "properties/inner_error",
    "properties/revocation_lists/items/properties/bytes",
    "properties/server",
    "properties/session_id",
    "properties/transaction_id",
];

/// A schema on its own, with the shared parts in it, and strict.
struct Schema {
    name: String,
    value: Value,
    validator: jsonschema::Validator,
}

fn read(name: &str) -> Value {
    let text = fs::read_to_string(root().join("docs/schema").join(name).with_extension("json")).unwrap();
    serde_json::from_str(&text.replace("common.json#", "#")).unwrap()
}

fn names() -> Vec<String> {
    let files = fs::read_dir(root().join("docs/schema")).unwrap();
    let mut names: Vec<String> =
        files.map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

fn tighten(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            object.values_mut().for_each(tighten);
            let is_closed = object.get("properties").is_some_and(Value::is_object)
                && object
                    .get("type")
                    .is_some_and(|kind| kind == "object" || kind == &json!(["object", "null"]));
            if is_closed {
                object.insert("additionalProperties".into(), false.into());
            }
        }
        Value::Array(list) => list.iter_mut().for_each(tighten),
        _ => {}
    }
}

impl Schema {
    fn new(name: &str, is_strict: bool) -> Self {
        let mut value = read(name);
        let common = read(COMMON);
        let parts = value.as_object_mut().unwrap().entry("$defs").or_insert_with(|| json!({}));
        for (part, schema) in common["$defs"].as_object().unwrap() {
            let old = parts.as_object_mut().unwrap().insert(part.clone(), schema.clone());
            assert!(old.is_none() || name == COMMON, "{name}: {part} is a shared part too");
        }
        if is_strict {
            tighten(&mut value);
        }
        let validator = jsonschema::draft202012::new(&value).unwrap();
        Self { name: name.to_owned(), value, validator }
    }

    fn check(&self, report: &Value, seen: &mut BTreeSet<String>) {
        if let Err(error) = self.validator.validate(report) {
            panic!("{}: {} at {}\n{report}", self.name, error, error.instance_path());
        }
        self.visit("", &self.value, report, seen);
    }

    /// Marks the keys of the schema that a report has.
    fn visit(&self, at: &str, schema: &Value, report: &Value, seen: &mut BTreeSet<String>) {
        if let Some(target) = schema["$ref"].as_str() {
            let pointer = target.trim_start_matches('#');
            return self.visit(pointer, self.value.pointer(pointer).unwrap(), report, seen);
        }
        for (i, branch) in schema["anyOf"].as_array().into_iter().flatten().enumerate() {
            if self.fits(branch, report) {
                self.visit(&format!("{at}/anyOf/{i}"), branch, report, seen);
            }
        }
        match report {
            Value::Object(fields) => {
                for (key, value) in fields {
                    let Some(property) = schema["properties"].get(key) else {
                        self.visit(at, &schema["additionalProperties"], value, seen);
                        continue;
                    };
                    let at = format!("{at}/properties/{key}");
                    self.visit(&at, property, value, seen);
                    seen.insert(self.full(&at));
                }
            }
            Value::Array(list) => {
                list.iter().for_each(|item| self.visit(&format!("{at}/items"), &schema["items"], item, seen));
            }
            _ => {}
        }
    }

    fn fits(&self, branch: &Value, report: &Value) -> bool {
        let branch = match branch["$ref"].as_str() {
            Some(target) => self.value.pointer(target.trim_start_matches('#')).unwrap(),
            None => branch,
        };
        let Some(fields) = report.as_object() else { return branch["type"] != "object" };
        let required = branch["required"].as_array().into_iter().flatten();
        required.into_iter().all(|key| fields.contains_key(key.as_str().unwrap()))
            && fields.keys().all(|key| branch["properties"].get(key).is_some())
    }

    /// All keys it has.
    fn keys(&self) -> BTreeSet<String> {
        fn collect(at: &str, schema: &Value, keys: &mut BTreeSet<String>) {
            match schema {
                Value::Object(object) => {
                    for (name, inner) in object {
                        let at = format!("{at}/{name}");
                        if let (true, Value::Object(properties)) = (name == "properties", inner) {
                            for (key, property) in properties {
                                keys.insert(format!("{at}/{key}"));
                                collect(&format!("{at}/{key}"), property, keys);
                            }
                        } else {
                            collect(&at, inner, keys);
                        }
                    }
                }
                Value::Array(list) => {
                    list.iter().enumerate().for_each(|(i, item)| collect(&format!("{at}/{i}"), item, keys));
                }
                _ => {}
            }
        }
        let mut keys = BTreeSet::new();
        collect("", &self.value, &mut keys);
        keys.iter().map(|key| self.full(key)).collect()
    }

    /// A place in this file or in the shared one.
    fn full(&self, at: &str) -> String {
        let shared = at.strip_prefix("/$defs/").and_then(|rest| rest.split('/').next());
        let is_shared = shared.is_some_and(|part| read(COMMON)["$defs"].get(part).is_some());
        format!("{}{at}", if is_shared { COMMON } else { &self.name })
    }
}

fn files_below(folder: &str) -> Vec<OsString> {
    fn collect(folder: PathBuf, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { collect(path, files) } else { files.push(path) }
        }
    }
    let mut files = Vec::new();
    collect(sample(folder), &mut files);
    files.sort();
    files.into_iter().map(Into::into).collect()
}

/// Every command with `--json`, over every sample: schema and reports.
fn reports() -> BTreeMap<&'static str, Vec<Value>> {
    let mut reports: BTreeMap<&'static str, Vec<Value>> = BTreeMap::new();
    let mut take = |name: &'static str, args: Vec<OsString>| {
        let run = prkit(&args);
        assert_ne!(run.status, 2, "{args:?}: {}", run.stderr);
        let lines = run.json();
        assert!(!lines.is_empty(), "{args:?} reports nothing: {}", run.stderr);
        reports.entry(name).or_default().extend(lines);
    };
    let with = |args: Vec<OsString>, more: &[OsString]| [&args[..], more].concat();
    let all = files_below("");
    let folder = tempfile::tempdir().unwrap();
    let scratch = |name: &str| folder.path().join(name);

    take("show", with(args!["show", "--json", "--system", "all"], &all));
    let odd_name = odd_name(&scratch("names"));
    take("show", args!["show", "--json", &odd_name, scratch("nothing-there")]);
    let pasted = prkit(args!["extract", "--what", "header", "--base64", sample("objects/small.pro")]);
    take("show", args!["show", "--json", "--data", pasted.text().trim()]);

    take("lint", with(args!["lint", "--json", "--use", "file", "--target", "1"], &all));
    let wrong = sample("edge/object-length-wrong.mp4");
    let boxed = prkit(args!["extract", "--what", "box", "--raw", wrong]).stdout;
    fs::write(scratch("twice.pssh"), boxed.repeat(2)).unwrap();
    take("lint", args!["lint", "--json", scratch("twice.pssh")]);
    take("rules", args!["lint", "--rules", "--json"]);
    take("rules", args!["check", "--rules", "--json"]);
    take("rules", args!["license", "lint", "--rules", "--json"]);
    take("rules", args!["policy", "lint", "--rules", "--json"]);
    take("check", with(args!["check", "--json"], &all));
    take("check", args!["check", "--json", sample("dash-live"), sample("manifests")]);
    let root = format!("--root={}", sample("").display());
    take("check", args!["check", "--json", root, sample("dash-live"), sample("manifests")]);

    for change in [
        args!["reheader", "--la-url", URL],
        args!["inject", "--pro", format!("@{}", sample("objects/small.pro").display()), "--if-exists", "add"],
        args!["remove"],
        args!["els", "reserve"],
        args!["els", "strip"],
        args!["lint", "--fix"],
    ] {
        let as_plan: [OsString; 3] = ["--json", "--plan", "-n"].map(Into::into);
        take("write", with(with(change, &as_plan), &all));
    }
    let media = args![sample("edge"), sample("dash-ondemand"), sample("rotation"), sample("progressive")];
    for (name, verify) in [("out", "--force"), ("verified", "--verify")] {
        let out = format!("{}/", scratch(name).display());
        take("write", with(args!["reheader", "--json", "--la-url", URL, "-o", out, verify], &media));
    }
    let mut stale = fs::read(sample("progressive/movie.mp4")).unwrap();
    let stco = stale.windows(4).position(|name| name == b"stco").unwrap();
    stale[stco + 12..stco + 16].copy_from_slice(&u32::MAX.to_be_bytes());
    fs::write(scratch("stale.mp4"), stale).unwrap();
    take("write", args!["reheader", "--json", "--la-url", URL, "-n", scratch("stale.mp4")]);
    let empty = scratch("store.mp4");
    fs::copy(sample("edge/store-10k.mp4"), &empty).unwrap();
    let license = sample("licenses/leaf.xmr");
    take("write", args!["els", "fill", "--json", "--force", "--license", license, "-i", &empty]);
    let (edited, log) = (scratch("edited.mp4"), scratch("log.jsonl"));
    fs::copy(sample("edge/store-10k.mp4"), &edited).unwrap();
    take(
        "write",
        args!["reheader", "--json", "--la-url", URL, "--log", &log, "-i", &edited, scratch("nothing")],
    );
    take(
        "write",
        args!["reheader", "--json", "--la-url", URL, "--resume", &log, "-i", &edited, scratch("nothing")],
    );
    // Something is left in this one, which the log notes.
    let untold = sample("field/cpix-no-system-id.xml");
    let (doc, leaving) = (scratch("cpix.xml"), scratch("leaving.jsonl"));
    fs::copy(untold, &doc).unwrap();
    take("write", args!["reheader", "--json", "--la-url", URL, "--log", &leaving, "-i", &doc]);
    // A title is one entry.
    let (title, titled) = (crate::disagree::Title::new("", ""), scratch("titled.jsonl"));
    let together =
        args!["reheader", "--json", "--la-url", URL, "--log", &titled, "-i", "--presentation", title.at("")];
    take("write", together);
    take("write", args!["undo", "--json", &log]);
    take("write", args!["undo", "--json", scratch("nothing")]);
    let logged = fs::read_to_string(&log).unwrap();
    take("summary", args!["show", "--summary", "--json", sample("")]);
    take("summary", args!["lint", "--summary", "--json", sample("")]);
    take("els-list", with(args!["els", "list", "--json"], &all));

    fs::create_dir(scratch("cut")).unwrap();
    fs::write(scratch("cut/.a.mp4.prkit-new-abcdefgh"), "").unwrap();
    take("recover", args!["recover", "--json", "--list", scratch("cut")]);

    take("recover", args!["recover", "--json", scratch("nothing")]);

    let kid = "00112233-4455-6677-8899-aabbccddeeff";
    take("kid", args!["kid", "--json", kid, format!("guid:{}", "MyIRAFVEd2aImaq7zN3u/w==")]);
    take("kid", args!["kid", "--json", "--in", sample("dash-live/video-init.mp4"), kid]);
    take("checksum", args!["checksum", "--json", "--kid", kid, "--key", "000102030405060708090a0b0c0d0e0f"]);
    take("checksum", with(args!["checksum", "--json", "--test-seed", "--verify"], &all));
    take("derive-key", args!["derive-key", "--json", "--test-seed", "--kid", kid]);

    let licenses = files_below("licenses");
    take("license-show", with(args!["license", "show", "--json"], &licenses));
    take("license-show", args!["license", "show", "--json", sample("bad/text.txt")]);
    let mut junk = fs::read(sample("edge/store-10k.mp4")).unwrap();
    let store = prkit(args!["els", "list", "--json", sample("edge/store-10k.mp4")]).one();
    let at = store["stores"][0]["offset"].as_u64().unwrap() as usize;
    junk[at..at + 4].copy_from_slice(b"junk");
    fs::write(scratch("junk.mp4"), junk).unwrap();
    take("license-show", args!["license", "show", "--json", scratch("junk.mp4")]);
    let content = args!["--content", sample("edge/store-10k.mp4"), "--clock", "secure"];
    take("license-lint", with(with(args!["license", "lint", "--json"], &licenses), &content));
    let policy = scratch("policy.json");
    fs::write(&policy, POLICY).unwrap();
    for query in [QUERY.into(), policy.clone().into_os_string()] {
        take("policy-url", args!["policy", "url", "--json", &query]);
        take("policy-lint", args!["policy", "lint", "--json", &query, scratch("none.json")]);
    }
    let query = prkit(args!["policy", "url", "--as", "cfg", &policy]).text().trim().to_owned();
    take("policy-url", args!["policy", "url", "--json", query]);
    take("policy-url", args!["policy", "url", "--json", "--as", "json", QUERY]);
    take("policy-url", args!["policy", "url", "--json", "--parameters"]);
    for client_time in ["2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z"] {
        let times = args!["--server-time", "2020-01-01T00:00:00Z", "--client-time", client_time];
        let args = args!["policy", "advise", "--json", QUERY, "--client", "4.0", "--end", "48h"];
        take("policy-advise", with(args, &times));
    }
    let slow = args!["--server-time", "2018-01-05 20:00", "--client-time", "2018-01-05 19:50"];
    let args = args!["policy", "advise", "--json", "--client", "2", "--end", "1mo"];
    take("policy-advise", with(args, &slow));
    take("policy-simulate", args!["policy", "simulate", "--json", "--preset", "rollback"]);
    take("policy-simulate", args!["policy", "simulate", "--json", QUERY]);

    let messages = files_below("messages");
    take("soap-show", with(args!["soap", "show", "--json"], &messages));
    take("soap-show", with(args!["soap", "show", "--json", "--tree"], &messages));
    let request = fs::read_to_string(sample("messages/request.xml")).unwrap();
    let header = &request[request.find("<WRMHEADER").unwrap()..request.find("</ContentHeader>").unwrap()];
    fs::write(scratch("two-headers.xml"), request.replace(header, &header.repeat(2))).unwrap();
    take("soap-show", args!["soap", "show", "--json", scratch("two-headers.xml")]);
    for (i, text) in CLOCK.iter().enumerate() {
        fs::write(scratch(&format!("clock-{i}.txt")), text).unwrap();
        take("clock", args!["clock", "--json", scratch(&format!("clock-{i}.txt"))]);
    }
    take("clock", args!["clock", "--json"]);
    take("clock", args!["clock", "--json", "--target", "2.5"]);
    take("clock", with(args!["clock", "--json", "--at", "2020-01-01T00:00:00Z"], &messages));
    take("status", args!["status", "--json", "--list"]);
    take("status", args!["status", "--json", "0x80070005", "0x8004C500"]);
    let logged = logged + &fs::read_to_string(&leaving).unwrap() + &fs::read_to_string(&titled).unwrap();
    let plan = folder.path().join("plan.jsonl");
    let planned = args!["reheader", "-n", "--la-url", URL, "--plan-to", &plan, &odd_name, &edited];
    assert_eq!(prkit(planned).status, 0);
    // Titles have a number in it.
    let (of_title, manifest) = (folder.path().join("title.jsonl"), sample("dash-ondemand/manifest.mpd"));
    let all = args!["reheader", "-n", "--la-url", URL, "--presentation", "--root", sample(""), "--plan-to"];
    assert_eq!(prkit([all, args![&of_title, manifest]].concat()).status, 0);
    let planned = fs::read_to_string(&plan).unwrap() + &fs::read_to_string(&of_title).unwrap();
    reports.insert("plan", planned.lines().map(|line| serde_json::from_str(line).unwrap()).collect());
    reports.insert("log", logged.lines().map(|line| serde_json::from_str(line).unwrap()).collect());
    reports
}

/// A file whose name is no text.
fn odd_name(folder: &std::path::Path) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    fs::create_dir_all(folder).unwrap();
    let path = folder.join(std::ffi::OsStr::from_bytes(b"\xFF.mp4"));
    fs::copy(sample("dash-live/video-init.mp4"), &path).unwrap();
    path
}

/// Every key a policy knows.
const POLICY: &str = r#"{"policies": [{
  "name": "all", "kid": "header", "media": "video", "rights": ["play"], "persistent": true, "security_level": 2000,
  "key_type": "aesctr", "begin": "2018-01-05T20:00:00Z", "end": "2018-02-05T20:00:00Z", "issued": "2018-01-05T20:00:00Z",
  "removal": "2018-02-05T20:00:00Z", "first_play": 3600, "grace": 60, "real_time": true, "embedded": "file",
  "output": {"compressed_video": 500, "uncompressed_video": 300, "analog_video": 200, "compressed_audio": 300,
    "uncompressed_audio": 300},
  "protections": [{"medium": "digital-video", "id": "abb2c6f1-e663-4625-a945-972d17b231e7", "data": "AAAAAQ=="}],
  "play_enablers": ["786627d8-c2a6-44be-8f88-08ae255b01a7"],
  "domain": {"account": "d0d0d0d0-d0d0-d0d0-d0d0-d0d0d0d0d0d0", "revision": 1},
  "metering": "11111111-1111-1111-1111-111111111111", "copy_count": 1, "source_id": 1, "secure_stop": true
}, {"root": true, "kid": "a0a0a0a0-a0a0-a0a0-a0a0-a0a0a0a0a0a0"}, {"leaf_of": "a0a0a0a0-a0a0-a0a0-a0a0-a0a0a0a0a0a0"}]}"#;

/// Messages between clients and clock services that are no sample.
const CLOCK: [&str; 3] = [
    "HTTP/1.1 302 Found\r\nLocation: https://a.example\r\n\r\n",
    "http://go.microsoft.com/fwlink/?LinkID=25817",
    "<SECURECLOCK type='CHALLENGE'><DATA><TID>AQID</TID></DATA></SECURECLOCK>",
];

#[test]
fn every_report_is_as_its_schema_says_and_no_schema_says_more() {
    let schemas: BTreeMap<String, Schema> =
        names().into_iter().map(|name| (name.clone(), Schema::new(&name, true))).collect();
    let mut seen = BTreeSet::new();
    for (name, reports) in reports() {
        let schema = schemas.get(name).unwrap_or_else(|| panic!("{name} has no schema"));
        reports.iter().for_each(|report| schema.check(report, &mut seen));
    }
    let known: BTreeSet<String> = schemas.values().flat_map(Schema::keys).collect();
    let is_known = |key: &&String| UNSEEN.iter().any(|unseen| key.contains(unseen));
    let unseen: Vec<&String> = known.difference(&seen).filter(|key| !is_known(key)).collect();
    assert!(unseen.is_empty(), "keys that no report has: {unseen:#?}");
}

#[test]
fn a_key_that_the_schema_does_not_know_is_noticed_here_and_allowed_elsewhere() {
    let (strict, public) = (Schema::new("recover", true), Schema::new("recover", false));
    let report = prkit(args!["recover", "--json", "--list", sample("README.md")]);
    assert_eq!(report.stdout.len(), 0, "{}", report.text());
    let mut line: Map<String, Value> = Map::new();
    line.extend([("schema".to_owned(), json!(1)), ("path".to_owned(), json!("a.mp4"))]);
    line.extend(["journal", "outcome", "error"].map(|key| (key.to_owned(), Value::Null)));
    assert!(strict.validator.is_valid(&Value::Object(line.clone())));
    line.insert("new".to_owned(), json!(true));
    assert!(!strict.validator.is_valid(&Value::Object(line.clone())));
    assert!(public.validator.is_valid(&Value::Object(line.clone())));
    line.remove("journal");
    assert!(!strict.validator.is_valid(&Value::Object(line)));
}

#[test]
fn findings_for_machines_of_other_people_are_one_document() {
    let run = prkit_with(args!["lint", "--sarif", sample("edge/object-length-wrong.mp4")], &[]);
    let document = run.one();
    assert_eq!(document["version"], "2.1.0");
}
