//! What is the same every day: defaults of some options, from a file in the user's configuration folder.
//!
//! ```toml
//! jobs = 4
//! la-url = "https://license.example.com/rightsmanager.asmx"
//! ```
//!
//! Nothing in it changes which files are written, or what becomes of a header that is there. The folder in which the program
//! runs is not looked at: it may be somebody else's.

use crate::args::{Colors, Command, InjectOptions, ObjectArgs, ProgressWhen};
use crate::exit::Stop;
use clap::Command as Parser;
use clap::ValueEnum as _;
use etcetera::{BaseStrategy as _, choose_base_strategy};
use prkit_playready::{KeyId, SystemId};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::OnceLock;

/// What the parser takes defaults from, once it was read.
static DEFAULTS: OnceLock<BTreeMap<String, Default>> = OnceLock::new();

/// Keys of the file, and what they are about.
pub(crate) const KEYS: [(&str, &str); 6] = [
    ("jobs", "--jobs of every command that has it"),
    ("color", "--color"),
    ("progress", "--progress of every command that has it"),
    ("system", "--system of show, extract and lint"),
    ("la-url", "--la-url of new, and of inject where it makes an object"),
    ("ds-id", "--ds-id of the same"),
];

/// A value, and the line that it is in.
#[derive(Debug)]
pub(crate) struct Default {
    pub(crate) value: String,
    pub(crate) line: usize,
}

/// The value of a key as an option has it, or what would be one.
fn checked(key: &str, value: &Value) -> Result<String, String> {
    let known = || KEYS.map(|(key, _)| key).join(", ");
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let (is_right, right) = match key {
        "jobs" => (value.as_u64().is_some_and(|jobs| (1..=64).contains(&jobs)), "1 to 64".to_owned()),
        "color" => (Colors::from_str(&text, false).is_ok(), "auto, always or never".to_owned()),
        "progress" => (ProgressWhen::from_str(&text, false).is_ok(), "auto, always or never".to_owned()),
        "system" if text == "all" => (true, String::new()),
        "system" => match text.parse::<SystemId>() {
            Ok(_) => (true, String::new()),
            Err(error) => return Err(error.to_string()),
        },
        "la-url" => (value.is_string(), "a URL in quotes".to_owned()),
        "ds-id" => {
            let is_id = text.parse::<KeyId>().is_ok() || KeyId::from_guid_base64(&text).is_some();
            (is_id, "a GUID, or 16 bytes in base64".to_owned())
        }
        _ => return Err(format!("there is no key {key:?}; expected one of {}", known())),
    };
    if is_right { Ok(text) } else { Err(format!("{key} is {text:?}; expected {right}")) }
}

/// Where the file is, if it is there. None where there is no home folder.
pub(crate) fn path() -> Option<PathBuf> {
    Some(choose_base_strategy().ok()?.config_dir().join("prkit").join("config.toml"))
}

/// Reads the file, for the parser.
pub(crate) fn load() -> Result<(), Stop> {
    let Some(path) = path() else { return Ok(()) };
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        // `sudo -u` and containers keep HOME: the configuration of somebody else is none of ours.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied) => {
            return Ok(());
        }
        Err(error) => return Err(Stop::usage(format!("{}: {error}", crate::terminal::path(&path)))),
    };
    let wrong = |line: &str, why: &str| {
        let why = crate::terminal::escaped(why);
        Stop::usage(format!("{}{line}: {why}", crate::terminal::path(&path)))
    };
    // The parser of the file names the line of what is no TOML.
    let values: BTreeMap<String, Value> =
        basic_toml::from_str(&text).map_err(|error| wrong("", &error.to_string()))?;
    let mut defaults = BTreeMap::new();
    for (key, value) in values {
        let is_here = |line: &str| {
            line.split(['=', ']'])
                .next()
                .is_some_and(|name| name.trim().trim_matches(['"', '\'', '[']) == key)
        };
        let line = text.lines().position(is_here).map_or(0, |at| at.saturating_add(1));
        let value = checked(&key, &value).map_err(|why| wrong(&format!(", line {line}"), &why))?;
        defaults.insert(key, Default { value, line });
    }
    // Whoever asks twice gets what was read first.
    let _ = DEFAULTS.set(defaults);
    Ok(())
}

/// What the file has for a key.
pub(crate) fn default_of(key: &str) -> Option<&'static Default> {
    DEFAULTS.get()?.get(key)
}

/// The value of a key.
pub(crate) fn value(key: &str) -> Option<&'static str> {
    default_of(key).map(|default| default.value.as_str())
}

/// A command whose options have the defaults of the file.
pub(crate) fn with_defaults(name: &str, command: Parser) -> Parser {
    // Commands that write choose by it what is written.
    let is_shown = matches!(name, "show" | "extract" | "lint");
    ["jobs", "color", "progress", "system"].into_iter().filter(|key| *key != "system" || is_shown).fold(
        command,
        |command, key| match value(key) {
            Some(value) if command.get_arguments().any(|arg| arg.get_id() == key) => {
                command.mut_arg(key, |arg| arg.default_value(value))
            }
            _ => command,
        },
    )
}

/// What a new object holds where nothing else is said.
pub(crate) fn complete(command: &mut Command) {
    let fill = |object: &mut ObjectArgs| {
        object.la_url = object.la_url.take().or_else(|| value("la-url").map(str::to_owned));
        object.ds_id = object.ds_id.take().or_else(|| value("ds-id").map(str::to_owned));
    };
    match command {
        Command::New(args) => fill(&mut args.object),
        Command::Inject(args) => {
            let InjectOptions { what, .. } = &args.options;
            if !what.is_given() && args.options.says_what() {
                fill(&mut args.options.object);
            }
        }
        _ => {}
    }
}
