//! One row: what it is about, and the options it gives.

use super::error::{CellFault, TableFault};
use super::text::Cells;
use globset::{Glob, GlobBuilder, GlobMatcher};
use prkit_bmff::Instant;
use prkit_playready::KeyId;
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

/// What a row is about; everything that is named has to fit.
#[derive(Debug, Default)]
pub(super) struct Row {
    pub(super) path: Option<Paths>,
    pub(super) kid: Option<KeyId>,
    moof: Option<(u64, u64)>,
    from: Option<Seconds>,
    to: Option<Seconds>,
}

#[derive(Debug)]
pub(super) enum Paths {
    One(PathBuf),
    Like(Box<Pattern>),
}

/// A pattern, made ready only when something is compared with it.
#[derive(Debug)]
pub(super) struct Pattern {
    glob: Glob,
    matcher: OnceLock<GlobMatcher>,
    /// What everything has that fits, what says most of it first.
    pub(super) has: Vec<Literal>,
}

/// What is plain in a pattern, and says most of what fits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Literal {
    /// How the whole path begins.
    Begins(Vec<u8>),
    /// The name of the file.
    Name(Vec<u8>),
    /// The name of some folder above it.
    Folder(Vec<u8>),
    /// How the name of some folder, or of the file, begins.
    Start(Vec<u8>),
    /// How it ends.
    End(Vec<u8>),
}

impl Literal {
    /// Those of a pattern, which goes on with `rest` behind the folder that it begins in, `above`.
    fn all(rest: &str, above: &str, is_below: bool) -> Vec<Self> {
        let bytes = |text: &str| text.as_bytes().to_vec();
        let begins = rest.find(SPECIAL).and_then(|end| rest.get(..end)).unwrap_or_default();
        let mut all = vec![Self::Begins(bytes(&format!("{above}{begins}")))];
        let count = rest.split('/').count();
        // Braces and brackets may go over several parts, and what is between them need not be there.
        let sure = rest.find(['{', '[', '\\']).and_then(|end| rest.get(..end)).unwrap_or(rest);
        let whole = if sure.len() < rest.len() { sure.matches('/').count() } else { count };
        for (at, part) in sure.split('/').take(whole).enumerate() {
            let is_last = at.saturating_add(1) == count;
            let start = part.split(SPECIAL).next().unwrap_or_default();
            let end = part.rsplit(SPECIAL).next().unwrap_or_default();
            if start.len() == part.len() {
                all.push(if is_last { Self::Name(bytes(part)) } else { Self::Folder(bytes(part)) });
            } else if at > 0 && !start.is_empty() {
                all.push(Self::Start(bytes(start)));
            }
            if start.len() < part.len() && !end.is_empty() {
                all.push(Self::End(bytes(end)));
            }
        }
        // A name says more than the folder that everything is in.
        if !is_below && let Some(Self::Name(_)) = all.last() {
            all.rotate_right(1);
        }
        all
    }
}

/// What is not plain in a pattern.
const SPECIAL: [char; 7] = ['*', '?', '[', ']', '{', '}', '\\'];

/// A decimal number of seconds, in billionths.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Seconds(u128);

/// What an object is, as far as rows ask.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    /// The input, absolute.
    pub(super) path: Option<PathBuf>,
    pub(super) kids: Vec<KeyId>,
    /// The fragment it stands in.
    pub(super) moof: Option<u64>,
    /// When that begins.
    pub(super) start: Option<Instant>,
}

/// Columns that say which inputs, key IDs or fragments a row is about.
pub const SELECTORS: [&str; 5] = ["path", "kid", "moof", "from", "to"];

impl Row {
    /// Takes what a row is about from its cells; options are left. `folder` is the table's, which paths are relative to.
    pub(super) fn take(cells: &mut Cells, folder: &Path) -> Result<Self, TableFault> {
        let mut row = Self::default();
        let mut options = Cells::new();
        for (name, value) in cells.drain(..) {
            let column = |fault: CellFault| fault.of(&name);
            let is_known = match name.as_str() {
                "path" => row.path.replace(Paths::parse(&value, folder).map_err(column)?).is_some(),
                "kid" => row.kid.replace(kid(&value).map_err(column)?).is_some(),
                "moof" => row.moof.replace(range(&value).map_err(column)?).is_some(),
                "from" => row.from.replace(Seconds::parse(&value).map_err(column)?).is_some(),
                "to" => row.to.replace(Seconds::parse(&value).map_err(column)?).is_some(),
                _ => {
                    options.push((name, value));
                    continue;
                }
            };
            if is_known {
                return Err(CellFault::Twice.of(&name));
            }
        }
        if let (Some(from), Some(to)) = (row.from, row.to)
            && to.0 <= from.0
        {
            return Err(CellFault::NotBehind.of("to"));
        }
        *cells = options;
        Ok(row)
    }

