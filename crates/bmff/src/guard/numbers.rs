//! Every number in some bytes that could be a position: 32 and 64 bits, both byte orders, any alignment.

use crate::error::Result;
use prkit_plan::{Moved, Place, Shape, Source, Span};

/// A number that is the offset of a byte which moves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Number {
    /// Where it is, from the start of the bytes.
    pub(super) at: u32,
    pub(super) form: Form,
    pub(super) value: u64,
}

/// How a number is written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Form {
    pub(super) wide: bool,
    pub(super) little: bool,
}

impl Form {
    pub(super) const ALL: [Self; 4] = [
        Self { wide: false, little: false },
        Self { wide: false, little: true },
        Self { wide: true, little: false },
        Self { wide: true, little: true },
    ];

    pub(super) const fn width(self) -> usize {
        if self.wide { 8 } else { 4 }
    }

    /// The number that begins there.
    pub(super) fn read(self, bytes: &[u8], at: usize) -> Option<u64> {
        let bytes = bytes.get(at..)?;
        Some(match self {
            Self { wide: false, little: false } => u64::from(u32::from_be_bytes(*bytes.first_chunk()?)),
            Self { wide: false, little: true } => u64::from(u32::from_le_bytes(*bytes.first_chunk()?)),
            Self { wide: true, little: false } => u64::from_be_bytes(*bytes.first_chunk()?),
            Self { wide: true, little: true } => u64::from_le_bytes(*bytes.first_chunk()?),
        })
    }
}

/// Bytes, and the numbers in them.
pub(super) struct Numbers {
    pub(super) start: u64,
    pub(super) bytes: Vec<u8>,
    pub(super) found: Vec<Number>,
}

impl Numbers {
    pub(super) fn read(source: &dyn Source, span: Span, file: u64, shape: &Shape) -> Result<Self> {
        let mut bytes = Vec::new();
        source.fetch(span, &mut bytes)?;
        let text = text_in(&bytes);
        // What stands before the first change stays there.
        let first = shape.splices().map(|splice| splice.from.offset()).min().unwrap_or(file);
        let moves = |value: u64| {
            first <= value
                && value < file
                && matches!(shape.moved(Place::start(value)), Moved::To(offset) if offset != value)
        };
        let mut found = Vec::new();
        for at in 0..bytes.len() {
            for form in Form::ALL {
                let Some(value) = form.read(&bytes, at).filter(|value| moves(*value)) else { continue };
                let end = at.saturating_add(form.width());
                let is_text = text.get(at..end).is_some_and(|text| text.iter().all(|is_text| *is_text));
                if let (false, Ok(at)) = (is_text, u32::try_from(at)) {
                    found.push(Number { at, form, value });
                }
            }
        }
        Ok(Self { start: span.start(), bytes, found })
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.found.is_empty()
    }
}

/// So many characters in a row are text.
const TEXT: usize = 8;

/// Which bytes are text: of eight bits a character, or of sixteen.
fn text_in(bytes: &[u8]) -> Vec<bool> {
    let mut text = vec![false; bytes.len()];
    let is_printable = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n');
    let mut run = 0_usize;
    for at in 0..=bytes.len() {
        if bytes.get(at).is_some_and(is_printable) {
            run = run.saturating_add(1);
            continue;
        }
        mark(&mut text, at, run, TEXT);
        run = 0;
    }
    // A character and a zero, in either order: both are runs of pairs, from an even or an odd byte.
    for odd in 0..2_usize {
        let (mut run, mut at) = (0_usize, odd);
        loop {
            let pair = bytes.get(at..at.saturating_add(2));
            let is_wide = |pair: &[u8]| pair.first().is_some_and(is_printable) && pair.last() == Some(&0);
            if pair.is_some_and(is_wide) {
                run = run.saturating_add(2);
            } else {
                mark(&mut text, at, run, TEXT.saturating_mul(2));
                run = 0;
            }
            if pair.is_none() {
                break;
            }
            at = at.saturating_add(2);
        }
    }
    text
}

/// The run of so many bytes that ends there is text, if it is long enough. A zero more belongs to it: it ends the text,
/// or is the first half of its first character.
fn mark(text: &mut [bool], end: usize, run: usize, least: usize) {
    if run >= least {
        let begin = end.saturating_sub(run).saturating_sub(1);
        let end = end.saturating_add(1).min(text.len());
        text.get_mut(begin..end).into_iter().flatten().for_each(|is_text| *is_text = true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prkit_plan::Splice;

    fn numbers(bytes: &[u8], file: u64) -> Vec<(u32, u64)> {
        let shape = Shape::new(vec![Splice::insert(Place::gap(100, 0), 8)]).unwrap();
        let source = bytes;
        let len = u64::try_from(bytes.len()).unwrap();
        let read = Numbers::read(&source, Span::new(0, len), file, &shape).unwrap();
        read.found.iter().map(|number| (number.at, number.value)).collect()
    }

    #[test]
    fn numbers_are_found_at_any_byte_in_any_form_and_only_where_they_move() {
        let value = 0x0001_2345_u32;
        let file = 1_000_000;
        for at in 0..5_usize {
            let put = |bytes: &[u8]| [&vec![0xFF; at][..], bytes, &[0xFF; 9]].concat();
            let expected = (u32::try_from(at).unwrap(), u64::from(value));
            assert!(numbers(&put(&value.to_be_bytes()), file).contains(&expected));
            assert!(numbers(&put(&value.to_le_bytes()), file).contains(&expected));
            assert!(numbers(&put(&u64::from(value).to_be_bytes()), file).contains(&expected));
            assert!(numbers(&put(&u64::from(value).to_le_bytes()), file).contains(&expected));
        }
        assert_eq!(numbers(&value.to_be_bytes(), 0x0001_2345), [], "past the end of the file");
        assert_eq!(numbers(&99_u32.to_be_bytes(), file), [], "in front of the change");
    }

    #[test]
    fn text_is_no_number() {
        assert_eq!(numbers(b"a title of eight bits a character", 1 << 40), []);
        let wide: Vec<u8> = "a title of sixteen bits".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(numbers(&wide, 1 << 40), []);
        assert_eq!(numbers(b"\0\0\x20\x41abc", 1 << 20).first(), Some(&(0, 0x2041)));
    }
}
