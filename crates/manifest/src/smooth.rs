//! Smooth Streaming: files that a server manifest names, and addresses that a client manifest makes (MS-SSTR 2.2.2).
//!
//! ```text
//!   show.ism    <meta name="clientManifestRelativePath" content="show.ismc"/>
//!               <video src="show_1500.ismv" systemBitrate="1500000"> <audio src="…">
//!   show.ismc   <StreamIndex Url="QualityLevels({bitrate})/Fragments(video={start time})">
//!                 <QualityLevel Bitrate="1500000"/> <c t="0" d="20000000"/> <c d="20000000" r="3"/>
//! ```
//!
//! The addresses of a client manifest are the server's business: as files they exist only where somebody stored the
//! answers.

use crate::error::Result;
use crate::oddity::OddityKind;
use crate::reference::{Gather, MediaKind, Reference, Role, Stream};
use crate::uri::resolve;
use crate::xml::Tree;
use std::sync::Arc;

/// Spells out what a Smooth manifest refers to.
pub(crate) fn gather(
    tree: &Tree<'_>,
    base: &str,
    descriptors: &Arc<[usize]>,
    gather: &mut Gather<'_>,
) -> Result<()> {
    for index in 0..tree.len() {
        match tree.local(index) {
            "meta" if tree.said(index, "name").is_some_and(|name| name == "clientManifestRelativePath") => {
                if let Some(content) = tree.said(index, "content") {
                    let stream = stream(tree, index, None, descriptors, gather);
                    add(
                        tree,
                        index,
                        base,
                        &content,
                        (Role::ClientManifest, None),
                        (stream, descriptors),
                        gather,
                    )?;
                }
            }
            "video" | "audio" | "textstream" | "ref" => {
                if let Some(source) = tree.said(index, "src") {
                    let id = tree.said(index, "systemBitrate").map(std::borrow::Cow::into_owned);
                    let stream = stream(tree, index, id, descriptors, gather);
                    let media = MediaKind::of(tree.local(index));
                    add(tree, index, base, &source, (Role::Whole, media), (stream, descriptors), gather)?;
                }
            }
            "StreamIndex" => stream_index(tree, index, base, descriptors, gather)?,
            _ => {}
        }
    }
    Ok(())
}

fn stream(
    tree: &Tree<'_>,
    index: usize,
    id: Option<String>,
    descriptors: &Arc<[usize]>,
    gather: &mut Gather<'_>,
) -> usize {
    let start = tree.get(index).map_or(0, |element| element.start);
    let (path, position) = (tree.path(index), gather.text.position(start));
    gather.stream(Stream { path, position, id, mime: None, descriptors: Arc::clone(descriptors) })
}

fn add(
    tree: &Tree<'_>,
    index: usize,
    base: &str,
    url: &str,
    (role, media): (Role, Option<MediaKind>),
    (stream, descriptors): (usize, &Arc<[usize]>),
    gather: &mut Gather<'_>,
) -> Result<()> {
    let start = tree.get(index).map_or(0, |element| element.start);
    if url.is_empty() || !gather.is_address(url, start) {
        return Ok(());
    }
    gather.reference(Reference {
        urls: vec![resolve(base, url)],
        role,
        range: None,
        stream,
        init: None,
        descriptors: Arc::clone(descriptors),
        media,
        position: gather.text.position(start),
    })?;
    Ok(())
}

