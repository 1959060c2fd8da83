//! Whatever a file says of itself, its structure is read in bounded time, and what is found lies inside of it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use prkit_bmff::{Layout, Limits, Media, Pssh, Scope};

fuzz_target!(|file: &[u8]| {
    let all = Scope { all_containers: true, ..Scope::default() };
    let top = Scope { moof: false, meta: false, ..Scope::default() };
    for scope in [all, top] {
        let Ok(layout) = Layout::locate(&file, scope, Limits::default()) else { continue };
        let len = file.len() as u64;
        // Every byte is read for one purpose or two, never once a box around it.
        assert!(layout.bytes_read() <= 40 * len + 1_000_000, "{} of {len} bytes read", layout.bytes_read());
        for found in layout.pssh() {
            assert!(found.header.span.start() <= len && found.content.len() as u64 <= len);
            assert!(layout.containers().get(found.container).is_some());
            let _ = found.path.to_string();
            let _ = Pssh::parse(found.header.kind, &found.content);
        }
        for container in layout.containers() {
            assert!(container.content.end() <= len, "{} passes the end", container.path);
            for children in container.children.windows(2) {
                assert!(children[0].span.start() < children[1].span.start(), "a walk that does not advance");
            }
        }
        for fault in layout.faults().iter().chain(layout.oddities()) {
            assert!(!fault.to_string().contains('\n'));
        }
        for container in layout.containers().iter().filter_map(|container| container.header.as_ref()) {
            let _ = layout.keys_of(&file, 0, container);
        }
        if let Ok(media) = Media::read(&layout, &file) {
            media.compare(&media).unwrap();
        }
    }
});
