//! Manifests of the samples and of the corpus: what is read in them, what an edit leaves of them, and what is refused.

use crate::program::{corpus, prkit, sample};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

const LONG: &str =
    "--la-url=https://license.example.com/a/longer/address/than/there/was/before/rightsmanager.asmx";

fn show(path: &Path) -> Value {
    prkit([OsString::from("show"), "--json".into(), path.into()]).one()
}

/// Form, system, line and header version of every object; `-` where there is no header.
fn objects(shown: &Value) -> Vec<(String, String, u64, String)> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let object = |found: &Value| {
        let version = text(&found["pro"]["header"]["version"]);
        (text(&found["form"]), text(&found["system"]), found["line"].as_u64().unwrap(), version)
    };
    shown["pssh"].as_array().unwrap().iter().map(object).collect()
}

/// Form, system, line, version.
type Fact = (&'static str, &'static str, u64, &'static str);

/// The facts, read in the documents by eye.
const FACTS: [(&str, &str, &[Fact]); 17] = [
    (
        "a2d-tv.mpd",
        "mpd",
        &[
            ("cenc-pssh", "widevine", 73, "-"),
            ("cenc-pssh", "playready", 79, "4.0.0.0"),
            ("mspr-pro", "playready", 80, "4.0.0.0"),
            ("cenc-pssh", "chinadrm", 84, "-"),
            ("cenc-pssh", "widevine", 173, "-"),
            ("cenc-pssh", "playready", 179, "4.0.0.0"),
            ("mspr-pro", "playready", 180, "4.0.0.0"),
            ("cenc-pssh", "chinadrm", 184, "-"),
        ],
    ),
    (
        "dashjs-laurl.mpd",
        "mpd",
        &[
            ("cenc-pssh", "playready", 26, "4.0.0.0"),
            ("mspr-pro", "playready", 29, "4.0.0.0"),
            ("cenc-pssh", "widevine", 35, "-"),
            ("cenc-pssh", "playready", 56, "4.0.0.0"),
            ("mspr-pro", "playready", 59, "4.0.0.0"),
            ("cenc-pssh", "widevine", 65, "-"),
        ],
    ),
    (
        "godash-hbbtv_profile.mpd",
        "mpd",
        &[
            ("cenc-pssh", "widevine", 7, "-"),
            ("mspr-pro", "playready", 10, "4.0.0.0"),
            ("cenc-pssh", "playready", 11, "4.0.0.0"),
            ("cenc-pssh", "widevine", 23, "-"),
            ("mspr-pro", "playready", 26, "4.0.0.0"),
            ("cenc-pssh", "playready", 27, "4.0.0.0"),
        ],
    ),
    (
        "godash-live_profile.mpd",
        "mpd",
        &[
            ("cenc-pssh", "widevine", 7, "-"),
            ("mspr-pro", "playready", 10, "4.0.0.0"),
            ("cenc-pssh", "playready", 11, "4.0.0.0"),
            ("cenc-pssh", "widevine", 21, "-"),
            ("mspr-pro", "playready", 24, "4.0.0.0"),
            ("cenc-pssh", "playready", 25, "4.0.0.0"),
        ],
    ),
    ("media3-sample_ismc_1.ismc", "ism", &[("protection-header", "playready", 6, "4.0.0.0")]),
    ("msdocs_how-to-package-mp4-based_L66.mpd", "mpd", &[("mspr-pro", "playready", 8, "4.3.0.0")]),
    // Documentation with "..." where the object would be.
    (
        "msdocs_mp4-based-formats-supported-by-playready-clients_L157.mpd",
        "mpd",
        &[("mspr-pro", "playready", 5, "-"), ("mspr-pro", "playready", 16, "-")],
    ),
    (
        "msdocs_mp4-based-formats-supported-by-playready-clients_L220.ismc",
        "ism",
        &[("protection-header", "playready", 5, "4.1.0.0")],
    ),
    (
        "msdocs_mp4-based-formats-supported-by-playready-clients_L276.m3u8",
        "m3u8",
        &[("ext-x-session-key", "playready", 3, "4.0.0.0")],
    ),
    (
        "msdocs_mp4-based-formats-supported-by-playready-clients_L297.m3u8",
        "m3u8",
        &[("ext-x-playreadyheader", "playready", 3, "4.0.0.0")],
    ),
    (
        "msdocs_mp4-based-formats-supported-by-playready-clients_L376.m3u8",
        "m3u8",
        &[("ext-x-key", "playready", 3, "4.1.0.0")],
    ),
    (
        "msdocs_mp4-based-formats-supported-by-playready-clients_L424.ismc",
        "ism",
        &[("protection-header", "playready", 17, "4.0.0.0")],
    ),
    (
        "msdocs_mp4-based-formats-supported-by-playready-clients_L80.mpd",
        "mpd",
        &[("cenc-pssh", "playready", 7, "4.0.0.0"), ("mspr-pro", "playready", 10, "4.0.0.0")],
    ),
    (
        "rxplayer-broken_cenc.mpd",
        "mpd",
        &[
            ("cenc-pssh", "common", 9, "-"),
            ("cenc-pssh", "playready", 12, "4.0.0.0"),
            ("cenc-pssh", "widevine", 15, "-"),
            ("cenc-pssh", "nagra", 18, "-"),
        ],
    ),
    (
        "shaka-clear-encrypted.mpd",
        "mpd",
        &[
            ("cenc-pssh", "playready", 23, "4.0.0.0"),
            ("mspr-pro", "playready", 24, "4.0.0.0"),
            ("cenc-pssh", "widevine", 27, "-"),
            ("cenc-pssh", "playready", 37, "4.0.0.0"),
            ("mspr-pro", "playready", 38, "4.0.0.0"),
            ("cenc-pssh", "widevine", 41, "-"),
        ],
    ),
    // "..." again.
    (
        "streamlink-attribute_namespaces.mpd",
        "mpd",
        &[("mspr-pro", "playready", 18, "-"), ("cenc-pssh", "playready", 19, "-")],
    ),
    ("ytdlp-sintel_no-drm.Manifest", "ism", &[]),
];

#[test]
fn every_manifest_of_the_corpus_reads_to_its_facts() {
    let Some(corpus) = corpus() else { return };
    for (name, kind, facts) in FACTS {
        let shown = show(&corpus.join("manifests").join(name));
        assert_eq!(shown["kind"], kind, "{name}");
        let facts: Vec<_> = facts
            .iter()
            .map(|(f, s, line, v)| (f.to_string(), s.to_string(), *line, v.to_string()))
            .collect();
        assert_eq!(objects(&shown), facts, "{name}");
    }
}

#[test]
fn objects_in_manifests_have_the_facts_that_another_reader_found() {
    let Some(corpus) = corpus() else { return };
    let read: Value = serde_json::from_slice(&fs::read(corpus.join("pros.json")).unwrap()).unwrap();
    let known: BTreeMap<&str, &Value> = read["pros"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|object| Some((object["facts"]["records"][0]["header"]["text"].as_str()?, object)))
        .collect();
    let mut compared = 0;
    for path in manifests(&corpus.join("manifests")) {
        for found in show(&path)["pssh"].as_array().unwrap() {
            let header = &found["pro"]["header"];
            let Some(fact) = header["xml"].as_str().and_then(|xml| known.get(xml)) else { continue };
            let fact = &fact["facts"]["records"][0]["header"];
            assert_eq!(header["version"], fact["version"], "{}", path.display());
            let uuids = |kids: &Value, name: &str| -> Vec<String> {
                kids.as_array().unwrap().iter().map(|kid| kid[name].as_str().unwrap().to_owned()).collect()
            };
            assert_eq!(uuids(&header["kids"], "kid"), uuids(&fact["kids"], "uuid"), "{}", path.display());
            compared += 1;
        }
    }
    assert!(compared >= 10, "{compared} objects compared");
}

/// The manifests in a folder.
fn manifests(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> =
        entries.filter(|path| !path.to_string_lossy().ends_with(".wrmheader.xml")).collect();
    paths.sort_unstable();
    paths
}

/// What stands outside of all PlayReady objects.
fn outside(bytes: &[u8], shown: &Value) -> Vec<u8> {
    let mut rest = Vec::new();
    let mut at = 0;
    for found in shown["pssh"].as_array().unwrap() {
        let number = |name: &str| usize::try_from(found[name].as_u64().unwrap()).unwrap();
        let is_nested = number("offset") < at;
        if found["system"] == "playready" && !is_nested {
            rest.extend(&bytes[at..number("offset")]);
            at = number("offset") + number("size");
        }
    }
    rest.extend(&bytes[at..]);
    rest
}

#[test]
fn an_edit_changes_the_objects_and_not_one_byte_beside_them() {
    let mut all = manifests(&sample("manifests"));
    all.extend(corpus().map(|corpus| manifests(&corpus.join("manifests"))).unwrap_or_default());
    let mut edited = 0;
    for path in all {
        let (_folder, copy) = crate::program::copy(&path);
        let before = show(&copy);
        let old = fs::read(&copy).unwrap();
        for change in [LONG, "--la-url=https://x.example/", "--no-la-url"] {
            let run = prkit([
                OsString::from("reheader"),
                change.into(),
                "-i".into(),
                "--json".into(),
                copy.clone().into(),
            ]);
            let new = fs::read(&copy).unwrap();
            let report = run.one();
            // A license URL beside the objects that is another one is left, or moves with that of the header.
            let urls = &report["patched"]["license URL"];
            let leaves_urls = report["left"].as_array().is_some_and(|left| {
                !left.is_empty()
                    && left.iter().all(|left| left["why"].as_str().unwrap().contains("license URL"))
            });
            if run.status != 0 && !leaves_urls {
                // No object in it can be read.
                assert!(new == old, "{}", path.display());
                continue;
            }
            if urls.is_null() {
                let after = show(&copy);
                assert!(outside(&old, &before) == outside(&new, &after), "{} {change}", path.display());
            }
            edited += usize::from(report["changed"] == true);
            let again = prkit([
                OsString::from("reheader"),
                change.into(),
                "-i".into(),
                "--json".into(),
                copy.clone().into(),
            ]);
            assert_eq!(again.one()["changed"], false, "{} {change}", path.display());
        }
    }
    assert!(edited >= 10, "{edited} edits");
}

/// A document that keeps all rules.
const GOOD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" xmlns:cenc="urn:mpeg:cenc:2013" xmlns:mspr="urn:microsoft:playready">
  <Period>
    <AdaptationSet mimeType="video/mp4">
      <ContentProtection schemeIdUri="urn:mpeg:dash:mp4protection:2011" value="cenc" cenc:default_KID="00112233-4455-6677-8899-aabbccddeeff"/>
      <ContentProtection schemeIdUri="urn:uuid:9a04f079-9840-4286-ab92-e65be0885f95" value="MSPR 2.0">
        <mspr:pro>{pro}</mspr:pro>
      </ContentProtection>
      <Representation id="v" bandwidth="1">
        <BaseURL>v.mp4</BaseURL>
        <SegmentBase indexRange="100-200"><Initialization range="0-99"/></SegmentBase>
      </Representation>
    </AdaptationSet>
  </Period>
</MPD>
"#;

const PLAYLIST: &str = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n#EXT-X-MAP:URI=\"i.mp4\"\n#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,KEYFORMAT=\"com.microsoft.playready\",KEYFORMATVERSIONS=\"1\",URI=\"data:text/plain;charset=UTF-16;base64,{pro}\"\n#EXTINF:2,\n1.m4s\n#EXT-X-ENDLIST\n";

/// The rule, a document, what becomes of which part.
const BROKEN: [(&str, &str, &str, &str); 23] = [
    ("MAN-01", GOOD, "</Period>", ""),
    ("MAN-01", GOOD, "</MPD>", ""),
    ("MAN-01", GOOD, "</SegmentBase>", "</SegmentList>"),
    ("MAN-02", GOOD, "value=\"cenc\"", "value=\u{201c}cenc\u{201d}"),
    ("MAN-02", GOOD, "bandwidth=\"1\"", "bandwidth=1"),
    ("MAN-03", GOOD, " xmlns:mspr=\"urn:microsoft:playready\"", ""),
    ("MAN-03", GOOD, " xmlns:cenc=\"urn:mpeg:cenc:2013\"", ""),
    ("MAN-04", GOOD, "</MPD>", "</MPD><MPD/>"),
    ("MAN-05", GOOD, "encoding=\"UTF-8\"", "encoding=\"UTF-16\""),
    ("MAN-06", GOOD, "?>\n<MPD", "?>\n<!DOCTYPE MPD>\n<MPD"),
    ("MAN-07", GOOD, "{pro}", "....{pro}"),
    ("MAN-08", GOOD, "default_KID=\"0011", "default_KID=\"xx11"),
    ("MAN-09", GOOD, "9a04f079-9840-4286-ab92", "79f0049a-4098-8642-ab92"),
    ("MAN-10", GOOD, "mspr:pro>", "cenc:pssh>"),
    ("MAN-11", PLAYLIST, "KEYFORMATVERSIONS=\"1\"", "KEYFORMATVERSIONS"),
    ("MAN-11", PLAYLIST, "METHOD=SAMPLE-AES-CTR,", ""),
    ("MAN-12", GOOD, "indexRange=\"100-200\"", "indexRange=\"100\""),
    ("MAN-12", GOOD, "range=\"0-99\"", "range=\"99-0\""),
    ("MAN-12", PLAYLIST, "#EXTINF:2,", "#EXT-X-BYTERANGE:x\n#EXTINF:2,"),
    ("MAN-14", GOOD, "<Period>", "<Period id=\"{pro}\">"),
    ("MAN-15", GOOD, "value=\"MSPR 2.0\"", "value=\"MSPR 2.0\" ref=\"a\""),
    ("MAN-15", GOOD, "<AdaptationSet", "<AdaptationSet initializationSetRef=\"1\""),
    (
        "MAN-13",
        GOOD,
        "<Period>",
        "<Period xmlns:xlink=\"http://www.w3.org/1999/xlink\" xlink:href=\"https://example.com/period\">",
    ),
];

fn man_rules(path: &Path) -> Vec<String> {
    let run = prkit([OsString::from("lint"), "--json".into(), "--level=note".into(), path.into()]);
    let line = run.one();
    let found =
        line["findings"].as_array().unwrap().iter().map(|found| found["rule"].as_str().unwrap().to_owned());
    found.filter(|rule| rule.starts_with("MAN-")).collect()
}

#[test]
fn every_rule_of_documents_is_broken_by_one_and_kept_by_another() {
    use base64::Engine as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("document");
    let pro =
        base64::engine::general_purpose::STANDARD.encode(fs::read(sample("objects/small.pro")).unwrap());
    for (rule, good, old, new) in BROKEN {
        fs::write(&path, good.replace("{pro}", &pro)).unwrap();
        assert_eq!(man_rules(&path), [""; 0], "{rule}");
        assert!(good.contains(old), "{rule}: {old}");
        fs::write(&path, good.replace(old, new).replace("{pro}", &pro)).unwrap();
        let found = man_rules(&path);
        assert!(found.iter().any(|found| found == rule), "{rule} {new}: {found:?}");
    }
    let listed = prkit(["lint", "--rules"]);
    let listed: Vec<&str> =
        listed.text().split_whitespace().filter(|word| word.starts_with("MAN-")).collect();
    assert!(
        listed.len() >= 13 && listed.iter().all(|rule| BROKEN.iter().any(|(known, ..)| known == rule)),
        "{listed:?}"
    );
}

#[test]
fn broken_documents_are_edited_around_what_is_broken() {
    use base64::Engine as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("document");
    let pro =
        base64::engine::general_purpose::STANDARD.encode(fs::read(sample("objects/small.pro")).unwrap());
    for (rule, good, old, new) in BROKEN {
        if ["MAN-05", "MAN-07", "MAN-10", "MAN-14", "MAN-15"].contains(&rule) {
            continue;
        }
        let text = good.replace(old, new).replace("{pro}", &pro);
        fs::write(&path, &text).unwrap();
        let run = prkit([
            OsString::from("reheader"),
            LONG.into(),
            "-i".into(),
            "--json".into(),
            path.clone().into(),
        ]);
        assert_eq!(run.status, 0, "{rule} {new}: {}", run.stderr);
        let after = fs::read_to_string(&path).unwrap();
        let (front, behind) = text.split_once(&pro).unwrap();
        assert!(after.starts_with(front) && after.ends_with(behind) && after != text, "{rule} {new}");
    }
}

/// Runs the program with so much memory, in MiB, and twenty seconds of processor time: what needs more is killed.
#[cfg(unix)]
fn bounded(mib: u64, args: &[&str], path: &Path) -> std::process::Output {
    let script = format!("ulimit -v {}; ulimit -t 20; exec \"$0\" \"$@\"", mib * 1024);
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_prkit")]).args(args).arg(path);
    command.output().unwrap()
}

/// Documents that ask for more than they give.
#[cfg(unix)]
fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    let mpd =
        |inside: &str| format!("<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\">{inside}</MPD>").into_bytes();
    let bomb: String = (1..=30)
        .map(|level| {
            format!("<!ENTITY e{level} \"&e{0};&e{0};&e{0};&e{0};&e{0};&e{0};&e{0};&e{0};\">", level - 1)
        })
        .collect();
    let bomb = format!(
        "<?xml version=\"1.0\"?><!DOCTYPE MPD [<!ENTITY e0 \"lol\">{bomb}]><MPD><Period id=\"&e30;\">&e30;</Period></MPD>"
    );
    let external = "<?xml version=\"1.0\"?><!DOCTYPE MPD SYSTEM \"file:///etc/hostname\" [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\
                    <MPD><Period><BaseURL>&x;</BaseURL></Period></MPD>";
    let many = |text: &str| text.repeat(100_000);
    vec![
        ("entity bomb", bomb.into_bytes()),
        ("external entity", external.as_bytes().to_vec()),
        ("depth", mpd(&many("<a>"))),
        ("depth, closed", mpd(&[many("<a>"), many("</a>")].concat())),
        ("elements", mpd(&"<a/>".repeat(600_000))),
        ("attributes", mpd(&format!("<a {}/>", "x=\"\" ".repeat(300_000)))),
        ("one attribute", mpd(&format!("<a x=\"{}\"/>", "y".repeat(6_000_000)))),
        ("objects", mpd(&"<p:pro>AAAA</p:pro>".repeat(30_000))),
        ("comments", mpd(&"<!---->".repeat(500_000))),
        ("open tags", mpd(&"<".repeat(3_000_000))),
        ("quotes", mpd(&"<a b='".repeat(500_000))),
        ("end tags", mpd(&"</a>".repeat(700_000))),
        ("text", mpd(&"text ".repeat(2_000_000))),
        (
            "segments",
            mpd(
                "<Period duration=\"PT999999999H\"><AdaptationSet><SegmentTemplate media=\"$Number$\" duration=\"1\" timescale=\"1000000\"/>\
                 <Representation id=\"a\"/></AdaptationSet></Period>",
            ),
        ),
        (
            "timeline",
            mpd(
                "<Period><AdaptationSet><SegmentTemplate media=\"$Time$\"><SegmentTimeline><S t=\"0\" d=\"1\" r=\"4294967295\"/></SegmentTimeline>\
                 </SegmentTemplate><Representation id=\"a\"/></AdaptationSet></Period>",
            ),
        ),
        ("lines", [b"#EXTM3U\n".to_vec(), b"#EXTINF:1,\na\n".repeat(100_000)].concat()),
        ("one line", [b"#EXTM3U\n#EXT-X-KEY:".to_vec(), b"A=B,".repeat(1_000_000)].concat()),
    ]
}

