//! New headers.
//!
//! ```text
//!   <WRMHEADER xmlns="…" version="4.3.0.0"><DATA><PROTECTINFO>…</PROTECTINFO>     keys
//!   <LA_URL>…</LA_URL><LUI_URL>…</LUI_URL><DS_ID>…</DS_ID>
//!   <CUSTOMATTRIBUTES>…</CUSTOMATTRIBUTES><DECRYPTORSETUP>ONDEMAND</DECRYPTORSETUP></DATA></WRMHEADER>
//! ```
//!
//! Canonical to the letter of PRH spec 3.2, without white space between elements, in the lowest version that can say
//! it: the higher the version, the fewer the clients.

use super::edit::protect_info;
use super::edit::{COCKTAIL_LATER, Checksums, VersionChoice, check_value, written};
use super::needs::Needs;
use super::{Algorithm, Field, Kid, Version};
use crate::{Checksum, Error, ErrorKind, Key, Result};

/// The namespace of every header (PRH spec 3.3 to 3.6).
pub(crate) const NAMESPACE: &str = "http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader";

/// What a new header is to say.
#[derive(Clone, Debug, Default)]
pub struct NewHeader {
    /// Its version.
    pub version: VersionChoice,
    /// Its keys; none for live streams whose keys are not known yet.
    pub keys: Vec<Key>,
    /// The algorithm of all keys; without it, AESCTR.
    pub algorithm: Option<Algorithm>,
    /// Without it, a key that is known gets a checksum where its algorithm has one.
    pub checksums: Option<Checksums>,
    /// `LA_URL`.
    pub la_url: Option<String>,
    /// `LUI_URL`.
    pub lui_url: Option<String>,
    /// `DS_ID`, base64.
    pub ds_id: Option<String>,
    /// The XML inside `CUSTOMATTRIBUTES`.
    pub custom_attributes: Option<String>,
    /// `DECRYPTORSETUP`: licenses may come later than the content.
    pub on_demand: bool,
    /// `LICENSEREQUESTED`.
    pub license_requested: Option<bool>,
}

impl NewHeader {
    /// The header in little-endian UTF-16.
    ///
    /// # Errors
    ///
    /// As for [`text`](Self::text).
    pub fn build(&self) -> Result<Vec<u8>> {
        Ok(self.text()?.encode_utf16().flat_map(u16::to_le_bytes).collect())
    }

    /// The header's text.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotInVersion`] for what the version cannot say, [`ErrorKind::Value`] and [`ErrorKind::CustomXml`]
    /// for values that elements cannot have, [`ErrorKind::Twice`] for a key id that is named twice,
    /// [`ErrorKind::NoChecksum`], [`ErrorKind::UnknownKey`] and [`ErrorKind::KeyFor`] for checksums that cannot be
    /// computed.
    pub fn text(&self) -> Result<String> {
        let algorithm = self.algorithm.clone().unwrap_or(Algorithm::AesCtr);
        let kids = self.kids(&algorithm)?;
        if let Algorithm::Other(found) = &algorithm {
            return Err(Error::new(ErrorKind::UnknownAlgorithm { algid: found.clone() }));
        }
        let lens = self.keys.iter().filter_map(|key| key.key.as_ref()).map(|key| key.expose().len());
        let is_cocktail = algorithm == Algorithm::Cocktail;
        let needs = Needs {
            on_demand: self.on_demand,
            long_cocktail: is_cocktail && lens.clone().any(|len| len == COCKTAIL_LATER),
            license_requested: self.license_requested.is_some(),
            ..Needs::of_keys(&kids)
        };
        let version = match &self.version {
            VersionChoice::Lowest => needs.lowest(),
            VersionChoice::Exactly(version) => version.clone(),
        };
        needs.check(&version)?;
        if let Some(len) = lens.clone().find(|len| *len != COCKTAIL_LATER)
            && is_cocktail
            && version.level() > 0
        {
            return Err(Error::new(ErrorKind::CocktailKey {
                len: len.to_string(),
                version: version.to_string(),
            }));
        }
        let mut data = self.protection(&version, &algorithm, &kids);
        let setup = self.on_demand.then(|| "ONDEMAND".to_owned());
        let fields = [
            (Field::LaUrl, &self.la_url),
            (Field::LuiUrl, &self.lui_url),
            (Field::DsId, &self.ds_id),
            (Field::CustomAttributes, &self.custom_attributes),
            (Field::DecryptorSetup, &setup),
        ];
        for (field, value) in fields {
            let Some(value) = value else { continue };
            check_value(field, value, false)?;
            let name = field.element();
            data.extend(["<", name, ">", &written(field, value), "</", name, ">"]);
        }
        Ok(format!("<WRMHEADER xmlns=\"{NAMESPACE}\" version=\"{version}\"><DATA>{data}</DATA></WRMHEADER>"))
    }

