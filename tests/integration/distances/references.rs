//! Data references: what is in this file, in another one, and in a box that is addressed by its identifier.

use super::{HERE, LONG, OTHER, field, mdat, movie, movie_of, proven, pssh, reference, track};
use crate::args;
use crate::asm::Asm;
use crate::program::prkit;

/// What the box of `pssh` grows by under [`LONG`]: two bytes a character more than the 30 it had.
const GROWTH: usize = 2 * (LONG.len() - "https://a/xxxxxxxxxxxxxxxxxxxx".len());

fn chunk_offset(file: &[u8]) -> usize {
    field(file, b"stco", 8)
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

#[test]
fn a_reference_of_any_kind_is_this_file_by_its_flag_or_for_want_of_a_location() {
    let cases: [(&[u8; 4], u32, &[u8], bool); 17] = [
        (b"url ", 0, b"\0\0\0", true),
        // Other versions of the box.
        (b"url ", 0x0100_0000, b"", true),
        (b"url ", 0x0100_0001, b"a.mp4\0", true),
        (b"url ", 0x0100_0000, b"a.mp4\0", false),
        (b"url ", 2, b"file:///a.mp4\0", false),
        (b"urn ", 0, b"", true),
        (b"urn ", 2, b"\0\0", true),
        (b"urn ", 1, b"urn:x:y\0", true),
        (b"urn ", 0, b"urn:x:y\0", false),
        (b"urn ", 0, b"urn:x:y\0a.mp4\0", false),
        (b"urn ", 2, b"\0a.mp4\0", false),
        (b"alis", 1, b"", true),
        (b"alis", 0, b"", true),
        (b"alis", 0, b"\0\0\0\0\0\xac\0\x02", false),
        (b"rsrc", 1, b"", true),
        (b"cios", 0, b"what QuickTime puts there", false),
        (b"what", 1, b"", true),
    ];
    for (kind, flags, location, is_here) in cases {
        let put = |a: &mut Asm| reference(a, kind, (flags, location));
        let file = movie_of(&[&put], |a| a.distance(4, "file", "chunk"), mdat);
        let before = chunk_offset(&file);
        let expected = if is_here { before + GROWTH } else { before };
        assert_eq!(chunk_offset(&proven(&file)), expected, "{kind:?} {flags:x} {location:?}");
    }
    // A reference that is nothing but a header.
    let file = movie_of(&[&|a| a.leaf(b"url ", b"")], |a| a.distance(4, "file", "chunk"), mdat);
    assert_eq!(chunk_offset(&proven(&file)), chunk_offset(&file) + GROWTH);
}

#[test]
fn a_location_that_is_the_name_of_the_file_is_this_file() {
    let folder = tempfile::tempdir().unwrap();
    let asked = format!("--la-url={LONG}");
    for (location, moves) in [
        (&b"a film.mp4\0"[..], Some(true)),
        (b"./a film.mp4\0", Some(true)),
        (b"a%20film.mp4", Some(true)),
        (b"a film.mp4#t=3\0", Some(true)),
        (b"#\0", Some(true)),
        (b"a film.mp4.old\0", Some(false)),
        (b"film.mp4\0", Some(false)),
        (b"file:///films/a%20film.mp4\0", None),
        (b"../a film.mp4\0", None),
    ] {
        let file = movie(&[(0, location)], |a| a.distance(4, "file", "chunk"), mdat);
        let path = folder.path().join("a film.mp4");
        std::fs::write(&path, &file).unwrap();
        let run = prkit(args!["reheader", &asked, "-i", "--verify", &path]);
        let new = std::fs::read(&path).unwrap();
        let Some(moves) = moves else {
            assert_eq!((run.status, new), (3, file), "{location:?}");
            assert!(run.stderr.contains("which has the name of this file"), "{}", run.stderr);
            continue;
        };
        assert_eq!(run.status, 0, "{location:?} {}", run.stderr);
        assert_eq!(new.len(), file.len() + GROWTH);
        let expected = chunk_offset(&file) + if moves { GROWTH } else { 0 };
        assert_eq!(chunk_offset(&new), expected, "{location:?}");
    }
}

#[test]
fn a_reference_of_a_type_nobody_knows_is_refused_by_name() {
    let vendor = |a: &mut Asm| reference(a, b"vndr", (0, b"\x01"));
    let of_chunks = movie_of(&[&vendor], |a| a.distance(4, "file", "chunk"), mdat);
    let in_fragment = fragment(vendor, Some(1_000), 20, 300, |a| a.leaf(b"mdat", &[0; 3000]));
    for (file, at) in [(of_chunks, "/stco"), (in_fragment, "/trun[0]")] {
        let error = super::refused(&file);
        assert!(error.contains("a data reference of the type \"vndr\"") && error.ends_with(at), "{error}");
    }
    // One that no sample is at, and one that says that it is this file.
    let unused =
        movie_of(&[&|a| reference(a, b"url ", HERE), &vendor], |a| a.distance(4, "file", "chunk"), mdat);
    assert!(super::refused(&unused).contains("both in this file and in others"));
    let here = |a: &mut Asm| reference(a, b"vndr", (1, b"\x01"));
    let file = movie_of(&[&here], |a| a.distance(4, "file", "chunk"), mdat);
    assert_eq!(chunk_offset(&proven(&file)), chunk_offset(&file) + GROWTH);
}

#[test]
fn several_references_to_this_file_are_one_and_those_nobody_uses_do_not_matter() {
    let (here, odd) = ((0, b"".as_slice()), (0x0100_0002, b"".as_slice()));
    let file = movie(&[HERE, here, odd], |a| a.distance(4, "file", "chunk"), mdat);
    assert_eq!(chunk_offset(&proven(&file)), chunk_offset(&file) + GROWTH);
    for number in [0_u8, 9] {
        // The sample entry names a reference that is not listed.
        let mut file = movie(&[HERE], |a| a.distance(4, "file", "chunk"), mdat);
        let at = super::content_of(&file, b"text") + 7;
        file[at] = number;
        assert_eq!(chunk_offset(&proven(&file)), chunk_offset(&file) + GROWTH, "{number}");
    }
}

/// A movie whose track has its samples there, and a fragment of it with this base data offset, run offset and auxiliary
/// offset.
fn fragment(
    dref: impl Fn(&mut Asm),
    base: Option<u64>,
    run: u32,
    aux: u32,
    more: impl FnOnce(&mut Asm),
) -> Vec<u8> {
    let mut a = Asm::default();
    a.open(b"moov");
    pssh(&mut a);
    track(&mut a, &[&dref], |_| {}, &|_, _| {});
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

fn imdt(a: &mut Asm, identifier: u32) {
    a.full(b"imdt", 0, 0);
    a.u32(identifier);
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
    [field(file, b"tfhd", 12), field(file, b"trun", 8), field(file, b"saio", 8)]
}

#[test]
fn offsets_into_another_file_stay_wherever_they_would_lead_in_this_one() {
    let other = |a: &mut Asm| reference(a, b"url ", OTHER);
    for base in [100_u64, 1_000, 3_000, 100_000] {
        let file = fragment(other, Some(base), 20, 300, |a| a.leaf(b"mdat", &[0; 3000]));
        assert_eq!(offsets(&proven(&file)), [base as usize, 20, 300]);
    }
    let file = fragment(other, None, 1_500, 600, |a| a.leaf(b"mdat", &[0; 3000]));
    assert_eq!(offsets(&proven(&file))[1..], [1_500, 600]);
}

#[test]
fn offsets_into_identified_media_data_count_from_behind_the_identifier() {
    let references: [fn(&mut Asm); 2] = [|a| imdt(a, 7), |a| reference(a, b"snim", (0, b""))];
    for put in references {
        let file = fragment(put, None, 1_500, 1_490, imda);
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
    let at = field(&new, b"saio", 8);
    assert_eq!(&new[at..at + 8], b"initials");
}

#[test]
fn chunks_in_identified_media_data_stay_and_are_compared() {
    let with_imdt = movie_of(&[&|a| imdt(a, 7)], |a| a.u32(1_500), imda);
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
