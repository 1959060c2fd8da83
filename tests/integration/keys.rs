//! Key services, playlists, and players: inputs rebuilt from public reports (`samples/keys`), and their neighbours.

use crate::args;
use crate::program::{Run, prkit, sample};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::path::PathBuf;

const URL: &str = "https://new.example/rm";
const KID: &str = "00112233-4455-6677-8899-aabbccddeeff";
const OTHER: &str = "10112233-4455-6677-8899-aabbccddeeff";

fn at(name: &str) -> PathBuf {
    sample(&format!("keys/{name}"))
}

/// All that was printed.
fn said(run: &Run) -> String {
    format!("{}{}", run.text(), run.stderr)
}

fn run(command: &[&str], name: &str) -> Run {
    let mut all: Vec<std::ffi::OsString> = command.iter().map(std::ffi::OsString::from).collect();
    all.push(at(name).into());
    prkit(all)
}

/// Runs a command over a sample: the status, and what the output has to contain.
fn holds(command: &[&str], name: &str, status: i32, parts: &[&str]) {
    let run = run(command, name);
    let text = said(&run);
    assert_eq!(run.status, status, "{command:?} {name}: {text}");
    for part in parts {
        assert!(text.contains(part), "{command:?} {name}: {part:?} is not in {text}");
    }
}

/// The same over a text.
fn of_text(command: &[&str], file: &str, text: &str, status: i32, parts: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(file);
    std::fs::write(&path, text).unwrap();
    let mut all: Vec<std::ffi::OsString> = command.iter().map(std::ffi::OsString::from).collect();
    all.push(path.clone().into());
    let run = prkit(all);
    let printed = said(&run);
    assert_eq!(run.status, status, "{command:?} {text}: {printed}");
    for part in parts {
        assert!(printed.contains(part), "{command:?}: {part:?} is not in {printed}");
    }
    std::fs::read_to_string(path).unwrap()
}

/// A PlayReady Object for a key, in base64.
fn object(kid: &str) -> String {
    let run = prkit(["new", "--kid", kid, "--la-url", "https://old.example/rm", "--base64"]);
    run.text().trim().to_owned()
}

fn boxed(kid: &str) -> String {
    let run = prkit(["new", "--kid", kid, "--la-url", "https://old.example/rm", "--as", "pssh", "--base64"]);
    run.text().trim().to_owned()
}

const REHEADER: [&str; 4] = ["reheader", "--la-url", URL, "-n"];

#[test]
fn every_form_that_a_key_service_gives_an_object_is_changed() {
    for (name, count) in [
        ("speke-v1.xml", "2 objects"),
        ("cpix-data-is-object.xml", "3 objects"),
        ("cpix-base64-of-element.xml", "1 object"),
        ("uri_plain.xml", "2 objects"),
        ("cpd_cdata.xml", "2 objects"),
        ("usp_dsd.ism", "1 object"),
        ("doverunner.json", "2 objects"),
        ("drmtoday.json", "1 object"),
    ] {
        holds(&REHEADER, name, 0, &["would change", count]);
    }
    holds(&["lint"], "cpix-base64-of-element.xml", 0, &["MAN-10", "that of an object is due"]);
}

#[test]
fn what_a_key_service_gives_and_cannot_be_read_is_left_and_named() {
    holds(
        &REHEADER,
        "cpix-trailing-plus.xml",
        3,
        &["would change 1 object", "left", "ContentProtectionData"],
    );
    holds(&REHEADER, "cpix-no-system-id.xml", 3, &["left", "SmoothStreamingProtectionHeaderData"]);
}

#[test]
fn an_object_in_the_wrong_form_is_one_finding() {
    let run = run(&["lint", "--json"], "cpix-data-is-object.xml");
    let findings = run.one()["findings"].clone();
    let rules = findings.as_array().unwrap().iter().map(|finding| finding["rule"].as_str().unwrap());
    // The form once; and in each of the three places, that the header has no checksum.
    assert_eq!(rules.collect::<Vec<_>>(), ["MAN-10", "VER-13", "VER-13", "VER-13"], "{}", run.text());
}

