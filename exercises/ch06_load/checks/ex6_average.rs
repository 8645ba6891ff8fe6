//! What exercise 6.6 asks.
//! without: sttp::load

use std::time::Duration;

use course::{Dice, fail, same, step};
use sttp::histogram::Histogram;

use super::ex6_average::*;

#[test]
fn a_report_on_identical_clients_is_right() {
    let clients = vec![client(&[(90, 1), (10, 50)], 25); 4];
    let what = "4 clients, each with 90 answers of 1 ms, 10 of 50 ms, and 25 errors, in 8 s";
    step(what);
    let got = report(&clients, Duration::from_secs(8));
    same(format_args!("{what}; answers"), &got.answers, &400);
    close(format_args!("{what}; per_second"), got.per_second, 50.0);
    near(format_args!("{what}; mean"), got.mean, Duration::from_micros(5_900));
    near(format_args!("{what}; p50"), got.p50, ms(1));
    near(format_args!("{what}; p99"), got.p99, ms(50));
    same(format_args!("{what}; max"), &got.max, &ms(50));
    close(format_args!("{what}; failed"), got.failed, 0.2);
}

#[test]
fn percentiles_are_those_of_all_answers() {
    let (fast, slow) = (client(&[(985, 1)], 0), client(&[(15, 200)], 0));
    let what = "one client with 985 answers of 1 ms, one with 15 of 200 ms";
    step(what);
    let got = report(&[fast, slow], Duration::from_secs(1));
    near(format_args!("{what}; p50"), got.p50, ms(1));
    near(format_args!("{what}; p99"), got.p99, ms(200));
    let (fast, slow) = (client(&[(995, 1)], 0), client(&[(5, 200)], 0));
    let what = "one client with 995 answers of 1 ms, one with 5 of 200 ms";
    step(what);
    near(format_args!("{what}; p99"), report(&[slow, fast], Duration::from_secs(1)).p99, ms(1));
    let clients = [&[(100, 1)], &[(100, 9)], &[(100, 90)]].map(|answers| client(answers, 0));
    let what = "three clients with 100 answers each, of 1, 9 and 90 ms";
    step(what);
    let got = report(&clients, Duration::from_secs(1));
    near(format_args!("{what}; p50"), got.p50, ms(9));
    near(format_args!("{what}; p99"), got.p99, ms(90));
}

#[test]
fn the_mean_is_that_of_all_answers() {
    let (fast, slow) = (client(&[(900, 1)], 0), client(&[(100, 11)], 0));
    let what = "one client with 900 answers of 1 ms, one with 100 of 11 ms";
    step(what);
    near(format_args!("{what}; mean"), report(&[fast, slow], Duration::from_secs(1)).mean, ms(2));
}

#[test]
fn the_share_of_errors_is_that_of_all_requests() {
    let (well, badly) = (client(&[(960, 1)], 0), client(&[(10, 1)], 30));
    let what = "one client with 960 answers and no error, one with 10 answers and 30 errors";
    step(what);
    let got = report(&[well, badly], Duration::from_secs(1));
    close(format_args!("{what}; failed"), got.failed, 0.03);
    same(format_args!("{what}; answers"), &got.answers, &970);
    let what = "two clients, with 5 errors each and no answers";
    step(what);
    close(format_args!("{what}; failed"), report(&vec![client(&[], 5); 2], Duration::from_secs(1)).failed, 1.0);
}

#[test]
fn an_idle_client_changes_nothing() {
    let (one, idle) = (client(&[(100, 8)], 25), client(&[], 0));
    let what = "one client with 100 answers of 8 ms and 25 errors, and two that did nothing";
    step(what);
    let got = report(&[idle.clone(), one, idle], Duration::from_secs(2));
    same(format_args!("{what}; answers"), &got.answers, &100);
    close(format_args!("{what}; per_second"), got.per_second, 50.0);
    for (name, got) in [("mean", got.mean), ("p50", got.p50), ("p99", got.p99), ("max", got.max)] {
        near(format_args!("{what}; {name}"), got, ms(8));
    }
    close(format_args!("{what}; failed"), got.failed, 0.2);
}

