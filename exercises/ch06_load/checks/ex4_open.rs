//! What exercise 6.4 asks.
//! without: sttp::load

use std::cell::Cell;
use std::time::Duration;

use course::{Dice, fail, same, step, truth};

use super::ex4_open::*;

/// What the clock shows at the beginning.
const BEGIN: Duration = Duration::from_secs(1_000);

/// An answer that never comes.
const NEVER: Duration = Duration::from_secs(1_000_000_000);

/// A difference below this is rounding.
const ROUNDING: Duration = Duration::from_micros(1);

/// A server, and a clock that moves on only while a program waits.
struct Server<F> {
    what: String,
    rate: u32,
    end: Duration,
    now: Duration,
    looks: Cell<usize>,
    /// How long the answer takes, given the request's number and the time since the beginning.
    work: F,
    /// How much too long each sleep lasts.
    oversleeps: Duration,
    /// When the last answer arrived.
    free: Duration,
    asked: usize,
    expected: Tally,
}

impl<F: FnMut(usize, Duration) -> Duration> Connection for Server<F> {
    fn now(&self) -> Duration {
        self.look();
        self.now
    }

    fn sleep_until(&mut self, then: Duration) {
        self.look();
        if then > self.now {
            self.looks.set(0);
            self.now = then + self.oversleeps;
        }
    }

    fn ask(&mut self, until: Duration) -> bool {
        self.look();
        let (what, number, sent) = (&self.what, self.asked, self.now);
        let (since, end) = (sent - BEGIN, self.end - BEGIN);
        if sent >= self.end {
            fail(format_args!("{what}: request {number} is sent at {since:?}, after the end at {end:?}"));
        }
        let dues = self.dues();
        truth(number < dues, format_args!("{what}: {dues} requests are due, and at {since:?} one more is sent"));
        if until != self.end {
            let until = until.saturating_sub(BEGIN);
            fail(format_args!("{what}: it would wait for an answer until {until:?}, and the end is at {end:?}"));
        }
        let due = self.due(number);
        let latest = if due > self.free { due + self.oversleeps } else { self.free };
        if sent + ROUNDING < due || sent > latest + ROUNDING {
            let (due, free) = (due - BEGIN, self.free - BEGIN);
            fail(format_args!(
                "{what}: request {number} was due at {due:?}, and the answer to the one before it arrived at {free:?}\n  \
                 expected  it is sent at {:?}\n  got       it is sent at {since:?}",
                latest - BEGIN
            ));
        }
        self.asked += 1;
        self.looks.set(0);
        let came = sent + (self.work)(number, since);
        self.now = came.min(self.end);
        self.free = self.now;
        if came <= self.end {
            self.expected.response.push(came - due.min(sent));
            self.expected.service.push(came - sent);
        } else {
            self.expected.in_flight += 1;
        }
        came <= self.end
    }
}

impl<F: FnMut(usize, Duration) -> Duration> Server<F> {
    fn new(what: &str, rate: u32, duration: Duration, work: F) -> Server<F> {
        let what = format!("{rate} requests per second for {duration:?}, {what}");
        step(&what);
        let (oversleeps, end) = (Duration::ZERO, BEGIN + duration);
        let (looks, expected) = (Cell::new(0), Tally::default());
        Server { what, rate, end, now: BEGIN, looks, work, oversleeps, free: BEGIN, asked: 0, expected }
    }

    fn look(&self) {
        self.looks.set(self.looks.get() + 1);
        truth(self.looks.get() < 10_000, format_args!("{}: it reads the clock again and again", self.what));
    }

    /// When a request is due, on this clock.
    fn due(&self, number: usize) -> Duration {
        BEGIN + Duration::from_nanos(number as u64 * 1_000_000_000 / u64::from(self.rate))
    }

    /// The number of requests that are due before the end.
    fn dues(&self) -> usize {
        ((self.end - BEGIN).as_nanos() * u128::from(self.rate)).div_ceil(1_000_000_000) as usize
    }

    /// Runs the learner's code against it, and compares what both counted.
    #[track_caller]
    fn test(mut self) -> Tally {
        let (rate, duration) = (self.rate, self.end - BEGIN);
        let got = open(&mut self, rate, duration);
        let (what, asked, dues) = (&self.what, self.asked, self.dues());
        if asked < dues && self.now < self.end {
            let now = self.now - BEGIN;
            fail(format_args!("{what}: it ended at {now:?}, after sending {asked} of {dues} requests"));
        }
        same(format_args!("{what}; service"), &got.service, &self.expected.service);
        same(format_args!("{what}; number of response times"), &got.response.len(), &self.expected.response.len());
        for (number, (got, expected)) in got.response.iter().zip(&self.expected.response).enumerate() {
            if got.abs_diff(*expected) > ROUNDING {
                same(format_args!("{what}; the response time of request {number}"), got, expected);
            }
        }
        same(format_args!("{what}; in_flight"), &got.in_flight, &self.expected.in_flight);
        same(format_args!("{what}; unsent: {dues} were due and {asked} were sent"), &got.unsent, &(dues - asked));
        got
    }
}

#[test]
fn a_fast_server_receives_each_request_when_it_is_due() {
    let got = Server::new("each answer after 1 ms", 100, ms(1_000), |_, _| ms(1)).test();
    same("100 requests per second for 1 s, each answer after 1 ms; response, in ms", &millis(&got.response), &[1; 100]);
}

#[test]
fn uneven_answers_do_not_move_the_schedule() {
    let mut dice = Dice::new(64);
    Server::new("answers after 0 to 9 ms", 100, ms(5_000), |_, _| ms(dice.roll(10))).test();
}

