//! The hard cases of moving bytes, one test each.

use crate::asm::Asm;
use crate::law;
use crate::movie::object;
use crate::reader;
use prkit_bmff::{Edited, Fit, Insert, Layout, Limits, Request, Scope, free_box};
use prkit_plan::{Source, Span, Strategy};
use std::io;

const LONG: &str = "https://license.example.com/a/path/that/is/longer/than/the/one/before/rightsmanager.asmx";

fn pssh(a: &mut Asm) {
    a.full(b"pssh", 0, 0);
    a.put(&[0x9a, 0x04, 0xf0, 0x79, 0x98, 0x40, 0x42, 0x86, 0xab, 0x92, 0xe6, 0x5b, 0xe0, 0x88, 0x5f, 0x95]);
    let data = object(20);
    a.u32(data.len() as u32);
    a.put(&data);
    a.close();
}

/// A movie with one track whose chunk offsets are `chunks`, and whatever `more` adds behind `moov`.
fn movie(dref: &[u32], chunks: impl FnOnce(&mut Asm), more: impl FnOnce(&mut Asm)) -> Vec<u8> {
    let mut a = Asm::default();
    a.leaf(b"ftyp", b"isom\0\0\0\0isom");
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
    a.u32(dref.len() as u32);
    for flags in dref {
        a.full(b"url ", 0, *flags);
        a.close();
    }
    a.close();
    a.close();
    a.open(b"stbl");
    a.full(b"stsd", 0, 0);
    a.u32(dref.len() as u32);
    for i in 0..dref.len() {
        a.open(b"text");
        a.put(&[0; 6]);
        a.u16(i as u16 + 1);
        a.close();
    }
    a.close();
    a.full(b"stsc", 0, 0);
    for n in [1, 1, 1, 1] {
        a.u32(n);
    }
    a.close();
    a.full(b"stsz", 0, 0);
    a.u32(10);
    a.u32(1);
    a.close();
    a.full(b"stco", 0, 0);
    a.u32(1);
    chunks(&mut a);
    a.close();
    for _ in 0..5 {
        a.close();
    }
    more(&mut a);
    a.finish()
}

fn mdat(a: &mut Asm) {
    a.open(b"mdat");
    a.label("chunk");
    a.put(b"0123456789");
    a.close();
}

fn refused(file: &[u8]) -> String {
    law::reheader(file, LONG, Fit::Any).unwrap_err()
}

#[test]
fn a_pointer_past_the_end_moves_with_the_end_and_is_reported() {
    let file = movie(&[1], |a| a.distance_plus(4, "file", "end", 500), mdat);
    let edited = law::reheader(&file, LONG, Fit::Any).unwrap();
    assert_eq!(edited.stale.len(), 1);
    assert_eq!(edited.stale[0].why, "points past the end of the file");
    let new = edited.plan.to_vec(&&file[..]).unwrap();
    let at = new.windows(4).position(|w| w == b"stco").unwrap() + 12;
    let value = u32::from_be_bytes(new[at..at + 4].try_into().unwrap());
    assert_eq!(u64::from(value), new.len() as u64 + 500);
}

#[test]
fn a_pointer_into_the_replaced_box_keeps_its_number_and_is_reported() {
    let file = movie(&[1], |a| a.u32(100), mdat);
    let error = refused(&file);
    assert!(error.contains("media data stands at bytes 100..110"), "{error}");
    let edited = forced(&file);
    assert_eq!(edited.stale_count, 2);
    let new = edited.plan.to_vec(&&file[..]).unwrap();
    let at = new.windows(4).position(|w| w == b"stco").unwrap() + 12;
    assert_eq!(new[at..at + 4], 100_u32.to_be_bytes());
}

/// The same edit, whatever stale pointers say.
fn forced(file: &[u8]) -> Edited {
    let layout = Layout::locate(&file, Scope::default(), Limits::default()).unwrap();
    let asked = law::request(file, LONG, Fit::Any);
    prkit_bmff::plan(&layout, &file, &Request { force: true, ..asked }).unwrap()
}

#[test]
fn filler_that_holds_media_data_is_no_filler() {
    let file = movie(
        &[1],
        |a| a.distance(4, "file", "chunk"),
        |a| {
            a.open(b"free");
            a.put(&[0; 300]);
            a.label("chunk");
            a.put(b"0123456789");
            a.put(&[0; 300]);
            a.close();
        },
    );
    let edited = law::reheader(&file, LONG, Fit::Any).unwrap();
    assert_eq!(edited.plan.strategy(), Strategy::Copy);
    let new = edited.plan.to_vec(&&file[..]).unwrap();
    assert_eq!(reader::read(&new)["moov track 1"], [b"0123456789"]);
    let error = law::reheader(&file, LONG, Fit::Slack).unwrap_err();
    assert!(error.contains("--fit any"), "{error}");
}

