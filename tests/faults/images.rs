//! The same on file systems of their own, with power cuts and full disks. Needs root and the tools that make them.
//!
//! ```text
//!   image ─mount─▶ run ─▶ at a point: power cut ─▶ mount again ─▶ recover ─▶ look
//!                          ext4, xfs   shut-down ioctl, nothing flushed
//!                          btrfs       what the device has got until then, copied
//! ```

use crate::points::{self, Case, Depth, Tally};
use crate::scenario::{self, files, folder_in, recover};
use crate::tracer::{End, Fault, Then, What, run};
use std::fs::File;
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};
use std::process::Command;

struct Kind {
    name: &'static str,
    make: &'static [&'static str],
    size: u64,
    /// Whether files can share blocks.
    shares: bool,
}

const KINDS: [Kind; 3] = [
    Kind {
        name: "ext4",
        make: &["mkfs.ext4", "-q", "-E", "lazy_itable_init=0"],
        size: 64 << 20,
        shares: false,
    },
    Kind { name: "xfs", make: &["mkfs.xfs", "-q", "-f"], size: 300 << 20, shares: true },
    Kind { name: "btrfs", make: &["mkfs.btrfs", "-q", "-f"], size: 160 << 20, shares: true },
];

/// A full disk in which edits run out of space.
const SMALL: u64 = 8 << 20;

pub fn try_all(depth: Depth, only: &str) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let mut failures = 0;
    if only.is_empty() || only.starts_with("full") {
        let wanted = only.strip_prefix("full-").unwrap_or("");
        let kinds = KINDS.iter().filter(|kind| wanted.is_empty() || kind.name == wanted);
        failures += kinds.map(|kind| nearly_full(kind, folder.path())).sum::<usize>();
        failures += owners_that_are_not_ours(folder.path());
    }
    if !only.is_empty() {
        return failures;
    }
    for kind in KINDS {
        let image = folder.path().join(format!("{}.img", kind.name));
        if let Err(why) = kind.make(&image, kind.size) {
            println!("faults: {} skipped: {why}", kind.name);
            continue;
        }
        match Mount::new(&image, &folder.path().join(kind.name)) {
            Ok(mount) => {
                failures += points::try_all(&mount.path, kind.name, depth, "");
                if kind.shares {
                    failures += blocks_are_shared(&kind, &mount.path);
                }
            }
            Err(why) => {
                println!("faults: {} skipped: {why}", kind.name);
                continue;
            }
        }
        failures += power_cuts(&kind, folder.path());
    }
    if KINDS[0].make(&folder.path().join("small.img"), SMALL).is_ok() {
        failures += full_disks(folder.path());
    }
    failures
}

/// Where files that are made belong to somebody else, there is no journal: a new file is renamed, and the report says so.
fn owners_that_are_not_ours(base: &Path) -> usize {
    let (image, at) = (base.join("vfat.img"), base.join("vfat"));
    File::create(&image).unwrap().set_len(32 << 20).unwrap();
    std::fs::create_dir_all(&at).unwrap();
    let made = command(Command::new("mkfs.vfat").arg(&image));
    let mounted = made.and_then(|()| {
        command(Command::new("mount").args(["-o", "loop,uid=54321,gid=54321,umask=022"]).arg(&image).arg(&at))
    });
    if let Err(why) = mounted {
        println!("faults: vfat skipped: {why}");
        return 0;
    }
    let mount = Mount { path: at };
    let path = mount.path.join("a.mp4");
    std::fs::copy(scenario::root().join("samples/edge/store-10k.mp4"), &path).unwrap();
    let before = std::fs::read(&path).unwrap();
    let edit = scenario::prkit()
        .args(["reheader", "-i", "--json", "--els-min=1K", "--la-url=https://x.example/a"])
        .arg(&path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&edit.stdout).into_owned();
    let is_said = said.contains("files that are made do not belong to their maker");
    let is_changed = std::fs::read(&path).unwrap() != before;
    let names = std::fs::read_dir(&mount.path).unwrap().count();
    if edit.status.success() && is_said && is_changed && names == 1 {
        println!("faults: vfat of another user: a new file was renamed, and that was said");
        return 0;
    }
    println!("faults:   FAILED on vfat of another user: {said}{}", String::from_utf8_lossy(&edit.stderr));
    1
}

