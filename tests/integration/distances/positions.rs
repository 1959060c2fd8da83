//! What is no position: filler, trailers, and what is not looked through.

use super::{HERE, LONG, mdat, movie, proven, pssh};
use crate::asm::Asm;
use crate::law;
use prkit_bmff::Fit;

#[test]
fn what_is_not_looked_through_is_named() {
    let mut a = Asm::default();
    a.open(b"moov");
    pssh(&mut a);
    a.close();
    a.leaf(b"vndr", &vec![0; 1024 * 1024 + 100]);
    let file = a.finish();
    let edited = law::reheader(&file, LONG, Fit::Any).unwrap();
    let (path, span) = &edited.unscanned[0];
    assert_eq!((path.to_string().as_str(), span.len()), ("/vndr[0]", 100));
}

/// A file with filler of these bytes behind the box that grows.
pub fn with_free(content: &[u8]) -> Vec<u8> {
    let mut a = Asm::default();
    a.open(b"moov");
    a.leaf(b"mvhd", &[0; 100]);
    pssh(&mut a);
    a.leaf(b"free", content);
    a.close();
    mdat(&mut a);
    a.finish()
}

#[test]
fn free_boxes_with_content_are_no_filler() {
    let strategy = |content: &[u8], forced: bool| {
        let file = with_free(content);
        let edited =
            if forced { super::forced(&file) } else { law::reheader(&file, LONG, Fit::Any).unwrap() };
        let new = edited.plan.to_vec(&&file[..]).unwrap();
        let is_kept = new.windows(content.len()).any(|w| w == content);
        (edited.plan.strategy().name(), is_kept)
    };
    let track = [b"GPS \x01\0\0\0".as_slice(), &b"a real record of a dashcam ".repeat(20)].concat();
    assert_eq!(strategy(&track, false), ("copy", true));
    assert_eq!(strategy(&track, true), ("slack", false));
    assert_eq!(strategy(&vec![0; 500], false).0, "slack");
    assert_eq!(strategy(&b"Written by a muxer, which says so. ".repeat(20), false).0, "slack");
    assert_eq!(strategy(&vec![0; 64 * 1024], false).0, "slack");
    assert_eq!(strategy(&vec![0; 64 * 1024 + 100], false).0, "copy", "more than is looked at");
    let mut late = vec![0; 60_000];
    late[59_999] = 0x80;
    assert_eq!(strategy(&late, false), ("copy", true));
    let error = law::reheader(&with_free(&track), LONG, Fit::Slack).unwrap_err();
    assert!(error.contains("the free boxes that could give or take them contain something"), "{error}");
}

#[test]
fn a_trailer_that_is_located_from_the_end_breaks_no_file() {
    let samsung = {
        let data = b"\0\0\x01\x0aMotionPhoto_Data and more of it".to_vec();
        let back = (data.len() as u32).to_le_bytes();
        let mut directory = b"SEFH\x65\0\0\0\x01\0\0\0\0\0\x30\x0a".to_vec();
        directory.extend([back, back].concat());
        let len = (directory.len() as u32).to_le_bytes();
        [&data[..], &directory, &len, b"SEFT"].concat()
    };
    let insta = [&[0xC3; 200][..], b"8db42d694ccc418790edff439fe026bf"].concat();
    let tag = [&b"TAG"[..], &[0x20; 125]].concat();
    for trailer in [samsung, insta, tag] {
        let file = [movie(&[HERE], |a| a.distance(4, "file", "chunk"), mdat), trailer.clone()].concat();
        let new = proven(&file);
        assert!(new.ends_with(&trailer));
        assert_eq!(new.windows(10).filter(|w| w == b"0123456789").count(), 1);
    }
    // Without a mark at the end it is what it was: a broken box.
    let cut =
        [movie(&[HERE], |a| a.distance(4, "file", "chunk"), mdat), b"\0\x01\0\0mdat and no more".to_vec()]
            .concat();
    let layout =
        prkit_bmff::Layout::locate(&&cut[..], prkit_bmff::Scope::default(), prkit_bmff::Limits::default())
            .unwrap();
    assert_eq!(layout.faults().len(), 1);
}

#[test]
fn only_zeros_and_printable_text_are_filler_whatever_box_they_are_in() {
    let strategy = |kind: &[u8; 4], content: &[u8]| {
        let mut file = with_free(content);
        let at = super::content_of(&file, b"free");
        file[at - 4..at].copy_from_slice(kind);
        law::reheader(&file, LONG, Fit::Any).unwrap().plan.strategy().name()
    };
    for kind in [b"free", b"skip"] {
        for filler in [
            vec![0; 300],
            vec![b' '; 300],
            b"\tLines of text,\r\n\tas some write them.\n".repeat(10),
            [b"IsoMedia File Produced with a packager".as_slice(), &[0; 300]].concat(),
            [&[0; 300][..], b"text behind zeros"].concat(),
            [&[0, 0, 0, 40][..], &[0; 300]].concat(),
        ] {
            assert_eq!(strategy(kind, &filler), "slack", "{:?}", &filler[..20]);
        }
        let box_inside = [&40_u32.to_be_bytes()[..], b"3gf ", &[0; 300]].concat();
        for content in [
            vec![0xFF; 300],
            vec![0x7F; 300],
            [&[0; 150][..], &[1], &[0; 150]].concat(),
            [vec![0; 299], vec![0x80]].concat(),
            "Ein Gerät, das Umlaute schreibt. ".repeat(10).into_bytes(),
            "text of sixteen bits, and not of ASCII: ä"
                .repeat(4)
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect(),
            box_inside,
            b"one\0two\0three\0".repeat(20),
            1.5_f64.to_le_bytes().repeat(40),
            (0..=255).cycle().take(600).collect(),
        ] {
            assert_eq!(strategy(kind, &content), "copy", "{:?}", &content[..20]);
        }
    }
}
