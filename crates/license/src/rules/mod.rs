//! The published rules for policies, and what breaks them.
//!
//! ```text
//!   dates.rs    R1 R2 R3  P-03 P-06  L1 … L4 L14 L16 L17    begin, end, first play, clocks
//!   chain.rs    R4 … R7  P-10  L5 L6 L13                     roots and leaves
//!   rights.rs   P-01 P-02 P-04 P-05 P-07  L9 L10             rights, security level, persistence, domains
//!   output.rs   P-08 P-09  L7 L8                             output protection
//!   content.rs  L11 L12                                      the keys of the content
//!   tree.rs     L15  X-01 … X-06                             the bytes of a license
//!   query.rs    Q-01 … Q-10                                  the text of a query
//! ```
//!
//! R are the best practices of one page, P other published rules, L the same applied to a license, where more is known
//! (its issue date) and less (whether it is kept). A rule that has both names is reported under the one that fits where
//! the policy comes from; [`Rule::same_as`] names the other.

mod chain;
#[cfg(test)]
mod chains;
mod content;
mod dates;
#[cfg(test)]
mod fixtures;
mod output;
mod query;
mod rights;
mod tree;

pub(crate) use dates::{LEAD, TOLERANCE};
pub(crate) use query::{
    Q_BASE64, Q_DUPLICATE, Q_FORM, Q_HEADER, Q_KEY, Q_MEDIUM, Q_PARENTHESES, Q_SAME_KID, Q_SPACE, Q_UNKNOWN,
    Q_VALUE,
};
pub use tree::lint_tree;

use crate::{Guid, Moment, Origin, Policy};
use prkit_playready::{Algorithm, KeyId};

pub use prkit_playready::Level;

/// A rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rule {
    /// Its name.
    pub id: &'static str,
    /// How bad breaking it is at most.
    pub level: Level,
    /// What it asks for.
    pub text: &'static str,
    /// Where it is published, or that it is this program's own.
    pub source: &'static str,
    /// The other name of the same rule.
    pub same_as: Option<&'static str>,
}

impl Rule {
    const fn new(id: &'static str, level: Level, text: &'static str, source: &'static str) -> Self {
        Self { id, level, text, source, same_as: None }
    }

    const fn same_as(self, other: &'static str) -> Self {
        Self { same_as: Some(other), ..self }
    }

    /// The same rule under its other name.
    const fn other(self) -> Self {
        match self.same_as {
            Some(other) => Self { id: other, same_as: Some(self.id), ..self },
            None => self,
        }
    }
}

/// All rules, in the order of the documents.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let families =
        [dates::RULES, chain::RULES, rights::RULES, output::RULES, content::RULES, tree::RULES, query::RULES];
    let mut all: Vec<&'static Rule> = families.into_iter().flatten().copied().collect();
    let family = |id: &str| "RPLXQ".find(id.get(..1).unwrap_or_default());
    let number = |id: &str| id.trim_start_matches(|c: char| !c.is_ascii_digit()).parse::<u32>().unwrap_or(0);
    all.sort_by_key(|rule| (family(rule.id), number(rule.id)));
    all.into_iter()
}

/// A rule that something breaks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Which rule.
    pub rule: &'static Rule,
    /// How bad it is here.
    pub level: Level,
    /// What breaks it.
    pub message: String,
    /// Which policy of the set, from 0; `None` for the set itself.
    pub policy: Option<usize>,
    /// Where in the license or the query.
    pub offset: Option<usize>,
}

/// What is known beside the policies themselves.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Context {
    /// The header of the content, or of the request.
    pub content: Option<ContentFacts>,
    /// The request the licenses answer.
    pub request: Option<RequestFacts>,
    /// The nonce the response carries; the outer `None` stands for no response.
    pub response_nonce: Option<Option<Guid>>,
    /// The clock of the server; the issue date of a license stands in for it.
    pub server_time: Option<Moment>,
    /// The clock of the client.
    pub clock: Option<TrustedClock>,
    /// Domain accounts the client has joined; `None` when nobody knows.
    pub accounts: Option<Vec<Guid>>,
}

/// What a header says about keys.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ContentFacts {
    /// Key ids with their algorithms.
    pub keys: Vec<(KeyId, Option<Algorithm>)>,
    /// Whether the header says `DECRYPTORSETUP` `ONDEMAND`.
    pub on_demand: bool,
}

/// What a request says.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RequestFacts {
    /// Its nonce.
    pub nonce: Option<Guid>,
    /// The generation of the client.
    pub generation: Option<Generation>,
    /// The clock of the client.
    pub client_time: Option<Moment>,
    /// The clock of the client as it is written, where that is no time.
    pub unreadable_time: Option<String>,
}

