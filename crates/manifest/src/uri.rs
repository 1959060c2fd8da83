//! Addresses and how they are resolved (RFC 3986, 5.2).
//!
//! ```text
//!   base        show/v/list.m3u8     https://cdn/show/m.mpd     (nothing: the folder of the document)
//!   reference   ../a/1.m4s           v/1.m4s                    v/1.m4s
//!   result      show/a/1.m4s         https://cdn/show/v/1.m4s   v/1.m4s
//! ```
//!
//! Our own, because the addresses of documents on disk have no absolute base, and because those in the field are no
//! URIs: `QualityLevels({bitrate})/Fragments(video={start time})`, names with spaces. Nothing is escaped or unescaped.

/// The parts of an address that matter here; `path` holds no query.
struct Parts<'a> {
    /// `https:`, with the colon; empty in relative addresses.
    scheme: &'a str,
    /// `//host`, with the slashes.
    authority: &'a str,
    path: &'a str,
    /// `?…`, with the question mark.
    query: &'a str,
}

fn parts(address: &str) -> Parts<'_> {
    let address = address.split('#').next().unwrap_or_default();
    let scheme_len = scheme_len(address);
    let (scheme, rest) = address.split_at_checked(scheme_len).unwrap_or(("", address));
    let authority_len = match rest.strip_prefix("//") {
        Some(host) => host.find(['/', '?']).unwrap_or(host.len()).saturating_add(2),
        None => 0,
    };
    let (authority, rest) = rest.split_at_checked(authority_len).unwrap_or(("", rest));
    let (path, query) = rest.split_at_checked(rest.find('?').unwrap_or(rest.len())).unwrap_or((rest, ""));
    Parts { scheme, authority, path, query }
}

/// Bytes of the scheme and its colon. A single letter is a drive of another system, and none.
fn scheme_len(address: &str) -> usize {
    let Some(colon) = address.find(':') else { return 0 };
    let name = address.get(..colon).unwrap_or_default();
    let is_name = name.len() > 1
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    if is_name { colon.saturating_add(1) } else { 0 }
}

