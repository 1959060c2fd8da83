//! Edits that were planned and written down before are carried out.

use super::OperationError;
use super::pending::Pending;
use crate::input::{Input, Name};
use crate::report::WriteReport;
use crate::travel::{PlanReader, TravelError, TravellingEdit};
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
    /// The files of a plan; their edits are kept until they are asked for.
    pub fn inputs(&self, reader: PlanReader) -> impl Iterator<Item = Result<Input>> + Send + use<> {
        let edits = self.edits.clone();
        reader.map(move |line: Result<(Input, TravellingEdit), TravelError>| {
            let (input, edit) = line?;
            if let Name::Path(path) = &input.name {
                edits.put(path.clone(), edit);
            }
            Ok(input)
        })
    }
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
