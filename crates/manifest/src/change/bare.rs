//! A document without its protection: what no edit of protection may change.

use crate::found::DescriptorKind;
use crate::manifest::Manifest;
use core::ops::Range;

impl Manifest {
    /// The text without the descriptors of DRM systems, without objects, and without white space.
    ///
    /// Two documents that differ in protection only have the same one.
    pub fn without_protection(&self) -> String {
        let text = self.text().as_str();
        let of_systems = self.descriptors().iter().filter(|found| {
            found.system.is_some() || !matches!(found.kind, DescriptorKind::ContentProtection)
        });
        let mut gone: Vec<Range<usize>> = of_systems.map(|found| found.range.clone()).collect();
        gone.extend(self.slot_ranges());
        gone.sort_by_key(|range| (range.start, range.end));
        let (mut bare, mut at) = (String::with_capacity(text.len()), 0);
        for range in gone {
            bare.extend(text.get(at..range.start).unwrap_or_default().split_whitespace());
            at = at.max(range.end);
        }
        bare.extend(text.get(at..).unwrap_or_default().split_whitespace());
        // An element around headers comes and goes with them.
        for empty in ["<Protection></Protection>", "<Protection/>"] {
            bare = bare.replace(empty, "");
        }
        bare
    }
}

#[cfg(test)]
mod tests {
    use crate::{Kind, Manifest};

    #[test]
    fn documents_that_differ_in_protection_only_are_the_same_without_it() {
        let bare =
            |text: &str| Manifest::parse(Kind::Mpd, &text.to_owned().into()).unwrap().without_protection();
        let set = |inside: &str, after: &str| {
            format!(
                "<MPD><Period><AdaptationSet>{inside}<Representation id='1'/></AdaptationSet></Period>{after}</MPD>"
            )
        };
        let playready = "\n  <ContentProtection schemeIdUri='urn:uuid:9a04f079-9840-4286-ab92-e65be0885f95'><x/></ContentProtection>\n";
        let cenc = "<ContentProtection schemeIdUri='urn:mpeg:dash:mp4protection:2011' value='cenc'/>";
        assert_eq!(bare(&set("", "")), bare(&set(playready, "\n")));
        assert_ne!(bare(&set("", "")), bare(&set(cenc, "")), "the scheme is no system");
        assert_ne!(bare(&set(playready, "")), bare(&set(playready, "<Period/>")));
    }
}
