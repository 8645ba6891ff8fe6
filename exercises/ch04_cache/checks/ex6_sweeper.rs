//! What exercise 4.6 asks.
//! without: sttp::sweeper

use std::collections::VecDeque;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use course::{Dice, all_asleep, fail, freeze, same, step, truth};

use super::ex6_sweeper::*;

/// How long a thread waits for something that only a wrong program lets happen. A right one uses it up, and passes.
const GRACE: Duration = Duration::from_millis(200);

/// Sleeping until then is as good as sleeping until the bell.
const NEVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// What the sweeper does. Times are counted from when the clock was created.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Event {
    SweepsAt(Duration),
    SleepsUntil(Duration),
    SleepsUntilItIsWoken,
}

use Event::{SleepsUntil, SleepsUntilItIsWoken, SweepsAt};

/// A clock that stands still, except in sleeps.
struct Virtual {
    start: Instant,
    now: Mutex<Instant>,
    events: Sender<Event>,
    /// Sleeps that end by then take no time; all others last until the bell.
    horizon: Duration,
    /// The first sleeps end at these times, whatever was requested.
    early: Mutex<VecDeque<Duration>>,
    /// Falling asleep takes until something comes from here.
    drowsy: Mutex<Option<Receiver<()>>>,
}

/// Something that happens once, while the sweeper's thread asks what time it is.
static INTERRUPT: Mutex<Option<Interrupt>> = Mutex::new(None);

struct Interrupt {
    thread: thread::ThreadId,
    asked: usize,
    tell: Sender<()>,
    done: Receiver<()>,
}

impl Clock for Virtual {
    fn now(&self) -> Instant {
        let mut interrupt = INTERRUPT.lock().unwrap();
        let own = interrupt.as_mut().filter(|interrupt| interrupt.thread == thread::current().id());
        let is_now = own.is_some_and(|interrupt| {
            interrupt.asked -= 1;
            interrupt.asked == 0
        });
        if let Some(Interrupt { tell, done, .. }) = interrupt.take_if(|_| is_now) {
            drop(interrupt);
            let _ = tell.send(());
            all_asleep();
            let _ = done.recv_timeout(GRACE);
        }
        *self.now.lock().unwrap()
    }

    fn wait<'a, T>(&self, bell: &Condvar, guard: MutexGuard<'a, T>, until: Option<Instant>) -> MutexGuard<'a, T> {
        if until.is_some_and(|until| until <= self.now()) {
            return guard;
        }
        let until = until.map(|until| until - self.start).filter(|until| *until < NEVER);
        let _ = self.events.send(until.map_or(SleepsUntilItIsWoken, SleepsUntil));
        // It has not asked so often: then it is interrupted in its sleep.
        drop(INTERRUPT.lock().unwrap().take());
        let early = self.early.lock().unwrap().pop_front();
        if let Some(end) = early.or(until.filter(|until| *until <= self.horizon)) {
            *self.now.lock().unwrap() = self.start + end;
            return guard;
        }
        if let Some(awake) = self.drowsy.lock().unwrap().take() {
            all_asleep();
            let _ = awake.recv_timeout(GRACE);
        }
        bell.wait(guard).unwrap_or_else(PoisonError::into_inner)
    }
}

/// A sweeper, its clock, and what it does.
struct Rig {
    start: Instant,
    /// A check that has failed does not wait for the thread.
    sweeper: ManuallyDrop<Sweeper>,
    events: Receiver<Event>,
    last: Option<Event>,
}

impl Rig {
    /// Starts a sweeper whose sweeps return these answers, in seconds, and then `None`.
    fn new(horizon: u64, answers: impl Into<VecDeque<Option<u64>>>) -> Rig {
        let mut answers = answers.into();
        Rig::with(horizon, [], None, move || answers.pop_front().flatten())
    }

