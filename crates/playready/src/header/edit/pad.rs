//! Spaces that make a header a little longer.
//!
//! ```text
//!   <DATA>…<LA_URL>…</LA_URL>   </DATA>
//!                            └─┴─ 2 bytes each: white space between elements says nothing
//! ```
//!
//! Canonical XML has none (PRH spec 3.2, rule 2), so nobody gets them who does not ask for them.

use super::super::Header;
use super::super::outline::Closed;
use super::super::text::TextSplice;

impl Header<'_> {
    /// The header with so many spaces more in front of the end tag of `DATA`; `None` where there is no such tag, and for
    /// more than a record can hold.
    pub fn padded(&self, spaces: usize) -> Option<Vec<u8>> {
        if spaces > usize::from(u16::MAX) {
            return None;
        }
        let data = self.find("DATA").next().filter(|data| data.closed == Closed::Explicitly)?;
        let at = data.content.end;
        self.spliced(vec![TextSplice { range: at..at, put: " ".repeat(spaces) }])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn padded(text: &str, spaces: usize) -> Option<String> {
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let padded = Header::parse(&bytes).unwrap().padded(spaces)?;
        assert_eq!(padded.len(), bytes.len() + 2 * spaces);
        Some(Header::parse(&padded).unwrap().as_str().to_owned())
    }

    #[test]
    fn spaces_stand_in_front_of_the_end_of_data() {
        assert_eq!(
            padded("<W><DATA><KID>k</KID></DATA></W>", 2).unwrap(),
            "<W><DATA><KID>k</KID>  </DATA></W>"
        );
        assert_eq!(padded("<W><DATA></DATA ></W>", 1).unwrap(), "<W><DATA> </DATA ></W>");
    }

    #[test]
    fn a_header_without_such_a_tag_takes_none() {
        for text in ["<W><DATA/></W>", "<W></W>", "<W><DATA><KID>k</KID></W>"] {
            assert_eq!(padded(text, 1), None, "{text}");
        }
    }
}