#[test]
fn a_request_has_nothing_selected_and_nothing_wrong() {
    for command in [&["show"][..], &["lint"], &REHEADER] {
        holds(command, "speke-request.xml", 0, &[]);
    }
    holds(&["lint"], "speke-request.xml", 0, &["0 errors, 0 warnings, 0 notes"]);
}

#[test]
fn texts_in_escapes_and_cdata_are_spliced_where_they_are() {
    let element = format!("<pro xmlns=\"urn:microsoft:playready\">{}</pro>", object(KID));
    let system = |data: &str| {
        format!(
            "<CPIX xmlns=\"urn:dashif:org:cpix\"><DRMSystemList><DRMSystem kid=\"{KID}\" systemId=\"9a04f079-9840-4286-ab92-e65be0885f95\">\
             <ContentProtectionData>{data}</ContentProtectionData></DRMSystem></DRMSystemList></CPIX>"
        )
    };
    let escaped = element.replace('<', "&lt;").replace('>', "&gt;").replace('"', "&#34;");
    for data in [escaped, format!("<![CDATA[{element}]]>"), STANDARD.encode(&element), element.clone()] {
        let new = of_text(&["reheader", "--la-url", URL, "-i"], "a.xml", &system(&data), 0, &["1 object"]);
        let around = |text: &str| text.split("VwBSAE0A").next().unwrap().len();
        if data != STANDARD.encode(&element) {
            assert_eq!(around(&new), around(&system(&data)), "{new}");
            assert_eq!(new.matches("&#34;").count(), data.matches("&#34;").count());
        }
        of_text(&["lint"], "a.xml", &new, 0, &[]);
    }
}

#[test]
fn strings_of_json_keep_their_escapes() {
    let text = format!(
        "{{\"a\": \"\\u003cpro xmlns=\\\"urn:microsoft:playready\\\">{}<\\/pro>\", \"key\": \"AAAA\"}}",
        object(KID)
    );
    let new = of_text(&["reheader", "--la-url", URL, "-i"], "a.json", &text, 0, &["1 object"]);
    assert!(
        new.starts_with("{\"a\": \"\\u003cpro xmlns=\\\"urn:")
            && new.ends_with("<\\/pro>\", \"key\": \"AAAA\"}"),
        "{new}"
    );
    let slashed = format!("[{{\"pssh\": \"{}\"}}]", boxed(KID).replace('/', "\\/"));
    of_text(&REHEADER, "b.json", &slashed, 0, &["would change 1 object"]);
    of_text(&REHEADER, "c.json", "{\"key\": \"AAECAwQFBgcICQoLDA0ODw==\"}", 0, &["nothing is selected"]);
}

#[test]
fn keys_in_answers_are_never_shown() {
    for name in ["doverunner.json", "drmtoday.json", "usp_dsd.ism", "checksum_ok.cpix.xml"] {
        let text = said(&run(&["show"], name));
        for key in ["000102030405", "AAECAwQF", "00000000000000000000000000000000"] {
            assert!(!text.contains(key), "{name}: {text}");
        }
    }
}

#[test]
fn objects_in_envelopes_are_shown() {
    holds(
        &["soap", "show"],
        "keyos_cdata.xml",
        0,
        &["PRHeader", "cenc-pssh  582 bytes", "https://old.example.test/rm.asmx"],
    );
    let shown = run(&["soap", "show", "--json"], "soap_wrapped.xml").one();
    assert_eq!(shown["objects"].as_array().unwrap().len(), 6);
    assert!(shown["objects"].as_array().unwrap().iter().all(|object| object["system"] == "playready"));
}

