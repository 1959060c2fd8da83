//! Bytes as text: UTF-8, or UTF-16 as the players' wrapper has it.

/// Text, and whether something of it could not be decoded.
pub(crate) fn decode(bytes: &[u8]) -> (String, bool) {
    let units = |body: &[u8], unit: fn([u8; 2]) -> u16| {
        let (pairs, rest) = body.as_chunks::<2>();
        let mut lossy = !rest.is_empty();
        let text = char::decode_utf16(pairs.iter().map(|pair| unit(*pair)))
            .map(|c| {
                c.unwrap_or_else(|_| {
                    lossy = true;
                    char::REPLACEMENT_CHARACTER
                })
            })
            .collect();
        (text, lossy)
    };
    match bytes {
        [0xFF, 0xFE, body @ ..] => units(body, u16::from_le_bytes),
        [0xFE, 0xFF, body @ ..] => units(body, u16::from_be_bytes),
        [b'<', 0, ..] => units(bytes, u16::from_le_bytes),
        [0, b'<', ..] => units(bytes, u16::from_be_bytes),
        _ => {
            let body = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
            match core::str::from_utf8(body) {
                Ok(text) => (text.to_owned(), false),
                Err(_) => (String::from_utf8_lossy(body).into_owned(), true),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_orders_and_both_encodings_are_read() {
        let le: Vec<u8> = "<é/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = "<é/>".encode_utf16().flat_map(u16::to_be_bytes).collect();
        let marked = [&[0xFF, 0xFE][..], &le].concat();
        for bytes in [&le[..], &be, &marked, "<é/>".as_bytes(), "\u{FEFF}<é/>".as_bytes()] {
            assert_eq!(decode(bytes), ("<é/>".to_owned(), false));
        }
        assert!(decode(b"<\xE9/>").1);
        assert!(decode(&[b'<', 0, 7]).1);
    }
}
