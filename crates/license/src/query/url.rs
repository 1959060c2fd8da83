//! Addresses of the test server, and the four forms a query has in them.
//!
//! ```text
//!   cfg      …/rightsmanager.asmx?cfg=(kid:header,sl:2000),(kid:…)
//!   cfg64    …?cfg64=W3sna2lkJzon…            base64 of the list in JSON with single quotes
//!   json     json=[{'kid':'…','sl':'2000'}]   in the custom data of the request
//!   legacy   …?PlayRight=1&FirstPlayExpiration=60      & is &amp; where the address stands in a header
//! ```
//!
//! Source: MS docs `playready-test-server-service.md`. Nothing here speaks to a server.

use super::group::{self, Group, Item, QueryOddity, QueryValue};
use super::json;
use super::parameter::LEGACY;
use crate::guid::LENIENT;
use crate::{Error, ErrorKind, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;

/// The address of the public test server.
pub const TEST_SERVER: &str = "https://test.playready.microsoft.com/service/rightsmanager.asmx";

/// A query taken apart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Query {
    /// What stands before the question mark, where there was an address.
    pub base: Option<String>,
    /// How the query is written.
    pub form: QueryForm,
    /// One group a license; none is one license of the server's defaults.
    pub groups: Vec<Group>,
    /// What is wrong about its text.
    pub oddities: Vec<QueryOddity>,
}

/// How a query is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum QueryForm {
    /// An address without a query.
    Plain,
    /// Groups in parentheses.
    Cfg,
    /// Base64 of JSON.
    Cfg64,
    /// JSON with single quotes.
    Json,
    /// Names and values, one license.
    Legacy,
}

impl QueryForm {
    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Cfg => "cfg",
            Self::Cfg64 => "cfg64",
            Self::Json => "json",
            Self::Legacy => "legacy",
        }
    }
}

impl Query {
    /// Whether text can be a query or an address with one.
    pub fn is_query(text: &str) -> bool {
        let text = text.trim_start();
        text.starts_with('(')
            || ["cfg=", "cfg64=", "json=", "http://", "https://", "?"]
                .iter()
                .any(|start| text.starts_with(start))
    }

