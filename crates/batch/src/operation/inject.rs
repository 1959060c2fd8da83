//! Boxes are put into files, and objects into manifests.

use super::OperationError;
use super::given_boxes::{Boxes, GivenBox, in_container};
use crate::input::{Document, Found, Opened, strangers};
use crate::payloads::{check_for_document, for_manifest};
use crate::refused::Refused;
use crate::report::{BoxReport, WriteReport};
use crate::table::Table;
use crate::writing::{On, Operation};
use crate::{Edits, Result, Selector};
use bytes::Bytes;
use prkit_bmff::{BoxType, Container, FourCc, Insert, Pssh, PsshBox, Replace, Scope, Where, free_box};
use prkit_manifest::{IfExists, NewObject, Role};
use prkit_playready::{Header, Override, Overrides};
use std::path::Path;
use std::sync::Arc;

/// What is put in, and where.
#[derive(Debug)]
pub struct Insertion {
    /// The boxes.
    pub what: Boxes,
    /// Into which containers.
    pub places: Vec<Where>,
    /// Where in them.
    pub position: Position,
    /// What becomes of a box of the same system.
    pub if_exists: IfExists,
}

/// Where among the `pssh` boxes of a container.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Position {
    /// In front of them.
    #[default]
    First,
    /// Behind them.
    Last,
    /// Behind the one with this number.
    After(usize),
}

/// Puts boxes into files, and objects into manifests.
pub struct Inject<'t> {
    /// What is put in where a row fits.
    pub table: Option<Table<'t, Option<Insertion>>>,
    /// For all that no row of the table fits.
    pub all: Option<Insertion>,
    /// What is done although it is refused.
    pub overrides: Overrides,
    /// Files get the object as it is, manifests without an empty store.
    pub presentation: bool,
}

impl Operation for Inject<'_> {
    fn scope(&self, _: &Selector) -> Scope {
        Scope { all_containers: true, ..Scope::default() }
    }

    fn edits(&self, on: &On<'_>, report: &mut WriteReport) -> Result<Edits> {
        let On { document, objects, .. } = *on;
        if let Some(opened) = &document.manifest {
            let found = objects.iter().find(|found| found.system.is_playready()).cloned();
            let row = self.row(document, &found.unwrap_or_else(Found::whole_file))?;
            report.matched = 0;
            return match row.as_deref().map_or(self.all.as_ref(), Option::as_ref) {
                Some(ready) => self.put_into_text(ready, document, opened, report),
                None => Ok(Edits::default()),
            };
        }
        let Some(layout) = &document.layout else {
            return Err(OperationError::NothingInside.into());
        };
        let mut edits = Edits::default();
        report.matched = 0;
        let mut asks_moov_only = false;
        let mut boxes_in = vec![Vec::new(); layout.containers().len()];
        for (index, pssh) in layout.pssh().iter().enumerate() {
            boxes_in.get_mut(pssh.container).into_iter().for_each(|boxes| boxes.push((index, pssh)));
        }
        for ((index, container), here) in layout.containers().iter().enumerate().zip(&boxes_in) {
            let row = self.row_for(document, container, here, objects)?;
            let Some(ready) = row.as_deref().map_or(self.all.as_ref(), Option::as_ref) else { continue };
            asks_moov_only |= ready.places == [Where::Moov];
            if ready.places.iter().any(|place| container.is(*place)) {
                report.matched = report.matched.saturating_add(1);
                let boxes = ready.what.for_container(document, container)?;
                if !self.overrides.has(Override::KeyId) {
                    for new in boxes.iter().filter(|new| new.system.is_playready()) {
                        let pssh = Pssh::parse(BoxType::new(*b"pssh"), &new.content)?;
                        let named = Header::of_payload(pssh.data).map(|header| header.key_ids());
                        let named = named.unwrap_or_default();
                        if let Some(refused) = strangers(document, &in_container(container), &named)? {
                            return Err(OperationError::Refused(refused).into());
                        }
                    }
                }
                if ready.if_exists == IfExists::Replace && !self.overrides.has(Override::Version) {
                    refuse_undefined(here, &boxes)?;
                }
                put_into(ready, (index, container), here, &boxes, &mut edits, report)?;
            }
        }
        let is_init = layout.is_fragmented()
            && layout.moofs().next().is_none()
            && !layout.top().iter().any(|top| top.kind.code() == FourCc(*b"mdat"));
        if is_init && asks_moov_only && report.boxes.iter().any(|found| found.changed) {
            report.notes.push(
                "DASH-IF deprecates pssh boxes in moov of an init segment (IOP v5, part 6, 10): the box belongs into the MPD"
                    .into(),
            );
        }
        if report.matched == 0 && !document.is_walked && asks_moov_only {
            return Err(OperationError::NoMoov.into());
        }
        Ok(edits)
    }

    fn skip(&self, path: &Path) {
        if let Some(table) = &self.table {
            table.skip(path);
        }
    }
}

