//! Key ids: those that samples are encrypted with, and those that everything else names.

use crate::check::applied::Applied;
use crate::check::finding::{Findings, Place};
use crate::check::held::{Held, listed};
use crate::check::media::{Media, fragment_of};
use crate::check::rule::Rule;
use crate::check::set::Set;
use crate::work::count;
use prkit_manifest::Kind;
use prkit_playready::KeyId;
use std::cell::OnceCell;
use std::collections::HashMap;

/// Key ids that something names. Few are looked through, many are found.
pub(crate) struct Named<'k> {
    kids: &'k [KeyId],
    sorted: OnceCell<Vec<KeyId>>,
}

impl<'k> Named<'k> {
    const FEW: usize = 16;

    pub(crate) const fn new(kids: &'k [KeyId]) -> Self {
        Self { kids, sorted: OnceCell::new() }
    }

    pub(crate) fn has(&self, kid: KeyId) -> bool {
        count(1);
        if self.kids.len() <= Self::FEW {
            return self.kids.contains(&kid);
        }
        let sorted = self.sorted.get_or_init(|| {
            let mut sorted = self.kids.to_vec();
            sorted.sort_unstable();
            sorted
        });
        sorted.binary_search(&kid).is_ok()
    }
}

/// Whether a key id is among those that another place names, as it is or with its bytes swapped.
fn among(
    rule: Rule,
    message: &str,
    (kid, at): (KeyId, &Place),
    (known, known_at): (&Named<'_>, &Place),
    findings: &mut Findings,
) {
    findings.compare();
    if known.has(kid) {
        return;
    }
    let places = [at.saying(kid), known_at.saying(listed(known.kids))];
    if known.has(kid.swapped()) {
        let message = format!("{message}: the two differ only in the byte order of the GUID fields");
        findings.add(Rule::ByteOrder, message, places);
    } else {
        findings.add(rule, message, places);
    }
}

/// A header that should name a key, and from which none can be taken, beside something that is encrypted with one.
fn without_key(held: &Held, at: &Place, kid: KeyId, findings: &mut Findings) {
    if let Some(why) = held.header.as_ref().and_then(|said| said.no_key) {
        findings.compare();
        let message = format!("a PlayReady header {why}");
        findings.add(Rule::HeaderKeys, message, [held.place.clone(), at.saying(kid)]);
    }
}

/// A version 1 box lists what its header names.
pub(crate) fn box_and_header(held: &Held, findings: &mut Findings) {
    let Some(listed_kids) = &held.box_kids else { return };
    let named = held.header_kids();
    if named.is_empty() || listed_kids.is_empty() {
        return;
    }
    let message = "a pssh box lists other key ids than its header names";
    let in_header = Named::new(&named);
    for kid in listed_kids {
        among(Rule::BoxKeys, message, (*kid, &held.place), (&in_header, &held.place), findings);
    }
    let message = "a header names key ids that its pssh box does not list";
    let in_box = Named::new(listed_kids);
    for kid in &named {
        among(Rule::BoxKeys, message, (*kid, &held.place), (&in_box, &held.place), findings);
    }
}

/// `default_KID` and the headers beside it.
pub(crate) fn within_manifest(applied: &Applied, findings: &mut Findings) {
    for held in &applied.held {
        let named = held.header_kids();
        if named.is_empty() {
            if let Some((kid, place)) = applied.kids.iter().find(|(kid, _)| *kid != KeyId::NIL) {
                without_key(held, place, *kid, findings);
            }
            continue;
        }
        let named = Named::new(&named);
        for (kid, place) in applied.kids.iter().filter(|(kid, _)| *kid != KeyId::NIL) {
            let message = "a PlayReady header beside a key id does not name it";
            among(Rule::HeaderKeys, message, (*kid, place), (&named, &held.place), findings);
        }
    }
    let kids: Vec<KeyId> = applied.kids.iter().map(|(kid, _)| *kid).collect();
    for held in applied.others.iter().chain(&applied.held) {
        if held.header.is_none()
            && let Some(listed_kids) = held.box_kids.as_ref().filter(|kids| !kids.is_empty())
        {
            let listed_kids = Named::new(listed_kids);
            for (kid, place) in applied.kids.iter().filter(|(kid, _)| *kid != KeyId::NIL) {
                let message = "a pssh box beside a key id does not list it";
                among(Rule::BoxKeys, message, (*kid, place), (&listed_kids, &held.place), findings);
            }
        }
    }
    let kids = Named::new(&kids);
    for (base64, place) in &applied.playready_kids {
        deprecated_kid(base64, place, &kids, findings);
    }
}

/// `mspr:kid`: its specification says one byte order and shows the other.
fn deprecated_kid(base64: &str, place: &Place, kids: &Named<'_>, findings: &mut Findings) {
    let Some(guid) = KeyId::from_guid_base64(base64).filter(|_| !kids.kids.is_empty()) else { return };
    findings.compare();
    let (uuid, is_guid) = (guid.swapped(), kids.has(guid));
    let places = [place.saying(base64)];
    if is_guid || kids.has(uuid) {
        let order = if is_guid { "GUID" } else { "UUID" };
        let message = format!("mspr:kid is deprecated; here it has the {order} byte order");
        findings.add_at(Rule::ByteOrder, prkit_playready::Level::Warning, message, places);
    } else {
        findings.add(Rule::DefaultKid, "mspr:kid is no key of its descriptor in either byte order", places);
    }
}

/// The keys of a file and the objects in it.
pub(crate) fn within_media(media: &Media, findings: &mut Findings) {
    let first_key = media.tracks.iter().find_map(|track| Some((track.kids.first()?, &track.place)));
    if let Some((kid, place)) = first_key {
        media.init_objects().for_each(|held| without_key(held, place, *kid, findings));
    }
    let kids: Vec<(&Held, Vec<KeyId>)> = media.held.iter().map(|held| (held, held.header_kids())).collect();
    let is_above = |held: &Held| fragment_of(&held.place.at).is_none();
    // What the objects above the fragments name, and the boxes without a header.
    let named = kids.iter().filter(|(held, kids)| held.is_playready && !kids.is_empty());
    let named: Vec<_> = named.map(|(held, kids)| (*held, Named::new(kids))).collect();
    let init: Vec<&(&Held, Named<'_>)> = named.iter().filter(|(held, _)| is_above(held)).collect();
    let boxes = media.held.iter().filter(|held| held.header.is_none() && is_above(held));
    let boxes: Vec<_> = boxes
        .filter_map(|held| Some((held, Named::new(held.box_kids.as_ref().filter(|kids| !kids.is_empty())?))))
        .collect();
    for track in &media.tracks {
        for kid in &track.kids {
            for (held, named) in &init {
                let message = "a PlayReady header does not name the key of a track in its file";
                among(Rule::HeaderKeys, message, (*kid, &track.place), (named, &held.place), findings);
            }
            for (held, listed_kids) in &boxes {
                let message = "a pssh box does not list the key of a track in its file";
                among(Rule::BoxKeys, message, (*kid, &track.place), (listed_kids, &held.place), findings);
            }
        }
    }
    let mut of_fragments: HashMap<&str, Vec<&(&Held, Named<'_>)>> = HashMap::new();
    for in_fragment in &named {
        if let Some(fragment) = fragment_of(&in_fragment.0.place.at) {
            of_fragments.entry(fragment).or_default().push(in_fragment);
        }
    }
    for group in &media.groups {
        // What stands in the fragment is for the fragment; without it, what stands above.
        let own = fragment_of(&group.place.at).and_then(|fragment| of_fragments.get(fragment));
        for (held, named) in own.unwrap_or(&init) {
            for kid in &group.kids {
                let message = "a PlayReady header does not name a key of a sample group below it";
                among(Rule::GroupKeys, message, (*kid, &group.place), (named, &held.place), findings);
            }
        }
    }
}

/// What a manifest says of a file, and the keys of the file.
pub(crate) fn manifest_and_media(applied: &Applied, media: &Media, findings: &mut Findings) {
    let default: Vec<KeyId> =
        applied.kids.iter().map(|(kid, _)| *kid).filter(|kid| *kid != KeyId::NIL).collect();
    if let Some((_, place)) = applied.kids.first().filter(|_| !default.is_empty()) {
        let default = Named::new(&default);
        for track in &media.tracks {
            for kid in &track.kids {
                let message = "the manifest names another key id than the track has";
                among(Rule::DefaultKid, message, (*kid, &track.place), (&default, place), findings);
            }
        }
    }
    let Some(taken) = applied.taken.first() else { return };
    let named: Vec<KeyId> = applied.taken.iter().flat_map(|held| held.header_kids()).collect();
    let named = Named::new(&named);
    for (place, kid) in media.keys() {
        let message = "the PlayReady header of the manifest, which players take first, does not name a key of the media";
        among(Rule::HeaderKeys, message, (kid, place), (&named, &taken.place), findings);
    }
}

/// `--one`: everything that names keys against everything that is encrypted with one.
pub(crate) fn pool(set: &Set, findings: &mut Findings) {
    let mut named: Vec<(Vec<KeyId>, Place)> = Vec::new();
    let manifests = set.docs.iter().flat_map(|doc| doc.held.all());
    for held in manifests.chain(&set.objects).filter(|held| !held.header_kids().is_empty()) {
        named.push((held.header_kids(), held.place.clone()));
    }
    let mut default: Vec<(KeyId, Place)> = Vec::new();
    for doc in &set.docs {
        let all: Vec<usize> = (0..doc.opened.manifest.descriptors().len()).collect();
        default.extend(doc.applied(&all).kids.into_iter().filter(|(kid, _)| *kid != KeyId::NIL));
    }
    cpix(set, &named, &default, findings);
    let headers: Vec<KeyId> = named.iter().flat_map(|(kids, _)| kids.clone()).collect();
    let defaults: Vec<KeyId> = default.iter().map(|(kid, _)| *kid).collect();
    let (headers, defaults) = (Named::new(&headers), Named::new(&defaults));
    for media in &set.lone {
        for (place, kid) in media.keys() {
            if let Some((_, at)) = named.first() {
                let message = "no header of the set names a key of the media";
                among(Rule::HeaderKeys, message, (kid, place), (&headers, at), findings);
            }
            if let Some((_, at)) = default.first() {
                let message = "no manifest of the set names a key of the media";
                among(Rule::DefaultKid, message, (kid, place), (&defaults, at), findings);
            }
        }
    }
}

/// A CPIX document has the keys of the whole title: what others name and it has not is a key that nobody gets.
fn cpix(set: &Set, named: &[(Vec<KeyId>, Place)], default: &[(KeyId, Place)], findings: &mut Findings) {
    let documents = set.docs.iter().filter(|doc| doc.opened.manifest.kind() == Kind::Cpix);
    let mut known: Vec<KeyId> = Vec::new();
    let mut at: Option<Place> = None;
    for doc in documents {
        known.extend(doc.opened.manifest.content_key_ids());
        at.get_or_insert_with(|| Place::of_box(&doc.name, "/"));
    }
    let Some(at) = at.filter(|_| !known.is_empty()) else { return };
    let known = Named::new(&known);
    let headers = named.iter().flat_map(|(kids, place)| kids.iter().map(move |kid| (*kid, place)));
    let media = set.lone.iter().flat_map(|media| media.keys()).map(|(place, kid)| (kid, place));
    let used = set.uses.iter().flat_map(|used| used.media.keys()).map(|(place, kid)| (kid, place));
    let defaults = default.iter().map(|(kid, place)| (*kid, place));
    for (kid, place) in headers.chain(defaults).chain(media).chain(used) {
        let message = "the CPIX document has no key of this ID";
        among(Rule::HeaderKeys, message, (kid, place), (&known, &at), findings);
    }
}
