//! PRH-03, 05, 09, XML-03, C-15: names (PRH spec 3.2.2, 3.3 to 3.6).

use super::fix::Fix;
use super::structure::form_version;
use super::{Findings, Level, Otherwise, Part, Rule};
use crate::header::{Element, Markup, NAMESPACE, TextSplice, attribute_value, grammar, insert, local_name};
use crate::{Header, Revision, Version, VersionChoice};

static PRH_03: Rule = Rule {
    id: "PRH-03",
    level: Level::Error,
    section: "PRH spec 3.3 to 3.6",
    title: "the root is WRMHEADER of its namespace and of a known version",
};
static PRH_05: Rule =
    Rule { id: "PRH-05", level: Level::Error, section: "PRH spec 3.2.2", title: "names are case-sensitive" };
static PRH_09: Rule = Rule {
    id: "PRH-09",
    level: Level::Error,
    section: "PRH spec 3.5, 3.6, notes",
    title: "nothing of one's own outside CUSTOMATTRIBUTES",
};
static XML_03: Rule = Rule {
    id: "XML-03",
    level: Level::Error,
    section: "PRH spec 3.5, 3.6, notes; Namespaces in XML 1.0, 6",
    title: "elements with a name of the header's are in its namespace, but in CUSTOMATTRIBUTES",
};
static C_15: Rule = Rule {
    id: "C-15",
    level: Level::Error,
    section: "PRH spec 3.5.3; written so by a packager",
    title: "DECRYPTORSETUP is spelt with an R in the middle",
};

static PRH_09_MARKUP: Otherwise = Otherwise {
    rule: "PRH-09",
    level: Level::Warning,
    when: "for attributes and processing instructions: the text speaks of tags",
};
static PRH_09_NEWER: Otherwise =
    Otherwise { rule: "PRH-09", level: Level::Note, when: "in a header of a version that is not known yet" };

pub(super) static RULES: &[&Rule] = &[&PRH_03, &PRH_05, &PRH_09, &XML_03, &C_15];
pub(super) static OTHERWISE: &[&Otherwise] = &[&PRH_09_MARKUP, &PRH_09_NEWER];

pub(super) fn check(part: &Part<'_>, findings: &mut Findings) {
    let header = part.header;
    let text = header.as_str();
    let Some(root) = header.outline().get(0) else { return };
    check_root(part, root, findings);
    for (index, element) in header.outline().elements().iter().enumerate() {
        if header.outline().is_within(text, element, "CUSTOMATTRIBUTES") {
            continue;
        }
        let name = local_name(text, element);
        if element.is_foreign {
            let message = format!(
                "{name} is in another namespace than the header: clients that tell namespaces apart do not find it, \
                 others take it; remove it, or put it into CUSTOMATTRIBUTES"
            );
            findings.text(part, &XML_03, element.name.clone(), message);
            continue;
        }
        if is_below_unknown(header, element) {
            continue;
        }
        if index > 0 && grammar::entry(name).is_none() {
            element_name(part, element, name, findings);
            continue;
        }
        attribute_names(part, element, if index == 0 { "WRMHEADER" } else { name }, findings);
    }
    instructions(part, findings);
}

/// A processing instruction is nothing that Microsoft defines. Outside the root it is no part of the header at all.
fn instructions(part: &Part<'_>, findings: &mut Findings) {
    let header = part.header;
    let found = header.outline().markup().iter().filter(|(markup, _)| *markup == Markup::Instruction);
    for (_, span) in found {
        let around = header.outline().around(span.start);
        let is_own = around.is_some_and(|element| {
            header.is_in(element, "CUSTOMATTRIBUTES")
                || local_name(header.as_str(), element) == "CUSTOMATTRIBUTES"
        });
        if is_own {
            continue;
        }
        let message = "a processing instruction is nothing of the specification; what is one's own goes into \
            CUSTOMATTRIBUTES";
        let fix = around
            .is_none()
            .then(|| Fix::splice("leave it out", [TextSplice { range: span.clone(), put: String::new() }]));
        findings.text(part, &PRH_09, span.clone(), message).otherwise(&PRH_09_MARKUP).maybe(fix);
    }
}

fn is_below_unknown(header: &Header<'_>, element: &Element) -> bool {
    let text = header.as_str();
    let mut parent = element.parent;
    while let Some(index) = parent.filter(|index| *index > 0) {
        let Some(outer) = header.outline().get(index) else { return false };
        if grammar::entry(local_name(text, outer)).is_none() {
            return true;
        }
        parent = outer.parent;
    }
    false
}

fn element_name(part: &Part<'_>, element: &Element, name: &str, findings: &mut Findings) {
    let span = element.name.clone();
    let right = grammar::TABLE.iter().map(|entry| entry.name).find(|known| known.eq_ignore_ascii_case(name));
    if let Some(right) = right {
        let message = format!("{name} is written {right}; clients do not find it");
        let fix = renamed(part.header, element, right);
        findings.text(part, &PRH_05, span, message).maybe(Some(fix));
        return;
    }
    if name.eq_ignore_ascii_case("DECRYPTOSETUP") {
        let message = "DECRYPTOSETUP is written DECRYPTORSETUP; clients do not find it";
        let fix = renamed(part.header, element, "DECRYPTORSETUP");
        findings.text(part, &C_15, span, message).maybe(Some(fix));
        return;
    }
    let message =
        format!("{name} is no element of the specification; what is one's own goes into CUSTOMATTRIBUTES");
    let is_newer = matches!(part.header.version(), Some(Version::Other(_)));
    findings.text(part, &PRH_09, span, message).otherwise_if(is_newer, &PRH_09_NEWER);
}