#[test]
fn a_cpix_document_is_compared_with_itself() {
    for (name, status, part) in [
        ("cpix-scheme-differs.xml", 1, "CHK-06"),
        ("cpix-hls-key-id-differs.xml", 1, "CHK-01"),
        ("checksum_bad.cpix.xml", 1, "CHK-11"),
        ("checksum_ok.cpix.xml", 0, "all agree"),
        ("cpd_laurl_differs.cpix.xml", 0, "CHK-18"),
        ("cpd_mspr_kid_wrong.cpix.xml", 1, "CHK-03"),
        ("cpix-no-system-id.xml", 1, "CHK-15"),
        ("speke-v1.xml", 0, "all agree"),
    ] {
        let run = run(&["check"], name);
        let text = said(&run);
        assert!(text.contains(part), "{name}: {text}");
        // A license URL that differs is an error or a warning, by the rule.
        assert!(run.status == status || part == "CHK-18", "{name}: {text}");
    }
    let other = prkit(args!["check", "--one", at("one_a.cpix.xml"), at("one_kid.mpd")]);
    assert!(other.status == 1 && said(&other).contains("CHK-01"), "{}", said(&other));
    let same = prkit(args!["check", "--one", at("one_a.cpix.xml"), at("one_same.mpd")]);
    assert_eq!(same.status, 0, "{}", said(&same));
}

#[test]
fn variables_are_read_and_spliced_where_their_value_is() {
    for name in ["define-in-uri.m3u8", "variables-uri.m3u8", "variables-keyformat.m3u8"] {
        holds(&["show"], name, 0, &["playready", "ext-x-key at line 4"]);
        holds(&REHEADER, name, 0, &["would change 1 object"]);
    }
    holds(
        &["inject", "--if-exists", "keep", "--kid", KID, "-n"],
        "variables-keyformat.m3u8",
        0,
        &["nothing to do"],
    );
    let pro = object(KID);
    let (head, tail) = pro.split_at(40);
    let key = "#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,KEYFORMAT=\"com.microsoft.playready\",URI=\"data:text/plain;base64,";
    // One value in two lines, and one that is only a part of the text.
    let shared = format!(
        "#EXTM3U\n#EXT-X-DEFINE:NAME=\"p\",VALUE=\"{pro}\"\n{key}{{$p}}\"\n#EXTINF:2,\n1.m4s\n{key}{{$p}}\"\n#EXTINF:2,\n2.m4s\n"
    );
    let new = of_text(&["reheader", "--la-url", URL, "-i"], "a.m3u8", &shared, 0, &["2 objects"]);
    assert_eq!(new.matches("{$p}").count(), 2);
    of_text(&["lint"], "a.m3u8", &new, 0, &[]);
    let part = format!(
        "#EXTM3U\n#EXT-X-DEFINE:NAME=\"p\",VALUE=\"{head}\"\n{key}{{$p}}{tail}\"\n#EXTINF:2,\n1.m4s\n"
    );
    of_text(&["show"], "b.m3u8", &part, 0, &["https://old.example/rm"]);
}

#[test]
fn a_variable_whose_value_is_elsewhere_is_named() {
    holds(&REHEADER, "variables/d.m3u8", 3, &["left", "variable pr", "IMPORT"]);
    holds(&REHEADER, "variables/query_param.m3u8", 3, &["left", "QUERYPARAM"]);
    holds(&REHEADER, "variables/define_import.m3u8", 0, &["EXT-X-DEFINE[pr]", "would change 1 object"]);
    holds(&["check"], "variables/d.m3u8", 3, &["variable pr"]);
}

