//! Data references: what is in this file, in another one, and in a box that is addressed by its identifier.

use super::{HERE, LONG, OTHER, mdat, movie, proven, pssh, word};
use crate::asm::Asm;

/// What the box of `pssh` grows by under [`LONG`]: two bytes a character more than the 30 it had.
const GROWTH: usize = 2 * (LONG.len() - "https://a/xxxxxxxxxxxxxxxxxxxx".len());

fn chunk_offset(file: &[u8]) -> usize {
    word(file, file.windows(4).position(|w| w == b"stco").unwrap() + 12)
}

#[test]
fn chunks_move_where_a_reference_has_no_location_whatever_its_flags_are() {
    for flags in [0, 1, 2, 0xFF_FFFE] {
        let file = movie(&[(flags, b"")], |a| a.distance(4, "file", "chunk"), mdat);
        let at = chunk_offset(&file);
        assert_eq!(&file[at..at + 10], b"0123456789");
        let new = proven(&file);
        assert_eq!(chunk_offset(&new), at + GROWTH, "flags {flags:x}");
        assert_eq!(&new[at + GROWTH..at + GROWTH + 10], b"0123456789");
    }
}

/// A movie whose track has its samples there, and a fragment of it with this base data offset, run offset and auxiliary
/// offset.
fn fragment(
    dref: impl FnOnce(&mut Asm),
    base: Option<u64>,
    run: u32,
    aux: u32,
    more: impl FnOnce(&mut Asm),
) -> Vec<u8> {
    let mut a = Asm::default();
    a.open(b"moov");
    pssh(&mut a);
    a.open(b"trak");
    let mut tkhd = [0; 84];
    tkhd[15] = 1;
    a.leaf(b"tkhd", &tkhd);
    a.open(b"mdia");
    a.open(b"minf");
    a.open(b"dinf");
    a.full(b"dref", 0, 0);
    a.u32(1);
    dref(&mut a);
    a.close();
    a.close();
    a.open(b"stbl");
    a.full(b"stsd", 0, 0);
    a.u32(1);
    a.leaf(b"text", &[0, 0, 0, 0, 0, 0, 0, 1]);
    a.close();
    for _ in 0..4 {
        a.close();
    }
    a.open(b"mvex");
    a.full(b"trex", 0, 0);
    for n in [1, 1, 0, 10, 0] {
        a.u32(n);
    }
    a.close();
    a.close();
    a.close();
    segment(&mut a, base, run, aux);
    more(&mut a);
    a.finish()
}

fn segment(a: &mut Asm, base: Option<u64>, run: u32, aux: u32) {
    a.open(b"moof");
    a.full(b"mfhd", 0, 0);
    a.u32(7);
    a.close();
    pssh(a);
    a.open(b"traf");
    a.full(b"tfhd", 0, if base.is_some() { 0x11 } else { 0x2_0010 });
    a.u32(1);
    base.iter().for_each(|base| a.put(&base.to_be_bytes()));
    a.u32(10);
    a.close();
    a.full(b"trun", 0, 1);
    a.u32(1);
    a.u32(run);
    a.close();
    a.full(b"saiz", 0, 0);
    a.u8(8);
    a.u32(1);
    a.close();
    a.full(b"saio", 0, 0);
    a.u32(1);
    a.u32(aux);
    a.close();
    a.close();
    a.close();
}

fn imda(a: &mut Asm) {
    a.open(b"imda");
    a.u32(7);
    a.put(&[0; 1500]);
    a.put(b"0123456789");
    a.put(&[0; 1500]);
    a.close();
}

/// The base data offset, the offset of the run, and that of the auxiliary data.
fn offsets(file: &[u8]) -> [usize; 3] {
    let at = |kind: &[u8]| file.windows(4).position(|w| w == kind).unwrap();
    [word(file, at(b"tfhd") + 16), word(file, at(b"trun") + 12), word(file, at(b"saio") + 12)]
}

#[test]
fn offsets_into_another_file_stay_wherever_they_would_lead_in_this_one() {
    let other = |a: &mut Asm| {
        a.full(b"url ", 0, 0);
        a.put(b"other.mp4\0");
        a.close();
    };
    for base in [100_u64, 1_000, 3_000, 100_000] {
        let file = fragment(other, Some(base), 20, 300, |a| a.leaf(b"mdat", &[0; 3000]));
        assert_eq!(offsets(&proven(&file)), [base as usize, 20, 300]);
    }
    let file = fragment(other, None, 1_500, 600, |a| a.leaf(b"mdat", &[0; 3000]));
    assert_eq!(offsets(&proven(&file))[1..], [1_500, 600]);
}

