//! VER-04, 07, 09, PRH-15, 16, EXT-1, KID-01, C-03, C-04: key ids, algorithms, checksums (PRH spec 3.3 to 3.6, 5).

use super::fix::Fix;
use super::{Findings, Level, Otherwise, Part, Rule, Spec};
use crate::header::grammar::{self, Presence};
use crate::header::{Element, Needs, TextSplice, version_name};
use crate::key_id::{LENIENT, LENIENT_URL};
use crate::{Algorithm, Checksum, Field, Header, KeyId, Kid, Revision, Version, VersionChoice};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use core::cell::LazyCell;
use std::borrow::Cow;
use std::collections::HashMap;

pub(super) static VER_04: Rule = Rule {
    id: "VER-04",
    level: Level::Error,
    section: "PRH spec 3.3.3 to 3.6.2",
    title: "ALGID is AESCTR or COCKTAIL, from 4.3 on also AESCBC or absent",
};
static VER_04_ABSENT: Otherwise = Otherwise {
    rule: "VER-04",
    level: Level::Note,
    when: "for an ALGID that is absent in 4.3 in content; license requests may do without",
};
static VER_07: Rule =
    Rule { id: "VER-07", level: Level::Error, section: "PRH spec 3.3.3 to 3.5.2", title: "KID has a VALUE" };
pub(super) static VER_09: Rule = Rule {
    id: "VER-09",
    level: Level::Error,
    section: "PRH spec 3.3.1, 3.6.2",
    title: "CHECKSUM stands where its version has it, and never with AESCBC",
};
static C_03: Rule = Rule {
    id: "C-03",
    level: Level::Warning,
    section: "PRH spec 3.3.3: \"only for AESCTR keys\"; 5 defines one for COCKTAIL",
    title: "CHECKSUM goes with AESCTR in 4.3",
};
static C_04: Rule = Rule {
    id: "C-04",
    level: Level::Note,
    section: "PRH spec 3.3.1 leaves COCKTAIL out, 3.3.3 has it",
    title: "COCKTAIL in 4.3 is allowed by one half of the text",
};
static EXT_1: Rule = Rule {
    id: "EXT-1",
    level: Level::Error,
    section: "PRH spec 3.3.1: 2018, those that are there are the same; 2021, where one has it, all have it",
    title: "all keys of a 4.3 header have one ALGID, or none has",
};
static EXT_1_IN_4_2: Otherwise = Otherwise {
    rule: "EXT-1",
    level: Level::Note,
    when: "in 4.2, for which only Microsoft, \"Content encryption modes\", says so",
};
static KID_01: Rule = Rule {
    id: "KID-01",
    level: Level::Warning,
    section: "PRH spec 3.3.1, 3.4.1: one KID for each key",
    title: "a key id is in KIDS once",
};
pub(super) static PRH_15: Rule = Rule {
    id: "PRH-15",
    level: Level::Error,
    section: "PRH spec 3.3.3 to 3.6.2",
    title: "a key id is the base64 of a GUID in little-endian order",
};
pub(super) static PRH_16: Rule = Rule {
    id: "PRH-16",
    level: Level::Error,
    section: "PRH spec 5; RFC 4648, 4",
    title: "base64 says as many bytes as it has to: DS_ID 16, CHECKSUM 8 (AESCTR) or 7 (COCKTAIL)",
};

pub(super) static PRH_15_PADDED: Otherwise = Otherwise {
    rule: "PRH-15",
    level: Level::Warning,
    when: "for white space around the text of KID in 4.0: the listings have it around values",
};
pub(super) static PRH_16_PADDED: Otherwise = Otherwise {
    rule: "PRH-16",
    level: Level::Warning,
    when: "for white space around the text of DS_ID and CHECKSUM: the listings have it there",
};

pub(super) static RULES: &[&Rule] =
    &[&VER_04, &VER_07, &VER_09, &C_03, &C_04, &EXT_1, &KID_01, &PRH_15, &PRH_16];
pub(super) static OTHERWISE: &[&Otherwise] = &[&VER_04_ABSENT, &EXT_1_IN_4_2, &PRH_15_PADDED, &PRH_16_PADDED];

