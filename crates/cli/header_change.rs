//! What is asked of every header: from arguments to new payloads.
//!
//! ```text
//!   arguments ──▶ HeaderChange                                   once a run
//!   payload + what its file says ──▶ new payload, new key ids    once an object
//! ```

use crate::args::{Els, HeaderArgs};
use crate::exit::Stop;
use crate::input::{Document, Found, encryption_of, header_bytes, read_value};
use crate::keys;
use crate::payloads::{Changed, Refusal, Subject};
use crate::select::ds_id_base64;
use prkit_playready::{
    Algorithm, Change, Edit, Encryption, Field, Header, Key, KeyEdits, KeyId, Kid, Object, Payload,
    Requested, Revision, StoreChange, Version, VersionChoice,
};

/// What is asked of every header.
pub(crate) struct HeaderChange {
    what: What,
    els: Option<Els>,
}

enum What {
    /// Splices; URLs may hold `{kid}`.
    Revise { revision: Box<Revision>, from_media: bool },
    /// Another header.
    Header(Vec<u8>),
    /// Another object.
    Object(Vec<u8>),
}

/// What stands for the key id in URLs.
pub(crate) const KID: &str = "{kid}";

impl HeaderChange {
    pub(crate) fn new(args: &HeaderArgs) -> Result<Self, Stop> {
        let revision = revision(args)?;
        let replaces = args.header.is_some() || args.pro.is_some();
        let revises = !revision.is_empty() || args.from_media;
        if replaces && revises {
            return Err(Stop::usage(
                "--header and --pro replace everything; other changes cannot stand beside them",
            ));
        }
        if args.pro.is_some() && args.els.is_some() {
            return Err(Stop::usage(
                "--pro is the exact object, store included; --els cannot stand beside it",
            ));
        }
        let what = match (&args.header, &args.pro) {
            (Some(header), _) => What::Header(
                read_value("--header", header).and_then(|bytes| header_bytes(&bytes)).map_err(Stop::usage)?,
            ),
            (None, Some(object)) => {
                let bytes = read_value("--pro", object).map_err(Stop::usage)?;
                Object::parse(&bytes).map_err(|error| Stop::usage(format!("--pro: {error}")))?;
                What::Object(bytes)
            }
            (None, None) if !revises && matches!(args.els, None | Some(Els::Keep)) => {
                return Err(Stop::usage("nothing to change: name a change, such as --la-url URL"));
            }
            (None, None) => What::Revise { revision: Box::new(revision), from_media: args.from_media },
        };
        Ok(Self { what, els: args.els })
    }
}

impl crate::payloads::Change for HeaderChange {
    fn store_gives_way(&self) -> bool {
        matches!(self.els, None | Some(Els::Keep))
    }

    /// Force lets an algorithm contradict the file, and an object be longer than recommended.
    fn apply(&self, subject: &Subject<'_>) -> Result<Option<Changed>, Refusal> {
        let payload = subject.payload()?;
        if self.needs_header() {
            if payload.object().is_some_and(Object::is_store_only) {
                return Err(Refusal::Unasked);
            }
            let header = payload.header().map_err(|error| Refusal::Object(error.to_string()))?;
            if matches!(self.what, What::Revise { .. }) {
                header.check_root().map_err(|error| Refusal::Object(error.to_string()))?;
            }
        }
        self.changed(subject, &payload).map_err(Refusal::Input)
    }
}

impl HeaderChange {
    /// Whether it can be done to a header only that can be read.
    fn needs_header(&self) -> bool {
        match &self.what {
            What::Object(_) => false,
            What::Header(_) => true,
            What::Revise { revision, from_media } => !revision.is_empty() || *from_media,
        }
    }

