//! Splices from one version's key list to another's.
//!
//! ```text
//!   4.0        <PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO><KID>…</KID><CHECKSUM>…</CHECKSUM>
//!                           └───────────────── out ────────────────┘             └──────────────── out ────────────┘
//!   4.1        <PROTECTINFO>      <KID ALGID="AESCTR" CHECKSUM="…" VALUE="…"></KID>       </PROTECTINFO>
//!   4.2, 4.3   <PROTECTINFO><KIDS><KID ALGID="AESCTR" CHECKSUM="…" VALUE="…"></KID></KIDS></PROTECTINFO>
//!                           └ in ┘                                                └─ in ─┘
//! ```
//!
//! From 4.1 on the key elements themselves are the same and stay to the character. A key list that does not say which of
//! two it means, or that holds what the other form has no place for, is refused by name.

use super::keys::{self, Slot, no_data, protect_info};
use super::tag;
use crate::header::outline::{Closed, Element, local_name};
use crate::header::text::TextSplice;
use crate::header::{Algorithm, Header, Version};
use crate::{Error, ErrorKind, Result};

/// What of a key is an element in 4.0.
const LOOSE: [&str; 3] = ["CHECKSUM", "KEYLEN", "ALGID"];
const ATTRIBUTES: [&str; 3] = ["ALGID", "CHECKSUM", "VALUE"];

/// The splices that give the header a version, number and form.
pub(super) fn splices(header: &Header<'_>, version: &Version) -> Result<Vec<TextSplice>> {
    let root = header.outline.get(0).ok_or(Error::new(ErrorKind::NoElement))?;
    let mut found: Vec<_> = header.set_attribute(root, "version", version.as_str()).into_iter().collect();
    found.extend(form(header, version)?);
    Ok(found)
}

/// The splices that give the key list the form of a version.
pub(super) fn form(header: &Header<'_>, version: &Version) -> Result<Vec<TextSplice>> {
    let slots = keys::slots(header);
    // What a key without value and text is, the number says that is there now.
    let before = header.version().unwrap_or_else(|| version.clone());
    match version.level() {
        0 => to_elements(header, &slots, &before),
        level => to_attributes(header, &slots, &before, level > 1),
    }
}

/// Every key becomes, or stays, a `KID` with attributes, in a list or not.
fn to_attributes(
    header: &Header<'_>,
    slots: &[Slot<'_>],
    before: &Version,
    is_listed: bool,
) -> Result<Vec<TextSplice>> {
    let stays = |slot: &&Slot<'_>| before.level() > 0 && header.is_attribute_form(slot.element, before);
    let (placed, moved): (Vec<_>, Vec<_>) = slots.iter().partition(|slot| is_in_protect_info(header, slot));
    if !placed.is_empty() && !moved.is_empty() {
        return Err(ambiguous("KID", "is located in several elements"));
    }
    let mut found = Vec::new();
    if before.level() == 0 || !slots.iter().all(|slot| stays(&slot)) {
        refuse_doubled(header, slots)?;
        for element in LOOSE.into_iter().flat_map(|name| header.find(name)) {
            found.push(taken_out(header, element, &[])?);
        }
    }
    for slot in placed.iter().filter(|slot| !stays(slot)) {
        taken_out(header, slot.element, &[])?;
        let put = slot.kid.element(header.prefix_of(slot.element));
        found.push(TextSplice { range: slot.element.span(), put });
    }
    if moved.is_empty() {
        found.extend(if is_listed { wrapped(header, &placed) } else { unwrapped(header) });
        return Ok(found);
    }
    for list in header.find("KIDS") {
        found.push(taken_out(header, list, &["KID"])?);
    }
    for slot in moved.iter().filter(|slot| !header.is_in(slot.element, "KIDS")) {
        found.push(taken_out(header, slot.element, &[])?);
    }
    let parent = header.own("PROTECTINFO").or(header.find("DATA").next());
    let prefix = parent.map_or("", |parent| header.prefix_of(parent));
    let mut put = String::new();
    for slot in &moved {
        match header.as_str().get(slot.element.span()).filter(|_| stays(slot)) {
            Some(whole) => put.push_str(whole),
            None => put.push_str(&slot.kid.element(prefix)),
        }
    }
    if is_listed {
        put = format!("<{prefix}KIDS>{put}</{prefix}KIDS>");
    }
    found.push(if let Some(info) = header.own("PROTECTINFO") {
        header.insert_last(info, &put)
    } else {
        let put = format!("<{prefix}PROTECTINFO>{put}</{prefix}PROTECTINFO>");
        header.insert_in_data(&put).ok_or(no_data("PROTECTINFO"))?
    });
    Ok(found)
}

/// The one key becomes elements of version 4.0.
fn to_elements(header: &Header<'_>, slots: &[Slot<'_>], before: &Version) -> Result<Vec<TextSplice>> {
    let [slot] = slots else {
        // It has the form already, or no key, which version 4.0 does not allow and is refused elsewhere.
        return Ok(Vec::new());
    };
    if !header.is_attribute_form(slot.element, before) && header.is_child_of(slot.element, "DATA") {
        return Ok(Vec::new());
    }
    refuse_doubled(header, slots)?;
    let mut found = Vec::new();
    for element in LOOSE.into_iter().flat_map(|name| header.find(name)) {
        found.push(taken_out(header, element, &[])?);
    }
    for list in header.find("KIDS") {
        found.push(taken_out(header, list, &["KID"])?);
    }
    let key = taken_out(header, slot.element, &[])?;
    if !header.is_in(slot.element, "KIDS") {
        found.push(key);
    }
    let algorithm = slot.kid.algorithm.as_ref().ok_or(Error::new(ErrorKind::NoElement))?;
    let said = header.own("KEYLEN").map(|element| header.text_of(element).into_owned());
    let len = match (said, algorithm) {
        (Some(said), _) => said,
        // No later version says how long it is.
        (None, Algorithm::Cocktail) => return Err(Error::new(ErrorKind::NoKeyLength)),
        // How long its keys are, nobody knows.
        (None, Algorithm::Other(found)) => {
            return Err(Error::new(ErrorKind::UnknownAlgorithm { algid: found.clone() }));
        }
        (None, algorithm) => algorithm.key_len().to_string(),
    };
    let info = header.own("PROTECTINFO");
    let prefix = info.or(header.find("DATA").next()).map_or("", |parent| header.prefix_of(parent));
    let inside = protect_info(prefix, algorithm, &len);
    let behind = slot.kid.elements(prefix);
    match info {
        Some(info) if info.closed == Closed::BySlash => {
            let mut opened = header.insert_first(info, &inside);
            opened.put.push_str(&behind);
            found.push(opened);
        }
        Some(info) => {
            found.push(header.insert_first(info, &inside));
            found.push(tag::insert(info.end, behind));
        }
        None => {
            let put = format!("<{prefix}PROTECTINFO>{inside}</{prefix}PROTECTINFO>{behind}");
            found.push(header.insert_in_data(&put).ok_or(no_data("KID"))?);
        }
    }
    Ok(found)
}

