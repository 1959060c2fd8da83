//! Generated files: every combination of the structures that hold positions.

use crate::asm::{Asm, Size};
use proptest::prelude::*;

/// A file to generate.
#[derive(Clone, Debug)]
pub struct Movie {
    pub moov: Option<Moov>,
    pub fragments: Vec<Fragment>,
    pub index: Index,
    pub levels: bool,
    pub random_access: Option<u8>,
    pub items: Option<Items>,
    pub file_pssh: bool,
    pub free_first: usize,
}

#[derive(Clone, Debug)]
pub struct Moov {
    pub size: Size,
    /// Children before and after the tracks.
    pub before: Vec<Child>,
    pub after: Vec<Child>,
    pub samples: Option<Samples>,
    pub meta_pssh: bool,
    /// A `free` box right behind it.
    pub followed_by: usize,
}

#[derive(Clone, Debug)]
pub enum Child {
    Pssh(Pssh),
    Free(usize),
}

#[derive(Clone, Debug)]
pub struct Pssh {
    pub playready: bool,
    pub version: u8,
    pub piff: bool,
    pub size: Size,
    pub trailing: usize,
    pub url: usize,
}

/// A track with its samples in `moov`.
#[derive(Clone, Debug)]
pub struct Samples {
    pub wide: bool,
    pub moov_last: bool,
    pub mdat: Size,
    pub chunks: Vec<Vec<usize>>,
    pub aux: Aux,
}

/// Where auxiliary data stands, and how `saio` is written.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Aux {
    None,
    InSenc { version: u8, typed: bool },
    InMdat { version: u8, typed: bool },
}

#[derive(Clone, Debug)]
pub struct Fragment {
    pub children: Vec<Child>,
    pub children_last: bool,
    pub tracks: Vec<TrackRun>,
    pub mdat: Size,
    /// Boxes in front of it.
    pub styp: bool,
    pub prft: bool,
    pub emsg: bool,
}

