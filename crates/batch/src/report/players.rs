//! PLY rules about the document around objects: what players make of its form, by the measured table.

use crate::input::Opened;
use prkit_bmff::{BoxType, Pssh};
use prkit_manifest::{Descriptor, DescriptorKind, Form, Kind, Object, Shape};
use prkit_playready::{Format, Header, Level, Player, Rule, effects};
use std::collections::HashSet;

const MEASURED: &str = "measured: docs/players.md";

const fn rule(id: &'static str, title: &'static str) -> Rule {
    Rule { id, level: Level::Warning, section: MEASURED, title }
}

static PLY_07: Rule = rule("PLY-07", "default_KID has one key ID");
static PLY_08: Rule =
    rule("PLY-08", "a descriptor has one object of a form, and a playlist one key line of PlayReady");
static PLY_09: Rule = rule("PLY-09", "pro and pssh have the prefixes mspr and cenc");
static PLY_13: Rule = rule("PLY-13", "base64 is of the standard alphabet, without escapes, and on one line");
static PLY_14: Rule =
    rule("PLY-14", "an object is in its descriptor or line, and not elsewhere in the document");
static PLY_15: Rule = rule("PLY-15", "PlayReady is named as players know it");
static PLY_16: Rule = rule("PLY-16", "URI of a key line is a data URI in UTF-16 with a PlayReady Object");

static PLY_17: Rule = rule("PLY-17", "METHOD of a key line is one that players know");
static PLY_18: Rule = Rule {
    // Many applications know the URL.
    level: Level::Note,
    ..rule("PLY-18", "the license URL is in the header, or beside the object")
};

pub(super) static RULES: [&Rule; 9] =
    [&PLY_07, &PLY_08, &PLY_09, &PLY_13, &PLY_14, &PLY_15, &PLY_16, &PLY_17, &PLY_18];

/// What METHOD may be: RFC 8216, 4.3.2.4, its second edition, and what Microsoft and Widevine write for CENC.
const METHODS: [&str; 7] =
    ["NONE", "AES-128", "AES-256", "AES-256-GCM", "SAMPLE-AES", "SAMPLE-AES-CTR", "SAMPLE-AES-CENC"];

/// Something that players differ in.
pub(super) struct Effect {
    pub(super) rule: &'static Rule,
    pub(super) message: String,
    pub(super) path: String,
    pub(super) position: prkit_manifest::Position,
    pub(super) offset: u64,
}

/// What players make of a document.
pub(super) fn effects_of(opened: &Opened, only: Option<Player>) -> Vec<Effect> {
    let mut found = Found { opened, only, list: Vec::new() };
    match opened.manifest.kind() {
        Kind::Mpd => found.mpd(),
        Kind::M3u8 => found.playlist(),
        Kind::Smooth => found.smooth(),
        Kind::Cpix | Kind::Json | Kind::Soap | Kind::Text => {}
    }
    found.list
}

struct Found<'o> {
    opened: &'o Opened,
    only: Option<Player>,
    list: Vec<Effect>,
}

