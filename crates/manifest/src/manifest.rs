//! A document, what stands in it, and edits of it.

use crate::collect::Collector;
use crate::edit::{self, Edit};
use crate::error::{Error, ErrorKind, Result};
use crate::found::{At, Descriptor, Object};
use crate::limits::MAX_LEN;
use crate::oddity::{Oddities, Oddity, OddityKind};
use crate::protection::LicenseUrl;
use crate::reference::{Files, Gather, Presentation};
use crate::slot::Slot;
use crate::text::{Encoding, Text, declared_encoding};
use crate::unread::Unread;
use crate::{answer, m3u8, mpd, protection, smooth, xml};
use bytes::Bytes;
use core::ops::Range;
use prkit_plan::Plan;
use std::collections::{BTreeMap, HashMap};

/// Kinds of documents.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// DASH: MPD, or a piece of one.
    Mpd,
    /// Smooth Streaming: client manifest, or server manifest (SMIL).
    Smooth,
    /// HLS playlist of either kind.
    M3u8,
    /// CPIX.
    Cpix,
    /// Any other text: objects in it are found by what they are.
    Text,
    /// A key service's answer in JSON.
    Json,
    /// A key service's answer in an envelope (SOAP).
    Soap,
}

impl Kind {
    /// The kind of an XML document, or of a piece of one, by its first element.
    pub fn of_root(name: &str) -> Option<Self> {
        let local = name.rsplit_once(':').map_or(name, |(_, local)| local);
        Some(match local {
            "MPD" | "Patch" | "Period" | "AdaptationSet" | "Representation" | "ContentProtection" | "pro"
            | "pssh" => Self::Mpd,
            "SmoothStreamingMedia" | "smil" | "Protection" | "ProtectionHeader" => Self::Smooth,
            "CPIX" | "DRMSystemList" | "DRMSystem" => Self::Cpix,
            _ => return None,
        })
    }
}

/// A document in memory.
#[derive(Clone, Debug)]
pub struct Manifest {
    kind: Kind,
    text: Text,
    slots: Vec<Slot>,
    objects: Vec<Object>,
    descriptors: Vec<Descriptor>,
    oddities: Vec<Oddity>,
    unread: Vec<Unread>,
    license_urls: Vec<LicenseUrl>,
}

impl Manifest {
    /// Reads a document, well-formed or not.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TooLong`], [`ErrorKind::Limit`] and [`ErrorKind::DocumentType`] for hostile ones,
    /// [`ErrorKind::NoElement`] for what is no document at all.
    pub fn parse(kind: Kind, bytes: &Bytes) -> Result<Self> {
        let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if len > MAX_LEN {
            return Err(ErrorKind::TooLong { len }.into());
        }
        let text = Text::decode(bytes);
        let mut found = Collector::new(&text);
        if kind == Kind::Json {
            answer::read_json(&mut found)?;
        } else if kind == Kind::Soap {
            answer::read_xml(&mut found)?;
        } else if kind == Kind::M3u8 {
            m3u8::read(&mut found)?;
            if !text.as_str().trim_start().starts_with("#EXTM3U") {
                let first = text.as_str().lines().find(|line| !line.trim().is_empty());
                let name = first.ok_or(ErrorKind::NoElement)?.split([':', '\r']).next().unwrap_or_default();
                found.oddities.add(OddityKind::Fragment(name.chars().take(40).collect()), 0);
            }
        } else {
            let tree = match xml::parse(&text, &mut found.oddities) {
                // A page, a log: what can be read of elements is read, and the rest is text all the same.
                Err(_) if kind == Kind::Text => return Self::of_text(&text),
                tree => tree?,
            };
            if kind == Kind::Text {
                protection::read_tree(&tree, &mut found)?;
                found.strays_as_objects()?;
                return Ok(Self::done(kind, found, text.clone()));
            }
            let root = tree.roots().next().ok_or(ErrorKind::NoElement)?;
            if !matches!(tree.local(root), "MPD" | "SmoothStreamingMedia" | "smil" | "CPIX") {
                let start = tree.get(root).map_or(0, |element| element.start);
                found.oddities.add(OddityKind::Fragment(tree.name(root).to_owned()), start);
            }
            protection::read_tree(&tree, &mut found)?;
        }
        found.hidden()?;
        look_at_encoding(&text, &mut found.oddities);
        Ok(Self::done(kind, found, text.clone()))
    }

