//! Objects that are cut, are something else, or are for other keys: an edit leaves or refuses them, and `check` does not agree.

use crate::args;
use crate::program::{copy, prkit, sample};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

const URL: &str = "--la-url=https://new.example/rm.asmx";
const PLAYREADY: &str = "9a04f079-9840-4286-ab92-e65be0885f95";

fn object() -> Vec<u8> {
    fs::read(sample("objects/small.pro")).unwrap()
}

fn written(folder: &tempfile::TempDir, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    path
}

/// Status of an edit that is not carried out, and what it says for people.
fn edited(input: &Path, more: &[&str]) -> (i32, String) {
    let more = more.iter().map(OsString::from);
    let run = prkit(args!["reheader", "-n"].into_iter().chain(more).chain([input.into()]));
    (run.status, format!("{}{}", run.text(), run.stderr))
}

fn rules_of(command: &str, path: &Path) -> (i32, Vec<String>) {
    let run = prkit(args![command, "--json", path]);
    let lines = run.json();
    let findings = lines.iter().flat_map(|line| line["findings"].as_array().into_iter().flatten());
    let rules = findings.filter_map(|finding| finding["rule"].as_str().map(str::to_owned));
    (run.status, rules.collect())
}

fn mpd(inside: &str) -> String {
    format!(
        "<MPD xmlns='urn:mpeg:dash:schema:mpd:2011' xmlns:cenc='urn:mpeg:cenc:2013' xmlns:mspr='urn:microsoft:playready'>\
         <Period><AdaptationSet><ContentProtection schemeIdUri='urn:uuid:{PLAYREADY}'>{inside}</ContentProtection>\
         </AdaptationSet></Period></MPD>"
    )
}

fn cpix(child: &str) -> String {
    format!(
        "<cpix:CPIX xmlns:cpix='urn:dashif:org:cpix' xmlns:speke='urn:aws:amazon:com:speke'><cpix:DRMSystemList>\
         <cpix:DRMSystem kid='00112233-4455-6677-8899-aabbccddeeff' systemId='{PLAYREADY}'>{child}</cpix:DRMSystem>\
         </cpix:DRMSystemList></cpix:CPIX>"
    )
}

#[test]
fn a_cut_object_is_left_wherever_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let object = object();
    let cut = &object[..object.len() / 2];
    let base64 = STANDARD.encode(&cut[..cut.len() / 6 * 6]);
    let smooth = format!(
        "<SmoothStreamingMedia><Protection><ProtectionHeader SystemID='{PLAYREADY}'>{base64}</ProtectionHeader></Protection></SmoothStreamingMedia>"
    );
    let of_text = [
        ("cut.mpd", mpd(&format!("<mspr:pro>{base64}</mspr:pro>"))),
        ("cut.ismc", smooth),
        ("cut.xml", format!("<R><a>{base64}</a></R>")),
        ("cut.txt", format!("pro: {base64} (end)")),
        ("cut.cpix", cpix(&format!("<speke:ProtectionHeader>{base64}</speke:ProtectionHeader>"))),
    ];
    // One character that is none cuts what is in front of it.
    let whole = STANDARD.encode(&object);
    let (front, behind) = whole.split_at(whole.len() / 2 / 4 * 4);
    let bad = [
        ("bad.txt", format!("pro {front}!{} end", &behind[1..])),
        ("bad.xml", format!("<R><a b='{front}&amp;{}'/></R>", &behind[1..])),
    ];
    let mut paths = vec![written(&folder, "cut.pro", cut), written(&folder, "cut.b64", &base64)];
    paths.extend(of_text.iter().chain(&bad).map(|(name, text)| written(&folder, name, text)));
    for path in &paths {
        for how in [&[URL][..], &["--header-version=4.3"], &[URL, "--force"]] {
            let (status, said) = edited(path, how);
            assert!(status == 3 && said.contains("the object is cut"), "{} {how:?}: {said}", path.display());
        }
    }
    // A claim of some bytes more over a header that is whole cuts nothing.
    let mut claims = object.clone();
    claims[0] += 2;
    claims[8] += 2;
    assert_eq!(edited(&written(&folder, "claims.pro", claims), &[URL]).0, 0);
}

