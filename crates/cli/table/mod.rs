//! `--edits`: a table that says which inputs, key ids or fragments get which options.
//!
//! ```text
//!   path,kid,moof,from,to,la-url,custom-attributes          CSV, or the same as JSON lines      text.rs
//!   tenant-1/*.mp4,,,,,https://1.example/,
//!   ,10000000-…,,,,https://2.example/,                      the first row that fits counts      row.rs
//!                         └──── options of the command ───▶ what it does, made of them          options.rs
//! ```
//!
//! Rows stay in the file, and what finds them stands in another one (`sorted.rs`): hashes of paths, of what patterns
//! begin with or the name they end in, and of key ids. So memory does not grow with rows, but for a bit each that says
//! whether it fitted anything, and for rows that name neither path nor key id, which are kept.

mod options;
mod row;
mod sorted;
mod text;

use crate::args::TableArgs;
use crate::exit::{Status, Stop};
use crate::hints::told;
use crate::input::{Document, Found, keys_of, moof_of};
use crate::values::{self, CellFolder};
use clap::{Args, FromArgMatches};
use options::{Columns, in_column};
use prkit_batch::log::{Ask, Asked};
use row::{Paths, Place, Row, normal};
use sorted::{Key, Sorted, Sorting};
use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use text::{Cells, Spot, Text};

/// A table of what a command does, a `T` a row.
pub(crate) struct Table<'t, T> {
    text: Text,
    folder: PathBuf,
    rows: Sorted,
    /// Lengths of what patterns begin with.
    begins: BTreeSet<usize>,
    /// Rows that neither a path nor a key id finds.
    others: Vec<(Spot, Row)>,
    asks: Asks,
    used: Vec<AtomicU64>,
    /// Whether there are inputs that were not looked at.
    skipped: AtomicBool,
    make: Make<'t, T>,
    files: Files<'t>,
    cache: Mutex<Cache<T>>,
}

type Make<'t, T> = Box<dyn Fn(&Cells, bool) -> Result<T, String> + Sync + 't>;
/// The files that the cells of a row name.
type Files<'t> = Box<dyn Fn(&Cells) -> Vec<String> + Sync + 't>;
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
/// Rows that are kept ready: a file may have one for each of its fragments.
const MAX_ROWS: usize = 1 << 15;
/// Unused rows that are listed.
const MAX_LISTED: usize = 20;

