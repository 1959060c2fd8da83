//! `prkit apply`: carry out what a run planned and wrote down.
//!
//! ```text
//!   plan, line by line ──▶ file below the root: the one that was planned for? ──▶ an edit planning could have made? ──▶ writing/
//! ```

use crate::args::ApplyArgs;
use crate::exit::{Status, Stop};
use crate::input::Input;
use crate::{terminal, writing};
use prkit_apply::folder_of;
use prkit_batch::Sources;
use prkit_batch::log::Asked;
use prkit_batch::operation::Apply;
use prkit_batch::travel::PlanReader;
use prkit_batch::writing::Guard;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::path::Path;

pub(crate) fn run(args: &ApplyArgs) -> Result<Status, Stop> {
    let name = terminal::path(&args.plan);
    let cannot = |error: &dyn std::fmt::Display| {
        Stop::usage(format!("the plan {name} cannot be carried out: {error}"))
    };
    let mut file = open(&args.plan).map_err(|error| cannot(&error))?;
    let (digest, lines) = digest(&mut file).map_err(|error| cannot(&error))?;
    let root = args.root.as_deref().unwrap_or_else(|| folder_of(&args.plan));
    let reader = PlanReader::open(file, root).map_err(|error| cannot(&error))?;
    let apply = Apply::default();
    let asked = || {
        let mut asked = Asked::of("apply");
        asked.digest("plan", digest);
        asked
    };
    let many = lines > MOST_OF_ONE;
    let guard = (!args.alone).then(|| guard(&args.plan, root)).flatten();
    let plan = Input::of_path(&args.plan);
    writing::carry_out_plan(&apply, (reader, plan, many), guard, &args.write_args(), &asked)
}

/// What manifests say of the files of a plan. What is wrong with it, carrying it out tells.
fn guard(plan: &Path, root: &Path) -> Option<Guard> {
    let reader = PlanReader::open(open(plan).ok()?, root).ok()?;
    let mut sources = Sources::default();
    sources.paths = reader.filter_map(|edit| edit.ok()?.0.path().map(Path::to_owned)).collect();
    Some(Guard::new(sources, Vec::new(), Vec::new()))
}

/// A file that can be read twice.
fn open(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    Ok(file)
}

/// Lines of a plan of one file: the head, its edit, the end.
const MOST_OF_ONE: u64 = 3;

/// Its digest, and how many of its lines are not empty.
fn digest(file: &mut File) -> io::Result<([u8; 32], u64)> {
    let (mut digest, mut block) = (Sha256::new(), vec![0; 64 * 1024]);
    let (mut lines, mut is_empty) = (0_u64, true);
    loop {
        let len = file.read(&mut block)?;
        if len == 0 {
            break;
        }
        let read = block.get(..len).unwrap_or_default();
        digest.update(read);
        for byte in read {
            if is_empty && !byte.is_ascii_whitespace() {
                lines = lines.saturating_add(1);
            }
            is_empty = *byte == b'\n' || is_empty && byte.is_ascii_whitespace();
        }
    }
    file.rewind()?;
    Ok((digest.finalize().into(), lines))
}
