//! What players do with an object, measured: `players.tsv`, written by `tests/oracles/players/run`.
//!
//! ```text
//!   player        version  format  probe          takes         asks     kid    error
//!   Shaka Player  5.2.12   dash    two-kids       -             -        -      4009
//!   dash.js       5.2.1    dash    custom-la-url  header        custom   right  -
//! ```
//!
//! A probe is one oddity, and everything else about it is right. What a player does with it is compared with what the
//! same player does with a probe that is right altogether: what is different comes from the oddity.

use crate::NameError;
use core::fmt;
use core::str::FromStr;
use std::sync::OnceLock;

static TABLE: &str = include_str!("players.tsv");

/// The kind of document that an object is in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Format {
    /// An MPD.
    Dash,
    /// A playlist.
    Hls,
    /// A client manifest of Smooth Streaming.
    Smooth,
    /// `moov` of a file.
    Mp4,
}

impl Format {
    const fn name(self) -> &'static str {
        match self {
            Self::Dash => "dash",
            Self::Hls => "hls",
            Self::Smooth => "smooth",
            Self::Mp4 => "mp4",
        }
    }
}

/// A row of the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Measured {
    /// The player.
    pub player: &'static str,
    /// Its version.
    pub version: &'static str,
    /// The kind of document.
    pub format: &'static str,
    /// What was odd about the document.
    pub probe: &'static str,
    /// The object that it took; `-` for none.
    pub takes: &'static str,
    /// Where it found the license URL; `-` for no request.
    pub asks: &'static str,
    /// What it has for a key ID: `right`, or what is wrong with it, or `-` for none.
    pub kid: &'static str,
    /// Its error; `-` for none.
    pub error: &'static str,
}

/// All rows.
pub fn measured() -> &'static [Measured] {
    static ROWS: OnceLock<Vec<Measured>> = OnceLock::new();
    ROWS.get_or_init(|| {
        TABLE.lines().skip_while(|line| line.starts_with('#')).skip(1).filter_map(row).collect()
    })
}

fn row(line: &'static str) -> Option<Measured> {
    let mut cells = line.split('\t');
    let mut next = || cells.next();
    Some(Measured {
        player: next()?,
        version: next()?,
        format: next()?,
        probe: next()?,
        takes: next()?,
        asks: next()?,
        kid: next()?,
        error: next()?,
    })
}

/// One of the players that were measured.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Player(&'static str);

