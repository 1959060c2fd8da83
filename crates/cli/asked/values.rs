//! Values of options that are bytes or text: `@FILE`, base64, XML.

use super::given::{given, refused};
use crate::exit::Stop;
use prkit_playready::{KeyId, Version, VersionChoice};

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

/// Prints what is odd about a URL that is going to be in headers, in which the key ID stands for `{kid}`.
pub(super) fn warn_of_url(url: &str) {
    for (rule, message) in prkit_playready::odd_url(&url.replace(prkit_batch::KID, "")) {
        crate::terminal::note(format_args!("warning: {message} ({})", rule.id));
    }
}

/// XML as it is, or `@FILE`.
pub(super) fn custom_attributes(value: &str) -> Result<String, Stop> {
    given("--custom-attributes", value)?.elements().map_err(refused)
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
