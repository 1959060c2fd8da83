//! An independent reader: follows every pointer of a file in memory to the bytes it addresses. Shares no code with the
//! crates under test, and has no mercy: a file it cannot read is a panic.

use std::collections::BTreeMap;

/// What a file's pointers address, in order, by what holds them.
pub type Media = BTreeMap<String, Vec<Vec<u8>>>;

struct Box<'a> {
    kind: [u8; 4],
    start: usize,
    body: &'a [u8],
    body_at: usize,
}

fn n(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |n, b| n << 8 | u64::from(*b))
}

fn boxes(file: &[u8], from: usize, to: usize) -> Vec<Box<'_>> {
    let (mut at, mut found) = (from, Vec::new());
    while at + 8 <= to {
        let kind = file[at + 4..at + 8].try_into().unwrap();
        let (size, head) = match n(&file[at..at + 4]) {
            0 => (to - at, 8),
            1 => (n(&file[at + 8..at + 16]) as usize, 16),
            size => (size as usize, 8),
        };
        assert!(size >= head && at + size <= to, "box at {at} has size {size}");
        found.push(Box { kind, start: at, body: &file[at + head..at + size], body_at: at + head });
        at += size;
    }
    found
}

impl Box<'_> {
    fn children<'f>(&self, file: &'f [u8]) -> Vec<Box<'f>> {
        boxes(file, self.body_at, self.body_at + self.body.len())
    }

    fn is(&self, kind: &[u8; 4]) -> bool {
        &self.kind == kind
    }

    fn flags(&self) -> u64 {
        n(&self.body[1..4])
    }
}

/// Where samples are, by the data reference of their track.
#[derive(Clone, Copy, PartialEq)]
enum Home {
    Here,
    Other,
    Identified(u64),
    Numbered,
}

fn homes(file: &[u8], dinf: Option<&Box<'_>>) -> Vec<Home> {
    let Some(dinf) = dinf else { return Vec::new() };
    let dref = dinf.children(file).into_iter().find(|b| b.is(b"dref")).unwrap();
    let entries = boxes(file, dref.body_at + 8, dref.body_at + dref.body.len());
    entries
        .iter()
        .map(|entry| match &entry.kind {
            b"imdt" => Home::Identified(n(&entry.body[4..8])),
            b"snim" => Home::Numbered,
            // No location.
            _ if entry.body.len() <= 4 || entry.body[4] == 0 => Home::Here,
            _ => Home::Other,
        })
        .collect()
}

/// Where the payload of an `imda` begins.
fn payload(file: &[u8], id: u64) -> usize {
    let top = boxes(file, 0, end_of_boxes(file));
    let imda = top.iter().find(|b| b.is(b"imda") && n(&b.body[..4]) == id);
    imda.unwrap_or_else(|| panic!("no imda {id}")).body_at + 4
}

/// The boxes end in front of a trailer of Samsung's.
fn end_of_boxes(file: &[u8]) -> usize {
    if !file.ends_with(b"SEFT") {
        return file.len();
    }
    let little = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;
    let head = file.len() - 8 - little(file.len() - 8);
    assert_eq!(&file[head..head + 4], b"SEFH");
    head - little(head + 16)
}

/// Everything that pointers address: samples, auxiliary data, items; and what indexes say about boxes.
pub fn read(file: &[u8]) -> Media {
    let mut media = Media::new();
    let top = boxes(file, 0, end_of_boxes(file));
    let mut trex = BTreeMap::new();
    let mut tracks = BTreeMap::new();
    let mut subsegments = Vec::new();
    let mut indexes = 0;
    for b in &top {
        match &b.kind {
            b"moov" => moov(file, b, &mut media, &mut trex, &mut tracks),
            b"moof" => moof(file, b, &trex, &tracks, &mut media),
            b"sidx" => {
                subsegments = sidx(file, b, indexes, &mut media);
                indexes += 1;
            }
            b"ssix" => ssix(file, b, &subsegments, &mut media),
            b"mfra" => mfra(file, b, &mut media),
            _ => holder(file, b, "file", &mut media),
        }
    }
    add(&mut media, "trailer", &file[end_of_boxes(file)..]);
    media
}