    fn changed(&self, subject: &Subject<'_>, payload: &Payload<'_>) -> Result<Option<Changed>, String> {
        let Subject { document, found, force } = *subject;
        let text = |error: prkit_playready::Error| error.to_string();
        let new = match &self.what {
            What::Object(object) => Some(object.clone()),
            What::Header(header) => Some(payload.with_header(header).map_err(text)?),
            What::Revise { .. } if !self.needs_header() => None,
            What::Revise { revision, from_media } => {
                let asked = if *from_media {
                    &with_media(revision, &encryption_of(document, found)?)?
                } else {
                    &**revision
                };
                let filled = with_kid(asked, payload)?;
                payload.revise(filled.as_ref().unwrap_or(asked)).map_err(text)?
            }
        };
        let change = match self.els {
            None | Some(Els::Keep) => None,
            Some(Els::Strip) => Some(StoreChange::Strip),
            Some(Els::Size(len)) => Some(StoreChange::Size { len, force }),
        };
        let new = match change {
            None => new,
            Some(change) => {
                let current = new.as_deref().unwrap_or(&found.data);
                let stored = Payload::parse(current).and_then(|payload| payload.with_store(change));
                stored.map_err(text)?.or(new)
            }
        };
        let Some(data) = new.filter(|new| *new != found.data) else { return Ok(None) };
        let before = payload.header().map(Header::kids).unwrap_or_default();
        let after = Header::of_payload(&data).map(|header| header.kids()).unwrap_or_default();
        if !force {
            check_algorithm(document, &before, &after)?;
        }
        Ok(Some(Changed { kids: box_kids(found, &before, &after), data, room: None }))
    }
}

fn revision(args: &HeaderArgs) -> Result<Revision, Stop> {
    let listed = keys::list(args.keys.as_deref())?;
    let remove = args
        .remove_kid
        .iter()
        .map(|kid| kid.parse::<KeyId>().map_err(|error| Stop::usage(format!("--remove-kid: {error}"))));
    let license_requested = match (args.license_requested, args.no_license_requested) {
        (_, true) => Some(Requested::Remove),
        (Some(value), _) if args.existing => Some(Requested::SetExisting(value)),
        (value, _) => value.map(Requested::Set),
    };
    Ok(Revision {
        fields: fields(args)?,
        keys: KeyEdits {
            set: keys::keys("--set-kid", &args.set_kid)?,
            remove: remove.collect::<Result<_, _>>()?,
            add: keys::keys("--add-kid", &args.add_kid)?,
        },
        algorithm: args.algid.map(Algorithm::from),
        checksums: args.checksum.map(Into::into),
        version: args.header_version.as_deref().map(version).transpose()?,
        license_requested,
        canonicalize: args.canonicalize,
        keyring: keys::ring(&listed),
    })
}

/// `4.3`, `4.3.0.0`, `lowest`.
pub(crate) fn version(text: &str) -> Result<VersionChoice, Stop> {
    if text == "lowest" {
        return Ok(VersionChoice::Lowest);
    }
    let full = if text.matches('.').count() == 1 { format!("{text}.0.0") } else { text.to_owned() };
    match Version::from_text(&full) {
        Version::Other(_) => Err(Stop::usage(format!(
            "--header-version: {text:?} is none: expected 4.0, 4.1, 4.2, 4.3 or lowest"
        ))),
        known => Ok(VersionChoice::Exactly(known)),
    }
}

fn fields(args: &HeaderArgs) -> Result<Vec<Edit>, Stop> {
    let set = |value: &Option<String>| value.clone().map(Change::Set);
    let gone = |gone: bool| gone.then_some(Change::Remove);
    let ds_id = args.ds_id.as_deref().map(ds_id_base64).transpose()?;
    let custom = args.custom_attributes.as_deref().map(custom_attributes).transpose()?;
    let setup = args.decryptor_setup.as_ref().map(|setup| setup.to_ascii_uppercase());
    let changes = [
        (Field::LaUrl, set(&args.la_url).or(prefixes(&args.la_url_replace)?).or(gone(args.no_la_url))),
        (Field::LuiUrl, set(&args.lui_url).or(prefixes(&args.lui_url_replace)?).or(gone(args.no_lui_url))),
        (Field::DsId, set(&ds_id).or(gone(args.no_ds_id))),
        (Field::CustomAttributes, set(&custom).or(gone(args.no_custom_attributes))),
        (Field::DecryptorSetup, set(&setup).or(gone(args.no_decryptor_setup))),
    ];
    let edits = changes
        .into_iter()
        .filter_map(|(field, change)| change.map(|change| Edit { field, change, existing: args.existing }));
    let edits: Vec<Edit> = edits.collect();
    // What no header can say is said once, not for every file of a catalogue.
    for edit in &edits {
        edit.check(args.canonicalize).map_err(|error| Stop::usage(error.to_string()))?;
    }
    Ok(edits)
}

fn prefixes(pairs: &[String]) -> Result<Option<Change>, Stop> {
    let pairs: Vec<_> = pairs
        .iter()
        .map(|pair| match pair.split_once('=') {
            Some((old, new)) if !old.is_empty() => Ok((old.to_owned(), new.to_owned())),
            _ => Err(Stop::usage(format!("expected OLD=NEW, not {pair:?}"))),
        })
        .collect::<Result<_, _>>()?;
    Ok((!pairs.is_empty()).then_some(Change::ReplacePrefix(pairs)))
}

