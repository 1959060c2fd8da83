//! The programs, and how they are run.

use crate::make::Show;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

pub const KID: &str = "00112233-4455-6677-8899-aabbccddeeff";
pub const KEY: &str = "0123456789abcdef0123456789abcdef";

pub struct Tools {
    pub folder: PathBuf,
    pub packager: PathBuf,
    pub ffmpeg: PathBuf,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

impl Tools {
    pub fn find() -> Result<Self, String> {
        let folder = std::env::var_os("PRKIT_PACKAGERS")
            .map_or_else(|| root().join("target/packagers"), PathBuf::from);
        let tools = Self { packager: folder.join("bin/packager"), ffmpeg: folder.join("bin/ffmpeg"), folder };
        let chromium = PathBuf::from(std::env::var_os("CHROMIUM").unwrap_or("/usr/bin/chromium".into()));
        let modules = tools.folder.join("node_modules/playwright-core");
        match [&tools.packager, &tools.ffmpeg, &modules, &chromium].iter().find(|path| !path.exists()) {
            Some(missing) => Err(missing.file_name().unwrap().to_string_lossy().into_owned()),
            None => Ok(tools),
        }
    }
}

/// Runs a program; its standard output.
pub fn run<A: AsRef<OsStr>>(
    program: &Path,
    folder: &Path,
    args: impl IntoIterator<Item = A>,
) -> Result<Vec<u8>, String> {
    let output = Command::new(program).current_dir(folder).args(args).output().map_err(|e| e.to_string())?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    let (name, stdout) =
        (program.file_name().unwrap().to_string_lossy(), String::from_utf8_lossy(&output.stdout));
    let from = stderr.len().saturating_sub(1000);
    Err(format!("{name}: {stdout}{}", stderr.get(from..).unwrap_or(&stderr)))
}

pub fn prkit<'a>(args: impl Iterator<Item = &'a &'a str>, inputs: &'a [String]) -> Result<Vec<u8>, String> {
    let args: Vec<&str> = args.copied().chain(inputs.iter().map(String::as_str)).collect();
    run(Path::new(env!("CARGO_BIN_EXE_prkit")), Path::new("."), args)
}

/// Plays what browsers can play, to its end; what came of it.
pub fn play(tools: &Tools, folder: &Path, show: &Show) -> Result<String, String> {
    if show.plays.is_empty() {
        return Ok("no player reads it".to_owned());
    }
    let mut command = vec![root().join("tests/packagers/play.mjs").into_os_string()];
    command.extend([
        tools.folder.clone().into_os_string(),
        folder.as_os_str().to_owned(),
        KID.into(),
        KEY.into(),
    ]);
    command.extend(show.plays.iter().map(Into::into));
    let output = run(Path::new("node"), folder, command)?;
    let mut said = Vec::new();
    for line in String::from_utf8_lossy(&output).lines() {
        let played: serde_json::Value =
            serde_json::from_str(line).map_err(|error| format!("{error}: {line}"))?;
        let frames = played["frames"].as_u64().unwrap_or(0);
        let is_whole = played["ended"] == true && played["encrypted"] == true && frames >= show.frames;
        if !is_whole || played["errors"] != serde_json::json!([]) {
            return Err(format!("not played: {line}"));
        }
        let (name, ranges) = (played["manifest"].as_str().unwrap_or(""), &played["ranges"]);
        said.push(format!("{name} played, {frames} frames, {ranges} range requests"));
    }
    if said.len() != show.plays.len() {
        return Err("the browser said nothing".to_owned());
    }
    Ok(said.join("; "))
}
