//! Every point of every scenario, with every fault.

use crate::scenario::{self, Files, Scenario, check, files, folder_in, is_hidden, recover};
use crate::tracer::{Call, End, Fault, Then, Traced, What, run};
use nix::errno::Errno;
use nix::sys::signal::Signal;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    Short,
    Long,
}

/// How an interrupted edit is met.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Afterwards {
    Recover,
    Undo,
    Again,
}

/// What was tried, and what went wrong.
#[derive(Default)]
pub struct Tally {
    pub tried: BTreeMap<&'static str, usize>,
    pub failures: Vec<String>,
}

impl Tally {
    pub fn note(&mut self, kind: &'static str, what: &str, result: Result<(), String>) {
        *self.tried.entry(kind).or_default() += 1;
        if let Err(error) = result {
            self.failures.push(format!("{kind} at {what}: {error}"));
        }
    }

    pub fn print(&self, scenario: &str, place: &str, way: &str) {
        let tried: Vec<String> = self.tried.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        println!("faults: {scenario} ({place}, {way}): {}", tried.join(", "));
        for failure in self.failures.iter().take(8) {
            println!("faults:   FAILED {failure}");
        }
    }
}

/// Tries everything in a folder of some file system; gives the number of failures.
pub fn try_all(base: &Path, place: &str, depth: Depth, only: &str) -> usize {
    let (mut failures, mut tried) = (0, 0);
    for scenario in scenario::all().into_iter().filter(|scenario| scenario.name.contains(only)) {
        let folder = folder_in(base, scenario.name);
        let case = Case::new(&scenario, &folder);
        let mut tally = Tally::default();
        case.kills(depth, &mut tally);
        case.errors(&mut tally);
        case.lacks(&mut tally);
        case.stores(depth, &mut tally);
        case.cuts(&mut tally);
        if depth == Depth::Long {
            case.recovery(&mut tally);
        }
        tally.print(scenario.name, place, &case.way);
        failures += tally.failures.len();
        tried += tally.tried.values().sum::<usize>();
    }
    println!("faults: {tried} points tried ({place}), {failures} failures");
    failures
}

/// A scenario that was run once without any fault.
pub struct Case<'s> {
    pub scenario: &'s Scenario,
    pub folder: &'s Path,
    pub old: Files,
    pub new: Files,
    pub points: Vec<&'static str>,
    /// The strategies that were taken.
    pub way: String,
    mappings: usize,
}

impl<'s> Case<'s> {
    pub fn new(scenario: &'s Scenario, folder: &'s Path) -> Self {
        scenario.prepare(folder);
        let old = files(folder);
        let way = ways(scenario, folder);
        scenario.prepare(folder);
        let traced = run(&mut scenario.command(folder), None);
        assert_eq!(traced.end, End::Exit(0), "{}: fails without any fault", scenario.name);
        let new = files(folder);
        assert!(old != new, "{}: nothing is changed", scenario.name);
        Self { scenario, folder, old, new, points: traced.points, way, mappings: traced.mappings }
    }

    fn kills(&self, depth: Depth, tally: &mut Tally) {
        let ways = [Afterwards::Recover, Afterwards::Undo, Afterwards::Again];
        for (at, name) in self.points.iter().enumerate() {
            let ways = match depth {
                Depth::Long => &ways[..],
                Depth::Short => &ways[at % 3..][..1],
            };
            for way in ways {
                self.scenario.prepare(self.folder);
                let traced =
                    run(&mut self.scenario.command(self.folder), Some(Fault { at, what: What::Kill }));
                let what = format!("{name} {at}, then {way:?}");
                tally.note("kills", &what, self.killed(traced.end).and_then(|()| self.afterwards(*way)));
            }
        }
    }

    fn killed(&self, end: End) -> Result<(), String> {
        if end == End::Signal(Signal::SIGKILL) { Ok(()) } else { Err(format!("not killed: {end:?}")) }
    }

    /// Recovers in some way, and looks.
    fn afterwards(&self, way: Afterwards) -> Result<(), String> {
        if way == Afterwards::Again && self.scenario.again {
            let output = self.scenario.command(self.folder).output().unwrap();
            if !output.status.success() && !asks_for_other_backup(&output.stderr) {
                return Err(format!("again: {}", String::from_utf8_lossy(&output.stderr)));
            }
        }
        let output = recover(self.folder, way == Afterwards::Undo);
        if !output.status.success() {
            return Err(format!("recover: {}", String::from_utf8_lossy(&output.stderr)));
        }
        self.check(&files(self.folder))
    }

