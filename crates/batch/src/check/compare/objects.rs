//! Objects: what the headers of one stream say, wherever they stand.
//!
//! By the DASH mapping of PlayReady, players take the manifest's object, then that of the initialisation segment, then one
//! of a fragment; what each really takes is measured. Where they differ, something was changed in one place and not in the
//! others.

use crate::check::applied::Applied;
use crate::check::finding::Findings;
use crate::check::held::{Held, Said, listed};
use crate::check::media::Media;
use crate::check::rule::Rule;
use crate::check::set::Set;
use crate::input::Form;
use prkit_playready::{Field, Format, KeyId, Level, takers};
use std::collections::BTreeSet;
use std::rc::Rc;

/// Compares two headers; `keys` where they are for the same keys.
pub(crate) fn headers(
    rule: Rule,
    between: &str,
    first: &Held,
    second: &Held,
    keys: bool,
    findings: &mut Findings,
) {
    let (Some(a), Some(b)) = (&first.header, &second.header) else { return };
    findings.compare();
    if a == b {
        return;
    }
    let taken = taken(first, second);
    let mut differ = |level: Level, what: &str, a: &str, b: &str| {
        let message = format!("{between} differ in {what}{taken}");
        findings.add_at(rule, level, message, [first.place.saying(a), second.place.saying(b)]);
    };
    for field in Field::ALL {
        let (a, b) = (a.field(field), b.field(field));
        if a != b {
            differ(Level::Error, field.element(), a.unwrap_or("(none)"), b.unwrap_or("(none)"));
        }
    }
    if a.version != b.version {
        let text = |version: &Option<String>| version.clone().unwrap_or_else(|| "(none)".to_owned());
        differ(Level::Warning, "their version", &text(&a.version), &text(&b.version));
    }
    if keys {
        key_lists(a, b, &mut differ);
    }
}

/// Which of two objects each player takes, measured (docs/players.md).
fn taken(first: &Held, second: &Held) -> String {
    use prkit_manifest::Form as Text;
    let said = match (first.form, second.form) {
        (Form::InText(Text::MsprPro), Form::InText(Text::CencPssh)) => {
            let names = [("first", "mspr:pro"), ("second", "cenc:pssh")];
            takers(Format::Dash, "pro-and-pssh", &names, None)
        }
        (Form::InText(Text::CencPssh), Form::InText(Text::MsprPro)) => {
            let names = [("first", "cenc:pssh"), ("second", "mspr:pro")];
            takers(Format::Dash, "pssh-and-pro", &names, None)
        }
        (Form::InText(Text::MsprPro), Form::InText(Text::MsprPro)) => takers(
            Format::Dash,
            if is_one_place(first, second) { "two-pro" } else { "two-descriptors" },
            &ORDER,
            None,
        ),
        (Form::InText(Text::CencPssh), Form::InText(Text::CencPssh)) => takers(
            Format::Dash,
            if is_one_place(first, second) { "two-pssh" } else { "two-descriptors" },
            &ORDER,
            None,
        ),
        (Form::InText(Text::MsprPro | Text::CencPssh), Form::Pssh | Form::Piff) => {
            let names = [("first", "the object of the MPD"), ("init", "that of the init segment")];
            takers(Format::Dash, "init-differs", &names, None)
        }
        (Form::InText(Text::ExtXSessionKey), Form::InText(Text::ExtXKey)) => {
            let names = [("first", "the session key"), ("second", "the key line")];
            takers(Format::Hls, "session-key", &names, None)
        }
        (Form::InText(Text::ExtXKey), Form::InText(Text::ExtXKey)) => {
            takers(Format::Hls, "two-keys", &ORDER, None)
        }
        (Form::InText(Text::ProtectionHeader), Form::InText(Text::ProtectionHeader)) => {
            takers(Format::Smooth, "two-headers", &ORDER, None)
        }
        // Encrypted Media Extensions: the first box that the CDM supports.
        (Form::Pssh | Form::Piff, Form::Pssh | Form::Piff) => Some("browsers take the first".to_owned()),
        _ => None,
    };
    said.map(|said| format!("; {said}")).unwrap_or_default()
}

const ORDER: [(&str, &str); 2] = [("first", "the first"), ("second", "the second")];

/// Whether two objects are in one descriptor.
fn is_one_place(first: &Held, second: &Held) -> bool {
    let around = |held: &Held| held.place.at.rsplit_once('/').map(|(around, _)| around.to_owned());
    around(first) == around(second)
}

