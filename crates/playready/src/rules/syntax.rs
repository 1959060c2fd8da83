//! XML-01, PRH-02, 04, 06, 07, 08: the syntax of the text (PRH spec 3.2).
//!
//! Whether clients insist is not known (Microsoft's own pages break these rules), so they are warnings unless no
//! leniency is wanted; text that is no XML is an error always.

use super::fix::Fix;
use super::keys::{PRH_15, PRH_15_PADDED, PRH_16, PRH_16_PADDED, VER_04};
use super::text::{VER_03, VER_12, VER_15};
use super::values::{PRH_14, PRH_14_PADDED};
use super::{Findings, Level, Otherwise, Part, Rule, STRICT, Spec};
use crate::header::local_name;
use crate::header::syntax::{self, Fault, FaultKind, Scope};

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
    title: "no white space between elements",
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
pub(super) static C_07: Rule = Rule {
    id: "C-07",
    level: Level::Error,
    section: "PRH spec 3.3.3 to 3.5.2; the text of 2021 has a space in its examples",
    title: "KID has no text from version 4.1 on",
};
static C_07_SPACE: Otherwise = Otherwise {
    rule: "C-07",
    level: Level::Warning,
    when: "for white space alone by the text of 2021, whose examples have it",
};
static C_17: Rule = Rule {
    id: "C-17",
    level: Level::Error,
    section: "XML 1.0, 2.3; the listings of PRH spec 3.3.3 have them",
    title: "quotes are straight",
};

const fn strict(rule: &'static str) -> Otherwise {
    Otherwise { rule, level: Level::Error, when: STRICT }
}

static PRH_04_STRICT: Otherwise = strict("PRH-04");
static PRH_06_STRICT: Otherwise = strict("PRH-06");
static PRH_07_STRICT: Otherwise = strict("PRH-07");
static PRH_08_STRICT: Otherwise = strict("PRH-08");

pub(super) static OTHERWISE: &[&Otherwise] =
    &[&PRH_04_STRICT, &PRH_06_STRICT, &PRH_07_STRICT, &PRH_08_STRICT, &C_07_SPACE];
pub(super) static RULES: &[&Rule] =
    &[&XML_01, &XML_02, &PRH_02, &PRH_04, &PRH_06, &PRH_07, &PRH_08, &C_07, &C_17];

/// Says whether the text ends where nobody knows how it was to go on.
pub(super) fn check(part: &Part<'_>, findings: &mut Findings) -> bool {
    let header = part.header;
    let text = header.as_str();
    let mut is_cut = false;
    for fault in syntax::faults(text, header.outline(), Scope::Header) {
        let (rule, other) = rule_of(part, &fault);
        is_cut |= fault.kind == FaultKind::CutShort;
        let Fault { message, span, fix, .. } = fault;
        let fix = fix.map(|splice| {
            let straight =
                if splice.put.is_empty() { "leave it out".to_owned() } else { shortened(&splice.put) };
            Fix::splice(straight, [splice])
        });
        let finding = findings.text(part, rule, span, message).maybe(fix);
        if let Some(other) = other.filter(|_| !part.context.strict) {
            finding.otherwise(other);
        }
    }
    is_cut
}

/// The rule, and its level where that is another one and what clients let pass is let pass.
fn rule_of(part: &Part<'_>, fault: &Fault) -> (&'static Rule, Option<&'static Otherwise>) {
    let rule = match fault.kind {
        FaultKind::IllFormed | FaultKind::CutShort => &XML_01,
        FaultKind::Quotes => &C_17,
        FaultKind::NotCanonical => &PRH_04,
        FaultKind::Declaration => &PRH_02,
        FaultKind::SelfClosed => &PRH_06,
        FaultKind::LateNamespace => &PRH_07,
        FaultKind::Unordered => &PRH_08,
        FaultKind::LooseText => &VER_15,
        FaultKind::Space => return space(part, fault),
    };
    (rule, None)
}

/// White space around a value: as bad as the value with it is.
fn space(part: &Part<'_>, fault: &Fault) -> (&'static Rule, Option<&'static Otherwise>) {
    match around(part, fault) {
        Some("LA_URL" | "LUI_URL") => (&PRH_14, Some(&PRH_14_PADDED)),
        Some("DECRYPTORSETUP") => (&VER_12, None),
        Some("ALGID") => (&VER_04, None),
        Some("KEYLEN") => (&VER_03, None),
        Some("DS_ID" | "CHECKSUM") => (&PRH_16, Some(&PRH_16_PADDED)),
        Some("KID") if part.header.level() == 0 => (&PRH_15, Some(&PRH_15_PADDED)),
        Some("KID") => (&C_07, Some(&C_07_SPACE).filter(|_| part.context.spec == Spec::Y2021)),
        _ => (&XML_02, None),
    }
}

/// The name of the element whose content the fault is.
fn around<'p>(part: &Part<'p>, fault: &Fault) -> Option<&'p str> {
    let text = part.header.as_str();
    part.header.outline().of_content(&fault.span).map(|element| local_name(text, element))
}

fn shortened(text: &str) -> String {
    const MOST: usize = 160;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    let start: String = text.chars().take(MOST).collect();
    format!("{start}…")
}
