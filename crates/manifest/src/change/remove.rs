//! Descriptors taken out.
//!
//! The whole descriptor goes: what is in it, and its line where it has one for itself. All of it is about one DRM system,
//! whatever the element is: a `DRMSystem` of CPIX goes with its license URL and signalling. Only where boxes of other
//! systems are in it, too, these stay, and the descriptor with them. Taking the last one that players
//! could use makes content unplayable, and is refused.

use super::layout::with_line;
use crate::edit::Edit;
use crate::error::{Error, ErrorKind, Result};
use crate::found::{Descriptor, DescriptorKind, RefFault, Refers};
use crate::m3u8::{Content, Lines};
use crate::manifest::{Kind, Manifest};
use crate::oddity::Oddities;
use crate::xml::{Tree, parse};
use core::ops::Range;
use prkit_playready::{Override, Overrides, SystemId};
use std::collections::{BTreeMap, BTreeSet};

/// How an object can be taken out of a document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Removal {
    /// With its descriptor, by number: everything in that is about the same DRM system.
    Descriptor(usize),
    /// Alone: its text holds boxes of other systems, which stay.
    Box,
    /// Not at all: its descriptor holds objects of other systems, in other texts.
    Shared,
    /// Not at all: no descriptor is around it.
    Loose,
}

impl Manifest {
    /// How each of some objects can be taken out, where all of them are to go.
    pub fn removals(&self, gone: &BTreeSet<usize>) -> BTreeMap<usize, Removal> {
        let mut in_descriptor: BTreeMap<usize, BTreeSet<Option<SystemId>>> = BTreeMap::new();
        let mut in_text: BTreeMap<(usize, &[usize]), BTreeSet<Option<SystemId>>> = BTreeMap::new();
        let staying = self.objects().iter().enumerate().filter(|(index, _)| !gone.contains(index));
        for (_, object) in staying {
            let Some(descriptor) = object.descriptor else { continue };
            in_descriptor.entry(descriptor).or_default().insert(object.system);
            in_text.entry((object.at.slot, &object.at.inner)).or_default().insert(object.system);
        }
        let removal = |index: usize| -> Option<Removal> {
            let object = self.objects().get(index)?;
            let descriptor = object.descriptor?;
            let others = |staying: Option<&BTreeSet<Option<SystemId>>>| {
                staying.is_some_and(|systems| systems.iter().any(|system| *system != object.system))
            };
            Some(if !others(in_descriptor.get(&descriptor)) {
                Removal::Descriptor(descriptor)
            } else if others(in_text.get(&(object.at.slot, &object.at.inner[..]))) {
                Removal::Box
            } else {
                Removal::Shared
            })
        };
        gone.iter().map(|index| (*index, removal(*index).unwrap_or(Removal::Loose))).collect()
    }

    /// Edits that take descriptors out, by number.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::LastSystem`] when no descriptor of a DRM system would be left where something is encrypted,
    /// [`ErrorKind::Request`] for a number that no descriptor has.
    pub fn remove(&self, descriptors: &[usize], overrides: Overrides) -> Result<Vec<Edit>> {
        let mut gone: BTreeSet<usize> = descriptors.iter().copied().collect();
        // What refers to one that goes has nothing left to say.
        loop {
            // A reference of another scheme leads there only by its name, and to nothing once that is gone.
            let gone_ids: BTreeSet<&str> =
                gone.iter().filter_map(|index| self.descriptors().get(*index)?.ref_id.as_deref()).collect();
            let is_named = |id: &str| gone_ids.contains(id);
            let leads_to_gone = |found: &Descriptor| match &found.refers {
                Some(Refers { to: Ok(target), .. }) => gone.contains(target),
                Some(Refers { id, to: Err(RefFault::OtherScheme) }) => is_named(id),
                _ => false,
            };
            let referring = self.descriptors().iter().enumerate();
            let referring = referring.filter(|(index, found)| !gone.contains(index) && leads_to_gone(found));
            let referring: Vec<usize> = referring.map(|(index, _)| index).collect();
            if referring.is_empty() {
                break;
            }
            gone.extend(referring);
        }
        let around = Around::of(self);
        for index in &gone {
            let descriptor = self.descriptors().get(*index);
            let descriptor = descriptor
                .ok_or_else(|| Error::new(ErrorKind::Request(format!("there is no descriptor {index}"))))?;
            self.refuse_open(descriptor)?;
            if !overrides.has(Override::LastSystem) && self.is_last(descriptor, &gone, &around) {
                let what = descriptor.kind.name();
                return Err(Error::at(ErrorKind::LastSystem { what }, descriptor.position));
            }
        }
        Ok(self.take_out(&gone))
    }