/// What an address begins at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Start<'a> {
    /// The folder of the first document: `v/1.m4s`, `../v/1.m4s`.
    Document(&'a str),
    /// The root of whatever holds the document: `/v/1.m4s`.
    Root(&'a str),
    /// The root of this machine; the path behind `file://`, `file:`, or `FILE://localhost`.
    Machine(&'a str),
    /// Another machine, or no file at all: `https:`, `//host`, `data:`.
    Elsewhere,
}

impl<'a> Start<'a> {
    /// Where an address begins, and the rest of it.
    pub fn of(address: &'a str) -> Self {
        let parts = parts(address);
        if parts.scheme.eq_ignore_ascii_case("file:") {
            let rest = address.split_at_checked(parts.scheme.len()).map_or("", |(_, rest)| rest);
            let rest = rest.trim_start_matches('/');
            let host = rest.split('/').next().unwrap_or_default();
            let is_here = host.eq_ignore_ascii_case("localhost") && parts.authority.len() > 2;
            return Self::Machine(if is_here { rest.get(host.len()..).unwrap_or_default() } else { rest });
        }
        if !parts.scheme.is_empty() || !parts.authority.is_empty() {
            return Self::Elsewhere;
        }
        if address.starts_with('/') { Self::Root(address) } else { Self::Document(address) }
    }
}

/// An address relative to that of the document, or the element, around it.
pub fn resolve(base: &str, reference: &str) -> String {
    let reference = reference.trim();
    let (to, from) = (parts(reference), parts(base));
    if !to.scheme.is_empty() {
        return format!("{}{}{}{}", to.scheme, to.authority, without_dots(to.path), to.query);
    }
    if !to.authority.is_empty() {
        return format!("{}{}{}{}", from.scheme, to.authority, without_dots(to.path), to.query);
    }
    let (path, query) = if to.path.is_empty() {
        (from.path.to_owned(), if to.query.is_empty() { from.query } else { to.query })
    } else if to.path.starts_with('/') {
        (without_dots(to.path), to.query)
    } else {
        let folder = from.path.rfind('/').and_then(|at| from.path.get(..=at)).unwrap_or_default();
        let root = if folder.is_empty() && !from.authority.is_empty() { "/" } else { folder };
        (without_dots(&format!("{root}{}", to.path)), to.query)
    };
    format!("{}{}{path}{query}", from.scheme, from.authority)
}

/// Takes `.` and `..` out. Those at the start of a relative path stay: they lead out of the document's folder.
fn without_dots(path: &str) -> String {
    if !path.split('/').any(|step| matches!(step, "." | "..")) {
        return path.to_owned();
    }
    let is_rooted = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    let mut steps = path.split('/').peekable();
    while let Some(step) = steps.next() {
        let is_last = steps.peek().is_none();
        match step {
            "." => {}
            ".." => match kept.last() {
                Some(&"..") | None => kept.push(".."),
                // The empty step in front of a rooted path stays.
                Some(_) if is_rooted && kept.len() == 1 => {}
                Some(_) => {
                    kept.pop();
                }
            },
            step => kept.push(step),
        }
        // What a dot names is a folder.
        if is_last && matches!(step, "." | "..") && kept.last().is_some_and(|last| !last.is_empty()) {
            kept.push("");
        }
    }
    let joined = kept.join("/");
    if is_rooted && joined.is_empty() { "/".to_owned() } else { joined }
}

/// The names that a file could have at a relative address: with the query and escapes taken for what they mean, and
/// as written. An escaped slash (`%2f`) separates nothing (RFC 3986, 2.2), so it stays as it is.
pub fn file_names(address: &str) -> Vec<String> {
    let plain = parts(address).path;
    let mut names = vec![unescaped(plain)];
    for name in [plain, address] {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// Whether an escaped slash would lead out of a folder if it were one. Some servers take it for one.
pub fn hides_a_way_up(address: &str) -> bool {
    let plain = unescaped(parts(address).path);
    let with_slashes = plain.replace("%2f", "/").replace("%2F", "/");
    plain != with_slashes && with_slashes.split('/').any(|step| step == "..")
}

/// Text with `%20` and its like replaced, but for a slash and the end of a string, which no name contains; what is no
/// UTF-8 afterwards stays as it was.
fn unescaped(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        let (before, escape) = rest.split_at_checked(at).unwrap_or((rest, ""));
        bytes.extend_from_slice(before.as_bytes());
        let byte = escape.get(1..3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let byte = byte.filter(|byte| !matches!(byte, b'/' | 0));
        bytes.push(byte.unwrap_or(b'%'));
        rest = escape.get(if byte.is_some() { 3 } else { 1 }..).unwrap_or_default();
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn relative_addresses_are_resolved_without_an_absolute_base() {
        for (base, reference, expected) in [
            ("", "v/1.m4s", "v/1.m4s"),
            ("", "../v/1.m4s", "../v/1.m4s"),
            ("show/m.mpd", "v/", "show/v/"),
            ("show/v/", "1.m4s", "show/v/1.m4s"),
            ("show/v/list.m3u8", "../a/./1.m4s?x=1", "show/a/1.m4s?x=1"),
            ("show/v/list.m3u8", "../../../x", "../x"),
            ("show/m.mpd", "/x/y", "/x/y"),
            ("show/m.mpd", "", "show/m.mpd"),
            ("show/m.mpd", "https://cdn/a/../b.mp4", "https://cdn/b.mp4"),
            ("show/m.mpd", "//cdn/b.mp4", "//cdn/b.mp4"),
            ("QualityLevels(1)/x", "Fragments(video=0)", "QualityLevels(1)/Fragments(video=0)"),
            ("", "a b/ü.mp4", "a b/ü.mp4"),
            ("a/..", "b", "a/b"),
        ] {
            assert_eq!(resolve(base, reference), expected, "{base} + {reference}");
        }
    }

    /// RFC 3986, 5.4.
    #[test]
    fn the_examples_of_the_specification_come_out() {
        let base = "http://a/b/c/d;p?q";
        for (reference, expected) in [
            ("g:h", "g:h"),
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g"),
            ("?y", "http://a/b/c/d;p?y"),
            ("g?y", "http://a/b/c/g?y"),
            ("", "http://a/b/c/d;p?q"),
            (".", "http://a/b/c/"),
            ("..", "http://a/b/"),
            ("../g", "http://a/b/g"),
            ("../..", "http://a/"),
            ("../../../g", "http://a/g"),
            ("g;x=1/../y", "http://a/b/c/y"),
            ("..g", "http://a/b/c/..g"),
        ] {
            // A name of one letter is a drive to us.
            let expected = if reference == "g:h" { "http://a/b/c/g:h" } else { expected };
            assert_eq!(resolve(base, reference), expected, "{reference}");
        }
        assert_eq!(resolve("http://a", "g"), "http://a/g");
    }

    #[test]
    fn files_are_looked_for_by_meaning_and_then_as_written() {
        assert_eq!(file_names("a%20b.mp4?x=1"), ["a b.mp4", "a%20b.mp4", "a%20b.mp4?x=1"]);
        assert_eq!(file_names("a.mp4"), ["a.mp4"]);
        assert_eq!(file_names("50%.mp4"), ["50%.mp4"]);
        assert_eq!(file_names("%2e%2e/a"), ["../a", "%2e%2e/a"]);
        assert_eq!(file_names("..%2Fa%20b%00"), ["..%2Fa b%00", "..%2Fa%20b%00"]);
        assert!(hides_a_way_up("..%2fa") && hides_a_way_up("v%2F%2e%2e%2Fa"));
        assert!(!hides_a_way_up("a%2fb") && !hides_a_way_up("../a") && !hides_a_way_up("..a%2fb"));
    }

    #[test]
    fn an_address_begins_at_the_document_at_a_root_or_elsewhere() {
        for (address, expected) in [
            ("v/1.m4s", Start::Document("v/1.m4s")),
            ("../v", Start::Document("../v")),
            ("C:/v", Start::Document("C:/v")),
            ("", Start::Document("")),
            ("/v", Start::Root("/v")),
            ("file:///v/1", Start::Machine("v/1")),
            ("file:/v", Start::Machine("v")),
            ("file:v", Start::Machine("v")),
            ("FILE://LocalHost/v", Start::Machine("/v")),
            ("file://../v", Start::Machine("../v")),
            ("file:////localhost/v", Start::Machine("localhost/v")),
            ("//host/v", Start::Elsewhere),
            ("https://host/v", Start::Elsewhere),
            ("data:,x", Start::Elsewhere),
        ] {
            assert_eq!(Start::of(address), expected, "{address}");
        }
    }

    proptest! {
        #[test]
        fn no_address_panics_and_an_absolute_one_resolves_to_itself(base in "[a-c/.:?#%]{0,20}", reference in "[a-c/.:?#%]{0,20}") {
            let resolved = resolve(&base, &reference);
            if matches!(Start::of(&resolved), Start::Machine(_) | Start::Elsewhere) {
                let once = resolve("x/y", &resolved);
                prop_assert_eq!(&resolve("x/y", &once), &once);
            }
            file_names(&resolved);
        }
    }
}
