//! `Mutex` and `Condvar` as the standard library has them, but watched.
//!
//! Nobody can see whether a thread sleeps on the standard library's `Condvar` or is only about to. Here a check can: it
//! starts threads with [`start`], and [`settle`] waits until each has ended or sleeps with nobody left to wake it. It can
//! also make rare things certain: with a [`Gate`] it stops threads where they are most vulnerable, and with
//! [`wake_without_reason`] it wakes them spuriously, as a `Condvar` may. Everything is counted for the whole process: each
//! check has its own.

use std::cell::{Cell, RefCell};
use std::fmt::Display;
use std::ops::{Deref, DerefMut};
use std::sync::{self, LockResult, PoisonError, TryLockError};
use std::thread;

use crate::fail;

/// Like the standard library's, but its `lock` and its guards are watched.
#[derive(Debug, Default)]
pub struct Mutex<T> {
    inner: sync::Mutex<T>,
}

/// Like the standard library's.
#[derive(Debug)]
pub struct MutexGuard<'a, T> {
    inner: sync::MutexGuard<'a, T>,
    mutex: &'a Mutex<T>,
}

/// Like the standard library's, but it wakes the thread that has slept longest, and none spuriously unless asked to.
#[derive(Debug, Default)]
pub struct Condvar {
    /// Sleepers know it by its address, so it needs one.
    _place: u8,
}

/// A point at which a check can stop all threads until it lets them go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// In `wait`, before the lock is released: the thread has decided to sleep and does not sleep yet.
    BeforeSleep,
    /// In `wait`, after a notification, before the lock is acquired again.
    AfterWaking,
    /// In the first `lock` of a thread that was started.
    FirstLock,
    /// In every other `lock`: the thread has released the lock and wants it again, or wants another one.
    NextLock,
}

/// What [`settle`] found out about the threads that were started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// How many sleep and were not notified.
    pub asleep: usize,
    /// How many have ended.
    pub ended: usize,
}

/// The state of all threads. Locked only for moments, and never while a learner's code runs.
struct World {
    started: usize,
    ended: usize,
    /// They wait for a `Mutex`.
    blocked: usize,
    /// How many wait at each gate except [`Gate::AfterWaking`].
    at_the_gate: [usize; GATES],
    sleepers: Vec<Sleeper>,
    /// The number of the last sleeper.
    number: u64,
    /// How often `lock` was called.
    locks: usize,
    closed: [bool; GATES],
}

/// A thread in `wait`; the one that has slept longest is first.
struct Sleeper {
    number: u64,
    condvar: usize,
    woken: bool,
}

/// Counts a thread as ended when it is dropped, even by a panic.
struct Ending;

const GATES: usize = 4;

static WORLD: sync::Mutex<World> = sync::Mutex::new(World::new());
static CHANGED: sync::Condvar = sync::Condvar::new();

/// A thread that acquires a lock this often while all others wait does not sleep at all.
const RESTLESS: usize = 1000;

thread_local! {
    static AT_ONCE: RefCell<Option<String>> = const { RefCell::new(None) };
    /// The gate before this thread's next `lock`, if it is one that was started.
    static LOCK_GATE: Cell<Option<Gate>> = const { Cell::new(None) };
}

/// Starts a thread that [`settle`] waits for.
pub fn start(work: impl FnOnce() + Send + 'static) {
    change(|world| world.started += 1);
    thread::spawn(move || {
        let _ending = Ending;
        LOCK_GATE.set(Some(Gate::FirstLock));
        work();
    });
}

/// Waits until each thread that was started has ended, or sleeps and was not notified, or waits at a closed gate.
/// Then nothing more will happen unless the caller does something. Fails if the threads never come to rest.
#[track_caller]
pub fn settle() -> Settled {
    let before = world().locks;
    let busy = |world: &mut World| !world.has_settled() && world.locks < before + RESTLESS;
    let world = CHANGED.wait_while(world(), busy).unwrap_or_else(PoisonError::into_inner);
    let (settled, state) = (world.has_settled(), Settled { asleep: world.asleep(), ended: world.ended });
    drop(world);
    if !settled {
        fail(format_args!(
            "a thread took the lock {RESTLESS} times and never went to sleep\n  expected  it sleeps until it is woken\n  \
             got       it looks again and again, and keeps a processor busy"
        ));
    }
    state
}

