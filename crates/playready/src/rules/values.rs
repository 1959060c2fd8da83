//! PRH-12 to 14: sizes and URLs (PRH spec 3.3 to 3.6, 6).

use super::{Findings, Level, Otherwise, Part, Rule};
use crate::header::{is_absolute, is_invisible, utf16_len};
use crate::{Field, unescape};
use core::ops::Range;

static PRH_12: Rule = Rule {
    id: "PRH-12",
    level: Level::Warning,
    section: "PRH spec 3.5, 3.6, notes; not repeated for 4.2 and 4.3",
    title: "a header has at most 1 KB",
};
static PRH_13: Rule = Rule {
    id: "PRH-13",
    level: Level::Warning,
    section: "PRH spec 6 (2018: recommended, 2021: should)",
    title: "CUSTOMATTRIBUTES has at most 1 KB",
};
pub(super) static PRH_14: Rule = Rule {
    id: "PRH-14",
    level: Level::Error,
    section: "PRH spec 3.3.3 to 3.6.2",
    title: "LA_URL and LUI_URL are absolute URLs, with nothing around them",
};

static URL_01: Rule = Rule {
    id: "URL-01",
    level: Level::Warning,
    section: "Microsoft, \"Query string syntax\" of the test server, 2026-04-17; inputstream.adaptive issue 2008",
    title: "the key type in a license URL (ckt) has its present name",
};

static URL_02: Rule = Rule {
    id: "URL-02",
    level: Level::Warning,
    section: "PRH spec 3.3.3: the URL of a web service",
    title: "a license URL begins with https:// or http://",
};
static URL_03: Rule = Rule {
    id: "URL-03",
    level: Level::Warning,
    section: "RFC 3986, 2: braces are no characters of a URL; clients ask a URL as it is",
    title: "nothing in a license URL waits to be filled in",
};

static PRH_12_LATER: Otherwise =
    Otherwise { rule: "PRH-12", level: Level::Note, when: "in 4.2 and 4.3, whose sections do not repeat it" };
pub(super) static PRH_14_PADDED: Otherwise = Otherwise {
    rule: "PRH-14",
    level: Level::Warning,
    when: "for white space around a URL: the listings have it there",
};

pub(super) static RULES: &[&Rule] = &[&PRH_12, &PRH_13, &PRH_14, &URL_01, &URL_02, &URL_03];
pub(super) static OTHERWISE: &[&Otherwise] = &[&PRH_12_LATER, &PRH_14_PADDED];

const KB: usize = 1024;

/// What is wrong with the length of XML for `CUSTOMATTRIBUTES`, if anything.
///
/// Of which unit the text speaks is not said; bytes as they are in the record are the strictest.
pub fn too_long(custom_attributes: &str) -> Option<String> {
    let len = utf16_len(custom_attributes).saturating_mul(2);
    (len > KB).then(|| format!("CUSTOMATTRIBUTES has {len} bytes of UTF-16; {KB} are recommended at most"))
}

/// What is odd about the URL of a service: the rule, and a sentence.
pub fn odd_url(url: &str) -> impl Iterator<Item = (&'static Rule, String)> {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme);
    let is_known = |scheme: &&str| ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    let unknown = scheme.filter(|scheme| !is_known(scheme)).map(|scheme| {
        (&URL_02, format!("{scheme}: is no scheme that clients ask a license server by: http or https"))
    });
    let filled = url.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map(|(name, _)| name);
    let placeholder = filled.filter(|name| !name.contains('{')).map(|name| {
        let known = if name.eq_ignore_ascii_case("kid") {
            "; {kid}, in small letters, is filled in where a URL is set"
        } else {
            ""
        };
        (&URL_03, format!("nobody fills in {{{name}}} in the URL{known}"))
    });
    let brace = url
        .contains(['{', '}'])
        .then(|| (&URL_03, "the URL contains a brace without its other one".to_owned()));
    unknown.into_iter().chain(placeholder.or(brace))
}

pub(super) fn check(part: &Part<'_>, findings: &mut Findings) {
    let header = part.header;
    let len = header.bytes().len();
    if len > KB {
        let message = format!("the header has {len} bytes; {KB} are recommended at most");
        findings.header(part, &PRH_12, message).otherwise_if(header.level() > 1, &PRH_12_LATER);
    }
    for element in header.find(Field::CustomAttributes.element()) {
        let said = header.as_str().get(element.content.clone()).unwrap_or_default();
        if let Some(message) = too_long(said) {
            findings.text(part, &PRH_13, element.name.clone(), message);
        }
    }
    for field in [Field::LaUrl, Field::LuiUrl] {
        for element in header.find(field.element()) {
            let url = header.text_of(element);
            if !url.is_empty() && !is_absolute(&url) {
                let message = format!("{url:?} is no absolute URL, such as https://host/path");
                findings.text(part, &PRH_14, element.content.clone(), message);
            } else if let Some(c) = unseen_at_an_end(part, element.content.clone()) {
                let message = format!("the character U+{:04X} is at an end of the URL", u32::from(c));
                findings.text(part, &PRH_14, element.content.clone(), message);
            }
            for (rule, message) in odd_url(&url) {
                findings.text(part, rule, element.content.clone(), message);
            }
        }
        former_key_type(part, field, findings);
    }
}

/// White space that no specification has around a value: a no-break space that came along with a copied URL.
fn unseen_at_an_end(part: &Part<'_>, content: Range<usize>) -> Option<char> {
    let text = unescape(part.header.as_str().get(content)?);
    let text = text.trim_matches(|c: char| c.is_ascii_whitespace());
    let ends = [text.chars().next(), text.chars().next_back()];
    ends.into_iter().flatten().find(|c| c.is_whitespace() || is_invisible(*c))
}

/// Names that key types had on Microsoft's page from 2025-06-30 to 2026-04-17.
fn former_key_type(part: &Part<'_>, field: Field, findings: &mut Findings) {
    for element in part.header.find(field.element()) {
        let lower = part.header.text_of(element).to_ascii_lowercase();
        for (former, now) in [("aesctr", "aes128bitctr"), ("aescbc", "aes128bitcbc")] {
            if lower.contains(&format!("ckt:{former}")) || lower.contains(&format!("ckt%3a{former}")) {
                let message =
                    format!("ckt:{former} in the URL is the former name of {now}, and the server refuses it");
                findings.text(part, &URL_01, element.content.clone(), message);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Context, lint};

    #[test]
    fn a_character_that_nobody_sees_in_a_url_is_found_wherever_it_is() {
        let rules = |url: &str| {
            let header = format!(
                "<WRMHEADER xmlns=\"http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader\" version=\"4.0.0.0\"><DATA>\
                 <PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO><KID>UXwLbj8tGEqMm6Gyw9Tl9g==</KID>\
                 <LA_URL>{url}</LA_URL></DATA></WRMHEADER>"
            );
            let bytes: Vec<u8> = header.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let found = lint(&bytes, &Context { bare: true, ..Context::default() });
            found.iter().filter(|finding| finding.rule.id == "PRH-14").count()
        };
        assert_eq!(rules("https://a.example/x"), 0);
        for c in ['\u{A0}', '\u{200B}', '\u{FEFF}', '\u{2009}', '\u{202E}', '\u{AD}', '\u{2060}', '\u{3000}']
        {
            for url in [
                format!("{c}https://a.example/x"),
                format!("https://a.example/x{c}"),
                format!("https://a.ex{c}ample/x"),
            ] {
                assert_eq!(rules(&url), 1, "{url:?}");
            }
        }
    }
}
