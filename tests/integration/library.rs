//! The library of this name, as somebody else uses it.

use crate::program::prkit;
use prkit::{AssetId, Change, Commit, KeyId, Memory, Segment, Store as _, SystemId};

#[path = "../../examples/batch.rs"]
mod batch;
#[path = "../../examples/jit_origin.rs"]
mod jit_origin;
#[path = "../../examples/own_store.rs"]
pub(crate) mod own_store;

pub(crate) const INIT: &str = "samples/dash-live/video-init.mp4";

fn urls(bytes: &[u8]) -> Vec<String> {
    prkit::show(bytes).unwrap().objects.into_iter().filter_map(|object| object.license_url).collect()
}

#[test]
fn an_origin_rewrites_an_init_segment_per_request_with_the_bytes_that_the_program_writes() {
    let old = std::fs::read(INIT).unwrap();
    let new = jit_origin::served(&old, 7).unwrap();
    assert_eq!(urls(&new), ["https://drm.example/7/rights"]);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.mp4");
    let args = ["reheader", "--la-url", "https://drm.example/7/rights", INIT, "-o", out.to_str().unwrap()];
    assert_eq!(prkit(args).status, 0);
    assert!(std::fs::read(out).unwrap() == new);
}

#[test]
fn the_example_has_at_most_fifteen_lines_of_code() {
    let text = std::fs::read_to_string("examples/jit_origin.rs").unwrap();
    let code = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("//"));
    assert!(code.count() <= 15);
}

#[test]
fn a_folder_of_assets_is_gone_through_and_each_says_what_became_of_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("a")).unwrap();
    std::fs::copy(INIT, folder.path().join("a/init.mp4")).unwrap();
    std::fs::write(folder.path().join("note.txt"), "hello world!").unwrap();
    let lines = batch::run(folder.path(), "https://drm.example/x").unwrap();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with("note.txt: not recognised"), "{lines:?}");
    assert!(lines[1].starts_with("a/init.mp4: "), "{lines:?}");
    assert_eq!(urls(&std::fs::read(folder.path().join("a/init.mp4")).unwrap()), ["https://drm.example/x"]);
    let again = batch::run(folder.path(), "https://drm.example/x").unwrap();
    assert_eq!(again[1], "a/init.mp4: nothing to do");
}

#[test]
fn a_store_of_ones_own_is_edited_like_any_other() {
    let said = own_store::run(std::fs::read(INIT).unwrap(), "https://drm.example/x").unwrap();
    let (how, rest) = said.split_once(", ").unwrap();
    assert!(["patched", "resized"].contains(&how), "{said}");
    assert!(rest.ends_with(" bytes read") && rest != "0 bytes read", "{said}");
}

#[test]
fn a_license_url_beside_an_object_changes_with_it_and_nothing_is_left_in_silence() {
    let old = std::fs::read_to_string("samples/manifests/ondemand.mpd").unwrap();
    let change = Change::new().license_url("https://drm.example/x");
    // The header has no URL, and the one beside it is another one.
    let error = prkit::reheader(old.as_bytes(), &change).unwrap_err();
    assert!(matches!(&error, prkit::Error::Left(left) if left.len() == 1), "{error}");
    assert!(error.to_string().contains("dashif:Laurl at line 8"), "{error}");
    let same = old.replace("https://license.example.com/", "https://drm.example/x");
    let new = String::from_utf8(prkit::reheader(same.as_bytes(), &change).unwrap()).unwrap();
    assert_eq!(urls(new.as_bytes()), ["https://drm.example/x"; 2]);
    let next = prkit::reheader(new.as_bytes(), &Change::new().license_url("https://drm.example/y")).unwrap();
    assert!(String::from_utf8(next).unwrap().contains("Laurl>https://drm.example/y<"));
}

#[test]
fn what_is_found_is_what_show_prints() {
    let objects = prkit::show(&std::fs::read(INIT).unwrap()).unwrap().objects;
    let printed = prkit(["show", "--json", INIT]).one();
    let printed = printed["pssh"].as_array().unwrap().clone();
    assert_eq!(objects.len(), printed.len());
    for (object, printed) in objects.iter().zip(&printed) {
        assert_eq!(printed["offset"], object.offset);
        assert_eq!(printed["size"], object.len);
        assert_eq!(object.fault, None);
    }
    assert!(objects.iter().any(|object| object.system == SystemId::PLAYREADY && !object.key_ids.is_empty()));
}

#[test]
fn a_plan_keeps_everything_but_what_it_puts_and_the_same_change_plans_nothing() {
    let old = std::fs::read(INIT).unwrap();
    let change = Change::new().license_url("https://drm.example/a-rather-long/license/url?with=much&in=it");
    let plan = prkit::plan(&old, &change).unwrap();
    assert!(plan.segments().iter().any(|segment| matches!(segment, Segment::Keep(_))));
    let new = plan.to_vec(&&old[..]).unwrap();
    assert_eq!(new, prkit::reheader(&old, &change).unwrap());
    assert!(prkit::plan(&new, &change).unwrap().is_empty());
    assert_eq!(prkit::reheader(&new, &change).unwrap(), new);
}

#[test]
fn what_cannot_be_done_leaves_the_asset_and_names_the_object() {
    let old = std::fs::read(INIT).unwrap();
    let store = Memory::new();
    store.put("asset", old.clone());
    let id = AssetId::from("asset");
    let two: [KeyId; 2] = ["00112233-4455-6677-8899-aabbccddeeff", "10112233-4455-6677-8899-aabbccddeeff"]
        .map(|id| id.parse().unwrap());
    let change = Change::new().license_url("https://drm.example/{kid}").key_ids(two);
    let error = prkit::edit(&store, &id, &change, &Commit::default()).unwrap_err();
    assert!(error.to_string().contains(" in /moov/pssh["), "{error}");
    assert!(store.get(&id).unwrap() == old);
    // And it is not locked.
    store.open(&id, prkit::Access::Edit).unwrap();
}

#[test]
fn no_error_of_the_library_names_an_option_of_the_program() {
    for bytes in [&b"hello world!"[..], b"", b"XMR\0\0\0\0\x01", b"\0\0\0\x08moov\0\0\0\x07free"] {
        let error = prkit::reheader(bytes, &Change::new().license_url("https://x")).unwrap_err().to_string();
        assert!(!error.contains("--") && !error.contains("prkit "), "{error}");
    }
}

#[test]
fn what_is_shown_in_json_is_what_the_program_shows() {
    for name in
        [INIT, "samples/edge/store-10k.mp4", "samples/rotation/1.m4s", "samples/dash-live/manifest.mpd"]
    {
        let run = prkit(["show", "--json", name]);
        let shown = prkit::show(&std::fs::read(name).unwrap()).unwrap();
        let told = String::from_utf8(run.stdout).unwrap();
        assert_eq!(shown.to_json_as(name).unwrap(), told.trim_end(), "{name}");
    }
}