/// Waits until `lock` was called `times` times in all, or every thread that was started has ended.
pub fn wait_for_locks(times: usize) {
    let busy = |world: &mut World| world.locks < times && world.ended < world.started;
    drop(CHANGED.wait_while(world(), busy).unwrap_or_else(PoisonError::into_inner));
}

/// How often `lock` was called so far.
pub fn locks() -> usize {
    world().locks
}

/// Makes a call that must not go to sleep; `what` says what is called.
#[track_caller]
pub fn at_once<R>(what: impl Display, call: impl FnOnce() -> R) -> R {
    AT_ONCE.set(Some(what.to_string()));
    let result = call();
    AT_ONCE.set(None);
    result
}

/// From now on threads stop at `gate`.
pub fn close(gate: Gate) {
    change(|world| world.closed[gate as usize] = true);
}

/// Lets the threads at `gate` go on.
pub fn open(gate: Gate) {
    change(|world| world.closed[gate as usize] = false);
}

/// Wakes all sleepers spuriously, as a `Condvar` may at any time.
pub fn wake_without_reason() {
    change(|world| world.sleepers.iter_mut().for_each(|sleeper| sleeper.woken = true));
}

impl<T> Mutex<T> {
    /// An unlocked one.
    pub const fn new(value: T) -> Self {
        Mutex { inner: sync::Mutex::new(value) }
    }

    /// Waits until no other thread has it, and acquires it.
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        change(|world| world.locks += 1);
        if let Some(gate) = LOCK_GATE.get() {
            LOCK_GATE.set(Some(Gate::NextLock));
            pass(gate);
        }
        self.take()
    }

    /// Whether it is free. For the checks.
    pub fn is_free(&self) -> bool {
        self.inner.try_lock().is_ok()
    }

    fn take(&self) -> LockResult<MutexGuard<'_, T>> {
        let result = match self.inner.try_lock() {
            Ok(inner) => Ok(inner),
            Err(TryLockError::Poisoned(error)) => Err(error),
            Err(TryLockError::WouldBlock) => {
                change(|world| world.blocked += 1);
                let result = self.inner.lock();
                change(|world| world.blocked -= 1);
                result
            }
        };
        match result {
            Ok(inner) => Ok(MutexGuard { inner, mutex: self }),
            Err(error) => Err(PoisonError::new(MutexGuard { inner: error.into_inner(), mutex: self })),
        }
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.inner
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.inner
    }
}

impl Condvar {
    /// One on which no thread sleeps.
    pub const fn new() -> Self {
        Condvar { _place: 0 }
    }

    /// Releases the lock and sleeps, in one step; acquires the lock again when it is woken.
    pub fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        if let Some(what) = AT_ONCE.take() {
            drop(guard);
            fail(format_args!("{what}\n  expected  it returns at once\n  got       it sleeps in Condvar::wait"));
        }
        pass(Gate::BeforeSleep);
        let number = change(|world| world.lie_down(self.place()));
        let mutex = guard.mutex;
        drop(guard);
        let asleep = |world: &mut World| world.is_closed(Gate::AfterWaking) || !world.is_woken(number);
        let mut world = CHANGED.wait_while(world(), asleep).unwrap_or_else(PoisonError::into_inner);
        world.sleepers.retain(|sleeper| sleeper.number != number);
        drop(world);
        mutex.take()
    }

    /// Sleeps while `condition` holds.
    pub fn wait_while<'a, T>(
        &self,
        mut guard: MutexGuard<'a, T>,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> LockResult<MutexGuard<'a, T>> {
        while condition(&mut guard) {
            guard = self.wait(guard)?;
        }
        Ok(guard)
    }

    /// Wakes one of the threads that sleep on it, if there is one.
    pub fn notify_one(&self) {
        self.notify(1);
    }

    /// Wakes all threads that sleep on it.
    pub fn notify_all(&self) {
        self.notify(usize::MAX);
    }

    fn notify(&self, most: usize) {
        let own = |sleeper: &&mut Sleeper| sleeper.condvar == self.place() && !sleeper.woken;
        change(|world| world.sleepers.iter_mut().filter(own).take(most).for_each(|sleeper| sleeper.woken = true));
    }

    fn place(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}

