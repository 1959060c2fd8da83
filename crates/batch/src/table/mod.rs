//! A table that says which inputs, key ids or fragments get which options.
//!
//! ```text
//!   path,kid,moof,from,to,la-url,custom-attributes          CSV, or the same as JSON lines      text.rs
//!   tenant-1/*.mp4,,,,,https://1.example/,
//!   ,10000000-…,,,,https://2.example/,                      the first row that fits counts      row.rs
//!                         └──── options of the command ───▶ what it does, made of them          Columns
//! ```
//!
//! Rows stay in the file, and what finds them stands in another one (`sorted.rs`): hashes of paths, of what is
//! plain in patterns, and of key ids. So memory does not grow with rows, but for a bit each that says
//! whether it fitted anything, and for rows that name neither path nor key id, which are kept.

mod error;
mod row;
mod sorted;
mod text;
pub mod values;

pub use error::{CellFault, TableError, TableFault};
pub use row::SELECTORS;
pub use text::{Cells, Text};

use crate::input::{Document, Found, keys_of, moof_of};
use crate::log::{Ask, Asked};
use crate::work::count;
use prkit_plan::Wrong;
use row::{Literal, Paths, Place, Row, normal};
use sorted::{Key, Sorted, Sorting};
use std::collections::{BTreeSet, HashMap};
use std::ffi::OsStr;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use text::Spot;

/// A table of what a command does, a `T` a row.
pub struct Table<'t, T> {
    text: Text,
    folder: PathBuf,
    rows: Sorted,
    lengths: Lengths,
    /// Rows that neither a path nor a key id finds.
    others: Vec<(Spot, Row)>,
    asks: Asks,
    used: Vec<AtomicU64>,
    /// Whether there are inputs that were not looked at.
    skipped: AtomicBool,
    columns: Box<dyn Columns<Row = T> + 't>,
    cache: Mutex<Cache<T>>,
}

/// How long what is plain in patterns is: so many beginnings and ends of a path may find a row.
#[derive(Default)]
struct Lengths {
    begins: BTreeSet<usize>,
    starts: BTreeSet<usize>,
    ends: BTreeSet<usize>,
    /// Whether the name of a folder finds any.
    folders: bool,
}

impl Lengths {
    fn add(&mut self, literal: &Literal) {
        match literal {
            Literal::Name(_) => {}
            Literal::Folder(_) => self.folders = true,
            Literal::Begins(begins) => drop(self.begins.insert(begins.len())),
            Literal::Start(start) => drop(self.starts.insert(start.len())),
            Literal::End(end) => drop(self.ends.insert(end.len())),
        }
    }
}

/// What finds a row by what is plain in its pattern.
fn key_of(literal: &Literal) -> Key {
    match literal {
        Literal::Name(name) => hash('n', name),
        Literal::Begins(begins) => hash('b', begins),
        Literal::Folder(folder) => hash('f', folder),
        Literal::Start(start) => hash('s', start),
        Literal::End(end) => hash('e', end),
    }
}

/// What the columns of a table say, but for [`SELECTORS`]: the options of whoever asks.
pub trait Columns: Send + Sync {
    /// What is made of the options in a row.
    type Row: Send + Sync;

    /// Refuses a name that no column has.
    ///
    /// # Errors
    ///
    /// Why; it names the column.
    fn check(&self, name: &str) -> Result<(), Wrong>;

    /// Refuses cells that cannot be; a million rows are looked at, so what needs time is left to [`make`](Self::make).
    ///
    /// # Errors
    ///
    /// Why; it names the column.
    fn check_row(&self, cells: &Cells) -> Result<(), Wrong>;

    /// What is made of the options in a row, which may be about `fragments`.
    ///
    /// # Errors
    ///
    /// Why not; it names the column.
    fn make(&self, cells: &Cells, fragments: bool) -> Result<Self::Row, Wrong>;

    /// The files that cells name.
    fn files(&self, cells: &Cells) -> Vec<String>;

    /// What one of these files is called, and what it holds, for the record of a run.
    fn digest(&self, file: &str) -> (String, [u8; 32]);
}

