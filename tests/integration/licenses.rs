//! Licenses: the samples, Microsoft's public one, and everything that claims to be one and is not.

use crate::args;
use crate::build;
use crate::program::{corpus, prkit, prkit_with, root, sample};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Vectors beside the checkout, where there are some.
pub fn vectors() -> Option<PathBuf> {
    let path = corpus()?.parent()?.join("spec/vectors");
    path.is_dir().then_some(path)
}

/// Every sample of this folder and the messages, by name.
fn made() -> Vec<(&'static str, Vec<u8>)> {
    let store = std::fs::read(sample("edge/store-10k.mp4")).unwrap();
    let domain = build::domain_bound();
    let mut lying = build::rental();
    // The length of the expiration, three objects deep: as long as the whole license.
    lying[56..60].copy_from_slice(&400_u32.to_be_bytes());
    let mut short = build::rental();
    short[56..60].copy_from_slice(&7_u32.to_be_bytes());
    let deep = (0..40).fold(build::level(150), |inner, _| build::container(2, &[inner]));
    vec![
        ("licenses/rental.xmr", build::rental()),
        ("licenses/root.xmr", build::root()),
        ("licenses/leaf.xmr", build::chain_leaf()),
        ("licenses/domain.xmr", domain.clone()),
        ("licenses/crooked.xmr", build::crooked()),
        ("licenses/lying-length.xmr", lying),
        ("licenses/short-length.xmr", short),
        ("licenses/deep.xmr", build::license([0x66; 16], &[deep])),
        ("licenses/filled-store.mp4", build::filled_store(&store, &domain)),
        ("messages/request.xml", build::request().into()),
        ("messages/response.xml", build::response(&[domain], build::NONCE).into()),
        ("messages/response-of-another.xml", build::response(&[build::rental()], [0x91; 16]).into()),
        (
            "messages/response-chain.xml",
            build::response(&[build::root(), build::chain_leaf()], build::NONCE).into(),
        ),
        ("messages/fault.txt", build::fault().into()),
        ("messages/fault-1.2.xml", build::fault_1_2().into()),
        ("messages/key-message.xml", build::key_message()),
        ("messages/cdm-data.xml", build::cdm_data().into()),
        ("messages/join-domain.xml", build::join_domain().into()),
        ("messages/clock-petition.txt", build::clock_petition().into()),
        ("messages/clock-response.b64", build::clock_response().into()),
        ("messages/entities.xml", build::entities().into()),
    ]
}

/// `PRKIT_SAMPLES=overwrite` writes them.
#[test]
fn the_samples_are_what_the_builder_makes() {
    let overwrite = std::env::var("PRKIT_SAMPLES").is_ok_and(|value| value == "overwrite");
    for (name, bytes) in made() {
        if overwrite {
            std::fs::create_dir_all(sample(name).parent().unwrap()).unwrap();
            std::fs::write(sample(name), &bytes).unwrap();
        }
        assert!(std::fs::read(sample(name)).unwrap() == bytes, "{name} is another");
    }
}

fn license(name: &str) -> PathBuf {
    sample("licenses").join(name)
}

fn shown(run: &crate::program::Run) -> Value {
    assert_eq!(run.status, 0, "{}", run.stderr);
    run.one()["licenses"][0].clone()
}

#[test]
fn a_license_is_read_in_every_form_it_comes_in() {
    let domain = std::fs::read(license("domain.xmr")).unwrap();
    let base64 = STANDARD.encode(&domain);
    let wrapped = base64
        .as_bytes()
        .chunks(76)
        .map(|line| String::from_utf8_lossy(line))
        .collect::<Vec<_>>()
        .join("\r\n");
    let hex: String = domain.iter().map(|byte| format!("{byte:02X}")).collect();
    let http = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n{}",
        build::response(std::slice::from_ref(&domain), build::NONCE)
    );
    let store = prkit(args!["extract", "--what", "object", "--base64", license("filled-store.mp4")]);
    let pssh = prkit(args!["extract", "--what", "box", "--base64", license("filled-store.mp4")]);
    let forms = [
        ("file", prkit(args!["license", "show", "--json", license("domain.xmr")])),
        ("standard input", prkit_with(args!["license", "show", "--json", "-"], &domain)),
        ("base64", prkit(args!["license", "show", "--json", "--data", &base64])),
        ("base64 in lines", prkit_with(args!["license", "show", "--json"], wrapped.as_bytes())),
        ("hex", prkit(args!["license", "show", "--json", "--data", &hex])),
        ("response", prkit(args!["license", "show", "--json", sample("messages/response.xml")])),
        ("response in HTTP", prkit_with(args!["license", "show", "--json"], http.as_bytes())),
        ("file with a store", prkit(args!["license", "show", "--json", license("filled-store.mp4")])),
        ("object", prkit(args!["license", "show", "--json", "--data", store.text().trim()])),
        ("box", prkit(args!["license", "show", "--json", "--data", pssh.text().trim()])),
    ];
    let first = shown(&forms[0].1);
    for (form, run) in &forms {
        let mut license = shown(run);
        for key in ["offset", "box"] {
            license[key] = first[key].clone();
        }
        assert_eq!(license, first, "{form}");
    }
    assert_eq!(first["domain_account_id"], "d0d0d0d0-d0d0-d0d0-d0d0-d0d0d0d0d0d0");
    assert_eq!(first["keys"][0]["kid"], "00112233-4455-6677-8899-aabbccddeeff");
    assert_eq!(forms[0].1.one()["evidence"], "layout inferred, not documented by Microsoft");
}

