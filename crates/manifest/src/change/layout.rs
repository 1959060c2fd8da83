//! White space around elements: what belongs to one that goes, and what a new one needs.

use core::ops::Range;

/// The range of an element with the white space in front and the line end behind, where it has its lines for itself.
pub(super) fn with_line(text: &str, element: &Range<usize>) -> Range<usize> {
    let before = text.get(..element.start).unwrap_or_default();
    let after = text.get(element.end..).unwrap_or_default();
    let line_start = before.rfind(['\n', '\r']).map_or(0, |at| at.saturating_add(1));
    let stands_first = before.get(line_start..).is_some_and(|margin| margin.chars().all(char::is_whitespace));
    let blanks = after.len().saturating_sub(after.trim_start_matches([' ', '\t']).len());
    let rest = after.get(blanks..).unwrap_or_default();
    let line_end = if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with(['\n', '\r'])) };
    if stands_first && (line_end > 0 || rest.is_empty()) {
        line_start..element.end.saturating_add(blanks).saturating_add(line_end)
    } else {
        element.clone()
    }
}

/// The white space in front of an element that is the first on its line; `None` where something stands before it.
pub(super) fn indent(text: &str, start: usize) -> Option<&str> {
    let before = text.get(..start)?;
    let line_start = before.rfind(['\n', '\r'])?.saturating_add(1);
    before.get(line_start..).filter(|margin| margin.chars().all(|c| matches!(c, ' ' | '\t')))
}

/// What one level more is indented by, from two levels of the document.
pub(super) fn step<'t>(outer: Option<&str>, inner: Option<&'t str>) -> &'t str {
    match (outer, inner) {
        (Some(outer), Some(inner)) => {
            inner.strip_prefix(outer).filter(|step| !step.is_empty()).unwrap_or("  ")
        }
        _ => "  ",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_with_lines_of_its_own_takes_them_along() {
        let text = "<a>\r\n  <b/> \r\n  <c/><d/>\n</a>";
        let at = |element: &str| {
            let start = text.find(element).unwrap();
            start..start + element.len()
        };
        assert_eq!(&text[with_line(text, &at("<b/>"))], "  <b/> \r\n");
        assert_eq!(&text[with_line(text, &at("<c/>"))], "<c/>");
        assert_eq!(&text[with_line(text, &at("<d/>"))], "<d/>");
        assert_eq!(indent(text, at("<b/>").start), Some("  "));
        assert_eq!(indent(text, at("<d/>").start), None);
        assert_eq!(step(Some("  "), Some("     ")), "   ");
    }
}
