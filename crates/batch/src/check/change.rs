//! What would disagree once a file is another one, and does not now.

use super::compare::compare;
use super::gather::gather_opened;
use super::library::{Library, PassedOver};
use super::media::Media;
use super::rule::Rule;
use crate::Result;
use crate::input::{Content, Document, Input};
use crate::title::Roots;
use prkit_bmff::{Layout, Limits, Scope};
use prkit_plan::{Laid, Plan, Source, Span};
use prkit_playready::{Keyring, Level};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::rc::Rc;

/// A file that is going to be another one.
pub(crate) struct Change<'c> {
    pub(crate) input: &'c Input,
    /// Its one name.
    pub(crate) path: &'c Path,
    pub(crate) document: &'c Document,
    pub(crate) plan: &'c Plan,
}

/// What is found, and where: which files, and which boxes or elements.
type Found = HashMap<(Rule, String), BTreeSet<(String, String)>>;

/// The files that disagree with a file once it is another one, and do not now, as they are shown.
///
/// It is compared with the manifests that are `others`, and with the media that they have in common. Nothing is said of files
/// that are `passed_over`: those will be others, too.
pub(crate) fn differing(
    change: &Change<'_>,
    others: &[Input],
    titles: &Roots,
    passed_over: &PassedOver,
) -> Result<Vec<String>> {
    let old = change.document.outer_source();
    let now = found(change, old, others, titles, passed_over)?;
    let then = found(change, &Laid::new(change.plan, old), others, titles, passed_over)?;
    let own = change.input.display();
    let mut names = BTreeSet::new();
    for (what, places) in then {
        let known = now.get(&what);
        if places.iter().any(|place| known.is_none_or(|known| !known.contains(place))) {
            names.extend(places.into_iter().map(|(path, _)| path).filter(|path| *path != own));
        }
    }
    Ok(names.into_iter().collect())
}

/// What is found of the file with these bytes, and of others.
fn found(
    change: &Change<'_>,
    bytes: &dyn Source,
    others: &[Input],
    titles: &Roots,
    passed_over: &PassedOver,
) -> Result<Found> {
    let (mut opened, mut known) = (None, None);
    if change.document.manifest.is_some() {
        let mut text = Vec::new();
        bytes.fetch(Span::new(0, bytes.len()), &mut text)?;
        let document = Document::of(Content::Memory(text.into()), Scope::default())?;
        opened = Some(Ok((change.input.clone(), document)));
    } else {
        let layout = Layout::locate(bytes, Scope::default(), Limits::default())?;
        let media = Media::of(&change.input.display(), &layout, bytes, Vec::new())?;
        known = Some((change.path.to_owned(), Rc::new(media)));
    }
    let library = Library::knowing(Rc::clone(passed_over), known);
    let open = |input: &Input| match Document::open(input, Scope::default()) {
        Ok(document) => Ok((input.clone(), document)),
        Err(error) => Err((input.clone(), error.into())),
    };
    let mut inputs = opened.into_iter().chain(others.iter().map(open));
    let mut gathered = gather_opened(&mut inputs, &library, titles, false, None);
    let mut all = Found::new();
    for set in &mut gathered.sets {
        let findings = compare(set, &library, &Keyring::default()).into_sorted();
        for finding in findings.into_iter().filter(|finding| finding.level >= Level::Warning) {
            let places = finding.places.into_iter().map(|place| (place.path, place.at));
            all.entry((finding.rule, finding.message)).or_default().extend(places);
        }
    }
    Ok(all)
}
