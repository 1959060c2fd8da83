//! `prkit check`: key ids, schemes and objects agree across boxes, segments, manifests.

use crate::args::CheckArgs;
use crate::exit::{Status, Stop};
use crate::input::opened;
use crate::keys;
use crate::out::{Out, Outcome};
use crate::report::{CheckReport, Listing, print_check_rules};
use prkit_batch::check::{Compared, Library, RULES, gather};
use prkit_batch::{Inputs, Selector};
use prkit_playready::{Keyring, Level};

pub(crate) fn run(args: &CheckArgs) -> Result<Status, Stop> {
    if args.rules {
        print_check_rules(RULES.iter().map(|(_, id, level, title)| (*id, level.name(), *title)), args.json)?;
        return Ok(Status::Done);
    }
    let selector = args.select.selector(true)?;
    let titles = args.title.roots(&args.input)?;
    let reads_stdin = args.input.inputs.iter().any(|input| input.as_os_str() == "-");
    if reads_stdin && args.keys.iter().any(|keys| keys == "-") {
        return Err(Stop::usage("standard input cannot be both an input and --keys"));
    }
    let mut keyring = Keyring::default();
    for given in &args.keys {
        keyring.extend(&keys::list_or_pair(given)?);
    }
    #[cfg_attr(
        not(feature = "remote"),
        expect(unused_mut, reason = "hosts are followed over the network only")
    )]
    let mut sources = args.input.sources()?;
    #[cfg(feature = "remote")]
    if args.follow_hosts {
        sources.reach = args.input.reach(true)?;
    }
    let library = Library::reaching(sources.reach.clone());
    let mut inputs = opened(&sources)?;
    if let Some(listing) = args.listing.listing() {
        return list(&mut inputs, &selector, &listing);
    }
    let selects = (selector.asks() || selector.require).then_some(&selector);
    let gathered = gather(
        &mut inputs.by_ref().map(|next| next.map_err(|(input, error)| (input, error.into()))),
        &library,
        &titles,
        args.one,
        selects,
    );
    crate::report::skipped(inputs.foreign());
    let mut status = Status::Done;
    for compared in gathered.compared(&library, &keyring) {
        let mut out = Out::new(args.json);
        status = status.max(tell(&compared, args, &selector, &mut out));
        out.print()?;
    }
    Ok(status)
}

/// Tells what was found of an input.
fn tell(compared: &Compared, args: &CheckArgs, selector: &Selector, out: &mut Out) -> Status {
    let choice = compared.choice.as_ref().filter(|choice| choice.selected == 0);
    if let Some(choice) = choice {
        let why = choice.nothing.as_ref().map(ToString::to_string);
        let outcome = out.nothing_selected(&compared.input, selector.require, why.as_deref());
        if outcome == Outcome::Failed || selector.asks() {
            return outcome.into();
        }
    }
    let mut status = Status::Done;
    if compared.findings.iter().any(|finding| finding.level >= Level::from(args.level)) {
        status = Status::Found;
    }
    let nothing = !compared.is_part && compared.comparisons == 0 && compared.error.is_none();
    let is_lone = nothing && !compared.has_manifest;
    let report = CheckReport::new(compared);
    if let Some(error) = report.error() {
        status = Status::Failed;
        out.message(&compared.input, error);
    } else if is_lone && !compared.input.is_walked() && !args.told.quiet {
        // A manifest says what belongs together; a lone file has nothing that could disagree.
        out.message(&compared.input, "there is nothing in it to compare");
    }
    report.print(args.told, out);
    status
}

/// Only names inputs: nothing is compared.
fn list(inputs: &mut Inputs, selector: &Selector, listing: &Listing) -> Result<Status, Stop> {
    let status = crate::run::each(inputs, false, &mut |input, out| match super::open(input, selector) {
        Ok((document, objects)) => super::listed(listing, input, (&document, objects.len()), selector, out),
        Err(error) => {
            out.message(input, &crate::hints::told(error));
            Outcome::Failed
        }
    })?;
    Ok(listing.ended(status))
}
