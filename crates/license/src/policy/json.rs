//! Policies in JSON: one object, a list of them, or `{"policies": [ … ]}`.
//!
//! ```json
//! { "policies": [
//!   { "name": "film", "kid": "00112233-4455-6677-8899-aabbccddeeff", "media": "video", "rights": ["play"],
//!     "persistent": true, "security_level": 2000, "key_type": "aesctr",
//!     "begin": "2018-01-05T19:55:00Z", "end": "2018-02-05T20:00:00Z", "first_play": "48h",
//!     "output": { "uncompressed_video": 300 },
//!     "protections": [ { "medium": "digital-video", "id": "abb2c6f1-…", "data": "AAAAAQ==" } ],
//!     "play_enablers": [ "786627d8-…" ] },
//!   { "name": "subscription", "kid": "…", "root": true, "end": "2018-02-05" },
//!   { "name": "episode", "kid": "…", "leaf_of": "…", "embedded": "stream" } ] }
//! ```
//!
//! Times and periods are read in every form the program reads anywhere. An unknown field is an error that lists the
//! known ones: a misspelled restriction must not vanish.

use super::entry::Entry;
use super::{Policy, members};
use crate::limits::{MAX_POLICIES, MAX_TEXT};
use crate::{Error, Result};
use serde_json::Value;

/// Reads policies.
///
/// # Errors
///
/// [`ErrorKind::Json`](crate::ErrorKind::Json): not JSON, a field nobody knows, a value that fits no field; the message names the policy and
/// what would be right.
pub fn from_json(text: &str) -> Result<Vec<Policy>> {
    if text.len() > MAX_TEXT {
        return Err(Error::policy(format!(
            "{} bytes of policies are too many: at most {MAX_TEXT}",
            text.len()
        )));
    }
    from_value(members::parse(text)?)
}

pub(crate) fn from_value(value: Value) -> Result<Vec<Policy>> {
    let entries = match value {
        Value::Array(entries) => entries,
        Value::Object(mut object) if object.contains_key("policies") => {
            let policies = object.remove("policies");
            if let Some((other, _)) = object.iter().find(|(name, _)| *name != "schema") {
                return Err(Error::policy(format!(
                    "{other:?} stands beside \"policies\", where nothing is known but it"
                )));
            }
            match policies {
                Some(Value::Array(entries)) => entries,
                _ => return Err(Error::policy("\"policies\" is no list".to_owned())),
            }
        }
        object @ Value::Object(_) => vec![object],
        _ => {
            return Err(Error::policy(
                "a policy is an object, a list of objects, or {\"policies\": […]}".to_owned(),
            ));
        }
    };
    if entries.len() > MAX_POLICIES {
        return Err(Error::policy(format!(
            "{} policies are too many: at most {MAX_POLICIES}",
            entries.len()
        )));
    }
    let read = |(index, entry): (usize, Value)| {
        let entry: Entry = serde_path_to_error::deserialize(entry)
            .map_err(|error| Error::policy(format!("policy {index}: {error}")))?;
        entry.into_policy().map_err(|error| Error::policy(format!("policy {index}: {error}")))
    };
    entries.into_iter().enumerate().map(read).collect()
}

