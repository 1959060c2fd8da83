//! Key ids and content keys as people give them.
//!
//! No message repeats a key, nor what might be one.

use crate::args::Secret;
use crate::exit::Stop;
use crate::values;
use prkit_playready::{Key, Keyring};
use zeroize::Zeroizing;

pub(crate) use prkit_batch::{HIDDEN, harmless, is_key_like};

/// Key ids, with their keys or without.
pub(crate) fn keys(option: &str, given: &[Secret]) -> Result<Vec<Key>, Stop> {
    let read = |given: &Secret| given.expose().parse();
    given.iter().map(|given| read(given).map_err(|error| Stop::usage(format!("{option}: {error}")))).collect()
}

/// The `KID:KEY` lines that `--keys` names.
pub(crate) fn list(source: Option<&str>) -> Result<Keyring, Stop> {
    let Some(source) = source else { return Ok(Keyring::default()) };
    match lines(source)? {
        Some(text) => pairs(&text),
        None => Err(Stop::usage(format!(
            "{OPTION} takes @FILE, - or env:NAME: keys on the command line are seen by everybody"
        ))),
    }
}

/// The same, or a line itself.
pub(crate) fn list_or_pair(source: &str) -> Result<Keyring, Stop> {
    let text = lines(source)?;
    pairs(text.as_ref().map_or(source, |text| text.as_str()))
}

fn lines(source: &str) -> Result<Option<Zeroizing<String>>, Stop> {
    values::read_text(source).map_err(|error| Stop::usage(format!("{OPTION}: {error}")))
}

const OPTION: &str = "--keys";

/// The keys that lines of text say.
fn pairs(text: &str) -> Result<Keyring, Stop> {
    let lines = text.lines().map(str::trim).enumerate();
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let pairs = lines.map(|(i, line)| {
        Key::pair(line)
            .map_err(|error| Stop::usage(format!("{OPTION}, line {}: {error}", i.saturating_add(1))))
    });
    pairs.collect()
}

/// A secret: itself, `@FILE` or `env:NAME`.
pub(crate) fn secret(option: &str, value: &str) -> Result<Zeroizing<String>, Stop> {
    if value == "-" {
        return Ok(Zeroizing::new(value.to_owned()));
    }
    let text = values::read_text(value).map_err(|error| Stop::usage(format!("{option}: {error}")))?;
    Ok(text.unwrap_or_else(|| Zeroizing::new(value.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "00112233-4455-6677-8899-aabbccddeeff";
    const HEX: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn lines_hold_a_key_each() {
        let ring = list_or_pair(&format!("# keys\n\n{ID}:{HEX}\r\n")).unwrap();
        assert!(ring.get(ID.parse().unwrap()).is_some());
    }

    #[test]
    fn no_message_repeats_a_key() {
        let secret = "0123456789abcdef0123456789abcdeX";
        for line in [secret.to_owned(), format!("{ID}:{secret}"), format!("{secret}:{ID}")] {
            let error = list_or_pair(&line).unwrap_err().message();
            assert!(error.contains("--keys, line 1: ") && !error.contains("0123"), "{error}");
        }
    }
}
