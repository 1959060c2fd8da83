//! The rules of boxes, of text around payloads, and of manifests. Those of payloads are in the core crate.

use prkit_manifest::OddityKind;
use prkit_playready::{Level, Rule};

pub(super) static BOX_01: Rule = Rule {
    id: "BOX-01",
    level: Level::Warning,
    section: "ISO/IEC 14496-12, 4.2",
    title: "boxes fill their container",
};
pub(super) static BOX_02: Rule = Rule {
    id: "BOX-02",
    level: Level::Warning,
    section: "ISO/IEC 14496-12, 8.5.2",
    title: "sample entries hold what can be read",
};
pub(super) static BOX_03: Rule = Rule {
    id: "BOX-03",
    level: Level::Warning,
    section: "ISO/IEC 23001-7, 8.1",
    title: "nothing stands behind the data of a pssh box",
};
pub(super) static BOX_04: Rule = Rule {
    id: "BOX-04",
    level: Level::Error,
    section: "ISO/IEC 23001-7, 8.1; C-13: Microsoft's DASH page shows it wrong",
    title: "a pssh box has its size and type",
};
pub(super) static BOX_06: Rule = Rule {
    id: "BOX-06",
    level: Level::Error,
    section: "ISO/IEC 23001-7, 8.1",
    title: "a pssh box can be read",
};
pub(super) static BOX_07: Rule = Rule {
    id: "BOX-07",
    level: Level::Warning,
    section: "ISO/IEC 23001-7, 8.1",
    title: "boxes about keys are of a version that is defined",
};
pub(super) static BOX_08: Rule = Rule {
    id: "BOX-08",
    level: Level::Note,
    section: "ISO/IEC 23001-7, 8.1",
    title: "the flags of a pssh box are zero",
};
pub(super) static BOX_09: Rule = Rule {
    id: "BOX-09",
    level: Level::Warning,
    section: "ISO/IEC 23001-7, 8.1",
    title: "a pssh box lists a key ID once",
};
pub(super) static BOX_10: Rule = Rule {
    id: "BOX-10",
    level: Level::Error,
    section: "ISO/IEC 23001-7, 8.1; nginx-vod-module issue 895",
    title: "a PlayReady Object is under PlayReady's SystemID",
};
pub(super) static BOX_11: Rule = Rule {
    id: "BOX-11",
    level: Level::Warning,
    section: "ISO/IEC 23001-7, 8.1.2",
    title: "PlayReady Objects in a media file are where readers look for them",
};
pub(super) static TXT_01: Rule = Rule {
    id: "TXT-01",
    level: Level::Warning,
    section: "RFC 4648, 4; dash.js issue 3260, pssh-box-rs",
    title: "base64 is of the standard alphabet, padded, on one line",
};

static MAN_01: Rule =
    Rule { id: "MAN-01", level: Level::Warning, section: "XML 1.0, 2.1", title: "tags are closed, in order" };
static MAN_02: Rule = Rule {
    id: "MAN-02",
    level: Level::Warning,
    section: "XML 1.0, 2.3",
    title: "attribute values stand between two straight quotes",
};
static MAN_03: Rule = Rule {
    id: "MAN-03",
    level: Level::Warning,
    section: "Namespaces in XML 1.0, 3; ISO/IEC 23009-1, 5.8.4.1",
    title: "prefixes are declared, and elements are in their namespace",
};
static MAN_04: Rule = Rule {
    id: "MAN-04",
    level: Level::Warning,
    section: "XML 1.0, 2.1",
    title: "a document has one root element, of its kind",
};
static MAN_05: Rule = Rule {
    id: "MAN-05",
    level: Level::Warning,
    section: "XML 1.0, 4.3.3",
    title: "the text is in the encoding that it declares",
};
static MAN_06: Rule = Rule {
    id: "MAN-06",
    level: Level::Warning,
    section: "XML 1.0, 2.8",
    title: "no document type is declared",
};
static MAN_07: Rule = Rule {
    id: "MAN-07",
    level: Level::Error,
    section: "RFC 4648, 4",
    title: "base64 in the text can be read",
};
static MAN_08: Rule = Rule {
    id: "MAN-08",
    level: Level::Warning,
    section: "ISO/IEC 23001-7, 11.2",
    title: "key ids are written as UUIDs",
};
static MAN_09: Rule = Rule {
    id: "MAN-09",
    level: Level::Warning,
    section: "ISO/IEC 23009-1, 5.8.4.1; facts of HbbTV 1.5",
    title: "the SystemID is that of the data below it",
};
static MAN_10: Rule = Rule {
    id: "MAN-10",
    level: Level::Warning,
    section: "PlayReady: DASH content protection",
    title: "an object stands where one is due, a box where a box is",
};
static MAN_11: Rule = Rule {
    id: "MAN-11",
    level: Level::Warning,
    section: "RFC 8216, 4",
    title: "lines and attributes of a playlist can be read",
};
static MAN_12: Rule = Rule {
    id: "MAN-12",
    level: Level::Warning,
    section: "RFC 8216, 4.3.2.2; ISO/IEC 23009-1, 5.3.9",
    title: "byte ranges can be read",
};
static MAN_13: Rule =
    Rule { id: "MAN-13", level: Level::Warning, section: "RFC 3986, 5", title: "references can be followed" };

static MAN_14: Rule = Rule {
    id: "MAN-14",
    level: Level::Warning,
    section: "ISO/IEC 23009-1, 5.8.4.1; RFC 8216, 4.3.2.4",
    title: "PlayReady Objects and pssh boxes are where readers look for them",
};

static MAN_15: Rule = Rule {
    id: "MAN-15",
    level: Level::Error,
    section: "ISO/IEC 23009-1, 5.3.12 and 5.8.4.1.3",
    title: "ref and initializationSetRef lead to what is in the document",
};

/// The rules of boxes, of the text around payloads and of manifests.
pub(super) static RULES: [&Rule; 26] = [
    &BOX_01, &BOX_02, &BOX_03, &BOX_04, &BOX_06, &BOX_07, &BOX_08, &BOX_09, &BOX_10, &BOX_11, &TXT_01,
    &MAN_01, &MAN_02, &MAN_03, &MAN_04, &MAN_05, &MAN_06, &MAN_07, &MAN_08, &MAN_09, &MAN_10, &MAN_11,
    &MAN_12, &MAN_13, &MAN_14, &MAN_15,
];

/// All rules: those of the box and the text, then those of the payload.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    RULES.into_iter().chain(super::players::RULES).chain(prkit_playready::rules())
}

/// The rule of an oddity in a manifest.
pub(super) fn of_text(kind: &OddityKind) -> &'static Rule {
    RULES.into_iter().find(|rule| rule.id == kind.rule()).unwrap_or(&MAN_01)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_oddity_has_its_rule() {
        for kind in [
            OddityKind::Tag,
            OddityKind::Encoding,
            OddityKind::Reference(String::new()),
            OddityKind::Hidden(""),
            OddityKind::Dangling(String::new()),
        ] {
            assert_eq!(of_text(&kind).id, kind.rule());
        }
        let mut ids: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), RULES.len(), "two rules have one number");
    }
}
