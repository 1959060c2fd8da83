//! PlayReady's key line in a playlist.
//!
//! ```text
//!   #EXT-X-KEY:METHOD=SAMPLE-AES,KEYFORMAT="com.apple.streamingkeydelivery",…      there
//!   #EXT-X-KEY:METHOD=SAMPLE-AES,KEYFORMAT="com.microsoft.playready",…             new, behind it, same method
//!   #EXTINF:2,
//! ```
//!
//! A multivariant playlist gets a session key. Where keys change, every change needs an object of its own, unless one
//! object names them all.

use super::inject::{IfExists, Injected, Place, fits};
use crate::edit::Edit;
use crate::error::{Error, ErrorKind, Result};
use crate::found::{Descriptor, DescriptorKind};
use crate::m3u8::{Content, Line, Lines};
use crate::manifest::Manifest;
use crate::snippet::{key_line, method_for};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prkit_playready::{KeyId, Override, Overrides};
use std::collections::{BTreeSet, HashMap};

/// Key lines without a segment between them.
#[derive(Default)]
struct Group {
    /// Numbers of descriptors.
    keys: Vec<usize>,
    /// Behind the last of the lines.
    end: usize,
}

impl Manifest {
    pub(super) fn inject_playlist(
        &self,
        object: &[u8],
        kids: &[KeyId],
        if_exists: IfExists,
        overrides: Overrides,
    ) -> Result<Injected> {
        let text = self.text().as_str();
        let lines: Vec<Line> = Lines::of(text).collect();
        let tag = |line: &Line| match &line.content {
            Content::Tag { name, .. } => text.get(name.clone()).unwrap_or_default().to_owned(),
            _ => String::new(),
        };
        let variants = ["#EXT-X-STREAM-INF", "#EXT-X-MEDIA", "#EXT-X-I-FRAME-STREAM-INF"];
        let first_variant = lines.iter().find(|line| variants.contains(&tag(line).as_str()));
        let (name, groups) = match first_variant {
            Some(_) => ("EXT-X-SESSION-KEY", self.session_group()),
            None => ("EXT-X-KEY", self.key_groups(&lines)),
        };
        let first = first_variant.or_else(|| lines.iter().find(|line| tag(line) == "#EXTINF"));
        let first = first.map_or(text.len(), |line| line.whole.start);
        if groups.is_empty() && first_variant.is_none() && !overrides.has(Override::Unencrypted) {
            return Err(ErrorKind::Unencrypted.into());
        }
        if groups.len() > 1 && kids.len() == 1 && groups.iter().all(|group| self.named(group).is_empty()) {
            let why =
                format!("the playlist changes its keys {} times, and the object names one", groups.len());
            return Err(ErrorKind::NoPlace(why).into());
        }
        let groups = if groups.is_empty() { vec![Group { keys: Vec::new(), end: first }] } else { groups };
        let (mut injected, mut gone) = (Injected::default(), BTreeSet::new());
        for group in &groups {
            let place = if fits(&self.named(group), kids) {
                self.decide(&group.keys, object, if_exists, &mut gone)?
            } else {
                Place::OtherKeys
            };
            let key = group.keys.first().and_then(|key| self.descriptors().get(*key));
            injected.count(place, || key.map_or_else(|| "/".to_owned(), |key| key.path.clone()));
            let instead = match place {
                Place::Instead(index) => self.descriptors().get(index).map(|d| d.range.clone()),
                _ => None,
            };
            if place == Place::Add || instead.is_some() {
                let beside = group.keys.iter().find_map(|key| self.descriptors().get(*key)?.value.as_deref());
                // AES-128 beside it encrypts whole segments, for clients without a DRM system.
                let method = beside.filter(|method| method.starts_with("SAMPLE-AES"));
                let method = method.unwrap_or_else(|| method_for(object));
                let line = key_line(name, method, &STANDARD.encode(object));
                injected.edits.push(match instead {
                    Some(range) => Edit::new(range, line),
                    None => self.new_line(group.end, &line)?,
                });
            }
        }
        injected.edits.extend(self.take_out(&gone));
        Ok(injected)
    }

    /// A line put at the beginning of another one, or behind a last line that has no end.
    fn new_line(&self, at: usize, line: &str) -> Result<Edit> {
        let (text, line_end) = (self.text().as_str(), self.text().line_end());
        let before =
            text.get(..at).ok_or_else(|| Error::new(ErrorKind::NoPlace("the line is gone".into())))?;
        let open = !before.is_empty() && !before.ends_with(['\n', '\r']);
        Ok(Edit::insert(at, if open { format!("{line_end}{line}") } else { format!("{line}{line_end}") }))
    }

    fn session_group(&self) -> Vec<Group> {
        let mut group = Group::default();
        for (index, descriptor) in self.descriptors().iter().enumerate() {
            if matches!(descriptor.kind, DescriptorKind::SessionKey | DescriptorKind::PlayReadyHeader) {
                group.keys.push(index);
                group.end = self.line_end_of(descriptor.range.end);
            }
        }
        if group.keys.is_empty() { Vec::new() } else { vec![group] }
    }

