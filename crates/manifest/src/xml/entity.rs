//! Character references and the five entities that XML itself defines. No others are known, and none are expanded.

use std::borrow::Cow;

/// The character that a reference at the start of `text` stands for, and the bytes the reference takes.
pub(crate) fn entity(text: &str) -> Option<(char, usize)> {
    const LONGEST: usize = 12;
    let body = text.strip_prefix('&')?;
    let end = body.bytes().take(LONGEST).position(|byte| byte == b';')?;
    let name = body.get(..end)?;
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((c, end.saturating_add(2)))
}

/// Text with references replaced; an `&` that begins none stays, as people write it into URLs.
pub(crate) fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, reference) = rest.split_at_checked(at).unwrap_or((rest, ""));
        plain.push_str(before);
        let (c, len) = entity(reference).unwrap_or(('&', 1));
        plain.push(c);
        rest = reference.get(len..).unwrap_or_default();
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_and_bare_ampersands_stay() {
        assert_eq!(unescape("a&amp;b&#x26;c&#38;d&e&nbsp;&"), "a&b&c&d&e&nbsp;&");
        assert_eq!(entity("&#x110000;"), None);
        assert_eq!(entity("&lol9;"), None);
    }
}
