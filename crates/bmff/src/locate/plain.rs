//! Whether a fragment, or `moov`, has only what nearly all have.
//!
//! ```text
//!   moov ┬ mvhd, pssh, free with nothing in it
//!        ├ trak ─ mdia ─ minf ┬ dinf        known boxes (guard/known.rs), and containers that are walked anyhow
//!        │                    └ stbl
//!        └ mvex
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
use crate::edit::is_nothing;
use crate::error::{ErrorKind, Result};
use crate::guard::unknown::{is_descended, is_known};
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

/// The containers of `moov` that are walked to the end for its tracks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum InMovie {
    Movie,
    Track,
    Media,
    Information,
    Others,
}

impl InMovie {
    /// By the type of a container.
    pub(super) fn of(path: &BoxPath) -> Option<Self> {
        Some(match &path.last()? {
            b"moov" => Self::Movie,
            b"trak" => Self::Track,
            b"mdia" => Self::Media,
            b"minf" => Self::Information,
            b"stbl" | b"dinf" | b"mvex" => Self::Others,
            _ => return None,
        })
    }

    /// Whether a box in it is looked through here or needs no look.
    pub(super) fn is_plain(self, reader: &mut Reader<'_>, child: &Child<'_>) -> Result<bool> {
        let kind = child.kind();
        if child.is_cut() {
            return Ok(false);
        }
        if kind.is_free() {
            return Ok(is_nothing(reader.bytes(child.content())?));
        }
        if kind.is_pssh() {
            return Ok(self == Self::Movie);
        }
        let code = kind.code().0;
        let is_walked = matches!(
            (self, &code),
            (Self::Movie, b"trak" | b"mvex")
                | (Self::Track, b"mdia")
                | (Self::Media, b"minf")
                | (Self::Information, b"stbl" | b"dinf")
        );
        Ok(is_walked || !is_descended(code) && is_known(kind))
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

    fn boxed(code: [u8; 4], content: &[u8]) -> Vec<u8> {
        let len = u32::try_from(8 + content.len()).unwrap();
        [&len.to_be_bytes()[..], &code, content].concat()
    }

    fn pssh(system: &[u8; 16]) -> Vec<u8> {
        boxed(*b"pssh", &[&[0; 4][..], system, &[0; 4]].concat())
    }

    /// What stands in a `traf`: first what is plain, then what is not.
    fn in_traf() -> impl Strategy<Value = Vec<u8>> {
        let key = [&[0, 0, 0, 1, 0, 0, 1, 8][..], &[7; 16], &[0; 4]].concat();
        let piff = *uuid::uuid!("a2394f52-5a9b-4f14-a244-6c427c648df4").as_bytes();
        let seig = [&[1, 0, 0, 0][..], b"seig", &[0, 0, 0, 20, 0, 0, 0, 1, 0, 0, 1, 8], &[5; 16]].concat();
        prop_oneof![
            4 => prop::sample::select(vec![
                boxed(*b"tfhd", &[0; 8]),
                boxed(*b"trun", &[0; 12]),
                boxed(*b"senc", &[0; 8]),
                boxed(*b"uuid", &[&piff[..], &[0; 8]].concat()),
            ]),
            1 => prop::sample::select(vec![
                boxed(*b"senc", &key),
                boxed(*b"senc", &[0; 3]),
                boxed(*b"senc", &[2, 0, 0, 0, 0, 0, 0, 0]),
                boxed(*b"uuid", &[&piff[..], &key].concat()),
                boxed(*b"sgpd", &seig),
                boxed(*b"free", b"something"),
                boxed(*b"what", b"something"),
                pssh(&[1; 16]),
                b"\0\0\0\x40trun".to_vec(),
                b"1234".to_vec(),
            ]),
        ]
    }

    fn in_moof() -> impl Strategy<Value = Vec<u8>> {
        let playready = *uuid::uuid!("9a04f079-9840-4286-ab92-e65be0885f95").as_bytes();
        prop_oneof![
            4 => prop::collection::vec(in_traf(), 0..4).prop_map(|boxes| boxed(*b"traf", &boxes.concat())),
            2 => prop::sample::select(vec![boxed(*b"mfhd", &[0; 8]), pssh(&playready), pssh(&[2; 16])]),
            1 => prop::sample::select(vec![
                boxed(*b"what", b"something"),
                boxed(*b"free", b"something"),
                boxed(*b"meta", &[&[0; 4][..], &pssh(&playready)].concat()),
                b"12345".to_vec(),
            ]),
        ]
    }

    /// What stands in `moov`, however deep.
    fn in_moov() -> impl Strategy<Value = Vec<u8>> {
        let plain = vec![
            boxed(*b"tkhd", &[0; 84]),
            boxed(*b"stts", &[0; 8]),
            boxed(*b"free", &[0; 12]),
            boxed(*b"free", b""),
        ];
        let odd = vec![
            boxed(*b"free", b"\0\0\0\x0cfree\x01\0\0\0"),
            boxed(*b"what", b"something"),
            boxed(*b"udta", &boxed(*b"what", b"something")),
            boxed(*b"gmhd", &boxed(*b"what", b"something")),
            boxed(*b"meta", &[&[0; 4][..], &boxed(*b"what", b"something")].concat()),
            boxed(*b"stsd", &[&[0; 7][..], &[1], &boxed(*b"what", &[0; 20])].concat()),
            boxed(*b"sinf", &boxed(*b"what", b"something")),
            pssh(&[1; 16]),
            b"\0\0\0\x40stts".to_vec(),
            b"1234567".to_vec(),
        ];
        let leaf = prop_oneof![6 => prop::sample::select(plain), 1 => prop::sample::select(odd)];
        leaf.prop_recursive(5, 24, 4, |inner| {
            let kinds = prop::sample::select(vec![
                *b"trak", *b"mdia", *b"minf", *b"stbl", *b"dinf", *b"mvex", *b"edts",
            ]);
            (kinds, prop::collection::vec(inner, 0..4)).prop_map(|(kind, inner)| boxed(kind, &inner.concat()))
        })
    }

    proptest! {
        #[test]
        fn what_needs_no_second_look_has_nothing_to_show(
            movie in prop::collection::vec(in_moov(), 0..5),
            fragments in prop::collection::vec(prop::collection::vec(in_moof(), 0..4), 0..4),
        ) {
            let mut file = boxed(*b"moov", &movie.concat());
            file.extend(fragments.iter().flat_map(|boxes| boxed(*b"moof", &boxes.concat())));
            let source = file.as_slice();
            let mut layout = Layout::locate(&source, Scope::default(), Limits::default()).unwrap();
            let asked = |layout: &Layout| {
                let keys = |(index, moof)| layout.keys_of(&source, index, moof).unwrap();
                let keys: Vec<_> = (0..).zip(layout.moofs()).map(keys).collect();
                (keys, format!("{:?}", layout.asides(&source).unwrap()))
            };
            let quick = asked(&layout);
            layout.plain_moov = None;
            layout.unplain = layout.moofs().map(|moof| moof.span.start()).collect();
            prop_assert_eq!(quick, asked(&layout));
        }
    }
}