#[test]
fn offsets_of_stored_licenses_count_from_the_start_of_the_file() {
    let file = std::fs::read(license("filled-store.mp4")).unwrap();
    let run = prkit(args!["license", "show", "--json", license("filled-store.mp4")]).one();
    let offset = run["licenses"][0]["offset"].as_u64().unwrap() as usize;
    assert!(file[offset..].starts_with(&build::domain_bound()));
    assert_eq!(run["licenses"][0]["box"], "/moov/pssh[0]");
    let show = prkit(args!["show", "--json", license("filled-store.mp4")]).one();
    let els = &show["pssh"][0]["pro"]["els"];
    assert_eq!((&els["empty"], &els["capacity"]), (&json!(false), &json!(10_240)));
    assert_eq!(els["licenses"][0]["keys"][0]["kid"], "00112233-4455-6677-8899-aabbccddeeff");
    // What was added does not change the file in any other place.
    let empty = std::fs::read(sample("edge/store-10k.mp4")).unwrap();
    assert_eq!(file.len(), empty.len());
}

#[test]
fn gaps_of_a_store_are_shown_in_hex() {
    let store = std::fs::read(license("filled-store.mp4")).unwrap();
    let at = store.windows(4).position(|window| window == b"XMR\0").unwrap() + build::domain_bound().len();
    let mut file = store.clone();
    file[at + 10..at + 13].copy_from_slice(b"gap");
    let run = prkit_with(args!["license", "show", "--json"], &file).one();
    assert_eq!(run["gaps"][0]["offset"], at);
    assert!(
        run["gaps"][0]["hex"].as_str().unwrap().starts_with("00000000000000000000676170"),
        "{}",
        run["gaps"]
    );
}

/// `@40 flags=3 type=0x0002 GlobalPolicyContainer len=68`
fn dump_line(line: &str) -> Option<(u64, u64, String, String, u64)> {
    let mut words = line.split_whitespace();
    let offset = words.next()?.strip_prefix('@')?.parse().ok()?;
    let flags = words.next()?.strip_prefix("flags=")?.parse().ok()?;
    let kind = words.next()?.strip_prefix("type=")?.to_owned();
    let name = words.next()?.to_owned();
    let len = words.next()?.strip_prefix("len=")?.parse().ok()?;
    Some((offset, flags, kind, name, len))
}

fn flatten(nodes: &Value, into: &mut Vec<Value>) {
    for node in nodes.as_array().unwrap() {
        into.push(node.clone());
        flatten(&node["children"], into);
    }
}

