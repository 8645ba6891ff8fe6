//! What exercise 3.4 asks.
//! without: sttp::pool, std::time, std::panic::set_hook

use std::collections::HashSet;
use std::hint::spin_loop;
use std::mem::ManuallyDrop;
use std::panic::{panic_any, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Barrier, Condvar, Mutex};
use std::thread::{self, ThreadId};

use course::{Dice, all_rest, fail, same, step, truth};

use super::ex4_panic::*;

/// A pool, and what it was told of panics. It is not dropped when a check fails: its jobs may be held for ever.
struct Told {
    pool: ManuallyDrop<Pool>,
    told: Arc<Mutex<Vec<String>>>,
}

/// Jobs that have begun and do not end before they are let go.
#[derive(Clone, Default)]
struct Hold(Arc<(Mutex<bool>, Condvar)>);

#[test]
fn jobs_that_do_not_panic_are_done_and_counted() {
    let told = Told::new(1);
    let (note, notes) = channel();
    for number in 0..5 {
        let note = note.clone();
        told.execute(move || note.send((number, thread::current().id())).unwrap());
    }
    drop(note);
    told.wait_until_one_worker_is_through("5 jobs that do not panic");
    let (done, threads): (Vec<usize>, HashSet<ThreadId>) = notes.iter().unzip();
    same("the jobs that were done", &done, &[0, 1, 2, 3, 4]);
    same("one worker did 5 jobs, and none panicked; the number of threads they ran on", &threads.len(), &1);
    same("finished() after 5 jobs", &told.pool.finished(), &5);
    told.expect("5 jobs that did not panic; what on_panic was told", &[]);
}

#[test]
fn the_worker_goes_on_after_a_panic() {
    let told = Told::new(1);
    told.execute(|| panic!("this job panics"));
    told.wait_until_one_worker_is_through("a job that panics");
}

#[test]
fn all_workers_survive_many_panics() {
    const WORKERS: usize = 3;
    const ROUNDS: usize = 40;
    let told = Told::new(WORKERS);
    for round in 1..=ROUNDS {
        told.all_panic(WORKERS, round);
    }
    let (note, notes) = channel();
    let meeting = Arc::new(Barrier::new(WORKERS));
    for _ in 0..WORKERS {
        let (note, meeting) = (note.clone(), Arc::clone(&meeting));
        told.execute(move || {
            meeting.wait();
            note.send(()).unwrap();
        });
    }
    drop(note);
    step(format_args!(
        "each of {WORKERS} workers had {ROUNDS} jobs that panicked; then {WORKERS} jobs that wait for each other; \
         waiting for all to be done"
    ));
    same(
        format_args!("{} jobs panicked; those of the next 3 that were done", WORKERS * ROUNDS),
        &notes.iter().count(),
        &WORKERS,
    );
}

#[test]
fn there_are_no_more_workers_than_before() {
    const WORKERS: usize = 2;
    let told = Told::new(WORKERS);
    for round in 1..=3 {
        told.all_panic(WORKERS, round);
        let hold = Hold::default();
        told.occupy(WORKERS, &hold);
        let (note, notes) = channel();
        let begun = Arc::new(AtomicBool::new(false));
        let begins = Arc::clone(&begun);
        told.execute(move || {
            begins.store(true, Ordering::SeqCst);
            note.send(()).unwrap();
        });
        // A worker that should not be there begins with the job now.
        let _ = (0..5).any(|_| all_rest());
        truth(
            !begun.load(Ordering::SeqCst),
            format_args!("all {WORKERS} workers were busy, and another job began: the panics made the pool larger"),
        );
        hold.let_go();
        step("a job waited while the workers were busy; they are free now; waiting for the job to be done");
        same("whether the job was done when the workers were free", &notes.recv(), &Ok(()));
    }
}

#[test]
fn a_job_that_panicked_is_not_counted_as_finished() {
    let told = Told::new(1);
    let good = 1 + Dice::new(34).roll(5);
    for _ in 0..good {
        told.execute(|| panic!("this job panics"));
        told.execute(|| panic!("this job panics too"));
        told.execute(|| {});
    }
    told.wait_until_one_worker_is_through("jobs some of which panic");
    let what = format!("{good} jobs came to their end and {} panicked; finished()", 2 * good);
    same(what, &told.pool.finished(), &good);
}