    /// Whether fragments have to be looked at for their times.
    pub(super) const fn asks_time(&self) -> bool {
        self.from.is_some() || self.to.is_some()
    }

    /// Whether it is about fragments and nothing else.
    pub(super) const fn is_about_fragments(&self) -> bool {
        self.moof.is_some() || self.asks_time()
    }

    pub(super) fn fits(&self, place: &Place) -> bool {
        let moof = self
            .moof
            .is_none_or(|(first, last)| place.moof.is_some_and(|moof| (first..=last).contains(&moof)));
        let time = !self.asks_time()
            || place.start.is_some_and(|start| {
                let at = |seconds: Seconds| seconds.cmp_to(start);
                self.from.is_none_or(|from| at(from).is_le()) && self.to.is_none_or(|to| at(to).is_gt())
            });
        self.fits_path(place.path.as_deref())
            && moof
            && time
            && self.kid.is_none_or(|kid| place.kids.contains(&kid))
    }

    pub(super) fn fits_path(&self, path: Option<&Path>) -> bool {
        self.path.as_ref().is_none_or(|paths| {
            path.is_some_and(|path| match paths {
                Paths::One(one) => one == path,
                Paths::Like(pattern) => pattern.fits(path),
            })
        })
    }
}

impl Paths {
    fn parse(text: &str, folder: &Path) -> Result<Self, CellFault> {
        let Some(special) = text.find(['*', '?', '[', '{']) else {
            return Ok(Self::One(normal(&folder.join(text))));
        };
        // What a pattern begins with is a folder like any other: `../b/*.mp4` is found beside the table's.
        let plain = text.get(..special.min(text.find('\\').unwrap_or(special))).unwrap_or_default();
        let (above, rest) = match plain.rfind('/') {
            Some(slash) => text.split_at(slash.saturating_add(1)),
            None => ("", text),
        };
        let above = normal(&folder.join(above));
        let shown = above.to_str().ok_or(CellFault::Folder)?;
        let slash = if shown.ends_with('/') { "" } else { "/" };
        let whole = format!("{}{slash}{rest}", globset::escape(shown));
        let glob = GlobBuilder::new(&whole).literal_separator(true).build()?;
        let has = Literal::all(rest, &format!("{shown}{slash}"), !plain.is_empty());
        Ok(Self::Like(Box::new(Pattern { glob, matcher: OnceLock::new(), has })))
    }
}

impl Pattern {
    fn fits(&self, path: &Path) -> bool {
        self.matcher.get_or_init(|| self.glob.compile_matcher()).is_match(path)
    }
}

/// Without `.` and `..`, which inputs and rows may write differently.
pub(super) fn normal(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut normal = PathBuf::new();
    for component in absolute.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            component => normal.push(component),
        }
    }
    normal
}

fn kid(text: &str) -> Result<KeyId, CellFault> {
    Ok(text.parse::<KeyId>()?)
}

/// `N` or `N-M`.
fn range(text: &str) -> Result<(u64, u64), CellFault> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let number = |text: &str| text.trim().parse::<u64>();
    match (number(first), number(last)) {
        (Ok(first), Ok(last)) if first <= last => Ok((first, last)),
        _ => Err(CellFault::Range(text.to_owned())),
    }
}

impl Seconds {
    const ONE: u128 = 1_000_000_000;