    fn with(
        horizon: u64,
        early: impl Into<VecDeque<Duration>>,
        drowsy: Option<Receiver<()>>,
        mut sweep: impl FnMut() -> Option<u64> + Send + 'static,
    ) -> Rig {
        let (start, (events, heard)) = (Instant::now(), channel());
        let clock = Virtual {
            start,
            now: Mutex::new(start),
            events: events.clone(),
            horizon: seconds(horizon),
            early: Mutex::new(early.into()),
            drowsy: Mutex::new(drowsy),
        };
        let sweep = move |now| {
            let _ = events.send(SweepsAt(now - start));
            sweep().map(|answer| start + seconds(answer))
        };
        step("Sweeper::start was called; waiting for it to return");
        Rig { start, sweeper: ManuallyDrop::new(Sweeper::start(clock, sweep)), events: heard, last: None }
    }

    fn sooner(&self, at: u64) {
        let last = self.last.map_or_else(String::new, |event| format!("{event:?}; then "));
        step(format!("{last}sooner({at}s) was called; waiting for that to return"));
        self.sweeper.sooner(self.start + seconds(at));
    }

    /// Fails unless the sweeper does this next; `after` says what was done before. Going back to sleep until the same
    /// time is not counted.
    #[track_caller]
    fn expect(&mut self, after: &str, expected: impl IntoIterator<Item = Event>) {
        for expected in expected {
            step(format!("{after}; expected next: {expected:?}. Waiting for the sweeper to sweep or sleep"));
            match self.next() {
                Some(event) => same(format!("{after}; what does the sweeper do next?"), &event, &expected),
                None => fail(format!("{after}; its thread has ended\n  expected  {expected:?}")),
            }
        }
    }

    fn next(&mut self) -> Option<Event> {
        loop {
            let event = self.events.recv().ok()?;
            if Some(event) != self.last || matches!(event, SweepsAt(_)) {
                self.last = Some(event);
                return self.last;
            }
        }
    }

    /// Drops the sweeper, and fails if it swept again.
    #[track_caller]
    fn stop(self, after: &str) {
        step(format!("{after}; the sweeper was dropped. Waiting for drop to return"));
        drop(ManuallyDrop::into_inner(self.sweeper));
        for event in self.events.try_iter().filter(|event| matches!(event, SweepsAt(_))) {
            fail(format!("{after}; the sweeper was dropped, but another sweep began: {event:?}"));
        }
    }
}

/// Drops the sweeper while a sweep is running, which then returns `answer` in seconds.
fn drop_in_a_sweep(answer: u64) {
    let (returned, drop_returned) = channel();
    let ended = Arc::new(AtomicBool::new(false));
    let mut answers = VecDeque::from([Some(answer)]);
    let mut rig = Rig::with(0, [], None, {
        let ended = Arc::clone(&ended);
        move || {
            all_asleep();
            let _ = drop_returned.recv_timeout(GRACE);
            ended.store(true, Ordering::SeqCst);
            answers.pop_front().flatten()
        }
    });
    rig.expect("started", [SweepsAt(seconds(0))]);
    let after = format!("a sweep is running, and returns {answer}s");
    rig.stop(&after);
    let sweep_had_ended = ended.load(Ordering::SeqCst);
    let _ = returned.send(());
    truth(sweep_had_ended, format!("{after}; the sweeper was dropped, and drop returned before the sweep had ended"));
}

fn seconds(number: u64) -> Duration {
    Duration::from_secs(number)
}

#[test]
fn the_first_sweep_is_at_once_and_on_its_own_thread() {
    let (sender, ids) = channel();
    let mut rig = Rig::with(0, [], None, move || {
        let _ = sender.send(thread::current().id());
        None
    });
    rig.expect("started", [SweepsAt(seconds(0))]);
    truth(ids.recv() != Ok(thread::current().id()), "start ran the sweep on the thread that called it");
}

#[test]
fn it_sleeps_until_the_time_that_the_sweep_returned() {
    let mut dice = Dice::new(46);
    let mut time = 0;
    let times: Vec<u64> = (0..20)
        .map(|_| {
            time += 1 + dice.roll(5000) as u64;
            time
        })
        .collect();
    let mut rig = Rig::new(time, times.iter().copied().map(Some).collect::<VecDeque<_>>());
    rig.expect("started", [SweepsAt(seconds(0))]);
    for time in times.into_iter().map(seconds) {
        let after = format!("the last sweep returned {time:?}");
        rig.expect(&after, [SleepsUntil(time), SweepsAt(time)]);
    }
    rig.expect("the last sweep returned None", [SleepsUntilItIsWoken]);
}