    /// Takes an address or a query apart.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Query`] with what is wrong and where.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        // A URL or a question mark inside a value is neither.
        let has_base = !text.starts_with(['(', '[', '{'])
            && text
                .find(['?', '=', '('])
                .is_none_or(|first| text.get(first..).unwrap_or("").starts_with('?'));
        let (base, query) = match text.split_once('?').filter(|_| has_base) {
            Some((base, query)) => ((!base.is_empty()).then(|| base.to_owned()), query),
            None if has_base && text.contains("://") => {
                let base = Some(text.to_owned());
                return Ok(Self { base, form: QueryForm::Plain, groups: Vec::new(), oddities: Vec::new() });
            }
            None => (None, text),
        };
        let query = percent_decoded(query)?;
        let query = query.replace("&amp;", "&");
        let (form, groups, oddities) = if let Some(cfg) = query.strip_prefix("cfg=") {
            let (groups, oddities) = group::parse(cfg)?;
            (QueryForm::Cfg, groups, oddities)
        } else if let Some(base64) = query.strip_prefix("cfg64=") {
            let (groups, oddities) = from_base64(base64)?;
            (QueryForm::Cfg64, groups, oddities)
        } else if let Some(text) = query.strip_prefix("json=") {
            (QueryForm::Json, json::parse(text)?, Vec::new())
        } else if query.trim_start().starts_with(['[', '{']) {
            (QueryForm::Json, json::parse(&query)?, Vec::new())
        } else if base.is_none() && !query.contains('=') || query.trim_start().starts_with('(') {
            let (groups, oddities) = group::parse(&query)?;
            (QueryForm::Cfg, groups, oddities)
        } else {
            (QueryForm::Legacy, vec![from_legacy(&query)?], Vec::new())
        };
        Ok(Self { base, form, groups, oddities })
    }

    /// The same without content keys and key seeds, and how many there were.
    #[must_use]
    pub fn without_keys(&self) -> (Self, usize) {
        let mut query = self.clone();
        let mut hidden = 0_usize;
        for group in &mut query.groups {
            let all = group.items.len();
            group.items.retain(|item| !is_secret(&item.name));
            hidden = hidden.saturating_add(all.saturating_sub(group.items.len()));
        }
        (query, hidden)
    }

    /// The text with an ellipsis in place of keys: for people, not for a server.
    pub fn shown(&self) -> String {
        let mut query = self.clone();
        for item in query.groups.iter_mut().flat_map(|group| &mut group.items) {
            if is_secret(&item.name) {
                item.value = QueryValue::Text("…".to_owned());
            }
        }
        let form = if self.groups.is_empty() { QueryForm::Plain } else { QueryForm::Cfg };
        query.behind_base(query.written(form).unwrap_or_default(), form)
    }

    /// Writes it in a form, behind its base where it has one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Query`] when the form cannot say it: the legacy one knows one license and five names, and no form
    /// has an escape for the characters it is made of.
    pub fn encode(&self, form: QueryForm) -> Result<String> {
        let query = self.written(form)?;
        if !matches!(form, QueryForm::Plain | QueryForm::Legacy) {
            let again = Self::parse(&query).and_then(|again| again.written(form));
            if again.as_ref() != Ok(&query) {
                let form = form.name();
                return Err(wrong(format!(
                    "the {form} form cannot say a value with the characters it is made of"
                )));
            }
        }
        Ok(self.behind_base(query, form))
    }

    fn behind_base(&self, query: String, form: QueryForm) -> String {
        match &self.base {
            // The JSON form stands in the custom data of a request, not in an address.
            Some(base) if !matches!(form, QueryForm::Plain | QueryForm::Json) => format!("{base}?{query}"),
            _ => query,
        }
    }

    fn written(&self, form: QueryForm) -> Result<String> {
        let values = self.groups.iter().flat_map(|group| &group.items).map(|item| &item.value);
        if matches!(form, QueryForm::Cfg64 | QueryForm::Json)
            && values.clone().any(|value| value.is_deeper_than(MAX_WRITTEN))
        {
            return Err(wrong(format!("values are in each other more than {MAX_WRITTEN} levels deep")));
        }
        Ok(match form {
            QueryForm::Plain => self.base.clone().unwrap_or_default(),
            QueryForm::Cfg => {
                let groups: Vec<_> = self.groups.iter().map(ToString::to_string).collect();
                format!("cfg={}", groups.join(","))
            }
            QueryForm::Cfg64 => format!("cfg64={}", STANDARD.encode(json::encode(&self.groups))),
            QueryForm::Json => format!("json={}", json::encode(&self.groups)),
            QueryForm::Legacy => to_legacy(&self.groups)?,
        })
    }
}

/// How deep values may be in each other that are written as JSON; as deep as they are read.
const MAX_WRITTEN: usize = 126;

impl Item {
    /// The value for people; of a key, how long it is.
    pub fn shown(&self) -> String {
        match &self.value {
            QueryValue::Text(text) if is_secret(&self.name) => {
                format!("{} characters, not shown", text.len())
            }
            _ if is_secret(&self.name) => "not shown".to_owned(),
            value => value.to_string(),
        }
    }
}

/// Whether a name holds a key.
fn is_secret(name: &str) -> bool {
    super::parameter_named(name).is_some_and(|parameter| parameter.kind == super::ParameterKind::Secret)
}

fn wrong(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Query(message.into()))
}

/// `%28` becomes `(`; a plus stays one, as the page promises for base64.
fn percent_decoded(text: &str) -> Result<Cow<'_, str>> {
    if !text.contains('%') {
        return Ok(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let digit = |at: usize| after.get(at).and_then(|digit| char::from(*digit).to_digit(16));
        if let (b'%', Some(high), Some(low)) = (byte, digit(0), digit(1)) {
            bytes.push(u8::try_from(high << 4 | low).unwrap_or(byte));
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(byte);
            rest = after;
        }
    }
    String::from_utf8(bytes)
        .map(Cow::Owned)
        .map_err(|_| wrong("the query is no UTF-8 behind its percent signs"))
}

