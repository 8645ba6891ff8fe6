//! What exercise 6.5 asks.
//! without: sttp::load, sttp::client

use std::collections::BTreeMap;
use std::io::ErrorKind;

use course::{Dice, same, shown, step};

use super::ex5_errors::*;

#[path = "scripted.rs"]
mod scripted;

use scripted::Event::{self, Comes, End};
use scripted::{Script, Trouble};

/// Runs an exchange with this many requests; `what` describes it.
#[track_caller]
fn run(what: &str, asks: usize, events: impl IntoIterator<Item = Event>) -> Tally {
    let mut tally = Tally::default();
    run_with(what, asks, Trouble::default(), events, &mut tally);
    tally
}

#[track_caller]
fn run_with(what: &str, asks: usize, trouble: Trouble, events: impl IntoIterator<Item = Event>, tally: &mut Tally) {
    let asks = Vec::from_iter((0..asks).map(ask));
    let expected = asks.iter().map(|ask| format!("SHOW {}\n", ask.path)).collect::<String>().into_bytes();
    step(format_args!("{} requests; {what}", asks.len()));
    exchange(&Script::new(trouble, expected, events.into_iter().collect()), &asks, tally);
}

/// Fails unless these latencies, in milliseconds, and these errors were counted.
#[track_caller]
fn counted(what: &str, tally: &Tally, latencies: &[u64], wrongs: &[(Wrong, u64)]) {
    let got = Vec::from_iter(tally.latencies.iter().map(|latency| latency.as_millis() as u64));
    same(format_args!("{what}; latencies, in ms"), &got[..], latencies);
    let expected = BTreeMap::from_iter(wrongs.iter().copied());
    same(format_args!("{what}; wrongs"), &tally.wrongs, &expected);
}

#[test]
fn right_answers_are_counted_as_latencies() {
    let what = "3 right answers, after 10, 15 and 40 ms; connecting took 100 ms";
    let tally = run(what, 3, [comes(10, right(0)), comes(5, right(1)), comes(25, right(2))]);
    counted(what, &tally, &[10, 15, 40], &[]);
    let what = "3 right answers in pieces: 10 ms for one and a half, 10 ms for the rest";
    let all = [right(0), right(1), right(2)].concat();
    // The second is cut in its first line, or in its contents.
    for half in [9, right(1).len() - 5] {
        let (one, other) = all.split_at(right(0).len() + half);
        counted(what, &run(what, 3, [comes(10, one), comes(10, other)]), &[10, 20, 20], &[]);
    }
    let (what, mut tally) = ("3 right answers, 10 ms apart; writing a request takes 7 ms", Tally::default());
    let answers = [0, 1, 2].map(|number| comes(10, right(number)));
    run_with(what, 3, Trouble { writing: 7, ..Trouble::default() }, answers, &mut tally);
    counted(what, &tally, &[31, 41, 51], &[]);
}

#[test]
fn without_a_connection_every_request_counts_as_connect() {
    for kind in [ErrorKind::ConnectionRefused, ErrorKind::TimedOut, ErrorKind::WouldBlock, ErrorKind::ConnectionReset] {
        let (what, mut tally) = (format!("connecting fails with {kind:?}"), Tally::default());
        run_with(&what, 4, Trouble { connect: Some(kind), ..Trouble::default() }, [], &mut tally);
        counted(&format!("4 requests; {what}"), &tally, &[], &[(Wrong::Connect, 4)]);
    }
}

#[test]
fn both_kinds_of_timeout_are_recognised() {
    for (kind, cut) in [(ErrorKind::WouldBlock, 0), (ErrorKind::TimedOut, 0), (ErrorKind::WouldBlock, 20)] {
        let what = format!("one right answer after 10 ms, {cut} bytes of another, and then a read fails with {kind:?}");
        let begun = (cut > 0).then(|| comes(10, &right(1)[..cut]));
        let events = [comes(10, right(0))].into_iter().chain(begun).chain([Event::Error(kind)]);
        counted(&format!("3 requests; {what}"), &run(&what, 3, events), &[10], &[(Wrong::Timeout, 2)]);
    }
}