/// The sample with another object in its box.
fn film(folder: &tempfile::TempDir, name: &str, data: &[u8]) -> PathBuf {
    let (kept, path) = copy(&sample("field/plain.mp4"));
    let object = written(folder, "o.pro", data);
    let pro = format!("--pro=@{}", object.display());
    let run = prkit(args!["reheader", "-i", "--force", pro, &path]);
    assert_eq!(run.status, 0, "{name}: {}", run.stderr);
    let made = written(folder, name, fs::read(&path).unwrap());
    drop(kept);
    made
}

#[test]
fn check_does_not_agree_with_an_object_that_nobody_can_read() {
    let folder = tempfile::tempdir().unwrap();
    let header = |xml: &str| {
        let text: Vec<u8> = xml.encode_utf16().flat_map(u16::to_le_bytes).collect();
        prkit_playready::Object::encode([(prkit_playready::RecordType::Header, &text[..])]).unwrap()
    };
    let with = |kid: &str| {
        header(&format!(
            "<WRMHEADER xmlns='http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader' version='4.0.0.0'><DATA>{kid}</DATA></WRMHEADER>"
        ))
    };
    for (name, object, rule) in [
        ("text.mp4", header("hello"), "CHK-15"),
        ("other.mp4", header("<foo/>"), "CHK-15"),
        ("none.mp4", prkit_playready::Object::encode([]).unwrap(), "CHK-15"),
        ("nokey.mp4", with(""), "CHK-01"),
        ("badkey.mp4", with("<KID>!!!</KID>"), "CHK-01"),
        ("shortkey.mp4", with("<KID>AAAA</KID>"), "CHK-01"),
    ] {
        let (status, rules) = rules_of("check", &film(&folder, name, &object));
        assert!(status == 1 && rules.contains(&rule.to_owned()), "{name}: {status} {rules:?}");
    }
    // A store alone has no header, and from 4.1 on a header may leave the key to the application.
    let store =
        prkit_playready::Object::encode([(prkit_playready::RecordType::Store, &[0; 16][..])]).unwrap();
    let keyless = header(
        "<WRMHEADER xmlns='http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader' version='4.1.0.0'><DATA></DATA></WRMHEADER>",
    );
    for (name, object) in [("store.mp4", store), ("keyless.mp4", keyless)] {
        let (_, rules) = rules_of("check", &film(&folder, name, &object));
        assert!(!rules.iter().any(|rule| rule == "CHK-15" || rule == "CHK-01"), "{name}: {rules:?}");
    }
}

#[test]
fn a_part_of_a_key_document_that_is_not_understood_is_left_by_place() {
    let folder = tempfile::tempdir().unwrap();
    let hex: String = object().iter().map(|byte| format!("{byte:02x}")).collect();
    let twice = STANDARD.encode(STANDARD.encode("<cenc:pssh>AAAA</cenc:pssh>"));
    let garbage = ["hello+hello/".to_owned(), STANDARD.encode("some text that is no element"), hex, twice];
    let elements = ["ContentProtectionData", "HLSSignalingData", "URIExtXKey"];
    let cases = elements.iter().flat_map(|name| garbage.iter().map(move |text| (*name, text.clone())));
    // Elements where an object is due, without one in them.
    let foo = STANDARD.encode("<foo>bar</foo>");
    for (name, text) in cases.chain([("PSSH", foo.clone()), ("SmoothStreamingProtectionHeaderData", foo)]) {
        let path = written(&folder, "cpix.xml", cpix(&format!("<cpix:{name}>{text}</cpix:{name}>")));
        let (status, said) = edited(&path, &[URL]);
        assert!(status == 3 && said.contains(name), "{name} {text:.20}: {status} {said}");
    }
    for empty in [
        "<cpix:PSSH> </cpix:PSSH>",
        "<cpix:ContentProtectionData/>",
        "<cpix:HLSSignalingData><!-- -->\n</cpix:HLSSignalingData>",
    ] {
        let (status, said) = edited(&written(&folder, "request.xml", cpix(empty)), &[URL]);
        assert_eq!((status, said.contains("nothing is selected")), (0, true), "{empty}: {said}");
    }
    // A URI of another system is none of ours.
    let other = cpix(&format!("<cpix:URIExtXKey>{}</cpix:URIExtXKey>", STANDARD.encode("skd://key")));
    let other = other.replace(PLAYREADY, "94ce86fb-07ff-4f43-adb8-93d2fa968ca2");
    assert_eq!(edited(&written(&folder, "fairplay.xml", other), &[URL]).0, 0);
}

