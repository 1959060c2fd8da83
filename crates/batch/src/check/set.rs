//! What is compared with each other: documents, and the files in the places that they give them.

use super::applied::Applied;
use super::doc::Doc;
use super::finding::{Findings, Place};
use super::gather::Root;
use super::held::Held;
use super::library::{Library, Looked};
use super::media::Media;
use super::rule::Rule;
use super::whereabouts::Led;
use crate::input::Address;
use crate::title::Remedy;
use prkit_manifest::{Oddity, OddityKind, Reference, Role};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

/// Files behind addresses that are opened before the first of them is looked at.
const AHEAD: usize = 128;

/// Files that are not looked at: of which stream, why, and what would let them be.
type Unchecked = (usize, String, Option<Remedy>);

/// Inputs that are compared with each other.
#[derive(Default)]
pub struct Set {
    pub docs: Vec<Doc>,
    pub uses: Vec<Use>,
    /// Media that no manifest of the set names.
    pub lone: Vec<Rc<Media>>,
    /// Objects that are inputs themselves.
    pub objects: Vec<Rc<Held>>,
    /// Files that manifests name, and how many of them could be looked at.
    pub named: u64,
    pub looked: u64,
    /// Whether `--one` put it together.
    pub is_one: bool,
    /// What was found on the way.
    pub findings: Findings,
}

/// A file in the place that a manifest gives it.
pub struct Use {
    /// Number of the manifest.
    pub doc: usize,
    pub applied: Rc<Applied>,
    pub media: Rc<Media>,
}

impl Set {
    pub(super) fn of(roots: Vec<Root>, library: &Library, is_one: bool) -> Self {
        let mut set = Self { is_one, ..Self::default() };
        let mut media = Vec::new();
        let mut known: HashSet<PathBuf> = HashSet::new();
        for root in roots {
            for finding in root.findings.into_sorted() {
                set.findings.add(finding.rule, finding.message, finding.places);
            }
            for doc in root.docs {
                // A playlist that is an input itself is known from its multivariant playlist.
                if doc.path.as_ref().is_none_or(|path| known.insert(path.clone())) {
                    set.docs.push(doc);
                }
            }
            media.extend(root.media);
            set.objects.extend(root.objects);
        }
        let mut used: Vec<PathBuf> = Vec::new();
        let mut uses = Vec::new();
        for number in 0..set.docs.len() {
            set.look_at(number, library, &mut used, &mut uses);
        }
        set.uses = uses;
        used.sort_unstable();
        set.lone = media
            .into_iter()
            .filter(|(path, _)| path.as_ref().is_none_or(|path| used.binary_search(path).is_err()))
            .map(|(_, media)| media)
            .collect();
        set
    }

    /// The client manifest that a server manifest names, and what it says: players are told by that one.
    fn client_of(&self, doc: &Doc) -> Option<(usize, Rc<Applied>)> {
        let is_client = |reference: &Reference| reference.role == Role::ClientManifest;
        doc.presentation.references.iter().find(|reference| is_client(reference))?;
        let (number, client) = self.children_of(doc).next()?;
        let all: Vec<usize> = (0..client.opened.manifest.descriptors().len()).collect();
        Some((number, Rc::new(client.applied(&all))))
    }

    /// The documents that one of them names, and their numbers.
    pub fn children_of(&self, doc: &Doc) -> impl Iterator<Item = (usize, &Doc)> {
        let children: HashSet<&PathBuf> = doc.children.iter().collect();
        let is_child = move |child: &Doc| child.path.as_ref().is_some_and(|path| children.contains(path));
        self.docs.iter().enumerate().filter(move |(_, child)| is_child(child))
    }

    /// The number of each document that is a file.
    pub fn by_path(&self) -> HashMap<&Path, usize> {
        let docs = self.docs.iter().enumerate();
        docs.filter_map(|(number, doc)| Some((doc.path.as_deref()?, number))).collect()
    }

