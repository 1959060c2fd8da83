//! Values of options that are bytes or text: `@FILE`, base64, XML.

use crate::exit::Stop;
use crate::input::decode;
use crate::values;
use prkit_playready::{Encoding, Header, KeyId, Payload, Version, VersionChoice};

/// The bytes of an option that takes `@FILE` or base64.
pub(crate) fn read_value(option: &str, value: &str) -> Result<Vec<u8>, String> {
    if value.starts_with('@') {
        let bytes = values::read(value).map_err(|error| format!("{option}: {error}"))?;
        return Ok(bytes.map(|bytes| bytes.to_vec()).unwrap_or_default());
    }
    decode(value)
        .map(|pasted| pasted.bytes)
        .ok_or_else(|| format!("{option}: neither @FILE nor base64: {value:?}"))
}

/// The bytes of a header: as they are when they are UTF-16, else the text of a file or the header of an object.
pub(crate) fn header_bytes(bytes: &[u8]) -> Result<Vec<u8>, String> {
    if let Ok(Payload::Object(object)) = Payload::parse(bytes) {
        let record = object.header_record().ok_or("--header: the object has no header")?;
        return Ok(record.value.to_vec());
    }
    let header = Header::parse(bytes).map_err(|error| format!("--header: {error}"))?;
    if header.encoding() == Encoding::Utf8 {
        // Editors end files with a line break, which is none of the header.
        let text = header.as_str().trim_end_matches(['\r', '\n']);
        return Ok(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
    }
    Ok(bytes.to_vec())
}

/// `4.3` means `4.3.0.0`.
pub(super) fn full_version(text: &str) -> String {
    if text.matches('.').count() == 1 { format!("{text}.0.0") } else { text.to_owned() }
}

/// A domain service id as the header has it.
pub(super) fn ds_id_base64(text: &str) -> Result<String, Stop> {
    match text.parse::<KeyId>() {
        Ok(guid) => Ok(guid.to_guid_base64()),
        Err(_) if KeyId::from_guid_base64(text).is_some() => Ok(text.trim().to_owned()),
        Err(_) => Err(Stop::usage(format!(
            "{text:?} is no domain service id: expected a GUID or the base64 of 16 bytes"
        ))),
    }
}

/// `4.3`, `4.3.0.0`, `lowest`.
pub(super) fn version(text: &str) -> Result<VersionChoice, Stop> {
    if text == "lowest" {
        return Ok(VersionChoice::Lowest);
    }
    let full = if text.matches('.').count() == 1 { format!("{text}.0.0") } else { text.to_owned() };
    match Version::from_text(&full) {
        Version::Other(_) => Err(Stop::usage(format!(
            "--header-version: {text:?} is none: expected 4.0, 4.1, 4.2, 4.3 or lowest"
        ))),
        known => Ok(VersionChoice::Exactly(known)),
    }
}

/// Prints that XML of the service's own is longer than recommended: once, and not for every file.
pub(super) fn warn_too_long(custom_attributes: &str) {
    if let Some(message) = prkit_playready::too_long(custom_attributes) {
        crate::terminal::note(format_args!("warning: {message} (PRH-13)"));
    }
}

/// XML as it is, or `@FILE`.
pub(super) fn custom_attributes(value: &str) -> Result<String, Stop> {
    if !value.starts_with('@') {
        return Ok(value.to_owned());
    }
    let text =
        values::read_text(value).map_err(|error| Stop::usage(format!("--custom-attributes: {error}")))?;
    Ok(text.map(|text| text.trim_end_matches(['\r', '\n']).to_owned()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_version_is_completed() {
        assert_eq!(full_version("4.3"), "4.3.0.0");
        assert_eq!(full_version("4.3.0.0"), "4.3.0.0");
    }

    #[test]
    fn a_domain_service_id_is_a_guid_or_its_base64() {
        let base64 = "AH+03juKbUGbHl1V/QIwRA==";
        let guid = KeyId::from_guid_base64(base64).unwrap().to_string();
        assert_eq!(ds_id_base64(&guid).unwrap(), base64);
        assert_eq!(ds_id_base64(base64).unwrap(), base64);
        assert!(ds_id_base64("x").is_err());
    }
}
