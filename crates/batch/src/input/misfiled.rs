//! PlayReady Objects under the SystemID of another system, or of none.

use super::found::Found;
use prkit_playready::{Header, SystemId};

/// Why an object is not found by those who look for PlayReady's: it contains a header, and its SystemID is another.
pub fn misfiled(found: &Found) -> Option<String> {
    let is_said_elsewhere = found.system == SystemId::PLAYREADY_SWAPPED && found.in_text.is_some();
    let is_ours = found.system == SystemId::PLAYREADY || is_said_elsewhere;
    if is_ours && found.other_scheme.is_none() || found.box_error.is_some() {
        return None;
    }
    let header = Header::of_payload(&found.data).ok()?;
    header.root_name().filter(|name| matches!(*name, "WRMHEADER" | "WRHEADER"))?;
    if let Some(scheme) = &found.other_scheme {
        return Some(format!(
            "the data is a PlayReady Object, and the descriptor around it {}; PlayReady's is urn:uuid:{}",
            of_scheme(scheme),
            SystemId::PLAYREADY
        ));
    }
    let system = match (found.system, found.system.name()) {
        (system, _) if system == SystemId::from_uuid_bytes([0; 16]) => {
            "no SystemID names PlayReady".to_owned()
        }
        (SystemId::PLAYREADY_SWAPPED, _) => "the SystemID is PlayReady's with swapped bytes".to_owned(),
        (system, Some(name)) => format!("the SystemID is {system}, {name}'s"),
        (system, None) => match other_digits(system) {
            1 => format!("the SystemID is {system}: one digit is not that of PlayReady's"),
            digits @ 2..=4 => {
                format!("the SystemID is {system}: {digits} digits are not those of PlayReady's")
            }
            _ => format!("the SystemID is {system}"),
        },
    };
    Some(format!("the data is a PlayReady Object, and {system}; PlayReady's is {}", SystemId::PLAYREADY))
}

/// What a descriptor says of its scheme, with the name of the system.
fn of_scheme(scheme: &str) -> String {
    let text = scheme.trim();
    let bare = text.get(.."urn:uuid:".len()).filter(|urn| urn.eq_ignore_ascii_case("urn:uuid:"));
    let system = text.get(bare.map_or(0, str::len)..).and_then(|id| id.parse::<SystemId>().ok());
    match system {
        _ if text.is_empty() => "has no schemeIdUri".to_owned(),
        Some(system) => match (system.name(), other_digits(system)) {
            (Some(name), _) => format!("is of the scheme {text}, {name}'s"),
            (None, 1) => format!("is of the scheme {text}: one digit is not that of PlayReady's"),
            (None, digits @ 2..=4) => {
                format!("is of the scheme {text}: {digits} digits are not those of PlayReady's")
            }
            (None, _) => format!("is of the scheme {text}"),
        },
        None => format!("is of the scheme {text}"),
    }
}

/// How many digits of a SystemID are not those of PlayReady's.
fn other_digits(system: SystemId) -> usize {
    let (written, right) = (system.to_string(), SystemId::PLAYREADY.to_string());
    written.bytes().zip(right.bytes()).filter(|(a, b)| a != b).count()
}
