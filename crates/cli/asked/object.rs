//! A new object from options, for `new` and `inject`.

use super::values::{custom_attributes, ds_id_base64, version, warn_too_long};
use crate::args::ObjectArgs;
use crate::exit::Stop;
use crate::refused::told;
use prkit_batch::{KID, Refused, from_media};
use prkit_playready::{
    Algorithm, Encryption, Key, Keyring, NewHeader, NewObject, Override, Overrides, Use, VersionChoice,
};

/// The object that options and key ids ask for.
///
/// Keys for checksums are in the ring; `media` is what a file says about its encryption.
pub(crate) fn build(
    args: &ObjectArgs,
    mut named: Vec<Key>,
    ring: &Keyring,
    media: Option<&Encryption>,
    overrides: Overrides,
) -> Result<Vec<u8>, Stop> {
    let mut algorithm = args.algid.map(Algorithm::from);
    if let Some(media) = media {
        let (kids, of_media) = from_media(media).map_err(Stop::usage)?;
        if named.is_empty() {
            named = kids;
        }
        match (&algorithm, &of_media) {
            (Some(asked), Some(right)) if asked != right && !overrides.has(Override::Algorithm) => {
                let refused = Refused::Algorithm { asked: asked.clone(), wanted: right.clone() };
                return Err(Stop::usage(format!("--algid: {}", told(&refused))));
            }
            (None, _) => algorithm = of_media,
            _ => {}
        }
    }
    for key in &mut named {
        key.key = key.key.take().or_else(|| ring.get(key.id).cloned());
    }
    let on_demand = args.decryptor_setup.is_some();
    let place = args.place.map(Use::from);
    // A fragment may hold a store and nothing else; everything else says at least what it is for.
    let is_leaf = place == Some(Use::Moof) && args.els.is_some_and(|len| len > 0);
    let url = |url: &Option<String>| with_kid(url.as_deref(), &named);
    let header = NewHeader {
        version: args.header_version.as_deref().map_or(Ok(VersionChoice::Lowest), version)?,
        algorithm,
        checksums: args.checksum.map(Into::into),
        la_url: url(&args.la_url)?,
        lui_url: url(&args.lui_url)?,
        ds_id: args.ds_id.as_deref().map(ds_id_base64).transpose()?,
        custom_attributes: args.custom_attributes.as_deref().map(custom_attributes).transpose()?,
        on_demand,
        license_requested: args.license_requested,
        keys: named,
    };
    let says_nothing = header.keys.is_empty() && !on_demand && header.license_requested.is_none();
    if says_nothing && !is_leaf {
        return Err(Stop::usage(
            "no key id: name one, take --from-media FILE, or --decryptor-setup ondemand for a live stream without",
        ));
    }
    let is_bare = says_nothing && header.la_url.is_none() && header.custom_attributes.is_none();
    let header = (!is_bare || !is_leaf).then_some(header);
    NewObject { header, store: args.els, place, overrides }.build().map_err(|error| Stop::usage(told(&error)))
}

fn with_kid(url: Option<&str>, keys: &[Key]) -> Result<Option<String>, Stop> {
    match (url, keys) {
        (Some(url), [key]) => Ok(Some(url.replace(KID, &key.id.to_string()))),
        (Some(url), keys) if url.contains(KID) => {
            Err(Stop::usage(format!("{KID} needs exactly one key id, and there are {}", keys.len())))
        }
        (url, _) => Ok(url.map(str::to_owned)),
    }
}

/// Prints what is not recommended about what every object is to hold.
pub(crate) fn warn(args: &ObjectArgs) -> Result<(), Stop> {
    let custom = args.custom_attributes.as_deref().map(custom_attributes).transpose()?;
    if let Some(custom) = &custom {
        warn_too_long(custom);
    }
    Ok(())
}
