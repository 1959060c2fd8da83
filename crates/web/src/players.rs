//! What players take from an object of its version, measured.

use prkit_playready::{Header, measured};
use serde::Serialize;

/// What one player does with one form of it.
#[derive(Serialize)]
pub(crate) struct PlayerView {
    player: &'static str,
    version: &'static str,
    form: &'static str,
    takes: &'static str,
    asks: &'static str,
    key_id: &'static str,
    error: &'static str,
}

/// What each player does with a header of this version in each form, and with boxes of this one.
pub(crate) fn views(header: &Header<'_>, box_version: u8) -> Vec<PlayerView> {
    let Some(version) = header.version() else { return Vec::new() };
    let short = version.as_str().strip_suffix(".0.0").unwrap_or_default();
    // The form, the kind of document, and the probe that is right altogether.
    let forms = [
        ("mspr:pro in an MPD", "dash", format!("pro-{short}")),
        ("cenc:pssh in an MPD", "dash", format!("pssh-{short}")),
        ("key line of a playlist", "hls", format!("key-{short}")),
        ("ProtectionHeader of Smooth Streaming", "smooth", format!("header-{short}")),
        ("pssh box in a file", "mp4", format!("box-{box_version}")),
    ];
    let mut views = Vec::new();
    for (form, format, probe) in forms {
        let rows = measured().iter().filter(|row| row.format == format && row.probe == probe);
        views.extend(rows.map(|row| PlayerView {
            player: row.player,
            version: row.version,
            form,
            takes: row.takes,
            asks: row.asks,
            key_id: row.kid,
            error: row.error,
        }));
    }
    views
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_of_a_later_version_is_told_as_it_was_measured() {
        let text = r#"<WRMHEADER xmlns="http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader" version="4.3.0.0"></WRMHEADER>"#;
        let header = Header::parse(text.as_bytes()).unwrap();
        let views = views(&header, 1);
        let of = |player: &str, form: &str| {
            let view =
                views.iter().find(|view| view.player == player && view.form.starts_with(form)).unwrap();
            (view.takes, view.key_id)
        };
        // Rows of docs/players.md.
        assert_eq!(of("RxPlayer", "ProtectionHeader"), ("header", "zeros"));
        assert_eq!(of("dash.js", "ProtectionHeader"), ("header", "empty"));
        assert_eq!(of("RxPlayer", "mspr:pro"), ("-", "right"));
        assert_eq!(of("mp4box.js", "pssh box"), ("header", "right"));
    }
}
