//! `prkit show`: what protection headers are in there.

use super::{listed, open_if_ours, unselected};
use crate::args::ShowArgs;
use crate::exit::{Status, Stop};
use crate::fleet::{Done, Fleet, Next};
use crate::hints::words;
use crate::input::{Input, Kinds};
use crate::out::{Out, Outcome};
use crate::report::{self, Listing, Object, Overview, Part, PathReport, ShowReport, print_show};
use prkit_batch::Selector;

pub(crate) fn run(args: &ShowArgs) -> Result<Status, Stop> {
    let selector = args.select.selector(true)?;
    let inputs = args.input.unseen()?;
    let kinds = inputs.kinds().clone();
    let listing = args.listing.listing();
    let mut overview = Overview::new(&args.overview, args.json)?;
    let asked = Asked { args, selector: &selector, kinds: &kinds, listing: listing.as_ref() };
    let work = |next: &Next, out: &mut Out| {
        let mut part = Part::new(&args.overview);
        let outcomes = match next {
            Next::Group(group) => {
                let shown = group.iter().filter_map(|input| asked.show(input, &mut part, out));
                shown.collect()
            }
            Next::Failure(input, error) => vec![part.fail(input, &words(error), out)],
        };
        Done { outcomes, result: part }
    };
    let status =
        Fleet::new(&args.overview.fleet(&args.fleet), args.json).run(inputs, &work, &mut |part| {
            overview.take(part);
            Ok(())
        })?;
    overview.finish(args.json)?;
    Ok(listing.map_or(status, |listing| listing.ended(status)))
}

/// What is asked of every input.
struct Asked<'a> {
    args: &'a ShowArgs,
    selector: &'a Selector,
    kinds: &'a Kinds,
    listing: Option<&'a Listing>,
}

impl Asked<'_> {
    /// `None` for a file that is none of ours.
    fn show(&self, input: &Input, part: &mut Part, out: &mut Out) -> Option<Outcome> {
        let Self { args, selector, kinds, listing } = *self;
        let (document, objects) = match open_if_ours(input, selector, kinds) {
            Ok(Some(opened)) => opened,
            Ok(None) => {
                out.foreign = out.foreign.saturating_add(1);
                return None;
            }
            Err(error) => {
                return Some(part.fail(input, &words(&error), out));
            }
        };
        out.bytes = out.bytes.saturating_add(document.content.len());
        if let Some(listing) = listing {
            return Some(listed(listing, input, (&document, objects.len()), selector, out));
        }
        if objects.is_empty() && selector.asks() {
            return Some(unselected(input, &document, selector, out));
        }
        let read = Object::read_all(&objects);
        let findings = report::findings(&document, &read);
        let error = ShowReport::error_of(&document, objects.iter());
        part.count(input, &document, &objects, &findings.iter().collect::<Vec<_>>(), error.as_deref());
        if args.overview.prints_each(args.json) {
            let report = ShowReport::new(PathReport::of(input), &document, &read, findings);
            print_show(&report, input, args.told, out);
        }
        if let Some(error) = error {
            out.message(input, &error);
            return Some(Outcome::Failed);
        }
        if objects.is_empty() && selector.require {
            return Some(unselected(input, &document, selector, out));
        }
        Some(Outcome::Done)
    }
}
