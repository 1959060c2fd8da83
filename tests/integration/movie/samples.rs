//! A track with its samples, and auxiliary data of samples.

use super::{Aux, Samples, unique};
use crate::asm::{Asm, Size};

impl Samples {
    pub(super) fn put_trak(&self, a: &mut Asm) {
        a.open(b"trak");
        let mut tkhd = [0; 84];
        tkhd[15] = 1;
        a.leaf(b"tkhd", &tkhd);
        a.open(b"mdia");
        a.leaf(b"hdlr", b"\0\0\0\0\0\0\0\0vide\0\0\0\0\0\0\0\0\0\0\0\0\0");
        a.open(b"minf");
        a.open(b"dinf");
        a.full(b"dref", 0, 0);
        a.u32(1);
        a.full(b"url ", 0, 1);
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
        for i in 0..self.chunks.len() {
            a.distance(if self.wide { 8 } else { 4 }, "file", format!("chunk {i}"));
        }
        a.close();
        put_aux(a, self.aux, sizes.len(), "file", "moov aux");
        a.close();
        a.close();
        a.close();
        a.close();
    }

    pub(super) fn put_data(&self, a: &mut Asm, size: Size) {
        a.open_as(b"mdat", size);
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

/// `senc`, `saiz` and `saio`, the last behind what it points at or before it.
pub(super) fn put_aux(a: &mut Asm, aux: Aux, samples: usize, base: &str, label: &str) {
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
    a.distance(if version == 0 { 4 } else { 8 }, base, label);
    a.close();
    if in_senc {
        a.full(b"senc", 0, 0);
        a.u32(samples as u32);
        a.label(label);
        a.put(&unique("iv", samples, 8 * samples));
        a.close();
    }
}