#[test]
fn without_answers_everything_is_zero() {
    let nothing = Report {
        answers: 0,
        per_second: 0.0,
        mean: Duration::ZERO,
        p50: Duration::ZERO,
        p99: Duration::ZERO,
        max: Duration::ZERO,
        failed: 0.0,
    };
    for clients in [0, 1, 3] {
        let what = format!("{clients} clients, none of which sent a request");
        step(&what);
        let got = report(&vec![Client::default(); clients], Duration::from_secs(1));
        // Compared as text, because the type is the learner's.
        same(format_args!("{what}; the report"), &format!("{got:?}")[..], &format!("{nothing:?}")[..]);
    }
}

#[test]
fn random_clients_are_reported_correctly() {
    let mut dice = Dice::new(66);
    for round in 0..50 {
        let (mut clients, mut all, mut errors) = (Vec::new(), Vec::new(), 0);
        for _ in 0..1 + dice.roll(if round % 10 == 0 { 40 } else { 6 }) {
            let slow = 1 << dice.roll(12);
            let answers = dice.roll(40) * dice.roll(40);
            let own = Vec::from_iter((0..answers).map(|_| Duration::from_micros(10 + (dice.roll(100) * slow) as u64)));
            let mut client = client(&[], dice.roll(100) as u64);
            own.iter().for_each(|latency| client.latencies.record(*latency));
            errors += client.errors;
            all.extend(own);
            clients.push(client);
        }
        // With such a count no rank is a whole number, so rounding does not matter.
        while all.len() % 100 != 51 {
            clients[0].latencies.record(ms(1));
            all.push(ms(1));
        }
        all.sort();
        let took = Duration::from_micros(1 + dice.roll(20_000_000) as u64);
        let count = all.len();
        let what =
            format!("{} clients with {count} answers and {errors} errors in {took:?}, round {round}", clients.len());
        step(&what);
        let got = report(&clients, took);
        same(format_args!("{what}; answers"), &got.answers, &(all.len() as u64));
        close(format_args!("{what}; per_second"), got.per_second, all.len() as f64 / took.as_secs_f64());
        near(format_args!("{what}; mean"), got.mean, all.iter().sum::<Duration>() / all.len() as u32);
        near(format_args!("{what}; p50"), got.p50, all[all.len().div_ceil(2) - 1]);
        near(format_args!("{what}; p99"), got.p99, all[(all.len() * 99).div_ceil(100) - 1]);
        same(format_args!("{what}; max"), &got.max, &all[all.len() - 1]);
        close(format_args!("{what}; failed"), got.failed, errors as f64 / (all.len() as u64 + errors) as f64);
    }
}

#[test]
fn huge_counts_do_not_overflow() {
    let what = "100 clients, each with 3 * 2^32 answers, a third each of 1, 4 and 10 ms, and 2^32 errors";
    step(what);
    let mut one = client(&[(1, 1), (1, 4), (1, 10)], 1 << 32);
    for _ in 0..32 {
        one.latencies.merge(&one.latencies.clone());
    }
    let got = report(&vec![one; 100], Duration::from_secs(86_400));
    same(format_args!("{what}; answers"), &got.answers, &(300 << 32));
    close(format_args!("{what}; per_second, in a day"), got.per_second, (300_u64 << 32) as f64 / 86_400.0);
    for (name, got, expected) in
        [("mean", got.mean, 5), ("p50", got.p50, 4), ("p99", got.p99, 10), ("max", got.max, 10)]
    {
        near(format_args!("{what}; {name}"), got, ms(expected));
    }
    close(format_args!("{what}; failed"), got.failed, 0.25);
}

/// A client with answers, given as pairs of a count and milliseconds, and with errors.
fn client(answers: &[(u64, u64)], errors: u64) -> Client {
    let mut latencies = Histogram::new();
    for &(count, millis) in answers {
        (0..count).for_each(|_| latencies.record(ms(millis)));
    }
    Client { latencies, errors }
}

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// Fails unless `got` is within one percent of `expected`.
#[track_caller]
fn near(what: impl std::fmt::Display, got: Duration, expected: Duration) {
    if got.abs_diff(expected) > expected / 100 {
        fail(format_args!("{what}\n  expected  {expected:?}, give or take 1 %\n  got       {got:?}"));
    }
}

/// Fails unless `got` is `expected` up to rounding. NaN is not.
#[track_caller]
fn close(what: impl std::fmt::Display, got: f64, expected: f64) {
    let is_close = (got - expected).abs() <= 1e-9 * expected.abs().max(1.0);
    if !is_close {
        fail(format_args!("{what}\n  expected  {expected}\n  got       {got}"));
    }
}