#[test]
fn any_other_error_is_a_reset() {
    use ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, HostUnreachable, Other};
    for kind in [ConnectionReset, ConnectionAborted, BrokenPipe, HostUnreachable, Other] {
        let what = format!("one right answer after 10 ms, half of another, and then a read fails with {kind:?}");
        let tally = run(&what, 5, [comes(10, right(0)), comes(10, &right(1)[..20]), Event::Error(kind)]);
        counted(&format!("5 requests; {what}"), &tally, &[10], &[(Wrong::Reset, 4)]);
    }
}

#[test]
fn an_incomplete_answer_is_an_end_of_file() {
    let (answer, head) = (right(0), right(0).iter().position(|byte| *byte == b'\n').unwrap() + 1);
    for cut in [0, 1, 4, head - 1, head, head + 3, answer.len() - 1] {
        let what = format!("the server sends {:?} and closes", shown(&answer[..cut]));
        let begun = (cut > 0).then(|| comes(10, &answer[..cut]));
        let tally = run(&what, 2, begun.into_iter().chain([End]));
        counted(&format!("2 requests; {what}"), &tally, &[], &[(Wrong::EndOfFile, 2)]);
    }
}

#[test]
fn each_status_code_is_counted_separately() {
    for code in [400, 410, 500, 600, 7, 0, 100, 199, 201, 204, 299, 999] {
        let what = format!("3 answers after 10 ms each, the second with the code {code:03}");
        let answers = [right(0), refusal(&format!("{code:03}")), right(2)];
        counted(&what, &run(&what, 3, answers.map(|answer| comes(10, answer))), &[10, 30], &[(Wrong::Status(code), 1)]);
    }
    let codes = [400, 200, 500, 400, 200, 600, 7, 0, 100, 199, 201, 204, 299, 999, 200];
    let answer = |number, code| if code == 200 { right(number) } else { refusal(&format!("{code:03}")) };
    let answers = codes.iter().enumerate().map(|(number, code)| answer(number, *code));
    let what = format!("answers with the codes {codes:?}, after 10 ms each");
    let tally = run(&what, codes.len(), answers.map(|answer| comes(10, answer)));
    let mut wrongs = BTreeMap::new();
    codes.iter().filter(|code| **code != 200).for_each(|code| *wrongs.entry(Wrong::Status(*code)).or_default() += 1);
    counted(&what, &tally, &[20, 50, 150], &Vec::from_iter(wrongs));
    let what = "two answers that are only three digits and a space, the second with a byte that is not UTF-8";
    let tally = run(what, 3, [comes(10, "400 \n"), comes(10, b"500 \xFF\n"), comes(10, right(2))]);
    counted(what, &tally, &[30], &[(Wrong::Status(400), 1), (Wrong::Status(500), 1)]);
}

#[test]
fn wrong_contents_are_an_error() {
    let contents = ["", "something else", "contents of 2 and more", "contents of", "more contents of 4"];
    let nearly = [" contents of 5", "contents of 6 ", "Contents of 7"];
    let contents = contents.into_iter().chain(nearly).map(str::as_bytes).chain([&b"\xFF\xFE"[..]]);
    let answers = contents.map(|contents| [b"200 /notes/0 OK\n", contents, b"\n"].concat());
    let what = "9 answers with wrong contents, and a right one, after 10 ms each";
    let tally = run(what, 10, answers.chain([right(9)]).map(|answer| comes(10, answer)));
    counted(what, &tally, &[100], &[(Wrong::Contents, 9)]);
    // The right answer to another request is a wrong answer.
    let what = "2 answers, whose contents are each other's";
    counted(what, &run(what, 2, [comes(10, right(1)), comes(10, right(0))]), &[], &[(Wrong::Contents, 2)]);
}

