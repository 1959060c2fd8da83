//! Neighbours of the forms that players differ in (`docs/players.md`): which rule names each, and that the usual forms are
//! named by none.

use crate::args;
use crate::program::prkit;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fs;

const KID: &str = "00112233-4455-6677-8899-aabbccddeeff";
const OTHER: &str = "10112233-4455-6677-8899-aabbccddeeff";
const SYSTEM: &str = "9a04f079-9840-4286-ab92-e65be0885f95";
const NAMESPACE: &str = "http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader";

fn made(as_: &str, options: &[&str]) -> Vec<u8> {
    let mut args = args!["new", format!("--kid={KID}"), "--as", as_, "--raw", "-o", "-"];
    args.extend(options.iter().map(Into::into));
    let run = prkit(args);
    assert_eq!(run.status, 0, "{}", run.stderr);
    run.stdout
}

fn base64(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

/// An object around a header with this in `DATA`, as other programs write it.
fn written(data: &str) -> String {
    let key = "<PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO><KID>MyIRAFVEd2aImaq7zN3u/w==</KID>";
    let xml =
        format!("<WRMHEADER xmlns=\"{NAMESPACE}\" version=\"4.0.0.0\"><DATA>{key}{data}</DATA></WRMHEADER>");
    let header: Vec<u8> = xml.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let len = header.len() as u16;
    base64([&(u32::from(len) + 10).to_le_bytes()[..], &[1, 0, 1, 0], &len.to_le_bytes(), &header].concat())
}

fn mpd(kids: &str, inner: &str) -> String {
    format!(
        "<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" xmlns:cenc=\"urn:mpeg:cenc:2013\" xmlns:mspr=\"urn:microsoft:playready\">\
         <Period><AdaptationSet mimeType=\"video/mp4\"><ContentProtection schemeIdUri=\"urn:uuid:{SYSTEM}\" \
         cenc:default_KID=\"{kids}\">{inner}</ContentProtection></AdaptationSet></Period></MPD>"
    )
}

fn smooth(object: &str) -> String {
    format!(
        "<SmoothStreamingMedia MajorVersion=\"2\" MinorVersion=\"2\"><Protection><ProtectionHeader SystemID=\"{SYSTEM}\">{object}\
         </ProtectionHeader></Protection></SmoothStreamingMedia>"
    )
}

/// The PLY rules that a document is named for, at the level of a warning.
fn rules(name: &str, text: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    let run = prkit(args!["lint", "--json", path]);
    let reports = run.json();
    let findings = reports.iter().flat_map(|report| report["findings"].as_array().into_iter().flatten());
    let warnings = findings.filter(|finding| finding["level"] == "warning");
    let rules = warnings.filter_map(|finding| finding["rule"].as_str());
    rules.filter(|rule| rule.starts_with("PLY")).map(str::to_owned).collect()
}

#[test]
fn forms_of_a_dash_manifest_that_players_differ_in_are_named_each_by_its_rule() {
    let url = "--la-url=https://a.example/";
    let (pro, boxed) = (base64(made("pro", &[url])), made("pssh", &[url]));
    let (second, twice) = (base64(made("pssh", &["--la-url=https://b.example/"])), base64(boxed.repeat(2)));
    let boxed = base64(boxed);
    let one = format!("<cenc:pssh>{boxed}</cenc:pssh>");
    for (kids, inner, expected) in [
        (KID.to_owned(), one.clone(), ""),
        (KID.to_owned(), format!("<mspr:pro>{pro}</mspr:pro>{one}"), ""),
        (format!("{KID} {OTHER}"), one.clone(), "PLY-07"),
        (format!("{KID}\n\t{OTHER} {KID}"), one.clone(), "PLY-07"),
        (KID.to_owned(), format!("{one}{one}"), "PLY-08"),
        (KID.to_owned(), format!("{one}<cenc:pssh>{second}</cenc:pssh>"), "PLY-08"),
        (KID.to_owned(), format!("<cenc:pssh>{twice}</cenc:pssh>"), "PLY-08"),
        (KID.to_owned(), format!("<mspr:pro>{pro}</mspr:pro>").repeat(2), "PLY-08"),
        (KID.to_owned(), format!("<pssh xmlns=\"urn:mpeg:cenc:2013\">{boxed}</pssh>"), "PLY-09"),
        (KID.to_owned(), format!("<c:pssh xmlns:c=\"urn:mpeg:cenc:2013\">{boxed}</c:pssh>"), "PLY-09"),
        (KID.to_owned(), format!("<pro xmlns=\"urn:microsoft:playready\">{pro}</pro>"), "PLY-09"),
        (KID.to_owned(), format!("<mspr:pro>{}\n{}</mspr:pro>", &pro[..76], &pro[76..]), "PLY-13"),
    ] {
        let expected: Vec<&str> = expected.split_whitespace().collect();
        assert_eq!(rules("a.mpd", &mpd(&kids, &inner)), expected, "{kids} {inner}");
    }
}

#[test]
fn addresses_that_some_players_take_for_the_license_server_are_named() {
    let own = "<LA_URL>https://a.example/</LA_URL>";
    let custom = |inner: &str| format!("<CUSTOMATTRIBUTES>{inner}</CUSTOMATTRIBUTES>");
    let theirs = "<LA_URL>https://c.example/</LA_URL>";
    for (data, expected) in [
        (own.to_owned(), ""),
        (format!("{own}<LUI_URL>https://l.example/</LUI_URL>"), ""),
        (format!("{own}{}", custom("<X>1</X>")), ""),
        (format!("{}{own}", custom(theirs)), "PLY-11"),
        (custom(theirs), "PLY-11"),
        (custom(&format!("<X><Y>{theirs}</Y></X>")), "PLY-11"),
        ("<LUI_URL>https://l.example/</LUI_URL>".to_owned(), "PLY-12"),
    ] {
        let expected: Vec<&str> = expected.split_whitespace().collect();
        let text = mpd(KID, &format!("<mspr:pro>{}</mspr:pro>", written(&data)));
        assert_eq!(rules("a.mpd", &text), expected, "{data}");
    }
}

#[test]
fn header_versions_that_players_of_smooth_cannot_read_are_named() {
    for (version, expected) in
        [("4.0", &[][..]), ("4.1", &["PLY-10"]), ("4.2", &["PLY-10"]), ("4.3", &["PLY-10"])]
    {
        let object = made("pro", &["--la-url=https://a.example/", &format!("--header-version={version}")]);
        assert_eq!(rules("a.ismc", &smooth(&base64(&object))), expected, "{version}");
        let braces = smooth(&base64(object)).replace(SYSTEM, &format!("{{{}}}", SYSTEM.to_uppercase()));
        assert_eq!(rules("a.ismc", &braces), expected, "{version}");
    }
}

#[test]
fn forms_of_a_key_line_that_players_differ_in_are_named_each_by_its_rule() {
    let data = base64(made("pro", &["--la-url=https://a.example/?a=1"]));
    let url_safe = data.replace('+', "-").replace('/', "_");
    assert_ne!(url_safe, data);
    let line = |format: &str, start: &str, data: &str| {
        format!(
            "#EXTM3U\n#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,KEYFORMAT=\"{format}\",KEYFORMATVERSIONS=\"1\",URI=\"{start}{data}\"\n#EXTINF:2,\n1.m4s\n"
        )
    };
    let (format, start) = ("com.microsoft.playready", "data:text/plain;charset=UTF-16;base64,");
    for (text, expected) in [
        (line(format, start, &data), ""),
        (line("com.microsoft.PlayReady", start, &data), "PLY-15"),
        (line(format, "DATA:text/plain;charset=UTF-16;base64,", &data), "PLY-16"),
        (line(format, start, &url_safe), "PLY-13"),
    ] {
        let expected: Vec<&str> = expected.split_whitespace().collect();
        assert_eq!(rules("a.m3u8", &text), expected, "{text}");
    }
}
