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
use super::layout::{indent, step, with_line};
use crate::edit::Edit;
use crate::error::{ErrorKind, Result};
use crate::found::Descriptor;
use crate::manifest::Manifest;
use crate::oddity::Oddities;
use crate::snippet::SCHEME;
use crate::xml::{Closed, Namespace, Tree, parse};
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
        places.retain(|_, here| !here.iter().filter_map(descriptor).any(|found| found.is_shelved));
        let says = |here: &[usize]| here.iter().filter_map(descriptor).any(Descriptor::is_encryption);
        let sure: BTreeSet<usize> =
            places.iter().filter(|(_, here)| says(here)).map(|(owner, _)| *owner).collect();
        // Descriptors of other systems alone say it, too, unless one of the encryption is above or below them.
        let is_above = |outer: usize, inner: usize| tree.upwards(inner).any(|around| around == outer);
        let is_told = |owner: usize| sure.iter().any(|sure| is_above(owner, *sure) || is_above(*sure, owner));
        let is_system = |here: &[usize]| here.iter().filter_map(descriptor).any(|d| d.system.is_some());
        let is_playready = |here: &[usize]| here.iter().filter_map(descriptor).any(Descriptor::is_playready);
        // Where every Representation of a set has one of PlayReady's, it is their place and not the set's.
        let inner = inner_places(&tree, |index| places.get(&index).is_some_and(|here| is_playready(here)));
        let all_inner: BTreeSet<usize> = inner.values().flatten().copied().collect();
        let is_inner = |owner: usize| all_inner.contains(&owner);
        let said: BTreeMap<usize, Vec<KeyId>> =
            places.iter().map(|(owner, here)| (*owner, self.kids_of(here))).collect();
        places.retain(|owner, here| {
            let is_above_others = !is_playready(here) && inner.contains_key(owner);
            (sure.contains(owner) && !is_above_others)
                || *owner != usize::MAX && is_system(here) && (!is_told(*owner) || is_inner(*owner))
                || self.is_to_fill(here)
        });
        if places.is_empty() {
            let why = "nothing says that it is encrypted: there is no ContentProtection".to_owned();
            return Err(ErrorKind::NoPlace(why).into());
        }
        let (mut injected, mut gone, mut replaced) = (Injected::default(), BTreeSet::new(), BTreeSet::new());
        for (owner, here) in &places {
            // Key IDs of the innermost element that names any.
            let around = core::iter::once(*owner).chain(tree.upwards(*owner));
            let named = around.filter_map(|outer| said.get(&outer)).find(|kids| !kids.is_empty());
            let named = named.cloned().unwrap_or_default();
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
                Place::Fill(index) => {
                    let element = descriptor(&index).and_then(|d| tree.beginning_at(d.range.start));
                    let line_end = self.text().line_end();
                    injected
                        .edits
                        .extend(element.iter().flat_map(|element| filled(&tree, *element, line_end, new)));
                    None
                }
                Place::Keep | Place::OtherKeys => None,
            };
            let Some(beside) = beside else { continue };
            let Some(element) = tree.beginning_at(beside.range.start) else { continue };
            let (margin, put) = written(&tree, element, self.text().line_end(), new);
            injected.edits.push(match place {
                Place::Instead(index) => {
                    replaced.insert(index);
                    Edit::new(beside.range.clone(), put)
                }
                _ => Edit::insert(beside.range.end, format!("{margin}{put}")),
            });
        }
        injected.edits.extend(self.take_out(&self.with_unreferred(&replaced, gone)));
        Ok(injected)
    }

    /// Key IDs that some descriptors name, and those that they refer to.
    fn kids_of(&self, here: &[usize]) -> Vec<KeyId> {
        let found = here.iter().filter_map(|index| self.descriptors().get(*index));
        let targets = found.clone().filter_map(Descriptor::target);
        let targets = targets.filter_map(|index| self.descriptors().get(index));
        targets.chain(found).flat_map(|d| &d.kids).filter_map(|kid| kid.id).collect()
    }

    /// Whether one of some descriptors is PlayReady's and empty: a place that waits for an object.
    fn is_to_fill(&self, here: &[usize]) -> bool {
        here.iter().any(|index| {
            self.descriptors().get(*index).is_some_and(Descriptor::is_playready) && self.is_empty(*index)
        })
    }

    /// What goes, and with it what was there only to be referred to by descriptors that go, or that are replaced.
    fn with_unreferred(&self, replaced: &BTreeSet<usize>, mut gone: BTreeSet<usize>) -> BTreeSet<usize> {
        let leaving: BTreeSet<usize> = replaced.union(&gone).copied().collect();
        let (mut left, mut needed) = (BTreeSet::new(), BTreeSet::new());
        for (index, descriptor) in self.descriptors().iter().enumerate() {
            let into = if leaving.contains(&index) { &mut left } else { &mut needed };
            into.extend(descriptor.target());
        }
        let is_shelved = |index: &&usize| self.descriptors().get(**index).is_some_and(Descriptor::is_shelved);
        gone.extend(left.difference(&needed).filter(is_shelved));
        gone
    }
}

