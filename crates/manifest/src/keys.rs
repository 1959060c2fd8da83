//! The content keys of a CPIX document, and whether it is signed.
//!
//! ```text
//!   <cpix:ContentKey kid="6e0b7c51-…"><cpix:Data><pskc:Secret><pskc:PlainValue>AAEC…       16 bytes in the clear
//!                                                            <pskc:EncryptedValue>…         for the holder of a key
//! ```
//!
//! They are read when somebody asks for them, and not kept.

use crate::manifest::{Kind, Manifest};
use crate::oddity::Oddities;
use crate::reference::MediaKind;
use crate::xml::{Tree, parse};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prkit_playready::{ContentKey, KeyId};

impl Manifest {
    /// Keys that are in the document in the clear, by their IDs.
    pub fn content_keys(&self) -> Vec<(KeyId, ContentKey)> {
        let Some(tree) = self.tree() else { return Vec::new() };
        elements(&tree, "ContentKey").filter_map(|index| key(&tree, index)).collect()
    }

    /// IDs of all its keys, encrypted or not.
    pub fn content_key_ids(&self) -> Vec<KeyId> {
        let Some(tree) = self.tree() else { return Vec::new() };
        elements(&tree, "ContentKey").filter_map(|index| tree.said(index, "kid")?.parse().ok()).collect()
    }

    /// What its keys are for, by their usage rules (CPIX 2.3, 4.2.5): pictures, or sound.
    pub fn key_uses(&self) -> Vec<(KeyId, MediaKind)> {
        let Some(tree) = self.tree() else { return Vec::new() };
        let rules = elements(&tree, "ContentKeyUsageRule");
        let uses = rules.filter_map(|rule| {
            let kid = tree.said(rule, "kid")?.parse().ok()?;
            Some((kid, used_for(&tree, rule)?))
        });
        uses.collect()
    }

    /// Whether the document has a signature (XML Signature), which any edit breaks.
    pub fn is_signed(&self) -> bool {
        let text = self.text().as_str();
        // A second reading only where there may be one.
        let is_xml = !matches!(self.kind(), Kind::M3u8 | Kind::Json);
        is_xml
            && text.contains("SignedInfo")
            && parse(self.text(), &mut Oddities::default())
                .is_ok_and(|tree| elements(&tree, "SignedInfo").next().is_some())
    }

    fn tree(&self) -> Option<Tree<'_>> {
        if self.kind() != Kind::Cpix {
            return None;
        }
        parse(self.text(), &mut Oddities::default()).ok()
    }
}

fn elements<'t>(tree: &'t Tree<'_>, local: &'t str) -> impl Iterator<Item = usize> + 't {
    (0..tree.len()).filter(move |index| tree.local(*index) == local)
}

/// What a rule is for: its filters tell, or the name of a track type, of which `AUDIO`, `SD`, `HD` and `UHD` are in use.
fn used_for(tree: &Tree<'_>, rule: usize) -> Option<MediaKind> {
    let has = |filter: &str| tree.named(rule, filter).next().is_some();
    if has("VideoFilter") || has("AudioFilter") {
        return Some(if has("VideoFilter") { MediaKind::Video } else { MediaKind::Audio });
    }
    let name = tree.said(rule, "intendedTrackType")?;
    let begins = |with: &str| name.get(..with.len()).is_some_and(|first| first.eq_ignore_ascii_case(with));
    if begins("audio") {
        return Some(MediaKind::Audio);
    }
    ["video", "sd", "hd", "uhd"].into_iter().any(begins).then_some(MediaKind::Video)
}

fn key(tree: &Tree<'_>, index: usize) -> Option<(KeyId, ContentKey)> {
    let kid = tree.said(index, "kid")?.parse().ok()?;
    let end = tree.get(index)?.skip;
    let value = (index..end).find(|inner| tree.local(*inner) == "PlainValue")?;
    let bytes = STANDARD.decode(tree.content(value).as_bytes()).ok()?;
    Some((kid, ContentKey::from_bytes(&bytes).ok()?))
}
