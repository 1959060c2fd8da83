//! A new file that takes the name of an old one, and the way back.
//!
//! ```text
//!            NAME      .NAME.prkit-new-A   .NAME.prkit-new-B
//!   waiting  old       new                 old
//!   named    new       –                   old
//!   back     old       –                   – or old
//! ```

use super::super::journal::Move;
use super::super::recover::Refusal;
use crate::system;
use std::io;
use std::path::{Path, PathBuf};

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

impl Move {
    pub(super) fn path(&self, base: &Path) -> PathBuf {
        base.join(system::os_name(&self.name))
    }

    fn new_path(&self, base: &Path) -> PathBuf {
        base.join(system::os_name(&self.new))
    }

    fn kept_path(&self, base: &Path) -> PathBuf {
        base.join(system::os_name(&self.kept))
    }

    /// How far it is; refuses files that the journal does not know.
    pub(super) fn look(&self, base: &Path) -> Result<Standing, Refusal> {
        let name = self.path(base);
        let metadata = match name.symlink_metadata() {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Refusal::Gone),
            Err(error) => return Err(error.into()),
        };
        let inode = system::inode_of(&name)?;
        let is = |known: u64| known == 0 || inode.is_none_or(|inode| inode == known);
        let is_old = (is(self.old_inode) || is(self.kept_inode)) && metadata.len() == self.old_len;
        let waits = is_there(&self.new_path(base))?;
        let standing = match (waits, is_there(&self.kept_path(base))?) {
            (true, _) if is_old => Standing::Waiting,
            (false, true) if is(self.new_inode) => Standing::Named,
            (false, _) if is_old => Standing::Back,
            (false, false) if is(self.new_inode) => Standing::Named,
            _ => return Err(Refusal::Gone),
        };
        Ok(standing)
    }

    /// Gives the new file its name. Doing it twice is doing it once.
    pub(super) fn finish(&self, base: &Path) -> Result<(), Refusal> {
        match self.look(base)? {
            Standing::Waiting => Ok(std::fs::rename(self.new_path(base), self.path(base))?),
            Standing::Named => Ok(()),
            Standing::Back => Err(Refusal::Gone),
        }
    }

    /// Gives the old file its name back. Doing it twice is doing it once.
    pub(super) fn take_back(&self, base: &Path) -> Result<(), Refusal> {
        if self.look(base)? == Standing::Named {
            std::fs::rename(self.kept_path(base), self.path(base))?;
        }
        remove(&self.new_path(base), self.new_inode)?;
        Ok(remove(&self.kept_path(base), self.kept_inode)?)
    }

    /// Removes what is needed no more.
    pub(super) fn clean(&self, base: &Path) {
        let _ = remove(&self.kept_path(base), self.kept_inode);
        let _ = remove(&self.new_path(base), self.new_inode);
    }
}

fn is_there(path: &Path) -> io::Result<bool> {
    match path.symlink_metadata() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Removes a file by name, if it is the one that is meant.
fn remove(path: &Path, inode: u64) -> io::Result<()> {
    if !is_there(path)? || !system::inode_of(path)?.is_none_or(|found| inode == 0 || found == inode) {
        return Ok(());
    }
    std::fs::remove_file(path)
}
