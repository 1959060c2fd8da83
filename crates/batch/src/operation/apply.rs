//! Edits that were planned and written down before are carried out.

use super::OperationError;
use super::pending::Pending;
use crate::input::{Input, Name};
use crate::report::WriteReport;
use crate::travel::{PlanReader, Titles, TravelError, TravellingEdit};
use crate::writing::{On, Operation};
use crate::{Edits, Result, Selector};
use prkit_bmff::Scope;
use std::path::Path;

/// Carries out edits that were planned and written down before.
#[derive(Default)]
pub struct Apply {
    edits: Pending<TravellingEdit>,
}

impl Apply {
    /// The files of a plan that change each on its own; their edits are kept until they are asked for.
    pub fn inputs(&self, reader: PlanReader) -> impl Iterator<Item = Result<Input>> + Send + use<> {
        let edits = self.edits.clone();
        let is_alone = |line: &Result<(Input, TravellingEdit), TravelError>| {
            !line.as_ref().is_ok_and(|(_, edit)| edit.title.is_some())
        };
        reader.filter(is_alone).map(move |line| Ok(put(&edits, line?)))
    }

    /// The titles of a plan, which are carried out first; each is a number of files.
    pub fn titles<'r>(
        &self,
        reader: &'r mut PlanReader,
    ) -> impl Iterator<Item = Result<Vec<Input>>> + use<'r> {
        let edits = self.edits.clone();
        Titles::new(reader).map(move |title| Ok(title?.into_iter().map(|line| put(&edits, line)).collect()))
    }
}

/// Keeps an edit until its file asks for it.
fn put(edits: &Pending<TravellingEdit>, (input, edit): (Input, TravellingEdit)) -> Input {
    if let Name::Path(path) = &input.name {
        edits.put(path.clone(), edit);
    }
    input
}

impl Operation for Apply {
    fn scope(&self, _: &Selector) -> Scope {
        Scope { all_containers: true, ..Scope::default() }
    }

    fn is_given(&self) -> bool {
        true
    }

    fn edits(&self, on: &On<'_>, report: &mut WriteReport) -> Result<Edits> {
        let edit = self.edits.take_for(on.input).ok_or(OperationError::NotInPlan)?;
        edit.check(on.document)?;
        let given = edit.given().map_err(OperationError::PlanContradicts)?;
        let mut edits = Edits::default();
        if let Some(planned) = edit.report.clone() {
            report.take_over(planned).map_err(OperationError::PlanReport)?;
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
