//! XML-01, PRH-02, 04, 06, 07, 08: the syntax of the text (PRH spec 3.2).
//!
//! Whether clients insist is not known (Microsoft's own pages break these rules), so they are warnings unless no
//! leniency is wanted; text that is no XML is an error always.

use super::fix::Fix;
use super::values::PRH_14;
use super::{Findings, Level, Part, Rule};
use crate::header::syntax::{self, Fault, FaultKind, Scope};
use crate::header::{Element, local_name};

static XML_01: Rule = Rule {
    id: "XML-01",
    level: Level::Error,
    section: "PRH spec 3.2.1: canonical XML is well-formed",
    title: "the header is well-formed XML",
};
static XML_02: Rule = Rule {
    id: "XML-02",
    level: Level::Note,
    section: "PRH spec 3.3 to 3.6: size recommended at most 1 KB",
    title: "no white space between elements and around values",
};
static PRH_02: Rule = Rule {
    id: "PRH-02",
    level: Level::Error,
    section: "PRH spec 3.5, 3.6, notes",
    title: "a header has no XML declaration",
};
static PRH_04: Rule =
    Rule { id: "PRH-04", level: Level::Warning, section: "PRH spec 3.2.1", title: "the XML is canonical" };
static PRH_06: Rule = Rule {
    id: "PRH-06",
    level: Level::Warning,
    section: "PRH spec 3.2.3",
    title: "closing tags are explicit",
};
static PRH_07: Rule = Rule {
    id: "PRH-07",
    level: Level::Warning,
    section: "PRH spec 3.2.4",
    title: "namespace attributes stand before others",
};
static PRH_08: Rule = Rule {
    id: "PRH-08",
    level: Level::Warning,
    section: "PRH spec 3.2.5",
    title: "attributes are in alphabetical order",
};
static C_07: Rule = Rule {
    id: "C-07",
    level: Level::Error,
    section: "PRH spec 3.3.3 to 3.5.3; the 2021 edition has a space in its examples",
    title: "KID has no text from version 4.1 on",
};
static C_17: Rule = Rule {
    id: "C-17",
    level: Level::Error,
    section: "XML 1.0, 2.3; the listings of PRH spec 3.3.3 have them",
    title: "quotes are straight",
};

pub(super) static RULES: &[&Rule] =
    &[&XML_01, &XML_02, &PRH_02, &PRH_04, &PRH_06, &PRH_07, &PRH_08, &C_07, &C_17];

/// Says whether the text ends where nobody knows how it was to go on.
pub(super) fn check(part: &Part<'_>, findings: &mut Findings) -> bool {
    let header = part.header;
    let text = header.as_str();
    let mut is_cut = false;
    for fault in syntax::faults(text, header.outline(), Scope::Header) {
        let (rule, level) = rule_of(part, &fault, findings);
        is_cut |= fault.kind == FaultKind::CutShort;
        let Fault { message, span, fix, .. } = fault;
        let fix = fix.map(|splice| {
            let straight =
                if splice.put.is_empty() { "leave it out".to_owned() } else { shortened(&splice.put) };
            Fix::splice(straight, [splice])
        });
        findings.text(part, rule, span, message).level(level).maybe(fix);
    }
    for element in header.find("KID").filter(|_| header.level() > 0) {
        let has_value = header.outline().find_attribute(text, element, "VALUE").is_some();
        let said = text.get(element.content.clone()).unwrap_or_default().trim();
        if has_value && !said.is_empty() {
            let message = "KID has a VALUE and a text; clients of this version read VALUE";
            let fix = Fix::splice("leave the text out", [crate::Header::cleared(element)]);
            findings.text(part, &C_07, element.content.clone(), message).maybe(Some(fix));
        }
    }
    is_cut
}

fn rule_of(part: &Part<'_>, fault: &Fault, findings: &Findings) -> (&'static Rule, Level) {
    let lenient = findings.lenient();
    match fault.kind {
        FaultKind::IllFormed | FaultKind::CutShort => (&XML_01, Level::Error),
        FaultKind::Quotes => (&C_17, Level::Error),
        FaultKind::NotCanonical => (&PRH_04, lenient),
        FaultKind::Declaration => (&PRH_02, Level::Error),
        FaultKind::SelfClosed => (&PRH_06, lenient),
        FaultKind::LateNamespace => (&PRH_07, lenient),
        FaultKind::Unordered => (&PRH_08, lenient),
        FaultKind::Space => match around(part, fault) {
            Some("LA_URL" | "LUI_URL") => (&PRH_14, Level::Warning),
            Some("KID") if part.header.level() > 0 => (&C_07, lenient),
            _ => (&XML_02, Level::Note),
        },
    }
}

/// The name of the element whose content the fault is.
fn around<'p>(part: &Part<'p>, fault: &Fault) -> Option<&'p str> {
    let text = part.header.as_str();
    let is_around = |element: &&Element| element.content == fault.span;
    let elements = part.header.outline().elements();
    elements.iter().find(is_around).map(|element| local_name(text, element))
}

fn shortened(text: &str) -> String {
    const MOST: usize = 160;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    let start: String = text.chars().take(MOST).collect();
    format!("{start}…")
}
