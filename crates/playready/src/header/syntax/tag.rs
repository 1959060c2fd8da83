//! Start tags: quotes, order, self-closing, namespaces.

use super::{Checker, Fault, FaultKind, Scope, raw_ampersand};
use crate::header::attribute::Attribute;
use crate::header::escape;
use crate::header::outline::{Closed, Element};
use crate::header::text::TextSplice;
use core::ops::Range;
use std::collections::HashSet;
use std::sync::Arc;

impl<'t> Checker<'t> {
    pub(super) fn start_tag(&mut self, index: usize, element: &Element) {
        let raw = self.get(element.start_tag());
        let name = self.right_name(index, element);
        let straight = self.straight_tag(element, &name);
        let (range, put) = if element.closed == Closed::BySlash {
            (element.span(), format!("{straight}</{name}>"))
        } else {
            (element.start_tag(), straight)
        };
        self.prefix(element, self.name(element), &element.name);
        if raw == put {
            for attribute in self.outline.attributes(element) {
                let name = self.get(attribute.name.clone());
                self.prefix(element, name, &attribute.span());
                self.references(self.get(attribute.value.clone()), attribute.value.start);
            }
            return;
        }
        // A tag that the end of the text cuts does not say what was meant.
        let is_cut_short = element.cut && element.content.start >= self.text.len();
        let fix = (!is_cut_short).then(|| Arc::new(TextSplice { range, put }));
        let before = self.found.len();
        if element.cut && element.closed != Closed::Explicitly || !raw.ends_with('>') {
            let message = format!("the tag <{} lacks its >", self.name(element));
            self.add_shared(FaultKind::IllFormed, message, element.start_tag(), fix.clone());
        }
        self.attributes(element, fix.as_ref());
        if element.closed == Closed::BySlash {
            let message = format!("<{}/> needs a closing tag", self.name(element));
            self.add_shared(FaultKind::SelfClosed, message, element.span(), fix.clone());
        }
        let is_typo = *name != *self.name(element);
        if self.found.len() == before && !is_typo {
            let message = "white space that canonical XML does not have in a tag";
            self.add_shared(FaultKind::NotCanonical, message, element.start_tag(), fix);
        }
    }

    fn attributes(&mut self, element: &Element, fix: Option<&Arc<TextSplice>>) {
        let mut seen = HashSet::new();
        let mut last: Option<&Attribute> = None;
        let mut last_name: Option<SortName<'_>> = None;
        for attribute in self.outline.attributes(element) {
            let name = self.get(attribute.name.clone());
            let is_first = seen.insert(name);
            self.attribute(element, attribute, is_first, last, fix);
            let sort = self.sort_name(element, name);
            if let Some(previous) = &last_name {
                if sort.is_namespace() && !previous.is_namespace() {
                    let message = format!("{name} must stand before {}", previous.name);
                    self.add_shared(FaultKind::LateNamespace, message, attribute.span(), fix.cloned());
                } else if sort < *previous && sort.is_namespace() == previous.is_namespace() {
                    let message = format!("{name} must stand before {}: alphabetical order", previous.name);
                    self.add_shared(FaultKind::Unordered, message, attribute.span(), fix.cloned());
                }
            }
            last = Some(attribute);
            last_name = Some(sort);
        }
    }

    fn attribute(
        &mut self,
        element: &Element,
        attribute: &Attribute,
        is_first: bool,
        last: Option<&Attribute>,
        fix: Option<&Arc<TextSplice>>,
    ) {
        let name = self.get(attribute.name.clone());
        let value = self.get(attribute.value.clone());
        let span = attribute.span();
        self.references(value, attribute.value.start);
        self.prefix(element, name, &span);
        let mut add = |kind, message: String| {
            self.found.push(Fault { kind, message, span: span.clone(), fix: fix.cloned() });
        };
        if !is_name(name) {
            add(FaultKind::IllFormed, format!("{name:?} is no attribute name"));
        }
        match attribute.quote {
            _ if !attribute.closed => {
                add(FaultKind::IllFormed, format!("the value of {name} lacks its closing quote"));
            }
            None => add(FaultKind::IllFormed, format!("the value of {name} needs quotes")),
            Some('"') => {}
            Some('\'') => add(FaultKind::NotCanonical, format!("the value of {name} needs double quotes")),
            Some(_) => add(FaultKind::Quotes, format!("typographic quotes around the value of {name}")),
        }
        if raw_ampersand(value).is_some() {
            add(FaultKind::IllFormed, format!("& in {name} is written &amp;"));
        } else if straight_value(value) != value {
            let message = format!("canonical XML writes the characters of {name} otherwise");
            add(FaultKind::NotCanonical, message);
        }
        if !is_first {
            self.add_shared(FaultKind::IllFormed, format!("{name} stands twice"), span.clone(), fix.cloned());
        } else if self.is_superfluous(element, name, value) {
            let message = format!("{name} says what the element around says already");
            self.add_shared(FaultKind::NotCanonical, message, span.clone(), fix.cloned());
        }
        if last.is_some_and(|last| last.end == attribute.name.start) {
            let message = format!("white space is missing in front of {name}");
            self.add_shared(FaultKind::IllFormed, message, span, fix.cloned());
        }
    }

