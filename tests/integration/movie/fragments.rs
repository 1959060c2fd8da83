//! Fragments, and what points at them.

use super::samples::put_aux;
use super::{Aux, Base, Fragment, Home, Index, ItemsIn, Movie, TrackRun, unique};
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
            let to_end = i + 1 == count
                && self.random_access.is_none()
                && self.vendor.is_none()
                && self.items.as_ref().is_none_or(|i| i.idat);
            fragment.put(a, self, i, to_end);
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
    fn put(&self, a: &mut Asm, movie: &Movie, i: usize, to_end: bool) {
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
                // Only what is in this file has an end in it.
                Base::Legacy => (0..t)
                    .rfind(|t| matches!(movie.home_of(*t), Home::Here(_)))
                    .map_or_else(|| format!("moof {i}"), |t| format!("run end {i} {t}")),
            };
            track.put(a, i, t, movie.home_of(t), &base, |a| {
                if i == 0 && t == 0 {
                    movie.put_items(a, &[ItemsIn::Traf]);
                }
            });
        }
        if i == 0 {
            movie.put_items(a, &[ItemsIn::Moof]);
        }
        if self.children_last {
            self.children.iter().for_each(|child| child.put(a));
        }
        a.close();
        a.label(format!("mdat {i}"));
        let has = |wanted: bool| {
            let home = |t: usize| movie.home_of(t) == Home::Identified;
            (0..self.tracks.len()).any(|t| home(t) == wanted)
        };
        let size = if self.mdat == Size::ToEnd && (!to_end || has(true)) { Size::Short } else { self.mdat };
        if has(false) {
            a.open_as(b"mdat", size);
            a.label(format!("mdat data {i}"));
            a.put(b"leading");
            self.put_data(a, movie, i, false);
            a.close();
        }
        if has(true) {
            a.open_as(b"imda", if size == Size::ToEnd { Size::Short } else { size });
            a.u32(i as u32 + 1);
            a.label(format!("imda data {i}"));
            a.put(b"leading, too");
            self.put_data(a, movie, i, true);
            a.close();
        }
    }

    fn put_data(&self, a: &mut Asm, movie: &Movie, i: usize, identified: bool) {
        for (t, track) in self.tracks.iter().enumerate() {
            if (movie.home_of(t) == Home::Identified) != identified {
                continue;
            }
            if matches!(track.aux, Aux::InMdat { .. }) {
                a.label(format!("aux {i} {t}"));
                a.put(&unique("aux", i * 10 + t, 8 * track.runs.concat().len()));
            }
            for (r, run) in track.runs.iter().enumerate() {
                a.label(format!("run {i} {t} {r}"));
                for (s, len) in run.iter().enumerate() {
                    let len = if track.sizes_in_run { *len } else { 9 };
                    a.put(&unique("frame", i * 1000 + t * 100 + r * 10 + s, len));
                }
            }
            a.label(format!("run end {i} {t}"));
        }
    }
}

impl Movie {
    /// Where the samples of a track of fragments are. A lone segment does not say, and has them all in one kind of box.
    pub(super) fn home_of(&self, track: usize) -> Home {
        match (&self.moov, self.homes[track]) {
            (Some(_), home) => home,
            (None, _) if self.homes[0] == Home::Identified => Home::Identified,
            (None, _) => Home::Here(1),
        }
    }
}

impl TrackRun {
    fn put(&self, a: &mut Asm, i: usize, t: usize, home: Home, base: &str, more: impl FnOnce(&mut Asm)) {
        a.open(b"traf");
        let flags = match (self.base, home) {
            (Base::Data, Home::Identified) => 0,
            (Base::Explicit | Base::Data, _) => 1,
            (Base::Moof, _) => 0x2_0000,
            (Base::Legacy, _) => 0,
        };
        a.full(b"tfhd", 0, flags);
        a.u32(t as u32 + 2);
        let payload = format!("imda data {i}");
        if flags == 1 {
            match home {
                Home::Here(_) => a.distance(8, "file", base),
                Home::OtherFile => a.put(&[0, 0, 0, 0, 0, 0, 0x0B, 0xB8]),
                Home::Identified => a.put(&[0; 8]),
            }
        }
        a.close();
        for (r, run) in self.runs.iter().enumerate() {
            // Runs after the first follow on.
            a.full(b"trun", 0, u32::from(r == 0) | if self.sizes_in_run { 0x200 } else { 0 });
            a.u32(run.len() as u32);
            if r == 0 {
                let run = format!("run {i} {t} {r}");
                match home {
                    Home::Here(_) => a.distance(4, base, run),
                    Home::OtherFile => a.u32(300),
                    Home::Identified => a.distance(4, payload.clone(), run),
                }
            }
            if self.sizes_in_run {
                run.iter().for_each(|len| a.u32(*len as u32));
            }
            a.close();
        }
        let samples = self.runs.concat().len();
        let moof = format!("moof {i}");
        // Offsets are not negative: `senc` stands before the media data. FFmpeg counts from the moof then.
        let in_senc = matches!(self.aux, Aux::InSenc { .. });
        let from_moof = in_senc && (self.base == Base::Legacy || !matches!(home, Home::Here(_)));
        let base = if from_moof { &moof } else { base };
        put_aux(a, self.aux, samples, home, base, &payload, &format!("aux {i} {t}"));
        more(a);
        a.close();
    }
}
