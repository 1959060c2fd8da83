//! *In place* and *durable*: the changed bytes are stored through a memory map, under a journal.
//!
//! ```text
//!   lock ─▶ journal ─▶ flush ─▶ length ─▶ flush ─▶ stores ─▶ flush ─▶ look ─▶ done ─▶ flush ─▶ unlink
//!           .NAME.prkit-journal  shift.rs           map.rs              check   commit.rs
//!           .prkit-journal-N, one of eight, for a group of files of one folder
//! ```
//!
//! Promised on file systems that keep what was flushed: after a kill, a power failure, a full disk or a second writer, the
//! file is the old one, the new one, or one that [`recover`] makes either of. The file stays the same inode; a reader in
//! that moment may see a mixture.
//!
//! * **lock**: an exclusive advisory lock on the file for the whole edit. After locking, the path has to name the same
//!   file; its identity is compared with the one the plan was made for.
//! * **stores** go only to pages the plan changes, after the length is right. Where a store could fail without a word
//!   (holes, shared blocks), the blocks are allocated first, or the bytes go through `pwrite`; so do those of the small
//!   files of a group (`disk.rs`).
//! * What remains: another process that cuts the file between the look at its length and the store ends this one with
//!   SIGBUS. The journal is there then, and refuses to touch what it does not know.

mod claim;
mod commit;
mod disk;
mod journal;
#[cfg(test)]
mod model;
mod recover;
mod root;
mod shift;
mod storage;

pub use claim::{Claim, claims};
pub use recover::{Outcome, Refusal};
pub use root::{Member, NotTogether, together};

use crate::error::{Error, Result};
use crate::file::FileSource;
use crate::flush::Flush;
use crate::names::{UNFINISHED, folder_of, group_journals, is_journal_name, journal_of};
use crate::{Check, system};
use commit::{Barrier, Failure, commit};
use disk::{Blocked, Disk, JournalFile};
use journal::{Entry, Journal, State, mark_finished};
use prkit_plan::Plan;
use root::pointer::POINTER;
use shift::Shift;
use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use storage::Log as _;

/// One file to edit.
pub struct Edit<'e> {
    /// Its path, links resolved.
    pub path: &'e Path,
    /// The file the plan was made for, opened for editing and locked.
    pub source: &'e FileSource,
    /// What is to be done.
    pub plan: &'e Plan,
    /// The unit in which the file system shifts bytes, if it is to do that.
    pub block: Option<u64>,
    /// The file keeps its times of access and change.
    pub preserve: bool,
    /// A look at the result before it counts.
    pub check: Check<'e>,
}

