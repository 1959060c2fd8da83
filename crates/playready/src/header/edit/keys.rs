//! Splices of the key list.
//!
//! ```text
//!   add       …<KID …VALUE="a"></KID>█</KIDS>            behind the last one
//!   remove    …███████████████████████</KIDS>            with KIDS when it was the only one
//!   set       …<KID …VALUE="█"></KID></KIDS>             what goes gives its place to what comes
//! ```
//!
//! What every key is to say is decided first, in `wanted.rs`; then the differences are spliced.

use super::wanted::Wanted;
use super::{tag, version::form};
use crate::header::escape::escape;
use crate::header::outline::{Element, local_name};
use crate::header::text::TextSplice;
use crate::header::{Algorithm, Header, Kid, Version};
use crate::{Error, ErrorKind, Result};
use std::collections::HashSet;

/// One `KID` element and what it says.
pub(super) struct Slot<'h> {
    pub(super) element: &'h Element,
    pub(super) kid: Kid,
    /// Whether clients read it.
    is_read: bool,
}

pub(super) fn slots<'h>(header: &'h Header<'_>) -> Vec<Slot<'h>> {
    let kids = header.all_kids().into_iter().zip(header.kids_read());
    header.find("KID").zip(kids).map(|(element, (kid, is_read))| Slot { element, kid, is_read }).collect()
}

/// Whether a key of another form than the version's is to say another algorithm or checksum: its own form has a place for
/// them that the version does not have.
pub(super) fn has_stray(header: &Header<'_>, before: &[Kid], wanted: &[Wanted], version: &Version) -> bool {
    let elements: Vec<&Element> = header.find("KID").collect();
    wanted.iter().any(|key| {
        let there = key.slot.and_then(|slot| Some((elements.get(slot)?, before.get(slot)?)));
        there.is_some_and(|(element, kid)| {
            let says_more = kid.algorithm != key.kid.algorithm || kid.checksum != key.kid.checksum;
            says_more && header.is_attribute_form(element, version) != (version.level() > 0)
        })
    })
}

/// The splices that give keys the form of the version first.
pub(super) fn into_form(header: &Header<'_>, version: &Version) -> Result<Vec<TextSplice>> {
    let count = header.find("KID").count();
    if version.level() == 0 && count > 1 {
        let reason = format!("there are {count} keys with attributes, which came with 4.2");
        return Err(Error::new(ErrorKind::Misfit { version: version.to_string(), reason }));
    }
    form(header, version)
}

/// The splices that make the key list say it, in the form it has.
pub(super) fn splices(header: &Header<'_>, wanted: &[Wanted], version: &Version) -> Result<Vec<TextSplice>> {
    let slots = slots(header);
    let mut found = Vec::new();
    let kept: HashSet<usize> = wanted.iter().filter_map(|key| key.slot).collect();
    let gone = slots.iter().enumerate().filter(|(i, _)| !kept.contains(i));
    let gone: Vec<_> = gone.map(|(_, slot)| slot).collect();
    // "One or more KID element must exist under the KIDS node" (PRH spec 3.4.4).
    let gone_at: HashSet<usize> = gone.iter().map(|slot| slot.element.start).collect();
    let is_gone = |inner: &&Element| gone_at.contains(&inner.start);
    let is_emptied = |list: &&Element| {
        let is_list = |inner: &Element| local_name(header.as_str(), inner) == "KIDS";
        let mut inside = header.outline.inside(list);
        inside.clone().any(|inner| is_gone(&inner)) && inside.all(|inner| is_gone(&inner) || is_list(inner))
    };
    found.extend(header.find("KIDS").filter(is_emptied).map(tag::remove));
    found.extend(gone.iter().map(|slot| tag::remove(slot.element)));
    if !gone.is_empty() && wanted.is_empty() {
        found.extend(header.find("CHECKSUM").map(tag::remove));
    }
    let mut new = Vec::new();
    for key in wanted {
        let Some(slot) = key.slot.and_then(|slot| slots.get(slot)) else {
            new.push(&key.kid);
            continue;
        };
        if header.is_attribute_form(slot.element, version) {
            found.extend(attributes(header, slot, &key.kid));
        } else {
            found.extend(elements(header, slot, &key.kid)?);
        }
    }
    if !new.is_empty() {
        found.extend(add(header, &slots, &new, version)?);
    }
    Ok(found)
}

