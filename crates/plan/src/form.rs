//! How a distance is written down.

/// The width, sign and neighbours of a field. All integers are big-endian.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Form {
    /// 32 bits, unsigned: `stco`, box sizes.
    U32,
    /// 64 bits, unsigned: `co64`, large sizes.
    U64,
    /// 32 bits, signed: `trun` data offsets.
    I32,
    /// The low 31 bits of a 32-bit word whose top bit means something else: `sidx` sizes and reference types.
    U31 {
        /// The top bit, kept.
        top: bool,
    },
    /// 24 bits, unsigned: `ssix` ranges.
    U24,
    /// So many whole bytes, 1 to 8, unsigned: `iloc`.
    Bytes(u8),
}

impl Form {
    /// Bytes the field takes.
    pub const fn width(self) -> u8 {
        match self {
            Self::U32 | Self::I32 | Self::U31 { .. } => 4,
            Self::U64 => 8,
            Self::U24 => 3,
            Self::Bytes(n) => {
                if n > 8 {
                    8
                } else {
                    n
                }
            }
        }
    }

    /// Smallest and largest value the field can say.
    pub const fn range(self) -> (i128, i128) {
        match self {
            Self::U32 => (0, 0xFFFF_FFFF),
            Self::U64 => (0, 0xFFFF_FFFF_FFFF_FFFF),
            Self::I32 => (-0x8000_0000, 0x7FFF_FFFF),
            Self::U31 { .. } => (0, 0x7FFF_FFFF),
            Self::U24 => (0, 0xFF_FFFF),
            Self::Bytes(0) => (0, 0),
            Self::Bytes(n) => {
                let n = if n > 8 { 8 } else { n };
                (0, 0xFFFF_FFFF_FFFF_FFFF >> (64_u8.saturating_sub(n.saturating_mul(8))))
            }
        }
    }

    /// The bytes that say `value`, or `None` when it does not fit.
    pub fn encode(self, value: i128) -> Option<Encoded> {
        let (least, most) = self.range();
        if value < least || value > most {
            return None;
        }
        // In range, so at most 64 bits are significant; a negative `I32` keeps its low 32 bits.
        let mut bytes = value.to_be_bytes();
        if let Self::U31 { top: true } = self
            && let Some(first) = bytes.get_mut(12)
        {
            *first |= 0x80;
        }
        let mut low = [0; 8];
        low.copy_from_slice(bytes.last_chunk::<8>()?);
        Some(Encoded { bytes: low, width: self.width() })
    }
}

/// A field's bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Encoded {
    bytes: [u8; 8],
    width: u8,
}

impl Encoded {
    /// The bytes, big-endian.
    pub fn as_slice(&self) -> &[u8] {
        let skip = 8_usize.saturating_sub(usize::from(self.width));
        self.bytes.get(skip..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_says_its_limits_and_refuses_one_more() {
        let forms = [
            Form::U32,
            Form::U64,
            Form::I32,
            Form::U31 { top: false },
            Form::U24,
            Form::Bytes(0),
            Form::Bytes(4),
        ];
        for form in forms {
            let (least, most) = form.range();
            for value in [least, most] {
                assert_eq!(
                    form.encode(value).unwrap().as_slice().len(),
                    usize::from(form.width()),
                    "{form:?}"
                );
            }
            assert_eq!(form.encode(most + 1), None, "{form:?}");
            assert_eq!(form.encode(least - 1), None, "{form:?}");
        }
    }

    #[test]
    fn a_negative_offset_is_twos_complement() {
        assert_eq!(Form::I32.encode(-2).unwrap().as_slice(), [0xFF, 0xFF, 0xFF, 0xFE]);
    }

    #[test]
    fn the_top_bit_of_a_reference_is_kept() {
        assert_eq!(Form::U31 { top: true }.encode(5).unwrap().as_slice(), [0x80, 0, 0, 5]);
        assert_eq!(Form::U24.encode(0x01_02_03).unwrap().as_slice(), [1, 2, 3]);
    }
}
