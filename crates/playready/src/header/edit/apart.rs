//! Splices that keep out of each other's way.
//!
//! ```text
//!   <CHECKSUM>…<CHECKSUM>…</CHECKSUM></CHECKSUM>      both go: the inner one goes with the outer one
//!   <CHECKSUM>…<PROTECTINFO>█</PROTECTINFO></CHECKSUM>     something comes into what goes: refused
//! ```

use crate::header::text::TextSplice;
use crate::{Error, ErrorKind, Result};

/// The splices in order, none of them in another one.
pub(super) fn apart(mut splices: Vec<TextSplice>) -> Result<Vec<TextSplice>> {
    // Stable: what comes to the same place stays in the order in which it was asked for. Of two that begin at one place the
    // longer one is what the other is in; nothing at all is in front of it.
    splices.sort_by_key(|splice| {
        let is_new = splice.range.is_empty();
        (splice.range.start, !is_new, usize::MAX.saturating_sub(splice.range.end))
    });
    let mut kept: Vec<TextSplice> = Vec::with_capacity(splices.len());
    for splice in splices {
        let around = kept.last().filter(|last| splice.range.start < last.range.end);
        match around {
            None => kept.push(splice),
            Some(last)
                if last.put.is_empty() && splice.put.is_empty() && splice.range.end <= last.range.end => {}
            Some(_) => {
                let reason = "what is to change is located in something else that is to change".to_owned();
                return Err(Error::new(ErrorKind::CutShort { reason }));
            }
        }
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(splices: &[(usize, usize, &str)]) -> Option<Vec<(usize, usize, String)>> {
        let splices = splices
            .iter()
            .map(|(start, end, put)| TextSplice { range: *start..*end, put: (*put).to_owned() });
        let kept = apart(splices.collect()).ok()?;
        Some(kept.into_iter().map(|splice| (splice.range.start, splice.range.end, splice.put)).collect())
    }

    #[test]
    fn what_is_in_something_that_goes_goes_with_it_and_nothing_else_is_in_another() {
        let own = |start, end, put: &str| (start, end, put.to_owned());
        assert_eq!(kept(&[(4, 6, ""), (2, 9, "")]), Some(vec![own(2, 9, "")]));
        assert_eq!(kept(&[(2, 9, ""), (2, 4, "")]), Some(vec![own(2, 9, "")]));
        assert_eq!(kept(&[(4, 4, "x"), (2, 9, "")]), None);
        assert_eq!(kept(&[(4, 6, ""), (2, 9, "x")]), None);
        assert_eq!(kept(&[(2, 6, ""), (4, 9, "")]), None);
        let beside = [own(2, 2, "b"), own(2, 2, "a"), own(2, 4, ""), own(4, 4, "c"), own(4, 5, "d")];
        let asked = [(4, 5, "d"), (2, 4, ""), (2, 2, "b"), (4, 4, "c"), (2, 2, "a")];
        assert_eq!(kept(&asked), Some(beside.to_vec()));
    }
}
