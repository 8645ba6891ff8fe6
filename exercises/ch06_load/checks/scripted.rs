//! A scripted server for exercise 6.5: each read and write does what the check says.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::rc::Rc;
use std::time::Duration;

use course::{fail, same_bytes, shown, truth};

use super::Network;

/// What one read of the answers returns.
#[derive(Debug, Clone)]
pub(super) enum Event {
    /// These bytes, after this many milliseconds.
    Comes(u64, Vec<u8>),
    /// This error.
    Error(ErrorKind),
    /// The end: the server has closed the connection.
    End,
}

/// What goes wrong before answers are read.
#[derive(Default)]
pub(super) struct Trouble {
    /// Connecting takes 100 ms and fails with this error.
    pub(super) connect: Option<ErrorKind>,
    /// After this many bytes a write fails with this error; without one, it takes no more bytes.
    pub(super) write: Option<(usize, Option<ErrorKind>)>,
    /// Writing a request takes this many milliseconds.
    pub(super) writing: u64,
    /// Every other write is interrupted, and the others take a few bytes only.
    pub(super) interrupts: bool,
}

/// A program may call `write` this often without success before it counts as one that never gives up.
const PATIENCE: usize = 100;

/// A server that follows a script, and a clock.
pub(super) struct Script {
    trouble: Trouble,
    now: Cell<Duration>,
    connects: Cell<usize>,
    writes: Cell<usize>,
    sent: RefCell<Vec<u8>>,
    expected: Vec<u8>,
    received: RefCell<Vec<u8>>,
    events: RefCell<VecDeque<Event>>,
}

/// The connection to it.
pub(super) struct Wire(Rc<Script>);

impl Script {
    /// A server that expects these bytes.
    pub(super) fn new(trouble: Trouble, expected: Vec<u8>, events: VecDeque<Event>) -> Rc<Script> {
        Rc::new(Script {
            trouble,
            now: Cell::new(Duration::from_secs(5)),
            connects: Cell::new(0),
            writes: Cell::new(0),
            sent: RefCell::default(),
            expected,
            received: RefCell::default(),
            events: RefCell::new(events),
        })
    }
}

impl Network for Rc<Script> {
    type Connection = Wire;

    fn now(&self) -> Duration {
        self.now.get()
    }

    fn connect(&self) -> io::Result<Wire> {
        self.now.set(self.now.get() + Duration::from_millis(100));
        truth(self.connects.replace(1) == 0, "it connects a second time");
        self.trouble.connect.map_or_else(|| Ok(Wire(Rc::clone(self))), |kind| Err(kind.into()))
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut sent = self.0.sent.borrow_mut();
        let writes = self.0.writes.replace(self.0.writes.get() + 1);
        truth(
            writes < PATIENCE + sent.len(),
            format_args!("after {} bytes a write takes none, again and again", sent.len()),
        );
        if self.0.trouble.interrupts && writes % 2 == 0 {
            return Err(ErrorKind::Interrupted.into());
        }
        let room = match self.0.trouble.write {
            Some((after, Some(kind))) if sent.len() >= after => return Err(kind.into()),
            Some((after, _)) => after - sent.len(),
            None if self.0.trouble.interrupts => 7,
            None => 1_000,
        };
        let count = bytes.len().min(room);
        sent.extend_from_slice(&bytes[..count]);
        let requests = bytes[..count].iter().filter(|byte| **byte == b'\n').count();
        self.0.now.set(self.0.now.get() + Duration::from_millis(self.0.trouble.writing * requests as u64));
        let (got, expected) = (&sent[..], &self.0.expected);
        same_bytes("sent to the server", got, &expected[..got.len().min(expected.len())]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Wire {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Script { sent, expected, now, received, .. } = &*self.0;
        let missing = expected.len() - sent.borrow().len();
        truth(
            missing == 0,
            format_args!("it reads an answer before it has sent the last {missing} bytes of the requests"),
        );
        let mut events = self.0.events.borrow_mut();
        match events.pop_front() {
            None => fail(format_args!("it reads on after the last answer; received {}", shown(&received.borrow()))),
            Some(Event::Error(kind)) => Err(kind.into()),
            Some(Event::End) => Ok(0),
            Some(Event::Comes(after, mut bytes)) => {
                now.set(now.get() + Duration::from_millis(after));
                let rest = bytes.split_off(bytes.len().min(into.len()));
                into[..bytes.len()].copy_from_slice(&bytes);
                received.borrow_mut().extend_from_slice(&bytes);
                if !rest.is_empty() {
                    events.push_front(Event::Comes(0, rest));
                }
                Ok(bytes.len())
            }
        }
    }
}
