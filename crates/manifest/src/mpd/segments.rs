//! What the files of a representation are.
//!
//! ```text
//!   SegmentBase       one file, its index and initialisation by byte range
//!   SegmentList       SegmentURL after SegmentURL, each a file or a range of one
//!   SegmentTemplate   media="v$Number$.m4s": by SegmentTimeline, by duration, or by counting files
//!   nothing           one file
//! ```

use super::context::Context;
use super::duration;
use super::template::{Template, Values};
use super::timeline::{self, Run};
use crate::error::Result;
use crate::oddity::OddityKind;
use crate::range::{ByteRange, RangeKind, first_last};
use crate::reference::{Gather, MediaKind, Reference, Role, Stream};
use crate::xml::Tree;
use std::sync::Arc;

/// Adds a representation and its files.
pub(super) fn of(tree: &Tree<'_>, index: usize, context: &Context, gather: &mut Gather<'_>) -> Result<()> {
    let id = tree.said(index, "id").map(std::borrow::Cow::into_owned);
    let descriptors: Arc<[usize]> = context.descriptors.clone().into();
    let start = tree.get(index).map_or(0, |element| element.start);
    let stream = gather.stream(Stream {
        path: tree.path(index),
        position: gather.text.position(start),
        id: id.clone(),
        mime: context.mime.clone(),
        descriptors: Arc::clone(&descriptors),
    });
    let bandwidth = tree.number(index, "bandwidth").unwrap_or(0);
    let chain = context.chain(tree);
    let mut segments = Segments { tree, context, chain, stream, descriptors, id, bandwidth, init: None };
    match segments.chain.first().map(|index| tree.local(*index)) {
        Some("SegmentTemplate") => segments.template(gather),
        Some("SegmentList") => segments.list(gather),
        _ => segments.base(start, gather),
    }
}

struct Segments<'s> {
    tree: &'s Tree<'s>,
    context: &'s Context,
    /// The description and those it inherits from, innermost first.
    chain: Vec<usize>,
    stream: usize,
    descriptors: Arc<[usize]>,
    id: Option<String>,
    bandwidth: u64,
    init: Option<usize>,
}

