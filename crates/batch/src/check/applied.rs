//! What a manifest says of the files that a descriptor applies to.

use super::finding::Place;
use super::held::Held;
use crate::input::Form;
use prkit_manifest::{Descriptor, DescriptorKind, Manifest};
use prkit_playready::KeyId;
use std::collections::HashSet;
use std::rc::Rc;

/// What some descriptors say together.
#[derive(Debug, Default)]
pub struct Applied {
    /// The manifest, by its name.
    pub name: String,
    /// Key ids of `default_KID` and `KEYID`.
    pub kids: Vec<(KeyId, Place)>,
    /// Schemes: `cenc`, `cbcs`.
    pub schemes: Vec<(String, Place)>,
    /// PlayReady's objects, in the order in which players take them.
    pub held: Vec<Rc<Held>>,
    /// The first object with keys of every descriptor: that one is taken.
    pub taken: Vec<Rc<Held>>,
    /// Boxes of other systems that list key ids.
    pub others: Vec<Rc<Held>>,
    /// License URLs beside PlayReady's object.
    pub license_urls: Vec<(String, Place)>,
    /// `mspr:kid`.
    pub playready_kids: Vec<(String, Place)>,
    /// Whether they say that something is encrypted.
    pub is_encrypted: bool,
    /// Where they stand, the first of them.
    pub place: Option<Place>,
}

impl Applied {
    /// `held` are the manifest's objects, by number.
    pub fn new(name: &str, manifest: &Manifest, held: &[Rc<Held>], descriptors: &[usize]) -> Self {
        let mut applied = Self { name: name.to_owned(), ..Self::default() };
        for index in descriptors {
            if let Some(descriptor) = manifest.descriptors().get(*index) {
                applied.add(name, descriptor);
            }
        }
        let mut playready: Vec<(usize, Rc<Held>)> = Vec::new();
        for (object, held) in manifest.objects().iter().zip(held) {
            match object.descriptor.filter(|index| descriptors.contains(index)) {
                Some(index) if held.is_playready => playready.push((index, Rc::clone(held))),
                Some(_) => applied.others.push(Rc::clone(held)),
                None => {}
            }
        }
        // The element that is PlayReady's own comes first; a form alone decides nothing more, so the order is stable.
        playready.sort_by_key(|(_, held)| !matches!(held.form, Form::InText(prkit_manifest::Form::MsprPro)));
        let mut seen = HashSet::new();
        for (descriptor, held) in &playready {
            if !held.header_kids().is_empty() && seen.insert(*descriptor) {
                applied.taken.push(Rc::clone(held));
            }
        }
        applied.held = playready.into_iter().map(|(_, held)| held).collect();
        applied
    }

    /// Whether there is a key line for each of several keys.
    pub fn changes_keys(&self) -> bool {
        let lines = self.held.iter().filter(|held| held.is_key_line());
        lines.count() > 1
    }

    fn add(&mut self, name: &str, descriptor: &Descriptor) {
        let place = Place::of_text(name, descriptor.path.clone(), descriptor.position);
        self.place.get_or_insert_with(|| place.clone());
        for kid in &descriptor.kids {
            self.kids.extend(kid.id.map(|id| (id, place.saying(id))));
        }
        if descriptor.is_playready() {
            let urls = descriptor.license_urls.iter().map(|(_, url)| (url.clone(), place.saying(url)));
            self.license_urls.extend(urls);
        }
        let base64 = descriptor.playready_kid.iter().map(|text| (text.clone(), place.saying(text)));
        self.playready_kids.extend(base64);
        match (descriptor.kind, descriptor.value.as_deref()) {
            (DescriptorKind::ContentProtection, value) => {
                self.is_encrypted = true;
                if descriptor.is_encryption() {
                    let value = value.map(str::trim).filter(|value| !value.is_empty());
                    self.schemes.extend(value.map(|value| (value.to_ascii_lowercase(), place.saying(value))));
                }
            }
            (DescriptorKind::Key | DescriptorKind::SessionKey, Some(method)) if method != "NONE" => {
                self.is_encrypted = true;
                // AES-128 encrypts whole segments, and says nothing of samples.
                let scheme = match method {
                    "SAMPLE-AES" => Some("cbcs"),
                    "SAMPLE-AES-CTR" => Some("cenc"),
                    _ => None,
                };
                self.schemes.extend(scheme.map(|scheme| (scheme.to_owned(), place.saying(method))));
            }
            (DescriptorKind::Key | DescriptorKind::SessionKey, _) => {}
            (
                DescriptorKind::ProtectionHeader
                | DescriptorKind::PlayReadyHeader
                | DescriptorKind::ParamGroup,
                _,
            ) => self.is_encrypted = true,
            (DescriptorKind::DrmSystem, scheme) => {
                self.is_encrypted = true;
                self.schemes.extend(scheme.map(|scheme| (scheme.to_ascii_lowercase(), place.saying(scheme))));
            }
        }
        for inside in &descriptor.inside {
            self.add(name, inside);
            // A piece of a descriptor in a text is of the system around it.
            if descriptor.is_playready() && inside.scheme.is_none() {
                let place = Place::of_text(name, inside.path.clone(), inside.position);
                let urls = inside.license_urls.iter().map(|(_, url)| (url.clone(), place.saying(url)));
                self.license_urls.extend(urls);
            }
        }
    }
}
