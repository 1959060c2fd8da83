//! Elements that have a name of the header's and are in another namespace.
//!
//! ```text
//!   <WRMHEADER xmlns="…/PlayReadyHeader" xmlns:x="urn:other">
//!     <DATA> <x:LA_URL>theirs</x:LA_URL> <LA_URL>ours</LA_URL> </DATA>
//! ```
//!
//! The specification defines elements of one namespace, that of the root, and nothing else outside of `CUSTOMATTRIBUTES` (PRH
//! spec 3.3 to 3.6), so an element of another one is none of the header (Namespaces in XML 1.0, 6). Which programs read
//! by the name alone is not known of all: rule XML-03 reports such elements.
//!
//! Two things are read as of the header that are not by the letter: prefixes that nobody declared (pyplayready writes
//! them), and a `CUSTOMATTRIBUTES` whose own tag declares a default namespace. Serializers write `xmlns=""` there for what is
//! inside.

use super::grammar;
use super::outline::{Element, Outline, local_name};
use super::{Field, Header, NAMESPACE, unescape};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Values of declarations, and where the elements end that have them; for each prefix the innermost one is last.
type Scope<'t> = BTreeMap<&'t str, Vec<(usize, Cow<'t, str>)>>;

impl Header<'_> {
    /// What the elements of a name say that are in another namespace than the header and not in `CUSTOMATTRIBUTES`: clients
    /// that tell namespaces apart do not read them, others do, and no edit changes them.
    pub fn foreign<'h>(&'h self, name: &'h str) -> impl Iterator<Item = Cow<'h, str>> {
        let (outline, text) = (self.outline(), self.as_str());
        let is_meant = move |element: &&Element| {
            element.is_foreign
                && local_name(text, element) == name
                && !outline.is_within(text, element, Field::CustomAttributes.element())
        };
        outline.elements().iter().filter(is_meant).map(move |element| {
            outline.attribute(text, element, "VALUE").unwrap_or_else(|| self.text_of(element))
        })
    }

    /// Whether nothing but the root declares a namespace: then no element is [`foreign`](Self::foreign), and none becomes it
    /// by an edit that brings no declaration.
    pub fn is_of_one_namespace(&self) -> bool {
        self.outline().is_of_one_namespace(self.as_str())
    }
}

impl Outline {
    /// Whether there is one declaration at most, that of the root's prefix: most headers have no other.
    fn is_of_one_namespace(&self, text: &str) -> bool {
        let Some(root) = self.get(0) else { return true };
        let prefix = prefix_of(text, root);
        let mut declared =
            self.all_attributes().iter().filter_map(|attribute| declares(text, &attribute.name));
        declared.next().is_none_or(|first| first == prefix) && declared.next().is_none()
    }

    /// Marks the elements that have a name of the header's and are in another namespace than its root.
    pub(super) fn mark_foreign(&mut self, text: &str) {
        if self.is_of_one_namespace(text) {
            return;
        }
        let (mut scope, mut of_root, mut foreign) = (Scope::new(), Cow::default(), Vec::new());
        for (index, element) in self.elements().iter().enumerate() {
            let name = local_name(text, element);
            let prefix = prefix_of(text, element);
            let around = find(&mut scope, prefix, element.start).cloned();
            let before = scope.get(prefix).map_or(0, Vec::len);
            for attribute in self.attributes(element) {
                let Some(prefix) = declares(text, &attribute.name) else { continue };
                // What ended is taken out first, so that the innermost one is last.
                find(&mut scope, prefix, element.start);
                let value = unescape(text.get(attribute.value.clone()).unwrap_or_default());
                scope.entry(prefix).or_default().push((element.end, value));
            }
            let is_of_content = name == Field::CustomAttributes.element()
                && prefix.is_empty()
                && scope.get(prefix).map_or(0, Vec::len) > before;
            let own = if is_of_content { around } else { find(&mut scope, prefix, element.start).cloned() };
            if index == 0 {
                of_root = own.unwrap_or_default();
            } else if grammar::entry(name).is_some()
                && own.as_deref().is_some_and(|own| own != NAMESPACE && own != of_root)
            {
                foreign.push(index);
            }
        }
        for index in foreign {
            self.set_foreign(index);
        }
    }
}

