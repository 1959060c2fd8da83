//! An assembler for boxes: places get names, and fields that say how far it is from one to the other are filled in
//! when everything stands.

use std::collections::HashMap;

#[derive(Default)]
pub struct Asm {
    pub bytes: Vec<u8>,
    labels: HashMap<String, u64>,
    fields: Vec<Field>,
    open: Vec<(usize, Size)>,
}

/// How a box's size is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Size {
    Short,
    Large,
    ToEnd,
}

struct Field {
    at: usize,
    width: usize,
    from: String,
    to: String,
    plus: i64,
}

impl Asm {
    pub fn open(&mut self, kind: &[u8; 4]) {
        self.open_as(kind, Size::Short);
    }

    pub fn open_as(&mut self, kind: &[u8; 4], size: Size) {
        self.open.push((self.bytes.len(), size));
        self.u32(u32::from(size == Size::Large));
        self.put(kind);
        if size == Size::Large {
            self.put(&[0; 8]);
        }
    }

    pub fn full(&mut self, kind: &[u8; 4], version: u8, flags: u32) {
        self.open(kind);
        self.u32(u32::from(version) << 24 | flags);
    }

    pub fn close(&mut self) {
        let (start, size) = self.open.pop().unwrap();
        let len = (self.bytes.len() - start) as u64;
        match size {
            Size::Short => self.bytes[start..start + 4].copy_from_slice(&(len as u32).to_be_bytes()),
            Size::Large => self.bytes[start + 8..start + 16].copy_from_slice(&len.to_be_bytes()),
            Size::ToEnd => {}
        }
    }

    /// A box of these bytes.
    pub fn leaf(&mut self, kind: &[u8; 4], content: &[u8]) {
        self.open(kind);
        self.put(content);
        self.close();
    }

    pub fn put(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub fn u8(&mut self, n: u8) {
        self.put(&[n]);
    }

    pub fn u16(&mut self, n: u16) {
        self.put(&n.to_be_bytes());
    }

    pub fn u32(&mut self, n: u32) {
        self.put(&n.to_be_bytes());
    }

    /// Names the place here.
    pub fn label(&mut self, name: impl Into<String>) {
        self.labels.insert(name.into(), self.bytes.len() as u64);
    }

    /// A field of so many bytes that says how far it is; `file` is the start.
    pub fn distance(&mut self, width: usize, from: impl Into<String>, to: impl Into<String>) {
        self.distance_plus(width, from, to, 0);
    }

    pub fn distance_plus(&mut self, width: usize, from: impl Into<String>, to: impl Into<String>, plus: i64) {
        self.fields.push(Field { at: self.bytes.len(), width, from: from.into(), to: to.into(), plus });
        self.bytes.resize(self.bytes.len() + width, 0);
    }

    pub fn finish(mut self) -> Vec<u8> {
        assert!(self.open.is_empty());
        self.labels.insert("file".into(), 0);
        self.labels.insert("end".into(), self.bytes.len() as u64);
        for field in &self.fields {
            let place =
                |name: &String| *self.labels.get(name).unwrap_or_else(|| panic!("no place {name}")) as i64;
            let value = place(&field.to) - place(&field.from) + field.plus;
            let bytes = value.to_be_bytes();
            // A reference size shares its word with the type in the top bit, which is set already.
            for (to, from) in
                self.bytes[field.at..field.at + field.width].iter_mut().zip(&bytes[8 - field.width..])
            {
                *to |= from;
            }
        }
        self.bytes
    }
}
