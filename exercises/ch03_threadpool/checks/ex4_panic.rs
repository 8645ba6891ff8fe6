//! What exercise 3.4 asks.
//! without: sttp::pool, std::time, std::panic::set_hook

use std::collections::{HashMap, HashSet};
use std::hint::spin_loop;
use std::mem::ManuallyDrop;
use std::panic::{panic_any, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Barrier, Condvar, Mutex};
use std::thread::{self, ThreadId};

use course::{Dice, all_rest, fail, same, step, truth};

use super::ex4_panic::*;

/// A pool, and the panics it has reported. It is not dropped when a check fails: its jobs may be held forever.
struct Watched {
    pool: ManuallyDrop<Pool>,
    told: Arc<Mutex<Vec<String>>>,
}

/// Jobs that have started, and end only when they are released.
#[derive(Clone, Default)]
struct Hold(Arc<(Mutex<bool>, Condvar)>);

#[test]
fn jobs_that_do_not_panic_run_and_are_counted() {
    let pool = Watched::new(1);
    let (note, notes) = channel();
    for number in 0..5 {
        let note = note.clone();
        pool.execute(move || note.send((number, thread::current().id())).unwrap());
    }
    drop(note);
    pool.wait_until_one_worker_is_through("5 jobs that do not panic");
    let (done, threads): (Vec<usize>, HashSet<ThreadId>) = notes.iter().unzip();
    same("the jobs that ran", &done, &[0, 1, 2, 3, 4]);
    same("one worker ran 5 jobs, and none panicked; the number of threads they ran on", &threads.len(), &1);
    same("finished() after 5 jobs", &pool.pool.finished(), &5);
    pool.expect("5 jobs that did not panic; what on_panic was called with", &[]);
}

#[test]
fn the_worker_goes_on_after_a_panic() {
    let pool = Watched::new(1);
    pool.execute(|| panic!("this job panics"));
    pool.wait_until_one_worker_is_through("a job that panics");
}

#[test]
fn every_worker_survives_many_panics() {
    const WORKERS: usize = 3;
    const ROUNDS: usize = 40;
    let pool = Watched::new(WORKERS);
    for round in 1..=ROUNDS {
        pool.all_panic(WORKERS, round);
    }
    let (note, notes) = channel();
    let meeting = Arc::new(Barrier::new(WORKERS));
    for _ in 0..WORKERS {
        let (note, meeting) = (note.clone(), Arc::clone(&meeting));
        pool.execute(move || {
            meeting.wait();
            note.send(()).unwrap();
        });
    }
    drop(note);
    step(format_args!(
        "each of {WORKERS} workers had {ROUNDS} jobs that panicked; then {WORKERS} jobs that wait for each other; \
         waiting for all to finish"
    ));
    same(
        format_args!("{} jobs panicked; how many of the next 3 finished", WORKERS * ROUNDS),
        &notes.iter().count(),
        &WORKERS,
    );
}

#[test]
fn panics_do_not_make_the_pool_larger() {
    const WORKERS: usize = 2;
    let pool = Watched::new(WORKERS);
    for round in 1..=3 {
        pool.all_panic(WORKERS, round);
        pool.must_not_have_grown(WORKERS);
    }
}

#[test]
fn a_panic_leaves_nothing_on_the_stack() {
    const COUNT: usize = 1000;
    let pool = Watched::new(1);
    let (note, notes) = channel();
    for count in [3, COUNT] {
        for _ in 0..count {
            let note = note.clone();
            pool.execute(move || {
                let here = 0_u8;
                note.send((thread::current().id(), std::ptr::from_ref(&here).addr())).unwrap();
                // This bypasses the panic hook, which would print each of them.
                resume_unwind(Box::new("this job panics"))
            });
        }
        // A pool that starts a thread for each panic is found out before there are too many.
        pool.must_not_have_grown(1);
    }
    let count = pool.told.lock().unwrap().len();
    same(format_args!("{} jobs panicked; how often on_panic was called", COUNT + 3), &count, &(COUNT + 3));
    let mut places: HashMap<ThreadId, (usize, usize)> = HashMap::new();
    for (thread, place) in notes.try_iter() {
        let (low, high) = places.entry(thread).or_insert((place, place));
        (*low, *high) = (place.min(*low), place.max(*high));
    }
    let most = places.values().map(|(low, high)| high - low).max().unwrap_or(0);
    truth(
        most < 50 * COUNT,
        format_args!(
            "{COUNT} jobs of one worker panicked\n  expected  the next job starts where the others did\n  got       \
             {most} bytes deeper on the stack, which overflows one day: does a function call itself?"
        ),
    );
}

