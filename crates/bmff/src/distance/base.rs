//! What offsets of samples count from, by the data reference of their track.
//!
//! ```text
//!   this file              the start of the file, of the moof, or what a field names     they move
//!   another file           the start of that one                                         none changes
//!   an imda box            the first byte behind its identifier                          none changes
//!   a type nobody knows    this file or another                                          refused
//! ```
//!
//! A lone segment has no `moov` that says which of them it is. Nothing but an identifier leads into an `imda`
//! (ISO/IEC 14496-12, 9.1.4), so offsets that lead into no `mdat` of a segment with `imda` boxes count in one of those.

use super::Collector;
use crate::error::{Error, ErrorKind, Result};
use crate::field::u32_at;
use crate::header::BoxHeader;
use crate::path::BoxPath;
use crate::reference::Home;
use prkit_plan::{Place, Span};

/// What offsets count from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Base {
    /// One of these places, the specification's first.
    Here(Vec<Place>),
    /// The start of these bytes.
    Identified(Span),
    /// What is not in this file; from this place, should an offset lead to a box of its own fragment.
    Elsewhere,
}

/// Refuses offsets of which it is not known whether they count in this file.
pub(super) fn refuse_unknown(home: &Home, header: &BoxHeader, path: &BoxPath) -> Result<()> {
    let kind = match home {
        Home::Unknown(code) => ErrorKind::DataReference { code: code.to_string() },
        Home::Doubtful(location) => ErrorKind::DataLocation { location: location.to_string() },
        _ => return Ok(()),
    };
    Err(Error::new(kind, header.span.start(), path))
}

impl Collector<'_> {
    /// What the offsets of a track count from whose samples are not addressed by their place in this file.
    pub(super) fn base_of(&mut self, home: &Home, sequence: Option<u32>, here: Place) -> Base {
        let identifier = match home {
            Home::Here => return Base::Here(vec![here]),
            Home::Elsewhere | Home::Named(_) | Home::Doubtful(_) | Home::Unknown(_) => {
                return Base::Elsewhere;
            }
            Home::Identified(identifier) => Some(*identifier),
            Home::Numbered => sequence,
        };
        let payload = identifier.and_then(|wanted| {
            let payloads = self.identified().ok()?;
            payloads.iter().find(|(identifier, _)| *identifier == wanted).map(|(_, payload)| *payload)
        });
        payload.map_or(Base::Elsewhere, Base::Identified)
    }

    /// The `imda` boxes of the file: their identifiers, and what is behind them.
    pub(super) fn identified(&mut self) -> Result<&[(u32, Span)]> {
        if self.identified.is_none() {
            let mut found = Vec::new();
            for header in self.layout.top().iter().filter(|header| &header.kind.code().0 == b"imda") {
                let content = header.content();
                let payload = content.start().saturating_add(4).min(content.end());
                let bytes = self.reader.bytes(Span::new(content.start(), payload))?;
                found.extend(
                    u32_at(bytes, 0).map(|identifier| (identifier, Span::new(payload, content.end()))),
                );
            }
            self.identified = Some(found);
        }
        Ok(self.identified.as_deref().unwrap_or_default())
    }

    /// The `imda` that the samples of a lone `moof` are in, if they are in one: `target` is where they would be if they
    /// counted from the `moof`.
    pub(super) fn lone_identified(
        &mut self,
        moof: Span,
        sequence: Option<u32>,
        target: u64,
    ) -> Result<Option<Span>> {
        let next = self.layout.moofs().map(|next| next.span.start()).find(|next| *next >= moof.end());
        let own = Span::new(moof.end(), next.unwrap_or(self.layout.len()));
        let mut own_boxes = self.layout.top().iter().filter(|header| own.contains(header.span.start()));
        if own_boxes.any(|header| &header.kind.code().0 == b"mdat" && header.span.contains(target)) {
            return Ok(None);
        }
        let payloads = self.identified()?;
        let numbered = payloads.iter().find(|(identifier, _)| Some(*identifier) == sequence);
        let beside = payloads.iter().find(|(_, payload)| own.contains(payload.start()));
        Ok(numbered.or(beside).map(|(_, payload)| *payload))
    }
}
