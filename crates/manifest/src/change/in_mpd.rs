//! PlayReady's descriptor in an MPD (DASH mapping of PlayReady, 3: D-01 to D-04).
//!
//! ```text
//!   <AdaptationSet>
//!     <ContentProtection schemeIdUri="urn:mpeg:dash:mp4protection:2011" value="cenc" …/>     there
//!     <ContentProtection schemeIdUri="urn:uuid:…" …>…</ContentProtection>                    there
//!     <ContentProtection schemeIdUri="urn:uuid:9a04f079-…" value="MSPR 2.0">                 new, behind the last
//!       <cenc:pssh>…</cenc:pssh>
//!       <mspr:pro>…</mspr:pro>
//!     </ContentProtection>
//! ```
//!
//! The specification asks for both forms of the object. Namespaces are declared on the new element where its place
//! has none, so that not one byte elsewhere changes.

use super::inject::{IfExists, Injected, NewObject, Place, fits};
use super::layout::{indent, step};
use crate::edit::Edit;
use crate::error::{ErrorKind, Result};
use crate::found::Descriptor;
use crate::manifest::Manifest;
use crate::oddity::Oddities;
use crate::snippet::SCHEME;
use crate::xml::{Namespace, Tree, parse};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prkit_playready::KeyId;
use std::collections::{BTreeMap, BTreeSet};

impl Manifest {
    pub(super) fn inject_mpd(
        &self,
        new: NewObject<'_>,
        kids: &[KeyId],
        if_exists: IfExists,
    ) -> Result<Injected> {
        let tree = parse(self.text(), &mut Oddities::default())?;
        let mut places: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (index, descriptor) in self.descriptors().iter().enumerate() {
            places.entry(descriptor.owner.unwrap_or(usize::MAX)).or_default().push(index);
        }
        let descriptor = |index: &usize| self.descriptors().get(*index);
        places.retain(|_, here| here.iter().filter_map(descriptor).any(Descriptor::is_encryption));
        if places.is_empty() {
            let why = "nothing says that it is encrypted: there is no mp4protection descriptor".to_owned();
            return Err(ErrorKind::NoPlace(why).into());
        }
        let (mut injected, mut gone) = (Injected::default(), BTreeSet::new());
        for here in places.values() {
            let named: Vec<KeyId> =
                here.iter().filter_map(descriptor).flat_map(|d| &d.kids).filter_map(|kid| kid.id).collect();
            let place = if fits(&named, kids) {
                self.decide(here, new.object, if_exists, &mut gone)?
            } else {
                Place::OtherKeys
            };
            let parent = |d: &Descriptor| d.owner.map(|owner| tree.path(owner)).unwrap_or_default();
            injected.count(place, || here.first().and_then(descriptor).map(parent).unwrap_or_default());
            let beside = match place {
                Place::Add => here.iter().rev().find_map(descriptor),
                Place::Instead(index) => descriptor(&index),
                Place::Keep | Place::OtherKeys => None,
            };
            let Some(beside) = beside else { continue };
            let Some(element) = tree.beginning_at(beside.range.start) else { continue };
            let (margin, put) = written(&tree, element, self.text().line_end(), new);
            injected.edits.push(match place {
                Place::Instead(_) => Edit::new(beside.range.clone(), put),
                _ => Edit::insert(beside.range.end, format!("{margin}{put}")),
            });
        }
        injected.edits.extend(self.take_out(&gone));
        Ok(injected)
    }
}