#[test]
fn chunks_of_other_files_are_left_alone() {
    let file = movie(&[0], |a| a.u32(0xFFFF_FFF0), mdat);
    let edited = law::reheader(&file, LONG, Fit::Any).unwrap();
    assert_eq!(edited.patched.get("stco"), None);
    assert_eq!(edited.stale_count, 0);
}

#[test]
fn a_track_partly_in_other_files_is_refused() {
    let file = movie(&[0, 1], |a| a.distance(4, "file", "chunk"), mdat);
    assert!(refused(&file).contains("both in this file and in others"));
}

#[test]
fn compressed_boxes_are_refused() {
    let file = movie(
        &[1],
        |a| a.distance(4, "file", "chunk"),
        |a| {
            mdat(a);
            a.leaf(b"!mof", b"deflated");
        },
    );
    let error = refused(&file);
    assert!(error.contains("compressed boxes") && error.ends_with("in /!mof[0]"), "{error}");
}

#[test]
fn a_signed_file_is_refused_and_can_be_forced() {
    let file = movie(
        &[1],
        |a| a.distance(4, "file", "chunk"),
        |a| {
            mdat(a);
            a.open(b"uuid");
            a.put(&[
                0xd8, 0xfe, 0xc3, 0xd6, 0x1b, 0x0e, 0x48, 0x3c, 0x92, 0x97, 0x58, 0x28, 0x87, 0x7e, 0xc4,
                0x81,
            ]);
            a.close();
        },
    );
    assert!(refused(&file).contains("C2PA"));
    assert_eq!(reader::read(&file), reader::read(&forced(&file).plan.to_vec(&&file[..]).unwrap()));
}

fn fragment(run_flags: u32, put: impl FnOnce(&mut Asm)) -> Vec<u8> {
    let mut a = Asm::default();
    a.label("moof");
    a.open(b"moof");
    pssh(&mut a);
    a.open(b"traf");
    a.full(b"tfhd", 0, 0x2_0010);
    a.u32(1);
    a.u32(10);
    a.close();
    a.full(b"trun", 0, run_flags);
    a.u32(1);
    put(&mut a);
    a.close();
    a.close();
    a.close();
    mdat(&mut a);
    a.finish()
}

#[test]
fn a_first_run_without_an_offset_cannot_be_moved() {
    // Its data begins where the moof does, by the specification: nothing could be put into that.
    let error = refused(&fragment(0, |_| {}));
    assert!(error.contains("trun says that media data stands at bytes 0..10"), "{error}");
}

#[test]
fn a_run_that_points_before_the_file_is_left_alone() {
    let file = fragment(1, |a| a.u32((-5_i32).cast_unsigned()));
    assert_eq!(law::reheader(&file, LONG, Fit::Any).unwrap().patched.get("trun"), None);
}

#[test]
fn a_range_of_24_bits_that_would_overflow_is_refused() {
    let mut a = Asm::default();
    a.full(b"sidx", 0, 0);
    a.u32(1);
    a.u32(1000);
    a.u32(0);
    a.distance(4, "sidx end", "segment");
    a.u16(0);
    a.u16(1);
    a.distance(4, "segment", "end");
    a.u32(1);
    a.u32(0);
    a.close();
    a.label("sidx end");
    a.full(b"ssix", 0, 0);
    a.u32(1);
    a.u32(1);
    a.u8(0);
    a.distance(3, "segment", "end");
    a.close();
    a.label("segment");
    let segment = a.bytes.len();
    a.open(b"moof");
    pssh(&mut a);
    a.close();
    let moof_len = a.bytes.len() - segment;
    a.leaf(b"mdat", &vec![0; 0xFF_FFFF - 10 - 8 - moof_len]);
    let error = refused(&a.finish());
    assert!(error.starts_with("ssix would have to be 16777"), "{error}");
}

#[test]
fn an_item_location_too_narrow_is_refused() {
    let mut a = Asm::default();
    a.leaf(b"ftyp", b"mif1\0\0\0\0mif1");
    pssh(&mut a);
    a.full(b"meta", 0, 0);
    a.leaf(b"hdlr", &[0; 24]);
    a.full(b"iloc", 0, 0);
    a.put(&[0x11, 0x00]);
    a.u16(1);
    a.u16(1);
    a.u16(0);
    a.u16(1);
    a.put(&[250, 1]);
    a.close();
    a.close();
    a.leaf(b"mdat", b"0123456789");
    // One byte for an offset is no width of the specification; the file's own numbers are taken at their word.
    let error = refused(&a.finish());
    assert!(error.starts_with("iloc"), "{error}");
}

