//! What exercise 5.4 asks.
//! without: sttp::client

use std::io::ErrorKind;
use std::time::Duration;

use course::{Dice, same};

use super::ex4_exchange::*;

#[path = "world.rs"]
mod world;

use world::Connect::{Fails, Yes};
use world::{SIGNAL, World};

const REQUEST: &str = "SHOW /a.txt\n";
const ANSWER: &str = "200 /a.txt OK\nBuy milk\n";

#[test]
fn a_request_is_sent_and_its_answer_returned() {
    for answer in
        [ANSWER, "400 /a.txt NOT FOUND\n", "200 / OK\n\n", "500 / SERVER ERROR \"server is busy; try again\"\n"]
    {
        for request in [REQUEST, "UPDATE /a.txt \"x\"\n"] {
            let net = World::new().connects(&[(10, Yes)]).takes(&[(20, 100)]).sends(&[(30, answer)]);
            net.gives(request, 10_000, answer);
        }
    }
}

#[test]
fn request_and_answer_may_go_in_pieces() {
    let net = World::new().connects(&[(0, Yes)]).takes(&[(0, 1), (0, 3), (5, 4), (6, 4)]);
    net.sends(&[(7, "2"), (8, "00 /a.txt OK"), (8, "\nBuy"), (9, " milk"), (9, "\n")]).gives(REQUEST, 10_000, ANSWER);
    let net = World::new().connects(&[(0, Yes)]).takes(&[(0, 1); 12]);
    let bytes: Vec<(u64, &str)> = (0..ANSWER.len()).map(|at| (at as u64, &ANSWER[at..=at])).collect();
    net.sends(&bytes).gives(REQUEST, 10_000, ANSWER);
}

#[test]
fn request_and_answer_may_be_longer_than_any_buffer() {
    for length in [1000, 5000] {
        let contents: String = ('!'..='~').cycle().take(length).collect();
        let (request, answer) = (format!("UPDATE /a.txt {contents}\n"), format!("200 /a.txt OK\n{contents}\n"));
        let net = World::new().connects(&[(0, Yes)]).takes(&[(1, length), (2, 100)]).sends(&[(3, &answer)]);
        net.gives(&request, 10_000, &answer);
        let pieces: Vec<(u64, &[u8])> = answer.as_bytes().chunks(300).map(|piece| (3, piece)).collect();
        let net = World::new().connects(&[(0, Yes)]).takes(&[(1, 400), (1, 400), (2, 10_000)]).sends(&pieces);
        net.gives(&request, 10_000, &answer);
    }
}

#[test]
fn an_answer_is_bytes() {
    let answer = "200 /é OK\nñ 漢字 🦀\n".as_bytes();
    for piece in 1..5 {
        let pieces: Vec<(u64, &[u8])> = answer.chunks(piece).map(|piece| (1, piece)).collect();
        World::new().connects(&[(0, Yes)]).takes(&[(0, 100)]).sends(&pieces).gives(REQUEST, 10_000, answer);
    }
    let answer = b"200 /a.txt OK\n\xff\xfe\0\x80 x\n";
    World::new().connects(&[(0, Yes)]).takes(&[(0, 100)]).sends(&[(1, answer)]).gives(REQUEST, 10_000, answer);
}

#[test]
fn only_the_answer_is_returned() {
    for (sent, answer) in [
        ("400 /a.txt NOT FOUND\n100 /b CREATED\n", "400 /a.txt NOT FOUND\n"),
        ("200 /a.txt OK\nx\n100 /b CREATED\n", "200 /a.txt OK\nx\n"),
        ("200 /a.txt OK\n\n100 /b CREATED\n", "200 /a.txt OK\n\n"),
        ("400 /a.txt NOT FOUND\n200 /b", "400 /a.txt NOT FOUND\n"),
    ] {
        let net = World::new().connects(&[(0, Yes)]).takes(&[(0, 100)]);
        net.sends(&[(1, sent)]).gives(REQUEST, 10_000, answer);
    }
}

#[test]
fn a_failed_connection_is_reported() {
    World::new().fails(REQUEST, 10_000, ErrorKind::TimedOut, false);
    for error in [ErrorKind::ConnectionRefused, ErrorKind::ConnectionReset, ErrorKind::HostUnreachable] {
        let net = World::new().connects(&[(3000, Fails(error)), (3001, Yes)]);
        net.fails_at(REQUEST, 10_000, error, false, 3000);
    }
}

#[test]
fn a_silent_server_times_out() {
    World::new().connects(&[(5, Yes)]).takes(&[(5, 100)]).fails(REQUEST, 10_000, ErrorKind::TimedOut, true);
}