/// A file that grows by whole blocks shares the rest of them with the old one, which stays under another name.
fn blocks_are_shared(kind: &Kind, folder: &Path) -> usize {
    const TAIL: usize = 24 << 20;
    let free = || {
        // What was written reaches its place first.
        command(&mut Command::new("sync")).unwrap();
        let stat = nix::sys::statvfs::statvfs(folder).unwrap();
        stat.blocks_free() * stat.fragment_size()
    };
    let path = folder.join("shared.mp4");
    let head = std::fs::read(scenario::root().join("samples/progressive/movie.mp4")).unwrap();
    let tail: Vec<u8> =
        (0..TAIL / 8).flat_map(|i| (i as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes()).collect();
    let tail_head = [&((TAIL + 8) as u32).to_be_bytes()[..], b"mdat"].concat();
    std::fs::write(&path, [head, tail_head, tail].concat()).unwrap();
    let before = free();
    let url = format!("https://lic.example.test/{}", "x".repeat(900));
    let edit = scenario::prkit()
        .args(["reheader", "-i", "--backup=.old", "--la-url", &url])
        .arg(&path)
        .output()
        .unwrap();
    assert!(edit.status.success(), "{}", String::from_utf8_lossy(&edit.stderr));
    let taken = before.saturating_sub(free());
    println!("faults: {}: a file of {TAIL} bytes grew, and the disk by {taken}", kind.name);
    usize::from(taken > 4 << 20)
}

impl Kind {
    fn make(&self, image: &Path, size: u64) -> Result<(), String> {
        File::create(image).unwrap().set_len(size).unwrap();
        let (program, args) = self.make.split_first().unwrap();
        command(Command::new(program).args(args).arg(image))
    }
}

fn command(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("{name}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{name}: {}", String::from_utf8_lossy(&output.stderr).trim()))
}

struct Mount {
    path: PathBuf,
}

