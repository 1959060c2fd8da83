//! The names a query can set, and what they take.
//!
//! Source: MS docs `query-string-syntax.md`; the last five from the pages on exceptions, client information, secure
//! stop, domains and versions.

/// What the value of a parameter is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParameterKind {
    /// `true` or `false`.
    Bool,
    /// A number.
    Integer,
    /// A time: `yyyymmdd[hhmmss]`, GMT.
    Date,
    /// `header`, a GUID or the base64 of one.
    KeyId,
    /// A GUID or the base64 of one.
    Guid,
    /// A word of a few.
    Word(&'static [&'static str]),
    /// `1920x1080`.
    Resolution,
    /// `(guid:…,data:base64)`.
    Protection,
    /// `(guid,guid,…)`.
    Guids,
    /// Types and data of the extensible policy.
    Extended,
    /// Key material: never shown.
    Secret,
    /// Any text.
    Text,
}

/// A name a query can set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parameter {
    /// As documented first.
    pub name: &'static str,
    /// Other documented names for the same.
    pub aliases: &'static [&'static str],
    /// What it takes.
    pub kind: ParameterKind,
    /// What it does.
    pub text: &'static str,
}

const fn parameter(
    name: &'static str,
    aliases: &'static [&'static str],
    kind: ParameterKind,
    text: &'static str,
) -> Parameter {
    Parameter { name, aliases, kind, text }
}

/// All of them, in the order of the page.
pub const PARAMETERS: &[Parameter] = &[
    parameter("sl", &[], ParameterKind::Integer, "minimum security level: 150, 2000, 3000"),
    parameter("keyseed", &[], ParameterKind::Secret, "key seed instead of the test key seed"),
    parameter("kid", &[], ParameterKind::KeyId, "the key this group is for"),
    parameter("contentkey", &["ck"], ParameterKind::Secret, "content key instead of one from the seed"),
    parameter(
        "ckt",
        &[],
        ParameterKind::Word(&["aes128bitctr", "aes128bitcbc", "keyexchange"]),
        "type of the content key",
    ),
    parameter("tid", &[], ParameterKind::Guid, "transaction that the client must acknowledge"),
    parameter("playright", &[], ParameterKind::Bool, "right to play [default: true]"),
    parameter("readright", &[], ParameterKind::Bool, "right to read"),
    parameter("executeright", &[], ParameterKind::Bool, "right to execute"),
    parameter("extendedright", &[], ParameterKind::Extended, "extended right"),
    parameter("persist", &[], ParameterKind::Bool, "kept in the client's store"),
    parameter("simple", &[], ParameterKind::Bool, "simple non-persistent license, of older Silverlight"),
    parameter("begindate", &[], ParameterKind::Date, "not before"),
    parameter("enddate", &["expiration"], ParameterKind::Date, "not after"),
    parameter("firstplayexpiration", &["firstexp"], ParameterKind::Integer, "seconds after the first play"),
    parameter("realtime", &[], ParameterKind::Bool, "the end counts during a session; PlayReady 3"),
    parameter("removaldate", &[], ParameterKind::Date, "may be deleted from then on"),
    parameter("isroot", &[], ParameterKind::Bool, "a root license"),
    parameter("rootid", &[], ParameterKind::Guid, "key of the root of this leaf"),
    parameter("sourceid", &[], ParameterKind::Integer, "source id"),
    parameter("caopl", &[], ParameterKind::Integer, "output protection level, compressed audio"),
    parameter("ucaopl", &[], ParameterKind::Integer, "output protection level, uncompressed audio"),
    parameter("cvopl", &[], ParameterKind::Integer, "output protection level, compressed video"),
    parameter("ucvopl", &[], ParameterKind::Integer, "output protection level, uncompressed video"),
    parameter("avopl", &[], ParameterKind::Integer, "output protection level, analog video"),
    parameter("dvop", &[], ParameterKind::Protection, "explicit digital video output protection"),
    parameter("daop", &[], ParameterKind::Protection, "explicit digital audio output protection"),
    parameter("avop", &[], ParameterKind::Protection, "explicit analog video output protection"),
    parameter("extendedrestrictions", &[], ParameterKind::Extended, "extended restrictions of the right"),
    parameter("playenablers", &[], ParameterKind::Guids, "play enablers"),
    parameter("explicitacp", &[], ParameterKind::Integer, "AGC and color stripe, 0 to 3"),
    parameter("maxres", &[], ParameterKind::Resolution, "largest resolution decoded"),
    parameter("allowunknownsd", &[], ParameterKind::Bool, "unknown outputs, constrained resolution"),
    parameter("allowunknownhd", &[], ParameterKind::Bool, "unknown outputs, any resolution"),
    parameter("clientinfo", &[], ParameterKind::Text, "reflects what the client sent"),
    parameter("revoked", &[], ParameterKind::Bool, "acts as if the device were revoked"),
    parameter("errorcode", &[], ParameterKind::Text, "answers with this error"),
    parameter("msg", &[], ParameterKind::Text, "answers with a message: clientinfo"),
    parameter("securestop", &[], ParameterKind::Bool, "the end of playback is reported"),
    parameter("accountid", &[], ParameterKind::Guid, "domain account the license is bound to"),
];

/// Names of the legacy syntax that are documented, and what they are called now.
pub(crate) const LEGACY: &[(&str, &str)] = &[
    ("PlayRight", "playright"),
    ("FirstPlayExpiration", "firstplayexpiration"),
    ("UncompressedDigitalVideoOPL", "ucvopl"),
    ("UseSimpleNonPersistentLicense", "simple"),
    ("AccountID", "accountid"),
];

/// The parameter of a name, in any case.
pub fn parameter_named(name: &str) -> Option<&'static Parameter> {
    PARAMETERS.iter().find(|parameter| {
        parameter.name.eq_ignore_ascii_case(name)
            || parameter.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_aliases_are_found_in_any_case() {
        assert_eq!(parameter_named("FirstExp").unwrap().name, "firstplayexpiration");
        assert_eq!(parameter_named("ck").unwrap().kind, ParameterKind::Secret);
        assert_eq!(parameter_named("nonsense"), None);
        for (_, name) in LEGACY {
            assert!(parameter_named(name).is_some(), "{name}");
        }
    }

    #[test]
    fn no_name_stands_twice() {
        let mut names: Vec<_> = PARAMETERS
            .iter()
            .flat_map(|p| core::iter::once(p.name).chain(p.aliases.iter().copied()))
            .collect();
        names.sort_unstable();
        assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
    }
}
