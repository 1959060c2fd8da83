//! What belongs together: manifests, the playlists they name, the media of both.

use super::applied::Objects;
use super::chosen::{Choice, Chosen};
use super::doc::Doc;
use super::finding::{Findings, Place};
use super::held::Held;
use super::joined::Joined;
use super::library::{Library, Looked};
use super::media::Media;
use super::rule::Rule;
use super::set::Set;
use super::whereabouts::Led;
use crate::Selector;
use crate::input::{Document, Opened};
#[cfg(feature = "files")]
use crate::input::{Input, Name};
#[cfg(feature = "files")]
use crate::title::Roots;
use crate::title::Title;
#[cfg(feature = "files")]
use prkit_bmff::Scope;
use prkit_plan::Wrong;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Playlists that name playlists that name playlists …
const MAX_DEPTH: usize = 3;
/// Documents of one presentation.
const MAX_DOCUMENTS: usize = 1000;

/// An input and the set it is in.
pub struct Checked<I> {
    /// As it was handed in.
    pub input: I,
    /// What it is.
    pub kind: &'static str,
    /// The number of its set.
    pub set: Option<usize>,
    /// Why it is compared with nothing.
    pub error: Option<Wrong>,
    /// Whether it is compared for its own sake, or only as a part of something else.
    pub is_root: bool,
    /// What is selected in it, where somebody selects.
    pub choice: Option<Choice>,
}

/// All inputs, in sets.
pub struct Gathered<I> {
    /// In the order in which they came.
    pub inputs: Vec<Checked<I>>,
    /// What is compared with each other.
    pub sets: Vec<Set>,
    /// What is selected, where somebody asks for something.
    pub(super) chosen: Option<Chosen>,
}

/// An input that is open.
pub struct Part {
    /// As findings name it.
    pub name: String,
    /// Its one name: what manifests refer to by the same one is this.
    pub path: Option<PathBuf>,
    /// The same, opened.
    pub document: Document,
    /// Where a manifest's references lead in local files.
    pub title: crate::Result<Option<Title>>,
}

/// Opens all inputs and sorts them into sets, and looks for what is selected in them.
#[cfg(feature = "files")]
pub fn gather(
    inputs: &mut dyn Iterator<Item = Result<Input, (Input, Wrong)>>,
    library: &Library,
    titles: &Roots,
    one: bool,
    selector: Option<&Selector>,
) -> Gathered<Input> {
    let opened = |input: Input| match Document::open(&input, Scope::default()) {
        Ok(document) => Ok((input, document)),
        Err(error) => Err((input, error.into())),
    };
    gather_opened(&mut inputs.map(|next| next.and_then(opened)), library, titles, one, selector)
}

/// The same for inputs that are open.
#[cfg(feature = "files")]
pub(super) fn gather_opened(
    inputs: &mut dyn Iterator<Item = Result<(Input, Document), (Input, Wrong)>>,
    library: &Library,
    titles: &Roots,
    one: bool,
    selector: Option<&Selector>,
) -> Gathered<Input> {
    let part = |(input, document): (Input, Document)| {
        let path = match &input.name {
            Name::Path(path) => path.canonicalize().ok(),
            Name::Asset { .. } | Name::Address(_) => document.address.as_deref().map(PathBuf::from),
            Name::Stdin | Name::Data(_) => None,
        };
        let title = || match &input.name {
            Name::Path(path) => titles.title(path, input.below.as_deref()),
            Name::Asset { .. } | Name::Stdin | Name::Data(_) | Name::Address(_) => {
                titles.title_in(Path::new("."))
            }
        };
        let title = document.manifest.as_ref().map(|_| title()).transpose().map_err(crate::Error::Title);
        let part = Part { name: input.display(), path, document, title };
        (input, part)
    };
    gather_parts(&mut inputs.map(|next| next.map(part)), library, one, selector)
}

/// The same for inputs of any kind, which come with what is in them.
pub fn gather_parts<I>(
    inputs: &mut dyn Iterator<Item = Result<(I, Part), (I, Wrong)>>,
    library: &Library,
    one: bool,
    selector: Option<&Selector>,
) -> Gathered<I> {
    let choosing = selector.map(|selector| (selector, Chosen::default()));
    let gathered = Gathered { inputs: Vec::new(), sets: Vec::new(), chosen: None };
    let mut gather = Gather { library, choosing, roots: Vec::new(), gathered, one };
    for next in inputs {
        match next {
            Ok((input, part)) => gather.input(input, part),
            Err((input, error)) => gather.failed(input, error),
        }
    }
    gather.sets()
}

/// What one input brings along.
#[derive(Default)]
pub(super) struct Root {
    input: usize,
    pub(super) docs: Vec<Doc>,
    pub(super) media: Option<(Option<PathBuf>, Rc<Media>)>,
    pub(super) objects: Vec<Rc<Held>>,
    /// Files that it touches: what it shares with others joins them.
    touched: Vec<PathBuf>,
    pub(super) findings: Findings,
}

struct Gather<'l, I> {
    library: &'l Library,
    /// What is selected, where somebody selects.
    choosing: Option<(&'l Selector, Chosen)>,
    roots: Vec<Root>,
    gathered: Gathered<I>,
    one: bool,
}

impl<I> Gather<'_, I> {
    fn failed(&mut self, input: I, error: Wrong) {
        let error = Some(error);
        let checked = Checked { input, kind: "unknown", set: None, error, is_root: true, choice: None };
        self.gathered.inputs.push(checked);
    }

    fn input(&mut self, input: I, part: Part) {
        let kind = part.document.kind.name();
        let mut root = Root { input: self.gathered.inputs.len(), ..Root::default() };
        root.touched.extend(part.path.clone());
        let choice = self
            .choosing
            .as_mut()
            .map(|(selector, chosen)| chosen.of(&part.name, &part.document, selector))
            .transpose();
        let opened = choice.map_err(Wrong::from).and_then(|choice| {
            self.open(part, &mut root)?;
            Ok(choice)
        });
        let (choice, error) = match opened {
            Ok(choice) => (choice, None),
            Err(error) => (None, Some(error)),
        };
        let checked = Checked { input, kind, set: None, error, is_root: true, choice };
        self.gathered.inputs.push(checked);
        self.roots.push(root);
    }

    fn open(&self, part: Part, root: &mut Root) -> Result<(), Wrong> {
        let Part { name, path, mut document, title } = part;
        let (name, path) = (name.as_str(), path.as_deref());
        if let Some(opened) = document.manifest.take() {
            let title = title?.map(Rc::new);
            let base = document.address.as_deref().unwrap_or_default();
            return self.manifest(opened, name, path, base, title.as_ref(), 0, root);
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
        title: Option<&Rc<Title>>,
        depth: usize,
        root: &mut Root,
    ) -> Result<(), Wrong> {
        #[cfg(feature = "files")]
        let files: &dyn prkit_manifest::Files = title.map_or(&(), |title| &**title);
        #[cfg(not(feature = "files"))]
        let files = &();
        let presentation = opened.manifest.presentation(base, files)?;
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
            title: title.cloned(),
            reach: self.library.reach().cloned(),
            opened,
            presentation,
            held,
            children: Vec::new(),
        });
        for urls in names {
            // What cannot be followed is said where all files of the manifest are looked at.
            let Led::To(file, url) = Led::of(title.map(|title| &**title), self.library.reach(), &urls) else {
                continue;
            };
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
    fn sets(mut self) -> Gathered<I> {
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
        let choosing = self.choosing.filter(|(selector, _)| selector.asks());
        self.gathered.chosen = choosing.map(|(_, chosen)| chosen);
        self.gathered
    }
}