impl Player {
    /// All of them.
    pub fn all() -> Vec<Self> {
        let mut players: Vec<Self> = Vec::new();
        for row in measured() {
            if !players.contains(&Self(row.player)) {
                players.push(Self(row.player));
            }
        }
        players
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Player {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl FromStr for Player {
    type Err = NameError;

    /// Case, spaces and punctuation do not count, and the beginning will do: `shaka`, `dashjs`, `rx-player`.
    fn from_str(text: &str) -> Result<Self, NameError> {
        let plain = |name: &str| name.to_lowercase().replace(|c: char| !c.is_alphanumeric(), "");
        let asked = plain(text);
        let all = Self::all();
        let found = all.iter().find(|player| !asked.is_empty() && plain(player.0).starts_with(&asked));
        found.copied().ok_or_else(|| NameError::Player(text.to_owned()))
    }
}

impl Player {
    /// Their names.
    pub(crate) fn names() -> String {
        Self::all().iter().map(|player| player.0).collect::<Vec<_>>().join(", ")
    }
}

/// What players make of an oddity, in words: those for which it makes a difference, each with its version.
///
/// `right` is the probe that has the same form and is right altogether.
pub fn effects(format: Format, probe: &str, right: &str, only: Option<Player>) -> Option<String> {
    let rows = measured().iter().filter(|row| row.format == format.name() && row.probe == probe);
    let asked = rows.filter(|row| only.is_none_or(|only| only.0 == row.player));
    let effects = asked.filter_map(|row| {
        let base = measured()
            .iter()
            .find(|base| (base.player, base.format, base.probe) == (row.player, row.format, right))?;
        let effect = effect(row, base)?;
        Some(format!("{} {} {effect}", row.player, row.version))
    });
    let effects: Vec<String> = effects.collect();
    (!effects.is_empty()).then(|| effects.join("; "))
}

fn effect(row: &Measured, base: &Measured) -> Option<String> {
    // A player that does not read the form at all fails without the oddity, too.
    if base.takes == "-" && base.kid == "-" {
        return None;
    }
    let code = if row.error == "-" { String::new() } else { format!(" (error {})", row.error) };
    if base.takes != "-" && row.takes == "-" {
        return Some(format!("takes no object{code}"));
    }
    if base.asks != "-" && row.asks != base.asks {
        match row.asks {
            "-" => return Some(format!("asks for no license{code}")),
            "custom" => return Some("asks for licenses at the LA_URL in CUSTOMATTRIBUTES".to_owned()),
            "lui" => return Some("asks for licenses at LUI_URL".to_owned()),
            _ => {}
        }
    }
    if base.kid == "right" && row.kid != "right" {
        let what = match row.kid {
            "zeros" => "a key ID of zeros",
            "empty" => "a key ID of no bytes",
            "-" => "no key ID",
            _ => "another key ID",
        };
        return Some(format!("gets {what}{code}"));
    }
    (row.error != "-" && base.error == "-").then(|| format!("fails{code}"))
}

/// Which of several objects each player takes, in words. `names` says what the table's words are here.
pub fn takers(format: Format, probe: &str, names: &[(&str, &str)], only: Option<Player>) -> Option<String> {
    let mut groups: Vec<((&'static str, &'static str), Vec<String>)> = Vec::new();
    let rows = measured().iter().filter(|row| row.format == format.name() && row.probe == probe);
    for row in rows.filter(|row| row.takes != "-" && only.is_none_or(|only| only.0 == row.player)) {
        let player = format!("{} {}", row.player, row.version);
        // The URL may come from another object than the one that is handed over.
        let is_other = !matches!(row.asks, "-" | "application") && row.asks != row.takes;
        let what = (row.takes, if is_other { row.asks } else { "" });
        match groups.iter_mut().find(|(known, _)| *known == what) {
            Some((_, players)) => players.push(player),
            None => groups.push((what, vec![player])),
        }
    }
    let named = |words: &str| {
        let name = |word: &str| {
            names
                .iter()
                .find(|(known, _)| *known == word)
                .map_or(word.to_owned(), |(_, name)| (*name).to_owned())
        };
        words.split('+').map(name).collect::<Vec<_>>().join(" and ")
    };
    let parts = groups.into_iter().map(|((takes, asks), players)| {
        let verb = if players.len() == 1 { "takes" } else { "take" };
        let url =
            if asks.is_empty() { String::new() } else { format!(" and the license URL of {}", named(asks)) };
        format!("{} {verb} {}{url}", players.join(", "), named(takes))
    });
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_is_read() {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        assert_eq!(measured().len() + 1, lines.count());
        assert!(measured().len() > 100);
    }

    #[test]
    fn a_player_is_named_by_the_beginning_of_its_name() {
        for (text, name) in [
            ("shaka", "Shaka Player"),
            ("dashjs", "dash.js"),
            ("rx-player", "RxPlayer"),
            ("HLS.js", "hls.js"),
        ] {
            assert_eq!(text.parse::<Player>().unwrap().name(), name);
        }
        assert!("vlc".parse::<Player>().unwrap_err().to_string().contains("Shaka Player"));
        assert!("".parse::<Player>().is_err());
    }

    #[test]
    fn an_effect_is_what_the_right_form_does_not_have() {
        let said = effects(Format::Dash, "two-kids", "pro-4.0", None).unwrap();
        assert!(said.contains("Shaka Player 5") && said.contains("takes no object (error 4009)"), "{said}");
        // It takes no mspr:pro at all, with whatever key IDs.
        assert!(!said.contains("RxPlayer 4.5.0 takes no object"), "{said}");
        assert_eq!(effects(Format::Dash, "pro-4.0", "pro-4.0", None), None);
        let one =
            effects(Format::Dash, "lui-url-alone", "pro-4.0", Some("dash.js".parse().unwrap())).unwrap();
        assert!(one.starts_with("dash.js") && one.ends_with("asks for licenses at LUI_URL"), "{one}");
    }

    #[test]
    fn who_takes_which_object_is_said_by_player() {
        let names = [("first", "mspr:pro"), ("second", "cenc:pssh")];
        let said = takers(Format::Dash, "pro-and-pssh", &names, None).unwrap();
        assert!(said.contains("take cenc:pssh") && said.contains("the license URL of mspr:pro"), "{said}");
    }
}
