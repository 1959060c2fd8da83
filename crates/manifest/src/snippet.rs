//! An object as the text that a document has for it: the forms that stand for each other.
//!
//! ```text
//!   mspr-pro            <mspr:pro xmlns:mspr="urn:microsoft:playready">…</mspr:pro>
//!   cenc-pssh           <cenc:pssh xmlns:cenc="urn:mpeg:cenc:2013">…</cenc:pssh>
//!   protection-header   <ProtectionHeader SystemID="9A04F079-…">…</ProtectionHeader>
//!   ext-x-key           #EXT-X-KEY:METHOD=SAMPLE-AES-CTR,KEYFORMAT="com.microsoft.playready",…
//! ```

use crate::found::Form;
use crate::xml::Namespace;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prkit_playready::{Algorithm, Header, Object, RecordType, SystemId};
use std::borrow::Cow;

/// The scheme of PlayReady's descriptor.
pub(crate) const SCHEME: &str = "urn:uuid:9a04f079-9840-4286-ab92-e65be0885f95";

/// A `pssh` box of version 0 around a PlayReady Object; `None` when 32 bits cannot say its length.
pub fn pssh_box(object: &[u8]) -> Option<Vec<u8>> {
    const HEADER: usize = 32;
    let data_len = u32::try_from(object.len()).ok()?;
    let len = u32::try_from(object.len().checked_add(HEADER)?).ok()?;
    let mut bytes = Vec::with_capacity(object.len().saturating_add(HEADER));
    bytes.extend_from_slice(&len.to_be_bytes());
    bytes.extend_from_slice(b"pssh\0\0\0\0");
    bytes.extend_from_slice(&SystemId::PLAYREADY.to_uuid_bytes());
    bytes.extend_from_slice(&data_len.to_be_bytes());
    bytes.extend_from_slice(object);
    Some(bytes)
}

/// The element or line for an object. `bytes` are what the form holds: a box for `cenc-pssh`, else the object.
pub fn snippet(form: Form, bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    match form {
        Form::MsprPro => format!("<mspr:pro xmlns:mspr=\"{}\">{text}</mspr:pro>", Namespace::PlayReady.uri()),
        Form::CencPssh => format!("<cenc:pssh xmlns:cenc=\"{}\">{text}</cenc:pssh>", Namespace::Cenc.uri()),
        Form::ProtectionHeader => {
            let system = SystemId::PLAYREADY.to_string().to_uppercase();
            format!("<ProtectionHeader SystemID=\"{system}\">{text}</ProtectionHeader>")
        }
        Form::ExtXKey => key_line("EXT-X-KEY", method_for(bytes), &text),
        Form::ExtXSessionKey => key_line("EXT-X-SESSION-KEY", method_for(bytes), &text),
        Form::ExtXPlayReadyHeader => format!("#EXT-X-PLAYREADYHEADER:{text}"),
        Form::CpixPssh | Form::ExtXDefine | Form::DrmSpecificData | Form::Text => text,
    }
}

/// A key line with base64 of a PlayReady Object, as Microsoft's page has it.
pub(crate) fn key_line(tag: &str, method: &str, base64: &str) -> String {
    format!(
        "#{tag}:METHOD={method},KEYFORMAT=\"com.microsoft.playready\",KEYFORMATVERSIONS=\"1\",\
         URI=\"data:text/plain;charset=UTF-16;base64,{base64}\""
    )
}

/// `SAMPLE-AES` is cipher block chaining, `SAMPLE-AES-CTR` counter mode.
pub(crate) fn method_for(object: &[u8]) -> &'static str {
    let header = Header::of_payload(object);
    let is_cbc =
        |header: Header<'_>| header.kids().iter().any(|kid| kid.algorithm == Some(Algorithm::AesCbc));
    if header.is_ok_and(is_cbc) { "SAMPLE-AES" } else { "SAMPLE-AES-CTR" }
}

/// The object as a form may have it: no empty license store in a Smooth client manifest (PRH spec 4, note).
pub fn for_form(form: Form, object: &[u8]) -> Cow<'_, [u8]> {
    let kept = || {
        let read =
            Object::parse(object).ok().filter(|read| read.store().is_some_and(|store| store.is_empty()))?;
        let records = read.records().iter().filter(|record| record.kind != RecordType::Store);
        Object::encode(records.map(|record| (record.kind, record.value))).ok()
    };
    match form {
        Form::ProtectionHeader => kept().map_or(Cow::Borrowed(object), Cow::Owned),
        _ => Cow::Borrowed(object),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{Kind, Manifest};
    use bytes::Bytes;

    fn object(algorithm: &str, store: Option<&[u8]>) -> Vec<u8> {
        let xml = format!(
            "<WRMHEADER><DATA><PROTECTINFO><KIDS><KID ALGID=\"{algorithm}\" VALUE=\"MyIRAFVEd2aImaq7zN3u/w==\"></KID></KIDS></PROTECTINFO></DATA></WRMHEADER>"
        );
        let header: Vec<u8> = xml.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let records = [(RecordType::Header, &header[..])].into_iter();
        Object::encode(records.chain(store.map(|store| (RecordType::Store, store)))).unwrap()
    }

    #[test]
    fn every_form_is_read_back_as_what_it_is() {
        let object = object("AESCTR", None);
        for form in [
            Form::MsprPro,
            Form::CencPssh,
            Form::ProtectionHeader,
            Form::ExtXKey,
            Form::ExtXSessionKey,
            Form::ExtXPlayReadyHeader,
        ] {
            let bytes = if form == Form::CencPssh { pssh_box(&object).unwrap() } else { object.clone() };
            let text = snippet(form, &bytes);
            let kind = if text.starts_with('#') { Kind::M3u8 } else { Kind::Mpd };
            let manifest = Manifest::parse(kind, &Bytes::from(text)).unwrap();
            let [found] = manifest.objects() else { panic!("{form:?}") };
            assert_eq!((found.form, &found.bytes[..]), (form, &bytes[..]));
            assert_eq!(found.system, Some(SystemId::PLAYREADY));
        }
    }

    #[test]
    fn the_method_follows_the_algorithm() {
        assert_eq!(method_for(&object("AESCBC", None)), "SAMPLE-AES");
        assert_eq!(method_for(&object("AESCTR", None)), "SAMPLE-AES-CTR");
        assert_eq!(method_for(b"junk"), "SAMPLE-AES-CTR");
    }

    #[test]
    fn an_empty_store_does_not_go_into_a_client_manifest() {
        let empty = object("AESCTR", Some(&[0; 64]));
        assert_eq!(for_form(Form::ProtectionHeader, &empty), object("AESCTR", None));
        assert_eq!(for_form(Form::MsprPro, &empty), empty);
        let filled = object("AESCTR", Some(&[1; 64]));
        assert_eq!(for_form(Form::ProtectionHeader, &filled), filled);
    }
}
