//! What is wrong with a table.

use prkit_plan::Wrong;
use std::io;

/// What is wrong with a table, and where.
#[derive(Debug, thiserror::Error)]
#[error("{table}{}{kind}", Line(*line))]
pub struct TableError {
    /// As the table is called.
    pub table: String,
    /// The line of the row that it is about.
    pub line: Option<u64>,
    /// What is wrong.
    #[source]
    pub kind: TableFault,
}

/// The line of a row.
struct Line(Option<u64>);

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(line) => write!(f, ", line {line}, "),
            None => f.write_str(": "),
        }
    }
}

/// What is wrong with a table.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableFault {
    /// Its file.
    #[error(transparent)]
    File(#[from] prkit_apply::Error),
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] io::Error),
    /// It is no CSV.
    #[error(transparent)]
    Csv(#[from] csv::Error),
    /// A line is no JSON object. What is in it is not repeated.
    #[error("expected a JSON object: it is none from column {column} on")]
    Json {
        /// From 1.
        column: usize,
    },
    /// Rows have no cells that the header row does not name.
    #[error("it has {cells} cells, and the header row names {named}")]
    Cells {
        /// Cells of the row.
        cells: usize,
        /// Columns.
        named: usize,
    },
    /// A cell.
    #[error("column {name}: {fault}")]
    Column {
        /// The name of its column.
        name: String,
        /// What is wrong with it.
        fault: CellFault,
    },
    /// More rows than this machine can count.
    #[error("it has more rows than this machine can count")]
    TooLong,
    /// What whoever asks says of the options in a row; it names the column.
    #[error(transparent)]
    Option(Wrong),
}

/// What is wrong with a cell that says what a row is about, or with any cell.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CellFault {
    /// It is no text.
    #[error(transparent)]
    Text(#[from] std::str::Utf8Error),
    /// What follows a quote is one cell up to the next quote, or to the end.
    #[error("the cell goes over several lines: its quote is to be closed right behind its text")]
    Lines,
    /// A value of JSON that is no cell.
    #[error("expected text, a number, true or false, or a list of such")]
    Value,
    /// A row is about one thing.
    #[error("it is there twice; a row is about one")]
    Twice,
    /// A pattern for paths.
    #[error(transparent)]
    Pattern(#[from] globset::Error),
    /// Patterns are text.
    #[error("the folder of the table has a name that is no text")]
    Folder,
    /// A key ID.
    #[error(transparent)]
    KeyId(#[from] prkit_playready::Error),
    /// Numbers of fragments.
    #[error("expected N or N-M, not {0:?}")]
    Range(String),
    /// Seconds.
    #[error("expected seconds such as 12 or 12.5, not {0:?}")]
    Seconds(String),
    /// A time that ends before it begins.
    #[error("expected a time behind that of column from")]
    NotBehind,
}

impl CellFault {
    /// The same in a column.
    pub(super) fn of(self, name: &str) -> TableFault {
        TableFault::Column { name: name.to_owned(), fault: self }
    }
}
