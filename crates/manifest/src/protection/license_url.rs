//! Addresses of license servers beside an object.
//!
//! ```text
//!   <dashif:Laurl xmlns:dashif="https://dashif.org/CPS">https://…</dashif:Laurl>      also laurl, and in other namespaces
//!   <clearkey:Laurl Lic_type="EME-1.0">https://…</clearkey:Laurl>
//!   <ms:laurl licenseUrl="https://…"/>                                                in an attribute
//!   <mspr:LA_URL>https://…</mspr:LA_URL>
//!   "licenseUrl": "https://…"                                                         in a key service's answer
//! ```
//!
//! Players take one of these before the address in the header (DASH-IF IOP 5, part 6, 7.3).

use crate::collect::Collector;
use crate::embedded::Embedded;
use crate::found::{At, Shape};
use crate::slot::{Slot, Unit};
use crate::text::Position;
use crate::value::Value;
use crate::xml::{Attribute, Tree};
use bytes::Bytes;
use core::ops::Range;
use prkit_playready::SystemId;
use std::borrow::Cow;

/// An address beside an object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LicenseUrl {
    /// The descriptor it is in; none in a piece of a document that has none.
    pub descriptor: Option<usize>,
    /// The system it is for: that of the innermost descriptor that names one.
    pub system: Option<SystemId>,
    /// The element, by its name as written.
    pub name: String,
    /// Its path.
    pub path: String,
    /// Where the address is written.
    pub position: Position,
    /// The address.
    pub url: String,
    /// Where in the text that is.
    pub(crate) start: usize,
    pub(crate) at: At,
}

/// Whether an element, or a member of JSON, holds an address of a license server.
pub(super) fn is_one(local: &str) -> bool {
    let names = ["laurl", "licenseurl", "licenseserverurl", "licenseacquisitionurl"];
    let plain: String = local.chars().filter(|c| !matches!(c, '_' | '-')).take(40).collect();
    names.iter().any(|name| plain.eq_ignore_ascii_case(name))
}

/// Adds the addresses in an element: in its attributes, and its text.
pub(super) fn read(tree: &Tree<'_>, index: usize, descriptor: Option<usize>, found: &mut Collector<'_>) {
    let is_url = |attribute: &&Attribute| {
        let name = tree.text.get(attribute.name.clone()).unwrap_or_default();
        let local = name.rsplit_once(':').map_or(name, |(_, local)| local);
        ["licenseurl", "url", "href"].iter().any(|name| local.eq_ignore_ascii_case(name))
    };
    for attribute in tree.attributes(index).iter().filter(is_url) {
        let url = tree.value(attribute).unwrap_or_default();
        add(tree, index, descriptor, url, vec![attribute.value.clone()], found);
    }
    add(tree, index, descriptor, tree.content(index), tree.pieces(index), found);
}

fn add(
    tree: &Tree<'_>,
    index: usize,
    descriptor: Option<usize>,
    url: Cow<'_, str>,
    pieces: Vec<Range<usize>>,
    found: &mut Collector<'_>,
) {
    if url.is_empty() {
        return;
    }
    let (name, url) = (tree.name(index).to_owned(), url.into_owned());
    let urls = match descriptor {
        Some(index) => found.descriptors.get_mut(index).map(|descriptor| &mut descriptor.license_urls),
        None => Some(&mut found.loose.license_urls),
    };
    // What is there in two ways is one.
    if let Some(urls) = urls.filter(|urls| !urls.iter().any(|known| known.0 == name && known.1 == url)) {
        urls.push((name.clone(), url.clone()));
    }
    push(found, descriptor, (name, tree.path(index), url), Value::text(tree.text, pieces));
}

/// Adds the address in a string of JSON, if its member has such a name.
pub(crate) fn read_string(found: &mut Collector<'_>, path: &str, embedded: &Embedded) {
    let name = path.rsplit('/').next().unwrap_or_default();
    let url = embedded.text();
    if !is_one(name) || !url.contains("://") {
        return;
    }
    let value = Value::written(found.text.as_str(), embedded, &(0..url.len()));
    push(found, None, (name.to_owned(), path.to_owned(), url.to_owned()), value);
}

