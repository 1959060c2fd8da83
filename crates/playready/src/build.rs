//! New objects: a header, a store, and what belongs where.
//!
//! ```text
//!   file, moof   ┌ header ┐ ┌ store ┐      header first: inputstream.adaptive takes the first record for one
//!   mpd, hls     ┌ header ┐                a store only when it is insisted on
//!   smooth       ┌ header ┐                never one
//! ```

use crate::{
    Error, ErrorKind, NewHeader, Object, Override, Overrides, RecordType, Result, Store, Use, check_length,
};

/// What a new object is to hold.
#[derive(Clone, Debug, Default)]
pub struct NewObject {
    /// Its header; a fragment may go without.
    pub header: Option<NewHeader>,
    /// Bytes of its empty license store; `None` for what its use wants.
    pub store: Option<usize>,
    /// Where it will be put.
    pub place: Option<Use>,
    /// What is made although it is not recommended: [`Override::TooLong`], [`Override::ManifestStore`].
    pub overrides: Overrides,
}

impl NewObject {
    /// The object.
    ///
    /// # Errors
    ///
    /// Those of [`NewHeader::text`]; [`ErrorKind::NoHeader`] without header where one is due;
    /// [`ErrorKind::NotThere`] for a store that does not belong there; [`ErrorKind::OddStore`] and
    /// [`ErrorKind::TooLong`] for its size.
    pub fn build(&self) -> Result<Vec<u8>> {
        let store = self.store_len()?;
        let header = self.header.as_ref().map(NewHeader::build).transpose()?;
        if header.is_none() && (self.place != Some(Use::Moof) || store == 0) {
            return Err(Error::new(ErrorKind::NoHeader));
        }
        if store > usize::from(u16::MAX) {
            return Err(Error::new(ErrorKind::RecordTooLong { len: store }));
        }
        let zeros = vec![0; store];
        let records = header
            .iter()
            .map(|header| (RecordType::Header, &header[..]))
            .chain((store > 0).then_some((RecordType::Store, &zeros[..])));
        let object = Object::encode(records)?;
        check_length(0, object.len(), self.overrides)?;
        Ok(object)
    }

    fn store_len(&self) -> Result<usize> {
        let Some(len) = self.store else {
            // "It is good practice to add an empty Embedded License Store" to content files of domains (PRH spec 4).
            let is_domain = self.header.as_ref().is_some_and(|header| header.ds_id.is_some());
            return Ok(if is_domain && self.place == Some(Use::File) { Store::RECOMMENDED } else { 0 });
        };
        if len % 2 != 0 {
            return Err(Error::new(ErrorKind::OddStore { len }));
        }
        if len > 0
            && let Some(place) = self.place
            && !self.overrides.has(Override::ManifestStore)
        {
            place.takes_empty_store()?;
        }
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Key, KeyId};

    fn header() -> NewHeader {
        NewHeader { keys: vec![Key { id: KeyId::NIL, key: None }], ..NewHeader::default() }
    }

    fn kinds(object: &NewObject) -> Result<Vec<u16>, String> {
        let bytes = object.build().map_err(|error| error.to_string())?;
        let object = Object::parse(&bytes).unwrap();
        assert_eq!(object.oddities(), []);
        Ok(object.records().iter().map(|record| record.kind.to_u16()).collect())
    }

    #[test]
    fn every_use_gets_what_belongs_there() {
        let object =
            |place, store| NewObject { header: Some(header()), store, place, overrides: Overrides::NONE };
        assert_eq!(kinds(&object(None, None)), Ok(vec![1]));
        assert_eq!(kinds(&object(Some(Use::File), Some(10_240))), Ok(vec![1, 3]));
        assert_eq!(kinds(&object(Some(Use::Smooth), Some(0))), Ok(vec![1]));
        assert!(kinds(&object(Some(Use::Smooth), Some(16))).unwrap_err().contains("ELS-03"));
        assert!(kinds(&object(Some(Use::Mpd), Some(16))).unwrap_err().contains("ELS-04"));
        assert_eq!(
            kinds(&NewObject {
                overrides: Override::ManifestStore.into(),
                ..object(Some(Use::Mpd), Some(16))
            }),
            Ok(vec![1, 3])
        );
        let domain = NewHeader { ds_id: Some("AH+03juKbUGbHl1V/QIwRA==".into()), ..header() };
        assert_eq!(
            kinds(&NewObject { header: Some(domain), ..object(Some(Use::File), None) }),
            Ok(vec![1, 3])
        );
    }

    #[test]
    fn only_a_fragment_goes_without_header() {
        let bare = |place| NewObject { store: Some(64), place: Some(place), ..NewObject::default() };
        assert_eq!(kinds(&bare(Use::Moof)), Ok(vec![3]));
        assert!(kinds(&bare(Use::File)).unwrap_err().contains("no header record"));
    }

    #[test]
    fn sizes_that_players_refuse_are_refused() {
        let object = |store| NewObject {
            header: Some(header()),
            store: Some(store),
            place: None,
            overrides: Overrides::NONE,
        };
        assert!(kinds(&object(15)).unwrap_err().contains("even"));
        assert!(kinds(&object(15_360)).unwrap_err().contains("PRO-05"));
        assert_eq!(
            kinds(&NewObject { overrides: Override::TooLong.into(), ..object(15_360) }),
            Ok(vec![1, 3])
        );
    }
}
