//! `prkit derive-key`: the key that a seed gives a key id.

use crate::args::DeriveKeyArgs;
use crate::exit::{Status, Stop};
use crate::input::hex;
use crate::keys;
use crate::report::SCHEMA;
use prkit_playready::{KeyId, KeySeed};
use serde::Serialize;
use std::io::{self, Write as _};
use zeroize::Zeroizing;

/// This command exists to print keys.
#[derive(Serialize)]
struct Derived<'d> {
    schema: u32,
    kid: String,
    key: &'d str,
}

pub(crate) fn run(args: &DeriveKeyArgs) -> Result<Status, Stop> {
    let seed = match &args.seed {
        Some(seed) => {
            let text = keys::secret("--seed", seed.expose())?;
            KeySeed::from_text(&text).map_err(|error| Stop::usage(format!("--seed: {error}")))?
        }
        None => KeySeed::test(),
    };
    let mut out = io::stdout().lock();
    for kid in &args.kid {
        let id: KeyId = kid.parse().map_err(|error| Stop::usage(format!("--kid: {error}")))?;
        let key = seed.derive(id);
        let key = Zeroizing::new(hex(key.expose(), false));
        if args.json {
            let derived = Derived { schema: SCHEMA, kid: id.to_string(), key: &key };
            serde_json::to_writer(&mut out, &derived).map_err(io::Error::from)?;
            writeln!(out)?;
        } else if args.pairs {
            writeln!(out, "{id}:{}", *key)?;
        } else {
            writeln!(out, "{}", *key)?;
        }
    }
    out.flush()?;
    Ok(Status::Done)
}
