//! Where a box stands, for people: `/moov/trak[0]/mdia/minf/stbl/stco`.

use crate::box_type::{BoxType, FourCc};
use core::fmt;
use smallvec::SmallVec;

/// The boxes around a box, and which of its kind it is in each.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct BoxPath(SmallVec<[Step; 6]>);

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Step {
    code: FourCc,
    index: u32,
}

impl BoxPath {
    /// The file itself.
    pub fn file() -> Self {
        Self(SmallVec::new())
    }

    /// A child: the `index`th of its type, from 0.
    #[must_use]
    pub fn child(&self, kind: BoxType, index: u32) -> Self {
        let mut path = SmallVec::with_capacity(self.0.len().saturating_add(1));
        path.extend_from_slice(&self.0);
        path.push(Step { code: kind.code(), index });
        Self(path)
    }

    /// Whether it is in a movie fragment.
    pub(crate) fn is_in_fragment(&self) -> bool {
        self.0.first().is_some_and(|step| step.code == FourCc(*b"moof"))
    }

    /// Whether it is the file itself.
    pub fn is_file(&self) -> bool {
        self.0.is_empty()
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

impl fmt::Display for BoxPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("/");
        }
        self.0.iter().try_for_each(|step| {
            f.write_str("/")?;
            step.code.fmt(f)?;
            if occurs_once(step.code) && step.index == 0 { Ok(()) } else { write!(f, "[{}]", step.index) }
        })
    }
}

/// How many boxes of each type there were.
#[derive(Default)]
pub(crate) struct Counts(SmallVec<[(BoxType, u32); 8]>);

impl Counts {
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
    }
}