    /// An element that nobody closed reaches to the end of the one around it: with it, all that would go.
    pub(super) fn refuse_open(&self, descriptor: &Descriptor) -> Result<()> {
        let raw = self.text().as_str().get(descriptor.range.clone()).unwrap_or_default();
        let Some(tag) = raw.strip_prefix('<') else { return Ok(()) };
        let name =
            tag.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next().unwrap_or_default();
        let end = raw.strip_suffix('>').unwrap_or_default().trim_end();
        let is_closed = end.strip_suffix(name).is_some_and(|before| before.ends_with("</"))
            || end.ends_with('/') && !tag.contains('<');
        if is_closed {
            return Ok(());
        }
        let why = format!("this {name} is not closed: what follows it would go, too");
        Err(Error::at(ErrorKind::NoPlace(why), descriptor.position))
    }

    /// Edits that take descriptors out, asking nothing.
    pub(super) fn take_out(&self, gone: &BTreeSet<usize>) -> Vec<Edit> {
        let text = self.text().as_str();
        let around = Around::of(self);
        let ranges = gone.iter().filter_map(|index| self.descriptors().get(*index)).map(|descriptor| {
            let protection = match descriptor.kind {
                DescriptorKind::ProtectionHeader => self.emptied(descriptor, gone, &around),
                _ => None,
            };
            with_line(text, &protection.unwrap_or_else(|| descriptor.range.clone()))
        });
        let mut ranges: Vec<Range<usize>> = ranges.collect();
        ranges.sort_by_key(|range| (range.start, core::cmp::Reverse(range.end)));
        // Two headers of one `Protection` that goes are one edit, and what is inside of another goes with it.
        let mut end = 0;
        ranges.retain(|range| {
            let is_outer = range.end > end;
            end = end.max(range.end);
            is_outer
        });
        ranges.into_iter().map(Edit::remove).collect()
    }

    /// `Protection`, where nothing would be left in it.
    fn emptied(
        &self,
        descriptor: &Descriptor,
        gone: &BTreeSet<usize>,
        around: &Around<'_>,
    ) -> Option<Range<usize>> {
        let tree = around.tree.as_ref()?;
        let owner = descriptor.owner.filter(|owner| tree.local(*owner) == "Protection")?;
        let of_owner = |i: usize| self.descriptors().get(i).is_some_and(|d| d.owner == Some(owner));
        let leaving = gone.iter().filter(|index| of_owner(**index)).count();
        let element = tree.get(owner)?;
        (tree.children(owner).count() == leaving).then_some(element.start..element.end)
    }

    fn is_last(&self, descriptor: &Descriptor, gone: &BTreeSet<usize>, around: &Around<'_>) -> bool {
        let stays = |kept: &dyn Fn(&Descriptor) -> bool| {
            self.descriptors().iter().enumerate().any(|(i, d)| !gone.contains(&i) && kept(d))
        };
        match descriptor.kind {
            DescriptorKind::ContentProtection => {
                let owners = around.elements(descriptor.owner);
                let here =
                    |d: &Descriptor| !d.is_shelved && d.owner.is_some_and(|owner| owners.contains(&owner));
                !descriptor.is_encryption()
                    && !descriptor.is_shelved
                    && !stays(&|d| here(d) && !d.is_encryption())
            }
            DescriptorKind::ProtectionHeader | DescriptorKind::DrmSystem | DescriptorKind::ParamGroup => {
                !stays(&|d| d.kind == descriptor.kind)
            }
            DescriptorKind::Key | DescriptorKind::PlayReadyHeader => {
                let is_key = |d: &Descriptor| d.value.as_deref() != Some("NONE");
                let lines = around.lines(descriptor.owner.unwrap_or_default());
                let beside = |d: &Descriptor| d.owner.is_some_and(|line| lines.contains(&line));
                is_key(descriptor) && !stays(&|d| beside(d) && is_key(d))
            }
            // A session key is a hint.
            DescriptorKind::SessionKey => false,
        }
    }
}

/// What stands around descriptors.
struct Around<'t> {
    tree: Option<Tree<'t>>,
    /// Numbers of the lines with an address.
    addresses: Vec<usize>,
}

impl<'t> Around<'t> {
    fn of(manifest: &'t Manifest) -> Self {
        if manifest.kind() == Kind::M3u8 {
            let lines = Lines::of(manifest.text().as_str()).enumerate();
            let addresses = lines.filter(|(_, line)| matches!(line.content, Content::Uri(_)));
            return Self { tree: None, addresses: addresses.map(|(i, _)| i).collect() };
        }
        Self { tree: parse(manifest.text(), &mut Oddities::default()).ok(), addresses: Vec::new() }
    }

    /// The elements around a descriptor, innermost first.
    fn elements(&self, owner: Option<usize>) -> Vec<usize> {
        match (&self.tree, owner) {
            (Some(tree), Some(owner)) => tree.upwards(owner).collect(),
            _ => Vec::new(),
        }
    }

