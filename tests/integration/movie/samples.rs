//! A track with its samples, and auxiliary data of samples.

use super::{Aux, Home, Samples, unique};
use crate::asm::{Asm, Size};

impl Samples {
    pub(super) fn put_trak(&self, a: &mut Asm, more: impl FnOnce(&mut Asm)) {
        open_trak(a, 1, self.home, false);
        a.full(b"stsc", 0, 0);
        a.u32(self.chunks.len() as u32);
        for (i, chunk) in self.chunks.iter().enumerate() {
            a.u32(i as u32 + 1);
            a.u32(chunk.len() as u32);
            a.u32(1);
        }
        a.close();
        a.full(b"stsz", 0, 0);
        let sizes: Vec<usize> = self.chunks.concat();
        a.u32(0);
        a.u32(sizes.len() as u32);
        for size in &sizes {
            a.u32(*size as u32);
        }
        a.close();
        a.full(if self.wide { b"co64" } else { b"stco" }, 0, 0);
        a.u32(self.chunks.len() as u32);
        let width = if self.wide { 8 } else { 4 };
        for i in 0..self.chunks.len() {
            match self.home {
                Home::Here(_) => a.distance(width, "file", format!("chunk {i}")),
                Home::OtherFile => a.put(&[0, 0, 0, 0, 0, 0, 1, i as u8][8 - width..]),
                Home::Identified => a.distance(width, "samples", format!("chunk {i}")),
            }
        }
        a.close();
        put_aux(a, self.aux, sizes.len(), self.home, "file", "samples", "moov aux");
        a.close();
        a.close();
        a.close();
        more(a);
        a.close();
    }

    pub(super) fn put_data(&self, a: &mut Asm, size: Size) {
        if self.home == Home::Identified {
            a.open_as(b"imda", size);
            a.u32(7);
        } else {
            a.open_as(b"mdat", size);
        }
        a.label("samples");
        a.put(b"unreferenced");
        for (i, chunk) in self.chunks.iter().enumerate() {
            a.label(format!("chunk {i}"));
            for (j, len) in chunk.iter().enumerate() {
                a.put(&unique("sample", i * 100 + j, *len));
            }
            a.put(b"gap");
        }
        if matches!(self.aux, Aux::InMdat { .. }) {
            a.label("moov aux");
            a.put(&unique("aux", 0, 8 * self.chunks.concat().len()));
        }
        a.close();
    }
}

/// A track up to its sample entries, its `stbl` open.
fn open_trak(a: &mut Asm, id: u8, home: Home, in_fragments: bool) {
    a.open(b"trak");
    let mut tkhd = [0; 84];
    tkhd[15] = id;
    a.leaf(b"tkhd", &tkhd);
    a.open(b"mdia");
    a.leaf(b"hdlr", b"\0\0\0\0\0\0\0\0vide\0\0\0\0\0\0\0\0\0\0\0\0\0");
    a.open(b"minf");
    a.open(b"dinf");
    a.full(b"dref", 0, 0);
    a.u32(1);
    match home {
        Home::Here(flags) => a.full(b"url ", 0, flags),
        Home::OtherFile => {
            a.full(b"url ", 0, 0);
            a.put(b"other.mp4\0");
        }
        Home::Identified if in_fragments => a.full(b"snim", 0, 0),
        Home::Identified => {
            a.full(b"imdt", 0, 0);
            a.u32(7);
        }
    }
    a.close();
    a.close();
    a.close();
    a.open(b"stbl");
    a.full(b"stsd", 0, 0);
    a.u32(1);
    a.open(b"encv");
    a.put(&[0, 0, 0, 0, 0, 0, 0, 1]);
    a.put(&[0; 70]);
    a.close();
    a.close();
}

/// A track whose samples are in fragments.
pub(super) fn put_empty_trak(a: &mut Asm, id: u8, home: Home) {
    open_trak(a, id, home, true);
    for (kind, zeros) in [(b"stts", 4), (b"stsc", 4), (b"stsz", 8), (b"stco", 4)] {
        a.full(kind, 0, 0);
        a.put(&vec![0; zeros]);
        a.close();
    }
    for _ in 0..4 {
        a.close();
    }
}

/// `senc`, `saiz` and `saio`, the last behind what it points at or before it. Offsets to what is in this file count from
/// `base`, those into an `imda` from `payload`, and those into another file are any.
pub(super) fn put_aux(
    a: &mut Asm,
    aux: Aux,
    samples: usize,
    home: Home,
    base: &str,
    payload: &str,
    label: &str,
) {
    let (version, typed, in_senc) = match aux {
        Aux::None => return,
        Aux::InSenc { version, typed } => (version, typed, true),
        Aux::InMdat { version, typed } => (version, typed, false),
    };
    let head = |a: &mut Asm, kind: &[u8; 4], version: u8| {
        a.full(kind, version, u32::from(typed));
        if typed {
            a.put(b"cenc\0\0\0\0");
        }
    };
    head(a, b"saiz", 0);
    a.u8(8);
    a.u32(samples as u32);
    a.close();
    head(a, b"saio", version);
    a.u32(1);
    let width = if version == 0 { 4 } else { 8 };
    match home {
        Home::OtherFile if !in_senc => a.put(&[0, 0, 0, 0, 0, 7, 0, 0][8 - width..]),
        Home::Identified if !in_senc => a.distance(width, payload, label),
        _ => a.distance(width, base, label),
    }
    a.close();
    if in_senc {
        a.full(b"senc", 0, 0);
        a.u32(samples as u32);
        a.label(label);
        a.put(&unique("iv", samples, 8 * samples));
        a.close();
    }
}
