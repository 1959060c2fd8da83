//! What is put in: boxes as they are given, or made for the keys of a container.

use crate::args::{InjectOptions, InjectWhat, ObjectArgs};
use crate::asked::{self, boxes_of, header_of, object_of};
use crate::exit::Stop;
use crate::hints::told;
use crate::input::{Document, Found, encryption_of};
use crate::keys;
use crate::refused::Hint;
use bytes::Bytes;
use prkit_batch::payloads::check_object;
use prkit_batch::shape;
use prkit_bmff::{BoxType, Container, Layout, Limits, Pssh, Scope, SizeForm};
use prkit_playready::{Header, Key, KeyId, Keyring, Object, Overrides, RecordType, SystemId, Use};
use std::borrow::Cow;

/// A box to put in.
#[derive(Clone)]
pub(super) struct NewBox {
    pub(super) system: SystemId,
    pub(super) content: Bytes,
    pub(super) whole: Bytes,
}

/// What is put in.
pub(super) enum What {
    /// The same into every container.
    Boxes(Vec<NewBox>),
    /// An object for the keys of each.
    FromMedia { object: Box<ObjectArgs>, version: u8, keys: Vec<Key>, ring: Keyring, overrides: Overrides },
}

pub(super) fn what(args: &InjectOptions, overrides: Overrides) -> Result<What, Stop> {
    let version = args.pssh_version.unwrap_or(0);
    let is_given = args.what.is_given();
    let is_new = !args.kids.is_empty() || args.from_media || !args.object.is_empty();
    match (is_given, is_new) {
        (true, true) => Err(Stop::usage(
            "--pssh, --pro and --header are whole: options that say what a new object holds cannot stand beside them",
        )),
        (true, false) => boxes(&args.what, version, overrides).map(What::Boxes).map_err(Stop::usage),
        (false, true) => {
            asked::warn(&args.object)?;
            let keys = keys::keys("--kid", &args.kids)?;
            let ring = keys::ring(&keys::list(args.object.keys.as_deref())?);
            if args.from_media {
                let object = Box::new(args.object.clone());
                return Ok(What::FromMedia { object, version, keys, ring, overrides });
            }
            let object = asked::build(&args.object, keys, &ring, None, place_of(&args.object), overrides)?;
            let boxed = pssh_around(&object, version).map_err(Stop::usage)?;
            parse(&Bytes::from(boxed)).map(What::Boxes).map_err(Stop::usage)
        }
        (false, false) => Err(Stop::usage(
            "nothing to put in: --pssh, --pro, --header, or what a new object holds: --kid, --from-media, --la-url …",
        )),
    }
}

impl What {
    /// The boxes for one container: with the keys that the file names there, where they are made of them.
    pub(super) fn for_container(
        &self,
        document: &Document,
        container: &Container,
    ) -> Result<Cow<'_, [NewBox]>, String> {
        let (object, version, keys, ring, overrides) = match self {
            Self::Boxes(boxes) => return Ok(Cow::Borrowed(boxes)),
            Self::FromMedia { object, version, keys, ring, overrides } => {
                (object, *version, keys.clone(), ring, *overrides)
            }
        };
        let media = encryption_of(document, &in_container(container)).map_err(told)?.understood()?;
        let object = asked::build(object, keys, ring, Some(&media), place_of(object), overrides);
        let object = object.map_err(Stop::message)?;
        parse(&Bytes::from(pssh_around(&object, version)?)).map(Cow::Owned)
    }
}

fn place_of(object: &ObjectArgs) -> Option<Use> {
    object.place.map(Use::from)
}

/// An object that stands in a container.
pub(super) fn in_container(container: &Container) -> Found {
    let offset = container.content.start();
    Found { place: Some(container.place), offset, ..Found::whole_file() }
}

fn boxes(what: &InjectWhat, version: u8, overrides: Overrides) -> Result<Vec<NewBox>, String> {
    let bytes = match (&what.pssh, &what.pro, &what.header) {
        (Some(boxes), ..) => boxes_of("--pssh", boxes)?,
        (_, Some(object), _) => pssh_around(&object_of("--pro", object, overrides)?, version)?,
        (_, _, Some(header)) => {
            let header = header_of("--header", header)?;
            let object =
                Object::encode([(RecordType::Header, &header[..])]).map_err(|error| error.to_string())?;
            pssh_around(&object, version)?
        }
        _ => return Err("nothing to put in".to_owned()),
    };
    let boxes = parse(&Bytes::from(bytes)).map_err(|error| format!("--pssh: {error}"))?;
    for new in boxes.iter().filter(|new| new.system.is_playready()) {
        let pssh = Pssh::parse(BoxType::new(*b"pssh"), &new.content).map_err(|error| error.to_string())?;
        check_object(&[], pssh.data, overrides)
            .map_err(|cause| format!("{}{}", cause.text, Hint(cause.overridden_by)))?;
    }
    Ok(boxes)
}

/// Whole boxes, and nothing else.
fn parse(bytes: &Bytes) -> Result<Vec<NewBox>, String> {
    let layout =
        Layout::locate(bytes, Scope::default(), Limits::default()).map_err(|error| error.to_string())?;
    if let Some(fault) = layout.faults().first() {
        return Err(fault.to_string());
    }
    let other = layout.pssh().len() != layout.top().len() || !layout.leftovers().is_empty();
    if other || layout.pssh().is_empty() {
        return Err("expected whole pssh boxes and nothing else".to_owned());
    }
    let mut boxes: Vec<NewBox> = Vec::new();
    for found in layout.pssh() {
        let pssh = Pssh::parse(found.header.kind, &found.content).map_err(|error| error.to_string())?;
        if let Some(fault) = pssh.fault {
            return Err(fault.to_string());
        }
        if found.header.form == SizeForm::ToEnd {
            return Err(
                "its last box has size 0, to the end of the file, and cannot stand elsewhere".to_owned()
            );
        }
        let whole = found.encode(&found.content).map_err(|error| error.to_string())?;
        let (system, content) = (pssh.system, found.content.clone());
        if !boxes.iter().any(|known| known.content == content) {
            boxes.push(NewBox { system, content, whole });
        }
    }
    Ok(boxes)
}

/// A box around an object; version 1 lists the header's key ids.
fn pssh_around(object: &[u8], version: u8) -> Result<Vec<u8>, String> {
    let header = Header::of_payload(object);
    let kids: Vec<KeyId> = match (version, &header) {
        (1, Ok(header)) => header.key_ids(),
        (1, Err(error)) => return Err(format!("--pssh-version 1: {error}")),
        _ => Vec::new(),
    };
    shape::new_box(object, version, kids)
}
