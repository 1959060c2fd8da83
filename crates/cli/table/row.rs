//! One row: what it is about, and the options it gives.

use super::text::Cells;
use crate::args::HeaderArgs;
use crate::header_change::HeaderChange;
use clap::{ArgAction, CommandFactory as _, Parser};
use globset::{GlobBuilder, GlobMatcher};
use prkit_bmff::Instant;
use prkit_playready::KeyId;
use std::path::{Path, PathBuf};

/// The options of a row, as on the command line.
#[derive(Parser)]
#[command(name = "row", no_binary_name = true, disable_help_flag = true, disable_version_flag = true)]
struct Options {
    #[command(flatten)]
    header: HeaderArgs,
}

/// What a row is about; everything that is named has to fit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    pub(super) path: Option<Paths>,
    pub(super) kid: Option<KeyId>,
    moof: Option<(u32, u32)>,
    from: Option<Seconds>,
    to: Option<Seconds>,
    options: Cells,
}

#[derive(Clone, Debug)]
pub(super) enum Paths {
    One(PathBuf),
    Like(GlobMatcher),
}

/// A decimal number of seconds, in billionths.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Seconds(u128);

/// What an object is, as far as rows ask.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    /// The input, absolute.
    pub(crate) path: Option<PathBuf>,
    pub(crate) kids: Vec<KeyId>,
    /// The fragment it stands in.
    pub(crate) moof: Option<u32>,
    /// When that begins.
    pub(crate) start: Option<Instant>,
}

pub(super) const SELECTORS: [&str; 5] = ["path", "kid", "moof", "from", "to"];

/// Why a column cannot be.
pub(super) fn check_column(name: &str) -> Result<(), String> {
    let command = Options::command();
    let known = SELECTORS.contains(&name) || command.get_arguments().any(|arg| arg.get_long() == Some(name));
    if known { Ok(()) } else { Err(format!("there is no column {name:?}: neither a selector nor an option")) }
}

impl Row {
    /// `folder` is the table's, which paths are relative to.
    pub(super) fn parse(cells: Cells, folder: &Path) -> Result<Self, String> {
        let mut row = Self::default();
        for (name, value) in cells {
            match name.as_str() {
                "path" => row.path = Some(Paths::parse(&value, folder)?),
                "kid" => row.kid = Some(value.parse().map_err(|error| format!("kid: {error}"))?),
                "moof" => row.moof = Some(range(&value)?),
                "from" => row.from = Some(Seconds::parse(&value)?),
                "to" => row.to = Some(Seconds::parse(&value)?),
                _ => row.options.push((name, value)),
            }
        }
        Ok(row)
    }

    /// Whether fragments have to be looked at for their times.
    pub(super) const fn asks_time(&self) -> bool {
        self.from.is_some() || self.to.is_some()
    }

    pub(super) fn fits(&self, place: &Place, folder: &Path) -> bool {
        let path = self.path.as_ref().is_none_or(|paths| {
            place.path.as_ref().is_some_and(|path| match paths {
                Paths::One(one) => one == path,
                Paths::Like(like) => like.is_match(path.strip_prefix(folder).unwrap_or(path)),
            })
        });
        let moof = self
            .moof
            .is_none_or(|(first, last)| place.moof.is_some_and(|moof| (first..=last).contains(&moof)));
        let time = !self.asks_time()
            || place.start.is_some_and(|start| {
                let at = |seconds: Seconds| seconds.cmp_to(start);
                self.from.is_none_or(|from| at(from).is_le()) && self.to.is_none_or(|to| at(to).is_gt())
            });
        path && moof && time && self.kid.is_none_or(|kid| place.kids.contains(&kid))
    }

    /// The options as a change of headers.
    pub(super) fn change(&self) -> Result<HeaderChange, String> {
        let command = Options::command();
        let mut args = Vec::new();
        for (name, value) in &self.options {
            let arg = command.get_arguments().find(|arg| arg.get_long() == Some(name));
            let is_flag = arg.is_some_and(|arg| matches!(arg.get_action(), ArgAction::SetTrue));
            match (is_flag, value.as_str()) {
                (false, _) => args.push(format!("--{name}={value}")),
                (true, "true" | "yes" | "1") => args.push(format!("--{name}")),
                (true, "false" | "no" | "0") => {}
                (true, _) => return Err(format!("{name}: expected true or false, not {value:?}")),
            }
        }
        let options = Options::try_parse_from(args).map_err(|error| {
            let text = error.to_string();
            text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
        })?;
        HeaderChange::new(&options.header).map_err(crate::exit::Stop::message)
    }
}

impl Paths {
    fn parse(text: &str, folder: &Path) -> Result<Self, String> {
        if text.contains(['*', '?', '[', '{']) {
            let glob = GlobBuilder::new(text).literal_separator(true).build();
            return Ok(Self::Like(glob.map_err(|error| format!("path: {error}"))?.compile_matcher()));
        }
        let path = folder.join(text);
        Ok(Self::One(std::path::absolute(&path).unwrap_or(path)))
    }
}

/// `N` or `N-M`.
fn range(text: &str) -> Result<(u32, u32), String> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let number = |text: &str| text.trim().parse::<u32>();
    match (number(first), number(last)) {
        (Ok(first), Ok(last)) if first <= last => Ok((first, last)),
        _ => Err(format!("moof: expected N or N-M, not {text:?}")),
    }
}

impl Seconds {
    const ONE: u128 = 1_000_000_000;

    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("expected seconds such as 12 or 12.5, not {text:?}");
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
        Row::parse(cells.collect(), Path::new("/t")).unwrap()
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
        let fits = |cells: &[(&str, &str)]| row(cells).fits(&place, Path::new("/t"));
        assert!(fits(&[]));
        assert!(fits(&[("path", "a/*.mp4"), ("moof", "2-3"), ("from", "2.5"), ("to", "2.500000001")]));
        assert!(fits(&[("path", "a/1.mp4"), ("kid", "00112233445566778899aabbccddeeff")]));
        for no in [("path", "*.mp4"), ("path", "1.mp4"), ("moof", "4"), ("from", "2.6"), ("to", "2.5")] {
            assert!(!fits(&[no]), "{no:?}");
        }
        assert!(!fits(&[("kid", "10112233445566778899aabbccddeeff")]));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        assert!(check_column("la-url").is_ok());
        assert!(check_column("la_url").is_err());
        assert!(range("3-2").is_err());
        assert!(Seconds::parse("1.0000000001").is_err());
        assert!(Seconds::parse("-1").is_err());
        assert!(row(&[("existing", "perhaps")]).change().is_err());
        assert!(row(&[("header-version", "9")]).change().is_err());
    }
}