impl<'t, T: Send + Sync> Table<'t, T> {
    /// Reads a table whose columns are options in `O`; `make` gets those of a row, and whether it is about fragments.
    pub(crate) fn open<O: Args + FromArgMatches + 't>(
        path: &Path,
        make: impl Fn(O, bool) -> Result<T, Stop> + Sync + 't,
    ) -> Result<Self, Stop> {
        let text = Text::open(path).map_err(Stop::usage)?;
        let folder = normal(path).parent().map(Path::to_owned).unwrap_or_default();
        // A pipe is nowhere.
        let folder = if text.is_stream() { normal(Path::new(".")) } else { folder };
        let held = CellFolder::hold(&folder);
        let held = held.map_err(|error| Stop::usage(text.located(&format!("its folder: {error}"))))?;
        let columns = Columns::<O>::new(held);
        let known = text.columns().iter().try_for_each(|name| columns.check(name));
        known.map_err(|error| Stop::usage(text.located(&error)))?;
        let mut table = Self {
            text,
            folder,
            rows: Sorted::Memory(Vec::new()),
            begins: BTreeSet::new(),
            others: Vec::new(),
            asks: Asks::default(),
            used: Vec::new(),
            skipped: AtomicBool::new(false),
            cache: Mutex::new(Cache { rows: HashMap::new(), count: 0, made: HashMap::new() }),
            make: Box::new(|_, _| Err("the table is not read yet".to_owned())),
            files: Box::new(|_| Vec::new()),
        };
        table.index(&columns).map_err(Stop::usage)?;
        let columns = Arc::new(columns);
        let of_files = Arc::clone(&columns);
        table.files = Box::new(move |cells| of_files.files(cells).collect());
        table.make = Box::new(move |cells, fragments| {
            make(columns.parse(cells)?, fragments).map_err(|error| in_column(cells, &error.message()))
        });
        Ok(table)
    }

    /// Notes what finds each row, and refuses rows whose cells cannot be.
    fn index<O: Args + FromArgMatches>(&mut self, columns: &Columns<O>) -> Result<(), String> {
        let (mut sorting, mut begins, mut others) = (Sorting::default(), BTreeSet::new(), Vec::new());
        let (mut asks, mut count) = (Asks::default(), 0_u64);
        self.text.rows(&mut |spot, mut cells| {
            if self.text.columns().is_empty() {
                cells.iter().try_for_each(|(name, _)| columns.check(name))?;
            }
            let row = Row::take(&mut cells, &self.folder)?;
            columns.check_row(&cells)?;
            asks.kid |= row.kid.is_some();
            asks.time |= row.asks_time();
            asks.moof |= row.is_about_fragments();
            count = count.saturating_add(1);
            match (&row.path, row.kid) {
                (Some(Paths::One(one)), _) => sorting.push(hash('p', bytes(one)), spot),
                (Some(Paths::Like(pattern)), _) => {
                    if let Some(name) = &pattern.name {
                        return sorting.push(hash('n', name), spot);
                    }
                    begins.insert(pattern.begins.len());
                    sorting.push(hash('b', &pattern.begins), spot)
                }
                (None, Some(kid)) => sorting.push(hash('k', &kid.to_uuid_bytes()), spot),
                (None, None) => {
                    others.push((spot, row));
                    Ok(())
                }
            }
        })?;
        let words = usize::try_from(count.div_ceil(64)).map_err(|error| error.to_string())?;
        self.used = (0..words).map(|_| AtomicU64::new(0)).collect();
        self.rows = sorting.finish()?;
        (self.begins, self.others, self.asks) = (begins, others, asks);
        Ok(())
    }

    /// What the first row that fits an object asks for.
    ///
    /// # Errors
    ///
    /// The row cannot be read, or asks for what cannot be; the file cannot be read.
    pub(crate) fn for_object(&self, document: &Document, found: &Found) -> Result<Option<Arc<T>>, String> {
        let mut place = Place::default();
        if let Some(path) = &document.path {
            place.path = Some(normal(path));
        }
        if self.asks.kid {
            place.kids = keys_of(document, found).map_err(told)?;
        }
        let moof = document.layout.as_ref().filter(|_| self.asks.moof).and_then(|layout| {
            let (number, header) = moof_of(layout, found)?;
            Some((layout, number, header))
        });
        if let Some((layout, number, header)) = moof {
            place.moof = u64::try_from(number).ok();
            if self.asks.time {
                let start = layout.start_of(document.content.source(), header);
                place.start = start.map_err(|error| error.to_string())?;
            }
        }
        self.first(&place)?.map(|(spot, fragments)| self.made(spot, fragments)).transpose()
    }

    /// The first row that fits, and whether it is about fragments.
    fn first(&self, place: &Place) -> Result<Option<(Spot, bool)>, String> {
        let mut first: Option<(Spot, bool)> = None;
        let is_earlier = |spot: &Spot, than: Option<(Spot, bool)>| {
            than.is_none_or(|(known, _)| spot.number < known.number)
        };
        for key in self.keys(place) {
            let rows = self.rows_of(key)?;
            let mut earlier = rows.iter().take_while(|(spot, _)| is_earlier(spot, first));
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
            keys.extend(self.begins.iter().filter_map(|len| Some(hash('b', whole.get(..*len)?))));
        }
        keys.extend(place.kids.iter().map(|kid| hash('k', &kid.to_uuid_bytes())));
        keys
    }

    /// The rows with a key, and perhaps some with another one, the first of the table first.
    fn rows_of(&self, key: Key) -> Result<Fitting, String> {
        if let Some(known) = self.cache().rows.get(&key) {
            return Ok(Arc::clone(known));
        }
        let spots = self.rows.find(key).map_err(|error| self.text.located(&error.to_string()))?;
        let row = |spot: Spot| {
            let mut cells = self.text.row(spot)?;
            let row = Row::take(&mut cells, &self.folder).map_err(|error| self.text.in_row(spot, &error))?;
            Ok((spot, row))
        };
        let rows: Fitting = spots.into_iter().map(row).collect::<Result<_, String>>()?;
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
    fn made(&self, spot: Spot, fragments: bool) -> Result<Arc<T>, String> {
        self.mark(spot);
        if let Some(known) = self.cache().made.get(&spot.number) {
            return Ok(Arc::clone(known));
        }
        let mut cells = self.text.row(spot)?;
        let in_row = |error: String| self.text.in_row(spot, &error);
        Row::take(&mut cells, &self.folder).map_err(in_row)?;
        let made = Arc::new((self.make)(&cells, fragments).map_err(in_row)?);
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
    pub(crate) fn skip(&self, path: &Path) {
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

    /// How a run ended, when rows that fitted nothing are listed.
    pub(crate) fn end(&self, status: Status, args: &TableArgs) -> Status {
        if self.list_unused() && args.strict_table { status.max(Status::Failed) } else { status }
    }

    /// Lists rows that fitted nothing; whether there are any.
    fn list_unused(&self) -> bool {
        let is_used =
            |spot: Spot| self.used(spot).is_some_and(|(word, bit)| word.load(Ordering::Relaxed) & bit != 0);
        let skipped = self.skipped.load(Ordering::Relaxed);
        let (mut count, mut listed) = (0_usize, Vec::new());
        // Only numbers are kept of a row, so they are read again.
        let read = self.text.rows(&mut |spot, mut cells| {
            if is_used(spot) || skipped && Row::take(&mut cells, &self.folder)?.path.is_none() {
                return Ok(());
            }
            count = count.saturating_add(1);
            if listed.len() < MAX_LISTED {
                listed.push(self.text.in_row(spot, "fitted nothing"));
            }
            Ok(())
        });
        if let Err(error) = read {
            crate::terminal::note(format_args!("{error}"));
        }
        for line in &listed {
            crate::terminal::note(format_args!("{line}"));
        }
        if count > listed.len() {
            crate::terminal::note(format_args!(
                "{}",
                self.text.located(&format!("{count} rows fitted nothing"))
            ));
        }
        count > 0
    }
}

impl<T: Send + Sync> Ask for Table<'_, T> {
    /// The table itself, where it is, and what the files hold that it names.
    fn ask(&self, asked: &mut Asked) {
        asked.path("edits", &self.folder);
        asked.field("table", &self.text.digest());
        let mut files = BTreeSet::new();
        // What cannot be read is said where it is needed.
        let _ = self.text.rows(&mut |_, cells| {
            files.extend((self.files)(&cells));
            Ok(())
        });
        for file in files {
            let content = values::digest(Path::new(&file));
            let name = file.rsplit('\0').next().unwrap_or_default();
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
