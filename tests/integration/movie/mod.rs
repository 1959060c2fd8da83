//! Generated files: every combination of the structures that hold positions.

mod any;
mod fragments;
mod items;
mod samples;

pub use any::movies;

use crate::asm::{Asm, Size};

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
}