/// Items, positions of vendors, and filler that is none, wherever they are.
fn holder(file: &[u8], b: &Box<'_>, key: &str, media: &mut Media) {
    match &b.kind {
        b"meta" => iloc(file, b, key, media),
        b"meco" | b"udta" | b"ftbl" => {
            b.children(file).iter().for_each(|child| holder(file, child, key, media));
        }
        b"gps " => b.body[8..].chunks(8).for_each(|entry| block(file, &entry[..4], 24, media)),
        b"uuid" if b.body.starts_with(&[0x85, 0xc0, 0xb6, 0x87]) => {
            let children = boxes(file, b.body_at + 16, b.body_at + b.body.len());
            let ctbo = find(&children, b"CTBO").unwrap();
            ctbo.body[4..].chunks(20).for_each(|entry| block(file, &entry[4..12], 24, media));
        }
        b"afra" => {
            let stride = if b.body[4] & 0x40 == 0 { 12 } else { 16 };
            b.body[13..].chunks(stride).for_each(|entry| block(file, &entry[8..], 24, media));
        }
        b"flst" => b.body[2..].chunks(14).for_each(|entry| match entry[13] {
            0 => block(file, &entry[..8], 24, media),
            _ => add(media, "another file's fragment", entry),
        }),
        b"iptr" => block(file, &b.body[..8], 24, media),
        b"free" if b.body.iter().any(|byte| *byte > b'~') => add(media, "content in free", b.body),
        _ => {}
    }
}

fn block(file: &[u8], offset: &[u8], len: usize, media: &mut Media) {
    let at = n(offset) as usize;
    add(media, "block", &file[at..at + len]);
}

fn add(media: &mut Media, key: impl Into<String>, bytes: &[u8]) {
    media.entry(key.into()).or_default().push(bytes.to_vec());
}

fn find<'a, 'f>(boxes: &'a [Box<'f>], kind: &[u8; 4]) -> Option<&'a Box<'f>> {
    boxes.iter().find(|b| b.is(kind))
}

fn moov(
    file: &[u8],
    moov: &Box<'_>,
    media: &mut Media,
    trex: &mut BTreeMap<u64, u64>,
    tracks: &mut BTreeMap<u64, Home>,
) {
    for child in moov.children(file) {
        if child.is(b"mvex") {
            for b in child.children(file).iter().filter(|b| b.is(b"trex")) {
                trex.insert(n(&b.body[4..8]), n(&b.body[16..20]));
            }
        }
        if !child.is(b"trak") {
            holder(file, &child, "moov", media);
            continue;
        }
        let trak = child.children(file);
        let id = n(&find(&trak, b"tkhd").unwrap().body[12..16]);
        let mdia = find(&trak, b"mdia").unwrap().children(file);
        let minf = find(&mdia, b"minf").unwrap().children(file);
        let stbl = find(&minf, b"stbl").unwrap().children(file);
        trak.iter().for_each(|b| holder(file, b, "trak", media));
        let home = homes(file, find(&minf, b"dinf")).first().copied().unwrap_or(Home::Here);
        tracks.insert(id, home);
        let origin = match home {
            Home::Identified(id) => payload(file, id),
            _ => 0,
        };
        let elsewhere = (home != Home::Here).then_some((home == Home::Other, origin, 0));
        auxiliary(file, &stbl, &[0], elsewhere, &format!("moov aux {id}"), media);
        let Some(offsets) = stbl.iter().find(|b| b.is(b"stco") || b.is(b"co64")) else { continue };
        let width = if offsets.is(b"stco") { 4 } else { 8 };
        let sizes = find(&stbl, b"stsz").unwrap().body;
        let size =
            |i: usize| if n(&sizes[4..8]) > 0 { n(&sizes[4..8]) } else { n(&sizes[12 + 4 * i..16 + 4 * i]) };
        let stsc = find(&stbl, b"stsc").unwrap().body;
        let runs: Vec<_> = stsc[8..].chunks(12).map(|r| (n(&r[..4]), n(&r[4..8]))).collect();
        let mut sample = 0;
        if home == Home::Other {
            add(media, "offsets in another file", offsets.body);
            continue;
        }
        for (chunk, offset) in offsets.body[8..].chunks(width).enumerate() {
            let per = runs.iter().rev().find(|(first, _)| *first <= chunk as u64 + 1).unwrap().1;
            let mut at = origin + n(offset) as usize;
            for _ in 0..per {
                let len = size(sample) as usize;
                add(media, format!("moov track {id}"), &file[at..at + len]);
                at += len;
                sample += 1;
            }
        }
    }
}

