//! What exercise 3.5 asks.
//! without: std::time

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{IntoIter, Sender, channel};
use std::sync::{Arc, Barrier, Mutex};
use std::thread::{self, JoinHandle, ThreadId};

use course::{Dice, at_rest, fail, same, step, truth};

use super::ex5_serial::*;

const WORKERS: usize = 6;

/// Jobs that are all there already. Whoever asks again after the last one has not understood the `None`.
struct Ready {
    jobs: std::vec::IntoIter<Job>,
    ended: bool,
}

impl Iterator for Ready {
    type Item = Job;

    fn next(&mut self) -> Option<Job> {
        let next = self.jobs.next();
        if next.is_none() && self.ended {
            fail("next() has returned None: there will be no more jobs, but the worker asked again");
        }
        self.ended = next.is_none();
        next
    }
}

#[test]
fn a_worker_ends_when_there_are_no_more_jobs() {
    step("no jobs at all; waiting for work() to return");
    work(&ready(Vec::new()));
}

#[test]
fn a_worker_does_every_job() {
    let count = 2 + Dice::new(35).roll(20);
    does_all(count);
}

#[test]
fn a_worker_does_its_jobs_itself() {
    let (done, results) = channel();
    let tell = |done: Sender<ThreadId>| -> Job { Box::new(move || done.send(thread::current().id()).unwrap()) };
    work(&ready((0..3).map(|_| tell(done.clone())).collect()));
    drop(done);
    for doer in results {
        truth(doer == thread::current().id(), "a job ran on a thread that did not call work()");
    }
}

