//! The comparisons: one file a family of rules.
//!
//! ```text
//!   keys.rs       CHK-01 to CHK-05   key ids, and whether two differ in their byte order only
//!   schemes.rs    CHK-06, 07, 16     scheme, algorithm, encrypted or not
//!   objects.rs    CHK-08, 13, 18     what headers say, in the order in which players take them
//!   sessions.rs   CHK-09             multivariant playlists
//!   lines.rs      CHK-21             key lines of several systems
//!   ranges.rs     CHK-10             byte ranges and boxes
//!   descriptors.rs  CHK-03, 19, 20   references between descriptors, those of one key
//!   shared.rs     CHK-22             one key for video and audio
//!   checksums.rs  CHK-11             with --keys
//! ```

mod checksums;
mod descriptors;
mod keys;
mod lines;
mod objects;
mod ranges;
mod schemes;
mod sessions;
mod shared;

use super::applied::Applied;
use super::finding::{Findings, Place};
use super::held::Held;
use super::library::Library;
use super::media::Media;
use super::rule::Rule;
use super::set::Set;
use prkit_manifest::Kind;
use prkit_playready::Keyring;
use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

/// Compares everything in a set.
pub fn compare(set: &mut Set, library: &Library, keyring: &Keyring) -> Findings {
    let mut findings = std::mem::take(&mut set.findings);
    let keyring = &with_own_keys(set, keyring);
    let mut seen: HashSet<(usize, &[usize])> = HashSet::new();
    // Each manifest in itself, what applies to a file each time once.
    for (number, doc) in set.docs.iter().enumerate() {
        let streams = doc.presentation.streams.iter().map(|stream| &*stream.descriptors);
        let applied: Vec<&[usize]> = streams.filter(|descriptors| !descriptors.is_empty()).collect();
        if doc.opened.manifest.kind() == Kind::Mpd && !applied.is_empty() {
            for descriptors in applied.into_iter().filter(|descriptors| seen.insert((number, descriptors))) {
                within_manifest(&doc.applied(descriptors), &mut findings);
            }
        } else {
            // Each key line, header or system has keys of its own.
            let all: Vec<usize> = (0..doc.opened.manifest.descriptors().len()).collect();
            for index in &all {
                within_manifest(&doc.applied(&[*index]), &mut findings);
            }
            if doc.opened.manifest.kind() != Kind::Cpix {
                objects::within_manifest(&doc.applied(&all), &mut findings);
            }
        }
        for held in doc.held.all() {
            alone(held, keyring, &mut findings);
        }
        descriptors::check(doc, &mut findings);
        lines::check(doc, &mut findings);
        ranges::check(doc, library, &mut findings);
        sessions::check(doc, set, &mut findings);
    }
    // Each file in itself, and with everything that is said of it.
    let mut files: BTreeMap<*const Media, (&Rc<Media>, Vec<&Rc<Applied>>)> = BTreeMap::new();
    let mut said: HashSet<(*const Media, *const Applied)> = HashSet::new();
    for used in &set.uses {
        let (_, applied) = files.entry(Rc::as_ptr(&used.media)).or_insert((&used.media, Vec::new()));
        if said.insert((Rc::as_ptr(&used.media), Rc::as_ptr(&used.applied))) {
            applied.push(&used.applied);
        }
    }
    let mut in_order: Vec<_> = files.into_values().collect();
    in_order.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
    for (media, applied) in in_order {
        within_media(media, keyring, &mut findings);
        for applied in &applied {
            keys::manifest_and_media(applied, media, &mut findings);
            schemes::manifest_and_media(applied, media, &mut findings);
            objects::manifest_and_media(applied, media, &mut findings);
        }
        objects::between_manifests(&applied, &mut findings);
    }
    for media in &set.lone {
        within_media(media, keyring, &mut findings);
    }
    for held in &set.objects {
        alone(held, keyring, &mut findings);
    }
    shared::check(set, &mut findings);
    if set.is_one {
        keys::pool(set, &mut findings);
        objects::pool(set, &mut findings);
    }
    findings
}

fn within_manifest(applied: &Applied, findings: &mut Findings) {
    keys::within_manifest(applied, findings);
    schemes::within_manifest(applied, findings);
    objects::within_manifest(applied, findings);
}

fn within_media(media: &Media, keyring: &Keyring, findings: &mut Findings) {
    if let Some(fault) = &media.fault {
        findings.add(
            Rule::Media,
            format!("a media file is broken: {fault}"),
            [Place::of_box(&media.name, "/")],
        );
    }
    for held in &media.held {
        alone(held, keyring, findings);
    }
    for (place, message) in &media.unread {
        findings.add(Rule::Unchecked, message.clone(), [place.clone()]);
    }
    (0..media.led).for_each(|_| findings.compare());
    if !media.astray.is_empty() {
        let message =
            "saio does not lead to the encryption data beside it, senc: players decrypt with other bytes";
        findings.add(Rule::Media, message, media.astray.iter().cloned());
    }
    if !media.unmatched.is_empty() {
        let message = "saiz or saio does not go with the encryption data beside it, senc: players believe one or the other";
        findings.add(Rule::Media, message, media.unmatched.iter().cloned());
    }
    keys::within_media(media, findings);
    schemes::within_media(media, findings);
    objects::within_media(media, findings);
}

/// The keys that were given, and those of CPIX documents in the set.
fn with_own_keys(set: &Set, given: &Keyring) -> Keyring {
    let mut keyring = Keyring::default();
    for doc in &set.docs {
        for (id, key) in doc.opened.manifest.content_keys() {
            keyring.insert(id, key);
        }
    }
    keyring.extend(given);
    keyring
}

/// What can be said of one object.
fn alone(held: &Held, keyring: &Keyring, findings: &mut Findings) {
    if let Some(error) = held.error.as_ref().filter(|_| held.is_playready) {
        findings.add(Rule::Object, format!("an object cannot be read: {error}"), [held.place.clone()]);
    }
    if let Some(why) = &held.misfiled {
        findings.compare();
        findings.add(Rule::Object, format!("an object is not found by players: {why}"), [held.place.clone()]);
    }
    keys::box_and_header(held, findings);
    checksums::check(held, keyring, findings);
}
