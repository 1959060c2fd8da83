//! URL templates (ISO/IEC 23009-1, 5.3.9.4.4).
//!
//! ```text
//!   video/$RepresentationID$/$Number%05d$.m4s      $Time$ $Bandwidth$ $$
//! ```

use crate::limits::MAX_WIDTH;
use core::fmt::Write as _;

/// A template, taken apart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Part {
    Text(String),
    Value(Identifier, usize),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Identifier {
    Number,
    Time,
    Bandwidth,
    Representation,
}

/// What a template is filled with.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Values<'v> {
    pub(super) number: u64,
    pub(super) time: u64,
    pub(super) bandwidth: u64,
    pub(super) representation: &'v str,
}

/// An identifier that is none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Unknown(pub(super) String);

impl Template {
    /// Takes a template apart; an unknown identifier is given back.
    pub(super) fn parse(text: &str) -> Result<Self, Unknown> {
        let mut parts = Vec::new();
        let mut pieces = text.split('$');
        parts.extend(pieces.next().filter(|text| !text.is_empty()).map(|text| Part::Text(text.to_owned())));
        while let Some(name) = pieces.next() {
            // An identifier stands between two signs: the text behind it comes with it.
            let Some(after) = pieces.next() else { return Err(Unknown(format!("${name}"))) };
            parts.push(Self::identifier(name)?);
            if !after.is_empty() {
                parts.push(Part::Text(after.to_owned()));
            }
        }
        Ok(Self { parts })
    }

    fn identifier(text: &str) -> Result<Part, Unknown> {
        let unknown = || Unknown(format!("${text}$"));
        let (name, format) = text.split_once('%').unwrap_or((text, "01d"));
        let width = format.strip_prefix('0').unwrap_or(format).strip_suffix('d').ok_or_else(unknown)?;
        let width = if width.is_empty() { 1 } else { width.parse().map_err(|_| unknown())? };
        let identifier = match name {
            "" if format == "01d" => return Ok(Part::Text("$".to_owned())),
            "Number" => Identifier::Number,
            "Time" => Identifier::Time,
            "Bandwidth" => Identifier::Bandwidth,
            "RepresentationID" => Identifier::Representation,
            _ => return Err(unknown()),
        };
        if width > MAX_WIDTH {
            return Err(unknown());
        }
        Ok(Part::Value(identifier, width))
    }

    /// Whether segments differ by their number or time at all.
    pub(super) fn counts(&self) -> bool {
        let counts = |part: &Part| matches!(part, Part::Value(Identifier::Number | Identifier::Time, _));
        self.parts.iter().any(counts)
    }

    /// The address with these values.
    pub(super) fn fill(&self, values: &Values<'_>) -> String {
        let mut filled = String::new();
        for part in &self.parts {
            // Writing to a string cannot fail.
            let _ = match part {
                Part::Text(text) => filled.write_str(text),
                Part::Value(Identifier::Representation, _) => filled.write_str(values.representation),
                Part::Value(Identifier::Number, width) => write!(filled, "{:0width$}", values.number),
                Part::Value(Identifier::Time, width) => write!(filled, "{:0width$}", values.time),
                Part::Value(Identifier::Bandwidth, width) => write!(filled, "{:0width$}", values.bandwidth),
            };
        }
        filled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: &str) -> Result<String, Unknown> {
        let values = Values { number: 7, time: 90_000, bandwidth: 1000, representation: "v$1" };
        Template::parse(template).map(|template| template.fill(&values))
    }

    #[test]
    fn identifiers_are_filled_in_with_their_width() {
        assert_eq!(filled("$RepresentationID$/$Number%05d$-$Time$.m4s").unwrap(), "v$1/00007-90000.m4s");
        assert_eq!(filled("$Bandwidth%3d$$$x$Number$").unwrap(), "1000$x7");
        assert_eq!(filled("init.mp4").unwrap(), "init.mp4");
        assert_eq!(filled("").unwrap(), "");
    }

    #[test]
    fn what_is_no_identifier_is_named() {
        assert_eq!(filled("a$Numer$b"), Err(Unknown("$Numer$".to_owned())));
        assert_eq!(filled("a$Number"), Err(Unknown("$Number".to_owned())));
        assert_eq!(filled("$Number%0999999999d$"), Err(Unknown("$Number%0999999999d$".to_owned())));
        assert_eq!(filled("$SubNumber$"), Err(Unknown("$SubNumber$".to_owned())));
    }

    #[test]
    fn a_template_knows_whether_it_counts() {
        assert!(Template::parse("$Time$").unwrap().counts());
        assert!(!Template::parse("$RepresentationID$.mp4").unwrap().counts());
    }
}