#[test]
fn a_wrong_random_access_offset_is_reported_and_follows_what_it_points_into() {
    let mut a = Asm::default();
    a.leaf(b"ftyp", b"isom\0\0\0\0isom");
    a.open(b"moov");
    pssh(&mut a);
    a.close();
    a.open(b"moof");
    a.label("inside");
    a.leaf(b"mfhd", &[0; 8]);
    a.close();
    a.leaf(b"mdat", b"0123456789");
    a.open(b"mfra");
    a.full(b"tfra", 0, 0);
    a.u32(1);
    a.u32(0);
    a.u32(1);
    a.u32(0);
    a.distance(4, "file", "inside");
    a.put(&[1, 1, 1]);
    a.close();
    a.close();
    let file = a.finish();
    let edited = law::reheader(&file, LONG, Fit::Any).unwrap();
    assert_eq!(edited.stale[0].why, "does not point at a moof");
    assert_eq!(edited.stale[0].path.to_string(), "/mfra/tfra[0]");
    let new = edited.plan.to_vec(&&file[..]).unwrap();
    assert_eq!(reader::read(&file)["tfra"], reader::read(&new)["tfra"]);
}

/// A fragment behind a `pssh` box that is replaced, whose `traf` boxes count from inside that box.
fn counting_from_what_goes(trafs: impl FnOnce(&mut Asm)) -> Vec<u8> {
    let mut a = Asm::default();
    a.label("pssh");
    pssh(&mut a);
    a.label("moof");
    a.open(b"moof");
    trafs(&mut a);
    a.close();
    mdat(&mut a);
    a.finish()
}

/// A `traf` whose base data offset is byte 40 of the `pssh` box, and what follows in it.
fn based_in_pssh(a: &mut Asm, more: impl FnOnce(&mut Asm)) {
    a.open(b"traf");
    a.full(b"tfhd", 0, 1);
    a.u32(1);
    a.distance_plus(8, "file", "pssh", 40);
    a.close();
    more(a);
    a.close();
}

fn run_of_one(a: &mut Asm, offset: impl FnOnce(&mut Asm)) {
    a.full(b"trun", 0, 0x201);
    a.u32(1);
    offset(a);
    a.u32(10);
    a.close();
}

#[test]
fn a_table_that_counts_from_a_byte_that_goes_is_refused() {
    let offsets = |a: &mut Asm| {
        a.full(b"saio", 0, 0);
        a.u32(1);
        a.u32(200);
        a.close();
    };
    let file = counting_from_what_goes(|a| based_in_pssh(a, offsets));
    let error = forced_error(&file);
    assert!(error.starts_with("its offsets count from a byte that is replaced at byte "), "{error}");
    assert!(error.ends_with("/saio[0]"), "{error}");
}

#[test]
fn a_run_that_counts_from_a_byte_that_goes_still_finds_its_data() {
    let file = counting_from_what_goes(|a| {
        based_in_pssh(a, |a| run_of_one(a, |a| a.distance_plus(4, "pssh", "chunk", -40)));
    });
    let new = forced(&file).plan.to_vec(&&file[..]).unwrap();
    let base = new.windows(4).position(|w| w == b"tfhd").unwrap() + 12;
    let offset = new.windows(4).position(|w| w == b"trun").unwrap() + 12;
    let at = word(&new, base + 4) + word(&new, offset);
    assert_eq!(&new[at..at + 10], b"0123456789");
}

#[test]
fn two_that_lead_to_one_byte_that_goes_and_would_part_are_refused() {
    let file = counting_from_what_goes(|a| {
        based_in_pssh(a, |a| run_of_one(a, |a| a.distance_plus(4, "pssh", "chunk", -40)));
        a.open(b"traf");
        a.full(b"tfhd", 0, 0x2_0000);
        a.u32(2);
        a.close();
        run_of_one(a, |a| a.distance_plus(4, "moof", "pssh", 40));
        a.close();
    });
    let error = forced_error(&file);
    assert!(error.contains("that byte is replaced, and they would part"), "{error}");
}

/// Why the edit is refused, whatever stale pointers say.
fn forced_error(file: &[u8]) -> String {
    let layout = Layout::locate(&file, Scope::default(), Limits::default()).unwrap();
    let asked = law::request(file, LONG, Fit::Any);
    prkit_bmff::plan(&layout, &file, &Request { force: true, ..asked }).unwrap_err().to_string()
}

