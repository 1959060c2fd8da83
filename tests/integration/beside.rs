//! License URLs beside objects, and schemes around them, wherever a document has these: in texts in base64, in strings.

use crate::args;
use crate::program::{prkit, prkit_with, sample};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::fs;

const NEW: &str = "https://new.example/rm.asmx?a=1&b=2";
const PLAYREADY: &str = "9a04f079-9840-4286-ab92-e65be0885f95";
const WIDEVINE: &str = "edef8ba9-79d6-4ace-a3c8-27dcd51d21ed";

fn object() -> Vec<u8> {
    fs::read(sample("objects/small.pro")).unwrap()
}

fn url_of(text: &[u8]) -> String {
    let shown = prkit_with(args!["show", "--json", "-"], text).one();
    shown["pssh"][0]["pro"]["header"]["la_url"].as_str().unwrap().to_owned()
}

fn base64(text: impl AsRef<[u8]>) -> String {
    STANDARD.encode(text)
}

/// The elements of a descriptor: the object twice, and a license URL.
fn elements(url: &str) -> String {
    let pro = base64(object());
    format!(
        "<mspr:pro xmlns:mspr=\"urn:microsoft:playready\">{pro}</mspr:pro>\
         <dashif:Laurl xmlns:dashif=\"https://dashif.org/CPS\">{url}</dashif:Laurl><mspr:pro xmlns:mspr=\"urn:microsoft:playready\">{pro}</mspr:pro>"
    )
}

fn cpix(system: &str, data: &str) -> String {
    format!(
        "<cpix:CPIX xmlns:cpix=\"urn:dashif:org:cpix\"><cpix:DRMSystemList><cpix:DRMSystem kid=\"00112233-4455-6677-8899-aabbccddeeff\" \
         systemId=\"{system}\"><cpix:ContentProtectionData>{data}</cpix:ContentProtectionData></cpix:DRMSystem></cpix:DRMSystemList></cpix:CPIX>"
    )
}

/// What an edit makes of a text, its status and its report.
fn reheader(text: &str) -> (i32, String, String) {
    let run = prkit_with(args!["reheader", "--la-url", NEW, "-o", "-", "-"], text.as_bytes());
    (run.status, run.text().to_owned(), run.stderr)
}

/// Every text in the content of `ContentProtectionData`.
fn data_of(text: &str) -> String {
    let data = text.split_once("ContentProtectionData>").unwrap().1.split_once('<').unwrap().0;
    String::from_utf8(STANDARD.decode(data).unwrap()).unwrap()
}

#[test]
fn a_license_url_in_the_base64_of_a_cpix_document_moves_with_that_of_the_header() {
    let old = url_of(&object());
    let escaped = NEW.replace('&', "&amp;");
    let whole = format!(
        "<ContentProtection schemeIdUri=\"urn:uuid:{PLAYREADY}\">{}</ContentProtection>",
        elements(&old)
    );
    for data in [elements(&old), whole] {
        let text = cpix(PLAYREADY, &base64(&data));
        let (status, new, said) = reheader(&text);
        assert_eq!(status, 0, "{said}");
        assert!(said.contains("1 license URL"), "{said}");
        let inside = data_of(&new);
        assert!(inside.contains(&format!("\">{escaped}</dashif:Laurl>")), "{inside}");
        assert_eq!(inside.matches("Laurl").count(), data.matches("Laurl").count());
        let shown = prkit_with(args!["show", "--json", "-"], new.as_bytes()).one();
        let urls: Vec<_> =
            shown["pssh"].as_array().unwrap().iter().map(|found| &found["pro"]["header"]["la_url"]).collect();
        assert_eq!(urls, [NEW, NEW]);
        assert_eq!(shown["descriptors"][0]["license_urls"]["dashif:Laurl"], NEW);
        assert_eq!(reheader(&new).1, new, "the same again is nothing to do");
        // Two texts of base64 in each other.
        let twice = cpix(PLAYREADY, &base64(format!("<x><PSSH>{}</PSSH></x>", base64(&data))));
        let (status, new, said) = reheader(&twice);
        assert_eq!(status, 0, "{said}");
        let inner = data_of(&new);
        let inner = inner.split_once("<PSSH>").unwrap().1.split_once('<').unwrap().0.to_owned();
        assert_eq!(String::from_utf8(STANDARD.decode(inner).unwrap()).unwrap(), inside);
    }
}

#[test]
fn another_license_url_in_there_is_left_and_that_of_another_system_is_none_of_it() {
    let text = cpix(PLAYREADY, &base64(elements("https://other.example/")));
    let (status, new, said) = reheader(&text);
    assert_eq!(status, 3, "{said}");
    assert!(
        data_of(&new).contains(">https://other.example/<") && said.contains("https://other.example/"),
        "{said}"
    );
    let widevine =
        base64("<dashif:Laurl xmlns:dashif=\"https://dashif.org/CPS\">https://other.example/</dashif:Laurl>");
    let both = cpix(PLAYREADY, &base64(elements(&url_of(&object())))).replace(
        "</cpix:DRMSystemList>",
        &format!(
            "<cpix:DRMSystem systemId=\"{WIDEVINE}\"><cpix:ContentProtectionData>{widevine}</cpix:ContentProtectionData></cpix:DRMSystem></cpix:DRMSystemList>"
        ),
    );
    let (status, new, said) = reheader(&both);
    assert_eq!(status, 0, "{said}");
    assert!(new.contains(&widevine));
}

