//! What exercise 1.2 asks.
//! without: std::io::BufWriter, std::io::LineWriter, std::io::copy

use std::io::{ErrorKind, Write};

use course::{Dice, Narrow, same, same_bytes, step, truth};

use super::ex2_send_all::*;

#[test]
fn what_is_taken_at_once_is_written_once() {
    let mut out = narrow(100);
    send(&mut out, b"hello\n", "6 bytes to a writer that takes 100 a call");
    same("6 bytes to a writer that takes 100 a call: how often it was called", &out.calls(), &1);
}

#[test]
fn what_is_left_is_written_next() {
    for most in 1..=8 {
        send(&mut narrow(most), b"hello\n", format!("6 bytes to a writer that takes {most} a call"));
    }
}

#[test]
fn each_write_is_offered_all_that_is_left() {
    let mut out = narrow(4_000);
    send(&mut out, &[7; 10_000], "10,000 bytes to a writer that takes 4,000 a call");
    same("10,000 bytes to a writer that takes 4,000 a call: how often it was called", &out.calls(), &3);
}

#[test]
fn nothing_is_written_of_nothing() {
    // A full writer, so that a write of nothing would look like a failure.
    send(&mut narrow(0), b"", "no bytes to a writer that takes none");
}

#[test]
fn an_interrupted_write_is_tried_again_and_nothing_is_sent_twice() {
    let interrupted = [0, 1, 3, 4, 5, 8].map(|call| (call, ErrorKind::Interrupted));
    let mut out = narrow(4).with_errors(interrupted);
    send(&mut out, b"hello, world\n", "13 bytes to a writer that takes 4 a call and is interrupted now and then");
}

#[test]
fn a_writer_that_takes_nothing_is_an_error() {
    let mut out = narrow(0);
    step("sent 6 bytes to a writer whose write gives Ok(0)");
    let got = send_all(&mut out, b"hello\n").map_err(|error| error.kind());
    same("sent 6 bytes to a writer whose write gives Ok(0)", &got, &Err(ErrorKind::WriteZero));
}

#[test]
fn any_other_error_ends_it() {
    for kind in [ErrorKind::WouldBlock, ErrorKind::BrokenPipe, ErrorKind::TimedOut] {
        let mut out = narrow(4).with_errors([(1, kind)]);
        let what = format!("sent 10 bytes to a writer that takes 4, and then gives {kind:?}");
        step(&what);
        let got = send_all(&mut out, b"0123456789").map_err(|error| error.kind());
        same(&what, &got, &Err(kind));
        same_bytes(format!("{what}: what it took"), out.taken(), b"0123");
        same(format!("{what}: how often it was called"), &out.calls(), &2);
    }
}

#[test]
fn any_bytes_arrive_in_order_and_once() {
    let mut dice = Dice::new(12);
    for _ in 0..200 {
        let bytes: Vec<u8> = (0..dice.roll(500)).map(|_| dice.roll(256) as u8).collect();
        let most = 1 + dice.roll(40);
        let interrupted: Vec<_> =
            (0..20).filter(|_| dice.roll(3) == 0).map(|call| (call, ErrorKind::Interrupted)).collect();
        let what = format!("{} bytes to a writer that takes {most} a call", bytes.len());
        send(&mut narrow(most).with_errors(interrupted), &bytes, what);
    }
}

fn narrow(most: usize) -> Narrow {
    Narrow::new(most).only_write("this exercise is to build what write_all is: call only write")
}

/// Sends all of `bytes`, and demands that just these arrive.
#[track_caller]
fn send(out: &mut Narrow, bytes: &[u8], what: impl std::fmt::Display) {
    step(format_args!("sent {what}"));
    let result = send_all(out, bytes).map_err(|error| error.kind());
    same(format_args!("sent {what}"), &result, &Ok(()));
    same_bytes(format_args!("sent {what}: what it took"), out.taken(), bytes);
}
