//! Somebody who may write into a folder puts a link, or another folder, into the place of what is edited, at every system
//! call that names something: what is outside stays as it is.
//!
//! ```text
//!   base/root/up/a.mp4 …   edited                    base/victim/a.mp4 …   somebody's, with the same names
//!        │ at some call: up renamed, and a link `up` ──▶ victim in its place; or a.mp4 ──▶ victim/a.mp4
//! ```

use crate::points::Tally;
use crate::scenario::{self, Files, files};
use crate::tracer::{End, Fault, Then, What, run};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// What is put into the place of what.
#[derive(Clone, Copy, Debug)]
enum Swap {
    /// A link to the victim's folder takes the place of the folder.
    Folder,
    /// So does the victim's folder itself, for a moment.
    Moved,
    /// A link to the victim's file takes the place of a file.
    File,
    /// A link takes the place of the folder that results go to.
    Output,
}

const URL: &str = "--la-url=https://new.example.com/a/longer/name/than/there/was/rightsmanager.asmx";

/// Commands of which every call is tried; `{}` stands for the folder.
const COMMANDS: [(&str, &[&str], &[Swap]); 6] = [
    ("stored", &["-i", "--els-min=1K", "{}/root"], &[Swap::Folder, Swap::Moved, Swap::File]),
    ("renamed", &["-i", "--write=rename", "{}/root"], &[Swap::Folder, Swap::Moved, Swap::File]),
    ("kept", &["-i", "--write=rename", "--backup=.old", "{}/root"], &[Swap::Folder]),
    ("copied", &["-i", "--els-min=1K", "--backup=.old", "{}/root"], &[Swap::Folder]),
    ("elsewhere", &["-o", "{}/out", "{}/root"], &[Swap::Folder, Swap::File, Swap::Output]),
    ("together", &["-i", "--presentation", "{}/root"], &[Swap::Folder, Swap::Moved]),
];

pub fn try_all(base: &Path, step: usize) -> usize {
    let mut failures = 0;
    for (name, args, swaps) in COMMANDS {
        let mut tally = Tally::default();
        for swap in swaps {
            let attack = Attack { base: base.join("swaps"), args, swap: *swap };
            attack.prepare();
            let calls = run(&mut attack.command(), None);
            assert_eq!(calls.end, End::Exit(0), "{name}: {}", calls.said);
            for at in (0..calls.named).step_by(step) {
                tally.note("swaps", &format!("{swap:?} {at}"), attack.at(at));
            }
        }
        tally.print(name, "links put in the way", "any");
        failures += tally.failures.len();
    }
    failures
}

struct Attack<'a> {
    base: PathBuf,
    args: &'a [&'a str],
    swap: Swap,
}

impl Attack<'_> {
    fn prepare(&self) {
        let _ = fs::remove_dir_all(&self.base);
        let sample = |name: &str| fs::read(scenario::root().join("samples").join(name)).unwrap();
        for (folder, more) in [("root/up", &b""[..]), ("victim", b"\0\0\0\x0cfreeVICT")] {
            let folder = self.base.join(folder);
            fs::create_dir_all(&folder).unwrap();
            for name in ["a.mp4", "b.mp4", "c.mp4"] {
                fs::write(folder.join(name), [&sample("edge/store-10k.mp4")[..], more].concat()).unwrap();
            }
            if self.args.contains(&"--presentation") {
                let list = "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-MAP:URI=\"a.mp4\"\n#EXTINF:6,\nb.mp4\n#EXTINF:6,\nc.mp4\n#EXT-X-ENDLIST\n";
                fs::write(folder.join("list.m3u8"), list).unwrap();
            }
        }
        fs::create_dir_all(self.base.join("victim/empty")).unwrap();
        fs::create_dir_all(self.base.join("out")).unwrap();
    }

    fn command(&self) -> std::process::Command {
        let mut command = scenario::prkit();
        command.args(["reheader", URL, "-j1"]);
        command.args(self.args.iter().map(|arg| arg.replace("{}", &self.base.to_string_lossy())));
        command
    }

    fn swap(&self) {
        let (up, victim) = (self.base.join("root/up"), self.base.join("victim"));
        match self.swap {
            Swap::Folder => {
                fs::rename(&up, self.base.join("root/moved")).unwrap();
                symlink(&victim, &up).unwrap();
            }
            Swap::Moved => {
                fs::rename(&up, self.base.join("moved")).unwrap();
                symlink("../victim", &up).unwrap();
            }
            Swap::File => {
                fs::rename(up.join("b.mp4"), up.join(".hidden")).unwrap();
                symlink(victim.join("b.mp4"), up.join("b.mp4")).unwrap();
            }
            Swap::Output => {
                let out = self.base.join("out/up");
                // Before it is there, the link is there first.
                let _ = fs::rename(&out, self.base.join("out/moved"));
                // What is there is not replaced; what is not must not come there either.
                symlink(victim.join("empty"), &out).unwrap();
            }
        }
    }

    /// Swaps at a call, and looks at what is outside.
    fn at(&self, at: usize) -> Result<(), String> {
        self.prepare();
        let victim = files(&self.base.join("victim"));
        let mut swap = || {
            self.swap();
            Then::GoOn
        };
        let traced = run(&mut self.command(), Some(Fault { at, what: What::Named(&mut swap) }));
        if !matches!(traced.end, End::Exit(0 | 3)) {
            return Err(format!("ended by {:?}: {}", traced.end, traced.said));
        }
        // What is left is recovered by whoever walks there next.
        scenario::recover(&self.base.join("root"), at.is_multiple_of(2));
        let now = files(&self.base.join("victim"));
        if now == victim {
            return Ok(());
        }
        Err(format!("{} of the victim's changed", differing(&victim, &now)))
    }
}

