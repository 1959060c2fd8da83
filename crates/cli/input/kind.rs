//! What an input is, by its first bytes, and which are taken from folders.

use super::detect;
use crate::args::Kind;
use prkit_apply::FileSource;
use prkit_plan::{Source as _, Span};

/// What is read of an input to tell what it is.
pub(super) const HEAD: u64 = 4096;

/// What a file is, by its first bytes.
pub(crate) fn kind_of(file: &FileSource) -> Result<Option<Kind>, String> {
    let mut head = Vec::new();
    let span = Span::new(0, file.len().min(HEAD));
    file.read_at(span, &mut head).map_err(|error| format!("cannot be read: {error}"))?;
    Ok(detect::by_head(&head, file.len()))
}

/// Which kinds of files are taken from folders.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kinds(pub(super) Vec<Kind>);

impl Kinds {
    pub(crate) fn takes(&self, kind: Option<Kind>) -> bool {
        let known = kind.filter(|kind| matches!(kind, Kind::Mp4 | Kind::Mpd | Kind::M3u8 | Kind::Ism));
        known.is_some_and(|kind| self.0.is_empty() || self.0.contains(&kind))
    }
}