/// Where two of an element are, no reader knows which one counts; and one checksum is that of one key.
fn refuse_doubled(header: &Header<'_>, slots: &[Slot<'_>]) -> Result<()> {
    for name in LOOSE {
        let count = header.find(name).count();
        if count > 1 {
            return Err(ambiguous(name, "is there more than once"));
        }
        if count > 0 && slots.len() > 1 && name == "CHECKSUM" {
            return Err(ambiguous(name, "is there once, for several keys"));
        }
    }
    for slot in slots {
        let attribute = |name| header.outline.attribute(header.as_str(), slot.element, name);
        let text = header.text_of(slot.element);
        if attribute("VALUE").is_some_and(|value| !text.is_empty() && *value.trim() != *text) {
            return Err(ambiguous("KID", "has a text and another VALUE"));
        }
        for name in ["ALGID", "CHECKSUM"] {
            let said = header.own(name).map(|element| header.text_of(element));
            if attribute(name).zip(said).is_some_and(|(attribute, said)| *attribute.trim() != *said) {
                return Err(ambiguous(name, "is an attribute and another element"));
            }
        }
    }
    Ok(())
}

const fn ambiguous(element: &'static str, how: &'static str) -> Error {
    Error::new(ErrorKind::Ambiguous { element, how })
}

/// An element that goes: what is in it, or at it, has to be what is said again elsewhere.
fn taken_out(header: &Header<'_>, element: &Element, inner: &[&str]) -> Result<TextSplice> {
    let text = header.as_str();
    let lossy = |what: String| Error::new(ErrorKind::Lossy { what });
    let name = local_name(text, element);
    for attribute in header.outline.attributes(element) {
        let attribute = text.get(attribute.name.clone()).unwrap_or_default();
        let is_known = name == "KID" && ATTRIBUTES.contains(&attribute);
        if !is_known && !attribute.starts_with("xmlns") {
            return Err(lossy(format!("the attribute {attribute} of {name}")));
        }
    }
    let is_other = |child: &&Element| !inner.contains(&local_name(text, child));
    if let Some(child) = header.outline.inside(element).find(is_other) {
        return Err(lossy(format!("{}, which is located in {name},", local_name(text, child))));
    }
    Ok(tag::remove(element))
}

/// Whether the key is in `PROTECTINFO`, in a list of it or not.
fn is_in_protect_info(header: &Header<'_>, slot: &Slot<'_>) -> bool {
    let parent = slot.element.parent.and_then(|index| header.outline.get(index));
    header.is_child_of(slot.element, "PROTECTINFO")
        || header.is_child_of(slot.element, "KIDS")
            && parent.is_some_and(|list| header.is_child_of(list, "PROTECTINFO"))
}

/// The tags of `KIDS` go, what is between them stays.
fn unwrapped(header: &Header<'_>) -> Vec<TextSplice> {
    let lists = header.find("KIDS");
    lists
        .flat_map(|list| {
            let tags =
                [list.start_tag(), list.end_tag()].map(|range| TextSplice { range, put: String::new() });
            tags.into_iter().filter(|tag| !tag.range.is_empty())
        })
        .collect()
}

/// Keys that are in no `KIDS` get one around them, from the first to the last.
fn wrapped(header: &Header<'_>, slots: &[&Slot<'_>]) -> Vec<TextSplice> {
    let loose = slots.iter().filter(|slot| !header.is_in(slot.element, "KIDS"));
    let mut ends = loose.clone().map(|slot| slot.element);
    let (Some(first), last) = (ends.next(), ends.next_back()) else { return Vec::new() };
    let last = last.unwrap_or(first);
    let prefix = header.prefix_of(first);
    vec![
        tag::insert(first.start, format!("<{prefix}KIDS>")),
        tag::insert(last.end, format!("</{prefix}KIDS>")),
    ]
}