#[test]
fn a_server_that_takes_nothing_times_out() {
    World::new().connects(&[(5, Yes)]).fails(REQUEST, 10_000, ErrorKind::TimedOut, false);
    World::new().connects(&[(5, Yes)]).takes(&[(50, 3)]).fails(REQUEST, 10_000, ErrorKind::TimedOut, true);
}

#[test]
fn connecting_writing_and_reading_share_one_timeout() {
    let net = || World::new().connects(&[(4000, Yes)]).takes(&[(8000, 100)]);
    net().sends(&[(9990, ANSWER)]).gives(REQUEST, 10_000, ANSWER);
    net().sends(&[(10_010, ANSWER)]).fails(REQUEST, 10_000, ErrorKind::TimedOut, true);
    let net = World::new().connects(&[(6000, Yes)]).takes(&[(11_000, 100)]);
    net.fails(REQUEST, 10_000, ErrorKind::TimedOut, false);
}

#[test]
fn a_trickle_of_bytes_does_not_extend_the_timeout() {
    let net = World::new().connects(&[(5, Yes)]).takes(&[(5, 100)]).sends(&[(6, "200 /a.txt OK\n")]);
    net.fails(REQUEST, 10_000, ErrorKind::TimedOut, true);
    for every in [9, 700, 999, 4000, 9000] {
        let net = World::new().connects(&[(0, Yes)]).takes(&[(0, 100)]);
        let bytes: Vec<(u64, &str)> = (0..20_000 / every).map(|number| (every * number, "4")).collect();
        net.sends(&bytes).fails(REQUEST, 10_000, ErrorKind::TimedOut, true);
        let takes: Vec<(u64, usize)> = (1..20_000 / every + 2).map(|number| (every * number, 1)).collect();
        let net = World::new().connects(&[(0, Yes)]).takes(&takes);
        net.fails(&"x".repeat(3000), 10_000, ErrorKind::TimedOut, true);
    }
}

#[test]
fn an_interruption_is_retried_in_the_time_that_is_left() {
    let signals = || (1..40).map(|number| number * 700);
    let connects: Vec<_> = signals().map(|at| (at, Fails(ErrorKind::Interrupted))).collect();
    World::new().connects(&connects).fails(REQUEST, 10_000, ErrorKind::TimedOut, false);
    let net = || World::new().connects(&[(100, Fails(ErrorKind::Interrupted)), (600, Yes)]);
    let takes: Vec<_> = signals().map(|at| (at, SIGNAL)).collect();
    net().takes(&takes).fails(REQUEST, 10_000, ErrorKind::TimedOut, false);
    let net = || net().takes(&[(700, SIGNAL), (701, 5), (702, SIGNAL), (705, 100)]);
    let sends: Vec<_> = signals().map(|at| (at, "")).collect();
    net().sends(&sends).fails(REQUEST, 10_000, ErrorKind::TimedOut, true);
    net().sends(&[(800, ""), (900, "200 /a.txt OK\nBu"), (950, ""), (960, "y milk\n")]).gives(REQUEST, 10_000, ANSWER);
}

#[test]
fn nothing_is_called_without_time() {
    let net = World::new().connects(&[(0, Yes)]).takes(&[(0, 100)]).sends(&[(0, ANSWER)]);
    net.fails_at(REQUEST, 0, ErrorKind::TimedOut, false, 0);
    same("a timeout of zero: the number of calls", &net.calls.get(), &0);
    // Connecting, or writing, takes up the time to its last moment.
    let net = World::new().connects(&[(10_000, Yes)]).takes(&[(10_000, 100)]);
    net.fails(REQUEST, 10_000, ErrorKind::TimedOut, false);
    let net = World::new().connects(&[(10, Yes)]).takes(&[(10_000, 5)]);
    net.fails(REQUEST, 10_000, ErrorKind::TimedOut, true);
    let net = World::new().connects(&[(10, Yes)]).takes(&[(10_000, 100)]).sends(&[(10_000, ANSWER)]);
    net.fails(REQUEST, 10_000, ErrorKind::TimedOut, true);
}

#[test]
fn a_call_that_returns_late_leaves_no_time() {
    let mut net = World::new().connects(&[(9900, Yes)]).takes(&[(9950, 100)]).sends(&[(9960, ANSWER)]);
    net.late = 250;
    net.fails_at(REQUEST, 10_000, ErrorKind::TimedOut, false, 10_150);
    let mut net = World::new().connects(&[(100, Yes)]).takes(&[(9900, 5), (9950, 100)]).sends(&[(9960, ANSWER)]);
    net.late = 250;
    net.fails_at(REQUEST, 10_000, ErrorKind::TimedOut, true, 10_150);
}