/// Whether the version wants the attribute at `KID`.
fn is_required(header: &Header<'_>, name: &str) -> bool {
    let mut attributes = grammar::attributes_of("KID").filter(|attribute| attribute.name == name);
    attributes.any(|attribute| attribute.presence(header.level()) == Presence::Required)
}

pub(super) fn check(part: &Part<'_>, findings: &mut Findings) {
    let header = part.header;
    let kids = header.all_kids();
    // The same for every key, and made once.
    let own_form = LazyCell::new(|| {
        let own = header.version().unwrap_or(Version::V4_1);
        let revision = Revision { version: Some(VersionChoice::Exactly(own)), ..Revision::default() };
        Fix::revision("<KID VALUE=\"…\"></KID>", header, revision)
    });
    for (element, kid) in header.find("KID").zip(&kids) {
        if findings.is_full() {
            return;
        }
        value(part, element, kid, &|| (*own_form).clone(), findings);
        checksum(part, element, kid, findings);
    }
    algorithms(part, &kids, findings);
    repeated(part, &kids, findings);
    for element in header.find(Field::DsId.element()) {
        let said = header.text_of(element);
        let what = "DS_ID";
        base64(part, element, None, &said, &[16], what, &PRH_16, findings);
    }
}

/// Key ids that a list has twice: which of the two entries counts, nothing says.
fn repeated(part: &Part<'_>, kids: &[Kid], findings: &mut Findings) {
    let header = part.header;
    let mut first: HashMap<KeyId, &Kid> = HashMap::new();
    for (element, kid) in header.find("KID").zip(kids) {
        if findings.is_full() {
            return;
        }
        let Some(id) = kid.id.filter(|_| header.is_in(element, "KIDS")) else { continue };
        let Some(known) = first.get(&id) else {
            first.insert(id, kid);
            continue;
        };
        let is_same = known.algorithm == kid.algorithm && known.checksum == kid.checksum;
        let fix = is_same
            .then(|| Fix::splice("leave it out", [TextSplice { range: element.span(), put: String::new() }]));
        let message = format!("the key id {id} is there twice");
        findings.text(part, &KID_01, element.span(), message).maybe(fix);
    }
}

fn value(
    part: &Part<'_>,
    element: &Element,
    kid: &Kid,
    own_form: &dyn Fn() -> Option<Fix>,
    findings: &mut Findings,
) {
    let header = part.header;
    let has_value = header.outline().find_attribute(header.as_str(), element, "VALUE").is_some();
    if is_required(header, "VALUE") && !has_value {
        if misspelt(header, element, "VALUE") {
            return;
        }
        let message =
            format!("KID of a {} header has its key id in the attribute VALUE", version_name(header));
        findings.text(part, &VER_07, element.span(), message).maybe(own_form());
    }
    let attribute = has_value.then_some("VALUE");
    if kid.base64.is_empty() {
        if has_value || header.level() == 0 {
            findings.text(part, &PRH_15, element.span(), "the key id is empty");
        }
        return;
    }
    // People put in what other programs print.
    if kid.id.is_none()
        && let Ok(id) = kid.base64.parse::<KeyId>()
    {
        let right = id.to_guid_base64();
        let message = format!("{} is no base64; as one, this key id is {right}", kid.base64);
        let fix = set(header, element, attribute, &right);
        findings.text(part, &PRH_15, header.value_span(element, attribute), message).maybe(fix);
        return;
    }
    // White space in an attribute is part of its value; around a text it is not.
    let said = attribute.and_then(|name| header.outline().attribute(header.as_str(), element, name));
    let said = said.map_or_else(|| kid.base64.clone(), Cow::into_owned);
    base64(part, element, attribute, &said, &[16], "the key id", &PRH_15, findings);
}

