//! Whether an element is the one meant: its local name and its namespace.
//!
//! Any prefix will do that is bound to the namespace. Documents in the field forget the binding or the prefix; what
//! is meant is clear all the same, and gets a finding.

use super::element::Tree;

/// Namespaces that this crate looks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Namespace {
    /// `cenc:pssh`, `cenc:default_KID`.
    Cenc,
    /// `mspr:pro`.
    PlayReady,
}

impl Namespace {
    pub(crate) const fn uri(self) -> &'static str {
        match self {
            Self::Cenc => "urn:mpeg:cenc:2013",
            Self::PlayReady => "urn:microsoft:playready",
        }
    }
}

/// How an element says that it is the one meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Said {
    /// By its namespace.
    Rightly,
    /// With a prefix that nothing declares.
    Undeclared,
    /// Without a prefix, in another default namespace or none.
    Unqualified,
}

impl<'t> Tree<'t> {
    /// What a prefix is bound to at an element; the empty prefix is the default namespace.
    pub(crate) fn bound(&self, index: usize, prefix: &str) -> Option<&'t str> {
        self.upwards(index).find_map(|at| {
            self.attributes(at).iter().find_map(|attribute| {
                let name = self.text.get(attribute.name.clone())?;
                let declared = match name.strip_prefix("xmlns")? {
                    "" => "",
                    rest => rest.strip_prefix(':')?,
                };
                (declared == prefix).then(|| self.text.get(attribute.value.clone()))?
            })
        })
    }

    /// A prefix that is bound to a namespace at an element.
    pub(crate) fn prefix_for(&self, index: usize, namespace: Namespace) -> Option<&'t str> {
        self.upwards(index).find_map(|at| {
            self.attributes(at).iter().find_map(|attribute| {
                let prefix = self.text.get(attribute.name.clone())?.strip_prefix("xmlns:")?;
                let bound = self.text.get(attribute.value.clone())?;
                // An inner element may have bound the prefix to something else.
                let holds = is_uri(bound, namespace) && self.bound(index, prefix) == Some(bound);
                holds.then_some(prefix)
            })
        })
    }

    /// Whether an element is `local` of `namespace`.
    pub(crate) fn is(&self, index: usize, local: &str, namespace: Namespace) -> Option<Said> {
        let name = self.name(index);
        let (prefix, found) = name.rsplit_once(':').unwrap_or(("", name));
        if found != local {
            return None;
        }
        match self.bound(index, prefix) {
            Some(uri) if is_uri(uri, namespace) => Some(Said::Rightly),
            _ if prefix.is_empty() => Some(Said::Unqualified),
            None => Some(Said::Undeclared),
            Some(_) => None,
        }
    }
}

fn is_uri(uri: &str, namespace: Namespace) -> bool {
    uri.trim().eq_ignore_ascii_case(namespace.uri())
}