/// JSON by the page's example; a list of groups by other pages.
fn from_base64(base64: &str) -> Result<(Vec<Group>, Vec<QueryOddity>)> {
    let bytes =
        LENIENT.decode(base64.trim()).map_err(|error| wrong(format!("cfg64 is no base64: {error}")))?;
    let text = String::from_utf8(bytes).map_err(|_| wrong("cfg64 holds no text"))?;
    if text.trim_start().starts_with(['[', '{']) {
        return Ok((json::parse(&text)?, Vec::new()));
    }
    group::parse(text.strip_prefix("cfg=").unwrap_or(&text))
}

/// `PlayRight=1&FirstPlayExpiration=60`: numbers for yes and no.
fn from_legacy(query: &str) -> Result<Group> {
    let mut group = Group::default();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let Some((name, value)) = pair.split_once('=') else {
            return Err(wrong(format!("{pair:?} is no name=value of the legacy syntax")));
        };
        let known = LEGACY.iter().find(|(legacy, _)| legacy.eq_ignore_ascii_case(name));
        let name = known.map_or_else(|| name.to_ascii_lowercase(), |(_, name)| (*name).to_owned());
        let is_flag = super::parameter_named(&name).is_some_and(|p| p.kind == super::ParameterKind::Bool);
        let value = match value {
            "1" if is_flag => "true",
            "0" if is_flag => "false",
            value => value,
        };
        group.items.push(Item { name, value: QueryValue::Text(value.to_owned()) });
    }
    Ok(group)
}

