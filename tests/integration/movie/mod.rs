//! Generated files: every combination of the structures that hold positions.

mod any;
mod fragments;
mod items;
mod samples;
mod vendors;

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
    /// Where the samples of the tracks of fragments are.
    pub homes: [Home; 3],
    pub vendor: Option<Vendor>,
    /// What is behind the last box.
    pub trailer: bool,
}

/// Where samples are, by the data reference of their track.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Home {
    /// In this file: a reference without location and with these flags.
    Here(u32),
    OtherFile,
    /// In an `imda` box.
    Identified,
}

/// Whose positions there are.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Vendor {
    Novatek { in_udta: bool },
    Canon,
    Adobe { wide: bool },
    Fragments,
    Index,
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
    /// Filler of so many of these bytes, or something that only looks like it.
    Free(usize, u8),
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
    pub home: Home,
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
    pub place: ItemsIn,
    /// The data reference, counted from 1: of this file, and of another; 0 for none.
    pub reference: u16,
}

/// Where the `meta` box of items is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum ItemsIn {
    File,
    FileMeco,
    Moov,
    MoovMeco,
    MoovUdta,
    Trak,
    TrakUdta,
    Moof,
    Traf,
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
            Self::Free(len, byte) => a.leaf(b"free", &vec![*byte; *len]),
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

    /// Where the items are, in a file that has that place.
    fn items_in(&self) -> ItemsIn {
        let asked = self.items.as_ref().map_or(ItemsIn::File, |items| items.place);
        let has_samples = self.moov.as_ref().is_some_and(|moov| moov.samples.is_some());
        let is_there = match asked {
            ItemsIn::File | ItemsIn::FileMeco => true,
            // One meta a container.
            ItemsIn::Moov => self.moov.as_ref().is_some_and(|moov| !moov.meta_pssh),
            ItemsIn::MoovMeco | ItemsIn::MoovUdta => self.moov.is_some(),
            ItemsIn::Trak | ItemsIn::TrakUdta => has_samples,
            ItemsIn::Moof | ItemsIn::Traf => !self.fragments.is_empty(),
        };
        if is_there { asked } else { ItemsIn::File }
    }

    /// The items, if this is their place.
    fn put_items(&self, a: &mut Asm, places: &[ItemsIn]) {
        let Some(items) = self.items.as_ref().filter(|_| places.contains(&self.items_in())) else { return };
        let around: &[&[u8; 4]] = match self.items_in() {
            ItemsIn::FileMeco | ItemsIn::MoovMeco => &[b"meco"],
            ItemsIn::MoovUdta | ItemsIn::TrakUdta => &[b"udta"],
            _ => &[],
        };
        around.iter().for_each(|kind| a.open(kind));
        items.put(a);
        around.iter().for_each(|_| a.close());
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
        if self.items.is_some() && self.moov.is_none() {
            a.leaf(b"ftyp", b"mif1\0\0\0\0mif1");
        }
        self.put_items(&mut a, &[ItemsIn::File, ItemsIn::FileMeco]);
        if let Some(vendor) = self.vendor.filter(|vendor| !self.is_in_moov(*vendor)) {
            vendor.put(&mut a);
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
        if self.vendor.is_some() {
            vendors::put_blocks(&mut a);
        }
        if let Some(version) = self.random_access.filter(|_| !self.fragments.is_empty()) {
            self.put_mfra(&mut a, version);
        }
        let mut file = a.finish();
        if self.trailer {
            file.extend(vendors::trailer());
        }
        file
    }

    fn is_in_moov(&self, vendor: Vendor) -> bool {
        self.moov.is_some() && matches!(vendor, Vendor::Novatek { .. } | Vendor::Canon)
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
            samples.put_trak(a, |a| self.put_items(a, &[ItemsIn::Trak, ItemsIn::TrakUdta]));
        }
        if let Some(vendor) = self.vendor.filter(|vendor| self.is_in_moov(*vendor)) {
            vendor.put(a);
        }
        if !self.fragments.is_empty() {
            for (id, home) in (2..).zip(self.homes) {
                samples::put_empty_trak(a, id, home);
            }
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
        self.put_items(a, &[ItemsIn::Moov, ItemsIn::MoovMeco, ItemsIn::MoovUdta]);
        a.close();
        if moov.followed_by > 0 {
            a.leaf(b"free", &vec![0; moov.followed_by]);
        }
        if let (false, Some(samples)) = (last, &moov.samples) {
            let is_last = self.fragments.is_empty() && self.items.is_none() && self.vendor.is_none();
            let size = if is_last { samples.mdat } else { Size::Short };
            samples.put_data(a, size);
        }
    }
}