type Fitting = Arc<[(Spot, Row)]>;

/// What rows ask for, and what has to be looked at therefore.
#[derive(Clone, Copy, Default)]
struct Asks {
    kid: bool,
    moof: bool,
    time: bool,
}

/// What was read and made last.
struct Cache<T> {
    rows: HashMap<Key, Fitting>,
    /// How many rows these are.
    count: usize,
    made: HashMap<u64, Arc<T>>,
}

/// Keys whose rows are kept ready, and rows with what is made of them.
const MAX_READY: usize = 1 << 10;
/// Keys of patterns of which it is counted how many rows have them.
const MAX_SHARED: usize = 1 << 14;
/// Rows that are kept ready: a file may have one for each of its fragments.
const MAX_ROWS: usize = 1 << 15;
/// Unused rows that are listed.
const MAX_LISTED: usize = 20;

impl<'t, T: Send + Sync> Table<'t, T> {
    /// Reads a table whose options are told by its columns.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and with its first row that cannot be.
    pub fn new(text: Text, columns: impl Columns<Row = T> + 't) -> Result<Self, TableError> {
        let known = text.columns().iter().try_for_each(|name| columns.check(name));
        known.map_err(|error| text.located(TableFault::Option(error)))?;
        let mut table = Self {
            folder: text.folder(),
            text,
            rows: Sorted::Memory(Vec::new()),
            lengths: Lengths::default(),
            others: Vec::new(),
            asks: Asks::default(),
            used: Vec::new(),
            skipped: AtomicBool::new(false),
            cache: Mutex::new(Cache { rows: HashMap::new(), count: 0, made: HashMap::new() }),
            columns: Box::new(columns),
        };
        table.index()?;
        Ok(table)
    }

    /// Notes what finds each row, and refuses rows whose cells cannot be.
    fn index(&mut self) -> Result<(), TableError> {
        let (mut sorting, mut lengths, mut others) = (Sorting::default(), Lengths::default(), Vec::new());
        let (mut asks, mut count) = (Asks::default(), 0_u64);
        let mut shared: HashMap<Key, u32> = HashMap::new();
        let columns = &*self.columns;
        self.text.rows(&mut |spot, mut cells| {
            if self.text.columns().is_empty() {
                cells.iter().try_for_each(|(name, _)| columns.check(name)).map_err(TableFault::Option)?;
            }
            let row = Row::take(&mut cells, &self.folder)?;
            columns.check_row(&cells).map_err(TableFault::Option)?;
            asks.kid |= row.kid.is_some();
            asks.time |= row.asks_time();
            asks.moof |= row.is_about_fragments();
            count = count.saturating_add(1);
            match (&row.path, row.kid) {
                (Some(Paths::One(one)), _) => sorting.push(hash('p', bytes(one)), spot),
                (Some(Paths::Like(pattern)), _) => {
                    // That of several which fewest rows have: patterns of one folder, or for one name, are told
                    // apart by what else they have.
                    let known = |literal: &&Literal| shared.get(&key_of(literal)).copied().unwrap_or(0);
                    let Some(literal) = pattern.has.iter().min_by_key(known) else { return Ok(()) };
                    let key = key_of(literal);
                    if shared.len() < MAX_SHARED || shared.contains_key(&key) {
                        let rows = shared.entry(key).or_insert(0_u32);
                        *rows = rows.saturating_add(1);
                    }
                    lengths.add(literal);
                    sorting.push(key, spot)
                }
                (None, Some(kid)) => sorting.push(hash('k', &kid.to_uuid_bytes()), spot),
                (None, None) => {
                    others.push((spot, row));
                    Ok(())
                }
            }
        })?;
        let words =
            usize::try_from(count.div_ceil(64)).map_err(|_| self.text.located(TableFault::TooLong))?;
        self.used = (0..words).map(|_| AtomicU64::new(0)).collect();
        self.rows = sorting.finish().map_err(|error| self.text.located(error))?;
        (self.lengths, self.others, self.asks) = (lengths, others, asks);
        Ok(())
    }

