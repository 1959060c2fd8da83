//! Headers as text in a document, without an object around them.
//!
//! ```text
//!   <WRMHEADER …>…</WRMHEADER>                       as it is: in CDATA, in a page, in a log
//!   &lt;WRMHEADER …&gt;…&lt;/WRMHEADER&gt;           escaped for XML (the answers of KeyOS)
//!   \u003cWRMHEADER …\u003e…\u003c\/WRMHEADER\u003e  escaped for JSON
//!   %3CWRMHEADER …                                   percent-encoded, or escaped twice: found, and not read
//! ```

use crate::work;
use core::ops::Range;

/// One of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct HeaderText {
    /// From the first character of its start tag to the last one of its end tag.
    pub(crate) range: Range<usize>,
    /// How it is written.
    pub(crate) escape: Escape,
}

/// How the characters of a text are written in the text around it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Escape {
    /// As they are.
    #[default]
    None,
    /// With references of XML.
    Xml,
    /// With escapes of JSON.
    Json,
    /// In a way that is not read.
    Other,
}

const NAME: &str = "WRMHEADER";

/// All of them, in one pass.
pub(crate) fn find(text: &str) -> Vec<HeaderText> {
    work::count(text.len());
    let mut found = Vec::new();
    let mut open: Option<HeaderText> = None;
    for (at, _) in text.match_indices(NAME) {
        let (before, after) = text.split_at(at);
        let after = after.get(NAME.len()..).unwrap_or_default();
        if let Some((start, escape)) = mark_before(before) {
            // An end that is missing belongs to none: the last beginning is that of the next end.
            if is_name_end(after) {
                open = Some(HeaderText { range: start..at, escape });
            }
            continue;
        }
        let Some(len) = end_len(before, after) else { continue };
        if let Some(mut header) = open.take() {
            header.range.end = at.saturating_add(NAME.len()).saturating_add(len);
            found.push(header);
        }
    }
    found
}

/// The whole text of a header that a text begins with.
pub(crate) fn leading(text: &str) -> Option<Range<usize>> {
    if !text.starts_with("<WRMHEADER") {
        return None;
    }
    find(text).into_iter().next().filter(|header| header.range.start == 0).map(|header| header.range)
}

/// Where the `<` in front of a name begins, and how it is written.
fn mark_before(before: &str) -> Option<(usize, Escape)> {
    let written = [
        ("<", Escape::None),
        ("\\u003c", Escape::Json),
        ("\\u003C", Escape::Json),
        ("%3C", Escape::Other),
        ("%3c", Escape::Other),
    ];
    if let Some((mark, escape)) = written.iter().find(|(mark, _)| before.ends_with(mark)) {
        return Some((before.len().saturating_sub(mark.len()), *escape));
    }
    let (start, c) = reference_before(before)?;
    match c {
        '<' => Some((start, Escape::Xml)),
        // `&amp;lt;`: the reference ends in front of `lt;`.
        _ => None,
    }
    .or_else(|| {
        let twice = before.strip_suffix("lt;")?;
        twice.ends_with("&amp;").then(|| (twice.len().saturating_sub(5), Escape::Other))
    })
}

/// The reference that a text ends with, and where it begins.
fn reference_before(before: &str) -> Option<(usize, char)> {
    /// `&#x0000003c;` is longer than anybody writes it.
    const MAX: usize = 12;
    let from = before.len().saturating_sub(MAX);
    let from = (from..before.len()).find(|at| before.is_char_boundary(*at))?;
    let tail = before.get(from..)?;
    let start = tail.rfind('&')?;
    let written = tail.get(start..)?;
    if written == "&amp;" || !written.ends_with(';') {
        return None;
    }
    // `&amp;lt;` has its own `&` in front of `amp;`: what is read has to be all of it.
    match prkit_playready::reference(written) {
        Some((c, len)) if len == written.len() => Some((from.saturating_add(start), c)),
        _ => Some((from.saturating_add(start), '\0')),
    }
}

/// Whether a name ends here: by white space, the end of the tag, or the mark of an escape.
fn is_name_end(after: &str) -> bool {
    after.starts_with(|c: char| c.is_whitespace() || matches!(c, '>' | '&' | '\\' | '%' | '/'))
}

/// How long the end of an end tag is, where the name in front of it is that of one.
fn end_len(before: &str, after: &str) -> Option<usize> {
    let is_end = before.ends_with('/') || before.ends_with("%2F") || before.ends_with("%2f");
    if !is_end {
        return None;
    }
    let rest = after.trim_start();
    let margin = after.len().saturating_sub(rest.len());
    work::count(margin);
    let written = [">", "\\u003e", "\\u003E", "%3E", "%3e", "&amp;gt;"];
    let len = written.iter().find(|mark| rest.starts_with(**mark)).map(|mark| mark.len());
    let len = len.or_else(|| prkit_playready::reference(rest).filter(|(c, _)| *c == '>').map(|(_, len)| len));
    len.map(|len| len.saturating_add(margin))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(&str, Escape)> {
        find(text).into_iter().map(|header| (&text[header.range], header.escape)).collect()
    }

    #[test]
    fn a_header_is_found_however_it_is_escaped() {
        let plain = "<WRMHEADER version=\"4.0.0.0\"><DATA/></WRMHEADER>";
        let xml = plain.replace('<', "&lt;").replace('>', "&gt;");
        let half = plain.replace('<', "&lt;");
        let numeric = plain.replace('<', "&#60;").replace('>', "&#x3E;");
        let json = plain.replace('<', "\\u003c").replace('>', "\\u003E").replace('/', "\\/");
        let percent = plain.replace('<', "%3C").replace('>', "%3E").replace('/', "%2F");
        let twice = xml.replace('&', "&amp;");
        for (text, escape) in [
            (plain, Escape::None),
            (&xml, Escape::Xml),
            (&half, Escape::Xml),
            (&numeric, Escape::Xml),
            (&json, Escape::Json),
            (&percent, Escape::Other),
            (&twice, Escape::Other),
        ] {
            for around in ["{}", "a {} b", "<x y=\"{}\"/>", "ü{}ü"] {
                assert_eq!(found(&around.replace("{}", text)), [(text, escape)], "{around}");
            }
        }
    }

    #[test]
    fn several_are_several_and_what_does_not_end_is_none() {
        let one = "<WRMHEADER><DATA/></WRMHEADER>";
        assert_eq!(found(&format!("{one}{one}")).len(), 2);
        assert_eq!(found(&format!("<WRMHEADER <WRMHEADER> {one}")), [(one, Escape::None)]);
        for none in
            ["", "WRMHEADER", "<WRMHEADER>", "</WRMHEADER>", "<WRMHEADERS></WRMHEADERS>", "&lt;WRMHEADER"]
        {
            assert_eq!(found(none), [], "{none}");
        }
    }

    #[test]
    fn a_text_that_begins_with_one_is_told() {
        assert_eq!(leading("<WRMHEADER></WRMHEADER> x"), Some(0..23));
        assert_eq!(leading(" <WRMHEADER></WRMHEADER>"), None);
        assert_eq!(leading("<WRMHEADER>"), None);
    }
}