/// The element that goes beside another descriptor, laid out like that one, and the white space between the two.
fn written(tree: &Tree<'_>, sibling: usize, line_end: &str, new: NewObject<'_>) -> (String, String) {
    let start = tree.get(sibling).map_or(0, |element| element.start);
    let own = indent(tree.text, start);
    let parent = tree.get(sibling).and_then(|element| element.parent).and_then(|parent| tree.get(parent));
    let outer = parent.and_then(|parent| indent(tree.text, parent.start));
    let (outer_break, inner_break) = match own {
        Some(own) => (format!("{line_end}{own}"), format!("{line_end}{own}{}", step(outer, Some(own)))),
        None => (String::new(), String::new()),
    };
    let mut declarations = String::new();
    // What is declared on the sibling itself does not hold beside it.
    let around = tree.get(sibling).and_then(|element| element.parent).unwrap_or(usize::MAX);
    let mut prefix = |namespace: Namespace, usual: &str| {
        let found = tree.prefix_for(around, namespace);
        if found.is_none() {
            declarations = format!("{declarations} xmlns:{usual}=\"{}\"", namespace.uri());
        }
        found.unwrap_or(usual).to_owned()
    };
    let (cenc, mspr) = (prefix(Namespace::Cenc, "cenc"), prefix(Namespace::PlayReady, "mspr"));
    let name = tree.name(sibling);
    let (whole_box, object) = (STANDARD.encode(new.whole_box), STANDARD.encode(new.object));
    let element = format!(
        "<{name} schemeIdUri=\"{SCHEME}\" value=\"MSPR 2.0\"{declarations}>\
         {inner_break}<{cenc}:pssh>{whole_box}</{cenc}:pssh>\
         {inner_break}<{mspr}:pro>{object}</{mspr}:pro>\
         {outer_break}</{name}>"
    );
    (outer_break, element)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::found::Form;
    use crate::manifest::Kind;
    use crate::snippet::pssh_box;
    use bytes::Bytes;
    use prkit_playready::Overrides;
    use prkit_playready::{Object, RecordType};

    fn object(kid: &str) -> Vec<u8> {
        let xml = format!(
            "<WRMHEADER><DATA><PROTECTINFO><KIDS><KID VALUE=\"{kid}\"></KID></KIDS></PROTECTINFO></DATA></WRMHEADER>"
        );
        let header: Vec<u8> = xml.encode_utf16().flat_map(u16::to_le_bytes).collect();
        Object::encode([(RecordType::Header, &header[..])]).unwrap()
    }

    const KID: &str = "MyIRAFVEd2aImaq7zN3u/w==";

    fn injected(text: &str, object: &[u8], if_exists: IfExists) -> Result<(String, Injected)> {
        let manifest = Manifest::parse(Kind::Mpd, &Bytes::copy_from_slice(text.as_bytes())).unwrap();
        let injected = manifest.inject(
            NewObject { object, whole_box: &pssh_box(object).unwrap() },
            if_exists,
            Overrides::NONE,
        )?;
        let plan = manifest.plan(injected.edits.clone()).unwrap();
        Ok((String::from_utf8(plan.to_vec(&text.as_bytes()).unwrap()).unwrap(), injected))
    }

    const MPD: &str = "<MPD xmlns:c='urn:mpeg:cenc:2013'>\r\n  <Period>\r\n    <AdaptationSet>\r\n\
        \x20     <ContentProtection schemeIdUri='urn:mpeg:dash:mp4protection:2011' c:default_KID='00112233-4455-6677-8899-aabbccddeeff'/>\r\n\
        \x20     <Representation/>\r\n    </AdaptationSet><AdaptationSet>\
        <ContentProtection schemeIdUri='urn:mpeg:dash:mp4protection:2011' c:default_KID='11111111-1111-1111-1111-111111111111'/></AdaptationSet></Period></MPD>";

    #[test]
    fn a_descriptor_is_laid_out_like_its_neighbour_with_what_is_not_declared() {
        let object = object(KID);
        let (new, report) = injected(MPD, &object, IfExists::Error).unwrap();
        assert_eq!(
            (report.added, report.other_keys),
            (vec!["/MPD/Period[0]/AdaptationSet[0]".to_owned()], 1)
        );
        let expected = format!(
            "\r\n      <ContentProtection schemeIdUri=\"{SCHEME}\" value=\"MSPR 2.0\" xmlns:mspr=\"urn:microsoft:playready\">\
             \r\n        <c:pssh>{}</c:pssh>\r\n        <mspr:pro>{}</mspr:pro>\r\n      </ContentProtection>",
            STANDARD.encode(pssh_box(&object).unwrap()),
            STANDARD.encode(&object)
        );
        let (head, tail) = MPD.split_once("aabbccddeeff'/>").unwrap();
        assert_eq!(new, format!("{head}aabbccddeeff'/>{expected}{tail}"));
        let read = Manifest::parse(Kind::Mpd, &Bytes::from(new.clone())).unwrap();
        let forms: Vec<_> = read.objects().iter().map(|object| object.form).collect();
        assert_eq!((forms, read.oddities().len()), (vec![Form::CencPssh, Form::MsprPro], 0));
        // The same again is nothing to do.
        let (again, report) = injected(&new, &object, IfExists::Error).unwrap();
        assert_eq!((again, report.kept, report.added.len()), (new, 1, 0));
    }

    #[test]
    fn a_descriptor_that_is_there_is_treated_as_asked() {
        let (first, second) = (object(KID), [object(KID), vec![0; 4]].concat());
        let (old, _) = injected(MPD, &first, IfExists::Error).unwrap();
        let error = injected(&old, &second, IfExists::Error).unwrap_err();
        assert!(error.to_string().contains("already at line 5"), "{error}");
        assert_eq!(injected(&old, &second, IfExists::Keep).unwrap().0, old);
        let (replaced, _) = injected(&old, &second, IfExists::Replace).unwrap();
        assert_eq!(replaced, injected(MPD, &second, IfExists::Error).unwrap().0);
        let (added, _) = injected(&old, &second, IfExists::Add).unwrap();
        assert_eq!(added.matches(SCHEME).count(), 2);
    }

    #[test]
    fn a_document_that_encrypts_nothing_or_has_other_keys_is_refused() {
        let error = injected("<MPD><Period/></MPD>", &object(KID), IfExists::Error).unwrap_err();
        assert!(error.to_string().contains("no mp4protection descriptor"), "{error}");
        let error = injected(MPD, &object("AAAAAAAAAAAAAAAAAAAAAA=="), IfExists::Error).unwrap_err();
        assert!(error.to_string().contains("none of the encrypted places"), "{error}");
    }
}
