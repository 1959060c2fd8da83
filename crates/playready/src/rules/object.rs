//! PRO: the container (PRH spec 2).

use super::fix::{Fix, How, ObjectFix, has_odd_byte};
use super::{Findings, Level, Rule, Subject};
use crate::{MAX_RECOMMENDED, Nested, Oddity, RecordType, Use, Wrapping};

const PRH_2: &str = "PRH spec 2";

pub(super) static PRO_00: Rule =
    Rule { id: "PRO-00", level: Level::Error, section: PRH_2, title: "the payload is a PlayReady Object" };
static PRO_01: Rule = Rule {
    id: "PRO-01",
    level: Level::Error,
    section: PRH_2,
    title: "Length is the size of the whole object, its six bytes included",
};
static PRO_02: Rule = Rule {
    id: "PRO-02",
    level: Level::Error,
    section: PRH_2,
    title: "the record count is the number of records that follow",
};
static PRO_03: Rule = Rule {
    id: "PRO-03",
    level: Level::Error,
    section: "PRH spec 2.1",
    title: "records fill the object exactly",
};
static PRO_04: Rule = Rule {
    id: "PRO-04",
    level: Level::Warning,
    section: "PRH spec 2.1",
    title: "a record is a header (1) or a license store (3)",
};
static PRO_05: Rule =
    Rule { id: "PRO-05", level: Level::Warning, section: PRH_2, title: "an object has at most 15 KB" };
static PRO_06: Rule = Rule {
    id: "PRO-06",
    level: Level::Error,
    section: "PRH spec 3; shaka-player drops such an object",
    title: "a header record has an even length: it is UTF-16",
};
static PRO_07: Rule = Rule {
    id: "PRO-07",
    level: Level::Warning,
    section: "DASH mapping 2.2; FrameworkMediaDrm of Media3 wants exactly one record",
    title: "an object has one header record",
};
static C_12: Rule = Rule {
    id: "C-12",
    level: Level::Error,
    section: "PRH spec 2; Microsoft's page on packaging MP4 shows it wrong",
    title: "a header stands in an object, not alone",
};
static BOX_05: Rule = Rule {
    id: "BOX-05",
    level: Level::Error,
    section: "ISO/IEC 23001-7, 8.1; hls.js issue 6574",
    title: "the data of a pssh box is no pssh box again",
};

pub(super) static RULES: &[&Rule] =
    &[&PRO_00, &PRO_01, &PRO_02, &PRO_03, &PRO_04, &PRO_05, &PRO_06, &PRO_07, &C_12, &BOX_05];

pub(super) fn nested(nested: &Nested<'_>, findings: &mut Findings) {
    let message = match nested.wrapping() {
        Wrapping::Box => "a whole pssh box stands where only its data is due",
        Wrapping::Content => "the content of a pssh box stands where only its data is due",
    };
    findings.object(&BOX_05, 0, message).fix("take the object out of it", How::Unwrap);
}

pub(super) fn check(subject: &Subject<'_, '_>, findings: &mut Findings) {
    let Some(object) = subject.object else {
        if !subject.context.bare {
            findings
                .object(&C_12, 0, "a bare header stands where a PlayReady Object is due")
                .fix("put an object around it", How::Wrap);
        }
        return;
    };
    for oddity in object.oddities() {
        let numbers = How::Object(ObjectFix::Numbers);
        match *oddity {
            Oddity::Length { declared, actual } => {
                let is_swapped = usize::try_from(declared.swap_bytes()) == Ok(actual);
                let order = if is_swapped { ": the number is in the other byte order" } else { "" };
                let message = format!("the object says it has {declared} bytes and has {actual}{order}");
                findings.object(&PRO_01, 0, message).fix(format!("say {actual}"), numbers)
            }
            Oddity::Count { declared, actual } => findings
                .object(&PRO_02, 4, format!("the object says it has {declared} records and has {actual}"))
                .fix("say how many there are", numbers),
            Oddity::CutRecord { index, declared, actual } => {
                let offset = object.records().get(index).map_or(6, |record| record.offset);
                let message = format!("record {index} says it has {declared} bytes, and {actual} are left");
                findings.object(&PRO_03, offset, message).fix(format!("say {actual}"), numbers)
            }
            Oddity::Trailing { len } => {
                let offset = object.bytes().len().saturating_sub(len);
                let message = format!("{len} bytes stand behind the last record");
                let more = object.all_records().len().saturating_sub(object.records().len());
                let what = match more {
                    0 => "leave them out".to_owned(),
                    more => format!("count the {more} records in them"),
                };
                findings.object(&PRO_03, offset, message).fix(what, numbers)
            }
        };
    }
    records(subject, findings);
    let len = object.bytes().len();
    if len > MAX_RECOMMENDED {
        findings.object(
            &PRO_05,
            0,
            format!("the object has {len} bytes; {MAX_RECOMMENDED} are recommended at most"),
        );
    }
}

fn records(subject: &Subject<'_, '_>, findings: &mut Findings) {
    let Some(object) = subject.object else { return };
    let mut headers = 0_usize;
    for record in object.records() {
        match record.kind {
            RecordType::Header => {
                headers = headers.saturating_add(1);
                if record.value.len() % 2 != 0 {
                    let message =
                        format!("the header record has {} bytes, an odd number", record.value.len());
                    let even = has_odd_byte(record.value).then(|| {
                        let what = "leave the last byte out".to_owned();
                        Fix::new(what, How::Object(ObjectFix::EvenHeader))
                    });
                    findings.object(&PRO_06, record.offset, message).maybe(even);
                }
                if headers == 2 {
                    findings
                        .object(&PRO_07, record.offset, "another header record; players take the first")
                        .fix("keep the first header only", How::Object(ObjectFix::OneHeader));
                }
                let is_read = match headers {
                    1 => object.header().is_ok(),
                    _ => crate::Header::parse(record.value).is_ok(),
                };
                if !is_read {
                    findings.object(&PRO_00, record.offset, "the header record does not begin with <");
                }
            }
            RecordType::Store => {}
            RecordType::Reserved => {
                findings.object(&PRO_04, record.offset, "a record of the reserved type 2");
            }
            RecordType::Other(kind) => {
                findings.object(&PRO_04, record.offset, format!("a record of the unknown type {kind}"));
            }
        }
    }
    // A leaf license in a fragment needs no header (DASH mapping 2.2).
    if headers == 0 && subject.context.place != Some(Use::Moof) {
        findings.object(&PRO_07, 0, "the object has no header record, which only a fragment does without");
    }
}
