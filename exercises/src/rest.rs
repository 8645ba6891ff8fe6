//! Whether threads that have nothing to do sleep, or poll.
//!
//! No clock is involved: a thread that sleeps uses no CPU time and is not switched to, however long it takes. Linux reports
//! both for each thread; elsewhere, nothing is checked.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs;
use std::hint::spin_loop;
use std::thread;

use crate::fail;

/// What a thread does, and has used up.
#[derive(PartialEq)]
struct Thread {
    asleep: bool,
    time: u64,
    /// How often it was switched away from.
    switches: Vec<u64>,
}

/// A while, in hundredths of a second of our own CPU time.
const WHILE: u64 = 3;

/// Threads may be about to sleep. After this many whiles they are not.
const WHILES: usize = 40;

/// Waits until all other threads of this process have been asleep for a while. Fails if they never are; `what` says which
/// threads have nothing to do.
#[track_caller]
pub fn at_rest(what: impl Display) {
    if !(0..WHILES).any(|_| all_rest()) {
        fail(format_args!(
            "{what}\n  expected  they sleep until there is something to do\n  \
             got       they wake up again and again to look, and keep a processor busy"
        ));
    }
}

/// Takes a while. Returns whether all other threads of this process were asleep all the time, or nothing is known of them.
pub fn all_rest() -> bool {
    let before = others();
    if before.is_none() || !pass_a_while() {
        return true;
    }
    let after = others();
    after == before && after.iter().flatten().all(|(_, thread)| thread.asleep)
}

/// Waits until all other threads sleep, so that only time can wake them. `false` if some are never seen to. It takes next
/// to no time itself: use [`all_rest`] where a thread may wake up by itself.
pub fn all_asleep() -> bool {
    (0..500).any(|_| {
        let before = others();
        let is_so = before.iter().flatten().all(|(_, thread)| thread.asleep) && others() == before;
        if !is_so {
            thread::yield_now();
        }
        is_so
    })
}

/// The other threads, and how often each has woken up so far.
pub struct Sleepers(Option<BTreeMap<String, Thread>>);

impl Sleepers {
    /// As it is now.
    pub fn now() -> Sleepers {
        Sleepers(others())
    }

    /// Whether these threads have slept since. Waking up once or twice does not count: a machine that was suspended wakes all threads.
    pub fn have_slept_on(&self) -> bool {
        let (Some(before), Some(after)) = (&self.0, others()) else { return true };
        let turns = |thread: &Thread| thread.switches.iter().sum::<u64>();
        before.iter().all(|(name, thread)| {
            after
                .get(name)
                .is_some_and(|now| now.asleep && now.time <= thread.time + 1 && turns(now) <= turns(thread) + 2)
        })
    }
}

/// Uses up CPU time. `false` if it cannot be measured.
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
fn others() -> Option<BTreeMap<String, Thread>> {
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
            // A thread that could run has the state R, even while the CPU is busy with others.
            let asleep = fields(&stat)?.next()? == "S";
            let name = thread.file_name().to_string_lossy().into_owned();
            found.insert(name, Thread { asleep, time: time(&stat)?, switches });
        }
    }
    Some(found)
}

/// The CPU time in a line of `/proc/…/stat`: its fields 14 and 15.
fn time(stat: &str) -> Option<u64> {
    let mut fields = fields(stat)?.skip(11);
    Some(fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?)
}

/// The fields of such a line from the third on. The second is a name between parentheses.
fn fields(stat: &str) -> Option<impl Iterator<Item = &str>> {
    Some(stat.rsplit_once(')')?.1.split_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_a_thread_is_read() {
        let stat = "12 (a (b) c) S 1 2 3 4 5 6 7 8 9 10 40 2 0 0";
        assert_eq!((fields(stat).and_then(|mut fields| fields.next()), time(stat)), (Some("S"), Some(42)));
        assert!(time("").is_none() && time("12 (x) S 1").is_none());
    }
}
