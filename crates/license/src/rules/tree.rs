//! What the bytes of a license show.
//!
//! The layout is inferred, so nothing here is worse than a warning but what cannot be read at all.

use super::{Finding, Level, Rule};
use crate::{License, Limits, Value};

const INFERRED: &str = "layout inferred, not documented by Microsoft";

static L15: Rule = Rule::new(
    "L15",
    Level::Warning,
    "an object that a client must understand has a type that is known",
    "patent US8781969, must-understand flag; types inferred",
);
static X01: Rule =
    Rule::new("X-01", Level::Error, "every object ends where its container does, or before", INFERRED);
static X02: Rule =
    Rule::new("X-02", Level::Warning, "the container flag agrees with the list of types", INFERRED);
static X03: Rule =
    Rule::new("X-03", Level::Warning, "the body of an object has the length of its fields", INFERRED);
static X04: Rule = Rule::new("X-04", Level::Warning, "the version is 3, as in all public licenses", INFERRED);
static X05: Rule = Rule::new("X-05", Level::Warning, "nothing stands behind the outer container", INFERRED);
static X06: Rule = Rule::new("X-06", Level::Warning, "what a license says once stands once", INFERRED);

pub(super) const RULES: &[&Rule] = &[&L15, &X01, &X02, &X03, &X04, &X05, &X06];

/// What is odd about the tree of a license.
pub fn lint_tree(license: &License<'_>, limits: Limits) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |rule: &'static Rule, offset: usize, message: String| {
        findings.push(Finding { rule, level: rule.level, message, policy: None, offset: Some(offset) });
    };
    if license.version() != License::VERSION {
        add(&X04, 4, format!("the version is {}", license.version()));
    }
    if license.trailing() > 0 {
        let offset = license.bytes().len();
        add(&X05, offset, format!("{} bytes stand behind the license", license.trailing()));
    }
    for node in license.walk(limits) {
        let object = match node {
            Ok((_, object)) => object,
            Err(error) => {
                add(&X01, error.offset().unwrap_or(0), error.kind().to_string());
                break;
            }
        };
        let (kind, offset) = (object.kind(), object.offset());
        if object.must_understand() && kind.name().is_none() {
            add(
                &L15,
                offset,
                format!("object {kind} must be understood, and nobody outside knows what it is"),
            );
        }
        if object.contradicts_list() {
            let (flag, list) =
                if object.is_container() { ("objects", "fields") } else { ("fields", "objects") };
            add(
                &X02,
                offset,
                format!("object {kind} holds {flag} by its flag, and {list} by the list; the flag counts"),
            );
        }
        if let Value::Malformed { needs, has } = object.value() {
            add(
                &X03,
                offset,
                format!("object {kind} has {has} bytes, and its fields need {needs} or say otherwise"),
            );
        }
    }
    for kind in license.summary(limits).map(|summary| summary.twice).unwrap_or_default() {
        add(&X06, license.outer().offset(), format!("{kind} stands more than once; the last is shown"));
    }
    findings
}
