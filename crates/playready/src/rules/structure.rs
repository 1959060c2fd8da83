//! VER-01, 02, 05, 06, 10, 11, 14, 15: what is located where, how often, in which version (PRH spec 3.3 to 3.6).
//!
//! ```text
//!   header/grammar.rs ──▶ header/structure.rs ──▶ one finding a misfit ──▶ its rule, its fix
//! ```
//!
//! The table is the only one; the checks here give each of its misfits the number of a rule and what mends it.

use super::fix::Fix;
use super::keys::{VER_04, VER_09};
use super::syntax::C_07;
use super::text::{VER_03, VER_12};
use super::{Findings, Level, Otherwise, Part, Rule};
use crate::header::grammar::{self, Content};
use crate::header::{Element, Misfit, MisfitKind, Needs, insert, remove};
use crate::{Algorithm, Header, Revision, Version, VersionChoice};
use core::cell::LazyCell;
use core::ops::Range;

const TABLES: &str = "PRH spec 3.3.3 to 3.6.2";

static VER_01: Rule = Rule {
    id: "VER-01",
    level: Level::Error,
    section: TABLES,
    title: "one DATA at most, in WRMHEADER; version 4.0 needs it",
};
static VER_02: Rule = Rule {
    id: "VER-02",
    level: Level::Error,
    section: TABLES,
    title: "one PROTECTINFO at most, in DATA; version 4.0 needs it",
};
static VER_05: Rule = Rule {
    id: "VER-05",
    level: Level::Error,
    section: TABLES,
    title: "KID is where its version has it: one in DATA, a text (4.0), one in PROTECTINFO (4.1), many in KIDS (4.2, 4.3)",
};
static VER_06: Rule = Rule {
    id: "VER-06",
    level: Level::Error,
    section: "PRH spec 3.3.3, 3.4.3",
    title: "one KIDS at most, in PROTECTINFO, from 4.2 on, with a KID in it",
};
static VER_10: Rule = Rule {
    id: "VER-10",
    level: Level::Error,
    section: TABLES,
    title: "LA_URL, LUI_URL, DS_ID, CUSTOMATTRIBUTES and DECRYPTORSETUP are there once at most, in DATA",
};
static VER_11: Rule = Rule {
    id: "VER-11",
    level: Level::Error,
    section: TABLES,
    title: "an element that is there is not empty",
};
static VER_11_IN_4_0: Otherwise = Otherwise {
    rule: "VER-11",
    level: Level::Warning,
    when: "in 4.0, whose table (PRH spec 3.6.2) does not say so",
};
static VER_14: Rule = Rule {
    id: "VER-14",
    level: Level::Error,
    section: TABLES,
    title: "WRMHEADER is the outermost element, and there is one",
};

pub(super) static RULES: &[&Rule] = &[&VER_01, &VER_02, &VER_05, &VER_06, &VER_10, &VER_11, &VER_14];
pub(super) static OTHERWISE: &[&Otherwise] = &[&VER_11_IN_4_0];

pub(super) fn check(part: &Part<'_>, findings: &mut Findings) {
    let header = part.header;
    // The key list takes its form once, however many of its elements are wrong.
    let reformed = LazyCell::new(|| reform(header));
    let has_text = LazyCell::new(|| header.find("KID").any(|kid| !header.text_of(kid).is_empty()));
    for misfit in header.misfits() {
        if findings.is_full() {
            return;
        }
        let Some(rule) = rule_of(&misfit) else { continue };
        let is_lenient = !misfit.is_error(header.level());
        findings
            .text(part, rule, span_of(header, &misfit), misfit.message(header))
            .otherwise_if(is_lenient && rule.id == VER_11.id, &VER_11_IN_4_0)
            .maybe(fix_of(header, &misfit, &|| *has_text, &|| (*reformed).clone()));
    }
}