impl Segments<'_> {
    /// The element of the chain that has an attribute.
    fn with(&self, name: &str) -> Option<usize> {
        self.chain.iter().copied().find(|index| self.tree.attribute(*index, name).is_some())
    }

    fn said(&self, name: &str) -> Option<String> {
        self.tree.said(self.with(name)?, name).map(std::borrow::Cow::into_owned)
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.tree.number(self.with(name)?, name)
    }

    /// The first child of that name in the chain.
    fn child(&self, name: &str) -> Option<usize> {
        self.chain.iter().find_map(|index| self.tree.named(*index, name).next())
    }

    fn start_of(&self, index: usize) -> usize {
        self.tree.get(index).map_or(0, |element| element.start)
    }

    fn add(
        &self,
        role: Role,
        urls: Vec<String>,
        range: Option<usize>,
        at: usize,
        gather: &mut Gather<'_>,
    ) -> Result<Option<usize>> {
        if !urls.first().is_some_and(|url| gather.is_address(url, at)) {
            return Ok(None);
        }
        let init = self.init.filter(|_| role == Role::Media);
        let mime = gather.streams.get(self.stream).and_then(|stream| stream.mime.as_deref());
        let media = mime.and_then(MediaKind::of);
        let reference = Reference {
            urls,
            role,
            range,
            stream: self.stream,
            init,
            descriptors: Arc::clone(&self.descriptors),
            media,
            position: gather.text.position(at),
        };
        gather.reference(reference).map(Some)
    }

    /// The byte range in an attribute. One that is inherited counts in several files.
    fn range(
        &self,
        kind: RangeKind,
        index: usize,
        attribute: &str,
        files: Vec<String>,
        gather: &mut Gather<'_>,
    ) -> Option<usize> {
        let found = self.tree.attribute(index, attribute)?;
        let at = found.value.clone();
        let Some((start, end, form)) = first_last(self.tree.text, at.clone()) else {
            let text = self.tree.text.get(at.clone()).unwrap_or_default();
            gather
                .oddities
                .add(OddityKind::Range(format!("{text:?} is no byte range: expected first-last")), at.start);
            return None;
        };
        let position = gather.text.position(at.start);
        let path = self.tree.path(index);
        Some(gather.range(ByteRange { kind, path, position, files: vec![files], start, end, form }))
    }

    /// `Initialization`, `RepresentationIndex` and `BitstreamSwitching` elements.
    fn located(
        &self,
        name: &str,
        role: Role,
        kind: RangeKind,
        gather: &mut Gather<'_>,
    ) -> Result<Option<usize>> {
        let Some(index) = self.child(name) else { return Ok(None) };
        let url = self.tree.said(index, "sourceURL");
        let urls = self.context.resolve(url.as_deref().unwrap_or_default());
        let range = self.range(kind, index, "range", urls.clone(), gather);
        if url.is_none() && range.is_none() {
            return Ok(None);
        }
        self.add(role, urls, range, self.start_of(index), gather)
    }

    fn others(&self, gather: &mut Gather<'_>) -> Result<()> {
        let (index, switching) = (RangeKind::RepresentationIndex, RangeKind::BitstreamSwitching);
        self.located("RepresentationIndex", Role::Index, index, gather)?;
        self.located("BitstreamSwitching", Role::Switching, switching, gather)?;
        Ok(())
    }

    /// One file.
    fn base(&mut self, start: usize, gather: &mut Gather<'_>) -> Result<()> {
        let file = self.context.resolve("");
        let names_file = self.context.has_base && self.context.bases.iter().any(|base| !base.ends_with('/'));
        self.init = self.located("Initialization", Role::Init, RangeKind::Initialization, gather)?;
        if let Some(index) = self.with("indexRange") {
            let range = self.range(RangeKind::Index, index, "indexRange", file.clone(), gather);
            self.add(Role::Index, file.clone(), range, self.start_of(index), gather)?;
        }
        self.others(gather)?;
        // A representation without any address has nothing to fetch.
        if names_file || self.init.is_some() {
            self.add(Role::Whole, file, None, start, gather)?;
        }
        Ok(())
    }

    fn list(&mut self, gather: &mut Gather<'_>) -> Result<()> {
        self.init = self.located("Initialization", Role::Init, RangeKind::Initialization, gather)?;
        self.others(gather)?;
        let Some(list) =
            self.chain.iter().copied().find(|index| self.tree.named(*index, "SegmentURL").next().is_some())
        else {
            return Ok(());
        };
        for segment in self.tree.named(list, "SegmentURL") {
            let at = self.start_of(segment);
            let media = self.tree.said(segment, "media");
            let urls = self.context.resolve(media.as_deref().unwrap_or_default());
            let range = self.range(RangeKind::Media, segment, "mediaRange", urls.clone(), gather);
            self.add(Role::Media, urls.clone(), range, at, gather)?;
            let index = self.tree.said(segment, "index");
            if index.is_some() || self.tree.attribute(segment, "indexRange").is_some() {
                let urls = index.map_or(urls, |index| self.context.resolve(&index));
                let range = self.range(RangeKind::SegmentIndex, segment, "indexRange", urls.clone(), gather);
                self.add(Role::Index, urls, range, at, gather)?;
            }
        }
        Ok(())
    }

    /// A template in an attribute, and where the attribute stands.
    fn template_of(&self, name: &str, gather: &mut Gather<'_>) -> Option<(Template, usize)> {
        let index = self.with(name)?;
        let at = self.tree.attribute(index, name)?.value.start;
        match Template::parse(&self.said(name)?) {
            Ok(template) => Some((template, at)),
            Err(unknown) => {
                let why = format!(
                    "{} in {name} is no identifier of a template; the files are not looked for",
                    unknown.0
                );
                gather.oddities.add(OddityKind::Reference(why), at);
                None
            }
        }
    }

    fn values(&self) -> Values<'_> {
        let representation = self.id.as_deref().unwrap_or_default();
        Values { bandwidth: self.bandwidth, representation, ..Values::default() }
    }

    fn template(&mut self, gather: &mut Gather<'_>) -> Result<()> {
        if let Some((template, at)) = self.template_of("initialization", gather) {
            let urls = self.context.resolve(&template.fill(&self.values()));
            self.init = self.add(Role::Init, urls, None, at, gather)?;
        } else {
            self.init = self.located("Initialization", Role::Init, RangeKind::Initialization, gather)?;
        }
        if let Some((template, at)) = self.template_of("bitstreamSwitching", gather) {
            self.add(
                Role::Switching,
                self.context.resolve(&template.fill(&self.values())),
                None,
                at,
                gather,
            )?;
        }
        self.others(gather)?;
        let Some((media, at)) = self.template_of("media", gather) else { return Ok(()) };
        let templates = Templates { media, at, index: self.template_of("index", gather) };
        if !templates.media.counts() {
            return self.segment(&templates, 0, 0, gather);
        }
        let first = self.number("startNumber").unwrap_or(1);
        match self.child("SegmentTimeline") {
            Some(timeline) => self.by_timeline(timeline, first, &templates, gather),
            None => self.by_duration(first, &templates, gather),
        }
    }

    fn segment(&self, templates: &Templates, number: u64, time: u64, gather: &mut Gather<'_>) -> Result<()> {
        let values = Values { number, time, ..self.values() };
        self.add(
            Role::Media,
            self.context.resolve(&templates.media.fill(&values)),
            None,
            templates.at,
            gather,
        )?;
        if let Some((index, at)) = &templates.index {
            self.add(Role::Index, self.context.resolve(&index.fill(&values)), None, *at, gather)?;
        }
        Ok(())
    }

    fn exists(&self, templates: &Templates, number: u64, time: u64, gather: &Gather<'_>) -> bool {
        let values = Values { number, time, ..self.values() };
        gather.exists(&self.context.resolve(&templates.media.fill(&values)))
    }

    fn by_timeline(
        &self,
        timeline: usize,
        first: u64,
        templates: &Templates,
        gather: &mut Gather<'_>,
    ) -> Result<()> {
        let timescale = self.number("timescale").unwrap_or(1);
        let offset = self.number("presentationTimeOffset").unwrap_or(0);
        let end = self.context.length.map(|length| duration::ticks(length, timescale).saturating_add(offset));
        let mut number = first;
        for run in timeline::runs(self.tree, timeline, end) {
            number = run.number.unwrap_or(number);
            number = self.run(run, number, templates, gather)?;
        }
        Ok(())
    }

    fn by_duration(&self, first: u64, templates: &Templates, gather: &mut Gather<'_>) -> Result<()> {
        let timescale = self.number("timescale").unwrap_or(1);
        let duration = self.number("duration").unwrap_or(0);
        let by_length =
            self.context.length.and_then(|length| duration::segments(length, timescale, duration));
        let by_number = self.number("endNumber").map(|last| last.saturating_sub(first).saturating_add(1));
        let count = by_number.or(by_length);
        if count.is_none() {
            let why =
                "nothing says how many segments there are; files are counted from the first that exists";
            gather.oddities.add(OddityKind::Reference(why.to_owned()), templates.at);
        }
        let time = self.number("presentationTimeOffset").unwrap_or(0);
        self.run(Run { time, duration, count, number: None }, first, templates, gather)?;
        Ok(())
    }

    /// Adds the segments of a run and gives the number behind the last. Without a count, files are counted.
    fn run(&self, run: Run, first: u64, templates: &Templates, gather: &mut Gather<'_>) -> Result<u64> {
        if let Some(count) = run.count {
            if !gather.lists_all {
                self.segment(templates, first, run.time, gather)?;
                return Ok(first.saturating_add(count));
            }
            gather.room_for(count)?;
        }
        let (mut number, mut time, mut left) = (first, run.time, run.count);
        while left.map_or_else(|| self.exists(templates, number, time, gather), |left| left > 0) {
            self.segment(templates, number, time, gather)?;
            number = number.saturating_add(1);
            time = time.saturating_add(run.duration);
            left = left.map(|left| left.saturating_sub(1));
        }
        Ok(number)
    }
}

/// Templates of the files of a segment.
struct Templates {
    media: Template,
    /// Where `media` stands.
    at: usize,
    index: Option<(Template, usize)>,
}
