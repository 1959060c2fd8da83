//! Whether a fragment has only what nearly all have.
//!
//! ```text
//!   moof ┬ mfhd
//!        ├ traf ┬ tfhd, tfdt, trun, senc, saiz, saio, sbgp, subs, sdtp
//!        │      └ …                                                      plain as long as nothing else is here,
//!        ├ pssh                                                          and the boxes go to the end
//!        └ …
//! ```
//!
//! What names keys (`sgpd`, PIFF `senc`) or is unknown is looked at by whoever asks, box by box. Plain fragments are
//! told apart while their bytes are at hand, so that thousands of them are not walked once more for each question.

use super::locator::Child;
use crate::error::{ErrorKind, Result};
use crate::header::BoxHeader;
use crate::path::BoxPath;
use crate::reader::Reader;
use crate::senc::Senc;
use crate::walk::Walk;
use prkit_plan::{BLOCK, Span};

/// What the children of one `moof` have shown.
pub(super) struct Plain {
    is_plain: bool,
    /// Where the last child ends, and the fragment does.
    end: u64,
    content_end: u64,
}

impl Plain {
    /// A long one is not read whole, so nothing is known of it.
    pub(super) fn new(moof: &Child<'_>) -> Self {
        let content = moof.content();
        let is_plain = !moof.is_cut() && moof.header.span.len() <= BLOCK;
        Self { is_plain, end: content.start(), content_end: content.end() }
    }

    pub(super) fn child(&mut self, reader: &mut Reader<'_>, child: &Child<'_>) -> Result<()> {
        self.end = child.header.span.end();
        self.is_plain = self.is_plain
            && !child.is_cut()
            && match &child.kind().code().0 {
                b"mfhd" => true,
                b"traf" => is_plain_traf(reader, child.content())?,
                _ => child.kind().is_pssh(),
            };
        Ok(())
    }

    pub(super) const fn is_so(&self) -> bool {
        self.is_plain && self.end == self.content_end
    }
}

fn is_plain_traf(reader: &mut Reader<'_>, content: Span) -> Result<bool> {
    let mut walk = Walk::new(content);
    while let Some(next) = walk.next(reader, &BoxPath::file()) {
        let header = match next {
            Ok(header) if header.fits(content.end()) => header,
            Err(error) if matches!(error.kind(), ErrorKind::Read(_)) => return Err(error),
            _ => return Ok(false),
        };
        let is_plain = match &header.kind.code().0 {
            b"tfhd" | b"tfdt" | b"trun" | b"saiz" | b"saio" | b"sbgp" | b"subs" | b"sdtp" => true,
            _ => header.kind.is_senc() && has_no_key(reader, &header)?,
        };
        if !is_plain {
            return Ok(false);
        }
    }
    Ok(walk.leftover().is_empty())
}

fn has_no_key(reader: &mut Reader<'_>, senc: &BoxHeader) -> Result<bool> {
    let content = senc.content();
    let fields = Span::new(content.start(), content.end().min(content.start().saturating_add(Senc::LEN)));
    let read = Senc::parse(senc.kind, reader.bytes(fields)?);
    Ok(read.is_some_and(|senc| senc.version <= 1 && senc.key.is_none() && !senc.is_disputed))
}

#[cfg(test)]
mod tests {
    use crate::{Layout, Limits, Scope};
    use proptest::prelude::*;

    fn boxed(code: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let len = u32::try_from(8 + content.len()).unwrap();
        [&len.to_be_bytes()[..], code, content].concat()
    }

    fn pssh(system: &[u8; 16]) -> Vec<u8> {
        boxed(b"pssh", &[&[0; 4][..], system, &[0; 4]].concat())
    }

    /// What stands in a `traf`: first what is plain, then what is not.
    fn in_traf() -> impl Strategy<Value = Vec<u8>> {
        let key = [&[0, 0, 0, 1, 0, 0, 1, 8][..], &[7; 16], &[0; 4]].concat();
        let piff = *uuid::uuid!("a2394f52-5a9b-4f14-a244-6c427c648df4").as_bytes();
        let seig = [&[1, 0, 0, 0][..], b"seig", &[0, 0, 0, 20, 0, 0, 0, 1, 0, 0, 1, 8], &[5; 16]].concat();
        prop_oneof![
            4 => prop::sample::select(vec![
                boxed(b"tfhd", &[0; 8]),
                boxed(b"trun", &[0; 12]),
                boxed(b"senc", &[0; 8]),
                boxed(b"uuid", &[&piff[..], &[0; 8]].concat()),
            ]),
            1 => prop::sample::select(vec![
                boxed(b"senc", &key),
                boxed(b"senc", &[0; 3]),
                boxed(b"senc", &[2, 0, 0, 0, 0, 0, 0, 0]),
                boxed(b"uuid", &[&piff[..], &key].concat()),
                boxed(b"sgpd", &seig),
                boxed(b"free", b"something"),
                boxed(b"what", b"something"),
                pssh(&[1; 16]),
                b"\0\0\0\x40trun".to_vec(),
                b"1234".to_vec(),
            ]),
        ]
    }

    fn in_moof() -> impl Strategy<Value = Vec<u8>> {
        let playready = *uuid::uuid!("9a04f079-9840-4286-ab92-e65be0885f95").as_bytes();
        prop_oneof![
            4 => prop::collection::vec(in_traf(), 0..4).prop_map(|boxes| boxed(b"traf", &boxes.concat())),
            2 => prop::sample::select(vec![boxed(b"mfhd", &[0; 8]), pssh(&playready), pssh(&[2; 16])]),
            1 => prop::sample::select(vec![
                boxed(b"what", b"something"),
                boxed(b"free", b"something"),
                boxed(b"meta", &[&[0; 4][..], &pssh(&playready)].concat()),
                b"12345".to_vec(),
            ]),
        ]
    }

    proptest! {
        #[test]
        fn what_needs_no_second_look_has_nothing_to_show(
            fragments in prop::collection::vec(prop::collection::vec(in_moof(), 0..4), 1..4),
        ) {
            let file: Vec<u8> = fragments.iter().flat_map(|boxes| boxed(b"moof", &boxes.concat())).collect();
            let source = file.as_slice();
            let mut layout = Layout::locate(&source, Scope::default(), Limits::default()).unwrap();
            let asked = |layout: &Layout| {
                let keys = |(index, moof)| layout.keys_of(&source, index, moof).unwrap();
                let keys: Vec<_> = (0..).zip(layout.moofs()).map(keys).collect();
                (keys, format!("{:?}", layout.asides(&source).unwrap()))
            };
            let quick = asked(&layout);
            layout.unplain = layout.moofs().map(|moof| moof.span.start()).collect();
            prop_assert_eq!(quick, asked(&layout));
        }
    }
}