/// Writes policies, so that [`from_json`] reads the same ones; what only a license says is left out.
pub fn to_json(policies: &[Policy]) -> Value {
    serde_json::json!({ "policies": policies.iter().map(Entry::of).collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Role;

    fn error(text: &str) -> String {
        from_json(text).unwrap_err().to_string()
    }

    #[test]
    fn one_policy_a_list_and_a_wrapped_list_are_the_same() {
        let one = r#"{"name":"film","end":"2018-02-05","first_play":"48h"}"#;
        let policies = from_json(one).unwrap();
        assert_eq!(from_json(&format!("[{one}]")).unwrap(), policies);
        assert_eq!(from_json(&format!("{{\"policies\":[{one}]}}")).unwrap(), policies);
        assert_eq!(policies[0].first_play, Some(172_800));
        assert!(policies[0].rights.play);
    }

    #[test]
    fn every_field_comes_back() {
        let text = r#"{"policies":[{"name":"n","kid":"00112233-4455-6677-8899-aabbccddeeff","media":"video",
            "rights":["play","copy"],"persistent":true,"security_level":3000,"key_type":"aescbc",
            "begin":"2018-01-05T19:55:00Z","end":"2018-02-05T20:00:00Z","issued":"2018-01-05","removal":"2018-03-01",
            "first_play":172800,"grace":60,"real_time":true,"leaf_of":"ffeeddcc-bbaa-9988-7766-554433221100",
            "embedded":"stream","output":{"uncompressed_video":300},
            "protections":[{"medium":"digital-video","id":"abb2c6f1-e663-4625-a945-972d17b231e7","data":"AAAAAQ=="}],
            "play_enablers":["786627d8-c2a6-44be-8f88-08ae255b01a7"],
            "domain":{"account":"3ab8fb03-c53e-46f9-8cf8-9967cb6a1b14","revision":2},
            "metering":"3ab8fb03-c53e-46f9-8cf8-9967cb6a1b14","copy_count":3,"source_id":267,"secure_stop":true},
            {"kid":"header","root":true,"rights":[]}]}"#;
        let policies = from_json(text).unwrap();
        assert_eq!(from_json(&to_json(&policies).to_string()).unwrap(), policies);
        assert_eq!(policies[1].role, Role::Root);
        assert!(!policies[1].has_right());
    }

    #[test]
    fn a_misspelled_field_is_an_error_that_lists_the_known_ones() {
        let error = error(r#"[{"name":"a"},{"begin_date":"2018-01-05"}]"#);
        assert!(
            error.starts_with("policy 1: begin_date: unknown field `begin_date`, expected one of `name`"),
            "{error}"
        );
    }

    #[test]
    fn values_that_fit_no_field_are_refused_with_what_would_be_right() {
        assert!(error("[1").starts_with("no JSON: "));
        assert_eq!(error("3"), "a policy is an object, a list of objects, or {\"policies\": […]}");
        assert!(error(r#"{"end":"soon"}"#).contains("policy 0: end: \"soon\" is no time"));
        assert!(
            error(r#"{"first_play":"200y"}"#).contains("is more than the 4294967295 seconds it can hold")
        );
        assert!(error(r#"{"kid":"MyIRAFVEd2aImaq7zN3u/w=="}"#).contains("has no byte order"));
        assert!(
            error(r#"{"root":true,"leaf_of":"00112233-4455-6677-8899-aabbccddeeff"}"#).contains("exclude")
        );
        assert!(error(r#"{"policies":[],"more":1}"#).contains("\"more\" stands beside"));
        assert!(error(&"[".repeat(100_000)).starts_with("no JSON: recursion limit exceeded"));
        assert!(error(&format!("[{}]", vec!["{}"; 1025].join(","))).contains("1025 policies are too many"));
    }

    #[test]
    fn a_member_that_is_there_twice_is_refused_with_its_place() {
        for (text, place) in [
            (r#"{"end":"2018-02-05","end":"2019-02-05"}"#, "end is there twice"),
            (r#"{"end":"2018-02-05","end":"2018-02-05"}"#, "end is there twice"),
            (r#"[{},{"rights":["play"],"rights":[]}]"#, "[1].rights is there twice"),
            (
                r#"{"policies":[{"output":{"analog_video":100,"analog_video":200}}]}"#,
                "policies[0].output.analog_video is",
            ),
            (r#"{"policies":[],"policies":[{}]}"#, "policies is there twice"),
            (r#"{"\u0065nd":"2018-02-05","end":"2018-02-05"}"#, "end is there twice"),
        ] {
            let error = error(text);
            assert!(error.starts_with(place) && error.contains(" at line 1 column "), "{error}");
        }
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_refused_with_its_member_and_what_is_expected() {
        let text_or_number = "expected a time or a period as text, or a whole number";
        for (text, said) in [
            (r#"{"begin":true}"#, format!("policy 0: begin: invalid type: boolean `true`, {text_or_number}")),
            (
                r#"[{},{"first_play":-1}]"#,
                format!("policy 1: first_play: invalid value: integer `-1`, {text_or_number}"),
            ),
            (
                r#"{"grace":1.5}"#,
                format!("policy 0: grace: invalid type: floating point `1.5`, {text_or_number}"),
            ),
            (r#"{"end":[]}"#, format!("policy 0: end: invalid type: sequence, {text_or_number}")),
            (
                r#"{"first_play":4294967296}"#,
                "policy 0: first_play: 4294967296 is more than the 4294967295 seconds".to_owned(),
            ),
            ("[{},3]", "policy 1: invalid type: integer `3`, expected an object".to_owned()),
            (
                r#"{"domain":"x"}"#,
                "policy 0: domain: invalid type: string \"x\", expected an object".to_owned(),
            ),
            (r#"{"security_level":"2000"}"#, "policy 0: security_level: invalid type: string".to_owned()),
            (
                r#"{"output":{"analog_video":70000}}"#,
                "policy 0: output.analog_video: invalid value".to_owned(),
            ),
            (
                r#"{"rights":["play","sing"]}"#,
                "policy 0: rights[1]: unknown variant `sing`, expected one of".to_owned(),
            ),
            (
                r#"{"protections":[{"medium":"digital-video"}]}"#,
                "policy 0: protections[0]: missing field `id`".to_owned(),
            ),
        ] {
            let error = error(text);
            assert!(error.starts_with(&said), "{error}");
            assert!(!error.contains("untagged"), "{error}");
        }
    }

    #[test]
    fn a_day_written_as_a_number_is_a_day() {
        let compact = from_json(r#"{"end":20180205200000}"#).unwrap();
        assert_eq!(compact[0].end.unwrap().to_string(), "2018-02-05T20:00:00Z");
        let policies = from_json(r#"{"begin":20180105,"end":1517860800}"#).unwrap();
        assert_eq!(policies[0].begin.unwrap().to_string(), "2018-01-05T00:00:00Z");
        assert_eq!(policies[0].end.unwrap().to_string(), "2018-02-05T20:00:00Z");
    }
}
