//! `prkit inject`: add a pssh box.

use crate::args::{IfExists, InjectArgs, InjectOptions, InjectWhat, Place};
use crate::asked::{self, given, refused};
use crate::exit::{Status, Stop};
use crate::hints::told;
use crate::{keys, table, writing};
use bytes::Bytes;
use prkit_batch::log::Asked;
use prkit_batch::operation::{Boxes, Inject, Insertion, OperationError};
use prkit_batch::{Error, Selector};
use prkit_bmff::Where;
use prkit_playready::{Object, Overrides, RecordType};

pub(crate) fn run(args: &InjectArgs) -> Result<Status, Stop> {
    let overrides = args.write.force.overrides();
    let table = args.table.edits.as_deref().map(|path| {
        table::open(path, move |row: InjectOptions, fragments| {
            let (says_what, says_how) = (row.says_what(), row.says_how());
            let mut options = row.over(&args.options);
            // What is about fragments is about boxes in them.
            if options.places.is_empty() && fragments {
                options.places.push(Place::Moof);
            }
            match says_what || options.is_complete() {
                true => insertion(&options, overrides).map(Some),
                false if says_how => Err(Stop::usage(
                    "it says how a box is put in, and neither it nor the command line says what box",
                )),
                false => Ok(None),
            }
        })
    });
    let table = table.transpose()?;
    let by_rows = table.is_some() && !args.options.is_complete();
    let all = if by_rows { None } else { Some(insertion(&args.options, overrides)?) };
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
    Ok(inject.table.map_or(status, |rows| table::end(&rows, status, &args.table)))
}

fn insertion(options: &InjectOptions, overrides: Overrides) -> Result<Insertion, Stop> {
    let mut places: Vec<Where> = options.places.iter().map(|place| place.of()).collect();
    if places.is_empty() {
        places.push(Where::Moov);
    }
    Ok(Insertion {
        what: what(options, overrides)?,
        places,
        position: options.position.unwrap_or_default(),
        if_exists: options.if_exists.unwrap_or_default().into(),
    })
}

fn what(args: &InjectOptions, overrides: Overrides) -> Result<Boxes, Stop> {
    let version = args.pssh_version.unwrap_or(0);
    let is_given = args.what.is_given();
    let is_new = !args.kids.is_empty() || args.from_media || !args.object.is_empty();
    let wrong = |error: Error| Stop::usage(told(error));
    match (is_given, is_new) {
        (true, true) => Err(Stop::usage(
            "--pssh, --pro and --header are whole: options that say what a new object holds cannot stand beside them",
        )),
        (true, false) => boxes(&args.what, version, overrides),
        (false, true) => {
            asked::warn(&args.object)?;
            let keys = keys::keys("--kid", &args.kids)?;
            let ring = keys::list(args.object.keys.as_deref())?;
            let object = asked::spec(&args.object, overrides)?;
            if args.from_media {
                return Ok(Boxes::FromMedia { object: Box::new(object), version, keys, ring });
            }
            let object = object.build(keys, &ring, None).map_err(wrong)?;
            Boxes::around(&object, version).map_err(wrong)
        }
        (false, false) => Err(Stop::usage(
            "nothing to put in: --pssh, --pro, --header, or what a new object holds: --kid, --from-media, --la-url …",
        )),
    }
}

fn boxes(what: &InjectWhat, version: u8, overrides: Overrides) -> Result<Boxes, Stop> {
    let boxes = match (&what.pssh, &what.pro, &what.header) {
        (Some(boxes), ..) => Boxes::parse(&Bytes::from(given("--pssh", boxes)?.boxes().map_err(refused)?)),
        (_, Some(object), _) => {
            Boxes::around(&given("--pro", object)?.object(overrides).map_err(refused)?, version)
        }
        (_, _, Some(header)) => {
            let header = given("--header", header)?.header().map_err(refused)?;
            let object = Object::encode([(RecordType::Header, &header[..])]).map_err(Stop::usage)?;
            Boxes::around(&object, version)
        }
        _ => return Err(Stop::usage("nothing to put in")),
    };
    let boxes = boxes.map_err(|error| match error {
        Error::Operation(OperationError::BoxKeys(_)) => Stop::usage(told(error)),
        error => Stop::usage(format!("--pssh: {}", told(error))),
    });
    boxes?.check_length(overrides).map_err(|error| Stop::usage(told(error)))
}

impl From<IfExists> for prkit_manifest::IfExists {
    fn from(if_exists: IfExists) -> Self {
        match if_exists {
            IfExists::Keep => Self::Keep,
            IfExists::Replace => Self::Replace,
            IfExists::Add => Self::Add,
            IfExists::Error => Self::Error,
        }
    }
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