#[test]
fn the_public_license_reads_to_its_dump() {
    let Some(vectors) = vectors() else { return };
    let dump = std::fs::read_to_string(vectors.join("xmr-dump-microsoft-docs-sample.txt")).unwrap();
    let expected: Vec<_> = dump.lines().filter_map(dump_line).collect();
    assert_eq!(expected.len(), 12);
    let run =
        prkit(args!["license", "show", "--json", vectors.join("xmr-license-microsoft-docs-sample.b64")]);
    let license = shown(&run);
    let mut nodes = Vec::new();
    flatten(&license["tree"], &mut nodes);
    assert_eq!(nodes.len(), expected.len());
    for (node, (offset, flags, kind, name, len)) in nodes.iter().zip(&expected) {
        assert_eq!(node["offset"], *offset);
        assert_eq!(
            (&node["flags"], &node["type"], &node["length"]),
            (&json!(flags), &json!(kind), &json!(len)),
            "{name}"
        );
        // The dump shortens one name.
        let ours = node["name"].as_str().unwrap();
        assert!(
            ours == name || (name == "RevInfoVersion2" && ours == "RevocationInformationVersion2"),
            "{ours} {name}"
        );
        assert_eq!(node["container"], flags & 2 != 0, "{name}");
    }
    assert_eq!(
        (&license["size"], &license["id"]),
        (&json!(378), &json!("7b6ec96b-8d8c-4010-922d-5edeebc5a808"))
    );
    assert_eq!(license["expiration_date"], "2015-10-30T16:57:10Z");
    assert_eq!(license["issue_date"], "2015-10-30T16:56:10Z");
    assert_eq!((&license["begin_date"], &license["security_level"]), (&Value::Null, &json!(2000)));
    let key = json!({"kid":"33e0008c-c444-4770-9899-a321e079dd36","base64":"jADgM0TEcEeYmaMh4HndNg==",
        "key_type":"AES128-CTR","cipher":"ECC-256","length":128});
    assert_eq!(license["keys"], json!([key]));
    assert_eq!(license["signature"], json!({"type":1,"length":16}));
    assert_eq!(nodes[10]["value"], "curve 1, 64 bytes");
    // It breaks the practice of begin dates, and is the worked fixture for it.
    let lint =
        prkit(args!["license", "lint", "--json", vectors.join("xmr-license-microsoft-docs-sample.b64")])
            .one();
    assert!(lint["findings"].as_array().unwrap().iter().any(|finding| finding["rule"] == "L1"));
}

#[test]
fn the_public_synthetic_licenses_read_to_their_fields() {
    let Some(vectors) = vectors() else { return };
    let one = shown(&prkit(args![
        "license",
        "show",
        "--json",
        vectors.join("xmr-license-synthetic-playready-rs-1.b64")
    ]));
    assert_eq!((&one["size"], &one["expiration_date"]), (&json!(360), &Value::Null));
    let two = shown(&prkit(args![
        "license",
        "show",
        "--json",
        vectors.join("xmr-license-synthetic-playready-rs-2.b64")
    ]));
    assert_eq!(two["size"], 420);
    assert_eq!((&two["expire_after_first_play"], &two["grace_period"]), (&json!(172_800), &json!(86_400)));
    assert_eq!(
        two["output_levels"],
        json!({"compressed_video":500,"uncompressed_video":250,"analog_video":150,"compressed_audio":100,
            "uncompressed_audio":100})
    );
}

#[test]
fn lengths_that_lie_are_refused_at_once_and_with_their_place() {
    for (name, message) in [
        (
            "lying-length.xmr",
            "object 0x0012 Expiration says it has 400 bytes, and 38 are left in 0x0002 GlobalPolicyContainer at byte 52",
        ),
        (
            "short-length.xmr",
            "object 0x0012 Expiration says it has 7 bytes, which is less than its header of 8 at byte 52",
        ),
        ("deep.xmr", "containers are nested more than 16 deep at byte 152"),
    ] {
        let run = prkit(args!["license", "show", "--json", license(name)]);
        assert_eq!((run.status, run.one()["error"].as_str()), (3, Some(message)), "{name}");
        // What stands before the lie is shown.
        assert!(!run.one()["licenses"][0]["tree"].as_array().unwrap().is_empty());
        let lint = prkit(args!["license", "lint", license(name)]);
        assert!(lint.text().contains("X-01") && lint.status == 1, "{name}: {}", lint.text());
    }
}

#[test]
fn no_damaged_license_makes_the_program_panic() {
    let folder = tempfile::tempdir().unwrap();
    let mut files: Vec<std::ffi::OsString> = Vec::new();
    for (name, bytes) in [("rental", build::rental()), ("crooked", build::crooked())] {
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] = if at % 2 == 0 { 0xFF } else { damaged[at] ^ 0x02 };
            if at % 5 == 0 {
                damaged.truncate(at);
            }
            let path = folder.path().join(format!("{name}-{at}.xmr"));
            std::fs::write(&path, damaged).unwrap();
            files.push(path.into());
        }
    }
    for command in ["show", "lint"] {
        let run = prkit([&args!["license", command][..], &files].concat());
        assert!(matches!(run.status, 0 | 1 | 3), "{}: {}", run.status, run.stderr);
        assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    }
}

