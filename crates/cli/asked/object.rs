//! A new object from options, for `new` and `inject`.

use super::values::{custom_attributes, ds_id_base64, version, warn_of_url, warn_too_long};
use crate::args::ObjectArgs;
use crate::exit::Stop;
use prkit_batch::operation::ObjectSpec;
use prkit_playready::{Algorithm, Overrides};

/// What a new object is to hold, as options say.
pub(crate) fn spec(args: &ObjectArgs, overrides: Overrides) -> Result<ObjectSpec, Stop> {
    let mut spec = ObjectSpec::default();
    spec.version = args.header_version.as_deref().map(version).transpose()?;
    spec.algorithm = args.algid.map(Algorithm::from);
    spec.checksums = args.checksum.map(Into::into);
    spec.la_url.clone_from(&args.la_url);
    spec.lui_url.clone_from(&args.lui_url);
    spec.ds_id = args.ds_id.as_deref().map(ds_id_base64).transpose()?;
    spec.custom_attributes = args.custom_attributes.as_deref().map(custom_attributes).transpose()?;
    spec.on_demand = args.decryptor_setup.is_some();
    spec.license_requested = args.license_requested;
    spec.els = args.els;
    spec.place = args.place.map(Into::into);
    spec.overrides = overrides;
    Ok(spec)
}

/// Prints what is not recommended about what every object is to hold.
pub(crate) fn warn(args: &ObjectArgs) -> Result<(), Stop> {
    let custom = args.custom_attributes.as_deref().map(custom_attributes).transpose()?;
    if let Some(custom) = &custom {
        warn_too_long(custom);
    }
    [&args.la_url, &args.lui_url].into_iter().flatten().for_each(|url| warn_of_url(url));
    Ok(())
}
