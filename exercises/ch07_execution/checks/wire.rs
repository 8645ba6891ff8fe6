//! A stream that never blocks, and the poller and the client at its other end: they see to it that the rules are kept.

use std::cell::{RefCell, RefMut};
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::rc::Rc;

use course::{fail, shown};

use super::{Connection, MAX_INPUT, MAX_OUTPUT, State};

/// What the stream does next, in one direction. When nothing is left, the input ends, and everything can be sent.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// These bytes have arrived; one call returns them, or as many as fit.
    Bytes(Vec<u8>),
    /// One call of `write` takes at most this many.
    Takes(usize),
    /// `WouldBlock`, until the poller has waited for the stream.
    Block,
    /// `WouldBlock`, forever.
    Silence,
    /// An error, once.
    Error(ErrorKind),
}

/// This many calls that bring nothing, without a return, are a loop without end.
const IN_VAIN: usize = 50;

/// Both directions of the stream. Clones are the same stream.
#[derive(Clone, Default)]
pub struct Wire(Rc<RefCell<Inside>>);

#[derive(Default)]
pub struct Inside {
    pub reads: VecDeque<Act>,
    pub writes: VecDeque<Act>,
    pub arrived: Vec<u8>,
    /// Whether `read` has reported the end of the input.
    pub ended: bool,
    pub sent: Vec<u8>,
    pub lines: Vec<Vec<u8>>,
    /// How many of the bytes that arrived belong to answered lines.
    answered: usize,
    pub produced: Vec<u8>,
    /// A write has said `WouldBlock`, and not everything has been sent since.
    full: bool,
    in_vain: usize,
    pub calls: VecDeque<String>,
}

impl Wire {
    pub fn new(reads: impl IntoIterator<Item = Act>, writes: impl IntoIterator<Item = Act>) -> Wire {
        let wire = Wire::default();
        wire.look().reads.extend(reads);
        wire.look().writes.extend(writes);
        wire
    }

    pub fn look(&self) -> RefMut<'_, Inside> {
        self.0.borrow_mut()
    }

    /// A connection with this stream, whose function `text` makes an answer of a line.
    pub fn connect(&self, text: impl Fn(&[u8]) -> Vec<u8>) -> Connection<Wire, impl FnMut(&[u8]) -> Vec<u8>> {
        let wire = self.clone();
        Connection::new(self.clone(), move |line: &[u8]| {
            let answer = text(line);
            wire.look().answers(line, &answer);
            answer
        })
    }

    /// Plays the poller until the connection is done, fails, or waits for what never comes. Before each wait it calls
    /// `go_on` this many times more than it would have to.
    pub fn drive(&self, text: impl Fn(&[u8]) -> Vec<u8>, needless: usize) -> io::Result<State> {
        let mut connection = self.connect(text);
        for _ in 0..100_000 {
            let mut state = connection.go_on()?;
            for _ in 0..needless {
                self.look().judge(state);
                self.look().note(format!("returned {state:?}, and was called once more"));
                state = connection.go_on()?;
            }
            self.look().judge(state);
            self.look().note(format!("returned {state:?}"));
            if state == State::Done || !self.look().wait_for(state) {
                return Ok(state);
            }
        }
        fail("go_on() was called 100,000 times, and the connection is not done")
    }
}

impl Inside {
    fn unsent(&self) -> usize {
        self.produced.len() - self.sent.len()
    }

    /// A line that has arrived and was not answered.
    fn waiting_line(&self) -> Option<&[u8]> {
        let rest = &self.arrived[self.answered..];
        rest.iter().position(|&byte| byte == b'\n').map(|end| &rest[..end])
    }

    fn note(&mut self, call: String) {
        self.calls.push_back(call);
        if self.calls.len() > 7 {
            self.calls.pop_front();
        }
    }

    /// What it did last.
    pub fn story(&self) -> String {
        self.calls.iter().map(|call| format!("\n    {call}")).collect()
    }

    fn claim(&self, holds: bool, claim: impl FnOnce() -> String) {
        if !holds {
            fail(format_args!("{}; the last calls:{}", claim(), self.story()));
        }
    }

