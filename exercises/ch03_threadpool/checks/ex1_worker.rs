//! What exercise 3.1 asks.
//! without: std::time

use std::hint::spin_loop;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Barrier};
use std::thread::{self, JoinHandle};

use course::sync::{self, Mutex};
use course::{Dice, at_rest, same, step, truth};

use super::ex1_worker::*;

type Jobs = Arc<Mutex<Receiver<Job>>>;

#[test]
fn one_worker_runs_all_jobs_in_order_and_counts_them() {
    for count in [0, 1, 2 + Dice::new(31).roll(20), 1000] {
        let (sender, jobs) = shared();
        let (note, notes) = channel();
        for number in 0..count {
            let note = note.clone();
            send(&sender, move || note.send(number).unwrap());
        }
        drop((sender, note));
        step(format_args!("{count} jobs are in the channel and its sender is gone; waiting for work() to return"));
        let counted = work(&jobs);
        drop(jobs);
        let order: Vec<usize> = notes.iter().collect();
        same(format_args!("sent {count} jobs; the order in which they ran"), &order, &Vec::from_iter(0..count));
        same(format_args!("{count} jobs were run; what work() returned"), &counted, &count);
    }
}

#[test]
fn jobs_run_on_the_thread_that_called_work() {
    let (sender, jobs) = shared();
    let (note, notes) = channel();
    for _ in 0..3 {
        let note = note.clone();
        send(&sender, move || note.send(thread::current().id()).unwrap());
    }
    drop((sender, note));
    step("3 jobs are in the channel and its sender is gone; waiting for work() to return");
    work(&jobs);
    drop(jobs);
    let same_thread: Vec<bool> = notes.iter().map(|id| id == thread::current().id()).collect();
    same("whether each of 3 jobs ran on the thread that called work()", &same_thread, &[true; 3]);
}

#[test]
fn the_lock_is_free_while_a_job_runs() {
    let (sender, jobs) = shared();
    let (note, notes) = channel();
    for _ in 0..2 {
        let (note, jobs) = (note.clone(), Arc::clone(&jobs));
        send(&sender, move || note.send(jobs.is_free()).unwrap());
    }
    drop((sender, note));
    step("one worker runs a job that checks whether the lock is free; waiting for work() to return");
    work(&jobs);
    let free: Vec<bool> = notes.try_iter().collect();
    same("whether the lock was free for other workers while each of 2 jobs ran", &free, &[true; 2]);
}

#[test]
fn a_worker_sleeps_until_the_next_job_comes() {
    const ROUNDS: usize = 5;
    let (sender, jobs) = shared();
    let (note, notes) = channel();
    let (theirs, end) = (Arc::clone(&jobs), note.clone());
    sync::start(move || {
        let counted = work(&theirs);
        end.send(format!("work() returned {counted}")).unwrap();
    });
    for round in 0..ROUNDS {
        step(format_args!(
            "{round} jobs sent and done; the channel is empty but open; waiting for the worker to lock the receiver"
        ));
        sync::wait_for_locks(round + 1);
        a_while();
        let note = note.clone();
        send(&sender, move || note.send("the job ran".into()).unwrap());
        step(format_args!("sent job {round} to a waiting worker; waiting for the job to run"));
        let what = format!("another job was sent after {round} had been done");
        same(what, &notes.recv().unwrap()[..], "the job ran");
    }
    // A worker may look once more before it sleeps, but not all the time.
    truth(
        sync::locks() <= 3 * ROUNDS,
        format_args!(
            "{ROUNDS} jobs came, with pauses between them, and the worker took the lock {} times\n  \
             expected  once for each job: during the pauses it sleeps\n  got       it looks again and again",
            sync::locks()
        ),
    );
    drop(sender);
    step("the sender is gone; waiting for work() to return");
    same("the worker's end", &notes.recv().unwrap()[..], &format!("work() returned {ROUNDS}")[..]);
}

#[test]
fn a_worker_that_finds_the_lock_taken_waits_for_it() {
    const WORKERS: usize = 8;
    let (sender, jobs) = shared();
    let (note, notes) = channel();
    let taken = jobs.lock().unwrap();
    let start = |_| {
        let (jobs, note) = (Arc::clone(&jobs), note.clone());
        thread::spawn(move || {
            note.send(()).unwrap();
            work(&jobs)
        })
    };
    let workers: Vec<_> = (0..WORKERS).map(start).collect();
    step("the check holds the lock, and calls work() in 8 threads; waiting for them to begin");
    notes.iter().take(WORKERS).for_each(drop);
    at_rest("8 workers wait for the lock");
    let gone = workers.iter().filter(|worker| worker.is_finished()).count();
    same("another thread held the lock, and 8 workers wanted it; the number that have returned", &gone, &0);
    drop((sender, taken));
    step("the lock is free, the channel is empty, and the sender is gone; waiting for every work() to return");
    workers.into_iter().for_each(|worker| _ = worker.join().unwrap());
}