    /// What the first row that fits an object asks for.
    ///
    /// # Errors
    ///
    /// The row cannot be read, or asks for what cannot be; the file cannot be read.
    pub fn for_object(&self, document: &Document, found: &Found) -> crate::Result<Option<Arc<T>>> {
        let mut place = Place::default();
        if let Some(path) = &document.path {
            place.path = Some(normal(path));
        }
        if self.asks.kid {
            place.kids = keys_of(document, found)?;
        }
        let moof = document.layout.as_ref().filter(|_| self.asks.moof).and_then(|layout| {
            let (number, header) = moof_of(layout, found)?;
            Some((layout, number, header))
        });
        if let Some((layout, number, header)) = moof {
            place.moof = u64::try_from(number).ok();
            if self.asks.time {
                let start = layout.start_of(document.content.source(), header);
                place.start = start?;
            }
        }
        Ok(self.first(&place)?.map(|(spot, fragments)| self.made(spot, fragments)).transpose()?)
    }

    /// The first row that fits, and whether it is about fragments.
    fn first(&self, place: &Place) -> Result<Option<(Spot, bool)>, TableError> {
        let mut first: Option<(Spot, bool)> = None;
        let is_earlier = |spot: &Spot, than: Option<(Spot, bool)>| {
            than.is_none_or(|(known, _)| spot.number < known.number)
        };
        for key in self.keys(place) {
            let rows = self.rows_of(key)?;
            let mut earlier =
                rows.iter().take_while(|(spot, _)| is_earlier(spot, first)).inspect(|_| count(1));
            if let Some((spot, row)) = earlier.find(|(_, row)| row.fits(place)) {
                first = Some((*spot, row.is_about_fragments()));
            }
        }
        let mut earlier = self.others.iter().take_while(|(spot, _)| is_earlier(spot, first));
        let other = earlier.find(|(_, row)| row.fits(place));
        Ok(other.map(|(spot, row)| (*spot, row.is_about_fragments())).or(first))
    }

    /// What may find a row that is about this place.
    fn keys(&self, place: &Place) -> Vec<Key> {
        let mut keys: Vec<Key> = Vec::new();
        if let Some(path) = &place.path {
            let whole = bytes(path);
            keys.push(hash('p', whole));
            keys.extend(path.file_name().map(|name| hash('n', name.as_encoded_bytes())));
            let lengths = &self.lengths;
            keys.extend(lengths.begins.iter().filter_map(|len| Some(hash('b', whole.get(..*len)?))));
            let mut parts = path.iter().map(OsStr::as_encoded_bytes).collect::<Vec<_>>();
            for part in &parts {
                keys.extend(lengths.starts.iter().filter_map(|len| Some(hash('s', part.get(..*len)?))));
                let end = |len: &usize| part.get(part.len().checked_sub(*len)?..);
                keys.extend(lengths.ends.iter().filter_map(|len| Some(hash('e', end(len)?))));
            }
            parts.pop();
            keys.extend(parts.iter().filter(|_| lengths.folders).map(|part| hash('f', part)));
            // Folders of one name in each other find a row once.
            keys.sort_unstable();
            keys.dedup();
        }
        keys.extend(place.kids.iter().map(|kid| hash('k', &kid.to_uuid_bytes())));
        keys
    }

    /// The rows with a key, and perhaps some with another one, the first of the table first.
    fn rows_of(&self, key: Key) -> Result<Fitting, TableError> {
        if let Some(known) = self.cache().rows.get(&key) {
            return Ok(Arc::clone(known));
        }
        let spots = self.rows.find(key).map_err(|error| self.text.located(error))?;
        let row = |spot: Spot| {
            let mut cells = self.text.row(spot)?;
            let row = Row::take(&mut cells, &self.folder).map_err(|error| self.text.in_row(spot, error))?;
            Ok((spot, row))
        };
        let rows: Fitting = spots.into_iter().map(row).collect::<Result<_, TableError>>()?;
        let mut cache = self.cache();
        if cache.count.saturating_add(rows.len()) > MAX_ROWS || cache.rows.len() >= MAX_READY {
            cache.rows.clear();
            cache.count = 0;
        }
        cache.count = cache.count.saturating_add(rows.len());
        cache.rows.insert(key, Arc::clone(&rows));
        Ok(rows)
    }

