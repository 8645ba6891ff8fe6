//! Runs a program that may do anything: print without end, hang, leave other programs behind.
//!
//! Each program leads its own process group. When it ends, or reaches its deadline, or Ctrl-C ends us, the whole group is
//! killed: no process outlives the run. (One that has made itself a daemon is out of reach.) If we are killed ourselves,
//! the [`crate::guard`] does it. The output goes through one pipe into a [`Transcript`].

use std::io::{self, PipeReader, Read};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use sttp::sys;

use crate::guard::Guard;
use crate::transcript::Transcript;

/// How a program came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// By itself.
    Exited(ExitStatus),
    /// It reached a `todo!()`, and there is nothing more to learn.
    Todo,
    /// It reached its deadline.
    TimeLimit,
    /// Its outcome no longer matters.
    Stopped,
}

/// A child process and everything that it starts. Dropping it kills them.
struct Job {
    child: Child,
}

struct Groups {
    leaders: Vec<u32>,
    guard: Option<Guard>,
}

/// Sent when the reader has seen a `todo!()`. The end of the output shows as the end of the channel.
struct TodoSeen;

/// The groups that are running.
static GROUPS: Mutex<Groups> = Mutex::new(Groups { leaders: Vec::new(), guard: None });

/// How often to look whether the program has ended, when its output does not show it.
const TICK: Duration = Duration::from_millis(10);

/// How long to wait for the end of the output after the group is dead. On a busy machine it may take a while to be read;
/// but a process that has left the group may hold on to the pipe forever.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// How much memory a program may have, in bytes, so that one that allocates without end fails soon and harms nobody else.
pub(crate) const MEMORY: u64 = 4 << 30;

/// Makes Ctrl-C and SIGTERM end everything that we have started, then us, with this exit code. Call it before any thread
/// is started.
pub(crate) fn end_all_on_stop_signal(code: i32) -> io::Result<()> {
    sys::on_stop_signal(move || {
        // Never unlocked again: nothing new can start.
        let groups = groups();
        groups.leaders.iter().for_each(|&leader| sys::kill_group(leader));
        std::process::exit(code);
    })
}

/// Runs `command` until its end, for at most `limit`, or until `stop` is set.
pub(crate) fn run(
    mut command: Command,
    limit: Duration,
    stop: &AtomicBool,
    transcript: Transcript,
) -> io::Result<(End, Transcript)> {
    let (reader, writer) = io::pipe()?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    sys::limit_memory(&mut command, MEMORY);
    let mut job = Job::start(&mut command)?;
    // It holds our copies of the pipe's writing end.
    drop(command);
    let transcript = Arc::new(Mutex::new(transcript));
    let (tell, news) = mpsc::channel();
    let heard = Arc::clone(&transcript);
    thread::spawn(move || listen(reader, &heard, &tell));
    let end = job.wait(&news, Instant::now() + limit, stop)?;
    drop(job);
    while news.recv_timeout(LAST_WORDS).is_ok() {}
    let transcript = std::mem::take(&mut *lock(&transcript));
    Ok((end, transcript))
}

/// Runs a command that can be trusted to end, and returns everything that it wrote.
pub(crate) fn output(command: &mut Command) -> io::Result<Output> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut job = Job::start(command)?;
    let (out, err) = (job.child.stdout.take(), job.child.stderr.take());
    let err = thread::spawn(move || read_all(err));
    let stdout = read_all(out)?;
    let stderr = err.join().unwrap_or_else(|_| Ok(Vec::new()))?;
    Ok(Output { status: job.child.wait()?, stdout, stderr })
}

impl Job {
    fn start(command: &mut Command) -> io::Result<Job> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        // Locked while it starts, so that a signal finds either no process or a known one.
        let mut groups = groups();
        let child = command.spawn()?;
        groups.add(child.id());
        Ok(Job { child })
    }

    fn wait(&mut self, news: &Receiver<TodoSeen>, deadline: Instant, stop: &AtomicBool) -> io::Result<End> {
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(End::Exited(status));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || stop.load(Ordering::Relaxed) {
                return Ok(if left.is_zero() { End::TimeLimit } else { End::Stopped });
            }
            match news.recv_timeout(left.min(TICK)) {
                Ok(TodoSeen) => return Ok(End::Todo),
                Err(RecvTimeoutError::Timeout) => {}
                // The output has ended: the process is about to, or has closed it and goes on.
                Err(RecvTimeoutError::Disconnected) => thread::sleep(Duration::from_millis(1)),
            }
        }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        let leader = self.child.id();
        sys::kill_group(leader);
        let _ = self.child.kill();
        let _ = self.child.wait();
        groups().remove(leader);
    }
}

impl Groups {
    fn add(&mut self, leader: u32) {
        self.leaders.push(leader);
        // Without a guard nothing is lost, as long as nobody kills us.
        self.guard = self.guard.take().or_else(|| Guard::start().ok());
        self.guard.iter_mut().for_each(|guard| guard.begins(leader));
    }

    fn remove(&mut self, leader: u32) {
        self.leaders.retain(|&other| other != leader);
        self.guard.iter_mut().for_each(|guard| guard.ended(leader));
    }
}

fn listen(mut reader: PipeReader, transcript: &Mutex<Transcript>, tell: &mpsc::Sender<TodoSeen>) {
    let mut buffer = [0; 16 * 1024];
    let mut told = false;
    while let Ok(count @ 1..) = reader.read(&mut buffer) {
        let mut transcript = lock(transcript);
        transcript.feed(&buffer[..count]);
        if !told && transcript.todo().is_some() {
            told = tell.send(TodoSeen).is_ok();
        }
    }
    lock(transcript).end();
}

fn read_all(pipe: Option<impl Read>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    pipe.map_or(Ok(0), |mut pipe| pipe.read_to_end(&mut bytes))?;
    Ok(bytes)
}

fn groups() -> MutexGuard<'static, Groups> {
    lock(&GROUPS)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