    /// Looks at every file that a manifest names.
    fn look_at(&mut self, number: usize, library: &Library, used: &mut Vec<PathBuf>, uses: &mut Vec<Use>) {
        let Some(doc) = self.docs.get(number) else { return };
        let mut applied: HashMap<&[usize], Rc<Applied>> = HashMap::new();
        // Segments behind each other share their descriptors: they are not compared again for each.
        let mut last: Option<(&Arc<[usize]>, Rc<Applied>)> = None;
        // By stream and reason: how many, the first address, where.
        let mut unchecked: BTreeMap<Unchecked, (u64, String, Place)> = BTreeMap::new();
        let mut looked_at = 0_u64;
        let client = self.client_of(doc);
        let references = &doc.presentation.references;
        let led: Vec<Led> = references.iter().map(|reference| doc.led(&reference.urls)).collect();
        for (at, (reference, led_to)) in references.iter().zip(&led).enumerate() {
            if at.is_multiple_of(AHEAD) {
                let media = references.iter().zip(&led).skip(at).take(AHEAD);
                let media = media.filter(|(reference, _)| !reference.role.is_document());
                library.open_ahead(media.filter_map(|(_, led)| led.to()));
            }
            let mut looked = None;
            let (reason, remedy) = match led_to {
                Led::To(file, _) => {
                    let is_document = reference.role.is_document();
                    let what = if is_document { Looked::Other } else { library.look(file) };
                    match looked.insert(what) {
                        Looked::Failed(_) => ("is not readable".to_owned(), None),
                        Looked::Missing => Led::Missing.why_not(),
                        Looked::Other | Looked::Media(_) => {
                            looked_at = looked_at.saturating_add(1);
                            (String::new(), None)
                        }
                    }
                }
                other => other.why_not(),
            };
            if !reason.is_empty() {
                let url = Address::shown(reference.urls.first().map_or("", String::as_str));
                let url = match &looked {
                    Some(Looked::Failed(error)) => format!("{url}: {error}"),
                    _ => url,
                };
                let stream = doc.presentation.streams.get(reference.stream);
                let at = stream.map_or_else(|| "/".to_owned(), |stream| stream.path.clone());
                let place = Place::of_text(&doc.name, at, reference.position).saying(&url);
                let entry = unchecked.entry((reference.stream, reason, remedy)).or_insert((0, url, place));
                entry.0 = entry.0.saturating_add(1);
            }
            used.extend(led_to.to().map(|file| file.key().to_owned()));
            let Some(Looked::Media(media)) = looked else { continue };
            if let Some((client, applied)) = &client {
                uses.push(Use { doc: *client, applied: Rc::clone(applied), media });
                continue;
            }
            let applied = match &last {
                Some((shared, applied)) if Arc::ptr_eq(shared, &reference.descriptors) => Rc::clone(applied),
                _ => Rc::clone(
                    applied
                        .entry(&reference.descriptors)
                        .or_insert_with(|| Rc::new(doc.applied(&reference.descriptors))),
                ),
            };
            last = Some((&reference.descriptors, Rc::clone(&applied)));
            uses.push(Use { doc: number, applied, media });
        }
        for ((_, reason, remedy), (count, first, place)) in unchecked {
            let message = if count == 1 {
                format!("1 file was not checked: {first} {reason}")
            } else {
                format!("{count} files were not checked: the first, {first}, {reason}")
            };
            self.findings.unchecked(message, remedy, place);
        }
        for oddity in &doc.presentation.oddities {
            let place = Place::of_text(&doc.name, oddity.path.clone(), oddity.position);
            self.findings.add(Rule::Unchecked, oddity.kind.to_string(), [place]);
        }
        // CHK-19 is about references that lead nowhere.
        let is_dangling = |oddity: &&Oddity| matches!(oddity.kind, OddityKind::Dangling(_));
        for oddity in doc.opened.manifest.oddities().iter().filter(|oddity| !is_dangling(oddity)) {
            let place = Place::of_text(&doc.name, oddity.path.clone(), oddity.position);
            self.findings.add(Rule::Document, oddity.kind.to_string(), [place]);
        }
        let named = u64::try_from(led.len()).unwrap_or(u64::MAX);
        self.named = self.named.saturating_add(named);
        self.looked = self.looked.saturating_add(looked_at);
    }
}
