//! A program run step by step, and stopped, lied to or cut short where it changes something.
//!
//! ```text
//!   spawn ─▶ stop at every system call ─▶ one that changes something? count it
//!                                         the chosen one? kill │ error │ half the bytes │ something happens
//! ```
//!
//! Counts are the same in every run of the same command, so `0..points` visits every such call once.

use nix::errno::Errno;
use nix::libc::{self, c_long, user_regs_struct};
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use std::collections::HashMap;
use std::mem::offset_of;
use std::ops::Range;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What happens at a point.
pub enum What<'f> {
    /// The program is killed before the call.
    Kill,
    /// The call fails without doing anything.
    Error(Errno),
    /// This call never works, as on a file system that does not have it.
    Lacks(Call, Errno),
    /// Only half of the bytes are asked of the kernel.
    Short,
    /// This is called, and the program goes on or, when it says so, is killed.
    Call(&'f mut dyn FnMut() -> Then),
    /// The same, at a call that names a file or a folder.
    Named(&'f mut dyn FnMut() -> Then),
    /// When a byte is stored through a shared mapping, this is called, and the program goes on or is killed.
    Store { pick: Pick<'f>, call: &'f mut dyn FnMut() -> Then },
}

/// A call that some file systems do not have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Call {
    Lock,
    SharedMapping,
    Allocate,
    CopyRange,
    SetAttribute,
}

impl Call {
    fn is(self, number: c_long, registers: &user_regs_struct) -> bool {
        match self {
            Self::Lock => number == libc::SYS_flock,
            Self::SharedMapping => is_shared_mapping(number, registers),
            Self::Allocate => number == libc::SYS_fallocate,
            Self::CopyRange => number == libc::SYS_copy_file_range,
            Self::SetAttribute => number == libc::SYS_fsetxattr,
        }
    }
}

/// Chooses a byte of a file of which so many are mapped for storing.
pub type Pick<'f> = &'f mut dyn FnMut(&Path, Range<u64>) -> Option<u64>;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Then {
    GoOn,
    Kill,
}

pub struct Fault<'f> {
    /// The how manieth call that changes something; for [`What::Store`], the how manieth shared mapping; for
    /// [`What::Named`], the how manieth that names something.
    pub at: usize,
    pub what: What<'f>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    Exit(i32),
    Signal(Signal),
}

pub struct Traced {
    pub end: End,
    /// The calls that changed something, in order.
    pub points: Vec<&'static str>,
    /// Calls that name a file or a folder.
    pub named: usize,
    /// Shared mappings.
    pub mappings: usize,
    /// Whether the fault happened.
    pub hit: bool,
    /// What it wrote to standard error.
    pub said: String,
}

/// Whether this machine lets a program be traced.
pub fn works() -> bool {
    let mut command = Command::new("true");
    // SAFETY: as below.
    #[allow(unsafe_code)]
    unsafe {
        command.pre_exec(|| ptrace::traceme().map_err(std::io::Error::from));
    }
    let Ok(child) = command.spawn() else { return false };
    let pid = Pid::from_raw(child.id() as i32);
    let stopped = matches!(waitpid(pid, None), Ok(WaitStatus::Stopped(..)));
    let _ = ptrace::cont(pid, None);
    let _ = waitpid(pid, None);
    stopped
}

/// Runs a command to its end, with a fault or without one.
pub fn run(command: &mut Command, fault: Option<Fault<'_>>) -> Traced {
    let said = tempfile::NamedTempFile::new().unwrap();
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(said.reopen().unwrap());
    // SAFETY: between fork and exec the child only asks to be traced: one system call, no allocation.
    #[allow(unsafe_code)]
    unsafe {
        command.pre_exec(|| ptrace::traceme().map_err(std::io::Error::from));
    }
    #[allow(clippy::zombie_processes, reason = "the tracer below waits for it and all its threads")]
    let child = command.spawn().unwrap();
    let root = Pid::from_raw(child.id() as i32);
    waitpid(root, None).unwrap();
    let options = Options::PTRACE_O_TRACESYSGOOD
        | Options::PTRACE_O_EXITKILL
        | Options::PTRACE_O_TRACECLONE
        | Options::PTRACE_O_TRACEFORK
        | Options::PTRACE_O_TRACEVFORK;
    ptrace::setoptions(root, options).unwrap();
    ptrace::syscall(root, None).unwrap();
    let mut tracer = Tracer {
        root,
        fault,
        inside: HashMap::new(),
        traced: Traced {
            end: End::Exit(-1),
            points: Vec::new(),
            named: 0,
            mappings: 0,
            hit: false,
            said: String::new(),
        },
    };
    while !tracer.next() {}
    tracer.traced.said = std::fs::read_to_string(said.path()).unwrap_or_default();
    tracer.traced
}

/// What a thread that entered a system call waits for.
#[derive(Clone, Copy)]
enum Inside {
    Plain,
    /// It did nothing; this is its answer.
    Failed(Errno),
    /// A shared mapping that can be written to.
    Mapping,
}

