//! The dates that a license should carry.

use super::SCHEMA;
use prkit_license::{Advice, Policy, Query, QueryForm, Remark, Request, distance_text, to_json};
use prkit_protocol::ClientVersion;
use serde_json::{Value, json};

/// The query that asks the test server for a license that is advised.
pub fn advice_query(policy: &Policy) -> String {
    let query = Query::of_policies(std::slice::from_ref(policy), QueryForm::Cfg);
    query.encode(QueryForm::Cfg).unwrap_or_default()
}

/// The advice for a request of a client of this version; `told` gives the words of a remark.
pub fn advice_report(
    advice: &Advice,
    request: &Request,
    version: ClientVersion,
    told: impl Fn(&Remark) -> String,
) -> Value {
    let asked = json!({
        "server_time": request.server.to_string(),
        "client_version": version.to_string(),
        "client_time": request.client.map(|client| client.to_string()),
    });
    let mut report = match advice {
        Advice::Issue { policy, basis, remarks } => json!({
            "decision": "issue",
            "rule": basis.rule(),
            "reason": basis.text(request),
            "periods_from": basis.clock(),
            "remarks": remarks.iter().map(|remark| json!({
                "rule": remark.rule(),
                "level": remark.level().name(),
                "message": told(remark),
            })).collect::<Vec<_>>(),
            "begin_date": policy.begin.map(|begin| begin.to_string()),
            "expiration_date": policy.end.map(|end| end.to_string()),
            "expire_after_first_play": policy.first_play,
            "query": advice_query(policy),
            "policies": to_json(std::slice::from_ref(policy)).get("policies"),
        }),
        Advice::Deny { distance } => json!({
            "decision": "deny",
            "rule": "R3",
            "reason": format!("the client's clock is {}", distance_text(*distance)),
            "distance": distance,
        }),
        Advice::Impossible { begin, end } => json!({
            "decision": "impossible",
            "rule": "L3",
            "reason": "the end lies before the begin that is advised",
            "begin_date": begin.to_string(),
            "expiration_date": end.to_string(),
        }),
    };
    if let Some(object) = report.as_object_mut() {
        object.insert("schema".to_owned(), json!(SCHEMA));
        object.insert("request".to_owned(), asked);
    }
    report
}
