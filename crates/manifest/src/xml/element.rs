//! Elements in document order, and the ways between them.

use super::attribute::Attribute;

use core::fmt::Write as _;
use core::ops::Range;
use prkit_playready::unescape;
use std::borrow::Cow;

/// One element as written. All offsets are into the text.
#[derive(Clone, Debug)]
pub(crate) struct Element {
    /// Its name, prefix included.
    pub(crate) name: Range<usize>,
    /// Where `<` stands.
    pub(crate) start: usize,
    /// Between the tags; empty and right behind the tag for `<a/>`.
    pub(crate) content: Range<usize>,
    /// After the `>` of the end tag.
    pub(crate) end: usize,
    /// The element around it.
    pub(crate) parent: Option<usize>,
    /// Which of its name it is in its parent, from 0.
    pub(crate) index: usize,
    /// The next element that is no descendant.
    pub(crate) skip: usize,
    /// How it ends.
    pub(crate) closed: Closed,
    pub(crate) attributes: Range<usize>,
}

/// How an element ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Closed {
    /// `</a>`.
    Explicitly,
    /// `<a/>`.
    BySlash,
    /// By an end tag of another name, an outer end tag, or the end of the text.
    Not,
}

/// All elements of a text.
#[derive(Clone, Debug)]
pub(crate) struct Tree<'t> {
    pub(crate) text: &'t str,
    pub(crate) elements: Vec<Element>,
    pub(crate) attributes: Vec<Attribute>,
}

impl<'t> Tree<'t> {
    pub(crate) fn len(&self) -> usize {
        self.elements.len()
    }

    pub(crate) fn get(&self, index: usize) -> Option<&Element> {
        self.elements.get(index)
    }

    /// The element that begins at an offset.
    pub(crate) fn beginning_at(&self, offset: usize) -> Option<usize> {
        self.elements.binary_search_by_key(&offset, |element| element.start).ok()
    }

    /// The elements in no other.
    pub(crate) fn roots(&self) -> impl Iterator<Item = usize> {
        self.siblings(0, self.len())
    }

    /// The elements directly in one.
    pub(crate) fn children(&self, of: usize) -> impl Iterator<Item = usize> {
        self.siblings(of.saturating_add(1), self.get(of).map_or(0, |element| element.skip))
    }

    /// The children with a local name.
    pub(crate) fn named<'e>(&'e self, of: usize, local: &'e str) -> impl Iterator<Item = usize> + 'e {
        self.children(of).filter(move |child| self.local(*child) == local)
    }

    fn siblings(&self, first: usize, end: usize) -> impl Iterator<Item = usize> {
        let mut at = first;
        core::iter::from_fn(move || {
            let here = at;
            let element = self.elements.get(here).filter(|_| here < end)?;
            at = element.skip.max(here.saturating_add(1));
            Some(here)
        })
    }

    /// An element and those around it, innermost first.
    pub(crate) fn upwards(&self, from: usize) -> impl Iterator<Item = usize> {
        core::iter::successors(Some(from), |index| self.get(*index)?.parent)
    }

    /// Whether it is an operation of an MPD Patch document (ISO/IEC 23009-1, 5.15) with a text for its value.
    pub(crate) fn is_in_patch(&self, index: usize) -> bool {
        let parent = self.get(index).and_then(|element| element.parent);
        parent.is_some_and(|parent| self.local(parent) == "Patch") && self.children(index).next().is_none()
    }

