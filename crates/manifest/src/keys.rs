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

fn key(tree: &Tree<'_>, index: usize) -> Option<(KeyId, ContentKey)> {
    let kid = tree.said(index, "kid")?.parse().ok()?;
    let end = tree.get(index)?.skip;
    let value = (index..end).find(|inner| tree.local(*inner) == "PlainValue")?;
    let bytes = STANDARD.decode(tree.content(value).as_bytes()).ok()?;
    Some((kid, ContentKey::from_bytes(&bytes).ok()?))
}
