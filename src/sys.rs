//! The few system calls that the standard library lacks, and the only unsafe code of the project.
//!
//! So far: signals, listening sockets, the limit on descriptors, the bytes that a client has not taken yet, a rename that
//! never overwrites, killing a whole process group, and, for tests, counting allocations. Each block says why it is
//! sound; where a platform lacks the call, the function does the nearest harmless thing. Chapter 2.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::process::Command;

pub mod alarm;
pub mod heap;
mod rename;

pub use rename::rename_new;

/// Runs `then` on its own thread once SIGINT (Ctrl-C) or SIGTERM arrives. A second signal ends the process at once,
/// whenever it arrives.
///
/// The signals are blocked in the calling thread, and so in all threads that it starts later, and waited for with
/// sigwait(3). There is no signal handler, so nothing runs in the middle of something else. Call it once, before other
/// threads are started, and so before the first line is logged. Where there are no Unix signals, `then` never runs, and
/// Ctrl-C simply ends the process.
///
/// It also ignores SIGXFSZ: a write beyond the file size limit (`ulimit -f`) then fails, and does not end the process.
pub fn on_stop_signal(then: impl FnOnce() + Send + 'static) -> io::Result<()> {
    on_signal(|_| then())
}

/// The same for a program that needs the number of the signal, for example to exit with 128 more than it.
pub fn on_signal(then: impl FnOnce(u8) + Send + 'static) -> io::Result<()> {
    imp::on_signal(then)
}

/// Raises the limit on open descriptors to `wanted`, or as far as the hard limit allows: see getrlimit(2). Returns the
/// limit afterwards; `None` where there is none, or none that is known.
pub fn raise_descriptor_limit(wanted: u64) -> Option<u64> {
    imp::raise_descriptor_limit(wanted)
}

/// Lets `most` connections wait to be accepted, as far as the system allows; the standard library asks for 128. See
/// listen(2), which may be called again on a listening socket. Where there is no such call, nothing changes.
pub fn set_backlog(listener: &TcpListener, most: u16) -> io::Result<()> {
    imp::set_backlog(listener, most)
}

/// Shuts down a listening socket, so that a thread that blocks in accept wakes up with an error. Returns whether the
/// system can do that: Linux can, and others leave accept asleep. See shutdown(2).
pub fn stop_listening(listener: &TcpListener) -> bool {
    imp::stop_listening(listener)
}

/// How many bytes were written to `stream` that the other side's system has not acknowledged; 0 where there is no way
/// to know. See SIOCOUTQ in tcp(7).
pub fn unacknowledged(stream: &TcpStream) -> usize {
    imp::unacknowledged(stream)
}

/// Asks this process to stop, as a SIGTERM from outside does: see kill(2). Where there are no Unix signals, it ends.
pub fn terminate_self() {
    imp::terminate_self();
}

/// Kills all processes of the group `leader` with SIGKILL: see kill(2) and setpgid(2). No group, no effect.
pub fn kill_group(leader: u32) {
    imp::kill_group(leader);
}

/// Lets the program that `command` starts have at most `bytes` of writable memory: see RLIMIT_DATA in setrlimit(2). An
/// allocation beyond it fails. Where the system has no such limit, or cannot set it, nothing changes.
pub fn limit_memory(command: &mut Command, bytes: u64) {
    imp::limit_memory(command, bytes);
}

#[cfg(target_os = "linux")]
pub mod epoll;
#[cfg(unix)]
pub mod poll;
#[cfg(unix)]
mod reuse_port;

#[cfg(unix)]
pub use reuse_port::listen_shared;

#[cfg(unix)]
mod imp {
    use std::ffi::{c_int, c_ulong};
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsRawFd;
    use std::os::unix::process::CommandExt;
    use std::process::Command;
    use std::sync::{Arc, Mutex, PoisonError};
    use std::{io, ptr, thread};

    // The same on every Unix.
    const SIGINT: c_int = 2;
    const SIGKILL: c_int = 9;
    const SIGTERM: c_int = 15;
    const SHUT_RD: c_int = 0;
    const SIG_IGN: usize = 1;

    const LINUX: bool = cfg!(any(target_os = "linux", target_os = "android"));
    const MIPS: bool = cfg!(any(target_arch = "mips", target_arch = "mips64"));
    const SIGXFSZ: c_int = if LINUX && MIPS { 31 } else { 25 };
    /// The same on the usual processors; elsewhere ioctl fails or, at worst, counts something else that shrinks.
    const SIOCOUTQ: c_ulong = 0x5411;

    const SIG_BLOCK: c_int = if LINUX { 0 } else { 1 };
    const SIG_UNBLOCK: c_int = SIG_BLOCK + 1;

    const RLIMIT_NOFILE: c_int = if LINUX { 7 } else { 8 };