fn attributes(header: &Header<'_>, slot: &Slot<'_>, kid: &Kid) -> Vec<TextSplice> {
    let pairs = [
        (
            "ALGID",
            slot.kid.algorithm.as_ref().map(Algorithm::as_str),
            kid.algorithm.as_ref().map(Algorithm::as_str),
        ),
        ("CHECKSUM", slot.kid.checksum.as_deref(), kid.checksum.as_deref()),
        ("VALUE", Some(&*slot.kid.base64), Some(&*kid.base64)),
    ];
    let changed = pairs.into_iter().filter(|(_, before, after)| before != after);
    let splices = changed.filter_map(|(name, _, after)| match after {
        Some(value) => header.set_attribute(slot.element, name, value),
        None => header.remove_attribute(slot.element, name),
    });
    beside(splices.collect())
}

/// What comes in front of or behind an attribute that goes takes its place.
fn beside(splices: Vec<TextSplice>) -> Vec<TextSplice> {
    let (new, mut found): (Vec<_>, Vec<_>) = splices.into_iter().partition(|splice| splice.range.is_empty());
    for splice in new {
        let gone = found.iter_mut().find(|gone| {
            gone.put.is_empty() && (gone.range.start..=gone.range.end).contains(&splice.range.start)
        });
        match gone {
            Some(gone) => gone.put = format!(" {}", splice.put.trim()),
            None => found.push(splice),
        }
    }
    found
}

/// Version 4.0: the value is the text, the rest stands in elements beside it.
fn elements(header: &Header<'_>, slot: &Slot<'_>, kid: &Kid) -> Result<Vec<TextSplice>> {
    let mut found = Vec::new();
    if slot.kid.base64 != kid.base64 {
        found.extend(header.set_text(slot.element, &kid.base64));
    }
    if slot.kid.algorithm != kid.algorithm
        && let Some(algorithm) = &kid.algorithm
    {
        found.extend(algorithm_elements(header, header.prefix_of(slot.element), algorithm)?);
    }
    if slot.kid.checksum != kid.checksum {
        match (&kid.checksum, header.find("CHECKSUM").next()) {
            (Some(value), Some(element)) => found.extend(header.set_text(element, value)),
            (Some(value), None) => {
                let prefix = header.prefix_of(slot.element);
                found.push(tag::insert(
                    slot.element.end,
                    format!("<{prefix}CHECKSUM>{value}</{prefix}CHECKSUM>"),
                ));
            }
            (None, _) => found.extend(header.find("CHECKSUM").map(tag::remove)),
        }
    }
    Ok(found)
}

fn algorithm_elements(header: &Header<'_>, prefix: &str, algorithm: &Algorithm) -> Result<Vec<TextSplice>> {
    let len = algorithm.key_len().to_string();
    let pairs = [("KEYLEN", &*len), ("ALGID", algorithm.as_str())];
    let Some(info) = header.find("PROTECTINFO").next() else {
        let inside = protect_info(prefix, algorithm, &len);
        let put = format!("<{prefix}PROTECTINFO>{inside}</{prefix}PROTECTINFO>");
        return Ok(vec![header.insert_in_data(&put).ok_or(no_data("PROTECTINFO"))?]);
    };
    let prefix = header.prefix_of(info);
    let mut missing = String::new();
    let mut found = Vec::new();
    for (name, value) in pairs {
        match header.find(name).next() {
            Some(element) => found.extend(header.set_text(element, value)),
            None => missing.extend([format!("<{prefix}{name}>{value}</{prefix}{name}>")]),
        }
    }
    if !missing.is_empty() {
        found.push(header.insert_last(info, &missing));
    }
    Ok(found)
}