fn differing(before: &Files, after: &Files) -> String {
    let all: std::collections::BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let changed = all.into_iter().filter(|name| before.get(*name) != after.get(*name));
    changed.cloned().collect::<Vec<_>>().join(", ")
}

/// Commands that only look make no call that changes something.
pub fn lookers_change_nothing(base: &Path) -> usize {
    let attack = Attack { base: base.join("lookers"), args: &[], swap: Swap::Folder };
    attack.prepare();
    let up = attack.base.join("root/up");
    // An interrupted edit, an unfinished copy, a finished journal, a pointer to nothing.
    let mut edit = scenario::prkit();
    edit.args(["reheader", "-i", "--els-min=1K", URL]).arg(up.join("a.mp4"));
    let stores = run(&mut scenario_copy(&edit), None)
        .points
        .iter()
        .rposition(|name| *name == "msync" || *name == "fsync");
    attack.prepare();
    let at = stores.unwrap_or(3);
    run(&mut edit, Some(Fault { at, what: What::Kill }));
    fs::write(up.join(".b.mp4.prkit-new-abcdefgh"), "").unwrap();
    fs::write(up.join(".prkit-presentation"), b"PRKITP02\x00.gone.prkit-journal").unwrap();
    let mut tally = Tally::default();
    let root = attack.base.join("root").to_string_lossy().into_owned();
    let before = files(&attack.base);
    for args in [
        &["show"][..],
        &["lint"],
        &["check"],
        &["reheader", "-n", "--els-min=1K", URL],
        &["reheader", "-n", "--write=rename", "--backup=.old", URL],
        &["reheader", "-n", "--presentation", URL],
        &["recover", "--list"],
        &["recover", "--list", "--json"],
    ] {
        let mut command = scenario::prkit();
        command.args(args).arg(&root);
        let traced = run(&mut command, None);
        let result = if traced.points.is_empty() && files(&attack.base) == before {
            Ok(())
        } else {
            Err(format!("it calls {:?}", traced.points))
        };
        tally.note("commands that only look", &args.join(" "), result);
    }
    tally.print("looking", "here", "read");
    tally.failures.len()
}

fn scenario_copy(command: &std::process::Command) -> std::process::Command {
    let mut copy = std::process::Command::new(command.get_program());
    copy.args(command.get_args());
    copy
}

/// What nobody else may read, nobody else may read in what lies beside it while it is edited.
pub fn nothing_private_is_shown(base: &Path) -> usize {
    use std::os::unix::fs::PermissionsExt as _;
    let mut tally = Tally::default();
    for (name, args, _) in COMMANDS {
        let attack = Attack { base: base.join("private"), args, swap: Swap::Folder };
        let prepare = || {
            attack.prepare();
            for name in ["a.mp4", "b.mp4", "c.mp4", "list.m3u8"] {
                let path = attack.base.join("root/up").join(name);
                if path.exists() {
                    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
                }
            }
        };
        prepare();
        let count = run(&mut attack.command(), None).points.len();
        for at in 0..count {
            prepare();
            let mut shown = Vec::new();
            let mut look = || {
                for folder in ["root", "out"] {
                    for entry in walk(&attack.base.join(folder)) {
                        let metadata = fs::symlink_metadata(&entry).unwrap();
                        if metadata.is_file()
                            && metadata.len() > 0
                            && metadata.permissions().mode() & 0o077 != 0
                        {
                            shown.push(entry);
                        }
                    }
                }
                Then::GoOn
            };
            run(&mut attack.command(), Some(Fault { at, what: What::Call(&mut look) }));
            let result = if shown.is_empty() { Ok(()) } else { Err(format!("others may read {shown:?}")) };
            tally.note("looks at modes", &format!("{name} {at}"), result);
        }
    }
    tally.print("private files", "here", "any");
    tally.failures.len()
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { all.extend(walk(&path)) } else { all.push(path) }
    }
    all
}
