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
//! From 4.1 on the key elements themselves are the same and stay to the character.

use super::keys::{self, Slot, no_data, protect_info};
use super::tag;
use crate::header::outline::Closed;
use crate::header::text::TextSplice;
use crate::header::{Header, Version};
use crate::{Error, ErrorKind, Result};

/// The splices that give the header a version, number and form.
pub(super) fn splices(header: &Header<'_>, version: &Version) -> Result<Vec<TextSplice>> {
    let root = header.outline.get(0).ok_or(Error::new(ErrorKind::NoElement))?;
    let slots = keys::slots(header);
    let mut found: Vec<_> = header.set_attribute(root, "version", version.as_str()).into_iter().collect();
    // What a key without value and text is, the number says that is there now.
    let before = header.version().unwrap_or_else(|| version.clone());
    let (attributes, elements): (Vec<_>, Vec<_>) =
        slots.iter().partition(|slot| header.is_attribute_form(slot.element, &before));
    match version.level() {
        0 => found.extend(to_elements(header, &attributes, &elements)?),
        1 => {
            found.extend(unwrapped(header));
            found.extend(to_attributes(header, &elements, "")?);
        }
        _ => {
            found.extend(wrapped(header, &attributes));
            found.extend(to_attributes(header, &elements, "KIDS")?);
        }
    }
    Ok(found)
}

/// `KID` elements of version 4.0 become attributes, in a list or not.
fn to_attributes(header: &Header<'_>, slots: &[&Slot<'_>], list: &str) -> Result<Vec<TextSplice>> {
    let mut found: Vec<_> = slots.iter().map(|slot| tag::remove(slot.element)).collect();
    for name in ["CHECKSUM", "KEYLEN", "ALGID"] {
        found.extend(header.find(name).map(tag::remove));
    }
    if slots.is_empty() {
        return Ok(found);
    }
    let parent = header.find("PROTECTINFO").next().or(header.find("DATA").next());
    let prefix = parent.map_or("", |parent| header.prefix_of(parent));
    let mut put: String = slots.iter().map(|slot| slot.kid.element(prefix)).collect();
    if !list.is_empty() {
        put = format!("<{prefix}{list}>{put}</{prefix}{list}>");
    }
    found.push(if let Some(info) = header.find("PROTECTINFO").next() {
        header.insert_last(info, &put)
    } else {
        let put = format!("<{prefix}PROTECTINFO>{put}</{prefix}PROTECTINFO>");
        header.insert_in_data(&put).ok_or(no_data("PROTECTINFO"))?
    });
    Ok(found)
}

/// The one key becomes elements of version 4.0.
fn to_elements(
    header: &Header<'_>,
    attributes: &[&Slot<'_>],
    elements: &[&Slot<'_>],
) -> Result<Vec<TextSplice>> {
    let mut found: Vec<_> = header.find("KIDS").map(tag::remove).collect();
    let loose = attributes.iter().filter(|slot| !header.is_in(slot.element, "KIDS"));
    found.extend(loose.map(|slot| tag::remove(slot.element)));
    let [slot] = attributes else {
        // It has the form already, or no key, which version 4.0 does not allow and is refused elsewhere.
        return Ok(if elements.is_empty() { Vec::new() } else { found });
    };
    let known = ["ALGID", "CHECKSUM", "VALUE"];
    for attribute in header.outline.attributes(slot.element) {
        let name = header.as_str().get(attribute.name.clone()).unwrap_or_default();
        if !known.contains(&name) {
            return Err(Error::new(ErrorKind::Lossy { what: format!("the attribute {name} of KID") }));
        }
    }
    let algorithm = slot.kid.algorithm.as_ref().ok_or(Error::new(ErrorKind::NoElement))?;
    let info = header.find("PROTECTINFO").next();
    let prefix = info.or(header.find("DATA").next()).map_or("", |parent| header.prefix_of(parent));
    let inside = protect_info(prefix, algorithm);
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

/// Keys that stand in no `KIDS` get one around them, from the first to the last.
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
