//! A tree of elements.
//!
//! ```text
//!   text      "<a><b x='1'>t</b></a>"
//!   elements  [ a: children 1, span 0..22 ] [ b: attributes x=1, text t, span 3..18 ]
//! ```

use crate::{Error, ErrorKind, Limits, Result};
use core::ops::Range;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

/// All elements of a document, and its text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tree {
    text: String,
    elements: Vec<Element>,
    namespaces: Vec<String>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Element {
    name: String,
    prefix_len: usize,
    namespace: Option<usize>,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<usize>,
    span: Range<usize>,
}

/// One element of a tree.
#[derive(Clone, Copy, Debug)]
pub struct Node<'t> {
    tree: &'t Tree,
    element: &'t Element,
}

impl Tree {
    /// Reads a document.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoElement`], [`ErrorKind::Xml`], [`ErrorKind::DocType`], [`ErrorKind::Entity`], and what passes a
    /// limit.
    pub fn parse(text: String, limits: Limits) -> Result<Self> {
        if text.len() > limits.bytes {
            return Err(ErrorKind::TooLong { len: text.len(), max: limits.bytes }.into());
        }
        let mut builder =
            Builder { limits, elements: Vec::new(), namespaces: Vec::new(), open: Vec::new(), root: None };
        builder.read(&text)?;
        let Builder { elements, namespaces, root, .. } = builder;
        if root.is_none() {
            return Err(ErrorKind::NoElement.into());
        }
        Ok(Self { text, elements, namespaces })
    }

    /// The outermost element.
    pub fn root(&self) -> Node<'_> {
        match self.elements.first() {
            Some(element) => Node { tree: self, element },
            None => unreachable!("a document without an element is an error of parse"),
        }
    }

    /// The text it was read from.
    pub fn text(&self) -> &str {
        &self.text
    }
}

struct Builder {
    limits: Limits,
    elements: Vec<Element>,
    namespaces: Vec<String>,
    open: Vec<usize>,
    root: Option<usize>,
}

impl Builder {
    fn read(&mut self, text: &str) -> Result<()> {
        let mut reader = NsReader::from_str(text);
        reader.config_mut().expand_empty_elements = false;
        loop {
            let start = position(reader.buffer_position());
            let (resolved, event) = match reader.read_resolved_event() {
                Ok(read) => read,
                Err(error) => {
                    let at = position(reader.error_position());
                    return Err(Error::at(ErrorKind::Xml(error.to_string()), at));
                }
            };
            match event {
                Event::Start(tag) => self.open(&tag, &resolved, start)?,
                Event::Empty(tag) => {
                    self.open(&tag, &resolved, start)?;
                    drop(tag);
                    self.close(position(reader.buffer_position()));
                }
                Event::End(_) => self.close(position(reader.buffer_position())),
                Event::Text(text) => self.push(&text.xml10_content(), start)?,
                Event::CData(text) => self.push(&text.xml10_content(), start)?,
                Event::GeneralRef(reference) => {
                    let resolved = if reference.is_char_ref() {
                        reference.resolve_char_ref().ok().flatten()
                    } else {
                        predefined(&reference)
                    };
                    let Some(c) = resolved else {
                        let name = reference.chars().take(40).collect();
                        return Err(Error::at(ErrorKind::Entity { name }, start));
                    };
                    self.push(c.encode_utf8(&mut [0; 4]), start)?;
                }
                Event::DocType(_) => return Err(Error::at(ErrorKind::DocType, start)),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
                Event::Eof => break,
            }
        }
        if let Some(open) = self.open.last().and_then(|open| self.elements.get(*open)) {
            let message = format!("<{}> is not closed", open.name);
            return Err(Error::at(ErrorKind::Xml(message), open.span.start));
        }
        Ok(())
    }