fn checksum(part: &Part<'_>, element: &Element, kid: &Kid, findings: &mut Findings) {
    let header = part.header;
    let Some(checksum) = &kid.checksum else { return };
    let attribute = header.outline().find_attribute(header.as_str(), element, "CHECKSUM").map(|_| "CHECKSUM");
    let place = if attribute.is_some() { Some(element) } else { header.own("CHECKSUM") };
    let Some(place) = place else { return };
    let span = attribute_span(header, place, attribute);
    let lens: &[usize] = match kid.algorithm {
        Some(Algorithm::AesCtr) => &[Checksum::AESCTR_LEN],
        Some(Algorithm::Cocktail) => &[Checksum::COCKTAIL_LEN],
        Some(Algorithm::AesCbc) => {
            // Bento4 writes one when it is given a key.
            let message = "no checksum is defined for AESCBC; the attribute must not be there";
            let fix = header
                .remove_attribute(place, "CHECKSUM")
                .map(|splice| Fix::splice("leave it out", [splice]));
            findings.text(part, &VER_09, span, message).maybe(fix);
            return;
        }
        Some(Algorithm::Other(_)) | None => &[Checksum::AESCTR_LEN, Checksum::COCKTAIL_LEN],
    };
    if header.level() > 2 && kid.algorithm == Some(Algorithm::Cocktail) {
        findings.text(part, &C_03, span, "in a 4.3 header, CHECKSUM is for AESCTR keys only");
    }
    base64(part, place, attribute, checksum, lens, "CHECKSUM", &PRH_16, findings);
}

fn algorithms(part: &Part<'_>, kids: &[Kid], findings: &mut Findings) {
    let header = part.header;
    let first = kids.iter().find_map(|kid| kid.algorithm.as_ref());
    let like_first = LazyCell::new(|| {
        let what = format!("ALGID=\"{}\"", first?);
        Fix::revision(what, header, Revision { algorithm: first.cloned(), ..Revision::default() })
    });
    let raised = LazyCell::new(|| {
        let needs = Needs { license_requested: false, ..Needs::of(header) };
        let version = Some(VersionChoice::Exactly(needs.lowest()));
        let what = format!("version=\"{}\"", needs.lowest());
        Fix::revision(what, header, Revision { version, ..Revision::default() })
    });
    for (element, kid) in header.find("KID").zip(kids) {
        if findings.is_full() {
            return;
        }
        let fixes = Fixes {
            like_first: &|| (*like_first).clone(),
            raised: &|| (*raised).clone(),
            is_alone: kids.len() == 1,
        };
        algorithm(part, element, kid, first, &fixes, findings);
        if let (Some(first), Some(found)) = (first, &kid.algorithm)
            && first != found
        {
            let message = format!("this key is {found}, another one {first}; one header has one algorithm");
            findings
                .text(part, &EXT_1, attribute_span(header, element, Some("ALGID")), message)
                .otherwise_if(header.level() < 3, &EXT_1_IN_4_2);
        }
    }
}

/// What mends the algorithm of every key at once.
struct Fixes<'f> {
    /// All say what the first one says.
    like_first: &'f dyn Fn() -> Option<Fix>,
    /// The version goes up to one that has it.
    raised: &'f dyn Fn() -> Option<Fix>,
    /// There is one key.
    is_alone: bool,
}