    /// Every file is the old or the new one; what belongs together is all old or all new.
    pub fn check(&self, now: &Files) -> Result<(), String> {
        check(now, &self.old, &self.new)?;
        if self.scenario.together && *now != self.old && *now != self.new {
            return Err(format!("a mixture: {} are the old ones", differing(now, &self.new)));
        }
        Ok(())
    }

    fn errors(&self, tally: &mut Tally) {
        for (at, name) in self.points.iter().enumerate() {
            for (kind, what) in [
                ("ENOSPC", What::Error(Errno::ENOSPC)),
                ("EIO", What::Error(Errno::EIO)),
                ("short writes", What::Short),
            ] {
                self.scenario.prepare(self.folder);
                let traced = run(&mut self.scenario.command(self.folder), Some(Fault { at, what }));
                if traced.hit {
                    tally.note(kind, &format!("{name} {at}"), self.after_error(traced.end));
                }
            }
        }
    }

    /// On file systems that lack something, the edit goes another way, or leaves everything as it was.
    fn lacks(&self, tally: &mut Tally) {
        for (call, errno) in [
            (Call::Lock, Errno::ENOLCK),
            (Call::SharedMapping, Errno::ENODEV),
            (Call::Allocate, Errno::EOPNOTSUPP),
            (Call::CopyRange, Errno::EXDEV),
            (Call::SetAttribute, Errno::EOPNOTSUPP),
        ] {
            self.scenario.prepare(self.folder);
            let fault = Fault { at: 0, what: What::Lacks(call, errno) };
            let traced = run(&mut self.scenario.command(self.folder), Some(fault));
            if traced.hit {
                // Without locks there is no map, and nothing that holds for several files.
                let needs_locks = self.scenario.together || self.scenario.args.contains(&"--write=map");
                let goes_on = call != Call::Lock || !needs_locks;
                let end = match traced.end {
                    end @ End::Exit(3) if goes_on => {
                        Err(format!("it does not go another way: {end:?}: {}", traced.said))
                    }
                    end => self.after_error(end),
                };
                tally.note("calls that do not exist", &format!("{call:?}"), end);
            }
        }
    }

    /// A run that reports success has changed everything; any other one has left what recovers.
    fn after_error(&self, end: End) -> Result<(), String> {
        let mut now = files(self.folder);
        // A journal that says "done" and could not be taken away is no failure of the edit.
        now.retain(|name, _| !(is_hidden(name) && name.contains("prkit-")));
        match end {
            End::Exit(0) if now == self.new => self.afterwards(Afterwards::Undo).and_then(|()| self.is_new()),
            End::Exit(0) => Err(format!("success was reported: {}", differing(&now, &self.new))),
            End::Exit(3) => self.afterwards(Afterwards::Recover),
            end => Err(format!("ended by {end:?}")),
        }
    }

    fn is_new(&self) -> Result<(), String> {
        let now = files(self.folder);
        if now == self.new { Ok(()) } else { Err(format!("taken back: {}", differing(&now, &self.new))) }
    }

    /// Killed between the stores into the map: when some changed byte was stored, and others were not yet.
    fn stores(&self, depth: Depth, tally: &mut Tally) {
        let samples = if depth == Depth::Long { 60 } else { 6 };
        let ways = [Afterwards::Recover, Afterwards::Undo, Afterwards::Again];
        for at in 0..self.mappings.min(8) {
            for sample in 0..samples {
                let traced = self.at_store(at, sample, samples, &mut || Then::Kill);
                if traced.hit {
                    let what = format!("mapping {at}, {sample} of {samples} stored");
                    let way = ways[sample % 3];
                    tally.note(
                        "kills between stores",
                        &what,
                        self.killed(traced.end).and_then(|()| self.afterwards(way)),
                    );
                }
            }
        }
    }

