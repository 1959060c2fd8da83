//! *In place* and *durable*: the changed bytes are stored through a memory map, under a journal.
//!
//! ```text
//!   lock ─▶ journal ─▶ flush ─▶ length ─▶ flush ─▶ stores ─▶ flush ─▶ look ─▶ done ─▶ flush ─▶ unlink
//!           .NAME.prkit-journal  shift.rs           map.rs              check   commit.rs
//!           .prkit-journal-N, one of eight, for a group of files of one folder
//!           journal_file.rs
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
mod journal_file;
#[cfg(test)]
mod model;
mod recover;
mod root;
mod shift;
mod storage;

pub(crate) use claim::{Claim, claims};
pub use recover::{Outcome, Refusal};
pub(crate) use root::{Member, together};

use crate::Check;
use crate::error::{Error, Result};
use crate::file::FileSource;
use crate::flush::Flush;
use crate::folder::{Folder, Place, is_plain};
use crate::names::{group_journals, is_journal_name, journal_of};
use crate::system::{self, Looked};
use commit::{Barrier, Failure, commit};
use disk::Disk;
use journal::{Entry, Journal, Reading, State, mark_finished};
use journal_file::{Blocked, JournalFile};
use prkit_plan::{Plan, Watch};
use root::pointer::POINTER;
pub(crate) use shift::Shift;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use storage::Log as _;

/// One file to edit.
pub(crate) struct Edit<'e> {
    /// Where it is, links resolved.
    pub place: &'e Place,
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
    /// Who may give it up, as long as its journal is not complete or the look at the result is not over.
    pub watch: &'e dyn Watch,
}

