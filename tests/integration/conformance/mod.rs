//! Every statement of the documents that are implemented, with an input that keeps it and one that breaks it.
//!
//! ```text
//!   header.rs, …   rows ──▶ docs/conformance.md     the table, compared (TRYCMD=overwrite writes it)
//!                       └─▶ the program             both inputs of every row, run
//! ```
//!
//! A row of another document is a row in a file of its own, and that file a line of [`DOCUMENTS`].

mod header;
mod probe;

use crate::program::root;
use probe::Probe;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// One statement.
#[derive(Clone)]
pub struct Row {
    /// Where it stands.
    section: &'static str,
    /// What it says, in its own words as far as a line holds them.
    statement: &'static str,
    /// What honours it: the number of a rule, or a command and its answer.
    rule: &'static str,
    /// An input that keeps it.
    keeps: Probe,
    /// An input that breaks it.
    breaks: Probe,
}

/// A document and its statements.
struct Document {
    title: &'static str,
    /// What it says that no input can keep or break.
    beside: &'static str,
    rows: fn() -> Vec<Row>,
}

const DOCUMENTS: &[Document] =
    &[Document { title: "PlayReady Header Specification", beside: header::BESIDE, rows: header::rows }];

const HEAD: &str = "\
# Statement by statement

Every statement of the documents that are implemented, the rule that honours it, an input that keeps it and one that breaks it.
The test `conformance` prints these tables, and runs both inputs of every row: the one is taken without a word of that rule, the
other is answered with it. `4.1: <…>` is a header of that version with this in its `DATA`; `lint`, where no command is named.
";

fn table() -> String {
    let mut text = HEAD.to_owned();
    for document in DOCUMENTS {
        write!(text, "\n## {}\n\n{}\n\n", document.title, document.beside).unwrap();
        text.push_str(
            "| Section | Statement | Honoured by | Keeps | Breaks |\n| --- | --- | --- | --- | --- |\n",
        );
        for row in (document.rows)() {
            let Row { section, statement, rule, keeps, breaks } = row;
            let statement = statement.replace('<', "\\<").replace('|', "\\|");
            writeln!(text, "| {section} | {statement} | {rule} | {} | {} |", keeps.shown(), breaks.shown())
                .unwrap();
        }
    }
    text
}

#[test]
fn the_table_in_the_documentation_is_that_of_the_test() {
    let path = root().join("docs/conformance.md");
    let table = table();
    if std::env::var_os("TRYCMD").is_some_and(|how| how == "overwrite") {
        std::fs::write(&path, &table).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let line = written.lines().zip(table.lines()).position(|(old, new)| old != new);
    assert!(
        written == table,
        "docs/conformance.md differs from line {} on; TRYCMD=overwrite writes it",
        line.unwrap_or_else(|| written.lines().count().min(table.lines().count())) + 1
    );
}

#[test]
fn every_statement_is_kept_by_one_input_and_broken_by_the_other() {
    let mut wrong = Vec::new();
    for row in DOCUMENTS.iter().flat_map(|document| (document.rows)()) {
        let place = format!("{} {:?}", row.section, row.statement);
        wrong.extend(row.keeps.run_kept(row.rule, &row.breaks).map(|why| format!("{place} keeps: {why}")));
        wrong.extend(row.breaks.run_broken(row.rule).map(|why| format!("{place} breaks: {why}")));
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn no_statement_stands_twice() {
    for document in DOCUMENTS {
        let mut seen = BTreeSet::new();
        for row in (document.rows)() {
            assert!(seen.insert((row.section, row.statement)), "{} {}", row.section, row.statement);
        }
    }
}
