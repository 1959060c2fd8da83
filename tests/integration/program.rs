//! Running the program.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn sample(name: &str) -> PathBuf {
    root().join("samples").join(name)
}

/// Says that this test does nothing, or less than it could. `tests/what_was_skipped.rs` lists it at the end of a run.
pub fn skipped(why: &str) {
    eprintln!("{why}: skipped");
    let list = Path::new(env!("CARGO_TARGET_TMPDIR")).join("skipped");
    let file = std::fs::OpenOptions::new().create(true).append(true).open(list);
    let line = format!("{why}\t{}\n", std::thread::current().name().unwrap_or("?"));
    // Where there is no place for the list, the line above is all there is.
    let _ = file.and_then(|mut file| std::io::Write::write_all(&mut file, line.as_bytes()));
}

/// The corpus beside the checkout, where there is one.
pub fn corpus() -> Option<PathBuf> {
    let path = root().parent()?.join("shared/corpus");
    if !path.is_dir() {
        skipped("no corpus beside the checkout");
        return None;
    }
    Some(path)
}

pub struct Run {
    pub status: i32,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Run {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }

    /// One JSON object a line.
    pub fn json(&self) -> Vec<Value> {
        self.text()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
            .collect()
    }

    pub fn one(&self) -> Value {
        let mut lines = self.json();
        assert_eq!(lines.len(), 1, "{}{}", self.text(), self.stderr);
        lines.remove(0)
    }
}

pub fn prkit<A: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = A>) -> Run {
    prkit_with(args, &[])
}

pub fn prkit_with<A: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = A>, stdin: &[u8]) -> Run {
    run_in(Path::new("."), args, stdin)
}

/// The same in another folder.
pub fn prkit_in<A: AsRef<std::ffi::OsStr>>(folder: &Path, args: impl IntoIterator<Item = A>) -> Run {
    run_in(folder, args, b"")
}

fn run_in<A: AsRef<std::ffi::OsStr>>(folder: &Path, args: impl IntoIterator<Item = A>, stdin: &[u8]) -> Run {
    use std::io::Write as _;
    let mut child = Command::new(env!("CARGO_BIN_EXE_prkit"))
        .args(args)
        .current_dir(folder)
        // The configuration of whoever runs the tests is not asked.
        .env("XDG_CONFIG_HOME", root().join("target/no-configuration"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let bytes = stdin.to_vec();
    let feeder = std::thread::spawn(move || {
        // The program may end before it has read everything.
        let _ = pipe.write_all(&bytes);
    });
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    Run { status: status.code().unwrap_or(-1), stdout, stderr: String::from_utf8_lossy(&stderr).into_owned() }
}

/// A copy of a file in a folder of its own.
pub fn copy(path: &Path) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join(path.file_name().unwrap());
    std::fs::write(&target, std::fs::read(path).unwrap()).unwrap();
    (folder, target)
}

#[macro_export]
macro_rules! args {
    ($($arg:expr),* $(,)?) => { vec![$(std::ffi::OsString::from($arg)),*] };
}
