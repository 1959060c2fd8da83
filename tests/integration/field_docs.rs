//! Documents as they come from the field: references between descriptors, unknown roots, license URLs beside objects,
//! pasted and wrong files.

use crate::args;
use crate::program::{copy, prkit, prkit_with, root, sample};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

const URL: &str = "https://new.example/rm.asmx";

fn field(name: &str) -> PathBuf {
    sample("field").join(name)
}

fn written(folder: &tempfile::TempDir, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    path
}

/// Rules of the findings of `check`, notes aside.
fn checked(paths: &[&Path]) -> (i32, Vec<String>) {
    let run = prkit(args!["check", "--json"].into_iter().chain(paths.iter().map(OsString::from)));
    let lines = run.json();
    let findings = lines.iter().flat_map(|line| line["findings"].as_array().into_iter().flatten());
    let mut rules: Vec<String> = findings
        .filter(|finding| finding["level"] == "error")
        .map(|finding| finding["rule"].as_str().unwrap().to_owned())
        .collect();
    rules.sort();
    rules.dedup();
    (run.status, rules)
}

/// What an edit makes of a text, its status and its report.
fn edited(args: &[&str], text: &str) -> (i32, String, String) {
    let run = prkit_with(args.iter().map(OsString::from).chain(args!["-o", "-", "-"]), text.as_bytes());
    (run.status, run.text().to_owned(), run.stderr)
}

/// License URLs of all headers that `show` finds.
fn urls(path: &Path) -> Vec<String> {
    let shown = prkit(args!["show", "--json", path]).one();
    let urls = shown["pssh"].as_array().unwrap().iter();
    urls.map(|found| found["pro"]["header"]["la_url"].as_str().unwrap_or("none").to_owned()).collect()
}

fn object() -> Vec<u8> {
    fs::read(sample("objects/small.pro")).unwrap()
}

#[test]
fn references_between_descriptors_are_followed_by_check() {
    for name in ["good.mpd", "two_keys.mpd", "nokid_mp4prot.mpd"] {
        assert_eq!(checked(&[&field("ref").join(name)]), (0, vec![]), "{name}");
    }
    for (name, rule) in [("inset_wrong.mpd", "CHK-03"), ("badkid.mpd", "CHK-03"), ("dangling.mpd", "CHK-19")]
    {
        let path = field("ref").join(name);
        let (status, rules) = checked(&[&path]);
        assert!(status == 1 && rules.contains(&rule.to_owned()), "{name}: {status} {rules:?}");
        let text = prkit(args!["check", &path]);
        assert!(text.text().contains("ref c1"), "{name}: {}", text.text());
    }
}

#[test]
fn a_reference_to_another_scheme_or_to_two_descriptors_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let good = fs::read_to_string(field("ref/good.mpd")).unwrap();
    let swapped = good
        .replace("ref=\"c1\"", "ref=\"x\"")
        .replace("ref=\"p1\"", "ref=\"c1\"")
        .replace("\"x\"", "\"p1\"");
    let twice = good.replace("refId=\"p1\"", "refId=\"c1\"").replace("ref=\"p1\"", "ref=\"c1\"");
    for (name, text) in [("swapped.mpd", swapped), ("twice.mpd", twice)] {
        let (status, rules) = checked(&[&written(&folder, name, text)]);
        assert!(status != 0 && rules.contains(&"CHK-19".to_owned()), "{name}: {rules:?}");
    }
}

#[test]
fn show_tells_where_the_object_of_a_set_comes_from() {
    let run = prkit(args!["show", field("ref/good.mpd")]);
    assert!(run.text().contains("ref p1 is at line 4"), "{}", run.text());
    let run = prkit(args!["show", field("ref/dangling.mpd")]);
    assert!(run.text().contains("no descriptor has that refId"), "{}", run.text());
    assert_eq!(prkit(args!["reheader", "--la-url", URL, "-n", field("ref/dangling.mpd")]).status, 3);
}