    fn of_text(text: &Text) -> Result<Self> {
        let mut found = Collector::new(text);
        found.strays_as_objects()?;
        Ok(Self::done(Kind::Text, found, text.clone()))
    }

    fn done(kind: Kind, found: Collector<'_>, text: Text) -> Self {
        let Collector { descriptors, mut objects, slots, mut oddities, unread, license_urls, .. } = found;
        if kind == Kind::Text {
            // Of a document of no kind that is known, nothing can be wrong.
            oddities = Oddities::default();
            objects.sort_by_key(|object| object.span.start());
        }
        let oddities = oddities.in_text(&text);
        Self { kind, text, slots, objects, descriptors, oddities, unread, license_urls }
    }

    /// What it is.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Its text.
    pub const fn text(&self) -> &Text {
        &self.text
    }

    /// The objects in it, in document order.
    pub fn objects(&self) -> &[Object] {
        &self.objects
    }

    /// What it says about systems and encryption, in document order.
    pub fn descriptors(&self) -> &[Descriptor] {
        &self.descriptors
    }

    /// What is wrong with it.
    pub fn oddities(&self) -> &[Oddity] {
        &self.oddities
    }

    /// What it holds of protection that is none of its objects.
    pub fn unread(&self) -> &[Unread] {
        &self.unread
    }

    /// Addresses of license servers beside objects.
    pub fn license_urls(&self) -> &[LicenseUrl] {
        &self.license_urls
    }

    /// Edits that put other bytes into objects, written as those were: alphabet, padding, lines.
    ///
    /// The bytes are of the same [`shape`](Object::shape): a whole box where there was a box.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Request`] for a number that no object has.
    pub fn replace(&self, replacements: &[(usize, Bytes)]) -> Result<Vec<Edit>> {
        self.replace_with_urls(replacements, &[])
    }

    /// The same, and other addresses in the place of [`license_urls`](Self::license_urls), by number: both may be in one text
    /// in base64.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Request`] for a number that no object and no address has.
    pub fn replace_with_urls(
        &self,
        replacements: &[(usize, Bytes)],
        urls: &[(usize, String)],
    ) -> Result<Vec<Edit>> {
        let mut by_slot: BTreeMap<usize, Vec<(At, Bytes)>> = BTreeMap::new();
        for (index, bytes) in replacements {
            let at = &self.objects.get(*index).ok_or_else(|| no_object(*index))?.at;
            by_slot.entry(at.slot).or_default().push((at.clone(), bytes.clone()));
        }
        for (index, url) in urls {
            let at = &self.license_urls.get(*index).ok_or_else(|| no_object(*index))?.at;
            let url = Bytes::copy_from_slice(url.as_bytes());
            by_slot.entry(at.slot).or_default().push((at.clone(), url));
        }
        let mut edits = Vec::new();
        for (slot, units) in by_slot {
            let slot = self.slots.get(slot).ok_or_else(|| no_object(slot))?;
            edits.extend(slot.edits(&units)?);
        }
        // Two key lines with one variable are spliced where its value is, both.
        edits.sort_by_key(|edit: &Edit| (edit.range.start, edit.range.end));
        edits.dedup();
        Ok(edits)
    }

    /// Spells out what the document refers to. `base` is its own address, or nothing where addresses are wanted
    /// relative to its folder.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Limit`] when it names more files than any presentation has.
    pub fn presentation(&self, base: &str, files: &dyn Files) -> Result<Presentation> {
        self.gathered(base, Gather::new(&self.text, files))
    }

    /// The same as far as it can be told without the files, with the first segment of each run alone: what is odd about
    /// references, and not which they are. A line of a timeline may stand for millions.
    ///
    /// # Errors
    ///
    /// As for [`presentation`](Self::presentation).
    pub fn outlined(&self) -> Result<Presentation> {
        let mut gather = Gather::new(&self.text, &());
        gather.lists_all = false;
        self.gathered("", gather)
    }

