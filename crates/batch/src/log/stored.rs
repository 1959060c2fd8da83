//! A record that is kept in a store.
//!
//! ```text
//!   FOLDER/run.json                       which run: its key, a code of what it asks for        made by whoever comes first
//!   FOLDER/edits/OBJECT-VERSION.json      a line: the bytes that an edit takes away             made before the edit, once
//! ```
//!
//! Names are digests, of the address of an object and of the version that is edited. Nothing is written over, so many
//! processes may write one record: an attempt that comes second finds the first one's line, and an object that tells that its
//! edit was done (`prkit_plan::Mark`). Whether an edit of a line was done, the object tells when it is taken back.
//!
//! Whoever may write into the folder may change what is taken back; codes keep out accidents only (`seal.rs`).

use super::error::{Damage, LogError, Result};
use super::head::{First, Head};
use super::seal::Key;
use super::{Asked, Line};
use bytes::Bytes;
use core::ops::ControlFlow;
use prkit_plan::{
    Access, AnyStore, AssetId, Commit, Make, Plan, Source, Span, Store as _, StoreError, Strategy,
};
use sha2::{Digest as _, Sha256};
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Longer lines are none of ours.
const MAX_LINE: u64 = 256 * 1024 * 1024;
/// Lines that are read at a time, and so many requests beside each other.
const AT_ONCE: usize = 64;
const WORKERS: usize = 16;
/// Hex digits of a part of a name.
const DIGITS: usize = 32;

/// A record in a store that is being written, by several workers, machines and attempts.
pub struct StoreLog {
    store: AnyStore,
    folder: AssetId,
    key: Key,
}

impl StoreLog {
    /// A new one, in a folder without one.
    ///
    /// # Errors
    ///
    /// [`LogError::Exists`]; why it cannot be written.
    pub fn create(store: AnyStore, folder: AssetId, asked: &Asked) -> Result<Self> {
        let place = Place { store: &store, folder: &folder };
        let id = place.head();
        let system = |error| LogError::of(&place.path_of(&id), "make a key for it", error);
        let head = Head::new(Some(asked)).map_err(system)?;
        let line = head.line().map_err(system)?;
        match place.make(&id, line) {
            Ok(()) => Ok(Self { key: head.key, store, folder }),
            Err(StoreError::Exists(_)) => Err(LogError::Exists { path: place.path() }),
            Err(error) => Err(place.error(&id, "write it", error)),
        }
    }

    /// One that another process began, or an earlier run of the same.
    ///
    /// # Errors
    ///
    /// [`LogError::OtherRun`]; why it cannot be read.
    pub fn resume(store: AnyStore, folder: AssetId, asked: &Asked) -> Result<Self> {
        let place = Place { store: &store, folder: &folder };
        let head = place.read_head()?;
        if !head.is_of(asked) {
            return Err(LogError::OtherRun { path: place.path() });
        }
        Ok(Self { key: head.key, store, folder })
    }

    /// Begins one, or goes on with the one that somebody else began at the same time or before.
    ///
    /// # Errors
    ///
    /// As for [`create`](Self::create) and [`resume`](Self::resume).
    pub fn begin_or_resume(store: &AnyStore, folder: &AssetId, asked: &Asked) -> Result<Self> {
        match Self::create(store.clone(), folder.clone(), asked) {
            Err(LogError::Exists { .. }) => Self::resume(store.clone(), folder.clone(), asked),
            made => made,
        }
    }

    /// What objects are marked with that this run edits.
    pub fn run(&self) -> String {
        self.key.run()
    }

    /// Whether an asset is part of the record.
    pub fn holds(&self, store: &AnyStore, id: &AssetId) -> bool {
        let place = self.place();
        self.store.is_same(store) && (*id == place.head() || id.is_below(&place.edits()))
    }

    /// Says what is about to be done. An earlier attempt at the same version said the same.
    ///
    /// # Errors
    ///
    /// Why it cannot be written; [`LogError::OtherEdit`].
    pub fn begin(&self, line: &Line) -> Result<()> {
        let place = self.place();
        let url = line.url.as_deref().ok_or(LogError::Nameless)?;
        let name = format!("{}-{}.json", digest(url), digest(line.before.tag.as_deref().unwrap_or_default()));
        let id = place.edit(&name);
        let members = serde_json::to_vec(line);
        let members = members.map_err(|error| LogError::of(&place.path_of(&id), "write it", error.into()))?;
        match place.make(&id, self.key.sealed(members)) {
            Ok(()) => Ok(()),
            Err(StoreError::Exists(_)) if place.line(&id, &self.key)? == *line => Ok(()),
            Err(StoreError::Exists(_)) => Err(LogError::OtherEdit { path: place.path_of(&id) }),
            Err(error) => Err(place.error(&id, "write it", error)),
        }
    }

    const fn place(&self) -> Place<'_> {
        Place { store: &self.store, folder: &self.folder }
    }
}

/// The lines of a record in a store, those of one object together.
pub struct StoreLogReader {
    store: AnyStore,
    folder: AssetId,
    key: Key,
    /// Names of lines, backwards; those of an object are beside each other.
    left: Vec<AssetId>,
    /// Lines that were read, backwards.
    read: Vec<(AssetId, Result<Line>)>,
}

impl StoreLogReader {
    /// Finds all lines.
    ///
    /// # Errors
    ///
    /// What is no record, and what cannot be read.
    pub fn open(store: AnyStore, folder: AssetId) -> Result<Self> {
        let place = Place { store: &store, folder: &folder };
        let key = place.read_head()?.key;
        let mut left = Vec::new();
        let listed = store.list(&place.edits(), &mut |group| {
            left.extend(group);
            ControlFlow::Continue(())
        });
        listed.map_err(|error| place.error(&place.edits(), "list it", error))?;
        left.sort();
        left.reverse();
        Ok(Self { store, folder, key, left, read: Vec::new() })
    }

