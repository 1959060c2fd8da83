//! *All or none* and *durable*: files of several folders change together.
//!
//! ```text
//!   new files beside the old ones, which get a second name      .NAME.prkit-new-…        renaming.rs
//!   a pointer in every folder ─▶ flush                          .prkit-presentation      pointer.rs
//!   root journal: records, renames, end mark ─▶ flush           .NAME.prkit-journal      the commit
//!   stores ─▶ flush ─▶ look ─▶ renames in order ─▶ flush
//!   done ─▶ flush ─▶ second names, pointers, journal unlinked                            recover.rs
//! ```
//!
//! The root journal is the journal of the file that the whole is named after: a manifest. Before its end mark nothing has
//! changed but names that begin with a dot; behind it, all files become the new ones, or with `undo` the old ones. What
//! fails behind it takes everything back.

pub(crate) mod pointer;
pub(crate) mod recover;
mod renaming;

use super::commit::{self, Failure, carry_out, samples, write_entry};
use super::disk::JournalFile;
use super::journal::{Journal, Move, State, Writer, mark};
use super::recover::Refusal;
use super::storage::Log as _;
use super::{Edit, Opened};
use crate::error::copy_of;
use crate::error::{Error, Result};
use crate::flush::Flush;
use crate::names::{folder_of, journal_of, prefix_of};
use crate::new_file::{Original, prepare};
use crate::system;
use pointer::{Pointer, relative};
use prkit_plan::{Plan, Source as _};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use tempfile::{Builder, TempPath};

/// One file of several that change together.
pub struct Member<'m> {
    /// The edit.
    pub edit: Edit<'m>,
    /// A new file takes its name, instead of stores into it.
    pub renamed: bool,
}

/// Why nothing changed, and which file is to blame.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct NotTogether {
    /// Number of the member.
    pub member: Option<usize>,
    /// What happened.
    pub error: Error,
}

impl From<Error> for NotTogether {
    fn from(error: Error) -> Self {
        Self { member: None, error }
    }
}

fn because_of(member: usize) -> impl FnOnce(Error) -> NotTogether {
    move |error| NotTogether { member: Some(member), error }
}

