//! The text of a query of the test server.

use super::{Level, Rule};

const SYNTAX: &str = "MS docs query-string-syntax.md";
const SERVER: &str = "MS docs playready-test-server-service.md";

pub(crate) static Q_SPACE: Rule =
    Rule::new("Q-01", Level::Warning, "a query has no white space", "MS docs query-string-syntax.md, note");
pub(crate) static Q_PARENTHESES: Rule = Rule::new("Q-02", Level::Warning, "parentheses are balanced", SYNTAX);
pub(crate) static Q_BASE64: Rule =
    Rule::new("Q-03", Level::Warning, "base64 is canonical: no stray bits, full padding", "RFC 4648, 3.5");
pub(crate) static Q_UNKNOWN: Rule = Rule::new("Q-04", Level::Warning, "names are documented ones", SYNTAX);
pub(crate) static Q_VALUE: Rule = Rule::new("Q-05", Level::Error, "a value fits its name", SYNTAX);
pub(crate) static Q_SAME_KID: Rule =
    Rule::new("Q-06", Level::Warning, "each group is for another key", "MS docs query-string-syntax.md, kid");
pub(crate) static Q_HEADER: Rule = Rule::new(
    "Q-07",
    Level::Error,
    "kid:header, or no kid, needs a header with exactly one key",
    "MS docs query-string-syntax.md, kid",
);
pub(crate) static Q_DUPLICATE: Rule =
    Rule::new("Q-08", Level::Warning, "a name stands once in a group", SYNTAX);
pub(crate) static Q_MEDIUM: Rule = Rule::new(
    "Q-09",
    Level::Warning,
    "an output protection stands under the name of its medium",
    "MS docs query-string-syntax.md, daop; testing-output-protections.md shows SCMS under avop",
);
pub(crate) static Q_KEY: Rule = Rule::new(
    "Q-10",
    Level::Note,
    "a query that carries a key shows it to everybody who sees the address",
    "MS docs query-string-syntax.md, contentkey and keyseed",
);
pub(crate) static Q_FORM: Rule =
    Rule::new("Q-11", Level::Note, "in a header the & of the legacy form is written &amp;", SERVER);

pub(super) const RULES: &[&Rule] = &[
    &Q_SPACE,
    &Q_PARENTHESES,
    &Q_BASE64,
    &Q_UNKNOWN,
    &Q_VALUE,
    &Q_SAME_KID,
    &Q_HEADER,
    &Q_DUPLICATE,
    &Q_MEDIUM,
    &Q_KEY,
    &Q_FORM,
];