#[test]
fn a_time_that_has_passed_means_at_once() {
    let mut rig = Rig::new(100, [Some(100), Some(100), Some(40), Some(0), None]);
    rig.expect("the first sweep returned 100s", [SweepsAt(seconds(0)), SleepsUntil(seconds(100))]);
    rig.expect("slept until 100s; then a sweep returns 100s, 40s, 0s, None", [SweepsAt(seconds(100)); 4]);
    rig.expect("the last sweep returned None", [SleepsUntilItIsWoken]);
}

#[test]
fn a_sleep_that_ends_early_goes_on() {
    let early = [seconds(3), seconds(9), seconds(10) - Duration::from_nanos(1)];
    let mut answers = VecDeque::from([Some(10)]);
    let mut rig = Rig::with(10, early, None, move || answers.pop_front().flatten());
    let after = "the first sweep returned 10s, but the sleep ended early at 3s, at 9s, and just before 10s";
    rig.expect(after, [SweepsAt(seconds(0)), SleepsUntil(seconds(10)), SweepsAt(seconds(10)), SleepsUntilItIsWoken]);
}

#[test]
fn drop_ends_it_in_the_middle_of_a_sleep() {
    let sleeps = [(Some(3600), SleepsUntil(seconds(3600))), (None, SleepsUntilItIsWoken)];
    for (answer, sleep) in sleeps {
        let mut rig = Rig::new(0, [answer]);
        rig.expect("started", [SweepsAt(seconds(0)), sleep]);
        rig.stop(&format!("it had begun: {sleep:?}"));
    }
    let (_never, awake) = channel();
    let mut rig = Rig::with(0, [], Some(awake), || Some(3600));
    rig.expect("started", [SweepsAt(seconds(0)), SleepsUntil(seconds(3600))]);
    rig.stop("it had called Clock::wait, which had not released the lock yet");
}

#[test]
fn drop_waits_for_a_running_sweep() {
    drop_in_a_sweep(3600);
}

#[test]
fn sooner_moves_the_next_sweep_forward() {
    for (answer, sleep) in [(Some(3600), SleepsUntil(seconds(3600))), (None, SleepsUntilItIsWoken)] {
        let mut rig = Rig::new(20, [answer]);
        rig.expect("started", [SweepsAt(seconds(0)), sleep]);
        rig.sooner(20);
        let after = format!("it had begun: {sleep:?}; then sooner(20s) was called");
        rig.expect(&after, [SleepsUntil(seconds(20)), SweepsAt(seconds(20))]);
        rig.expect("the last sweep returned None", [SleepsUntilItIsWoken]);
        rig.sooner(7);
        rig.expect("the clock showed 20s, and sooner(7s) was called", [SweepsAt(seconds(20)), SleepsUntilItIsWoken]);
    }
}

#[test]
fn a_call_of_sooner_during_a_sweep_is_not_lost() {
    for (asked, answer, due) in [
        ([20, 40], Some(3600), 20),
        ([40, 20], Some(3600), 20),
        ([20, 40], None, 20),
        ([20, 40], Some(30), 20),
        ([40, 20], Some(10), 10),
    ] {
        let (open, gate) = channel::<()>();
        let mut answers = VecDeque::from([answer]);
        let mut rig = Rig::with(due, [], None, move || {
            let _ = gate.recv();
            answers.pop_front().flatten()
        });
        rig.expect("a sweep is running", [SweepsAt(seconds(0))]);
        asked.into_iter().for_each(|at| rig.sooner(at));
        drop(open);
        let after =
            format!("during a sweep, sooner was called with {asked:?}, and the sweep returned {answer:?} (in seconds)");
        rig.expect(&after, [SleepsUntil(seconds(due)), SweepsAt(seconds(due))]);
        rig.expect("the last sweep returned None", [SleepsUntilItIsWoken]);
    }
}