    fn kids(&self, algorithm: &Algorithm) -> Result<Vec<Kid>> {
        let mut kids: Vec<Kid> = Vec::with_capacity(self.keys.len());
        for key in &self.keys {
            if kids.iter().any(|known| known.id == Some(key.id)) {
                return Err(Error::new(ErrorKind::Twice { kid: key.id.to_string() }));
            }
            let checksum = self.checksum(key, algorithm)?.map(Checksum::to_base64);
            let base64 = key.id.to_guid_base64();
            kids.push(Kid { id: Some(key.id), base64, algorithm: Some(algorithm.clone()), checksum });
        }
        Ok(kids)
    }

    fn checksum(&self, key: &Key, algorithm: &Algorithm) -> Result<Option<Checksum>> {
        let has_one = matches!(algorithm, Algorithm::AesCtr | Algorithm::Cocktail);
        match (&key.key, self.checksums) {
            (_, Some(Checksums::Strip)) => Ok(None),
            (None, Some(Checksums::Add)) => {
                Err(Error::new(ErrorKind::UnknownKey { kid: key.id.to_string() }))
            }
            (Some(content), asked) if has_one || asked == Some(Checksums::Add) => {
                Checksum::compute(key.id, content, algorithm).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn protection(&self, version: &Version, algorithm: &Algorithm, kids: &[Kid]) -> String {
        let requested = match self.license_requested {
            Some(true) => " LICENSEREQUESTED=\"true\"",
            Some(false) => " LICENSEREQUESTED=\"false\"",
            None => "",
        };
        if version.level() == 0 {
            let keys: String = kids.iter().map(|kid| kid.elements("")).collect();
            let inside = protect_info("", algorithm, &algorithm.key_len().to_string());
            return format!("<PROTECTINFO>{inside}</PROTECTINFO>{keys}");
        }
        if kids.is_empty() {
            // "No more than one": nothing to protect, no element (PRH spec 3.5.3).
            return if requested.is_empty() {
                String::new()
            } else {
                format!("<PROTECTINFO{requested}></PROTECTINFO>")
            };
        }
        let keys: String = kids.iter().map(|kid| kid.element("")).collect();
        let list = if version.level() > 1 { format!("<KIDS>{keys}</KIDS>") } else { keys };
        format!("<PROTECTINFO{requested}>{list}</PROTECTINFO>")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ContentKey, Key, KeyId};

    /// PRH spec 3.4.2: key ids, keys (of the test seed) and checksums.
    fn keys() -> Vec<Key> {
        let pair = |id: &str, key: &str| Key {
            id: KeyId::from_guid_base64(id).unwrap(),
            key: Some(ContentKey::from_hex(key).unwrap()),
        };
        vec![
            pair("0IbHou/5s0yzM80yOkKEpQ==", "4edb7704cdbf03617f4800bd878a6df2"),
            pair("/qgG2xbs4k2SKCxx6bhWqw==", "3179923adf3c929892951e62f93a518a"),
        ]
    }

    #[test]
    fn the_example_of_the_specification_comes_out() {
        let header = NewHeader {
            keys: keys(),
            la_url: Some("http://rm.contoso.com/rightsmanager.asmx".into()),
            ds_id: Some("AH+03juKbUGbHl1V/QIwRA==".into()),
            ..NewHeader::default()
        };
        // PRH spec 3.4.2, without its white space.
        assert_eq!(
            header.text().unwrap(),
            "<WRMHEADER xmlns=\"http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader\" version=\"4.2.0.0\"><DATA>\
             <PROTECTINFO><KIDS><KID ALGID=\"AESCTR\" CHECKSUM=\"xNvWVxoWk04=\" VALUE=\"0IbHou/5s0yzM80yOkKEpQ==\"></KID>\
             <KID ALGID=\"AESCTR\" CHECKSUM=\"GnKaQIRacPU=\" VALUE=\"/qgG2xbs4k2SKCxx6bhWqw==\"></KID></KIDS></PROTECTINFO>\
             <LA_URL>http://rm.contoso.com/rightsmanager.asmx</LA_URL><DS_ID>AH+03juKbUGbHl1V/QIwRA==</DS_ID>\
             </DATA></WRMHEADER>"
        );
    }

    #[test]
    fn every_version_has_its_form() {
        let one = |version| NewHeader {
            keys: keys().into_iter().take(1).collect(),
            version: VersionChoice::Exactly(version),
            ..NewHeader::default()
        };
        let data = |header: NewHeader| {
            let text = header.text().unwrap();
            text.split_once("<DATA>").unwrap().1.strip_suffix("</DATA></WRMHEADER>").unwrap().to_owned()
        };
        let kid = "<KID ALGID=\"AESCTR\" CHECKSUM=\"xNvWVxoWk04=\" VALUE=\"0IbHou/5s0yzM80yOkKEpQ==\"></KID>";
        assert_eq!(
            data(one(Version::V4_0)),
            "<PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO>\
             <KID>0IbHou/5s0yzM80yOkKEpQ==</KID><CHECKSUM>xNvWVxoWk04=</CHECKSUM>"
        );
        assert_eq!(data(one(Version::V4_1)), format!("<PROTECTINFO>{kid}</PROTECTINFO>"));
        assert_eq!(data(one(Version::V4_2)), format!("<PROTECTINFO><KIDS>{kid}</KIDS></PROTECTINFO>"));
        assert_eq!(
            data(NewHeader {
                license_requested: Some(false),
                algorithm: Some(Algorithm::AesCbc),
                ..one(Version::V4_3)
            }),
            "<PROTECTINFO LICENSEREQUESTED=\"false\"><KIDS>\
             <KID ALGID=\"AESCBC\" VALUE=\"0IbHou/5s0yzM80yOkKEpQ==\"></KID></KIDS></PROTECTINFO>"
        );
        let live = NewHeader { on_demand: true, ..NewHeader::default() };
        assert_eq!(
            live.text().unwrap().split_once("version=").unwrap().1,
            "\"4.1.0.0\"><DATA><DECRYPTORSETUP>ONDEMAND</DECRYPTORSETUP></DATA></WRMHEADER>"
        );
    }

    #[test]
    fn what_no_header_can_say_is_refused() {
        let refused = |header: NewHeader| header.text().unwrap_err().to_string();
        let base = || NewHeader { keys: keys(), ..NewHeader::default() };
        let v40 = VersionChoice::Exactly(Version::V4_0);
        assert!(refused(NewHeader { version: v40.clone(), ..base() }).contains("4.2.0.0 or higher"));
        let none = NewHeader { version: v40, ..NewHeader::default() };
        assert!(refused(none).contains("without key id"));
        let twice = NewHeader { keys: [keys(), keys()].concat(), ..base() };
        assert!(refused(twice).contains("named twice"));
        let cbc = NewHeader { algorithm: Some(Algorithm::AesCbc), checksums: Some(Checksums::Add), ..base() };
        assert!(refused(cbc).contains("no checksum is defined for AESCBC"));
        let relative = NewHeader { la_url: Some("/x".into()), ..base() };
        assert!(refused(relative).contains("PRH-14"));
        let custom = NewHeader { custom_attributes: Some("<a/>".into()), ..base() };
        assert!(refused(custom).contains("PRH-06"));
    }
}