#[test]
fn remove_leaves_no_reference_to_what_is_gone() {
    for name in ["ref-refid.mpd", "ref-shaka.mpd"] {
        let run = prkit(args!["remove", "--force", "-o", "-", field(name)]);
        assert_eq!(run.status, 0, "{name}: {}", run.stderr);
        let text = run.text();
        let ids: Vec<&str> =
            text.split("refId=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        let refs = text.split(" ref=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
        refs.for_each(|id| assert!(ids.contains(&id), "{name}: {id}"));
        assert!(!text.contains("9a04f079"), "{name}");
    }
}

#[test]
fn what_can_be_removed_is_and_the_rest_is_named() {
    let (folder, doc) = copy(&field("ev_pssh.mpd"));
    let run = prkit(args!["remove", "--force", "--json", "-i", &doc]);
    assert_eq!(run.status, 3, "{}", run.stderr);
    let report = run.one();
    assert_eq!((&report["changed"], report["left"].as_array().unwrap().len()), (&json!(true), 1));
    assert!(!fs::read_to_string(&doc).unwrap().contains("mspr:pro>"));
    drop(folder);
    let run = prkit(args!["remove", "--force", "-n", field("sm_elem.xml")]);
    assert_eq!(run.status, 0, "{}", run.stderr);
}

#[test]
fn inject_fills_what_is_empty_and_goes_beside_other_systems() {
    let kid = "3d1f2a7e-55c4-4b09-9e8d-0102a0b0c0d0";
    let inject = |path: &Path| {
        let run = prkit(args!["inject", "--kid", kid, "--header-version", "4.0", "-o", "-", path]);
        assert_eq!(run.status, 0, "{}: {}", path.display(), run.stderr);
        run.text().to_owned()
    };
    let filled = inject(&field("empty-descriptor.mpd"));
    assert_eq!((filled.matches("9a04f079").count(), filled.matches("<mspr:pro>").count()), (1, 1));
    let filled = inject(&field("empty-protection.ismc"));
    assert_eq!((filled.matches("<Protection>").count(), filled.matches("<Protection/>").count()), (1, 0));
    let beside = inject(&field("ref/only_wv.mpd"));
    assert_eq!((beside.matches("edef8ba9").count(), beside.matches("9a04f079").count()), (1, 1));
    // The same again is nothing to do.
    let folder = tempfile::tempdir().unwrap();
    let doc = written(&folder, "again.ismc", &filled);
    assert_eq!(inject(&doc), filled);
}

#[test]
fn all_objects_of_a_document_of_unknown_kind_are_changed() {
    let pro = STANDARD.encode(object());
    let pssh = STANDARD.encode(fs::read(sample("objects/small.pssh")).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let texts = [
        ("page.html", format!("<!DOCTYPE html><html><body><p>pro={pro}<br>PSSH: {pssh}</p></body></html>")),
        ("log.txt", format!("12:00 key request pssh={pssh} ok\n12:01 again {pro}\n")),
        ("answer.json", format!("{{\"drm\": [{{\"pro\": \"{pro}\"}}, {{\"pssh\": \"{pssh}\"}}]}}")),
        (
            "drm.xml",
            format!(
                "<GPACDRM><DRMInfo type=\"pssh\"><BS ID128=\"9A04F07998404286AB92E65BE0885F95\"/><BS data64=\"{pro}\"/></DRMInfo><x y='{pssh}'/></GPACDRM>"
            ),
        ),
    ];
    let mut paths: Vec<PathBuf> = texts.iter().map(|(name, text)| written(&folder, name, text)).collect();
    for name in ["patch-two-objects.mpp", "unknown-root.xml"] {
        let path = folder.path().join(name);
        fs::copy(field(name), &path).unwrap();
        paths.push(path);
    }
    for path in paths {
        let before = fs::read_to_string(&path).unwrap();
        let run = prkit(args!["reheader", "--la-url", URL, "-i", &path]);
        assert_eq!(run.status, 0, "{}: {}", path.display(), run.stderr);
        assert_eq!(urls(&path), [URL, URL], "{}", path.display());
        // Not one byte beside the objects changes.
        let words = |text: &str| {
            let is_base64 = |word: &&str| word.len() > 60;
            let split = |c: char| !c.is_ascii_alphanumeric() && !"+/=".contains(c);
            let kept: Vec<String> =
                text.split(split).filter(|word| !is_base64(word)).map(str::to_owned).collect();
            kept
        };
        assert_eq!(words(&fs::read_to_string(&path).unwrap()), words(&before), "{}", path.display());
        let again = prkit(args!["reheader", "--la-url", URL, "-n", "--exit-code", &path]);
        assert_eq!(again.status, 0, "{}", again.text());
    }
}

#[test]
fn an_object_where_no_reader_looks_is_shown_found_and_left() {
    let pro = STANDARD.encode(object());
    let folder = tempfile::tempdir().unwrap();
    let set = "<AdaptationSet><Representation id='v'/></AdaptationSet>";
    let key = format!(
        "#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,KEYFORMAT=\"com.microsoft.playready\",URI=\"data:text/plain;base64,{pro}\"\n"
    );
    let texts = [
        ("attribute.mpd", format!("<MPD x='{pro}'><Period>{set}</Period></MPD>"), 1),
        ("text.mpd", format!("<MPD><Period><Event>{pro}</Event>{set}</Period></MPD>"), 1),
        (
            "raw.mpd",
            format!(
                "<MPD><Period><x><WRMHEADER version='4.0.0.0'><DATA></DATA></WRMHEADER></x>{set}</Period></MPD>"
            ),
            1,
        ),
        ("comment.mpd", format!("<MPD><!-- <mspr:pro>{pro}</mspr:pro> --><Period>{set}</Period></MPD>"), 1),
        ("data.m3u8", format!("#EXTM3U\n{key}#EXT-X-SESSION-DATA:DATA-ID=\"a\",VALUE=\"{pro}\"\n1.m4s\n"), 1),
        ("tag.m3u8", format!("#EXTM3U\n{key}#EXT-X-VENDOR:{pro}\n1.m4s\n"), 1),
        ("comment.m3u8", format!("#EXTM3U\n{key}# {pro}\n1.m4s\n"), 1),
        (
            "meta.ismc",
            format!(
                "<SmoothStreamingMedia><StreamIndex><CustomAttributes><Attribute Name='a' Value='{pro}'/></CustomAttributes></StreamIndex></SmoothStreamingMedia>"
            ),
            1,
        ),
    ];
    for (name, text, count) in texts {
        let path = written(&folder, name, text);
        let shown = prkit(args!["show", "--json", &path]).one();
        assert_eq!(shown["unread"].as_array().unwrap().len(), count, "{name}: {shown}");
        let linted = prkit(args!["lint", "--json", &path]).one();
        let found = linted["findings"].as_array().unwrap().iter().filter(|f| f["rule"] == "MAN-14").count();
        assert_eq!(found, count, "{name}");
        let run = prkit(args!["reheader", "--la-url", URL, "--json", "-n", &path]);
        assert_eq!(run.one()["left"].as_array().unwrap().len(), count, "{name}");
        assert_eq!(run.status, if count > 0 { 3 } else { 0 }, "{name}: {}", run.stderr);
    }
    let run = prkit(args!["reheader", "--la-url", URL, "-n", field("sessiondata.m3u8")]);
    assert_eq!(run.status, 3, "{}", run.text());
}

/// An MPD with an object and something beside it.
fn with_url(beside: &str) -> String {
    let pro = STANDARD.encode(object());
    format!(
        "<MPD xmlns:mspr='urn:microsoft:playready' xmlns:d='https://dashif.org/CPS'><Period><AdaptationSet>\
         <ContentProtection schemeIdUri='urn:uuid:9a04f079-9840-4286-ab92-e65be0885f95'>{beside}<mspr:pro>{pro}</mspr:pro>\
         </ContentProtection></AdaptationSet></Period></MPD>"
    )
}

fn old_url() -> String {
    urls(&sample("objects/small.pro")).remove(0)
}

#[test]
fn an_object_written_as_numbers_is_changed_in_any_json_and_else_named_and_left() {
    let folder = tempfile::tempdir().unwrap();
    let numbers: Vec<u8> = object();
    let members: serde_json::Map<String, Value> =
        numbers.iter().enumerate().map(|(i, byte)| (i.to_string(), json!(byte))).collect();
    let mut in_order: Vec<_> = members.iter().collect();
    in_order.sort_by_key(|(name, _)| name.parse::<usize>().unwrap());
    let members =
        in_order.iter().map(|(name, byte)| format!("\"{name}\": {byte}")).collect::<Vec<_>>().join(", ");
    for (text, is_read) in [
        (json!({ "drm": { "pro": { "type": "Buffer", "data": numbers } } }).to_string(), true),
        (json!([{ "pro": numbers }, { "pro": numbers }]).to_string(), true),
        (format!("{numbers:?}\n"), true),
        (format!("{{{members}}}"), true),
        (format!("{{\"pro\": {{{members}}}}}"), true),
        (format!("<MPD><Period><x y='pro'>{numbers:?}</x></Period></MPD>"), false),
    ] {
        let path = written(&folder, "answer.txt", &text);
        let run = prkit(args!["reheader", "--json", "--la-url", URL, "-i", &path]);
        let left = run.one()["left"].as_array().unwrap().len();
        let after = fs::read_to_string(&path).unwrap();
        if is_read {
            assert_eq!((run.status, left), (0, 0), "{}", run.stderr);
            assert_eq!(urls(&path), vec![URL; text.matches("pro").count().max(1)]);
            let digits =
                |text: &str| text.replace(|c: char| c.is_ascii_digit(), "").replace(['"', ':', ',', ' '], "");
            assert_eq!(digits(&after), digits(&text), "what is around the numbers stays");
        } else {
            assert_eq!((run.status, left), (3, text.matches("pro").count()), "{}", run.text());
            assert_eq!(after, text);
        }
    }
}

#[test]
fn the_license_url_beside_an_object_moves_with_that_of_the_header() {
    let old = old_url();
    for element in [
        "<d:Laurl>{}</d:Laurl>",
        "<d:laurl>{}</d:laurl>",
        "<ms:laurl licenseUrl='{}'/>",
        "<ck:Laurl Lic_type='EME-1.0'>{}</ck:Laurl>",
        "<mspr:LA_URL>{}</mspr:LA_URL>",
    ] {
        let text = with_url(&element.replace("{}", &old));
        let (status, new, said) = edited(&["reheader", "--la-url", URL], &text);
        assert_eq!(status, 0, "{element}: {said}");
        assert!(new.contains(&element.replace("{}", URL)), "{element}: {new}");
        assert!(said.contains("1 license URL"), "{said}");
        let replace = format!("--la-url-replace={old}=https://x.example/");
        let (status, new, said) = edited(&["reheader", &replace], &text);
        assert_eq!(status, 0, "{element}: {said}");
        assert!(new.contains(&element.replace("{}", "https://x.example/")), "{element}: {new}");
    }
}

#[test]
fn another_license_url_beside_an_object_is_left_and_an_error_of_check() {
    let text = with_url("<d:Laurl>https://other.example/?a=1&amp;b=2</d:Laurl>");
    let (status, new, said) = edited(&["reheader", "--la-url", URL], &text);
    assert_eq!(status, 3, "{said}");
    assert!(
        new.contains("https://other.example/?a=1&amp;b=2") && said.contains("https://other.example/?a=1&b=2"),
        "{said}"
    );
    assert!(said.contains("Shaka Player"), "{said}");
    // Where OLD fits, it moves, and keeps the rest.
    let (status, new, said) =
        edited(&["reheader", "--la-url-replace=https://other.example/=https://n.example/x/"], &text);
    assert_eq!(status, 0, "{said}");
    assert!(new.contains("https://n.example/x/?a=1&amp;b=2"), "{new}");
    let folder = tempfile::tempdir().unwrap();
    let (status, rules) = checked(&[&written(&folder, "a.mpd", text)]);
    assert_eq!((status, rules), (1, vec!["CHK-18".to_owned()]));
    // What is asked of other fields is none of its business.
    let (status, ..) =
        edited(&["reheader", "--lui-url", URL], &with_url("<d:Laurl>https://other.example/</d:Laurl>"));
    assert_eq!(status, 0);
}

#[test]
fn descriptors_of_one_system_under_one_key_that_differ_are_an_error() {
    assert_eq!(checked(&[&field("same-key-other-object.mpd")]), (1, vec!["CHK-20".to_owned()]));
    assert_eq!(checked(&[&field("mpd-conflict-only-drm-descriptors.mpd")]), (1, vec!["CHK-03".to_owned()]));
    assert_eq!(checked(&[&field("hls-CENC-cbc.m3u8")]).1, ["CHK-06"]);
}

const KID: &str = "6e0b7c51-2d3f-4a18-8c9b-a1b2c3d4e5f6";

/// The text of a descriptor of PlayReady, made for one key with this license URL.
fn descriptor(of: &str, url: &str, beside: &str) -> String {
    let made = prkit(args!["new", "--kid", KID, "--header-version=4.0", "--la-url", url, "--base64"]);
    let pro = made.text().trim();
    format!(
        "<ContentProtection {of} schemeIdUri='urn:uuid:9a04f079-9840-4286-ab92-e65be0885f95'>{beside}\
         <mspr:pro>{pro}</mspr:pro></ContentProtection>"
    )
}

/// An MPD with sets, each with its descriptors.
fn mpd(shelf: &str, sets: &[&str]) -> String {
    let mp4 = format!(
        "<ContentProtection schemeIdUri='urn:mpeg:dash:mp4protection:2011' value='cenc' cenc:default_KID='{KID}'/>"
    );
    let sets: Vec<String> = sets
        .iter()
        .map(|set| format!("<AdaptationSet>{mp4}{set}<Representation id='v'/></AdaptationSet>"))
        .collect();
    format!(
        "<MPD xmlns:mspr='urn:microsoft:playready' xmlns:cenc='urn:mpeg:cenc:2013' xmlns:d='https://dashif.org/CPS'>{shelf}\
         <Period>{}</Period></MPD>",
        sets.concat()
    )
}

#[test]
fn descriptors_of_one_key_are_compared_by_what_they_contain_and_what_they_refer_to() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = ("https://a.example/", "https://b.example/");
    let laurl = |url: &str| format!("<d:Laurl>{url}</d:Laurl>");
    let refers = "<ContentProtection ref='p' schemeIdUri='urn:uuid:9a04f079-9840-4286-ab92-e65be0885f95'/>";
    let one = descriptor("", a, "");
    let other = descriptor("", b, "");
    let shelf = descriptor("refId='p'", a, "");
    let is_different = |text: String| {
        let (_, rules) = checked(&[&written(&folder, "a.mpd", text)]);
        rules.contains(&"CHK-20".to_owned())
    };
    assert!(is_different(mpd("", &[&one, &other])));
    assert!(!is_different(mpd("", &[&one, &one])));
    // By reference, on either side.
    assert!(is_different(mpd(&shelf, &[refers, &other])));
    assert!(is_different(mpd(&shelf, &[&other, refers])));
    assert!(!is_different(mpd(&shelf, &[refers, &one])));
    assert!(!is_different(mpd(&shelf, &[refers, refers])));
    // The license URL beside the object is a part of the descriptor.
    let (with_a, with_b) = (descriptor("", a, &laurl(a)), descriptor("", a, &laurl(b)));
    assert!(is_different(mpd("", &[&with_a, &with_b])));
    assert!(is_different(mpd("", &[&with_a, &one])));
    assert!(!is_different(mpd("", &[&with_a, &with_a])));
    assert!(is_different(mpd(&descriptor("refId='p'", a, &laurl(b)), &[refers, &with_a])));
    // One without an object leaves that to the media.
    let empty = "<ContentProtection schemeIdUri='urn:uuid:9a04f079-9840-4286-ab92-e65be0885f95'/>";
    assert!(!is_different(mpd("", &[&one, empty])));
    // A box and an object in another form are the same.
    let pro = one.split("<mspr:pro>").nth(1).unwrap().split('<').next().unwrap();
    let boxed = prkit_with(args!["extract", "--as", "pssh", "-"], pro.as_bytes());
    let as_box = one.replace(
        &format!("<mspr:pro>{pro}</mspr:pro>"),
        &format!("<cenc:pssh>{}</cenc:pssh>", boxed.text().trim()),
    );
    assert!(!is_different(mpd("", &[&one, &as_box])));
}

#[test]
fn two_systems_of_one_key_in_a_cpix_document_are_compared() {
    let folder = tempfile::tempdir().unwrap();
    let boxed = |url: &str| {
        let made = prkit(args!["new", "--kid", KID, "--header-version=4.0", "--la-url", url, "--as", "pssh"]);
        assert_eq!(made.status, 0, "{}", made.stderr);
        let path = folder.path().join("box");
        let run = prkit(args![
            "new",
            "--kid",
            KID,
            "--header-version=4.0",
            "--la-url",
            url,
            "--as",
            "pssh",
            "-o",
            &path,
            "--overwrite"
        ]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        let bytes = fs::read(path).unwrap();
        if bytes.get(4..8) == Some(b"pssh") {
            STANDARD.encode(bytes)
        } else {
            String::from_utf8(bytes).unwrap()
        }
    };
    let system = |kid: &str, url: &str| {
        format!(
            "<DRMSystem kid='{kid}' systemId='9a04f079-9840-4286-ab92-e65be0885f95'><PSSH>{}</PSSH></DRMSystem>",
            boxed(url).trim()
        )
    };
    let cpix = |systems: &[String]| {
        format!(
            "<CPIX xmlns='urn:dashif:org:cpix'><DRMSystemList>{}</DRMSystemList></CPIX>",
            systems.concat()
        )
    };
    let (a, b) = ("https://a.example/", "https://b.example/");
    for (systems, expected) in [
        (vec![system(KID, a), system(KID, b)], true),
        (vec![system(KID, a), system(KID, a)], false),
        (vec![system(KID, a)], false),
    ] {
        let (_, rules) = checked(&[&written(&folder, "a.xml", cpix(&systems))]);
        assert_eq!(rules.contains(&"CHK-20".to_owned()), expected, "{rules:?}");
    }
}

#[test]
fn boxes_of_other_systems_in_a_descriptor_stay_when_one_is_removed() {
    let playready = fs::read(sample("objects/small.pssh")).unwrap();
    let mut widevine = 52_u32.to_be_bytes().to_vec();
    widevine.extend(b"pssh\0\0\0\0");
    widevine.extend([
        0xed, 0xef, 0x8b, 0xa9, 0x79, 0xd6, 0x4a, 0xce, 0xa3, 0xc8, 0x27, 0xdc, 0xd5, 0x1d, 0x21, 0xed,
    ]);
    widevine.extend(20_u32.to_be_bytes());
    widevine.extend([7; 20]);
    let one = STANDARD.encode(&playready);
    let other = STANDARD.encode(&widevine);
    let both = STANDARD.encode([playready, widevine].concat());
    let beside = "<ContentProtection schemeIdUri='urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed'/>";
    let in_mpd = |inside: &str| {
        format!(
            "<MPD xmlns:cenc='urn:mpeg:cenc:2013'><Period><AdaptationSet><ContentProtection \
             schemeIdUri='urn:uuid:9a04f079-9840-4286-ab92-e65be0885f95'>{inside}</ContentProtection>{beside}</AdaptationSet></Period></MPD>"
        )
    };
    let in_cpix = |inside: &str| {
        format!(
            "<CPIX xmlns='urn:dashif:org:cpix'><DRMSystemList><DRMSystem kid='{KID}' systemId='9a04f079-9840-4286-ab92-e65be0885f95'>\
             {inside}<Laurl>https://a.example/</Laurl></DRMSystem><DRMSystem kid='{KID}' systemId='edef8ba9-79d6-4ace-a3c8-27dcd51d21ed'/></DRMSystemList></CPIX>"
        )
    };
    for text in [in_mpd(&format!("<cenc:pssh>{both}</cenc:pssh>")), in_cpix(&format!("<PSSH>{both}</PSSH>"))]
    {
        let (status, new, said) = edited(&["remove"], &text);
        assert_eq!((status, new), (0, text.replace(&both, &other)), "{said}");
        let (status, new, said) = edited(&["remove", "--system=widevine"], &text);
        assert_eq!((status, new), (0, text.replace(&both, &one)), "{said}");
        // Everything that is asked for goes as a whole.
        let (status, new, said) = edited(&["remove", "--system=all", "--force=last-system"], &text);
        assert!(status == 0 && !new.contains("9a04f079") && !new.contains("Laurl"), "{status} {new} {said}");
    }
    // In a text of its own it cannot go without leaving an element that is empty.
    let text = in_mpd(&format!("<cenc:pssh>{one}</cenc:pssh><cenc:pssh>{other}</cenc:pssh>"));
    let (status, new, said) = edited(&["remove"], &text);
    assert!(status == 3 && said.contains("other DRM systems"), "{status} {said}");
    assert!(new.is_empty() || new == text, "{new}");
}

#[test]
fn a_wrong_file_for_an_option_is_refused_and_named() {
    let plain = field("plain.mp4");
    let folder = tempfile::tempdir().unwrap();
    let foo = written(&folder, "foo.xml", "<foo/>");
    let cut = written(&folder, "cut.xml", "<WRMHEADER version='4.0.0.0'><DATA>");
    let store = {
        let mut bytes = vec![];
        bytes.extend(18_u32.to_le_bytes());
        bytes.extend(1_u16.to_le_bytes());
        bytes.extend(3_u16.to_le_bytes());
        bytes.extend(8_u16.to_le_bytes());
        bytes.extend([0; 8]);
        written(&folder, "store.pro", bytes)
    };
    let at = |path: &Path| format!("@{}", path.display());
    for (option, path, said) in [
        ("--header", field("error-page-s3.xml"), "the root element is Error, not WRMHEADER"),
        ("--header", field("default-namespace.mpd"), "the root element is MPD, not WRMHEADER"),
        ("--header", sample("messages/request.xml"), "a SOAP message"),
        ("--header", foo.clone(), "the root element is foo"),
        ("--header", cut, "a tag of the header has no partner"),
        ("--header", sample("bad/text.txt"), "not recognised"),
        ("--pro", field("error-page-s3.xml"), "the error message of a storage service"),
        ("--pro", foo, "XML with the root element foo"),
        ("--pro", store.clone(), "no header record"),
        ("--pro", field("gzip.mpd"), "gzip"),
        ("--pro", sample("field/utf8-header.xml"), "--header takes it"),
    ] {
        for command in ["reheader", "inject"] {
            let run = prkit(args![command, "-n", option, at(&path), &plain]);
            assert_eq!(run.status, 2, "{command} {option} {}: {}", path.display(), run.stderr);
            assert!(run.stderr.contains(said), "{option} {}: {}", path.display(), run.stderr);
        }
    }
    let run = prkit(args!["reheader", "-n", "--custom-attributes", at(&field("error-page-s3.xml")), &plain]);
    assert_eq!(run.status, 2, "{}", run.stderr);
    // By force an object without a header is one.
    assert_ne!(prkit(args!["reheader", "-n", "--force", "--pro", at(&store), &plain]).status, 2);
}

#[test]
fn an_option_takes_every_form_that_an_input_has() {
    let folder = tempfile::tempdir().unwrap();
    let (pro, pssh) = (object(), fs::read(sample("objects/small.pssh")).unwrap());
    let hex: String = pssh.iter().map(|byte| format!("{byte:02x}")).collect();
    let header = prkit(args!["extract", "--what", "header", sample("objects/small.pro")]).stdout;
    let forms = [
        written(&folder, "a.pro", &pro),
        written(&folder, "a.b64", STANDARD.encode(&pro)),
        written(&folder, "a.pssh", &pssh),
        written(&folder, "a.hex", hex),
        written(&folder, "a.mpd", with_url("")),
    ];
    let plain = field("plain.mp4");
    let result = |option: &str, path: &Path| {
        let run =
            prkit(args!["reheader", "--force", "-o", "-", option, format!("@{}", path.display()), &plain]);
        assert_eq!(run.status, 0, "{option} {}: {}", path.display(), run.stderr);
        run.stdout
    };
    let expected = result("--pro", &forms[0]);
    for path in &forms {
        assert_eq!(result("--pro", path), expected, "{}", path.display());
    }
    let xml = written(&folder, "a.xml", header);
    let expected = result("--header", &xml);
    for path in forms.iter().filter(|path| path.extension().unwrap() != "mpd") {
        assert_eq!(result("--header", path), expected, "{}", path.display());
    }
}

#[test]
fn what_people_paste_is_read_as_data_and_as_a_file() {
    let pro = object();
    let utf16: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain(STANDARD.encode(&pro).encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let list = |one: &dyn Fn(&u8) -> String| pro.iter().map(one).collect::<Vec<_>>().join(", ");
    let folder = tempfile::tempdir().unwrap();
    let hex: String = pro.iter().map(|byte| format!("{byte:02X}")).collect();
    let header =
        prkit(args!["extract", "--what", "header", sample("objects/small.pro")]).text().trim().to_owned();
    let texts = [
        format!("\"{}\"", STANDARD.encode(&pro)),
        format!("\"pssh\": \"{}\",", STANDARD.encode(&pro)),
        format!("PlayReady object: {}", STANDARD.encode(&pro)),
        format!("PlayReady object: {hex}"),
        STANDARD.encode(&pro).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D"),
        format!("[{}]", list(&u8::to_string)),
        format!("byte[] pro = {{{}}};", list(&|byte| byte.cast_signed().to_string())),
        format!("b'{}'", pro.iter().map(|byte| format!("\\x{byte:02x}")).collect::<String>()),
        format!(
            "static const char pro[] = \"{}\";",
            pro.iter().map(|byte| format!("\\{byte:03o}")).collect::<String>()
        ),
        format!("PSSH Box v0\n  System ID: PlayReady\n  Record XML:\n    {header}\n"),
    ];
    for (i, text) in texts.iter().enumerate() {
        let path = written(&folder, &format!("{i}.txt"), text);
        for run in [prkit(args!["show", "--json", "--data", text]), prkit(args!["show", "--json", &path])] {
            assert_eq!(run.status, 0, "{text}: {}", run.stderr);
            assert_eq!(run.one()["pssh"][0]["pro"]["header"]["version"], "4.3.0.0", "{text}");
        }
        let run = prkit(args!["reheader", "--la-url", URL, "-i", &path]);
        assert_eq!((run.status, urls(&path)), (0, vec![URL.to_owned()]), "{text}: {}", run.stderr);
    }
    let path = written(&folder, "utf16.txt", utf16);
    assert_eq!(prkit(args!["reheader", "--la-url", URL, "-i", &path]).status, 0);
    assert_eq!(urls(&path), [URL]);
    assert!(fs::read(&path).unwrap().starts_with(&[0xFF, 0xFE]));
    for name in [
        "paste-hexdump.txt",
        "paste-json.txt",
        "paste-percent.txt",
        "paste-quoted.txt",
        "paste-xxd.txt",
        "nginx-vod.json",
        "powershell-utf16.txt",
    ] {
        assert_eq!(urls(&field(name))[0], "https://old.example.test/rm.asmx", "{name}");
        if name.starts_with("paste") {
            let run = prkit(args!["show", "--data", fs::read_to_string(field(name)).unwrap()]);
            assert_eq!(run.status, 0, "{name}: {}", run.stderr);
        }
    }
}

#[test]
fn what_is_not_recognised_is_named_by_what_it_looks_like() {
    let folder = tempfile::tempdir().unwrap();
    for (bytes, said) in [
        (&b"<!DOCTYPE html><html></html>"[..], "an HTML page"),
        (&[0; 100], "100 zero bytes"),
        (b"AAEC", "base64 of 3 bytes"),
        (b"PK\x03\x04abc", "a ZIP archive"),
    ] {
        let run = prkit(args!["show", written(&folder, "x", bytes)]);
        assert_eq!(run.status, 3);
        assert!(run.stderr.contains(said), "{}", run.stderr);
    }
    let run = prkit(args!["show", field("gzip.mpd")]);
    assert!(run.status == 3 && run.stderr.contains("gzip"), "{}", run.stderr);
}

#[test]
fn a_header_in_utf_8_becomes_an_object_in_utf_16() {
    let folder = tempfile::tempdir().unwrap();
    for form in ["pro", "pssh", "mspr-pro", "ext-x-key", "cenc-pssh", "protection-header"] {
        let out = folder.path().join(form);
        let run = prkit(args!["extract", "--as", form, "-o", &out, field("utf8-header.xml")]);
        assert_eq!(run.status, 0, "{form}: {}", run.stderr);
        let shown = prkit(args!["show", "--json", &out]).one();
        assert_eq!(shown["pssh"][0]["pro"]["header"]["version"], "4.0.0.0", "{form}");
        let linted = prkit(args!["lint", "--json", &out]).one();
        let is_bad = |found: &&Value| found["level"] == "error";
        assert_eq!(
            linted["findings"].as_array().unwrap().iter().filter(is_bad).count(),
            0,
            "{form}: {linted}"
        );
    }
}

#[test]
fn a_box_is_made_for_the_system_that_the_data_is_of() {
    let path = field("mpd-widevine-data-without-box.mpd");
    let run = prkit(args!["extract", "--system", "widevine", "--what", "box", "--hex", path]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.text().contains("edef8ba979d64acea3c827dcd51d21ed"), "{}", run.text());
}

#[test]
fn one_bad_character_of_base64_is_one_finding() {
    let text = with_url("").replacen("AAEAAQ", "A!EAAQ", 1);
    let run = prkit_with(args!["lint", "--json", "-"], text.as_bytes());
    let report = run.one();
    let rules: Vec<&str> =
        report["findings"].as_array().unwrap().iter().map(|found| found["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["MAN-07"], "{report}");
    // No player reads the object, and a run of lint fails for it.
    assert_eq!((&report["findings"][0]["level"], run.status), (&json!("error"), 1), "{report}");
}

#[test]
fn a_batch_with_stores_alone_has_nothing_to_do_in_them() {
    let run = prkit(args!["reheader", "--la-url", URL, "-n", field("store-only-segments")]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stderr.contains("1 would change, 3 without anything selected"), "{}", run.stderr);
}

#[test]
fn messages_show_the_header_and_what_a_fault_says() {
    for name in ["header-escaped.xml", "header-is-base64-box.xml"] {
        let run = prkit(args!["soap", "show", "--json", sample("messages").join(name)]);
        assert_eq!(run.one()["header"]["la_url"], "https://old.example.test/rm.asmx", "{name}");
    }
    let run = prkit(args!["soap", "show", sample("messages/fault-message.xml")]);
    assert!(run.text().contains("Quota used up for account 17"), "{}", run.text());
}

#[test]
fn files_of_the_corpus_have_nothing_hidden() {
    let Some(corpus) = crate::program::corpus() else { return };
    let run = prkit(args!["show", "--json", corpus]);
    let is_hidden = |line: &Value| {
        line["unread"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|unread| unread["why"].as_str().unwrap().contains("no player"))
    };
    let found: Vec<String> =
        run.json().iter().filter(|line| is_hidden(line)).map(|line| line["path"].to_string()).collect();
    assert!(found.is_empty(), "{found:?} {}", root().display());
}

#[test]
fn a_license_url_whose_object_is_in_the_media_is_told_as_changed() {
    let laurl = "<dashif:Laurl xmlns:dashif='https://dashif.org/CPS'>https://old.example/rm</dashif:Laurl>";
    let asked = ["reheader", "--la-url-replace", "https://old.example=https://new.example"];
    let text = format!(
        "<MPD xmlns='urn:mpeg:dash:schema:mpd:2011'><Period><AdaptationSet><ContentProtection \
         schemeIdUri='urn:uuid:9a04f079-9840-4286-ab92-e65be0885f95'>{laurl}</ContentProtection></AdaptationSet></Period></MPD>"
    );
    let (status, new, said) = edited(&asked, &text);
    assert!(status == 0 && new.contains("https://new.example/rm"), "{status} {new} {said}");
    assert!(said.contains("changed 1 license URL"), "{said}");
}