#[test]
fn a_worker_takes_no_job_before_it_has_done_the_last() {
    let (taken, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let jobs = (0..5).map(|_| {
        let done = Arc::clone(&done);
        Box::new(move || _ = done.fetch_add(1, Ordering::SeqCst)) as Job
    });
    let jobs: Vec<Job> = jobs.collect();
    let watched = jobs.into_iter().inspect(|_| {
        let (before, done) = (taken.fetch_add(1, Ordering::SeqCst), done.load(Ordering::SeqCst));
        let what = format!("jobs that the only worker had done when it took job number {}", before + 1);
        same(what, &done, &before);
    });
    work(&Mutex::new(watched));
    same("5 jobs: how many were done", &done.load(Ordering::SeqCst), &5);
}

#[test]
fn the_lock_is_free_while_a_job_runs() {
    let (sender, receiver) = channel::<Job>();
    let jobs = Arc::new(Mutex::new(receiver.into_iter()));
    let (found, is_free) = channel();
    let mine = Arc::clone(&jobs);
    sender.send(Box::new(move || found.send(mine.try_lock().is_ok()).unwrap())).unwrap();
    drop(sender);
    step("one worker, one job; waiting for work() to return");
    work(&jobs);
    truth(
        is_free.recv() == Ok(true),
        "a job ran while its worker still held the lock of the jobs: no other worker can take one",
    );
}

#[test]
fn jobs_run_side_by_side() {
    let (sender, workers) = crew();
    let meeting = Arc::new(Barrier::new(WORKERS));
    // Twice, for a worker may be slow only from its second job on.
    for round in 1..=2 {
        let (met, all_met) = channel();
        for _ in 0..WORKERS {
            let (meeting, met) = (Arc::clone(&meeting), met.clone());
            let job = move || {
                meeting.wait();
                met.send(()).unwrap();
            };
            sender.send(Box::new(job)).unwrap();
        }
        drop(met);
        step(format_args!(
            "{WORKERS} workers, round {round}: {WORKERS} jobs that wait for each other; waiting for all to run at once"
        ));
        same("jobs that met", &all_met.iter().count(), &WORKERS);
    }
    drop(sender);
    go_home(workers);
}

#[test]
fn a_worker_without_a_job_sleeps() {
    let (sender, workers) = crew();
    let meeting = Arc::new(Barrier::new(WORKERS + 1));
    for _ in 0..WORKERS {
        let meeting = Arc::clone(&meeting);
        sender.send(Box::new(move || _ = meeting.wait())).unwrap();
    }
    step(format_args!("{WORKERS} workers, as many jobs that wait for each other; waiting for all to have begun"));
    meeting.wait();
    step("the jobs are done, and there may be more; waiting for the workers to sleep");
    at_rest(format_args!("{WORKERS} workers, no job"));
    drop(sender);
    go_home(workers);
}

#[test]
fn each_job_is_done_once() {
    const JOBS: usize = 1000;
    let (sender, workers) = crew();
    let counts: Arc<Vec<AtomicUsize>> = Arc::new((0..JOBS).map(|_| AtomicUsize::new(0)).collect());
    for number in 0..JOBS {
        let counts = Arc::clone(&counts);
        sender.send(Box::new(move || _ = counts[number].fetch_add(1, Ordering::Relaxed))).unwrap();
    }
    drop(sender);
    go_home(workers);
    for (number, count) in counts.iter().enumerate() {
        same(format_args!("how often job {number} of {JOBS} was done"), &count.load(Ordering::Relaxed), &1);
    }
}

#[test]
fn a_worker_lives_long() {
    // Many more jobs than a stack can hold.
    does_all(100_000);
}

#[test]
fn a_panic_leaves_the_other_workers_at_work() {
    let (sender, jobs) = line_of_jobs();
    let (tell, news) = channel();
    for _ in 0..WORKERS {
        let (jobs, gone) = (Arc::clone(&jobs), TellsWhenGone(tell.clone()));
        thread::spawn(move || {
            let _gone = gone;
            work(&jobs);
        });
    }
    sender.send(Box::new(|| panic!("this panic is part of the check"))).unwrap();
    // The worker may die of it; that is another exercise.
    let (mut gone, mut met) = (0, 0);
    // More than once, for the others may notice only then.
    for round in 1..=20 {
        let meeting = Arc::new(Barrier::new(WORKERS - 1));
        for _ in 1..WORKERS {
            let (meeting, tell) = (Arc::clone(&meeting), tell.clone());
            let job = move || {
                meeting.wait();
                tell.send(News::Met).unwrap();
            };
            truth(sender.send(Box::new(job)).is_ok(), "one job panicked, and all workers have gone");
        }
        step(format_args!(
            "one of {WORKERS} workers had a job that panicked, the others have jobs that wait for each other, \
             round {round}; waiting for them"
        ));
        while met < round * (WORKERS - 1) {
            match news.recv().unwrap() {
                News::Met => met += 1,
                News::Gone => gone += 1,
            }
            truth(gone <= 1, "one job panicked, and then a worker whose jobs were well returned from work() too");
        }
    }
    drop((sender, tell));
    step("there are no more jobs; waiting for every worker to end");
    news.iter().for_each(drop);
}

enum News {
    Met,
    Gone,
}

/// Held by a worker's thread, so that it tells of its end however that comes.
struct TellsWhenGone(Sender<News>);

impl Drop for TellsWhenGone {
    fn drop(&mut self) {
        _ = self.0.send(News::Gone);
    }
}

/// One worker, so many jobs.
fn does_all(count: usize) {
    let (done, results) = channel();
    step(format_args!("one worker, {count} jobs; waiting for work() to return"));
    work(&ready((0..count).map(|number| sends(&done, number)).collect()));
    drop(done);
    let mut results: Vec<usize> = results.iter().collect();
    results.sort();
    same(format_args!("one worker, {count} jobs, each of which sends its number"), &results, &Vec::from_iter(0..count));
}

fn ready(jobs: Vec<Job>) -> Mutex<Ready> {
    Mutex::new(Ready { jobs: jobs.into_iter(), ended: false })
}

fn sends(done: &Sender<usize>, number: usize) -> Job {
    let done = done.clone();
    Box::new(move || done.send(number).unwrap())
}

/// Where to send jobs, and whence workers take them.
fn line_of_jobs() -> (Sender<Job>, Arc<Mutex<IntoIter<Job>>>) {
    let (sender, receiver) = channel();
    (sender, Arc::new(Mutex::new(receiver.into_iter())))
}

/// Workers, and where to send their jobs.
fn crew() -> (Sender<Job>, Vec<JoinHandle<()>>) {
    let (sender, jobs) = line_of_jobs();
    let worker = |_| {
        let jobs = Arc::clone(&jobs);
        thread::spawn(move || work(&jobs))
    };
    (sender, (0..WORKERS).map(worker).collect())
}

fn go_home(workers: Vec<JoinHandle<()>>) {
    step("there are no more jobs; waiting for every worker to return from work()");
    for worker in workers {
        truth(worker.join().is_ok(), "a worker panicked");
    }
}
