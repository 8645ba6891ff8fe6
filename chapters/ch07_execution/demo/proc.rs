//! What the system knows about a process: see proc(5). Linux; elsewhere nothing is known.

use std::fs;
use std::path::Path;

/// The memory of a process that is really there, in bytes.
pub(super) fn resident(process: u32) -> Option<u64> {
    Some(1024 * field(Path::new(&format!("/proc/{process}/status")), "VmRSS:")?)
}

/// How often the threads of a process have gone to sleep.
pub(super) fn sleeps(process: u32) -> Option<u64> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).ok()?.flatten();
    Some(threads.filter_map(|thread| sleeps_in(&thread.path().join("status"))).sum())
}

/// How often this thread has gone to sleep.
pub(super) fn own_sleeps() -> Option<u64> {
    sleeps_in(Path::new("/proc/thread-self/status"))
}

fn sleeps_in(status: &Path) -> Option<u64> {
    field(status, "voluntary_ctxt_switches:")
}

fn field(status: &Path, name: &str) -> Option<u64> {
    let text = fs::read_to_string(status).ok()?;
    let value = text.lines().find_map(|line| line.strip_prefix(name))?;
    value.split_whitespace().next()?.parse().ok()
}
