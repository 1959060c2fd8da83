//! One key for video and audio of a title (CHK-22): in every kind of document, and in media.

use crate::args;
use crate::asm::Asm;
use crate::program::prkit;
use std::fs;
use std::path::Path;

const FIRST: &str = "00112233-4455-6677-8899-aabbccddeeff";
const SECOND: &str = "10112233-4455-6677-8899-aabbccddeeff";

fn object(as_: &str, kids: &[&str]) -> Vec<u8> {
    let mut args = args!["new", "--la-url=https://a.example/", "--as", as_, "-o", "-"];
    args.extend(kids.iter().map(|kid| format!("--kid={kid}").into()));
    args.extend((as_ == "pssh").then(|| "--raw".into()));
    let run = prkit(args);
    assert_eq!(run.status, 0, "{}", run.stderr);
    run.stdout
}

fn base64(kids: &[&str]) -> String {
    String::from_utf8(object("pro", kids)).unwrap().trim().to_owned()
}

/// How many keys are named for the rule, which is a note and fails nothing.
fn noted(folder: &Path, name: &str) -> usize {
    let run = prkit(args!["check", "--json", folder.join(name)]);
    let reports = run.json();
    let findings: Vec<_> = reports
        .iter()
        .flat_map(|report| report["findings"].as_array().cloned().unwrap_or_default())
        .collect();
    let ours: Vec<_> = findings.iter().filter(|finding| finding["rule"] == "CHK-22").collect();
    assert!(ours.iter().all(|finding| finding["level"] == "note"), "{findings:?}");
    let values = ours.iter().flat_map(|finding| finding["places"].as_array().unwrap());
    values.map(|place| place["value"].to_string()).collect::<std::collections::BTreeSet<_>>().len()
}

fn playlist(kids: &[&[&str]]) -> String {
    let lines: String = kids
        .iter()
        .map(|kids| {
            format!(
                "#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,KEYFORMAT=\"com.microsoft.playready\",URI=\"data:;base64,{}\"\n#EXTINF:2,\nx.m4s\n",
                base64(kids)
            )
        })
        .collect();
    format!("#EXTM3U\n#EXT-X-TARGETDURATION:2\n{lines}#EXT-X-ENDLIST\n")
}

#[test]
fn playlists_of_video_and_audio_are_told_by_the_multivariant_one() {
    const VARIANT: &str =
        "#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS=\"avc1.4d401f,mp4a.40.2\",AUDIO=\"a\"\nv.m3u8\n";
    const SOUND: &str = "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"a\",URI=\"a.m3u8\"\n";
    let alone = "#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS=\"mp4a.40.2\"\na.m3u8\n";
    let (one, two): (&[&str], &[&str]) = (&[FIRST], &[SECOND]);
    let both: &[&str] = &[FIRST, SECOND];
    for (lines, video, sound, expected) in [
        (format!("{VARIANT}{SOUND}"), vec![one], vec![one], 1),
        (format!("{SOUND}{VARIANT}"), vec![one], vec![two], 0),
        (format!("{VARIANT}{alone}"), vec![one], vec![one], 1),
        (VARIANT.to_owned(), vec![one], vec![one], 0),
        (format!("{VARIANT}{}", SOUND.replace("AUDIO", "SUBTITLES")), vec![one], vec![one], 0),
        // A header of all keys does not tell which is for what.
        (format!("{VARIANT}{SOUND}"), vec![both], vec![both], 0),
        // Keys that rotate.
        (format!("{VARIANT}{SOUND}"), vec![two, one], vec![one, two], 2),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
        put("v.m3u8", playlist(&video));
        put("a.m3u8", playlist(&sound));
        put("m.m3u8", format!("#EXTM3U\n{lines}"));
        assert_eq!(noted(folder.path(), "m.m3u8"), expected, "{lines}");
    }
}

#[test]
fn a_smooth_manifest_has_one_header_for_its_streams() {
    let manifest = |types: &[&str], kids: &[&str]| {
        let streams: String = types
            .iter()
            .map(|kind| {
                format!(
                    "<StreamIndex Type=\"{kind}\" Url=\"Q({{bitrate}})/F({kind}={{start time}})\"><QualityLevel Bitrate=\"1\"/>\
                     <c t=\"0\" d=\"2\"/></StreamIndex>"
                )
            })
            .collect();
        format!(
            "<SmoothStreamingMedia MajorVersion=\"2\" MinorVersion=\"2\" Duration=\"2\">{streams}<Protection><ProtectionHeader \
             SystemID=\"9a04f079-9840-4286-ab92-e65be0885f95\">{}</ProtectionHeader></Protection></SmoothStreamingMedia>",
            base64(kids)
        )
    };
    for (types, kids, expected) in [
        (&["video", "audio"][..], &[FIRST][..], 1),
        (&["audio", "text", "video", "video"], &[FIRST], 1),
        (&["video", "text"], &[FIRST], 0),
        (&["video", "audio"], &[FIRST, SECOND], 0),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.ismc"), manifest(types, kids)).unwrap();
        assert_eq!(noted(folder.path(), "a.ismc"), expected, "{types:?} {kids:?}");
    }
}

