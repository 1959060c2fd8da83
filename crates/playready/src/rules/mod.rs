//! The rules of the specification, and those that known players force.
//!
//! ```text
//!   payload ──▶ Subject ──▶ one check a family ──▶ Findings ──fix.rs──▶ straight payload
//!
//!   object.rs     PRO, C-12, BOX-05   the container                    PRH spec 2
//!   encoding.rs   PRH-01              UTF-16                           PRH spec 3
//!   syntax.rs     PRH-02, 04, 06–08   XML, canonical                   PRH spec 3.2
//!   names.rs      PRH-03, 05, 09…     root, names, typos               PRH spec 3.2.2, 3.3 to 3.6
//!   structure.rs  VER-01 to 06, 10…   what is where, how often         PRH spec 3.3 to 3.6; the table: header/grammar.rs
//!   text.rs       VER-03, 12, C-01    what elements may say            PRH spec 3.3 to 3.6
//!   keys.rs       VER-04, 07 to 09…   key ids, algorithms, checksums   PRH spec 3.3 to 3.6, 5
//!   values.rs     PRH-12 to 14…       sizes and URLs                   PRH spec 3.3 to 3.6, 6
//!   clients.rs    PRH-10, 11, EXT     who can read it                  PRH spec 3.1
//!   store.rs      ELS                 the license store                PRH spec 4
//!   players.rs    PLY                 what players are known to do     their sources
//!   media.rs      KEY-01, C-16        the file it stands in            ISO/IEC 23001-7
//! ```
//!
//! A check is a function of a subject and its context; it knows nothing of files. Where the text says what is meant, a
//! finding comes with a fix, and all fixes go through the same editing as any other change.
//!
//! Two rules of the facts are not here because no header shows them: that a client has to know the version of its
//! server (PRH spec 3.4.1), and that one key must not be used in both modes (that takes two headers: [`across`]).

mod clients;
mod encoding;
mod fix;
#[cfg(test)]
mod grid;
mod keys;
#[cfg(test)]
mod linear;
mod media;
mod names;
mod object;
mod players;
mod rule;
mod store;
mod structure;
mod syntax;
mod target;
#[cfg(test)]
mod tests;
mod text;
mod values;

pub use fix::{Fix, Straightened, straighten};
pub use media::{Encryption, MediaError, across};
pub use rule::{Client, Finding, Level, Otherwise, Rule, Spec};
pub use target::Target;
pub use values::{odd_url, too_long};

use crate::limits::MAX_FINDINGS;
use crate::players::{Format, Player};
use crate::{Header, KeyId, Object, Payload, Use};
use core::ops::Range;
use fix::How;

/// What is known beside the payload.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'c> {
    /// The client that has to read it.
    pub client: Option<Client>,
    /// Where it is put.
    pub place: Option<Use>,
    /// What clients let pass is an error, too.
    pub strict: bool,
    /// Which text counts where the two of the header specification differ.
    pub spec: Spec,
    /// A header without an object around it is what it is meant to be.
    pub bare: bool,
    /// The header is that of a license request, not that of content.
    pub request: bool,
    /// The key id list of the box around it.
    pub box_kids: &'c [KeyId],
    /// The file it stands in.
    pub media: Option<&'c Encryption>,
    /// The kind of document it is in.
    pub format: Option<Format>,
    /// The one player that is asked about.
    pub player: Option<Player>,
}

/// All rules, family by family.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    [
        object::RULES,
        encoding::RULES,
        syntax::RULES,
        names::RULES,
        structure::RULES,
        text::RULES,
        keys::RULES,
        values::RULES,
        clients::RULES,
        store::RULES,
        players::RULES,
        media::RULES,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// The levels that rules have beside their own, each with its reason. A finding has one of these, or that of its rule.