    /// Something happens when so much of what changes in a mapping was stored.
    fn at_store(&self, at: usize, sample: usize, samples: usize, call: &mut dyn FnMut() -> Then) -> Traced {
        self.scenario.prepare(self.folder);
        let mut pick = |file: &Path, mapped: Range<u64>| {
            let path = std::fs::read_link(file).ok()?;
            let folder = self.folder.canonicalize().ok()?;
            let name = path.strip_prefix(folder).ok()?.to_string_lossy().into_owned();
            let (now, new) = (std::fs::read(file).ok()?, self.new.get(&name)?);
            let changed: Vec<u64> =
                mapped.filter(|at| now.get(*at as usize) != new.get(*at as usize)).collect();
            changed.get(changed.len() * sample / samples).copied()
        };
        let what = What::Store { pick: &mut pick, call };
        run(&mut self.scenario.command(self.folder), Some(Fault { at, what }))
    }

    /// Somebody cuts the first file at every point: the others are the old or the new ones.
    fn cuts(&self, tally: &mut Tally) {
        let Some(first) = self.scenario.names().next() else { return };
        let path = self.folder.join(first);
        let cut = || std::fs::File::options().write(true).open(&path).unwrap().set_len(100).unwrap();
        for at in 0..self.points.len() + self.mappings {
            let mut cut_and_go_on = || {
                cut();
                Then::GoOn
            };
            let (name, traced) = if let Some(name) = self.points.get(at) {
                self.scenario.prepare(self.folder);
                let fault = Fault { at, what: What::Call(&mut cut_and_go_on) };
                (*name, run(&mut self.scenario.command(self.folder), Some(fault)))
            } else {
                ("store", self.at_store(at - self.points.len(), 0, 1, &mut cut_and_go_on))
            };
            let died = traced.end == End::Signal(Signal::SIGBUS);
            recover(self.folder, false);
            let mut now = files(self.folder);
            now.retain(|name, _| !is_hidden(name));
            let without_first = |files: &Files| {
                let mut files = files.clone();
                files.remove(first);
                files.remove(&format!("{first}.old"));
                files
            };
            // What was made from the file that was cut may be cut, too; files of their own may not.
            let result = if self.scenario.again {
                check(&without_first(&now), &without_first(&self.old), &without_first(&self.new))
            } else {
                Ok(())
            };
            let kind = if died { "cuts by others, SIGBUS" } else { "cuts by others" };
            let result = match traced.end {
                End::Exit(_) => result,
                _ if died && name == "store" => result,
                end => Err(format!("ended by {end:?}")),
            };
            tally.note(kind, &format!("{name} {at}"), result);
        }
    }

    /// Recovery is killed at each of its own points, and then recovers.
    fn recovery(&self, tally: &mut Tally) {
        for undo in [false, true] {
            for at in 0..self.points.len() {
                let interrupt = || {
                    self.scenario.prepare(self.folder);
                    run(&mut self.scenario.command(self.folder), Some(Fault { at, what: What::Kill }));
                };
                let command = || {
                    let mut command = scenario::prkit();
                    command.arg("recover").args(undo.then_some("--undo")).arg(self.folder);
                    command
                };
                interrupt();
                let points = run(&mut command(), None).points.len();
                for second in 0..points {
                    interrupt();
                    run(&mut command(), Some(Fault { at: second, what: What::Kill }));
                    let way = if second % 2 == 0 { Afterwards::Recover } else { Afterwards::Undo };
                    tally.note("kills of recovery", &format!("{at}, {second}"), self.afterwards(way));
                }
            }
        }
    }
}

/// The copy of the original that was asked for is there already.
fn asks_for_other_backup(stderr: &[u8]) -> bool {
    String::from_utf8_lossy(stderr).contains("cannot keep a copy")
}

fn differing(now: &Files, new: &Files) -> String {
    let names = new.keys().filter(|name| now.get(*name) != new.get(*name));
    names.cloned().collect::<Vec<_>>().join(", ")
}

/// The strategies a scenario takes here.
fn ways(scenario: &Scenario, folder: &Path) -> String {
    let output = scenario.command(folder).arg("--json").output().unwrap();
    let mut ways: Vec<String> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).ok()?;
            Some(line["strategy"].as_str()?.to_owned())
        })
        .collect();
    for way in &ways {
        assert!(scenario.strategies.contains(&way.as_str()), "{}: {way}", scenario.name);
    }
    ways.dedup();
    ways.join(", ")
}
