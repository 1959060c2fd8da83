//! `--edits`: the options of a command as columns of a table.

use crate::args::{Secret, TableArgs};
use crate::exit::{Status, Stop};
use crate::hints::told;
use crate::terminal::note;
use crate::values::{self, CellFolder};
use clap::{ArgAction, Args, Command, FromArgMatches};
use prkit_batch::table::{self, Cells, SELECTORS, Table, Text};
use prkit_plan::Wrong;
use std::any::TypeId;
use std::borrow::Cow;
use std::collections::HashSet;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Reads a table whose columns are options in `O`; `make` gets those of a row, and whether it is about fragments.
pub(crate) fn open<'t, O: Args + FromArgMatches + 't, T: Send + Sync + 't>(
    path: &Path,
    make: impl Fn(O, bool) -> Result<T, Stop> + Send + Sync + 't,
) -> Result<Table<'t, T>, Stop> {
    let refused = |error: table::TableError| Stop::usage(told(error.into()));
    let text = Text::open(path).map_err(refused)?;
    let held = CellFolder::hold(&text.folder());
    let columns =
        held.map(Columns::<O>::new).map_err(|error| refused(text.wrong(format!("its folder: {error}"))));
    Table::new(text, Rows { columns: columns?, make }).map_err(refused)
}

/// How a run ended, when rows that fitted nothing are listed.
pub(crate) fn end<T: Send + Sync>(table: &Table<'_, T>, status: Status, args: &TableArgs) -> Status {
    let unused = table.unused();
    if let Some(error) = unused.error {
        note(format_args!("{}", told(error.into())));
    }
    for line in &unused.lines {
        note(format_args!("--edits {}, line {line}, fitted nothing", table.name()));
    }
    if unused.count > unused.lines.len() {
        note(format_args!("--edits {}: {} rows fitted nothing", table.name(), unused.count));
    }
    if unused.count > 0 && args.strict_table { status.max(Status::Failed) } else { status }
}

/// Rows with options in `O`, and what is made of them.
struct Rows<O, F> {
    columns: Columns<O>,
    make: F,
}

impl<O, T, F> table::Columns for Rows<O, F>
where
    O: Args + FromArgMatches,
    T: Send + Sync,
    F: Fn(O, bool) -> Result<T, Stop> + Send + Sync,
{
    type Row = T;

    fn check(&self, name: &str) -> Result<(), Wrong> {
        self.columns.check(name)
    }

    fn check_row(&self, cells: &Cells) -> Result<(), Wrong> {
        self.columns.check_row(cells)
    }

    fn make(&self, cells: &Cells, fragments: bool) -> Result<T, Wrong> {
        let made = (self.make)(self.columns.parse(cells)?, fragments);
        Ok(made.map_err(|error| in_column(cells, &error.message()))?)
    }

    fn files(&self, cells: &Cells) -> Vec<String> {
        self.columns.files(cells).collect()
    }

    fn digest(&self, file: &str) -> (String, [u8; 32]) {
        (file.rsplit('\0').next().unwrap_or_default().to_owned(), values::digest(Path::new(file)))
    }
}

/// The options that a row may give: those of `O`, as on the command line.
struct Columns<O> {
    command: Command,
    /// Copies of it, one a worker: parsing needs one for itself.
    free: Mutex<Vec<Command>>,
    names: Vec<Named>,
    /// Where cells name files.
    folder: CellFolder,
    /// Cells that were parsed, without values that may be anything.
    known: Mutex<HashSet<Cells>>,
    options: PhantomData<fn() -> O>,
}

/// A name of an option.
struct Named {
    name: String,
    takes_value: bool,
    /// Whether any text is a value.
    takes_text: bool,
    /// Whether that is the path of a file.
    takes_path: bool,
}

/// Different kinds of rows that are remembered.
const MAX_KNOWN: usize = 1 << 12;

impl<O: Args + FromArgMatches> Columns<O> {
    fn new(folder: CellFolder) -> Self {
        let command = Command::new("row").no_binary_name(true).disable_help_flag(true);
        let command = O::augment_args(command.disable_version_flag(true));
        let names = command.get_arguments().flat_map(|arg| {
            let takes_value = !matches!(arg.get_action(), ArgAction::SetTrue);
            let of = arg.get_value_parser().type_id();
            let is_text = [TypeId::of::<String>(), TypeId::of::<PathBuf>(), TypeId::of::<Secret>()];
            let takes_text =
                takes_value && is_text.iter().any(|text| of == *text) && arg.get_possible_values().is_empty();
            let takes_path = takes_text && of == TypeId::of::<PathBuf>();
            let aliases = arg.get_visible_aliases().unwrap_or_default();
            let names = arg.get_long().into_iter().chain(aliases);
            names
                .map(|name| Named { name: name.to_owned(), takes_value, takes_text, takes_path })
                .collect::<Vec<_>>()
        });
        let names = names.collect();
        Self { command, free: Mutex::default(), names, folder, known: Mutex::default(), options: PhantomData }
    }

    /// Why a column cannot be.
    fn check(&self, name: &str) -> Result<(), Wrong> {
        // A key id names what a row is about, where an option of that name would be another one.
        if SELECTORS.contains(&name) || self.named(name).is_some() {
            return Ok(());
        }
        let options = self.names.iter().map(|option| option.name.as_str());
        let known: Vec<&str> =
            SELECTORS.into_iter().chain(options.filter(|name| !SELECTORS.contains(name))).collect();
        Err(format!("there is no column {name:?}: expected {}", known.join(", ")).into())
    }

