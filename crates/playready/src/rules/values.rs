//! PRH-12 to 14: sizes and URLs (PRH spec 3.3 to 3.6, 6).

use super::{Findings, Level, Part, Rule};
use crate::Field;
use crate::header::{is_absolute, utf16_len};

static PRH_12: Rule = Rule {
    id: "PRH-12",
    level: Level::Warning,
    section: "PRH spec 3.5, 3.6, notes; not repeated for 4.2 and 4.3",
    title: "a header has at most 1 KB",
};
static PRH_13: Rule = Rule {
    id: "PRH-13",
    level: Level::Warning,
    section: "PRH spec 6",
    title: "CUSTOMATTRIBUTES has at most 1 KB",
};
pub(super) static PRH_14: Rule = Rule {
    id: "PRH-14",
    level: Level::Error,
    section: "PRH spec 3.3.3 to 3.6.2",
    title: "LA_URL and LUI_URL are absolute URLs, with nothing around them",
};

static URL_01: Rule = Rule {
    id: "URL-01",
    level: Level::Warning,
    section: "Microsoft, \"Query string syntax\" of the test server, 2026-04-17; inputstream.adaptive issue 2008",
    title: "the key type in a license URL (ckt) has its present name",
};

pub(super) static RULES: &[&Rule] = &[&PRH_12, &PRH_13, &PRH_14, &URL_01];

const KB: usize = 1024;

pub(super) fn check(part: &Part<'_>, findings: &mut Findings) {
    let header = part.header;
    let len = header.bytes().len();
    if len > KB {
        let level = if header.level() < 2 { Level::Warning } else { Level::Note };
        let message = format!("the header has {len} bytes; {KB} are recommended at most");
        findings.header(part, &PRH_12, message).level(level);
    }
    if let Some(element) = header.find(Field::CustomAttributes.element()).next() {
        // Of which unit the text speaks is not said; bytes as they stand in the record are the strictest.
        let said = header.as_str().get(element.content.clone()).unwrap_or_default();
        let len = utf16_len(said).saturating_mul(2);
        if len > KB {
            let message = format!("CUSTOMATTRIBUTES has {len} bytes of UTF-16; {KB} are recommended at most");
            findings.text(part, &PRH_13, element.name.clone(), message);
        }
    }
    for field in [Field::LaUrl, Field::LuiUrl] {
        let Some(element) = header.find(field.element()).next() else { continue };
        let url = header.text_of(element);
        if !url.is_empty() && !is_absolute(&url) {
            let message = format!("{url:?} is no absolute URL, such as https://host/path");
            findings.text(part, &PRH_14, element.content.clone(), message);
        }
        let lower = url.to_ascii_lowercase();
        for (former, now) in [("aesctr", "aes128bitctr"), ("aescbc", "aes128bitcbc")] {
            if lower.contains(&format!("ckt:{former}")) || lower.contains(&format!("ckt%3a{former}")) {
                let message =
                    format!("ckt:{former} in the URL is the former name of {now}, and the server refuses it");
                findings.text(part, &URL_01, element.content.clone(), message);
            }
        }
    }
}
