//! VER-01 to 03, 05, 06, 10 to 12, C-01: what stands where, how often, in which version (PRH spec 3.3 to 3.6).
//!
//! ```text
//!   4.0        DATA ┬ PROTECTINFO ┬ KEYLEN            4.1    DATA ┬ PROTECTINFO ─ KID
//!                   │             └ ALGID                         └ LA_URL …
//!                   ├ KID, CHECKSUM
//!                   └ LA_URL …                        4.2, 4.3    PROTECTINFO ─ KIDS ─ KID …
//! ```

use super::fix::Fix;
use super::{Findings, Level, Part, Rule};
use crate::header::{Closed, Element, Needs, TextSplice, insert, local_name, remove};
use crate::{Field, Header, Requested, Revision, Version, VersionChoice};

const TABLES: &str = "PRH spec 3.3.3 to 3.6.2";

static VER_01: Rule = Rule {
    id: "VER-01",
    level: Level::Error,
    section: TABLES,
    title: "one DATA at most; version 4.0 needs it",
};
static VER_02: Rule = Rule {
    id: "VER-02",
    level: Level::Error,
    section: TABLES,
    title: "one PROTECTINFO at most, in DATA; version 4.0 needs it",
};
static VER_03: Rule = Rule {
    id: "VER-03",
    level: Level::Error,
    section: "PRH spec 3.6.2",
    title: "KEYLEN stands in 4.0 only: 16 with AESCTR, 7 with COCKTAIL",
};
static C_02: Rule = Rule {
    id: "C-02",
    level: Level::Warning,
    section: "PRH spec 3.6.2 says 7, a note of 3.5 says 8",
    title: "KEYLEN of COCKTAIL is 7",
};
pub(super) static VER_05: Rule = Rule {
    id: "VER-05",
    level: Level::Error,
    section: TABLES,
    title: "KID stands where its version has it: one in DATA (4.0), one in PROTECTINFO (4.1), many in KIDS (4.2, 4.3)",
};
static VER_06: Rule = Rule {
    id: "VER-06",
    level: Level::Error,
    section: "PRH spec 3.3.3, 3.4.3",
    title: "one KIDS at most, from 4.2 on, with a KID in it",
};
static VER_10: Rule = Rule {
    id: "VER-10",
    level: Level::Error,
    section: TABLES,
    title: "LA_URL, LUI_URL, DS_ID, CUSTOMATTRIBUTES and DECRYPTORSETUP stand once at most, in DATA",
};
static VER_11: Rule = Rule {
    id: "VER-11",
    level: Level::Error,
    section: TABLES,
    title: "an element that is there is not empty",
};
static VER_12: Rule = Rule {
    id: "VER-12",
    level: Level::Error,
    section: "PRH spec 3.5",
    title: "DECRYPTORSETUP is ONDEMAND, from 4.1 on",
};
static C_01: Rule = Rule {
    id: "C-01",
    level: Level::Error,
    section: "PRH spec of 2021, 3.3",
    title: "LICENSEREQUESTED is true or false, in 4.3; clients read it from 4.5 on",
};

pub(super) static RULES: &[&Rule] =
    &[&VER_01, &VER_02, &VER_03, &C_02, &VER_05, &VER_06, &VER_10, &VER_11, &VER_12, &C_01];

pub(super) fn check(part: &Part<'_>, findings: &mut Findings) {
    containers(part, findings);
    key_elements(part, findings);
    for field in Field::ALL {
        check_field(part, field, findings);
    }
    key_len(part, findings);
    requested(part, findings);
}

/// The version whose form the key list has, and that can say what is there.
pub(super) fn form_version(header: &Header<'_>) -> Version {
    let needs = Needs::of(header);
    let text = header.as_str();
    let has_value = |element: &Element| header.outline().find_attribute(text, element, "VALUE").is_some();
    let form = match (header.find("KIDS").next(), header.find("KID").next()) {
        (Some(_), _) => Version::V4_2,
        (None, Some(kid)) if has_value(kid) => Version::V4_1,
        _ => Version::V4_0,
    };
    let lowest = needs.lowest();
    if lowest.level() > form.level() { lowest } else { form }
}

/// Gives the key list the form of the version, which goes up where it has to.
fn reform(header: &Header<'_>) -> Option<Fix> {
    let needs = Needs { license_requested: false, ..Needs::of(header) };
    let own = header.version().unwrap_or(Version::V4_0);
    let version = if needs.lowest().level() > own.level() { needs.lowest() } else { own };
    let what = format!("the key list of version {version}");
    let revision = Revision { version: Some(VersionChoice::Exactly(version)), ..Revision::default() };
    Fix::revision(what, header, revision)
}

