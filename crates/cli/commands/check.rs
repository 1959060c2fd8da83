//! `prkit check`: key ids, schemes and objects agree across boxes, segments, manifests.

use crate::args::CheckArgs;
use crate::check_keys::read as read_keys;
use crate::exit::{Status, Stop};
use crate::hints::told_any;
use crate::input::opened;
use crate::out::Out;
use crate::report::{CheckReport, print_check_rules};
use prkit_batch::check::{Finding, Gathered, Library, RULES, compare, gather};
use prkit_playready::Level;
use std::collections::HashMap;
use std::rc::Rc;

pub(crate) fn run(args: &CheckArgs) -> Result<Status, Stop> {
    if args.rules {
        print_check_rules(RULES.iter().map(|(_, id, level, title)| (*id, level.name(), *title)), args.json)?;
        return Ok(Status::Done);
    }
    let titles = args.title.roots(&args.input)?;
    let reads_stdin = args.input.inputs.iter().any(|input| input.as_os_str() == "-");
    if reads_stdin && args.keys.iter().any(|keys| keys == "-") {
        return Err(Stop::usage("standard input cannot be both an input and --keys"));
    }
    let keyring = Rc::new(read_keys(&args.keys)?);
    #[cfg_attr(
        not(feature = "remote"),
        expect(unused_mut, reason = "hosts are followed over the network only")
    )]
    let mut sources = args.input.sources()?;
    #[cfg(feature = "remote")]
    if args.follow_hosts {
        sources.reach = args.input.reach(true)?;
    }
    let library = Library::reaching(sources.reach.clone()).settling(Rc::clone(&keyring));
    let mut inputs = opened(&sources)?;
    let Gathered { inputs: gathered, mut sets } = gather(
        &mut inputs.by_ref().map(|next| next.map_err(|(input, error)| (input, error.into()))),
        &library,
        &titles,
        args.one,
    );
    crate::report::skipped(inputs.foreign());
    let inputs = gathered;
    let mut status = Status::Done;
    let mut compared = Vec::new();
    let mut by_input: Vec<Vec<Finding>> = inputs.iter().map(|_| Vec::new()).collect();
    // Of each set with several inputs, which has which name; of the others, the input.
    let mut first: Vec<Option<usize>> = sets.iter().map(|_| None).collect();
    let mut members: HashMap<usize, HashMap<String, usize>> = HashMap::new();
    for (i, checked) in inputs.iter().enumerate() {
        let Some((number, known)) = checked.set.and_then(|set| Some((set, first.get_mut(set)?))) else {
            continue;
        };
        let Some(known) = *known else {
            *known = Some(i);
            continue;
        };
        let members = members.entry(number).or_insert_with(|| {
            inputs.get(known).map(|first| (first.input.display(), known)).into_iter().collect()
        });
        members.entry(checked.input.display()).or_insert(i);
    }
    for (number, (set, first)) in sets.iter_mut().zip(&first).enumerate() {
        let findings = compare(set, &library, &keyring);
        let members = members.get(&number);
        compared.push(findings.compared);
        for finding in findings.into_sorted() {
            if finding.level >= Level::from(args.level) {
                status = Status::Found;
            }
            // What concerns no input alone stands with the first of the set.
            let own = finding.places.first().and_then(|place| members?.get(&place.path).copied());
            if let Some(findings) = own.or(*first).and_then(|i| by_input.get_mut(i)) {
                findings.push(finding);
            }
        }
    }
    for (checked, findings) in inputs.iter().zip(by_input) {
        let mut out = Out::new(args.json);
        let mut report = CheckReport::new(&checked.input, checked.kind);
        report.error = checked.error.as_deref().map(told_any);
        report.findings = findings;
        report.is_part = !checked.is_root;
        report.set = checked.set;
        let set = checked.set.and_then(|number| sets.get(number).zip(compared.get(number)));
        if let Some((set, compared)) = set.filter(|_| checked.is_root) {
            report.compared = *compared;
            report.files = set.files();
            let nothing = *compared == 0 && report.error.is_none();
            if nothing && set.has_documents() {
                report.error = Some("nothing could be compared".to_owned());
            } else if nothing && !checked.input.is_walked() {
                // A manifest says what belongs together; a lone file has nothing that could disagree.
                out.message(&checked.input, "there is nothing in it to compare");
            }
        }
        if let Some(error) = &report.error {
            status = Status::Failed;
            out.message(&checked.input, error);
        }
        report.print(&checked.input, &mut out);
        out.print()?;
    }
    Ok(status)
}