#[derive(Clone, Debug)]
pub struct TrackRun {
    pub base: Base,
    pub runs: Vec<Vec<usize>>,
    pub sizes_in_run: bool,
    pub aux: Aux,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Base {
    /// Base data offset at the `moof`.
    Explicit,
    /// Base data offset at the media data.
    Data,
    Moof,
    Legacy,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Index {
    None,
    One {
        version: u8,
    },
    Each,
    /// One that points at one a fragment.
    Nested,
}

#[derive(Clone, Debug)]
pub struct Items {
    pub version: u8,
    pub base: bool,
    pub wide: bool,
    pub idat: bool,
}

const NS: &str = "http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader";

pub fn object(url: usize) -> Vec<u8> {
    let url = "x".repeat(url);
    let xml = format!(
        "<WRMHEADER xmlns=\"{NS}\" version=\"4.0.0.0\"><DATA><PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID>\
         </PROTECTINFO><KID>MyIRAFVEd2aImaq7zN3u/w==</KID><LA_URL>https://a/{url}</LA_URL></DATA></WRMHEADER>"
    );
    let record: Vec<u8> = xml.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut bytes = (record.len() as u32 + 10).to_le_bytes().to_vec();
    bytes.extend([1, 0, 1, 0]);
    bytes.extend((record.len() as u16).to_le_bytes());
    bytes.extend(record);
    bytes
}

impl Pssh {
    fn put(&self, a: &mut Asm) {
        let kind = if self.piff { b"uuid" } else { b"pssh" };
        a.open_as(kind, self.size);
        if self.piff {
            a.put(&[
                0xd0, 0x8a, 0x4f, 0x18, 0x10, 0xf3, 0x4a, 0x82, 0xb6, 0xc8, 0x32, 0xd8, 0xab, 0xa1, 0x83,
                0xd3,
            ]);
        }
        let version = if self.piff { 0 } else { self.version };
        a.put(&[version, 0, 0, 0]);
        let playready =
            [0x9a, 0x04, 0xf0, 0x79, 0x98, 0x40, 0x42, 0x86, 0xab, 0x92, 0xe6, 0x5b, 0xe0, 0x88, 0x5f, 0x95];
        a.put(if self.playready { &playready } else { b"another DRM here" });
        if version > 0 {
            a.u32(1);
            a.put(b"0123456789abcdef");
        }
        let data = if self.playready { object(self.url) } else { vec![7; self.url] };
        a.u32(data.len() as u32);
        a.put(&data);
        a.put(&vec![9; self.trailing]);
        a.close();
    }
}

impl Child {
    fn put(&self, a: &mut Asm) {
        match self {
            Self::Pssh(pssh) => pssh.put(a),
            Self::Free(len) => a.leaf(b"free", &vec![0xFE; *len]),
        }
    }
}

/// Bytes that occur once: whoever reads others from there, reads wrong ones.
fn unique(name: &str, i: usize, len: usize) -> Vec<u8> {
    format!("<{name} {i}>").bytes().cycle().take(len).collect()
}

impl Movie {
    /// Whether there is a PlayReady object to edit.
    pub fn has_playready(&self) -> bool {
        let playready =
            |children: &[Child]| children.iter().any(|c| matches!(c, Child::Pssh(p) if p.playready));
        self.file_pssh
            || self.moov.as_ref().is_some_and(|m| m.meta_pssh || playready(&m.before) || playready(&m.after))
            || self.fragments.iter().any(|f| playready(&f.children))
    }

    pub fn build(&self) -> Vec<u8> {
        let mut a = Asm::default();
        if self.moov.is_some() {
            a.leaf(b"ftyp", b"iso6\0\0\0\0iso6");
        }
        if self.free_first > 0 {
            a.leaf(b"free", &vec![0; self.free_first]);
        }
        if self.file_pssh {
            Pssh { playready: true, version: 0, piff: false, size: Size::Short, trailing: 0, url: 20 }
                .put(&mut a);
        }
        if let Some(items) = &self.items {
            items.put(&mut a, self.moov.is_none());
        }
        if let Some(moov) = &self.moov {
            self.put_moov(&mut a, moov);
        }
        self.put_fragments(&mut a);
        if self.items.as_ref().is_some_and(|items| !items.idat) {
            a.open(b"mdat");
            a.put(b"before");
            a.label("items");
            a.label("item 0");
            a.put(&unique("item", 0, 30));
            a.label("item 1");
            a.put(&unique("item", 1, 21));
            a.close();
        }
        if let Some(version) = self.random_access.filter(|_| !self.fragments.is_empty()) {
            self.put_mfra(&mut a, version);
        }
        a.finish()
    }

    fn put_moov(&self, a: &mut Asm, moov: &Moov) {
        let last = moov.samples.as_ref().is_some_and(|s| s.moov_last);
        if let (true, Some(samples)) = (last, &moov.samples) {
            // A size to the end of the file would swallow moov.
            samples.put_data(a, Size::Short);
        }
        let size = if moov.size == Size::ToEnd { Size::Short } else { moov.size };
        a.open_as(b"moov", size);
        a.leaf(b"mvhd", &[0; 100]);
        for child in &moov.before {
            child.put(a);
        }
        if let Some(samples) = &moov.samples {
            samples.put_trak(a);
        }
        if !self.fragments.is_empty() {
            a.open(b"mvex");
            for id in 2..5_u32 {
                a.full(b"trex", 0, 0);
                for n in [id, 1, 0, 9, 0] {
                    a.u32(n);
                }
                a.close();
            }
            a.close();
        }
        if moov.meta_pssh {
            a.full(b"meta", 0, 0);
            a.leaf(b"hdlr", &[0; 24]);
            Pssh { playready: true, version: 0, piff: false, size: Size::Short, trailing: 3, url: 8 }.put(a);
            a.close();
        }
        for child in &moov.after {
            child.put(a);
        }
        a.close();
        if moov.followed_by > 0 {
            a.leaf(b"free", &vec![0; moov.followed_by]);
        }
        if let (false, Some(samples)) = (last, &moov.samples) {
            let size =
                if self.fragments.is_empty() && self.items.is_none() { samples.mdat } else { Size::Short };
            samples.put_data(a, size);
        }
    }

    fn put_fragments(&self, a: &mut Asm) {
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

    fn put_mfra(&self, a: &mut Asm, version: u8) {
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

impl Samples {
    fn put_trak(&self, a: &mut Asm) {
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

    fn put_data(&self, a: &mut Asm, size: Size) {
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
fn put_aux(a: &mut Asm, aux: Aux, samples: usize, base: &str, label: &str) {
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

impl Items {
    fn put(&self, a: &mut Asm, first: bool) {
        if first {
            a.leaf(b"ftyp", b"mif1\0\0\0\0mif1");
        }
        a.full(b"meta", 0, 0);
        a.leaf(b"hdlr", &[0; 24]);
        let wide = if self.wide { 8 } else { 4 };
        let base = if self.base { wide } else { 0 };
        a.full(b"iloc", self.version, 0);
        a.u8((wide as u8) << 4 | 4);
        a.u8((base as u8) << 4);
        let id = |a: &mut Asm, n: u32| if self.version < 2 { a.u16(n as u16) } else { a.u32(n) };
        id(a, 2);
        for item in 0..2 {
            id(a, item + 1);
            if self.version > 0 {
                a.u16(u16::from(self.idat));
            }
            a.u16(0);
            let (zero, origin) = if self.idat { ("idat", "idat") } else { ("file", "items") };
            if self.base {
                a.distance(wide, zero, origin);
            }
            a.u16(1);
            a.distance(wide, if self.base { origin } else { zero }, format!("item {item}"));
            a.u32([30, 21][item as usize]);
        }
        a.close();
        if self.idat {
            a.open(b"idat");
            a.label("idat");
            a.label("item 0");
            a.put(&unique("item", 0, 30));
            a.label("item 1");
            a.put(&unique("item", 1, 21));
            a.close();
        }
        a.close();
    }
}

fn size() -> impl Strategy<Value = Size> {
    prop_oneof![4 => Just(Size::Short), 1 => Just(Size::Large)]
}

fn data_size() -> impl Strategy<Value = Size> {
    prop_oneof![4 => Just(Size::Short), 1 => Just(Size::Large), 1 => Just(Size::ToEnd)]
}

fn pssh() -> impl Strategy<Value = Pssh> {
    (prop::bool::weighted(0.8), 0_u8..2, prop::bool::weighted(0.2), size(), 0_usize..6, 0_usize..60).prop_map(
        |(playready, version, piff, size, trailing, url)| Pssh {
            playready,
            version,
            piff,
            size,
            trailing,
            url,
        },
    )
}

fn children() -> impl Strategy<Value = Vec<Child>> {
    let child = prop_oneof![3 => pssh().prop_map(Child::Pssh), 1 => (0_usize..200).prop_map(Child::Free)];
    prop::collection::vec(child, 0..4)
}

fn aux() -> impl Strategy<Value = Aux> {
    prop_oneof![
        Just(Aux::None),
        (0_u8..2, any::<bool>()).prop_map(|(version, typed)| Aux::InSenc { version, typed }),
        (0_u8..2, any::<bool>()).prop_map(|(version, typed)| Aux::InMdat { version, typed }),
    ]
}

fn runs() -> impl Strategy<Value = Vec<Vec<usize>>> {
    prop::collection::vec(prop::collection::vec(1_usize..40, 1..4), 1..4)
}

fn fragment() -> impl Strategy<Value = Fragment> {
    let base = prop_oneof![Just(Base::Explicit), Just(Base::Data), Just(Base::Moof), Just(Base::Legacy)];
    let track =
        (base, runs(), any::<bool>(), aux()).prop_map(|(base, runs, sizes_in_run, aux)| match (base, aux) {
            (Base::Data, Aux::InSenc { .. }) => TrackRun { base: Base::Explicit, runs, sizes_in_run, aux },
            _ => TrackRun { base, runs, sizes_in_run, aux },
        });
    (children(), any::<bool>(), prop::collection::vec(track, 1..4), data_size(), any::<[bool; 3]>()).prop_map(
        |(children, children_last, tracks, mdat, [styp, prft, emsg])| Fragment {
            children,
            children_last,
            tracks,
            mdat,
            styp,
            prft,
            emsg,
        },
    )
}

fn moov() -> impl Strategy<Value = Moov> {
    let samples = (any::<bool>(), any::<bool>(), data_size(), runs(), aux())
        .prop_map(|(wide, moov_last, mdat, chunks, aux)| Samples { wide, moov_last, mdat, chunks, aux });
    let followed = prop_oneof![Just(0), Just(0), 1_usize..300];
    (size(), children(), children(), prop::option::of(samples), prop::bool::weighted(0.2), followed).prop_map(
        |(size, before, after, samples, meta_pssh, followed_by)| Moov {
            size,
            before,
            after,
            samples,
            meta_pssh,
            followed_by,
        },
    )
}

/// Any file.
pub fn movies() -> impl Strategy<Value = Movie> {
    let index = prop_oneof![
        Just(Index::None),
        (0_u8..2).prop_map(|version| Index::One { version }),
        Just(Index::Each),
        Just(Index::Nested)
    ];
    let items = (0_u8..3, any::<bool>(), any::<bool>(), any::<bool>())
        .prop_map(|(version, base, wide, idat)| Items { version, base, wide, idat: idat && version > 0 });
    (
        prop::option::weighted(0.8, moov()),
        prop::collection::vec(fragment(), 0..4),
        index,
        any::<bool>(),
        prop::option::of(0_u8..2),
        prop::option::weighted(0.3, items),
        prop::bool::weighted(0.2),
        prop_oneof![Just(0), Just(0), 1_usize..100],
    )
        .prop_map(|(moov, fragments, index, levels, random_access, items, file_pssh, free_first)| Movie {
            moov,
            fragments,
            index,
            levels,
            random_access,
            items,
            file_pssh,
            free_first,
        })
        .prop_filter("something to edit", Movie::has_playready)
}