fn attribute_names(part: &Part<'_>, element: &Element, name: &str, findings: &mut Findings) {
    let text = part.header.as_str();
    let known: Vec<&str> = grammar::attributes_of(name).map(|attribute| attribute.name).collect();
    for attribute in part.header.outline().attributes(element) {
        let found = text.get(attribute.name.clone()).unwrap_or_default();
        let is_namespace = found == "xmlns" || found.starts_with("xmlns:");
        if is_namespace || known.contains(&found) {
            continue;
        }
        let span = attribute.span();
        if let Some(right) = known.iter().find(|known| known.eq_ignore_ascii_case(found)) {
            // pssh-box-rs writes `value`.
            let message = format!("{found} is written {right}; clients do not find it");
            let splice = TextSplice { range: attribute.name.clone(), put: (*right).to_owned() };
            findings
                .text(part, &PRH_05, span, message)
                .maybe(Some(Fix::splice(format!("{right}=…"), [splice])));
        } else {
            let message = format!("{found} is no attribute of {name}");
            findings.text(part, &PRH_09, span, message).otherwise(&PRH_09_MARKUP);
        }
    }
}

fn check_root(part: &Part<'_>, root: &Element, findings: &mut Findings) {
    let header = part.header;
    let text = header.as_str();
    let name = local_name(text, root);
    if name != "WRMHEADER" {
        let rule = if name.eq_ignore_ascii_case("WRMHEADER") { &PRH_05 } else { &PRH_03 };
        let message = format!("the root element is {name}, not WRMHEADER; clients take it for no header");
        let fix = renamed(header, root, "WRMHEADER");
        findings.text(part, rule, root.name.clone(), message).maybe(Some(fix));
    }
    check_namespace(part, root, findings);
    let Some(version) = header.version() else {
        let version = form_version(header);
        let message = "the root has no version";
        let revision =
            Revision { version: Some(VersionChoice::Exactly(version.clone())), ..Revision::default() };
        let fix = Fix::revision(format!("version=\"{version}\""), header, revision);
        findings.text(part, &PRH_03, root.start_tag(), message).maybe(fix);
        return;
    };
    if let Version::Other(found) = &version {
        let Some(attribute) = header.outline().find_attribute(text, root, "version") else { return };
        let right = Version::KNOWN.into_iter().find(|known| {
            known.as_str().strip_suffix(".0.0") == Some(found.trim()) || known.as_str() == found.trim()
        });
        let message = format!("{found:?} is no version of a header; clients refuse what they do not know");
        let fix = right.and_then(|right| {
            let splice = header.set_attribute(root, "version", right.as_str())?;
            Some(Fix::splice(format!("version=\"{right}\""), [splice]))
        });
        findings.text(part, &PRH_03, attribute.span(), message).maybe(fix);
    }
}

fn check_namespace(part: &Part<'_>, root: &Element, findings: &mut Findings) {
    let header = part.header;
    let text = header.as_str();
    let prefix = text.get(root.name.clone()).and_then(|name| name.split_once(':')).map(|(prefix, _)| prefix);
    let wanted = prefix.map_or_else(|| "xmlns".to_owned(), |prefix| format!("xmlns:{prefix}"));
    let straight = format!("{wanted}=\"{NAMESPACE}\"");
    match header.outline().find_attribute(text, root, &wanted) {
        None => {
            let message = format!("the root has no namespace; {NAMESPACE} is that of headers");
            let fix = Fix::splice(straight.clone(), [insert(root.name.end, format!(" {straight}"))]);
            findings.text(part, &PRH_03, root.start_tag(), message).maybe(Some(fix));
        }
        Some(found) if attribute_value(text.get(found.value.clone()).unwrap_or_default()) != NAMESPACE => {
            let message = format!("the namespace of headers is {NAMESPACE}");
            let fix =
                header.set_attribute(root, &wanted, NAMESPACE).map(|splice| Fix::splice(straight, [splice]));
            findings.text(part, &PRH_03, found.span(), message).maybe(fix);
        }
        Some(_) => {}
    }
}

/// The element with another local name, in both its tags.
fn renamed(header: &Header<'_>, element: &Element, right: &str) -> Fix {
    let text = header.as_str();
    let full = text.get(element.name.clone()).unwrap_or_default();
    let local = local_name(text, element);
    let start = element.name.end.saturating_sub(local.len());
    let mut splices = vec![TextSplice { range: start..element.name.end, put: right.to_owned() }];
    let tag = element.end_tag();
    if text
        .get(tag.clone())
        .is_some_and(|tag| tag.starts_with("</") && tag.get(2..).is_some_and(|t| t.starts_with(full)))
    {
        let end = tag.start.saturating_add(2).saturating_add(full.len());
        splices.push(TextSplice { range: end.saturating_sub(local.len())..end, put: right.to_owned() });
    }
    Fix::splice(format!("<{right}>"), splices)
}
