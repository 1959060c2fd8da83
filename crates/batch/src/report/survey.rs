//! What many files hold, in numbers.

use super::{Finding, SCHEMA};
use crate::input::{Document, Found};
use prkit_playready::{Field, Payload};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Numbers of a run over many files.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Survey {
    pub files: u64,
    pub failed: u64,
    pub bytes: u64,
    /// Files of each kind.
    pub kinds: BTreeMap<&'static str, u64>,
    /// Files that hold objects of a system.
    pub systems: BTreeMap<String, u64>,
    /// Files that hold headers of a version.
    pub versions: BTreeMap<String, u64>,
    /// Files that hold headers with a license URL.
    pub la_urls: BTreeMap<String, u64>,
    pub slack: Room,
    pub stores: Room,
    pub empty_stores: u64,
    pub findings: BTreeMap<&'static str, Broken>,
}

/// Room in files.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Room {
    pub files: u64,
    pub count: u64,
    pub bytes: u64,
    pub largest: u64,
}

/// How often a rule is broken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[non_exhaustive]
pub struct Broken {
    pub level: &'static str,
    pub files: u64,
    pub count: u64,
}

/// Different names that are counted one by one.
const MAX_NAMES: usize = 50_000;
/// What is counted behind that.
const OTHERS: &str = "(others)";
/// Headers without a license URL, and the like.
const NONE: &str = "(none)";

fn add(to: &mut u64, count: u64) {
    *to = to.saturating_add(count);
}

fn add_name(names: &mut BTreeMap<String, u64>, name: &str, count: u64) {
    if let Some(known) = names.get_mut(name) {
        return add(known, count);
    }
    let name = if names.len() < MAX_NAMES { name } else { OTHERS };
    add(names.entry(name.to_owned()).or_default(), count);
}

impl Room {
    /// The room that one file has.
    fn count(&mut self, sizes: &[u64]) {
        let sum = sizes.iter().copied().fold(0, u64::saturating_add);
        add(&mut self.files, u64::from(!sizes.is_empty()));
        add(&mut self.count, u64::try_from(sizes.len()).unwrap_or(u64::MAX));
        add(&mut self.bytes, sum);
        self.largest = self.largest.max(sizes.iter().copied().max().unwrap_or(0));
    }

    fn merge(&mut self, other: Self) {
        add(&mut self.files, other.files);
        add(&mut self.count, other.count);
        add(&mut self.bytes, other.bytes);
        self.largest = self.largest.max(other.largest);
    }
}

impl Survey {
    /// An input that could not be read.
    pub fn fail(&mut self) {
        add(&mut self.files, 1);
        add(&mut self.failed, 1);
    }

    /// An input, the objects in it that are meant, and the rules that they break; an error where it counts as failed.
    pub fn count(
        &mut self,
        document: &Document,
        objects: &[Found],
        findings: &[&Finding],
        error: Option<&str>,
    ) {
        add(&mut self.files, 1);
        add(&mut self.failed, u64::from(error.is_some()));
        add(&mut self.bytes, document.content.len());
        add(self.kinds.entry(document.kind.name()).or_default(), 1);
        let (mut systems, mut versions, mut urls) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let mut stores = Vec::new();
        // A box in every fragment is mostly the same one.
        let mut last = None;
        for found in objects {
            if last.as_ref().is_some_and(|last| *last == (found.system, &found.data)) {
                continue;
            }
            last = Some((found.system, &found.data));
            systems.insert(found.system.name().map_or_else(|| found.system.to_string(), str::to_owned));
            if !found.system.is_playready() {
                continue;
            }
            let Ok(payload) = Payload::parse(&found.data) else { continue };
            if let Ok(header) = payload.header() {
                versions
                    .insert(header.version().map_or_else(|| NONE.to_owned(), |version| version.to_string()));
                urls.insert(
                    header.value(Field::LaUrl).map_or_else(|| NONE.to_owned(), std::borrow::Cow::into_owned),
                );
            }
            if let Some(store) = payload.object().and_then(prkit_playready::Object::store) {
                stores.push(u64::try_from(store.capacity()).unwrap_or(u64::MAX));
                add(&mut self.empty_stores, u64::from(store.is_empty()));
            }
        }
        for (names, found) in
            [(&mut self.systems, systems), (&mut self.versions, versions), (&mut self.la_urls, urls)]
        {
            for name in found {
                add_name(names, &name, 1);
            }
        }
        self.stores.count(&stores);
        let slack = document.layout.as_ref().map(prkit_bmff::Layout::slack).unwrap_or_default();
        self.slack.count(&slack.iter().map(|slack| slack.header.span.len()).collect::<Vec<_>>());
        let mut broken = BTreeSet::new();
        for Finding { rule, level, .. } in findings {
            let known = self.findings.entry(rule).or_insert(Broken { level, files: 0, count: 0 });
            add(&mut known.count, 1);
            add(&mut known.files, u64::from(broken.insert(*rule)));
        }
    }

    /// Adds the numbers of another part of the run.
    pub fn merge(&mut self, other: Self) {
        add(&mut self.files, other.files);
        add(&mut self.failed, other.failed);
        add(&mut self.bytes, other.bytes);
        add(&mut self.empty_stores, other.empty_stores);
        self.slack.merge(other.slack);
        self.stores.merge(other.stores);
        for (kind, count) in other.kinds {
            add(self.kinds.entry(kind).or_default(), count);
        }
        for (names, others) in [
            (&mut self.systems, other.systems),
            (&mut self.versions, other.versions),
            (&mut self.la_urls, other.la_urls),
        ] {
            for (name, count) in others {
                add_name(names, &name, count);
            }
        }
        for (rule, found) in other.findings {
            let known = self.findings.entry(rule).or_insert(Broken { files: 0, count: 0, ..found });
            add(&mut known.count, found.count);
            add(&mut known.files, found.files);
        }
    }

    /// One JSON object.
    ///
    /// # Errors
    ///
    /// [`Error::Report`](crate::Error::Report).
    pub fn to_json(&self) -> crate::Result<String> {
        #[derive(Serialize)]
        struct Report<'s> {
            schema: u32,
            summary: &'s Survey,
        }
        serde_json::to_string(&Report { schema: SCHEMA, summary: self }).map_err(crate::Error::Report)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_and_names_are_bounded() {
        let mut all = Survey::default();
        for n in 0..60_000 {
            let mut part = Survey { files: 1, ..Survey::default() };
            add_name(&mut part.la_urls, &format!("https://{n}/"), 1);
            part.slack.count(&[n]);
            all.merge(part);
        }
        assert_eq!((all.files, all.la_urls.len()), (60_000, MAX_NAMES + 1));
        assert_eq!(all.la_urls[OTHERS], 10_000);
        assert_eq!((all.slack.files, all.slack.largest), (60_000, 59_999));
    }
}