    #[cfg(any(target_os = "linux", target_os = "android"))]
    type Number = std::ffi::c_ulong;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    type Number = u64;

    /// A `struct rlimit`, whose numbers are as wide as a pointer on Linux, and 64 bits wide elsewhere.
    #[repr(C)]
    #[derive(Clone, Copy)]
    struct Limit {
        soft: Number,
        hard: Number,
    }

    /// Space for a `sigset_t`: 128 bytes on Linux, less on every other Unix.
    #[repr(C, align(16))]
    struct SignalSet([u8; 128]);

    unsafe extern "C" {
        fn sigemptyset(set: *mut SignalSet) -> c_int;
        fn sigaddset(set: *mut SignalSet, signal: c_int) -> c_int;
        fn pthread_sigmask(how: c_int, set: *const SignalSet, old: *mut SignalSet) -> c_int;
        fn sigwait(set: *const SignalSet, signal: *mut c_int) -> c_int;
        fn listen(socket: c_int, backlog: c_int) -> c_int;
        fn kill(pid: c_int, signal: c_int) -> c_int;
        fn raise(signal: c_int) -> c_int;
        fn getrlimit(resource: c_int, limit: *mut Limit) -> c_int;
        fn setrlimit(resource: c_int, limit: *const Limit) -> c_int;
        fn signal(signal: c_int, handler: usize) -> usize;
        fn shutdown(socket: c_int, how: c_int) -> c_int;
        fn ioctl(descriptor: c_int, request: c_ulong, ...) -> c_int;
    }

    pub(super) fn on_signal(then: impl FnOnce(u8) + Send + 'static) -> io::Result<()> {
        // SAFETY: SIG_IGN is a valid handler for this signal, and runs no code of ours.
        unsafe { signal(SIGXFSZ, SIG_IGN) };
        mask(SIG_BLOCK)?;
        let wait = move || {
            let signal = wait_for_signal();
            // On another thread, because this one waits for the second signal, however long `then` takes.
            let work = Arc::new(Mutex::new(Some(then)));
            let theirs = Arc::clone(&work);
            let stop = thread::Builder::new().name("stop".into()).stack_size(128 * 1024);
            if stop.spawn(move || run(&theirs, signal)).is_err() {
                // There is no thread to be had. The default action of the second signal ends the process as well.
                let _ = mask(SIG_UNBLOCK);
                run(&work, signal);
            }
            end_by(wait_for_signal())
        };
        thread::Builder::new().name("signals".into()).spawn(wait).map(drop)
    }

    fn run(work: &Mutex<Option<impl FnOnce(u8)>>, signal: c_int) {
        let then = work.lock().unwrap_or_else(PoisonError::into_inner).take();
        then.into_iter().for_each(|then| then(signal as u8));
    }

    fn wait_for_signal() -> c_int {
        let (signals, mut arrived) = (stop_signals(), 0);
        // SAFETY: both pointers are to live values of this thread; the set was initialised by `stop_signals`.
        while unsafe { sigwait(&signals, &mut arrived) } != 0 {}
        arrived
    }

    /// Ends the process as the signal itself would have done.
    fn end_by(signal: c_int) -> ! {
        if mask(SIG_UNBLOCK).is_ok() {
            // SAFETY: raise takes a number and touches no memory of ours.
            unsafe { raise(signal) };
        }
        // Still alive: this is process 1 of a container, which the kernel protects from the default action.
        std::process::exit(128 + signal)
    }

    pub(super) fn raise_descriptor_limit(wanted: u64) -> Option<u64> {
        let mut limit = Limit { soft: 0, hard: 0 };
        // SAFETY: the limit is live and writable, and has the layout of the platform's struct rlimit.
        if unsafe { getrlimit(RLIMIT_NOFILE, &mut limit) } != 0 {
            return None;
        }
        let wanted = Number::try_from(wanted).unwrap_or(Number::MAX);
        let raised = Limit { soft: limit.hard.min(wanted).max(limit.soft), ..limit };
        // SAFETY: the limit is live and initialised.
        if raised.soft > limit.soft && unsafe { setrlimit(RLIMIT_NOFILE, &raised) } == 0 {
            limit = raised;
        }
        #[allow(clippy::unnecessary_cast, reason = "a number has 32 bits on some systems")]
        Some(limit.soft as u64)
    }

