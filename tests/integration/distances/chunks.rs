//! Chunk offsets of tracks.

use super::{HERE, LONG, OTHER, content_of, field, forced, inserted, mdat, movie, refused, word};
use crate::law;
use crate::reader;
use prkit_bmff::{Fit, Layout, Limits, Scope};
use prkit_plan::{Source, Span, Strategy};
use std::io;

#[test]
fn a_pointer_past_the_end_moves_with_the_end_and_is_reported() {
    let file = movie(&[HERE], |a| a.distance_plus(4, "file", "end", 500), mdat);
    let edited = law::reheader(&file, LONG, Fit::Any).unwrap();
    assert_eq!(edited.stale.len(), 1);
    assert_eq!(edited.stale[0].why, "points past the end of the file");
    let new = edited.plan.to_vec(&&file[..]).unwrap();
    assert_eq!(field(&new, b"stco", 8), new.len() + 500);
}

#[test]
fn a_pointer_into_the_replaced_box_keeps_its_number_and_is_reported() {
    let file = movie(&[HERE], |a| a.u32(100), mdat);
    let error = refused(&file);
    assert!(error.contains("media data stands at bytes 100..110"), "{error}");
    let edited = forced(&file);
    assert_eq!(edited.stale_count, 2);
    let new = edited.plan.to_vec(&&file[..]).unwrap();
    assert_eq!(field(&new, b"stco", 8), 100);
}

#[test]
fn filler_that_holds_media_data_is_no_filler() {
    let file = movie(
        &[HERE],
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
    assert!(error.contains("does not fit as asked (slack)"), "{error}");
}

#[test]
fn chunks_of_other_files_are_left_alone() {
    let file = movie(&[OTHER], |a| a.u32(0xFFFF_FFF0), mdat);
    let edited = law::reheader(&file, LONG, Fit::Any).unwrap();
    assert_eq!(edited.patched.get("stco"), None);
    assert_eq!(edited.stale_count, 0);
}

#[test]
fn nothing_is_appended_to_a_sample_that_runs_past_the_end() {
    let file = movie(&[HERE], |a| a.distance_plus(4, "file", "end", -4), mdat);
    let error = inserted(&file, 9);
    assert!(error.starts_with("stco says that media data stands at bytes"), "{error}");
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
    let mut head = movie(&[HERE], |a| a.u32(0xFFFF_FFF0), |_| {});
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
    let at = content_of(&head, b"co64");
    assert_eq!(word(&head, at - 8), 24);
    let value = u64::from_be_bytes(head[at + 8..at + 16].try_into().unwrap());
    assert_eq!(value, 0xFFFF_FFF0 + grown);
    // The table's own four bytes more are part of what the chunk moves by.
    let pssh_growth = 2 * (LONG.len() as u64 - "https://a/xxxxxxxxxxxxxxxxxxxx".len() as u64);
    assert_eq!(grown, pssh_growth + 4);
    assert_eq!(edited.patched["stco"], 1);
}