#[test]
fn offsets_into_identified_media_data_count_from_behind_the_identifier() {
    let references: [fn(&mut Asm); 2] = [
        |a| {
            a.full(b"imdt", 0, 0);
            a.u32(7);
            a.close();
        },
        |a| {
            a.full(b"snim", 0, 0);
            a.close();
        },
    ];
    for reference in references {
        let file = fragment(reference, None, 1_500, 1_490, imda);
        assert_eq!(offsets(&proven(&file))[1..], [1_500, 1_490]);
    }
    // A lone segment does not say where its samples are; its only media data does.
    let mut a = Asm::default();
    a.leaf(b"styp", b"msdh\0\0\0\0msdh");
    segment(&mut a, None, 1_500, 1_490);
    imda(&mut a);
    let file = a.finish();
    assert_eq!(offsets(&proven(&file))[1..], [1_500, 1_490]);
}

#[test]
fn a_lone_segment_with_both_kinds_of_media_data_counts_in_the_one_it_leads_to() {
    let mut a = Asm::default();
    segment(&mut a, None, 0, 0);
    let moof = a.bytes.len() as u32;
    let mut a = Asm::default();
    segment(&mut a, None, moof + 8, moof + 8);
    mdat(&mut a);
    imda(&mut a);
    let new = proven(&a.finish());
    assert_eq!(offsets(&new)[1..], [moof as usize + 8 + GROWTH, moof as usize + 8 + GROWTH]);
}

#[test]
fn an_offset_that_leads_to_senc_from_the_moof_counts_from_there_beside_an_explicit_base() {
    let mut a = Asm::default();
    a.label("moof");
    a.open(b"moof");
    pssh(&mut a);
    a.open(b"traf");
    a.full(b"tfhd", 0, 0x11);
    a.u32(1);
    a.distance(8, "file", "chunk");
    a.u32(10);
    a.close();
    a.full(b"trun", 0, 1);
    a.u32(1);
    a.u32(0);
    a.close();
    a.full(b"saio", 0, 0);
    a.u32(1);
    a.distance(4, "moof", "senc");
    a.close();
    a.full(b"senc", 0, 0);
    a.u32(1);
    a.label("senc");
    a.put(b"initials");
    a.close();
    a.close();
    a.close();
    mdat(&mut a);
    let new = proven(&a.finish());
    let saio = new.windows(4).position(|w| w == b"saio").unwrap();
    let at = word(&new, saio + 12);
    assert_eq!(&new[at..at + 8], b"initials");
}

#[test]
fn chunks_in_identified_media_data_stay_and_are_compared() {
    let file = movie(
        &[HERE],
        |a| a.u32(1_500),
        |a| {
            imda(a);
        },
    );
    // The same with an imdt reference, which is as long as a `url ` with four more bytes.
    let at = file.windows(4).position(|w| w == b"url ").unwrap();
    let mut with_imdt = file[..at].to_vec();
    with_imdt.extend(b"imdt\0\0\0\0\0\0\0\x07");
    with_imdt.extend(&file[at + 8..]);
    for kind in [b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref", b"imdt"] {
        let at = with_imdt.windows(4).position(|w| w == kind).unwrap() - 4;
        let size = word(&with_imdt, at) as u32 + 4;
        with_imdt[at..at + 4].copy_from_slice(&size.to_be_bytes());
    }
    let new = proven(&with_imdt);
    assert_eq!(chunk_offset(&new), 1_500);
    let media = |file: &[u8]| {
        let layout =
            prkit_bmff::Layout::locate(&file, prkit_bmff::Scope::default(), prkit_bmff::Limits::default())
                .unwrap();
        prkit_bmff::Media::read(&layout, &file).unwrap()
    };
    assert_eq!(media(&with_imdt).bytes(), 10);
    let mut broken = new.clone();
    let sample = broken.windows(10).position(|w| w == b"0123456789").unwrap();
    broken[sample] = b'x';
    assert!(media(&with_imdt).compare(&media(&broken)).is_err(), "a changed sample is noticed");
}

#[test]
fn a_track_with_samples_here_and_elsewhere_is_refused() {
    let file = movie(&[OTHER, HERE], |a| a.distance(4, "file", "chunk"), mdat);
    assert!(super::refused(&file).contains("both in this file and in others"));
}
