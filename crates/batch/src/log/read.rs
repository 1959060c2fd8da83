//! Reading a log.

use super::error::{Damage, LogError, Result};
use super::head::{First, Head};
use super::line::Old;
use super::{End, Line, begun, own};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

/// The lines of a log, in either direction.
pub struct LogReader {
    path: PathBuf,
    reader: BufReader<File>,
    /// Where lines begin that tell of an input, and are as they were written.
    lines: Vec<u64>,
    /// Where the last whole line ends.
    end: u64,
    /// The first line; a log of format 1 has none that counts.
    head: Option<Head>,
    /// Number of the last line that is as it was written.
    last: u64,
    /// How many lines are behind it that are not.
    bad: u64,
    has_end: bool,
    damage: Vec<Damage>,
}

/// Longer lines are none of ours.
const MAX_LINE: u64 = 256 * 1024 * 1024;
/// How an end record begins.
const END: &[u8] = b"{\"schema\":2,\"end\":";
/// More damage is not listed.
const MAX_DAMAGE: usize = 100;

impl LogReader {
    /// Opens a log and finds the lines that count.
    pub fn open(path: &Path, each: &mut dyn FnMut(&Line)) -> Result<Self> {
        Self::of(own::open(path, false)?, path, each)
    }

    /// The same for one that is open.
    pub(super) fn of(file: File, path: &Path, each: &mut dyn FnMut(&Line)) -> Result<Self> {
        let mut log = Self {
            path: path.to_owned(),
            reader: BufReader::new(file),
            lines: Vec::new(),
            end: 0,
            head: None,
            last: 0,
            bad: 0,
            has_end: false,
            damage: Vec::new(),
        };
        let mut text = Vec::new();
        log.next_line(&mut text)?;
        if text.is_empty() {
            return Err(LogError::Empty { path: log.path });
        }
        log.head = match First::of(&text) {
            First::Head(head) => Some(head),
            First::Old => None,
            First::New => return Err(LogError::TooNew { path: log.path }),
            First::Changed => return Err(LogError::Head { path: log.path, is_head: true }),
            First::Other => return Err(LogError::Head { path: log.path, is_head: false }),
        };
        let mut number = 1_u64;
        loop {
            let offset = log.end;
            if number == 1 && log.is_old() {
                // Its first line may tell of an input.
                log.take(&text, (number, offset), each);
            }
            log.end = offset.saturating_add(u64::try_from(text.len()).unwrap_or(u64::MAX));
            number = number.saturating_add(1);
            log.next_line(&mut text)?;
            if text.is_empty() {
                break;
            }
            if text.last() != Some(&b'\n') {
                log.add(Damage::Cut { line: number, offset: log.end });
                break;
            }
            let offset = log.end;
            log.take(&text, (number, offset), each);
        }
        Ok(log)
    }

    fn next_line(&mut self, text: &mut Vec<u8>) -> Result<()> {
        text.clear();
        let read = self.reader.by_ref().take(MAX_LINE).read_until(b'\n', text);
        read.map(|_| ()).map_err(|error| LogError::of(&self.path, "read it", error))
    }

    /// Takes in what a line says, if it is as it was written.
    fn take(&mut self, text: &[u8], place: (u64, u64), each: &mut dyn FnMut(&Line)) {
        let (line, offset) = place;
        let (number, record) = match self.record(text) {
            Some((number, record)) if self.is_old() || number > self.last => (number, record),
            _ => {
                self.bad = self.bad.saturating_add(1);
                self.has_end = false;
                return self.add(Damage::Line { line, offset });
            }
        };
        if !self.is_old() {
            let missing = number.saturating_sub(self.last).saturating_sub(1).saturating_sub(self.bad);
            if missing > 0 {
                self.add(Damage::Missing { line, count: missing });
            }
        }
        (self.last, self.bad) = (number, 0);
        self.has_end = matches!(record, Record::End);
        if let Record::Input(input) = record {
            each(&input);
            self.lines.push(offset);
        }
    }

    fn record(&self, text: &[u8]) -> Option<(u64, Record)> {
        let Some(head) = &self.head else {
            if let Ok(line) = serde_json::from_slice::<Old>(text) {
                return Some((0, Record::Input(Box::new(line.into()))));
            }
            return matches!(First::of(text), First::Old).then_some((0, Record::End));
        };
        if !head.key.has_sealed(text) {
            return None;
        }
        if text.starts_with(END) {
            let end: End = serde_json::from_slice(text).ok()?;
            return Some((end.n?, Record::End));
        }
        let line: Line = serde_json::from_slice(text).ok()?;
        Some((line.n?, Record::Input(Box::new(line))))
    }

    fn add(&mut self, damage: Damage) {
        if self.damage.len() < MAX_DAMAGE {
            self.damage.push(damage);
        }
    }

