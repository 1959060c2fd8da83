//! A new file that takes the name of an old one, and the way back.
//!
//! ```text
//!            NAME      .NAME.prkit-new-A   .NAME.prkit-new-B
//!   waiting  old       new                 old
//!   named    new       –                   old
//!   back     old       –                   – or old
//! ```

use super::super::journal::{MAX_RECORD, Move, Piece};
use super::super::recover::Refusal;
use super::super::refusal;
use super::super::storage::Log;
use super::tree::Tree;
use crate::file::FileSource;
use crate::folder::Place;
use crate::system::{self, Looked};
use prkit_plan::{Source as _, Span};
use std::io;
use std::path::PathBuf;

/// How far a renaming is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Standing {
    /// The old file has its name.
    Waiting,
    /// The new file has it.
    Named,
    /// The old file has it again.
    Back,
}

/// A renaming in the folder that it happens in.
#[derive(Debug)]
pub(super) struct Renaming<'j> {
    one: &'j Move,
    place: Place,
    new: Place,
    kept: Place,
}

impl<'j> Renaming<'j> {
    pub(super) fn new(tree: &mut Tree, one: &'j Move) -> io::Result<Self> {
        let place = tree.place(&one.name)?;
        let beside = |name: &[u8]| place.beside(&system::os_name(name)).map_err(io::Error::other);
        let (new, kept) = (beside(&one.new)?, beside(&one.kept)?);
        Ok(Self { one, place, new, kept })
    }

    pub(super) fn path(&self) -> PathBuf {
        self.place.path()
    }

    /// How far it is; refuses files that the journal does not know.
    pub(super) fn look(&self) -> Result<Standing, Refusal> {
        let found = self.place.look()?.filter(Looked::is_file).ok_or(Refusal::Gone)?;
        let new = self.of(&self.new, self.one.new_inode)?;
        let kept = self.of(&self.kept, self.one.kept_inode)?;
        let is_old = self.is_old(&found);
        let standing = match (new, kept) {
            (true, _) if is_old => Standing::Waiting,
            (false, true) if found.is_inode(self.one.new_inode) => Standing::Named,
            (false, _) if is_old => Standing::Back,
            (false, false) if found.is_inode(self.one.new_inode) => Standing::Named,
            _ => return Err(Refusal::Gone),
        };
        Ok(standing)
    }

    fn is_old(&self, found: &Looked) -> bool {
        let one = self.one;
        (found.is_inode(one.old_inode) || found.is_inode(one.kept_inode)) && found.identity.len == one.old_len
    }

    /// Refuses files whose bytes are not those that the journal knows; gives the one that has the name.
    pub(super) fn compare(&self, log: &dyn Log) -> Result<FileSource, Refusal> {
        let open = |place: &Place| FileSource::open_at(place).map_err(refusal);
        let standing = self.look()?;
        let named = open(&self.place)?;
        match standing {
            Standing::Waiting => self.compare_with(log, &named, &open(&self.new)?)?,
            Standing::Named if self.kept.is_taken() => self.compare_with(log, &open(&self.kept)?, &named)?,
            Standing::Named | Standing::Back => {}
        }
        Ok(named)
    }

    /// Whether one file is the other one after the edit.
    fn compare_with(&self, log: &dyn Log, old: &FileSource, new: &FileSource) -> Result<(), Refusal> {
        if old.len() != self.one.old_len {
            return Err(Refusal::Gone);
        }
        let (mut at, mut foreign) = (0_u64, None);
        let (mut here, mut there) = (Vec::new(), Vec::new());
        let mut compare = |known: &[u8]| -> io::Result<()> {
            let end = at.saturating_add(u64::try_from(known.len()).unwrap_or(u64::MAX));
            if foreign.is_none() && end <= new.len() {
                new.read_at(Span::new(at, end), &mut here)?;
                let differs = here.iter().zip(known).position(|(here, known)| here != known);
                foreign = differs.map(|i| at.saturating_add(u64::try_from(i).unwrap_or(0)));
            }
            at = end;
            Ok(())
        };
        self.one.each_piece(log, &mut |piece| match piece {
            Piece::Put(bytes) => compare(&bytes),
            Piece::Kept(span) => span.blocks(MAX_RECORD).try_for_each(|block| {
                old.read_at(block, &mut there)?;
                compare(&there)
            }),
        })?;
        let is_as_long = at == new.len();
        match foreign {
            Some(at) => Err(Refusal::Foreign { at }),
            None if is_as_long => Ok(()),
            None => Err(Refusal::Length { actual: new.len(), old: self.one.old_len, new: at }),
        }
    }

    /// Whether a file is there; one of that name that is not meant is refused.
    #[allow(clippy::unused_self, reason = "reads like what it belongs to")]
    fn of(&self, place: &Place, inode: u64) -> Result<bool, Refusal> {
        match place.look()? {
            None => Ok(false),
            Some(found) if found.is_file() && found.is_inode(inode) => Ok(true),
            Some(_) => Err(Refusal::Gone),
        }
    }

    /// Gives the new file its name. Doing it twice is doing it once.
    pub(super) fn finish(&self) -> Result<(), Refusal> {
        match self.look()? {
            Standing::Waiting => Ok(self.new.rename(self.place.name(), true)?),
            Standing::Named => Ok(()),
            Standing::Back => Err(Refusal::Gone),
        }
    }

    /// Gives the old file its name back. Doing it twice is doing it once.
    pub(super) fn take_back(&self) -> Result<(), Refusal> {
        if self.look()? == Standing::Named {
            self.kept.rename(self.place.name(), true)?;
        }
        remove(&self.new, self.one.new_inode)?;
        Ok(remove(&self.kept, self.one.kept_inode)?)
    }

    /// Removes what is needed no more.
    pub(super) fn clean(&self) -> io::Result<()> {
        let kept = remove(&self.kept, self.one.kept_inode);
        kept.and(remove(&self.new, self.one.new_inode))
    }
}

/// Removes a file by name, if it is the one that is meant.
fn remove(place: &Place, inode: u64) -> io::Result<()> {
    match place.look()? {
        Some(found) if found.is_file() && found.is_inode(inode) => place.remove(),
        _ => Ok(()),
    }
}