impl Found<'_> {
    fn mpd(&mut self) {
        let manifest = &self.opened.manifest;
        for descriptor in manifest.descriptors() {
            if descriptor.kind == DescriptorKind::ContentProtection && descriptor.kids.len() > 1 {
                let what = format!("default_KID has {} key IDs", descriptor.kids.len());
                self.descriptor(&PLY_07, Format::Dash, ("two-kids", "pro-4.0"), &what, descriptor);
            }
            let scheme = descriptor.scheme.as_deref().unwrap_or_default().to_ascii_lowercase();
            if scheme.contains("79f0049a-4098-8642-ab92-e65be0885f95") {
                let what = "the SystemID has swapped bytes";
                self.descriptor(&PLY_15, Format::Dash, ("swapped-scheme", "pro-4.0"), what, descriptor);
            }
        }
        let ours_among = |d: &&Descriptor| d.kind == DescriptorKind::ContentProtection && d.is_playready();
        if let Some(first) = manifest.descriptors().iter().find(ours_among)
            && manifest.descriptors().iter().all(|descriptor| descriptor.kids.is_empty())
            && ours(manifest.objects()).any(|object| object.error.is_none())
        {
            let what = "there is no default_KID";
            self.descriptor(&PLY_07, Format::Dash, ("no-kid", "pro-4.0"), what, first);
        }
        let mut seen: HashSet<(Option<usize>, Form)> = HashSet::new();
        let objects: Vec<&Object> = ours(manifest.objects()).collect();
        for (at, object) in objects.iter().enumerate() {
            self.license_url(Format::Dash, "pro-4.0", object);
            let is_pro = object.form == Form::MsprPro;
            let right = if is_pro { "pro-4.0" } else { "pssh-4.0" };
            let name = object.path.rsplit('/').next().unwrap_or_default();
            let prefix = name.split_once(':').map(|(prefix, _)| prefix);
            let probe = match (is_pro, prefix) {
                (true, Some("mspr")) | (false, Some("cenc")) => None,
                (true, None) => Some("pro-default-namespace"),
                (false, None) => Some("pssh-default-namespace"),
                (true, Some(_)) => Some("other-prefix"),
                (false, Some(_)) => Some("other-prefix-pssh"),
            };
            if let Some(probe) = probe {
                let what = format!("{name} has not the prefix {}", if is_pro { "mspr" } else { "cenc" });
                self.object(&PLY_09, Format::Dash, (probe, right), &what, object);
            }
            // Base64 of either form is decoded by the same code, and was measured in one.
            if let Some((probe, what)) = self.odd_base64(object) {
                self.object(&PLY_13, Format::Dash, (probe, "pro-4.0"), what, object);
            }
            let others = objects.get(at.saturating_add(1)..).unwrap_or_default();
            let mut beside = others
                .iter()
                .filter(|other| (other.descriptor, other.form) == (object.descriptor, object.form));
            let Some(other) = beside.next().filter(|_| object.descriptor.is_some()) else { continue };
            if !seen.insert((object.descriptor, object.form)) {
                continue;
            }
            let (probe, what) = match (is_pro, other.span == object.span) {
                (true, _) => ("two-pro", "two mspr:pro are in one descriptor"),
                (false, true) => ("two-boxes", "one cenc:pssh contains two PlayReady boxes"),
                (false, false) => ("two-pssh", "two cenc:pssh with PlayReady boxes are in one descriptor"),
            };
            self.object(&PLY_08, Format::Dash, (probe, right), what, object);
        }
    }

    fn playlist(&mut self) {
        let manifest = &self.opened.manifest;
        let is_key = |d: &&Descriptor| {
            d.is_playready() && matches!(d.kind, DescriptorKind::Key | DescriptorKind::SessionKey)
        };
        for descriptor in manifest.descriptors().iter().filter(is_key) {
            let scheme = descriptor.scheme.as_deref().unwrap_or_default();
            if scheme.to_ascii_lowercase().starts_with("urn:uuid:") {
                let what = "KEYFORMAT is a URN";
                self.descriptor(&PLY_15, Format::Hls, ("key-of-uuid", "key-4.0"), what, descriptor);
            } else if !scheme.eq_ignore_ascii_case("com.microsoft.playready") {
                let what = format!("KEYFORMAT is {scheme:?}");
                self.descriptor(
                    &PLY_15,
                    Format::Hls,
                    ("key-of-recommendation", "key-4.0"),
                    &what,
                    descriptor,
                );
            } else if scheme != "com.microsoft.playready" {
                let what = "KEYFORMAT is not in small letters";
                self.descriptor(&PLY_15, Format::Hls, ("upper-case-format", "key-4.0"), what, descriptor);
            }
        }
        for descriptor in manifest.descriptors().iter().filter(is_key) {
            let method = descriptor.value.as_deref().unwrap_or_default();
            if method == "SAMPLE-AES-CENC" {
                let what = "METHOD is SAMPLE-AES-CENC";
                self.descriptor(&PLY_17, Format::Hls, ("method-cenc", "key-4.0"), what, descriptor);
            } else if !METHODS.contains(&method) && self.only.is_none() {
                let message = format!("METHOD is {method:?}, which nobody has defined");
                let (path, position) = (descriptor.path.clone(), descriptor.position);
                let offset = descriptor.span.start();
                self.list.push(Effect { rule: &PLY_17, message, path, position, offset });
            }
        }
        let is_old = |d: &&Descriptor| d.kind == DescriptorKind::PlayReadyHeader;
        let old = manifest.descriptors().iter().find(is_old);
        if let Some(old) = old.filter(|_| !manifest.descriptors().iter().any(|d| is_key(&d))) {
            let what = "EXT-X-PLAYREADYHEADER is there and no key line of PlayReady";
            self.descriptor(&PLY_15, Format::Hls, ("playreadyheader", "key-4.0"), what, old);
        }
        for object in
            ours(manifest.objects()).filter(|o| matches!(o.form, Form::ExtXKey | Form::ExtXSessionKey))
        {
            self.key_object(object);
        }
    }

    /// An object that says no license URL, where none is beside it.
    fn license_url(&mut self, format: Format, right: &str, object: &Object) {
        let descriptor = object.descriptor.and_then(|index| self.opened.manifest.descriptors().get(index));
        let has_beside = descriptor.is_some_and(|d| !d.license_urls.is_empty() || d.refers.is_some());
        let header = payload_of(object).and_then(|payload| Header::of_payload(payload).ok());
        // LUI_URL alone, and an LA_URL in CUSTOMATTRIBUTES, are rules of their own.
        let says =
            |header: &Header<'_>| header.as_str().contains("LA_URL") || header.as_str().contains("LUI_URL");
        if !has_beside && header.is_some_and(|header| !says(&header)) {
            let what = "the header has no LA_URL, and no license URL is beside the object";
            self.object(&PLY_18, format, ("no-url", right), what, object);
        }
    }

    fn key_object(&mut self, object: &Object) {
        self.license_url(Format::Hls, "key-4.0", object);
        let descriptor = object.descriptor.and_then(|index| self.opened.manifest.descriptors().get(index));
        let line = descriptor.map(|d| self.raw(d.span.start(), d.span.end())).unwrap_or_default();
        let is_elsewhere = descriptor.is_some_and(|d| d.position.line != object.position.line);
        if is_elsewhere {
            let what = "the object is the value of a variable";
            self.object(&PLY_14, Format::Hls, ("define", "key-4.0"), what, object);
        }
        let is_capital = line.contains("DATA:");
        let line = line.to_ascii_lowercase();
        if object.shape == Shape::Box {
            let what = "URI holds a pssh box";
            self.object(&PLY_16, Format::Hls, ("pssh-in-uri", "key-4.0"), what, object);
        } else if !line.contains("data:") {
            let what = "URI is base64 without data: in front";
            self.object(&PLY_16, Format::Hls, ("bare-base64", "key-4.0"), what, object);
        } else if is_capital {
            let what = "URI begins with data: in capitals";
            self.object(&PLY_16, Format::Hls, ("upper-case-data", "key-4.0"), what, object);
        } else if !line.contains("charset=utf-16") {
            let what = "URI does not say charset=UTF-16";
            self.object(&PLY_16, Format::Hls, ("no-charset", "key-4.0"), what, object);
        }
        if self.raw(object.span.start(), object.span.end()).contains('%') {
            let what = "base64 has escapes of URLs";
            self.object(&PLY_13, Format::Hls, ("percent", "key-4.0"), what, object);
        } else if let Some((probe @ "url-safe", what)) = self.odd_base64(object) {
            self.object(&PLY_13, Format::Hls, (probe, "key-4.0"), what, object);
        }
    }

    fn smooth(&mut self) {
        let objects: Vec<&Object> =
            ours(self.opened.manifest.objects()).filter(|o| o.form == Form::ProtectionHeader).collect();
        if let [first, _, ..] = objects.as_slice() {
            let what = "there are two ProtectionHeader of PlayReady";
            self.object(&PLY_08, Format::Smooth, ("two-headers", "header-4.0"), what, first);
        }
    }

    fn odd_base64(&self, object: &Object) -> Option<(&'static str, &'static str)> {
        let text = self.raw(object.span.start(), object.span.end());
        if text.contains(['-', '_']) {
            return Some(("url-safe", "base64 is of the alphabet of URLs"));
        }
        text.contains(char::is_whitespace).then_some(("wrapped", "base64 is in several lines"))
    }

    /// Bytes of the document as text; what is looked for in them is ASCII.
    fn raw(&self, start: u64, end: u64) -> String {
        let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX);
        let bytes = self.opened.bytes.get(at(start)..at(end)).unwrap_or_default();
        bytes.iter().filter(|byte| **byte != 0).map(|byte| char::from(*byte)).collect()
    }

    fn descriptor(
        &mut self,
        rule: &'static Rule,
        format: Format,
        probes: (&str, &str),
        what: &str,
        at: &Descriptor,
    ) {
        self.add(rule, format, probes, what, (at.path.clone(), at.position, at.span.start()));
    }

    fn object(&mut self, rule: &'static Rule, format: Format, probes: (&str, &str), what: &str, at: &Object) {
        self.add(rule, format, probes, what, (at.path.clone(), at.position, at.span.start()));
    }

    fn add(
        &mut self,
        rule: &'static Rule,
        format: Format,
        (probe, right): (&str, &str),
        what: &str,
        (path, position, offset): (String, prkit_manifest::Position, u64),
    ) {
        if let Some(said) = effects(format, probe, right, self.only) {
            self.list.push(Effect { rule, message: format!("{what}: {said}"), path, position, offset });
        }
    }
}

/// What is in a box, where it is one.
fn payload_of(object: &Object) -> Option<&[u8]> {
    let content = match object.shape {
        Shape::Data => return Some(&object.bytes),
        Shape::BoxData => &object.bytes,
        Shape::Box => object.bytes.get(8..)?,
    };
    Pssh::parse(BoxType::new(*b"pssh"), content).ok().map(|pssh| pssh.data)
}

fn ours(objects: &[Object]) -> impl Iterator<Item = &Object> {
    objects.iter().filter(|object| object.system.is_some_and(prkit_playready::SystemId::is_playready))
}