fn push(
    found: &mut Collector<'_>,
    descriptor: Option<usize>,
    (name, path, url): (String, String, String),
    value: Value,
) {
    let (at, bytes) = (At::of(found.slots.len(), 0), Bytes::copy_from_slice(url.as_bytes()));
    let units = vec![Unit { range: 0..bytes.len(), shape: Shape::Data }];
    found.license_urls.push(LicenseUrl {
        descriptor,
        system: descriptor.and_then(|index| found.descriptors.get(index)).and_then(|d| d.system),
        name,
        path,
        position: found.text.position(value.start()),
        url,
        start: value.start(),
        at,
    });
    found.slots.push(Slot { value, bytes, units, inner: None });
}

/// Text as it is written in an element or an attribute.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            c => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use crate::manifest::{Kind, Manifest};
    use bytes::Bytes;

    fn replaced(element: &str, url: &str) -> (Vec<String>, String) {
        let text = format!("<MPD><ContentProtection schemeIdUri='urn:a'>{element}</ContentProtection></MPD>");
        let manifest = Manifest::parse(Kind::Mpd, &Bytes::from(text.clone())).unwrap();
        let urls: Vec<String> = manifest.license_urls().iter().map(|found| found.url.clone()).collect();
        let all: Vec<(usize, String)> = (0..urls.len()).map(|index| (index, url.to_owned())).collect();
        let plan = manifest.plan(manifest.replace_with_urls(&[], &all).unwrap()).unwrap();
        let new = String::from_utf8(plan.to_vec(&text.as_bytes()).unwrap()).unwrap();
        let inside = new.split_once("'urn:a'>").unwrap().1.split_once("</ContentProtection>").unwrap().0;
        (urls, inside.to_owned())
    }

    #[test]
    fn every_spelling_is_read_and_replaced_where_it_is_written() {
        for (element, expected) in [
            ("<dashif:Laurl>https://a/?b&amp;c</dashif:Laurl>", "<dashif:Laurl>NEW</dashif:Laurl>"),
            ("<d:laurl>\n  https://a/?b&amp;c\n</d:laurl>", "<d:laurl>\n  NEW\n</d:laurl>"),
            (
                "<ck:Laurl Lic_type='EME-1.0'>https://a/?b&amp;c</ck:Laurl>",
                "<ck:Laurl Lic_type='EME-1.0'>NEW</ck:Laurl>",
            ),
            ("<ms:laurl licenseUrl=\"https://a/?b&amp;c\"/>", "<ms:laurl licenseUrl=\"NEW\"/>"),
            ("<ms:laurl licenseURL='https://a/?b&amp;c' />", "<ms:laurl licenseURL='NEW' />"),
            ("<mspr:LA_URL>https://a/?b&amp;c</mspr:LA_URL>", "<mspr:LA_URL>NEW</mspr:LA_URL>"),
            (
                "<ms:laurl licenseUrl='https://a/?b&amp;c'>https://a/?b&amp;c</ms:laurl>",
                "<ms:laurl licenseUrl='NEW'>NEW</ms:laurl>",
            ),
            ("<Laurl>https://a/<!-- x -->?b&amp;c</Laurl>", "<Laurl>NEW<!-- x --></Laurl>"),
        ] {
            let (urls, new) = replaced(element, "https://n/?d&e");
            assert_eq!(urls, vec!["https://a/?b&c"; expected.matches("NEW").count()], "{element}");
            assert_eq!(new, expected.replace("NEW", "https://n/?d&amp;e"), "{element}");
        }
        let (urls, new) = replaced("<Laurl><![CDATA[https://a/?b&c]]></Laurl>", "https://n/?d&e");
        assert_eq!(
            (urls, new.as_str()),
            (vec!["https://a/?b&c".to_owned()], "<Laurl><![CDATA[https://n/?d&e]]></Laurl>")
        );
    }

    #[test]
    fn an_element_without_an_address_has_none() {
        for element in
            ["<Laurl/>", "<Laurl> </Laurl>", "<ms:laurl licenseUrl=''/>", "<Certurl>https://a</Certurl>"]
        {
            assert_eq!(replaced(element, "x").0, [] as [&str; 0], "{element}");
        }
    }
}
