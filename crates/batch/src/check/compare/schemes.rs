//! Schemes, algorithms, and whether something is encrypted at all.

use crate::check::applied::Applied;
use crate::check::finding::{Findings, Place};
use crate::check::held::Held;
use crate::check::media::Media;
use crate::check::rule::Rule;
use prkit_playready::Algorithm;

/// The algorithm that a scheme uses (ISO/IEC 23001-7, 10); `None` for schemes that say nothing of it.
fn algorithm_of(scheme: &str) -> Option<Algorithm> {
    match scheme {
        "cenc" | "cens" => Some(Algorithm::AesCtr),
        "cbcs" | "cbc1" => Some(Algorithm::AesCbc),
        _ => None,
    }
}

fn scheme_and_header(scheme: &str, at: &Place, held: &Held, findings: &mut Findings) {
    let Some(expected) = algorithm_of(scheme) else { return };
    let Some(said) = &held.header else { return };
    for algorithm in said.keys.iter().filter_map(|key| key.algorithm.as_ref()) {
        // COCKTAIL is of another time, and no scheme of CENC.
        findings.compare();
        if *algorithm != expected {
            let message = format!(
                "a header says {algorithm} where samples are encrypted by {scheme}, which is {expected}"
            );
            findings.add(Rule::Algorithm, message, [held.place.saying(algorithm), at.saying(scheme)]);
        }
    }
}

/// `value` or `METHOD` and the headers beside it.
pub(crate) fn within_manifest(applied: &Applied, findings: &mut Findings) {
    for (scheme, place) in &applied.schemes {
        for held in &applied.held {
            scheme_and_header(scheme, place, held, findings);
        }
    }
}

/// `schm` and the headers of the file.
pub(crate) fn within_media(media: &Media, findings: &mut Findings) {
    for track in &media.tracks {
        let Some(scheme) = &track.scheme else { continue };
        for held in media.held.iter().filter(|held| held.is_playready) {
            scheme_and_header(scheme, &track.place, held, findings);
        }
    }
}

/// What a manifest says of a file, and `schm` of the file.
pub(crate) fn manifest_and_media(applied: &Applied, media: &Media, findings: &mut Findings) {
    for track in &media.tracks {
        let Some(scheme) = &track.scheme else { continue };
        for held in &applied.held {
            scheme_and_header(scheme, &track.place, held, findings);
        }
        for (said, place) in &applied.schemes {
            // Names of other things stand there too: MSPR 2.0 puts a version.
            if algorithm_of(said).is_none() || algorithm_of(scheme).is_none() {
                continue;
            }
            findings.compare();
            if said != scheme {
                let message = format!("the manifest says {said} where samples are encrypted by {scheme}");
                findings.add(Rule::Scheme, message, [place.clone(), track.place.saying(scheme)]);
            }
        }
    }
    let Some(is_encrypted) = media.is_encrypted() else { return };
    findings.compare();
    let at = applied.place.clone().unwrap_or_else(|| Place::of_box(&applied.name, "/"));
    let file = Place::of_box(&media.name, "/moov");
    match (applied.is_encrypted, is_encrypted) {
        (true, false) => {
            let message = "the manifest says that a file is encrypted, and none of its tracks is";
            findings.add(Rule::Protection, message, [at, file]);
        }
        (false, true) => {
            let message = "a file is encrypted, and the manifest does not say so";
            findings.add(Rule::Protection, message, [at, file]);
        }
        _ => {}
    }
}