    fn gathered(&self, base: &str, mut gather: Gather<'_>) -> Result<Presentation> {
        match self.kind {
            Kind::M3u8 => m3u8::gather(base, &self.descriptors, &mut gather)?,
            Kind::Text | Kind::Json | Kind::Soap => {}
            Kind::Mpd | Kind::Smooth | Kind::Cpix => {
                // What is odd about the document itself is known.
                let tree = xml::parse(&self.text, &mut Oddities::default())?;
                if self.kind == Kind::Mpd {
                    let mut owners: HashMap<usize, Vec<usize>> = HashMap::new();
                    for (i, descriptor) in self.descriptors.iter().enumerate() {
                        if descriptor.is_shelved {
                            continue;
                        }
                        let owned = owners.entry(descriptor.owner.unwrap_or(usize::MAX)).or_default();
                        owned.push(i);
                        // What it refers to is said here, too.
                        owned.extend(descriptor.target());
                    }
                    mpd::gather(&tree, base, &owners, &mut gather)?;
                } else if self.kind == Kind::Smooth {
                    let all = (0..self.descriptors.len()).collect();
                    smooth::gather(&tree, base, &all, &mut gather)?;
                }
            }
        }
        Ok(gather.done())
    }

    /// The plan that carries out edits.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Request`] when edits overlap.
    pub fn plan(&self, edits: Vec<Edit>) -> Result<Plan> {
        edit::plan(&self.text, edits)
    }
}

impl Slot {
    /// Edits of the text that holds the slot, for new bytes of some of its units.
    fn edits(&self, units: &[(At, Bytes)]) -> Result<Vec<Edit>> {
        let bytes = match &self.inner {
            None => self.with_units(units),
            Some(inner) => {
                let mut by_slot: BTreeMap<usize, Vec<(At, Bytes)>> = BTreeMap::new();
                for (at, bytes) in units {
                    let Some(at) = at.inside() else { continue };
                    by_slot.entry(at.slot).or_default().push((at, bytes.clone()));
                }
                let mut edits = Vec::new();
                for (slot, units) in by_slot {
                    edits.extend(inner.slots.get(slot).ok_or_else(|| no_object(slot))?.edits(&units)?);
                }
                edit::apply(&inner.text, &self.bytes, edits)?
            }
        };
        if bytes == self.bytes {
            return Ok(Vec::new());
        }
        // The first piece takes it all; what stood behind a comment or a CDATA mark goes.
        let mut put = Some(self.value.encode(&bytes));
        let runs = self.value.runs.iter();
        Ok(runs.map(|run| Edit::new(run.clone(), put.take().unwrap_or_default())).collect())
    }

    fn with_units(&self, units: &[(At, Bytes)]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.bytes.len());
        let mut at = 0;
        let old = |range: Range<usize>| self.bytes.get(range).unwrap_or_default();
        let put: HashMap<usize, &Bytes> = units.iter().map(|(at, bytes)| (at.unit, bytes)).collect();
        for (i, unit) in self.units.iter().enumerate() {
            bytes.extend_from_slice(old(at..unit.range.start));
            match put.get(&i) {
                Some(new) => bytes.extend_from_slice(new),
                None => bytes.extend_from_slice(old(unit.range.clone())),
            }
            at = unit.range.end;
        }
        bytes.extend_from_slice(old(at..self.bytes.len()));
        bytes
    }
}

fn no_object(index: usize) -> Error {
    ErrorKind::Request(format!("there is no object {index}")).into()
}