struct Tracer<'f> {
    root: Pid,
    fault: Option<Fault<'f>>,
    inside: HashMap<Pid, Inside>,
    traced: Traced,
}

impl Tracer<'_> {
    /// Handles one stop of one thread; `true` when the program is over.
    fn next(&mut self) -> bool {
        let status = match waitpid(None, Some(WaitPidFlag::__WALL)) {
            Ok(status) => status,
            Err(Errno::EINTR) => return false,
            Err(Errno::ECHILD) => return true,
            Err(error) => panic!("waitpid: {error}"),
        };
        match status {
            WaitStatus::Exited(pid, code) if pid == self.root => self.traced.end = End::Exit(code),
            WaitStatus::Signaled(pid, signal, _) if pid == self.root => self.traced.end = End::Signal(signal),
            WaitStatus::PtraceSyscall(pid) => self.syscall(pid),
            WaitStatus::PtraceEvent(pid, ..) => go_on(pid, None),
            // A new thread begins with a stop of its own.
            WaitStatus::Stopped(pid, Signal::SIGSTOP) => go_on(pid, None),
            WaitStatus::Stopped(pid, Signal::SIGTRAP) => self.stored(pid),
            WaitStatus::Stopped(pid, signal) => go_on(pid, Some(signal)),
            _ => {}
        }
        false
    }

    fn syscall(&mut self, pid: Pid) {
        let Ok(mut registers) = ptrace::getregs(pid) else { return };
        if let Some(inside) = self.inside.remove(&pid) {
            match inside {
                Inside::Plain => {}
                Inside::Failed(errno) => {
                    registers.rax = (-i64::from(errno as i32)) as u64;
                    let _ = ptrace::setregs(pid, registers);
                }
                Inside::Mapping => self.mapping(pid, &registers),
            }
            return go_on(pid, None);
        }
        let inside = match self.enter(pid, &mut registers) {
            Some(inside) => inside,
            None => return,
        };
        self.inside.insert(pid, inside);
        go_on(pid, None);
    }

    /// `None` when the program was killed.
    fn enter(&mut self, pid: Pid, registers: &mut user_regs_struct) -> Option<Inside> {
        let number = registers.orig_rax as c_long;
        if let Some(Fault { what: What::Lacks(call, errno), .. }) = &self.fault
            && call.is(number, registers)
        {
            let errno = *errno;
            self.traced.hit = true;
            return Some(fail(pid, registers, errno));
        }
        if names_something(number) {
            let this = self.traced.named;
            self.traced.named += 1;
            if let Some(Fault { at, what: What::Named(call) }) = &mut self.fault
                && *at == this
            {
                self.traced.hit = true;
                if call() == Then::Kill {
                    self.kill();
                    return None;
                }
            }
        }
        if is_shared_mapping(number, registers) {
            return Some(Inside::Mapping);
        }
        let Some(name) = changes_something(number, registers) else { return Some(Inside::Plain) };
        let point = self.traced.points.len();
        self.traced.points.push(name);
        let Some(Fault { at, what }) = &mut self.fault else { return Some(Inside::Plain) };
        if *at != point {
            return Some(Inside::Plain);
        }
        match what {
            What::Kill => {
                self.traced.hit = true;
                self.kill();
                None
            }
            What::Call(call) => {
                self.traced.hit = true;
                if call() == Then::Kill {
                    self.kill();
                    return None;
                }
                Some(Inside::Plain)
            }
            What::Error(errno) => {
                self.traced.hit = true;
                Some(fail(pid, registers, *errno))
            }
            What::Short => {
                if let Some(len) = length_of(number, registers).filter(|len| **len > 1) {
                    self.traced.hit = true;
                    *len /= 2;
                    ptrace::setregs(pid, *registers).unwrap();
                }
                Some(Inside::Plain)
            }
            What::Store { .. } | What::Lacks(..) | What::Named(_) => Some(Inside::Plain),
        }
    }

    /// A shared mapping is there: what is stored into it comes next.
    fn mapping(&mut self, pid: Pid, registers: &user_regs_struct) {
        let this = self.traced.mappings;
        self.traced.mappings += 1;
        let Some(Fault { at, what: What::Store { pick, .. } }) = &mut self.fault else { return };
        if *at != this {
            return;
        }
        let file = PathBuf::from(format!("/proc/{pid}/fd/{}", registers.r8));
        let mapped = registers.r9..registers.r9 + registers.rsi;
        if let Some(byte) = pick(&file, mapped.clone()) {
            watch(pid, registers.rax + (byte - mapped.start));
        }
    }

    /// The byte that is watched was stored.
    fn stored(&mut self, pid: Pid) {
        if let Some(Fault { what: What::Store { call, .. }, .. }) = &mut self.fault
            && !self.traced.hit
        {
            self.traced.hit = true;
            if call() == Then::Kill {
                return self.kill();
            }
        }
        go_on(pid, None);
    }

    fn kill(&self) {
        let _ = nix::sys::signal::kill(self.root, Signal::SIGKILL);
    }
}

