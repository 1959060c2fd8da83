//! `prkit config`: which options have other defaults here, and where that is written.

use crate::config::{KEYS, default_of, path};
use crate::exit::{Status, Stop};
use crate::terminal;
use std::fmt::Write as _;
use std::fs::File;
use std::io::ErrorKind;

pub(crate) fn run() -> Result<Status, Stop> {
    let path = path().ok_or_else(|| Stop::Failed("there is no home folder".to_owned()))?;
    let state = match File::open(&path) {
        Ok(_) => "",
        Err(error) if error.kind() == ErrorKind::PermissionDenied => " (not read: permission denied)",
        Err(_) => " (there is no such file)",
    };
    let mut text = format!("{}{state}\n", terminal::path(&path));
    for (key, about) in KEYS {
        let value = default_of(key).map_or_else(
            || "not set".to_owned(),
            |default| format!("{} (line {})", terminal::escaped(&default.value), default.line),
        );
        // A string takes what is written into it.
        let _ = writeln!(text, "  {key:<8}  {value}: {about}");
    }
    terminal::put(text.as_bytes())?;
    Ok(Status::Done)
}