    /// What is made of a row.
    fn made(&self, spot: Spot, fragments: bool) -> Result<Arc<T>, TableError> {
        self.mark(spot);
        if let Some(known) = self.cache().made.get(&spot.number) {
            return Ok(Arc::clone(known));
        }
        let mut cells = self.text.row(spot)?;
        let in_row = |error: TableFault| self.text.in_row(spot, error);
        Row::take(&mut cells, &self.folder).map_err(in_row)?;
        let made = self.columns.make(&cells, fragments);
        let made = Arc::new(made.map_err(TableFault::Option).map_err(in_row)?);
        let mut cache = self.cache();
        if cache.made.len() >= MAX_READY {
            cache.made.clear();
        }
        cache.made.insert(spot.number, Arc::clone(&made));
        Ok(made)
    }

    fn cache(&self) -> MutexGuard<'_, Cache<T>> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The word with the bit of a row that says whether it fitted anything, and that bit.
    fn used(&self, spot: Spot) -> Option<(&AtomicU64, u64)> {
        let word = usize::try_from(spot.number / 64).ok().and_then(|word| self.used.get(word))?;
        Some((word, 1 << (spot.number % 64)))
    }

    fn mark(&self, spot: Spot) {
        if let Some((word, bit)) = self.used(spot) {
            word.fetch_or(bit, Ordering::Relaxed);
        }
    }

    /// Notes that an input was done before, and is not looked at: rows with its path fit.
    pub fn skip(&self, path: &Path) {
        self.skipped.store(true, Ordering::Relaxed);
        let place = Place { path: Some(normal(path)), ..Place::default() };
        for key in self.keys(&place) {
            // What cannot be read is said where it is needed.
            let Ok(rows) = self.rows_of(key) else { continue };
            let fitting =
                rows.iter().filter(|(_, row)| row.path.is_some() && row.fits_path(place.path.as_deref()));
            fitting.for_each(|(spot, _)| self.mark(*spot));
        }
    }

    /// As messages name it.
    pub fn name(&self) -> &str {
        self.text.name()
    }

    /// Rows that fitted nothing.
    pub fn unused(&self) -> Unused {
        let is_used =
            |spot: Spot| self.used(spot).is_some_and(|(word, bit)| word.load(Ordering::Relaxed) & bit != 0);
        let skipped = self.skipped.load(Ordering::Relaxed);
        let mut unused = Unused::default();
        // Only numbers are kept of a row, so they are read again.
        let read = self.text.rows(&mut |spot, mut cells| {
            if is_used(spot) || skipped && Row::take(&mut cells, &self.folder)?.path.is_none() {
                return Ok(());
            }
            unused.count = unused.count.saturating_add(1);
            if unused.lines.len() < MAX_LISTED {
                unused.lines.push(self.text.line(spot));
            }
            Ok(())
        });
        unused.error = read.err();
        unused
    }
}

/// Rows that fitted nothing.
#[derive(Debug, Default)]
pub struct Unused {
    /// How many.
    pub count: usize,
    /// The lines that the first of them begin in.
    pub lines: Vec<u64>,
    /// Why they were not all looked for.
    pub error: Option<TableError>,
}

impl<T: Send + Sync> Ask for Table<'_, T> {
    /// The table itself, where it is, and what the files hold that it names.
    fn ask(&self, asked: &mut Asked) {
        asked.path("edits", &self.folder);
        asked.field("table", &self.text.digest());
        let mut files = BTreeSet::new();
        // What cannot be read is said where it is needed.
        let _ = self.text.rows(&mut |_, cells| {
            files.extend(self.columns.files(&cells));
            Ok(())
        });
        for file in files {
            let (name, content) = self.columns.digest(&file);
            asked.field(&format!("file:{name}"), &content);
        }
    }
}

fn bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_encoded_bytes()
}

fn hash(kind: char, value: &[u8]) -> Key {
    let mut hasher = DefaultHasher::new();
    (kind, value).hash(&mut hasher);
    hasher.finish()
}
