//! What belongs together: manifests, the playlists they name, the media of both.

use super::applied::{Applied, Objects};
use super::doc::Doc;
use super::finding::{Findings, Place};
use super::held::Held;
use super::joined::Joined;
use super::library::{Library, Looked};
use super::media::Media;
use super::rule::Rule;
use super::whereabouts::Led;
use crate::input::{Address, Document, Input, Name, Opened};
use crate::title::{Remedy, Roots, Title};
use prkit_bmff::Scope;
use prkit_manifest::{Oddity, OddityKind, Reference, Role};
use prkit_plan::Wrong;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

/// Playlists that name playlists that name playlists …
const MAX_DEPTH: usize = 3;
/// Documents of one presentation.
const MAX_DOCUMENTS: usize = 1000;
/// Files behind addresses that are opened before the first of them is looked at.
const AHEAD: usize = 128;

/// Files that are not looked at: of which stream, why, and what would let them be.
type Unchecked = (usize, String, Option<Remedy>);

/// An input and the set it is in.
pub struct Checked {
    pub input: Input,
    pub kind: &'static str,
    pub set: Option<usize>,
    pub error: Option<Wrong>,
    /// Whether it is compared for its own sake, or only as a part of something else.
    pub is_root: bool,
}

/// All inputs, in sets.
#[derive(Default)]
pub struct Gathered {
    /// In the order in which they came.
    pub inputs: Vec<Checked>,
    /// What is compared with each other.
    pub sets: Vec<Set>,
}

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

/// Opens all inputs and sorts them into sets.
pub fn gather(
    inputs: &mut dyn Iterator<Item = Result<Input, (Input, Wrong)>>,
    library: &Library,
    titles: &Roots,
    one: bool,
) -> Gathered {
    let opened = |input: Input| match Document::open(&input, Scope::default()) {
        Ok(document) => Ok((input, document)),
        Err(error) => Err((input, error.into())),
    };
    gather_opened(&mut inputs.map(|next| next.and_then(opened)), library, titles, one)
}

/// The same for inputs that are open.
pub(super) fn gather_opened(
    inputs: &mut dyn Iterator<Item = Result<(Input, Document), (Input, Wrong)>>,
    library: &Library,
    titles: &Roots,
    one: bool,
) -> Gathered {
    let mut gather = Gather { library, titles, roots: Vec::new(), gathered: Gathered::default(), one };
    for next in inputs {
        match next {
            Ok((input, document)) => gather.input(input, document),
            Err((input, error)) => gather.failed(input, error),
        }
    }
    gather.sets()
}

/// What one input brings along.
#[derive(Default)]
struct Root {
    input: usize,
    docs: Vec<Doc>,
    media: Option<(Option<PathBuf>, Rc<Media>)>,
    objects: Vec<Rc<Held>>,
    /// Files that it touches: what it shares with others joins them.
    touched: Vec<PathBuf>,
    findings: Findings,
}

struct Gather<'l> {
    library: &'l Library,
    titles: &'l Roots,
    roots: Vec<Root>,
    gathered: Gathered,
    one: bool,
}

