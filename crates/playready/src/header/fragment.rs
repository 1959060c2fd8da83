//! XML of the service's own, before it goes into `CUSTOMATTRIBUTES`.
//!
//! The rules of syntax hold there too (PRH spec 3.2.3 and 3.2.5 say so), and a header whose custom part is no XML is
//! none for any client.

use super::outline::Outline;
use super::syntax::{self, FaultKind, Scope};
use crate::{Error, ErrorKind, Result};

/// Checks that it is well-formed, and canonical unless it will be made so.
///
/// # Errors
///
/// [`ErrorKind::CustomXml`] with the first fault, its place, and what stands there in straight XML.
pub(crate) fn check(xml: &str, canonicalize: bool) -> Result<()> {
    let outline = Outline::of(xml);
    let matters = |kind| {
        !canonicalize || matches!(kind, FaultKind::IllFormed | FaultKind::CutShort | FaultKind::Quotes)
    };
    let mut faults = syntax::faults(xml, &outline, Scope::Fragment).into_iter();
    let Some(fault) = faults.find(|fault| matters(fault.kind)) else { return Ok(()) };
    let at = xml.get(..fault.span.start).unwrap_or_default().chars().count();
    let straight = fault.fix.map(|fix| fix.put.clone()).filter(|put| !put.is_empty());
    let kind = ErrorKind::CustomXml { reason: fault.message, rule: fault.kind.rule(), at, straight };
    Err(Error::new(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(xml: &str, canonicalize: bool) -> Option<String> {
        check(xml, canonicalize).err().map(|error| error.to_string())
    }

    #[test]
    fn canonical_xml_is_taken() {
        for xml in ["text", "<a></a>", "<a b=\"1\" c=\"2\"> <x:d xmlns:x=\"urn:x\">&amp;</x:d></a>\n"] {
            assert_eq!(refused(xml, false), None, "{xml}");
        }
    }

    #[test]
    fn crooked_xml_is_refused_with_the_rule_and_the_straight_form() {
        assert_eq!(
            refused("x<a/>", false).unwrap(),
            "CUSTOMATTRIBUTES: <a/> needs a closing tag, at character 1 (PRH-06); straight: <a></a>"
        );
        assert!(refused("<a c='2' b=\"1\"></a>", false).unwrap().contains("<a b=\"1\" c=\"2\">"));
        assert_eq!(refused("<a c='2' b=\"1\"/>", true), None);
    }

    #[test]
    fn what_is_no_xml_is_refused_whatever_comes_later() {
        for xml in [
            "<a>",
            "a & b",
            "</a>",
            "<a></b>",
            "<a b=“c”></a>",
            "<a b=1></a>",
            "<a b=\"1\" b=\"2\"></a>",
            "\u{1}",
            "<p:a></p:a>",
        ] {
            assert!(refused(xml, true).is_some(), "{xml}");
        }
    }
}
