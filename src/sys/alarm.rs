//! An alarm that freezes the thread that set it, at whatever instruction it has come to, until it is thawed.
//!
//! For tests that must act in a gap of a few nanoseconds between two steps of other code. A POSIX timer sends a signal to
//! the one thread, and the handler spins. On 64-bit Linux with glibc; elsewhere nothing is frozen. See timer_create(2).

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How long a thread stays frozen at most: it may hold the lock that the others wait for.
const LONGEST: Duration = Duration::from_micros(300);

static FROZEN: AtomicBool = AtomicBool::new(false);
static THAWED: AtomicBool = AtomicBool::new(false);

/// Freezes the calling thread once this much time has passed. One thread at a time may do so.
pub fn set(ahead: Duration) {
    THAWED.store(false, Ordering::SeqCst);
    imp::set(ahead);
}

/// Whether a thread is frozen.
pub fn is_frozen() -> bool {
    FROZEN.load(Ordering::SeqCst)
}

/// Lets the frozen thread go on.
pub fn thaw() {
    THAWED.store(true, Ordering::SeqCst);
}

/// Runs in the frozen thread. Everything in here is safe in a signal handler: see signal-safety(7).
extern "C" fn freeze(_: i32) {
    let begun = Instant::now();
    FROZEN.store(true, Ordering::SeqCst);
    while !THAWED.load(Ordering::SeqCst) && begun.elapsed() < LONGEST {
        thread::yield_now();
    }
    FROZEN.store(false, Ordering::SeqCst);
}

#[cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
mod imp {
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
        fn signal(signal: i32, handler: usize) -> usize;
        fn gettid() -> i32;
        fn timer_create(clock: i32, event: *mut Event, timer: *mut *mut c_void) -> i32;
        fn timer_settime(timer: *mut c_void, flags: i32, new: *const Times, old: *mut Times) -> i32;
        fn timer_delete(timer: *mut c_void) -> i32;
    }

    /// A timer that sends its signal to the thread that made it.
    struct Timer(*mut c_void);

    thread_local! {
        static TIMER: OnceCell<Option<Timer>> = const { OnceCell::new() };
    }

    pub(super) fn set(ahead: Duration) {
        TIMER.with(|timer| {
            let value = [0, i64::from(ahead.subsec_nanos())];
            let times = Times { interval: [0; 2], value };
            if let Some(Timer(timer)) = timer.get_or_init(Timer::new) {
                // SAFETY: the timer is this thread's and was created; `times` outlives the call.
                unsafe { timer_settime(*timer, 0, &times, ptr::null_mut()) };
            }
        });
    }

    impl Timer {
        /// `None` if the kernel has no such timers (some sandboxes have none): then nothing is frozen.
        fn new() -> Option<Timer> {
            let mut timer = ptr::null_mut();
            // SAFETY: the event is as the kernel wants it, both pointers are valid, and the handler only spins.
            let made = unsafe {
                signal(SIGURG, super::freeze as extern "C" fn(i32) as usize);
                let mut event =
                    Event { value: 0, signal: SIGURG, notify: SIGEV_THREAD_ID, thread: gettid(), rest: [0; 11] };
                timer_create(CLOCK_MONOTONIC, &mut event, &mut timer)
            };
            (made == 0).then_some(Timer(timer))
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
mod imp {
    pub(super) fn set(_: std::time::Duration) {
        let _ = super::freeze;
    }
}