#[test]
fn each_panic_is_told_with_its_message() {
    let told = Told::new(1);
    let number = Dice::new(4).roll(1000);
    told.execute(|| panic!("just words"));
    told.execute(move || panic!("number {number}"));
    told.execute(|| {});
    told.execute(|| drop(None::<()>.expect("an expectation")));
    told.execute(|| panic_any("words without a format"));
    told.execute(|| panic!("two\nlines"));
    // This goes past the panic hook.
    told.execute(|| resume_unwind(Box::new("a panic that was caught and goes on")));
    told.wait_until_one_worker_is_through("six jobs that panic, and one that does not");
    let number = format!("number {number}");
    let expected = [
        "just words",
        &number,
        "an expectation",
        "words without a format",
        "two\nlines",
        "a panic that was caught and goes on",
    ];
    told.expect("six jobs panicked, with a &str or a String; what on_panic was told", &expected);
}

#[test]
fn a_panic_without_a_message_is_told_too() {
    let told = Told::new(1);
    told.execute(|| panic_any(42));
    told.wait_until_one_worker_is_through("a job that panics with a number, panic_any(42)");
    let count = told.told.lock().unwrap().len();
    same("a job panicked with a number; how often on_panic was told something", &count, &1);
    truth(!told.told.lock().unwrap()[0].is_empty(), "a job panicked with a number, and on_panic was told \"\"");
}

#[test]
fn the_others_work_while_on_panic_takes_its_time() {
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
        step("one of 2 workers is in on_panic, the other got a job; waiting for it to be done");
        same("one of 2 workers was in on_panic, the other got a job; whether it was done", &notes.recv(), &Ok(()));
        leave.send(()).unwrap();
    }
}

#[test]
fn all_is_told_and_counted_before_the_next_job_comes() {
    let told = Told::new(2);
    told.execute(|| {});
    step("gave the pool a job and no other; waiting for finished() to say 1");
    wait_until(|| told.pool.finished() == 1);
    told.execute(|| panic!("no job comes after this one"));
    step("gave the pool a job that panics and no other; waiting for on_panic to be told");
    wait_until(|| !told.told.lock().unwrap().is_empty());
}

#[test]
fn dropping_the_pool_finishes_what_is_queued_behind_panics() {
    const WORKERS: usize = 2;
    let told = Told::new(WORKERS);
    told.all_panic(WORKERS, 1);
    let done = Arc::new(AtomicUsize::new(0));
    for _ in 0..5 {
        let done = Arc::clone(&done);
        told.execute(|| panic!("this job panics"));
        told.execute(move || {
            a_while();
            done.fetch_add(1, Ordering::SeqCst);
        });
    }
    step("5 jobs that panic and 5 that do not are queued; dropping the pool");
    drop(ManuallyDrop::into_inner(told.pool));
    let done = done.load(Ordering::SeqCst);
    same("dropped a pool with 5 jobs that panic and 5 that do not; those that came to their end", &done, &5);
}

impl Told {
    fn new(workers: usize) -> Told {
        let told = Arc::new(Mutex::new(Vec::new()));
        let list = Arc::clone(&told);
        let pool = Pool::new(workers, move |text| list.lock().unwrap().push(text.to_string()));
        Told { pool: ManuallyDrop::new(pool), told }
    }

    fn execute(&self, job: impl FnOnce() + Send + 'static) {
        self.pool.execute(Box::new(job));
    }

    /// Each worker has a job that panics: no job does before all have begun.
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

    /// Comes back when the only worker has begun a job that was brought after all others, and keeps it there.
    fn wait_until_one_worker_is_through(&self, what: &str) {
        step(format_args!("gave one worker {what}, then another job; waiting for that one to begin"));
        let (note, notes) = channel();
        self.keep_busy(note, &Hold::default());
        if notes.recv().is_err() {
            fail(format_args!("gave one worker {what}, then another job: that one was thrown away"));
        }
    }

    fn occupy(&self, workers: usize, hold: &Hold) {
        for number in 0..workers {
            let (note, notes) = channel();
            self.keep_busy(note, hold);
            step(format_args!(
                "{number} of {workers} workers are busy; gave the pool another job; waiting for it to begin"
            ));
            truth(notes.recv().is_ok(), "a job was thrown away");
        }
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
    fn let_go(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }
}

fn wait_until(it_is_so: impl Fn() -> bool) {
    while !it_is_so() {
        thread::yield_now();
    }
}

/// Gives a thread that does what it should not the time to do it. The verdict on a right one does not depend on this.
fn a_while() {
    // Few turns: on a busy machine each may take long.
    for _ in 0..20 {
        (0..5000).for_each(|_| spin_loop());
        thread::yield_now();
    }
}