/// Does the edit and proves it; gives the new file.
fn proven(file: &[u8]) -> Vec<u8> {
    let layout = Layout::locate(&file, Scope::default(), Limits::default()).unwrap();
    let edited = law::reheader(file, LONG, Fit::Any).unwrap();
    let new = edited.plan.to_vec(&file).unwrap();
    prkit_bmff::prove(&layout, &edited, &&new[..], Limits::default()).unwrap();
    new
}

fn word(bytes: &[u8], at: usize) -> usize {
    u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
}

#[test]
fn an_index_whose_boundary_lies_in_a_replaced_box_goes_on_behind_it() {
    let mut a = Asm::default();
    a.full(b"sidx", 0, 0);
    for n in [1, 1000, 0, 0] {
        a.u32(n);
    }
    a.u16(0);
    a.u16(2);
    a.distance_plus(4, "sidx end", "second", 40);
    a.put(&[0; 8]);
    a.distance_plus(4, "second", "end", -40);
    a.put(&[0; 8]);
    a.close();
    a.label("sidx end");
    for name in ["first", "second"] {
        a.label(name);
        a.open(b"moof");
        pssh(&mut a);
        a.close();
        mdat(&mut a);
    }
    let file = a.finish();
    let new = proven(&file);
    let sizes = |file: &[u8]| (word(file, 32), word(file, 44));
    let (first, second) = sizes(&new);
    assert_eq!(first, sizes(&file).0, "a boundary that is gone keeps its number");
    assert_eq!(word(&new, 0) + first + second, new.len(), "the next one is where its box went");
}

#[test]
fn an_index_that_points_behind_all_files_is_left_alone() {
    let mut a = Asm::default();
    pssh(&mut a);
    a.full(b"sidx", 1, 0);
    for n in [1, 1000, 0, 0, u32::MAX, u32::MAX - 5] {
        a.u32(n);
    }
    a.u16(0);
    a.u16(1);
    a.u32(100);
    a.put(&[0; 8]);
    a.close();
    let file = a.finish();
    assert!(proven(&file).ends_with(&file[file.len() - 40..]));
}

#[test]
fn nothing_is_put_between_a_run_and_one_that_goes_on_from_it() {
    let mut a = Asm::default();
    a.label("moof");
    a.open(b"moof");
    a.open(b"traf");
    a.full(b"tfhd", 0, 0x2_0010);
    a.u32(1);
    a.u32(10);
    a.close();
    a.full(b"trun", 0, 1);
    a.u32(1);
    a.distance_plus(4, "moof", "gap", -10);
    a.close();
    a.full(b"trun", 0, 0);
    a.u32(1);
    a.close();
    a.close();
    a.close();
    a.leaf(b"skip", &[1; 20]);
    a.label("gap");
    a.leaf(b"skip", &[2; 20]);
    assert_eq!(
        inserted(&a.finish(), 2),
        "trun has no field for its position, which would have to change at byte 56 in /moof[0]/traf[0]/trun[1]"
    );
}

#[test]
fn nothing_is_appended_to_a_sample_that_runs_past_the_end() {
    let file = movie(&[1], |a| a.distance_plus(4, "file", "end", -4), mdat);
    let error = inserted(&file, 9);
    assert!(error.starts_with("stco says that media data stands at bytes"), "{error}");
}

#[test]
fn nothing_is_appended_to_an_item_that_is_the_rest_of_the_file() {
    let mut a = Asm::default();
    a.full(b"meta", 0, 0);
    a.full(b"iloc", 0, 0);
    a.put(&[0x44, 0x00]);
    for n in [1, 1, 0, 1] {
        a.u16(n);
    }
    a.distance(4, "file", "chunk");
    a.u32(0);
    a.close();
    a.close();
    mdat(&mut a);
    let error = inserted(&a.finish(), 9);
    assert!(error.starts_with("iloc says that media data stands at bytes"), "{error}");
}

