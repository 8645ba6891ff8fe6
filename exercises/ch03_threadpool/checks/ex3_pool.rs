//! What exercise 3.3 asks.
//! without: sttp::pool, std::time

use std::cell::RefCell;
use std::collections::HashSet;
use std::hint::spin_loop;
use std::mem::ManuallyDrop;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Barrier, OnceLock};
use std::thread::{self, ThreadId};

use course::{Dice, all_asleep, all_rest, at_rest, fail, freeze, same, step, truth};

use super::ex3_pool::*;

#[path = "hold.rs"]
mod hold;

use hold::Hold;

/// Belongs to a thread, and counts it when it ends.
struct End {
    ended: Arc<AtomicUsize>,
    is_slow: bool,
}

thread_local! {
    static END: RefCell<Option<End>> = const { RefCell::new(None) };
}

#[test]
fn a_job_runs_on_another_thread() {
    let pool = pool(1, 1);
    let (note, notes) = channel();
    execute(&pool, move || note.send(thread::current().id()).unwrap());
    step("gave the pool a job; waiting for it to run");
    match notes.recv() {
        Ok(id) => truth(id != thread::current().id(), "the job ran on the thread that called execute()"),
        Err(_) => fail("execute() returned Ok, but the job was thrown away"),
    }
}

#[test]
fn jobs_run_side_by_side() {
    for workers in [2, 3 + Dice::new(33).roll(4), 12] {
        let pool = pool(workers, workers);
        let (note, notes) = channel();
        let meeting = Arc::new(Barrier::new(workers));
        for number in 0..workers {
            let (note, meeting) = (note.clone(), Arc::clone(&meeting));
            execute(&pool, move || {
                meeting.wait();
                note.send(number).unwrap();
            });
        }
        drop(note);
        step(format_args!("gave {workers} workers {workers} jobs that wait for each other; waiting for all to finish"));
        let mut done: Vec<usize> = notes.iter().collect();
        done.sort_unstable();
        same(
            format_args!("{workers} jobs that wait for each other; those that finished"),
            &done,
            &Vec::from_iter(0..workers),
        );
    }
}

#[test]
fn an_idle_worker_takes_the_next_job() {
    let (pool, hold) = (pool(2, 5), Hold::default());
    hold.occupy(&pool, 1);
    for number in 1..=4 {
        let (note, notes) = channel();
        execute(&pool, move || note.send(()).unwrap());
        step(format_args!(
            "one of 2 workers is busy; gave the pool job {number} for the other; waiting for it to finish"
        ));
        same("one of 2 workers was busy, the other was given a job; whether it finished", &notes.recv(), &Ok(()));
    }
}

#[test]
fn there_are_no_more_threads_than_workers() {
    let (pool, hold, (note, notes)) = (pool(3, 23), Hold::default(), channel());
    let mut threads: HashSet<ThreadId> = hold.occupy(&pool, 3).into_iter().collect();
    for _ in 0..20 {
        let note = note.clone();
        execute(&pool, move || note.send(thread::current().id()).unwrap());
    }
    drop(note);
    step("3 workers are busy and 20 jobs wait; waiting until all is quiet");
    at_rest("all 3 workers are busy, and jobs wait");
    truth(notes.try_recv().is_err(), "all 3 workers were busy, and yet one of the 20 waiting jobs ran");
    hold.release();
    step("3 workers were busy and 20 jobs waited; the workers are idle now; waiting for all to finish");
    threads.extend(notes.iter());
    same("a pool of 3 workers was given 23 jobs; the number of threads they ran on", &threads.len(), &3);
}

#[test]
fn jobs_start_in_the_order_they_came() {
    let (pool, hold, (note, notes)) = (pool(1, 21), Hold::default(), channel());
    hold.occupy(&pool, 1);
    for number in 0..20 {
        let note = note.clone();
        execute(&pool, move || note.send(number).unwrap());
    }
    drop(note);
    hold.release();
    step("20 jobs wait for one worker, which is idle now; waiting for all to finish");
    let order: Vec<usize> = notes.iter().collect();
    same("20 jobs and one worker; the order in which they ran", &order, &Vec::from_iter(0..20));
}

#[test]
fn threads_are_reused() {
    let (pool, mut threads) = (pool(2, 1), HashSet::new());
    for _ in 0..4 {
        let (note, notes) = channel();
        execute(&pool, move || note.send(thread::current().id()).unwrap());
        step("gave the pool a job after the last one had finished; waiting for it to run");
        threads.extend(notes.recv());
        // A pool that ends a thread when it has nothing to do is given the time for it.
        let _ = (0..5).any(|_| all_rest());
    }
    truth(
        threads.len() <= 2,
        format_args!("2 workers were given 4 jobs, one after another, and the jobs ran on {} threads", threads.len()),
    );
}

