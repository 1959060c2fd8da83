//! Where a box stands, for people: `/moov/trak[0]/mdia/minf/stbl/stco`.

use crate::box_type::{BoxType, FourCc};
use core::fmt;
use smallvec::SmallVec;

/// Steps that need no allocation: a `tenc` is ten boxes deep.
const SHORT: usize = 10;

/// The boxes around a box, and which of its kind it is in each.
///
/// Walkers make one for every box that they open, so that one more step is a plain copy; a `SmallVec` takes five times
/// as long to be cloned.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct BoxPath {
    len: u8,
    /// Zeros behind the last step.
    short: [Step; SHORT],
    /// All of them, where they are more.
    long: Option<Box<[Step]>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
struct Step {
    code: [u8; 4],
    index: u32,
}

impl BoxPath {
    /// The file itself.
    pub const fn file() -> Self {
        Self { len: 0, short: [Step { code: [0; 4], index: 0 }; SHORT], long: None }
    }

    /// A child: the `index`th of its type, from 0.
    #[must_use]
    pub fn child(&self, kind: BoxType, index: u32) -> Self {
        let step = Step { code: kind.code().0, index };
        let mut short = self.short;
        if self.long.is_none()
            && let Some(next) = short.get_mut(usize::from(self.len))
        {
            *next = step;
            return Self { len: self.len.saturating_add(1), short, long: None };
        }
        let long = self.steps().iter().copied().chain([step]).collect();
        Self { long: Some(long), ..Self::file() }
    }

    /// Whether it is in a movie fragment.
    pub(crate) fn is_in_fragment(&self) -> bool {
        self.steps().first().is_some_and(|step| &step.code == b"moof")
    }

    /// The type of the box itself; `None` for the file.
    pub(crate) fn last(&self) -> Option<[u8; 4]> {
        self.steps().last().map(|step| step.code)
    }

    /// Whether it is filler.
    pub(crate) fn is_filler(&self) -> bool {
        self.steps().last().is_some_and(|step| BoxType::new(step.code).is_free())
    }

    /// Whether a box of this path stands where `pssh` boxes are looked for.
    pub(crate) fn is_place_of_pssh(&self) -> bool {
        let around = self.steps().split_last().map_or(&[][..], |(_, around)| around);
        let around = match around {
            [rest @ .., step] if &step.code == b"meta" => match rest {
                [moov, trak] if &moov.code == b"moov" && &trak.code == b"trak" => return true,
                rest => rest,
            },
            around => around,
        };
        match around {
            [] => true,
            [step] => matches!(&step.code, b"moov" | b"moof"),
            _ => false,
        }
    }

    /// Whether it is the file itself.
    pub const fn is_file(&self) -> bool {
        self.len == 0 && self.long.is_none()
    }

    fn steps(&self) -> &[Step] {
        match &self.long {
            Some(long) => long,
            None => self.short.get(..usize::from(self.len)).unwrap_or_default(),
        }
    }
}

impl fmt::Debug for BoxPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BoxPath({self})")
    }
}

/// Boxes that occur once in their container by the specification; they get no index.
const fn occurs_once(code: FourCc) -> bool {
    matches!(
        &code.0,
        b"ftyp"
            | b"moov"
            | b"mdia"
            | b"minf"
            | b"stbl"
            | b"stsd"
            | b"stco"
            | b"co64"
            | b"stsz"
            | b"stz2"
            | b"stsc"
            | b"dinf"
            | b"dref"
            | b"meta"
            | b"iloc"
            | b"idat"
            | b"mvex"
            | b"mfra"
            | b"mfro"
            | b"tfhd"
            | b"tkhd"
            | b"hdlr"
            | b"sinf"
            | b"schi"
            | b"schm"
            | b"frma"
            | b"tenc"
            | b"udta"
    )
}

impl BoxPath {
    /// As it is shown. Reports have thousands of paths: put together at once, one takes a third of what the machinery of
    /// `fmt` does with it.
    pub fn text(&self) -> String {
        if self.is_file() {
            return "/".to_owned();
        }
        let mut text = String::with_capacity(self.steps().len().saturating_mul(8));
        for step in self.steps() {
            let code = FourCc(step.code);
            text.push('/');
            code.push_to(&mut text);
            if !occurs_once(code) || step.index > 0 {
                text.push('[');
                push_number(step.index, &mut text);
                text.push(']');
            }
        }
        text
    }
}

impl fmt::Display for BoxPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

fn push_number(number: u32, text: &mut String) {
    let (tens, digit) = (number.div_euclid(10), number.rem_euclid(10));
    if tens > 0 {
        push_number(tens, text);
    }
    text.extend(char::from_digit(digit, 10));
}

/// How many boxes of each type there were.
#[derive(Default)]
pub(crate) struct Counts(SmallVec<[(BoxType, u32); 8]>);

impl Counts {
    #[inline]
    pub(crate) fn next(&mut self, kind: BoxType) -> u32 {
        if let Some((_, count)) = self.0.iter_mut().find(|(known, _)| *known == kind) {
            *count = count.saturating_add(1);
            return *count;
        }
        // Hostile files have a new type in every box; those beyond any real number share an index.
        if self.0.len() < 256 {
            self.0.push((kind, 0));
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_boxes_that_repeat_have_an_index() {
        let moov = BoxPath::file().child(BoxType::new(*b"moov"), 0);
        assert_eq!(BoxPath::file().to_string(), "/");
        assert_eq!(moov.child(BoxType::new(*b"pssh"), 0).to_string(), "/moov/pssh[0]");
        assert_eq!(moov.child(BoxType::new(*b"udta"), 1).to_string(), "/moov/udta[1]");
        assert_eq!(moov.child(BoxType::new(*b"a\x00\xFFb"), 1_203).to_string(), "/moov/a\\x00\\xffb[1203]");
    }

    #[test]
    fn pssh_boxes_are_looked_for_in_few_places() {
        let is_place = |codes: &[&[u8; 4]]| {
            let path = codes.iter().fold(BoxPath::file(), |path, code| path.child(BoxType::new(**code), 0));
            path.child(BoxType::new(*b"pssh"), 0).is_place_of_pssh()
        };
        for codes in [&[][..], &[b"moov"], &[b"moof"], &[b"meta"], &[b"moov", b"meta"], &[b"moof", b"meta"]] {
            assert!(is_place(codes), "{codes:?}");
        }
        assert!(is_place(&[b"moov", b"trak", b"meta"]));
        for codes in [[b"moov", b"trak"], [b"moov", b"udta"], [b"moof", b"traf"], [b"moof", b"udta"]] {
            assert!(!is_place(&codes), "{codes:?}");
        }
        assert!(!is_place(&[b"moov", b"udta", b"meta"]));
    }

    #[test]
    fn a_path_may_be_longer_than_any_real_one() {
        let mut path = BoxPath::file();
        for index in 0..30 {
            path = path.child(BoxType::new(*b"udta"), index);
            let named: Vec<String> = (1..=index).map(|index| format!("/udta[{index}]")).collect();
            assert_eq!(path.to_string(), format!("/udta{}", named.concat()));
            assert_eq!(path, path.clone());
        }
    }
}