impl Inject<'_> {
    /// What the row asks for that fits something in a document; `None` where none does.
    fn row(&self, document: &Document, found: &Found) -> Result<Option<Arc<Option<Insertion>>>> {
        self.table.as_ref().map_or(Ok(None), |table| table.for_object(document, found))
    }

    /// The same for a container: with the key ids of a header that is in it, else of what is encrypted there.
    fn row_for(
        &self,
        document: &Document,
        container: &Container,
        here: &[(usize, &PsshBox)],
        objects: &[Found],
    ) -> Result<Option<Arc<Option<Insertion>>>> {
        if self.table.is_none() {
            return Ok(None);
        }
        let mut here = here.iter().filter_map(|(index, _)| objects.get(*index));
        let header = here.find(|found| found.system.is_playready());
        let data = header.map(|found| found.data.clone()).unwrap_or_default();
        self.row(document, &Found { data, ..in_container(container) })
    }

    /// A manifest has places of its own; only one that is named for boxes in files keeps it out.
    fn put_into_text(
        &self,
        ready: &Insertion,
        document: &Document,
        opened: &Opened,
        report: &mut WriteReport,
    ) -> Result<Edits> {
        if ready.places != [Where::Moov] || self.presentation && names_client(opened) {
            return Ok(Edits::default());
        }
        let Boxes::Given(boxes) = &ready.what else {
            return Err(OperationError::NoAlgorithm.into());
        };
        let [GivenBox { system, content, whole }] = boxes.as_slice() else {
            return Err(OperationError::OneObject.into());
        };
        if !system.is_playready() {
            return Err(OperationError::OtherSystem.into());
        }
        let pssh = Pssh::parse(BoxType::new(*b"pssh"), content)?;
        let mut object = pssh.data.to_vec();
        if self.presentation {
            object = for_manifest(&[], object, self.overrides);
        }
        check_for_document(document.kind, &object, self.overrides)?;
        let is_same = object == pssh.data;
        let other =
            || Pssh::new(pssh.version, pssh.system, pssh.kids.clone(), &object).to_box().map(Bytes::from);
        let whole = if is_same { whole.clone() } else { other().ok_or(OperationError::TooLong)? };
        let new = NewObject { object: &object, whole_box: &whole };
        let injected = opened.manifest.inject(new, ready.if_exists, self.overrides)?;
        report.matched = injected.added.len().saturating_add(injected.kept);
        for path in &injected.added {
            report.boxes.push(BoxReport {
                index: None,
                path: Some(path.clone()),
                offset: 0,
                size_before: 0,
                size_after: len(&whole),
                changed: true,
                error: None,
            });
        }
        Ok(Edits { text: injected.edits, ..Edits::default() })
    }
}

/// Refuses to replace a box of a version that is not defined: what would go with it nobody knows.
fn refuse_undefined(here: &[(usize, &PsshBox)], boxes: &[GivenBox]) -> Result<()> {
    for (_, pssh) in here {
        let Ok(found) = Pssh::parse(pssh.header.kind, &pssh.content) else { continue };
        if found.version > 1 && boxes.iter().any(|new| new.system == found.system) {
            return Err(OperationError::Refused(Refused::BoxVersion { version: found.version }).into());
        }
    }
    Ok(())
}

