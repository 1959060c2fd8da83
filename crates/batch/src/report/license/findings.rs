//! What licenses break of the rules.

use crate::input::{FoundLicense, LicenseInput};
use crate::report::RuleFinding;
use prkit_license::{Context, Limits, Policy, lint, lint_tree};
use prkit_protocol::LicenseFault;

/// What the licenses of an input break beside others that the client has, and the first that cannot be read.
pub fn license_findings(
    opened: &LicenseInput,
    with: &[Policy],
    context: &Context,
) -> (Vec<RuleFinding>, Option<LicenseFault>) {
    let limits = Limits::default();
    let mut error = None;
    let mut read: Vec<(&FoundLicense, Policy)> = Vec::new();
    let mut findings = Vec::new();
    for (index, found) in opened.licenses.iter().enumerate() {
        let license = match found.license() {
            Ok(license) => license,
            Err(why) => {
                error = error.or(Some(why));
                continue;
            }
        };
        let odd = lint_tree(&license, limits);
        findings
            .extend(odd.iter().map(|finding| RuleFinding::new(finding, place(index), Some(found.offset))));
        if let Ok(policy) = Policy::from_license(&license, limits) {
            read.push((found, Policy { embedded: found.embedded, ..policy }));
        }
    }
    let own = read.len();
    let mut policies: Vec<Policy> = read.iter().map(|(_, policy)| policy.clone()).collect();
    policies.extend(with.iter().cloned());
    for finding in lint(&policies, context) {
        match finding.policy {
            Some(index) if index >= own => {}
            Some(index) => {
                let offset = read.get(index).map(|(found, _)| found.offset);
                findings.push(RuleFinding::new(&finding, place(index), offset));
            }
            None => findings.push(RuleFinding::new(&finding, "licenses".to_owned(), None)),
        }
    }
    (findings, error)
}

fn place(index: usize) -> String {
    format!("license {index}")
}