/// XML as it is, or `@FILE`.
pub(crate) fn custom_attributes(value: &str) -> Result<String, Stop> {
    let Some(path) = value.strip_prefix('@') else { return Ok(value.to_owned()) };
    let text = std::fs::read_to_string(path)
        .map_err(|error| Stop::usage(format!("--custom-attributes: cannot read {path}: {error}")))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// The revision with what the file itself says.
fn with_media(revision: &Revision, media: &Encryption) -> Result<Revision, String> {
    let (set, algorithm) = from_media(media)?;
    let keys = KeyEdits { set, ..revision.keys.clone() };
    Ok(Revision { keys, algorithm, ..revision.clone() })
}

/// Key ids and algorithm of a file.
pub(crate) fn from_media(media: &Encryption) -> Result<(Vec<Key>, Option<Algorithm>), String> {
    if media.kids.is_empty() {
        return Err("--from-media: the file names no key id: no tenc or seig says one".to_owned());
    }
    let algorithm = media.algorithm().map_err(|error| format!("--from-media: {error}"))?;
    Ok((media.kids.iter().map(|id| Key { id: *id, key: None }).collect(), algorithm))
}

/// Puts the header's own key id into URLs that ask for it: the one it has when everything else is done.
fn with_kid(revision: &Revision, payload: &Payload<'_>) -> Result<Option<Revision>, String> {
    let asks = |edit: &Edit| matches!(&edit.change, Change::Set(value) if value.contains(KID));
    if !revision.fields.iter().any(asks) {
        return Ok(None);
    }
    let rest = Revision { fields: Vec::new(), canonicalize: false, ..revision.clone() };
    let text = |error: prkit_playready::Error| error.to_string();
    let kids = match payload.revise(&rest).map_err(text)? {
        Some(data) => Header::of_payload(&data).map(|header| header.key_ids()).unwrap_or_default(),
        None => payload.header().map_err(text)?.key_ids(),
    };
    let [kid] = kids.as_slice() else {
        return Err(format!("{KID} needs a header with exactly one key id, and this one has {}", kids.len()));
    };
    let fields = revision.fields.iter().map(|edit| match &edit.change {
        Change::Set(value) if matches!(edit.field, Field::LaUrl | Field::LuiUrl) => {
            Edit { change: Change::Set(value.replace(KID, &kid.to_string())), ..edit.clone() }
        }
        _ => edit.clone(),
    });
    Ok(Some(Revision { fields: fields.collect(), ..revision.clone() }))
}

/// The key id list of a box follows edits of key ids, and only those: what the header never named stays.
fn box_kids(found: &Found, before: &[Kid], after: &[Kid]) -> Option<Vec<KeyId>> {
    if found.version.unwrap_or(0) == 0 {
        return None;
    }
    let ids = |kids: &[Kid]| -> Vec<KeyId> { kids.iter().filter_map(|kid| kid.id).collect() };
    let (before, after) = (ids(before), ids(after));
    let mut kids: Vec<KeyId> = found.kids.clone();
    kids.retain(|kid| after.contains(kid) || !before.contains(kid));
    for kid in after.iter().filter(|kid| !before.contains(kid)) {
        if !kids.contains(kid) {
            kids.push(*kid);
        }
    }
    (kids != found.kids).then_some(kids)
}

/// An algorithm that the file's own scheme contradicts is refused; one that was wrong before is not ours.
fn check_algorithm(document: &Document, before: &[Kid], after: &[Kid]) -> Result<(), String> {
    let was = |algorithm: &Algorithm| before.iter().any(|kid| kid.algorithm.as_ref() == Some(algorithm));
    let Some(new) = after.iter().filter_map(|kid| kid.algorithm.as_ref()).find(|new| !was(new)) else {
        return Ok(());
    };
    let Some(layout) = document.layout.as_ref().filter(|layout| !layout.tracks().is_empty()) else {
        return Ok(());
    };
    let entries = layout.tracks().iter().flat_map(|track| &track.entries);
    for scheme in entries.filter_map(|entry| entry.scheme) {
        if let Some(wanted) = Algorithm::of_scheme(scheme.0).filter(|wanted| wanted != new) {
            return Err(format!(
                "{new} contradicts the file, which is encrypted with {scheme}: that is {wanted}; --force does it"
            ));
        }
    }
    Ok(())
}