fn put_into(
    ready: &Insertion,
    (index, container): (usize, &Container),
    here: &[(usize, &PsshBox)],
    boxes: &[GivenBox],
    edits: &mut Edits,
    report: &mut WriteReport,
) -> Result<()> {
    let is_there = |new: &GivenBox| here.iter().any(|(_, pssh)| pssh.content == new.content);
    let missing: Vec<&GivenBox> = boxes.iter().filter(|new| !is_there(new)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let boxes = Bytes::from(missing.iter().map(|new| &new.whole[..]).collect::<Vec<_>>().concat());
    let same_system: Vec<_> = here
        .iter()
        .filter(|(_, pssh)| {
            Pssh::parse(pssh.header.kind, &pssh.content)
                .is_ok_and(|found| missing.iter().any(|new| new.system == found.system))
        })
        .collect();
    match (ready.if_exists, same_system.as_slice()) {
        (IfExists::Keep, [_, ..]) => return Ok(()),
        (IfExists::Error, [(_, first), ..]) => {
            let (offset, path) = (first.header.span.start(), first.path.to_string());
            return Err(OperationError::Exists { offset, path }.into());
        }
        (IfExists::Replace, [first, others @ ..]) => {
            replace(first.0, first.1, &boxes, edits, report);
            for (other, pssh) in others {
                // Filler of the same size: nothing else moves for it.
                let filler = free_box(pssh.header.span.len()).unwrap_or_default();
                replace(*other, pssh, &filler, edits, report);
            }
            return Ok(());
        }
        _ => {}
    }
    let position = position_in(ready.position, container, here)?;
    if position > container.last_position() {
        return Err(OperationError::Behind { path: container.path.to_string() }.into());
    }
    report.boxes.push(BoxReport {
        index: None,
        path: Some(container.path.to_string()),
        offset: container.offset_of(position),
        size_before: 0,
        size_after: len(&boxes),
        changed: true,
        error: None,
    });
    edits.insert.push(Insert { container: index, position, boxes });
    Ok(())
}

/// In front of which child.
fn position_in(
    position: Position,
    container: &Container,
    here: &[(usize, &PsshBox)],
) -> Result<usize, OperationError> {
    let place_of =
        |pssh: &PsshBox| container.children.iter().position(|child| child.span == pssh.header.span);
    let behind = |pssh: &PsshBox| place_of(pssh).map(|place| place.saturating_add(1));
    let found = match position {
        Position::First => here.first().and_then(|(_, pssh)| place_of(pssh)),
        Position::Last => here.last().and_then(|(_, pssh)| behind(pssh)),
        Position::After(index) => {
            let (_, pssh) = here
                .iter()
                .find(|(known, _)| *known == index)
                .ok_or_else(|| OperationError::NoBox { index, path: container.path.to_string() })?;
            behind(pssh)
        }
    };
    // No box to stand beside: at the end, where nothing that offsets count from has to move.
    Ok(found.unwrap_or_else(|| container.last_position()))
}

/// Whether it is the server's manifest of Smooth Streaming, beside which the client's takes the object.
fn names_client(opened: &Opened) -> bool {
    let presentation = opened.manifest.outlined();
    presentation.is_ok_and(|presentation| {
        presentation.references.iter().any(|reference| reference.role == Role::ClientManifest)
    })
}

fn replace(index: usize, pssh: &PsshBox, with: &Bytes, edits: &mut Edits, report: &mut WriteReport) {
    report.boxes.push(BoxReport {
        index: Some(index),
        path: Some(pssh.path.to_string()),
        offset: pssh.header.span.start(),
        size_before: pssh.header.span.len(),
        size_after: len(with),
        changed: true,
        error: None,
    });
    edits.replace.push(Replace::new(index, with.clone()));
}

fn len(bytes: &Bytes) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
