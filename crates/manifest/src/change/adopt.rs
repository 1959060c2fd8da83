//! A document that somebody else made of this one: taken on if it is what this crate would make.
//!
//! ```text
//!   old, new ──▶ objects and license URLs that are others     planned again   ┐
//!            ──▶ descriptors and boxes that are gone          planned again   ├──▶ the same bytes as new, or none of ours
//!            ──▶ an object that is new                        planned again   ┘
//! ```
//!
//! Nothing else has to be compared: what planning would not change cannot be other bytes.

use super::{IfExists, NewObject};
use crate::edit::Edit;
use crate::error::Result;
use crate::found::{Object, Shape};
use crate::manifest::Manifest;
use crate::slot::data_of;
use bytes::Bytes;
use prkit_plan::Plan;
use prkit_playready::{Overrides, Payload};
use std::collections::BTreeSet;

impl Manifest {
    /// The plan that makes `new` of this document, whose bytes are `old`, where byte ranges move as `moved` has it; none where
    /// planning makes no such document.
    ///
    /// # Errors
    ///
    /// `new` cannot be read.
    pub fn adopt(
        &self,
        old: &Bytes,
        new: &Bytes,
        moved: &[Edit],
        overrides: Overrides,
    ) -> Result<Option<Plan>> {
        let after = Self::parse(self.kind(), new)?;
        let candidates: [&dyn Fn() -> Vec<Vec<Edit>>; 3] = [
            &|| self.in_place(&after).into_iter().collect(),
            &|| self.without(&after, overrides).into_iter().collect(),
            &|| self.with_new(&after, overrides),
        ];
        for edits in candidates.into_iter().flat_map(|candidates| candidates()) {
            let edits = edits.into_iter().chain(moved.iter().cloned()).collect();
            let Ok(plan) = self.plan(edits) else { continue };
            let is_it = plan.new_len() == u64::try_from(new.len()).unwrap_or(u64::MAX)
                && plan.to_vec(old).is_ok_and(|made| made == *new);
            if is_it {
                return Ok(Some(plan));
            }
        }
        Ok(None)
    }

    /// Objects and license URLs become others where they are.
    fn in_place(&self, after: &Self) -> Option<Vec<Edit>> {
        let is_alike = self.objects().len() == after.objects().len()
            && self.license_urls().len() == after.license_urls().len();
        if !is_alike {
            return None;
        }
        let pairs = self.objects().iter().zip(after.objects()).enumerate();
        let others = pairs.filter(|(_, (old, new))| old.bytes != new.bytes);
        let mut objects = Vec::new();
        for (index, (old, new)) in others {
            // What could be read stays what can be read.
            if old.error.is_none() && (new.error.is_some() || !is_readable(new)) {
                return None;
            }
            objects.push((index, new.bytes.clone()));
        }
        let urls = self.license_urls().iter().zip(after.license_urls()).enumerate();
        let urls: Vec<_> = urls
            .filter(|(_, (old, new))| old.url != new.url)
            .map(|(index, (_, new))| (index, new.url.clone()))
            .collect();
        self.replace_with_urls(&objects, &urls).ok()
    }

    /// Descriptors, and boxes of one system among others, are taken out.
    fn without(&self, after: &Self, overrides: Overrides) -> Option<Vec<Edit>> {
        let texts = |manifest: &Self| {
            let text = manifest.text().clone();
            let each = manifest
                .descriptors()
                .iter()
                .map(move |found| text.as_str().get(found.range.clone()).unwrap_or_default().to_owned());
            each.collect::<Vec<_>>()
        };
        let mut left = texts(after).into_iter().peekable();
        let mut gone = Vec::new();
        for (index, text) in texts(self).into_iter().enumerate() {
            if left.peek() == Some(&text) {
                left.next();
            } else {
                gone.push(index);
            }
        }
        let mut rest = after.objects().iter().peekable();
        let mut boxes = Vec::new();
        let goes: BTreeSet<usize> = gone.iter().copied().collect();
        for (index, object) in self.objects().iter().enumerate() {
            if rest.peek().is_some_and(|next| next.bytes == object.bytes) {
                rest.next();
            } else if object.shape == Shape::Box
                && !object.descriptor.is_some_and(|found| goes.contains(&found))
            {
                boxes.push((index, Bytes::new()));
            }
        }
        if boxes.is_empty() && gone.is_empty() {
            return None;
        }
        // What says that something is encrypted is no system's, and stays.
        if goes.iter().any(|index| self.descriptors().get(*index).is_none_or(|found| found.system.is_none()))
        {
            return None;
        }
        // A descriptor that another box is taken out of stays, and is another text.
        let of_boxes: BTreeSet<usize> =
            boxes.iter().filter_map(|(index, _)| self.objects().get(*index)?.descriptor).collect();
        gone.retain(|index| !of_boxes.contains(index));
        let mut edits = self.replace(&boxes).ok()?;
        edits.extend(self.remove(&gone, overrides).ok()?);
        Some(edits)
    }

