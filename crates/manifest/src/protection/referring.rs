//! Descriptors that refer to others (ISO/IEC 23009-1, 5th edition, 5.8.4.1.3).
//!
//! ```text
//!   <MPD>
//!     <ContentProtection refId="p1" schemeIdUri="urn:uuid:9a04f079-…"> … </ContentProtection>    shelved
//!     <Period><AdaptationSet>
//!       <ContentProtection ref="p1" schemeIdUri="urn:uuid:9a04f079-…"/>                          has what that one has
//! ```

use crate::found::{Descriptor, RefFault};
use std::collections::HashMap;

/// References of references that are followed.
const MAX_STEPS: usize = 8;

/// Finds out which descriptor each reference leads to.
pub(crate) fn resolve(descriptors: &mut [Descriptor]) {
    let mut by_id: HashMap<String, (usize, bool)> = HashMap::new();
    for (index, descriptor) in descriptors.iter().enumerate() {
        if let Some(id) = &descriptor.ref_id {
            // The first of several is taken, and none of them is right.
            by_id.entry(id.clone()).and_modify(|(_, is_one)| *is_one = false).or_insert((index, true));
        }
    }
    let found: Vec<(usize, Result<usize, RefFault>)> = descriptors
        .iter()
        .enumerate()
        .filter(|(_, descriptor)| descriptor.refers.is_some())
        .map(|(index, _)| (index, target(descriptors, &by_id, index)))
        .collect();
    for (index, to) in found {
        // One without a scheme is of that of what it leads to.
        let around = to.ok().and_then(|to| descriptors.get(to)).map(|to| (to.scheme.clone(), to.system));
        if let (Some(descriptor), Some((scheme, system))) = (descriptors.get_mut(index), around)
            && descriptor.scheme.is_none()
        {
            (descriptor.scheme, descriptor.system) = (scheme, system);
        }
        if let Some(refers) = descriptors.get_mut(index).and_then(|descriptor| descriptor.refers.as_mut()) {
            refers.to = to;
        }
    }
}

fn target(
    descriptors: &[Descriptor],
    by_id: &HashMap<String, (usize, bool)>,
    from: usize,
) -> Result<usize, RefFault> {
    let scheme = |index: usize| descriptors.get(index).and_then(|d| d.scheme.as_deref()).unwrap_or_default();
    let mut at = from;
    for _ in 0..MAX_STEPS {
        let Some(refers) = descriptors.get(at).and_then(|descriptor| descriptor.refers.as_ref()) else {
            let is_same =
                scheme(from).is_empty() || scheme(at).trim().eq_ignore_ascii_case(scheme(from).trim());
            return if is_same { Ok(at) } else { Err(RefFault::OtherScheme) };
        };
        match by_id.get(&refers.id) {
            None => return Err(RefFault::Missing),
            Some((_, false)) => return Err(RefFault::Repeated),
            Some((next, true)) if *next == from => return Err(RefFault::Circle),
            Some((next, true)) => at = *next,
        }
    }
    Err(RefFault::Circle)
}

#[cfg(test)]
mod tests {
    use crate::found::RefFault;
    use crate::manifest::{Kind, Manifest};
    use bytes::Bytes;

    fn targets(inside: &str) -> Vec<Result<usize, RefFault>> {
        let text = format!("<MPD>{inside}</MPD>");
        let manifest = Manifest::parse(Kind::Mpd, &Bytes::from(text)).unwrap();
        manifest.descriptors().iter().filter_map(|d| d.refers.as_ref()).map(|refers| refers.to).collect()
    }

    #[test]
    fn a_reference_leads_to_the_descriptor_of_its_scheme_at_any_level() {
        let at = |of: &str| format!("<ContentProtection schemeIdUri='urn:a' {of}/>");
        let set = |inside: &str| format!("<Period><AdaptationSet>{inside}</AdaptationSet></Period>");
        assert_eq!(targets(&(at("refId='x'") + &set(&at("ref='x'")))), [Ok(0)]);
        assert_eq!(targets(&(set(&at("refId='x'")) + &set(&at("ref='x'")))), [Ok(0)]);
        assert_eq!(targets(&(set(&at("ref='x'")) + &set(&at("refId='x'")))), [Ok(1)]);
    }

    #[test]
    fn a_reference_that_leads_nowhere_has_a_reason() {
        let at = |of: &str| format!("<ContentProtection schemeIdUri='urn:a' {of}/>");
        assert_eq!(targets(&at("ref='x'")), [Err(RefFault::Missing)]);
        assert_eq!(targets(&at("ref='x' refId='x'")), [Err(RefFault::Circle)]);
        assert_eq!(
            targets(&(at("ref='x' refId='y'") + &at("ref='y' refId='x'"))),
            [Err(RefFault::Circle); 2]
        );
        assert_eq!(targets(&(at("refId='x'").repeat(2) + &at("ref='x'"))), [Err(RefFault::Repeated)]);
        let other = at("refId='x'").replace("urn:a", "urn:b");
        assert_eq!(targets(&(other + &at("ref='x'"))), [Err(RefFault::OtherScheme)]);
        // Two that lead to each other, and a third one that leads to them.
        let circle = at("ref='x' refId='y'") + &at("ref='y' refId='x'") + &at("ref='x'");
        assert_eq!(targets(&circle), [Err(RefFault::Circle); 3]);
    }
}
