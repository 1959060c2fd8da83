//! A box that can be read is written again to the byte, and takes other data and nothing else.
#![no_main]

use libfuzzer_sys::fuzz_target;
use prkit_bmff::{BoxType, Layout, Limits, Pssh, Scope};
use prkit_fuzz::Choices;

fuzz_target!(|input: &[u8]| {
    let Some((file, mut choices)) = Choices::behind(input) else { return };
    let Ok(layout) = Layout::locate(&file, Scope::default(), Limits::default()) else { return };
    let pssh = BoxType::new(*b"pssh");
    for (kind, content) in
        layout.pssh().iter().map(|found| (found.header.kind, &found.content[..])).chain([(pssh, file)])
    {
        let Ok(parsed) = Pssh::parse(kind, content) else { continue };
        if parsed.fault.is_some() {
            continue;
        }
        assert_eq!(parsed.encode(parsed.data).as_deref(), Some(content), "not the same bytes");
        assert_eq!(parsed.encoded_len(parsed.data.len()), content.len());
        let data = vec![0xA5; choices.size()];
        let Some(other) = parsed.encode(&data) else { continue };
        let again = Pssh::parse(kind, &other).unwrap();
        assert_eq!((again.version, again.system, &again.kids), (parsed.version, parsed.system, &parsed.kids));
        assert_eq!(again.data, data);
        assert_eq!(other.len() + parsed.data.len(), content.len() + data.len());
        if let Some(whole) = parsed.to_box() {
            let layout = Layout::locate(&&whole[..], Scope::default(), Limits::default()).unwrap();
            assert_eq!(layout.pssh().len(), 1);
        }
    }
});