#[test]
fn an_item_without_a_base_counts_from_the_start_of_the_file_whatever_is_put_in_front() {
    let mut a = Asm::default();
    a.full(b"meta", 0, 0);
    a.full(b"iloc", 0, 0);
    // Offsets, lengths and bases of four bytes; the base is 0.
    a.put(&[0x44, 0x40]);
    for n in [1, 1, 0] {
        a.u16(n);
    }
    a.u32(0);
    a.u16(1);
    a.distance(4, "file", "chunk");
    a.u32(10);
    a.close();
    a.close();
    mdat(&mut a);
    let file = a.finish();
    let layout = Layout::locate(&file.as_slice(), Scope::default(), Limits::default()).unwrap();
    let insert = Insert { container: 0, position: 0, boxes: free_box(16).unwrap() };
    let request = Request { insert: vec![insert], ..Request::default() };
    let edited = prkit_bmff::plan(&layout, &file.as_slice(), &request).unwrap();
    let new = edited.plan.to_vec(&file.as_slice()).unwrap();
    prkit_bmff::prove(&layout, &edited, &new.as_slice(), Limits::default()).unwrap();
    let changed: Vec<usize> = (0..file.len()).filter(|at| file[*at] != new[at + 16]).collect();
    assert_eq!(changed.len(), 1, "the last byte of the offset: {changed:?}");
    assert_eq!(new[changed[0] + 16], file[changed[0]] + 16);
}

/// Why no box can be put into the file in front of its nth.
fn inserted(file: &[u8], position: usize) -> String {
    let layout = Layout::locate(&file, Scope::default(), Limits::default()).unwrap();
    let insert = Insert { container: 0, position, boxes: free_box(16).unwrap() };
    let request = Request { insert: vec![insert], ..Request::default() };
    prkit_bmff::plan(&layout, &file, &request).unwrap_err().to_string()
}

#[test]
fn boxes_that_pass_the_end_of_the_one_around_them_are_not_nested() {
    let mut a = Asm::default();
    a.open(b"moov");
    a.open(b"mvex");
    for _ in 0..40 {
        a.u32(500);
        a.put(b"mvex");
    }
    a.close();
    a.leaf(b"free", &[0; 1000]);
    a.close();
    let file = a.finish();
    let layout = Layout::locate(&&file[..], Scope::default(), Limits::default()).unwrap();
    assert_eq!(layout.faults().len(), 0, "{:?}", layout.faults());
}

/// A file that is mostly zeros: some bytes at its start and its end.
struct Sparse {
    head: Vec<u8>,
    len: u64,
    tail: Vec<u8>,
}

impl Source for Sparse {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, span: Span, into: &mut Vec<u8>) -> io::Result<()> {
        if span.end() > self.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let tail_at = self.len - self.tail.len() as u64;
        into.clear();
        into.extend((span.start()..span.end()).map(|at| {
            if at >= tail_at {
                self.tail[(at - tail_at) as usize]
            } else {
                self.head.get(at as usize).copied().unwrap_or(0)
            }
        }));
        Ok(())
    }
}

/// `mdat` of 4 GiB with a chunk shortly before the 32-bit limit.
fn just_below_4_gib() -> Sparse {
    let len = 0x1_0000_0000 + 1_000;
    let mut head = movie(&[1], |a| a.u32(0xFFFF_FFF0), |_| {});
    let mdat = len - head.len() as u64;
    head.extend(1_u32.to_be_bytes());
    head.extend(b"mdat");
    head.extend(mdat.to_be_bytes());
    Sparse { head, len, tail: b"tail".to_vec() }
}

#[test]
fn chunk_offsets_that_would_pass_4_gib_become_64_bit() {
    let file = just_below_4_gib();
    let layout = Layout::locate(&file, Scope::default(), Limits::default()).unwrap();
    let request = law::request(&file.head, LONG, Fit::Any);
    let edited = prkit_bmff::plan(&layout, &file, &request).unwrap();
    let grown = edited.plan.new_len() - file.len;
    let new_head: u64 =
        edited.plan.segments().iter().take(edited.plan.segments().len() - 1).map(|s| s.new_len()).sum();
    let mut head = Vec::new();
    for segment in edited.plan.segments() {
        if (head.len() as u64) < new_head {
            edited
                .plan
                .render(segment, &file, &mut |b| {
                    head.extend_from_slice(b);
                    Ok(())
                })
                .unwrap();
        }
    }
    let at = head.windows(4).position(|w| w == b"co64").unwrap();
    assert_eq!(u32::from_be_bytes(head[at - 4..at].try_into().unwrap()), 24);
    let value = u64::from_be_bytes(head[at + 12..at + 20].try_into().unwrap());
    assert_eq!(value, 0xFFFF_FFF0 + grown);
    // The table's own four bytes more are part of what the chunk moves by.
    let pssh_growth = 2 * (LONG.len() as u64 - "https://a/xxxxxxxxxxxxxxxxxxxx".len() as u64);
    assert_eq!(grown, pssh_growth + 4);
    assert_eq!(edited.patched["stco"], 1);
}