pub fn otherwise() -> impl Iterator<Item = &'static Otherwise> {
    [
        encoding::OTHERWISE,
        syntax::OTHERWISE,
        names::OTHERWISE,
        structure::OTHERWISE,
        text::OTHERWISE,
        keys::OTHERWISE,
        values::OTHERWISE,
        clients::OTHERWISE,
        store::OTHERWISE,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// What breaks a rule, in the order it stands.
pub fn lint(payload: &[u8], context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Findings { list: Vec::new(), offset: 0, strict: context.strict };
    let parsed = match Payload::parse(payload) {
        Ok(parsed) => parsed,
        Err(error) => {
            findings.object(&object::PRO_00, 0, error.to_string());
            return findings.list;
        }
    };
    check(&parsed, context, &mut findings);
    findings.list.sort_by_key(|finding| (finding.offset, core::cmp::Reverse(finding.level)));
    findings.list
}

/// What reading alone shows: the container and the encoding, not what is said.
pub fn inspect(payload: &Payload<'_>, context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Findings { list: Vec::new(), offset: 0, strict: context.strict };
    let mut inner = payload;
    while let Payload::Nested(nested) = inner {
        object::nested(nested, &mut findings);
        findings.offset = findings.offset.saturating_add(nested.data_offset());
        inner = nested.inner();
    }
    let subject = Subject::new(inner, context);
    object::check(&subject, &mut findings);
    if let Some(header) = subject.header {
        encoding::check(&Part { header, base: subject.header_offset, context }, &mut findings);
    }
    findings.list
}

fn check(payload: &Payload<'_>, context: &Context<'_>, findings: &mut Findings) {
    if let Payload::Nested(nested) = payload {
        object::nested(nested, findings);
        let before = findings.offset;
        findings.offset = before.saturating_add(nested.data_offset());
        check(nested.inner(), context, findings);
        findings.offset = before;
        return;
    }
    let subject = Subject::new(payload, context);
    object::check(&subject, findings);
    store::check(&subject, findings);
    players::check_object(&subject, findings);
    let Some(header) = subject.header else { return };
    let part = Part { header, base: subject.header_offset, context };
    encoding::check(&part, findings);
    let is_cut = syntax::check(&part, findings);
    names::check(&part, findings);
    structure::check(&part, findings);
    text::check(&part, findings);
    keys::check(&part, findings);
    values::check(&part, findings);
    clients::check(&part, findings);
    players::check_header(&part, findings);
    media::check(&part, findings);
    if is_cut {
        // Half a header with right numbers around it would only look whole.
        for finding in &mut findings.list {
            finding.fix = None;
        }
    }
}

/// A payload that is looked at.
struct Subject<'s, 'a> {
    object: Option<&'s Object<'a>>,
    header: Option<&'s Header<'a>>,
    /// Where the header's bytes begin.
    header_offset: usize,
    context: &'s Context<'s>,
}

impl<'s, 'a> Subject<'s, 'a> {
    fn new(payload: &'s Payload<'a>, context: &'s Context<'s>) -> Self {
        let object = payload.object();
        let record = object.and_then(Object::header_record);
        let header_offset = record.map_or(0, crate::Record::value_offset);
        Self { object, header: payload.header().ok(), header_offset, context }
    }
}

/// A header that is looked at.
struct Part<'p> {
    header: &'p Header<'p>,
    base: usize,
    context: &'p Context<'p>,
}

/// When what clients let pass is not let pass.
const STRICT: &str = "when nothing is let pass (strict)";

/// What was found so far.
struct Findings {
    list: Vec<Finding>,
    /// Where the payload begins that is looked at.
    offset: usize,
    strict: bool,
}

impl Findings {
    /// Whether there are as many as anybody reads.
    const fn is_full(&self) -> bool {
        self.list.len() >= MAX_FINDINGS
    }

    /// Something about the container.
    fn object(&mut self, rule: &'static Rule, offset: usize, message: impl Into<String>) -> Mending<'_> {
        let offset = self.offset.saturating_add(offset);
        self.push(Finding {
            rule,
            level: rule.level,
            message: message.into(),
            offset,
            text: None,
            units: None,
            fix: None,
        })
    }

    /// Something about the header as a whole.
    fn header(&mut self, part: &Part<'_>, rule: &'static Rule, message: impl Into<String>) -> Mending<'_> {
        self.object(rule, part.base, message)
    }

    /// Something in the header's text.
    fn text(
        &mut self,
        part: &Part<'_>,
        rule: &'static Rule,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> Mending<'_> {
        if self.is_full() {
            return Mending(None);
        }
        let offset = part.base.saturating_add(part.header.byte_offset(span.start));
        self.push(Finding {
            rule,
            level: rule.level,
            message: message.into(),
            offset: self.offset.saturating_add(offset),
            units: Some([span.start, span.end].map(|at| part.header.units_before(at))),
            text: Some(span),
            fix: None,
        })
    }

    fn push(&mut self, mut finding: Finding) -> Mending<'_> {
        let is_full = self.is_full();
        if self.strict && !is_full {
            let strict = otherwise().find(|other| other.rule == finding.rule.id && other.when == STRICT);
            finding.level = strict.map_or(finding.level, |strict| strict.level);
        }
        if !is_full {
            self.list.push(finding);
        }
        let last = self.list.last_mut().filter(|_| !is_full);
        Mending(last)
    }
}

/// A finding that gets its level and fix; none when there are too many already.
struct Mending<'f>(Option<&'f mut Finding>);

impl Mending<'_> {
    /// Another level than the rule's own.
    fn otherwise(self, other: &'static Otherwise) -> Self {
        self.with(|finding| {
            debug_assert_eq!(other.rule, finding.rule.id, "a level of another rule");
            finding.level = other.level;
        })
    }

    /// Another level in a case.
    fn otherwise_if(self, case: bool, other: &'static Otherwise) -> Self {
        if case { self.otherwise(other) } else { self }
    }

    fn fix(self, what: impl Into<String>, how: How) -> Self {
        self.with(|finding| finding.fix = Some(Fix::new(what.into(), how)))
    }

    /// A fix where there is one.
    fn maybe(self, fix: Option<Fix>) -> Self {
        self.with(|finding| finding.fix = fix)
    }

    fn with(mut self, change: impl FnOnce(&mut Finding)) -> Self {
        if let Some(finding) = &mut self.0 {
            change(finding);
        }
        self
    }
}
