//! Presentations made by other people's packagers, changed, decoded and played.
//!
//! ```text
//!   packagers ──▶ presentation ──prkit──▶ longer, shorter ──▶ check
//!                                             ├─ every segment, by its range now, decodes to the same pictures
//!                                             └─ a headless browser plays the clear-key form to its end
//!
//!   tests/packagers/install.sh                  installs what is needed, once
//!   cargo test --test packagers                 skipped where that was not done
//!   cargo test --test packagers -- --only=hls   of the presentations with this in their name
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::string_slice,
    clippy::pedantic
)]
#![allow(missing_docs, unreachable_pub)]

#[path = "packagers/make.rs"]
mod make;
#[path = "packagers/segments.rs"]
mod segments;
#[path = "packagers/tools.rs"]
mod tools;

use make::Show;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tools::{Tools, play, prkit};

/// One after the other: longer, shorter, much longer, the shortest.
const CHANGES: [&[&str]; 4] = [
    &[
        "reheader",
        "--la-url=https://license.example.com/a/long/address/of/a/license/server/rightsmanager.asmx?x=1",
    ],
    &["reheader", "--la-url=https://l.example/"],
    // No player minds the room in a manifest; the rules do (ELS-04).
    &["reheader", "--els=10K", "--force=manifest-store"],
    &["reheader", "--els=strip", "--no-la-url"],
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test NAME` is about other tests.
    let is_other = args.iter().any(|arg| !arg.starts_with('-') && !"packagers".contains(arg.as_str()));
    if args.iter().any(|arg| arg == "--list") || is_other {
        return ExitCode::SUCCESS;
    }
    let tools = match Tools::find() {
        Ok(tools) => tools,
        Err(missing) => {
            println!("packagers: skipped; {missing} is not there, tests/packagers/install.sh installs it");
            return ExitCode::SUCCESS;
        }
    };
    let only = args.iter().find_map(|arg| arg.strip_prefix("--only=")).unwrap_or("");
    let folder = tempfile::tempdir().unwrap();
    make::source(&tools, folder.path());
    let (mut passed, mut failed) = (0, 0);
    for show in make::all().into_iter().filter(|show| show.name.contains(only)) {
        match one(&tools, &show, folder.path()) {
            Ok(said) => {
                passed += 1;
                println!("packagers: {}: {said}", show.name);
            }
            Err(error) => {
                failed += 1;
                println!("packagers: {}: FAILED {error}", show.name);
            }
        }
    }
    println!("packagers: {passed} passed, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn one(tools: &Tools, show: &Show, base: &Path) -> Result<String, String> {
    let folder = base.join(show.name.replace([' ', ','], "-"));
    std::fs::create_dir_all(&folder).unwrap();
    (show.make)(tools, &folder)?;
    let manifests: Vec<String> =
        show.manifests.iter().map(|name| folder.join(name).to_string_lossy().into_owned()).collect();
    let before = segments::of(show, &folder);
    let pictures = segments::decode(tools, show, &before, &folder)?;
    show.compare_with_source(&pictures, tools, base)?;
    let refused = alone(&folder, &manifests)?;
    let mut sizes = Vec::new();
    for change in CHANGES {
        prkit(change.iter().chain(&["--presentation", "-i"]), &manifests)?;
        prkit(["check"].iter(), &manifests)?;
        let now = segments::of(show, &folder);
        let decoded = segments::decode(tools, show, &now, &folder)?;
        if decoded != pictures {
            return Err(format!("{change:?}: other pictures"));
        }
        sizes.push(segments::size(&folder));
        if change == CHANGES[2] {
            // The longest form is played, too.
            play(tools, &folder, show)?;
        }
    }
    if !(sizes[1] < sizes[0] && sizes[0] < sizes[2] && sizes[3] < sizes[2]) {
        return Err(format!("sizes do not grow and shrink: {sizes:?}"));
    }
    let played = play(tools, &folder, show)?;
    let count: usize = before.iter().map(|stream| stream.segments.len()).sum();
    Ok(format!(
        "{count} segments decode alike after {} changes; {refused} refused alone; {played}",
        CHANGES.len()
    ))
}

/// Changes every file on its own: the manifests agree afterwards, or nothing was changed and a manifest is named. How often it
/// was refused.
fn alone(folder: &Path, manifests: &[String]) -> Result<usize, String> {
    let files = || -> BTreeMap<PathBuf, Vec<u8>> {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries
            .filter(|path| path.is_file())
            .map(|path| (path.clone(), std::fs::read(path).unwrap()))
            .collect()
    };
    let (before, mut refused) = (files(), 0);
    for change in CHANGES {
        for file in before.keys() {
            let name = file.to_string_lossy().into_owned();
            let done = prkit(change.iter().chain(&["-i"]), std::slice::from_ref(&name));
            let now = files();
            if let Err(said) = &done {
                let mut others = before.keys().filter(|path| *path != file);
                let is_named =
                    others.any(|path| said.contains(&*path.file_name().unwrap().to_string_lossy()));
                if now != before || !is_named {
                    return Err(format!("{change:?} of {name} failed: {said}"));
                }
                refused += 1;
            }
            prkit(["check"].iter(), manifests)
                .map_err(|said| format!("{change:?} of {name} alone: {said}"))?;
            now.iter().filter(|(path, bytes)| before.get(*path) != Some(bytes)).for_each(|(path, _)| {
                std::fs::write(path, &before[path]).unwrap();
            });
        }
    }
    Ok(refused)
}