#[test]
fn an_answer_that_arrived_late_is_returned() {
    let mut net = World::new().connects(&[(100, Yes)]).takes(&[(500, 100)]).sends(&[(9900, ANSWER)]);
    net.late = 250;
    net.gives(REQUEST, 10_000, ANSWER);
    let net = World::new().connects(&[(0, Yes)]).takes(&[(0, 100)]).sends(&[(10_000, ANSWER)]);
    net.gives(REQUEST, 10_000, ANSWER);
}

#[test]
fn the_timeout_may_be_endless() {
    for timeout in [Duration::MAX, Duration::from_secs(u64::MAX - 10), Duration::from_secs(1 << 40)] {
        const DAY: u64 = 86_400_000;
        let net = World::new().connects(&[(DAY, Yes)]).takes(&[(2 * DAY, 100)]).sends(&[(800 * DAY, ANSWER)]);
        let got = net.exchange(REQUEST, timeout);
        same(format_args!("{}, timeout {timeout:?}", net.what()), &got, &Ok(ANSWER.as_bytes().to_vec()));
    }
}

#[test]
fn a_long_timeout_does_not_wrap() {
    let ten_ms = Duration::from_millis(10);
    // What 32 bits hold of milliseconds, microseconds and seconds, and 64 bits of nanoseconds, microseconds and so on.
    let ns = |ns: u128| Duration::new((ns / 1_000_000_000) as u64, (ns % 1_000_000_000) as u32);
    for unit in [1, 1000, 1_000_000] {
        for full in [ns(unit << 64), ns((unit * 1000) << 32)] {
            let net = World::new().connects(&[(100, Yes)]).takes(&[(200, 100)]).sends(&[(1000, ANSWER)]);
            let timeout = full + ten_ms;
            let got = net.exchange(REQUEST, timeout);
            same(format_args!("{}; timeout {timeout:?}", net.what()), &got, &Ok(ANSWER.as_bytes().to_vec()));
        }
    }
}

#[test]
fn a_broken_connection_is_reported() {
    let begun = || World::new().connects(&[(0, Yes)]).takes(&[(0, 100)]);
    for half in ["", "400 /a.txt NOT FOU", "200 /a.txt OK\n", "200 /a.txt OK\nBuy mi"] {
        let sends = if half.is_empty() { vec![] } else { vec![(10, half)] };
        begun().sends(&sends).then(20, None).fails_at(REQUEST, 10_000, ErrorKind::UnexpectedEof, true, 20);
        let reset = ErrorKind::ConnectionReset;
        begun().sends(&sends).then(20, Some(reset)).fails_at(REQUEST, 10_000, reset, true, 20);
    }
    let net = World::new().connects(&[(0, Yes)]).then(20, Some(ErrorKind::BrokenPipe));
    net.fails_at(REQUEST, 10_000, ErrorKind::BrokenPipe, false, 20);
    let net = World::new().connects(&[(0, Yes)]).takes(&[(5, 3)]).then(20, Some(ErrorKind::BrokenPipe));
    net.fails_at(REQUEST, 10_000, ErrorKind::BrokenPipe, true, 20);
    let net = World::new().connects(&[(0, Yes)]).takes(&[(5, 0)]);
    net.fails_at(REQUEST, 10_000, ErrorKind::WriteZero, false, 5);
    let net = World::new().connects(&[(0, Yes)]).takes(&[(5, 3), (6, 0)]);
    net.fails_at(REQUEST, 10_000, ErrorKind::WriteZero, true, 6);
}

#[test]
fn the_timeout_holds_at_any_speed() {
    let mut dice = Dice::new(54);
    for _ in 0..500 {
        let mut at = dice.roll(3000) as u64;
        let mut net = World::new().connects(&[(at, Yes)]);
        let mut next = || {
            // Things happen at even times; the timeout passes at an odd one.
            at = (at + dice.roll(2500) as u64) & !1;
            at
        };
        let takes: Vec<(u64, usize)> = (0..4).map(|_| (next(), 3)).collect();
        let sends: Vec<(u64, &str)> = (0..3).map(|part| (next(), &ANSWER[part * 8..(part * 8 + 8).min(23)])).collect();
        (net, at) = (net.takes(&takes).sends(&sends), sends[2].0);
        match at <= 9999 {
            true => net.gives(REQUEST, 9999, ANSWER),
            false => net.fails(REQUEST, 9999, ErrorKind::TimedOut, takes[0].0 <= 9999),
        }
    }
}
