//! Session keys of a multivariant playlist: with them players fetch licenses before they know which rendition they
//! play. Windows 10 and Xbox need them (Microsoft's page on formats that PlayReady clients support).

use super::objects::headers;
use crate::check::doc::Doc;
use crate::check::finding::{Findings, Place};
use crate::check::held::listed;
use crate::check::rule::Rule;
use crate::check::set::Set;
use prkit_manifest::DescriptorKind;
use prkit_playready::{KeyId, Level};
use std::collections::{BTreeMap, HashSet};

pub(crate) fn check(doc: &Doc, set: &Set, findings: &mut Findings) {
    if !doc.names_playlists() {
        return;
    }
    let mut session = doc.applied(&doc.descriptors_of(DescriptorKind::SessionKey));
    // The older form says the same.
    let older = doc.applied(&doc.descriptors_of(DescriptorKind::PlayReadyHeader));
    session.held.extend(older.held);
    let mut needed: BTreeMap<KeyId, Place> = BTreeMap::new();
    for (number, child) in set.children_of(doc) {
        let keys = child.applied(&child.descriptors_of(DescriptorKind::Key));
        for (session, key) in
            session.held.first().iter().flat_map(|s| keys.held.iter().map(move |key| (s, key)))
        {
            let between = "PlayReady headers of session key and key";
            headers(Rule::Objects, between, session, key, false, findings);
        }
        for held in &keys.held {
            for kid in held.header_kids() {
                needed.entry(kid).or_insert_with(|| held.place.clone());
            }
        }
        if !keys.held.is_empty() {
            for used in set.uses.iter().filter(|used| used.doc == number) {
                for (place, kid) in used.media.keys() {
                    needed.entry(kid).or_insert_with(|| place.clone());
                }
            }
        }
    }
    let Some(first) = session.held.first() else {
        if let Some(place) = needed.values().next() {
            let message = "playlists have PlayReady keys, and the multivariant playlist has no session key for PlayReady";
            let at = Place::of_box(&doc.name, "/");
            findings.add_at(Rule::SessionKeys, Level::Warning, message, [at, place.clone()]);
        }
        return;
    };
    let named: Vec<KeyId> = session.held.iter().flat_map(|held| held.header_kids()).collect();
    if named.is_empty() {
        return;
    }
    let known: HashSet<KeyId> = named.iter().copied().collect();
    for (kid, place) in needed {
        findings.compare();
        if known.contains(&kid) {
            continue;
        }
        let places = [place.saying(kid), first.place.saying(listed(&named))];
        if known.contains(&kid.swapped()) {
            let message = "a session key differs from a key only in the byte order of the GUID fields";
            findings.add(Rule::ByteOrder, message, places);
        } else {
            findings.add(Rule::SessionKeys, "the session keys do not name a key of a playlist", places);
        }
    }
}