fn moof(
    file: &[u8],
    moof: &Box<'_>,
    trex: &BTreeMap<u64, u64>,
    tracks: &BTreeMap<u64, Home>,
    media: &mut Media,
) {
    let mut data_end = moof.start;
    let boxes_in = moof.children(file);
    boxes_in.iter().for_each(|b| holder(file, b, "moof", media));
    let number = find(&boxes_in, b"mfhd").map_or(0, |mfhd| n(&mfhd.body[4..8]));
    for traf in boxes_in.iter().filter(|b| b.is(b"traf")) {
        let children = traf.children(file);
        children.iter().for_each(|b| holder(file, b, "traf", media));
        let tfhd = find(&children, b"tfhd").unwrap();
        let id = n(&tfhd.body[4..8]);
        let mut at = 8;
        let mut base = data_end;
        // A lone segment is generated with one kind of box, and does not say which.
        let is_lone = tracks.is_empty() && boxes(file, 0, end_of_boxes(file)).iter().any(|b| b.is(b"imda"));
        let home = if is_lone { Home::Numbered } else { *tracks.get(&id).unwrap_or(&Home::Here) };
        let elsewhere = match home {
            Home::Here => None,
            Home::Other => Some((true, 0, moof.start)),
            Home::Identified(id) => Some((false, payload(file, id), moof.start)),
            Home::Numbered => Some((false, payload(file, number), moof.start)),
        };
        if tfhd.flags() & 1 != 0 {
            base = n(&tfhd.body[at..at + 8]) as usize;
            at += 8;
        } else if tfhd.flags() & 0x2_0000 != 0 {
            base = moof.start;
        }
        at += if tfhd.flags() & 2 != 0 { 4 } else { 0 } + if tfhd.flags() & 8 != 0 { 4 } else { 0 };
        let default = if tfhd.flags() & 0x10 != 0 {
            n(&tfhd.body[at..at + 4])
        } else {
            trex.get(&id).copied().unwrap_or(0)
        };
        if let Some((is_other, origin, _)) = elsewhere {
            if tfhd.flags() & 1 != 0 {
                add(media, "base elsewhere", &tfhd.body[8..16]);
            }
            base = origin;
            if is_other {
                for trun in children.iter().filter(|b| b.is(b"trun")) {
                    add(media, "runs in another file", trun.body);
                }
                auxiliary(file, &children, &[0], elsewhere, &format!("moof aux {id}"), media);
                continue;
            }
        }
        let mut cursor = base;
        for trun in children.iter().filter(|b| b.is(b"trun")) {
            let (flags, count) = (trun.flags(), n(&trun.body[4..8]));
            let mut at = 8;
            if flags & 1 != 0 {
                let offset = n(&trun.body[8..12]) as u32 as i32;
                cursor = (base as i64 + i64::from(offset)) as usize;
                at += 4;
            }
            at += if flags & 4 != 0 { 4 } else { 0 };
            let fields: Vec<u64> =
                [0x100, 0x200, 0x400, 0x800].into_iter().filter(|f| flags & f != 0).collect();
            for _ in 0..count {
                let mut len = default;
                for field in &fields {
                    if *field == 0x200 {
                        len = n(&trun.body[at..at + 4]);
                    }
                    at += 4;
                }
                add(media, format!("moof track {id}"), &file[cursor..cursor + len as usize]);
                cursor += len as usize;
            }
        }
        if elsewhere.is_none() {
            data_end = cursor;
        }
        let bases = if tfhd.flags() & 0x2_0001 != 0 { vec![base] } else { vec![base, moof.start] };
        auxiliary(file, &children, &bases, elsewhere, &format!("moof aux {id}"), media);
    }
}

