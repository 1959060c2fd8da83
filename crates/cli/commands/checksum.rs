//! `prkit checksum`: the checksum of a key, and whether those of headers are right.

use crate::args::ChecksumArgs;
use crate::exit::{Status, Stop};
use crate::hints::told;
use crate::input::{Document, Found, Input, Name};
use crate::keys;
use crate::out::{Out, Outcome};
use crate::report::{self, PathReport, SCHEMA};
use crate::terminal::escaped;
use prkit_batch::report::{ChecksumState, KnownKeys};
use prkit_bmff::Scope;
use prkit_playready::{Algorithm, Checksum, ContentKey, Header, KeyId, KeySeed, Keyring, Kid};
use serde::Serialize;
use std::collections::HashSet;

pub(crate) fn run(args: &ChecksumArgs) -> Result<Status, Stop> {
    if args.verify.is_empty() { compute(args) } else { verify(args) }
}

#[derive(Serialize)]
struct Computed {
    schema: u32,
    kid: String,
    algid: String,
    checksum: String,
}

fn compute(args: &ChecksumArgs) -> Result<Status, Stop> {
    let kid = args.kid.as_deref().unwrap_or_default();
    let id: KeyId = kid.parse().map_err(|error| Stop::usage(format!("--kid: {error}")))?;
    let [given] = args.key.as_slice() else {
        return Err(Stop::usage("one --key goes with one --kid"));
    };
    let text = keys::secret("--key", given.expose())?;
    let key = ContentKey::from_hex(&text).map_err(|error| Stop::usage(format!("--key: {error}")))?;
    let algorithm = Algorithm::from(args.algid);
    let checksum = Checksum::compute(id, &key, &algorithm).map_err(Stop::usage)?;
    let mut out = Out::new(args.json);
    if algorithm == Algorithm::Cocktail {
        out.note("COCKTAIL checksums are computed from the text of the specification; no example is public");
    }
    if args.json {
        let algid = algorithm.to_string();
        out.json(&Computed { schema: SCHEMA, kid: id.to_string(), algid, checksum: checksum.to_string() });
    } else {
        out.text(&format!("{checksum}\n"));
    }
    out.print()?;
    Ok(Status::Done)
}

#[derive(Serialize)]
struct Verified {
    schema: u32,
    #[serde(flatten)]
    path: PathReport,
    #[serde(rename = "where")]
    place: String,
    kid: Option<String>,
    algid: Option<String>,
    checksum: Option<String>,
    state: ChecksumState,
}

/// The keys that were given.
fn known(args: &ChecksumArgs) -> Result<KnownKeys, Stop> {
    if !args.key.iter().all(|given| given.expose().contains(':')) {
        return Err(Stop::usage("--verify takes --key KID:KEY"));
    }
    let mut ring: Keyring = keys::keys("--key", &args.key)?.into_iter().collect();
    ring.extend(&keys::list(args.keys.as_deref())?);
    if ring.is_empty() && !args.test_seed {
        return Err(Stop::usage("--verify needs keys: --key KID:KEY, --keys or --test-seed"));
    }
    Ok(KnownKeys { ring, seed: args.test_seed.then(KeySeed::test) })
}

fn verify(args: &ChecksumArgs) -> Result<Status, Stop> {
    let known = known(args)?;
    let mut status = Status::Done;
    for path in &args.verify {
        let name = if path.as_os_str() == "-" { Name::Stdin } else { Name::Path(path.clone()) };
        let input = Input::named(name);
        let mut out = Out::new(args.json);
        let outcome = verify_input(&input, &known, &mut out);
        out.print()?;
        status = status.max(outcome.into());
    }
    Ok(status)
}

fn verify_input(input: &Input, known: &KnownKeys, out: &mut Out) -> Outcome {
    let opened = Document::open(input, Scope::default())
        .and_then(|document| Ok((document.objects()?, document.fault().map(ToString::to_string))))
        .map_err(told);
    let (objects, fault) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            report::failure(input, &error, out);
            return Outcome::Failed;
        }
    };
    let mut checked = 0_usize;
    let mut outcome = Outcome::Done;
    let mut seen = HashSet::new();
    for found in objects.iter().filter(|found| found.system.is_playready()) {
        let Ok(header) = Header::of_payload(&found.data) else { continue };
        for kid in header.kids() {
            let state = known.check(&kid);
            checked = checked.saturating_add(usize::from(state.is_checked()));
            if state.is_checked() && state != ChecksumState::Right {
                outcome = Outcome::Pending;
            }
            // One in every fragment is one.
            if seen.insert((kid.base64.clone(), kid.checksum.clone(), state)) {
                print(input, found, kid, state, out);
            }
        }
    }
    if let Some(fault) = fault {
        out.message(input, &fault);
        return Outcome::Failed;
    }
    if checked == 0 {
        out.message(input, "nothing was checked: no checksum and key go together");
        return Outcome::Failed;
    }
    outcome
}

fn print(input: &Input, found: &Found, kid: Kid, state: ChecksumState, out: &mut Out) {
    let place = found.path.clone().unwrap_or_else(|| "/".to_owned());
    if out.is_json() {
        out.json(&Verified {
            schema: SCHEMA,
            path: PathReport::of(input),
            place,
            kid: kid.id.map(|id| id.to_string()),
            algid: kid.algorithm.map(|algorithm| algorithm.to_string()),
            checksum: kid.checksum,
            state,
        });
        return;
    }
    let id = kid.id.map_or_else(|| kid.base64.clone(), |id| id.to_string());
    let checksum = kid.checksum.as_deref().unwrap_or("no checksum");
    let line =
        format!("{}  {place}  {}  {}  {}\n", input.display(), escaped(&id), escaped(checksum), state.text());
    out.text(&line);
}