/// The same in all ways that manifests are read: no crash, no long wait, no memory that a document asks for.
#[cfg(unix)]
#[test]
fn hostile_documents_are_read_or_refused_within_bounds() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in hostile() {
        let path = folder.path().join(if bytes.starts_with(b"#") { "x.m3u8" } else { "x.mpd" });
        fs::write(&path, &bytes).unwrap();
        for args in [
            &["show", "--json"][..],
            &["check", "--json"],
            &["reheader", "--la-url=https://x.example/", "-n", "--json", "--presentation"],
        ] {
            let output = bounded(700, args, &path);
            let code = output.status.code();
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert!(matches!(code, Some(0 | 1 | 3)), "{name}: {args:?}: {:?} {stderr}", output.status);
            let stdout = String::from_utf8_lossy(&output.stdout);
            assert!(!stdout.contains("root:") && !stdout.contains("lollol"), "{name}: {args:?}");
            assert!(output.stdout.len() < 100_000_000, "{name}: {args:?}");
        }
    }
}

/// A document may not be longer than the limit says, and is not read to see that.
#[cfg(unix)]
#[test]
fn a_document_of_a_hundred_megabytes_is_refused_before_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.mpd");
    fs::write(&path, format!("<MPD>{}</MPD>", "text ".repeat(20_000_000))).unwrap();
    let output = bounded(200, &["show"], &path);
    assert_eq!(output.status.code(), Some(3));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("67108864"), "{stderr}");
}