fn to_legacy(groups: &[Group]) -> Result<String> {
    let [group] = groups else {
        return Err(wrong(format!("the legacy syntax says one license, not {}", groups.len())));
    };
    let pair = |item: &Item| {
        let parameter = super::parameter_named(&item.name);
        let known =
            LEGACY.iter().find(|(_, name)| parameter.is_some_and(|parameter| parameter.name == *name));
        let (Some((legacy, _)), Some(text)) = (known, item.value.text()) else {
            return Err(wrong(format!("the legacy syntax has no documented name for {:?}", item.name)));
        };
        let text = match text {
            "true" => "1",
            "false" => "0",
            text => text,
        };
        Ok(format!("{legacy}={text}"))
    };
    Ok(group.items.iter().map(pair).collect::<Result<Vec<_>>>()?.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_form_cannot_say_is_refused() {
        let query = Query::parse(r#"json=[{"enddate":"2018-02-05T20:00:00Z","customdata":"it's"}]"#).unwrap();
        let refused = |form| query.encode(form).unwrap_err().to_string();
        assert_eq!(
            refused(QueryForm::Cfg),
            "the cfg form cannot say a value with the characters it is made of"
        );
        assert!(refused(QueryForm::Cfg64).starts_with("the cfg64 form"));
    }
    use proptest::prelude::*;

    fn query(text: &str) -> Query {
        Query::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    const TWO: &str = "(kid:B6E39626-1CFB-4AA1-BCBD-4EF1ABA7843A,sl:3000),(kid:7C9484BA-C238-467A-869C-CDD8C7167712,sl:2000)";

    #[test]
    fn the_documented_forms_of_two_licenses_are_the_same() {
        let cfg = query(&format!("{TEST_SERVER}?cfg={TWO}"));
        // All three stand on playready-test-server-service.md.
        let cfg64 = "cfg64=W3sna2lkJzonQjZFMzk2MjYtMUNGQi00QUExLUJDQkQtNEVGMUFCQTc4NDNBJywnc2wnOiczMDAwJ30seydraWQnOic3Qzk0ODRCQS1DMjM4LTQ2N0EtODY5Qy1DREQ4QzcxNjc3MTInLCdzbCc6JzIwMDAnfV0=";
        let json = "json=[{'kid':'B6E39626-1CFB-4AA1-BCBD-4EF1ABA7843A','sl':'3000'},{'kid':'7C9484BA-C238-467A-869C-CDD8C7167712','sl':'2000'}]";
        assert_eq!(query(&format!("{TEST_SERVER}?{cfg64}")).groups, cfg.groups);
        assert_eq!(query(json).groups, cfg.groups);
        assert_eq!((cfg.form, cfg.base.as_deref()), (QueryForm::Cfg, Some(TEST_SERVER)));
        assert_eq!(cfg.encode(QueryForm::Cfg64).unwrap(), format!("{TEST_SERVER}?{cfg64}"));
        assert_eq!(cfg.encode(QueryForm::Json).unwrap(), json);
    }

    #[test]
    fn the_legacy_form_is_read_with_both_ampersands_and_written_where_it_can() {
        let plain =
            format!("{TEST_SERVER}?PlayRight=1&FirstPlayExpiration=60&UncompressedDigitalVideoOPL=270");
        let read = query(&plain);
        assert_eq!(read.groups[0].to_string(), "(playright:true,firstplayexpiration:60,ucvopl:270)");
        assert_eq!(query(&plain.replace('&', "&amp;")), read);
        assert_eq!(read.encode(QueryForm::Legacy).unwrap(), plain);
        let two = query(TWO).encode(QueryForm::Legacy).unwrap_err().to_string();
        assert_eq!(two, "the legacy syntax says one license, not 2");
        let other = query("(sl:2000)").encode(QueryForm::Legacy).unwrap_err().to_string();
        assert_eq!(other, "the legacy syntax has no documented name for \"sl\"");
    }

    #[test]
    fn an_address_alone_asks_for_the_defaults() {
        let plain = query(TEST_SERVER);
        assert_eq!((plain.form, plain.groups.len()), (QueryForm::Plain, 0));
    }

    #[test]
    fn percent_signs_are_decoded_and_a_plus_stays() {
        let read = query("https://a/b?cfg=%28contentkey%3AA+B%3D%3D%29");
        assert_eq!(read.groups[0].to_string(), "(contentkey:A+B==)");
        assert_eq!(query("(a:100%)").groups[0].to_string(), "(a:100%)");
        assert!(Query::parse("https://a?cfg=(a:%ff)").unwrap_err().to_string().contains("no UTF-8"));
    }

    #[test]
    fn a_value_may_hold_slashes_or_a_question_mark() {
        for text in ["cfg=(customdata://a/b?c)", "(customdata://)", "cfg=(customdata:a?b)"] {
            let read = query(text);
            assert_eq!((read.base, read.groups.len(), read.groups[0].items.len()), (None, 1, 1), "{text}");
        }
        let read = query("https://a/b?cfg=(customdata://c/d?e)");
        assert_eq!(read.base.as_deref(), Some("https://a/b"));
        assert_eq!(read.groups[0].to_string(), "(customdata://c/d?e)");
    }

    #[test]
    fn keys_are_taken_out_or_hidden() {
        let read = query("(kid:header,ck:W31bfVt9W31bfVt9W31bfQ==),(KeySeed:AAAA)");
        let (without, hidden) = read.without_keys();
        assert_eq!((without.encode(QueryForm::Cfg).unwrap().as_str(), hidden), ("cfg=(kid:header),()", 2));
        assert_eq!(read.shown(), "cfg=(kid:header,ck:…),(KeySeed:…)");
    }

    #[test]
    fn what_is_no_query_says_why() {
        let error = |text: &str| Query::parse(text).unwrap_err().to_string();
        assert!(error("cfg64=!!").starts_with("cfg64 is no base64"));
        assert!(error("json=[{").starts_with("no JSON"));
        assert!(error("https://a?PlayRight").contains("no name=value"));
    }

    proptest! {
        #[test]
        fn every_form_says_the_same(names in proptest::collection::vec("[a-z]{3,8}", 1..5), value in "[A-Za-z0-9+/]{1,9}") {
            let mut group = Group::default();
            for name in &names {
                group.set_text(name, &value);
            }
            let query = Query {
                base: Some("https://a/b".into()), form: QueryForm::Cfg, groups: vec![group], oddities: vec![],
            };
            for form in [QueryForm::Cfg, QueryForm::Cfg64] {
                let text = query.encode(form).unwrap();
                prop_assert_eq!(Query::parse(&text).unwrap(), Query { form, ..query.clone() });
            }
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}", rest in "[(){}\\[\\]',:=%&?a-z0-9]{0,40}") {
            let _ = Query::parse(&text);
            let _ = Query::parse(&rest);
            let _ = Query::parse(&format!("json={rest}"));
        }
    }
}
