//! Clock services, and the messages that they answer.

use prkit_license::Moment;
use prkit_protocol::{ClockMessage, ClockService, Support};
use serde_json::{Value, json};

/// A service, for all kits or one.
pub fn clock_service(service: &ClockService, kit: Option<&Support>) -> Value {
    let kits: Vec<Value> = service
        .kits
        .iter()
        .filter(|known| kit.is_none_or(|kit| kit == *known))
        .map(|kit| json!({ "text": kit.text, "supports": kit.supports.as_str() }))
        .collect();
    json!({
        "version": service.version,
        "name": service.name,
        "nickname": service.nickname,
        "since": service.since,
        "place": service.place,
        "links": service.links,
        "forwards_to": service.forwards,
        "since_2018_02": service.later.map(|later| json!({ "links": later.links, "forwards_to": later.forwards })),
        "kits": kits,
        "protocol": service.protocol,
    })
}

/// What a message says; the time in it as seen from another one.
pub fn clock_message(message: &ClockMessage, at: Option<Moment>) -> Value {
    match message {
        ClockMessage::Petition { start, service } => {
            json!({ "kind": "petition", "request": start, "service": service })
        }
        ClockMessage::PetitionResponse { address, service } => {
            json!({ "kind": "petition-response", "address": address, "service": service })
        }
        ClockMessage::Redirect { status, address } => {
            json!({ "kind": "redirect", "status": status, "address": address })
        }
        ClockMessage::Challenge { transaction } => json!({ "kind": "challenge", "tid": transaction }),
        ClockMessage::Response(response) => json!({
            "kind": "response",
            "tid": response.transaction,
            "gmt_time": response.time.map(|time| time.to_string()),
            "gmt_time_text": response.time_text,
            "refresh_date": response.refresh.map(|time| time.to_string()),
            "refresh_date_text": response.refresh_text,
            "certificates": response.certificates,
            "signed": response.is_signed,
            "signature_checked": false,
            "seconds_from_at": response.time.zip(at).map(|(time, at)| time.since(at)),
        }),
    }
}
