//! What exercise 3.1 asks.

use std::hint::spin_loop;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Barrier};
use std::thread::{self, JoinHandle};

use course::sync::{self, Mutex};
use course::{Dice, same, step, truth};

use super::ex1_worker::*;

type Jobs = Arc<Mutex<Receiver<Job>>>;

#[test]
fn one_worker_runs_all_jobs_in_order_and_counts_them() {
    for count in [0, 1, 2 + Dice::new(31).roll(20)] {
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
        same(format_args!("{count} jobs were run; what work() says of it"), &counted, &count);
    }
}

#[test]
fn the_worker_runs_them_itself() {
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
    step("one worker runs a job that looks whether the lock is free; waiting for work() to return");
    work(&jobs);
    let free: Vec<bool> = notes.try_iter().collect();
    same("whether the lock was free for other workers while each of 2 jobs ran", &free, &[true; 2]);
}

#[test]
fn a_worker_sleeps_until_the_next_job_comes() {
    const ROUNDS: usize = 10;
    let (sender, jobs) = shared();
    let (note, notes) = channel();
    let (theirs, end) = (Arc::clone(&jobs), note.clone());
    sync::start(move || {
        let counted = work(&theirs);
        end.send(format!("work() returned {counted}")).unwrap();
    });
    for round in 0..ROUNDS {
        step(format_args!("{round} jobs sent and done; the channel is empty but open; waiting for the worker to look"));
        sync::wait_for_locks(round + 1);
        a_while();
        let note = note.clone();
        send(&sender, move || note.send("the job ran".into()).unwrap());
        step(format_args!("sent job {round} to a worker that waits; waiting for the job to run"));
        let what = format!("the sender sent another job after {round} that were done");
        same(what, &notes.recv().unwrap()[..], "the job ran");
    }
    // A worker may well look before it sleeps, but not all the time.
    truth(
        sync::locks() <= 3 * ROUNDS,
        format_args!(
            "{ROUNDS} jobs came, with pauses between them, and the worker took the lock {} times\n  \
             expected  once for each job: in the pauses it sleeps\n  got       it looks again and again",
            sync::locks()
        ),
    );
    drop(sender);
    step("the sender is gone; waiting for work() to return");
    same("the worker's end", &notes.recv().unwrap()[..], &format!("work() returned {ROUNDS}")[..]);
}

#[test]
fn jobs_of_several_workers_run_side_by_side() {
    const WORKERS: usize = 4;
    let (sender, jobs) = shared();
    let meeting = Arc::new(Barrier::new(WORKERS));
    for _ in 0..WORKERS {
        let meeting = Arc::clone(&meeting);
        send(&sender, move || _ = meeting.wait());
    }
    drop(sender);
    let workers: Vec<_> = (0..WORKERS).map(|_| start(&jobs)).collect();
    step(format_args!("{WORKERS} workers have {WORKERS} jobs that wait for each other; waiting for all to be done"));
    let counts: Vec<usize> = workers.into_iter().map(|worker| worker.join().unwrap()).collect();
    same("each worker ran one of the jobs; their counts", &counts, &vec![1; WORKERS]);
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
    same("the sum of what the workers counted", &counted, &count);
}

fn shared() -> (Sender<Job>, Jobs) {
    let (sender, receiver) = channel();
    (sender, Arc::new(Mutex::new(receiver)))
}

fn send(sender: &Sender<Job>, job: impl FnOnce() + Send + 'static) {
    // The receiver lives as long as the check.
    sender.send(Box::new(job)).unwrap();
}

fn start(jobs: &Jobs) -> JoinHandle<usize> {
    let jobs = Arc::clone(jobs);
    thread::spawn(move || work(&jobs))
}

/// Gives a worker that does what it should not the time to do it. The verdict on a right one does not depend on this.
fn a_while() {
    for _ in 0..100 {
        (0..1000).for_each(|_| spin_loop());
        thread::yield_now();
    }
}
