//! ELS: the embedded license store (PRH spec 4).

use super::fix::{How, ObjectFix};
use super::{Findings, Level, Otherwise, Rule, Spec, Subject};
use crate::{Field, MAX_RECOMMENDED, Object, RecordType, Store, Use};

static ELS_01: Rule = Rule {
    id: "ELS-01",
    level: Level::Note,
    section: "PRH spec 4",
    title: "a file of a domain has room for embedded licenses",
};
static ELS_02: Rule =
    Rule { id: "ELS-02", level: Level::Note, section: "PRH spec 4", title: "an empty store has 10 KB" };
static ELS_03: Rule = Rule {
    id: "ELS-03",
    level: Level::Error,
    section: "PRH spec 4 (2018: recommended not, 2021: do not)",
    title: "no empty store in a Smooth client manifest",
};
static ELS_04: Rule = Rule {
    id: "ELS-04",
    level: Level::Warning,
    section: "DASH mapping 2.2.4",
    title: "no store in a manifest, but for domains and license chains",
};
static ELS_05: Rule = Rule {
    id: "ELS-05",
    level: Level::Note,
    section: "PRH spec 2, 3.6, 4",
    title: "the store leaves 1 KB for the header in 15 KB",
};

static ELS_03_2018: Otherwise = Otherwise {
    rule: "ELS-03",
    level: Level::Warning,
    when: "by the text of 2018, which recommends it; that of 2021 forbids it",
};

pub(super) static OTHERWISE: &[&Otherwise] = &[&ELS_03_2018];
pub(super) static RULES: &[&Rule] = &[&ELS_01, &ELS_02, &ELS_03, &ELS_04, &ELS_05];

/// Beside six bytes of the object, four of each record, and a header of the recommended size.
const REST: usize = MAX_RECOMMENDED - 6 - 4 - 4 - 1024;

pub(super) fn check(subject: &Subject<'_, '_>, findings: &mut Findings) {
    let Some(object) = subject.object else { return };
    let place = subject.context.place;
    let Some((record, store)) = store_of(object) else {
        let is_domain = subject.header.is_some_and(|header| header.value(Field::DsId).is_some());
        if place == Some(Use::File) && is_domain {
            let message = "the header names a domain, and there is no store to embed a domain license in";
            findings.object(&ELS_01, 0, message);
        }
        return;
    };
    let (capacity, offset) = (store.capacity(), record);
    let empty = store.is_empty();
    let strip = || How::Object(ObjectFix::NoStore);
    match place {
        Some(Use::Smooth) if empty => {
            let message =
                format!("an empty store of {capacity} bytes is downloaded by every client for nothing");
            findings
                .object(&ELS_03, offset, message)
                .otherwise_if(subject.context.spec == Spec::Y2018, &ELS_03_2018)
                .fix("leave the store out", strip());
        }
        Some(place) if place.is_manifest() => {
            let message = format!("a store of {capacity} bytes in a manifest");
            let finding = findings.object(&ELS_04, offset, message);
            if empty {
                finding.fix("leave the store out", strip());
            }
        }
        _ => {}
    }
    if empty && capacity < Store::RECOMMENDED && place == Some(Use::File) {
        let message = format!("the store has {capacity} bytes; {} are recommended", Store::RECOMMENDED);
        findings.object(&ELS_02, offset, message);
    }
    if capacity > REST {
        let message = format!("a store of {capacity} bytes leaves less than 1 KB for the header in 15 KB");
        findings.object(&ELS_05, offset, message);
    }
}

fn store_of<'s>(object: &Object<'s>) -> Option<(usize, Store<'s>)> {
    let record = object.records().iter().find(|record| record.kind == RecordType::Store)?;
    Some((record.offset, Store::new(record.value)))
}