#[test]
fn the_usage_rules_of_a_cpix_document_tell_what_a_key_is_for() {
    let rule = |kid: &str, said: &str, inner: &str| {
        format!("<ContentKeyUsageRule kid=\"{kid}\"{said}>{inner}</ContentKeyUsageRule>")
    };
    let (video, sound) = ("<VideoFilter minPixels=\"1\"/>", "<AudioFilter/>");
    for (rules, expected) in [
        ([rule(FIRST, "", video), rule(FIRST, "", sound)], 1),
        ([rule(FIRST, "", video), rule(SECOND, "", sound)], 0),
        ([rule(FIRST, " intendedTrackType=\"HD\"", ""), rule(FIRST, " intendedTrackType=\"AUDIO\"", "")], 1),
        ([rule(FIRST, " intendedTrackType=\"UHD1\"", ""), rule(FIRST, " intendedTrackType=\"SD\"", "")], 0),
        ([rule(FIRST, "", "<LabelFilter label=\"x\"/>"), rule(FIRST, "", "")], 0),
    ] {
        let text = format!(
            "<CPIX xmlns=\"urn:dashif:org:cpix\"><ContentKeyList><ContentKey kid=\"{FIRST}\"/><ContentKey kid=\"{SECOND}\"/>\
             </ContentKeyList><ContentKeyUsageRuleList>{}</ContentKeyUsageRuleList></CPIX>",
            rules.concat()
        );
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.xml"), &text).unwrap();
        assert_eq!(noted(folder.path(), "a.xml"), expected, "{text}");
    }
}

#[test]
fn tracks_of_media_tell_it_themselves() {
    let file = |tracks: &[(&[u8; 4], u8)], has_object: bool| {
        let mut a = Asm::default();
        a.leaf(b"ftyp", b"iso6\0\0\0\0iso6");
        a.open(b"moov");
        if has_object {
            a.put(&object("pssh", &[FIRST, SECOND]));
        }
        for (id, (handler, first)) in (1..).zip(tracks) {
            a.open(b"trak");
            let mut tkhd = [0; 84];
            tkhd[15] = id;
            a.leaf(b"tkhd", &tkhd);
            a.open(b"mdia");
            a.leaf(b"hdlr", &[&[0; 8][..], &handler[..], &[0; 13]].concat());
            [b"minf", b"stbl"].into_iter().for_each(|kind| a.open(kind));
            a.full(b"stsd", 0, 0);
            a.u32(1);
            a.open(b"encu");
            a.put(&[0, 0, 0, 0, 0, 0, 0, 1]);
            a.open(b"sinf");
            a.leaf(b"frma", b"what");
            a.leaf(b"schm", b"\0\0\0\0cenc\0\x01\0\0");
            a.open(b"schi");
            let rest =
                [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff];
            a.leaf(b"tenc", &[&[0, 0, 0, 0, 0, 0, 1, 8, *first][..], &rest].concat());
            (0..8).for_each(|_| a.close());
        }
        a.close();
        a.finish()
    };
    let (video, sound, text) = (b"vide", b"soun", b"subt");
    for (tracks, has_object, expected) in [
        (&[(video, 0), (sound, 0)][..], true, 1),
        (&[(video, 0), (sound, 0x10)], true, 0),
        (&[(video, 0), (text, 0), (video, 0)], true, 0),
        (&[(sound, 0), (video, 0x10), (video, 0)], true, 1),
        // Nothing in it is for PlayReady.
        (&[(video, 0), (sound, 0)], false, 0),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.mp4"), file(tracks, has_object)).unwrap();
        assert_eq!(noted(folder.path(), "a.mp4"), expected, "{tracks:?}");
    }
}

#[test]
fn content_types_tell_video_from_audio_where_no_mime_type_does() {
    let folder = tempfile::tempdir().unwrap();
    let set = |attribute: &str, kind: &str, kid: &str| {
        format!(
            "<AdaptationSet {attribute}='{kind}'><ContentProtection schemeIdUri='urn:mpeg:dash:mp4protection:2011' \
             value='cenc' cenc:default_KID='{kid}'/><ContentProtection \
             schemeIdUri='urn:uuid:9a04f079-9840-4286-ab92-e65be0885f95'/><Representation id='{kind}' bandwidth='1'/></AdaptationSet>"
        )
    };
    for (attribute, second, kid, expected) in [
        ("contentType", "audio", FIRST, 1),
        ("contentType", "audio", SECOND, 0),
        ("contentType", "text", FIRST, 0),
        ("mimeType", "audio", FIRST, 1),
    ] {
        let (video, other) = (set(attribute, "video", FIRST), set(attribute, second, kid));
        let mpd = format!(
            "<MPD xmlns='urn:mpeg:dash:schema:mpd:2011' xmlns:cenc='urn:mpeg:cenc:2013'><Period>{video}{other}</Period></MPD>"
        );
        fs::write(folder.path().join("a.mpd"), mpd).unwrap();
        assert_eq!(noted(folder.path(), "a.mpd"), expected, "{attribute} {second} {kid}");
    }
}