    pub(super) fn set_backlog(listener: &TcpListener, most: u16) -> io::Result<()> {
        // SAFETY: listen takes two numbers, and the descriptor is open as long as `listener` is borrowed.
        match unsafe { listen(listener.as_raw_fd(), c_int::from(most)) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }

    pub(super) fn stop_listening(listener: &TcpListener) -> bool {
        // SAFETY: shutdown takes two numbers, and the descriptor is open as long as `listener` is borrowed.
        LINUX && unsafe { shutdown(listener.as_raw_fd(), SHUT_RD) } == 0
    }

    pub(super) fn unacknowledged(stream: &TcpStream) -> usize {
        let mut bytes: c_int = 0;
        // SAFETY: this request writes one int, to a live one; the descriptor is open as long as `stream` is borrowed.
        let known = LINUX && unsafe { ioctl(stream.as_raw_fd(), SIOCOUTQ, &raw mut bytes) } == 0;
        if known { usize::try_from(bytes).unwrap_or(0) } else { 0 }
    }

    pub(super) fn terminate_self() {
        if let Ok(id) = c_int::try_from(std::process::id()) {
            // SAFETY: kill takes two numbers and touches no memory of ours.
            unsafe { kill(id, SIGTERM) };
        }
    }

    pub(super) fn kill_group(leader: u32) {
        // 0 would mean the caller's own group, and 1 every process that there is.
        if let Some(leader) = c_int::try_from(leader).ok().filter(|&leader| leader > 1) {
            // SAFETY: kill takes two numbers and touches no memory of ours.
            unsafe { kill(-leader, SIGKILL) };
        }
    }

    pub(super) fn limit_memory(command: &mut Command, bytes: u64) {
        // The same on every Unix; only Linux counts all writable memory.
        const RLIMIT_DATA: c_int = 2;
        #[allow(clippy::useless_conversion, reason = "a number has 32 bits on some systems")]
        let bytes = Number::try_from(bytes).unwrap_or(Number::MAX);
        let limit = Limit { soft: bytes, hard: bytes };
        let set = move || {
            // SAFETY: the pointer is to a live value, and setrlimit(2) only reads it.
            unsafe { setrlimit(RLIMIT_DATA, &limit) };
            Ok(())
        };
        // SAFETY: between fork and exec, `set` makes one system call: it takes no lock and allocates nothing.
        unsafe { command.pre_exec(set) };
    }

    fn mask(how: c_int) -> io::Result<()> {
        // SAFETY: the set is live and initialised; a null pointer says that the old mask is not wanted.
        match unsafe { pthread_sigmask(how, &stop_signals(), ptr::null_mut()) } {
            0 => Ok(()),
            error => Err(io::Error::from_raw_os_error(error)),
        }
    }

    fn stop_signals() -> SignalSet {
        let mut set = SignalSet([0; 128]);
        // SAFETY: the set is live, writable and large enough for the platform's sigset_t; the signals exist.
        unsafe {
            sigemptyset(&mut set);
            sigaddset(&mut set, SIGINT);
            sigaddset(&mut set, SIGTERM);
        }
        set
    }
}

#[cfg(not(unix))]
mod imp {
    use std::io;
    use std::net::{TcpListener, TcpStream};
    use std::process::Command;

    pub(super) fn on_signal(_then: impl FnOnce(u8) + Send + 'static) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn raise_descriptor_limit(_wanted: u64) -> Option<u64> {
        None
    }

    pub(super) fn set_backlog(_listener: &TcpListener, _most: u16) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn stop_listening(_listener: &TcpListener) -> bool {
        false
    }

    pub(super) fn unacknowledged(_stream: &TcpStream) -> usize {
        0
    }

    pub(super) fn terminate_self() {
        std::process::exit(0)
    }

    pub(super) fn kill_group(_leader: u32) {}

    pub(super) fn limit_memory(_command: &mut Command, _bytes: u64) {}
}

/// An allocator that counts, for tests that claim that something does not allocate.
#[cfg(test)]
pub(crate) mod counting {
    use std::alloc::{GlobalAlloc, Layout, System};
    use std::cell::Cell;

    thread_local! {
        // Does not allocate itself: its initial value is a constant, and there is nothing to drop.
        static COUNT: Cell<u64> = const { Cell::new(0) };
    }

    /// How often this thread has allocated.
    pub(crate) fn allocations() -> u64 {
        COUNT.get()
    }

    struct Counting;

    #[global_allocator]
    static ALLOCATOR: Counting = Counting;

    // SAFETY: every call is passed on unchanged to the system's allocator, so its guarantees hold here too. Each thread
    // has its own count, and counting neither allocates nor unwinds.
    unsafe impl GlobalAlloc for Counting {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            COUNT.set(COUNT.get() + 1);
            // SAFETY: the caller keeps the promises of `alloc`.
            unsafe { System.alloc(layout) }
        }

        unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
            COUNT.set(COUNT.get() + 1);
            // SAFETY: the caller keeps the promises of `realloc`, and the memory came from `System`.
            unsafe { System.realloc(memory, layout, size) }
        }

        unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
            // SAFETY: the caller keeps the promises of `dealloc`, and the memory came from `System`.
            unsafe { System.dealloc(memory, layout) }
        }
    }
}
