//! Reading a log.

use super::{Head, Line};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;

/// The lines of a log, in either direction.
pub(crate) struct LogReader {
    reader: BufReader<File>,
    /// Where lines begin that tell of an input.
    lines: Vec<u64>,
    /// Where the last whole line ends.
    end: u64,
    /// The first line, where it tells of the run.
    head: Vec<u8>,
}

/// Longer lines are none of ours.
const MAX_LINE: u64 = 256 * 1024 * 1024;

impl LogReader {
    /// Finds the lines; one that was not written to its end counts as not there.
    pub(crate) fn open(path: &Path, each: &mut dyn FnMut(&Line)) -> io::Result<Self> {
        let mut reader = BufReader::new(File::open(path)?);
        let mut head = Vec::new();
        let (mut lines, mut at, mut text) = (Vec::new(), 0_u64, Vec::new());
        loop {
            text.clear();
            let len = reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut text)?;
            if text.last() != Some(&b'\n') {
                break;
            }
            match parse(&text, at)? {
                Some(line) => {
                    each(&line);
                    lines.push(at);
                }
                None => head.clone_from(&text),
            }
            at = at.saturating_add(u64::try_from(len).unwrap_or(u64::MAX));
        }
        if at == 0 {
            return Err(io::Error::other("it holds no line of a log"));
        }
        Ok(Self { reader, lines, end: at, head })
    }

    /// Fails while another process writes the log; none does while this one is open.
    pub(crate) fn lock(&self) -> io::Result<()> {
        super::write::claim(self.reader.get_ref())
    }

    /// The first line.
    pub(super) fn head(&self) -> &[u8] {
        &self.head
    }

    /// Where the last whole line ends.
    pub(crate) const fn end(&self) -> u64 {
        self.end
    }

    /// The last line that was not taken yet.
    pub(crate) fn take_last(&mut self) -> Option<io::Result<Line>> {
        let at = self.lines.pop()?;
        Some(self.line_at(at))
    }

    fn line_at(&mut self, at: u64) -> io::Result<Line> {
        self.reader.seek(SeekFrom::Start(at))?;
        let mut text = Vec::new();
        self.reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut text)?;
        parse(&text, at)?.ok_or_else(|| io::Error::other("the log changed while it was read"))
    }
}

/// A line that tells of an input; the first one tells of the run.
fn parse(text: &[u8], at: u64) -> io::Result<Option<Line>> {
    let wrong = |error| io::Error::other(format!("no line of a log at byte {at}: {error}"));
    if Head::is_one(text) {
        return Ok(None);
    }
    serde_json::from_slice(text).map(Some).map_err(wrong)
}