    fn open(&mut self, tag: &BytesStart<'_>, resolved: &ResolveResult<'_>, start: usize) -> Result<()> {
        let Limits { depth, elements, attributes: most, namespace: longest, .. } = self.limits;
        if self.open.len() >= depth {
            return Err(Error::at(ErrorKind::Depth { max: depth }, start));
        }
        if self.elements.len() >= elements {
            return Err(Error::at(ErrorKind::Elements { max: elements }, start));
        }
        if self.open.is_empty() && self.root.is_some() {
            let message = "a second element stands behind the first".to_owned();
            return Err(Error::at(ErrorKind::Xml(message), start));
        }
        let mut attributes = Vec::new();
        for attribute in tag.attributes() {
            if attributes.len() >= most {
                return Err(Error::at(ErrorKind::Attributes { max: most }, start));
            }
            let xml = |error: String| Error::at(ErrorKind::Xml(error), start);
            let attribute = attribute.map_err(|error| xml(error.to_string()))?;
            let value = attribute
                .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                .map_err(|error| xml(error.to_string()))?;
            attributes.push((attribute.key.as_ref().to_owned(), value.into_owned()));
        }
        let namespace = match resolved {
            ResolveResult::Bound(namespace) if namespace.0.len() > longest => {
                return Err(Error::at(ErrorKind::Namespace { max: longest }, start));
            }
            ResolveResult::Bound(namespace) => Some(self.namespace(namespace.0, start)?),
            _ => None,
        };
        let name = tag.name().as_ref().to_owned();
        let index = self.elements.len();
        self.elements.push(Element {
            prefix_len: name.len().saturating_sub(tag.local_name().as_ref().len()),
            name,
            namespace,
            attributes,
            text: String::new(),
            children: Vec::new(),
            span: start..start,
        });
        match self.open.last().and_then(|parent| self.elements.get_mut(*parent)) {
            Some(parent) => parent.children.push(index),
            None => self.root = Some(index),
        }
        self.open.push(index);
        Ok(())
    }

    /// One copy of each namespace, however many elements have it.
    fn namespace(&mut self, namespace: &str, at: usize) -> Result<usize> {
        if let Some(index) = self.namespaces.iter().position(|known| known == namespace) {
            return Ok(index);
        }
        if self.namespaces.len() >= self.limits.namespaces {
            return Err(Error::at(ErrorKind::Namespaces { max: self.limits.namespaces }, at));
        }
        self.namespaces.push(namespace.to_owned());
        Ok(self.namespaces.len().saturating_sub(1))
    }

    fn close(&mut self, end: usize) {
        if let Some(element) = self.open.pop().and_then(|index| self.elements.get_mut(index)) {
            element.span.end = end;
        }
    }

    fn push(&mut self, text: &str, at: usize) -> Result<()> {
        match self.open.last().and_then(|open| self.elements.get_mut(*open)) {
            Some(element) => element.text.push_str(text),
            None if text.trim().is_empty() => {}
            None => {
                let message = "text stands outside of the first element".to_owned();
                return Err(Error::at(ErrorKind::Xml(message), at));
            }
        }
        Ok(())
    }
}