#[test]
fn late_requests_are_sent_at_once() {
    let slow = |number, _| if number == 3 { ms(45) } else { ms(1) };
    let got = Server::new("request 3 takes 45 ms, the others 1 ms", 100, ms(200), slow).test();
    let what = "request 3 is due at 30 ms and takes 45 ms, so 4 to 7 are late; the response times of 2 to 9, in ms";
    same(what, &millis(&got.response[2..10]), &[1, 45, 36, 27, 18, 9, 1, 1]);
    same("the same; the service times, in ms", &millis(&got.service[2..10]), &[1, 45, 1, 1, 1, 1, 1, 1]);
}

#[test]
fn no_request_is_skipped_however_late_it_is() {
    let hour = |number, _| if number == 0 { ms(3_600_000) } else { ms(0) };
    let got = Server::new("request 0 takes an hour", 2, ms(7_200_000), hour).test();
    let what = "2 per second for two hours, and request 0 takes one; number of answers, and response time of request 1";
    same(what, &(got.response.len(), got.response[1]), &(14_400, ms(3_599_500)));
}

#[test]
fn nothing_is_sent_after_the_end() {
    for (rate, duration, all) in
        [(10, 1_000, 10), (10, 1_001, 11), (100, 70, 7), (100, 1_110, 111), (3, 100, 1), (1, 3_000, 3), (1, 0, 0)]
    {
        let got = Server::new("each answer after 1 ms", rate, ms(duration), |_, _| ms(1)).test();
        // With 1,001 ms, the eleventh is sent in the last millisecond and answered at the very end.
        same(format_args!("{rate} per second for {duration} ms; number of answers"), &got.response.len(), &all);
        same(format_args!("{rate} per second for {duration} ms; unsent"), &got.unsent, &0);
    }
}

#[test]
fn unsent_and_unanswered_requests_are_counted() {
    let stops = |number, _| if number == 20 { NEVER } else { ms(1) };
    let got = Server::new("and from request 20 on there are no answers", 100, ms(1_000), stops).test();
    let counted = (got.response.len(), got.in_flight, got.unsent);
    same("100 were due; answered, in flight, and unsent", &counted, &(20, 1, 79));
    let got = Server::new("each answer after 30 ms", 100, ms(1_000), |_, _| ms(30)).test();
    let counted = (got.response.len(), got.in_flight, got.unsent);
    same("100 were due, 30 ms for each; answered, in flight, and unsent", &counted, &(33, 1, 66));
    let got = Server::new("each answer after 50 ms", 100, ms(1_000), |_, _| ms(50)).test();
    let counted = (got.response.len(), got.in_flight, got.unsent);
    same("100 were due, 50 ms for each; answered, in flight, and unsent", &counted, &(20, 0, 80));
}

#[test]
fn a_stall_shows_in_the_response_times() {
    let stall = |_, at| if at >= ms(4_000) && at < ms(6_000) { ms(6_001) - at } else { ms(1) };
    let mut got = Server::new("answers after 1 ms, and a stall from 4 s to 6 s", 100, ms(10_000), stall).test();
    got.response.sort();
    got.service.sort();
    let (response, service) = (millis(&got.response), millis(&got.service));
    for (name, number, expected) in
        [("p50", 500, (1, 1)), ("p90", 900, (1_101, 1)), ("p99", 990, (1_911, 1)), ("p100", 1_000, (2_001, 2_001))]
    {
        let got = (response[number - 1], service[number - 1]);
        same(format_args!("1,000 requests, a stall of 2 s; {name} of response and service, in ms"), &got, &expected);
    }
}

#[test]
fn an_odd_rate_does_not_drift() {
    for rate in [7, 700, 70_000] {
        let got = Server::new("each answer at once", rate, ms(70_000_000 / rate as usize), |_, _| ms(0)).test();
        same(format_args!("{rate} per second; number of answers"), &got.response.len(), &70_000);
    }
}

#[test]
fn oversleeping_counts_as_being_late() {
    let mut server = Server::new("each answer after 1 ms, each sleep 3 ms too long", 100, ms(995), |_, _| ms(1));
    server.oversleeps = ms(3);
    let got = server.test();
    let expected = [vec![1], vec![4; 99]].concat();
    same("each sleep is 3 ms too long; response, in ms", &millis(&got.response), &expected);
    same("each sleep is 3 ms too long; service, in ms", &millis(&got.service), &[1; 100]);
    let mut server = Server::new("each answer after 1 ms, each sleep 8 ms too long", 100, ms(995), |_, _| ms(1));
    server.oversleeps = ms(8);
    same("each sleep is 8 ms too long, so the last is past the end; unsent", &server.test().unsent, &1);
}

#[test]
fn random_servers_are_measured_correctly() {
    let mut dice = Dice::new(46);
    for round in 0..200 {
        // No request is due at the very end.
        let duration = ms(dice.roll(1_500)) + Duration::from_micros(300);
        let rate = *dice.pick(&[10, 20, 50, 100, 125, 200, 500, 1_000]);
        let (often, long) = (1 + dice.roll(50), 1 + dice.roll(400));
        let mut own = dice.clone();
        let work = move |_, _| ms(if own.roll(often) == 0 { own.roll(long) } else { own.roll(4) });
        let mut server = Server::new(&format!("a random server, round {round}"), rate, duration, work);
        server.oversleeps = Duration::from_micros(dice.roll(3) as u64 * 100);
        server.test();
    }
}

/// In whole milliseconds; a nanosecond less is rounding.
fn millis(times: &[Duration]) -> Vec<u128> {
    times.iter().map(|time| (*time + ROUNDING).as_millis()).collect()
}

fn ms(count: usize) -> Duration {
    Duration::from_millis(count as u64)
}
