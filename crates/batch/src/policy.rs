//! Policies, however they are written down.
//!
//! ```text
//!   cfg=(…)  https://…?cfg=(…)  [{"…"}]   text
//!   anything else                         licenses in any form
//! ```

use crate::input::{Content, Found, Letter, LicenseInput};
use crate::report::RuleFinding;
use crate::{Error, Result};
use prkit_license::{ContentFacts, Context, Finding, Limits, Policy, Query, from_json, lint};
use prkit_plan::Span;
use prkit_playready::{Field, Header};
use prkit_protocol::Message;

/// Queries and descriptions are small.
const MAX_TEXT: u64 = 1024 * 1024;

/// What says policies, before it is looked at.
pub enum PolicyInput {
    /// A query, or JSON.
    Text(String),
    /// Licenses.
    Licenses(Box<LicenseInput>),
}

/// Policies that were read.
pub struct Policies {
    /// The policies.
    pub policies: Vec<Policy>,
    /// What is wrong about the text of a query.
    pub findings: Vec<Finding>,
    /// What they were written down as.
    pub kind: &'static str,
    /// The query, where it was one.
    pub query: Option<Query>,
    /// The licenses, where it was licenses.
    pub opened: Option<Box<LicenseInput>>,
}

impl PolicyInput {
    /// What content says.
    ///
    /// # Errors
    ///
    /// It is of no kind that is known.
    pub fn of(content: Content) -> Result<Self> {
        if content.len() <= MAX_TEXT && Letter::of(&content)?.is_none() {
            let bytes = content.read(Span::new(0, content.len()))?;
            if let Ok(text) = String::from_utf8(bytes)
                && Self::is_text(&text)
            {
                return Ok(Self::Text(text));
            }
        }
        Ok(Self::Licenses(Box::new(LicenseInput::of(content)?)))
    }

    /// Whether a text is a policy, or a query for licenses with policies.
    pub fn is_text(text: &str) -> bool {
        Query::is_query(text) || text.trim_start().starts_with(['{', '['])
    }

    /// The text, where it is JSON.
    pub fn json(&self) -> Option<&str> {
        match self {
            Self::Text(text) if text.trim_start().starts_with(['{', '[']) => Some(text),
            _ => None,
        }
    }

    /// The policies in it.
    ///
    /// # Errors
    ///
    /// What cannot be read of them.
    pub fn policies(self, context: &Context) -> Result<Policies> {
        match self {
            Self::Text(text) => of_text(&text, context),
            Self::Licenses(opened) => of_licenses(opened),
        }
    }
}

impl Policies {
    /// What they break, beside others that the client has.
    pub fn rule_findings(&self, with: &[Policy], context: &Context) -> Vec<RuleFinding> {
        let own = self.policies.len();
        let policies: Vec<Policy> = self.policies.iter().chain(with).cloned().collect();
        let place = |index: Option<usize>| match index {
            Some(index) => {
                policies.get(index).map_or_else(String::new, |policy| format!("[{index}] {}", policy.label()))
            }
            None => "policies".to_owned(),
        };
        let broken = lint(&policies, context);
        let found = self.findings.iter().chain(&broken);
        let found = found.filter(|finding| finding.policy.is_none_or(|index| index < own));
        found.map(|finding| RuleFinding::new(finding, place(finding.policy), None)).collect()
    }
}

fn of_text(text: &str, context: &Context) -> Result<Policies> {
    // The JSON of queries is quoted with apostrophes; in that of policies they are characters of names.
    let is_query = text.contains('\'') && !text.contains('"');
    let is_json = text.trim_start().starts_with(['{', '[']) && !is_query;
    if is_json {
        let policies = from_json(text)?;
        return Ok(Policies { policies, findings: Vec::new(), kind: "json", query: None, opened: None });
    }
    let query = Query::parse(text)?;
    let (policies, findings) = query.policies(context);
    Ok(Policies { policies, findings, kind: "query", query: Some(query), opened: None })
}

fn of_licenses(opened: Box<LicenseInput>) -> Result<Policies> {
    if opened.licenses.is_empty() {
        return Err(Error::NoPolicy);
    }
    let policies = opened.policies()?;
    let (kind, opened) = (opened.kind, Some(opened));
    Ok(Policies { policies, findings: Vec::new(), kind, query: None, opened })
}

impl LicenseInput {
    /// What its licenses allow.
    ///
    /// # Errors
    ///
    /// One of them cannot be read.
    pub fn policies(&self) -> Result<Vec<Policy>> {
        let policies = self.licenses.iter().map(|found| {
            let policy = Policy::from_license(&found.license()?, Limits::default())?;
            Ok(Policy { embedded: found.embedded, ..policy })
        });
        policies.collect()
    }

    /// What is known beside its licenses, with what it says itself: its nonce, and its header unless another is known.
    pub fn context(&self, known: &Context) -> Context {
        let mut context = known.clone();
        if let Some(response) = self.message.as_deref().and_then(Message::response) {
            context.response_nonce = Some(response.nonce);
        }
        if context.content.is_none() && !self.objects.is_empty() {
            context.content = Self::content_facts(&self.objects);
        }
        context
    }

    /// What the headers of a file say about its content: the keys of all, on demand when one of them says so.
    pub fn content_facts(objects: &[Found]) -> Option<ContentFacts> {
        let mut facts = ContentFacts::default();
        for object in objects.iter().filter(|object| object.system.is_playready()) {
            let Ok(header) = Header::of_payload(&object.data) else { continue };
            for kid in header.kids() {
                let key = kid.id.map(|id| (id, kid.algorithm));
                facts.keys.extend(key.filter(|(id, _)| !facts.keys.iter().any(|(known, _)| known == id)));
            }
            facts.on_demand |= header.value(Field::DecryptorSetup).is_some_and(|setup| setup == "ONDEMAND");
        }
        (!facts.keys.is_empty()).then_some(facts)
    }
}