#[test]
fn two_pools_share_nothing() {
    let (busy, idle, hold) = (pool(1, 2), pool(1, 2), Hold::default());
    hold.occupy(&busy, 1);
    let (note, notes) = channel();
    execute(&busy, move || note.send(()).unwrap());
    step("a pool's only worker is busy and a job waits; another pool's worker is idle; waiting until all is quiet");
    let _ = (0..5).any(|_| all_rest());
    truth(notes.try_recv().is_err(), "a pool's only worker was busy, and another pool ran its waiting job");
    let (note, notes) = channel();
    execute(&idle, move || note.send(()).unwrap());
    step("gave the other pool a job; waiting for it to finish");
    same("one pool was busy, another was given a job; whether it finished", &notes.recv(), &Ok(()));
}

#[test]
fn a_full_pool_gives_the_job_back() {
    let mut dice = Dice::new(8);
    for (workers, capacity) in [(1, 1), (1, 3 + dice.roll(10)), (3, 1), (3, 4 + dice.roll(10))] {
        let pool = pool(workers, capacity);
        // Twice: a pool that was full has room again.
        for _ in 0..2 {
            let hold = Hold::default();
            hold.occupy(&pool, workers);
            let (note, notes) = channel();
            fill(&pool, capacity, workers, &note);
            refuse(&pool, capacity, workers);
            refuse(&pool, capacity, workers);
            drop(note);
            hold.release();
            step(format_args!("{capacity} jobs waited; the workers are idle now; waiting for all to finish"));
            same(format_args!("{capacity} jobs were taken in; those that finished"), &notes.iter().count(), &capacity);
        }
    }
}

#[test]
fn idle_workers_sleep() {
    let (pool, hold) = (pool(3, 1), Hold::default());
    hold.occupy(&pool, 3);
    hold.release();
    step("3 workers have run a job each, and there is nothing more to do; waiting for them to sleep");
    at_rest("3 workers, no job");
}

#[test]
fn several_threads_may_call_execute() {
    const EACH: usize = 1000;
    let (pool, (note, notes)) = (pool(2, 3 * EACH), channel());
    let give = &|number| {
        for job in 0..EACH {
            let note = note.clone();
            let taken = pool.execute(Box::new(move || note.send(EACH * number + job).unwrap()));
            truth(taken.is_ok(), "there was room for a job, but execute() gave it back");
        }
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..3).map(|number| scope.spawn(move || give(number))).collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
    });
    drop(note);
    step(format_args!("3 threads gave the pool {EACH} jobs each; waiting for all to finish"));
    let mut done: Vec<usize> = notes.iter().collect();
    done.sort_unstable();
    let what = format!("3 threads gave the pool {EACH} jobs each; those that finished");
    same(what, &done, &Vec::from_iter(0..3 * EACH));
}

#[test]
fn a_burst_wakes_a_worker_for_each_job() {
    const WORKERS: usize = 10;
    let pool = pool(WORKERS, WORKERS);
    // Again and again, because a worker may be awake before the next job comes.
    for round in 1..=100 {
        let meeting = Arc::new(Barrier::new(WORKERS + 1));
        let job = || -> Job {
            let meeting = Arc::clone(&meeting);
            Box::new(move || _ = meeting.wait())
        };
        let jobs: Vec<Job> = (0..WORKERS).map(|_| job()).collect();
        step(format_args!(
            "{WORKERS} idle workers, {WORKERS} jobs that wait for each other, round {round}; waiting for all to start"
        ));
        for job in jobs {
            truth(pool.execute(job).is_ok(), "there was room for a job, but execute() gave it back");
        }
        meeting.wait();
        // Only a worker that sleeps needs to be woken.
        let _ = (0..10).any(|_| all_asleep());
    }
}

#[test]
fn the_bound_holds_when_threads_call_execute_at_once() {
    let (pool, taken, (note, finished)) = (pool(1, 1), AtomicUsize::new(0), channel());
    let hold = RefCell::new(Hold::default());
    hold.borrow().occupy(&pool, 1);
    step("1,000 times: a thread is stopped somewhere in execute(), and meanwhile another calls it");
    let call = || {
        let note = note.clone();
        let is_taken = pool.execute(Box::new(move || note.send(()).unwrap())).is_ok();
        taken.fetch_add(usize::from(is_taken), Ordering::SeqCst);
    };
    let stopped = |_| {
        freeze::soon();
        call();
    };
    let after = |round: usize| {
        let what = "the only worker was busy and one job could wait; two threads called execute() at once; jobs taken";
        same(what, &taken.swap(0, Ordering::SeqCst), &1);
        hold.take().release();
        step(format_args!("the worker is free again, round {round}; waiting for the job that was taken"));
        let _ = finished.recv();
        hold.borrow().occupy(&pool, 1);
    };
    freeze::rounds(1_000, stopped, |_| call(), after);
    hold.take().release();
}

#[test]
fn dropping_the_pool_returns() {
    let unused = pool(3, 2);
    step("created a pool of 3 workers, which never had a job; dropping it");
    drop(ManuallyDrop::into_inner(unused));
    let (pool, (note, notes)) = (pool(2, 2), channel());
    execute(&pool, move || note.send(()).unwrap());
    step("gave a pool a job; waiting for it to run");
    same("gave a pool a job; whether it ran", &notes.recv(), &Ok(()));
    step("a pool of 2 workers has run its only job; dropping it");
    drop(ManuallyDrop::into_inner(pool));
}

