//! Rows as text: CSV with a header row, or JSON lines.

use csv::{ByteRecord, ReaderBuilder};
use serde_json::Value;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;

/// Named cells of a row; a name may be there more than once.
pub(super) type Cells = Vec<(String, String)>;

/// How the table is written.
pub(super) enum Form {
    /// With these columns.
    Csv(Vec<String>),
    Json,
}

/// Longer rows are none.
const MAX_ROW: u64 = 4 * 1024 * 1024;

impl Form {
    /// Tells by the first character.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let mut reader = BufReader::new(File::open(path)?);
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

    /// Calls `each` with where a row begins, and the row.
    pub(super) fn rows(
        &self,
        path: &Path,
        each: &mut dyn FnMut(u64, Cells) -> Result<(), String>,
    ) -> Result<(), String> {
        let text = |error: io::Error| error.to_string();
        let file = File::open(path).map_err(text)?;
        match self {
            Self::Csv(columns) => {
                let mut reader = ReaderBuilder::new().from_reader(file);
                let mut record = ByteRecord::new();
                reader.byte_headers().map_err(|error| error.to_string())?;
                let mut at = reader.position().byte();
                while reader.read_byte_record(&mut record).map_err(|error| error.to_string())? {
                    each(at, cells(columns, &record)?)?;
                    at = reader.position().byte();
                }
                Ok(())
            }
            Self::Json => {
                let (mut reader, mut at, mut line) = (BufReader::new(file), 0_u64, Vec::new());
                loop {
                    line.clear();
                    let len = reader.by_ref().take(MAX_ROW).read_until(b'\n', &mut line).map_err(text)?;
                    if len == 0 {
                        return Ok(());
                    }
                    if !line.trim_ascii().is_empty() {
                        each(at, json(&line).map_err(|error| format!("byte {at}: {error}"))?)?;
                    }
                    at = at.saturating_add(u64::try_from(len).unwrap_or(u64::MAX));
                }
            }
        }
    }

    /// The row that begins there.
    pub(super) fn row_at(&self, file: &File, at: u64) -> Result<Cells, String> {
        let text = |error: io::Error| error.to_string();
        // Reading moves the place of a file that is shared by all workers, so each opening has its own.
        let mut file = file;
        file.seek(SeekFrom::Start(at)).map_err(text)?;
        match self {
            Self::Csv(columns) => {
                let mut record = ByteRecord::new();
                let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(file);
                reader.read_byte_record(&mut record).map_err(|error| error.to_string())?;
                cells(columns, &record)
            }
            Self::Json => {
                let mut line = Vec::new();
                BufReader::new(file).take(MAX_ROW).read_until(b'\n', &mut line).map_err(text)?;
                json(&line)
            }
        }
    }
}

/// An empty cell is not named.
fn cells(columns: &[String], record: &ByteRecord) -> Result<Cells, String> {
    let named = columns.iter().zip(record).filter(|(_, value)| !value.trim_ascii().is_empty());
    let cells = named.map(|(name, value)| {
        let value =
            std::str::from_utf8(value.trim_ascii()).map_err(|error| format!("column {name}: {error}"))?;
        Ok((name.clone(), value.to_owned()))
    });
    cells.collect()
}

fn json(line: &[u8]) -> Result<Cells, String> {
    let row: serde_json::Map<String, Value> =
        serde_json::from_slice(line).map_err(|error| error.to_string())?;
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
                    return Err(format!("{name}: expected text, a number, true or false, or a list of such"));
                }
            }
        }
    }
    Ok(cells)
}
