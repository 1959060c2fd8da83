//! Items: a `meta` box of the file, and what its `iloc` says.

use super::{Items, unique};
use crate::asm::Asm;

impl Items {
    pub(super) fn put(&self, a: &mut Asm) {
        a.full(b"meta", 0, 0);
        a.leaf(b"hdlr", &[0; 24]);
        if self.reference > 0 {
            a.open(b"dinf");
            a.full(b"dref", 0, 0);
            a.u32(2);
            a.full(b"url ", 0, u32::from(self.wide));
            a.close();
            a.full(b"url ", 0, 0);
            a.put(b"other.mp4\0");
            a.close();
            a.close();
            a.close();
        }
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
            a.u16(if self.idat { 0 } else { self.reference });
            if self.reference == 2 && !self.idat {
                a.put(&[0, 0, 0, 0, 0, 0, 1, 0][8 - base..]);
                a.u16(1);
                a.put(&[0, 0, 0, 0, 0, 0, 2, 0][8 - wide..]);
                a.u32([30, 21][item as usize]);
                continue;
            }
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