fn look_at_encoding(text: &Text, oddities: &mut Oddities) {
    if text.is_broken() {
        let at = text.as_str().find(char::REPLACEMENT_CHARACTER).unwrap_or(0);
        oddities.add(OddityKind::Encoding, at);
    }
    let Some(declared) = declared_encoding(text.as_str()) else { return };
    let is_wide = matches!(text.encoding(), Encoding::Utf16Le | Encoding::Utf16Be);
    let says_wide = declared.to_ascii_lowercase().starts_with("utf-16");
    // .NET writes "utf-16" into a string, and programs then write the string as UTF-8.
    if is_wide != says_wide {
        oddities.add(OddityKind::Declaration(declared.to_owned()), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::found::Form;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    fn parse(kind: Kind, text: &str) -> Manifest {
        Manifest::parse(kind, &Bytes::copy_from_slice(text.as_bytes())).unwrap()
    }

    fn replaced(kind: Kind, text: &str, index: usize, bytes: &[u8]) -> String {
        let manifest = parse(kind, text);
        let edits = manifest.replace(&[(index, Bytes::copy_from_slice(bytes))]).unwrap();
        let plan = manifest.plan(edits).unwrap();
        String::from_utf8(plan.to_vec(&text.as_bytes()).unwrap()).unwrap()
    }

    fn forms(manifest: &Manifest) -> Vec<(&str, &str, usize)> {
        manifest.objects().iter().map(|o| (o.form.name(), o.path.as_str(), o.bytes.len())).collect()
    }

    fn odd(manifest: &Manifest) -> Vec<String> {
        manifest.oddities().iter().map(|odd| format!("{} {}", odd.position, odd.kind)).collect()
    }

    const PSSH: &str = "AAAAIXBzc2gAAAAAmgTweZhAQoarkuZb4IhflQAAAAE=";

    #[test]
    fn every_prefix_that_is_bound_will_do() {
        let text = "<MPD xmlns='urn:mpeg:dash:schema:mpd:2011' xmlns:p='urn:microsoft:playready'><Period>\
            <ContentProtection schemeIdUri='urn:uuid:9A04F079-9840-4286-AB92-E65BE0885F95'><p:pro>AAEC</p:pro>\
            <pro xmlns='urn:microsoft:playready'>AAEC</pro><pssh xmlns='urn:mpeg:cenc:2013'>AAEC</pssh>\
            <x:pro xmlns:x='urn:other'>AAEC</x:pro></ContentProtection></Period></MPD>";
        let manifest = parse(Kind::Mpd, text);
        let path = |name: &str| format!("/MPD/Period[0]/ContentProtection[0]/{name}");
        assert_eq!(
            forms(&manifest),
            [
                ("mspr-pro", path("p:pro").as_str(), 3),
                ("mspr-pro", path("pro").as_str(), 3),
                ("cenc-pssh", path("pssh").as_str(), 3)
            ]
        );
        assert!(manifest.descriptors()[0].is_playready());
        assert_eq!(manifest.oddities().len(), 1, "{:?}", odd(&manifest));
    }

    #[test]
    fn pieces_without_a_root_and_without_declarations_are_read_and_said_so() {
        let text = "<ContentProtection schemeIdUri=\"urn:uuid:9a04f079-9840-4286-ab92-e65be0885f95\" value=”MSPR 2.0”>\n\
            <mspr:pro>AAEC</mspr:pro></ContentProtection>\n<ContentProtection cenc:default_KID=\"x\"><pssh>AAEC</pssh>";
        let manifest = parse(Kind::Mpd, text);
        assert_eq!(manifest.objects().len(), 2);
        assert_eq!(
            odd(&manifest),
            [
                "line 1, column 1 a piece of a document: it begins with ContentProtection",
                "line 1, column 80 the value of value is not between two straight quotes",
                "line 2, column 1 the prefix mspr is not declared",
                "line 3, column 1 an element stands beside the root element",
                "line 3, column 1 ContentProtection is not closed",
                "line 3, column 1 \"x\" is not written as a key id",
                "line 3, column 20 the prefix cenc is not declared",
                "line 3, column 41 pssh is not in its namespace",
                "line 3, column 47 the data of a pssh box stands where the box is due",
            ]
        );
    }

    #[test]
    fn a_replaced_object_leaves_everything_else() {
        let text = "<A>\r\n  <pro xmlns='urn:microsoft:playready' >\r\n\tAAEC\r\n\tAw==\r\n  </pro>\r\n</A>\u{0}trailer";
        assert_eq!(replaced(Kind::Mpd, text, 0, &[0; 6]), text.replace("AAEC\r\n\tAw==", "AAAA\r\n\tAAAA"));
        assert_eq!(replaced(Kind::Mpd, text, 0, &[0, 1, 2, 3]), text);
    }

    #[test]
    fn one_of_several_boxes_is_replaced() {
        let text = format!("<pssh xmlns='urn:mpeg:cenc:2013'>{PSSH}{PSSH}</pssh>");
        let mut manifest = parse(Kind::Mpd, &text);
        // The first box claims 33 bytes and has 32: the second one is not found behind it.
        assert_eq!(manifest.objects().len(), 1);
        let pssh = [&[0, 0, 0, 0x21][..], b"pssh\0\0\0\0", &[7; 16], &[0, 0, 0, 1, 5]].concat();
        let text = format!(
            "<pssh xmlns='urn:mpeg:cenc:2013'>{}</pssh>",
            STANDARD.encode([&pssh[..], &pssh].concat())
        );
        manifest = parse(Kind::Mpd, &text);
        assert_eq!(manifest.objects().len(), 2);
        let new = replaced(Kind::Mpd, &text, 1, b"other");
        let expected = STANDARD.encode([&pssh[..], b"other"].concat());
        assert_eq!(new, format!("<pssh xmlns='urn:mpeg:cenc:2013'>{expected}</pssh>"));
    }

    #[test]
    fn comments_and_cdata_around_base64_are_no_part_of_it() {
        let text = "<pro xmlns='urn:microsoft:playready'><!-- old --><![CDATA[AAEC]]></pro>";
        assert_eq!(parse(Kind::Mpd, text).objects()[0].bytes.as_ref(), [0, 1, 2]);
        assert_eq!(replaced(Kind::Mpd, text, 0, &[0; 3]), text.replace("AAEC", "AAAA"));
    }

    #[test]
    fn texts_inside_texts_are_replaced_inside_out() {
        let data = STANDARD.encode("<pro xmlns=\"urn:microsoft:playready\">AAEC</pro><!-- c -->");
        let lines = STANDARD
            .encode("#EXT-X-KEY:METHOD=SAMPLE-AES,KEYFORMAT=\"com.microsoft.playready\",URI=\"data:;base64,AAEC\"\n#EXT-X-KEY:METHOD=NONE\n");
        let uri = STANDARD.encode("data:;base64,AAEC");
        let text = format!(
            "<CPIX><DRMSystemList><DRMSystem systemId='9a04f079-9840-4286-ab92-e65be0885f95' kid='00112233-4455-6677-8899-aabbccddeeff'>\
             <PSSH>{PSSH}</PSSH><ContentProtectionData>{data}</ContentProtectionData><HLSSignalingData>{lines}</HLSSignalingData>\
             <URIExtXKey>{uri}</URIExtXKey><SmoothStreamingProtectionHeaderData>AAEC</SmoothStreamingProtectionHeaderData>\
             </DRMSystem></DRMSystemList></CPIX>"
        );
        let manifest = parse(Kind::Cpix, &text);
        let found: Vec<_> = manifest.objects().iter().map(|o| (o.form, o.bytes.len())).collect();
        assert_eq!(
            found,
            [
                (Form::CpixPssh, 32),
                (Form::MsprPro, 3),
                (Form::ExtXKey, 3),
                (Form::ExtXKey, 3),
                (Form::ProtectionHeader, 3)
            ]
        );
        assert_eq!(manifest.objects()[1].path, "/CPIX/DRMSystemList/DRMSystem[0]/ContentProtectionData/pro");
        assert!(
            manifest
                .objects()
                .iter()
                .all(|object| object.system.is_some_and(prkit_playready::SystemId::is_playready))
        );
        let new_data = STANDARD.encode("<pro xmlns=\"urn:microsoft:playready\">AAAA</pro><!-- c -->");
        assert_eq!(replaced(Kind::Cpix, &text, 1, &[0; 3]), text.replace(&data, &new_data));
        let new_lines = STANDARD
            .encode("#EXT-X-KEY:METHOD=SAMPLE-AES,KEYFORMAT=\"com.microsoft.playready\",URI=\"data:;base64,AAAA\"\n#EXT-X-KEY:METHOD=NONE\n");
        assert_eq!(replaced(Kind::Cpix, &text, 2, &[0; 3]), text.replace(&lines, &new_lines));
        assert_eq!(
            replaced(Kind::Cpix, &text, 3, &[0; 3]),
            text.replace(&uri, &STANDARD.encode("data:;base64,AAAA"))
        );
    }

    #[test]
    fn what_cannot_be_read_is_listed_with_a_reason() {
        let manifest =
            parse(Kind::Mpd, "<MPD xmlns:m='urn:microsoft:playready'><m:pro>...</m:pro><m:pro/></MPD>");
        let errors: Vec<_> =
            manifest.objects().iter().map(|o| o.error.clone().unwrap().to_string()).collect();
        assert_eq!(errors, ["'.' is no base64 character", "there is no text where base64 is due"]);
    }

    #[test]
    fn hostile_documents_are_refused() {
        let parse = |text: String| Manifest::parse(Kind::Mpd, &Bytes::from(text)).unwrap_err().to_string();
        let bomb = "<!DOCTYPE MPD [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]><MPD>&b;</MPD>";
        assert!(parse(bomb.to_owned()).contains("never expanded"));
        assert!(parse("a".repeat(70_000_000)).starts_with("the document has 70000000 bytes"));
        assert_eq!(parse("no element".to_owned()), "there is no element in it");
    }
}
