//! A lock and its condition variable in one.
//!
//! A [`Monitor`] does what `Mutex` and `Condvar` do, and nothing more. But on the [`stage`](crate::every_order) of a check
//! it waits for its thread's turn before each step, so that the check can try every order of the steps.

use std::ops::{Deref, DerefMut};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::play::Step;
use crate::stage::Actor;

/// A value behind a lock, and a place to sleep until it has changed.
#[derive(Debug, Default)]
pub struct Monitor<T> {
    value: Mutex<T>,
    changed: Condvar,
}

/// The lock is held as long as this lives.
#[derive(Debug)]
pub struct Guard<'a, T> {
    monitor: &'a Monitor<T>,
    /// `None` only while `wait` sleeps.
    value: Option<MutexGuard<'a, T>>,
}

impl<T> Monitor<T> {
    /// A monitor that holds `value`.
    pub fn new(value: T) -> Self {
        Monitor { value: Mutex::new(value), changed: Condvar::new() }
    }

    /// Sleeps until the lock is free, and acquires it.
    pub fn lock(&self) -> Guard<'_, T> {
        Actor::on_stage(|actor| actor.step(Step::Lock(self.place())));
        Guard { monitor: self, value: Some(self.take()) }
    }

    /// Releases the lock and sleeps, in one step; once woken, acquires the lock again. As with a `Condvar`, a thread that
    /// wakes finds the value as others have left it, and it may even wake spuriously.
    pub fn wait<'a>(&'a self, mut guard: Guard<'a, T>) -> Guard<'a, T> {
        assert!(std::ptr::eq(self, guard.monitor), "wait() was given the guard of another monitor");
        let mut value = guard.value.take();
        let staged = Actor::on_stage(|actor| {
            actor.step(Step::Wait(self.place()));
            value = None;
            actor.sleep(self.place());
        });
        let slept = |value| self.changed.wait(value).unwrap_or_else(PoisonError::into_inner);
        guard.value = if staged { Some(self.take()) } else { value.map(slept) };
        guard
    }

    /// Wakes one of the threads that sleep in `wait`, if there is one.
    pub fn notify_one(&self) {
        if !Actor::on_stage(|actor| actor.step(Step::NotifyOne(self.place()))) {
            self.changed.notify_one();
        }
    }

    /// Wakes all threads that sleep in `wait`.
    pub fn notify_all(&self) {
        if !Actor::on_stage(|actor| actor.step(Step::NotifyAll(self.place()))) {
            self.changed.notify_all();
        }
    }

    fn take(&self) -> MutexGuard<'_, T> {
        self.value.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What distinguishes this monitor from all others.
    fn place(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value.as_ref().expect("only wait() takes it out, and puts it back")
    }
}

impl<T> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.value.as_mut().expect("only wait() takes it out, and puts it back")
    }
}

impl<T> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        if self.value.take().is_some() {
            Actor::on_stage(|actor| actor.unlock(self.monitor.place()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn off_the_stage_it_is_a_mutex_and_a_condvar() {
        let monitor = Monitor::new(0);
        thread::scope(|scope| {
            let sleeper = scope.spawn(|| {
                let mut value = monitor.lock();
                while *value < 2 {
                    value = monitor.wait(value);
                }
                *value
            });
            *monitor.lock() += 1;
            monitor.notify_one();
            *monitor.lock() += 1;
            monitor.notify_all();
            assert_eq!(sleeper.join().unwrap(), 2);
        });
    }
}
