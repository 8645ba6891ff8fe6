//! What exercise 1.2 asks for.
//! without: std::io::BufWriter, std::io::LineWriter, std::io::copy, write_all, std::io::Write::write_all, write_fmt

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Write};

use course::{Dice, ERRORS, Narrow, fail, same, same_bytes, shown, step};

use super::ex2_send_all::*;

#[test]
fn a_writer_that_takes_everything_is_called_once() {
    let mut out = narrow(100);
    send(&mut out, b"hello\n", "6 bytes to a writer that takes 100 per call");
    same("6 bytes to a writer that takes 100 per call: the number of calls", &out.calls(), &1);
}

#[test]
fn the_rest_is_written_next() {
    for most in 1..=8 {
        send(&mut narrow(most), b"hello\n", format!("6 bytes to a writer that takes {most} per call"));
    }
}

#[test]
fn each_write_is_offered_everything_that_is_left() {
    let mut out = narrow(4_000);
    send(&mut out, &[7; 10_000], "10,000 bytes to a writer that takes 4,000 per call");
    same("10,000 bytes to a writer that takes 4,000 per call: the number of calls", &out.calls(), &3);
    let mut out = narrow(usize::MAX);
    send(&mut out, &[7; 1 << 20], "1 MiB to a writer that takes everything");
    same("1 MiB to a writer that takes everything: the number of calls", &out.calls(), &1);
}

#[test]
fn an_empty_slice_writes_nothing() {
    // A full writer, so that a write of nothing would look like a failure.
    send(&mut narrow(0), b"", "no bytes to a writer that takes nothing");
}

#[test]
fn an_interrupted_write_is_tried_again_and_nothing_is_sent_twice() {
    let interrupted = [0, 1, 3, 4, 5, 8].map(|call| (call, ErrorKind::Interrupted));
    let mut out = narrow(4).with_errors(interrupted);
    send(&mut out, b"hello, world\n", "13 bytes to a writer that takes 4 per call and is sometimes interrupted");
}

#[test]
fn a_writer_that_takes_nothing_is_an_error() {
    let mut out = narrow(0);
    step("sent 6 bytes to a writer whose write returns Ok(0)");
    let got = send_all(&mut out, b"hello\n").map_err(|error| error.kind());
    same("sent 6 bytes to a writer whose write returns Ok(0)", &got, &Err(ErrorKind::WriteZero));
    same("sent 6 bytes to a writer whose write returns Ok(0): the number of calls", &out.calls(), &1);
    for taken in [1, 4, 5] {
        let what = format!("sent 6 bytes to a writer that takes {taken}, and then returns Ok(0)");
        let got = script(b"hello\n", [Ok(taken), Ok(0)], &what);
        same(what, &got.map_err(|error| error.kind()), &Err(ErrorKind::WriteZero));
    }
}

#[test]
fn any_other_error_ends_the_sending() {
    for kind in ERRORS {
        let mut out = narrow(4).with_errors([(1, kind)]);
        let what = format!("sent 10 bytes to a writer that takes 4, and then returns {kind:?}");
        step(&what);
        let got = send_all(&mut out, b"0123456789").map_err(|error| error.kind());
        same(&what, &got, &Err(kind));
        same_bytes(format!("{what}: what it took"), out.taken(), b"0123");
        same(format!("{what}: the number of calls"), &out.calls(), &2);
    }
}

#[test]
fn the_error_is_the_one_that_write_returned() {
    let what = "sent 6 bytes to a writer that returns an error with the text \"the cable is cut\"";
    let Err(error) = script(b"hello\n", [Err(io::Error::other("the cable is cut"))], what) else {
        fail(format_args!("{what}\n  expected  that error\n  got       Ok(())"))
    };
    same(format_args!("{what}: the text of the error returned"), &error.to_string(), "the cable is cut");
}

#[test]
fn any_bytes_arrive_in_order_and_once() {
    let mut dice = Dice::new(12);
    for _ in 0..200 {
        let bytes: Vec<u8> = (0..dice.roll(500)).map(|_| dice.roll(256) as u8).collect();
        let most = 1 + dice.roll(40);
        let interrupted: Vec<_> =
            (0..20).filter(|_| dice.roll(3) == 0).map(|call| (call, ErrorKind::Interrupted)).collect();
        let what = format!(
            "{} bytes to a writer that takes {most} per call and is interrupted {} times",
            bytes.len(),
            interrupted.len()
        );
        send(&mut narrow(most).with_errors(interrupted), &bytes, what);
    }
}

/// A writer whose calls have these results, one after the other. It fails the check when it is called once more, or
/// offered anything but the bytes that are left.
struct Script<'a> {
    calls: VecDeque<io::Result<usize>>,
    left: &'a [u8],
    what: &'a str,
}

impl Write for Script<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        same_bytes(format_args!("{}: what the writer was offered", self.what), bytes, self.left);
        let Some(result) = self.calls.pop_front() else {
            fail(format_args!("{}: it wrote once more, \"{}\"", self.what, shown(bytes)))
        };
        self.left = &self.left[*result.as_ref().unwrap_or(&0)..];
        result
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn script(bytes: &[u8], calls: impl IntoIterator<Item = io::Result<usize>>, what: &str) -> io::Result<()> {
    step(what);
    send_all(&mut Script { calls: calls.into_iter().collect(), left: bytes, what }, bytes)
}

fn narrow(most: usize) -> Narrow {
    Narrow::new(most).only_write("in this exercise you build what write_all is: call only write")
}

/// Sends all of `bytes`, and expects that exactly these arrive.
#[track_caller]
fn send(out: &mut Narrow, bytes: &[u8], what: impl std::fmt::Display) {
    step(format_args!("sent {what}"));
    let result = send_all(out, bytes).map_err(|error| error.kind());
    same(format_args!("sent {what}"), &result, &Ok(()));
    same_bytes(format_args!("sent {what}: what it took"), out.taken(), bytes);
}