#[test]
fn sooner_never_moves_a_sweep_back() {
    let mut rig = Rig::new(20, [Some(60)]);
    rig.expect("the first sweep returned 60s", [SweepsAt(seconds(0)), SleepsUntil(seconds(60))]);
    rig.sooner(100);
    rig.sooner(30);
    rig.expect("sooner(100s) and sooner(30s) were called", [SleepsUntil(seconds(30))]);
    rig.sooner(40);
    rig.sooner(20);
    let after = "sooner(40s) and sooner(20s) were called";
    rig.expect(after, [SleepsUntil(seconds(20)), SweepsAt(seconds(20))]);
    rig.expect("the last sweep returned None, and nothing else is due", [SleepsUntilItIsWoken]);
}

#[test]
fn no_sweep_begins_after_drop_even_if_one_is_due() {
    drop_in_a_sweep(0);
}

/// Starts a sweeper whose first sweep returns an hour, and waits until it has asked for the time that often after it.
fn rig_that_asks(asked: usize) -> (Rig, Sender<()>) {
    let ((tell, told), (finished, done)) = (channel(), channel());
    let mut first = Some((tell, done));
    let mut rig = Rig::with(20, [], None, move || {
        let (tell, done) = first.take()?;
        *INTERRUPT.lock().unwrap() = Some(Interrupt { thread: thread::current().id(), asked, tell, done });
        Some(3600)
    });
    step("the first sweep returns 3600s; waiting until the thread asks for the time, or sleeps");
    let _ = told.recv();
    rig.last = rig.events.try_iter().last();
    (rig, finished)
}

#[test]
fn a_call_while_it_looks_at_the_clock_is_not_lost() {
    for asked in [1, 2] {
        let (mut rig, finished) = rig_that_asks(asked);
        rig.sooner(20);
        let _ = finished.send(());
        let after = "the first sweep returned 3600s; while the thread asked for the time, sooner(20s) was called";
        step(format!("{after}; waiting for a sweep"));
        while rig.next().is_some_and(|event| event != SweepsAt(seconds(20))) {}
        rig.expect(after, [SleepsUntilItIsWoken]);
        let (rig, _finished) = rig_that_asks(asked);
        rig.stop("the first sweep returned 3600s; the thread was asking for the time");
    }
}

#[test]
fn a_call_at_any_moment_is_not_lost() {
    for round in freeze::up_to(1_000) {
        let (sender, sweeps) = channel();
        let sweeper = ManuallyDrop::new(Sweeper::start(SystemClock, move |now| {
            let _ = sender.send(());
            freeze::this_thread();
            freeze::soon();
            Some(now + seconds(3600))
        }));
        step(format!(
            "round {round}, with the real clock; waiting for the first sweep, which asks for another in an hour"
        ));
        let _ = sweeps.recv();
        freeze::wait();
        step("the thread was stopped on its way to sleep, and sooner(now) was called; waiting for a sweep");
        sweeper.sooner(Instant::now());
        let _ = sweeps.recv();
        freeze::wait();
        step("the thread was stopped on its way to sleep, and the sweeper was dropped; waiting for drop to return");
        drop(ManuallyDrop::into_inner(sweeper));
    }
}

#[test]
fn a_panic_in_a_sweep_stays_in_its_thread() {
    let mut rig = Rig::with(0, [], None, || resume_unwind(Box::new("the sweep panicked, as the check wants it to")));
    rig.expect("started", [SweepsAt(seconds(0))]);
    rig.sooner(10);
    let stopped = catch_unwind(AssertUnwindSafe(|| rig.stop("the sweep panicked")));
    truth(stopped.is_ok(), "the sweep panicked in its thread; then the sweeper was dropped, and drop panicked too");
}

#[test]
fn it_works_with_the_real_clock() {
    let (sender, sweeps) = channel();
    let mut due = Instant::now();
    let sweeper = ManuallyDrop::new(Sweeper::start(SystemClock, move |now| {
        let _ = sender.send(now >= due);
        due = now + Duration::from_millis(5);
        Some(due)
    }));
    step("with the real clock, each sweep asks for one 5 ms later; waiting for four sweeps");
    let in_time: Vec<bool> = sweeps.iter().take(4).collect();
    same("four sweeps, each due 5 ms after the one before; did each come late enough?", &in_time, &[true; 4]);
    step("with the real clock, the sweeper was dropped; waiting for drop to return");
    drop(ManuallyDrop::into_inner(sweeper));
}