    /// The name as written.
    pub(crate) fn name(&self, index: usize) -> &'t str {
        self.get(index).and_then(|element| self.text.get(element.name.clone())).unwrap_or_default()
    }

    /// The name without its prefix.
    pub(crate) fn local(&self, index: usize) -> &'t str {
        let name = self.name(index);
        name.rsplit_once(':').map_or(name, |(_, local)| local)
    }

    pub(crate) fn attributes(&self, index: usize) -> &[Attribute] {
        self.get(index)
            .and_then(|element| self.attributes.get(element.attributes.clone()))
            .unwrap_or_default()
    }

    /// The attribute with a local name, whatever its prefix; one without prefix wins.
    pub(crate) fn attribute<'e>(&'e self, index: usize, local: &'e str) -> Option<&'e Attribute> {
        let named = |attribute: &&Attribute| self.text.get(attribute.name.clone()) == Some(local);
        let attributes = self.attributes(index);
        attributes.iter().find(named).or_else(|| self.attributes_named(index, local).next())
    }

    /// All attributes with a local name.
    pub(crate) fn attributes_named<'e>(
        &'e self,
        index: usize,
        local: &'e str,
    ) -> impl Iterator<Item = &'e Attribute> {
        self.attributes(index).iter().filter(move |attribute| {
            let name = self.text.get(attribute.name.clone()).unwrap_or_default();
            name.rsplit_once(':').map_or(name, |(_, local)| local) == local
        })
    }

    /// What an attribute says, without white space around and with references replaced.
    pub(crate) fn said(&self, index: usize, local: &str) -> Option<Cow<'t, str>> {
        self.value(self.attribute(index, local)?)
    }

    /// What this attribute says, without white space around and with references replaced.
    pub(crate) fn value(&self, attribute: &Attribute) -> Option<Cow<'t, str>> {
        Some(trimmed(unescape(self.text.get(attribute.value.clone())?)))
    }

    /// A number in an attribute.
    pub(crate) fn number(&self, index: usize, local: &str) -> Option<u64> {
        self.said(index, local)?.parse().ok()
    }

    /// The text directly in an element, in pieces: without comments, CDATA marks and children.
    pub(crate) fn pieces(&self, index: usize) -> Vec<Range<usize>> {
        let Some(element) = self.get(index) else { return Vec::new() };
        let content = element.content.clone();
        let mut children = self.children(index).filter_map(|child| self.get(child)).peekable();
        let (mut pieces, mut at) = (Vec::new(), content.start);
        while at < content.end {
            let rest = self.text.get(at..content.end).unwrap_or_default();
            let mark = rest.find('<').map_or(content.end, |len| at.saturating_add(len));
            if at < mark {
                pieces.push(at..mark);
            }
            let marked = self.text.get(mark..content.end).unwrap_or_default();
            let to = |found: Option<usize>, len: usize| {
                found.map_or(content.end, |found| mark.saturating_add(found).saturating_add(len))
            };
            at = if let Some(inside) = marked.strip_prefix("<![CDATA[") {
                let start = mark.saturating_add(marked.len().saturating_sub(inside.len()));
                let end = start.saturating_add(inside.find("]]>").unwrap_or(inside.len()));
                pieces.push(start..end);
                to(marked.find("]]>"), 3)
            } else if marked.starts_with("<!--") {
                to(marked.find("-->"), 3)
            } else if marked.starts_with("<?") {
                to(marked.find("?>"), 2)
            } else if let Some(child) = children.next_if(|child| child.start == mark) {
                child.end
            } else {
                mark.saturating_add(1)
            };
        }
        pieces
    }

    /// The text directly in an element, without white space around and with references replaced.
    pub(crate) fn content(&self, index: usize) -> Cow<'t, str> {
        let pieces = self.pieces(index);
        match pieces.as_slice() {
            [piece] => trimmed(unescape(self.text.get(piece.clone()).unwrap_or_default())),
            pieces => {
                let joined: String =
                    pieces.iter().filter_map(|piece| self.text.get(piece.clone())).map(unescape).collect();
                Cow::Owned(joined.trim().to_owned())
            }
        }
    }

    /// For people: `/MPD/Period[0]/AdaptationSet[1]/ContentProtection[2]/mspr:pro`.
    pub(crate) fn path(&self, index: usize) -> String {
        let mut steps: Vec<usize> = self.upwards(index).collect();
        steps.reverse();
        let mut path = String::new();
        for step in steps {
            let number = self.get(step).map_or(0, |element| element.index);
            let name = self.name(step);
            // Writing to a string cannot fail.
            let _ = if number == 0 && !repeats(self.local(step)) {
                write!(path, "/{name}")
            } else {
                write!(path, "/{name}[{number}]")
            };
        }
        path
    }
}

fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

/// Elements of which there are several by the schemas; they always get a number.
fn repeats(local: &str) -> bool {
    matches!(
        local,
        "Period"
            | "AdaptationSet"
            | "Preselection"
            | "Representation"
            | "SubRepresentation"
            | "ContentProtection"
            | "BaseURL"
            | "SegmentURL"
            | "S"
            | "StreamIndex"
            | "QualityLevel"
            | "ProtectionHeader"
            | "c"
            | "f"
            | "meta"
            | "video"
            | "audio"
            | "textstream"
            | "param"
            | "ContentKey"
            | "DRMSystem"
            | "HLSSignalingData"
            | "ContentKeyUsageRule"
    )
}