#[test]
fn lines_of_no_drm_system_hold_keys_and_are_not_looked_at() {
    let key = STANDARD.encode([7_u8; 16]);
    for line in [
        format!("METHOD=AES-128,URI=\"data:text/plain;base64,{key}\""),
        format!("METHOD=SAMPLE-AES,KEYFORMAT=\"identity\",URI=\"data:text/plain;base64,{key}\""),
        format!("METHOD=AES-256-GCM,KEYFORMAT=\"identity\",URI=\"data:;base64,{key}\""),
    ] {
        let text = format!("#EXTM3U\n#EXT-X-KEY:{line}\n#EXTINF:2,\n1.ts\n");
        of_text(&["show", "--system", "all"], "a.m3u8", &text, 0, &[]);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.m3u8");
        std::fs::write(&path, &text).unwrap();
        let shown = said(&prkit(args!["show", "--system", "all", "--json", &path]));
        assert!(!shown.contains("00000000-0000") && !shown.contains(&key), "{shown}");
        let extracted = prkit(args!["extract", "--system", "all", "--hex", &path]);
        assert!(extracted.status != 0 || extracted.text().trim().is_empty(), "{}", extracted.text());
    }
}

#[test]
fn an_object_under_another_systems_id_is_a_finding_everywhere() {
    for name in [
        "smooth-no-system-id.ismc",
        "smooth-other-system.ismc",
        "system-id-typo.pssh",
        "other-system-playready-payload.pssh",
    ] {
        holds(&["lint"], name, 1, &["BOX-10"]);
        holds(&["show"], name, 0, &["BOX-10"]);
    }
    let mpd = |scheme: &str| {
        format!(
            "<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" xmlns:cenc=\"urn:mpeg:cenc:2013\"><Period><AdaptationSet>\
             <ContentProtection schemeIdUri=\"{scheme}\"><cenc:pssh>{}</cenc:pssh></ContentProtection></AdaptationSet></Period></MPD>",
            object(KID)
        )
    };
    let widevine = "urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed";
    for scheme in
        [widevine, "urn:uuid:9a04f079-9840-4286-ab92-e65be0885f59", "urn:mpeg:dash:mp4protection:2011"]
    {
        of_text(&["lint"], "a.mpd", &mpd(scheme), 1, &["BOX-10"]);
        of_text(&["check"], "a.mpd", &mpd(scheme), 1, &["CHK-15"]);
    }
}

#[test]
fn frames_that_are_no_objects_are_named() {
    holds(
        &["show"],
        "object-framed-as-count-size.pssh",
        0,
        &["begins at byte 8", "a count and a size of four bytes each"],
    );
}

#[test]
fn uris_and_formats_of_key_lines_that_players_do_not_take_are_findings() {
    holds(&["lint"], "bare-base64-uri.m3u8", 0, &["MAN-11", "without data:", "PLY-16"]);
    holds(&["show"], "bare-base64-uri.m3u8", 0, &["playready"]);
    holds(&["lint"], "kf_rec.m3u8", 0, &["MAN-09", "com.microsoft.playready.recommendation"]);
}

#[test]
fn the_older_line_counts_like_a_key_line() {
    holds(&["check"], "prh/wrong.m3u8", 1, &["CHK-01"]);
    holds(&["check"], "prh/control_key_wrong.m3u8", 1, &["CHK-01"]);
    holds(&["check"], "prh/right.m3u8", 0, &["all agree"]);
    holds(&["check"], "prh/right_alone.m3u8", 0, &["all agree"]);
    let keep = ["inject", "--if-exists", "keep", "--kid", "6e0b7c51-2d3f-4a18-8c9b-a1b2c3d4e5f6", "-n"];
    holds(&keep, "playreadyheader.m3u8", 0, &["nothing to do"]);
    holds(&keep, "playreadyheader_nokey.m3u8", 0, &["nothing to do"]);
}

