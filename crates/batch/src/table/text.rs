//! Rows as text: CSV with a header row, or JSON lines.

use super::error::{CellFault, TableError, TableFault};
use super::row::normal;
use core::fmt;
use csv::{ByteRecord, ReaderBuilder};
use prkit_apply::FileSource;
use prkit_plan::{BLOCK, Source as _, Span};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};

/// Named cells of a row; a name may be there more than once.
pub type Cells = Vec<(String, String)>;

/// A table that can be read at any place.
pub struct Text {
    file: FileSource,
    form: Form,
    /// As messages name it.
    name: String,
    folder: PathBuf,
}

/// How the table is written.
enum Form {
    /// With these columns.
    Csv(Vec<String>),
    Json,
}

/// Where a row is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Spot {
    /// Which one, from 0.
    pub(super) number: u64,
    offset: u64,
    len: u64,
    /// The line that it begins in, from 1; empty lines in front of it are part of it.
    line: u64,
}

impl Spot {
    pub(super) const fn numbers(self) -> [u64; 4] {
        [self.number, self.offset, self.len, self.line]
    }

    pub(super) const fn of_numbers([number, offset, len, line]: [u64; 4]) -> Self {
        Self { number, offset, len, line }
    }
}

/// Longer rows are none.
const MAX_ROW: u64 = 4 * 1024 * 1024;

/// Columns of a CSV whose cells may have lines: XML.
const MAY_HAVE_LINES: [&str; 1] = ["custom-attributes"];

impl Text {
    /// Opens a table; a pipe is read to its end first.
    ///
    /// # Errors
    ///
    /// Why it cannot be read.
    #[expect(clippy::disallowed_methods, reason = "a table on standard input is read once, as an asset is")]
    pub fn open(path: &Path) -> Result<Self, TableError> {
        let is_stdin = path.as_os_str() == "-";
        let name = if is_stdin { "standard input".to_owned() } else { crate::shown(path) };
        let mut is_stream = is_stdin;
        let wrong = |kind: TableFault| TableError { table: name.clone(), line: None, kind };
        let opened = if is_stdin {
            FileSource::spool(&[], &mut io::stdin().lock())
        } else {
            match FileSource::open(path) {
                Err(prkit_apply::Error::NotAFile) if !path.is_dir() => {
                    is_stream = true;
                    FileSource::spool(&[], &mut File::open(path).map_err(|error| wrong(error.into()))?)
                }
                opened => opened,
            }
        };
        let file = opened.map_err(|error| wrong(error.into()))?;
        let form = Form::of(&file).map_err(|error| wrong(error.into()))?;
        // A pipe is in no folder.
        let near = normal(if is_stream { Path::new("./-") } else { path });
        let folder = near.parent().map(Path::to_owned).unwrap_or_default();
        Ok(Self { file, form, name, folder })
    }

    /// Something is wrong with the table, as whoever reads its options says.
    pub fn wrong(&self, why: impl Into<prkit_plan::Wrong>) -> TableError {
        self.located(TableFault::Option(why.into()))
    }

    /// SHA-256 of all of it; of what can be read.
    pub(super) fn digest(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        let _ = io::copy(&mut Reading::new(&self.file), &mut Digesting(&mut digest));
        digest.finalize().into()
    }

    /// The folder that names in it are relative to.
    pub fn folder(&self) -> PathBuf {
        self.folder.clone()
    }

    /// The columns, where the table names them once for all rows.
    pub(super) fn columns(&self) -> &[String] {
        match &self.form {
            Form::Csv(columns) => columns,
            Form::Json => &[],
        }
    }

    /// Calls `each` with every row; its errors, as those of the text, get the place of the row.
    pub(super) fn rows(
        &self,
        each: &mut dyn FnMut(Spot, Cells) -> Result<(), TableFault>,
    ) -> Result<(), TableError> {
        let text = |error: io::Error| self.located(error);
        let (mut number, mut raw) = (0_u64, Vec::new());
        let mut next = |spot: Spot, cells: Result<Cells, TableFault>| {
            cells.and_then(|cells| each(spot, cells)).map_err(|error| self.in_row(spot, error))
        };
        match &self.form {
            Form::Csv(columns) => {
                let mut reader = ReaderBuilder::new().flexible(true).from_reader(Reading::new(&self.file));
                let mut record = ByteRecord::new();
                reader.byte_headers().map_err(|error| self.located(error))?;
                loop {
                    let begin = reader.position().clone();
                    let more = reader.read_byte_record(&mut record);
                    let len = reader.position().byte().saturating_sub(begin.byte());
                    let spot = Spot { number, offset: begin.byte(), len, line: begin.line() };
                    if !more.map_err(|error| self.in_row(spot, error))? {
                        return Ok(());
                    }
                    next(spot, cells(columns, &record))?;
                    number = number.saturating_add(1);
                }
            }
            Form::Json => {
                let (mut reader, mut offset, mut line) =
                    (BufReader::new(Reading::new(&self.file)), 0_u64, 1_u64);
                loop {
                    raw.clear();
                    reader.by_ref().take(MAX_ROW).read_until(b'\n', &mut raw).map_err(text)?;
                    let len = u64::try_from(raw.len()).unwrap_or(u64::MAX);
                    if len == 0 {
                        return Ok(());
                    }
                    if !raw.trim_ascii().is_empty() {
                        next(Spot { number, offset, len, line }, json(&raw))?;
                        number = number.saturating_add(1);
                    }
                    (offset, line) = (offset.saturating_add(len), line.saturating_add(1));
                }
            }
        }
    }