    fn key_groups(&self, lines: &[Line]) -> Vec<Group> {
        let is_key = |d: &Descriptor| match d.kind {
            DescriptorKind::Key => d.value.as_deref() != Some("NONE"),
            kind => kind == DescriptorKind::PlayReadyHeader,
        };
        let keys = self.descriptors().iter().enumerate().filter(|(_, descriptor)| is_key(descriptor));
        let by_line: HashMap<usize, usize> = keys.filter_map(|(i, key)| Some((key.owner?, i))).collect();
        let mut groups: Vec<Group> = Vec::new();
        let mut open = false;
        for (number, line) in lines.iter().enumerate() {
            if matches!(line.content, Content::Uri(_)) {
                open = false;
            }
            let Some(index) = by_line.get(&number).copied() else { continue };
            if !open {
                groups.push(Group::default());
                open = true;
            }
            if let Some(group) = groups.last_mut() {
                group.keys.push(index);
                group.end = line.whole.end;
            }
        }
        groups
    }

    fn line_end_of(&self, end: usize) -> usize {
        let rest = self.text().as_str().get(end..).unwrap_or_default();
        let len = if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with(['\n', '\r'])) };
        end.saturating_add(len)
    }

    fn named(&self, group: &Group) -> Vec<KeyId> {
        let descriptors = group.keys.iter().filter_map(|key| self.descriptors().get(*key));
        descriptors.flat_map(|descriptor| &descriptor.kids).filter_map(|kid| kid.id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::NewObject;
    use crate::manifest::Kind;
    use bytes::Bytes;
    use prkit_playready::{Object, RecordType};

    fn object() -> Vec<u8> {
        let xml = "<WRMHEADER><DATA><PROTECTINFO><KIDS><KID ALGID=\"AESCBC\" VALUE=\"MyIRAFVEd2aImaq7zN3u/w==\"></KID></KIDS></PROTECTINFO></DATA></WRMHEADER>";
        let header: Vec<u8> = xml.encode_utf16().flat_map(u16::to_le_bytes).collect();
        Object::encode([(RecordType::Header, &header[..])]).unwrap()
    }

    fn injected(text: &str, if_exists: IfExists, overrides: Overrides) -> Result<String> {
        let manifest = Manifest::parse(Kind::M3u8, &Bytes::copy_from_slice(text.as_bytes())).unwrap();
        let injected =
            manifest.inject(NewObject { object: &object(), whole_box: &[] }, if_exists, overrides)?;
        let plan = manifest.plan(injected.edits).unwrap();
        Ok(String::from_utf8(plan.to_vec(&text.as_bytes()).unwrap()).unwrap())
    }

    fn line(name: &str, method: &str) -> String {
        key_line(name, method, &STANDARD.encode(object()))
    }

    const FAIRPLAY: &str =
        "#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"skd://x\",KEYFORMAT=\"com.apple.streamingkeydelivery\"";

    #[test]
    fn a_key_line_stands_behind_the_others_with_their_method() {
        let text = format!("#EXTM3U\r\n{FAIRPLAY}\r\n#EXTINF:2,\r\n1.m4s\r\n");
        let key = line("EXT-X-KEY", "SAMPLE-AES");
        let new = injected(&text, IfExists::Error, Overrides::NONE).unwrap();
        assert_eq!(new, format!("#EXTM3U\r\n{FAIRPLAY}\r\n{key}\r\n#EXTINF:2,\r\n1.m4s\r\n"));
        assert_eq!(injected(&new, IfExists::Error, Overrides::NONE).unwrap(), new);
    }

    #[test]
    fn a_multivariant_playlist_gets_a_session_key() {
        let text = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8\n";
        let key = line("EXT-X-SESSION-KEY", "SAMPLE-AES");
        let expected = format!("#EXTM3U\n{key}\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8\n");
        assert_eq!(injected(text, IfExists::Error, Overrides::NONE).unwrap(), expected);
        let replaced = injected(
            &expected.replace("SAMPLE-AES", "SAMPLE-AES-CTR").replace("=\"1\"", "=\"2\""),
            IfExists::Replace,
            Overrides::NONE,
        );
        // The object is the same: nothing to do.
        assert!(replaced.unwrap().contains("=\"2\""));
    }

    #[test]
    fn a_playlist_without_keys_is_refused_and_one_that_changes_them_an_object_each() {
        let clear = "#EXTM3U\n#EXTINF:2,\n1.m4s\n";
        assert!(matches!(
            injected(clear, IfExists::Error, Overrides::NONE).unwrap_err().kind(),
            ErrorKind::Unencrypted
        ));
        let key = line("EXT-X-KEY", "SAMPLE-AES");
        assert_eq!(
            injected(clear, IfExists::Error, Override::Unencrypted.into()).unwrap(),
            format!("#EXTM3U\n{key}\n#EXTINF:2,\n1.m4s\n")
        );
        let rotating = format!("#EXTM3U\n{FAIRPLAY}\n1.m4s\n{FAIRPLAY}\n2.m4s\n");
        assert!(matches!(
            injected(&rotating, IfExists::Error, Overrides::NONE).unwrap_err().kind(),
            ErrorKind::NoPlace(_)
        ));
    }
}