    /// What the files beside a log of a killed run tell that is not in the log yet; lines that they have seen in it and
    /// that are not there are damage.
    ///
    /// # Errors
    ///
    /// Where one of them is not as it was written.
    pub fn beside(&mut self, left: &[PathBuf]) -> Result<Vec<Line>> {
        let Some(key) = self.head.as_ref().map(|head| head.key.clone()) else { return Ok(Vec::new()) };
        let (mut logged, mut lines) = (0, Vec::new());
        for path in left {
            let told = begun::told(path, &key)?;
            logged = logged.max(told.logged);
            lines.extend(told.lines);
        }
        let count = logged.saturating_sub(self.last).saturating_sub(self.bad);
        if count > 0 {
            self.add(Damage::Lost { count });
        }
        Ok(lines)
    }

    /// Whether it is of format 1, whose lines say nothing of how they were written.
    pub const fn is_old(&self) -> bool {
        self.head.is_none()
    }

    /// What is not as it was written; of a run that is over.
    pub fn damage(&self) -> impl Iterator<Item = Damage> {
        let is_cut = !self.is_old() && !self.has_end && self.damage.is_empty();
        self.damage.iter().copied().chain(is_cut.then_some(Damage::NoEnd))
    }

    /// The same of a run that was killed: it had no time for an end, nor perhaps for its last line.
    pub(super) fn damage_but_its_end(&self) -> Option<Damage> {
        self.damage.iter().copied().find(|damage| !damage.is_of_the_end())
    }

    /// Fails while another process writes the log; none does while this one is open.
    pub fn lock(&self) -> Result<()> {
        super::write::claim(&self.path, self.reader.get_ref())
    }

    /// What objects are marked with that its run edited.
    pub fn run(&self) -> Option<String> {
        self.head.as_ref().map(|head| head.key.run())
    }

    pub(super) fn into_head(self) -> Option<Head> {
        self.head
    }

    /// Where the last whole line ends, the number of the last one, and how many tell of inputs.
    pub(super) fn ends(&self) -> (u64, u64, u64) {
        (self.end, self.last, u64::try_from(self.lines.len()).unwrap_or(u64::MAX))
    }

    /// The last line that was not taken yet.
    pub fn take_last(&mut self) -> Option<Result<Line>> {
        let at = self.lines.pop()?;
        Some(self.line_at(at))
    }

    fn line_at(&mut self, at: u64) -> Result<Line> {
        let mut text = Vec::new();
        let sought = self.reader.seek(SeekFrom::Start(at));
        sought.map_err(|error| LogError::of(&self.path, "read it", error))?;
        self.next_line(&mut text)?;
        match self.record(&text) {
            Some((_, Record::Input(line))) => Ok(*line),
            _ => Err(LogError::of(&self.path, "read it", io::Error::other("it changed while it was read"))),
        }
    }
}

enum Record {
    Input(Box<Line>),
    End,
}

#[cfg(test)]
mod tests {
    use super::super::{Asked, Log};
    use super::*;
    use prkit_plan::Plan;

    /// A log of three inputs, one of which was changed.
    fn written(path: &Path) -> (Vec<u8>, Vec<Line>) {
        let _ = std::fs::remove_file(path);
        let log = Log::create(path, &Asked::of("x"), false).unwrap();
        let old = b"some old bytes".as_slice();
        let plan = Plan::splice(14, prkit_plan::Span::new(5, 8), bytes::Bytes::from_static(b"new")).unwrap();
        let lines = [
            Line::new(Path::new("/a")),
            Line::new(Path::new("/b")).planned(&plan, &old).unwrap(),
            Line::new(Path::new("/c")).failed("why"),
        ];
        let begun = log.begin(&[&lines[1]]).unwrap();
        log.end(None, &[&lines[0]]).unwrap();
        log.end(begun, &[&lines[1], &lines[2]]).unwrap();
        log.close(true).unwrap();
        (std::fs::read(path).unwrap(), read(path).unwrap().1)
    }

    fn read(path: &Path) -> Result<(Vec<Damage>, Vec<Line>)> {
        let mut lines = Vec::new();
        let reader = LogReader::open(path, &mut |line| lines.push(line.clone()))?;
        Ok((reader.damage().collect(), lines))
    }

    /// What is not as it was written is an error or damage, and what is read is what was written.
    fn is_noticed(path: &Path, text: &[u8], lines: &[Line], what: &str) {
        std::fs::write(path, text).unwrap();
        let Ok((damage, found)) = read(path) else { return };
        assert!(!damage.is_empty(), "{what}");
        assert!(found.iter().all(|line| lines.contains(line)), "{what}: {found:?}");
    }

    #[test]
    fn every_cut_and_every_changed_character_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let (text, lines) = written(&path);
        assert_eq!((read(&path).unwrap().0, lines.len()), (Vec::new(), 3));
        assert_eq!(folder.path().read_dir().unwrap().count(), 1, "what was begun is gone");
        for at in 0..text.len() {
            is_noticed(&path, &text[..at], &lines, &format!("cut at {at}"));
            for with in [text[at] ^ 1, b'\n'] {
                let mut changed = text.clone();
                changed[at] = with;
                if changed != text {
                    is_noticed(&path, &changed, &lines, &format!("{with} at {at}"));
                }
            }
            let without = [&text[..at], &text[at + 1..]].concat();
            is_noticed(&path, &without, &lines, &format!("without {at}"));
        }
    }
}