#[test]
fn a_license_url_in_a_piece_of_a_document_or_in_a_string_moves_too() {
    let old = url_of(&object());
    let piece = elements(&old);
    let (status, new, said) = reheader(&piece);
    assert_eq!(status, 0, "{said}");
    assert!(new.contains(&format!("\">{}<", NEW.replace('&', "&amp;"))), "{new}");
    let descriptor =
        format!("<ContentProtection schemeIdUri=\"urn:uuid:{PLAYREADY}\">{piece}</ContentProtection>");
    let answer = json!({ "drm": [{ "mpd": descriptor }] }).to_string();
    let (status, new, said) = reheader(&answer);
    assert_eq!(status, 0, "{said}");
    let new: Value = serde_json::from_str(&new).unwrap();
    let new = new["drm"][0]["mpd"].as_str().unwrap();
    assert!(new.contains(&format!("\">{}</dashif:Laurl>", NEW.replace('&', "&amp;"))), "{new}");
    assert!(!new.contains(&old), "{new}");
}

#[test]
fn the_license_url_of_a_key_service_moves_where_it_is_that_of_the_header() {
    let (old, pro) = (url_of(&object()), base64(object()));
    for name in ["licenseUrl", "la_url", "LA-URL", "license_server_url"] {
        let answer = json!({ "widevine": { name: "https://wv.example/" }, "playready": { "pro": pro, name: old, "x": old } });
        let text = answer.to_string().replace("https://", "https:\\/\\/");
        let (status, new, said) = reheader(&text);
        assert_eq!(status, 0, "{said}");
        let new: Value = serde_json::from_str(&new).unwrap();
        assert_eq!(new["playready"][name], NEW, "{said}");
        assert_eq!(
            (&new["widevine"], &new["playready"]["x"]),
            (&answer["widevine"], &answer["playready"]["x"])
        );
    }
}

fn findings(command: &str, text: &str) -> Vec<(String, String, String)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mpd");
    fs::write(&path, text).unwrap();
    let run = prkit(args![command, "--json", &path]);
    let mut all = Vec::new();
    for line in run.json() {
        for found in line["findings"].as_array().into_iter().flatten() {
            let place = found["where"].as_str().or(found["places"][0]["where"].as_str()).unwrap_or_default();
            let said = |key: &str| found[key].as_str().unwrap().to_owned();
            all.push((said("rule"), format!("{} {}", said("level"), said("message")), place.to_owned()));
        }
    }
    all
}

#[test]
fn an_object_under_the_scheme_of_another_system_is_an_error_everywhere() {
    let pro = format!("<mspr:pro xmlns:mspr=\"urn:microsoft:playready\">{}</mspr:pro>", base64(object()));
    let mpd = |scheme: &str| {
        format!(
            "<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\"><Period><AdaptationSet><ContentProtection{scheme}>{pro}</ContentProtection>\
             <Representation/></AdaptationSet></Period></MPD>"
        )
    };
    let typo = PLAYREADY.replace("9a04", "9b04");
    for (scheme, says) in [
        (format!(" schemeIdUri=\"urn:uuid:{WIDEVINE}\""), "widevine's"),
        (format!(" schemeIdUri=\"urn:uuid:{typo}\""), "one digit is not that of PlayReady's"),
        (" schemeIdUri=\"urn:mpeg:dash:mp4protection:2011\" value=\"cenc\"".to_owned(), "mp4protection"),
        (String::new(), "has no schemeIdUri"),
        (" schemeIdUri=\"com.microsoft.playready\"".to_owned(), "com.microsoft.playready"),
    ] {
        let text = mpd(&scheme);
        let path = "/MPD/Period[0]/AdaptationSet[0]/ContentProtection[0]/mspr:pro";
        for (command, rule) in [("lint", "BOX-10"), ("show", "BOX-10"), ("check", "CHK-15")] {
            let found = findings(command, &text);
            let one = found.iter().find(|(id, said, place)| {
                id == rule
                    && said.contains("the descriptor around it")
                    && said.contains(says)
                    && place == path
            });
            assert!(one.is_some(), "{command} {scheme}: {found:?}");
            if command != "show" {
                assert!(one.unwrap().1.starts_with("error"), "{found:?}");
            }
        }
    }
    for right in [
        format!(" schemeIdUri=\"urn:uuid:{PLAYREADY}\""),
        format!(" schemeIdUri=\"URN:UUID:{}\"", PLAYREADY.to_uppercase()),
    ] {
        assert!(findings("lint", &mpd(&right)).iter().all(|(rule, ..)| rule != "BOX-10"), "{right}");
    }
    // The same in CPIX: elements, an object, and a descriptor of its own around it.
    let own = format!("<ContentProtection schemeIdUri=\"urn:uuid:{PLAYREADY}\">{pro}</ContentProtection>");
    for data in [pro.clone().into_bytes(), object(), own.into_bytes()] {
        let found = findings("lint", &cpix(WIDEVINE, &base64(&data)));
        assert!(
            found.iter().any(|(rule, said, _)| rule == "BOX-10" && said.contains("widevine's")),
            "{found:?}"
        );
        let found = findings("lint", &cpix(PLAYREADY, &base64(&data)));
        assert!(found.iter().all(|(rule, ..)| rule != "BOX-10"), "{found:?}");
    }
    // Elements without a descriptor say nothing that could be wrong.
    assert!(findings("lint", &pro).iter().all(|(rule, ..)| rule != "BOX-10"));
}