#[test]
fn a_job_that_panicked_is_not_counted_as_finished() {
    let pool = Watched::new(1);
    let good = 1 + Dice::new(34).roll(5);
    for _ in 0..good {
        pool.execute(|| panic!("this job panics"));
        pool.execute(|| panic!("this job panics too"));
        pool.execute(|| {});
    }
    pool.wait_until_one_worker_is_through("jobs, some of which panic");
    let what = format!("{good} jobs ran to their end and {} panicked; finished()", 2 * good);
    same(what, &pool.pool.finished(), &good);
}

#[test]
fn each_panic_is_reported_with_its_message() {
    let pool = Watched::new(1);
    let number = Dice::new(4).roll(1000);
    pool.execute(|| panic!("just words"));
    pool.execute(move || panic!("number {number}"));
    pool.execute(|| {});
    pool.execute(|| drop(None::<()>.expect("an expectation")));
    pool.execute(|| panic_any("words without a format"));
    pool.execute(|| panic!("two\nlines"));
    // This bypasses the panic hook.
    pool.execute(|| resume_unwind(Box::new("a panic that was caught and goes on")));
    pool.wait_until_one_worker_is_through("six jobs that panic, and one that does not");
    let number = format!("number {number}");
    let expected = [
        "just words",
        &number,
        "an expectation",
        "words without a format",
        "two\nlines",
        "a panic that was caught and goes on",
    ];
    pool.expect("six jobs panicked, with a &str or a String; what on_panic was called with", &expected);
}

#[test]
fn a_panic_without_a_message_is_reported_too() {
    let pool = Watched::new(1);
    pool.execute(|| panic_any(42));
    pool.wait_until_one_worker_is_through("a job that panics with a number, panic_any(42)");
    let count = pool.told.lock().unwrap().len();
    same("a job panicked with a number; how often on_panic was called", &count, &1);
    truth(!pool.told.lock().unwrap()[0].is_empty(), "a job panicked with a number, and on_panic was called with \"\"");
}

#[test]
fn a_slow_on_panic_does_not_hold_up_the_other_workers() {
    let ((enter, entered), (leave, left)) = (channel(), channel());
    let left = Mutex::new(left);
    let pool = ManuallyDrop::new(Pool::new(2, move |_| {
        enter.send(()).unwrap();
        let _ = left.lock().unwrap().recv();
    }));
    for _ in 0..3 {
        pool.execute(Box::new(|| panic!("this job panics")));
        step("gave one of 2 workers a job that panics; waiting for on_panic to be called");
        entered.recv().unwrap();
        let (note, notes) = channel();
        pool.execute(Box::new(move || note.send(()).unwrap()));
        step("one of 2 workers is in on_panic, the other was given a job; waiting for it to finish");
        same(
            "one of 2 workers was in on_panic, the other was given a job; whether it finished",
            &notes.recv(),
            &Ok(()),
        );
        leave.send(()).unwrap();
    }
}

#[test]
fn a_job_is_counted_or_reported_before_the_next_is_taken() {
    let pool = Watched::new(2);
    pool.execute(|| {});
    step("gave the pool a single job; waiting for finished() to return 1");
    wait_until(|| pool.pool.finished() == 1);
    pool.execute(|| panic!("no job comes after this one"));
    step("gave the pool a single job that panics; waiting for on_panic to be called");
    wait_until(|| !pool.told.lock().unwrap().is_empty());
}

