//! `prkit help TOPIC`: what several commands have in common.

use std::ffi::OsString;

/// Where they are named.
pub(crate) const LIST: &str = "Topics: prkit help selecting, fitting, titles, safety";

/// By name.
const TOPICS: [(&str, &str); 4] = [
    ("selecting", include_str!("topics/selecting.txt")),
    ("fitting", include_str!("topics/fitting.txt")),
    ("titles", include_str!("topics/titles.txt")),
    ("safety", include_str!("topics/safety.txt")),
];

/// The text, where one is asked for.
pub(crate) fn asked(typed: &[OsString]) -> Option<&'static str> {
    match typed {
        [_, help, topic] if help == "help" => {
            TOPICS.iter().find(|(name, _)| topic == name).map(|(_, text)| *text)
        }
        _ => None,
    }
}