fn containers(part: &Part<'_>, findings: &mut Findings) {
    let header = part.header;
    let level = header.level();
    let Some(root) = header.outline().get(0) else { return };
    for (name, rule) in [("DATA", &VER_01), ("PROTECTINFO", &VER_02), ("KIDS", &VER_06)] {
        let mut found = header.find(name);
        match found.next() {
            None if level == 0 && name != "KIDS" => {
                findings.text(part, rule, root.start_tag(), format!("a 4.0 header needs {name}"));
            }
            None => {}
            Some(first) => {
                let parent = match name {
                    "DATA" => "WRMHEADER",
                    "PROTECTINFO" => "DATA",
                    _ => "PROTECTINFO",
                };
                if !is_child_of(header, first, parent) {
                    let message = format!("{name} stands in {}, not in {parent}", parent_name(header, first));
                    findings.text(part, rule, first.name.clone(), message);
                }
            }
        }
        for second in found {
            findings.text(part, rule, second.name.clone(), format!("{name} stands there once more"));
        }
    }
    for list in header.find("KIDS") {
        if level < 2 {
            let message = format!("KIDS is not known to {} clients; it came with 4.2", version_name(header));
            findings.text(part, &VER_06, list.name.clone(), message).maybe(reform(header));
        } else if !header.find("KID").any(|kid| header.is_in(kid, "KIDS")) {
            let fix = Fix::splice("leave KIDS out", [remove(list)]);
            findings.text(part, &VER_06, list.name.clone(), "KIDS holds no KID").maybe(Some(fix));
        }
    }
}

fn key_elements(part: &Part<'_>, findings: &mut Findings) {
    let header = part.header;
    let level = header.level();
    let version = version_name(header);
    let kids: Vec<_> = header.find("KID").collect();
    if level == 0 && kids.is_empty() {
        if let Some(root) = header.outline().get(0) {
            let message = "a 4.0 header needs a KID; a header without comes with 4.1";
            findings.text(part, &VER_05, root.start_tag(), message).maybe(reform(header));
        }
        return;
    }
    for (i, kid) in kids.iter().enumerate() {
        if level < 2 && i == 1 {
            let message = format!("a {version} header has one KID; several come with 4.2");
            findings.text(part, &VER_05, kid.name.clone(), message).maybe(reform(header));
        }
        let parent = match level {
            0 => "DATA",
            1 => "PROTECTINFO",
            _ => "KIDS",
        };
        // A list in a version that has none is what VER-06 says.
        let is_listed = level < 2 && header.is_in(kid, "KIDS");
        if !is_listed && !is_child_of(header, kid, parent) {
            let found = parent_name(header, kid);
            let message = format!("KID stands in {found}; in a {version} header it stands in {parent}");
            findings.text(part, &VER_05, kid.name.clone(), message).maybe(reform(header));
        }
    }
}

fn check_field(part: &Part<'_>, field: Field, findings: &mut Findings) {
    let header = part.header;
    let name = field.element();
    let mut found = header.find(name);
    let Some(first) = found.next() else { return };
    let text = header.as_str();
    let said = text.get(first.content.clone()).unwrap_or_default();
    for second in found {
        let again = text.get(second.content.clone()).unwrap_or_default();
        let fix = (again == said).then(|| Fix::splice("leave it out: it says the same", [remove(second)]));
        let message = format!("{name} stands there once more; clients differ in which one they take");
        findings.text(part, &VER_10, second.name.clone(), message).maybe(fix);
    }
    if !is_child_of(header, first, "DATA") {
        // An old Shaka Packager wrote LA_URL behind DATA (issue 961).
        let message =
            format!("{name} stands in {}, not in DATA; clients do not find it", parent_name(header, first));
        let data = header.find("DATA").next().filter(|data| data.closed == Closed::Explicitly);
        let fix = data.filter(|data| first.end <= data.start || first.start >= data.end).map(|data| {
            let whole = text.get(first.span()).unwrap_or_default();
            Fix::splice("move it into DATA", [remove(first), insert(data.content.end, whole)])
        });
        findings.text(part, &VER_10, first.name.clone(), message).maybe(fix);
    }
    if said.trim().is_empty() {
        let level = if header.level() == 0 { Level::Warning } else { Level::Error };
        let fix = Fix::splice(format!("leave {name} out"), [remove(first)]);
        findings
            .text(part, &VER_11, first.span(), format!("{name} is empty; it says something or is not there"))
            .level(level)
            .maybe(Some(fix));
    } else if field == Field::DecryptorSetup {
        decryptor_setup(part, first, findings);
    }
}