    /// A prefix that nothing declares. What it should stand for, nobody knows.
    pub(super) fn prefix(&mut self, element: &Element, name: &str, span: &Range<usize>) {
        let Some((prefix, _)) = name.split_once(':') else { return };
        if !matches!(prefix, "xml" | "xmlns") && self.namespace(element, prefix).is_none() {
            let message = format!("nothing says what the prefix {prefix} stands for");
            self.add(FaultKind::IllFormed, message, span.clone(), None);
        }
    }

    /// A start tag as canonical XML writes it.
    pub(super) fn straight_tag(&self, element: &Element, name: &str) -> String {
        let mut attributes: Vec<(SortName<'_>, String)> = Vec::new();
        let mut seen = HashSet::new();
        for attribute in self.outline.attributes(element) {
            let name = self.get(attribute.name.clone());
            let value = self.get(attribute.value.clone());
            if !is_name(name) || self.is_superfluous(element, name, value) || !seen.insert(name) {
                continue;
            }
            attributes.push((self.sort_name(element, name), straight_value(value)));
        }
        attributes.sort_unstable_by_key(|(name, _)| *name);
        let mut tag = String::with_capacity(element.start_tag().len());
        tag.push('<');
        tag.push_str(name);
        for (name, value) in attributes {
            tag.extend([" ", name.name, "=\"", &value, "\""]);
        }
        tag.push('>');
        tag
    }

    fn sort_name(&self, element: &Element, name: &'t str) -> SortName<'t> {
        let (namespace, local) = match name.split_once(':') {
            Some(("xmlns", prefix)) => (None, prefix),
            None if name == "xmlns" => (None, ""),
            Some((prefix, local)) => (Some(self.namespace(element, prefix).unwrap_or(prefix)), local),
            None => (Some(""), name),
        };
        SortName { namespace, local, name }
    }

    /// What a prefix stands for at an element.
    fn namespace(&self, element: &Element, prefix: &str) -> Option<&'t str> {
        self.namespaces.get(self.outline, element, prefix)
    }

    /// A declaration of what is declared already is no part of canonical XML (Canonical XML 1.1, 2.3).
    fn is_superfluous(&self, element: &Element, name: &str, value: &str) -> bool {
        let prefix = match name.split_once(':') {
            Some(("xmlns", prefix)) => prefix,
            None if name == "xmlns" => "",
            _ => return false,
        };
        let parent = element.parent.and_then(|parent| self.outline.get(parent));
        match parent {
            // What surrounds a fragment is not known.
            None => value.is_empty() && self.scope == Scope::Header,
            Some(parent) => match self.namespace(parent, prefix) {
                Some(outer) => outer == value,
                None => value.is_empty() && self.scope == Scope::Header,
            },
        }
    }
}

/// How attributes are ordered: namespaces first, then by namespace, then by name (Canonical XML 1.1, 2.3).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct SortName<'t> {
    namespace: Option<&'t str>,
    local: &'t str,
    name: &'t str,
}

impl SortName<'_> {
    const fn is_namespace(&self) -> bool {
        self.namespace.is_none()
    }
}

/// An attribute's value as canonical XML writes it, white space normalised as XML readers do.
fn straight_value(raw: &str) -> String {
    if raw.contains(['\t', '\r', '\n']) {
        let spaces = raw.replace("\r\n", " ").replace(['\t', '\r', '\n'], " ");
        return escape::rewritten(&spaces, escape::attribute);
    }
    escape::rewritten(raw, escape::attribute)
}

/// The start of a name is not looked at closely: names of other scripts are names.
fn is_name(name: &str) -> bool {
    let starts = |c: char| c.is_alphabetic() || matches!(c, '_' | ':');
    let goes_on = |c: char| starts(c) || c.is_numeric() || matches!(c, '-' | '.' | '\u{B7}');
    name.starts_with(starts) && name.chars().all(goes_on)
}
