//! The server's end of a connection, for the checks of exercise 2.6.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};

use course::{fail, same, same_bytes, shown, step, truth};

use super::super::ex6_session::{Ending, serve};

/// How a check writes a 300 of the learner's own.
pub const REFUSED: &str = "300\n";

/// The server's end of a connection, on which the client sends these pieces, one for each read.
pub struct Wire {
    pub pieces: VecDeque<Piece>,
    /// Everything that was read, for the messages and to know what must have been answered.
    pub read: Vec<u8>,
    pub writes: Vec<Vec<u8>>,
    /// How many bytes one write takes.
    pub most: usize,
    /// How each write fails, from the one with the number `refuses_from` (counted from 0) on.
    pub refuses: Option<ErrorKind>,
    pub refuses_from: usize,
    /// Every other write is interrupted.
    pub interrupts: bool,
    pub write_calls: usize,
    /// The smallest room that any read had.
    pub least_room: usize,
    /// The client goes on sending even if it gets no answers.
    pub at_leisure: bool,
}

pub enum Piece {
    Brings(Vec<u8>),
    Fails(ErrorKind),
    /// The server should not have read this far.
    Silence,
}

pub fn talk(pieces: impl IntoIterator<Item = impl Into<String>>) -> Wire {
    let brings = |piece: String| Piece::Brings(piece.into_bytes());
    let pieces = pieces.into_iter().map(Into::into).filter(|piece: &String| !piece.is_empty()).map(brings).collect();
    Wire {
        pieces,
        read: Vec::new(),
        writes: Vec::new(),
        most: usize::MAX,
        refuses: None,
        refuses_from: 0,
        interrupts: false,
        write_calls: 0,
        least_room: usize::MAX,
        at_leisure: false,
    }
}

pub fn in_pieces(text: &str, size: usize) -> Vec<String> {
    text.as_bytes().chunks(size).map(|piece| String::from_utf8_lossy(piece).into_owned()).collect()
}

/// The answer to a line: it holds the line, and the number of lines before it.
pub fn answer_to(number: usize, line: &[u8]) -> Vec<u8> {
    [format!("200 /{number} OK ").as_bytes(), &line[..line.len().min(40)], b"\n"].concat()
}

impl Wire {
    pub fn then_nothing(mut self) -> Wire {
        self.pieces.push_back(Piece::Silence);
        self
    }

    pub fn at_leisure(mut self) -> Wire {
        self.at_leisure = true;
        self
    }

    /// Runs the learner's code. Returns how it ended, and the lines that it carried out.
    pub fn serve(&mut self) -> (io::Result<Ending>, Vec<Vec<u8>>) {
        let mut lines = Vec::new();
        step(format_args!("{}; waiting for serve to return", self.to_send()));
        let ending = serve(self, |line| {
            truth(lines.len() < 10_000, "the same lines are answered again and again");
            lines.push(line.to_vec());
            answer_to(lines.len() - 1, line)
        });
        (ending, lines)
    }

    /// Fails unless these lines were carried out and answered, then `rest` was written, and it ended as expected.
    #[track_caller]
    pub fn gets<'a>(&mut self, lines: impl IntoIterator<Item = &'a str>, rest: &str, expected: Ending) {
        let lines: Vec<&str> = lines.into_iter().collect();
        let (ending, carried_out) = self.serve();
        let carried_out: Vec<String> = carried_out.iter().map(|line| shown(line)).collect();
        let meant: Vec<String> = lines.iter().map(|line| shown(line.as_bytes())).collect();
        same(format_args!("{}; the lines that were carried out", self.sent()), &carried_out, &meant);
        let mut answers: Vec<u8> =
            lines.iter().enumerate().flat_map(|(number, line)| answer_to(number, line.as_bytes())).collect();
        answers.extend_from_slice(rest.as_bytes());
        same_bytes(format_args!("{}; the answers", self.sent()), &self.written(), &answers);
        match ending {
            // Not by `==`, which is the learner's.
            Ok(ending) if ending as usize == expected as usize => {}
            other => {
                fail(format_args!("{}; how it ended\n  expected  Ok({expected:?})\n  got       {other:?}", self.sent()))
            }
        }
    }

    #[track_caller]
    pub fn fails_with<const N: usize>(&mut self, lines: [&str; N], kind: ErrorKind, what: &str) {
        let (ending, carried_out) = self.serve();
        let carried_out: Vec<String> = carried_out.iter().map(|line| shown(line)).collect();
        same(
            format_args!("{}; {what}; the lines that were carried out", self.sent()),
            &carried_out,
            &lines.map(String::from).to_vec(),
        );
        let ending = ending.map(|ending| format!("{ending:?}")).map_err(|error| error.kind());
        same(format_args!("{}; {what}; how it ended", self.sent()), &ending, &Err::<String, ErrorKind>(kind));
    }

    /// Everything that was written, without the text of the server's own 300s, which may be anything.
    pub fn written(&self) -> Vec<u8> {
        let all = self.writes.concat();
        let line =
            |line: &[u8]| match line.strip_prefix(b"300 / CLIENT ERROR \"").and_then(|why| why.strip_suffix(b"\"\n")) {
                Some(why) if !why.iter().any(|byte| *byte == b'"' || byte.is_ascii_control()) => {
                    REFUSED.as_bytes().to_vec()
                }
                _ => line.to_vec(),
            };
        all.split_inclusive(|&byte| byte == b'\n').flat_map(line).collect()
    }

    pub fn sent(&self) -> String {
        format!("sent \"{}\"", shown(&self.read))
    }

    fn to_send(&self) -> String {
        let text = |piece: &Piece| match piece {
            Piece::Brings(bytes) => shown(bytes),
            Piece::Fails(kind) => format!("({kind:?})"),
            Piece::Silence => "(silence)".into(),
        };
        format!("the client sends \"{}\"", self.pieces.iter().take(8).map(text).collect::<Vec<_>>().join("\", \""))
    }

    /// Before a read: everything that was asked is answered.
    fn must_have_answered(&self) {
        let lines = self.read.iter().filter(|&&byte| byte == b'\n').count();
        let answered = self.writes.concat().iter().filter(|&&byte| byte == b'\n').count();
        if answered < lines {
            fail(format_args!(
                "{}; you read again, and answers are missing\n  expected  {lines} answers written before that\n  \
                 got       {answered}\n  the client may be waiting for them, and then both wait forever",
                self.sent()
            ));
        }
    }
}

impl Read for Wire {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.refuses.is_none() && !self.at_leisure {
            self.must_have_answered();
        }
        self.least_room = self.least_room.min(into.len());
        match self.pieces.pop_front() {
            None => Ok(0),
            Some(Piece::Fails(kind)) => Err(kind.into()),
            Some(Piece::Silence) => fail(format_args!("{}; the conversation is over, and you read on", self.sent())),
            Some(Piece::Brings(mut bytes)) => {
                let count = bytes.len().min(into.len());
                into[..count].copy_from_slice(&bytes[..count]);
                self.read.extend(bytes.drain(..count));
                if !bytes.is_empty() {
                    self.pieces.push_front(Piece::Brings(bytes));
                }
                Ok(count)
            }
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(kind) = self.refuses.filter(|_| self.writes.len() >= self.refuses_from) {
            return Err(kind.into());
        }
        self.write_calls += 1;
        truth(self.write_calls < 10_000, "you write again and again, although nothing is taken");
        if self.interrupts && self.write_calls % 2 == 1 {
            return Err(ErrorKind::Interrupted.into());
        }
        let count = bytes.len().min(self.most);
        if count > 0 {
            self.writes.push(bytes[..count].to_vec());
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
