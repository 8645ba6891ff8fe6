//! The server of exercise 5.6, which keeps its connection open, as ours does.

use std::cell::RefCell;
use std::io::{self, ErrorKind, Read, Write};

use course::{fail, shown, truth};

/// A server in memory that keeps the connection open, and the connection to it.
pub struct Server {
    /// The answer to the first request, and so on.
    answers: Vec<String>,
    /// The most bytes that one read brings, or one write takes.
    pub piece: usize,
    pub taken_a_write: usize,
    /// Whether the connection ends after all answers and the last words, and with which error.
    pub ends: bool,
    pub last_words: String,
    pub error: Option<ErrorKind>,
    /// Whether every second read and write is interrupted.
    pub interrupts: bool,
    pub refuses_writes: bool,
    pub now: RefCell<State>,
}

#[derive(Default)]
pub struct State {
    /// Everything that the client has sent; everything for the client, and how much of it has been read.
    pub got: Vec<u8>,
    sent: Vec<u8>,
    at: usize,
    answered: usize,
    has_ended: bool,
    has_failed: bool,
    pub reads: usize,
    pub writes: usize,
}

impl Server {
    pub fn new(answers: &[(&str, Option<&str>)]) -> Server {
        Server {
            answers: answers.iter().map(|(status, contents)| bytes(&("", status, *contents))).collect(),
            piece: usize::MAX,
            taken_a_write: usize::MAX,
            ends: false,
            last_words: String::new(),
            error: None,
            interrupts: false,
            refuses_writes: false,
            now: RefCell::default(),
        }
    }

    /// Answers the lines that are new. A blank one ends the conversation.
    fn answer(&self, now: &mut State) {
        let lines = now.got.split_inclusive(|&byte| byte == b'\n').filter(|line| line.ends_with(b"\n"));
        for line in lines.skip(now.answered) {
            if now.has_ended {
                return;
            }
            match self.answers.get(now.answered) {
                _ if line == b"\n" => now.has_ended = true,
                Some(answer) => now.sent.extend_from_slice(answer.as_bytes()),
                None if self.ends => {
                    now.sent.extend_from_slice(self.last_words.as_bytes());
                    now.has_ended = true;
                }
                None => fail(format_args!("one request too many was sent: \"{}\"", shown(line))),
            }
            now.answered += 1;
        }
    }
}

impl Read for &Server {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let now = &mut *self.now.borrow_mut();
        now.reads += 1;
        truth(now.reads < 100_000, "it reads without end");
        if self.interrupts && now.reads % 2 == 1 {
            return Err(ErrorKind::Interrupted.into());
        }
        let rest = &now.sent[now.at..];
        if rest.is_empty() && !now.has_ended {
            let last = shown(&now.sent[now.sent.len().saturating_sub(60)..]);
            fail(format_args!(
                "the server has sent everything, and you read on: it keeps the connection open and waits for the next \
                 request, so you would wait forever\n  the last bytes received  \"{last}\""
            ));
        }
        if let (true, Some(kind)) = (rest.is_empty(), self.error) {
            truth(!now.has_failed, format_args!("a read returned the error {kind:?}, and you read on"));
            now.has_failed = true;
            return Err(kind.into());
        }
        let count = rest.len().min(into.len()).min(self.piece);
        into[..count].copy_from_slice(&rest[..count]);
        now.at += count;
        Ok(count)
    }
}

impl Write for &Server {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let now = &mut *self.now.borrow_mut();
        if self.refuses_writes {
            return Err(ErrorKind::BrokenPipe.into());
        }
        now.writes += 1;
        truth(now.writes < 100_000, "it writes without end");
        if self.interrupts && now.writes % 2 == 1 {
            return Err(ErrorKind::Interrupted.into());
        }
        let taken = &bytes[..bytes.len().min(self.taken_a_write)];
        now.got.extend_from_slice(taken);
        self.answer(now);
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An answer as it is sent.
pub fn bytes((_, status, contents): &(&str, &str, Option<&str>)) -> String {
    format!("{status}\n{}", contents.map_or(String::new(), |contents| format!("{contents}\n")))
}