/// Elements every Representation of which has a descriptor of its own, with these.
fn inner_places(tree: &Tree<'_>, has_one: impl Fn(usize) -> bool) -> BTreeMap<usize, BTreeSet<usize>> {
    let mut inner: BTreeMap<usize, Option<BTreeSet<usize>>> = BTreeMap::new();
    for index in (0..tree.len()).filter(|index| tree.local(*index) == "Representation") {
        let has_one = has_one(index);
        for outer in tree.upwards(index).filter(|outer| *outer != index) {
            let inside = inner.entry(outer).or_insert_with(|| Some(BTreeSet::new()));
            match inside {
                Some(known) if has_one => {
                    known.insert(index);
                }
                _ => *inside = None,
            }
        }
    }
    inner.into_iter().filter_map(|(outer, inside)| Some((outer, inside?))).collect()
}

/// Edits that put both forms into an element that holds neither; what else is in it stays, empty forms go.
fn filled(tree: &Tree<'_>, index: usize, line_end: &str, new: NewObject<'_>) -> Vec<Edit> {
    let Some(element) = tree.get(index) else { return Vec::new() };
    let is_form = |child: &usize| matches!(tree.local(*child), "pssh" | "pro");
    let empties = tree.children(index).filter(is_form).filter(|child| tree.content(*child).is_empty());
    let empties = empties.filter_map(|child| tree.get(child)).map(|child| child.start..child.end);
    let mut edits: Vec<Edit> = empties.map(|range| Edit::remove(with_line(tree.text, &range))).collect();
    let own = indent(tree.text, element.start);
    let parent = element.parent.and_then(|parent| tree.get(parent));
    let outer = parent.and_then(|parent| indent(tree.text, parent.start));
    let inner_break =
        own.map_or_else(String::new, |own| format!("{line_end}{own}{}", step(outer, Some(own))));
    let outer_break = own.map_or_else(String::new, |own| format!("{line_end}{own}"));
    let forms = Forms::at(tree, index, new);
    let put = format!("{inner_break}{}{inner_break}{}", forms.boxed, forms.object);
    let declarations = forms.declarations;
    if element.closed == Closed::BySlash {
        let tag = tree.text.get(element.start..element.end).unwrap_or_default();
        let tag = tag.strip_suffix("/>").unwrap_or(tag).trim_end();
        let whole = format!("{tag}{declarations}>{put}{outer_break}</{}>", tree.name(index));
        return vec![Edit::new(element.start..element.end, whole)];
    }
    if !declarations.is_empty() {
        edits.push(Edit::insert(element.content.start.saturating_sub(1), declarations));
    }
    // Behind what is there, in front of the white space before the end tag.
    let inside = tree.text.get(element.content.clone()).unwrap_or_default();
    let end = element.content.start.saturating_add(inside.trim_end().len());
    let is_blank = inside.trim().is_empty();
    let put = if is_blank && !inside.contains(['\n', '\r']) { format!("{put}{outer_break}") } else { put };
    edits.push(Edit::insert(end, put));
    edits
}

/// The two forms of an object, with the prefixes that hold at an element, and declarations of those that do not.
struct Forms {
    boxed: String,
    object: String,
    declarations: String,
}