#[test]
fn a_malformed_answer_is_a_protocol_error() {
    let malformed: [&[u8]; 13] = [
        b"SHOW /notes/1\n",
        b"\n",
        b"200\n",
        b"20 /notes/1 OK\n",
        b"2000 /notes/1 OK\n",
        b"+20 /notes/1 OK\n",
        b" 200 /notes/1 OK\n",
        b"2x0 /notes/1 OK\n",
        b"200/notes/1 OK\n",
        b"200\t/notes/1 OK\n",
        b"\xFF\xFF\xFF /notes/1 OK\n",
        b"HTTP/1.1 200 OK\n",
        "²00 /notes/1 OK\n".as_bytes(),
    ];
    for line in malformed {
        let what = format!("one right answer after 10 ms, then {:?}", shown(line));
        let tally = run(&what, 4, [comes(10, right(0)), comes(10, [line, &right(2), &right(3)].concat())]);
        counted(&format!("4 requests; {what}, then two right answers"), &tally, &[10], &[(Wrong::Protocol, 3)]);
    }
}

#[test]
fn an_endless_line_is_a_protocol_error() {
    for begin in ["", "200 ", "200 /notes/0 OK\n"] {
        let what = format!("the server sends {begin:?}, and then x after x without an LF");
        // More than any buffer holds.
        let tally = run(&what, 2, [comes(10, begin.to_string() + &"x".repeat(20_000))]);
        counted(&format!("2 requests; {what}"), &tally, &[], &[(Wrong::Protocol, 2)]);
    }
}

#[test]
fn a_line_may_have_4096_bytes_and_no_more() {
    let head = "200 /notes/0 OK\n";
    for (begin, line, wrong) in [("", "404 ", Wrong::Status(404)), (head, "x", Wrong::Contents)] {
        for (length, counts) in [(4_095, true), (4_096, true), (4_097, false)] {
            let what = format!("{begin:?} and a line of {length} bytes, the LF counted, then a right answer");
            let answer = format!("{begin}{line:x<0$}\n", length - 1).into_bytes();
            let tally = run(&what, 2, [comes(10, [answer, right(1)].concat())]);
            let expected = if counts { (&[10][..], (wrong, 1)) } else { (&[][..], (Wrong::Protocol, 2)) };
            counted(&what, &tally, expected.0, &[expected.1]);
        }
    }
}

#[test]
fn a_failed_write_is_counted() {
    for (kind, wrong) in [
        (ErrorKind::BrokenPipe, Wrong::Reset),
        (ErrorKind::ConnectionReset, Wrong::Reset),
        (ErrorKind::WouldBlock, Wrong::Timeout),
        (ErrorKind::TimedOut, Wrong::Timeout),
    ] {
        for after in [0, 20] {
            let (what, mut tally) = (format!("after {after} bytes a write fails with {kind:?}"), Tally::default());
            run_with(&what, 3, Trouble { write: Some((after, Some(kind))), ..Trouble::default() }, [], &mut tally);
            counted(&format!("3 requests; {what}"), &tally, &[], &[(wrong, 3)]);
        }
    }
}

#[test]
fn a_write_that_takes_no_bytes_is_a_reset() {
    for after in [0, 20] {
        let (what, mut tally) = (format!("after {after} bytes each write takes 0 bytes"), Tally::default());
        run_with(&what, 3, Trouble { write: Some((after, None)), ..Trouble::default() }, [], &mut tally);
        counted(&format!("3 requests; {what}"), &tally, &[], &[(Wrong::Reset, 3)]);
    }
}

#[test]
fn interrupted_calls_are_retried() {
    let (what, mut tally) = ("2 right answers, and writes that are interrupted", Tally::default());
    let answers = [comes(10, right(0)), comes(10, right(1))];
    run_with(what, 2, Trouble { interrupts: true, ..Trouble::default() }, answers, &mut tally);
    counted(what, &tally, &[10, 20], &[]);
    let (what, interrupted) = ("2 right answers, and reads that are interrupted", Event::Error(ErrorKind::Interrupted));
    let (half, rest) = (right(0)[..5].to_vec(), right(0)[5..].to_vec());
    let events =
        [interrupted.clone(), comes(10, half), interrupted.clone(), comes(10, rest), interrupted, comes(10, right(1))];
    counted(what, &run(what, 2, events), &[20, 30], &[]);
}

