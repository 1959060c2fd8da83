//! What manifests say of files is looked at before a file becomes another one.
//!
//! ```text
//!   file ──▶ TitleGraph: its manifests ──▶ byte ranges that would move          whoever is selected: nobody moves them
//!                                          headers that would differ            of what is not selected in the same run
//! ```
//!
//! A title is refused as a whole: a file whose neighbour is refused would disagree with what names both.

use super::{Moves, Target, WriteError, Writing};
use crate::check::{Change, PassedOver, differing};
use crate::input::{Document, Input, Kind, Name};
use crate::report::WriteReport;
use crate::title::{Map, Roots, TitleGraph, manifest_by_name};
use crate::{Error, Result, Selected, Sources};
use prkit_bmff::Scope;
use prkit_manifest::{ByteRange, move_ranges};
use prkit_plan::Plan;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What manifests say about the files of a run; looked up folder by folder, before something in it is changed.
pub struct Guard {
    sources: Sources,
    /// Folders that titles may use beside their own.
    folders: Vec<PathBuf>,
    maps: Vec<Map>,
    state: Mutex<Option<State>>,
}

struct State {
    graph: TitleGraph,
    titles: Roots,
    selected: Arc<Selected>,
    /// The file that each title is refused for, if it is.
    verdicts: HashMap<usize, Option<(PathBuf, Arc<Error>)>>,
    /// Folders that were walked, and their one names.
    folders: HashMap<PathBuf, Option<PathBuf>>,
}

/// A file, and what is to become of it.
struct Planned<'p> {
    input: &'p Input,
    /// Its one name.
    path: &'p Path,
    document: &'p Document,
    plan: &'p Plan,
}

/// So many folders above a file are looked through: packagers put segments one or two folders below their manifests.
const ABOVE: usize = 2;

impl Guard {
    /// Of the titles of inputs, whose references lead into these folders, too, and where maps say.
    pub const fn new(sources: Sources, folders: Vec<PathBuf>, maps: Vec<Map>) -> Self {
        Self { sources, folders, maps, state: Mutex::new(None) }
    }

    /// Refuses a plan under which a manifest of the title would address other bytes than before, or say something else than
    /// the file, at the end of the run.
    ///
    /// # Errors
    ///
    /// [`WriteError::Addressed`], [`WriteError::Carried`], [`WriteError::Several`], [`WriteError::Title`].
    pub(super) fn allow(
        &self,
        writing: &Writing<'_>,
        input: &Input,
        document: &Document,
        plan: &Plan,
    ) -> Result<()> {
        let Name::Path(named) = &input.name else { return Ok(()) };
        let has_boxes = |document: &Document| {
            document.pasted.is_none() && (document.layout.is_some() || document.manifest.is_some())
        };
        // Of what is given as bytes, it is not known what they are.
        let is_bytes = writing.operation.wants_bytes();
        if plan.is_empty() || !is_bytes && !has_boxes(document) {
            return Ok(());
        }
        let mut state = self.state()?;
        let Some(state) = &mut *state else { return Ok(()) };
        let Some(path) = state.one_name(input, named) else { return Ok(()) };
        state.search_around(input, &path);
        state.tell_unread(writing);
        let Some(title) = state.graph.title_of(&path) else { return Ok(()) };
        let opened =
            if is_bytes { Document::open_if_ours(input, Scope::default(), &writing.kinds)? } else { None };
        let document = opened.as_ref().unwrap_or(document);
        if !has_boxes(document) {
            return Ok(());
        }
        if !state.verdicts.contains_key(&title) {
            let verdict = state.verdict(title, writing, &Planned { input, path: &path, document, plan });
            state.verdicts.insert(title, verdict);
        }
        match state.verdicts.get(&title) {
            Some(Some((file, error))) if *file == path => Err(Error::Shared(Arc::clone(error))),
            Some(Some((file, _))) => Err(WriteError::Title { file: crate::shown_here(file) }.into()),
            _ => Ok(()),
        }
    }

    /// The manifests of the title of an input that nothing names but themselves; those that were left out by name are none.
    pub(super) fn manifests_with(
        &self,
        writing: &Writing<'_>,
        input: &Input,
        path: &Path,
    ) -> Result<Vec<PathBuf>> {
        let mut state = self.state()?;
        let Some(state) = &mut *state else { return Ok(Vec::new()) };
        state.search_title(input, path);
        state.tell_unread(writing);
        Ok(state.tops_with(path))
    }

    /// The first manifest of the title in a folder above it: of a presentation, it is no part.
    pub(super) fn manifest_above(&self, input: &Input, path: &Path) -> Result<Option<PathBuf>> {
        let mut state = self.state()?;
        let Some(state) = &mut *state else { return Ok(None) };
        let known = state.tops_with(path);
        state.search_around(input, path);
        Ok(state.tops_with(path).into_iter().find(|top| !known.contains(top)))
    }