#[test]
fn keys_that_a_document_does_not_use_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let base64 = STANDARD.encode(object());
    let shown = prkit(args!["show", "--json", sample("objects/small.pro")]).one();
    let kid = shown["pssh"][0]["pro"]["header"]["kids"][0]["kid"].as_str().unwrap().to_owned();
    let encryption = |kid: &str| {
        format!(
            "<ContentProtection schemeIdUri='urn:mpeg:dash:mp4protection:2011' value='cenc' cenc:default_KID='{kid}'/>"
        )
    };
    let text = mpd(&format!("<mspr:pro>{base64}</mspr:pro>"))
        .replace("<AdaptationSet>", &format!("<AdaptationSet>{}", encryption(&kid)));
    let hls = format!(
        "#EXTM3U\n#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,KEYFORMAT=\"com.microsoft.playready\",KEYFORMATVERSIONS=\"1\",KEYID=0x{},URI=\"data:text/plain;charset=UTF-16;base64,{base64}\"\n#EXTINF:1,\na.mp4\n",
        kid.replace('-', "")
    );
    let of_cpix = cpix(&format!(
        "<cpix:SmoothStreamingProtectionHeaderData>{base64}</cpix:SmoothStreamingProtectionHeaderData>"
    ))
    .replace("00112233-4455-6677-8899-aabbccddeeff", &kid);
    let set = "--set-kid=7c6b5a49-1122-4333-8444-5566778899aa";
    for (name, text) in [("one.mpd", text), ("one.m3u8", hls), ("one.xml", of_cpix)] {
        let path = written(&folder, name, text);
        let (status, said) = edited(&path, &[set]);
        assert!(status == 3 && said.contains("--force=key-id"), "{name}: {status} {said}");
        assert_eq!(edited(&path, &[set, "--force=key-id"]).0, 0, "{name}");
        let own = format!("--set-kid={kid}");
        assert_eq!(edited(&path, &[&own]).0, 0, "{name}");
    }
    // A header of 4.0 without a key, for a film whose header has one.
    let header = "<WRMHEADER xmlns='http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader' version='4.0.0.0'><DATA></DATA></WRMHEADER>";
    let given = format!("--header=@{}", written(&folder, "h.xml", header).display());
    let (status, said) = edited(&sample("field/plain.mp4"), &[&given]);
    assert!(status == 3 && said.contains("names no key"), "{status} {said}");
}

#[test]
fn a_given_header_is_a_header_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let header = prkit(args!["extract", "--as", "xml", "-o", "-", sample("objects/small.pro")])
        .text()
        .trim()
        .to_owned();
    let to = written(&folder, "a.pro", object());
    for behind in ["<foo/>", "text", "<!-- comment -->"] {
        let given = format!("--header=@{}", written(&folder, "h.xml", format!("{header}{behind}")).display());
        let (status, said) = edited(&to, &[&given]);
        assert!(status == 2 && said.contains("behind the end of WRMHEADER"), "{status} {said}");
    }
    // A byte order mark and a line break are an editor's.
    let utf16: Vec<u8> = format!("\u{FEFF}{header}\r\n").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let given = format!("--header=@{}", written(&folder, "h16.xml", utf16).display());
    let run = prkit(args!["reheader", given, "-o", "-", &to]);
    assert_eq!((run.status, run.stdout.clone()), (0, object()), "{}", run.stderr);
}

