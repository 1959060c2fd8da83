//! Finding the first row that fits.

use super::row::{Paths, check_column};
use super::text::Form;
use super::{Place, Row};
use crate::exit::Stop;
use crate::header_change::HeaderChange;
use crate::terminal;
use prkit_playready::KeyId;
use std::collections::HashMap;
use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A table of edits.
pub(crate) struct Table {
    path: PathBuf,
    folder: PathBuf,
    form: Form,
    /// Where each row begins.
    rows: Vec<u64>,
    /// Hashes of paths, sorted.
    paths: Vec<(u64, u32)>,
    kids: Vec<(KeyId, u32)>,
    /// Rows that neither finds.
    others: Vec<(u32, Row)>,
    asks_time: bool,
    used: Vec<AtomicU64>,
    changes: Mutex<HashMap<u32, Arc<HeaderChange>>>,
}

/// Changes that are kept ready.
const MAX_READY: usize = 1024;
/// Unused rows that are listed.
const MAX_LISTED: usize = 20;

impl Table {
    pub(crate) fn open(path: &Path) -> Result<Self, Stop> {
        let wrong = |error: String| Stop::usage(format!("--edits {}: {error}", terminal::path(path)));
        let form = Form::of(path).map_err(|error| wrong(error.to_string()))?;
        if let Form::Csv(columns) = &form {
            columns.iter().try_for_each(|name| check_column(name)).map_err(wrong)?;
        }
        let absolute = std::path::absolute(path).map_err(|error| wrong(error.to_string()))?;
        let folder = absolute.parent().unwrap_or(Path::new("/")).to_owned();
        let mut table = Self {
            path: path.to_owned(),
            folder: folder.clone(),
            form,
            rows: Vec::new(),
            paths: Vec::new(),
            kids: Vec::new(),
            others: Vec::new(),
            asks_time: false,
            used: Vec::new(),
            changes: Mutex::default(),
        };
        let (mut rows, mut paths, mut kids, mut others) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut asks_time = false;
        table
            .form
            .rows(path, &mut |at, cells| {
                let number = u32::try_from(rows.len()).map_err(|_| "more rows than 4 billion".to_owned())?;
                let in_row = |error: String| format!("row {}: {error}", number.saturating_add(1));
                if matches!(table.form, Form::Json) {
                    cells.iter().try_for_each(|(name, _)| check_column(name)).map_err(in_row)?;
                }
                let row = Row::parse(cells, &folder).map_err(in_row)?;
                asks_time |= row.asks_time();
                match (&row.path, row.kid) {
                    (Some(Paths::One(one)), _) => paths.push((hash(one), number)),
                    (_, Some(kid)) => kids.push((kid, number)),
                    _ => others.push((number, row)),
                }
                rows.push(at);
                Ok(())
            })
            .map_err(wrong)?;
        paths.sort_unstable();
        kids.sort_unstable();
        table.used = (0..rows.len().div_ceil(64)).map(|_| AtomicU64::new(0)).collect();
        (table.rows, table.paths, table.kids, table.others) = (rows, paths, kids, others);
        table.asks_time = asks_time;
        Ok(table)
    }

    /// Whether the beginning of fragments matters.
    pub(crate) const fn asks_time(&self) -> bool {
        self.asks_time
    }

    /// What the first row that fits asks for.
    ///
    /// # Errors
    ///
    /// The row cannot be read, or asks for what cannot be.
    pub(crate) fn change_for(&self, place: &Place) -> Result<Option<Arc<HeaderChange>>, String> {
        let mut numbers: Vec<u32> = Vec::new();
        if let Some(path) = &place.path {
            numbers.extend(range_of(&self.paths, &hash(path)));
        }
        for kid in &place.kids {
            numbers.extend(range_of(&self.kids, kid));
        }
        numbers.sort_unstable();
        let mut first = None;
        for number in numbers {
            if self.row(number)?.fits(place, &self.folder) {
                first = Some(number);
                break;
            }
        }
        let earlier = self.others.iter().take_while(|(number, _)| first.is_none_or(|first| *number < first));
        let other = earlier.into_iter().find(|(_, row)| row.fits(place, &self.folder));
        match other.map(|(number, _)| *number).or(first) {
            Some(number) => self.change(number).map(Some),
            None => Ok(None),
        }
    }

    fn row(&self, number: u32) -> Result<Row, String> {
        let at = usize::try_from(number).ok().and_then(|number| self.rows.get(number)).copied();
        let named = |error: String| {
            format!("--edits {}: row {}: {error}", terminal::path(&self.path), number.saturating_add(1))
        };
        let file = File::open(&self.path).map_err(|error| named(error.to_string()))?;
        let cells = self.form.row_at(&file, at.unwrap_or(0)).map_err(named)?;
        Row::parse(cells, &self.folder).map_err(named)
    }

    fn change(&self, number: u32) -> Result<Arc<HeaderChange>, String> {
        let word = usize::try_from(number / 64).ok().and_then(|word| self.used.get(word));
        if let Some(word) = word {
            word.fetch_or(1 << (number % 64), Ordering::Relaxed);
        }
        if let Some(ready) = self.ready().get(&number) {
            return Ok(Arc::clone(ready));
        }
        let change = self.row(number)?.change().map_err(|error| {
            format!("--edits {}: row {}: {error}", terminal::path(&self.path), number.saturating_add(1))
        })?;
        let change = Arc::new(change);
        let mut ready = self.ready();
        if ready.len() >= MAX_READY {
            ready.clear();
        }
        ready.insert(number, Arc::clone(&change));
        Ok(change)
    }

    fn ready(&self) -> std::sync::MutexGuard<'_, HashMap<u32, Arc<HeaderChange>>> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lists rows that fitted nothing; whether there are any.
    pub(crate) fn list_unused(&self) -> bool {
        let is_used = |number: usize| {
            let word = self.used.get(number / 64).map_or(0, |word| word.load(Ordering::Relaxed));
            word >> (number % 64) & 1 == 1
        };
        let mut count = 0_usize;
        for number in (0..self.rows.len()).filter(|number| !is_used(*number)) {
            count = count.saturating_add(1);
            if count <= MAX_LISTED {
                let row = number.saturating_add(1);
                anstream::eprintln!("prkit: {}: row {row} fitted nothing", terminal::path(&self.path));
            }
        }
        if count > MAX_LISTED {
            anstream::eprintln!("prkit: {count} rows fitted nothing");
        }
        count > 0
    }
}

fn hash(path: &Path) -> u64 {
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    hasher.finish()
}

/// The numbers of all rows of a key.
fn range_of<'t, K: Ord>(rows: &'t [(K, u32)], key: &K) -> impl Iterator<Item = u32> + use<'t, K> {
    let first = rows.partition_point(|(found, _)| found < key);
    let behind = rows.partition_point(|(found, _)| found <= key);
    rows.get(first..behind).unwrap_or_default().iter().map(|(_, number)| *number)
}