impl World {
    const fn new() -> World {
        World {
            started: 0,
            ended: 0,
            blocked: 0,
            at_the_gate: [0; GATES],
            sleepers: Vec::new(),
            number: 0,
            locks: 0,
            closed: [false; GATES],
        }
    }

    fn is_closed(&self, gate: Gate) -> bool {
        self.closed[gate as usize]
    }

    fn asleep(&self) -> usize {
        self.sleepers.iter().filter(|sleeper| !sleeper.woken).count()
    }

    fn has_settled(&self) -> bool {
        let woken = if self.is_closed(Gate::AfterWaking) { self.sleepers.len() - self.asleep() } else { 0 };
        let gated: usize = (0..GATES).filter(|&gate| self.closed[gate]).map(|gate| self.at_the_gate[gate]).sum();
        // A thread that waits for a lock usually goes on. But one that waits at a gate may hold the lock.
        let stopped = if gated > 0 { gated + self.blocked } else { 0 };
        self.ended + self.asleep() + woken + stopped == self.started
    }

    fn lie_down(&mut self, condvar: usize) -> u64 {
        self.number += 1;
        self.sleepers.push(Sleeper { number: self.number, condvar, woken: false });
        self.number
    }

    fn is_woken(&self, number: u64) -> bool {
        self.sleepers.iter().any(|sleeper| sleeper.number == number && sleeper.woken)
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        change(|world| world.ended += 1);
    }
}

fn pass(gate: Gate) {
    change(|world| world.at_the_gate[gate as usize] += 1);
    let closed = |world: &mut World| world.is_closed(gate);
    CHANGED.wait_while(world(), closed).unwrap_or_else(PoisonError::into_inner).at_the_gate[gate as usize] -= 1;
}

fn world() -> sync::MutexGuard<'static, World> {
    WORLD.lock().unwrap_or_else(PoisonError::into_inner)
}

fn change<R>(change: impl FnOnce(&mut World) -> R) -> R {
    let result = change(&mut world());
    CHANGED.notify_all();
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::mpsc::channel;

    /// One test for everything, because the whole process is watched.
    #[test]
    fn sleeping_threads_are_seen_and_can_be_stopped() {
        let pair = Arc::new((Mutex::new(0), Condvar::new()));
        let (note, notes) = channel();
        close(Gate::BeforeSleep);
        for _ in 0..2 {
            let (pair, note) = (Arc::clone(&pair), note.clone());
            start(move || {
                *pair.1.wait_while(pair.0.lock().unwrap(), |left| *left == 0).unwrap() -= 1;
                note.send(()).unwrap();
            });
        }
        assert_eq!(settle(), Settled { asleep: 0, ended: 0 }, "one at the gate, one at the lock");
        open(Gate::BeforeSleep);
        assert_eq!(settle(), Settled { asleep: 2, ended: 0 });
        wake_without_reason();
        assert_eq!(settle(), Settled { asleep: 2, ended: 0 });
        close(Gate::AfterWaking);
        *pair.0.lock().unwrap() = 2;
        pair.1.notify_one();
        assert_eq!((settle(), notes.try_iter().count()), (Settled { asleep: 1, ended: 0 }, 0));
        open(Gate::AfterWaking);
        assert_eq!((settle(), notes.try_iter().count()), (Settled { asleep: 1, ended: 1 }, 1));
        pair.1.notify_all();
        assert_eq!(settle(), Settled { asleep: 0, ended: 2 });
    }
}