#[test]
fn dropping_the_pool_waits_until_its_threads_have_ended() {
    const WORKERS: usize = 4;
    // Each time a different thread is slow to end.
    for late in 0..WORKERS {
        let (pool, ended) = (pool(WORKERS, WORKERS), Arc::new(AtomicUsize::new(0)));
        let (meeting, slow) = (Arc::new(Barrier::new(WORKERS + 1)), Arc::new(OnceLock::new()));
        let (note, notes) = channel();
        for _ in 0..WORKERS {
            let (ended, meeting) = (Arc::clone(&ended), Arc::clone(&meeting));
            let (note, slow) = (note.clone(), Arc::clone(&slow));
            execute(&pool, move || {
                let id = thread::current().id();
                note.send(id).unwrap();
                meeting.wait();
                END.set(Some(End { ended, is_slow: slow.get() == Some(&id) }));
            });
        }
        step(format_args!("gave {WORKERS} workers a job each; waiting for all to start"));
        let mut threads: Vec<ThreadId> = notes.iter().take(WORKERS).collect();
        // In the order of their numbers, which are available only as text.
        threads.sort_by_key(|id| (format!("{id:?}").len(), format!("{id:?}")));
        slow.set(threads[late]).unwrap();
        meeting.wait();
        step("the jobs have finished; dropping the pool");
        drop(ManuallyDrop::into_inner(pool));
        let ended = ended.load(Ordering::SeqCst);
        same(
            format_args!("dropped a pool of {WORKERS} workers; the threads that had ended when drop returned"),
            &ended,
            &WORKERS,
        );
    }
}

#[test]
fn dropping_the_pool_finishes_its_jobs() {
    for waiting in [1, 20, 20] {
        let (pool, dropping) = (pool(2, waiting + 2), Arc::new(AtomicBool::new(false)));
        let (note, notes) = channel();
        let meeting = Arc::new(Barrier::new(3));
        for _ in 0..2 {
            let (meeting, dropping) = (Arc::clone(&meeting), Arc::clone(&dropping));
            execute(&pool, move || {
                meeting.wait();
                while !dropping.load(Ordering::SeqCst) {
                    thread::yield_now();
                }
                // The drop should be in progress when the workers come back for more.
                a_while();
            });
        }
        step("gave 2 workers a job each; waiting for both to start");
        meeting.wait();
        for _ in 0..waiting {
            let note = note.clone();
            execute(&pool, move || note.send(thread::current().id()).unwrap());
        }
        step(format_args!("2 jobs run and {waiting} wait; dropping the pool"));
        dropping.store(true, Ordering::SeqCst);
        drop(ManuallyDrop::into_inner(pool));
        let done: Vec<ThreadId> = notes.try_iter().collect();
        same(format_args!("dropped a pool in which {waiting} jobs waited; those that finished"), &done.len(), &waiting);
        truth(!done.contains(&thread::current().id()), "a waiting job ran on the thread that dropped the pool");
    }
}

/// A pool that is not dropped when a check fails: its jobs may be held forever.
fn pool(workers: usize, capacity: usize) -> ManuallyDrop<Pool> {
    ManuallyDrop::new(Pool::new(workers, capacity))
}

#[track_caller]
fn execute(pool: &Pool, job: impl FnOnce() + Send + 'static) {
    step("calling execute() while there is room for the job; waiting for it to return");
    truth(pool.execute(Box::new(job)).is_ok(), "there was room for a job, but execute() gave it back");
}

/// Gives the pool as many jobs as may wait.
fn fill(pool: &Pool, capacity: usize, workers: usize, note: &Sender<()>) {
    for number in 0..capacity {
        let note = note.clone();
        step(format_args!("all workers are busy, {number} of at most {capacity} jobs wait; calling execute()"));
        let taken = pool.execute(Box::new(move || _ = note.send(())));
        truth(
            taken.is_ok(),
            format_args!(
                "{workers} workers are busy, {number} of at most {capacity} jobs wait: execute() refused one more"
            ),
        );
    }
}

/// Gives the pool one job too many, and checks that it comes back.
fn refuse(pool: &Pool, capacity: usize, workers: usize) {
    step(format_args!("all workers are busy, {capacity} of at most {capacity} jobs wait; calling execute()"));
    let (note, notes): (Sender<()>, Receiver<()>) = channel();
    match pool.execute(Box::new(move || _ = note.send(()))) {
        Ok(()) => fail(format_args!(
            "{workers} workers are busy, {capacity} of at most {capacity} jobs wait: execute() took one more"
        )),
        Err(job) => job(),
    }
    same("execute() refused a job and gave one back; whether it is the same job", &notes.try_recv(), &Ok(()));
}

/// Gives a wrong thread time to do what it should not. The verdict on a right one does not depend on this.
fn a_while() {
    // Few turns: on a busy machine each may take a while.
    for _ in 0..20 {
        (0..5000).for_each(|_| spin_loop());
        thread::yield_now();
    }
}

impl Drop for End {
    fn drop(&mut self) {
        // It ends once all others wait for that.
        while self.is_slow && !all_asleep() {}
        self.ended.fetch_add(1, Ordering::SeqCst);
    }
}