fn key_lists(a: &Said, b: &Said, differ: &mut dyn FnMut(Level, &str, &str, &str)) {
    let set = |said: &Said| said.kids().into_iter().collect::<BTreeSet<KeyId>>();
    let (left, right) = (set(a), set(b));
    if left != right {
        // One that names more keys, for other streams too, is as good; one that names others is not.
        let is_part = left.is_subset(&right) || right.is_subset(&left);
        let level = if is_part { Level::Note } else { Level::Error };
        differ(level, "their key ids", &listed(&a.kids()), &listed(&b.kids()));
        return;
    }
    for key in &a.keys {
        let Some(other) = b.keys.iter().find(|other| other.id == key.id) else { continue };
        let text = |value: Option<String>| value.unwrap_or_else(|| "(none)".to_owned());
        if key.algorithm != other.algorithm {
            let algid =
                |said: &crate::check::held::KeySaid| text(said.algorithm.as_ref().map(ToString::to_string));
            differ(Level::Warning, "ALGID", &algid(key), &algid(other));
        }
        if key.checksum != other.checksum {
            let (a, b) = (text(key.checksum.clone()), text(other.checksum.clone()));
            let level =
                if key.checksum.is_some() && other.checksum.is_some() { Level::Error } else { Level::Note };
            differ(level, "CHECKSUM", &a, &b);
        }
    }
}

/// The objects of one descriptor, or of several for the same files.
pub(crate) fn within_manifest(applied: &Applied, findings: &mut Findings) {
    if let Some((first, others)) = applied.held.split_first() {
        for other in others {
            let same_keys = !applied.changes_keys();
            headers(Rule::Objects, "PlayReady headers of a manifest", first, other, same_keys, findings);
        }
    }
    for (url, place) in &applied.license_urls {
        for held in &applied.held {
            let Some(said) = held.header.as_ref().and_then(|said| said.field(Field::LaUrl)) else { continue };
            findings.compare();
            if said != url {
                let message = "the license URL beside an object differs from the one in its header";
                findings.add(Rule::LicenseUrl, message, [place.clone(), held.place.saying(said)]);
            }
        }
    }
}

/// The objects of one file.
pub(crate) fn within_media(media: &Media, findings: &mut Findings) {
    let Some(first) = media.init_objects().find(|held| held.header.is_some()) else { return };
    for other in media.init_objects().skip(1) {
        headers(Rule::Objects, "PlayReady headers of a file", first, other, true, findings);
    }
    for other in media.fragment_objects() {
        // Keys change from fragment to fragment.
        let between = "PlayReady headers of initialisation and fragments";
        headers(Rule::Objects, between, first, other, false, findings);
    }
}

/// The object that players take from the manifest, and those of a file.
pub(crate) fn manifest_and_media(applied: &Applied, media: &Media, findings: &mut Findings) {
    let Some(first) = applied.held.iter().find(|held| held.header.is_some()) else { return };
    for held in media.init_objects() {
        let between = "PlayReady headers of manifest and initialisation segment";
        headers(Rule::Objects, between, first, held, !applied.changes_keys(), findings);
    }
    for held in media.fragment_objects() {
        let between = "PlayReady headers of manifest and fragments";
        headers(Rule::Objects, between, first, held, false, findings);
    }
}

/// What several manifests say of one file.
pub(crate) fn between_manifests(applied: &[&Rc<Applied>], findings: &mut Findings) {
    let Some((first, others)) = applied.split_first() else { return };
    for other in others.iter().filter(|other| other.name != first.name) {
        let taken = |applied: &Applied| applied.held.iter().find(|held| held.header.is_some()).cloned();
        if let (Some(a), Some(b)) = (taken(first), taken(other)) {
            let same_keys = !first.changes_keys() && !other.changes_keys();
            headers(Rule::Manifests, "PlayReady headers of two manifests", &a, &b, same_keys, findings);
        }
        let kids = |applied: &Applied| applied.kids.iter().map(|(kid, _)| *kid).collect::<BTreeSet<_>>();
        let (a, b) = (kids(first), kids(other));
        if !a.is_empty() && !b.is_empty() {
            findings.compare();
            if a != b {
                let place = |applied: &Applied, kids: &BTreeSet<KeyId>| {
                    let all: Vec<KeyId> = kids.iter().copied().collect();
                    applied.place.as_ref().map(|place| place.saying(listed(&all)))
                };
                let places = [place(first, &a), place(other, &b)].into_iter().flatten();
                findings.add(
                    Rule::Manifests,
                    "two manifests name different key ids for the same file",
                    places,
                );
            }
        }
    }
}

/// `--one`: the same license URL everywhere.
pub(crate) fn pool(set: &Set, findings: &mut Findings) {
    let manifests = set.docs.iter().flat_map(|doc| doc.held.all().iter().map(|held| &**held));
    let objects = set.objects.iter().map(|held| &**held);
    let media = set.lone.iter().flat_map(|media| &media.held);
    let mut all = manifests.chain(objects).chain(media).filter(|held| held.header.is_some());
    let Some(first) = all.next() else { return };
    for other in all {
        headers(Rule::Objects, "PlayReady headers of the set", first, other, false, findings);
    }
}