impl Forms {
    fn at(tree: &Tree<'_>, index: usize, new: NewObject<'_>) -> Self {
        let mut declarations = String::new();
        let mut prefix = |namespace: Namespace, usual: &str| {
            let found = tree.prefix_for(index, namespace);
            if found.is_none() {
                declarations = format!("{declarations} xmlns:{usual}=\"{}\"", namespace.uri());
            }
            found.unwrap_or(usual).to_owned()
        };
        let (cenc, mspr) = (prefix(Namespace::Cenc, "cenc"), prefix(Namespace::PlayReady, "mspr"));
        let boxed = format!("<{cenc}:pssh>{}</{cenc}:pssh>", STANDARD.encode(new.whole_box));
        let object = format!("<{mspr}:pro>{}</{mspr}:pro>", STANDARD.encode(new.object));
        Self { boxed, object, declarations }
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
    // What is declared on the sibling itself does not hold beside it.
    let around = tree.get(sibling).and_then(|element| element.parent).unwrap_or(usize::MAX);
    let Forms { boxed, object, declarations } = Forms::at(tree, around, new);
    let name = tree.name(sibling);
    let element = format!(
        "<{name} schemeIdUri=\"{SCHEME}\" value=\"MSPR 2.0\"{declarations}>\
         {inner_break}{boxed}{inner_break}{object}{outer_break}</{name}>"
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
    fn an_empty_descriptor_is_filled_and_what_else_is_in_it_stays() {
        let object = object(KID);
        let (boxed, pro) = (STANDARD.encode(pssh_box(&object).unwrap()), STANDARD.encode(&object));
        let forms = format!("<cenc:pssh>{boxed}</cenc:pssh><mspr:pro>{pro}</mspr:pro>");
        let open = |inside: &str| {
            format!(
                "<MPD xmlns:cenc='urn:mpeg:cenc:2013' xmlns:mspr='urn:microsoft:playready'><Period><AdaptationSet>\
                 <ContentProtection schemeIdUri='urn:mpeg:dash:mp4protection:2011' value='cenc'/>\
                 <ContentProtection schemeIdUri='{SCHEME}'{inside}</AdaptationSet></Period></MPD>"
            )
        };
        let expected = open(&format!(">{forms}</ContentProtection>"));
        for empty in [
            "/>",
            " />",
            "></ContentProtection>",
            "><mspr:pro/></ContentProtection>",
            "><mspr:pro></mspr:pro><cenc:pssh/></ContentProtection>",
        ] {
            let (new, report) = injected(&open(empty), &object, IfExists::Error).unwrap();
            assert_eq!((new, report.added.len()), (expected.clone(), 1), "{empty}");
        }
        let (new, _) =
            injected(&open("><Laurl>a</Laurl></ContentProtection>"), &object, IfExists::Keep).unwrap();
        assert_eq!(new, open(&format!("><Laurl>a</Laurl>{forms}</ContentProtection>")));
        // Without the prefixes around it, it declares them itself.
        let bare = open("></ContentProtection>").replace(" xmlns:mspr='urn:microsoft:playready'", "");
        let (new, _) = injected(&bare, &object, IfExists::Error).unwrap();
        assert!(
            new.contains(&format!("'{SCHEME}' xmlns:mspr=\"urn:microsoft:playready\"><cenc:pssh>")),
            "{new}"
        );
    }

    #[test]
    fn descriptors_of_other_systems_alone_say_that_something_is_encrypted() {
        let other = "<ContentProtection schemeIdUri='urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed' d:default_KID='00112233-4455-6677-8899-aabbccddeeff'/>";
        let text = |set: &str, representation: &str| {
            format!(
                "<MPD><Period><AdaptationSet>{set}<Representation>{representation}</Representation></AdaptationSet></Period></MPD>"
            )
        };
        let (_, report) = injected(&text(other, ""), &object(KID), IfExists::Error).unwrap();
        assert_eq!(report.added, ["/MPD/Period[0]/AdaptationSet[0]"]);
        // The descriptor of the encryption is elsewhere on the way: there is the place.
        let encryption = "<ContentProtection schemeIdUri='urn:mpeg:dash:mp4protection:2011'/>";
        let (_, report) = injected(&text(other, encryption), &object(KID), IfExists::Error).unwrap();
        assert_eq!(report.added, ["/MPD/Period[0]/AdaptationSet[0]/Representation[0]"]);
        let (_, report) = injected(&text(encryption, other), &object(KID), IfExists::Error).unwrap();
        assert_eq!(report.added, ["/MPD/Period[0]/AdaptationSet[0]"]);
    }

    #[test]
    fn an_empty_descriptor_of_a_representation_is_the_place() {
        let encryption = "<ContentProtection schemeIdUri='urn:mpeg:dash:mp4protection:2011' d:default_KID='00112233-4455-6677-8899-aabbccddeeff'/>";
        let empty = format!("<ContentProtection schemeIdUri='{SCHEME}'/>");
        let text = |first: &str, second: &str| {
            format!(
                "<MPD><Period><AdaptationSet>{encryption}<Representation>{first}</Representation><Representation>{second}</Representation></AdaptationSet></Period></MPD>"
            )
        };
        let set = "/MPD/Period[0]/AdaptationSet[0]";
        let added = |text: &str| injected(text, &object(KID), IfExists::Error).unwrap().1.added;
        let (one, two) = (format!("{set}/Representation[0]"), format!("{set}/Representation[1]"));
        assert_eq!(added(&text(&empty, &empty)), [one.clone(), two]);
        // The other one has none, and needs that of the set.
        assert_eq!(added(&text(&empty, "")), [set.to_owned(), one]);
        // The key is that of the set, and the object has another.
        let other = object("AAAAAAAAAAAAAAAAAAAAAA==");
        assert!(injected(&text(&empty, &empty), &other, IfExists::Error).is_err());
    }

    #[test]
    fn a_reference_without_a_scheme_has_that_of_its_target() {
        let text = format!(
            "<MPD xmlns:c='urn:mpeg:cenc:2013'>\
             <ContentProtection refId='e' schemeIdUri='urn:mpeg:dash:mp4protection:2011' c:default_KID='00112233-4455-6677-8899-aabbccddeeff'/>\
             <ContentProtection refId='p' schemeIdUri='{SCHEME}'><pro xmlns='urn:microsoft:playready'>{}</pro></ContentProtection>\
             <Period><AdaptationSet><ContentProtection ref='e'/>PLAYREADY</AdaptationSet></Period></MPD>",
            STANDARD.encode(object(KID))
        );
        let (_, report) = injected(&text.replace("PLAYREADY", ""), &object(KID), IfExists::Error).unwrap();
        assert_eq!(report.added, ["/MPD/Period[0]/AdaptationSet[0]"]);
        let referring = text.replace("PLAYREADY", "<ContentProtection ref='p'/>");
        let (new, report) = injected(&referring, &object(KID), IfExists::Error).unwrap();
        assert_eq!((new, report.kept), (referring, 1));
    }

    #[test]
    fn what_a_descriptor_refers_to_is_what_it_holds() {
        let object = object(KID);
        let held = format!("<pro xmlns='urn:microsoft:playready'>{}</pro>", STANDARD.encode(&object));
        let text = format!(
            "<MPD xmlns:c='urn:mpeg:cenc:2013'>\
             <ContentProtection refId='e' schemeIdUri='urn:mpeg:dash:mp4protection:2011' c:default_KID='00112233-4455-6677-8899-aabbccddeeff'/>\
             <ContentProtection refId='p' schemeIdUri='{SCHEME}'>{held}</ContentProtection><Period><AdaptationSet>\
             <ContentProtection ref='e' schemeIdUri='urn:mpeg:dash:mp4protection:2011'/>\
             <ContentProtection ref='p' schemeIdUri='{SCHEME}'/></AdaptationSet></Period></MPD>"
        );
        let (new, report) = injected(&text, &object, IfExists::Error).unwrap();
        assert_eq!((new, report.kept, report.added.len()), (text.clone(), 1, 0));
        let other = [object.clone(), vec![0; 4]].concat();
        let error = injected(&text, &other, IfExists::Error).unwrap_err();
        assert!(error.to_string().contains("already"), "{error}");
        let (new, _) = injected(&text, &other, IfExists::Replace).unwrap();
        assert!(!new.contains(&held) && !new.contains("'p'"), "{new}");
        // What another set refers to stays.
        let set = text.split_once("<Period>").unwrap().1.split_once("</Period>").unwrap().0;
        let two = text.replace(set, &format!("{set}{}", set.replace("ref='e'", "ref='f'"))).replace(
            "<Period>",
            "<ContentProtection refId='f' schemeIdUri='urn:mpeg:dash:mp4protection:2011' c:default_KID='11112233-4455-6677-8899-aabbccddeeff'/><Period>",
        );
        let (new, report) = injected(&two, &other, IfExists::Replace).unwrap();
        assert_eq!((report.added.len(), report.other_keys), (1, 1), "{new}");
        assert!(new.contains(&held) && new.matches("ref='p'").count() == 1, "{new}");
    }

    #[test]
    fn a_document_that_encrypts_nothing_or_has_other_keys_is_refused() {
        let error = injected("<MPD><Period/></MPD>", &object(KID), IfExists::Error).unwrap_err();
        assert!(error.to_string().contains("there is no ContentProtection"), "{error}");
        let error = injected(MPD, &object("AAAAAAAAAAAAAAAAAAAAAA=="), IfExists::Error).unwrap_err();
        assert!(error.to_string().contains("none of the encrypted places"), "{error}");
    }
}