#[test]
fn key_lines_of_several_systems_name_one_key_and_one_method() {
    holds(&["check"], "wv_other_kid.m3u8", 1, &["CHK-21", "different keys"]);
    let line = |method: &str, kid: &str| {
        format!(
            "#EXT-X-KEY:METHOD={method},KEYFORMAT=\"com.microsoft.playready\",URI=\"data:text/plain;charset=UTF-16;base64,{}\"\n",
            object(kid)
        )
    };
    // Widevine's data alone names the key: version 0, field 2.
    let data = [&[0x12, 0x10][..], &hex(KID)].concat();
    let widevine = [
        &[0, 0, 0, 50, b'p', b's', b's', b'h', 0, 0, 0, 0][..],
        &hex("edef8ba979d64acea3c827dcd51d21ed"),
        &[0, 0, 0, 18],
        &data,
    ]
    .concat();
    let widevine = |method: &str| {
        let uri = STANDARD.encode(&widevine);
        format!(
            "#EXT-X-KEY:METHOD={method},KEYFORMAT=\"urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed\",URI=\"data:text/plain;base64,{uri}\"\n"
        )
    };
    let text = |lines: &str| format!("#EXTM3U\n{lines}#EXTINF:2,\nhttps://cdn.example/1.m4s\n");
    let ctr = "SAMPLE-AES-CTR";
    let same = text(&format!("{}{}", line(ctr, KID), widevine(ctr)));
    assert!(!of_check(&same).contains("CHK-21"));
    assert!(of_check(&text(&format!("{}{}", line(ctr, OTHER), widevine(ctr)))).contains("different keys"));
    assert!(
        of_check(&text(&format!("{}{}", line(ctr, KID), widevine("SAMPLE-AES"))))
            .contains("different methods")
    );
    // Two lines of one system, one for each key of the title.
    let both = text(&format!("{}{}{}", line(ctr, OTHER), line(ctr, KID), widevine(ctr)));
    assert!(!of_check(&both).contains("CHK-21"));
    // The older form beside a key line is for the same key.
    let older = |kid: &str| format!("#EXT-X-PLAYREADYHEADER:{}\n", object(kid));
    assert!(!of_check(&text(&format!("{}{}", line(ctr, KID), older(KID)))).contains("CHK-21"));
    for lines in
        [format!("{}{}", line(ctr, KID), older(OTHER)), format!("{}{}", older(KID), line(ctr, OTHER))]
    {
        let said = of_check(&text(&lines));
        assert!(said.contains("CHK-21") && said.contains("#EXT-X-PLAYREADYHEADER for the same"), "{said}");
    }
}

fn of_check(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.m3u8");
    std::fs::write(&path, text).unwrap();
    said(&prkit(args!["check", path]))
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b'-').collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

#[test]
fn descriptors_without_media_are_compared_too() {
    holds(&["check"], "preselection_pro_wrong.mpd", 1, &["CHK-01", "Preselection"]);
    holds(&["check"], "early_avail.mpd", 1, &["CHK-01", "Period[1]"]);
    let set = |kid: &str, named: &str| {
        format!(
            "<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" xmlns:cenc=\"urn:mpeg:cenc:2013\"><InitializationSet id=\"i\">\
             <ContentProtection schemeIdUri=\"urn:uuid:9a04f079-9840-4286-ab92-e65be0885f95\"><cenc:pssh>{}</cenc:pssh></ContentProtection></InitializationSet>\
             <Period><AdaptationSet initializationSetRef=\"{named}\"><ContentProtection schemeIdUri=\"urn:mpeg:dash:mp4protection:2011\" value=\"cenc\" cenc:default_KID=\"{KID}\"/>\
             <Representation id=\"1\"><BaseURL>https://cdn.example/v.mp4</BaseURL></Representation></AdaptationSet></Period></MPD>",
            boxed(kid)
        )
    };
    of_text(&["check"], "a.mpd", &set(OTHER, "i"), 1, &["CHK-01", "InitializationSet"]);
    of_text(&["check"], "a.mpd", &set(KID, "i"), 0, &["a.mpd  mpd, 2 comparisons, 0 of 1 file"]);
    of_text(&["check"], "a.mpd", &set(KID, "j"), 1, &["error    CHK-19", "names j"]);
}