#[test]
fn jobs_of_several_workers_run_side_by_side() {
    for count in [4, 9] {
        let (sender, jobs) = shared();
        let workers: Vec<_> = (0..count).map(|_| start(&jobs)).collect();
        send_a_meeting(&sender, count);
        drop(sender);
        step(format_args!("{count} workers have {count} jobs that wait for each other; waiting for all to finish"));
        let counts: Vec<usize> = workers.into_iter().map(|worker| worker.join().unwrap()).collect();
        same("each worker ran one of the jobs; their counts", &counts, &vec![1; count]);
    }
}

#[test]
fn idle_workers_use_no_cpu_time() {
    const WORKERS: usize = 3;
    let (sender, jobs) = shared();
    let workers: Vec<_> = (0..WORKERS).map(|_| start(&jobs)).collect();
    let meeting = Arc::new(Barrier::new(WORKERS + 1));
    for _ in 0..WORKERS {
        let meeting = Arc::clone(&meeting);
        send(&sender, move || _ = meeting.wait());
    }
    step("3 workers have jobs that wait for each other; waiting for all to have begun");
    meeting.wait();
    step("all jobs are done, the channel is empty but open; waiting for the workers to sleep");
    at_rest("3 workers, no job");
    drop(sender);
    step("the sender is gone; waiting for every work() to return");
    workers.into_iter().for_each(|worker| _ = worker.join().unwrap());
}

#[test]
fn every_worker_ends_when_the_senders_are_gone() {
    let count = 50 + Dice::new(7).roll(50);
    let (sender, jobs) = shared();
    let (note, notes) = channel();
    let workers: Vec<_> = (0..3).map(|_| start(&jobs)).collect();
    let other = sender.clone();
    for number in 0..count {
        let note = note.clone();
        send(if number % 2 == 0 { &sender } else { &other }, move || note.send(number).unwrap());
    }
    drop((sender, other, note));
    step(format_args!("sent {count} jobs to 3 workers; both senders are gone; waiting for every work() to return"));
    let counted: usize = workers.into_iter().map(|worker| worker.join().unwrap()).sum();
    let mut ran: Vec<usize> = notes.iter().collect();
    ran.sort_unstable();
    same("the jobs that ran", &ran, &Vec::from_iter(0..count));
    same("the sum of the workers' counts", &counted, &count);
}

#[test]
fn a_worker_survives_a_hundred_thousand_jobs() {
    // More than a stack can hold, for a worker that calls itself.
    const COUNT: usize = 100_000;
    let (sender, jobs) = shared();
    (0..COUNT).for_each(|_| send(&sender, || {}));
    drop(sender);
    step(format_args!("{COUNT} jobs are in the channel and its sender is gone; waiting for work() to return"));
    same(format_args!("{COUNT} jobs were run; what work() returned"), &work(&jobs), &COUNT);
}

fn shared() -> (Sender<Job>, Jobs) {
    let (sender, receiver) = channel();
    (sender, Arc::new(Mutex::new(receiver)))
}

fn send(sender: &Sender<Job>, job: impl FnOnce() + Send + 'static) {
    // The receiver lives as long as the check.
    sender.send(Box::new(job)).unwrap();
}

/// Sends `count` jobs that wait for each other.
fn send_a_meeting(sender: &Sender<Job>, count: usize) {
    let meeting = Arc::new(Barrier::new(count));
    for _ in 0..count {
        let meeting = Arc::clone(&meeting);
        send(sender, move || _ = meeting.wait());
    }
}

fn start(jobs: &Jobs) -> JoinHandle<usize> {
    let jobs = Arc::clone(jobs);
    thread::spawn(move || work(&jobs))
}

/// Gives a wrong worker time to do what it should not. The verdict on a right one does not depend on this.
fn a_while() {
    // Few turns: on a busy machine each may take a while.
    for _ in 0..10 {
        (0..5000).for_each(|_| spin_loop());
        thread::yield_now();
    }
}
