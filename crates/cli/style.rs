//! What text for people looks like. A terminal that shows no colours gets none (`terminal.rs`).

use anstyle::{AnsiColor, Style};
use prkit_playready::Level;

/// What a report is about.
pub(crate) const NAME: Style = Style::new().bold();
/// What went as it should.
pub(crate) const DONE: Style = AnsiColor::Green.on_default();
/// What is worth a look.
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default();
/// What is wrong.
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
/// What stands there for reference.
pub(crate) const DIM: Style = Style::new().dimmed();

/// How bad it is.
pub(crate) const fn of(level: Level) -> Style {
    match level {
        Level::Error => ERROR,
        Level::Warning => WARNING,
        Level::Note => AnsiColor::Cyan.on_default(),
    }
}
