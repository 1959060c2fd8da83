//! Nothing takes work with the square of a document: twice the document is about twice the work, whatever is planted in it.

use crate::manifest::{Kind, Manifest};
use crate::work;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

const HEADER: &str = "<WRMHEADER version=\"4.0.0.0\"><DATA><LA_URL>https://a/</LA_URL></DATA></WRMHEADER>";

/// What may be planted: headers in every form that they are written in, whole ones and parts of them.
fn planted() -> Vec<String> {
    let xml = HEADER.replace('<', "&lt;").replace('>', "&gt;");
    let json =
        HEADER.replace('<', "\\u003c").replace('>', "\\u003e").replace('/', "\\/").replace('"', "\\\"");
    let percent = HEADER.replace('<', "%3C").replace('>', "%3E");
    let utf16: Vec<u8> = HEADER.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let hex = HEADER.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    let numbers: Vec<String> = HEADER.bytes().map(|byte| byte.to_string()).collect();
    let pieces = [
        HEADER.to_owned(),
        xml.clone(),
        xml.replace('&', "&amp;"),
        json,
        percent,
        STANDARD.encode(HEADER),
        STANDARD.encode(&utf16),
        STANDARD.encode(STANDARD.encode(HEADER)),
        hex,
        format!("[{}]", numbers.join(",")),
        "<WRMHEADER>".to_owned(),
        "&lt;WRMHEADER ".to_owned(),
        "</WRMHEADER".to_owned(),
        "</WRMHEADER                                ".to_owned(),
        "&lt;/WRMHEADER&".to_owned(),
        "&lt;/WRMHEADER&#0000000000000000000000".to_owned(),
        "WRMHEADER".to_owned(),
        "<!-- <WRMHEADER>".to_owned(),
        "<![CDATA[<WRMHEADER>".to_owned(),
        "[[[[1,2,3,".to_owned(),
    ];
    pieces.to_vec()
}

/// Documents around so many bytes of something.
fn documents(piece: &str, len: usize) -> Vec<(Kind, String)> {
    let many = piece.repeat(len / piece.len());
    let spaced = format!("{piece} ").repeat(len / piece.len());
    let strings = format!("\"{}\",", piece.replace('"', "'")).repeat(len / piece.len());
    vec![
        (Kind::Text, many.clone()),
        (Kind::Text, spaced.clone()),
        (Kind::Mpd, format!("<MPD><a>{many}</a></MPD>")),
        (Kind::Mpd, format!("<MPD><!-- {spaced} --><a b='{}'/></MPD>", many.replace(['<', '\''], "x"))),
        (Kind::M3u8, format!("#EXTM3U\n{}\n", format!("{piece}\n").repeat(len / piece.len()))),
        (Kind::Json, format!("{{\"a\": \"{}\"}}", many.replace('"', "'"))),
        (Kind::Json, format!("[{strings}1]")),
        (
            Kind::Soap,
            format!("<a>{}</a>", format!("<b>{}</b>", piece.replace('<', "&lt;")).repeat(len / piece.len())),
        ),
    ]
}

#[test]
fn work_grows_with_the_length_of_planted_headers_and_no_faster() {
    const LEN: usize = 20_000;
    let mut most = (0.0, String::new());
    for piece in planted() {
        let twice = documents(&piece, LEN * 2);
        for (number, ((kind, once), (_, twice))) in documents(&piece, LEN).into_iter().zip(twice).enumerate()
        {
            let work = |text: &str| {
                let bytes = Bytes::copy_from_slice(text.as_bytes());
                // One that has more of something than is read is an error, and ends there.
                work::of(|| drop(Manifest::parse(kind, &bytes)))
            };
            let (first, second) = (work(&once), work(&twice));
            let what = format!("{kind:?} {number}, {piece:?}: {first} and {second}");
            assert!(second <= first * 5 / 2 + 10_000, "{what}");
            #[expect(clippy::cast_precision_loss, reason = "it is shown")]
            let per_byte = second as f64 / twice.len() as f64;
            if per_byte > most.0 {
                most = (per_byte, what);
            }
        }
    }
    // Of any document every byte is looked at a few times; 17 is the most that was seen.
    assert!(most.0 < 25.0, "{most:?}");
}

/// Steps of spelling out what a document refers to, and the error where there is one.
fn spelled(kind: Kind, text: &str) -> (usize, usize, Option<String>) {
    let manifest = Manifest::parse(kind, &Bytes::copy_from_slice(text.as_bytes())).unwrap();
    let mut error = None;
    let all = work::of(|| error = manifest.presentation("", &()).err().map(|error| error.to_string()));
    (all, work::of(|| drop(manifest.outlined())), error)
}

#[test]
fn a_line_of_a_timeline_that_stands_for_millions_is_not_spelled_out() {
    let text = |repeat: u64| {
        format!(
            "<MPD><Period><AdaptationSet><Representation><SegmentTemplate media='$Number$.m4s'><SegmentTimeline>\
             <S d='1' r='9'/><S d='1' r='{repeat}'/></SegmentTimeline></SegmentTemplate></Representation></AdaptationSet></Period></MPD>"
        )
    };
    let (_, few, none) = spelled(Kind::Mpd, &text(89));
    let (refused, many, error) = spelled(Kind::Mpd, &text(1_000_000));
    assert_eq!(none, None);
    assert_eq!(error.as_deref(), Some("more than 500000 references"));
    assert_eq!(few, many);
    // The ten segments of the line before.
    assert!(refused < 2_000, "{refused}");
}

#[test]
fn formats_of_keys_are_listed_for_segments_and_not_for_lines() {
    let key = |i: usize| format!("#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"x\",KEYFORMAT=\"{i}\"\n");
    let lines = |n: usize| (0..n).map(key).collect::<String>();
    let (one, _, none) = spelled(Kind::M3u8, &format!("#EXTM3U\n{}1.m4s\n", lines(3000)));
    assert!(none.is_none() && (3000..4000).contains(&one), "{one}");
    let each: String = (0..3000).map(|i| key(i) + "1.m4s\n").collect();
    let (steps, _, error) = spelled(Kind::M3u8, &format!("#EXTM3U\n{each}"));
    assert_eq!(error.as_deref(), Some("more than 2000000 keys of segments"));
    assert!(steps < 2_300_000, "{steps}");
}

#[test]
fn a_range_that_many_representations_inherit_lists_their_files_once() {
    let sets: Vec<_> =
        (0..2000).map(|i| format!("<Representation><BaseURL>{i}.mp4</BaseURL></Representation>")).collect();
    let sets = sets.concat();
    let text = format!(
        "<MPD><Period><AdaptationSet><SegmentBase indexRange='10-20'/>{sets}{sets}</AdaptationSet></Period></MPD>"
    );
    let manifest = Manifest::parse(Kind::Mpd, &Bytes::from(text)).unwrap();
    let presentation = manifest.presentation("", &()).unwrap();
    assert_eq!(presentation.ranges.len(), 1);
    assert_eq!(presentation.ranges[0].files.len(), 2000);
}
