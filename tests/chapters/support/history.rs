//! The requests of concurrent clients and their answers: input for the checker in [`linear`](super::linear).

use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use sttp::response::{Body, Status};

use super::linear::{self, Call, Impossible, Seen};
use super::random::Dice;

/// What a response says, without its path.
pub type Answer = (Status, Body);

/// The files that the clients share.
pub const FILES: [&str; 3] = ["a", "b", "c"];

/// Ticks with every request and every answer, for all clients.
#[derive(Default)]
pub struct Clock(AtomicU64);

/// A line that was sent, and the answer, with their times.
#[derive(Debug)]
pub struct Exchange {
    begun: u64,
    ended: u64,
    line: String,
    answer: Answer,
}

impl Exchange {
    /// Sends a request, and records what was said and when.
    pub fn record(clock: &Clock, line: String, ask: impl FnOnce(&str) -> Answer) -> Exchange {
        let begun = clock.tick();
        let answer = ask(&line);
        Exchange { begun, ended: clock.tick(), line, answer }
    }

    /// What this says about a file, if anything.
    fn call(&self, path: &str) -> Option<Call> {
        let mut words = self.line.splitn(3, ' ');
        let [action, about, text] = [(); 3].map(|()| words.next().unwrap_or_default());
        let seen = match action {
            "LIST" => Seen::Listed(self.lists(path.strip_prefix(about)?)),
            _ if about != path => return None,
            _ => self.seen(action, text),
        };
        Some(Call { begun: self.begun, ended: self.ended, seen })
    }

    fn seen(&self, action: &str, text: &str) -> Seen {
        match (action, &self.answer) {
            ("CREATE", (Status::Created, _)) => Seen::Created(text.into()),
            ("CREATE", (Status::ClientError, _)) => Seen::Existed,
            ("SHOW", (Status::Ok, Body::Contents(text))) => Seen::Shown(text.to_string()),
            ("UPDATE", (Status::Ok, _)) => Seen::Updated(text.into()),
            ("DELETE", (Status::Deleted, _)) => Seen::Deleted,
            ("SHOW" | "UPDATE" | "DELETE", (Status::NotFound | Status::PathNotFound, _)) => Seen::Missing,
            _ => panic!("this should not be answered at all: {self:?}"),
        }
    }

    fn lists(&self, name: &str) -> bool {
        let times = match &self.answer {
            (Status::Ok, Body::Names(names)) => names.iter().filter(|&other| other == name).count(),
            // The same, read from a connection.
            (Status::Ok, Body::Contents(names)) => names.split(", ").filter(|&other| other == name).count(),
            (Status::NotFound, _) => 0,
            _ => panic!("this should not be answered at all: {self:?}"),
        };
        assert!(times <= 1, "{name} is listed twice: {self:?}");
        times == 1
    }
}

impl Clock {
    fn tick(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }
}

/// Lets clients send requests concurrently, each this many random ones about the [`FILES`] in a directory, whose name ends
/// with `/`.
pub fn play<A>(clients: impl IntoIterator<Item = A>, directory: &str, seed: u64, questions: usize) -> Vec<Exchange>
where
    A: FnMut(&str) -> Answer + Send,
{
    let clients: Vec<A> = clients.into_iter().collect();
    let (clock, together) = (Clock::default(), Barrier::new(clients.len()));
    let play = |number, mut ask: A| {
        let mut dice = Dice::new(seed * 1000 + number);
        together.wait();
        let question = |nr| Exchange::record(&clock, question(&mut dice, directory, number, nr), &mut ask);
        (0..questions).map(question).collect::<Vec<_>>()
    };
    let play = &play;
    thread::scope(|scope| {
        let clients = (0..).zip(clients);
        let threads: Vec<_> = clients.map(|(number, ask)| scope.spawn(move || play(number, ask))).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a client's thread")).collect()
    })
}

/// A random line. No other line writes the same text.
fn question(dice: &mut Dice, directory: &str, client: u64, nr: usize) -> String {
    let file = dice.pick(&FILES);
    match dice.pick(&["CREATE", "CREATE", "SHOW", "SHOW", "SHOW", "UPDATE", "UPDATE", "DELETE", "LIST"]) {
        "LIST" => format!("LIST {directory}"),
        action @ ("CREATE" | "UPDATE") => format!("{action} {directory}{file} {client}.{nr}"),
        action => format!("{action} {directory}{file}"),
    }
}

/// Whether a store that does one thing at a time, and was empty before, could have answered like this.
pub fn check(history: &[Exchange], directory: &str) -> Result<(), Impossible> {
    FILES.iter().try_for_each(|file| {
        let path = format!("{directory}{file}");
        linear::check(history.iter().filter_map(|exchange| exchange.call(&path)).collect())
    })
}
