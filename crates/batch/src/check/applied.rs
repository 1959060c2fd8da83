//! What a manifest says of the files that a descriptor applies to.

use super::finding::Place;
use super::held::Held;
use crate::input::Form;
use crate::work::count;
use prkit_manifest::{Descriptor, DescriptorKind, Manifest};
use prkit_playready::KeyId;
use std::collections::{HashMap, HashSet};
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

/// The objects of a manifest.
#[derive(Debug)]
pub struct Objects {
    /// By number.
    held: Vec<Rc<Held>>,
    /// Descriptor and number, sorted: a playlist has thousands of key lines, each of which asks for its own.
    by_descriptor: Vec<(usize, usize)>,
}

impl Objects {
    pub fn new(manifest: &Manifest, held: Vec<Rc<Held>>) -> Self {
        let objects = manifest.objects().iter().enumerate();
        let mut by_descriptor: Vec<_> =
            objects.filter_map(|(i, object)| Some((object.descriptor?, i))).collect();
        by_descriptor.sort_unstable();
        Self { held, by_descriptor }
    }

    /// All of them, by number.
    pub fn all(&self) -> &[Rc<Held>] {
        &self.held
    }

    /// Those of a descriptor, with their numbers.
    pub fn of(&self, descriptor: usize) -> impl Iterator<Item = (usize, &Rc<Held>)> {
        let first = self.by_descriptor.partition_point(|(known, _)| *known < descriptor);
        let rest = self.by_descriptor.get(first..).unwrap_or_default().iter();
        let own = rest.take_while(move |(known, _)| *known == descriptor).inspect(|_| count(1));
        own.filter_map(|(_, number)| Some((*number, self.held.get(*number)?)))
    }
}

impl Applied {
    /// `held` are the manifest's objects.
    pub fn new(name: &str, manifest: &Manifest, held: &Objects, descriptors: &[usize]) -> Self {
        let mut applied = Self { name: name.to_owned(), ..Self::default() };
        let all = || descriptors.iter().filter_map(|index| manifest.descriptors().get(*index));
        let referring: HashMap<usize, &Descriptor> = all().filter_map(|d| Some((d.target()?, d))).collect();
        for index in descriptors {
            if let Some(descriptor) = manifest.descriptors().get(*index) {
                applied.add(name, descriptor, referring.get(index).copied());
            }
        }
        let mut playready: Vec<(usize, Rc<Held>)> = Vec::new();
        let of_descriptor = |index: usize| held.of(index).map(move |(number, held)| (number, index, held));
        let mut objects: Vec<_> = descriptors.iter().copied().flat_map(of_descriptor).collect();
        objects.sort_unstable_by_key(|(number, ..)| *number);
        objects.dedup_by_key(|(number, ..)| *number);
        for (_, index, held) in objects {
            if held.is_playready {
                playready.push((index, Rc::clone(held)));
            } else {
                applied.others.push(Rc::clone(held));
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

    /// `referring` is the descriptor by which this one applies.
    fn add(&mut self, name: &str, descriptor: &Descriptor, referring: Option<&Descriptor>) {
        let place = match referring.and_then(|referring| Some((referring, referring.refers.as_ref()?))) {
            Some((referring, refers)) => {
                let at = format!("{} (ref {} is {})", referring.path, refers.id, descriptor.path);
                Place::of_text(name, at, referring.position)
            }
            None => Place::of_text(name, descriptor.path.clone(), descriptor.position),
        };
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
                    "SAMPLE-AES-CTR" | "SAMPLE-AES-CENC" => Some("cenc"),
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
            self.add(name, inside, None);
            // A piece of a descriptor in a text is of the system around it.
            if descriptor.is_playready() && inside.scheme.is_none() {
                let place = Place::of_text(name, inside.path.clone(), inside.position);
                let urls = inside.license_urls.iter().map(|(_, url)| (url.clone(), place.saying(url)));
                self.license_urls.extend(urls);
            }
        }
    }
}