    /// The lines around one, without an address in between.
    fn lines(&self, line: usize) -> Range<usize> {
        let after = self.addresses.partition_point(|address| *address < line);
        let at = |i: usize| self.addresses.get(i).copied();
        after.checked_sub(1).and_then(at).unwrap_or(0)..at(after).unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use crate::manifest::{Kind, Manifest};
    use bytes::Bytes;
    use prkit_playready::{Override, Overrides};

    fn removed(kind: Kind, text: &str, descriptors: &[usize], force: bool) -> Result<String, String> {
        let overrides = if force { Override::LastSystem.into() } else { Overrides::NONE };
        let manifest = Manifest::parse(kind, &Bytes::copy_from_slice(text.as_bytes())).unwrap();
        let edits = manifest.remove(descriptors, overrides).map_err(|error| error.to_string())?;
        let plan = manifest.plan(edits).unwrap();
        Ok(String::from_utf8(plan.to_vec(&text.as_bytes()).unwrap()).unwrap())
    }

    const MPD: &str = "<MPD>\r\n <Period>\r\n  <AdaptationSet>\r\n\
        \x20  <ContentProtection schemeIdUri='urn:mpeg:dash:mp4protection:2011' value='cenc'/>\r\n\
        \x20  <ContentProtection schemeIdUri='urn:uuid:9a04f079-9840-4286-ab92-e65be0885f95'>\r\n    <x/>\r\n   </ContentProtection>\r\n\
        \x20  <ContentProtection schemeIdUri='urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed'/>\r\n  </AdaptationSet></Period></MPD>";

    #[test]
    fn a_descriptor_goes_with_its_lines() {
        let new = removed(Kind::Mpd, MPD, &[1], false).unwrap();
        let (head, rest) = MPD.split_once("   <ContentProtection schemeIdUri='urn:uuid:9a04").unwrap();
        assert_eq!(new, format!("{head}{}", rest.split_once("</ContentProtection>\r\n").unwrap().1));
    }

    #[test]
    fn what_refers_to_a_descriptor_goes_with_it() {
        let at = |of: &str| {
            format!("<ContentProtection schemeIdUri='urn:uuid:9a04f079-9840-4286-ab92-e65be0885f95' {of}/>")
        };
        let set = |inside: &str| format!("<Period><AdaptationSet>{inside}</AdaptationSet></Period>");
        let widevine = "<ContentProtection schemeIdUri='urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed'/>";
        let text = format!(
            "<MPD>{}{}{}</MPD>",
            at("refId='p'"),
            set(&(at("ref='p'") + widevine)),
            set(&at("ref='p'"))
        );
        // In the second set nothing would be left.
        assert!(removed(Kind::Mpd, &text, &[0], false).unwrap_err().contains("no DRM system"));
        let expected = format!("<MPD>{}{}</MPD>", set(widevine), set(""));
        assert_eq!(removed(Kind::Mpd, &text, &[0], true).unwrap(), expected);
    }

    #[test]
    fn a_descriptor_that_is_not_closed_stays() {
        let text = MPD.replacen("    <x/>\r\n   </ContentProtection>\r\n", "", 1);
        let error = removed(Kind::Mpd, &text, &[1], true).unwrap_err();
        assert!(
            error.starts_with("this ContentProtection is not closed: what follows it would go"),
            "{error}"
        );
        assert!(
            removed(Kind::Mpd, &MPD.replace("</ContentProtection>", "</ContentProtection >"), &[1], true)
                .is_ok()
        );
    }

    #[test]
    fn the_last_system_goes_only_by_override() {
        let error = removed(Kind::Mpd, MPD, &[1, 2], false).unwrap_err();
        assert!(
            error.contains("without this ContentProtection no DRM system") && error.contains("line 5"),
            "{error}"
        );
        assert!(!removed(Kind::Mpd, MPD, &[1, 2], true).unwrap().contains("urn:uuid"));
    }

    #[test]
    fn the_last_key_line_of_a_playlist_goes_only_by_override() {
        let key = |format: &str| format!("#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"x\",KEYFORMAT=\"{format}\"\n");
        let text = format!("#EXTM3U\n{}{}1.m4s\n{}2.m4s\n", key("a"), key("b"), key("a"));
        assert_eq!(removed(Kind::M3u8, &text, &[0], false).unwrap(), text.replacen(&key("a"), "", 1));
        assert!(removed(Kind::M3u8, &text, &[2], false).is_err());
        assert!(removed(Kind::M3u8, &text, &[0, 1], false).is_err());
        assert_eq!(removed(Kind::M3u8, &text, &[0, 1, 2], true).unwrap(), "#EXTM3U\n1.m4s\n2.m4s\n");
    }

    #[test]
    fn protection_goes_when_nothing_is_left_in_it() {
        let text = "<SmoothStreamingMedia>\n <Protection>\n  <ProtectionHeader SystemID='a'/>\n  <ProtectionHeader SystemID='b'/>\n </Protection>\n</SmoothStreamingMedia>";
        let one = removed(Kind::Smooth, text, &[0], false).unwrap();
        assert_eq!(one, text.replace("  <ProtectionHeader SystemID='a'/>\n", ""));
        assert!(removed(Kind::Smooth, text, &[0, 1], false).is_err());
        let none = removed(Kind::Smooth, text, &[0, 1], true).unwrap();
        assert_eq!(none, "<SmoothStreamingMedia>\n</SmoothStreamingMedia>");
    }
}