/// Carries out edits of files in one folder under one journal; *in place* and *durable*.
///
/// # Errors
///
/// For each file on its own: [`Error::Changed`], [`Error::System`] and [`Error::NotAsPlanned`] leave it as it was;
/// [`Error::Interrupted`] leaves it to [`recover`]. [`Error::Pending`], [`Error::Untrusted`] and [`Error::Busy`] are about
/// the journal.
pub(crate) fn in_place(edits: &mut [Edit<'_>], flush: Flush) -> Vec<Result<()>> {
    let Some(first) = edits.first() else { return Vec::new() };
    let folder = Arc::clone(first.place.folder());
    let is_alone = edits.len() == 1;
    let own = is_alone.then(|| folder.at(&journal_of(first.place.name())));
    let mut opened: Vec<Result<Opened>> =
        edits.iter().map(|edit| Opened::new(edit, &folder, is_alone)).collect();
    let mode = opened.iter().flatten().fold(0, |mode, opened| mode | opened.mode);
    let mut log = match free_journal(own, &folder, mode) {
        Ok(log) => log,
        Err((blocked, journal)) => {
            return edits.iter().map(|_| Err(Error::from_blocked(&blocked, &journal))).collect();
        }
    };
    let path = log.place().path();
    let ready =
        edits.iter_mut().zip(&mut opened).filter_map(|(edit, opened)| Some((edit, opened.as_mut().ok()?)));
    let mut group: Vec<_> = ready
        .map(|(edit, opened)| commit::Edit {
            plan: edit.plan,
            target: &mut opened.disk,
            entry: opened.entry.clone(),
            check: edit.check,
            watch: edit.watch,
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
    let ends: Vec<Result<()>> = ends.collect();
    ends.into_iter()
        .zip(edits)
        .map(|(end, edit)| end.map_err(|error| error.or_cancelled(edit.watch)))
        .collect()
}

/// How long a group waits for one of its folder's journals.
const PATIENCE: Duration = Duration::from_secs(30);

/// The first journal that nobody works under and that says nothing.
///
/// One that tells of an edit that could not be finished, or that does not count, blocks its own files, and those only.
fn free_journal(
    own: Option<Place>,
    folder: &Arc<Folder>,
    mode: u32,
) -> core::result::Result<JournalFile, (Blocked, Place)> {
    let start = Instant::now();
    let places: Vec<Place> = own.into_iter().chain(group_journals().map(|name| folder.at(&name))).collect();
    loop {
        let (mut first, mut busy) = (None, false);
        for place in &places {
            match JournalFile::create(place, mode) {
                Ok(log) => return Ok(log),
                Err(blocked @ Blocked::System(_)) => return Err((blocked, place.clone())),
                Err(blocked) => {
                    busy |= matches!(blocked, Blocked::Busy);
                    first.get_or_insert((blocked, place.clone()));
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
    /// Who may do what with it.
    mode: u32,
    /// What it was like, when it is to keep its times.
    before: Option<Looked>,
}

impl Opened {
    /// The last look before the journal, which is in this folder, is written.
    fn new(edit: &Edit<'_>, folder: &Folder, is_alone: bool) -> Result<Self> {
        if !folder.is_same(edit.place.folder()) {
            return Err(Error::Changed);
        }
        Self::of(edit, edit.place.name(), is_alone)
    }

    /// The same under a name that the journal knows.
    fn of(edit: &Edit<'_>, name: &OsStr, is_alone: bool) -> Result<Self> {
        let found = edit.source.look_again(edit.place)?;
        let entry = Entry {
            name: name.as_encoded_bytes().to_vec(),
            inode: edit.source.identity().inode.map_or(0, |(_, inode)| inode),
            old_len: edit.plan.old_len(),
            new_len: edit.plan.new_len(),
            shift: Shift::of(edit.plan, edit.block),
            samples: Vec::new(),
        };
        let disk = Disk::new(edit.source, &found, is_alone);
        Ok(Self { disk, entry, mode: found.mode, before: edit.preserve.then_some(found) })
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
    folder: Arc<Folder>,
}

impl Barrier for DiskBarrier {
    fn is_durable(&self) -> bool {
        self.flush != Flush::None
    }

    fn flush_all(&mut self, edits: &mut [commit::Edit<'_>]) -> io::Result<()> {
        match self.flush {
            Flush::None => Ok(()),
            Flush::Group if edits.len() > 2 && system::FLUSHES_ALL => self.folder.sync_file_system(),
            Flush::Each | Flush::Group => edits.iter_mut().try_for_each(|edit| edit.target.flush()),
        }
    }
}

impl Error {
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
pub fn journals_of(place: &Place) -> impl Iterator<Item = Place> {
    let pointer = core::iter::once(POINTER.into());
    let all = core::iter::once(journal_of(place.name())).chain(group_journals()).chain(pointer);
    all.map(|name| place.folder().at(&name)).filter(Place::is_taken)
}

/// The journal that a pointer between folders leads to; anything else is what it is.
pub fn journal_at(place: &Place) -> Place {
    let pointed = (place.name() == POINTER).then(|| root::pointer::target_of(place).ok());
    pointed.flatten().flatten().filter(Place::is_taken).unwrap_or_else(|| place.clone())
}

/// Whether a folder points to a journal that is there, and knows better what becomes of unfinished copies.
pub(crate) fn is_listed(folder: &Arc<Folder>) -> bool {
    journal_at(&folder.at(OsStr::new(POINTER))).name() != POINTER
}

/// Whether a name is that of a journal, or of a pointer to one in another folder.
pub fn is_journal(name: &OsStr) -> bool {
    is_journal_name(name) || name == POINTER
}

/// A file that a journal is about.
#[derive(Debug)]
pub struct Recovered {
    /// Its path.
    pub path: PathBuf,
    /// What was done with it, or why nothing.
    pub result: core::result::Result<Outcome, Refusal>,
}

/// The files that an interrupted edit left to a journal. Nothing is changed.
///
/// # Errors
///
/// [`Error::Busy`] while the edit is in progress; [`Error::Untrusted`] when it does not count; [`Error::System`].
pub fn pending(journal: &Place) -> Result<Vec<PathBuf>> {
    let journal = journal_at(journal);
    if journal.name() == POINTER {
        return root::pointer::check(&journal).map(|()| Vec::new());
    }
    let log = match JournalFile::open(&journal, false) {
        Ok(Some(log)) => log,
        Ok(None) => return Ok(Vec::new()),
        Err(blocked) => return Err(Error::from_blocked(&blocked, &journal)),
    };
    match Journal::read(&log).map_err(Error::system("read the journal"))? {
        Reading::Whole(read) if read.state != State::Done => {
            Ok(read.names().map(|name| journal.folder().path().join(system::os_name(name))).collect())
        }
        Reading::Whole(_) | Reading::Unfinished => Ok(Vec::new()),
        Reading::Foreign(why) => Err(Error::Untrusted { journal: journal.path(), why }),
    }
}

/// Finishes what an interrupted edit left to a journal, or takes it back; then the journal goes.
///
/// A file that is not as the journal knows it is left alone, and the journal stays, about that file only.
///
/// # Errors
///
/// [`Error::Busy`] while the edit is in progress; [`Error::Untrusted`] when it does not count; [`Error::System`].
pub fn recover(journal: &Place, undo: bool) -> Result<Vec<Recovered>> {
    let recovered = recover_journal(&journal_at(journal), undo)?;
    if journal.name() == POINTER {
        root::pointer::remove_stale(journal)?;
    }
    Ok(recovered)
}

fn recover_journal(journal: &Place, undo: bool) -> Result<Vec<Recovered>> {
    let Some((mut log, read)) = read(journal)? else { return Ok(Vec::new()) };
    let undo = undo || read.state == State::Undo;
    if undo && read.state == State::Open {
        recover::turn_to_undo(&mut log).map_err(Error::system("write the journal"))?;
    }
    if read.folders.is_some() {
        return root::recover::recover(&mut log, &read, undo);
    }
    let folder = journal.folder();
    let mut all = Vec::new();
    // The files stay locked until the journal says that they are finished: whoever edits one of them next must not have
    // this edit done over his.
    let mut held = Vec::new();
    for found in &read.entries {
        let place = folder.at(&system::os_name(&found.entry.name));
        let (path, result) = match find(&place, found.entry.inode) {
            Some(place) => {
                let result = open_locked(&place, found.entry.inode).and_then(|mut disk| {
                    let result = recover::recover(found, &mut disk, &log, undo);
                    held.push(disk);
                    result
                });
                (place.path(), result)
            }
            None => (place.path(), Err(Refusal::Gone)),
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
fn read(place: &Place) -> Result<Option<(JournalFile, Journal)>> {
    if place.name() == POINTER {
        return Ok(None);
    }
    let mut log = match JournalFile::open(place, true) {
        Ok(Some(log)) => log,
        Ok(None) => return Ok(None),
        Err(blocked) => return Err(Error::from_blocked(&blocked, place)),
    };
    match Journal::read(&log).map_err(Error::system("read the journal"))? {
        Reading::Whole(journal) if journal.state != State::Done => Ok(Some((log, journal))),
        Reading::Whole(journal) => {
            let cleaned = root::recover::clean(&mut log, &journal);
            cleaned.map_err(Error::system("take the journal away"))?;
            Ok(None)
        }
        // Never written to its end: no file waits for it.
        Reading::Unfinished => {
            log.remove().map_err(Error::system("take the journal away"))?;
            Ok(None)
        }
        Reading::Foreign(why) => Err(Error::Untrusted { journal: place.path(), why }),
    }
}

/// The file by its name, or by its inode where it was renamed since.
fn find(place: &Place, inode: u64) -> Option<Place> {
    let is_it = |place: &Place| {
        let found = place.look().ok().flatten().filter(Looked::is_file);
        found.filter(|found| found.is_inode(inode))
    };
    if is_it(place).is_some() {
        return Some(place.clone());
    }
    let folder = place.folder();
    let others = folder.names().ok()?.into_iter().filter(|name| is_plain(name)).map(|name| folder.at(&name));
    // Where no inode is known, any file would do.
    others.into_iter().find(|other| is_it(other).is_some_and(|found| found.identity.inode.is_some()))
}

/// Opens a file that is to be recovered, which is the one that the journal names.
fn open_locked(place: &Place, inode: u64) -> core::result::Result<Disk, Refusal> {
    let mut source = FileSource::open_for_edit(place).map_err(refusal)?;
    source.lock().map_err(refusal)?;
    let found = system::look(source.file())?;
    if !found.is_inode(inode) {
        return Err(Refusal::Gone);
    }
    Ok(Disk::new(&source, &found, true))
}

fn refusal(error: Error) -> Refusal {
    match error {
        Error::Busy => Refusal::Busy,
        Error::Link | Error::NotAFile => Refusal::Link,
        Error::System { source, .. } => Refusal::Io(source),
        other => Refusal::Io(io::Error::other(other.to_string())),
    }
}