/// Auxiliary data: one offset, all sizes behind it. Of the bases it may count from, the one that hits `senc` counts.
fn auxiliary(
    file: &[u8],
    children: &[Box<'_>],
    bases: &[usize],
    elsewhere: Option<(bool, usize, usize)>,
    key: &str,
    media: &mut Media,
) {
    let Some(saio) = find(children, b"saio") else { return };
    let saiz = find(children, b"saiz").unwrap();
    let skip = |b: &Box<'_>| if b.flags() & 1 != 0 { 12 } else { 4 };
    let width = if saio.body[0] == 0 { 4 } else { 8 };
    let at = skip(saio) + 4;
    let offset = n(&saio.body[at..at + width]) as usize;
    let at = skip(saiz);
    let (default, count) = (saiz.body[at], n(&saiz.body[at + 1..at + 5]) as usize);
    let len: usize = if default > 0 {
        usize::from(default) * count
    } else {
        saiz.body[at + 5..at + 5 + count].iter().map(|b| usize::from(*b)).sum()
    };
    let senc = find(children, b"senc");
    let hits = |base: &&usize| {
        senc.is_some_and(|s| (s.body_at..s.body_at + s.body.len()).contains(&base.wrapping_add(offset)))
    };
    let base = bases.iter().find(hits).unwrap_or(&bases[0]);
    let base = &match elsewhere {
        None => *base,
        // To the very first sample of a senc, or where the samples are.
        Some((_, _, moof)) if senc.is_some_and(|senc| senc.body_at + 8 == moof + offset) => moof,
        Some((true, ..)) => return add(media, "auxiliary data in another file", saio.body),
        Some((false, payload, _)) => payload,
    };
    add(media, key, &file[base + offset..base + offset + len]);
}

fn sidx(file: &[u8], sidx: &Box<'_>, index: usize, media: &mut Media) -> Vec<usize> {
    let wide = if sidx.body[0] == 0 { 4 } else { 8 };
    let at = 12 + wide;
    let first = n(&sidx.body[at..at + wide]) as usize;
    let at = at + wide + 2;
    let count = n(&sidx.body[at..at + 2]) as usize;
    let mut start = sidx.body_at + sidx.body.len() + first;
    let mut bounds = vec![start];
    for entry in sidx.body[at + 2..].chunks(12).take(count) {
        let word = n(&entry[..4]) as u32;
        let key = format!("sidx {index} type {}", word >> 31);
        // What the subsegment begins with and what follows it; not its bytes, where a pssh may have grown.
        let next = start + (word & 0x7FFF_FFFF) as usize;
        add(media, key, &[kind_at(file, start), kind_at(file, past_added(file, next))].concat());
        start = next;
        bounds.push(start);
    }
    bounds
}

/// Behind boxes that an edit may have put where the last subsegment ends.
fn past_added(file: &[u8], mut at: usize) -> usize {
    while [b"pssh".to_vec(), b"free".to_vec()].contains(&kind_at(file, at)) {
        at += n(&file[at..at + 4]) as usize;
    }
    at
}

fn kind_at(file: &[u8], at: usize) -> Vec<u8> {
    file.get(at + 4..at + 8).map_or_else(|| b"none".to_vec(), <[u8]>::to_vec)
}

fn ssix(file: &[u8], ssix: &Box<'_>, bounds: &[usize], media: &mut Media) {
    let mut at = 8;
    for pair in bounds.windows(2).take(n(&ssix.body[4..8]) as usize) {
        let ranges = n(&ssix.body[at..at + 4]);
        at += 4;
        let mut cursor = pair[0];
        for _ in 0..ranges {
            let size = n(&ssix.body[at + 1..at + 4]) as usize;
            add(media, "ssix", &kind_at(file, cursor));
            cursor += size;
            at += 4;
        }
        assert_eq!(cursor, pair[1], "ssix ranges end where their subsegment does");
    }
}

fn mfra(file: &[u8], mfra: &Box<'_>, media: &mut Media) {
    for child in mfra.children(file) {
        if child.is(b"tfra") {
            let widths = n(&child.body[8..12]);
            let wide = if child.body[0] == 0 { 4 } else { 8 };
            let stride = 2 * wide + 3 + ((widths >> 4 & 3) + (widths >> 2 & 3) + (widths & 3)) as usize;
            let count = n(&child.body[12..16]) as usize;
            for entry in child.body[16..].chunks(stride).take(count) {
                let at = n(&entry[wide..2 * wide]) as usize;
                add(media, "tfra", &kind_at(file, at));
            }
        }
        if child.is(b"mfro") {
            let size = n(&child.body[4..8]) as usize;
            add(media, "mfro", &kind_at(file, mfra.body_at + mfra.body.len() - size));
        }
    }
}

fn iloc(file: &[u8], meta: &Box<'_>, key: &str, media: &mut Media) {
    let children = boxes(file, meta.body_at + 4, meta.body_at + meta.body.len());
    let homes = homes(file, find(&children, b"dinf"));
    let Some(iloc) = find(&children, b"iloc") else { return };
    let body = iloc.body;
    let version = body[0];
    let (offset, length, base) = (body[4] >> 4, body[4] & 15, body[5] >> 4);
    let mut at = 6;
    let mut take = |len: usize| {
        let value = n(&body[at..at + len]) as usize;
        at += len;
        value
    };
    for _ in 0..take(if version < 2 { 2 } else { 4 }) {
        take(if version < 2 { 2 } else { 4 });
        let method = if version > 0 { take(2) & 15 } else { 0 };
        let reference = take(2);
        let base = take(base.into());
        for _ in 0..take(2) {
            let from = base + take(offset.into());
            let len = take(length.into());
            if reference > 0 && homes[reference - 1] == Home::Other {
                add(media, "items in another file", &from.to_be_bytes());
                continue;
            }
            let origin = if method == 1 { find(&children, b"idat").unwrap().body_at } else { 0 };
            add(media, format!("item in {key}"), &file[origin + from..origin + from + len]);
        }
    }
}
