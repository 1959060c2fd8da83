//! Objects whose end is missing.
//!
//! ```text
//!   length 550, count 1 │ type 1, length 540 │ <WRMHEADER … <PROTECTIN      300 bytes, and no end
//! ```

use crate::{Error, ErrorKind, Header, Object, RecordType, Result};

impl Object<'_> {
    /// That its end is there. A record that claims some bytes more than its header has is none that is cut, and players read it;
    /// what lacks the end of its header, a part of its store, or records that it counts and has no bytes for, is.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::CutObject`]: whoever writes right lengths into it makes a part look like the whole.
    pub fn check_whole(&self) -> Result<()> {
        let is_short =
            usize::try_from(self.declared_len()).is_ok_and(|declared| declared > self.bytes().len());
        let cut = self.records().last().filter(|last| last.value.len() < usize::from(last.declared_len));
        let is_cut = match cut {
            Some(record) if record.kind == RecordType::Header => {
                Header::parse(record.value).is_ok_and(|header| !header.is_closed())
            }
            Some(_) => true,
            None => is_short && self.records().len() < usize::from(self.declared_count()),
        };
        if is_cut {
            let (declared, actual) = (self.declared_len(), self.bytes().len());
            return Err(Error::new(ErrorKind::CutObject { declared, actual }));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(xml: &str) -> Vec<u8> {
        xml.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn an_object_without_its_end_is_told_from_one_with_wrong_lengths() {
        let xml = header("<WRMHEADER><DATA></DATA></WRMHEADER>");
        let whole = Object::encode([(RecordType::Header, &xml[..]), (RecordType::Store, &[0; 16])]).unwrap();
        let is_cut = |bytes: &[u8]| Object::parse(bytes).unwrap().check_whole().is_err();
        assert!(!is_cut(&whole));
        // In the store, in front of the store, and in the end tag of the header.
        let header_end = 10 + xml.len();
        for len in [whole.len() - 1, header_end + 4, header_end + 3, header_end, header_end - 2, 40] {
            assert!(is_cut(&whole[..len]), "{len}");
        }
        let mut claims_more = Object::encode([(RecordType::Header, &xml[..])]).unwrap();
        claims_more[0] += 2;
        claims_more[8] += 2;
        assert!(!is_cut(&claims_more));
    }
}
