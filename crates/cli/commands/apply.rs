//! `prkit apply`: carry out what a run planned and wrote down.
//!
//! ```text
//!   plan, line by line ──▶ file below the root: the one that was planned for? ──▶ an edit planning could have made? ──▶ writing/
//! ```

use super::pending::Pending;
use crate::args::ApplyArgs;
use crate::exit::{Status, Stop};
use crate::hints::told;
use crate::input::{Document, Found, Input, Inputs, Name};
use crate::report::WriteReport;
use crate::{terminal, writing};
use prkit_apply::folder_of;
use prkit_batch::log::Asked;
use prkit_batch::travel::{PlanReader, TravelError, TravellingEdit};
use prkit_batch::{Edits, Failed, Selector};
use prkit_bmff::Scope;
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
    let digest = digest(&mut file).map_err(|error| cannot(&error))?;
    let root = args.root.as_deref().unwrap_or_else(|| folder_of(&args.plan));
    let reader = PlanReader::open(file, root).map_err(|error| cannot(&error))?;
    let apply = Apply::default();
    let inputs = Inputs::given(apply.inputs(reader, Input::of_path(&args.plan)));
    let asked = || {
        let mut asked = Asked::of("apply");
        asked.digest("plan", digest);
        asked
    };
    writing::carry_out(&apply, inputs, &Selector::default(), &args.write_args(), &asked)
}

/// A file that can be read twice.
fn open(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    Ok(file)
}

fn digest(file: &mut File) -> io::Result<[u8; 32]> {
    let (mut digest, mut block) = (Sha256::new(), vec![0; 64 * 1024]);
    loop {
        let len = file.read(&mut block)?;
        if len == 0 {
            break;
        }
        digest.update(block.get(..len).unwrap_or_default());
    }
    file.rewind()?;
    Ok(digest.finalize().into())
}

/// Edits of files that are being worked at.
#[derive(Default)]
struct Apply {
    edits: Pending<TravellingEdit>,
}

impl Apply {
    /// The files of a plan; their edits are kept until they are asked for.
    fn inputs(
        &self,
        reader: PlanReader,
        plan: Input,
    ) -> impl Iterator<Item = Result<Input, Failed>> + Send + 'static {
        let edits = self.edits.clone();
        reader.map(move |line: Result<(Input, TravellingEdit), TravelError>| {
            let (input, edit) = line.map_err(|error| (plan.clone(), error.into()))?;
            if let Name::Path(path) = &input.name {
                edits.put(path.clone(), edit);
            }
            Ok(input)
        })
    }
}

impl writing::Command for Apply {
    fn scope(&self, _: &Selector) -> Scope {
        Scope { all_containers: true, ..Scope::default() }
    }

    fn edits(&self, _: &Document, _: &[Found], _: &mut WriteReport) -> Result<Edits, String> {
        Err("the plan says nothing about it".to_owned())
    }

    fn edits_of(
        &self,
        input: &Input,
        document: &Document,
        _: &[Found],
        report: &mut WriteReport,
    ) -> Result<Edits, String> {
        let edit = self.edits.take_for(input).ok_or("the plan says nothing about it")?;
        edit.check(document).map_err(told)?;
        let given = edit.given().ok_or("its line in the plan contradicts itself, and it was left alone")?;
        let mut edits = Edits::default();
        if let Some(planned) = edit.report.clone() {
            let license_urls = report.take_over(planned);
            edits.license_urls = license_urls
                .map_err(|error| format!("its line in the plan has a report that is none: {error}"))?;
        }
        if !given.edits.is_empty() {
            edits.given = Some(given);
        }
        Ok(edits)
    }

    fn skip(&self, path: &Path) {
        self.edits.take(path);
    }
}