    fn parse(text: &str) -> Result<Self, CellFault> {
        let wrong = || CellFault::Seconds(text.to_owned());
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        if part.len() > 9 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(wrong());
        }
        let whole: u64 = whole.parse().map_err(|_| wrong())?;
        let part: u64 = format!("{part:0<9}").parse().map_err(|_| wrong())?;
        Ok(Self(u128::from(whole).saturating_mul(Self::ONE).saturating_add(u128::from(part))))
    }

    fn cmp_to(self, time: Instant) -> core::cmp::Ordering {
        let other = u128::from(time.ticks).saturating_mul(Self::ONE);
        self.0.saturating_mul(u128::from(time.timescale)).cmp(&other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[(&str, &str)]) -> Row {
        let cells = cells.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Row::take(&mut cells.collect(), Path::new("/t")).unwrap()
    }

    #[test]
    fn everything_that_is_named_has_to_fit() {
        let kid: KeyId = "00112233-4455-6677-8899-aabbccddeeff".parse().unwrap();
        let place = Place {
            path: Some("/t/a/1.mp4".into()),
            kids: vec![kid],
            moof: Some(3),
            start: Some(Instant { ticks: 25, timescale: 10 }),
        };
        let fits = |cells: &[(&str, &str)]| row(cells).fits(&place);
        assert!(fits(&[]));
        assert!(fits(&[("path", "a/*.mp4"), ("moof", "2-3"), ("from", "2.5"), ("to", "2.500000001")]));
        assert!(fits(&[("path", "a/1.mp4"), ("kid", "00112233445566778899aabbccddeeff")]));
        for no in [("path", "*.mp4"), ("path", "1.mp4"), ("moof", "4"), ("from", "2.6"), ("to", "2.5")] {
            assert!(!fits(&[no]), "{no:?}");
        }
        assert!(!fits(&[("kid", "10112233445566778899aabbccddeeff")]));
    }

    #[test]
    fn a_path_may_lead_out_of_the_table_s_folder() {
        let fits = |folder: &str, path: &str| {
            let mut cells = vec![("path".to_owned(), path.to_owned())];
            Row::take(&mut cells, Path::new(folder)).unwrap().fits_path(Some(Path::new("/m/[x]/a.mp4")))
        };
        for path in ["../m/[[]x]/a.mp4", "../m/**/a.mp4", "/m/*/a.mp4", "../m/./{[[]x],y}/*.mp4"] {
            assert!(fits("/t", path), "{path}");
        }
        for path in ["a.mp4", "*.mp4", "**/a.mp4", "./a*"] {
            assert!(fits("/m/[x]", path), "{path}");
        }
        assert!(!fits("/t", "*/a.mp4"));
    }

    #[test]
    fn a_pattern_is_found_by_what_is_plain_in_it() {
        let plain = |path: &str| match Paths::parse(path, Path::new("/t")).unwrap() {
            Paths::Like(pattern) => pattern.has,
            Paths::One(one) => panic!("{one:?}"),
        };
        let bytes = |text: &str| text.as_bytes().to_vec();
        let begins = |text: &str| Literal::Begins(bytes(text));
        let name = |text: &str| Literal::Name(bytes(text));
        let folder = |text: &str| Literal::Folder(bytes(text));
        let start = |text: &str| Literal::Start(bytes(text));
        let end = |text: &str| Literal::End(bytes(text));
        assert_eq!(plain("a/b-*/c.mp4"), [begins("/t/a/b-"), name("c.mp4")]);
        assert_eq!(plain("../a*"), [begins("/a")]);
        assert_eq!(plain("**/c.mp4"), [name("c.mp4"), begins("/t/")]);
        assert_eq!(plain("{a,b}/*"), [begins("/t/")]);
        assert_eq!(plain("**/title12/*.m4s"), [begins("/t/"), folder("title12"), end(".m4s")]);
        assert_eq!(plain("a/*/title12/b"), [begins("/t/a/"), folder("title12"), name("b")]);
        assert_eq!(plain("*-title12/x-*-y"), [begins("/t/"), end("-title12"), start("x-"), end("-y")]);
        // What is in braces or brackets need not be there.
        assert_eq!(plain("**/{a,b/title12/c}/*.m4s"), [begins("/t/")]);
        assert_eq!(plain("**/x/{a,title12/c}"), [begins("/t/"), folder("x")]);
        assert_eq!(plain("**/[a/title12/b]/*"), [begins("/t/")]);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        assert!(range("3-2").is_err());
        assert!(Seconds::parse("1.0000000001").is_err());
        assert!(Seconds::parse("-1").is_err());
        let mut twice = vec![("moof".to_owned(), "1".to_owned()), ("moof".to_owned(), "2".to_owned())];
        assert!(Row::take(&mut twice, Path::new("/t")).is_err());
    }
}
