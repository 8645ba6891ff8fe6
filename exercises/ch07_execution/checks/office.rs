//! A balancer whose messages are carried out, and whose answers are sent, under the eyes of a check.

use std::collections::HashSet;
use std::fmt::Display;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use course::{all_asleep, fail, step, truth};

use super::{Balancer, Kind, Message};

/// A balancer whose messages take as long as the check wants.
pub struct Office {
    /// Dropped first: a balancer that is dropped waits for the messages that are held.
    _freedom: Freedom,
    pub balancer: Balancer,
    pub book: Arc<Book>,
}

/// Releases all messages when it is dropped, even if the check has failed.
pub struct Freedom(Arc<Book>);

/// What has happened so far.
#[derive(Default)]
pub struct Book {
    pages: Mutex<Pages>,
    changed: Condvar,
}

#[derive(Default)]
pub struct Pages {
    /// Messages that are not carried out to the end, such as `read 1`.
    held: HashSet<String>,
    /// Whether the check is over, and nothing is held any more.
    over: bool,
    pub started: Vec<String>,
    pub answers: Vec<(u64, String)>,
    /// The threads on which messages were carried out.
    pub threads: HashSet<ThreadId>,
    /// When this answer is being sent, that message is released.
    pub meanwhile: Option<(String, String)>,
}

impl Office {
    pub fn new(workers: usize) -> Office {
        let book = Arc::new(Book::default());
        let (mine, other) = (Arc::clone(&book), Arc::clone(&book));
        let carry_out = move |message: &Message| mine.carry_out(message);
        let balancer = Balancer::new(workers, carry_out, move |client, answer| other.send(client, answer));
        Office { _freedom: Freedom(Arc::clone(&book)), balancer, book }
    }

    pub fn submit(&self, client: u64, kind: Kind, text: &str) {
        self.balancer.submit(Message { client, kind, text: text.into() });
    }

    pub fn read(&self, client: u64, texts: &[&str]) {
        texts.iter().for_each(|text| self.submit(client, Kind::Read, text));
    }

    pub fn write(&self, client: u64, texts: &[&str]) {
        texts.iter().for_each(|text| self.submit(client, Kind::Write, text));
    }

    pub fn hold(&self, texts: &[impl ToString]) {
        self.book.change(|pages| pages.held.extend(texts.iter().map(ToString::to_string)));
    }

    pub fn release(&self, texts: &[impl ToString]) {
        self.book.release(texts);
    }

    pub fn quiet(&self) {
        self.book.quiet();
    }

    /// Waits until all these have started.
    pub fn await_start(&self, what: impl Display, texts: &[impl ToString]) {
        let texts: Vec<String> = texts.iter().map(ToString::to_string).collect();
        step(format_args!("{what}; waiting for these to start: {}", texts.join(", ")));
        self.book.wait(|pages| texts.iter().all(|text| pages.started.contains(text)));
    }

    #[track_caller]
    pub fn not_started(&self, text: &str, while_what: impl Display) {
        let has_started = self.book.pages().started.iter().any(|started| started == text);
        truth(!has_started, format_args!("{text} of a client was started too early: {while_what}"));
    }

    pub fn answers(&self, client: u64) -> Vec<String> {
        let pages = self.book.pages();
        pages.answers.iter().filter(|(whose, _)| *whose == client).map(|(_, answer)| answer.clone()).collect()
    }
}

impl Drop for Freedom {
    fn drop(&mut self) {
        step("dropping a balancer whose messages can all be carried out now; waiting for drop() to return");
        self.0.change(|pages| pages.over = true);
    }
}

impl Book {
    pub fn carry_out(&self, message: &Message) -> String {
        self.change(|pages| {
            pages.started.push(message.text.clone());
            pages.threads.insert(thread::current().id());
        });
        self.wait(|pages| pages.over || !pages.held.contains(&message.text));
        format!("done: {}", message.text)
    }

    pub fn send(&self, client: u64, answer: String) {
        let meanwhile = self.pages().meanwhile.take_if(|(sent, _)| *sent == answer);
        if let Some((_, released)) = meanwhile {
            self.release(&[released]);
            self.quiet();
        }
        self.change(|pages| pages.answers.push((client, answer)));
    }

    pub fn release(&self, texts: &[impl ToString]) {
        self.change(|pages| texts.iter().for_each(|text| _ = pages.held.remove(&text.to_string())));
    }

    /// Waits until all other threads sleep.
    pub fn quiet(&self) {
        if !(0..100).any(|_| all_asleep()) {
            fail("threads that have nothing to do look again and again instead of sleeping");
        }
    }

    pub fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn change(&self, change: impl FnOnce(&mut Pages)) {
        change(&mut self.pages());
        self.changed.notify_all();
    }

    pub fn wait(&self, until: impl Fn(&Pages) -> bool) {
        drop(self.changed.wait_while(self.pages(), |pages| !until(pages)));
    }
}