/// The prefix of an element's name, without its colon.
fn prefix_of<'t>(text: &'t str, element: &Element) -> &'t str {
    let name = text.get(element.name.clone()).unwrap_or_default();
    name.rsplit_once(':').map_or("", |(prefix, _)| prefix)
}

/// The prefix that an attribute of this name declares.
fn declares<'t>(text: &'t str, name: &core::ops::Range<usize>) -> Option<&'t str> {
    let rest = text.get(name.clone())?.strip_prefix("xmlns")?;
    if rest.is_empty() { Some("") } else { rest.strip_prefix(':') }
}

/// What a prefix means at an offset; declarations of elements that ended before it go.
fn find<'s, 't>(scope: &'s mut Scope<'t>, prefix: &str, at: usize) -> Option<&'s Cow<'t, str>> {
    let declared = scope.get_mut(prefix)?;
    while declared.pop_if(|(end, _)| *end <= at).is_some() {}
    declared.last().map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use crate::{Field, Header, header::NAMESPACE};

    fn header(version: &str, data: &str) -> Vec<u8> {
        let text = format!("<WRMHEADER xmlns=\"{NAMESPACE}\" version=\"{version}\">{data}</WRMHEADER>");
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    fn value(field: Field, data: &str) -> Option<String> {
        let bytes = header("4.1.0.0", data);
        Header::parse(&bytes).unwrap().value(field).map(std::borrow::Cow::into_owned)
    }

    /// Forms of an element that is there and that no client takes for its own, whichever it is.
    fn others(element: &str) -> Vec<String> {
        let theirs = format!("<{element}>theirs</{element}>");
        vec![
            format!("<x:{element} xmlns:x=\"urn:other\">theirs</x:{element}>"),
            format!("<{element} xmlns=\"urn:other\">theirs</{element}>"),
            format!("<{element} xmlns=\"\">theirs</{element}>"),
            format!("<x xmlns=\"urn:other\">{theirs}</x>"),
            format!("<x>{theirs}</x>"),
            format!("<x><DATA>{theirs}</DATA></x>"),
            format!("<x:DATA xmlns:x=\"urn:other\">{theirs}</x:DATA>"),
            format!("<PROTECTINFO>{theirs}</PROTECTINFO>"),
            format!("<CUSTOMATTRIBUTES>{theirs}</CUSTOMATTRIBUTES>"),
            format!("<?x {theirs} ?>"),
            format!("<?x > {theirs} ?>"),
            format!("<!-- {theirs} -->"),
            format!("<![CDATA[{theirs}]]>"),
        ]
    }

    #[test]
    fn the_value_is_that_of_the_element_that_clients_read() {
        for field in [Field::LaUrl, Field::LuiUrl, Field::DsId, Field::DecryptorSetup] {
            let ours = format!("<{0}>ours</{0}>", field.element());
            for other in others(field.element()) {
                for data in [
                    format!("<DATA>{other}{ours}</DATA>"),
                    format!("<DATA>{ours}{other}</DATA>"),
                    format!("{other}<DATA>{ours}</DATA>"),
                ] {
                    assert_eq!(value(field, &data).as_deref(), Some("ours"), "{data}");
                }
            }
        }
    }

    #[test]
    fn an_element_of_another_namespace_alone_is_no_value() {
        for alone in [
            "<x:LA_URL xmlns:x=\"urn:other\">a</x:LA_URL>",
            "<LA_URL xmlns=\"\">a</LA_URL>",
            "<a xmlns:x=\"urn:other\"><x:LA_URL>a</x:LA_URL></a>",
            "<?x <LA_URL>a</LA_URL> ?>",
        ] {
            assert_eq!(value(Field::LaUrl, &format!("<DATA>{alone}</DATA>")), None, "{alone}");
        }
    }

    #[test]
    fn a_namespace_is_told_by_what_it_means() {
        let written = NAMESPACE.replace('/', "&#x2F;");
        for own in [
            format!("<p:LA_URL xmlns:p=\"{NAMESPACE}\">a</p:LA_URL>"),
            format!("<LA_URL xmlns=\"{written}\">a</LA_URL>"),
            "<x:a xmlns:x=\"urn:other\"></x:a><x:LA_URL>a</x:LA_URL>".to_owned(),
            "<a xmlns=\"urn:other\"></a><LA_URL>a</LA_URL>".to_owned(),
            // Nobody declared it.
            "<p:LA_URL>a</p:LA_URL>".to_owned(),
        ] {
            assert_eq!(value(Field::LaUrl, &format!("<DATA>{own}</DATA>")).as_deref(), Some("a"), "{own}");
        }
        // Neither the root nor its children are in one.
        let text = "<WRMHEADER><DATA xmlns=\"\"><LA_URL>a</LA_URL></DATA></WRMHEADER>";
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(Header::parse(&bytes).unwrap().value(Field::LaUrl).as_deref(), Some("a"));
        // Behind DATA, as an old Shaka Packager wrote it.
        assert_eq!(value(Field::LaUrl, "<DATA></DATA><LA_URL>a</LA_URL>").as_deref(), Some("a"));
        // The whole header in another namespace: one is as good as another.
        let text = "<WRMHEADER xmlns=\"urn:typo\"><DATA><LA_URL>a</LA_URL></DATA></WRMHEADER>";
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(Header::parse(&bytes).unwrap().value(Field::LaUrl).as_deref(), Some("a"));
    }

    #[test]
    fn a_declaration_for_what_is_the_services_leaves_custom_attributes_ours() {
        for namespace in ["", "urn:service"] {
            let custom =
                format!("<CUSTOMATTRIBUTES xmlns=\"{namespace}\"><LA_URL>theirs</LA_URL></CUSTOMATTRIBUTES>");
            let data = format!("<DATA>{custom}<LA_URL>ours</LA_URL></DATA>");
            assert_eq!(value(Field::LaUrl, &data).as_deref(), Some("ours"));
            assert_eq!(value(Field::CustomAttributes, &data).as_deref(), Some("<LA_URL>theirs</LA_URL>"));
        }
        let theirs = "<DATA><x:CUSTOMATTRIBUTES xmlns:x=\"urn:other\">a</x:CUSTOMATTRIBUTES></DATA>";
        assert_eq!(value(Field::CustomAttributes, theirs), None);
    }

    #[test]
    fn keys_are_those_where_clients_look_for_them() {
        const OURS: &str = "q5HgCTj40kGeNVhTH9Gexw==";
        const THEIRS: &str = "/qgG2xbs4k2SKCxx6bhWqw==";
        let text = |value: &str| format!("<KID>{value}</KID>");
        let attribute = |value: &str| format!("<KID ALGID=\"AESCTR\" VALUE=\"{value}\"></KID>");
        let info = |inner: &str| format!("<PROTECTINFO>{inner}</PROTECTINFO>");
        for (version, ours, theirs) in [
            ("4.0.0.0", text(OURS), text(THEIRS)),
            ("4.1.0.0", info(&attribute(OURS)), attribute(THEIRS)),
            ("4.2.0.0", info(&format!("<KIDS>{}</KIDS>", attribute(OURS))), attribute(THEIRS)),
            ("4.3.0.0", info(&format!("<KIDS>{}</KIDS>", attribute(OURS))), attribute(THEIRS)),
        ] {
            for other in [
                theirs.replacen("<KID", "<KID xmlns=\"urn:other\"", 1),
                format!("<x>{theirs}</x>"),
                format!("<x xmlns=\"urn:other\">{theirs}</x>"),
                format!("<?x {theirs} ?>"),
                format!("<x><DATA>{theirs}</DATA></x>"),
            ] {
                for data in [format!("<DATA>{other}{ours}</DATA>"), format!("{other}<DATA>{ours}</DATA>")] {
                    let bytes = header(version, &data);
                    let header = Header::parse(&bytes).unwrap();
                    let found: Vec<String> = header.kids().into_iter().map(|kid| kid.base64).collect();
                    assert_eq!(found, [OURS], "{version}: {data}");
                    assert_eq!(header.key_ids().len(), 1);
                }
            }
        }
    }

    #[test]
    fn a_prefix_is_found_among_thousands_of_declarations() {
        let many: Vec<String> = (0..4000).map(|i| format!(" xmlns:x{i}=\"urn:{i}\"")).collect();
        let many = many.concat();
        let data =
            format!("<DATA><a{many}>{}</a><LA_URL>ours</LA_URL></DATA>", "<x7:LA_URL/>".repeat(10_000));
        let bytes = header("4.0.0.0", &data);
        assert_eq!(Header::parse(&bytes).unwrap().value(Field::LaUrl).as_deref(), Some("ours"));
    }
}