    /// A row.
    pub(super) fn row(&self, spot: Spot) -> Result<Cells, TableError> {
        self.file.check_unchanged().map_err(|error| self.in_row(spot, error))?;
        let mut raw = Vec::new();
        let span = Span::new(spot.offset, spot.offset.saturating_add(spot.len));
        self.file.read_at(span, &mut raw).map_err(|error| self.in_row(spot, error))?;
        let cells = match &self.form {
            Form::Csv(columns) => {
                let mut record = ByteRecord::new();
                let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&raw[..]);
                reader.read_byte_record(&mut record).map_err(|error| self.in_row(spot, error))?;
                cells(columns, &record)
            }
            Form::Json => json(&raw),
        };
        cells.map_err(|error| self.in_row(spot, error))
    }

    /// Something is wrong with the table.
    pub(super) fn located(&self, kind: impl Into<TableFault>) -> TableError {
        TableError { table: self.name.clone(), line: None, kind: kind.into() }
    }

    /// Something is wrong with a row.
    pub(super) fn in_row(&self, spot: Spot, kind: impl Into<TableFault>) -> TableError {
        TableError { table: self.name.clone(), line: Some(self.line(spot)), kind: kind.into() }
    }

    /// As messages name it.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The line that a row begins in.
    pub(super) fn line(&self, spot: Spot) -> u64 {
        let mut raw = Vec::new();
        let end = spot.offset.saturating_add(spot.len.min(BLOCK)).min(self.file.len());
        if self.file.read_at(Span::new(spot.offset, end.max(spot.offset)), &mut raw).is_err() {
            return spot.line;
        }
        // What ends one row is read with the next: the second byte of CR LF, and empty lines.
        let ends = raw.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| **byte == b'\n');
        spot.line.saturating_add(u64::try_from(ends.count()).unwrap_or(0))
    }
}

impl Form {
    /// Tells by the first character.
    fn of(file: &FileSource) -> io::Result<Self> {
        let mut reader = BufReader::new(Reading::new(file));
        let head = reader.fill_buf()?;
        let first = head.iter().find(|byte| !byte.is_ascii_whitespace() && !(0xBB..=0xEF).contains(*byte));
        if first == Some(&b'{') {
            return Ok(Self::Json);
        }
        let mut csv = ReaderBuilder::new().flexible(true).from_reader(reader);
        let columns = csv.headers().map_err(io::Error::other)?;
        Ok(Self::Csv(
            columns.iter().map(|name| name.trim_start_matches('\u{FEFF}').trim().to_owned()).collect(),
        ))
    }
}

/// Takes in what is written.
struct Digesting<'d>(&'d mut Sha256);

impl io::Write for Digesting<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A file from its beginning on.
struct Reading<'f> {
    file: &'f FileSource,
    at: u64,
    buffer: Vec<u8>,
}

impl<'f> Reading<'f> {
    const fn new(file: &'f FileSource) -> Self {
        Self { file, at: 0, buffer: Vec::new() }
    }
}

impl Read for Reading<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let wanted = u64::try_from(into.len()).unwrap_or(BLOCK).min(BLOCK);
        let end = self.at.saturating_add(wanted).min(self.file.len());
        self.file.read_at(Span::new(self.at, end), &mut self.buffer)?;
        self.at = end;
        (&self.buffer[..]).read(into)
    }
}

/// An empty cell is not named.
fn cells(columns: &[String], record: &ByteRecord) -> Result<Cells, TableFault> {
    if record.len() > columns.len() {
        return Err(TableFault::Cells { cells: record.len(), named: columns.len() });
    }
    let named = columns.iter().zip(record).filter(|(_, value)| !value.trim_ascii().is_empty());
    let cells = named.map(|(name, value)| {
        let text = std::str::from_utf8(value).map_err(|error| CellFault::from(error).of(name))?;
        // What follows a quote is one cell up to the next quote, or to the end: rows would be missed without a word.
        if text.contains('\n') && (!MAY_HAVE_LINES.contains(&name.as_str()) || text.ends_with('\n')) {
            return Err(CellFault::Lines.of(name));
        }
        Ok((name.clone(), text.trim_ascii().to_owned()))
    });
    cells.collect()
}

/// The members of an object, all of them: of two with one name, a map would keep the last without a word. As columns, they
/// are two values of an option.
struct Row(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Row;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Row, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = object.next_entry()? {
            members.push(member);
        }
        Ok(Row(members))
    }
}

fn json(line: &[u8]) -> Result<Cells, TableFault> {
    let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
    let Row(row) =
        // The reader's own message repeats what it read.
        serde_json::from_slice(line).map_err(|error| TableFault::Json { column: error.column() })?;
    let mut cells = Cells::new();
    for (name, value) in row {
        let values = match value {
            Value::Array(values) => values,
            value => vec![value],
        };
        for value in values {
            match value {
                Value::Null => {}
                Value::String(text) if text.is_empty() => {}
                Value::String(text) => cells.push((name.clone(), text)),
                Value::Bool(_) | Value::Number(_) => cells.push((name.clone(), value.to_string())),
                Value::Array(_) | Value::Object(_) => {
                    return Err(CellFault::Value.of(&name));
                }
            }
        }
    }
    Ok(cells)
}