#[test]
fn findings_have_the_path_of_what_they_are_about() {
    let pro = base64(object());
    let set = |inside: &str| format!("<MPD><Period><AdaptationSet{inside}</AdaptationSet></Period></MPD>");
    let at = "/MPD/Period[0]/AdaptationSet[0]";
    let cases = [
        (set(&format!("><Event>{pro}</Event>")), "MAN-14", format!("{at}/Event")),
        (set(&format!(" x='{pro}'>")), "MAN-14", at.to_owned()),
        (set(&format!("><!-- {pro} -->")), "MAN-14", at.to_owned()),
        (
            set("><ContentProtection schemeIdUri='urn:uuid:x'/>"),
            "MAN-09",
            format!("{at}/ContentProtection[0]"),
        ),
        (
            set("><ContentProtection schemeIdUri='urn:a' ref='b'/>"),
            "MAN-15",
            format!("{at}/ContentProtection[0]"),
        ),
        (set(" initializationSetRef='7'>"), "MAN-15", at.to_owned()),
        (
            format!("#EXTM3U\n#EXT-X-VENDOR:a\n#EXT-X-VENDOR:{pro}\n1.m4s\n"),
            "MAN-14",
            "/EXT-X-VENDOR[1]".to_owned(),
        ),
        (format!("#EXTM3U\n# {pro}\n1.m4s\n"), "MAN-14", "/".to_owned()),
    ];
    for (text, rule, path) in cases {
        let found = findings("lint", &text);
        assert!(found.iter().any(|(id, _, place)| id == rule && *place == path), "{text}: {found:?}");
        if rule != "MAN-15" {
            let found = findings("check", &text);
            assert!(found.iter().any(|(id, _, place)| id == "CHK-14" && *place == path), "{text}: {found:?}");
        }
    }
    let shown =
        prkit_with(args!["show", "--json", "-"], format!("<a><b><x>{pro}</x></b></a>").as_bytes()).one();
    assert_eq!(shown["pssh"][0]["box"], "/a/b/x");
}

#[test]
fn key_ids_of_a_representation_and_of_its_set_are_compared() {
    let (one, other) = ("00112233-4455-6677-8899-aabbccddeeff", "10112233-4455-6677-8899-aabbccddeeff");
    let descriptor = |kid: &str| {
        format!(
            "<ContentProtection schemeIdUri='urn:mpeg:dash:mp4protection:2011' value='cenc' cenc:default_KID='{kid}'/>"
        )
    };
    let mpd = |set: &str, below: &str| {
        format!(
            "<MPD xmlns='urn:mpeg:dash:schema:mpd:2011' xmlns:cenc='urn:mpeg:cenc:2013'><Period><AdaptationSet>{}\
             <Representation id='1'>{}</Representation><Representation id='2'/></AdaptationSet></Period></MPD>",
            descriptor(set),
            descriptor(below)
        )
    };
    let is_found = |text: &str| {
        findings("check", text).iter().any(|(rule, said, _)| rule == "CHK-03" && said.starts_with("warning"))
    };
    assert!(is_found(&mpd(one, other)) && !is_found(&mpd(one, one)));
}

#[test]
fn a_set_that_refers_to_no_initialization_set_is_an_error_and_left() {
    let mpd = |id: &str| {
        format!(
            "<MPD><InitializationSet id='1'><ContentProtection schemeIdUri='urn:uuid:{PLAYREADY}'/></InitializationSet>\
             <Period><AdaptationSet initializationSetRef='{id}'><ContentProtection schemeIdUri='urn:uuid:{PLAYREADY}'>\
             <mspr:pro xmlns:mspr='urn:microsoft:playready'>{}</mspr:pro></ContentProtection><Representation/></AdaptationSet></Period></MPD>",
            base64(object())
        )
    };
    for (id, is_there) in [("1", true), ("2", false), ("1 2", false)] {
        let text = mpd(id);
        let found = findings("check", &text);
        let is_found = found.iter().any(|(rule, said, _)| rule == "CHK-19" && said.starts_with("error"));
        assert_eq!(is_found, !is_there, "{id}: {found:?}");
        let (status, new, said) = reheader(&text);
        assert_eq!(status, if is_there { 0 } else { 3 }, "{id}: {said}");
        assert_eq!(said.contains("no InitializationSet of that id"), !is_there, "{said}");
        assert!(url_of(new.as_bytes()) == NEW, "the object is changed all the same");
    }
}