    /// What objects are marked with that its run edited.
    pub fn run(&self) -> String {
        self.key.run()
    }

    /// Reads some more lines, side by side.
    fn fill(&mut self) {
        let ids = self.left.split_off(self.left.len().saturating_sub(AT_ONCE));
        let (place, key) = (Place { store: &self.store, folder: &self.folder }, &self.key);
        let (next, read) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        let work = || {
            while let Some(id) = ids.get(next.fetch_add(1, Ordering::Relaxed)) {
                let line = place.line(id, key);
                read.lock().unwrap_or_else(PoisonError::into_inner).push((id.clone(), line));
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..ids.len().min(WORKERS) {
                scope.spawn(work);
            }
            work();
        });
        let mut read = read.into_inner().unwrap_or_else(PoisonError::into_inner);
        read.sort_by(|(one, _), (other, _)| other.cmp(one));
        read.append(&mut self.read);
        self.read = read;
    }
}

impl Iterator for StoreLogReader {
    type Item = Result<Vec<Line>>;

    /// The lines of the next object.
    fn next(&mut self) -> Option<Self::Item> {
        let mut lines: Vec<Line> = Vec::new();
        loop {
            if self.read.is_empty() {
                self.fill();
            }
            let is_other = match self.read.last() {
                Some((_, Ok(line))) => lines.first().is_some_and(|first| first.url != line.url),
                Some((_, Err(_))) => !lines.is_empty(),
                None => true,
            };
            if is_other {
                return if lines.is_empty() { None } else { Some(Ok(lines)) };
            }
            match self.read.pop()? {
                (_, Ok(line)) => lines.push(line),
                (_, Err(error)) => return Some(Err(error)),
            }
        }
    }
}

/// Where a record is.
#[derive(Clone, Copy)]
struct Place<'p> {
    store: &'p AnyStore,
    folder: &'p AssetId,
}

impl Place<'_> {
    fn within(&self, name: &str) -> AssetId {
        let mut id = self.folder.as_bytes().to_vec();
        if !id.is_empty() && !id.ends_with(b"/") {
            id.push(b'/');
        }
        id.extend_from_slice(name.as_bytes());
        AssetId::new(id)
    }

    fn head(&self) -> AssetId {
        self.within("run.json")
    }

    fn edits(&self) -> AssetId {
        self.within("edits")
    }

    fn edit(&self, name: &str) -> AssetId {
        self.within(&format!("edits/{name}"))
    }

    /// The folder, as somebody names it.
    fn path(&self) -> PathBuf {
        self.path_of(&self.within(""))
    }

    fn path_of(&self, id: &AssetId) -> PathBuf {
        PathBuf::from(self.store.url(id).unwrap_or_else(|| id.to_string()))
    }

    fn error(&self, id: &AssetId, doing: &'static str, error: StoreError) -> LogError {
        let source = match error {
            StoreError::Missing => io::Error::new(io::ErrorKind::NotFound, error),
            StoreError::Io { source, .. } => source,
            error => io::Error::other(error),
        };
        LogError::of(&self.path_of(id), doing, source)
    }

    /// Makes an object that is not there yet.
    fn make(&self, id: &AssetId, bytes: Vec<u8>) -> Result<(), StoreError> {
        let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let put = [(Span::new(0, 0), Bytes::from(bytes))];
        let plan = Plan::splices(0, put, Strategy::Copy, "a line of a record");
        let plan = plan.map_err(|error| StoreError::NotAsPlanned(Box::new(error)))?;
        let mut check = |new: &dyn Source| {
            if new.len() == len { Ok(()) } else { Err("the record has another length".into()) }
        };
        let make = Make { id, replace: false, source: &&b""[..], plan: &plan, check: &mut check };
        self.store.make(make, &Commit::default()).map(drop)
    }

    fn read(&self, id: &AssetId) -> Result<Vec<u8>> {
        let cannot = |error| self.error(id, "read it", error);
        let asset = self.store.open(id, Access::Read).map_err(cannot)?;
        if asset.len() > MAX_LINE {
            return Err(self.damaged(id));
        }
        let mut text = Vec::new();
        let read = asset.read_at(Span::new(0, asset.len()), &mut text);
        read.map_err(|error| LogError::of(&self.path_of(id), "read it", error))?;
        Ok(text)
    }

    fn read_head(&self) -> Result<Head> {
        let id = self.head();
        let path = || self.path_of(&id);
        match First::of(&self.read(&id)?) {
            First::Head(head) => Ok(head),
            First::New => Err(LogError::TooNew { path: path() }),
            First::Changed => Err(LogError::Head { path: path(), is_head: true }),
            First::Old | First::Other => Err(LogError::Head { path: path(), is_head: false }),
        }
    }

    /// The line in an object, which is as it was written and about what its name says.
    fn line(&self, id: &AssetId, key: &Key) -> Result<Line> {
        let text = self.read(id)?;
        let line = key.has_sealed(&text).then(|| serde_json::from_slice::<Line>(&text).ok()).flatten();
        let line = line.filter(|line| {
            let named = line.url.as_deref().map(digest);
            named.is_some_and(|digest| {
                id.to_string().rsplit('/').next().is_some_and(|name| name.starts_with(&digest))
            })
        });
        line.ok_or_else(|| self.damaged(id))
    }

    fn damaged(&self, id: &AssetId) -> LogError {
        LogError::Damaged { path: self.path_of(id), damage: Damage::Line { line: 1, offset: 0 } }
    }
}

fn digest(text: &str) -> String {
    let mut digits = crate::hex(&Sha256::digest(text), false);
    digits.truncate(DIGITS);
    digits
}
