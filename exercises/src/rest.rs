//! Whether threads that have nothing to do sleep, or look again and again.
//!
//! No clock is asked: who sleeps uses no processor time and is not switched to, however long it takes. Linux tells both of
//! each thread; elsewhere, nothing is looked at.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs;
use std::hint::spin_loop;

use crate::fail;

/// What a thread has used up: its processor time, and how often it was switched away from.
type Used = (u64, Vec<u64>);

/// So much processor time of ours, in hundredths of a second, is a while.
const WHILE: u64 = 3;

/// Threads may be on their way to sleep. After so many whiles they are not.
const WHILES: usize = 40;

/// Waits until all other threads of this process have been asleep for a while. Fails when they never are; `what` says who
/// has nothing to do.
#[track_caller]
pub fn at_rest(what: impl Display) {
    let mut before = others();
    for _ in 0..WHILES {
        if before.is_none() || !pass_a_while() {
            return;
        }
        let after = others();
        if after == before {
            return;
        }
        before = after;
    }
    fail(format_args!(
        "{what}\n  expected  they sleep until there is something to do\n  \
         got       they wake up again and again to look, and keep a processor busy"
    ));
}

/// Uses up processor time. `false` if there is no telling how much.
fn pass_a_while() -> bool {
    let time = || time(&fs::read_to_string("/proc/thread-self/stat").ok()?);
    let Some(begin) = time() else { return false };
    for _ in 0..100_000 {
        (0..2000).for_each(|_| spin_loop());
        if time().is_none_or(|now| now >= begin + WHILE) {
            return true;
        }
    }
    false
}

/// All threads but this one; `None` where nothing is known of them.
fn others() -> Option<BTreeMap<String, Used>> {
    let own = fs::read_link("/proc/thread-self").ok()?;
    let mut found = BTreeMap::new();
    for entry in fs::read_dir("/proc/self/task").ok()? {
        let thread = entry.ok()?;
        let read = |file: &str| fs::read_to_string(thread.path().join(file)).ok();
        // It may have ended since.
        let (Some(stat), Some(status)) = (read("stat"), read("status")) else { continue };
        let switches = status.lines().filter(|line| line.contains("ctxt_switches"));
        let switches = switches.filter_map(|line| line.split_whitespace().last()?.parse().ok()).collect();
        if Some(thread.file_name().as_os_str()) != own.file_name() {
            found.insert(thread.file_name().to_string_lossy().into_owned(), (time(&stat)?, switches));
        }
    }
    Some(found)
}

/// The processor time in a line of `/proc/…/stat`: its fields 14 and 15, where field 2 is a name between parentheses.
fn time(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    Some(fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?)
}