#[test]
fn every_lost_request_is_counted() {
    let time_out = Event::Error(ErrorKind::WouldBlock);
    let reset = Event::Error(ErrorKind::ConnectionReset);
    for (event, wrong) in [
        (End, Wrong::EndOfFile),
        (time_out, Wrong::Timeout),
        (reset, Wrong::Reset),
        (comes(10, "what?\n"), Wrong::Protocol),
    ] {
        for answered in 0..10 {
            let what = format!("{answered} right answers, after 10 ms each, and then {event:?}");
            let answers = (0..answered).map(|number| comes(10, right(number)));
            let tally = run(&what, 10, answers.chain([event.clone()]));
            let latencies = Vec::from_iter((1..=answered as u64).map(|number| 10 * number));
            counted(&format!("10 requests; {what}"), &tally, &latencies, &[(wrong, 10 - answered as u64)]);
        }
    }
}

#[test]
fn counts_are_added_to_the_tally() {
    let mut tally = Tally::default();
    let what = "8 exchanges, and the same once more, counted in one tally";
    for times in 1..=2 {
        let mut exchange =
            |asks, events: &[Event]| run_with(what, asks, Trouble::default(), events.to_vec(), &mut tally);
        exchange(3, &[comes(10, right(0)), comes(10, refusal("400")), End]);
        exchange(2, &[comes(10, refusal("400")), comes(10, right(1))]);
        exchange(2, &[End]);
        exchange(2, &[Event::Error(ErrorKind::TimedOut)]);
        exchange(3, &[Event::Error(ErrorKind::ConnectionReset)]);
        exchange(4, &[comes(10, "what?\n")]);
        exchange(1, &[comes(10, right(1))]);
        let refused = Trouble { connect: Some(ErrorKind::ConnectionRefused), ..Trouble::default() };
        run_with(what, 2, refused, [], &mut tally);
        let lost = [(Wrong::Timeout, 2), (Wrong::Reset, 3), (Wrong::Protocol, 4), (Wrong::EndOfFile, 3)];
        let others = [(Wrong::Connect, 2), (Wrong::Status(400), 2), (Wrong::Contents, 1)];
        let wrongs = Vec::from_iter(lost.into_iter().chain(others).map(|(wrong, count)| (wrong, count * times)));
        counted(what, &tally, &[10, 20, 10, 20][..2 * times as usize], &wrongs);
    }
}

#[test]
fn random_answers_are_counted() {
    let mut dice = Dice::new(65);
    for round in 0..200 {
        let (mut now, mut latencies, mut wrongs) = (0, Vec::new(), BTreeMap::new());
        let (mut events, count) = (Vec::new(), 1 + dice.roll(12));
        for number in 0..count {
            let after = dice.roll(50) as u64;
            now += after;
            let (answer, wrong) = match dice.roll(4) {
                0 => (right(number + 1), Some(Wrong::Contents)),
                1 => {
                    let code = 300 + dice.roll(300) as u16;
                    (refusal(&code.to_string()), Some(Wrong::Status(code)))
                }
                _ => (right(number), None),
            };
            events.push(comes(after, answer));
            match wrong {
                Some(wrong) => *wrongs.entry(wrong).or_default() += 1,
                None => latencies.push(now),
            }
        }
        let lost = dice.roll(3);
        if lost > 0 {
            events.push(End);
            wrongs.insert(Wrong::EndOfFile, lost as u64);
        }
        let what = format!("random answers, round {round}");
        counted(&what, &run(&what, count + lost, events), &latencies, &Vec::from_iter(wrongs));
    }
}

fn ask(number: usize) -> Ask {
    // The same snippet may be requested again.
    let snippet = number % 10;
    Ask { path: format!("/notes/{snippet}"), contents: format!("contents of {snippet}") }
}

/// The right answer to the request with this number.
fn right(number: usize) -> Vec<u8> {
    let Ask { path, contents } = ask(number);
    format!("200 {path} OK\n{contents}\n").into_bytes()
}

fn refusal(code: &str) -> Vec<u8> {
    format!("{code} /notes/x SOMETHING\n").into_bytes()
}

fn comes(after: u64, bytes: impl AsRef<[u8]>) -> Event {
    Comes(after, bytes.as_ref().to_vec())
}
