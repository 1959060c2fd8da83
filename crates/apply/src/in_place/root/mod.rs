//! *All or none* and *durable*: files of several folders change together.
//!
//! ```text
//!   new files beside the old ones, which get a second name      .NAME.prkit-new-…        renaming.rs
//!   a pointer in every folder ─▶ flush                          .prkit-presentation      pointer.rs
//!   root journal: records, renames, end mark ─▶ flush           .NAME….prkit-journal     the commit
//!   stores ─▶ flush ─▶ look ─▶ renames in order ─▶ flush
//!   done ─▶ flush ─▶ second names, pointers, journal unlinked                            recover.rs
//! ```
//!
//! The root journal is in the folder that all the files are in or below (`tree.rs`), so that no name in it leads anywhere
//! else, and called after the file that the whole is named after: a manifest. Before its end mark nothing has changed but names that begin with a dot; behind it, all files become the new ones, or with `undo` the old ones. What
//! fails behind it takes everything back.

pub(crate) mod pointer;
pub(crate) mod recover;
mod renaming;
mod tree;

use super::commit::{self, Failure, carry_out, samples, write_entry};
use super::journal::{Journal, Move, Reading, State, Writer, mark};
use super::journal_file::JournalFile;
use super::recover::Refusal;
use super::storage::Log as _;
use super::{Edit, Opened};
use crate::copying::{Original, not_cancelled};
use crate::error::copy_of;
use crate::error::{Error, Result};
use crate::file::FileSource;
use crate::flush::Flush;
use crate::folder::{Folder, Place};
use crate::names::journal_of;
use crate::new_file::prepare;
use crate::system;
use crate::temporary::SecondName;
use pointer::Pointer;
use prkit_plan::{Plan, Segment, Source as _, Span};
use renaming::Renaming;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::sync::Arc;
use tree::Tree;

/// One file of several that change together.
pub(crate) struct Member<'m> {
    /// The edit.
    pub edit: Edit<'m>,
    /// A new file takes its name, instead of stores into it.
    pub renamed: bool,
}

/// Why nothing changed, and which file is to blame.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub(crate) struct NotTogether {
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
/// The root journal is called after `root`, one of the members, and is in the folder that all members are in or below.
/// Folders are called by their paths without links, and no file is there twice.
///
/// # Errors
///
/// As for [`in_place`](super::in_place); after [`Error::Interrupted`] everything waits for [`recover`](super::recover).
pub(crate) fn together(root: &Place, members: &mut [Member<'_>], flush: Flush) -> Result<(), NotTogether> {
    let tree = Tree::over(members.iter().map(|member| member.edit.place.folder()))?;
    let place = tree.base().at(&root_journal_of(root, &tree));
    let path = place.path();
    let mode = mode_of(members)?;
    let mut log =
        JournalFile::create(&place, mode).map_err(|blocked| Error::from_blocked(&blocked, &place))?;
    let prepared = match Prepared::new(&place, tree, members, mode, flush) {
        Ok(prepared) => prepared,
        Err(error) => {
            let _ = log.remove();
            return Err(error);
        }
    };
    let Prepared { mut opened, places, moves, folders, mut tree, mut guards } = prepared;
    let renamed = Renamed::of(members, &moves);
    let mut group = group_of(members, &mut opened);
    let journal = write_root(&mut log, &mut group, &folders, &renamed, flush);
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
    let (member, failure) = match carry_out_all(&mut group, &places, &journal, &log, &mut tree, flush) {
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
            let _ = recover::clean(&mut log, &journal);
            return finish(&opened, &places);
        }
        Err(failed) => failed,
    };
    let failure = match failure {
        Failure::Interrupted(..) => failure,
        other => match take_all_back(&mut group, &mut tree, &mut log, &journal) {
            Ok(()) => other,
            Err(error) => Failure::Interrupted("take the edit back", error),
        },
    };
    Err(NotTogether { member, error: Error::from_failure(failure, &path) })
}

/// The journal's name: that of the journal of a file in the same folder; that of one below says where it is, so that the
/// journals of two presentations do not get in each other's way.
fn root_journal_of(root: &Place, tree: &Tree) -> OsString {
    let below = tree.below(root.folder());
    if below.as_os_str().is_empty() {
        return journal_of(root.name());
    }
    let mut name = root.name().to_owned();
    name.push(format!("-{:08x}", crc32c::crc32c(below.as_os_str().as_encoded_bytes())));
    journal_of(&name)
}