    /// Refuses cells that cannot be; a million rows of one kind are parsed once.
    fn check_row(&self, cells: &Cells) -> Result<(), Wrong> {
        let kind = cells.iter().map(|(name, value)| {
            let any = self.named(name).is_some_and(|option| option.takes_text);
            (name.clone(), if any { String::new() } else { value.clone() })
        });
        let kind: Cells = kind.collect();
        if self.known().contains(&kind) {
            return Ok(());
        }
        self.parse(cells)?;
        let mut known = self.known();
        if known.len() >= MAX_KNOWN {
            known.clear();
        }
        known.insert(kind);
        Ok(())
    }

    fn known(&self) -> MutexGuard<'_, HashSet<Cells>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The options that cells give.
    fn parse(&self, cells: &Cells) -> Result<O, Wrong> {
        let mut args = Vec::with_capacity(cells.len());
        for (name, value) in cells {
            let is_flag = self.named(name).is_some_and(|option| !option.takes_value);
            match (is_flag, value.as_str()) {
                (false, _) => args.push(format!("--{name}={}", self.value(name, value)?)),
                (true, "true" | "yes" | "1") => args.push(format!("--{name}")),
                (true, "false" | "no" | "0") => {}
                (true, _) => {
                    return Err(format!("column {name}: expected true or false, not {value:?}").into());
                }
            }
        }
        let free = || self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let ready = free().pop();
        let mut command = ready.unwrap_or_else(|| self.command.clone());
        let parsed = command.try_get_matches_from_mut(args);
        free().push(command);
        parsed.and_then(|matches| O::from_arg_matches(&matches)).map_err(|error| {
            let text = error.to_string();
            let text: Vec<&str> = text.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
            in_column(cells, text.join(" ").trim_start_matches("error: ")).into()
        })
    }

    /// A value of a cell, with where it came from where it names a file.
    fn value<'v>(&self, name: &str, value: &'v str) -> Result<Cow<'v, str>, Wrong> {
        if value.contains('\0') {
            return Err(format!("column {name}: a cell contains no NUL").into());
        }
        if name == "keys" && value == "-" {
            let message = format!("column {name}: a cell names a file or a variable, not standard input");
            return Err(message.into());
        }
        let option = self.named(name).filter(|option| option.takes_text);
        Ok(match (option, value.strip_prefix('@')) {
            (Some(Named { takes_path: true, .. }), _) => Cow::Owned(self.folder.file(value)),
            (Some(_), Some(file)) => Cow::Owned(format!("@{}", self.folder.file(file))),
            _ => Cow::Borrowed(value),
        })
    }

    /// The files that cells name, with where they came from.
    fn files<'c>(&'c self, cells: &'c Cells) -> impl Iterator<Item = String> + 'c {
        cells.iter().filter_map(|(name, value)| {
            let option = self.named(name).filter(|option| option.takes_text)?;
            let is_file = option.takes_path || value.starts_with('@');
            is_file.then(|| self.folder.file(value.strip_prefix('@').unwrap_or(value)))
        })
    }

    fn named(&self, name: &str) -> Option<&Named> {
        self.names.iter().find(|option| option.name == name)
    }
}

/// A message with the column that it is about, if it names one.
fn in_column(cells: &Cells, message: &str) -> String {
    let names = |name: &str| {
        message.match_indices("--").any(|(at, _)| {
            let rest = message.get(at.saturating_add(2)..).and_then(|rest| rest.strip_prefix(name));
            rest.is_some_and(|rest| !rest.starts_with(|c: char| c == '-' || c.is_alphanumeric()))
        })
    };
    match cells.iter().find(|(name, _)| names(name)) {
        Some((name, _)) => format!("column {name}: {message}"),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::HeaderArgs;

    fn parse(cells: &[(&str, &str)]) -> Result<HeaderArgs, Wrong> {
        let cells = cells.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Columns::<HeaderArgs>::new(CellFolder::hold(Path::new(".")).unwrap()).parse(&cells.collect())
    }

    #[test]
    fn columns_are_long_options_and_nothing_else() {
        let columns = Columns::<HeaderArgs>::new(CellFolder::hold(Path::new(".")).unwrap());
        assert!(columns.check("la-url").is_ok());
        assert!(columns.check("moof").is_ok());
        let error = columns.check("la_url").unwrap_err().to_string();
        assert!(error.contains("expected path, kid, moof, from, to, la-url, "), "{error}");
    }

    #[test]
    fn a_cell_means_what_the_option_means() {
        let args = parse(&[("la-url", "--x"), ("no-lui-url", "yes"), ("existing", "0"), ("add-kid", "a")]);
        let args = args.unwrap();
        assert_eq!(args.la_url.as_deref(), Some("--x"));
        assert!(args.no_lui_url && !args.existing);
        assert_eq!(args.add_kid.len(), 1);
    }

    #[test]
    fn a_wrong_cell_is_named_with_what_would_be_right() {
        for (cells, message) in [
            ([("la-url", "x"), ("els", "5")], "column els: "),
            ([("la-url", "x"), ("existing", "perhaps")], "column existing: expected true or false"),
            ([("la-url", "x"), ("no-la-url", "true")], "column la-url: "),
            ([("la-url", "x"), ("checksum", "x")], "[possible values: add, strip, keep]"),
        ] {
            let error = parse(&cells).unwrap_err().to_string();
            assert!(error.contains(message) && !error.contains('\n'), "{error}");
        }
    }
}
