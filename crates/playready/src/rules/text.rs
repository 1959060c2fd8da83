//! VER-03, 12, 15, C-01, C-02: what elements and attributes may say (PRH spec 3.3 to 3.6).

use super::fix::Fix;
use super::{Findings, Level, Otherwise, Part, Rule, Spec};
use crate::header::{TextSplice, attribute_value, version_name};
use crate::{Algorithm, Requested, Revision};
use core::cell::LazyCell;

pub(super) static VER_03: Rule = Rule {
    id: "VER-03",
    level: Level::Error,
    section: "PRH spec 3.6.2; removed in 4.1: 3.5.1",
    title: "KEYLEN is in PROTECTINFO of 4.0 only: 16 with AESCTR, 7 with COCKTAIL",
};
static C_02: Rule = Rule {
    id: "C-02",
    level: Level::Warning,
    section: "PRH spec 3.6.2 says 7, a note of 3.5.1 says 8",
    title: "KEYLEN of COCKTAIL is 7",
};
pub(super) static VER_12: Rule = Rule {
    id: "VER-12",
    level: Level::Error,
    section: "PRH spec 3.3.3 to 3.5.2",
    title: "DECRYPTORSETUP is ONDEMAND to the letter, from 4.1 on",
};
pub(super) static VER_15: Rule = Rule {
    id: "VER-15",
    level: Level::Warning,
    section: "PRH spec 3.3.3 to 3.6.2: container elements",
    title: "WRMHEADER, DATA, PROTECTINFO and KIDS contain elements, and no text",
};
static C_01: Rule = Rule {
    id: "C-01",
    level: Level::Error,
    section: "PRH spec of 2021, 3.3.3",
    title: "LICENSEREQUESTED is true or false, in 4.3; clients read it from 4.5 on",
};
static C_01_TOO_EARLY: Otherwise = Otherwise {
    rule: "C-01",
    level: Level::Warning,
    when: "before 4.3, and in every version by the text of 2018, which does not have it: clients skip it",
};
static C_01_UNREAD: Otherwise =
    Otherwise { rule: "C-01", level: Level::Note, when: "where a client before 4.5 has to read it" };

pub(super) static RULES: &[&Rule] = &[&VER_03, &C_02, &VER_12, &VER_15, &C_01];
pub(super) static OTHERWISE: &[&Otherwise] = &[&C_01_TOO_EARLY, &C_01_UNREAD];

pub(super) fn check(part: &Part<'_>, findings: &mut Findings) {
    decryptor_setup(part, findings);
    key_len(part, findings);
    requested(part, findings);
}

fn decryptor_setup(part: &Part<'_>, findings: &mut Findings) {
    let header = part.header;
    for element in header.find("DECRYPTORSETUP") {
        let value = header.text_of(element);
        if value.is_empty() || value == "ONDEMAND" {
            continue;
        }
        let fix = value.eq_ignore_ascii_case("ONDEMAND").then(|| {
            Fix::splice("ONDEMAND", [TextSplice { range: element.content.clone(), put: "ONDEMAND".into() }])
        });
        let message = format!("DECRYPTORSETUP is ONDEMAND or not there, never {value:?}");
        findings.text(part, &VER_12, element.content.clone(), message).maybe(fix);
    }
}

fn key_len(part: &Part<'_>, findings: &mut Findings) {
    let header = part.header;
    let Some(element) = header.own("KEYLEN").filter(|_| header.level() == 0) else { return };
    let said = header.text_of(element);
    let Some(algorithm) = header.algorithm_element() else { return };
    let right = algorithm.key_len().to_string();
    if said == right {
        return;
    }
    let fix = header.set_text(element, &right).map(|splice| Fix::splice(right.clone(), [splice]));
    let rule = if algorithm == Algorithm::Cocktail && said == "8" { &C_02 } else { &VER_03 };
    let message = format!("KEYLEN is {right} with {algorithm}, not {said:?}");
    findings.text(part, rule, element.content.clone(), message).maybe(fix);
}

fn requested(part: &Part<'_>, findings: &mut Findings) {
    let header = part.header;
    let text = header.as_str();
    let gone = LazyCell::new(|| {
        let revision = Revision { license_requested: Some(Requested::Remove), ..Revision::default() };
        Fix::revision("leave it out", header, revision)
    });
    for info in header.find("PROTECTINFO") {
        if findings.is_full() {
            return;
        }
        let Some(found) = header.outline().find_attribute(text, info, "LICENSEREQUESTED") else { continue };
        let value = attribute_value(text.get(found.value.clone()).unwrap_or_default());
        if !matches!(&*value, "true" | "false") {
            let right = value.trim().to_ascii_lowercase();
            let fix = matches!(&*right, "true" | "false")
                .then(|| Fix::splice(right.clone(), header.set_attribute(info, "LICENSEREQUESTED", &right)));
            let message = format!("LICENSEREQUESTED is true or false, not {value:?} (text of 2021)");
            findings.text(part, &C_01, found.span(), message).maybe(fix);
        } else if header.level() < 3 {
            let message = format!(
                "LICENSEREQUESTED came with 4.3; clients skip it in a {} header",
                version_name(header)
            );
            findings
                .text(part, &C_01, found.span(), message)
                .otherwise(&C_01_TOO_EARLY)
                .maybe((*gone).clone());
        } else if part.context.spec == Spec::Y2018 {
            let message = "the text of 2018 does not have LICENSEREQUESTED; that of 2021 does";
            findings
                .text(part, &C_01, found.span(), message)
                .otherwise(&C_01_TOO_EARLY)
                .maybe((*gone).clone());
        } else if part.context.client.is_some_and(|client| client < super::Client::new(4, 5)) {
            let message = "clients before 4.5 do not read LICENSEREQUESTED";
            findings.text(part, &C_01, found.span(), message).otherwise(&C_01_UNREAD);
        }
    }
}