/// Carries out edits of files in one folder under one journal; *in place* and *durable*.
///
/// # Errors
///
/// For each file on its own: [`Error::Changed`], [`Error::System`] and [`Error::NotAsPlanned`] leave it as it was;
/// [`Error::Interrupted`] leaves it to [`recover`]. [`Error::Pending`] and [`Error::Busy`] are about the journal.
pub fn in_place(edits: &mut [Edit<'_>], flush: Flush) -> Vec<Result<()>> {
    let Some(first) = edits.first() else { return Vec::new() };
    let folder = folder_of(first.path).to_owned();
    let is_alone = edits.len() == 1;
    let own = is_alone.then(|| journal_of(first.path));
    let mut opened: Vec<Result<Opened>> = edits.iter().map(|edit| Opened::new(edit, is_alone)).collect();
    let (mut log, path) = match free_journal(own.as_deref(), &folder) {
        Ok(found) => found,
        Err((blocked, path)) => {
            return edits.iter().map(|_| Err(Error::from_blocked(&blocked, &path))).collect();
        }
    };
    let ready =
        edits.iter_mut().zip(&mut opened).filter_map(|(edit, opened)| Some((edit, opened.as_mut().ok()?)));
    let mut group: Vec<_> = ready
        .map(|(edit, opened)| commit::Edit {
            plan: edit.plan,
            target: &mut opened.disk,
            entry: opened.entry.clone(),
            check: edit.check,
        })
        .collect();
    let outcomes = if group.is_empty() {
        let _ = log.remove();
        Vec::new()
    } else {
        commit(&mut group, &mut log, &mut DiskBarrier { flush, folder })
    };
    let mut outcomes = outcomes.into_iter();
    let ends = opened.into_iter().map(|opened| {
        let opened = opened?;
        outcomes.next().unwrap_or(Ok(())).map_err(|failure| Error::from_failure(failure, &path))?;
        opened.finish()
    });
    ends.collect()
}

/// How long a group waits for one of its folder's journals.
const PATIENCE: Duration = Duration::from_secs(30);

/// The first journal that nobody works under and that says nothing.
///
/// One that tells of an edit that could not be finished blocks its own files, and those only.
fn free_journal(
    own: Option<&Path>,
    folder: &Path,
) -> core::result::Result<(JournalFile, PathBuf), (Blocked, PathBuf)> {
    let start = Instant::now();
    loop {
        let (mut first, mut busy) = (None, false);
        for path in own.map(Path::to_owned).into_iter().chain(group_journals(folder)) {
            match JournalFile::create(&path) {
                Ok(log) => return Ok((log, path)),
                Err(blocked @ Blocked::System(_)) => return Err((blocked, path)),
                Err(blocked) => {
                    busy |= matches!(blocked, Blocked::Busy);
                    first.get_or_insert((blocked, path));
                }
            }
        }
        match first {
            Some(first) if !busy || start.elapsed() > PATIENCE => return Err(first),
            _ => std::thread::sleep(Duration::from_millis(5)),
        }
    }
}

/// A file that is ready to be edited.
struct Opened {
    disk: Disk,
    entry: Entry,
    /// What it was like, when it is to keep its times.
    before: Option<Metadata>,
}

impl Opened {
    /// The last look before the journal is written.
    fn new(edit: &Edit<'_>, is_alone: bool) -> Result<Self> {
        let metadata = edit.source.look_again(edit.path)?;
        let entry = Entry {
            name: edit.path.file_name().unwrap_or_default().as_encoded_bytes().to_vec(),
            inode: edit.source.identity().inode.map_or(0, |(_, inode)| inode),
            old_len: edit.plan.old_len(),
            new_len: edit.plan.new_len(),
            shift: Shift::of(edit.plan, edit.block),
            samples: Vec::new(),
        };
        let disk = Disk::new(edit.source, &metadata, is_alone);
        Ok(Self { disk, entry, before: edit.preserve.then_some(metadata) })
    }

    fn finish(&self) -> Result<()> {
        match &self.before {
            Some(before) => self.disk.set_times(before).map_err(Error::system("set its times")),
            None => Ok(()),
        }
    }
}

struct DiskBarrier {
    flush: Flush,
    folder: PathBuf,
}

impl Barrier for DiskBarrier {
    fn is_durable(&self) -> bool {
        self.flush != Flush::None
    }

    fn flush_all(&mut self, edits: &mut [commit::Edit<'_>]) -> io::Result<()> {
        match self.flush {
            Flush::None => Ok(()),
            Flush::Group if edits.len() > 2 => system::sync_file_system(&File::open(&self.folder)?),
            Flush::Each | Flush::Group => edits.iter_mut().try_for_each(|edit| edit.target.flush()),
        }
    }
}

impl Error {
    fn from_blocked(blocked: &Blocked, journal: &Path) -> Self {
        match blocked {
            Blocked::Busy => Self::Busy,
            Blocked::Pending => Self::Pending { journal: journal.to_owned() },
            Blocked::System(error) => {
                let source =
                    error.raw_os_error().map_or_else(|| error.kind().into(), io::Error::from_raw_os_error);
                Self::System { doing: "write the journal", source }
            }
        }
    }

    fn from_failure(failure: Failure, journal: &Path) -> Self {
        match failure {
            Failure::Untouched(doing, source) => Self::System { doing, source },
            Failure::TakenBack(wrong) => Self::NotAsPlanned(wrong),
            Failure::Interrupted(doing, source) => {
                Self::Interrupted { doing, source, journal: journal.to_owned() }
            }
        }
    }
}

/// The journals that may be about a file: its own, its folder's, and one elsewhere that its folder points to.
pub fn journals_of(path: &Path) -> impl Iterator<Item = PathBuf> {
    let pointer = folder_of(path).join(POINTER);
    let all = core::iter::once(journal_of(path)).chain(group_journals(folder_of(path))).chain([pointer]);
    all.filter(|journal| journal.exists())
}

/// The journal that a pointer between folders leads to; anything else is what it is.
pub fn journal_at(path: &Path) -> PathBuf {
    let pointed = (path.file_name() == Some(POINTER.as_ref())).then(|| root::pointer::target_of(path).ok());
    pointed.flatten().flatten().filter(|journal| journal.exists()).unwrap_or_else(|| path.to_owned())
}

/// Whether a file is a copy that a killed process left unfinished; one that somebody works on is not.
pub fn is_unfinished(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    let marker = UNFINISHED.as_bytes();
    let is_listed = || journal_at(&folder_of(path).join(POINTER)).file_name() != Some(POINTER.as_ref());
    name.starts_with(b".")
        && name.windows(marker.len()).any(|window| window == marker)
        && File::open(path).is_ok_and(|file| file.try_lock().is_ok())
        // A journal knows better what becomes of it.
        && !is_listed()
}

/// Whether a name is that of a journal, or of a pointer to one in another folder.
pub fn is_journal(path: &Path) -> bool {
    path.file_name().is_some_and(|name| is_journal_name(name) || name == POINTER)
}

/// A file that a journal is about.
#[derive(Debug)]
pub struct Recovered {
    /// Its path.
    pub path: PathBuf,
    /// What was done with it, or why nothing.
    pub result: core::result::Result<Outcome, Refusal>,
}

/// The files that an interrupted edit left to a journal.
///
/// # Errors
///
/// [`Error::Busy`] while the edit is in progress; [`Error::System`].
pub fn pending(journal: &Path) -> Result<Vec<PathBuf>> {
    let journal = journal_at(journal);
    let Some((_log, read)) = read(&journal)? else { return Ok(Vec::new()) };
    Ok(root::recover::files(folder_of(&journal), &read).collect())
}

/// Finishes what an interrupted edit left to a journal, or takes it back; then the journal goes.
///
/// A file that is not as the journal knows it is left alone, and the journal stays, about that file only.
///
/// # Errors
///
/// [`Error::Busy`] while the edit is in progress; [`Error::System`].
pub fn recover(journal: &Path, undo: bool) -> Result<Vec<Recovered>> {
    let recovered = recover_journal(&journal_at(journal), undo)?;
    if journal.file_name() == Some(POINTER.as_ref()) {
        root::pointer::remove_stale(journal).map_err(Error::system("take the pointer away"))?;
    }
    Ok(recovered)
}

fn recover_journal(journal: &Path, undo: bool) -> Result<Vec<Recovered>> {
    let Some((mut log, read)) = read(journal)? else { return Ok(Vec::new()) };
    let undo = undo || read.state == State::Undo;
    if undo && read.state == State::Open {
        recover::turn_to_undo(&mut log).map_err(Error::system("write the journal"))?;
    }
    if read.folders.is_some() {
        return root::recover::recover(journal, &mut log, &read, undo);
    }
    let folder = folder_of(journal);
    let mut all = Vec::new();
    // The files stay locked until the journal says that they are finished: whoever edits one of them next must not have
    // this edit done over his.
    let mut held = Vec::new();
    for found in &read.entries {
        let name = system::os_name(&found.entry.name);
        let (path, result) = match find(folder, &folder.join(name), found.entry.inode) {
            Some(path) => {
                let result = open_locked(&path).and_then(|mut disk| {
                    let result = recover::recover(found, &mut disk, &log, undo);
                    held.push(disk);
                    result
                });
                (path, result)
            }
            None => (folder.join(system::os_name(&found.entry.name)), Err(Refusal::Gone)),
        };
        all.push(Recovered { path, result });
    }
    if all.iter().all(|recovered| recovered.result.is_ok()) {
        recover::close(&mut log).map_err(Error::system("take the journal away"))?;
    } else {
        let mut finished = read.entries.iter().zip(&all).filter(|(_, recovered)| recovered.result.is_ok());
        let marked = finished.try_for_each(|(found, _)| mark_finished(&mut log, found));
        marked.and_then(|()| log.flush()).map_err(Error::system("write the journal"))?;
    }
    drop(held);
    Ok(all)
}

/// A journal that says something; one that does not is taken away.
fn read(path: &Path) -> Result<Option<(JournalFile, Journal)>> {
    if path.file_name() == Some(POINTER.as_ref()) {
        return Ok(None);
    }
    let mut log = match JournalFile::open(path) {
        Ok(Some(log)) => log,
        Ok(None) => return Ok(None),
        Err(blocked) => return Err(Error::from_blocked(&blocked, path)),
    };
    match Journal::read(&log).map_err(Error::system("read the journal"))? {
        Some(journal) if journal.state != State::Done => Ok(Some((log, journal))),
        Some(journal) => {
            let cleaned = root::recover::clean(path, &mut log, &journal);
            cleaned.map_err(Error::system("take the journal away"))?;
            Ok(None)
        }
        // Never written to its end: no file waits for it.
        None => {
            log.remove().map_err(Error::system("take the journal away"))?;
            Ok(None)
        }
    }
}

/// The file by its name, or by its inode where it was renamed since.
fn find(folder: &Path, path: &Path, inode: u64) -> Option<PathBuf> {
    let is_it = |path: &Path| {
        system::inode_of(path).ok().flatten().is_none_or(|found| found == inode) && path.is_file()
    };
    if is_it(path) {
        return Some(path.to_owned());
    }
    let entries = std::fs::read_dir(folder).ok()?;
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| is_it(path) && system::inode_of(path).ok().flatten().is_some())
}

fn open_locked(path: &Path) -> core::result::Result<Disk, Refusal> {
    let mut source = FileSource::open_for_edit(path).map_err(refusal)?;
    source.lock().map_err(refusal)?;
    Ok(Disk::new(&source, &source.file().metadata()?, true))
}

fn refusal(error: Error) -> Refusal {
    match error {
        Error::Busy => Refusal::Busy,
        Error::System { source, .. } => Refusal::Io(source),
        other => Refusal::Io(io::Error::other(other.to_string())),
    }
}
