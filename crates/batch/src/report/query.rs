//! A query of the test server, taken apart.

use super::{RuleFinding, SCHEMA};
use prkit_license::{Group, Policy, Query, to_json};
use serde_json::{Value, json};

/// What a query asks for: values as they are, keys as their length.
pub fn query_report(query: &Query, policies: &[Policy], findings: &[RuleFinding]) -> Value {
    let group = |group: &Group| {
        let items = group.items.iter().map(|item| (item.name.clone(), json!(item.shown())));
        Value::Object(items.collect())
    };
    json!({
        "schema": SCHEMA,
        "base": query.base,
        "form": query.form.name(),
        "groups": query.groups.iter().map(group).collect::<Vec<_>>(),
        "policies": to_json(policies).get("policies"),
        "findings": findings,
    })
}
