//! PlayReady's header in a Smooth client manifest.
//!
//! ```text
//!   <SmoothStreamingMedia …>
//!     <Protection>                                                          new, unless there is one
//!       <ProtectionHeader SystemID="9A04F079-…">…</ProtectionHeader>        new
//!     </Protection>
//! ```

use super::inject::{IfExists, Injected, Place};
use super::layout::{indent, step};
use crate::edit::Edit;
use crate::error::{ErrorKind, Result};
use crate::found::Form;
use crate::manifest::Manifest;
use crate::oddity::Oddities;
use crate::snippet::{for_form, snippet};
use crate::xml::{Closed, parse};
use std::collections::BTreeSet;

impl Manifest {
    pub(super) fn inject_smooth(&self, object: &[u8], if_exists: IfExists) -> Result<Injected> {
        let tree = parse(self.text(), &mut Oddities::default())?;
        let root = tree.roots().find(|root| tree.local(*root) == "SmoothStreamingMedia");
        let Some(root) = root.filter(|root| tree.get(*root).is_some_and(|e| e.closed != Closed::BySlash))
        else {
            let why = "only a client manifest (SmoothStreamingMedia) has a place for it; a server manifest's media files have one";
            return Err(ErrorKind::NoPlace(why.to_owned()).into());
        };
        let object = for_form(Form::ProtectionHeader, object);
        let (mut injected, mut gone) = (Injected::default(), BTreeSet::new());
        let all: Vec<usize> = (0..self.descriptors().len()).collect();
        let place = self.decide(&all, &object, if_exists, &mut gone)?;
        injected.count(place, || tree.path(root));
        let header = snippet(Form::ProtectionHeader, &object);
        match place {
            Place::Add => {}
            Place::Instead(index) => {
                let range = self.descriptors().get(index).map(|descriptor| descriptor.range.clone());
                injected.edits.extend(range.map(|range| Edit::new(range, header)));
                injected.edits.extend(self.take_out(&gone));
                return Ok(injected);
            }
            Place::Keep | Place::OtherKeys => return Ok(injected),
        }
        let text = self.text().as_str();
        let root_indent = tree.get(root).and_then(|element| indent(text, element.start)).unwrap_or_default();
        let first = tree.children(root).next().and_then(|child| tree.get(child));
        let own = first.and_then(|child| indent(text, child.start));
        let step = step(Some(root_indent), own);
        let line_end = self.text().line_end();
        let broken = |levels: usize| match own {
            Some(_) => format!("{line_end}{root_indent}{}", step.repeat(levels)),
            None => String::new(),
        };
        let is_open = |at: &usize| tree.get(*at).is_some_and(|element| element.closed != Closed::BySlash);
        let protection = tree.named(root, "Protection").find(is_open).and_then(|at| tree.get(at));
        injected.edits.push(if let Some(protection) = protection {
            Edit::insert(protection.content.start, format!("{}{header}", broken(2)))
        } else {
            let start = tree.get(root).map_or(0, |element| element.content.start);
            let put = format!("{}<Protection>{}{header}{}</Protection>", broken(1), broken(2), broken(1));
            Edit::insert(start, put)
        });
        Ok(injected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::NewObject;
    use crate::manifest::Kind;
    use bytes::Bytes;
    use prkit_playready::Overrides;
    use prkit_playready::{Object, RecordType};

    fn object(url: &str, store: bool) -> Vec<u8> {
        let xml = format!("<WRMHEADER><DATA><LA_URL>{url}</LA_URL></DATA></WRMHEADER>");
        let header: Vec<u8> = xml.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let store = store.then_some((RecordType::Store, &[0; 64][..]));
        Object::encode([(RecordType::Header, &header[..])].into_iter().chain(store)).unwrap()
    }

    fn injected(text: &str, object: &[u8], if_exists: IfExists) -> Result<String> {
        let manifest = Manifest::parse(Kind::Smooth, &Bytes::copy_from_slice(text.as_bytes())).unwrap();
        let plan = manifest
            .plan(manifest.inject(NewObject { object, whole_box: &[] }, if_exists, Overrides::NONE)?.edits)
            .unwrap();
        Ok(String::from_utf8(plan.to_vec(&text.as_bytes()).unwrap()).unwrap())
    }

    #[test]
    fn protection_is_made_and_laid_out_and_the_empty_store_stays_out() {
        let text = "<SmoothStreamingMedia>\n\t<StreamIndex/>\n</SmoothStreamingMedia>";
        let header = snippet(Form::ProtectionHeader, &object("a:b", false));
        let expected = format!(
            "<SmoothStreamingMedia>\n\t<Protection>\n\t\t{header}\n\t</Protection>\n\t<StreamIndex/>\n</SmoothStreamingMedia>"
        );
        let new = injected(text, &object("a:b", true), IfExists::Error).unwrap();
        assert_eq!(new, expected);
        assert_eq!(injected(&new, &object("a:b", true), IfExists::Error).unwrap(), new);
        let replaced = injected(&new, &object("c:d", false), IfExists::Replace).unwrap();
        assert_eq!(
            replaced,
            expected.replace(&header, &snippet(Form::ProtectionHeader, &object("c:d", false)))
        );
    }

    #[test]
    fn a_header_of_another_system_keeps_its_place() {
        let text = "<SmoothStreamingMedia><Protection><ProtectionHeader SystemID='edef8ba9-79d6-4ace-a3c8-27dcd51d21ed'>AA==</ProtectionHeader></Protection></SmoothStreamingMedia>";
        let new = injected(text, &object("a:b", false), IfExists::Error).unwrap();
        let header = snippet(Form::ProtectionHeader, &object("a:b", false));
        assert_eq!(new, text.replace("<Protection>", &format!("<Protection>{header}")));
    }

    #[test]
    fn a_server_manifest_has_no_place() {
        let error = injected("<smil><head/></smil>", &object("a:b", false), IfExists::Error).unwrap_err();
        assert!(error.to_string().contains("only a client manifest"), "{error}");
    }
}
