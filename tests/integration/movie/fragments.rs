//! Fragments, and what points at them.

use super::samples::put_aux;
use super::{Aux, Base, Fragment, Index, Movie, TrackRun, unique};
use crate::asm::{Asm, Size};

impl Movie {
    pub(super) fn put_fragments(&self, a: &mut Asm) {
        let count = self.fragments.len();
        if count == 0 {
            return;
        }
        let ends =
            |i: usize| if i + 1 == count { "fragments end".to_owned() } else { format!("segment {}", i + 1) };
        let starts = |i: usize| format!("segment {i}");
        match self.index {
            Index::One { version } => {
                put_sidx(a, "top", version, 0, &(0..count).map(|i| (starts(i), ends(i))).collect::<Vec<_>>());
            }
            Index::Nested => {
                put_sidx(a, "top", 0, 1, &(0..count).map(|i| (starts(i), ends(i))).collect::<Vec<_>>());
            }
            Index::None | Index::Each => {}
        }
        if self.levels && matches!(self.index, Index::One { .. }) {
            a.full(b"ssix", 0, 0);
            a.u32(count as u32);
            for i in 0..count {
                a.u32(2);
                a.u8(0);
                a.distance(3, starts(i), format!("mdat {i}"));
                a.u8(1);
                a.distance(3, format!("mdat {i}"), ends(i));
            }
            a.close();
        }
        for (i, fragment) in self.fragments.iter().enumerate() {
            a.label(starts(i));
            if fragment.styp {
                a.leaf(b"styp", b"msdh\0\0\0\0msdh");
            }
            if matches!(self.index, Index::Each | Index::Nested) {
                put_sidx(a, &format!("of {i}"), 1, 0, &[(format!("body {i}"), ends(i))]);
            }
            a.label(format!("body {i}"));
            if fragment.prft {
                a.leaf(b"prft", &[0; 24]);
            }
            if fragment.emsg {
                a.leaf(b"emsg", &[1; 40]);
            }
            let to_end =
                i + 1 == count && self.random_access.is_none() && self.items.as_ref().is_none_or(|i| i.idat);
            fragment.put(a, i, to_end);
        }
        a.label("fragments end");
    }

    pub(super) fn put_mfra(&self, a: &mut Asm, version: u8) {
        a.label("mfra");
        a.open(b"mfra");
        a.full(b"tfra", version, 0);
        a.u32(2);
        a.u32(0b01_00_10);
        a.u32(self.fragments.len() as u32);
        for i in 0..self.fragments.len() {
            let width = if version == 0 { 4 } else { 8 };
            a.put(&vec![0; width]);
            a.distance(width, "file", format!("moof {i}"));
            a.put(&[0, 1, 1, 0, 0, 1]);
        }
        a.close();
        a.full(b"mfro", 0, 0);
        a.distance(4, "mfra", "end");
        a.close();
        a.close();
    }
}

fn put_sidx(a: &mut Asm, name: &str, version: u8, kind: u32, references: &[(String, String)]) {
    a.full(b"sidx", version, 0);
    a.u32(1);
    a.u32(1000);
    let width = if version == 0 { 4 } else { 8 };
    a.put(&vec![0; width]);
    a.distance(width, format!("sidx {name} end"), references[0].0.clone());
    a.u16(0);
    a.u16(references.len() as u16);
    for (from, to) in references {
        let at = a.bytes.len();
        a.distance(4, from.clone(), to.clone());
        a.bytes[at] |= (kind as u8) << 7;
        a.u32(500);
        a.u32(0x9000_0000);
    }
    a.close();
    a.label(format!("sidx {name} end"));
}

impl Fragment {
    fn put(&self, a: &mut Asm, i: usize, to_end: bool) {
        a.label(format!("moof {i}"));
        a.open(b"moof");
        a.full(b"mfhd", 0, 0);
        a.u32(i as u32 + 1);
        a.close();
        if !self.children_last {
            self.children.iter().for_each(|child| child.put(a));
        }
        for (t, track) in self.tracks.iter().enumerate() {
            // Without an explicit base, later track fragments count from where the one before ends.
            let base = match track.base {
                Base::Explicit | Base::Moof => format!("moof {i}"),
                Base::Data => format!("mdat data {i}"),
                Base::Legacy if t == 0 => format!("moof {i}"),
                Base::Legacy => format!("run end {i} {}", t - 1),
            };
            track.put(a, i, t, &base);
        }
        if self.children_last {
            self.children.iter().for_each(|child| child.put(a));
        }
        a.close();
        a.label(format!("mdat {i}"));
        a.open_as(b"mdat", if self.mdat == Size::ToEnd && !to_end { Size::Short } else { self.mdat });
        a.label(format!("mdat data {i}"));
        a.put(b"leading");
        for (t, track) in self.tracks.iter().enumerate() {
            if matches!(track.aux, Aux::InMdat { .. }) {
                a.label(format!("aux {i} {t}"));
                a.put(&unique("aux", i * 10 + t, 8 * track.runs.concat().len()));
            }
            for (r, run) in track.runs.iter().enumerate() {
                a.label(format!("run {i} {t} {r}"));
                for (s, len) in run.iter().enumerate() {
                    a.put(&unique(
                        "frame",
                        i * 1000 + t * 100 + r * 10 + s,
                        if track.sizes_in_run { *len } else { 9 },
                    ));
                }
            }
            a.label(format!("run end {i} {t}"));
        }
        a.close();
    }
}

impl TrackRun {
    fn put(&self, a: &mut Asm, i: usize, t: usize, base: &str) {
        a.open(b"traf");
        let flags = match self.base {
            Base::Explicit | Base::Data => 1,
            Base::Moof => 0x2_0000,
            Base::Legacy => 0,
        };
        a.full(b"tfhd", 0, flags);
        a.u32(t as u32 + 2);
        if flags == 1 {
            a.distance(8, "file", base);
        }
        a.close();
        for (r, run) in self.runs.iter().enumerate() {
            // Runs after the first follow on.
            a.full(b"trun", 0, u32::from(r == 0) | if self.sizes_in_run { 0x200 } else { 0 });
            a.u32(run.len() as u32);
            if r == 0 {
                a.distance(4, base, format!("run {i} {t} {r}"));
            }
            if self.sizes_in_run {
                run.iter().for_each(|len| a.u32(*len as u32));
            }
            a.close();
        }
        let samples = self.runs.concat().len();
        let moof = format!("moof {i}");
        // Offsets are not negative: `senc` stands before the media data. FFmpeg counts from the moof then.
        let from_moof = self.base == Base::Legacy && matches!(self.aux, Aux::InSenc { .. });
        put_aux(a, self.aux, samples, if from_moof { &moof } else { base }, &format!("aux {i} {t}"));
        a.close();
    }
}