/// Which rules for begin dates a client follows (MS docs `policies-best-practices.md`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Generation {
    /// Versions 1 and 2: the server does not know the client's clock.
    Early,
    /// Versions 3 and later: the request carries the client's clock.
    Timed,
}

impl Generation {
    /// From the first number of a client version. Windows counts from 10 and sends its clock (the sample of MS docs
    /// `testing-client-info.md` has version 10.0.16384.10011 and the features of PlayReady 3).
    pub const fn of_major(major: u32) -> Self {
        if major < 3 { Self::Early } else { Self::Timed }
    }
}

/// The clock a client trusts (MS docs `trusted-clocks.md`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TrustedClock {
    /// None: such a client may not manage licenses with times.
    Missing,
    /// One that is checked to advance.
    AntiRollback,
    /// One in hardware, set by a service.
    Secure,
}

/// What the policies of one response, store or query break.
pub fn lint(policies: &[Policy], context: &Context) -> Vec<Finding> {
    let set = Set::new(policies, context);
    let mut findings = Findings(Vec::new());
    for (index, policy) in policies.iter().enumerate() {
        let mut one = findings.of(policy, index);
        dates::check(&set, policy, &mut one);
        rights::check(&set, policy, &mut one);
        output::check(policy, &mut one);
        chain::check(&set, policy, &mut one);
        content::check(&set, policy, &mut one);
    }
    dates::check_set(&set, &mut findings);
    rights::check_set(&set, &mut findings);
    content::check_set(&set, &mut findings);
    findings.0
}

/// Policies with what they are to each other.
struct Set<'a> {
    policies: &'a [Policy],
    context: &'a Context,
}

impl<'a> Set<'a> {
    const fn new(policies: &'a [Policy], context: &'a Context) -> Self {
        Self { policies, context }
    }

    /// The roots that a leaf hangs on, as far as they are here: a root that is renewed is there twice for a while.
    fn roots_of(&self, policy: &Policy) -> Vec<&'a Policy> {
        let crate::Role::Leaf { root: Some(root) } = policy.role else { return Vec::new() };
        self.policies.iter().filter(|other| !other.is_leaf() && other.key_id() == Some(root)).collect()
    }

    /// The roots that a root is one of, itself among them.
    fn roots_like(&self, root: &'a Policy) -> impl Iterator<Item = &'a Policy> {
        let same = move |other: &&Policy| {
            !other.is_leaf() && other.key_id().is_some() && other.key_id() == root.key_id()
        };
        self.policies.iter().filter(same)
    }

    /// Whether others hang on it, or it says so itself.
    fn is_root(&self, policy: &Policy) -> bool {
        policy.role == crate::Role::Root
            || policy.key_id().is_some_and(|kid| {
                self.policies.iter().any(|other| other.role == crate::Role::Leaf { root: Some(kid) })
            })
    }

    fn generation(&self) -> Option<Generation> {
        self.context.request.as_ref()?.generation
    }

    fn client_time(&self) -> Option<Moment> {
        self.context.request.as_ref()?.client_time
    }

    fn unreadable_time(&self) -> Option<&str> {
        self.context.request.as_ref()?.unreadable_time.as_deref()
    }

    /// The time that is asked about: the client's clock decides, and that of the server stands in for it.
    fn now(&self) -> Option<Moment> {
        self.client_time().or(self.context.server_time)
    }

    /// The server's clock, as well as it is known.
    fn server_time(&self, policy: &Policy) -> Option<Moment> {
        self.context.server_time.or(policy.issued)
    }
}

struct Findings(Vec<Finding>);

impl Findings {
    fn of<'f>(&'f mut self, policy: &Policy, index: usize) -> OnePolicy<'f> {
        OnePolicy { findings: &mut self.0, is_license: policy.origin == Origin::License, index }
    }

    fn add(&mut self, rule: &'static Rule, message: String) {
        self.0.push(Finding { rule, level: rule.level, message, policy: None, offset: None });
    }
}

/// Findings about one policy.
struct OnePolicy<'f> {
    findings: &'f mut Vec<Finding>,
    is_license: bool,
    index: usize,
}

impl OnePolicy<'_> {
    fn add(&mut self, rule: &'static Rule, message: impl Into<String>) {
        self.add_at(rule, rule.level, message);
    }

    fn add_at(&mut self, rule: &'static Rule, level: Level, message: impl Into<String>) {
        let policy = Some(self.index);
        self.findings.push(Finding { rule, level, message: message.into(), policy, offset: None });
    }

    /// The name of a rule that has one for licenses and one for descriptions.
    const fn either(&self, license: &'static Rule, described: &'static Rule) -> &'static Rule {
        if self.is_license { license } else { described }
    }
}