#[test]
fn nothing_that_stands_for_a_key_is_printed() {
    let secrets = [&build::KEY[..], build::SIGNATURE, build::CLIENT];
    let names: Vec<PathBuf> = [
        "licenses/rental.xmr",
        "licenses/crooked.xmr",
        "licenses/leaf.xmr",
        "licenses/domain.xmr",
        "licenses/filled-store.mp4",
        "messages/response.xml",
        "messages/response-chain.xml",
        "messages/join-domain.xml",
        "messages/fault.txt",
        "messages/request.xml",
    ]
    .iter()
    .map(|name| sample(name))
    .collect();
    let paths: Vec<std::ffi::OsString> = names.iter().map(Into::into).collect();
    let mut printed = String::new();
    for command in [
        args!["license", "show"],
        args!["license", "show", "--json"],
        args!["license", "lint"],
        args!["license", "lint", "--json"],
        args!["soap", "show", "--tree"],
        args!["soap", "show", "--tree", "--json"],
        args!["show"],
        args!["show", "--json"],
        args!["policy", "lint"],
    ] {
        let run = prkit([&command[..], &paths].concat());
        printed.push_str(run.text());
        printed.push_str(&run.stderr);
    }
    let (compact, lower) = (printed.replace(char::is_whitespace, ""), printed.to_ascii_lowercase());
    for secret in secrets {
        for start in 0..secret.len() - 8 {
            let piece = &secret[start..start + 8];
            let text = String::from_utf8_lossy(piece);
            let hex: String = piece.iter().map(|byte| format!("{byte:02x}")).collect();
            assert!(!printed.contains(&*text) && !lower.contains(&hex), "{text}");
        }
        for start in 0..3 {
            let base64 = STANDARD.encode(&secret[start..start + 12]);
            assert!(!compact.contains(&base64), "{base64}");
        }
    }
    assert!(!printed.contains("NOT-FOR-PRINT"), "{printed}");
}

#[test]
fn the_keys_of_the_content_and_the_root_of_a_chain_are_found_where_they_are_named() {
    let rules = |run: &crate::program::Run| -> Vec<String> {
        let findings = run.one()["findings"].as_array().unwrap().clone();
        findings.iter().map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
    };
    let lint = |more: Vec<std::ffi::OsString>| {
        prkit([&args!["license", "lint", "--json", "--clock", "secure"][..], &more].concat())
    };
    let content = sample("edge/store-10k.mp4");
    assert_eq!(rules(&lint(args![license("rental.xmr"), "--content", &content])), [""; 0]);
    let crooked = lint(args![license("crooked.xmr"), "--content", &content]);
    assert_eq!(crooked.status, 1);
    let mut found = rules(&crooked);
    found.sort();
    assert_eq!(found, ["L1", "L12", "L12", "L15", "L16", "L7", "L8", "L9"]);
    assert_eq!(rules(&lint(args![license("leaf.xmr")])), ["L13"]);
    assert_eq!(rules(&lint(args![license("leaf.xmr"), "--with", license("root.xmr")])), [""; 0]);
    // A store says itself which file it is for.
    let stored =
        lint(args![license("filled-store.mp4"), "--account", "d0d0d0d0-d0d0-d0d0-d0d0-d0d0d0d0d0d0"]);
    assert_eq!(rules(&stored), [""; 0]);
    assert_eq!(rules(&lint(args![license("filled-store.mp4"), "--account", "none"])), ["P-07"]);
}

#[test]
fn levels_decide_the_exit_status() {
    let status = |level: &str| prkit(args!["license", "lint", "--level", level, license("leaf.xmr")]).status;
    assert_eq!((status("error"), status("warning"), status("note")), (0, 1, 1));
    assert_eq!(prkit(args!["license", "lint", license("crooked.xmr")]).status, 1);
    assert_eq!(prkit(args!["license", "lint", sample("bad/text.txt")]).status, 3);
}

#[test]
fn other_commands_say_where_a_license_and_a_message_belong() {
    let run = prkit(args!["show", license("rental.xmr")]);
    assert_eq!(run.status, 3);
    assert!(run.stderr.contains("a license, not a header: prkit license show reads it"), "{}", run.stderr);
    let run = prkit(args!["show", sample("messages/request.xml")]);
    assert!(run.stderr.contains("a message, not a header: prkit soap show reads it"), "{}", run.stderr);
}

#[test]
fn folders_are_walked_for_files_with_stores() {
    let run = prkit(args!["license", "show", "--json", root().join("samples/licenses")]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(run.one()["licenses"].as_array().unwrap().len(), 1);
}