impl Mount {
    fn new(image: &Path, at: &Path) -> Result<Self, String> {
        std::fs::create_dir_all(at).unwrap();
        command(Command::new("mount").args(["-o", "loop"]).arg(image).arg(at))?;
        Ok(Self { path: at.to_owned() })
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        for _ in 0..50 {
            if command(Command::new("umount").arg(&self.path)).is_ok() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        eprintln!("faults: {} stays mounted", self.path.display());
    }
}

/// The power fails at every point, and once more when success was reported.
fn power_cuts(kind: &Kind, base: &Path) -> usize {
    let (clean, image, later) = (base.join("clean.img"), base.join("work.img"), base.join("later.img"));
    let at = base.join("power");
    let mut failures = 0;
    for scenario in scenario::all().iter().filter(|scenario| scenario.name != "nothing waited for") {
        kind.make(&clean, kind.size).unwrap();
        let folder = folder_in(&at, scenario.name);
        let mount = Mount::new(&clean, &at).unwrap();
        let case = Case::new(scenario, &folder);
        scenario.prepare(&folder);
        command(Command::new("sync").arg("-f").arg(&folder)).unwrap();
        drop(mount);
        let mut tally = Tally::default();
        // The last one is no point: the run ends, then the power fails.
        for point in 0..=case.points.len() {
            copy(&clean, &image);
            let mount = Mount::new(&image, &at).unwrap();
            let mut cut = || {
                if kind.name == "btrfs" {
                    copy(&image, &later)
                } else {
                    shut_down(&at)
                }
                Then::Kill
            };
            let traced =
                run(&mut scenario.command(&folder), Some(Fault { at: point, what: What::Call(&mut cut) }));
            if !traced.hit {
                cut();
            }
            drop(mount);
            let survives = if kind.name == "btrfs" { &later } else { &image };
            let mount = Mount::new(survives, &at).unwrap();
            let what =
                case.points.get(point).map_or_else(|| "end".to_owned(), |name| format!("{name} {point}"));
            tally.note("power cuts", &what, after_cut(&case, &folder, traced.end));
            drop(mount);
        }
        tally.print(scenario.name, kind.name, &case.way);
        failures += tally.failures.len();
    }
    failures
}

fn after_cut(case: &Case<'_>, folder: &Path, end: End) -> Result<(), String> {
    let output = recover(folder, false);
    if !output.status.success() {
        return Err(format!("recover: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let now = files(folder);
    if end == End::Exit(0) && now != case.new {
        return Err("success was reported, and the power failure took it back".to_owned());
    }
    case.check(&now)
}

fn copy(from: &Path, to: &Path) {
    let _ = std::fs::remove_file(to);
    command(Command::new("cp").arg("--sparse=always").arg(from).arg(to)).unwrap();
}

nix::ioctl_read!(goes_down, b'X', 125, u32);

/// The file system stops at once: nothing that was not flushed gets to the device.
fn shut_down(mounted: &Path) {
    const NO_LOG_FLUSH: u32 = 2;
    let folder = File::open(mounted).unwrap();
    let mut how = NO_LOG_FLUSH;
    // SAFETY: the descriptor is open, and the call reads one word.
    #[allow(unsafe_code)]
    unsafe {
        goes_down(folder.as_raw_fd(), &raw mut how).unwrap();
    }
}

/// The disk has a little room left, less and less of it.
fn full_disks(base: &Path) -> usize {
    let at = base.join("small");
    let mount = Mount::new(&base.join("small.img"), &at).unwrap();
    let mut failures = 0;
    for scenario in scenario::all() {
        let folder = folder_in(&at, scenario.name);
        let case = Case::new(&scenario, &folder);
        let mut tally = Tally::default();
        for room in [0, 4, 8, 12, 16, 24, 32, 64, 512] {
            scenario.prepare(&folder);
            let ballast = at.join("ballast");
            fill(&ballast, room << 10);
            let traced = run(&mut scenario.command(&folder), None);
            let _ = std::fs::remove_file(&ballast);
            let result = match traced.end {
                End::Exit(0) if files(&folder) != case.new => Err("success was reported".to_owned()),
                End::Exit(0 | 3) => after_cut(&case, &folder, End::Exit(3)),
                end => Err(format!("ended by {end:?}")),
            };
            tally.note("full disks", &format!("{room}K left"), result);
        }
        let _ = std::fs::remove_dir_all(&folder);
        tally.print(scenario.name, "ext4, full", &case.way);
        failures += tally.failures.len();
    }
    drop(mount);
    failures
}

/// The last room that is tried, and how much less there is each time.
const LAST_ROOM: u64 = 8 << 20;
const STEP: u64 = 64 << 10;

/// Disks that are nearly full, and stay so: an edit succeeds, or leaves what recovers without any more room.
fn nearly_full(kind: &Kind, base: &Path) -> usize {
    let (image, at) = (base.join("full.img"), base.join("full"));
    if let Err(why) = kind.make(&image, kind.size) {
        println!("faults: {} skipped: {why}", kind.name);
        return 0;
    }
    let mount = match Mount::new(&image, &at) {
        Ok(mount) => mount,
        Err(why) => {
            println!("faults: {} skipped: {why}", kind.name);
            return 0;
        }
    };
    let mut failures = 0;
    let names = [
        "store gives way",
        "tail stored again, longer",
        "short file through the map",
        "group of several ways",
    ];
    for scenario in scenario::all().iter().filter(|scenario| names.contains(&scenario.name)) {
        let folder = folder_in(&at, scenario.name);
        let case = Case::new(scenario, &folder);
        let mut tally = Tally::default();
        for (step, room) in (0..=LAST_ROOM).step_by(STEP as usize).enumerate() {
            let full = Full::new(scenario, &at, &folder, room);
            let traced = run(&mut scenario.command(&folder), None);
            let result = match traced.end {
                End::Exit(0) if files(&folder) != case.new => Err("success was reported".to_owned()),
                End::Exit(0 | 3) => back(&case, &folder, step.is_multiple_of(2)),
                end => Err(format!("ended by {end:?}: {}", traced.said)),
            };
            tally.note(
                "nearly full disks",
                &format!("{room} left"),
                result.map_err(|e| format!("{e}; {}", traced.said)),
            );
            drop(full);
        }
        // Killed at every point with little room, and taken back while there is no more.
        // To store in place where every store goes to new blocks is for those who ask for it: going back may wait for room.
        let points = if kind.name == "btrfs" && scenario.args.contains(&"--write=map") {
            0
        } else {
            case.points.len()
        };
        for at_point in 0..points {
            let full = Full::new(scenario, &at, &folder, 512 << 10);
            run(&mut scenario.command(&folder), Some(Fault { at: at_point, what: What::Kill }));
            full.top_up();
            tally.note("kills on full disks", &format!("{at_point}"), back(&case, &folder, true));
            drop(full);
        }
        let _ = std::fs::remove_dir_all(&folder);
        tally.print(scenario.name, &format!("{}, nearly full", kind.name), &case.way);
        failures += tally.failures.len();
    }
    drop(mount);
    failures
}

/// Taken back, or finished where that needs nothing, while the disk is as it is.
fn back(case: &Case<'_>, folder: &Path, undo: bool) -> Result<(), String> {
    let mut output = recover(folder, undo);
    if !output.status.success() && !undo {
        // To go on may need room that is not there; to go back may not.
        output = recover(folder, true);
    }
    if !output.status.success() {
        return Err(format!("recover: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let mut now = files(folder);
    now.retain(|name, _| !name.ends_with(".old"));
    let mut expected = [case.old.clone(), case.new.clone()];
    expected.iter_mut().for_each(|files| files.retain(|name, _| !name.ends_with(".old")));
    scenario::check(&now, &expected[0], &expected[1])
}

/// A disk without room, until it is dropped.
struct Full {
    ballast: PathBuf,
    top: PathBuf,
}

impl Full {
    fn new(scenario: &scenario::Scenario, at: &Path, folder: &Path, room: u64) -> Self {
        let full = Self { ballast: at.join("ballast"), top: at.join("top") };
        full.empty();
        scenario.prepare(folder);
        command(Command::new("sync").arg("-f").arg(at)).unwrap();
        let file = File::create(&full.ballast).unwrap();
        let len = full.take_all(&file, 0);
        file.set_len(len.saturating_sub(room)).unwrap();
        file.sync_all().unwrap();
        command(Command::new("sync").arg("-f").arg(at)).unwrap();
        full
    }

    /// Takes what is left.
    fn top_up(&self) {
        if let Ok(file) = File::create(&self.top) {
            self.take_all(&file, 0);
        }
    }

    fn take_all(&self, file: &File, mut len: u64) -> u64 {
        for piece in [16 << 20, 1 << 20, 64 << 10, 4096_u64] {
            while nix::fcntl::fallocate(file, nix::fcntl::FallocateFlags::empty(), len as i64, piece as i64)
                .is_ok()
            {
                len += piece;
            }
        }
        len
    }

    fn empty(&self) {
        let _ = std::fs::remove_file(&self.ballast);
        let _ = std::fs::remove_file(&self.top);
    }
}

impl Drop for Full {
    fn drop(&mut self) {
        self.empty();
        let _ = command(Command::new("sync").arg("-f").arg(self.ballast.parent().unwrap()));
    }
}

/// Takes all room but so many bytes.
fn fill(ballast: &Path, room: u64) {
    let file = File::create(ballast).unwrap();
    command(Command::new("sync").arg("-f").arg(ballast)).unwrap();
    let free = nix::sys::statvfs::fstatvfs(&file).unwrap();
    let free = free.blocks_free() * free.fragment_size();
    let mut len = free.saturating_sub(room);
    while len > 0 && nix::fcntl::fallocate(&file, nix::fcntl::FallocateFlags::empty(), 0, len as i64).is_err()
    {
        len = len.saturating_sub(4096);
    }
}
