//! Copies that are not finished, and which of those that a killed process left may go.
//!
//! ```text
//!   .NAME.prkit-new-RANDOM   made (nobody else's), marked ─▶ written, flushed, looked at ─▶ renamed to NAME, mark taken away
//! ```

use crate::error::{Error, Result};
use crate::folder::Place;
use crate::names::{finished_of, unfinished_of};
use crate::system;
use std::ffi::OsStr;
use std::fs::File;
use std::io;

/// A copy that is not finished, or a second name of a file; it goes when it is dropped.
#[derive(Debug)]
pub(crate) struct Temporary<F = File> {
    place: Place,
    file: F,
    goes: bool,
    is_marked: bool,
}

/// A second name of a file.
pub(crate) type SecondName = Temporary<()>;

/// How often a name is taken already.
const TRIES: usize = 100;

impl<F> Temporary<F> {
    fn new_name(target: &Place, make: impl Fn(&Place) -> io::Result<F>) -> io::Result<Self> {
        for _ in 0..TRIES {
            let place = target.folder().at(&unfinished_of(target.name()));
            match make(&place) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => return made.map(|file| Self { place, file, goes: true, is_marked: false }),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// From now on, somebody else knows what becomes of it.
    pub(crate) fn keep(mut self) {
        self.goes = false;
    }

    /// Which file it is.
    pub(crate) fn inode(&self) -> io::Result<u64> {
        let found = self.place.look()?.ok_or(io::ErrorKind::NotFound)?;
        Ok(found.identity.inode.map_or(0, |(_, inode)| inode))
    }

    pub(crate) fn name(&self) -> &OsStr {
        self.place.name()
    }

    /// The same without the file, which is closed.
    pub(crate) fn into_name(mut self) -> SecondName {
        self.goes = false;
        Temporary { place: self.place.clone(), file: (), goes: true, is_marked: self.is_marked }
    }
}

impl SecondName {
    /// Gives a file a second name beside its own.
    pub(crate) fn of(target: &Place) -> io::Result<Self> {
        Self::new_name(target, |place| target.link(place.name()))
    }
}

impl Temporary {
    /// Makes a file beside a target.
    pub(crate) fn beside(target: &Place, mode: u32) -> io::Result<Self> {
        let mut made = Self::new_name(target, |place| place.create(mode))?;
        // Whoever holds the lock of an unfinished copy is at work on it. Where locks do not work, it is not found to be stale.
        let _ = made.file.try_lock();
        made.is_marked = system::mark_unfinished(&made.file);
        Ok(made)
    }

    pub(crate) const fn file(&self) -> &File {
        &self.file
    }

    /// Gives it the name of its target.
    pub(crate) fn rename(mut self, target: &Place, replace: bool) -> Result<()> {
        match self.place.rename(target.name(), replace) {
            Ok(()) => {
                self.goes = false;
                if self.is_marked {
                    system::unmark(&self.file);
                }
                Ok(())
            }
            Err(error) if !replace && error.kind() == io::ErrorKind::AlreadyExists => {
                Err(Error::Exists { path: target.path() })
            }
            Err(error) => Err(Error::system("rename the new file")(error)),
        }
    }
}

impl<F> Drop for Temporary<F> {
    fn drop(&mut self) {
        if self.goes {
            let _ = self.place.remove();
        }
    }
}

/// Whether a name is one that this program gives to unfinished copies.
pub fn is_unfinished_name(name: &OsStr) -> bool {
    finished_of(name).is_some()
}

/// Whether a file is a copy that a killed process left unfinished, or a second name that it gave to a file; one that
/// somebody works on is not, nor is one that a journal lists.
///
/// A copy has a name given by this program, and its mark; one that has no byte yet need not have it. Of a second name,
/// nothing goes but the name.
pub fn is_unfinished(place: &Place) -> bool {
    is_left_over(place) && !crate::in_place::is_listed(place.folder())
}

/// Removes what a killed process left unfinished beside a file.
pub fn remove_unfinished(place: &Place) {
    let names = place.folder().names().unwrap_or_default();
    let others = names.iter().filter(|name| finished_of(name).is_some_and(|target| target == place.name()));
    for other in others.map(|name| place.folder().at(name)).filter(is_unfinished) {
        let _ = other.remove();
    }
}

pub(crate) fn is_left_over(place: &Place) -> bool {
    let Some(target) = finished_of(place.name()) else { return false };
    let Some(found) = place.look().ok().flatten().filter(system::Looked::is_file) else { return false };
    let target = place.folder().at(&target);
    if found.identity.inode.is_some()
        && target.look().is_ok_and(|target| target.is_some_and(|t| t.identity.inode == found.identity.inode))
    {
        return true;
    }
    // What root made belongs to the owner of the target from some moment on.
    let own = system::own_user();
    let is_ours = own == Some(0) || found.owner == own;
    let is_free = |file: File| {
        let is_empty = found.identity.len == 0 && found.owner == own;
        (is_empty || system::is_marked(&file))
            && file.try_lock().is_ok()
            && place.names(&file).is_ok_and(|same| same)
    };
    is_ours && found.identity.links == 1 && place.open(false).is_ok_and(is_free)
}