/// Has a call do nothing; its answer comes when it returns.
fn fail(pid: Pid, registers: &mut user_regs_struct, errno: Errno) -> Inside {
    registers.orig_rax = u64::MAX;
    ptrace::setregs(pid, *registers).unwrap();
    Inside::Failed(errno)
}

fn go_on(pid: Pid, signal: Option<Signal>) {
    // A thread that was killed meanwhile is gone.
    let _ = ptrace::syscall(pid, signal);
}

/// Has a thread stop when it stores a byte: a debug register of the processor watches its address.
fn watch(pid: Pid, address: u64) {
    const ON_WRITE_OF_ONE_BYTE: i64 = 1 | 1 << 16;
    let register = |index: usize| (offset_of!(libc::user, u_debugreg) + 8 * index) as *mut libc::c_void;
    // Some virtual machines have none: then it never stops, and the point does not count as tried.
    let _ = ptrace::write_user(pid, register(0), address as i64);
    let _ = ptrace::write_user(pid, register(7), ON_WRITE_OF_ONE_BYTE);
}

/// Whether a call goes by the name of something.
fn names_something(number: c_long) -> bool {
    matches!(
        number,
        libc::SYS_open
            | libc::SYS_openat
            | libc::SYS_openat2
            | libc::SYS_stat
            | libc::SYS_lstat
            | libc::SYS_newfstatat
            | libc::SYS_statx
            | libc::SYS_access
            | libc::SYS_faccessat
            | libc::SYS_readlink
            | libc::SYS_readlinkat
            | libc::SYS_rename
            | libc::SYS_renameat
            | libc::SYS_renameat2
            | libc::SYS_link
            | libc::SYS_linkat
            | libc::SYS_unlink
            | libc::SYS_unlinkat
            | libc::SYS_mkdir
            | libc::SYS_mkdirat
            | libc::SYS_getdents64
    )
}

fn is_shared_mapping(number: c_long, registers: &user_regs_struct) -> bool {
    number == libc::SYS_mmap
        && registers.r10 as i32 & libc::MAP_SHARED != 0
        && registers.rdx as i32 & libc::PROT_WRITE != 0
}

/// How many bytes a call moves.
fn length_of(number: c_long, registers: &mut user_regs_struct) -> Option<&mut u64> {
    match number {
        libc::SYS_write | libc::SYS_pwrite64 => Some(&mut registers.rdx),
        libc::SYS_copy_file_range => Some(&mut registers.r8),
        libc::SYS_sendfile => Some(&mut registers.r10),
        _ => None,
    }
}

/// The name of a call that changes files, or that makes a change last.
fn changes_something(number: c_long, registers: &user_regs_struct) -> Option<&'static str> {
    let creates = |flags: u64| flags as i32 & (libc::O_CREAT | libc::O_TRUNC) != 0;
    let is_file = registers.rdi as i32 > 2;
    Some(match number {
        libc::SYS_open if creates(registers.rsi) => "open",
        libc::SYS_openat if creates(registers.rdx) => "openat",
        libc::SYS_write if is_file => "write",
        libc::SYS_pwrite64 => "pwrite64",
        libc::SYS_writev | libc::SYS_pwritev | libc::SYS_pwritev2 if is_file => "pwritev",
        libc::SYS_copy_file_range => "copy_file_range",
        libc::SYS_sendfile if is_file => "sendfile",
        libc::SYS_splice => "splice",
        libc::SYS_ftruncate => "ftruncate",
        libc::SYS_fallocate => "fallocate",
        libc::SYS_ioctl if [FICLONE, FICLONERANGE].contains(&registers.rsi) => "ioctl",
        libc::SYS_msync => "msync",
        libc::SYS_fsync => "fsync",
        libc::SYS_fdatasync => "fdatasync",
        libc::SYS_sync_file_range => "sync_file_range",
        libc::SYS_syncfs => "syncfs",
        libc::SYS_rename | libc::SYS_renameat | libc::SYS_renameat2 => "rename",
        libc::SYS_link | libc::SYS_linkat => "link",
        libc::SYS_unlink | libc::SYS_unlinkat => "unlink",
        libc::SYS_mkdir | libc::SYS_mkdirat => "mkdir",
        libc::SYS_chmod | libc::SYS_fchmod | libc::SYS_fchmodat => "fchmod",
        libc::SYS_chown | libc::SYS_fchown | libc::SYS_fchownat => "fchown",
        libc::SYS_setxattr | libc::SYS_lsetxattr | libc::SYS_fsetxattr => "fsetxattr",
        libc::SYS_utimensat => "utimensat",
        _ => return None,
    })
}

const FICLONE: u64 = 0x4004_9409;
const FICLONERANGE: u64 = 0x4020_940D;