/// What the owner of any of the files may do with it.
fn mode_of(members: &[Member<'_>]) -> Result<u32, NotTogether> {
    let mode = |(number, member): (usize, &Member<'_>)| {
        member.edit.source.look_again(member.edit.place).map(|found| found.mode).map_err(because_of(number))
    };
    members.iter().enumerate().map(mode).try_fold(0, |all, mode| Ok(all | mode?))
}

/// Everything that is ready before the commit.
struct Prepared {
    /// Members that are stored into, with their numbers.
    opened: Vec<Opened>,
    places: Places,
    moves: Vec<Move>,
    /// The folders that point to the journal, as seen from its own.
    folders: Vec<Vec<u8>>,
    tree: Tree,
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
    files: Vec<(SecondName, SecondName)>,
    pointers: Vec<Pointer>,
    kept: bool,
}

impl Guards {
    /// From now on the journal knows what becomes of them.
    fn keep(&mut self) {
        self.kept = true;
        for (new, kept) in self.files.drain(..) {
            new.keep();
            kept.keep();
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
    fn new(
        journal: &Place,
        tree: Tree,
        members: &mut [Member<'_>],
        mode: u32,
        flush: Flush,
    ) -> Result<Self, NotTogether> {
        let mut prepared = Self {
            opened: Vec::new(),
            places: Places::default(),
            moves: Vec::new(),
            folders: Vec::new(),
            tree,
            guards: Guards::default(),
        };
        for folder in prepared.tree.folders() {
            let below = prepared.tree.below(folder);
            prepared.guards.pointers.push(Pointer::create(folder, below, journal, mode)?);
            prepared.folders.push(below.as_os_str().as_encoded_bytes().to_vec());
        }
        let at_once = flush == Flush::Group && members.len() > 2 && system::FLUSHES_ALL;
        for (number, member) in members.iter_mut().enumerate() {
            let edit = &mut member.edit;
            let name = prepared.tree.below(edit.place.folder()).join(edit.place.name()).into_os_string();
            if !member.renamed {
                prepared.opened.push(Opened::of(edit, &name, false).map_err(because_of(number))?);
                prepared.places.entries.push(number);
                continue;
            }
            let flushes = flush != Flush::None && !at_once;
            let (new, kept) = beside(edit, flushes).map_err(because_of(number))?;
            let inode = |made: &SecondName| made.inode().map_err(Error::system("look at it"));
            let identity = edit.source.identity();
            prepared.moves.push(Move {
                name: name.into_encoded_bytes(),
                new: new.name().as_encoded_bytes().to_vec(),
                kept: kept.name().as_encoded_bytes().to_vec(),
                old_len: edit.plan.old_len(),
                old_inode: identity.inode.map_or(0, |(_, inode)| inode),
                new_inode: inode(&new)?,
                kept_inode: inode(&kept)?,
                pieces: Span::empty(0),
            });
            prepared.places.moves.push(number);
            prepared.guards.files.push((new, kept));
        }
        // Preparing takes a while: what changed meanwhile, under a program that takes no locks, is not written over.
        for (number, member) in members.iter().enumerate() {
            not_cancelled(member.edit.watch)?;
            member.edit.source.check_content_unchanged().map_err(because_of(number))?;
        }
        let flushed = match flush {
            Flush::None => Ok(()),
            _ if at_once => sync_file_systems(&prepared.tree),
            _ => prepared
                .guards
                .pointers
                .iter()
                .try_for_each(Pointer::flush)
                .and_then(|()| sync_folders(&prepared.tree)),
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
        watch: member.edit.watch,
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
fn beside(edit: &mut Edit<'_>, flush: bool) -> Result<(SecondName, SecondName)> {
    edit.source.check_unchanged_at(edit.place)?;
    let original = Original::File(edit.source);
    let new = prepare(edit.plan, &original, edit.place, edit.preserve, flush, edit.check, edit.watch)?;
    let new = new.into_name();
    match SecondName::of(edit.place) {
        Ok(kept) => Ok((new, kept)),
        Err(error) if has_one_name(&error) => {
            let plan = Plan::unchanged(edit.source.len());
            let copy = prepare(&plan, &original, edit.place, true, flush, &mut |_| Ok(()), edit.watch)?;
            Ok((new, copy.into_name()))
        }
        Err(error) => Err(Error::System { doing: "give the old file a second name", source: error }),
    }
}

/// Whether the file system, or its rules, have no second names.
fn has_one_name(error: &io::Error) -> bool {
    use io::ErrorKind::{PermissionDenied, TooManyLinks, Unsupported};
    matches!(error.kind(), Unsupported | PermissionDenied | TooManyLinks)
}

fn sync_folders(tree: &Tree) -> io::Result<()> {
    tree.folders().try_for_each(|folder| folder.sync())
}

/// One flush for each file system that the folders are on.
fn sync_file_systems(tree: &Tree) -> io::Result<()> {
    let mut one_each: BTreeMap<Option<u64>, &Arc<Folder>> = BTreeMap::new();
    for folder in tree.folders() {
        one_each.insert(folder.identity().map(|(device, _)| device), folder);
    }
    one_each.values().try_for_each(|folder| folder.sync_file_system().map(drop))
}

/// A new file as the journal tells of it.
struct Renamed<'m> {
    one: &'m Move,
    plan: &'m Plan,
    source: &'m FileSource,
}

impl<'m> Renamed<'m> {
    fn of<'a: 'm>(members: &[Member<'a>], moves: &'m [Move]) -> Vec<Self> {
        let renamed = members.iter().filter(|member| member.renamed).zip(moves);
        renamed
            .map(|(member, one)| Self { one, plan: member.edit.plan, source: member.edit.source })
            .collect()
    }

    fn write(&self, writer: &mut Writer<'_>) -> io::Result<()> {
        writer.renaming(self.one)?;
        for segment in self.plan.segments() {
            match segment {
                Segment::Keep(old) => writer.piece_kept(*old)?,
                put => self.plan.render(put, self.source, &mut |bytes| writer.piece_put(bytes))?,
            }
        }
        writer.end_of_entry()
    }
}

fn write_root(
    log: &mut JournalFile,
    group: &mut [commit::Edit<'_>],
    folders: &[Vec<u8>],
    renamed: &[Renamed<'_>],
    flush: Flush,
) -> io::Result<Journal> {
    let mut writer = Writer::new(log);
    writer.folders(folders)?;
    for edit in group.iter_mut() {
        edit.entry.samples = samples(edit)?;
        write_entry(edit, &mut writer)?;
    }
    renamed.iter().try_for_each(|one| one.write(&mut writer))?;
    writer.finish()?;
    if flush != Flush::None {
        log.flush()?;
    }
    match Journal::read(log)? {
        Reading::Whole(journal) => Ok(journal),
        Reading::Unfinished | Reading::Foreign(_) => Err(io::Error::other("the journal does not read back")),
    }
}

/// Stores, looks, renames.
fn carry_out_all(
    group: &mut [commit::Edit<'_>],
    places: &Places,
    journal: &Journal,
    log: &JournalFile,
    tree: &mut Tree,
    flush: Flush,
) -> Result<(), (Option<usize>, Failure)> {
    let durable = flush != Flush::None;
    let stored = || places.entries.iter().copied();
    for ((edit, found), number) in group.iter_mut().zip(&journal.entries).zip(stored()) {
        carry_out(edit, found, log, durable).map_err(|failure| (Some(number), failure))?;
    }
    let count = journal.entries.len().saturating_add(journal.moves.len());
    let at_once = flush == Flush::Group && count > 2 && system::FLUSHES_ALL;
    let interrupted = |doing| move |error| (None, Failure::Interrupted(doing, error));
    if durable && !at_once {
        group.iter_mut().try_for_each(|edit| edit.target.flush()).map_err(interrupted("flush the file"))?;
    }
    for (edit, number) in group.iter_mut().zip(stored()) {
        (edit.check)(edit.target).map_err(|wrong| (Some(number), Failure::TakenBack(wrong)))?;
    }
    for (one, number) in journal.moves.iter().zip(&places.moves) {
        Renaming::new(tree, one)
            .map_err(Refusal::Io)
            .and_then(|renaming| renaming.finish())
            .map_err(|refusal| (Some(*number), Failure::Untouched("rename the new file", io_of(refusal))))?;
    }
    match durable {
        false => Ok(()),
        true if at_once => sync_file_systems(tree),
        true => sync_folders(tree),
    }
    .map_err(interrupted("flush the folders"))
}

fn take_all_back(
    group: &mut [commit::Edit<'_>],
    tree: &mut Tree,
    log: &mut JournalFile,
    journal: &Journal,
) -> io::Result<()> {
    super::recover::turn_to_undo(log)?;
    for one in journal.moves.iter().rev() {
        Renaming::new(tree, one)?.take_back().map_err(io_of)?;
    }
    for (edit, found) in group.iter_mut().zip(&journal.entries) {
        super::recover::recover(found, edit.target, log, true).map_err(io_of)?;
    }
    sync_folders(tree)?;
    mark(log, State::Done)?;
    log.flush()?;
    // Nothing waits for what it lists.
    let _ = recover::clean(log, journal);
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
