//! A place in a text that moves on.

/// A place in a text.
pub(crate) struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    pub(crate) const fn new(text: &'t str, at: usize) -> Self {
        Self { text, at }
    }

    pub(crate) const fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(crate) fn text_from(&self, start: usize) -> &'t str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    pub(crate) const fn advance(&mut self, len: usize) {
        self.at = self.at.saturating_add(len);
    }

    pub(crate) const fn rewind(&mut self, at: usize) {
        self.at = at;
    }

    pub(crate) fn skip_space(&mut self) {
        self.advance(self.rest().bytes().take_while(|byte| is_space(*byte)).count());
    }

    /// Goes on while the bytes are wanted. All bytes of a character that is not ASCII are.
    pub(crate) fn take_while(&mut self, wanted: impl Fn(u8) -> bool) {
        let bytes = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let len = bytes.iter().position(|byte| byte.is_ascii() && !wanted(*byte)).unwrap_or(bytes.len());
        self.advance(len);
    }
}

pub(crate) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}