fn stream_index(
    tree: &Tree<'_>,
    index: usize,
    base: &str,
    descriptors: &Arc<[usize]>,
    gather: &mut Gather<'_>,
) -> Result<()> {
    let Some(template) = tree.said(index, "Url") else { return Ok(()) };
    let media = tree.said(index, "Type").as_deref().and_then(MediaKind::of);
    for level in tree.named(index, "QualityLevel") {
        let bitrate = tree.said(level, "Bitrate").unwrap_or_default();
        let custom = custom_attributes(tree, level);
        let id = Some(bitrate.clone().into_owned());
        let stream = stream(tree, level, id, descriptors, gather);
        let filled = template
            .replace("{bitrate}", &bitrate)
            .replace("{Bitrate}", &bitrate)
            .replace("{CustomAttributes}", &custom);
        let mut next = 0_u64;
        let mut chunks = tree.named(index, "c").peekable();
        while let Some(chunk) = chunks.next() {
            let time = tree.number(chunk, "t").unwrap_or(next);
            let following = chunks.peek().and_then(|following| tree.number(*following, "t"));
            // Without a duration it lasts until the next one begins.
            let duration = tree.number(chunk, "d").or_else(|| following?.checked_sub(time)).unwrap_or(0);
            let repeat = tree.number(chunk, "r").unwrap_or(1).max(1);
            next = time;
            for _ in 0..repeat {
                let start = next.to_string();
                let url = filled.replace("{start time}", &start).replace("{start_time}", &start);
                if url == filled {
                    let why = "the addresses of the stream do not name a start time".to_owned();
                    gather.oddities.add(OddityKind::Reference(why), tree.get(index).map_or(0, |e| e.start));
                    break;
                }
                add(tree, chunk, base, &url, (Role::Media, media), (stream, descriptors), gather)?;
                next = next.saturating_add(duration);
            }
        }
    }
    Ok(())
}

/// `Name=Value,Name=Value` of a quality level.
fn custom_attributes(tree: &Tree<'_>, level: usize) -> String {
    let lists = tree.named(level, "CustomAttributes");
    let attributes = lists.flat_map(|list| tree.named(list, "Attribute").collect::<Vec<_>>());
    let pairs = attributes.map(|attribute| {
        let said = |name| tree.said(attribute, name).unwrap_or_default();
        format!("{}={}", said("Name"), said("Value"))
    });
    pairs.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use crate::manifest::{Kind, Manifest};
    use bytes::Bytes;

    fn urls(text: &str) -> Vec<String> {
        let manifest = Manifest::parse(Kind::Smooth, &Bytes::copy_from_slice(text.as_bytes())).unwrap();
        let presentation = manifest.presentation("s/show.ism", &()).unwrap();
        presentation.references.iter().map(|r| format!("{} {}", r.role.name(), r.urls[0])).collect()
    }

    #[test]
    fn a_server_manifest_names_the_clients_and_the_media() {
        let text = "<?xml version='1.0' encoding='utf-16'?><smil xmlns='http://www.w3.org/2001/SMIL20/Language'><head>\
            <meta name='clientManifestRelativePath' content='show.ismc'/></head><body><switch>\
            <video src='show_1.ismv' systemBitrate='1'/><video src='show_2.ismv' systemBitrate='2'/><audio src='a.isma'/></switch></body></smil>";
        assert_eq!(
            urls(text),
            ["client-manifest s/show.ismc", "whole s/show_1.ismv", "whole s/show_2.ismv", "whole s/a.isma"]
        );
    }

    #[test]
    fn a_client_manifest_makes_an_address_of_every_chunk() {
        let text = "<SmoothStreamingMedia><StreamIndex Type = \"video\" Url='Q({bitrate},{CustomAttributes})/F(v={start time})'>\
            <QualityLevel Bitrate='10'><CustomAttributes><Attribute Name='a' Value='b'/></CustomAttributes></QualityLevel>\
            <QualityLevel Bitrate='20'/><c t='5'/><c t='7' d='2' r='2'/><c/></StreamIndex></SmoothStreamingMedia>";
        assert_eq!(
            urls(text),
            [
                "media s/Q(10,a=b)/F(v=5)",
                "media s/Q(10,a=b)/F(v=7)",
                "media s/Q(10,a=b)/F(v=9)",
                "media s/Q(10,a=b)/F(v=11)",
                "media s/Q(20,)/F(v=5)",
                "media s/Q(20,)/F(v=7)",
                "media s/Q(20,)/F(v=9)",
                "media s/Q(20,)/F(v=11)",
            ]
        );
    }
}
