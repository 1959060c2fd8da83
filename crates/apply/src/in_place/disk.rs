//! The disk: files that are mapped for storing.

use super::shift::Shift;
use super::storage::Target;
use crate::file::FileSource;
use crate::map::Map;
use crate::system::{self, Identity, Kind, Looked};
use prkit_plan::{Source, Span};
use std::fs::File;
use std::io;
use std::sync::Arc;

/// A file that is edited in place.
pub(crate) struct Disk {
    file: Arc<File>,
    kind: Kind,
    len: u64,
    map: Option<Map>,
    /// Stores that stand closer together than this are not worth a map.
    map_from: u64,
    is_sparse: bool,
    /// When it was last written to, until this process does.
    modified: Option<(i64, i64)>,
    /// Room for what is stored was found before the file changed.
    is_reserved: bool,
}

/// What is left free where no store is certain to find room.
const SPARE: u64 = 16 * 1024 * 1024;

/// Below this, one of many files is not mapped: taking a map away interrupts every processor that runs this process,
/// and costs more than all else that a small edit does.
const MAP_FROM: u64 = 64 * 1024;

impl Disk {
    /// A file that is edited alone, or one of many.
    pub(crate) fn new(source: &FileSource, found: &Looked, is_alone: bool) -> Self {
        Self {
            kind: source.kind(),
            is_sparse: found.is_sparse,
            modified: Some(found.identity.modified),
            is_reserved: false,
            len: found.identity.len,
            map: None,
            map_from: if is_alone { 0 } else { MAP_FROM },
            file: Arc::clone(source.file()),
        }
    }

    pub(crate) fn set_times(&self, before: &Looked) -> io::Result<()> {
        system::set_times(before, &self.file)
    }

    fn check_len(&self) -> io::Result<()> {
        self.check(&system::look(&self.file)?.identity)
    }

    /// Whether nobody else wrote to it since it was looked at, as far as its times tell.
    fn check_untouched(&mut self) -> io::Result<()> {
        let now = system::look(&self.file)?.identity;
        self.check(&now)?;
        match self.modified.take() {
            Some(modified) if modified != now.modified => {
                Err(io::Error::other("another program wrote to it before the edit"))
            }
            _ => Ok(()),
        }
    }

    fn check(&self, now: &Identity) -> io::Result<()> {
        let len = now.len;
        if len == self.len {
            return Ok(());
        }
        let expected = self.len;
        let wrong =
            format!("another program changed its length from {expected} to {len} bytes during the edit");
        Err(io::Error::other(wrong))
    }

    /// Fails where stores go to new blocks and there is little room: what is stored could not be taken back then.
    fn find_room(&self, spans: &[Span]) -> io::Result<()> {
        if self.kind != Kind::Btrfs {
            return Ok(());
        }
        let blocks =
            spans.iter().map(|span| span.len().saturating_add(2 * 4096)).fold(0, u64::saturating_add);
        let needed = blocks.saturating_mul(2).saturating_add(SPARE);
        if system::room(&self.file)? < needed {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    /// Gives space of its own to bytes that have none, or share it: a store through a map could only fail by SIGBUS.
    fn allocate(&self, spans: &[Span]) -> io::Result<bool> {
        match self.kind {
            Kind::Ext4 | Kind::Memory if !self.is_sparse => Ok(true),
            Kind::Ext4 | Kind::Memory => system::allocate(&self.file, spans),
            Kind::Xfs => system::unshare(&self.file, spans),
            // Every write goes to new blocks there, or nobody knows.
            Kind::Btrfs | Kind::Other => Ok(false),
        }
    }
}

impl Source for Disk {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, span: Span, into: &mut Vec<u8>) -> io::Result<()> {
        into.resize(usize::try_from(span.len()).map_err(|_| io::ErrorKind::OutOfMemory)?, 0);
        system::read_exact_at(&self.file, into, span.start())
    }
}

impl Target for Disk {
    fn current_len(&self) -> io::Result<u64> {
        Ok(system::look(&self.file)?.identity.len)
    }

    fn reserve(&mut self, spans: &[Span]) -> io::Result<()> {
        let spans: Vec<Span> = spans.iter().copied().filter(|span| !span.is_empty()).collect();
        self.find_room(&spans)?;
        self.check_untouched()?;
        if spans.is_empty() {
            return Ok(());
        }
        let is_reserved = match self.kind {
            Kind::Xfs => system::unshare(&self.file, &spans)?,
            _ => system::allocate(&self.file, &spans)?,
        };
        // Elsewhere, blocks that are there are not those that a store goes to.
        self.is_reserved = is_reserved && self.kind.keeps_blocks();
        Ok(())
    }

    fn prepare(&mut self, spans: &[Span]) -> io::Result<()> {
        let spans: Vec<Span> = spans.iter().copied().filter(|span| !span.is_empty()).collect();
        let (Some(first), Some(last)) = (spans.first(), spans.last()) else { return Ok(()) };
        let whole = Span::new(first.start(), last.end());
        self.find_room(&spans)?;
        // To allocate is to write, for the times of a file.
        if self.is_sparse || self.kind == Kind::Xfs {
            self.check_untouched()?;
        }
        if self.map.as_ref().is_none_or(|map| !map.holds_all(whole))
            && (self.is_reserved || self.allocate(&spans)?)
        {
            // Where mapping does not work or does not pay, the same bytes go through `pwrite`.
            let is_worth_it = whole.len() >= self.map_from;
            self.map = is_worth_it.then(|| Map::new(&self.file, whole).ok()).flatten();
        }
        // What is stored behind the end of a file ends the process.
        self.check_untouched()
    }

    fn prepare_again(&mut self) -> io::Result<()> {
        // What is written finds the blocks that it found before, or says so; what is mapped is mapped with its blocks.
        self.check_len()
    }

    fn store(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        match &mut self.map {
            Some(map) if map.holds(at, bytes.len()) => map.store(at, bytes),
            _ => system::write_all_at(&self.file, bytes, at),
        }
    }

    fn shift(&mut self, shift: Shift, from: u64, to: u64) -> io::Result<()> {
        self.map = None;
        self.modified = None;
        match shift {
            Shift::None => {}
            Shift::Insert { at, len } => system::insert_range(&self.file, at, len)?,
            Shift::Collapse { at, len } => system::collapse_range(&self.file, at, len)?,
            Shift::Resize => self.file.set_len(to)?,
        }
        self.is_sparse |= to > from;
        self.len = to;
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        if let Some(map) = &self.map {
            map.flush()?;
        }
        self.file.sync_all()
    }
}