/// The rule of a misfit; `None` for what is said of the value, in `keys.rs` and `text.rs`.
fn rule_of(misfit: &Misfit<'_>) -> Option<&'static Rule> {
    Some(match (misfit.name, misfit.kind) {
        ("KID", MisfitKind::NoAttribute(_) | MisfitKind::Mixed)
        | ("PROTECTINFO", MisfitKind::Attribute(_)) => {
            return None;
        }
        ("KID" | "KEYLEN" | "ALGID" | "CHECKSUM", MisfitKind::Empty) => return None,
        (_, MisfitKind::Empty) => &VER_11,
        (_, MisfitKind::Filled) => &C_07,
        ("KID", MisfitKind::Missing) if misfit.is_of_list() => &VER_06,
        ("DECRYPTORSETUP", MisfitKind::Unknown) => &VER_12,
        ("WRMHEADER", _) => &VER_14,
        ("DATA", _) => &VER_01,
        ("PROTECTINFO", _) => &VER_02,
        ("KEYLEN", _) => &VER_03,
        ("ALGID", _) => &VER_04,
        ("CHECKSUM", _) => &VER_09,
        ("KIDS", _) => &VER_06,
        ("KID", _) => &VER_05,
        _ => &VER_10,
    })
}

fn span_of(header: &Header<'_>, misfit: &Misfit<'_>) -> Range<usize> {
    let element = misfit.element;
    match misfit.kind {
        MisfitKind::Missing if element.parent.is_none() => element.start_tag(),
        MisfitKind::Empty => element.span(),
        MisfitKind::Unknown if !matches!(misfit.name, "KIDS" | "DECRYPTORSETUP") => element.span(),
        MisfitKind::Filled => element.content.clone(),
        MisfitKind::Attribute(name) => header
            .outline()
            .find_attribute(header.as_str(), element, name)
            .map_or_else(|| element.name.clone(), crate::header::Attribute::span),
        _ => element.name.clone(),
    }
}

fn fix_of(
    header: &Header<'_>,
    misfit: &Misfit<'_>,
    is_of_text: &dyn Fn() -> bool,
    reform: &dyn Fn() -> Option<Fix>,
) -> Option<Fix> {
    let Misfit { name, element, .. } = *misfit;
    let out = || Fix::splice("leave it out", [remove(element)]);
    match misfit.kind {
        MisfitKind::Missing => missing(header, misfit, reform),
        MisfitKind::Unknown if matches!(name, "KIDS" | "DECRYPTORSETUP") => reform(),
        // Where the key id is a text, these belong to it, and both become attributes together.
        MisfitKind::Unknown => (!is_of_text()).then(out),
        MisfitKind::Misplaced(_) if name == "KIDS" => reform(),
        MisfitKind::Misplaced(_) if name == "KID" && header.level() > 0 => reform(),
        MisfitKind::Misplaced(parent) => moved(header, misfit, parent),
        MisfitKind::Again if says_the_same(header, misfit) => {
            Some(Fix::splice("leave it out: it says the same", [remove(element)]))
        }
        MisfitKind::Again if name == "KID" => reform(),
        MisfitKind::Again | MisfitKind::NoAttribute(_) | MisfitKind::Mixed => None,
        // What is in it is of somebody, wherever it belongs.
        MisfitKind::Empty => {
            header.is_hollow(element).then(|| Fix::splice(format!("leave {name} out"), [remove(element)]))
        }
        MisfitKind::Filled => Some(Fix::splice("leave the text out", [Header::cleared(element)])),
        MisfitKind::Attribute(attribute) => attribute_out(header, element, attribute, reform),
    }
}

fn missing(header: &Header<'_>, misfit: &Misfit<'_>, reform: &dyn Fn() -> Option<Fix>) -> Option<Fix> {
    let element = misfit.element;
    match misfit.name {
        "KID" if misfit.is_of_list() => Some(Fix::splice("leave KIDS out", [remove(element)])),
        // How long a key of COCKTAIL is, nothing else says.
        "KEYLEN" if header.algorithm_element() == Some(Algorithm::AesCtr) => {
            let put = "<KEYLEN>16</KEYLEN>";
            Some(Fix::splice(put, [header.insert_first(element, put)]))
        }
        "ALGID" => {
            let len = header.own("KEYLEN").map(|element| header.text_of(element));
            let algorithm = match len.as_deref()? {
                "16" => "AESCTR",
                "7" | "8" => "COCKTAIL",
                _ => return None,
            };
            let put = format!("<ALGID>{algorithm}</ALGID>");
            Some(Fix::splice(put.clone(), [header.insert_last(element, &put)]))
        }
        "DATA" | "PROTECTINFO" | "KID" if header.all_kids().is_empty() => reform(),
        _ => None,
    }
}

/// Whether what is there says what the one in its place says.
fn says_the_same(header: &Header<'_>, misfit: &Misfit<'_>) -> bool {
    let text = header.as_str();
    let Some(placed) = header.placed(misfit.name).filter(|placed| placed.start != misfit.element.start)
    else {
        return false;
    };
    let is_leaf = grammar::entry(misfit.name)
        .and_then(|entry| entry.place(header.level()))
        .is_some_and(|place| place.content != Content::Elements);
    let said = |element: &Element| text.get(element.content.clone()).unwrap_or_default().trim();
    let value = |element: &Element| header.outline().attribute(text, element, "VALUE");
    is_leaf && said(placed) == said(misfit.element) && value(placed) == value(misfit.element)
}

/// An element that is located elsewhere moves, where there is one place for it and nothing in it.
fn moved(header: &Header<'_>, misfit: &Misfit<'_>, parent: &'static str) -> Option<Fix> {
    let Misfit { name, element, .. } = *misfit;
    if header.placed(name).is_some() {
        return says_the_same(header, misfit)
            .then(|| Fix::splice("leave it out: it says the same", [remove(element)]));
    }
    let is_leaf = grammar::entry(name)
        .and_then(|entry| entry.place(header.level()))
        .is_some_and(|place| place.content != Content::Elements);
    let target = header.placed(parent).filter(|target| is_leaf && header.can_take(target))?;
    if element.start <= target.start && target.end <= element.end {
        return None;
    }
    let whole = header.as_str().get(element.span()).unwrap_or_default();
    Some(Fix::splice(format!("move it into {parent}"), [remove(element), insert(target.content.end, whole)]))
}

/// An attribute of a `KID` that 4.0 does not have: its key list takes the form of 4.0, or it goes where the text says
/// the same.
fn attribute_out(
    header: &Header<'_>,
    element: &Element,
    attribute: &str,
    reform: &dyn Fn() -> Option<Fix>,
) -> Option<Fix> {
    let text = header.text_of(element);
    if text.is_empty() {
        return reform();
    }
    let value = header.outline().attribute(header.as_str(), element, attribute)?;
    let said = match attribute {
        "VALUE" => Some(text),
        "ALGID" => header.own("ALGID").map(|element| header.text_of(element)),
        _ => header.own("CHECKSUM").map(|element| header.text_of(element)),
    };
    let is_same = said.is_some_and(|said| *said == *value.trim());
    let out = header.remove_attribute(element, attribute).filter(|_| is_same)?;
    Some(Fix::splice("leave it out: the header says the same", [out]))
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
