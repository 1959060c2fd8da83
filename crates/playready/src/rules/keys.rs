//! VER-04, 07, 09, PRH-15, 16, EXT-1, C-03, C-04: key ids, algorithms, checksums (PRH spec 3.3 to 3.6, 5).

use super::fix::Fix;
use super::structure::version_name;
use super::{Findings, Level, Part, Rule};
use crate::header::{Element, Needs};
use crate::key_id::{LENIENT, LENIENT_URL};
use crate::{Algorithm, Checksum, Field, Header, KeyId, Kid, Revision, Version, VersionChoice};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

static VER_04: Rule = Rule {
    id: "VER-04",
    level: Level::Error,
    section: "PRH spec 3.3.3 to 3.6.2",
    title: "ALGID is AESCTR or COCKTAIL, from 4.3 on also AESCBC or absent",
};
static VER_07: Rule =
    Rule { id: "VER-07", level: Level::Error, section: "PRH spec 3.3.3 to 3.5.3", title: "KID has a VALUE" };
static VER_09: Rule = Rule {
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
    section: "PRH spec 3.3.1; Microsoft, \"Content encryption modes\"",
    title: "all keys of a header have one ALGID, or none has",
};
static PRH_15: Rule = Rule {
    id: "PRH-15",
    level: Level::Error,
    section: "PRH spec 3.3.3 to 3.6.2",
    title: "a key id is the base64 of a GUID in little-endian order",
};
static PRH_16: Rule = Rule {
    id: "PRH-16",
    level: Level::Error,
    section: "PRH spec 5; RFC 4648, 4",
    title: "base64 says as many bytes as it has to: DS_ID 16, CHECKSUM 8 (AESCTR) or 7 (COCKTAIL)",
};

pub(super) static RULES: &[&Rule] = &[&VER_04, &VER_07, &VER_09, &C_03, &C_04, &EXT_1, &PRH_15, &PRH_16];

pub(super) fn check(part: &Part<'_>, findings: &mut Findings) {
    let header = part.header;
    let kids = header.kids();
    for (element, kid) in header.find("KID").zip(&kids) {
        value(part, element, kid, findings);
        checksum(part, element, kid, findings);
    }
    algorithms(part, &kids, findings);
    loose_elements(part, findings);
    if let Some(element) = header.find(Field::DsId.element()).next() {
        let said = header.text_of(element);
        let what = "DS_ID";
        base64(part, element, None, &said, &[16], what, &PRH_16, findings);
    }
}

