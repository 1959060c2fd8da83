//! PRH-10, 11, EXT-3, 4, VER-13: who can read it (PRH spec 3.1).
//!
//! ```text
//!   PlayReady        4.0   4.1   4.2   4.3
//!   1.x               ✓                        most devices of 2008 to 2011 that are not Windows
//!   2.x               ✓     ✓                  Silverlight, Windows 8, most TVs of 2011 to 2017
//!   3.x               ✓     ✓     ✓            Windows 10, Xbox One up to 1703, TVs after 2017
//!   4.x               ✓     ✓     ✓     ✓      Xbox One from 1709
//! ```

use super::{Client, Findings, Level, Otherwise, Part, Rule};
use crate::header::{Needs, version_name};
use crate::{Use, Version};
use core::ops::Range;

static PRH_10: Rule = Rule {
    id: "PRH-10",
    level: Level::Error,
    section: "PRH spec 3.1, 3.3.3",
    title: "the client knows the header's version",
};
static PRH_11: Rule = Rule {
    id: "PRH-11",
    level: Level::Note,
    section: "PRH spec 3.6.2",
    title: "the version is the lowest that can say it, and that more clients read as it is",
};
static EXT_3: Rule = Rule {
    id: "EXT-3",
    level: Level::Warning,
    section: "Microsoft, \"Content encryption modes\"",
    title: "clients before 4.0 decrypt CTR with 8-byte vectors only; nobody decrypts cens and cbc1",
};
static EXT_4: Rule = Rule {
    id: "EXT-4",
    level: Level::Note,
    section: "Microsoft, \"Content encryption modes\"",
    title: "a server before 4.0 refuses requests with a 4.3 header",
};
static VER_13: Rule = Rule {
    id: "VER-13",
    level: Level::Warning,
    section: "PRH spec 3.6.2, and its notes",
    title: "a 4.0 header has a CHECKSUM where PlayReady 1 reads it",
};
static VER_13_UNASKED: Otherwise = Otherwise {
    rule: "VER-13",
    level: Level::Note,
    when: "where no client is named: only PlayReady 1 wants one",
};
static PLY_06: Rule = Rule {
    id: "PLY-06",
    level: Level::Note,
    section: "Media3, SsManifestParser: it looks for the text of KID",
    title: "Media3 reads 4.0 headers of Smooth manifests only",
};

pub(super) static OTHERWISE: &[&Otherwise] = &[&VER_13_UNASKED];
pub(super) static RULES: &[&Rule] = &[&PRH_10, &PRH_11, &EXT_3, &EXT_4, &VER_13, &PLY_06];

const V2: Client = Client::new(2, 0);
const V4: Client = Client::new(4, 0);

pub(super) fn check(part: &Part<'_>, findings: &mut Findings) {
    version(part, findings);
    let header = part.header;
    let client = part.context.client;
    if client.is_none_or(|client| client < V2) && lacks_checksum(part) && !header.all_kids().is_empty() {
        let message =
            "the header has no CHECKSUM, which the PlayReady 1.2 porting kit and servers up to 1.2 want";
        findings.header(part, &VER_13, message).otherwise_if(client.is_none(), &VER_13_UNASKED);
    }
    if client.is_some_and(|client| client < V4) && header.level() == 3 {
        let message = "a server before 4.0 refuses license requests with this header";
        findings.header(part, &EXT_4, message);
    }
    let Some(media) = part.context.media else { return };
    for scheme in &media.schemes {
        if matches!(scheme, b"cens" | b"cbc1") {
            let name = String::from_utf8_lossy(scheme);
            findings.header(
                part,
                &EXT_3,
                format!("the file is encrypted with {name}, which PlayReady does not decrypt"),
            );
        }
    }
    if client.is_some_and(|client| client < V4) && media.iv_sizes.contains(&16) {
        let message = "the file has 16-byte initialisation vectors, which clients before 4.0 do not take";
        findings.header(part, &EXT_3, message);
    }
}

/// Whether a 4.0 header has no checksum.
fn lacks_checksum(part: &Part<'_>) -> bool {
    part.header.level() == 0 && part.header.all_kids().iter().all(|kid| kid.checksum.is_none())
}

fn version(part: &Part<'_>, findings: &mut Findings) {
    let header = part.header;
    let Some(version) = header.version() else { return };
    let text = header.as_str();
    let root = header.outline().get(0);
    let attribute = root.and_then(|root| header.outline().find_attribute(text, root, "version"));
    let Some(span) = attribute.map(crate::header::Attribute::span) else { return };
    let needed = Client::new(u16::from(version.level()).saturating_add(1), 0);
    let lowest = Needs::of(header).lowest();
    smooth(part, &version, &lowest, span.clone(), findings);
    if let Some(client) = part.context.client {
        if client < needed {
            let readable = lowest;
            let hint = if u16::from(readable.level()) < client.major {
                let wanted = if client < V2 && header.all_kids().iter().all(|kid| kid.checksum.is_none()) {
                    " with a CHECKSUM"
                } else {
                    ""
                };
                format!("; all it says fits into {readable}{wanted}")
            } else {
                String::new()
            };
            let message = format!(
                "clients of PlayReady {client} refuse a {} header: it needs {needed}{hint}",
                version_name(header)
            );
            findings.text(part, &PRH_10, span, message);
        }
        return;
    }
    if matches!(version, Version::Other(_)) || lowest.level() >= version.level() {
        return;
    }
    // In Smooth manifests, Media3 is the better reason for 4.0.
    if part.context.place == Some(Use::Smooth) && lowest == Version::V4_0 && part.context.player.is_none() {
        return;
    }
    // PlayReady 1 is all that 4.0 gains, and it wants a checksum (VER-13).
    let has_checksum = header.all_kids().iter().any(|kid| kid.checksum.is_some());
    let lowest = if lowest == Version::V4_0 && !has_checksum { Version::V4_1 } else { lowest };
    if lowest.level() < version.level() {
        let message = format!("{lowest} can say this header too, and more clients read it");
        findings.text(part, &PRH_11, span, message);
    }
}

/// What Media3 does not read is so for every client: it depends on where the header is.
fn smooth(part: &Part<'_>, version: &Version, lowest: &Version, span: Range<usize>, findings: &mut Findings) {
    let is_read = version.level() == 0 || matches!(version, Version::Other(_));
    if part.context.place != Some(Use::Smooth) || is_read || part.context.player.is_some() {
        return;
    }
    let why = match Needs::of(part.header).missing_in(&Version::V4_0) {
        Some(need) if *lowest != Version::V4_0 => format!("4.0 has no place for {}", need.part()),
        _ => "4.0 can say this one".to_owned(),
    };
    let message = format!("Media3 reads 4.0 headers only in Smooth manifests, and {why}");
    findings.text(part, &PLY_06, span, message);
}