#[test]
fn dropping_the_pool_finishes_the_jobs_queued_behind_panics() {
    const WORKERS: usize = 2;
    let pool = Watched::new(WORKERS);
    pool.all_panic(WORKERS, 1);
    let done = Arc::new(AtomicUsize::new(0));
    for _ in 0..5 {
        let done = Arc::clone(&done);
        pool.execute(|| panic!("this job panics"));
        pool.execute(move || {
            a_while();
            done.fetch_add(1, Ordering::SeqCst);
        });
    }
    step("5 jobs that panic and 5 that do not are queued; dropping the pool");
    drop(ManuallyDrop::into_inner(pool.pool));
    let done = done.load(Ordering::SeqCst);
    same("dropped a pool with 5 jobs that panic and 5 that do not; those that ran to their end", &done, &5);
}

impl Watched {
    fn new(workers: usize) -> Watched {
        let told = Arc::new(Mutex::new(Vec::new()));
        let list = Arc::clone(&told);
        let pool = Pool::new(workers, move |text| list.lock().unwrap().push(text.to_string()));
        Watched { pool: ManuallyDrop::new(pool), told }
    }

    fn execute(&self, job: impl FnOnce() + Send + 'static) {
        self.pool.execute(Box::new(job));
    }

    /// Gives each worker a job that panics; none panics before all have started.
    fn all_panic(&self, workers: usize, round: usize) {
        let meeting = Arc::new(Barrier::new(workers));
        for _ in 0..workers {
            let meeting = Arc::clone(&meeting);
            self.execute(move || {
                meeting.wait();
                panic!("this job panics, in round {round}");
            });
        }
    }

    /// Returns when the only worker has started a job that came after all others, and keeps it busy there.
    fn wait_until_one_worker_is_through(&self, what: &str) {
        step(format_args!("gave one worker {what}, then another job; waiting for that one to start"));
        let (note, notes) = channel();
        self.keep_busy(note, &Hold::default());
        if notes.recv().is_err() {
            fail(format_args!("gave one worker {what}, then another job, which was thrown away"));
        }
    }

    fn occupy(&self, workers: usize, hold: &Hold) {
        for number in 0..workers {
            let (note, notes) = channel();
            self.keep_busy(note, hold);
            step(format_args!(
                "{number} of {workers} workers are busy; gave the pool another job; waiting for it to start"
            ));
            truth(notes.recv().is_ok(), "a job was thrown away");
        }
    }

    /// Keeps all workers busy, and gives the pool one more job.
    fn must_not_have_grown(&self, workers: usize) {
        let hold = Hold::default();
        self.occupy(workers, &hold);
        let (note, notes) = channel();
        let started = Arc::new(AtomicBool::new(false));
        let starts = Arc::clone(&started);
        self.execute(move || {
            starts.store(true, Ordering::SeqCst);
            note.send(()).unwrap();
        });
        // A worker that should not exist starts the job now.
        let _ = (0..5).any(|_| all_rest());
        truth(
            !started.load(Ordering::SeqCst),
            "all workers were busy, and yet another job started: the panics have made the pool larger",
        );
        hold.release();
        step("a job waited while the workers were busy; they are idle now; waiting for the job to finish");
        same("whether the job ran once the workers were idle", &notes.recv(), &Ok(()));
    }

    fn keep_busy(&self, note: Sender<()>, hold: &Hold) {
        let hold = hold.clone();
        self.execute(move || {
            note.send(()).unwrap();
            let (free, changed) = &*hold.0;
            drop(changed.wait_while(free.lock().unwrap(), |free| !*free));
        });
    }

    #[track_caller]
    fn expect(&self, what: &str, expected: &[&str]) {
        same(what, &self.told.lock().unwrap()[..], expected);
    }
}

impl Hold {
    fn release(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }
}

fn wait_until(it_is_so: impl Fn() -> bool) {
    while !it_is_so() {
        thread::yield_now();
    }
}

/// Gives a wrong thread time to do what it should not. The verdict on a right one does not depend on this.
fn a_while() {
    // Few turns: on a busy machine each may take a while.
    for _ in 0..20 {
        (0..5000).for_each(|_| spin_loop());
        thread::yield_now();
    }
}