fn position(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

fn predefined(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

impl<'t> Node<'t> {
    /// The name without prefix.
    pub fn name(&self) -> &'t str {
        self.element.name.get(self.element.prefix_len..).unwrap_or_default()
    }

    /// The namespace.
    pub fn namespace(&self) -> Option<&'t str> {
        self.element.namespace.and_then(|index| self.tree.namespaces.get(index)).map(String::as_str)
    }

    /// Attributes as written, namespaces among them.
    pub fn attributes(&self) -> impl Iterator<Item = (&'t str, &'t str)> {
        self.element.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of an attribute, by its name without prefix.
    pub fn attribute(&self, name: &str) -> Option<&'t str> {
        let local = |full: &str| {
            full.rsplit_once(':').map_or(full == name, |(prefix, local)| prefix != "xmlns" && local == name)
        };
        self.attributes().find(|(full, _)| local(full)).map(|(_, value)| value)
    }

    /// Its own text, without white space around.
    pub fn text(&self) -> &'t str {
        self.element.text.trim()
    }

    /// Its children, in order.
    pub fn children(&self) -> impl Iterator<Item = Node<'t>> + use<'t> {
        let tree = self.tree;
        self.element
            .children
            .iter()
            .filter_map(|index| tree.elements.get(*index))
            .map(move |element| Node { tree, element })
    }

    /// The first child of a name.
    pub fn child(&self, name: &str) -> Option<Node<'t>> {
        self.children().find(|child| child.name() == name)
    }

    /// The first element of a name below, itself included, parents before children.
    pub fn find(&self, name: &str) -> Option<Node<'t>> {
        self.descend().find(|node| node.name() == name)
    }

    /// Itself and everything below, parents before children.
    pub fn descend(&self) -> impl Iterator<Item = Node<'t>> + use<'t> {
        let mut stack = vec![*self];
        core::iter::from_fn(move || {
            let node = stack.pop()?;
            let children: Vec<_> = node.children().collect();
            stack.extend(children.into_iter().rev());
            Some(node)
        })
    }

    /// The text of a child, where it has some.
    pub fn text_of(&self, name: &str) -> Option<&'t str> {
        self.child(name).map(|child| child.text()).filter(|text| !text.is_empty())
    }

    /// It as it is written.
    pub fn source(&self) -> &'t str {
        self.tree.text.get(self.element.span.clone()).unwrap_or_default()
    }

    /// Where it begins, in bytes of the text.
    pub fn offset(&self) -> usize {
        self.element.span.start
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tree(text: &str) -> Tree {
        Tree::parse(text.to_owned(), Limits::default()).unwrap_or_else(|error| panic!("{error}"))
    }

    fn error(text: &str) -> String {
        Tree::parse(text.to_owned(), Limits::default()).unwrap_err().to_string()
    }

    #[test]
    fn names_namespaces_attributes_text_and_places_are_kept() {
        let tree = tree(
            "<?xml version='1.0'?><s:a xmlns:s='urn:s' xmlns='urn:d'> <b s:x='1&amp;2'>t<!-- c -->&#x41;&lt;</b><c/></s:a>",
        );
        let root = tree.root();
        assert_eq!((root.name(), root.namespace()), ("a", Some("urn:s")));
        let b = root.child("b").unwrap();
        assert_eq!((b.namespace(), b.attribute("x"), b.text()), (Some("urn:d"), Some("1&2"), "tA<"));
        assert_eq!(root.child("c").unwrap().source(), "<c/>");
        assert!(b.source().starts_with("<b s:x") && b.source().ends_with("</b>"));
        assert_eq!(root.attribute("s"), None);
        assert_eq!(root.descend().map(|node| node.name()).collect::<Vec<_>>(), ["a", "b", "c"]);
        assert!(root.find("c").is_some());
    }

    #[test]
    fn entities_and_document_types_are_refused() {
        let bomb = "<!DOCTYPE a [<!ENTITY x \"y\"><!ENTITY z \"&x;&x;\">]><a>&z;</a>";
        assert_eq!(error(bomb), "a document type definition is not read: messages have none at byte 0");
        assert_eq!(
            error("<a>&file;</a>"),
            "the entity &file; is not one of the five of XML, and none is expanded at byte 3"
        );
        assert!(error("<a b='&file;'/>").contains("the XML is broken"));
        assert!(error("<a>&#0;</a>").contains("the entity &#0;"));
    }

    #[test]
    fn depth_size_count_and_attributes_have_limits() {
        assert_eq!(error(&"<a>".repeat(100)), "elements are nested more than 64 deep at byte 192");
        assert!(error(&format!("<a>{}</a>", "<b/>".repeat(30_000))).contains("more than 20000 elements"));
        let many = (0..100).map(|i| format!(" a{i}='1'")).collect::<Vec<_>>().concat();
        let spaces = (0..300).map(|i| format!("<b xmlns='{i}'/>")).collect::<Vec<_>>().concat();
        assert!(error(&format!("<a>{spaces}</a>")).contains("more than 256 namespaces"));
        assert!(error(&format!("<a{many}/>")).contains("more than 64 attributes"));
        assert!(error(&format!("<a xmlns='{}'/>", "n".repeat(2000))).contains("more than 1024 characters"));
        assert!(error(&" ".repeat(9 * 1024 * 1024)).contains("more than 8388608"));
    }

    #[test]
    fn broken_xml_says_where() {
        assert_eq!(error(""), "there is no XML element");
        assert_eq!(
            error("plain text"),
            "the XML is broken: text stands outside of the first element at byte 0"
        );
        assert_eq!(error("<a><b></a>").split(" at ").last(), Some("byte 6"));
        assert_eq!(error("<a><b>"), "the XML is broken: <b> is not closed at byte 3");
        assert_eq!(
            error("<a/><b/>"),
            "the XML is broken: a second element stands behind the first at byte 4"
        );
        assert!(error("<a").contains("the XML is broken"));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[<>/a-c='\" &;#x!\\[\\]-]{0,60}") {
            let _ = Tree::parse(text, Limits::default());
        }

        #[test]
        fn what_was_nested_is_found_again(names in proptest::collection::vec("[a-z]{1,5}", 1..20), text in "[a-z ]{0,9}") {
            let open = names.iter().map(|name| format!("<{name}>")).collect::<Vec<_>>().concat();
            let close = names.iter().rev().map(|name| format!("</{name}>")).collect::<Vec<_>>().concat();
            let source = format!("{open}{text}{close}");
            let tree = tree(&source);
            let mut node = tree.root();
            for name in &names[1..] {
                node = node.child(name).unwrap();
            }
            prop_assert_eq!(node.text(), text.trim());
            prop_assert_eq!(tree.root().source(), &source);
        }
    }
}
