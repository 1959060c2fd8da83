//! Who has to read a header: a version of PlayReady, or a product that the specification names (PRH spec 3.1, notes).

use super::Client;
use crate::NameError;
use core::fmt;
use core::str::FromStr;

/// A client, and what the specification says of the product that it was asked by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Target {
    /// The version of PlayReady.
    pub client: Client,
    /// The note of the version matrix, where a product was named.
    pub note: Option<&'static str>,
}

/// A name, the first number of its version, and the note that says so.
type Product = (&'static str, u16, &'static str);

const NOTE_1: &str = "note 1: most non-Windows devices (for example, smart TVs) released between 2008 and 2011 are \
    PlayReady 1.x clients";
const NOTE_2: &str = "note 2: Silverlight and Windows 8, 8.1 are PlayReady 2.x clients";
const NOTE_2_TVS: &str = "note 2: most non-Windows devices (for example, smart TVs) released between 2011 and 2017 are \
    PlayReady 2.x clients";
const NOTE_3: &str = "note 3: Windows 10 (all versions) is a PlayReady 3.x client";
const NOTE_3_XBOX: &str = "note 3: Xbox One version 1703 or lower is a PlayReady 3.x client; note 4: from version 1709 on \
    it is a 4.x client (xbox-one-1709)";
const NOTE_3_TVS: &str = "note 3: newest non-Windows devices (for example, smart TVs) released after 2017 are PlayReady 3.x \
    clients";
const NOTE_4: &str = "note 4: Xbox One version 1709 or higher is a PlayReady 4.x client";

const PRODUCTS: [Product; 7] = [
    ("silverlight", 2, NOTE_2),
    ("windows-8", 2, NOTE_2),
    ("windows-8.1", 2, NOTE_2),
    ("windows-10", 3, NOTE_3),
    // The lower version where a name stands for two: what it reads, the other reads too.
    ("xbox-one", 3, NOTE_3_XBOX),
    ("xbox-one-1703", 3, NOTE_3_XBOX),
    ("xbox-one-1709", 4, NOTE_4),
];

/// The first and the last year of television sets that the notes speak of, and what they are. Where two notes have a
/// year, the earlier one counts: what those devices read, the others read too.
const YEARS: [(u16, u16, u16, &str); 3] =
    [(2008, 2011, 1, NOTE_1), (2011, 2017, 2, NOTE_2_TVS), (2018, u16::MAX, 3, NOTE_3_TVS)];

impl Target {
    /// The names of products, for people.
    pub fn products() -> String {
        PRODUCTS.map(|(name, ..)| name).join(", ")
    }
}

impl FromStr for Target {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let name = text.trim().to_ascii_lowercase().replace([' ', '_'], "-");
        if let Some((_, major, note)) = PRODUCTS.iter().find(|(known, ..)| *known == name) {
            return Ok(Self { client: Client::new(*major, 0), note: Some(note) });
        }
        let year = name.strip_prefix("tv-").unwrap_or(&name);
        if let Some(year) = year.parse::<u16>().ok().filter(|year| *year >= 1000) {
            let known = YEARS.iter().find(|(first, last, ..)| (*first..=*last).contains(&year));
            return match known {
                Some((_, _, major, note)) => Ok(Self { client: Client::new(*major, 0), note: Some(note) }),
                None => Err(NameError::Year(text.to_owned())),
            };
        }
        match text.parse() {
            Ok(client) => Ok(Self { client, note: None }),
            Err(_) => Err(NameError::Target(text.to_owned())),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.client.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_is_the_client_that_the_notes_of_the_matrix_say() {
        for (name, major) in [
            ("silverlight", 2),
            ("windows-8", 2),
            ("windows-8.1", 2),
            ("Windows 10", 3),
            ("xbox-one", 3),
            ("xbox-one-1703", 3),
            ("xbox-one-1709", 4),
            ("2008", 1),
            ("2010", 1),
            ("2011", 1),
            ("2012", 2),
            ("tv-2017", 2),
            ("2018", 3),
            ("2026", 3),
        ] {
            let target: Target = name.parse().unwrap();
            assert_eq!(target.client, Client::new(major, 0), "{name}");
            assert!(target.note.unwrap().contains("PlayReady"), "{name}");
        }
        assert_eq!("4.5".parse(), Ok(Target { client: Client::new(4, 5), note: None }));
    }

    #[test]
    fn what_is_neither_is_named_with_what_would_be_one() {
        for unknown in ["playstation", "77", "windows-11", "1999"] {
            let error = unknown.parse::<Target>().unwrap_err().to_string();
            assert!(error.contains(unknown), "{error}");
        }
        assert!("windows-11".parse::<Target>().unwrap_err().to_string().contains("windows-10, xbox-one"));
    }
}
