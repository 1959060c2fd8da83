//! `prkit inject`: add a pssh box.

mod what;

use crate::args::{IfExists, InjectArgs, InjectOptions, Place, Position};
use crate::exit::{Status, Stop};
use crate::input::{Document, Found, Opened, strangers};
use crate::refused::{Hint, told};
use crate::report::{BoxReport, WriteReport};
use crate::table::Table;
use crate::writing;
use bytes::Bytes;
use prkit_batch::Selector;
use prkit_batch::log::Asked;
use prkit_batch::payloads::{check_for_document, for_manifest};
use prkit_batch::{Edits, Refused};
use prkit_bmff::{BoxType, Container, FourCc, Insert, Pssh, PsshBox, Replace, Scope, Where, free_box};
use prkit_manifest::{NewObject, Role};
use prkit_playready::{Header, Override, Overrides};
use std::path::Path;
use std::sync::Arc;
use what::{NewBox, What, in_container, what};

pub(crate) fn run(args: &InjectArgs) -> Result<Status, Stop> {
    let overrides = args.write.force.overrides();
    let table = args.table.edits.as_deref().map(|path| {
        Table::open(path, move |row: InjectOptions, fragments| {
            let (says_what, says_how) = (row.says_what(), row.says_how());
            let mut options = row.over(&args.options);
            // What is about fragments is about boxes in them.
            if options.places.is_empty() && fragments {
                options.places.push(Place::Moof);
            }
            match says_what || options.is_complete() {
                true => Ready::new(&options, overrides).map(Some),
                false if says_how => Err(Stop::usage(
                    "it says how a box is put in, and neither it nor the command line says what box",
                )),
                false => Ok(None),
            }
        })
    });
    let table = table.transpose()?;
    let by_rows = table.is_some() && !args.options.is_complete();
    let all = if by_rows { None } else { Some(Ready::new(&args.options, overrides)?) };
    let inject = Inject { table, all, overrides, presentation: args.write.presentation };
    let asked = || {
        let asked = Asked::of("inject").with(&args.options);
        match &inject.table {
            Some(table) => asked.with(table),
            None => asked,
        }
    };
    let selector = Selector::default();
    let status = writing::run(&inject, &args.input, &selector, &args.write, &asked)?;
    Ok(inject.table.map_or(status, |table| table.end(status, &args.table)))
}

/// What is put in, and where.
struct Ready {
    what: What,
    places: Vec<Where>,
    position: Position,
    if_exists: IfExists,
}

impl Ready {
    fn new(options: &InjectOptions, overrides: Overrides) -> Result<Self, Stop> {
        let mut places: Vec<Where> = options.places.iter().map(|place| place.of()).collect();
        if places.is_empty() {
            places.push(Where::Moov);
        }
        Ok(Self {
            what: what(options, overrides)?,
            places,
            position: options.position.unwrap_or_default(),
            if_exists: options.if_exists.unwrap_or_default(),
        })
    }
}

struct Inject<'t> {
    table: Option<Table<'t, Option<Ready>>>,
    /// For all that no row of the table fits.
    all: Option<Ready>,
    overrides: Overrides,
    /// Files get the object as it is, manifests without an empty store.
    presentation: bool,
}