fn value(part: &Part<'_>, element: &Element, kid: &Kid, findings: &mut Findings) {
    let header = part.header;
    let has_value = header.outline().find_attribute(header.as_str(), element, "VALUE").is_some();
    if header.level() > 0 && !has_value {
        if misspelt(header, element, "VALUE") {
            return;
        }
        let own = header.version().unwrap_or(Version::V4_1);
        let revision = Revision { version: Some(VersionChoice::Exactly(own)), ..Revision::default() };
        let message =
            format!("KID of a {} header has its key id in the attribute VALUE", version_name(header));
        let fix = Fix::revision("<KID VALUE=\"…\"></KID>", header, revision);
        findings.text(part, &VER_07, element.span(), message).maybe(fix);
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
    base64(part, element, attribute, &kid.base64, &[16], "the key id", &PRH_15, findings);
}

fn checksum(part: &Part<'_>, element: &Element, kid: &Kid, findings: &mut Findings) {
    let header = part.header;
    let Some(checksum) = &kid.checksum else { return };
    let attribute = header.outline().find_attribute(header.as_str(), element, "CHECKSUM").map(|_| "CHECKSUM");
    let place = if attribute.is_some() { Some(element) } else { header.find("CHECKSUM").next() };
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

/// `ALGID` and `CHECKSUM` elements belong to 4.0, the attributes to later versions.
fn loose_elements(part: &Part<'_>, findings: &mut Findings) {
    let header = part.header;
    if header.level() == 0 {
        return;
    }
    let has_text_form = header.find("KID").any(|kid| !header.text_of(kid).is_empty());
    for (name, rule) in [("ALGID", &VER_04), ("CHECKSUM", &VER_09)] {
        for element in header.find(name) {
            let message = format!("in a {} header, {name} is an attribute of KID", version_name(header));
            let fix = (!has_text_form).then(|| Fix::splice("leave it out", [crate::header::remove(element)]));
            findings.text(part, rule, element.span(), message).maybe(fix);
        }
    }
}

fn algorithms(part: &Part<'_>, kids: &[Kid], findings: &mut Findings) {
    let header = part.header;
    let first = kids.iter().find_map(|kid| kid.algorithm.as_ref());
    for (element, kid) in header.find("KID").zip(kids) {
        algorithm(part, element, kid, first, findings);
        if let (Some(first), Some(found)) = (first, &kid.algorithm)
            && first != found
        {
            let message = format!("this key is {found}, another one {first}; one header has one algorithm");
            findings.text(part, &EXT_1, attribute_span(header, element, Some("ALGID")), message);
        }
    }
    if header.level() == 0 && kids.is_empty() && header.algorithm_element().is_none() {
        missing_in_4_0(part, findings);
    }
}

fn algorithm(
    part: &Part<'_>,
    element: &Element,
    kid: &Kid,
    first: Option<&Algorithm>,
    findings: &mut Findings,
) {
    let header = part.header;
    let level = header.level();
    let version = version_name(header);
    let span = || attribute_span(header, element, Some("ALGID"));
    match &kid.algorithm {
        None if level == 0 => {
            if header.algorithm_element().is_none() {
                missing_in_4_0(part, findings);
            }
        }
        None if misspelt(header, element, "ALGID") => {}
        None if first.is_some() => {
            let known = first.cloned();
            let what = known.as_ref().map(|known| format!("ALGID=\"{known}\"")).unwrap_or_default();
            let revision = Revision { algorithm: known, ..Revision::default() };
            let fix = Fix::revision(what, header, revision);
            let message = "this key has no ALGID and another one has; where one has it, all have it";
            findings.text(part, &EXT_1, element.span(), message).maybe(fix);
        }
        None if level < 3 => {
            let message = format!("KID of a {version} header has an ALGID; only 4.3 does without");
            findings.text(part, &VER_04, element.span(), message);
        }
        None => {
            let message =
                "KID has no ALGID; content should have one (only license requests may leave it out)";
            findings.text(part, &VER_04, element.span(), message).level(Level::Note);
        }
        Some(Algorithm::AesCbc) if level < 3 => {
            let needs = Needs { license_requested: false, ..Needs::of(header) };
            let revision =
                Revision { version: Some(VersionChoice::Exactly(needs.lowest())), ..Revision::default() };
            let fix = Fix::revision(format!("version=\"{}\"", needs.lowest()), header, revision);
            let message = format!("AESCBC came with 4.3; {version} clients do not know it");
            findings.text(part, &VER_04, span(), message).maybe(fix);
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
            let fix = right.and_then(|right| set(header, element, Some("ALGID"), right));
            let message = format!("{found:?} is no algorithm; AESCTR, AESCBC (4.3) and COCKTAIL are");
            findings.text(part, &VER_04, span(), message).maybe(fix);
        }
        Some(_) => {}
    }
}

/// The length of the key tells, where there is one.
fn missing_in_4_0(part: &Part<'_>, findings: &mut Findings) {
    let header = part.header;
    let Some(info) = header.find("PROTECTINFO").next() else { return };
    let len = header.find("KEYLEN").next().map(|element| header.text_of(element));
    let algorithm = match len.as_deref() {
        Some("16") => Some("AESCTR"),
        Some("7" | "8") => Some("COCKTAIL"),
        _ => None,
    };
    let fix = algorithm.map(|algorithm| {
        let element = format!("<ALGID>{algorithm}</ALGID>");
        Fix::splice(element.clone(), [header.insert_last(info, &element)])
    });
    findings.text(part, &VER_04, info.name.clone(), "a 4.0 header needs ALGID in PROTECTINFO").maybe(fix);
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
        let level = if STANDARD.decode(said).is_ok() { Level::Warning } else { rule.level };
        findings.text(part, rule, span, message).level(level).maybe(fix);
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