/// Changes all members or none; *durable*. New files get their names in the order of the members, after all stores.
///
/// The root journal stands beside `root`, one of the members. Paths are resolved, and no file is there twice.
///
/// # Errors
///
/// As for [`in_place`](super::in_place); after [`Error::Interrupted`] everything waits for [`recover`](super::recover).
pub fn together(root: &Path, members: &mut [Member<'_>], flush: Flush) -> Result<(), NotTogether> {
    let path = journal_of(root);
    let mut log = JournalFile::create(&path).map_err(|blocked| Error::from_blocked(&blocked, &path))?;
    let prepared = match Prepared::new(&path, members, flush) {
        Ok(prepared) => prepared,
        Err(error) => {
            let _ = log.remove();
            return Err(error);
        }
    };
    let Prepared { mut opened, places, moves, folders, mut guards } = prepared;
    let mut group = group_of(members, &mut opened);
    let journal = write_root(&mut log, &mut group, &folders, &moves, flush);
    let journal = match journal {
        Ok(journal) => journal,
        // Nothing was touched; if the journal cannot be taken away, it may count, and what it lists stays.
        Err(error) => {
            if log.remove().is_ok() {
                return Err(Error::System { doing: "write the journal", source: error }.into());
            }
            guards.keep();
            return Err(
                Error::Interrupted { doing: "write the journal", source: error, journal: path }.into()
            );
        }
    };
    guards.keep();
    let base = folder_of(&path);
    let (member, failure) = match carry_out_all(&mut group, &places, &journal, &log, base, flush) {
        Ok(()) => {
            let done = mark(&mut log, State::Done)
                .and_then(|()| if flush == Flush::None { Ok(()) } else { log.flush() });
            if let Err(source) = done {
                return Err(
                    Error::Interrupted { doing: "mark the journal done", source, journal: path }.into()
                );
            }
            drop(group);
            // What is done is done: what cannot be taken away now, recovery takes away.
            let _ = recover::clean(&path, &mut log, &journal);
            return finish(&opened, &places);
        }
        Err(failed) => failed,
    };
    let failure = match failure {
        Failure::Interrupted(..) => failure,
        other => match take_all_back(&mut group, &path, &mut log, &journal) {
            Ok(()) => other,
            Err(error) => Failure::Interrupted("take the edit back", error),
        },
    };
    Err(NotTogether { member, error: Error::from_failure(failure, &path) })
}

/// Everything that is ready before the commit.
struct Prepared {
    /// Members that are stored into, with their numbers.
    opened: Vec<Opened>,
    places: Places,
    moves: Vec<Move>,
    /// The folders that point to the journal, as seen from its own.
    folders: Vec<Vec<u8>>,
    guards: Guards,
}

/// Which member an entry and a renaming of the journal is.
#[derive(Default)]
struct Places {
    entries: Vec<usize>,
    moves: Vec<usize>,
}

/// What goes when the commit does not come.
#[derive(Default)]
struct Guards {
    files: Vec<(TempPath, TempPath)>,
    pointers: Vec<Pointer>,
    kept: bool,
}

impl Guards {
    /// From now on the journal knows what becomes of them.
    fn keep(&mut self) {
        self.kept = true;
        for (new, kept) in self.files.drain(..) {
            // Keeping a name is remembering nothing: it cannot fail here.
            let _ = new.keep();
            let _ = kept.keep();
        }
    }
}

impl Drop for Guards {
    fn drop(&mut self) {
        if !self.kept {
            self.pointers.iter().for_each(Pointer::remove);
        }
    }
}

impl Prepared {
    fn new(journal: &Path, members: &mut [Member<'_>], flush: Flush) -> Result<Self, NotTogether> {
        let base = folder_of(journal);
        let bytes = |path: &Path| relative(base, path).into_os_string().into_encoded_bytes();
        let mut prepared = Self {
            opened: Vec::new(),
            places: Places::default(),
            moves: Vec::new(),
            folders: Vec::new(),
            guards: Guards::default(),
        };
        let folders: BTreeSet<PathBuf> =
            members.iter().map(|member| folder_of(member.edit.path).to_owned()).collect();
        for folder in &folders {
            let pointer = Pointer::create(folder, journal)
                .map_err(|(blocked, other)| Error::from_blocked(&blocked, &other))?;
            prepared.guards.pointers.push(pointer);
            prepared.folders.push(bytes(folder));
        }
        let at_once = flush == Flush::Group && members.len() > 2;
        for (number, member) in members.iter_mut().enumerate() {
            let edit = &mut member.edit;
            if !member.renamed {
                let mut opened = Opened::new(edit, false).map_err(because_of(number))?;
                opened.entry.name = bytes(edit.path);
                prepared.opened.push(opened);
                prepared.places.entries.push(number);
                continue;
            }
            let flushes = flush != Flush::None && !at_once;
            let (new, kept) = beside(edit, flushes).map_err(because_of(number))?;
            let inode = |path: &Path| system::inode_of(path).ok().flatten().unwrap_or(0);
            prepared.moves.push(Move {
                name: bytes(edit.path),
                new: bytes(&new),
                kept: bytes(&kept),
                old_len: edit.plan.old_len(),
                old_inode: edit.source.identity().inode.map_or(0, |(_, inode)| inode),
                new_inode: inode(&new),
                kept_inode: inode(&kept),
            });
            prepared.places.moves.push(number);
            prepared.guards.files.push((new, kept));
        }
        // Preparing takes a while: what changed meanwhile, under a program that takes no locks, is not written over.
        for (number, member) in members.iter().enumerate() {
            member.edit.source.check_content_unchanged().map_err(because_of(number))?;
        }
        let flushed = match flush {
            Flush::None => Ok(()),
            _ if at_once => sync_file_systems(&folders),
            _ => prepared
                .guards
                .pointers
                .iter()
                .try_for_each(Pointer::flush)
                .and_then(|()| sync_folders(&folders)),
        };
        flushed.map_err(Error::system("flush the new files"))?;
        Ok(prepared)
    }
}

fn group_of<'g>(members: &'g mut [Member<'_>], opened: &'g mut [Opened]) -> Vec<commit::Edit<'g>> {
    let stored = members.iter_mut().filter(|member| !member.renamed);
    let group = stored.zip(opened).map(|(member, opened)| commit::Edit {
        plan: member.edit.plan,
        target: &mut opened.disk,
        entry: opened.entry.clone(),
        check: &mut *member.edit.check,
    });
    group.collect()
}

fn finish(opened: &[Opened], places: &Places) -> Result<(), NotTogether> {
    for (opened, number) in opened.iter().zip(&places.entries) {
        opened.finish().map_err(because_of(*number))?;
    }
    Ok(())
}

/// The new file beside the old one, and a second name for the old one: a copy where files have only one.
fn beside(edit: &mut Edit<'_>, flush: bool) -> Result<(TempPath, TempPath)> {
    edit.source.check_unchanged_at(edit.path)?;
    let original = Original::File(edit.source);
    let new = prepare(edit.plan, &original, edit.path, edit.preserve, flush, edit.check)?.into_temp_path();
    let link = |path: &Path| std::fs::hard_link(edit.path, path);
    match Builder::new().prefix(&prefix_of(edit.path)).make_in(folder_of(edit.path), link) {
        Ok(kept) => Ok((new, kept.into_temp_path())),
        Err(error) if has_one_name(&error) => {
            let plan = Plan::unchanged(edit.source.len());
            let copy = prepare(&plan, &original, edit.path, true, flush, &mut |_| Ok(()))?;
            Ok((new, copy.into_temp_path()))
        }
        Err(error) => Err(Error::System { doing: "give the old file a second name", source: error }),
    }
}

/// Whether the file system, or its rules, have no second names.
fn has_one_name(error: &io::Error) -> bool {
    use io::ErrorKind::{PermissionDenied, TooManyLinks, Unsupported};
    matches!(error.kind(), Unsupported | PermissionDenied | TooManyLinks)
}

fn sync_folders(folders: &BTreeSet<PathBuf>) -> io::Result<()> {
    folders.iter().try_for_each(|folder| system::sync_folder(folder))
}

/// One flush for each file system that the folders are on.
fn sync_file_systems(folders: &BTreeSet<PathBuf>) -> io::Result<()> {
    let mut one_each = BTreeMap::new();
    for folder in folders {
        let file = File::open(folder)?;
        let device = system::identity(&file.metadata()?).inode.map(|(device, _)| device);
        one_each.insert(device, file);
    }
    one_each.values().try_for_each(system::sync_file_system)
}

fn write_root(
    log: &mut JournalFile,
    group: &mut [commit::Edit<'_>],
    folders: &[Vec<u8>],
    moves: &[Move],
    flush: Flush,
) -> io::Result<Journal> {
    let mut writer = Writer::new(log);
    writer.folders(folders)?;
    for edit in group.iter_mut() {
        edit.entry.samples = samples(edit)?;
        write_entry(edit, &mut writer)?;
    }
    moves.iter().try_for_each(|one| writer.renaming(one))?;
    writer.finish()?;
    if flush != Flush::None {
        log.flush()?;
    }
    Journal::read(log)?.ok_or_else(|| io::Error::other("the journal does not read back"))
}

/// Stores, looks, renames.
fn carry_out_all(
    group: &mut [commit::Edit<'_>],
    places: &Places,
    journal: &Journal,
    log: &JournalFile,
    base: &Path,
    flush: Flush,
) -> Result<(), (Option<usize>, Failure)> {
    let durable = flush != Flush::None;
    let stored = || places.entries.iter().copied();
    for ((edit, found), number) in group.iter_mut().zip(&journal.entries).zip(stored()) {
        carry_out(edit, found, log, durable).map_err(|failure| (Some(number), failure))?;
    }
    let folders: BTreeSet<PathBuf> =
        recover::files(base, journal).map(|file| folder_of(&file).to_owned()).collect();
    let count = journal.entries.len().saturating_add(journal.moves.len());
    let at_once = flush == Flush::Group && count > 2;
    let interrupted = |doing| move |error| (None, Failure::Interrupted(doing, error));
    if durable && !at_once {
        group.iter_mut().try_for_each(|edit| edit.target.flush()).map_err(interrupted("flush the file"))?;
    }
    for (edit, number) in group.iter_mut().zip(stored()) {
        (edit.check)(edit.target).map_err(|wrong| (Some(number), Failure::TakenBack(wrong)))?;
    }
    for (one, number) in journal.moves.iter().zip(&places.moves) {
        one.finish(base)
            .map_err(|refusal| (Some(*number), Failure::Untouched("rename the new file", io_of(refusal))))?;
    }
    match durable {
        false => Ok(()),
        true if at_once => sync_file_systems(&folders),
        true => sync_folders(&folders),
    }
    .map_err(interrupted("flush the folders"))
}

fn take_all_back(
    group: &mut [commit::Edit<'_>],
    path: &Path,
    log: &mut JournalFile,
    journal: &Journal,
) -> io::Result<()> {
    super::recover::turn_to_undo(log)?;
    let base = folder_of(path);
    for one in journal.moves.iter().rev() {
        one.take_back(base).map_err(io_of)?;
    }
    for (edit, found) in group.iter_mut().zip(&journal.entries) {
        super::recover::recover(found, edit.target, log, true).map_err(io_of)?;
    }
    let folders = recover::files(base, journal).map(|file| folder_of(&file).to_owned()).collect();
    sync_folders(&folders)?;
    mark(log, State::Done)?;
    log.flush()?;
    // Nothing waits for what it lists.
    let _ = recover::clean(path, log, journal);
    Ok(())
}

fn io_of(refusal: Refusal) -> io::Error {
    match refusal {
        Refusal::Io(error) => copy_of(&error),
        other => io::Error::other(other.to_string()),
    }
}

#[cfg(test)]
mod tests;