fn decryptor_setup(part: &Part<'_>, element: &Element, findings: &mut Findings) {
    let header = part.header;
    let value = header.value(Field::DecryptorSetup).unwrap_or_default();
    if value != "ONDEMAND" {
        let fix = value.eq_ignore_ascii_case("ONDEMAND").then(|| {
            Fix::splice("ONDEMAND", [TextSplice { range: element.content.clone(), put: "ONDEMAND".into() }])
        });
        let message = format!("DECRYPTORSETUP is ONDEMAND or not there, never {value:?}");
        findings.text(part, &VER_12, element.content.clone(), message).maybe(fix);
    } else if header.level() == 0 {
        let message = "DECRYPTORSETUP came with 4.1";
        findings.text(part, &VER_12, element.name.clone(), message).maybe(reform(header));
    }
}

fn key_len(part: &Part<'_>, findings: &mut Findings) {
    let header = part.header;
    let mut found = header.find("KEYLEN");
    let first = found.next();
    if header.level() > 0 {
        if let Some(first) = first {
            let message = format!("a {} header has no KEYLEN", version_name(header));
            findings
                .text(part, &VER_03, first.span(), message)
                .level(Level::Warning)
                .maybe(Some(Fix::splice("leave it out", [remove(first)])));
        }
        return;
    }
    let algorithm = header.algorithm_element();
    let Some(first) = first else {
        if let (Some(info), Some(algorithm)) = (header.find("PROTECTINFO").next(), algorithm) {
            let element = format!("<KEYLEN>{}</KEYLEN>", algorithm.key_len());
            let fix = Fix::splice(element.clone(), [header.insert_first(info, &element)]);
            findings.text(part, &VER_03, info.name.clone(), "a 4.0 header needs KEYLEN").maybe(Some(fix));
        }
        return;
    };
    let said = header.text_of(first);
    let Some(algorithm) = algorithm else { return };
    let right = algorithm.key_len().to_string();
    if said == right {
        return;
    }
    let fix = header.set_text(first, &right).map(|splice| Fix::splice(right.clone(), [splice]));
    let rule = if algorithm == crate::Algorithm::Cocktail && said == "8" { &C_02 } else { &VER_03 };
    let message = format!("KEYLEN is {right} with {algorithm}, not {said:?}");
    findings.text(part, rule, first.content.clone(), message).maybe(fix);
}

fn requested(part: &Part<'_>, findings: &mut Findings) {
    let header = part.header;
    let text = header.as_str();
    for info in header.find("PROTECTINFO") {
        let Some(found) = header.outline().find_attribute(text, info, "LICENSEREQUESTED") else { continue };
        let value = text.get(found.value.clone()).unwrap_or_default();
        if !matches!(value, "true" | "false") {
            let right = value.trim().to_ascii_lowercase();
            let fix = matches!(&*right, "true" | "false")
                .then(|| Fix::splice(right.clone(), header.set_attribute(info, "LICENSEREQUESTED", &right)));
            let message = format!("LICENSEREQUESTED is true or false, not {value:?}");
            findings.text(part, &C_01, found.span(), message).maybe(fix);
        } else if header.level() < 3 {
            let message = format!(
                "LICENSEREQUESTED came with 4.3; clients skip it in a {} header",
                version_name(header)
            );
            let gone = Revision { license_requested: Some(Requested::Remove), ..Revision::default() };
            let fix = Fix::revision("leave it out", header, gone);
            findings.text(part, &C_01, found.span(), message).level(Level::Warning).maybe(fix);
        } else if part.context.client.is_some_and(|client| client < super::Client::new(4, 5)) {
            let message = "clients before 4.5 do not read LICENSEREQUESTED";
            findings.text(part, &C_01, found.span(), message).level(Level::Note);
        }
    }
}

pub(super) fn version_name(header: &Header<'_>) -> String {
    header.version().map_or_else(|| "4.0.0.0".to_owned(), |version| version.to_string())
}

fn parent_name(header: &Header<'_>, element: &Element) -> String {
    let parent = element.parent.and_then(|index| header.outline().get(index));
    parent.map_or_else(|| "no element".to_owned(), |parent| local_name(header.as_str(), parent).to_owned())
}

/// A root of another name is WRMHEADER misspelt.
fn is_child_of(header: &Header<'_>, element: &Element, parent: &str) -> bool {
    match element.parent {
        Some(0) if parent == "WRMHEADER" => true,
        Some(_) => parent_name(header, element) == parent,
        None => false,
    }
}
