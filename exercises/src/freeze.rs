//! Stops a thread in the middle of whatever it does, so that another one can act in a gap of a few nanoseconds.
//!
//! A gate can hold a thread where a check's own code runs: in a store, in a clock. Between two locks of the learner's
//! there is no such place. So the thread sets itself an alarm some microseconds ahead, runs on, and is stopped by it
//! at a random instruction. In a thousand rounds every gap is met many times. On Linux only; elsewhere nothing is stopped.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How long a thread stays frozen at most: it may hold the lock for which the others wait.
const LONGEST: Duration = Duration::from_micros(300);

/// When the alarm goes off, counted from when it is set. The thread uses up nearly all of this before it runs on.
const AHEAD: Duration = Duration::from_micros(30);

/// On a busy machine a round can take long. There are no more of them after this, but a few hundred always fit in.
const ENOUGH: Duration = Duration::from_secs(3);

/// The thread runs on for up to this many nanoseconds before the alarm, a different number each time.
const EARLIEST: u64 = 1_000;

static FROZEN: AtomicBool = AtomicBool::new(false);
static THAWED: AtomicBool = AtomicBool::new(false);
static ALARMS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static FREEZES: Cell<bool> = const { Cell::new(false) };
}

/// Plays rounds, at most this many. In each, `slow` runs in another thread, and must call [`soon`] at some point; once it
/// is frozen, or has returned, `quick` runs in this thread; when both have returned, `after` does. Each gets the number of
/// the round, from 1.
pub fn rounds(rounds: usize, slow: impl Fn(usize) + Sync, quick: impl Fn(usize), after: impl Fn(usize)) {
    let (turn, done) = (Count::default(), Count::default());
    thread::scope(|scope| {
        scope.spawn(|| {
            let _end = AtTheEnd(&done);
            FREEZES.set(true);
            (1..=rounds).take_while(|&round| turn.wait_for(round)).for_each(|round| {
                slow(round);
                done.set(round);
            });
        });
        let _end = AtTheEnd(&turn);
        for round in up_to(rounds) {
            turn.set(round);
            while !FROZEN.load(Ordering::SeqCst) && !done.has_come_to(round) {
                thread::yield_now();
            }
            quick(round);
            THAWED.store(true, Ordering::SeqCst);
            done.wait_for(round);
            after(round);
        }
    });
}

/// Counts up to `rounds`, and stops early on a machine that is so busy that this takes long.
pub fn up_to(rounds: usize) -> impl Iterator<Item = usize> {
    let begun = Instant::now();
    (1..=rounds).take_while(move |_| begun.elapsed() < ENOUGH)
}

/// Lets this thread be frozen, though [`rounds`] has not started it.
pub fn this_thread() {
    FREEZES.set(true);
}

/// Waits until a thread is frozen that has called [`soon`], or has run past that.
pub fn wait() {
    let begun = Instant::now();
    while !FROZEN.load(Ordering::SeqCst) && begun.elapsed() < 4 * AHEAD {
        thread::yield_now();
    }
}

/// Freezes this thread about now, if it is one that may be frozen.
pub fn soon() {
    if FREEZES.get() {
        let number = ALARMS.fetch_add(1, Ordering::Relaxed);
        let early = Duration::from_nanos(number * 97 % EARLIEST);
        THAWED.store(false, Ordering::SeqCst);
        let begun = Instant::now();
        linux::set_alarm(AHEAD);
        while begun.elapsed() + early < AHEAD {}
    }
}

/// The number of a round.
#[derive(Default)]
struct Count(AtomicUsize);

/// Lets nobody wait for this count any more, even after a panic.
struct AtTheEnd<'a>(&'a Count);

const END: usize = usize::MAX;

impl Count {
    fn set(&self, round: usize) {
        self.0.store(round, Ordering::SeqCst);
    }

    fn has_come_to(&self, round: usize) -> bool {
        self.0.load(Ordering::SeqCst) >= round
    }

    /// Returns `false` if there will be no such round.
    fn wait_for(&self, round: usize) -> bool {
        while !self.has_come_to(round) {
            thread::yield_now();
        }
        self.0.load(Ordering::SeqCst) != END
    }
}

impl Drop for AtTheEnd<'_> {
    fn drop(&mut self) {
        self.0.set(END);
    }
}

/// Runs in the frozen thread. Everything in here is safe in a signal handler.
extern "C" fn freeze(_: i32) {
    let begun = Instant::now();
    FROZEN.store(true, Ordering::SeqCst);
    while !THAWED.load(Ordering::SeqCst) && begun.elapsed() < LONGEST {
        thread::yield_now();
    }
    FROZEN.store(false, Ordering::SeqCst);
}

#[cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
mod linux {
    use std::cell::OnceCell;
    use std::ffi::c_void;
    use std::ptr;
    use std::time::Duration;

    /// A signal that nobody else uses, and that is ignored by default.
    const SIGURG: i32 = 23;
    const SIGEV_THREAD_ID: i32 = 4;
    const CLOCK_MONOTONIC: i32 = 1;

    #[repr(C)]
    struct Event {
        value: usize,
        signal: i32,
        notify: i32,
        thread: i32,
        rest: [i32; 11],
    }

    #[repr(C)]
    struct Times {
        /// Seconds and nanoseconds: the interval, which is none, and the time until the alarm.
        interval: [i64; 2],
        value: [i64; 2],
    }

    unsafe extern "C" {
        fn signal(signal: i32, handler: extern "C" fn(i32)) -> usize;
        fn gettid() -> i32;
        fn timer_create(clock: i32, event: *mut Event, timer: *mut *mut c_void) -> i32;
        fn timer_settime(timer: *mut c_void, flags: i32, new: *const Times, old: *mut Times) -> i32;
        fn timer_delete(timer: *mut c_void) -> i32;
    }

    /// A timer that sends its signal to the thread that made it.
    struct Timer(*mut c_void);

    thread_local! {
        static TIMER: OnceCell<Timer> = const { OnceCell::new() };
    }

    pub(super) fn set_alarm(ahead: Duration) {
        TIMER.with(|timer| {
            let value = [0, i64::from(ahead.subsec_nanos())];
            let times = Times { interval: [0; 2], value };
            // SAFETY: the timer is this thread's and was created; `times` outlives the call.
            unsafe { timer_settime(timer.get_or_init(Timer::new).0, 0, &times, ptr::null_mut()) };
        });
    }

    impl Timer {
        fn new() -> Timer {
            let mut timer = ptr::null_mut();
            // SAFETY: the event is as the kernel wants it, both pointers are valid, and the handler only spins.
            let made = unsafe {
                signal(SIGURG, super::freeze);
                let mut event =
                    Event { value: 0, signal: SIGURG, notify: SIGEV_THREAD_ID, thread: gettid(), rest: [0; 11] };
                timer_create(CLOCK_MONOTONIC, &mut event, &mut timer)
            };
            assert_eq!(made, 0, "cannot create a timer: {}", std::io::Error::last_os_error());
            Timer(timer)
        }
    }

    impl Drop for Timer {
        fn drop(&mut self) {
            // SAFETY: it was created, and nobody else has it.
            unsafe { timer_delete(self.0) };
        }
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64")))]
mod linux {
    pub(super) fn set_alarm(_: std::time::Duration) {
        let _ = super::freeze;
    }
}
