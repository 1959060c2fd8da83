//! Positions of vendors, what they lead to, and what is behind the last box.

use super::{Vendor, unique};
use crate::asm::Asm;

impl Vendor {
    pub(super) fn put(self, a: &mut Asm) {
        let entries = |a: &mut Asm, put: &dyn Fn(&mut Asm, usize)| (0..2).for_each(|i| put(a, i));
        let to = |i: usize| format!("block {i}");
        match self {
            Self::Novatek { in_udta } => {
                if in_udta {
                    a.open(b"udta");
                }
                a.open(b"gps ");
                a.u32(0x101);
                a.u32(2);
                entries(a, &|a, i| {
                    a.distance(4, "file", to(i));
                    a.u32(24);
                });
                a.close();
                if in_udta {
                    a.u32(0);
                    a.close();
                }
            }
            Self::Canon => {
                a.open(b"uuid");
                a.put(&[
                    0x85, 0xc0, 0xb6, 0x87, 0x82, 0x0f, 0x11, 0xe0, 0x81, 0x11, 0xf4, 0xce, 0x46, 0x2b, 0x6a,
                    0x48,
                ]);
                a.leaf(b"CNCV", b"CanonCR3_001/00.09.00/00.00.00");
                a.open(b"CTBO");
                a.u32(2);
                entries(a, &|a, i| {
                    a.u32(i as u32 + 1);
                    a.distance(8, "file", to(i));
                    a.put(&24_u64.to_be_bytes());
                });
                a.close();
                a.close();
            }
            Self::Adobe { wide } => {
                a.full(b"afra", 0, 0);
                a.u8(if wide { 0x40 } else { 0 });
                a.u32(1000);
                a.u32(2);
                entries(a, &|a, i| {
                    a.put(&[0; 8]);
                    a.distance(if wide { 8 } else { 4 }, "file", to(i));
                });
                a.close();
            }
            Self::Fragments => {
                a.open(b"ftbl");
                a.open(b"flst");
                a.u16(3);
                entries(a, &|a, i| {
                    a.distance(8, "file", to(i));
                    a.u32(24);
                    a.u16(0);
                });
                // One in another file.
                a.put(&[0, 0, 0, 0, 0, 0, 9, 9, 0, 0, 0, 24, 0, 1]);
                a.close();
                a.close();
            }
            Self::Index => entries(a, &|a, i| {
                a.open(b"iptr");
                a.distance(8, "file", to(i));
                a.put(&24_u64.to_be_bytes());
                a.close();
            }),
        }
    }
}

/// What vendors point at: in media data, where no track leads.
pub(super) fn put_blocks(a: &mut Asm) {
    a.open(b"mdat");
    a.put(b"not a block");
    for i in 0..2 {
        a.label(format!("block {i}"));
        a.put(&unique("block", i, 24));
    }
    a.close();
}

/// Samsung's, located from the end.
pub(super) fn trailer() -> Vec<u8> {
    let data = b"\0\0\x01\x0aMotionPhoto_Data and what follows it";
    let back = (data.len() as u32).to_le_bytes();
    let mut directory = b"SEFH\x65\0\0\0\x01\0\0\0\0\0\x30\x0a".to_vec();
    directory.extend([back, back].concat());
    let len = (directory.len() as u32).to_le_bytes();
    [&data[..], &directory, &len, b"SEFT"].concat()
}