#[test]
fn objects_of_a_patch_document_are_changed() {
    let folder = tempfile::tempdir().unwrap();
    let base64 = STANDARD.encode(object());
    let patch = format!(
        "<Patch xmlns='urn:mpeg:dash:schema:mpd-patch:2020' mpdId='a'><replace sel='/MPD/Period[1]/AdaptationSet[1]/ContentProtection[2]/mspr:pro/text()'>{base64}</replace>\
         <add sel='/MPD/Period[1]' type='@x'>{base64}</add></Patch>"
    );
    let path = written(&folder, "p.mpp", patch);
    let run = prkit(args!["reheader", URL, "--json", "-n", &path]);
    let report: Value = run.one();
    assert_eq!((run.status, report["left"].as_array().map_or(0, Vec::len)), (0, 0), "{report}");
    let changed = report["boxes"].as_array().unwrap().iter().filter(|found| found["changed"] == true);
    assert_eq!(changed.count(), 2, "{report}");
    assert!(!rules_of("lint", &path).1.contains(&"MAN-14".to_owned()));
}

#[test]
fn system_ids_that_players_do_not_find_are_findings_in_documents_too() {
    let folder = tempfile::tempdir().unwrap();
    let boxed = fs::read(sample("field/system-id-typo.pssh")).unwrap();
    let mut swapped = boxed.clone();
    swapped[12..28].copy_from_slice(&[
        0x79, 0xf0, 4, 0x9a, 0x40, 0x98, 0x86, 0x42, 0xab, 0x92, 0xe6, 0x5b, 0xe0, 0x88, 0x5f, 0x95,
    ]);
    let element = format!("<cenc:pssh>{}</cenc:pssh>", STANDARD.encode(&swapped));
    let bare = mpd(&format!("<mspr:pro>{}</mspr:pro>", STANDARD.encode(object()))).replace("urn:uuid:", "");
    let in_cpix = cpix(&format!("<cpix:PSSH>{}</cpix:PSSH>", STANDARD.encode(&swapped)));
    for (name, text) in [("swapped.mpd", mpd(&element)), ("swapped.xml", in_cpix), ("bare.mpd", bare)] {
        let (_, rules) = rules_of("lint", &written(&folder, name, text));
        assert_eq!(rules.iter().filter(|rule| *rule == "MAN-09").count(), 1, "{name}: {rules:?}");
    }
}

#[test]
fn what_a_message_has_of_headers_is_shown_or_said() {
    let folder = tempfile::tempdir().unwrap();
    let request = |header: &str| {
        format!(
            "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><AcquireLicense xmlns='http://schemas.microsoft.com/DRM/2007/03/protocols'><challenge><Challenge><LA><ContentHeader>{header}</ContentHeader></LA></Challenge></challenge></AcquireLicense></s:Body></s:Envelope>"
        )
    };
    let shown = |name: &str, text: String| {
        prkit(args!["soap", "show", written(&folder, name, text)]).text().to_owned()
    };
    for header in ["hello", "26020000010001001c023c00", "&amp;lt;WRMHEADER/&amp;gt;"] {
        assert!(shown("r.xml", request(header)).contains("the header cannot be read"), "{header}");
    }
    assert!(!shown("r.xml", request("")).contains("header"));
    let answer = format!(
        "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><GetPackagingDataResponse xmlns='http://x/'><a data='{}'/></GetPackagingDataResponse></s:Body></s:Envelope>",
        STANDARD.encode(object())
    );
    assert!(shown("a.xml", answer).contains("/a/@data"));
}

#[test]
fn both_license_urls_of_a_descriptor_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    let two = "<Laurl xmlns='https://dashif.org/CPS'>https://a.example/</Laurl><Laurl xmlns='https://dashif.org/CPS'>https://b.example/</Laurl>";
    let path = written(&folder, "two.mpd", mpd(two));
    let run = prkit(args!["show", path]);
    assert!(
        run.text().contains("https://a.example/") && run.text().contains("https://b.example/"),
        "{}",
        run.text()
    );
}

#[test]
fn a_reference_of_another_scheme_goes_with_what_it_names() {
    let folder = tempfile::tempdir().unwrap();
    let good = fs::read_to_string(sample("field/ref/good.mpd")).unwrap();
    let (before, reference) = good.split_once(" ref=\"p1\"").unwrap();
    let other = reference.replacen(PLAYREADY, "edef8ba9-79d6-4ace-a3c8-27dcd51d21ed", 1);
    let path = written(&folder, "other.mpd", format!("{before} ref=\"p1\"{other}"));
    let run = prkit(args!["remove", "--force", "-o", "-", path]);
    assert!(!run.text().contains("\"p1\""), "{}", run.text());
}