#[test]
fn a_signed_document_is_edited_only_where_that_is_insisted_on() {
    holds(&REHEADER, "signed.xml", 3, &["signed", "--force=signature"]);
    holds(
        &["reheader", "--la-url", URL, "-n", "--force=signature"],
        "signed.xml",
        0,
        &["would change 1 object"],
    );
    // An edit that changes nothing breaks nothing.
    let same = ["reheader", "--la-url", "https://old.example.test/rm.asmx", "-n"];
    holds(&same, "signed.xml", 0, &["nothing to do"]);
}

#[test]
fn what_can_be_removed_is_and_the_rest_is_named() {
    holds(&["remove", "--force", "-n"], "sm_elem.xml", 0, &["taken out"]);
    holds(&["remove", "--force", "-n"], "ev_pssh.mpd", 3, &["taken out", "left", "EventStream"]);
}

#[test]
fn what_players_fail_at_is_named_with_player_and_version() {
    for (name, parts) in [
        ("a_twokids.mpd", &["PLY-07", "Shaka Player 5", "4009"][..]),
        ("b_twopssh.mpd", &["PLY-08", "Shaka Player 5"]),
        ("c_defaultns.mpd", &["PLY-09", "Shaka Player 5"]),
        ("e_smooth43.ismc", &["PLY-10", "dash.js 5", "no bytes", "RxPlayer 4", "zeros"]),
        ("h_custom_laurl.mpd", &["PLY-11", "dash.js 5"]),
        ("l_lui_only.mpd", &["PLY-12", "dash.js 5", "LUI_URL"]),
    ] {
        holds(&["lint"], &format!("players/{name}"), 0, parts);
    }
}

#[test]
fn rules_can_be_narrowed_to_one_player() {
    holds(&["lint", "--player", "dashjs"], "players/e_smooth43.ismc", 0, &["dash.js 5"]);
    let narrowed = said(&run(&["lint", "--player", "dash.js"], "players/e_smooth43.ismc"));
    assert!(!narrowed.contains("RxPlayer") && !narrowed.contains("Media3"), "{narrowed}");
    let none = said(&run(&["lint", "--player", "shaka"], "players/h_custom_laurl.mpd"));
    assert!(!none.contains("PLY-"), "{none}");
    holds(&["lint", "--player", "winamp"], "players/e_smooth43.ismc", 2, &["Shaka Player, "]);
}

#[test]
fn players_that_take_different_objects_are_named() {
    let mpd = format!(
        "<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" xmlns:cenc=\"urn:mpeg:cenc:2013\" xmlns:mspr=\"urn:microsoft:playready\"><Period><AdaptationSet>\
         <ContentProtection schemeIdUri=\"urn:uuid:9a04f079-9840-4286-ab92-e65be0885f95\"><mspr:pro>{}</mspr:pro><cenc:pssh>{}</cenc:pssh></ContentProtection>\
         </AdaptationSet></Period></MPD>",
        object(KID),
        boxed(OTHER)
    );
    of_text(&["check"], "a.mpd", &mpd, 1, &["CHK-08", "take cenc:pssh", "the license URL of mspr:pro"]);
}

#[test]
fn every_sample_of_keys_is_linted_and_shown_without_failing() {
    for entry in walkdir::WalkDir::new(sample("keys")) {
        let path = entry.unwrap().into_path();
        if path.is_dir() || path.extension().is_some_and(|kind| kind == "md") {
            continue;
        }
        let name = path.display().to_string();
        if name.contains("keyos_cdata") || name.contains("soap_wrapped") {
            continue;
        }
        let shown = prkit(args!["show", &path]);
        assert_eq!(shown.status, 0, "{name}: {}", said(&shown));
        let linted = prkit(args!["lint", &path]);
        assert!(matches!(linted.status, 0 | 1), "{name}: {}", said(&linted));
    }
}
