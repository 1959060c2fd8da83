//! DASH: representations and the files they name (ISO/IEC 23009-1, 5.3 and 5.6).
//!
//! ```text
//!   MPD ─ Period ─ AdaptationSet ─ Representation      context.rs    base URLs, inherited descriptions, descriptors
//!                                  └ SegmentBase       segments.rs   what a representation's files are
//!                                    SegmentList
//!                                    SegmentTemplate   template.rs, timeline.rs, duration.rs
//! ```

mod context;
mod duration;
mod segments;
mod template;
mod timeline;

use crate::error::Result;
use crate::oddity::OddityKind;
use crate::reference::{Gather, Stream};
use crate::xml::Tree;
use context::Context;
use std::borrow::Cow;
use std::collections::HashMap;

/// Spells out what an MPD refers to; `owners` gives the descriptors by the element around them.
pub(crate) fn gather(
    tree: &Tree<'_>,
    base: &str,
    owners: &HashMap<usize, Vec<usize>>,
    gather: &mut Gather<'_>,
) -> Result<()> {
    let mut found = false;
    for root in tree.roots().filter(|root| tree.local(*root) == "MPD") {
        found = true;
        let mpd = Context::of_document(base).enter(tree, root, owners, gather);
        let total = tree.said(root, "mediaPresentationDuration").and_then(|text| duration::parse(&text));
        let periods: Vec<usize> = tree.named(root, "Period").collect();
        let sets = initialization_sets(tree, root, &mpd, owners, gather);
        let starts: Vec<Option<u64>> = starts(tree, &periods);
        for (i, period) in periods.iter().enumerate() {
            let start = starts.get(i).copied().flatten();
            let own = tree.said(*period, "duration").and_then(|text| duration::parse(&text));
            let end = starts.get(i.saturating_add(1)).copied().flatten().or(total);
            let length = own.or_else(|| end?.checked_sub(start?));
            let context = Context { length, ..mpd.enter(tree, *period, owners, gather) };
            period_of(tree, *period, &context, owners, (&sets, gather))?;
        }
    }
    if !found {
        // Pieces of an MPD: what is in them, without what would be around.
        let context = Context::of_document(base);
        for root in tree.roots() {
            match tree.local(root) {
                "Period" => {
                    let context = context.enter(tree, root, owners, gather);
                    period_of(tree, root, &context, owners, (&InitializationSets::new(), gather))?;
                }
                "AdaptationSet" => {
                    set_of(tree, root, &context, owners, (&InitializationSets::new(), gather))?;
                }
                "Representation" => {
                    let context = context.enter(tree, root, owners, gather);
                    segments::of(tree, root, &context, gather)?;
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// Where each period begins, as far as that is said: by itself, or by the length of the one before.
fn starts(tree: &Tree<'_>, periods: &[usize]) -> Vec<Option<u64>> {
    let mut next = Some(0_u64);
    let mut starts = Vec::new();
    for period in periods {
        let said = |name| tree.said(*period, name).and_then(|text| duration::parse(&text));
        let start = said("start").or(next);
        next = start.zip(said("duration")).and_then(|(start, length)| start.checked_add(length));
        starts.push(start);
    }
    starts
}

/// Descriptors of the initialization sets of an MPD, by their IDs (ISO/IEC 23009-1, 5.3.12).
type InitializationSets = HashMap<String, Vec<usize>>;

fn initialization_sets(
    tree: &Tree<'_>,
    root: usize,
    mpd: &Context,
    owners: &HashMap<usize, Vec<usize>>,
    gather: &mut Gather<'_>,
) -> InitializationSets {
    let mut sets = InitializationSets::new();
    for set in tree.named(root, "InitializationSet") {
        let context = mpd.enter(tree, set, owners, gather);
        protected(tree, set, &context.descriptors, gather);
        if let Some(id) = tree.said(set, "id") {
            sets.insert(id.into_owned(), owners.get(&set).cloned().unwrap_or_default());
        }
    }
    sets
}

/// An element that says how something is protected, and names no files itself.
fn protected(tree: &Tree<'_>, index: usize, descriptors: &[usize], gather: &mut Gather<'_>) {
    let start = tree.get(index).map_or(0, |element| element.start);
    gather.stream(Stream {
        path: tree.path(index),
        position: gather.text.position(start),
        id: tree.said(index, "id").map(Cow::into_owned),
        mime: None,
        descriptors: descriptors.into(),
    });
}

fn period_of(
    tree: &Tree<'_>,
    period: usize,
    context: &Context,
    owners: &HashMap<usize, Vec<usize>>,
    (sets, gather): (&InitializationSets, &mut Gather<'_>),
) -> Result<()> {
    let mut has_sets = false;
    for set in tree.named(period, "AdaptationSet") {
        has_sets = true;
        set_of(tree, set, context, owners, (sets, gather))?;
    }
    for preselection in tree.named(period, "Preselection") {
        let context = context.enter(tree, preselection, owners, gather);
        if owners.contains_key(&preselection) {
            protected(tree, preselection, &context.descriptors, gather);
        }
    }
    // A period that is announced early has descriptors, so that licenses can be asked for, and no sets yet.
    if !has_sets && !context.descriptors.is_empty() {
        protected(tree, period, &context.descriptors, gather);
    }
    Ok(())
}

fn set_of(
    tree: &Tree<'_>,
    set: usize,
    context: &Context,
    owners: &HashMap<usize, Vec<usize>>,
    (sets, gather): (&InitializationSets, &mut Gather<'_>),
) -> Result<()> {
    let mut context = context.enter(tree, set, owners, gather);
    let refs = tree.said(set, "initializationSetRef").unwrap_or_default();
    // One that is not there was said when the descriptors were read.
    context.descriptors.extend(refs.split_whitespace().filter_map(|id| sets.get(id)).flatten());
    for representation in tree.named(set, "Representation") {
        let context = context.enter(tree, representation, owners, gather);
        segments::of(tree, representation, &context, gather)?;
    }
    Ok(())
}

/// Elements that stand in other documents are not fetched.
fn look_for_links(tree: &Tree<'_>, index: usize, gather: &mut Gather<'_>) {
    if let Some(link) = tree.attributes_named(index, "href").next() {
        let url = tree.value(link).unwrap_or_default();
        if url != "urn:mpeg:dash:resolve-to-zero:2013" {
            let why = format!("{} stands in another document, which is not read: {url}", tree.name(index));
            gather.oddities.add(OddityKind::Reference(why), link.name.start);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::manifest::{Kind, Manifest};
    use crate::range::move_ranges;
    use crate::reference::{Files, Presentation};
    use bytes::Bytes;
    use prkit_plan::{Place, Shape, Splice};

    fn read_with(text: &str, files: &dyn Files) -> (Manifest, Presentation) {
        let manifest = Manifest::parse(Kind::Mpd, &Bytes::copy_from_slice(text.as_bytes())).unwrap();
        let presentation = manifest.presentation("", files).unwrap();
        (manifest, presentation)
    }

    fn urls(text: &str) -> Vec<String> {
        let (_, presentation) = read_with(text, &());
        presentation.references.iter().map(|r| format!("{} {}", r.role.name(), r.urls.join(" or "))).collect()
    }

    fn odd(text: &str) -> Vec<String> {
        read_with(text, &()).1.oddities.iter().map(|odd| odd.kind.to_string()).collect()
    }

    #[test]
    fn a_template_with_a_timeline_names_every_segment() {
        let text = "<MPD><Period><AdaptationSet><SegmentTemplate timescale='10' initialization='$RepresentationID$/i.mp4' \
            media='$RepresentationID$/$Time$.m4s'><SegmentTimeline><S t='5' d='20' r='1'/><S d='15'/></SegmentTimeline></SegmentTemplate>\
            <Representation id='v1'/><Representation id='v2'><BaseURL>other/</BaseURL></Representation></AdaptationSet></Period></MPD>";
        assert_eq!(
            urls(text),
            [
                "init v1/i.mp4",
                "media v1/5.m4s",
                "media v1/25.m4s",
                "media v1/45.m4s",
                "init other/v2/i.mp4",
                "media other/v2/5.m4s",
                "media other/v2/25.m4s",
                "media other/v2/45.m4s",
            ]
        );
        let (_, presentation) = read_with(text, &());
        assert_eq!(presentation.streams[1].path, "/MPD/Period[0]/AdaptationSet[0]/Representation[1]");
        assert_eq!(presentation.references[7].init, Some(4));
    }

    #[test]
    fn a_template_with_a_duration_goes_to_the_end_of_the_period() {
        let text = |mpd: &str, period: &str| {
            format!(
                "<MPD {mpd}><BaseURL>https://cdn/a/</BaseURL><Period {period}><SegmentTemplate duration='4' startNumber='7'/>\
                 <AdaptationSet><Representation id='v' bandwidth='99'><SegmentTemplate media='$Bandwidth$-$Number%03d$.m4s'/></Representation>\
                 </AdaptationSet></Period><Period start='PT20S'/></MPD>"
            )
        };
        let three = [
            "media https://cdn/a/99-007.m4s",
            "media https://cdn/a/99-008.m4s",
            "media https://cdn/a/99-009.m4s",
        ];
        assert_eq!(urls(&text("", "duration='PT9S'")), three);
        // Until the next period begins.
        assert_eq!(urls(&text("", "start='PT8S'")), three);
        assert_eq!(urls(&text("mediaPresentationDuration='PT9S'", "").replace(" start='PT20S'", "")), three);
    }

    #[test]
    fn files_are_counted_where_nothing_says_how_many() {
        struct Three;
        impl Files for Three {
            fn exists(&self, url: &str) -> bool {
                ["1.m4s", "2.m4s", "3.m4s", "5.m4s"].contains(&url)
            }
        }
        for description in [
            "<SegmentTemplate media='$Number$.m4s' duration='4'/>",
            "<SegmentTemplate media='$Number$.m4s'><SegmentTimeline><S d='4' r='-1'/></SegmentTimeline></SegmentTemplate>",
        ] {
            let text = format!(
                "<MPD type='dynamic'><Period><AdaptationSet><Representation>{description}</Representation></AdaptationSet></Period></MPD>"
            );
            assert_eq!(read_with(&text, &Three).1.references.len(), 3, "{description}");
            assert_eq!(read_with(&text, &()).1.references.len(), 0, "{description}");
        }
    }

    const RANGES: &str = "<MPD><Period><BaseURL>x/</BaseURL><AdaptationSet>\r\n\
        <Representation id='1'><BaseURL>a.mp4</BaseURL><SegmentBase indexRange = \"100-119\"><Initialization range='0-99'/></SegmentBase></Representation>\r\n\
        <Representation id='2'><BaseURL>b.mp4</BaseURL><SegmentList><Initialization range='0-99' sourceURL='a.mp4'/>\
        <RepresentationIndex range='100-119' sourceURL='a.mp4'/><BitstreamSwitching range='0-99'/>\
        <SegmentURL mediaRange='120-139' indexRange='100-119'/><SegmentURL media='a.mp4' mediaRange='140-'/><SegmentURL media='c.mp4' index='c.idx' indexRange='1-2'/></SegmentList></Representation>\
        </AdaptationSet></Period></MPD>";

    #[test]
    fn every_byte_range_is_found_with_the_file_it_counts_in() {
        let (_, presentation) = read_with(RANGES, &());
        let found: Vec<_> = presentation
            .ranges
            .iter()
            .map(|range| {
                format!("{} {} {}-{:?}", range.kind.name(), range.files[0][0], range.start, range.end)
            })
            .collect();
        assert_eq!(
            found,
            [
                "Initialization@range x/a.mp4 0-Some(100)",
                "@indexRange x/a.mp4 100-Some(120)",
                "Initialization@range x/a.mp4 0-Some(100)",
                "RepresentationIndex@range x/a.mp4 100-Some(120)",
                "BitstreamSwitching@range x/b.mp4 0-Some(100)",
                "SegmentURL@mediaRange x/b.mp4 120-Some(140)",
                "SegmentURL@indexRange x/b.mp4 100-Some(120)",
                "SegmentURL@mediaRange x/a.mp4 140-None",
                "SegmentURL@indexRange x/c.idx 1-Some(3)",
            ]
        );
        let path = "/MPD/Period[0]/AdaptationSet[0]/Representation[0]/SegmentBase/Initialization";
        assert_eq!(presentation.ranges[0].path, path);
        assert_eq!(presentation.ranges[1].position.line, 2);
    }

    #[test]
    fn ranges_of_one_file_move_and_those_of_others_stay() {
        let (manifest, presentation) = read_with(RANGES, &());
        let shape = Shape::new(vec![Splice::insert(Place::gap(40, 1), 1000)]).unwrap();
        let moved = move_ranges(&presentation.ranges, &|file| (file == ["x/a.mp4"]).then_some(&shape));
        let plan = manifest.plan(moved.edits).unwrap();
        let new = String::from_utf8(plan.to_vec(&RANGES.as_bytes()).unwrap()).unwrap();
        let expected = RANGES
            .replacen("\"100-119\"", "\"1100-1119\"", 1)
            .replacen("'0-99'", "'0-1099'", 2)
            .replacen("'100-119'", "'1100-1119'", 1)
            .replacen("'140-'", "'1140-'", 1);
        assert_eq!(new, expected);
    }

    #[test]
    fn an_inherited_range_counts_in_every_file() {
        let text = "<MPD><Period><AdaptationSet><SegmentBase indexRange='100-119'/><Representation><BaseURL>a.mp4</BaseURL></Representation>\
            <Representation><BaseURL>b.mp4</BaseURL></Representation></AdaptationSet></Period></MPD>";
        let (_, presentation) = read_with(text, &());
        assert_eq!(presentation.ranges.len(), 1);
        assert_eq!(presentation.ranges[0].files, [["a.mp4"], ["b.mp4"]]);
    }

    #[test]
    fn base_urls_side_by_side_are_alternatives() {
        let text = "<MPD><BaseURL>https://a/</BaseURL><BaseURL>https://b/</BaseURL><Period><AdaptationSet>\
            <Representation mimeType='text/vtt'><BaseURL>s.vtt</BaseURL></Representation></AdaptationSet></Period></MPD>";
        assert_eq!(urls(text), ["whole https://a/s.vtt or https://b/s.vtt"]);
        assert_eq!(read_with(text, &()).1.streams[0].mime.as_deref(), Some("text/vtt"));
    }

    #[test]
    fn what_cannot_be_followed_is_said() {
        assert_eq!(
            odd(
                "<MPD xmlns:x='http://www.w3.org/1999/xlink'><Period x:href='https://ads/'/><Period><AdaptationSet>\
                 <Representation><SegmentTemplate media='$Numer$.m4s'/></Representation>\
                 <Representation><SegmentBase indexRange='5'/></Representation></AdaptationSet></Period></MPD>"
            ),
            [
                "Period stands in another document, which is not read: https://ads/",
                "$Numer$ in media is no identifier of a template; the files are not looked for",
                "\"5\" is no byte range: expected first-last"
            ]
        );
    }

    #[test]
    fn a_timeline_that_never_ends_is_refused() {
        let text = "<MPD><Period><AdaptationSet><Representation><SegmentTemplate media='$Number$.m4s'><SegmentTimeline>\
            <S d='1' r='9223372036854775806'/></SegmentTimeline></SegmentTemplate></Representation></AdaptationSet></Period></MPD>";
        let manifest = Manifest::parse(Kind::Mpd, &Bytes::from(text)).unwrap();
        let error = manifest.presentation("", &()).unwrap_err();
        assert_eq!(error.to_string(), "more than 500000 references");
    }

    #[test]
    fn descriptors_of_every_level_apply() {
        let text = "<MPD><ContentProtection value='0'/><Period><ContentProtection value='1'/><AdaptationSet><ContentProtection value='2'/>\
            <Representation><ContentProtection value='3'/><BaseURL>a</BaseURL></Representation><Representation><BaseURL>b</BaseURL></Representation>\
            </AdaptationSet><AdaptationSet><Representation><BaseURL>c</BaseURL></Representation></AdaptationSet></Period></MPD>";
        let (_, presentation) = read_with(text, &());
        let applied: Vec<&[usize]> = presentation.references.iter().map(|r| &r.descriptors[..]).collect();
        assert_eq!(applied, [&[0, 1, 2, 3][..], &[0, 1, 2], &[0, 1]]);
    }
}