    fn answers(&mut self, line: &[u8], answer: &[u8]) {
        let unsent = self.unsent();
        self.note(format!("answered \"{}\", {} bytes", shown(line), answer.len()));
        let expected = self.waiting_line().map(<[u8]>::to_vec);
        self.claim(expected.as_deref() == Some(line), || match &expected {
            Some(expected) => format!("answer was called with \"{}\", not with \"{}\"", shown(line), shown(expected)),
            None => format!("answer was called with \"{}\", which is not a line that has arrived", shown(line)),
        });
        self.claim(unsent < MAX_OUTPUT, || format!("a line was answered while {unsent} bytes had not been sent"));
        self.answered += line.len() + 1;
        self.lines.push(line.to_vec());
        self.produced.extend(answer);
    }

    /// Whether what the connection says is true.
    fn judge(&self, state: State) {
        let unsent = self.unsent();
        match state {
            State::Reading | State::Done => {
                self.claim(unsent == 0, || format!("it returned {state:?}, and {unsent} bytes have not been sent"));
                self.claim(self.waiting_line().is_none(), || {
                    let line = shown(self.waiting_line().unwrap_or_default());
                    format!("it returned {state:?}, and the line \"{line}\" has arrived and was not answered")
                });
                let claim = || {
                    format!("it returned {state:?}, and the input has {}ended", if self.ended { "" } else { "not " })
                };
                self.claim(self.ended == (state == State::Done), claim);
            }
            State::Writing => self.claim(unsent > 0, || {
                "it returned Writing, and everything has been sent: the poller would wake it again and again".into()
            }),
        }
    }

    /// Waits for what the connection wants. Returns whether that ever comes.
    fn wait_for(&mut self, state: State) -> bool {
        self.in_vain = 0;
        let acts = if state == State::Reading { &mut self.reads } else { &mut self.writes };
        if acts.front() == Some(&Act::Block) {
            acts.pop_front();
        }
        acts.front() != Some(&Act::Silence)
    }

    fn comes_to_nothing(&mut self, what: &str, kind: ErrorKind) -> io::Error {
        self.in_vain += 1;
        self.note(format!("{what}: {kind:?}"));
        self.claim(self.in_vain < IN_VAIN, || {
            format!("{what} was called {IN_VAIN} times in vain, and go_on() does not return")
        });
        kind.into()
    }
}

impl Read for Wire {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut wire = self.look();
        wire.claim(!into.is_empty(), || "read was called with an empty buffer".into());
        wire.claim(!wire.full, || {
            format!("it read while {} bytes waited to be sent, and the stream was full", wire.unsent())
        });
        wire.claim(!wire.ended, || "it read again after the end of the input".into());
        let held = wire.arrived.len() - wire.answered;
        wire.claim(held < MAX_INPUT, || format!("it read while {held} bytes had been read and not been answered"));
        match wire.reads.pop_front() {
            None => {
                wire.note("read: 0, the end of the input".into());
                wire.ended = true;
                Ok(0)
            }
            Some(Act::Error(kind)) => Err(wire.comes_to_nothing("read", kind)),
            Some(Act::Bytes(mut bytes)) => {
                let rest = bytes.split_off(bytes.len().min(into.len()).min(MAX_INPUT));
                if !rest.is_empty() {
                    wire.reads.push_front(Act::Bytes(rest));
                }
                into[..bytes.len()].copy_from_slice(&bytes);
                wire.note(format!("read: {} bytes", bytes.len()));
                wire.arrived.extend(&bytes);
                wire.in_vain = 0;
                Ok(bytes.len())
            }
            Some(act) => {
                wire.reads.push_front(act);
                Err(wire.comes_to_nothing("read", ErrorKind::WouldBlock))
            }
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut wire = self.look();
        if bytes.is_empty() {
            return Ok(0);
        }
        let most = match wire.writes.pop_front() {
            None => usize::MAX,
            Some(Act::Takes(most)) => most,
            Some(Act::Error(kind)) => return Err(wire.comes_to_nothing("write", kind)),
            Some(act) => {
                wire.writes.push_front(act);
                wire.full = true;
                return Err(wire.comes_to_nothing("write", ErrorKind::WouldBlock));
            }
        };
        let took = &bytes[..bytes.len().min(most)];
        wire.sent.extend(took);
        wire.note(format!("write({} bytes): {}", bytes.len(), took.len()));
        let expected = wire.produced.get(..wire.sent.len());
        wire.claim(expected == Some(&wire.sent), || {
            format!("the client was sent \"{}\", which is not the answer", shown(took))
        });
        wire.full &= wire.unsent() > 0;
        wire.in_vain = if took.is_empty() { wire.in_vain + 1 } else { 0 };
        wire.claim(wire.in_vain < IN_VAIN, || "it wrote again and again although nothing was taken".into());
        Ok(took.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