    fn state(&self) -> Result<MutexGuard<'_, Option<State>>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.is_none() {
            *state = Some(self.start()?);
        }
        Ok(state)
    }

    fn start(&self) -> Result<State> {
        let folders: Vec<&Path> = self.folders.iter().map(PathBuf::as_path).collect();
        let titles = Roots::new(&folders, self.maps.clone()).map_err(crate::title::TitleError::Root)?;
        let selected = Arc::new(Selected::new(&self.sources)?);
        let mut graph = TitleGraph::default();
        for root in self.folders.iter().chain(self.maps.iter().map(Map::folder)) {
            if let Ok(root) = root.canonicalize() {
                graph.search(&root, usize::MAX, &titles);
            }
        }
        // What is named may be elsewhere than what it names.
        for folder in
            selected.named().filter(|path| manifest_by_name(path).is_some()).filter_map(Path::parent)
        {
            graph.search(folder, 0, &titles);
        }
        Ok(State { graph, titles, selected, verdicts: HashMap::new(), folders: HashMap::new() })
    }
}

impl State {
    /// The one name of a file, links resolved.
    fn one_name(&mut self, input: &Input, named: &Path) -> Option<PathBuf> {
        let (Some(folder), Some(name), Some(_)) = (named.parent(), named.file_name(), input.held()) else {
            return named.canonicalize().ok();
        };
        // It is opened over no link, so it is its folder's: to resolve each takes a call for every step of its path.
        if let Some(known) = self.folders.get(folder) {
            return Some(known.as_ref()?.join(name));
        }
        let there = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let resolved = there.canonicalize().ok();
        self.folders.insert(folder.to_owned(), resolved.clone());
        Some(resolved?.join(name))
    }

    /// Reads the manifests of the title of a file.
    fn search_title(&mut self, input: &Input, path: &Path) -> Option<PathBuf> {
        self.graph.search_title(input, path, &self.titles)
    }

    /// The same, and those of folders above.
    fn search_around(&mut self, input: &Input, path: &Path) {
        let before = self.graph.len();
        let own = self.search_title(input, path);
        for above in own.iter().flat_map(|own| own.ancestors().skip(1).take(ABOVE)) {
            self.graph.search(above, 0, &self.titles);
        }
        // What joins titles makes them another one.
        if self.graph.len() > before {
            self.verdicts.clear();
        }
    }

    fn tell_unread(&mut self, writing: &Writing<'_>) {
        for (manifest, error) in self.graph.take_unread() {
            writing.face.unread(&manifest, &error);
        }
    }

    fn tops_with(&mut self, path: &Path) -> Vec<PathBuf> {
        let Some(title) = self.graph.title_of(path) else { return Vec::new() };
        let tops = self.graph.tops_of(title).into_iter().map(|top| top.path.clone());
        tops.filter(|top| !self.selected.is_excluded(top)).collect()
    }

    /// Whether a title is refused, and for which of its files.
    fn verdict(
        &mut self,
        title: usize,
        writing: &Writing<'_>,
        first: &Planned<'_>,
    ) -> Option<(PathBuf, Arc<Error>)> {
        let refused = |path: &Path, error: Error| Some((path.to_owned(), Arc::new(error)));
        if let Err(error) = self.look_at(title, writing, first) {
            return refused(first.path, error);
        }
        for path in self.others_of(title, writing, first.path) {
            let input = Input { below: path.file_name().map(PathBuf::from), ..Input::of_path(&path) };
            let looked = self.plan_and_look(title, writing, &input, &path);
            if let Err(error) = looked {
                return refused(&path, error);
            }
        }
        None
    }

    /// Selected files of a title that may be refused: where all that names them is changed with them, those that it addresses by
    /// range, and those with a header of their own, which may find no room for it.
    fn others_of(&mut self, title: usize, writing: &Writing<'_>, but: &Path) -> BTreeSet<PathBuf> {
        if writing.operation.is_given() {
            return BTreeSet::new();
        }
        let mut others: BTreeSet<PathBuf> = self.graph.ranged_files_of(title).into_iter().collect();
        if writing.is_in_place() {
            others.extend(self.graph.carrying_files_of(title));
        }
        if writing.is_in_place() && self.has_unselected(title) {
            others = self.graph.files_of(title).into_iter().map(|file| file.to_path_buf()).collect();
        }
        others.retain(|file| file != but && self.selected.has(file, kind_by_name(file)));
        others
    }

    fn has_unselected(&mut self, title: usize) -> bool {
        let files = self.graph.files_of(title);
        files.iter().any(|file| !self.selected.has(file, kind_by_name(file)))
    }

    fn plan_and_look(
        &mut self,
        title: usize,
        writing: &Writing<'_>,
        input: &Input,
        path: &Path,
    ) -> Result<()> {
        let scope = writing.operation.scope(writing.selector);
        let Some(document) = Document::open_if_ours(input, scope, &writing.kinds)? else { return Ok(()) };
        let document = Document { path: Some(path.to_owned()), ..document };
        let mut report = WriteReport::new(input, document.outer_source().len(), true);
        let job = writing.plan_document(input, &document, None, Vec::new(), false, &mut report)?;
        let plan = &job.edited.plan;
        if plan.is_empty() {
            return Ok(());
        }
        self.look_at(title, writing, &Planned { input, path, document: &document, plan })
    }

