//! One run of the program, and what of it the table shows.

use crate::program::{Run, prkit};
use std::ffi::OsString;

/// Stands for the input file among the words of a command.
pub const FILE: &str = "FILE";

/// A command, its input, and what it answers to what breaks a statement.
#[derive(Clone)]
pub struct Probe {
    shown: String,
    words: Vec<String>,
    /// Name and bytes of the input.
    file: Option<(String, Vec<u8>)>,
    /// What only the answer to a breach has; the rule's number, where it is not said.
    sign: Option<&'static str>,
}

impl Probe {
    /// A command without an input file; the table shows it as it is typed.
    pub fn command(words: &[&str]) -> Self {
        let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        let quoted = words.iter().map(|word| {
            if word.contains([' ', '<', '(', '&']) { format!("\"{word}\"") } else { word.clone() }
        });
        let shown = quoted.collect::<Vec<_>>().join(" ");
        Self { shown, words, file: None, sign: None }
    }

    /// The input file that [`FILE`] among the words stands for, and how the table shows it.
    pub fn on(self, name: &str, bytes: impl Into<Vec<u8>>, shown: impl Into<String>) -> Self {
        Self { file: Some((name.to_owned(), bytes.into())), shown: shown.into(), ..self }
    }

    /// What the answer to a breach has, where that is not the rule's number.
    pub fn says(self, sign: &'static str) -> Self {
        Self { sign: Some(sign), ..self }
    }

    /// How the table shows it, where that is not the command.
    pub fn shown_as(self, shown: &str) -> Self {
        Self { shown: shown.to_owned(), ..self }
    }

    /// The cell of the table.
    pub fn shown(&self) -> String {
        let text = self.shown.replace('|', "\\|").replace('\n', "\\n").replace('\r', "\\r");
        let ticks = if text.contains('`') { "``" } else { "`" };
        format!("{ticks}{text}{ticks}")
    }

    fn run(&self) -> (Run, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = self.file.as_ref().map(|(name, bytes)| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        });
        let words = self.words.iter().map(|word| match &path {
            Some(path) if word == FILE => path.clone().into(),
            _ => OsString::from(word),
        });
        let run = prkit(words);
        let said = format!("{}{}", String::from_utf8_lossy(&run.stdout), run.stderr);
        (run, said)
    }

    /// What is wrong with the answer to what keeps a statement.
    pub fn run_kept(&self, rule: &str, breaks: &Self) -> Option<String> {
        let (run, said) = self.run();
        let sign = self.sign.or(breaks.sign).unwrap_or(rule);
        if said.contains(sign) {
            return Some(format!("{sign:?} is in the answer to {}: {said}", self.shown));
        }
        (run.status != 0).then(|| format!("{} ends with {}: {said}", self.shown, run.status))
    }

    /// What is wrong with the answer to what breaks it.
    pub fn run_broken(&self, rule: &str) -> Option<String> {
        let (_, said) = self.run();
        let sign = self.sign.unwrap_or(rule);
        (!said.contains(sign)).then(|| format!("{sign:?} is not in the answer to {}: {said}", self.shown))
    }
}
