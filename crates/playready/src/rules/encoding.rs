//! PRH-01: the encoding of the header (PRH spec 3).

use super::fix::How;
use super::{Findings, Level, Otherwise, Part, Rule};
use crate::Encoding;

static PRH_01: Rule = Rule {
    id: "PRH-01",
    level: Level::Error,
    section: "PRH spec 3; byte order: Microsoft, \"How to generate a PlayReady header\"",
    title: "a header is little-endian UTF-16, without byte order mark and zeros",
};

static PRH_01_READABLE: Otherwise = Otherwise {
    rule: "PRH-01",
    level: Level::Warning,
    when: "for big-endian UTF-16, a byte order mark and zeros, which many readers take",
};

pub(super) static RULES: &[&Rule] = &[&PRH_01];
pub(super) static OTHERWISE: &[&Otherwise] = &[&PRH_01_READABLE];

pub(super) fn check(part: &Part<'_>, findings: &mut Findings) {
    let header = part.header;
    let mendable = header.straight_bytes().is_some();
    let mut add = |message: &str, is_readable: bool| {
        let finding = findings.header(part, &PRH_01, message).otherwise_if(is_readable, &PRH_01_READABLE);
        if mendable {
            finding.fix("write it in little-endian UTF-16", How::Encoding);
        }
    };
    match header.encoding() {
        Encoding::Utf16Le => {}
        Encoding::Utf16Be => add("the header is big-endian UTF-16", true),
        Encoding::Utf8 => add("the header is UTF-8", false),
    }
    if header.has_byte_order_mark() {
        add("a byte order mark stands in front of the header", true);
    }
    if header.as_str().ends_with('\0') {
        add("the header ends with a zero character", true);
    }
    if header.is_lossy() {
        let message = "the header holds units that are no characters";
        findings.header(part, &PRH_01, message);
    }
}