    /// What stands against one file becoming another one.
    fn look_at(&mut self, title: usize, writing: &Writing<'_>, planned: &Planned<'_>) -> Result<()> {
        let addressed = self.look_at_ranges(writing, planned);
        let known: Vec<PathBuf> = addressed.iter().map(|(manifest, _)| manifest.clone()).collect();
        let mut wrong: Vec<WriteError> = addressed.into_iter().map(|(_, error)| error).collect();
        if writing.is_in_place() {
            wrong.extend(self.look_at_headers(title, writing, planned, &known)?);
        }
        match wrong.len() {
            0 | 1 => wrong.pop().map_or(Ok(()), |error| Err(error.into())),
            _ => Err(WriteError::Several(wrong).into()),
        }
    }

    /// The manifests that would address other bytes than before, each with the first range that would.
    fn look_at_ranges(&self, writing: &Writing<'_>, planned: &Planned<'_>) -> Vec<(PathBuf, WriteError)> {
        let plan = planned.plan;
        if plan.shape().moves_nothing() {
            return Vec::new();
        }
        let (old, new) = (plan.old_len(), plan.new_len());
        let moved = |range: &ByteRange| {
            let moved = move_ranges(std::slice::from_ref(range), &|_| Some(plan.shape()));
            !(moved.edits.is_empty() && moved.stale.is_empty())
        };
        // Where results go elsewhere, manifests that do not go with them say nothing of them.
        let (restores, is_given) = (writing.operation.restores_ranges(), writing.operation.is_given());
        let counts = |manifest: &Path| {
            let is_selected = self.selected.has(manifest, kind_by_name(manifest));
            if writing.is_in_place() { !(restores && is_selected) } else { is_selected }
        };
        let change = if old == new { Moves::Boxes } else { Moves::Length { old, new } };
        let mut addressed: Vec<(PathBuf, WriteError)> = Vec::new();
        let mut known: HashSet<&Path> = HashSet::new();
        let ranges = self.graph.ranges_of(planned.path).iter().filter(|ranged| counts(&ranged.manifest));
        for ranged in ranges {
            if known.contains(&*ranged.manifest) || old == new && !moved(&ranged.range) {
                continue;
            }
            known.insert(&ranged.manifest);
            let (manifest, range) = (crate::shown_here(&ranged.manifest), &ranged.range);
            let (range, position) = (range.kind.name(), range.position);
            let error = WriteError::Addressed { change, manifest, range, position, is_given };
            addressed.push((ranged.manifest.clone(), error));
        }
        addressed
    }

    /// What is not selected, and would say something else.
    fn look_at_headers(
        &mut self,
        title: usize,
        writing: &Writing<'_>,
        planned: &Planned<'_>,
        known: &[PathBuf],
    ) -> Result<Vec<WriteError>> {
        let Planned { input, path, document, plan } = *planned;
        let is_manifest = document.manifest.is_some();
        let numbers = if is_manifest {
            self.graph.manifests_of(title).to_vec()
        } else {
            self.graph.naming(path).to_vec()
        };
        let manifests = numbers.iter().filter_map(|number| self.graph.manifest(*number));
        let mut others = Vec::new();
        let mut is_named = false;
        for manifest in manifests {
            if manifest.path == path {
                let is_unselected = |file: &Arc<Path>| !self.selected.has(file, kind_by_name(file));
                is_named |= manifest.files().iter().any(is_unselected);
            } else if !self.selected.has(&manifest.path, manifest.kind) && !known.contains(&manifest.path) {
                others.push(manifest.input.clone());
            }
        }
        if others.is_empty() && !is_named {
            return Ok(Vec::new());
        }
        let selected = Arc::clone(&self.selected);
        let own = path.to_owned();
        let passed_over: PassedOver =
            Rc::new(move |file| *file != *own && selected.has(file, kind_by_name(file)));
        let change = Change { input, path, document, plan };
        // A playlist in a folder of its own names what is beside the manifest in the folder above.
        let folders: BTreeSet<&Path> =
            numbers.iter().filter_map(|number| self.graph.manifest(*number)?.path.parent()).collect();
        let titles = self.titles.and(folders);
        let others = differing(&change, &others, &titles, &passed_over)?;
        let is_given = writing.operation.is_given();
        let carried =
            |name: String| WriteError::Carried { other: crate::shown_here(Path::new(&name)), is_given };
        Ok(others.into_iter().map(carried).collect())
    }
}

/// What a file is, as far as its name says: what it is by its content does not matter but where kinds are asked for.
fn kind_by_name(path: &Path) -> Kind {
    manifest_by_name(path).unwrap_or(Kind::Mp4)
}

impl Writing<'_> {
    /// Whether files become others where they are, or would.
    const fn is_in_place(&self) -> bool {
        matches!(self.target, Target::InPlace | Target::DryRun)
    }
}
