//! What is in an input.

use crate::blob::{Blob, Host};
use crate::fault::Result;
use bytes::Bytes;
use prkit_batch::report::{self, Asked, Finding, Located, Object, PathReport, ShowReport};
use prkit_batch::{Content, Document, Error, Found, looks_like};
use prkit_bmff::{Container, Scope};
use prkit_plan::{Source as _, Span};
use serde::Serialize;
use std::sync::Arc;

/// Boxes of one container that are drawn; a long file has thousands, which nobody can tell from each other.
const MAX_BOXES: usize = 4000;
/// Containers that are drawn.
const MAX_CONTAINERS: usize = 40;
/// Reads of a glance: a file whose fragments cannot be passed over takes thousands, and is read as a whole.
const MAX_GLANCES: u32 = 64;
/// Findings that are shown.
const MAX_FINDINGS: usize = 500;

/// An opened input.
pub(crate) struct Opened {
    pub(crate) blob: u32,
    pub(crate) name: String,
    pub(crate) document: Document,
    pub(crate) found: Vec<Found>,
}

/// What the page is told of it.
#[derive(Serialize)]
pub(crate) struct View {
    /// What `prkit show --json` prints, as text: numbers of 64 bits do not survive JavaScript.
    report: String,
    containers: Vec<ContainerView>,
    findings: Vec<FindingView>,
    /// Findings that are not in the list.
    more_findings: usize,
    /// Whether it can be edited where it is, and why not.
    broken: Option<String>,
}

#[derive(Serialize)]
struct ContainerView {
    path: String,
    span: [u64; 2],
    boxes: Vec<(String, u64, u64)>,
    more: usize,
}

#[derive(Serialize)]
struct FindingView {
    #[serde(flatten)]
    finding: Finding,
    title: &'static str,
    section: &'static str,
}

impl FindingView {
    fn of(located: Located) -> Self {
        Self { finding: located.finding, title: located.rule.title, section: located.rule.section }
    }
}

impl Opened {
    pub(crate) fn new(host: &Arc<dyn Host>, blob: u32, len: u64, name: String, text: bool) -> Result<Self> {
        let document = document(host, blob, len, text)?;
        let found = document.objects()?;
        Ok(Self { blob, name, document, found })
    }

    /// What is in front of the fragments of a file: their index is trusted for where they are. An error where it leads nowhere.
    pub(crate) fn glance(host: &Arc<dyn Host>, blob: u32, len: u64, name: String) -> Result<View> {
        let scope = Scope { file: false, moov: true, moof: false, meta: false, all_containers: false };
        let source = Blob::of_reads(host, blob, len, MAX_GLANCES);
        let document = Document::of(Content::Shared(Arc::new(source)), scope)?;
        let found = document.objects()?;
        Self { blob, name, document, found }.view()
    }

    pub(crate) fn view(&self) -> Result<View> {
        let objects = Object::read_all(&self.found);
        let findings = report::findings(&self.document, &objects);
        let report = ShowReport::new(PathReport::text(&self.name), &self.document, &objects, findings);
        let mut findings = report::lint(&self.document, &self.found, Asked::default());
        let more_findings = findings.len().saturating_sub(MAX_FINDINGS);
        findings.truncate(MAX_FINDINGS);
        Ok(View {
            report: report.to_json()?,
            containers: self.containers(),
            findings: findings.into_iter().map(FindingView::of).collect(),
            more_findings,
            broken: self.document.fault().map(ToString::to_string),
        })
    }

    /// The file, and each container with an object or filler in it.
    fn containers(&self) -> Vec<ContainerView> {
        let Some(layout) = &self.document.layout else { return Vec::new() };
        let marks = layout.pssh().iter().map(|pssh| pssh.header.span);
        let marks: Vec<Span> = marks.chain(layout.slack().iter().map(|slack| slack.header.span)).collect();
        let whole = Span::new(0, layout.len());
        let drawn = layout.containers().iter().enumerate().filter(|(number, container)| {
            *number == 0 || marks.iter().any(|mark| container.content.encloses(*mark))
        });
        drawn.take(MAX_CONTAINERS).map(|(_, container)| ContainerView::of(container, whole)).collect()
    }

    /// The bytes of an object's box, as they are stored.
    pub(crate) fn stored_box(&self, found: &Found) -> Option<Bytes> {
        match (&self.document.manifest, &self.document.layout) {
            (Some(opened), _) => opened.stored(found),
            (None, Some(layout)) => {
                let pssh = layout.pssh().get(found.index)?;
                pssh.encode(&pssh.content).ok()
            }
            (None, None) => None,
        }
    }
}

fn document(host: &Arc<dyn Host>, blob: u32, len: u64, text: bool) -> Result<Document, Error> {
    let source = Blob::new(host, blob, len);
    if !text {
        return Document::of(Content::Shared(Arc::new(source)), Scope::default());
    }
    let mut bytes = Vec::new();
    source.read_at(Span::new(0, len), &mut bytes).map_err(Error::Read)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let document = Document::of_text(text, Scope::default())?;
    document.ok_or_else(|| Error::NoData { looks: looks_like(&bytes) })
}

impl ContainerView {
    fn of(container: &Container, whole: Span) -> Self {
        let span = container.header.map_or(whole, |header| header.span);
        let boxes = container.children.iter().take(MAX_BOXES);
        Self {
            path: container.path.to_string(),
            span: [span.start(), span.end()],
            boxes: boxes
                .map(|child| (child.kind.to_string(), child.span.start(), child.span.end()))
                .collect(),
            more: container.children.len().saturating_sub(MAX_BOXES),
        }
    }
}
