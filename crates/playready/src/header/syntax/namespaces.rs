//! What prefixes stand for: the declarations of each element, looked up from the inside to the outside.

use crate::header::outline::{Element, Outline};
use std::collections::HashMap;

/// The namespaces that elements declare, by where the element begins and by prefix; the default one has none.
pub(super) struct Namespaces<'t>(HashMap<usize, HashMap<&'t str, &'t str>>);

impl<'t> Namespaces<'t> {
    pub(super) fn of(text: &'t str, outline: &Outline) -> Self {
        let mut found: HashMap<usize, HashMap<&str, &str>> = HashMap::new();
        for element in outline.elements() {
            for attribute in outline.attributes(element) {
                let name = text.get(attribute.name.clone()).unwrap_or_default();
                let prefix = match name.split_once(':') {
                    Some(("xmlns", prefix)) => prefix,
                    None if name == "xmlns" => "",
                    _ => continue,
                };
                let value = text.get(attribute.value.clone()).unwrap_or_default();
                found.entry(element.start).or_default().entry(prefix).or_insert(value);
            }
        }
        Self(found)
    }

    /// What a prefix stands for at an element.
    pub(super) fn get(&self, outline: &Outline, element: &Element, prefix: &str) -> Option<&'t str> {
        let mut at = Some(element);
        while let Some(element) = at {
            if let Some(found) = self.0.get(&element.start).and_then(|declared| declared.get(prefix)) {
                return Some(found);
            }
            at = element.parent.and_then(|parent| outline.get(parent));
        }
        None
    }
}