fn algorithm(
    part: &Part<'_>,
    element: &Element,
    kid: &Kid,
    first: Option<&Algorithm>,
    fixes: &Fixes<'_>,
    findings: &mut Findings,
) {
    let header = part.header;
    let level = header.level();
    let version = version_name(header);
    let span = || attribute_span(header, element, Some("ALGID"));
    match &kid.algorithm {
        // What 4.0 has in elements is missing there.
        None if level == 0 || misspelt(header, element, "ALGID") => {}
        None if is_required(header, "ALGID") => {
            let message = format!("KID of a {version} header has an ALGID; only 4.3 does without");
            findings.text(part, &VER_04, element.span(), message).maybe((fixes.like_first)());
        }
        None if first.is_some() && part.context.spec == Spec::Y2021 => {
            let message =
                "this key has no ALGID and another one has; where one has it, all have it (text of 2021)";
            findings.text(part, &EXT_1, element.span(), message).maybe((fixes.like_first)());
        }
        // "May be missing in a license acquisition request" (PRH spec 3.3.1).
        None if part.context.request => {}
        None => {
            let message =
                "KID has no ALGID; content should have one (only license requests may leave it out)";
            findings.text(part, &VER_04, element.span(), message).otherwise(&VER_04_ABSENT);
        }
        Some(Algorithm::AesCbc) if level < 3 => {
            let message = format!("AESCBC came with 4.3; {version} clients do not know it");
            findings.text(part, &VER_04, span(), message).maybe((fixes.raised)());
        }
        Some(Algorithm::Cocktail) if level > 2 => {
            findings.text(
                part,
                &C_04,
                span(),
                "COCKTAIL in a 4.3 header: one half of the text leaves it out",
            );
        }
        Some(Algorithm::Other(found)) => {
            let right = ["AESCTR", "AESCBC", "COCKTAIL"]
                .into_iter()
                .find(|known| known.eq_ignore_ascii_case(found.trim()));
            // It is written where it is said: in an attribute, or in the element of 4.0.
            let has_own = header.outline().find_attribute(header.as_str(), element, "ALGID").is_some();
            let (place, attribute) = match header.own("ALGID").filter(|_| !has_own) {
                Some(own) => (own, None),
                None => (element, Some("ALGID")),
            };
            // With the checksum of an element beside it, AESCBC would be an error more until the version goes up, and that
            // is for one key only.
            let goes_on = |right: &&str| *right != "AESCBC" || attribute.is_some() || fixes.is_alone;
            let fix = right.filter(goes_on).and_then(|right| set(header, place, attribute, right));
            let message = format!("{found:?} is no algorithm; AESCTR, AESCBC (4.3) and COCKTAIL are");
            findings.text(part, &VER_04, attribute_span(header, place, attribute), message).maybe(fix);
        }
        Some(_) => {}
    }
}

/// Base64 of a length, in the standard alphabet, padded.
#[expect(clippy::too_many_arguments, reason = "one value, where it stands, what it should be")]
fn base64(
    part: &Part<'_>,
    element: &Element,
    attribute: Option<&str>,
    said: &str,
    lens: &[usize],
    what: &str,
    rule: &'static Rule,
    findings: &mut Findings,
) {
    let header = part.header;
    let span = header.value_span(element, attribute);
    let compact: String = said.split_whitespace().collect();
    let bytes = LENIENT.decode(&compact).or_else(|_| LENIENT_URL.decode(&compact));
    let wanted = lens.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
    let Ok(bytes) = bytes else {
        findings.text(part, rule, span, format!("{what} is no base64"));
        return;
    };
    if !lens.contains(&bytes.len()) {
        let message = format!("{what} says {} bytes; {wanted} would be right", bytes.len());
        findings.text(part, rule, span, message);
        return;
    }
    let right = STANDARD.encode(&bytes);
    if right != said {
        let message = format!("{what} is written {right} in standard base64");
        let fix = set(header, element, attribute, &right);
        findings.text(part, rule, span, message).maybe(fix);
    }
}

fn set(header: &Header<'_>, element: &Element, attribute: Option<&str>, value: &str) -> Option<Fix> {
    let splice = match attribute {
        Some(name) => header.set_attribute(element, name, value),
        None => header.set_text(element, value),
    };
    splice.map(|splice| Fix::splice(value, [splice]))
}

fn attribute_span(
    header: &Header<'_>,
    element: &Element,
    attribute: Option<&str>,
) -> core::ops::Range<usize> {
    let text = header.as_str();
    attribute
        .and_then(|name| header.outline().find_attribute(text, element, name))
        .map_or_else(|| element.span(), crate::header::Attribute::span)
}

/// Whether the attribute is there in other letters, which PRH-05 says.
fn misspelt(header: &Header<'_>, element: &Element, name: &str) -> bool {
    let text = header.as_str();
    let mut names = header.outline().attributes(element).iter();
    names.any(|found| {
        text.get(found.name.clone()).is_some_and(|found| found != name && found.eq_ignore_ascii_case(name))
    })
}