/// New keys, behind the last one there is.
fn add(header: &Header<'_>, slots: &[Slot<'_>], new: &[&Kid], version: &Version) -> Result<Vec<TextSplice>> {
    if version.level() == 0 {
        return add_elements(header, slots, new);
    }
    let in_form = |slot: &&Slot<'_>| slot.is_read && header.is_attribute_form(slot.element, version);
    let last = slots.iter().rev().find(in_form);
    let parent =
        header.find("KIDS").next().or(header.find("PROTECTINFO").next()).or(header.find("DATA").next());
    let prefix = parent.map_or("", |parent| header.prefix_of(parent));
    let keys: String = new.iter().map(|kid| kid.element(prefix)).collect();
    if let Some(last) = last {
        return Ok(vec![tag::insert(last.element.end, keys)]);
    }
    if let Some(list) = header.find("KIDS").next() {
        return Ok(vec![header.insert_last(list, &keys)]);
    }
    let listed = if version.level() > 1 { format!("<{prefix}KIDS>{keys}</{prefix}KIDS>") } else { keys };
    if let Some(info) = header.find("PROTECTINFO").next() {
        return Ok(vec![header.insert_last(info, &listed)]);
    }
    let put = format!("<{prefix}PROTECTINFO>{listed}</{prefix}PROTECTINFO>");
    Ok(vec![header.insert_in_data(&put).ok_or(no_data("PROTECTINFO"))?])
}

fn add_elements(header: &Header<'_>, slots: &[Slot<'_>], new: &[&Kid]) -> Result<Vec<TextSplice>> {
    let prefix = header.find("DATA").next().map_or("", |data| header.prefix_of(data));
    let keys: String = new.iter().map(|kid| kid.elements(prefix)).collect();
    if let Some(last) = slots.iter().rev().find(|slot| slot.is_read) {
        return Ok(vec![tag::insert(last.element.end, keys)]);
    }
    let algorithm = new.first().and_then(|kid| kid.algorithm.clone()).unwrap_or(Algorithm::AesCtr);
    // A checksum that is there is of no key.
    let mut found: Vec<_> = header.find("CHECKSUM").map(tag::remove).collect();
    if let Some(info) = header.find("PROTECTINFO").next() {
        // What stands there is of no key so far.
        if header.algorithm_element().as_ref() != Some(&algorithm) {
            found.extend(algorithm_elements(header, header.prefix_of(info), &algorithm)?);
        }
        found.push(tag::insert(info.end, keys));
        return Ok(found);
    }
    let inside = protect_info(prefix, &algorithm, &algorithm.key_len().to_string());
    let info = format!("<{prefix}PROTECTINFO>{inside}</{prefix}PROTECTINFO>");
    found.push(header.insert_in_data(&format!("{info}{keys}")).ok_or(no_data("KID"))?);
    Ok(found)
}

/// What `PROTECTINFO` of version 4.0 holds. All real headers have it in this order, the specification's in the other.
pub(crate) fn protect_info(prefix: &str, algorithm: &Algorithm, len: &str) -> String {
    let (len, algorithm) = (escape(len), escape(algorithm.as_str()));
    format!("<{prefix}KEYLEN>{len}</{prefix}KEYLEN><{prefix}ALGID>{algorithm}</{prefix}ALGID>")
}

pub(super) const fn no_data(element: &'static str) -> Error {
    Error::new(ErrorKind::NoParent { parent: "DATA", element })
}

impl Header<'_> {
    /// Whether the key is in attributes: it has a `VALUE`, or neither that nor a text and the version wants one. In 4.0 a
    /// text counts first.
    pub(super) fn is_attribute_form(&self, element: &Element, version: &Version) -> bool {
        let has_value = self.outline.find_attribute(self.as_str(), element, "VALUE").is_some();
        let has_text = !self.text_of(element).is_empty();
        if self.level() == 0 && has_text { false } else { has_value || version.level() > 0 && !has_text }
    }

    pub(crate) fn is_in(&self, element: &Element, name: &str) -> bool {
        self.outline.is_within(self.as_str(), element, name)
    }

    /// The `ALGID` element of version 4.0.
    pub(crate) fn algorithm_element(&self) -> Option<Algorithm> {
        self.own("ALGID").map(|element| Algorithm::from_text(&self.text_of(element)))
    }

    /// Puts something in front of what `DATA` holds; `DATA` comes along where there is none.
    pub(super) fn insert_in_data(&self, put: &str) -> Option<TextSplice> {
        // A tag that the end of the text cuts is nothing to put anything into.
        let whole = |element: &&Element| !element.cut || element.content.start < self.as_str().len();
        if let Some(data) = self.find("DATA").next().filter(whole) {
            return Some(self.insert_first(data, put));
        }
        let root = self.outline.get(0).filter(whole)?;
        let prefix = self.prefix_of(root);
        Some(self.insert_first(root, &format!("<{prefix}DATA>{put}</{prefix}DATA>")))
    }
}