    /// An object is put in, wherever something is encrypted.
    fn with_new(&self, after: &Self, overrides: Overrides) -> Vec<Vec<Edit>> {
        let known: BTreeSet<&[u8]> = self.objects().iter().map(|object| &object.bytes[..]).collect();
        let is_new = |object: &&Object| !known.contains(&object.bytes[..]) && is_readable(object);
        let new: Vec<&Object> = after.objects().iter().filter(is_new).collect();
        let whole = new.iter().find(|object| object.shape == Shape::Box).map(|object| object.bytes.clone());
        let plain = new.iter().find(|object| object.shape == Shape::Data).map(|object| object.bytes.clone());
        let inside = || whole.as_deref().and_then(data_of).map(Bytes::copy_from_slice);
        let Some(object) = plain.or_else(inside) else { return Vec::new() };
        let new = NewObject { object: &object, whole_box: whole.as_deref().unwrap_or_default() };
        [IfExists::Add, IfExists::Replace, IfExists::Keep]
            .into_iter()
            .filter_map(|if_exists| Some(self.inject(new, if_exists, overrides).ok()?.edits))
            .collect()
    }
}

/// Whether an object is what its place is for.
fn is_readable(object: &Object) -> bool {
    let data = match object.shape {
        Shape::Box => data_of(&object.bytes),
        Shape::Data => Some(&object.bytes[..]),
        Shape::BoxData => return object.error.is_none(),
    };
    let is_playready = object.system.is_none_or(prkit_playready::SystemId::is_playready);
    object.error.is_none() && data.is_some_and(|data| !is_playready || Payload::parse(data).is_ok())
}

#[cfg(test)]
mod tests {
    use crate::{Kind, Manifest};
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use bytes::Bytes;
    use prkit_playready::{Object, Overrides, RecordType};

    fn object(url: &str) -> String {
        let header = format!(
            "<WRMHEADER xmlns=\"http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader\" version=\"4.0.0.0\"><DATA><LA_URL>{url}</LA_URL></DATA></WRMHEADER>"
        );
        let header: Vec<u8> = header.encode_utf16().flat_map(u16::to_le_bytes).collect();
        STANDARD.encode(Object::encode([(RecordType::Header, &header[..])]).unwrap())
    }

    const CENC: &str = "<ContentProtection schemeIdUri='urn:mpeg:dash:mp4protection:2011' value='cenc'/>";

    fn mpd(inside: &str, media: &str) -> String {
        format!(
            "<MPD xmlns:mspr='urn:microsoft:playready'><Period><AdaptationSet>{CENC}{inside}\n<Representation id='1'><BaseURL>{media}</BaseURL></Representation></AdaptationSet></Period></MPD>"
        )
    }

    fn playready(url: &str, beside: &str) -> String {
        format!(
            "\n<ContentProtection schemeIdUri='urn:uuid:9a04f079-9840-4286-ab92-e65be0885f95'><mspr:pro>{}</mspr:pro>{beside}</ContentProtection>",
            object(url)
        )
    }

    fn is_taken_on(kind: Kind, old: &str, new: &str) -> bool {
        let (old, new) = (Bytes::from(old.to_owned()), Bytes::from(new.to_owned()));
        let plan = Manifest::parse(kind, &old).unwrap().adopt(&old, &new, &[], Overrides::ALL).unwrap();
        plan.is_some_and(|plan| plan.to_vec(&old).unwrap() == new)
    }

    #[test]
    fn what_planning_makes_of_a_document_is_taken_on_and_nothing_else() {
        let old = mpd(&playready("https://a.example/", ""), "v.mp4");
        let takes = |new: &str| is_taken_on(Kind::Mpd, &old, new);
        assert!(takes(&mpd(&playready("https://b.example/longer", ""), "v.mp4")));
        assert!(takes(&mpd("", "v.mp4")));
        for other in [
            mpd(&playready("https://b.example/", ""), "w.mp4"),
            mpd(&playready("https://b.example/", ""), "v .mp4"),
            mpd(&playready("https://b.example/", " "), "v.mp4"),
            mpd(&playready("https://b.example/", "<BaseURL>x</BaseURL>"), "v.mp4"),
            mpd(&playready("https://b.example/", ""), "v.mp4").replace("value='cenc'", "value='cbcs'"),
            mpd(&playready("https://b.example/", ""), "v.mp4").replace("<Period>", "<Period/><Period>"),
            mpd(&playready("https://b.example/", ""), "v.mp4").replace("9a04f079", "9a04f078"),
            mpd("", "v.mp4").replace(CENC, ""),
            format!("\u{feff}{}", mpd(&playready("https://b.example/", ""), "v.mp4")),
        ] {
            assert!(!takes(&other), "{other}");
        }
    }

    #[test]
    fn key_lines_of_no_drm_system_and_lines_of_segments_stay() {
        let line = |url: &str| {
            format!(
                "#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,KEYFORMAT=\"com.microsoft.playready\",URI=\"data:text/plain;charset=UTF-16;base64,{}\"\n",
                object(url)
            )
        };
        let clear = "#EXT-X-KEY:METHOD=AES-128,URI=\"https://keys.example/k\"\n";
        let list = |keys: &str, rest: &str| format!("#EXTM3U\n{keys}#EXTINF:2.0,\n1.m4s\n{rest}");
        let old = list(&line("https://a.example/"), "");
        let takes = |new: &str| is_taken_on(Kind::M3u8, &old, new);
        assert!(takes(&list(&line("https://b.example/"), "")));
        for other in [
            list(&line("https://b.example/"), "#EXT-X-ENDLIST\n"),
            list(&line("https://b.example/"), "").replace("2.0,\n", "2.0,"),
            list(&line("https://b.example/"), "").replace("SAMPLE-AES-CTR", "SAMPLE-AES"),
            list(clear, ""),
            list(&format!("{}{clear}", line("https://a.example/")), ""),
        ] {
            assert!(!takes(&other), "{other}");
        }
    }
}
