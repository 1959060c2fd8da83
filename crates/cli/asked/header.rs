//! What becomes of headers, from the options under Changes.

use super::given::{given, refused};
use super::values::{custom_attributes, ds_id_base64, version, warn_of_url, warn_too_long};
use crate::args::{Els, HeaderArgs};
use crate::exit::Stop;
use crate::keys;
use prkit_batch::{HeaderChange, StoreSize, What};
use prkit_playready::{Algorithm, Change, Edit, Field, KeyEdits, KeyId, Overrides, Requested, Revision};

impl HeaderArgs {
    pub(crate) fn change(&self, overrides: Overrides) -> Result<HeaderChange, Stop> {
        let revision = revision(self)?;
        let replaces = self.header.is_some() || self.pro.is_some();
        let revises = !revision.is_empty() || self.from_media;
        if replaces && revises {
            return Err(Stop::usage(
                "--header and --pro replace everything; other changes cannot stand beside them",
            ));
        }
        if self.pro.is_some() && self.els.is_some() {
            return Err(Stop::usage(
                "--pro is the exact object, store included; --els cannot stand beside it",
            ));
        }
        let what = match (&self.header, &self.pro) {
            (Some(header), _) => What::Header(given("--header", header)?.header().map_err(refused)?),
            (None, Some(object)) => What::Object(given("--pro", object)?.object(overrides).map_err(refused)?),
            (None, None) if !revises && matches!(self.els, None | Some(Els::Keep)) => {
                return Err(Stop::usage("nothing to change: name a change, such as --la-url URL"));
            }
            (None, None) => What::Revise { revision: Box::new(revision), from_media: self.from_media },
        };
        Ok(HeaderChange { what, store: self.els.map_or(StoreSize::Keep, StoreSize::from) })
    }
}

impl From<Els> for StoreSize {
    fn from(els: Els) -> Self {
        match els {
            Els::Keep => Self::Keep,
            Els::Strip => Self::Strip,
            Els::Size(len) => Self::Size(len),
        }
    }
}

fn revision(args: &HeaderArgs) -> Result<Revision, Stop> {
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
        keyring: keys::list(args.keys.as_deref())?,
    })
}

fn fields(args: &HeaderArgs) -> Result<Vec<Edit>, Stop> {
    let set = |value: &Option<String>| value.clone().map(Change::Set);
    let gone = |gone: bool| gone.then_some(Change::Remove);
    let ds_id = args.ds_id.as_deref().map(ds_id_base64).transpose()?;
    let custom = args.custom_attributes.as_deref().map(custom_attributes).transpose()?;
    if let Some(custom) = &custom {
        warn_too_long(custom);
    }
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
        match &edit.change {
            Change::Set(url) if matches!(edit.field, Field::LaUrl | Field::LuiUrl) => warn_of_url(url),
            Change::ReplacePrefix(pairs) => pairs.iter().for_each(|(_, new)| warn_of_url(new)),
            _ => {}
        }
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