impl Gather<'_> {
    fn failed(&mut self, input: Input, error: Wrong) {
        let checked = Checked { input, kind: "unknown", set: None, error: Some(error), is_root: true };
        self.gathered.inputs.push(checked);
    }

    fn input(&mut self, input: Input, document: Document) {
        let kind = document.kind.name();
        let name = input.display();
        let path = match &input.name {
            Name::Path(path) => path.canonicalize().ok(),
            Name::Asset { .. } | Name::Address(_) => document.address.as_deref().map(PathBuf::from),
            Name::Stdin | Name::Data(_) => None,
        };
        let mut root = Root { input: self.gathered.inputs.len(), ..Root::default() };
        root.touched.extend(path.clone());
        let opened = self.open(document, &name, &input, path.as_deref(), &mut root);
        let checked = Checked { input, kind, set: None, error: opened.err(), is_root: true };
        self.gathered.inputs.push(checked);
        self.roots.push(root);
    }

    fn open(
        &self,
        mut document: Document,
        name: &str,
        input: &Input,
        path: Option<&Path>,
        root: &mut Root,
    ) -> Result<(), Wrong> {
        if let Some(opened) = document.manifest.take() {
            let title = match &input.name {
                Name::Path(path) => self.titles.title(path, input.below.as_deref()),
                Name::Asset { .. } | Name::Stdin | Name::Data(_) | Name::Address(_) => {
                    self.titles.title_in(Path::new("."))
                }
            };
            let title = Rc::new(title.map_err(crate::Error::Title)?);
            let base = document.address.as_deref().unwrap_or_default();
            return self.manifest(opened, name, path, base, &title, 0, root);
        }
        match self.library.look_at(name, path.filter(|_| document.layout.is_some()), &document) {
            Looked::Media(media) => root.media = Some((path.map(Path::to_owned), media)),
            Looked::Failed(error) => return Err(error.into()),
            Looked::Other | Looked::Missing => {
                let held = document.objects()?.iter().map(|found| Rc::new(Held::new(name, found))).collect();
                root.objects = held;
            }
        }
        Ok(())
    }

    /// Takes a manifest in, and the playlists that it names.
    #[expect(clippy::too_many_arguments, reason = "where a document is, and what it is a part of")]
    fn manifest(
        &self,
        opened: Opened,
        name: &str,
        path: Option<&Path>,
        base: &str,
        title: &Rc<Title>,
        depth: usize,
        root: &mut Root,
    ) -> Result<(), Wrong> {
        let presentation = opened.manifest.presentation(base, &**title)?;
        let held = opened.objects().iter().map(|found| Rc::new(Held::new(name, found))).collect();
        let held = Objects::new(&opened.manifest, held);
        let number = root.docs.len();
        let names: Vec<Vec<String>> = presentation
            .references
            .iter()
            .filter(|reference| reference.role.is_document())
            .map(|reference| reference.urls.clone())
            .collect();
        root.docs.push(Doc {
            name: name.to_owned(),
            path: path.map(Path::to_owned),
            title: Rc::clone(title),
            reach: self.library.reach().cloned(),
            opened,
            presentation,
            held,
            children: Vec::new(),
        });
        for urls in names {
            // What cannot be followed is said where all files of the manifest are looked at.
            let Led::To(file, url) = Led::of(title, self.library.reach(), &urls) else { continue };
            if let Some(doc) = root.docs.get_mut(number) {
                doc.children.push(file.key().to_owned());
            }
            let is_known = root.docs.iter().any(|doc| doc.path.as_deref() == Some(file.key()));
            if is_known
                || self.library.passes_over(file.key())
                || depth >= MAX_DEPTH
                || root.docs.len() >= MAX_DOCUMENTS
            {
                continue;
            }
            let child = file.shown();
            root.touched.push(file.key().to_owned());
            let result =
                file.open().map_err(Wrong::from).and_then(|mut document| match document.manifest.take() {
                    Some(opened) => {
                        let (path, depth) = (Some(file.key()), depth.saturating_add(1));
                        let base = document.address.as_deref().unwrap_or(&url);
                        self.manifest(opened, &child, path, base, title, depth, root)
                    }
                    None => Err("a manifest names it, and it is none".into()),
                });
            if let Err(error) = result {
                root.findings.add(Rule::Unchecked, error.to_string(), [Place::of_box(&child, "/")]);
            }
        }
        Ok(())
    }

    /// Joins what shares files, and looks at the media.
    fn sets(mut self) -> Gathered {
        let mut joined = Joined::new(self.roots.len());
        let mut first: HashMap<PathBuf, usize> = HashMap::new();
        for number in 0..self.roots.len() {
            let Some(root) = self.roots.get_mut(number) else { continue };
            let mut touched = std::mem::take(&mut root.touched);
            for doc in &root.docs {
                let media = doc.presentation.references.iter().filter(|r| !r.role.is_document());
                let files = media.filter_map(|reference| doc.leads_to(&reference.urls));
                touched.extend(files.map(|file| file.key().to_owned()));
            }
            touched.sort_unstable();
            touched.dedup();
            for path in touched {
                let known = *first.entry(path).or_insert(number);
                joined.join(known, number);
            }
            if self.one {
                joined.join(0, number);
            }
        }
        let mut members: BTreeMap<usize, Vec<Root>> = BTreeMap::new();
        for (number, root) in self.roots.into_iter().enumerate() {
            members.entry(joined.find(number)).or_default().push(root);
        }
        for roots in members.into_values() {
            let number = self.gathered.sets.len();
            let has_docs = roots.iter().any(|root| !root.docs.is_empty());
            for root in &roots {
                if let Some(checked) = self.gathered.inputs.get_mut(root.input) {
                    checked.set = Some(number);
                    checked.is_root = self.one || !has_docs || !root.docs.is_empty();
                }
            }
            self.gathered.sets.push(Set::of(roots, self.library, self.one));
        }
        self.gathered
    }
}

impl Set {
    fn of(roots: Vec<Root>, library: &Library, is_one: bool) -> Self {
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
