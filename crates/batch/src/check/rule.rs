//! The rules of `check`, in one table.

use prkit_playready::Level;

/// A rule.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Rule {
    HeaderKeys,
    ByteOrder,
    DefaultKid,
    BoxKeys,
    GroupKeys,
    Algorithm,
    Scheme,
    Objects,
    SessionKeys,
    Ranges,
    Checksum,
    Unchecked,
    Manifests,
    Document,
    Object,
    Protection,
    Media,
    LicenseUrl,
    /// CHK-19.
    References,
    /// CHK-20.
    Identical,
    /// CHK-21.
    KeyLines,
    /// CHK-22.
    SharedKey,
}

/// Number, level, what is to agree.
pub const RULES: [(Rule, &str, Level, &str); 22] = [
    (
        Rule::HeaderKeys,
        "CHK-01",
        Level::Error,
        "the header that players take names the keys that samples are encrypted with (D-06)",
    ),
    (
        Rule::ByteOrder,
        "CHK-02",
        Level::Error,
        "key ids have the byte order of their place: GUID in headers, UUID everywhere else",
    ),
    (
        Rule::DefaultKid,
        "CHK-03",
        Level::Error,
        "default_KID and KEYID name the key of the track, tenc (D-07)",
    ),
    (
        Rule::BoxKeys,
        "CHK-04",
        Level::Error,
        "the key ids of a version 1 pssh box are those of its header, or of the track",
    ),
    (
        Rule::GroupKeys,
        "CHK-05",
        Level::Error,
        "headers of a fragment, or of what is above it, name the keys of its sample groups, seig",
    ),
    (
        Rule::Algorithm,
        "CHK-06",
        Level::Error,
        "ALGID goes with the scheme: AESCTR with cenc and cens, AESCBC with cbcs and cbc1",
    ),
    (
        Rule::Scheme,
        "CHK-07",
        Level::Error,
        "the manifest names the scheme of the media: value of mp4protection, METHOD, schm (D-01)",
    ),
    (
        Rule::Objects,
        "CHK-08",
        Level::Error,
        "the objects of manifest, initialisation segment and fragments say the same",
    ),
    (
        Rule::SessionKeys,
        "CHK-09",
        Level::Error,
        "the session keys of a multivariant playlist name the keys of all its playlists",
    ),
    (
        Rule::Ranges,
        "CHK-10",
        Level::Error,
        "byte ranges begin and end where boxes do, and hold what they are for",
    ),
    (Rule::Checksum, "CHK-11", Level::Error, "key checksums are those of the keys that are given"),
    (Rule::Unchecked, "CHK-12", Level::Warning, "every file that is named can be looked at"),
    (Rule::Manifests, "CHK-13", Level::Error, "manifests that share media say the same of them"),
    (Rule::Document, "CHK-14", Level::Warning, "documents are well-formed"),
    (Rule::Object, "CHK-15", Level::Error, "PlayReady's objects can be read"),
    (Rule::Protection, "CHK-16", Level::Error, "what a manifest calls encrypted is, and nothing else"),
    (
        Rule::Media,
        "CHK-17",
        Level::Error,
        "media files are whole, and offsets in them lead to what they are for",
    ),
    (
        Rule::LicenseUrl,
        "CHK-18",
        Level::Error,
        "license URLs beside the object are those of the header; players take them first",
    ),
    (
        Rule::References,
        "CHK-19",
        Level::Error,
        "ref leads to one descriptor with that refId, and of the same scheme; initializationSetRef to a set",
    ),
    (
        Rule::Identical,
        "CHK-20",
        Level::Error,
        "descriptors of one system under one default_KID are identical (DASH-IF IOP 5, part 6)",
    ),
    (
        Rule::KeyLines,
        "CHK-21",
        Level::Error,
        "key lines of several systems for the same segments name one key and one method",
    ),
    (Rule::SharedKey, "CHK-22", Level::Note, "video and audio have keys of their own, which SL3000 asks for"),
];

impl Rule {
    fn row(self) -> Option<&'static (Self, &'static str, Level, &'static str)> {
        RULES.iter().find(|(rule, ..)| *rule == self)
    }

    /// The number.
    pub fn id(self) -> &'static str {
        self.row().map_or("CHK-00", |(_, id, ..)| id)
    }

    /// The usual level.
    pub fn level(self) -> Level {
        self.row().map_or(Level::Error, |(_, _, level, _)| *level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_rule_has_one_row_and_a_number_of_its_own() {
        let ids: HashSet<_> = RULES.iter().map(|(_, id, ..)| id).collect();
        let rules: HashSet<_> = RULES.iter().map(|(rule, ..)| rule).collect();
        assert_eq!((ids.len(), rules.len()), (RULES.len(), RULES.len()));
        assert_eq!((Rule::Unchecked.id(), Rule::Unchecked.level()), ("CHK-12", Level::Warning));
    }
}