impl writing::Command for Inject<'_> {
    fn scope(&self, _: &Selector) -> Scope {
        Scope { all_containers: true, ..Scope::default() }
    }

    fn edits(
        &self,
        document: &Document,
        objects: &[Found],
        report: &mut WriteReport,
    ) -> Result<Edits, String> {
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
            return Err("the input is one object; there is nothing to put a box into".to_owned());
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
                        let pssh =
                            Pssh::parse(BoxType::new(*b"pssh"), &new.content).map_err(|e| e.to_string())?;
                        let named = Header::of_payload(pssh.data).map(|header| header.key_ids());
                        let named = named.unwrap_or_default();
                        if let Some(refused) = strangers(document, &in_container(container), &named)
                            .map_err(crate::hints::told)?
                        {
                            return Err(told(&refused));
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
            return Err("there is no moov in it: a lone segment takes a box with --where moof".to_owned());
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
    fn row(&self, document: &Document, found: &Found) -> Result<Option<Arc<Option<Ready>>>, String> {
        self.table.as_ref().map_or(Ok(None), |table| table.for_object(document, found))
    }

    /// The same for a container: with the key ids of a header that is in it, else of what is encrypted there.
    fn row_for(
        &self,
        document: &Document,
        container: &Container,
        here: &[(usize, &PsshBox)],
        objects: &[Found],
    ) -> Result<Option<Arc<Option<Ready>>>, String> {
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
        ready: &Ready,
        document: &Document,
        opened: &Opened,
        report: &mut WriteReport,
    ) -> Result<Edits, String> {
        if ready.places != [Where::Moov] || self.presentation && names_client(opened) {
            return Ok(Edits::default());
        }
        let What::Boxes(boxes) = &ready.what else {
            return Err("--from-media: a manifest names no algorithm; name the key ids with --kid".to_owned());
        };
        let [NewBox { system, content, whole }] = boxes.as_slice() else {
            return Err("a manifest takes one object".to_owned());
        };
        if !system.is_playready() {
            return Err("into a manifest goes PlayReady's object only".to_owned());
        }
        let pssh = Pssh::parse(BoxType::new(*b"pssh"), content).map_err(|error| error.to_string())?;
        let mut object = pssh.data.to_vec();
        if self.presentation {
            object = for_manifest(&[], object, self.overrides);
        }
        check_for_document(document.kind, &object, self.overrides)
            .map_err(|cause| format!("{}{}", cause.text, Hint(cause.overridden_by)))?;
        let is_same = object == pssh.data;
        let other =
            || Pssh::new(pssh.version, pssh.system, pssh.kids.clone(), &object).to_box().map(Bytes::from);
        let whole = if is_same { whole.clone() } else { other().ok_or("the object is too long")? };
        let new = NewObject { object: &object, whole_box: &whole };
        let if_exists = match ready.if_exists {
            IfExists::Keep => prkit_manifest::IfExists::Keep,
            IfExists::Replace => prkit_manifest::IfExists::Replace,
            IfExists::Add => prkit_manifest::IfExists::Add,
            IfExists::Error => prkit_manifest::IfExists::Error,
        };
        let injected =
            opened.manifest.inject(new, if_exists, self.overrides).map_err(|error| told(&error))?;
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
fn refuse_undefined(here: &[(usize, &PsshBox)], boxes: &[NewBox]) -> Result<(), String> {
    for (_, pssh) in here {
        let Ok(found) = Pssh::parse(pssh.header.kind, &pssh.content) else { continue };
        if found.version > 1 && boxes.iter().any(|new| new.system == found.system) {
            return Err(told(&Refused::BoxVersion { version: found.version }));
        }
    }
    Ok(())
}

fn put_into(
    ready: &Ready,
    (index, container): (usize, &Container),
    here: &[(usize, &PsshBox)],
    boxes: &[NewBox],
    edits: &mut Edits,
    report: &mut WriteReport,
) -> Result<(), String> {
    let is_there = |new: &NewBox| here.iter().any(|(_, pssh)| pssh.content == new.content);
    let missing: Vec<&NewBox> = boxes.iter().filter(|new| !is_there(new)).collect();
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
            return Err(format!(
                "a box of that system is there already, at byte {} in {}; --if-exists keep, replace or add",
                first.header.span.start(),
                first.path
            ));
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
        return Err(format!("nothing can stand behind the last box of {}", container.path));
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
) -> Result<usize, String> {
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
                .ok_or_else(|| format!("there is no pssh box {index} in {}", container.path))?;
            behind(pssh)
        }
    };
    // No box to stand beside: at the end, where nothing that offsets count from has to move.
    Ok(found.unwrap_or_else(|| container.last_position()))
}

/// Whether it is the server's manifest of Smooth Streaming, beside which the client's takes the object.
fn names_client(opened: &Opened) -> bool {
    let presentation = opened.manifest.presentation("", &());
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

impl Place {
    pub(crate) const fn of(self) -> Where {
        match self {
            Self::File => Where::File,
            Self::Moov => Where::Moov,
            Self::Moof => Where::Moof,
            Self::Meta => Where::Meta,
        }
    }
}
